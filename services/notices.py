"""Notices 通报公告 (WH-41) and the lists of information (WH-56): departments and city staff write, publish and withdraw; everybody reads.

Both are the same rows. A notice belongs to the office that wrote it and is kept by its people alone; a list of information belongs to the
region, and whoever may keep information keeps all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted
from config.vocabulary import Permission
from models.database import execute, new_id, rows, transaction
from models.notice import Notice, NoticeState
from services import audit, organisations
from services.actors import Actor
from services.catalogue import EditedMeanwhile
from services.regions import Region
from services.verbs import verb

PAGE = 20
#: Category of a notice; every other one is a list of the profile.
NOTICES = ""


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
    unread: bool


@dataclass(frozen=True)
class Found:
    """One page of a list, and how many there are in all."""

    lines: Sequence[Line]
    total: int


@dataclass(frozen=True)
class Reading:
    """A notice as it is read. ``may_keep``: whether the reader may edit and withdraw it."""

    notice: Notice
    organisation: str
    may_keep: bool


@dataclass(frozen=True)
class Written:
    """What its author fills in; ``organisation``: in whose name, needed where the author may write in more than one."""

    title: str
    body: str
    pinned: bool = False
    organisation: UUID | None = None

    def columns(self) -> dict[str, Any]:
        return {"title": self.title, "body": self.body.replace("\r\n", "\n"), "pinned": self.pinned}


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


_PUBLISHED = """
SELECT n.id, n.title, o.name AS organisation, n.state, n.pinned, n.published_at, n.edited_at,
       $4::uuid IS NOT NULL AND r.account_id IS NULL AS unread, count(*) OVER () AS total
FROM notice n JOIN organisation o ON (o.region, o.id) = (n.region, n.organisation_id)
LEFT JOIN notice_read r ON (r.region, r.notice_id, r.account_id) = (n.region, n.id, $4)
WHERE n.region = $1 AND n.category = $2 AND n.state = 'published' AND position(lower($3) IN lower(n.title || E'\\n' || n.body)) > 0
ORDER BY n.pinned DESC, n.published_at DESC, n.id DESC LIMIT $5 OFFSET $6
"""


async def published(region: Region, reader: Actor | None, category: str, words: str = "", *, page: int = 1) -> Found:
    """What everybody reads, pinned ones first, then the newest; ``words`` stand in title or text. Raises :class:`NotFound`."""
    name_of(region, category)
    found = await rows(_PUBLISHED, region.code, category, words.strip(), reader.account_id if reader else None, PAGE, (page - 1) * PAGE)
    return _found(found)


#: $3 the offices whose notices are kept, none for all of them; $4 a state, or empty.
_KEPT = """
SELECT n.id, n.title, o.name AS organisation, n.state, n.pinned, n.published_at, n.edited_at, false AS unread, count(*) OVER () AS total
FROM notice n JOIN organisation o ON (o.region, o.id) = (n.region, n.organisation_id)
WHERE n.region = $1 AND n.category = $2 AND ($3::uuid[] IS NULL OR n.organisation_id = ANY($3)) AND ($4 = '' OR n.state = $4)
  AND position(lower($5) IN lower(n.title || E'\\n' || n.body)) > 0
