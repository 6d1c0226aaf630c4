"""T09, T10: a code takes five tries, opens once, and only what it was made for."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from config import clock
from models.database import execute, row
from services import codes, login, security
from services.codes import CodeWrong, Given, Purpose, Sender
from services.regions import Region
from tests import builders
from tests.security.codes_sent import another, code_of

NUMBER = "19900002345"
HERE = Sender("198.51.100.1")


async def a_code(region: Region) -> tuple[UUID, str]:
    challenge = await login.request_code(region, NUMBER, HERE, clock.now())
    code = await code_of(region.code, challenge)
    assert code is not None
    return challenge, code


@pytest.mark.req("T09")
@pytest.mark.timeout(180)
async def test_of_many_wrong_codes_at_once_five_are_looked_at_and_then_the_right_one_is_refused(region: Region) -> None:
    await builders.a_talent(phone=NUMBER)
    challenge, code = await a_code(region)
    guesses = [Given(str(challenge), another(code)) for _ in range(300)]
    answers = await asyncio.gather(*(login.by_code(region, NUMBER, guess, "phone", clock.now()) for guess in guesses), return_exceptions=True)
    assert all(isinstance(answer, CodeWrong) for answer in answers)
    tried = await row("SELECT tries FROM login_code WHERE region = $1 AND id = $2", region.code, challenge)
    assert tried is not None and tried["tries"] == codes.TRIES
    with pytest.raises(CodeWrong):
        await login.by_code(region, NUMBER, Given(str(challenge), code), "phone", clock.now())


@pytest.mark.req("T09")
@pytest.mark.timeout(180)
async def test_of_fifty_that_come_with_the_right_code_at_once_one_comes_in(region: Region) -> None:
    await builders.a_talent(phone=NUMBER)
    challenge, code = await a_code(region)
    answers = await asyncio.gather(*(login.by_code(region, NUMBER, Given(str(challenge), code), "phone", clock.now()) for _ in range(50)),
                                   return_exceptions=True)
    assert sum(isinstance(answer, login.Entered) for answer in answers) == 1


@pytest.mark.req("T09")
@pytest.mark.timeout(180)
async def test_looking_before_marking_would_let_several_in(region: Region) -> None:
    """The negative control: the code read first and marked as used afterwards."""
    await builders.a_talent(phone=NUMBER)
    challenge, _ = await a_code(region)
    entered = 0

    async def naive() -> None:
        nonlocal entered
        found = await row("SELECT used_at FROM login_code WHERE region = $1 AND id = $2", region.code, challenge)
        if found is not None and found["used_at"] is None:
            entered += 1
            await execute("UPDATE login_code SET used_at = $3 WHERE region = $1 AND id = $2", region.code, challenge, clock.now())

    await asyncio.gather(*(naive() for _ in range(50)))
    assert entered > 1


@pytest.mark.req("T10")
async def test_a_new_code_replaces_the_old_one(region: Region) -> None:
    await builders.a_talent(phone=NUMBER)
    challenge, code = await a_code(region)
    later = clock.now() + timedelta(minutes=2)
    newer = await login.request_code(region, NUMBER, HERE, later)
    with pytest.raises(CodeWrong):
        await login.by_code(region, NUMBER, Given(str(challenge), code), "phone", later)
    newer_code = await code_of(region.code, newer)
    assert newer_code is not None
    assert (await login.by_code(region, NUMBER, Given(str(newer), newer_code), "phone", later)).token


@pytest.mark.req("T10")
async def test_a_login_code_changes_no_phone_number(region: Region) -> None:
    account = await builders.a_talent(phone=NUMBER)
    actor = await builders.the_actor(account)
    challenge, code = await a_code(region)
    with pytest.raises(CodeWrong):
        await security.confirm_old_number(actor, Given(str(challenge), code), clock.now())


@pytest.mark.req("T10")
async def test_a_code_opens_no_other_number(region: Region) -> None:
    await builders.a_talent(phone=NUMBER)
    await builders.a_talent(phone="19900002346")
    challenge, code = await a_code(region)
    with pytest.raises(CodeWrong):
        await login.by_code(region, "19900002346", Given(str(challenge), code), "phone", clock.now())


@pytest.mark.req("T10")
@pytest.mark.parametrize("challenge", ["", "not a challenge", "00000000-0000-0000-0000-000000000000"])
async def test_a_challenge_that_is_none_is_a_wrong_code(region: Region, challenge: str) -> None:
    await builders.a_talent(phone=NUMBER)
    with pytest.raises(CodeWrong):
        await login.by_code(region, NUMBER, Given(challenge, "123456"), "phone", clock.now())


async def test_a_code_is_over_after_its_minutes(region: Region) -> None:
    await builders.a_talent(phone=NUMBER)
    challenge, code = await a_code(region)
    too_late = clock.now() + timedelta(minutes=region.profile.login.code_minutes.value, seconds=1)
    with pytest.raises(CodeWrong):
        await codes.use(region.code, Purpose.LOGIN, NUMBER, Given(str(challenge), code), too_late)


async def test_the_table_holds_no_code_and_no_number(region: Region) -> None:
    await builders.a_talent(phone=NUMBER)
    challenge, code = await a_code(region)
    found = await row("SELECT to_jsonb(l)::text AS whole FROM login_code l WHERE region = $1 AND id = $2", region.code, challenge)
    assert found is not None
    assert NUMBER not in found["whole"]
    assert f'"{code}"' not in found["whole"]
