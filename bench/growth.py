"""What each hot verb costs as tables grow, and whether its plan reads rows that it does not return: ``python -m bench.growth [--five]``."""

import argparse
import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import uvloop

from bench import fill, million, people
from bench.ground import Ground, filled, ground
from config import clock
from models.database import credentials
from services import arrivals, supervision, visits
from services.regions import Region

SIZES = (10_000, 1_000_000)
LARGEST = 5_000_000
TIMES = 30
GROWING = frozenset({"cases", "case_event", "visit"})

#: $1 region, $2 venue, $3 serial of its board: a visit and an event for each case.
_VISITS = """
INSERT INTO visit (region, holder_id, venue_id, board_serial, nonce, verdict, category, level, companions, at)
SELECT region, applicant_id, $2::uuid, $3::bigint, id, 'admitted', 'none', 'none', 0, created_at + interval '1 day' FROM cases WHERE region = $1
"""
_EVENTS = """
INSERT INTO case_event (region, case_id, seq, actor_id, actor_name, channel, action, to_step, at)
SELECT region, id, 1, applicant_id, '持卡人', 'mini', 'submit', step, created_at FROM cases WHERE region = $1
"""


@dataclass(frozen=True)
class Verb:
    name: str
    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Reading:
    """Rows of growing tables: all that scans read, and those of them that were thrown away."""

    rows: int
    wasted: int


@dataclass(frozen=True)
class Grown:
    """A database of one size, and what is asked of it."""

    size: int
    connection: asyncpg.Connection
    verbs: list[Verb]


async def grow(made: Ground, size: int) -> Grown:
    """So many cases, events and visits."""
    connection = await asyncpg.connect(**credentials(made.database_url))
    async with filled(made) as region:
        await million.populate(made, region, 0)
        board = await people.board(region)
        await fill.cases(made.database_url, region, size)
        venue = await connection.fetchval("SELECT venue_id FROM board WHERE serial = $1", board.serial)
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        await connection.execute(_VISITS, region.code, venue, board.serial)
        await connection.execute(_EVENTS, region.code)
        await connection.execute("RESET session_replication_role")
        await connection.execute("VACUUM ANALYZE")
        return Grown(size, connection, await verbs(region, connection, board))


async def verbs(region: Region, connection: asyncpg.Connection, board: people.Board) -> list[Verb]:
    now, clerk = clock.now(), await people.actor(region, million.CLERK, clock.now())
    holder = await connection.fetchval("SELECT id FROM account WHERE region = $1 AND login_name = 'holder1'", region.code)
    venue = await connection.fetchval("SELECT venue_id FROM board WHERE serial = $1", board.serial)
    case = await connection.fetchval("SELECT id FROM cases WHERE region = $1 AND applicant_id = $2 LIMIT 1", region.code, holder)
    scan = (region.code, holder, board.serial, 0, now.date(), now.isoweekday(), now.hour * 60 + now.minute, uuid4(), now)
    first, *rest = million.page_of(region, clerk)
    return [
        Verb("venue scan", visits.ADMIT, scan),
        Verb("holder's visits", visits._SCAN + " ORDER BY s.at DESC LIMIT $3", (region.code, holder, 50)),
        Verb("arrivals of a day", arrivals._ARRIVALS + " ORDER BY s.at DESC LIMIT $5",
             (region.code, venue, *arrivals._today(region.profile, now), 200)),
        Verb("to-do list, first page", first, tuple(rest)),
        Verb("one case", "SELECT * FROM cases WHERE region = $1 AND id = $2", (region.code, case)),
        Verb("sweep, its look", supervision._ANY_DUE, (region.code, now)),
        Verb("history of a case", "SELECT * FROM case_event WHERE region = $1 AND case_id = $2 ORDER BY seq", (region.code, case)),
    ]


async def cost(connection: asyncpg.Connection, verb: Verb) -> float:
    """Milliseconds of one run, which is rolled back."""
    undone = connection.transaction()
    await undone.start()
    began = time.perf_counter()
    await connection.fetch(verb.sql, *verb.values)
    took = time.perf_counter() - began
    await undone.rollback()
    return took * 1000


async def reading(connection: asyncpg.Connection, verb: Verb) -> Reading:
    """What the plan of one more run reads of the tables that grow."""
    undone = connection.transaction()
    await undone.start()
    plan = orjson.loads(await connection.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) " + verb.sql, *verb.values))[0]["Plan"]
    await undone.rollback()
    scans = [node for node in nodes(plan) if node.get("Relation Name") in GROWING and "Scan" in node["Node Type"]]
    wasted = sum(round((node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)) * node["Actual Loops"])
                 for node in scans)
    return Reading(wasted + sum(round(node["Actual Rows"] * node["Actual Loops"]) for node in scans), wasted)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


async def report(sizes: tuple[int, ...]) -> bool:
    """Print the table; whether no plan reads in vain."""
    in_vain = 0
    with ground() as made:
        grown = [await grow(made.another(f"grown_{size}"), size) for size in sizes]
        print("| verb | " + " | ".join(f"rows read of {one.size:,}" for one in grown) + " | time, last ÷ first | rows read in vain |")
        print("|---|" + "---|" * (len(grown) + 2))
        for same in zip(*(one.verbs for one in grown), strict=True):
            asked = [(one.connection, verb) for one, verb in zip(grown, same, strict=True)]
            rounds = [[await cost(*one) for one in asked] for _ in range(TIMES)]
            read = [await reading(*one) for one in asked]
            in_vain += sum(one.wasted for one in read)
            print(f"| {same[0].name} | {' | '.join(str(one.rows) for one in read)} | {median(took[-1] / took[0] for took in rounds):.2f} "
                  f"| {sum(one.wasted for one in read) or 'none'} |", flush=True)
        for one in grown:
            await one.connection.close()
    return not in_vain


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--five", action="store_true", help="five million rows, too")
    sizes = (*SIZES, LARGEST) if asked.parse_args().five else SIZES
    uvloop.install()
    raise SystemExit(0 if asyncio.run(report(sizes)) else 1)


if __name__ == "__main__":
    main()
