"""Notices 通报公告 (WH-41) and the lists of information (WH-56): departments and city staff write, publish and withdraw; who is addressed reads.

Both are the same rows. A notice belongs to the office that wrote it and is kept by its people alone; a list of information belongs to the
region, and whoever may keep information keeps all of it. What is scheduled is published already, at a moment that lies ahead: no job can miss it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted, Refusal
from config.vocabulary import OrganisationKind, Permission
from models.account import AccountKind
from models.database import execute, new_id, row, rows, transaction
from models.file import File
from models.notice import Audience, Notice, NoticeState
from models.organisation import Organisation
from services import audit, content_check, files, organisations, rich_text
from services.actors import Actor
from services.catalogue import EditedMeanwhile
from services.content_check import Judged
from services.files import Outgoing, Subject, inspection
from services.files.refusals import TooManyFiles
from services.regions import Region
from services.rich_text import WrittenAs
from services.verbs import verb

PAGE = 20
MOST_FILES = 5
FIELD = "files"
#: Category of a notice; every other one is a list of the profile.
NOTICES = ""
#: Who else than everybody a kind of account is.
ALSO = {AccountKind.STAFF: Audience.STAFF, AccountKind.UNIT: Audience.UNITS, AccountKind.TALENT: Audience.TALENTS}


class Withdrawn(Refusal):
    """这条内容已经撤回，不再公布。请以列表中最新发布的内容为准。"""

    status_code = 410
    code = "notice_withdrawn"


@dataclass(frozen=True)
class Line:
    """One row of a list. ``unread``: the reader has not opened it; of nobody in particular nothing is unread."""

    id: UUID
    title: str
    organisation: str
    state: NoticeState
    pinned: bool
    published_at: datetime | None
    edited_at: datetime
    audience: Audience
    files: int
    unread: bool

    def is_scheduled(self, now: datetime) -> bool:
        return self.state is NoticeState.PUBLISHED and self.published_at is not None and self.published_at > now


@dataclass(frozen=True)
class Found:
    """One page of a list, and how many there are in all."""

    lines: Sequence[Line]
    total: int


@dataclass(frozen=True)
class Reading:
    """A notice as it is read. ``may_keep``: whether the reader may edit and withdraw it; ``within``: name of the office to whose people it speaks."""

    notice: Notice
    organisation: str
    within: str
    files: Sequence[File]
    may_keep: bool
    scheduled: bool


@dataclass(frozen=True)
class Attached:
    """A file as it came up with the notice."""

    name: str
    data: bytes


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


def name_of(region: Region, category: str) -> str:
    """What the list is called. Raises :class:`NotFound` for one that the region does not have."""
    if category == NOTICES:
        return "通报公告"
    if (found := next((one for one in region.profile.information if one.code == category), None)) is None:
        raise NotFound
    return found.name


def needed(category: str) -> Permission:
    """What keeping the list takes."""
    return Permission.PUBLISH_NOTICES if category == NOTICES else Permission.MANAGE_INFORMATION


def offices(region: Region, actor: Actor, category: str) -> dict[UUID, str]:
    """In whose name the actor may write there: id → name."""
    return {grant.organisation_id: grant.organisation_name for grant in actor.grants
            if grant.role in region.profile.roles and needed(category) in region.profile.roles[grant.role].can}


@dataclass(frozen=True)
class Reader:
    """To which audiences somebody belongs, and in which offices, up to the top of the tree."""

    account_id: UUID | None
    audiences: Sequence[str]
    offices: Sequence[UUID]

    def hears(self, notice: Notice) -> bool:
        return notice.audience in self.audiences and (notice.within_id is None or notice.within_id in self.offices)


_UPWARDS = """
WITH RECURSIVE up AS (
    SELECT id, parent_id FROM organisation WHERE region = $1 AND id = ANY($2)
    UNION SELECT o.id, o.parent_id FROM organisation o JOIN up ON o.region = $1 AND o.id = up.parent_id)
