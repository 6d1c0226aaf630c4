"""Notices 通报公告 (WH-41) and the lists of information (WH-56): who is addressed reads them, who keeps them lists them.

Both are the same rows. A notice belongs to the office that wrote it and is kept by its people alone; a list of information belongs to the
region, and whoever may keep information keeps all of it. Writing, publishing and withdrawing: :mod:`services.notice_keeping`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import NotFound, NotPermitted, Refusal
from config.vocabulary import Permission
from models.account import AccountKind
from models.database import execute, row, rows
from models.file import File
from models.notice import Audience, Notice, NoticeState
from services import files, organisations
from services.actors import Actor
from services.files import Outgoing, Subject, inspection
from services.regions import Region
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
