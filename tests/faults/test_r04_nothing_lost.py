"""R4: a worker that is killed in mid-delivery loses no message, and the provider gets none twice.

The places to be killed at are made from outside: the sandbox hangs before or after it takes a message, and the test holds a lock that the worker must
wait for. So the product carries no switches for its tests.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import asyncpg
import pytest

from config import clock
from config.settings import Settings, settings
from config.vocabulary import NotificationKind
from models import database
from models.database import execute, rows
from sandbox.embedded import Sandbox, running_sandbox
from services import checks, delivery
from services.notifications import Message, tell_all
from services.regions import Region
from sms.aliyun import AliyunGateway

from .race import Crowd, figure, holders, luck, report

pytestmark = pytest.mark.timeout(180)
ROUNDS, AT_RANDOM = figure(2, 20), figure(20, 200)
MESSAGES = 12
SETTLED = {"accepted", "delivered"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox() as running:
        yield running


@pytest.fixture
async def gateway(sandbox: Sandbox) -> AsyncIterator[AliyunGateway]:
    config = Settings()
    made = AliyunGateway(config.sms_access_key_id, config.sms_access_key_secret.get_secret_value(), plain_http=True,
                         endpoint=sandbox.url.removeprefix("http://"), call_seconds=5)
    yield made
    made.close()


def noon(region: Region) -> datetime:
    """Today, because the vendor's records are by day, at an hour when messages may go out."""
    return clock.now().astimezone(region.profile.tz).replace(hour=12, minute=0)


async def messages(region: Region, many: int = MESSAGES) -> None:
    """So many, each to somebody else."""
    kind = NotificationKind.CARD_ENABLED
    params = dict.fromkeys(kind.params, "123456")
    waiting = [Message(kind, f"race:{person.account_id}", params, person.account_id) for person in await holders(region, many)]
    assert await tell_all(region, waiting, noon(region)) == many


async def states() -> Counter[str]:
    return Counter(one["state"] for one in await rows("SELECT state FROM notification"))


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(90):
        while not await holds():  # noqa: ASYNC110  it is another process that we wait for
            await asyncio.sleep(0.01)


# Where a worker is killed: each sets the scene, and gives what to wait for until the worker has come to the place.

Reached = Callable[[], Awaitable[None]]


@asynccontextmanager
async def a_lock(sql: str) -> AsyncIterator[None]:
    """Hold what ``sql`` locks. Statements that wait for it die with their worker: the server alone would run them when the lock is free."""
    holder = await asyncpg.connect(**database.credentials(settings().database_url))
    try:
        async with holder.transaction():
            await holder.execute(sql)
            yield
            await holder.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                                 "AND wait_event_type = 'Lock'")
    finally:
        await holder.close()


async def waits() -> bool:
    return bool(await rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
                           r"AND query ~ '^\s*UPDATE notification'"))


def are(state: str, many: int = 1) -> Callable[[], Awaitable[bool]]:
    async def enough() -> bool:
        return (await states())[state] >= many

    return enough


def heard(sandbox: Sandbox, many: int = 1) -> Reached:
    """So many calls more than now came to the provider."""
    def calls() -> int:
        return sandbox.state.calls[0].number if sandbox.state.calls else 0  # the newest stands first, and old ones are forgotten

    before = calls()

    async def enough() -> bool:
        return calls() >= before + many

    return lambda: until(enough)


@asynccontextmanager
async def before_the_lease(sandbox: Sandbox) -> AsyncIterator[Reached]:
    async with a_lock("LOCK TABLE notification IN EXCLUSIVE MODE"):
        yield lambda: until(waits)


@asynccontextmanager
async def before_the_provider_accepts(sandbox: Sandbox) -> AsyncIterator[Reached]:
    sandbox.break_down("sms", "hang", seconds=4)
    yield heard(sandbox)


@asynccontextmanager
async def after_the_provider_accepted(sandbox: Sandbox) -> AsyncIterator[Reached]:
    sandbox.break_down("sms", "accept_then_hang", seconds=4)
    yield heard(sandbox, delivery.AT_ONCE)


@asynccontextmanager
async def before_the_mark(sandbox: Sandbox) -> AsyncIterator[Reached]:
    """The provider is slow enough for us to lock the rows that are being sent: its answers come, and cannot be written down."""
    sandbox.break_down("sms", "slow", seconds=0.3)
    async with AsyncExitStack() as locks:
        async def reached() -> None:
            await until(are("sending", MESSAGES))
            await locks.enter_async_context(a_lock("SELECT 1 FROM notification FOR UPDATE"))
            await until(waits)

        yield reached


@asynccontextmanager
async def in_the_middle_of_a_batch(sandbox: Sandbox) -> AsyncIterator[Reached]:
    before = (await states())["accepted"]
    sandbox.break_down("sms", "slow", seconds=0.1)
    yield lambda: until(are("accepted", before + 1))


