"""What a million open cases cost: a window's to-do list and the overdue sweep, against the same reading by hand and against ten thousand cases."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import asyncpg

from bench import fill, people
from bench.ground import Ground, filled
from bench.rounds import Line, alternate, at_least, at_most, spread
from config import clock
from models.database import credentials, execute
from services import supervision, todo
from services.actors import Actor
from services.regions import Region

CLERK = "clerk1"
FEW = 10_000

_DUE = "SELECT id, remind_plan FROM cases WHERE region = $1 AND state = 'handling' AND remind_at <= $2 ORDER BY remind_at"
_MOVE_BY_HAND = "UPDATE cases SET remind_at = remind_plan[2] WHERE region = $1 AND state = 'handling' AND remind_at <= $2"
_NOTE_BY_HAND = """
INSERT INTO reminder (region, case_id, step_at, level, account_id, at)
SELECT c.region, c.id, c.step_at, 0, g.account_id, $2 FROM cases c
JOIN role_grant g ON g.region = c.region AND g.organisation_id = c.handler_org AND g.role = c.handler_role
WHERE c.region = $1 AND c.state = 'handling' AND c.remind_at <= $2
"""
_FORGET = "DELETE FROM reminder WHERE region = $1"
_DUE_AGAIN = "UPDATE cases SET remind_at = due_at WHERE region = $1 AND state = 'handling' AND due_at <= $2"


async def measure(ground: Ground, rounds: int, pages: int, many: int = 1_000_000) -> list[Line]:
    small = ground.another("few")
    async with asyncpg.create_pool(**credentials(small.database_url), min_size=1, max_size=4, command_timeout=600) as few:
        async with filled(small) as region:
            await populate(small, region, FEW)
            asked_of_few = page_of(region, await people.actor(region, CLERK, clock.now()))
        async with filled(ground) as region:
            seconds = await timed(lambda: populate(ground, region, many))
            clerk = await people.actor(region, CLERK, clock.now())
            async with asyncpg.create_pool(**credentials(ground.database_url), min_size=1, max_size=4, command_timeout=600) as pool:
                asked = page_of(region, clerk)
                listed = await alternate(lambda: repeated(lambda: todo.waiting(region, clerk), pages),
                                         lambda: repeated(lambda: pool.fetch(*asked), pages), rounds)
                grown = await alternate(lambda: repeated(lambda: pool.fetch(*asked), pages),
                                        lambda: repeated(lambda: few.fetch(*asked_of_few), pages), rounds)
                first, steady, written = await _sweeps(region, pool, min(rounds, 3))
    return [
        at_least("to-do list, first page, 1,000,000 open cases", "the same query by hand", [floor / ours for ours, floor in listed], 0.6),
        at_most("the same query at 1,000,000 cases", "itself at 10,000", [many / few for many, few in grown], 1.5),
        at_most("overdue sweep, nothing new to tell", "an index scan of the due ones", [ours / floor for ours, floor in steady], 3),
        at_most("overdue sweep that notes 10,000 reminders", "an index scan of the due ones", [ours / floor for ours, floor in first], 3),
        Line("the same sweep", "the same two writes by hand, one transaction", spread([ours / floor for ours, floor in written]), "", None),
        Line("filling the million", "", f"{seconds:.0f} s", "≤ 90 s", seconds <= 90),
    ]


async def populate(ground: Ground, region: Region, count: int) -> None:
    await people.holders(region, 1000)
    await people.clerks(region)
    await fill.cases(ground.database_url, region, count)


def page_of(region: Region, actor: Actor) -> tuple[Any, ...]:
    """The to-do list's own statement and its values: what somebody who knows it would type."""
    organisations, roles, bound, people = todo.lanes(region, actor)
    return (todo.TODO, region.code, organisations, roles, *todo.BEGINNING, todo.PAGE, None, None, bound, people, None)


Pairs = list[tuple[float, float]]


async def _sweeps(region: Region, pool: asyncpg.Pool, rounds: int) -> tuple[Pairs, Pairs, Pairs]:
    """Sweeps that move every due case and note its reminder, and sweeps that find nothing new, each beside a scan that reads as much; and the first
    ones beside the same writes by hand."""
    now = clock.now()

    async def sweep() -> None:
        await supervision.sweep(region, now)

    async def scan() -> None:
        await pool.fetch(_DUE, region.code, now)

    async def write() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_NOTE_BY_HAND, region.code, now)
            await connection.execute(_MOVE_BY_HAND, region.code, now)

    first, steady, written = [], [], []
    for _ in range(rounds):
        await _all_due_again(region, now)
        by_hand = await timed(write)
        await _all_due_again(region, now)
        scanned = await timed(scan)
        swept = await timed(sweep)
        first.append((swept, scanned))
        written.append((swept, by_hand))
        steady += await alternate(lambda: repeated(sweep, 50), lambda: repeated(scan, 50), 2)
    return first, steady, written


async def _all_due_again(region: Region, now: datetime) -> None:
    await execute(_FORGET, region.code)
    await execute(_DUE_AGAIN, region.code, now)


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    """Seconds."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def repeated(work: Callable[[], Awaitable[Any]], times: int) -> float:
    """Seconds for one, of so many in a row."""
    async def all_of_them() -> None:
        for _ in range(times):
            await work()

    return await timed(all_of_them) / times
