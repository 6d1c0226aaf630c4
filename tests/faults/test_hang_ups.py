"""A client that hangs up in the middle cancels nothing that was begun, and takes no connection with it."""

import asyncio
import contextlib
import random
from typing import Any

import httpx
import pytest
from tortoise.backends.base import client as pool_client
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext

from config.settings import settings
from models import database as db
from models.database import rows, transaction
from services.regions import Region
from services.verbs import drained, to_the_end, verb
from tests import builders
from tests.conftest import Servers

HANG_UPS, POOL = 200, 4


async def free_connections() -> int:
    """How many connections of the pool can be had at once."""
    pool = db.connection()._pool
    taken = []
    try:
        while len(taken) < pool.get_max_size():
            taken.append(await pool.acquire(timeout=0.5))
    except TimeoutError:
        pass
    for one in taken:
        await pool.release(one)
    return len(taken)


async def things() -> int:
    found = await rows("SELECT count(*) AS made FROM category WHERE code LIKE 'thing_%'")
    return int(found[0]["made"])


@pytest.mark.timeout(180)
async def test_two_hundred_hang_ups_lose_no_connection_and_no_act(probe: httpx.AsyncClient, probed_product: str, region: Region) -> None:
    headers = {"Authorization": f"Bearer {await builders.a_session(await builders.a_talent(), 'mini')}"}
    dice = random.Random(2026)
    before = await free_connections()

    async def hang_up(number: int) -> None:
        async with httpx.AsyncClient(base_url=probed_product, headers=headers, timeout=dice.uniform(0.001, 0.06)) as client:
            with contextlib.suppress(httpx.TimeoutException):
                await client.post(f"/{region.code}/api/probe/things", json={"name": f"{number}", "number": 10})

    for batch in range(0, HANG_UPS, 20):
        await asyncio.gather(*(hang_up(number) for number in range(batch, batch + 20)))
    await drained(20)
    assert await free_connections() == before == settings().database_pool
    made = await things()
    assert (await probe.post(f"/{region.code}/api/probe/things", json={"name": "last"}, headers=headers)).status_code == 201
    assert await things() == made + 1


@pytest.mark.timeout(180)
async def test_a_verb_that_was_begun_ends_though_its_caller_was_cancelled(region: Region) -> None:
    begun, ended = 0, 0

    @verb
    async def act() -> None:
        nonlocal begun, ended
        begun += 1
        async with transaction():
            await rows("SELECT pg_sleep(0.05)")
        ended += 1

    tasks = [asyncio.create_task(act()) for _ in range(40)]
    await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    while ended < begun:  # noqa: ASYNC110  what is waited for is the database
        await asyncio.sleep(0.02)
    assert begun == ended == 40


@pytest.mark.timeout(180)
async def test_without_the_shield_the_act_is_lost(region: Region) -> None:
    """The negative control: the same act in the caller's own task."""
    ended = 0

    async def act() -> None:
        nonlocal ended
        async with transaction():
            await rows("SELECT pg_sleep(0.05)")
        ended += 1

    tasks = [asyncio.create_task(act()) for _ in range(10)]
    await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.2)
    assert ended < 10


async def test_an_act_inside_an_act_joins_it(region: Region) -> None:
    outer = asyncio.current_task()

    async def inner() -> asyncio.Task[None] | None:
        return asyncio.current_task()

    async def act() -> bool:
        return await to_the_end(inner()) is asyncio.current_task()

    assert await to_the_end(act())
    assert asyncio.current_task() is outer


async def enter_unguarded(self: Any) -> Any:
    """As Tortoise 1.1 enters a transaction: what was acquired before a cancelled BEGIN is never given back."""
    await self.ensure_connection()
    self.client._connection = await self.client._parent._pool.acquire()
    self.token = get_connections().set(self.connection_name, self.client)
    await self.client.begin()
    return self.client


async def connections_after_early_cancels(url: str) -> int:
    """Cancel transactions at their very beginning, in a pool of four; how many connections can be had afterwards."""
    async def act() -> None:
        async with transaction():
            await rows("SELECT 1")

    async with TortoiseContext() as context:
        await context.init(config=db.tortoise_config(url, POOL))
        await rows("SELECT 1")
        for turn in range(HANG_UPS):
            task = asyncio.create_task(act())
            for _ in range(turn % 12):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        left = await free_connections()
        db.connection()._pool.terminate()
    return left


@pytest.mark.timeout(180)
async def test_a_cancelled_begin_gives_its_connection_back(servers: Servers) -> None:
    assert await connections_after_early_cancels(servers.database_url) == POOL


@pytest.mark.timeout(180)
async def test_tortoises_own_way_loses_connections(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control for the change that ``models.database`` makes to Tortoise."""
    monkeypatch.setattr(pool_client.TransactionContextPooled, "__aenter__", enter_unguarded)
    assert await asyncio.wait_for(connections_after_early_cancels(servers.database_url), 30) < POOL
