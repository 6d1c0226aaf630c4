"""T08: nobody's phone is flooded, however the number is spelled and from however many addresses."""

import asyncio
from datetime import timedelta

import pytest

from config import clock
from config.errors import Invalid, TooMany
from models.database import execute, row
from services import codes, limits, login
from services.codes import Sender
from services.limits import Allowance
from services.regions import Region
from tests import builders
from tests.security.codes_sent import codes_sent

NUMBER = "19900001234"
SPELLINGS = ("+8619900001234", "008619900001234", "199 0000 1234", "１９９００００１２３４", "199\t00001234", "199-0000-1234", "8619900001234")


@pytest.mark.req("T08")
@pytest.mark.timeout(180)
async def test_of_200_requests_at_once_for_one_number_one_is_sent(region: Region) -> None:
    await builders.a_talent(phone=NUMBER)
    senders = [Sender(f"198.51.100.{number % 250}", f"device {number}") for number in range(200)]
    answers = await asyncio.gather(*(login.request_code(region, NUMBER, sender, clock.now()) for sender in senders), return_exceptions=True)
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
    assert all(isinstance(answer, TooMany) for answer in answers if isinstance(answer, BaseException))
    assert await codes_sent(region.code) == 1


@pytest.mark.req("T08")
@pytest.mark.timeout(180)
async def test_counting_by_reading_first_would_let_many_through(region: Region) -> None:
    """The negative control: the same limit, read and then written."""
    allowance, now, let_through = Allowance("control", NUMBER, 1, timedelta(minutes=1)), clock.now(), 0
    await limits.use(region.code, [allowance], now - timedelta(hours=1))
    bucket = allowance.bucket(region.code)

    async def naive() -> None:
        nonlocal let_through
        found = await row("SELECT used FROM limit_use WHERE bucket = $1 AND until > $2", bucket, now)
        if found is None or found["used"] < allowance.times:
            let_through += 1
            await execute("UPDATE limit_use SET used = 1, until = $2 WHERE bucket = $1", bucket, now + allowance.per)

    await asyncio.gather(*(naive() for _ in range(200)))
    assert let_through > 1


@pytest.mark.req("T08")
async def test_all_spellings_of_a_number_are_one_number(region: Region) -> None:
    await builders.a_talent(phone=NUMBER)
    await login.request_code(region, NUMBER, Sender("198.51.100.1"), clock.now())
    for spelling in SPELLINGS:
        with pytest.raises(TooMany):
            await login.request_code(region, spelling, Sender("198.51.100.2"), clock.now())
    assert await codes_sent(region.code) == 1


@pytest.mark.parametrize("text", ["12345678901", "1990000123", "199000012345", "+14155550100", "19900001234,19900001235", "", "1" * 5000,
                                  "199oooo1234"])
async def test_only_a_mainland_mobile_number_is_one(region: Region, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        await login.request_code(region, text, Sender("198.51.100.1"), clock.now())
    assert set(refused.value.fields) == {"phone"}


@pytest.mark.req("T08")
async def test_a_number_gets_five_codes_an_hour_and_ten_a_day(region: Region) -> None:
    await builders.a_talent(phone=NUMBER)
    accepted, start = 0, clock.now()
    for minute in range(0, 24 * 60, 2):
        try:
            await limits.use(region.code, codes.allowances(NUMBER, Sender("198.51.100.1")), start + timedelta(minutes=minute))
            accepted += 1
        except TooMany:
            pass
        if minute == 58:
            assert accepted == 5
    assert accepted == 10


@pytest.mark.req("T11")
async def test_a_number_that_nobody_has_is_counted_and_answered_alike_but_gets_nothing(region: Region) -> None:
    challenge = await login.request_code(region, NUMBER, Sender("198.51.100.1"), clock.now())
    assert challenge is not None
    assert await codes_sent(region.code) == 0
    with pytest.raises(TooMany):
        await login.request_code(region, NUMBER, Sender("198.51.100.1"), clock.now())


async def test_an_address_that_asks_for_many_numbers_must_read_a_picture(region: Region) -> None:
    sender, now = Sender("198.51.100.9"), clock.now()
    for number in range(codes.CAPTCHA_FROM):
        await login.request_code(region, f"199000{number:05d}", sender, now)
    with pytest.raises(codes.captchas.CaptchaNeeded):
        await login.request_code(region, "19900009999", sender, now)
