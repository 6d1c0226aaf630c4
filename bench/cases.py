"""Booking a service and acting on a case, in this process, against the same rows written by hand with asyncpg in one transaction."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg

from bench import fill, people
from bench.ground import Ground, filled
from bench.rounds import Line, alternate, at_least, speeds
from config import clock
from config.vocabulary import Action
from models.account import AccountKind
from models.case import Case, CaseState
from models.database import credentials, new_id, row, rows
from services import bookings
from services.actors import Actor
from services.cases import engine
from services.cases.engine import Request
from services.regions import Region

TOGETHER = 16
HOLDERS = 2000
#: Closed cases that are there before: a table that was never analysed is planned as if it were empty, which is true of no office.
EARLIER, EARLIER_FROM = 20_000, 100_000_000

_MOVE_BY_HAND = """
UPDATE cases SET version = version + 1, step = $3, step_at = $4, due_at = $5, remind_at = $5, updated_at = $4
WHERE region = $1 AND id = $2 AND version = 1
"""


async def measure(ground: Ground, rounds: int, count: int) -> list[Line]:
    async with filled(ground) as region:
        await people.holders(region, HOLDERS)
        await people.clerks(region)
        await fill.cases(ground.database_url, region, EARLIER, start=EARLIER_FROM, open_every=EARLIER_FROM * 10)
        async with asyncpg.create_pool(**credentials(ground.database_url), min_size=TOGETHER, max_size=TOGETHER) as pool:
            return [await _booking(region, pool, rounds, count), await _act(ground, region, pool, rounds, count)]


async def _booking(region: Region, pool: asyncpg.Pool, rounds: int, count: int) -> Line:
    holders = await _holders(region)
    service = await row("SELECT id FROM service WHERE region = $1 AND bookable AND every_window AND slot_minutes IS NULL AND levels = '{}' LIMIT 1",
                        region.code)
    window = await row("SELECT id, district FROM organisation WHERE region = $1 AND kind = 'window' ORDER BY code LIMIT 1", region.code)
    assert service is not None and window is not None
    form = {"need": "请协助预约心内科专家门诊", "district": window["district"] or region.profile.districts[0].code, "window": str(window["id"])}

    async def ours() -> None:
        await bookings.request(region, next(holders), service["id"], form, clock.now())

    pattern = (await bookings.request(region, next(holders), service["id"], form, clock.now())).case
    numbers = itertools.count(1)

    case, event, told = await _written(region, pattern.id, 1, ["case_submitted", "case_arrived"])

    async def by_hand() -> None:
        made, holder = new_id(), next(holders).account_id
        async with pool.acquire() as connection, connection.transaction():
            await case.insert(connection, id=made, number=f"H{next(numbers):08d}", applicant_id=holder)
            await event.insert(connection, case_id=made, actor_id=holder)
            for one in told:
                await one.insert(connection, id=new_id(), subject_id=made, dedupe_key=f"{made}{one.values['account_id']}")

    pairs = await alternate(lambda: a_second(ours, count), lambda: a_second(by_hand, count), rounds)
    return at_least("booking a service, a second", "the same rows by hand, one transaction", speeds(pairs), 0.5)


async def _act(ground: Ground, region: Region, pool: asyncpg.Pool, rounds: int, count: int) -> Line:
    await fill.cases(ground.database_url, region, 2 * count * (rounds + 1) + 1, due_every=1_000_000)
    clerks = await _clerks(region)
    waiting = iter(await Case.of(region.code, number__startswith="B", state=CaseState.HANDLING))
    then = region.matter("booking").route[1].step

    async def ours() -> None:
        case = next(waiting)
        await engine.act(region, clerks[case.handler_org], case.id, Request(Action.APPROVE, 1, "材料齐全"), clock.now())

    pattern = next(waiting)
    done = (await engine.act(region, clerks[pattern.handler_org], pattern.id, Request(Action.APPROVE, 1, "材料齐全"), clock.now())).case
    _, event, told = await _written(region, pattern.id, 2, ["case_moved"])

    async def by_hand() -> None:
        case, now = next(waiting), clock.now()
        async with pool.acquire() as connection, connection.transaction():
            await connection.fetchrow("SELECT * FROM cases WHERE region = $1 AND id = $2 FOR UPDATE", region.code, case.id)
            await connection.execute(_MOVE_BY_HAND, region.code, case.id, then, now, done.due_at)
            await event.insert(connection, case_id=case.id)
            for one in told:
                await one.insert(connection, id=new_id(), subject_id=case.id, dedupe_key=f"{case.id}{one.values['account_id']}")

    pairs = await alternate(lambda: a_second(ours, count), lambda: a_second(by_hand, count), rounds)
    return at_least("one act on a case, a second", "the same rows by hand, one transaction", speeds(pairs), 0.5)


@dataclass(frozen=True)
class Pattern:
    """A row that the product wrote, to be written again by hand with other keys: the values come from this process, as they do there."""

    table: str
    values: dict[str, Any]

    async def insert(self, connection: Any, **keys: Any) -> None:
        await connection.execute(self.statement, *(self.values | keys).values())

    @cached_property
    def statement(self) -> str:
        places = ", ".join(f"${number}" for number in range(1, len(self.values) + 1))
        return f"INSERT INTO {self.table} ({', '.join(self.values)}) VALUES ({places})"  # columns as the database names them


async def _written(region: Region, case: UUID, act: int, kinds: list[str]) -> tuple[Pattern, Pattern, list[Pattern]]:
    """The case, its event of that number, and what was told of it."""
    found = await row("SELECT * FROM cases WHERE region = $1 AND id = $2", region.code, case)
    event = await row("SELECT * FROM case_event WHERE region = $1 AND case_id = $2 AND seq = $3", region.code, case, act)
    told = await rows("SELECT * FROM notification WHERE region = $1 AND subject_id = $2 AND kind = ANY($3::text[])", region.code, case, kinds)
    assert found is not None and event is not None and told
    return Pattern("cases", found), Pattern("case_event", event), [Pattern("notification", one) for one in told]


async def a_second(work: Callable[[], Awaitable[None]], count: int) -> float:
    """How many a second, :data:`TOGETHER` at a time."""
    left = iter(range(count))

    async def one_after_another() -> None:
        for _ in left:
            await work()

    began = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(TOGETHER)))
    return count / (time.perf_counter() - began)


async def _holders(region: Region) -> Iterator[Actor]:
    """Holders in turn: nobody has more open bookings than she may have."""
    found = await rows("SELECT id, name FROM account WHERE region = $1 AND kind = 'talent'", region.code)
    return itertools.cycle([Actor(region.code, one["id"], one["name"], AccountKind.TALENT, channel="mini") for one in found])


async def _clerks(region: Region) -> dict[UUID, Actor]:
    """The clerk of each window."""
    found: list[dict[str, Any]] = await rows("SELECT login_name FROM account WHERE region = $1 AND kind = 'staff'", region.code)
    actors = [await people.actor(region, one["login_name"], clock.now()) for one in found]
    return {actor.grants[0].organisation_id: actor for actor in actors}
