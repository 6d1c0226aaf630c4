"""R8: a scan that is asked again, by whatever process, consumes nothing twice and has the same answer."""

from collections import defaultdict
from uuid import uuid4

import pytest

from config import clock
from config.keys import keys
from models.database import connection, execute, row
from models.venue import Venue
from qr import board_code
from services import checks
from services.regions import Region
from tests.builders import a_board

from .race import Crowd, figure, holders, luck, report, tally

pytestmark = pytest.mark.timeout(180)
REPLAYS = 20


async def an_open_venue(region: Region) -> str:
    """What the board of an airport says that is open day and night and counts its visits; a year has more uses than the race needs."""
    venue = await Venue.of(region.code, category="airport").order_by("serial").first()
    await execute("DELETE FROM opening WHERE region = $1 AND venue_id = $2", region.code, venue.id)
    await execute("INSERT INTO opening (region, id, venue_id, weekday, opens, closes) "
                  "SELECT $1, uuidv7(), $2, d, 0, 1440 FROM generate_series(1, 7) d", region.code, venue.id)
    await execute("DELETE FROM closed_day WHERE region = $1", region.code)
    await execute("UPDATE benefit SET yearly = 10000 WHERE region = $1", region.code)
    return board_code.encode(region.code, (await a_board(venue)).serial, keys())


async def replayed(region: Region, many: int) -> list[dict]:
    """So many taps of ten holders, each asked twenty times, in no order."""
    code, people = await an_open_venue(region), await holders(region, 10)
    taps = [{"region": region.code, "token": people[number % len(people)].token, "code": code, "nonce": str(uuid4())} for number in range(many)]
    asked = taps * REPLAYS
    luck().shuffle(asked)
    return asked


async def used(region: Region) -> int:
    found = await row("SELECT coalesce(sum(used), 0)::int AS used FROM quota_use WHERE region = $1", region.code)
    return found["used"]


async def test_r08_each_tap_is_consumed_once_and_answered_alike_every_time(region: Region, crowd: Crowd) -> None:
    asked = await replayed(region, many := figure(50, 500))
    answers = await crowd.race("scan", asked)
    report(r08=many, replays=REPLAYS, **tally(answers, "verdict"))
    by_tap = defaultdict(list)
    for one in answers:
        by_tap[one["nonce"]].append(one)
    assert tally(answers, "verdict") == {"admitted": many * REPLAYS}
    assert len(by_tap) == many and all(one == alike[0] for alike in by_tap.values() for one in alike)
    assert await used(region) == many and await checks.run(clock.now()) == []


async def test_r08_the_last_use_of_a_year_goes_to_one_tap(region: Region, crowd: Crowd) -> None:
    code, (person,) = await an_open_venue(region), await holders(region, 1)
    await execute("UPDATE benefit SET yearly = 5 WHERE region = $1", region.code)
    answers = await crowd.race("scan", [{"region": region.code, "token": person.token, "code": code, "nonce": str(uuid4())} for _ in range(100)])
    assert tally(answers, "verdict") == {"admitted": 5, "quota_used_up": 95}
    assert sorted(one["left"] for one in answers if one["left"] is not None) == [0, 1, 2, 3, 4] and await checks.run(clock.now()) == []


async def test_r08_control_without_the_unique_nonce_replays_consume(region: Region, crowd: Crowd) -> None:
    """The product's own statement, on a copy of the table that has no constraint."""
    asked = sorted(await replayed(region, 50), key=lambda one: str(one["nonce"]))  # the taps of one nonce at once
    await connection().execute_script("CREATE UNLOGGED TABLE visit_unguarded (LIKE visit INCLUDING DEFAULTS)")
    try:
        answers = await crowd.race("scan_unguarded", asked)
        report(control=await used(region), **tally(answers, "verdict"))
        assert tally(answers, "verdict") == {"admitted": len(asked)} and await used(region) > 50
    finally:
        await connection().execute_script("DROP TABLE visit_unguarded")
