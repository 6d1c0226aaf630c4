"""The worker: periodic ticks through procrastinate, one tick for all workers, each job harmless twice.

The jobs themselves are services; here is only when they run. A job that a killed worker left behind is taken up again after some 15 s; one that
fails five times, or kills its worker that often, is parked with its error in ``job_error``.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import procrastinate
import structlog

from config.clock import now
from config.settings import Settings
from models import database
from services import (
    accounts,
    chat_digests,
    cleaning,
    delivery,
    export_writing,
    failover,
    regions,
    slots,
    store,
    supervision,
    verbs,
    wechat_delivery,
    wechat_receipts,
    working_days,
)
from services.delivery import Whose
from services.figures import counting
from services.files import scanning
from services.mail import MailServer
from sms.gateway import Pair
from sms.gateways import Gateways
from wechat.platforms import Platforms
from wechat.telling import Chat, Subscriptions

# One statement: two sweeps never retry one job twice.
RECOVER = """
SELECT CASE WHEN attempts < 5 AND task_name <> 'recover'
            THEN procrastinate_retry_job_v2(id, now() + interval '2 s', NULL, NULL, NULL)
            ELSE procrastinate_finish_job_v1(id, 'failed', false) END::text
  FROM (SELECT j.* FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
         WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - interval '15 s')
           FOR UPDATE OF j SKIP LOCKED) stalled
"""
HEARTBEAT_SECONDS = 5
A_DAY = 86400
#: So long one job may deliver before it gives its place back.
DRAIN_SECONDS = 20.0
#: Batches under way at a time: while one waits for its slowest message, the other keeps the gateway busy.
HANDS = 2

log = structlog.get_logger(__name__)
Job = Callable[[], Awaitable[None]]
_gateways: Gateways | None = None
_at_work: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
_post: MailServer | None = None
_platforms: Platforms | None = None


@dataclass(frozen=True)
class Tick:
    """``cron`` has six fields: the seconds come last."""

    cron: str
    name: str
    priority: int
    job: Job

    def register(self, app: procrastinate.App) -> None:
        """One that still waits is not queued again."""
        async def run(timestamp: int) -> None:
            await self.job()

        app.periodic(cron=self.cron)(app.task(name=self.name, queueing_lock=self.name, priority=self.priority)(run))


TICKS: list[Tick] = []


def tick(cron: str, name: str, priority: int = 0) -> Callable[[Job], Job]:
    def note(job: Job) -> Job:
        TICKS.append(Tick(cron, name, priority, job))
        return job

    return note


@tick("* * * * * */5", "recover", priority=100)
async def recover_left_behind() -> None:
    """Take up what a killed worker left. No ``lock``: a killed sweep must not bar the next."""
    await database.rows(RECOVER)


async def _each_by_itself(work: str, turns: Mapping[str, Callable[[], Awaitable[object]]]) -> None:
    """One account's slowness is nobody else's: what an earlier tick still does for an account is left alone, and the others have their turn."""
    async def take(of: str, turn: Callable[[], Awaitable[object]]) -> None:
        async with _at_work[work, of]:
            await turn()

    await asyncio.gather(*(take(of, turn) for of, turn in turns.items() if not _at_work[work, of].locked()))


@tick("* * * * * *", "deliver", priority=50)
async def deliver() -> None:
    """Until nothing is due; the tick of the next second finds it at work."""
    await _each_by_itself("deliver", {of: partial(_deliver, of, pair) for of, pair in gateways().pairs.items()})


async def _deliver(of: str, pair: Pair) -> None:
    until, whose = asyncio.get_running_loop().time() + DRAIN_SECONDS, Whose(of, gateways().own)
    await asyncio.gather(*(_drain(pair, whose, until) for _ in range(HANDS)))


async def _drain(pair: Pair, whose: Whose, until: float) -> None:
    while await delivery.drain(pair.first, now(), second=pair.second, whose=whose) and asyncio.get_running_loop().time() < until:
        pass


@tick("* * * * * */2", "deliver_mail", priority=45)
async def deliver_mail() -> None:
    assert _post is not None, "the worker is not running"
    await delivery.drain_mail(_post, now())


@tick("* * * * * *", "deliver_wechat", priority=48)
async def deliver_wechat() -> None:
    accounts = platforms().mini_programs()
    await _each_by_itself("deliver_wechat", {of: partial(wechat_delivery.drain, Subscriptions(one), now(), whose=Whose(of, accounts))
                                             for of, one in accounts.items()})


@tick("* * * * * */5", "deliver_chat", priority=44)
async def deliver_chat() -> None:
    """The day's digests, in the chat of each official account."""
    accounts = platforms().official_accounts()
    await _each_by_itself("deliver_chat", {of: partial(chat_digests.drain, Chat(one), now(), whose=Whose(of, accounts))
                                           for of, one in accounts.items()})


