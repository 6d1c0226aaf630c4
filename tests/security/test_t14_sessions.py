"""T14: a session is new at login, ends at once, and its token is nowhere in the database."""

from datetime import timedelta

import httpx
import pytest

from config import clock
from config.settings import settings
from models.database import rows
from services import accounts, login, security, sessions
from services.accounts import RoleIn
from services.codes import Given, Sender
from services.regions import Region
from tests import builders
from tests.security.codes_sent import code_of


async def me(probe: httpx.AsyncClient, region: str, token: str) -> int:
    return (await probe.get(f"/{region}/api/probe/me", headers={"Authorization": f"Bearer {token}"})).status_code


@pytest.mark.req("T14")
async def test_logging_out_ends_this_session_and_logging_out_everywhere_ends_all(probe: httpx.AsyncClient) -> None:
    account = await builders.a_talent()
    first, second, third = [await builders.a_session(account, "mini") for _ in range(3)]
    await sessions.end(sessions.hash_token(first), clock.now())
    assert [await me(probe, account.region, token) for token in (first, second, third)] == [401, 200, 200]
    await sessions.end_all(account.region, account.id, clock.now())
    assert [await me(probe, account.region, token) for token in (second, third)] == [401, 401]


@pytest.mark.req("T14", "R9")
async def test_suspending_an_account_ends_its_sessions_in_the_same_moment(probe: httpx.AsyncClient, region: Region) -> None:
    staff = await builders.a_staff()
    token = await builders.a_session(staff, "mini")
    assert await me(probe, region.code, token) == 200
    boss = builders.system(region.code)
    await accounts.suspend(region, boss, staff.id, "离岗", clock.now())
    assert await me(probe, region.code, token) == 401
    await accounts.enable(region, boss, staff.id, "返岗", clock.now())
    assert await me(probe, region.code, token) == 401
    assert await me(probe, region.code, await builders.a_session(staff, "mini")) == 200


@pytest.mark.req("T14")
async def test_a_role_that_ended_is_gone_with_the_next_request(region: Region) -> None:
    place = await builders.an_organisation()
    staff = await builders.a_staff(organisation=place, role="clerk")
    token = sessions.hash_token(await builders.a_session(staff))
    before = await sessions.resolve(token, region.code, clock.now())
    assert before is not None and before.organisations == [place.id]
    await accounts.end_grant(region, builders.system(region.code), staff.id, RoleIn(place.id, "clerk"), clock.now())
    after = await sessions.resolve(token, region.code, clock.now())
    assert after is not None and after.organisations == []


@pytest.mark.req("T14", "WH-04")
async def test_a_new_password_ends_every_session(region: Region) -> None:
    account = await builders.a_talent()
    here, elsewhere = [sessions.hash_token(await builders.a_session(account)) for _ in range(2)]
    actor = await sessions.resolve(here, region.code, clock.now())
    assert actor is not None
    await security.change_password(actor, builders.PASSWORD, "Another-Way-2027", clock.now())
    assert [await sessions.resolve(token, region.code, clock.now()) for token in (here, elsewhere)] == [None, None]
    entered = await login.by_password(region, account.login_name, "Another-Way-2027", Sender("198.51.100.1"), "phone", clock.now())
    assert entered.account_id == account.id


@pytest.mark.req("WH-04")
async def test_a_phone_number_changes_step_by_step(region: Region) -> None:
    account = await builders.a_talent(phone="19900007001")
    actor, here = await builders.the_actor(account), Sender("198.51.100.1")
    old = await security.request_old_number_code(region, actor, here, clock.now())
    old_code = await code_of(region.code, old)
    assert old_code is not None
    await security.confirm_old_number(actor, Given(str(old), old_code), clock.now())
    new = await security.request_new_number_code(region, actor, "199 0000 7002", here, clock.now())
    new_code = await code_of(region.code, new)
    assert new_code is not None
    await security.change_phone(actor, "19900007002", Given(str(new), new_code), clock.now(), keep=None)
    assert (await account.filter(id=account.id).get()).phone == "19900007002"


@pytest.mark.req("WH-04")
async def test_no_new_number_without_the_old_one(region: Region) -> None:
    actor = await builders.the_actor(await builders.a_talent())
    with pytest.raises(security.Conflict):
        await security.request_new_number_code(region, actor, "19900007003", Sender("198.51.100.1"), clock.now())


@pytest.mark.req("T14")
async def test_sessions_end_by_idleness_and_by_age(region: Region) -> None:
    account, start = await builders.a_talent(), clock.now()
    token = sessions.hash_token(await builders.a_session(account, now=start))
    idle = timedelta(minutes=settings().session_idle_minutes)
    assert await sessions.resolve(token, region.code, start + idle - timedelta(seconds=1)) is not None
    assert await sessions.resolve(token, region.code, start + 2 * idle) is None
    used = sessions.hash_token(await builders.a_session(account, now=start))
    assert await sessions.resolve(used, region.code, start + timedelta(days=settings().session_days, seconds=1)) is None


@pytest.mark.req("T14")
async def test_the_database_holds_no_token(region: Region) -> None:
    token = await builders.a_session(await builders.a_talent())
    assert len(token) >= 43
    for found in await rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        for one in await rows("SELECT to_jsonb(t)::text AS whole FROM " + found["tablename"] + " t"):
            assert token not in one["whole"]


@pytest.mark.req("T14")
async def test_a_token_from_before_login_is_worth_nothing_after_it(probe: httpx.AsyncClient, region: Region) -> None:
    """Fixation: what an attacker put into the cookie beforehand never becomes a session."""
    planted = "x" * 43
    probe.cookies.set("gl_phone", planted, path=f"/{region.code}")
    account = await builders.a_talent()
    entered = await login.by_password(region, account.login_name, builders.PASSWORD, Sender("198.51.100.1"), "phone", clock.now())
    assert entered.token != planted
    assert (await probe.get(f"/{region.code}/probe/me", follow_redirects=False)).status_code == 303
