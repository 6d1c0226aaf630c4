"""Keeping notices and lists of information (WH-41, WH-56): who may write in an office's name drafts, edits, publishes, schedules and withdraws.

What is scheduled is published already, at a moment that lies ahead: no job can miss it. Every act is a line of the audit; files come and go with the
text in one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotPermitted
from config.vocabulary import OrganisationKind
from models.database import execute, new_id, transaction
from models.notice import Audience, Notice, NoticeState
from models.organisation import Organisation
from services import audit, content_check, files, rich_text
from services.actors import Actor
from services.catalogue import EditedMeanwhile
from services.content_check import Judged
from services.files import Attached, Inspected, Subject
from services.files.refusals import TooManyFiles
from services.notices import keeping, name_of, offices
from services.regions import Region
from services.rich_text import WrittenAs
from services.verbs import verb

MOST_FILES = 5
FIELD = "files"


@dataclass(frozen=True)
class Written:
    """What its author fills in; ``organisation``: in whose name, needed where the author may write in more than one.

    ``publish_at``: when it is to be shown, if it is published and not at once. ``drop``: files that it is to lose. ``doubted`` and ``reason``: the
    answer to a doubt (``services.content_check.Doubted``).
    """

    title: str
    body: str
    pinned: bool = False
    organisation: UUID | None = None
    written_as: WrittenAs = "marks"
    audience: Audience = Audience.EVERYONE
    within: UUID | None = None
    publish_at: datetime | None = None
    attached: Sequence[Attached] = ()
    drop: Sequence[UUID] = ()
    doubted: str = ""
    reason: str = ""

    def columns(self) -> dict[str, Any]:
        body = rich_text.clean(self.body) if self.written_as == "html" else self.body.replace("\r\n", "\n")
        return {"title": self.title, "body": body, "plain": rich_text.plain(self.written_as, body), "written_as": self.written_as,
                "pinned": self.pinned, "audience": self.audience, "within_id": self.within if self.audience is Audience.STAFF else None}


def _heeded(actor: Actor, written: Written, judged: Judged | None) -> Mapping[str, Any]:
    if judged is None:
        return {}
    columns = written.columns()
    return content_check.heeded(judged, actor, columns["title"], columns["plain"], written.doubted, written.reason)


@verb
async def write(region: Region, actor: Actor, category: str, written: Written, now: datetime, *, publish: bool = False,
                judged: Judged | None = None) -> Notice:
    """A new one, as a draft, or published at once or at its day.

    Raises :class:`NotFound`, :class:`NotPermitted`, :class:`Invalid`, ``FileRefused``.
    """
    name_of(region, category)
    office, found = _office(region, actor, category, written.organisation), _heeded(actor, written, judged)
    columns, looked_at = await _checked(region, written, now, publish), await _inspected(actor, written.attached, 0, now)
    async with transaction():
        notice = await Notice.create(region=region.code, id=new_id(), category=category, written_by=actor.account_id, edited_at=now,
                                     organisation_id=office, **columns)
        await audit.record(actor, "notice.write", "notice", notice.id, {"title": notice.title}, now)
        await _keep_files(region, actor, notice, looked_at, now)
        return await _publish(actor, notice, written.publish_at, found, now) if publish else notice


def _office(region: Region, actor: Actor, category: str, chosen: UUID | None) -> UUID:
    own = offices(region, actor, category)
    if not own:
        raise NotPermitted
    if chosen is None and len(own) == 1:
        return next(iter(own))
    if chosen is None or chosen not in own:
        raise Invalid({"organisation": "请选择以哪个机构的名义发布。"})
    return chosen


async def _checked(region: Region, written: Written, now: datetime, publish: bool) -> dict[str, Any]:
    columns = written.columns()
    if not columns["plain"]:
        raise Invalid({"body": "请填写正文。"})
    if columns["within_id"] is not None:
        office = await Organisation.of(region.code, id=columns["within_id"]).exclude(kind=OrganisationKind.UNIT).first()
        if office is None:
            raise Invalid({"within": "请从给出的选项中选择。"})
    if publish and written.publish_at is not None and written.publish_at <= now:
        raise Invalid({"publish_at": "定时发布的时间应在现在以后；要马上发布，请把这一项留空。"})
    return columns


async def _inspected(actor: Actor, attached: Sequence[Attached], there: int, now: datetime) -> list[tuple[str, Inspected]]:
    if there + len(attached) > MOST_FILES:
        raise TooManyFiles(FIELD, "")
    return [(one.name, await files.inspected(actor, FIELD, one.name, one.data, now)) for one in attached]


async def _keep_files(region: Region, actor: Actor, notice: Notice, looked_at: Sequence[tuple[str, Inspected]], now: datetime) -> None:
    for name, found in looked_at:
        await files.keep(region, actor, Subject.NOTICE, notice.id, FIELD, name, found, now, most=MOST_FILES)


@verb
async def edit(region: Region, actor: Actor, category: str, id: UUID, seen: int, written: Written, now: datetime, *, publish: bool = False,
               judged: Judged | None = None) -> Notice:
    """Change one that nobody changed since ``seen``. One that is published is read anew at once; one that was only scheduled and is not published
    now becomes a draft again. Raises :class:`NotFound`, :class:`Invalid`, ``EditedMeanwhile``, ``FileRefused``."""
    notice = await keeping(region, actor, category, id)
    wanted, there = await _checked(region, written, now, publish), await files.of_subject(region.code, Subject.NOTICE, id)
    drop = [one.id for one in there if one.id in written.drop]
    looked_at, found = await _inspected(actor, written.attached, len(there) - len(drop), now), _heeded(actor, written, judged)
    changed = sorted(name for name, value in wanted.items() if name != "plain" and getattr(notice, name) != value)
    back = {"state": NoticeState.DRAFT, "published_at": None, "published_by": None} if notice.is_scheduled(now) else {}
    anew = publish and (bool(back) or notice.state is not NoticeState.PUBLISHED)
    async with transaction():
        if not await Notice.filter(region=region.code, id=id, version=seen).update(**wanted, **back, edited_at=now, version=seen + 1):
            raise EditedMeanwhile
        for one in drop:
            await files.remove(region, actor, Subject.NOTICE, id, one, now)
        await _keep_files(region, actor, notice, looked_at, now)
        if changed or drop or looked_at:
            field = [*changed, *(["files"] if drop or looked_at else [])]
            await audit.record(actor, "notice.edit", "notice", id, {"title": notice.title, "field": field, **({} if anew else found)}, now)
        edited = await Notice.find(region.code, id)
        return await _publish(actor, edited, written.publish_at, found, now) if anew else edited


async def _publish(actor: Actor, notice: Notice, at: datetime | None, found: Mapping[str, Any], now: datetime) -> Notice:
    """From a draft, or again after it was withdrawn: it is then new once more, also for who read it before."""
    await Notice.filter(region=notice.region, id=notice.id).update(state=NoticeState.PUBLISHED, published_at=at or now,
                                                                   published_by=actor.account_id, withdrawn_at=None, withdraw_reason="",
                                                                   version=notice.version + 1)
    await execute("DELETE FROM notice_read WHERE region = $1 AND notice_id = $2", notice.region, notice.id)
    act, detail = ("notice.schedule", {"at": at.isoformat()}) if at else ("notice.publish", {})
    await audit.record(actor, act, "notice", notice.id, {"title": notice.title, **detail, **found}, now)
    return await Notice.find(notice.region, notice.id)


@verb
async def withdraw(region: Region, actor: Actor, category: str, id: UUID, seen: int, reason: str, now: datetime) -> None:
    """Nobody but its keepers sees it any more; its address says that it was withdrawn. Raises :class:`NotFound`, :class:`Invalid`,
    ``EditedMeanwhile``."""
    notice = await keeping(region, actor, category, id)
    if not 2 <= len(reason.strip()) <= 200:
        raise Invalid({"reason": "请写明撤回原因（2 到 200 字）。"})
    async with transaction():
        withdrawn = await Notice.filter(region=region.code, id=id, version=seen, state=NoticeState.PUBLISHED, published_at__lte=now).update(
            state=NoticeState.WITHDRAWN, withdrawn_at=now, withdraw_reason=reason.strip(), version=seen + 1)
        if not withdrawn:
            raise EditedMeanwhile
        await audit.record(actor, "notice.withdraw", "notice", id, {"title": notice.title, "reason": reason.strip()}, now)