ORDER BY n.state = 'draft' DESC, n.edited_at DESC, n.id DESC LIMIT $6 OFFSET $7
"""


async def kept(region: Region, actor: Actor, category: str, state: str = "", words: str = "", *, page: int = 1) -> Found:
    """What the actor keeps, drafts first; of notices those of her offices. Raises :class:`NotFound`, :class:`NotPermitted`."""
    name_of(region, category)
    if not (own := offices(region, actor, category)):
        raise NotPermitted
    of = list(own) if category == NOTICES else None
    return _found(await rows(_KEPT, region.code, category, of, state, words.strip(), PAGE, (page - 1) * PAGE))


def _found(found: list[dict[str, Any]]) -> Found:
    lines = [Line(one["id"], one["title"], one["organisation"], NoticeState(one["state"]), one["pinned"], one["published_at"], one["edited_at"],
                  one["unread"]) for one in found]
    return Found(lines, found[0]["total"] if found else 0)


def _keeps(region: Region, actor: Actor, notice: Notice) -> bool:
    own = offices(region, actor, notice.category)
    return notice.organisation_id in own if notice.category == NOTICES else bool(own)


@verb
async def read(region: Region, reader: Actor | None, category: str, id: UUID, now: datetime) -> Reading:
    """One that is published, or that the reader keeps; for who is logged in it is no longer unread.

    Raises :class:`NotFound`, also for one of another list and for one that was withdrawn.
    """
    notice = await _find(region, category, id)
    may_keep = reader is not None and _keeps(region, reader, notice)
    if notice.state is not NoticeState.PUBLISHED and not may_keep:
        raise NotFound
    if reader is not None and notice.state is NoticeState.PUBLISHED:
        await execute("INSERT INTO notice_read (region, notice_id, account_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                      region.code, id, reader.account_id, now)
    return Reading(notice, await organisations.name_of(region, notice.organisation_id), may_keep)


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


@verb
async def write(region: Region, actor: Actor, category: str, written: Written, now: datetime, *, publish: bool = False) -> Notice:
    """A new one, as a draft, or published at once. Raises :class:`NotFound`, :class:`NotPermitted`, :class:`Invalid`."""
    name_of(region, category)
    async with transaction():
        notice = await Notice.create(region=region.code, id=new_id(), category=category, written_by=actor.account_id, edited_at=now,
                                     organisation_id=_office(region, actor, category, written.organisation), **written.columns())
        await audit.record(actor, "notice.write", "notice", notice.id, {"title": notice.title}, now)
        return await _publish(actor, notice, now) if publish else notice


def _office(region: Region, actor: Actor, category: str, chosen: UUID | None) -> UUID:
    own = offices(region, actor, category)
    if not own:
        raise NotPermitted
    if chosen is None and len(own) == 1:
        return next(iter(own))
    if chosen is None or chosen not in own:
        raise Invalid({"organisation": "请选择以哪个机构的名义发布。"})
    return chosen


@verb
async def edit(region: Region, actor: Actor, category: str, id: UUID, seen: int, written: Written, now: datetime, *, publish: bool = False) -> Notice:
    """Change one that nobody changed since ``seen``; one that is published is read anew at once. Raises :class:`NotFound`, ``EditedMeanwhile``."""
    notice = await keeping(region, actor, category, id)
    wanted = written.columns()
    changed = sorted(name for name, value in wanted.items() if getattr(notice, name) != value)
    async with transaction():
        if not await Notice.filter(region=region.code, id=id, version=seen).update(**wanted, edited_at=now, version=seen + 1):
            raise EditedMeanwhile
        if changed:
            await audit.record(actor, "notice.edit", "notice", id, {"title": notice.title, "field": changed}, now)
        edited = await Notice.find(region.code, id)
        return await _publish(actor, edited, now) if publish and edited.state is not NoticeState.PUBLISHED else edited


async def _publish(actor: Actor, notice: Notice, now: datetime) -> Notice:
    """From a draft, or again after it was withdrawn: it is then new once more, also for who read it before."""
    await Notice.filter(region=notice.region, id=notice.id).update(state=NoticeState.PUBLISHED, published_at=now, published_by=actor.account_id,
                                                                   withdrawn_at=None, withdraw_reason="", version=notice.version + 1)
    await execute("DELETE FROM notice_read WHERE region = $1 AND notice_id = $2", notice.region, notice.id)
    await audit.record(actor, "notice.publish", "notice", notice.id, {"title": notice.title}, now)
    return await Notice.find(notice.region, notice.id)


@verb
async def withdraw(region: Region, actor: Actor, category: str, id: UUID, seen: int, reason: str, now: datetime) -> None:
    """Nobody but its keepers sees it any more. Raises :class:`NotFound`, :class:`Invalid`, ``EditedMeanwhile``."""
    notice = await keeping(region, actor, category, id)
    if not 2 <= len(reason.strip()) <= 200:
        raise Invalid({"reason": "请写明撤回原因（2 到 200 字）。"})
    async with transaction():
        withdrawn = await Notice.filter(region=region.code, id=id, version=seen, state=NoticeState.PUBLISHED).update(
            state=NoticeState.WITHDRAWN, withdrawn_at=now, withdraw_reason=reason.strip(), version=seen + 1)
        if not withdrawn:
            raise EditedMeanwhile
        await audit.record(actor, "notice.withdraw", "notice", id, {"title": notice.title, "reason": reason.strip()}, now)
