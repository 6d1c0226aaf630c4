"""The stories that ``greenlane dev`` begins with: true, whole, told once, and something to see for everybody in every region."""

from datetime import UTC, datetime

import pytest
from stdnum.cn import ric, uscc

from config import clock
from config.settings import Settings
from config.vocabulary import Effect
from models.account import Account
from models.database import row, rows
from sandbox.demo import cast, seed, story
from sandbox.embedded import running_sandbox
from services import login, regions
from services.codes import Sender
from services.regions import Region


async def _values(sql: str) -> set[str]:
    return {next(iter(found.values())) for found in await rows(sql)}


@pytest.mark.parametrize("now", [
    pytest.param(datetime(2026, 11, 23, 0, 50, tzinfo=UTC), id="monday morning"),
    pytest.param(datetime(2026, 11, 25, 7, 0, tzinfo=UTC), id="wednesday afternoon"),
    pytest.param(datetime(2026, 10, 4, 14, 30, tzinfo=UTC), id="holiday at night"),
])
async def test_there_is_something_to_see_everywhere_whatever_the_day(region: Region, now: datetime) -> None:
    await seed.fill(now, [region.code])
    assert await _values("SELECT state FROM cases WHERE matter = 'booking'") == {"handling", "returned", "held", "completed", "withdrawn"}
    assert await _values("SELECT step FROM cases WHERE matter = 'booking' AND state = 'handling'") == {"accept", "pre_review", "complete"}
    assert await _values("SELECT DISTINCT level FROM reminder") == {0, 1, 2, 3}
    assert {"admitted", "quota_used_up", "no_card", "card_suspended", "card_expired", "board_revoked", "board_unknown", "too_many_companions",
            "outside_hours"} <= await _values("SELECT verdict FROM visit")
    assert {"delivered", "failed", "dropped", "pending"} <= await _values("SELECT state FROM notification")
    late = await row("SELECT count(*) FILTER (WHERE due_at < $1) AS late, count(*) AS open FROM cases WHERE state = 'handling'", now)
    assert late is not None
    assert 3 <= late["late"] < late["open"] / 2
    future = await row("SELECT 1 FROM case_event WHERE at > $1 UNION ALL SELECT 1 FROM visit WHERE at > $1", now)
    assert future is None


async def test_a_second_start_adds_nothing(region: Region) -> None:
    await seed.fill(clock.now(), [region.code])
    before = await row("SELECT (SELECT count(*) FROM account) AS people, (SELECT count(*) FROM case_event) AS acts")
    await seed.fill(clock.now(), [region.code])
    assert await row("SELECT (SELECT count(*) FROM account) AS people, (SELECT count(*) FROM case_event) AS acts") == before


async def test_whoever_the_table_introduces_can_log_in(region: Region) -> None:
    now = clock.now()
    await seed.fill(now, [region.code])
    lines = await seed.logins(region)
    people = [line for line in lines if line.login]
    assert len(people) >= 10
    for line in people[:3]:
        entered = await login.by_password(region, line.login, line.password, Sender("192.0.2.1"), "phone", now)
        assert entered.name == line.name
    assert all(f"/{region.code}/at/" in line.address for line in lines if not line.login)


@pytest.mark.parametrize("code", story.regions())
async def test_everybody_is_invented_with_a_valid_number(code: str) -> None:
    told = story.read(code)
    numbered = [(one, number) for number, (one, _) in enumerate(cast.phones(told), 1) if not isinstance(one, story.Clerk)]
    numbers = [cast.id_number(told.id_area, one.born, one.woman, number) for one, number in numbered]
    assert all(ric.is_valid(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert all(uscc.is_valid(unit.code) for unit in told.units)


async def test_no_number_is_two_peoples_also_of_two_regions() -> None:
    """They share one sandbox, whose phones have one number each."""
    numbers = [phone for code in story.regions() for _, phone in cast.phones(story.read(code))]
    assert all(phone.startswith("1990000") for phone in numbers)
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("code", story.regions())
async def test_every_region_is_at_work(database: None, code: str) -> None:
    """Something waits at every step of every matter, something was returned with marks, every matter came to its end; and somebody of every role
    is in the table of logins, under a name that logs in, also where that is a number (GL-04)."""
    await seed.fill(clock.now(), [code])
    region = await regions.current(code)
    found = await rows("SELECT matter, step, state FROM cases WHERE region = $1", code)
    waiting = {(one["matter"], one["step"]) for one in found if one["state"] == "handling"}
    told = {matter.code: matter for matter in region.profile.matters.values() if matter.effect is not Effect.CLOSE_ACCOUNT}  # nobody leaves here
    assert {(matter.code, step.step) for matter in told.values() for step in matter.route} <= waiting
    assert {one["matter"] for one in found if one["state"] == "completed"} == set(told)
    marked = await row("SELECT 1 FROM case_event WHERE region = $1 AND action = 'return' AND to_step IS NOT NULL AND said_sealed IS NOT NULL", code)
    assert marked is not None
    listed = {(matter.code, step.step) for matter in region.profile.matters.values() for step in matter.route if step.roster}
    assert listed == {(one["matter"], one["step"]) for one in await rows("SELECT matter, step FROM roster WHERE region = $1", code)}

    people = [line for line in await seed.logins(region) if line.login]
    for line in people:
        kept = await row("SELECT name, password_once FROM account WHERE region = $1 AND login_name = $2", code, line.login)
        assert kept == {"name": line.name, "password_once": False}
    shown = await rows("SELECT DISTINCT g.role FROM role_grant g JOIN account a ON (a.region, a.id) = (g.region, g.account_id) "
                       "WHERE g.region = $1 AND a.login_name = ANY($2::text[])", code, [line.login for line in people])
    assert {one["role"] for one in shown} == {grant["role"] for grant in await rows("SELECT DISTINCT role FROM role_grant WHERE region = $1", code)}


async def test_the_sandbox_learns_who_has_a_phone_and_where_boards_hang(region: Region) -> None:
    await seed.fill(clock.now())
    stories = [story.read(code) for code in story.regions()]
    async with running_sandbox() as sandbox:
        await seed.introduce(Settings(sandbox_url=sandbox.url, wechat_url=sandbox.url))
        told_of = sum(len(list(cast.phones(told))) for told in stories)
        assert len(sandbox.state.people) == told_of == await Account.filter(phone_index__isnull=False).count()
        assert sandbox.state.menu
        assert len(sandbox.state.boards) == sum(len(told.boards) + bool(told.replaced) for told in stories)
        assert sandbox.state.templates[region.profile.sending.texts["login_code"].sms_template].verification  # type: ignore[index]


async def test_stories_are_told_one_by_one_the_one_with_bookings_first_and_nobody_is_introduced_before(region: Region) -> None:
    untold = await seed.untold()
    assert set(untold) == set(story.regions())
    first = seed.foremost(untold)
    assert first is not None and story.read(first).bookings
    other = next(code for code in untold if code != first)
    async with running_sandbox() as sandbox:
        for told in ([first], [first, other]):
            await seed.fill(clock.now(), told)
            await seed.introduce(Settings(sandbox_url=sandbox.url, wechat_url=sandbox.url))
            assert len(sandbox.state.people) == sum(len(list(cast.phones(story.read(code)))) for code in told)
    assert await seed.untold() == [code for code in untold if code not in (first, other)]
