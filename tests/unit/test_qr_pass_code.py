"""WH-55, T20: the rolling code of a pass changes every 30 seconds, and a screenshot of it is soon worth nothing."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.keys import KeyRing
from qr import board_code, crockford, pass_code
from qr.pass_code import PassCodeExpired, PassCodeInvalid

RING = KeyRing(active=1, fields={1: bytes(range(32))}, index=bytes(range(32, 64)), signing=bytes(range(64, 96)))
VISIT = UUID("0197f7a2-6c1e-7d3a-9b1f-2f6f1c0a5e11")
NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # a window begins here
TOKEN = pass_code.token(RING, "weihai", VISIT, NINE)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def digits(seconds: float, visit: UUID = VISIT, region: str = "weihai") -> str:
    return pass_code.digits(RING, region, visit, at(seconds))


def test_the_digits_stay_for_one_window_and_change_with_the_next() -> None:
    assert digits(0) == digits(15) == digits(29.999)
    assert len({digits(seconds) for seconds in range(0, 300, 30)}) == 10


def test_the_digits_are_always_six() -> None:
    codes = [digits(30 * n) for n in range(2_000)]
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert any(code.startswith("0") for code in codes)


def test_the_digits_belong_to_one_visit_of_one_region() -> None:
    assert len({digits(0), digits(0, UUID(int=VISIT.int + 1)), digits(0, region="binzhou")}) == 3


@pytest.mark.parametrize(("seconds", "left"), [(0, 30), (0.9, 30), (1, 29), (29, 1), (29.999, 1), (30, 30)])
def test_the_countdown_never_shows_zero(seconds: float, left: int) -> None:
    assert pass_code.seconds_left(at(seconds)) == left


@given(visit=st.uuids(), when=st.datetimes(datetime(2024, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_token_gives_back_its_visit(visit: UUID, when: datetime) -> None:
    token = pass_code.token(RING, "weihai", visit, when)
    assert len(token) == 49
    assert pass_code.verify_token(RING, "weihai", token, when) == visit


def test_a_scanner_gun_may_send_small_letters_and_end_with_enter() -> None:
    assert pass_code.verify_token(RING, "weihai", f"{TOKEN.lower()}\r\n", NINE) == VISIT


@pytest.mark.req("T20")
@pytest.mark.parametrize("taken", [0, 15, 29.999])
def test_a_screenshot_is_refused_thirty_one_seconds_after_the_window_of_skew(taken: float) -> None:
    token = pass_code.token(RING, "weihai", VISIT, at(taken))
    with pytest.raises(PassCodeExpired):
        pass_code.verify_token(RING, "weihai", token, at(taken + 31 + 30))


@pytest.mark.req("T20")
def test_a_token_lives_for_its_window_and_the_one_after() -> None:
    for seconds in (0, 29.999, 30, 59.999):
        assert pass_code.verify_token(RING, "weihai", TOKEN, at(seconds)) == VISIT
    for seconds in (60, 3600, 86_400 * 365):
        with pytest.raises(PassCodeExpired):
            pass_code.verify_token(RING, "weihai", TOKEN, at(seconds))


def test_a_token_of_a_later_window_is_not_in_force_yet() -> None:
    with pytest.raises(PassCodeExpired):
        pass_code.verify_token(RING, "weihai", TOKEN, at(-0.001))


@pytest.mark.req("T20")
def test_of_ten_thousand_tokens_with_flipped_bits_none_is_accepted() -> None:
    chance = random.Random(20)
    body = crockford.decode(TOKEN[1:])
    for _ in range(10_000):
        number = int.from_bytes(body, "big")
        for bit in chance.sample(range(len(body) * 8), chance.randint(1, 4)):
            number ^= 1 << bit
        with pytest.raises(PassCodeInvalid):
            pass_code.verify_token(RING, "weihai", "P" + crockford.encode(number.to_bytes(len(body), "big")), NINE)


@pytest.mark.parametrize("text", ["", "P", TOKEN[:-1], TOKEN + "0", "V" + TOKEN[1:], TOKEN.replace(TOKEN[-1], "U"), "P" * 100_000,
                                  board_code.encode("weihai", 7, RING), digits(0)])
def test_what_is_no_token_is_refused_as_such(text: str) -> None:
    with pytest.raises(PassCodeInvalid):
        pass_code.verify_token(RING, "weihai", text, NINE)


def test_a_token_of_another_region_is_refused() -> None:
    with pytest.raises(PassCodeInvalid):
        pass_code.verify_token(RING, "binzhou", TOKEN, NINE)
