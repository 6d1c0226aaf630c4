"""Consents to subscription messages of the mini program: what is asked for, and how many messages they still buy.

One accept buys one message. WeChat is the truth and tells us when there is none left (43101); what is counted here only saves calls that
would be refused, and sends the SMS at once where they would.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from config.errors import Invalid
from models.account import WechatBinding, openid_index
from models.database import execute, new_id, row, rows, transaction
from services.actors import Actor
from services.regions import Region
from services.verbs import verb

Source = Literal["client", "event"]
ANSWERS = frozenset({"accept", "reject", "ban", "filter"})
#: So long apart the phone's word and WeChat's of one tap may be.
TWINS = timedelta(minutes=10)
#: Who still has so many is not asked again.
ENOUGH = 3


@dataclass(frozen=True)
class Asked:
    """A template to ask consent for. ``about``: which turns it tells of, in words. ``left``: how many messages she agreed to before."""

    template: str
    about: str
    left: int


async def to_ask(region: Region, actor: Actor, app_id: str) -> list[Asked]:
    """What to ask her for after she submitted: at most three templates; none where nobody is told by WeChat, or her WeChat is not bound."""
    known, kinds = await _index(region, actor, app_id), region.profile.sending.wechat.ask_for if region.profile.sending.wechat else ()
    about: dict[str, list[str]] = {}
    for kind in kinds:
        if text := region.profile.sending.wechat_of(kind):
            about.setdefault(text.template, []).append(kind.label)
    if known is None or not about:
        return []
    left = {one["template"]: one["left_over"] for one in await rows(
        "SELECT template, left_over FROM subscription_credit WHERE region = $1 AND app_id = $2 AND openid_index = $3", region.code, app_id, known)}
    return [Asked(template, "、".join(labels), left.get(template, 0)) for template, labels in about.items() if left.get(template, 0) < ENOUGH]


@verb
async def answered(region: Region, actor: Actor, app_id: str, answers: Mapping[str, str], now: datetime) -> int:
    """What her phone says that she answered, by template; how many consents it brought. Raises :class:`Invalid`."""
    if any(answer not in ANSWERS for answer in answers.values()):
        raise Invalid({"answers": "只能是 accept、reject、ban 或 filter。"})
    index = await _index(region, actor, app_id)
    known = {text.template for kind in region.profile.sending.texts if (text := region.profile.sending.wechat_of(kind))}
    if index is None:  # whose phone it is nobody knows, so no message could go there
        return 0
    return sum([await _count(region, app_id, index, template, answers[template], "client", now) for template in sorted(known & answers.keys())])


@verb
async def happened(region: Region, app_id: str, openid: str, answers: Mapping[str, str], at: datetime) -> int:
    """The same told by WeChat (``subscribe_msg_popup_event``). ``at``: the event's own time, by which its deliveries are known as one."""
    index = openid_index(app_id, openid)
    return sum([await _count(region, app_id, index, template, answer, "event", at) for template, answer in sorted(answers.items())
                if answer in ANSWERS])


@verb
async def revoked(region: Region, app_id: str, openid: str, templates: list[str], now: datetime) -> None:
    """She switched them off in WeChat's own settings (``subscribe_msg_change_event``), or a send was refused for want of consent: none is left."""
    await execute("UPDATE subscription_credit SET left_over = 0, changed_at = $5 WHERE region = $1 AND app_id = $2 AND openid_index = $3 "
                  "AND template = ANY($4::text[])", region.code, app_id, openid_index(app_id, openid), templates, now)


async def spend(region: Region, app_id: str, openid: str, template: str, now: datetime) -> None:
    """WeChat took a message: one consent less. She may have one that we never heard of, so there may be nothing to take."""
    await execute("UPDATE subscription_credit SET left_over = left_over - 1, changed_at = $5 WHERE region = $1 AND app_id = $2 "
                  "AND openid_index = $3 AND template = $4 AND left_over > 0", region.code, app_id, openid_index(app_id, openid), template, now)


async def has_consent(region: Region, app_id: str, openid: str, template: str) -> bool:
    found = await row("SELECT 1 FROM subscription_credit WHERE region = $1 AND app_id = $2 AND openid_index = $3 AND template = $4 AND left_over > 0",
                      region.code, app_id, openid_index(app_id, openid), template)
    return found is not None


async def _index(region: Region, actor: Actor, app_id: str) -> bytes | None:
    bound = await WechatBinding.of(region.code, account_id=actor.account_id, app_id=app_id, ended_at=None).first()
    return bytes(bound.openid_index) if bound else None


async def _count(region: Region, app_id: str, index: bytes, template: str, answer: str, source: Source, now: datetime) -> int:
    """One for an accept that was not counted yet. Its other report, if it came first, becomes its twin."""
    whose = (region.code, app_id, index, template)
    async with transaction():
        await row("SELECT pg_advisory_xact_lock(hashtextextended($1, 0)) IS NULL", f"consent|{region.code}|{app_id}|{index.hex()}|{template}")
        id = new_id()
        if source == "event" and await row("SELECT 1 FROM subscription_answer WHERE region = $1 AND app_id = $2 AND openid_index = $3 "
                                           "AND template = $4 AND source = 'event' AND at = $5", *whose, now):
            return 0
        twin = await row("UPDATE subscription_answer SET twin = $5 WHERE (region, id) IN (SELECT region, id FROM subscription_answer "
                         "WHERE region = $1 AND app_id = $2 AND openid_index = $3 AND template = $4 AND source <> $6 AND answer = $7 "
                         "AND twin IS NULL AND at BETWEEN $8 AND $9 ORDER BY at LIMIT 1) RETURNING id",
                         *whose, id, source, answer, now - TWINS, now + TWINS)
        await execute("INSERT INTO subscription_answer (region, id, app_id, openid_index, template, answer, source, at, twin) "
                      "VALUES ($1, $5, $2, $3, $4, $6, $7, $8, $9)", *whose, id, answer, source, now, twin["id"] if twin else None)
        if answer != "accept" or twin is not None:
            return 0
        await execute("INSERT INTO subscription_credit AS known (region, app_id, openid_index, template, left_over, changed_at) "
                      "VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT (region, app_id, openid_index, template) "
                      "DO UPDATE SET left_over = known.left_over + 1, changed_at = EXCLUDED.changed_at", *whose, now)
    return 1
