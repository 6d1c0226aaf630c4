"""The story that ``greenlane dev`` begins with: true, whole, told once, and quickly enough."""

from datetime import UTC, datetime

import pytest
from stdnum.cn import ric

from config import clock
from config.settings import Settings
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
    await seed.fill(now)
    assert await _values("SELECT state FROM cases") == {"handling", "returned", "held", "completed", "withdrawn"}
    assert await _values("SELECT step FROM cases WHERE state = 'handling'") == {"accept", "pre_review", "complete"}
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
    await seed.fill(clock.now())
    before = await row("SELECT (SELECT count(*) FROM account) AS people, (SELECT count(*) FROM case_event) AS acts")
    await seed.fill(clock.now())
    assert await row("SELECT (SELECT count(*) FROM account) AS people, (SELECT count(*) FROM case_event) AS acts") == before


async def test_whoever_the_table_introduces_can_log_in(region: Region) -> None:
    now = clock.now()
    await seed.fill(now)
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
    numbers = [cast.id_number(told.id_area, one, number) for number, one in enumerate(told.talents, 1)]
    assert all(ric.is_valid(number) for number in numbers)
    assert all(phone.startswith("1990000") for _, phone in cast.phones(told))


async def test_the_sandbox_learns_who_has_a_phone_and_where_boards_hang(region: Region) -> None:
    await seed.fill(clock.now())
    async with running_sandbox() as sandbox:
        await seed.introduce(Settings(sandbox_url=sandbox.url, wechat_url=sandbox.url))
        told = story.read((await regions.current(region.code)).code)
        assert len(sandbox.state.people) == len(told.staff) + len(told.talents) == await Account.of(region.code).count()
        assert sandbox.state.menu
        assert len(sandbox.state.boards) == len(told.boards) + 1
        assert sandbox.state.templates[region.profile.sending.texts["login_code"].sms_template].verification  # type: ignore[index]
