"""T11, T12: an answer does not tell who is here; guessing a password is slow, and locks nobody out."""

import asyncio
import statistics
import time

import pytest

from config import clock
from services import captchas, login, passwords
from services.captchas import Answer, CaptchaNeeded, CaptchaWrong
from services.codes import Given, Sender
from services.limits import UsedUp
from services.login import AccountStopped, Entered, LoginWrong, StaffEntrance
from services.regions import Region
from tests import builders
from tests.security.codes_sent import code_of

NUMBER = "19900003456"


def sender(number: int) -> Sender:
    return Sender(f"198.51.100.{number % 250}")


async def refusal(region: Region, name: str, number: int) -> tuple[str, str, float]:
    began = time.perf_counter()
    with pytest.raises(LoginWrong) as refused:
        await login.by_password(region, name, "Wrong-Password-1", sender(number), "phone", clock.now())
    return refused.value.code, refused.value.text, time.perf_counter() - began


@pytest.mark.req("T11")
async def test_an_unknown_name_gets_the_same_answer_in_the_same_time(region: Region) -> None:
    """The account's hash is made here as the product makes it: a cheaper one would be told apart by its cost."""
    known = []
    for number in range(8):
        account = await builders.a_talent(phone=f"1990000{4000 + number}")
        await account.filter(id=account.id).update(password_hash=await passwords.hash_password(builders.PASSWORD))
        known.append(account.login_name)
    await refusal(region, "warm-up", 0)
    pairs = [(await refusal(region, name, number), await refusal(region, f"nobody{number}", number)) for number, name in enumerate(known)]
    assert {one[:2] for pair in pairs for one in pair} == {("login_wrong", LoginWrong.__doc__)}
    here, nowhere = (statistics.median(pair[side][2] for pair in pairs) for side in (0, 1))
    assert 0.6 < here / nowhere < 1.6


@pytest.mark.req("T11")
async def test_asking_for_a_code_takes_the_same_time_for_nobodys_number(region: Region) -> None:
    async def seconds(number: str, index: int) -> float:
        began = time.perf_counter()
        await login.request_code(region, number, sender(index), clock.now())
        return time.perf_counter() - began

    for index in range(9):
        await builders.a_talent(phone=f"1990000{5000 + index}")
    here = statistics.median([await seconds(f"1990000{5000 + index}", index) for index in range(9)])
    nowhere = statistics.median([await seconds(f"1990000{6000 + index}", index) for index in range(9)])
    assert 0.8 < here / nowhere < 1.25


@pytest.mark.req("T12")
async def test_a_hundred_passwords_for_one_account_are_not_looked_at_and_its_owner_still_comes_in(region: Region) -> None:
    account = await builders.a_talent(phone=NUMBER)
    looked_at, now = 0, clock.now()
    for number in range(100):
        try:
            await login.by_password(region, account.login_name, f"Guess-Number-{number}", sender(number), "phone", now)
        except LoginWrong:
            looked_at += 1
        except (CaptchaNeeded, UsedUp):
            pass
    assert looked_at == region.profile.login.captcha_after_failures.value
    challenge = await login.request_code(region, NUMBER, sender(1), now)
    code = await code_of(region.code, challenge)
    assert code is not None
    assert isinstance(await login.by_code(region, NUMBER, Given(str(challenge), code), "phone", now), Entered)


@pytest.mark.req("T12")
async def test_with_every_picture_read_ten_passwords_are_looked_at(region: Region) -> None:
    account = await builders.a_talent()
    looked_at, now = 0, clock.now()
    for number in range(15):
        challenge = captchas.new_challenge(region.code, now)
        answer = captchas._open(region.code, challenge, now)
        assert answer is not None
        try:
            await login.by_password(region, account.login_name, f"Guess-Number-{number}", sender(number), "phone", now, Answer(challenge, answer))
        except LoginWrong:
            looked_at += 1
        except UsedUp as refused:
            assert refused.headers["Retry-After"]
    assert looked_at == login.CHECKS


@pytest.mark.req("WH-02")
async def test_the_right_password_opens_by_name_and_by_number(region: Region) -> None:
    account = await builders.a_staff(phone=NUMBER)
    for name in (account.login_name, account.login_name.upper(), f" {account.login_name} ", NUMBER, f"+86{NUMBER}"):
        entered = await login.by_password(region, name, builders.PASSWORD, sender(1), "desk", clock.now())
        assert entered.account_id == account.id


@pytest.mark.req("WH-02")
async def test_after_wrong_passwords_a_picture_must_be_read_and_each_serves_once(region: Region) -> None:
    account = await builders.a_talent()
    now = clock.now()
    for number in range(region.profile.login.captcha_after_failures.value):
        with pytest.raises(LoginWrong):
            await login.by_password(region, account.login_name, f"Guess-Number-{number}", sender(1), "phone", now)
    with pytest.raises(CaptchaNeeded):
        await login.by_password(region, account.login_name, builders.PASSWORD, sender(1), "phone", now)
    challenge = captchas.new_challenge(region.code, now)
    text = captchas._open(region.code, challenge, now)
    assert text is not None
    assert (await captchas.picture(region.code, challenge, now)).startswith(b"\x89PNG")
    entered = await login.by_password(region, account.login_name, builders.PASSWORD, sender(1), "phone", now, Answer(challenge, text.lower()))
    assert entered.account_id == account.id
    with pytest.raises(CaptchaWrong):
        await captchas.check(region.code, Answer(challenge, text), now)
    with pytest.raises(CaptchaWrong):
        await captchas.check(region.code, Answer("of another make", text), now)


async def test_a_stopped_account_is_told_so_only_after_the_right_password(region: Region) -> None:
    account = await builders.a_talent(suspended=True)
    with pytest.raises(LoginWrong):
        await login.by_password(region, account.login_name, "Wrong-Password-1", sender(1), "phone", clock.now())
    with pytest.raises(AccountStopped):
        await login.by_password(region, account.login_name, builders.PASSWORD, sender(1), "phone", clock.now())


async def test_the_desk_is_for_staff(region: Region) -> None:
    account = await builders.a_talent()
    with pytest.raises(StaffEntrance):
        await login.by_password(region, account.login_name, builders.PASSWORD, sender(1), "desk", clock.now())


@pytest.mark.req("T13")
async def test_hashing_keeps_nobody_waiting_and_long_passwords_cost_nothing() -> None:
    turns, done, many = 0, asyncio.Event(), 12

    async def watch() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0.002)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(passwords.verify(None, f"Password-{number}") for number in range(many)))
    done.set()
    await watching
    assert turns > 3 * many, "on the loop itself there would be about one turn a hash"
    began = time.perf_counter()
    assert await passwords.verify(None, "x" * 1_000_000) is False
    assert time.perf_counter() - began < 2