SELECT id FROM up
"""


async def reader_of(region: Region, who: Actor | None) -> Reader:
    audiences = [Audience.EVERYONE.value] + ([ALSO[who.kind].value] if who and who.kind else [])
    up = await rows(_UPWARDS, region.code, who.organisations) if who and who.is_staff else []
    return Reader(who.account_id if who else None, audiences, [one["id"] for one in up])


#: $4 the reader, $7 her audiences, $8 her offices up to the top, $9 now.
_PUBLISHED = """
SELECT n.id, n.title, o.name AS organisation, n.state, n.pinned, n.published_at, n.edited_at, n.audience,
       $4::uuid IS NOT NULL AND r.account_id IS NULL AS unread, count(*) OVER () AS total,
       (SELECT count(*) FROM file f WHERE f.region = n.region AND f.subject = 'notice' AND f.subject_id = n.id AND f.removed_at IS NULL) AS files
FROM notice n JOIN organisation o ON (o.region, o.id) = (n.region, n.organisation_id)
LEFT JOIN notice_read r ON (r.region, r.notice_id, r.account_id) = (n.region, n.id, $4)
WHERE n.region = $1 AND n.category = $2 AND n.state = 'published' AND n.published_at <= $9
  AND position(lower($3) IN lower(n.title || E'\\n' || n.plain)) > 0 AND n.audience = ANY($7) AND (n.within_id IS NULL OR n.within_id = ANY($8))
ORDER BY n.pinned DESC, n.published_at DESC, n.id DESC LIMIT $5 OFFSET $6
"""


async def published(region: Region, who: Actor | None, category: str, now: datetime, words: str = "", *, page: int = 1, size: int = PAGE) -> Found:
    """What the reader, or everybody, is addressed with: pinned ones first, then the newest; ``words`` stand in title or text.

    Raises :class:`NotFound`."""
    name_of(region, category)
    reader = await reader_of(region, who)
    return _found(await rows(_PUBLISHED, region.code, category, words.strip(), reader.account_id, size, (page - 1) * size,
                             reader.audiences, reader.offices, now))


_UNREAD = """
SELECT count(*) AS unread FROM notice n
WHERE n.region = $1 AND n.category = '' AND n.state = 'published' AND n.published_at <= $5 AND n.audience = ANY($3)
  AND (n.within_id IS NULL OR n.within_id = ANY($4))
  AND NOT EXISTS (SELECT 1 FROM notice_read r WHERE (r.region, r.notice_id, r.account_id) = (n.region, n.id, $2))
"""


async def unread(region: Region, who: Actor, now: datetime) -> int:
    """How many notices she is addressed with and has not opened."""
    reader = await reader_of(region, who)
    found = await row(_UNREAD, region.code, reader.account_id, reader.audiences, reader.offices, now)
    return int(found["unread"]) if found else 0


#: $3 the offices whose notices are kept, none for all of them; $4 a state, or empty; $8 now: what is scheduled is no draft and not published yet.
_KEPT = """
SELECT n.id, n.title, o.name AS organisation, n.state, n.pinned, n.published_at, n.edited_at, n.audience, false AS unread, count(*) OVER () AS total,
       (SELECT count(*) FROM file f WHERE f.region = n.region AND f.subject = 'notice' AND f.subject_id = n.id AND f.removed_at IS NULL) AS files
FROM notice n JOIN organisation o ON (o.region, o.id) = (n.region, n.organisation_id)
WHERE n.region = $1 AND n.category = $2 AND ($3::uuid[] IS NULL OR n.organisation_id = ANY($3))
  AND ($4 = '' OR $4 = CASE WHEN n.state = 'published' AND n.published_at > $8 THEN 'scheduled' ELSE n.state END)
  AND position(lower($5) IN lower(n.title || E'\\n' || n.plain)) > 0
