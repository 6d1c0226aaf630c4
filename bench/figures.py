"""The chief's page over a million cases, against some of its sums taken from the cases themselves."""

from datetime import timedelta
from statistics import median
from typing import Any

import asyncpg

from bench import fill, million, people
from bench.ground import Ground, filled
from bench.growth import _VISITS
from bench.million import timed
from bench.rounds import Line, alternate, at_most, spread
from config import clock
from models.database import credentials, execute
from services.actors import Actor
from services.figures import asking, counting
from services.figures.asking import Asked
from services.figures.periods import Period, chosen
from services.regions import Region

#: $1 region: the act that ended each case, with what it used of its limit, spread as in an office.
_ACTS = """
INSERT INTO case_event (region, case_id, seq, actor_name, organisation_id, channel, action, from_step, to_step, detail, at)
SELECT region, id, 1, '经办', handler_org, 'desk', 'approve', step, step,
       jsonb_build_object('used', 600 + (hashtext(number) & 32767)), created_at FROM cases WHERE region = $1
"""
#: The same days, so many times again into the past: a year and more of them.
_YEARS = """
INSERT INTO figure (region, kind, day, organisation_id, subject, part, count, over)
SELECT region, kind, day - 14 * n, organisation_id, subject, part, count, over FROM figure, generate_series(1, 26) n WHERE region = $1
"""
#: What is compared with: three of the page's sums, from the rows themselves.
_BY_HAND = (
    "SELECT created_at::date, organisations[1], matter, count(*) FROM cases WHERE region = $1 AND created_at >= $2 GROUP BY 1, 2, 3",
    "SELECT from_step, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY (detail ->> 'used')::int), count(*) FROM case_event "
    "WHERE region = $1 AND at >= $2 GROUP BY 1",
    "SELECT venue_id, extract(hour FROM at), count(*) FROM visit WHERE region = $1 AND at >= $2 AND verdict = 'admitted' GROUP BY 1, 2",
)


async def measure(ground: Ground, rounds: int, many: int = 1_000_000) -> list[Line]:
    now = clock.now()
    async with filled(ground) as region:
        await populate(ground, region, many)
        chief, month = await _chief(region), _month(region)
        year = Period(month.last - timedelta(days=364), month.last)
        async with asyncpg.create_pool(**credentials(ground.database_url), min_size=1, max_size=2, command_timeout=600) as pool:
            pairs = await alternate(lambda: timed(lambda: _page(region, chief, month)), lambda: timed(lambda: _by_hand(pool, region)), rounds)
        years = [await timed(lambda: _page(region, chief, year)) for _ in range(rounds + 1)][1:]
        day = (now - timedelta(days=2)).astimezone(region.profile.tz).date()
        counting_a_day = await timed(lambda: counting.count(region, day, day, now))
    months = [ours for ours, _ in pairs]
    return [
        at_most("the chief's page, a month with 1,000,000 cases", "three of its sums from the cases themselves",
                [ours / hand for ours, hand in pairs], 0.5),
        Line("the chief's page, a month with 1,000,000 cases", "", f"{spread([1000 * one for one in months], 0)} ms", "≤ 80 ms",
             median(months) <= 0.08),
        Line("the chief's page, a year of such days", "", f"{spread([1000 * one for one in years], 0)} ms", "", None),
        Line("counting a day of 86,400 cases anew", "", f"{counting_a_day:.1f} s", "", None),
    ]


async def populate(ground: Ground, region: Region, count: int) -> None:
    """So many cases of some days, each with an act and a visit; counted; and a year of such days before them."""
    await million.populate(ground, region, 0)
    board = await people.board(region)
    await fill.cases(ground.database_url, region, count, open_every=100)
    connection = await asyncpg.connect(**credentials(ground.database_url), command_timeout=600)
    try:
        venue = await connection.fetchval("SELECT venue_id FROM board WHERE serial = $1", board.serial)
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        await connection.execute(_ACTS, region.code)
        await connection.execute(_VISITS, region.code, venue, board.serial)
    finally:
        await connection.close()
    await vacuumed(ground)
    await counting.sweep(region, clock.now())
    await execute(_YEARS, region.code)
    await vacuumed(ground)


async def vacuumed(ground: Ground) -> None:
    connection = await asyncpg.connect(**credentials(ground.database_url), command_timeout=600)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _chief(region: Region) -> Actor:
    clerk = await people.actor(region, million.CLERK, clock.now())
    await execute("UPDATE role_grant SET role = $3 WHERE region = $1 AND account_id = $2", region.code, clerk.account_id,
                  region.profile.supervision.watch_role)
    return await people.actor(region, million.CLERK, clock.now())


def _month(region: Region) -> Period:
    today = clock.now().astimezone(region.profile.tz).date()
    return chosen("free", today - timedelta(days=30), None, today)


async def _page(region: Region, chief: Actor, period: Period) -> Any:
    return await asking.ask(region, chief, Asked(period), clock.now())


async def _by_hand(pool: asyncpg.Pool, region: Region) -> None:
    since = counting.bounds(region, _month(region).first)[0]
    for sql in _BY_HAND:
        await pool.fetch(sql, region.code, since)
