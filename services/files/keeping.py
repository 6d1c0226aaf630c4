"""Files that are uploaded, listed, taken back and handed over; and what nobody needs is cleared away.

The bytes are put first and the row after them, so there is never a row without bytes; bytes without a row are swept. Whoever calls has already
decided that the actor may change the subject: here is decided what a file is, and how many there may be.
"""

import hashlib
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from config.errors import NotFound
from config.keys import CannotOpen, keys
from config.vocabulary import Labelled
from models.database import execute, new_id, row, rows, transaction
from models.file import File
from services import audit
from services.actors import Actor
from services.files import inspection, names, shelf
from services.files.inspection import Inspected
from services.files.refusals import Destroyed, Infected, TooManyFiles, Waiting
from services.regions import Region
from services.verbs import afterwards, verb

MOST_A_FIELD = 20
#: An upload under way has its bytes there before its row.
UNDER_WAY = timedelta(hours=1)
REMOVED_KEPT = timedelta(days=1)
ORPHANS_SOUGHT_DAYS = 30


class Subject(Labelled):
    """What a file may belong to: the values of ``file.subject``, and how the audit says it."""

    DOSSIER = "dossier", "信息"
    DRAFT = "draft", "填写中的申请"
    CASE = "case", "办件"
    ROSTER = "roster", "上报名单"
    ACCOUNT = "account", "账号"
    MAIL = "mail", "平台邮件"
    MAIL_DRAFT = "mail_draft", "未发送的平台邮件"
    NOTICE = "notice", "公告"
    EXPORT = "export", "导出"


@verb
async def put(region: Region, actor: Actor, subject: Subject, subject_id: UUID, field: str, name: str, data: bytes, now: datetime, *,
              most: int = MOST_A_FIELD) -> File:
    """Keep an upload under ``field`` of its subject; ``most``: so many files there may be. The same content again is the same file again, so a
    repeated request does nothing.

    Raises a ``services.files.refusals.FileRefused`` that stands beside ``field``, ``Busy``, ``ShelfAway``.
    """
    return await keep(region, actor, subject, subject_id, field, name, await inspected(actor, field, name, data, now), now, most=most)


async def inspected(actor: Actor, field: str, name: str, data: bytes, now: datetime) -> Inspected:
    """An upload of ``actor`` as it may be kept: :func:`inspection.inspect`, with a line in the audit for what the virus scanner found."""
    async with noting(actor, field, now):
        return await inspection.inspect(field, name, data)


@asynccontextmanager
async def noting(actor: Actor, field: str, now: datetime) -> AsyncIterator[None]:
    """Whatever is refused as infected within is a line of the audit; not in the caller's transaction, which the refusal undoes."""
    try:
        yield
    except Infected as refused:
        afterwards(audit.record(actor, "file.infected", "file", None, {"field": field, "found": refused.found}, now))
        raise


@dataclass(frozen=True)
class Attached:
    """A file as it came up with a text."""

    name: str
    data: bytes


@verb
async def keep(region: Region, actor: Actor, subject: Subject, subject_id: UUID, field: str, name: str, found: Inspected, now: datetime, *,
               most: int = MOST_A_FIELD) -> File:
    """:func:`put` for what was inspected already, or was made here and comes from nobody. Raises ``TooManyFiles``, ``Busy``, ``ShelfAway``."""
    digest = hashlib.sha256(found.data).digest()
    file = File(region=region.code, id=(id := new_id()), owner_id=actor.account_id, subject=subject, subject_id=subject_id, field=field,
                name=names.clean(name, found.media_type), media_type=found.media_type, size=len(found.data), pages=found.pages, digest=digest,
                key=shelf.key_for(region.code, id, now), made_at=now, held_at=now if found.held else None)
    await shelf.put(file.key, await inspection.beside(_sealed, file, found))
    try:
        kept = await _note(actor, file, most, now)
    except BaseException:
        await shelf.discard(file.key)
        raise
    if kept.id != file.id:
        await shelf.discard(file.key)
    return kept


async def _note(actor: Actor, file: File, most: int, now: datetime) -> File:
    """The row, unless the field has this content already (then that one) or has enough. Of two uploads to one field, one is after the other."""
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"file|{file.region}|{file.subject_id}|{file.field}")
        there = await of_subject(file.region, Subject(file.subject), file.subject_id, file.field)
        if same := next((one for one in there if bytes(one.digest) == file.digest), None):
            return same
        if len(there) >= most:
            raise TooManyFiles(file.field, "")
        await file.save(force_create=True)
        if file.subject is not Subject.EXPORT:  # nobody uploaded it; its order and its downloads are in the audit
            await audit.record(actor, "file.put", "file", file.id, {"field": file.field, "for": Subject(file.subject).label}, now)
    return file


def _sealed(file: File, found: Inspected) -> bytes:
    return keys().seal_bytes(found.data, file.region, "file", "content", str(file.id))


