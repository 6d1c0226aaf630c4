"""The texts of notifications as a region's administrator keeps them: her own in place of the profile's, looked at on invented data, tried on herself.

A text that is changed goes out from the next message on, also to cases that are open; what waits to be sent is sent with it too.
"""

import re
import string
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from config.errors import Conflict, Invalid, NotFound, NotPermitted
from config.profile import Telling
from config.vocabulary import NotificationKind, Permission
from models.audit import Audit
from models.database import execute, new_id, row
from services import changes, limits, notifications, regions
from services.actors import Actor
from services.catalogue import EditedMeanwhile
from services.changes import Rows
from services.limits import Allowance
from services.regions import Region
from services.verbs import verb

MANAGE = Permission.MANAGE_ACCOUNTS
LONGEST = 400
#: Characters of one text message, and of each part of a longer one.
WHOLE, PART = 70, 67
TEMPLATE = re.compile(r"(SMS_\d{1,20})?", re.ASCII)
#: Invented: placeholder → what stands in a preview and in a trial.
EXAMPLES = {
    "code": "482913", "minutes": "5", "subject": "人才公寓申请", "number": "YY20261123000128", "organisation": "市人才服务窗口", "step": "窗口受理",
    "due": "11月25日", "opinion": "请周三上午带身份证原件来窗口", "card": "人才卡", "level": "A 级", "until": "2028年11月22日", "reason": "资格复核",
    "unit": "青岚新材料有限公司", "name": "周敏", "venue": "机场贵宾厅", "due_soon": "3", "due_today": "1", "overdue": "2", "oldest": "11月18日",
    "organisations": "2", "words": "请今天内办理", "phone": "0531-00000000",
    "before": "199****1234", "after": "199****5678", "at": "11月22日 09:30", "what": "您的账号更换了手机号",
}


#: What each placeholder is called where texts are read and written; the profile and the gateway know its word of the code.
LABELS = {
    "code": "验证码", "minutes": "分钟数", "subject": "事项", "number": "编号", "organisation": "机构", "step": "环节", "due": "期限",
    "opinion": "意见", "card": "卡名", "level": "等级", "until": "有效期", "reason": "原因", "unit": "单位", "name": "姓名", "venue": "场所",
    "words": "督办的话", "due_soon": "即将到期件数", "due_today": "今天到期件数", "overdue": "超时件数", "oldest": "最早期限",
    "organisations": "机构数", "phone": "服务电话", "before": "原手机号", "after": "新手机号", "at": "时间", "what": "什么事",
}
_WORDS = {label: name for name, label in LABELS.items()}
PLACE = re.compile(r"\{([^{}]*)\}")


class NotSent(Conflict):
    """这类消息不发短信，不用试发。"""

    code = "text_not_sent"


@dataclass(frozen=True)
class Text:
    """One text as it is now. ``written``: the profile's; ``version``: of the region's own, 0 while the profile's is in force."""

    kind: NotificationKind
    telling: Telling
    written: Telling
    version: int

    @property
    def own(self) -> bool:
        return self.version > 0

    @property
    def shown(self) -> str:
        """As it is read and written on the page."""
        return labelled(self.telling.text)

    @property
    def places(self) -> tuple[str, ...]:
        """The placeholders that this turn has."""
        return tuple(f"{{{LABELS.get(name, name)}}}" for name in sorted(self.kind.params))


@dataclass(frozen=True)
class Preview:
    """As it arrives, with the sender's sign before it; ``parts``: so many messages are paid for."""

    text: str
    length: int
    parts: int


async def every(region: Region, actor: Actor) -> list[Text]:
    """All texts of the region, in the order of the turns. Raises :class:`NotPermitted`."""
    _require(region, actor)
    return [await one(region, actor, kind.value) for kind in NotificationKind if kind in region.profile.sending.texts]


async def one(region: Region, actor: Actor, kind: str) -> Text:
    """Raises :class:`NotFound`, :class:`NotPermitted`."""
    _require(region, actor)
    known = next((one for one in region.profile.sending.texts if one.value == kind), None)
    if known is None:
        raise NotFound
    found = await row("SELECT text, sms_template, version FROM own_text WHERE region = $1 AND kind = $2", region.code, kind)
    written = (region.written or region.profile).sending.texts[known]
    if found is None:
        return Text(known, written, written, 0)
    own = written.model_copy(update={"text": found["text"], "sms_template": found["sms_template"] or written.sms_template})
    return Text(known, own, written, found["version"])


def labelled(text: str) -> str:
    """``{number}`` → ``{编号}``."""
    return PLACE.sub(lambda found: f"{{{LABELS.get(found[1], found[1])}}}", text)


def read(typed: str) -> str:
    """``{编号}`` → ``{number}``; what nobody knows stays, for :func:`check` to name."""
    return PLACE.sub(lambda found: f"{{{_WORDS.get(found[1].strip(), found[1])}}}", typed)