@tick("* * * * * */10", "fall_back", priority=42)
async def fall_back() -> None:
    """From WeChat to SMS, where it did not arrive; what arrived although its answer was lost is found first."""
    for region in await regions.every():
        await wechat_receipts.recognise(region, platforms().mini_program(region.code).app_id, now())
        await wechat_delivery.sweep(region, now())


@tick("* * * * * */5", "settle", priority=40)
async def settle() -> None:
    await _each_by_itself("settle", {of: partial(delivery.settle, pair.first, now(), second=pair.second, whose=Whose(of, gateways().own))
                                     for of, pair in gateways().pairs.items()})


@tick("* * * * * 50", "tend_gateways")
async def tend_gateways() -> None:
    for of, pair in gateways().pairs.items():
        if pair.second is not None:
            await failover.tend(now(), of, gateways().own)


@tick("* * * * * *", "export", priority=20)
async def export() -> None:
    await export_writing.work(now)


@tick("* * * * *", "supervise", priority=30)
async def supervise() -> None:
    for region in await regions.every():
        await supervision.sweep(region, now())
        await supervision.send_digests(region, now())


@tick("* * * * * 20", "count_figures", priority=-20)
async def count_figures() -> None:
    for region in await regions.every():
        await counting.sweep(region, now())


@tick("* * * * * 15,45", "recount")
async def recount() -> None:
    """Deadlines, after the calendar of a region was changed."""
    for region in await regions.every():
        await working_days.recount(region, now())


@tick("* * * * * 40", "turn_roles")
async def turn_roles() -> None:
    """Roles that were given until a day that is over, and those whose first day has come."""
    for region in await regions.every():
        await accounts.end_due(region, now())
        await accounts.begin_due(region, now())


@tick("* * * * * 30", "scan_held")
async def scan_held() -> None:
    """Files that came while the virus scanner was away."""
    await scanning.release(now())


@tick("10 17 * * *", "lay_out_slots")  # 01:10 in China
async def lay_out_slots() -> None:
    for region in await regions.every():
        await slots.lay_out(region, now())


@tick("25 * * * *", "clean", priority=-10)
async def clean() -> None:
    log.info("cleaned", **await cleaning.clean(now()))


def gateways() -> Gateways:
    assert _gateways is not None, "the worker is not running"
    return _gateways


def platforms() -> Platforms:
    assert _platforms is not None, "the worker is not running"
    return _platforms


def engine(settings: Settings) -> procrastinate.App:
    """``synchronous_commit=off`` for the queue alone: a database crash may run a job again, never lose a row that it works on."""
    connector = procrastinate.PsycopgConnector(conninfo=settings.database_url, min_size=1, max_size=4,
                                               kwargs={"options": "-c synchronous_commit=off"})
    app = procrastinate.App(connector=connector, periodic_defaults={"max_delay": A_DAY}, worker_defaults={
        "concurrency": 10, "update_heartbeat_interval": HEARTBEAT_SECONDS, "stalled_worker_timeout": A_DAY, "delete_jobs": "successful"})
    for one in TICKS:
        one.register(app)

    async def keep_error(call_next: Callable[[], Awaitable[Any]], context: procrastinate.JobContext, _worker: Any) -> Any:
        try:
            return await call_next()
        except Exception as error:
            log.error("job_failed", task=context.job.task_name, exc_info=error)
            await app.connector.execute_query_async("INSERT INTO job_error (job_id, error) VALUES (%(job)s, %(error)s)",
                                                    job=context.job.id, error=type(error).__name__)
            raise

    app.worker_defaults["worker_middleware"] = [keep_error]
    return app


@asynccontextmanager
async def parts(settings: Settings) -> AsyncIterator[None]:
    """Everything that the jobs need, opened and closed again."""
    global _gateways, _post, _platforms
    context = await database.connect(settings.database_url, min(settings.database_pool, 8))
    opened = _platforms = Platforms(settings, store.open_store(settings.redis_url))
    ways = _gateways = Gateways(settings, now)
    _post = MailServer.from_settings(settings)
    try:
        yield
    finally:
        await verbs.drained(15)
        await ways.close()
        await opened.close()
        _gateways = _post = _platforms = None
        await store.close_store()
        await context.close_connections()


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT: then no new job is fetched, and the running ones end."""
    async with parts(settings), engine(settings).open_async() as app:
        await lay_out_slots_at_start()
        await app.run_worker_async(install_signal_handlers=True)


async def lay_out_slots_at_start() -> None:
    """Slots must be there also when the night's run was missed."""
    for region in await regions.every():
        await slots.lay_out(region, now())


def main(settings: Settings) -> None:
    asyncio.run(run(settings))