async def content(file: File) -> bytes:
    """The bytes as they were kept. Raises ``Damaged`` when they are gone or are not the ones that were sealed, ``Waiting`` and ``Destroyed`` where
    the virus scanner has not seen them or did not like them, ``ShelfAway``."""
    if file.held_at is not None:
        raise Waiting if file.removed_at is None else Destroyed
    try:
        data = await unsealed(file)
    except (FileNotFoundError, CannotOpen) as error:
        raise shelf.Damaged(extra={"key": file.key, "cause": type(error).__name__}) from error
    if hashlib.sha256(data).digest() != bytes(file.digest):
        raise shelf.Damaged(extra={"key": file.key, "cause": "digest"})
    return data


async def unsealed(file: File) -> bytes:
    """The bytes as they lie on the shelf, read by nobody yet. Raises ``FileNotFoundError``, :class:`CannotOpen`, ``ShelfAway``."""
    sealed = await shelf.get(file.key)
    return await inspection.beside(keys().unseal_bytes, sealed, file.region, "file", "content", str(file.id))


async def of_subject(region: str, subject: Subject, subject_id: UUID, field: str | None = None) -> list[File]:
    """The files that stand now, in the order of their upload; of one field, or of all."""
    found = File.of(region, subject=subject, subject_id=subject_id, removed_at__isnull=True)
    return await (found if field is None else found.filter(field=field)).order_by("made_at", "id")


@verb
async def remove(region: Region, actor: Actor, subject: Subject, subject_id: UUID, id: UUID, now: datetime) -> None:
    """Take a file off its subject. Whoever reads what was submitted before still finds it. Raises ``NotFound``."""
    async with transaction():
        removed = await execute("UPDATE file SET removed_at = $5 WHERE region = $1 AND subject = $2 AND subject_id = $3 AND id = $4 "
                                "AND removed_at IS NULL", region.code, subject.value, subject_id, id, now)
        if removed != 1:
            raise NotFound
        await audit.record(actor, "file.remove", "file", id, {"for": subject.label}, now)


async def hand_over(region: Region, subject: Subject, subject_id: UUID, to: Subject, to_id: UUID, only: Collection[UUID] | None = None) -> int:
    """The files of a draft, or ``only`` these of them, become those of the case that was made of it, in the caller's transaction; how many."""
    return await execute("UPDATE file SET subject = $4, subject_id = $5 WHERE region = $1 AND subject = $2 AND subject_id = $3 "
                         "AND removed_at IS NULL AND ($6::uuid[] IS NULL OR id = ANY($6))",
                         region.code, subject.value, subject_id, to.value, to_id, None if only is None else list(only))


@verb
async def destroy(file: File) -> None:
    """A file that was made here and served its time: its row, then its bytes; of bytes that stay behind the sweep of orphans takes care."""
    await execute("DELETE FROM file WHERE region = $1 AND id = $2", file.region, file.id)
    await shelf.discard(file.key)


@dataclass(frozen=True)
class Cleared:
    removed: int
    orphans: int


async def clear(now: datetime) -> Cleared:
    """Destroy what was taken back before anybody else could have seen it, and bytes that no row knows. Harmless twice."""
    return Cleared(await _clear_removed(now), await _clear_orphans(now))


#: A file of a dossier that stood when a version was frozen belongs to that version; those of cases and rosters are evidence, and stay.
_REMOVED = """
SELECT f.region, f.id, f.key FROM file f
WHERE f.removed_at < $1 AND f.subject IN ('account', 'draft', 'dossier', 'mail_draft') AND NOT EXISTS (
    SELECT 1 FROM dossier_version v WHERE (v.region, v.dossier_id) = (f.region, f.subject_id) AND v.made_at BETWEEN f.made_at AND f.removed_at)
   OR f.made_at < $1 AND f.subject = 'draft' AND NOT EXISTS (SELECT 1 FROM draft d WHERE (d.region, d.id) = (f.region, f.subject_id))
LIMIT 1000
"""


async def _clear_removed(now: datetime) -> int:
    found = await rows(_REMOVED, now - REMOVED_KEPT)
    for one in found:  # the bytes first: what is left half-done is done by the next run
        await shelf.discard(one["key"])
        await execute("DELETE FROM file WHERE region = $1 AND id = $2", one["region"], one["id"])
    return len(found)


async def _clear_orphans(now: datetime) -> int:
    cleared = 0
    for region in await rows("SELECT code FROM region"):
        for days in range(ORPHANS_SOUGHT_DAYS):
            async for lying in shelf.of_day(region["code"], now - timedelta(days=days)):
                old = [one.key for one in lying if one.since < now - UNDER_WAY]
                known = {one["key"] for one in await rows("SELECT key FROM file WHERE key = ANY($1)", old)}
                for key in set(old) - known:
                    await shelf.discard(key)
                    cleared += 1
    return cleared


async def find(region: Region, id: UUID) -> File:
    """Also one that was taken back, as long as it is there. Raises ``NotFound``."""
    found = await row("SELECT * FROM file WHERE region = $1 AND id = $2", region.code, id)
    if found is None:
        raise NotFound
    return File.read(found)