ORDER BY n.state = 'draft' DESC, n.published_at > $8 DESC, n.edited_at DESC, n.id DESC LIMIT $6 OFFSET $7
"""


async def kept(region: Region, actor: Actor, category: str, now: datetime, state: str = "", words: str = "", *, page: int = 1) -> Found:
    """What the actor keeps, drafts first, then what is scheduled; of notices those of her offices. ``state``: of ``NoticeState``, or ``scheduled``.

    Raises :class:`NotFound`, :class:`NotPermitted`.
    """
    name_of(region, category)
    if not (own := offices(region, actor, category)):
        raise NotPermitted
    of = list(own) if category == NOTICES else None
    return _found(await rows(_KEPT, region.code, category, of, state, words.strip(), PAGE, (page - 1) * PAGE, now))


def _found(found: list[dict[str, Any]]) -> Found:
    lines = [Line(one["id"], one["title"], one["organisation"], NoticeState(one["state"]), one["pinned"], one["published_at"], one["edited_at"],
                  Audience(one["audience"]), one["files"], one["unread"]) for one in found]
    return Found(lines, found[0]["total"] if found else 0)


def _keeps(region: Region, actor: Actor, notice: Notice) -> bool:
    own = offices(region, actor, notice.category)
    return notice.organisation_id in own if notice.category == NOTICES else bool(own)


@verb
async def read(region: Region, who: Actor | None, category: str, id: UUID, now: datetime) -> Reading:
    """One that the reader is addressed with, or keeps; for who is logged in it is no longer unread, however often she comes back.

    Raises :class:`NotFound`, also for one of another list and for one that speaks to others; :class:`Withdrawn` for one that is no longer shown.
    """
    notice = await _find(region, category, id)
    may_keep = await _let_see(region, who, notice, now)
    scheduled = notice.is_scheduled(now)
    if who is not None and notice.state is NoticeState.PUBLISHED and not scheduled:
        await execute("INSERT INTO notice_read (region, notice_id, account_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                      region.code, id, who.account_id, now)
    within = await organisations.name_of(region, notice.within_id) if notice.within_id else ""
    return Reading(notice, await organisations.name_of(region, notice.organisation_id), within,
                   await files.of_subject(region.code, Subject.NOTICE, id), may_keep, scheduled)


async def _let_see(region: Region, who: Actor | None, notice: Notice, now: datetime) -> bool:
    """Whether she keeps it; who does not keep it sees it once it is published to her."""
    if who is not None and _keeps(region, who, notice):
        return True
    if notice.state is NoticeState.DRAFT or notice.is_scheduled(now) or not (await reader_of(region, who)).hears(notice):
        raise NotFound
    if notice.state is NoticeState.WITHDRAWN:
        raise Withdrawn
    return False


async def attachment(region: Region, who: Actor | None, category: str, id: UUID, file_id: UUID, now: datetime, *,
                     page: int | None = None) -> Outgoing:
    """A file of a notice for whoever reads the notice: whole, or a ``page`` of it as a picture under the name of the office.

    Raises :class:`NotFound`, :class:`Withdrawn`, ``NotDrawn``, ``Busy``.
    """
    notice = await _find(region, category, id)
    await _let_see(region, who, notice, now)
    file = next((one for one in await files.of_subject(region.code, Subject.NOTICE, id) if one.id == file_id), None)
    if file is None:
        raise NotFound
    data = await files.content(file)
    if page is None:
        return Outgoing(file, file.media_type, data)
    name = await organisations.name_of(region, notice.organisation_id)
    return Outgoing(file, "image/jpeg", await inspection.draw(data, file.media_type, page, name))


async def _find(region: Region, category: str, id: UUID) -> Notice:
    name_of(region, category)
    notice = await Notice.find(region.code, id)
    if notice.category != category:
        raise NotFound
    return notice


async def keeping(region: Region, actor: Actor, category: str, id: UUID) -> Notice:
    """One that the actor may edit. Raises :class:`NotFound`: what another office drafts is nobody else's to know of."""
    notice = await _find(region, category, id)
    if not _keeps(region, actor, notice):
        raise NotFound
    return notice


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


async def _inspected(actor: Actor, attached: Sequence[Attached], there: int, now: datetime) -> list[tuple[str, inspection.Inspected]]:
    if there + len(attached) > MOST_FILES:
        raise TooManyFiles(FIELD, "")
    async with files.noting(actor, FIELD, now):
        return [(one.name, await inspection.inspect(FIELD, one.name, one.data)) for one in attached]


async def _keep_files(region: Region, actor: Actor, notice: Notice, looked_at: Sequence[tuple[str, inspection.Inspected]], now: datetime) -> None:
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
