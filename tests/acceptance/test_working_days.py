"""An administrator says which days her region works; deadlines that were computed already move with them."""

from datetime import date, datetime, timedelta

import httpx
import pytest

from config import clock
from config.errors import Invalid
from models.audit import Audit
from models.case import Case
from models.database import execute, rows
from services import changes, regions, working_days
from services.actors import Actor
from services.cases.calendar import calendar_of
from services.regions import Region
from tests import builders
from tests.acceptance.desk import desk, words


@pytest.fixture
async def chief(region: Region) -> Actor:
    return await builders.the_actor(await builders.a_city_staff(), "desk")


def ahead(region: Region, number: int = 1) -> date:
    """A working day after today."""
    calendar, day = calendar_of(region.profile), clock.now().astimezone(region.profile.tz).date()
    while number:
        day += timedelta(days=1)
        number -= calendar.is_working_day(day)
    return day


async def settled(region: Region) -> int:
    """What the worker does once every process knows the day."""
    await execute("UPDATE recount SET at = at - interval '1 hour' WHERE done_at IS NULL")
    await execute("UPDATE cases SET step_at = step_at - interval '2 hours' WHERE closed_at IS NULL")
    return await working_days.recount(await regions.current(region.code), clock.now())


async def due(case: Case) -> datetime:
    found = (await Case.find(case.region, case.id)).due_at
    assert found is not None
    return found


async def test_a_day_off_moves_open_deadlines_and_back_when_it_is_taken_back(region: Region, chief: Actor) -> None:
    case, day = await builders.a_booking(), ahead(region)
    await execute("UPDATE cases SET due_at = $1", calendar_of(region.profile).spans(ahead(region, 2))[-1][1])
    before, version = await due(case), case.version
    foreseen = await working_days.foresee(region, chief, day, False, "台风停工", clock.now())
    await working_days.say(region, chief, day, False, "台风停工", clock.now())
    assert not calendar_of((await regions.current(region.code)).profile).is_working_day(day)
    assert await working_days.recount(await regions.current(region.code), clock.now()) == 0, "other processes may not know the day yet"
    assert await settled(region) == 1
    after = await due(case)
    assert (foreseen.cases, foreseen.before, foreseen.after) == (1, before, after)
    assert after == calendar_of(region.profile).spans(ahead(region, 3))[-1][1]
    found = await Case.find(region.code, case.id)
    assert found.version == version and after in found.remind_plan
    assert await settled(region) == 0, "harmless twice"
    line = await Audit.of(region.code, act="day.say").get()
    await changes.take_back(region, chief, line.id, clock.now())
    assert await settled(region) == 1
    assert await due(case) == before


async def test_what_is_late_and_what_waits_for_the_applicant_stays(region: Region, chief: Actor) -> None:
    late, waiting = await builders.a_booking(), await builders.a_booking(returned=True)
    past = clock.now() - timedelta(days=3)
    await execute("UPDATE cases SET due_at = $2 WHERE id = $1", late.id, past)
    await working_days.say(region, chief, ahead(region), False, "台风停工", clock.now())
    assert await settled(region) == 0
    assert await due(late) == past
    assert (await Case.find(region.code, waiting.id)).due_at is None


@pytest.mark.parametrize(("days", "working", "reason", "told"), [(-1, False, "台风停工", "已经过去的日子"), (0, True, "调休", "本来就上班"),
                                                                (0, False, "", "请写明原因")])
async def test_a_day_that_makes_no_sense_is_refused(region: Region, chief: Actor, days: int, working: bool, reason: str, told: str) -> None:
    day = ahead(region) if not days else clock.now().date() + timedelta(days=days * 9)
    with pytest.raises(Invalid) as refused:
        await working_days.say(region, chief, day, working, reason, clock.now())
    assert told in "".join(refused.value.fields.values())


async def test_the_page_says_the_year_what_would_change_and_keeps_it(client: httpx.AsyncClient, region: Region) -> None:
    boss, day = await desk(client, await builders.a_city_staff()), ahead(region)
    assert "春节" in words(await boss.get("calendar", year="2026"))
    told = words(await boss.post("calendar", day=day.isoformat(), working="no", reason="台风停工", act="preview"))
    assert "不会改变正在办理的办件的期限" in told and await rows("SELECT 1 FROM own_day") == []
    assert (await boss.post("calendar", day=day.isoformat(), working="no", reason="台风停工")).status_code == 303
    assert "台风停工 本地区登记" in words(await boss.get("calendar", year=str(day.year)))
    assert (await boss.post("calendar/unsay", day=day.isoformat())).status_code == 303
    assert await rows("SELECT 1 FROM own_day") == []
