"""The worker's side of exports: take what waits, write it, keep the file sealed; destroy what expired.

The row is the job, as a notification's is: each second the worker looks. Whoever writes holds a lease and renews it; of a worker that died the lease
runs out and another one begins anew, and what a late one brings is thrown away.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.errors import NotPermitted, Refusal
from models.database import execute, new_id, row, rows
from models.export import Export
from models.file import File
from services import accounts, files, live, regions
from services.actors import Actor
from services.exports import KINDS, question_of, scope_of
from services.files import Inspected, Subject
from services.regions import Region
from services.workbooks import Progress, Workbook

KEPT = timedelta(hours=24)
#: What remains of an order after its file is gone: that it was made, and how it ended.
REMEMBERED = timedelta(days=30)
#: So long a guarded one waits for somebody's word.
ANSWERED_WITHIN = timedelta(days=3)
LEASE, AGAIN_AFTER = timedelta(seconds=30), timedelta(seconds=5)
TELL_SECONDS, RENEW_SECONDS = 0.4, 8.0
MOST_ATTEMPTS = 3
#: Written by one process at a time.
AT_ONCE = 2

_TAKE = """
UPDATE export SET state = 'working', lease = $1, lease_until = $2, attempts = attempts + 1, done_rows = 0
WHERE (region, id) = (SELECT region, id FROM export
                      WHERE (state = 'waiting' OR state = 'working' AND lease_until < $3) AND attempts < $4
                      ORDER BY made_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *
"""
_GIVE_UP = """
UPDATE export SET state = 'failed', lease = NULL, lease_until = NULL, ended_at = $1, reason = $3
WHERE state = 'working' AND lease_until < $1 AND attempts >= $2 RETURNING *
"""
_NOT_WRITTEN = "生成时出了问题，我们已经记录下来。请稍后重新导出，或联系服务电话。"
_NOT_ANSWERED = "三天内没有人批准，没有生成。需要时请重新申请。"
_OWNER_LEFT = "导出人的账号已停用，没有生成。"
_writing = 0


async def work(moment: Callable[[], datetime]) -> int:
    """Write what waits, one after the other; how many were taken. Any number of workers may work at once; this process never writes more than
    :data:`AT_ONCE`. ``moment``: the clock, because a long list outlasts its tick."""
    global _writing
    taken = 0
    for gone in await rows(_GIVE_UP, moment(), MOST_ATTEMPTS, _NOT_WRITTEN):
        await _tell(Export.read(gone))
    while _writing < AT_ONCE:
        _writing += 1
        try:
            lease = new_id()
            found = await row(_TAKE, lease, moment() + LEASE, moment(), MOST_ATTEMPTS)
            if found is None:
                break
            taken += 1
            await _see_through(Export.read(found), moment)
        finally:
            _writing -= 1
    return taken


async def _see_through(export: Export, moment: Callable[[], datetime]) -> None:
    """A refusal is the order's end, in words. Any other failure is tried again a little later, and leaves its error with the job."""
    region = await regions.current(export.region)
    try:
        actor = await accounts.as_actor(region, export.owner_id)
        if actor is None:
            raise NotPermitted(_OWNER_LEFT)
        async with _held(export, moment) as progress:
            made = await KINDS[export.kind].write(region, actor, question_of(export), moment(), progress)
        await _finish(region, actor, export, made, moment())
    except Refusal as refusal:
        if refusal.status_code >= 500:  # the store or the database is away: another time
            await _put_off(export, moment())
            raise
        await _fail(export, refusal.text, moment())
    except Exception:
        await _put_off(export, moment())
        raise


@dataclass
class _Way:
    """How far it is, as the writer says it and as the row knows it."""

    done: int = 0
    total: int = 0
    told: tuple[int, int] = (0, 0)
    renewed: float = field(default_factory=time.monotonic)

    def hear(self, done: int, total: int) -> None:
        self.done, self.total = done, total


@asynccontextmanager
async def _held(export: Export, moment: Callable[[], datetime]) -> AsyncIterator[Progress]:
    """Renew the lease and tell the owner's page how far it is, beside the writing; the writer only says numbers."""
    way = _Way(total=export.total_rows)
    telling = asyncio.create_task(_keep_telling(export, way, moment))
    try:
        yield way.hear
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling


async def _keep_telling(export: Export, way: _Way, moment: Callable[[], datetime]) -> None:
    while True:
        await asyncio.sleep(TELL_SECONDS)
        now, heard = time.monotonic(), (way.done, way.total)
        if heard == way.told and now - way.renewed < RENEW_SECONDS:
            continue
        way.told, way.renewed = heard, now
        found = await row("UPDATE export SET done_rows = $4, total_rows = $5, lease_until = $6 "
                          "WHERE region = $1 AND id = $2 AND lease = $3 RETURNING *",
                          export.region, export.id, export.lease, way.done, way.total or export.total_rows, moment() + LEASE)
        if found is not None:
            await _tell(Export.read(found))


_FINISH = """
UPDATE export SET state = 'done', lease = NULL, lease_until = NULL, file_id = $4, done_rows = $5, total_rows = $5, scope = $6::text[],
       ended_at = $7::timestamptz, expires_at = $8
WHERE region = $1 AND id = $2 AND lease = $3 RETURNING *
"""


async def _finish(region: Region, actor: Actor, export: Export, made: Workbook, now: datetime) -> None:
    """Keep the file, then say so in the row; where another worker took over meanwhile, this one's file goes away again."""
    inspected = Inspected(made.media_type, made.content, None)
    kept = await files.keep(region, actor, Subject.EXPORT, export.id, str(export.lease), made.name, inspected, now)
    found = await row(_FINISH, export.region, export.id, export.lease, kept.id, made.rows, scope_of(actor), now, now + KEPT)
    if found is None:
        await files.destroy(kept)
        return
    await _tell(Export.read(found))


async def _put_off(export: Export, now: datetime) -> None:
    await execute("UPDATE export SET lease_until = $4 WHERE region = $1 AND id = $2 AND lease = $3",
                  export.region, export.id, export.lease, now + AGAIN_AFTER)


async def _fail(export: Export, reason: str, now: datetime) -> None:
    found = await row("UPDATE export SET state = 'failed', lease = NULL, lease_until = NULL, ended_at = $4, reason = $5 "
                      "WHERE region = $1 AND id = $2 AND lease = $3 RETURNING *", export.region, export.id, export.lease, now, reason)
    if found is not None:
        await _tell(Export.read(found))


async def _tell(export: Export) -> None:
    await live.publish(export.region, f"account:{export.owner_id}", event="export",
                       data={"id": str(export.id), "state": export.state.value, "done": export.done_rows, "total": export.total_rows})


_OVER = """
WITH over AS (
    SELECT region, id, file_id FROM export WHERE state = 'done' AND expires_at <= $1 LIMIT 500 FOR UPDATE SKIP LOCKED
), gone AS (
    UPDATE export e SET state = 'expired', file_id = NULL FROM over WHERE (e.region, e.id) = (over.region, over.id)
)
SELECT f.* FROM over JOIN file f ON (f.region, f.id) = (over.region, over.file_id)
"""


async def clear(now: datetime) -> int:
    """Destroy the files that expired, and forget old orders; how many files. Harmless twice: bytes without a row are swept with the other orphans."""
    over = await rows(_OVER, now)
    for one in over:
        await files.destroy(File.read(one))
    await execute("UPDATE export SET state = 'declined', reason = $2, ended_at = $3 WHERE state = 'asked' AND made_at < $1",
                  now - ANSWERED_WITHIN, _NOT_ANSWERED, now)
    await execute("DELETE FROM export WHERE made_at < $1 AND state IN ('declined', 'failed', 'expired')", now - REMEMBERED)
    return len(over)