@asynccontextmanager
async def while_it_asks_what_became_of_a_send(sandbox: Sandbox) -> AsyncIterator[Reached]:
    sandbox.break_down("sms", "accept_then_cut", path="SendSms")
    sandbox.break_down("sms", "hang", path="QuerySendDetails", seconds=4)
    yield heard(sandbox, MESSAGES + 1)


@asynccontextmanager
async def before_it_writes_what_it_learned(sandbox: Sandbox) -> AsyncIterator[Reached]:
    """The first answer has come, so the rows are its own; what the next slow answer says cannot be written down."""
    sandbox.break_down("sms", "accept_then_cut", path="SendSms")
    sandbox.break_down("sms", "slow", path="QuerySendDetails", seconds=0.3)
    async with AsyncExitStack() as locks:
        async def reached() -> None:
            await first_answer()
            await locks.enter_async_context(a_lock("SELECT 1 FROM notification FOR UPDATE"))
            await until(waits)

        first_answer = heard(sandbox, MESSAGES + 1)
        yield reached


Place = Callable[[Sandbox], AbstractAsyncContextManager[Reached]]
PLACES: tuple[Place, ...] = (before_the_lease, before_the_provider_accepts, after_the_provider_accepted, before_the_mark, in_the_middle_of_a_batch,
                             while_it_asks_what_became_of_a_send, before_it_writes_what_it_learned)


async def kill_at(place: Place, crowd: Crowd, sandbox: Sandbox, now: datetime) -> None:
    """A worker is killed with -9 when it has come to the place."""
    async with place(sandbox) as reached, crowd.working("deliver", [job(sandbox, now, 100)], processes=1) as working:
        await reached()
        os.kill(working.processes[0], signal.SIGKILL)
    sandbox.state.faults.clear()


def job(sandbox: Sandbox, now: datetime, batch: int) -> dict:
    """Deliver what is due at ``now``, and ask a minute later what became of sends without an answer."""
    return {"sandbox": sandbox.url, "now": now.isoformat(), "asks": (now + timedelta(minutes=1)).isoformat(), "batch": batch}


async def settle(gateway: AliyunGateway, now: datetime) -> None:
    """What the next worker does in the next ten minutes."""
    for minutes in (1, 2, 3, 5, 6, 8, 10):
        await delivery.drain(gateway, now + timedelta(minutes=minutes))
        await delivery.settle(gateway, now + timedelta(minutes=minutes))


def times_told(sandbox: Sandbox) -> Counter[int]:
    """How many messages the provider has once, twice …"""
    return Counter(Counter(text.out_id for text in sandbox.state.texts).values())


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
async def test_r04_a_worker_killed_here_loses_nothing_and_tells_nothing_twice(
        region: Region, crowd: Crowd, sandbox: Sandbox, gateway: AliyunGateway, place: Place) -> None:
    for number in range(1, ROUNDS + 1):
        await messages(region)
        now = noon(region) + timedelta(minutes=20 * number)
        await kill_at(place, crowd, sandbox, now)
        left = await states()
        await settle(gateway, now)
        report(r04=place.__name__, left=dict(left), after=dict(await states()), told=dict(times_told(sandbox)))
        assert times_told(sandbox) == {1: MESSAGES * number} and set(await states()) <= SETTLED
    assert await checks.run(now + timedelta(days=1)) == []


async def test_r04_a_worker_killed_at_any_moment_loses_nothing_and_tells_nothing_twice(
        region: Region, crowd: Crowd, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    chance, now = luck(), noon(region)
    for number in range(1, AT_RANDOM + 1):
        await messages(region, MESSAGES // 2)
        now = noon(region) + timedelta(minutes=number)
        sandbox.break_down("sms", "slow", seconds=0.02)
        async with crowd.working("deliver", [job(sandbox, now, 5)] * 2, processes=1) as working:
            await asyncio.sleep(chance.uniform(0, 0.25))
            os.kill(working.processes[0], signal.SIGKILL)
    sandbox.state.faults.clear()
    left = await states()
    await settle(gateway, now)
    report(kills=AT_RANDOM, left=dict(left), after=dict(await states()), told=dict(times_told(sandbox)))
    assert times_told(sandbox) == {1: MESSAGES // 2 * AT_RANDOM} and set(await states()) <= SETTLED


async def test_r04_control_a_worker_that_sends_again_what_another_left_tells_twice(
        region: Region, crowd: Crowd, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    await messages(region)
    now = noon(region)
    await kill_at(after_the_provider_accepted, crowd, sandbox, now)
    await execute("UPDATE notification SET state = 'pending', lease = NULL, lease_until = NULL WHERE state = 'sending'")
    await settle(gateway, now)
    report(control=dict(times_told(sandbox)))
    assert times_told(sandbox)[2] > 0


async def test_r04_control_a_worker_that_forgets_what_another_left_loses_it(
        region: Region, crowd: Crowd, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    await messages(region)
    now = noon(region)
    await kill_at(before_the_provider_accepts, crowd, sandbox, now)
    await execute("DELETE FROM notification WHERE state = 'sending'")
    await settle(gateway, now)
    assert len(sandbox.state.texts) < MESSAGES