def preview(region: Region, kind: NotificationKind, text: str) -> Preview:
    """On invented data. Raises :class:`Invalid` for a text that could not be sent."""
    check(kind, text)
    sent = f"【{region.profile.sending.sms_sign}】" + text.format_map(_examples(region, kind))
    return Preview(sent, len(sent), 1 if len(sent) <= WHOLE else -(-len(sent) // PART))


def check(kind: NotificationKind, text: str) -> None:
    """Raises :class:`Invalid` beside ``text``: empty, too long, braces that do not close, placeholders that this turn does not have."""
    if not text.strip() or len(text) > LONGEST:
        raise Invalid({"text": f"请填写 1 到 {LONGEST} 个字。"})
    try:
        used = [(name, spec, how) for _, name, spec, how in string.Formatter().parse(text) if name is not None]
    except ValueError:
        raise Invalid({"text": "花括号没有配对，请检查。"}) from None
    known = "、".join(f"{{{LABELS.get(name, name)}}}" for name in sorted(kind.params))
    if wrong := [name for name, spec, how in used if name not in kind.params or spec or how]:
        raise Invalid({"text": f"这条消息没有 {{{LABELS.get(wrong[0], wrong[0])}}} 这一项，可以用：{known}。"})


@verb
async def keep(region: Region, actor: Actor, kind: str, seen: int, text: str, sms_template: str, now: datetime) -> None:
    """The region's own text, from now on. Raises :class:`Invalid`, :class:`EditedMeanwhile`."""
    before = await one(region, actor, kind)
    check(before.kind, text)
    if not TEMPLATE.fullmatch(sms_template):
        raise Invalid({"sms_template": "模板编号是 SMS_ 加数字，例如 SMS_480001234。"})
    id = text_id(region, before.kind)
    detail = {"kind": before.kind.label, "before": before.shown, "after": labelled(text)}
    async with changes.keeping(actor, "text.edit", "text", id, MANAGE, now, Rows("own_text", {"id": id}), detail=detail):
        kept = await execute(
            "INSERT INTO own_text AS known (region, id, kind, text, sms_template) SELECT $1, $2, $3, $4, $5 WHERE $6 = 0 OR EXISTS "
            "(SELECT 1 FROM own_text WHERE region = $1 AND id = $2) ON CONFLICT (region, id) DO UPDATE SET text = EXCLUDED.text, "
            "sms_template = EXCLUDED.sms_template, version = known.version + 1 WHERE known.version = $6",
            region.code, id, kind, text, sms_template, seen)
        if not kept:
            raise EditedMeanwhile
    regions.forget(region.code)


@verb
async def put_back(region: Region, actor: Actor, kind: str, now: datetime) -> None:
    """The profile's text again."""
    before = await one(region, actor, kind)
    id = text_id(region, before.kind)
    detail = {"kind": before.kind.label, "before": before.shown, "after": labelled(before.written.text)}
    async with changes.keeping(actor, "text.put_back", "text", id, MANAGE, now, Rows("own_text", {"id": id}), detail=detail):
        await execute("DELETE FROM own_text WHERE region = $1 AND id = $2", region.code, id)
    regions.forget(region.code)


@verb
async def try_out(region: Region, actor: Actor, kind: str, now: datetime) -> None:
    """Send the text that is in force, on invented data, to the actor's own telephone. Raises :class:`NotSent`, ``limits.UsedUp``."""
    found = await one(region, actor, kind)
    if found.telling.channel != "sms":
        raise NotSent
    await limits.use(region.code, [Allowance("text-trial", str(actor.account_id), 10, timedelta(hours=1))], now)
    await notifications.tell(region, found.kind, dedupe_key=f"text-trial:{new_id()}", params=_examples(region, found.kind),
                             account_id=actor.account_id, now=now, expires_at=now + timedelta(minutes=30))


async def history(region: Region, actor: Actor, kind: str) -> list[Audit]:
    """What was changed in a text, newest first; each can be taken back where the audit says so."""
    found = await one(region, actor, kind)
    return await Audit.of(region.code, subject_id=text_id(region, found.kind)).order_by("-at", "-id").limit(20)


@dataclass(frozen=True)
class Past:
    """What the texts of a region said before. ``lines``: of each text that was ever changed, its changes in the order of time."""

    region: Region
    lines: Mapping[UUID | None, Sequence[Audit]]

    def at(self, kind: NotificationKind, moment: datetime | None) -> str:
        """The text in force at ``moment``: what the last change before it made, else what the first one after it replaced, else today's.
        Without a moment today's: the message waits still."""
        today = notifications.text_of(self.region, kind).text
        if moment is None:
            return today
        lines = self.lines.get(text_id(self.region, kind), ())
        made = [one.detail.get("after") for one in lines if one.at <= moment][-1:]
        replaced = [one.detail["before"] for one in lines if one.at > moment and "before" in one.detail][:1]
        said = read(next((text for text in made + replaced if text), ""))
        return said if said and set(PLACE.findall(said)) <= set(kind.params) else today


async def past(region: Region, kinds: Iterable[NotificationKind]) -> Past:
    """For who reads what was sent: of a text that was taken back (``services.changes``) only its neighbours in time say what it was."""
    changed = await Audit.of(region.code, subject_id__in=[text_id(region, kind) for kind in set(kinds)]).order_by("at", "id")
    lines: dict[UUID | None, list[Audit]] = defaultdict(list)
    for one in changed:
        lines[one.subject_id].append(one)
    return Past(region, lines)


def text_id(region: Region, kind: NotificationKind) -> UUID:
    return uuid5(NAMESPACE_URL, f"own_text:{region.code}:{kind.value}")


def _examples(region: Region, kind: NotificationKind) -> dict[str, str]:
    return {name: region.phone if name == "phone" else EXAMPLES.get(name, "示例") for name in kind.params}


def _require(region: Region, actor: Actor) -> None:
    if not actor.may(MANAGE, region.profile):
        raise NotPermitted
