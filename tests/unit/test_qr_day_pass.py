"""WH-55, T20: the day pass can be checked without a network, by its own venue alone, and a picture of it is soon worth nothing."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from config.keys import SM4, KeyRing
from qr import crockford, day_pass
from qr.day_pass import Counter, DayPassInvalid, Reads

RING = KeyRing(active=1, fields={1: bytes(range(32))}, index=bytes(range(32, 64)), signing=bytes(range(64, 96)))
HERE = Counter("weihai", 7, 1)
ID = UUID("0197f7a2-6c1e-7d3a-9b1f-2f6f1c0a5e11")
DAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # a window begins here
READS = Reads("欧***", "一级", 2)
TOKEN = day_pass.write(RING, HERE, ID, DAY, READS)
COUNTER = day_pass.counter_key(RING, HERE, DAY)
OWN = day_pass.own_key(COUNTER, ID)

#: What every reader of this format must come to; the counter's script is held to the same in tests/acceptance/test_day_pass_browser.py.
VECTOR = (
    "D06BZF8KC3SYKN6RZ5XQHR2JY240000000W00PJK7HSD7DHG1FBWE960S7TB4JH38P7V5FP2XGMWPGGRAEBE46KCYYPGDPA8WYMABHPJHSM0G0ARXK94J18MBQNZWN99Q17JQQ656C35"
    "EEE3PDRFRCA1BRK8WX98FK9883S09KK8FS1WQE6BBYC6HG8JVAFEV28K4T037RWAYC73N0ZATFHQ3RNBHKEM27QPKG7G062S56HN0")
PUBLIC = "8fa32f7f73098e2ebac8d469cf54c1d65483a62c597c777b2bb78a1a00fb348a"
COUNTER_KEY = "6c21ef00364b241f165515bcd1108b3ab18ee517006b72d3c07b8876429a3a54"
OWN_KEY = "72caeb9914644194493f7ff427bc18c266ec3e766455e209d09e35469c76afa4"


def shown(seconds: float = 0) -> str:
    return day_pass.text(TOKEN, OWN, NINE + timedelta(seconds=seconds))


def test_the_format_is_what_was_written_down() -> None:
    assert shown() == VECTOR and len(VECTOR) == 241
    assert (day_pass.public_key(RING, "weihai", DAY).hex(), COUNTER.hex(), OWN.hex()) == (PUBLIC, COUNTER_KEY, OWN_KEY)
    assert (day_pass.roll(OWN, NINE).hex(), day_pass.digits(OWN, NINE)) == ("30b25346a0", "467164")


def test_what_is_read_is_what_was_written() -> None:
    read = day_pass.read(RING, "weihai", VECTOR)
    assert (read.pass_id, read.serial, read.day) == (ID, 7, DAY) and day_pass.rolls(OWN, read.roll, NINE)
    assert day_pass.opened(RING, HERE, VECTOR) == READS


def test_no_name_can_be_read_without_the_counters_key_and_the_length_tells_of_none() -> None:
    assert "欧".encode() not in crockford.decode(VECTOR[1:])
    assert {len(day_pass.write(RING, HERE, ID, DAY, Reads(name, "一级", 0))) for name in ("王*", "欧***", "阿****")} == {len(TOKEN)}


@pytest.mark.parametrize(("seconds", "holds"), [(-61, False), (-30, True), (0, True), (30, True), (59, True), (60, False), (3600, False)])
def test_a_screenshot_dies_with_the_window_after_its_own(seconds: float, holds: bool) -> None:
    at = NINE + timedelta(seconds=seconds)
    assert day_pass.rolls(OWN, day_pass.roll(OWN, NINE), at) is holds
    assert day_pass.shows_digits(OWN, day_pass.digits(OWN, NINE), at) is holds


@pytest.mark.parametrize("place", [Counter("weihai", 8, 1), Counter("weihai", 7, 2), Counter("dezhou", 7, 1)])
def test_another_counter_has_another_key(place: Counter) -> None:
    assert day_pass.counter_key(RING, place, DAY) != COUNTER
    assert day_pass.counter_key(RING, HERE, DAY + timedelta(days=1)) != COUNTER


def test_a_pass_of_one_region_is_nothing_in_another() -> None:
    with pytest.raises(DayPassInvalid):
        day_pass.read(RING, "dezhou", VECTOR)


def test_no_altered_bit_is_believed() -> None:
    whole, chance = bytearray(crockford.decode(VECTOR[1:])), random.Random(7)
    for _ in range(400):
        at, bit = chance.randrange(len(whole) - day_pass.ROLL_BYTES), 1 << chance.randrange(8)
        whole[at] ^= bit
        with pytest.raises(DayPassInvalid):
            day_pass.read(RING, "weihai", "D" + crockford.encode(bytes(whole)))
        whole[at] ^= bit


@pytest.mark.parametrize("text", ["", "D", "D" * 241, VECTOR[:-8], VECTOR + "00000000", "P" + VECTOR[1:], VECTOR[1:], "D" * 5000, "ﷺ" * 300,
                                  "D" + "0" * 240])
def test_what_is_no_pass_is_refused_in_words(text: str) -> None:
    with pytest.raises(DayPassInvalid):
        day_pass.read(RING, "weihai", text)


def test_six_characters_that_are_no_digits_open_nothing() -> None:
    assert not day_pass.shows_digits(OWN, "４６７１６４", NINE) and not day_pass.shows_digits(OWN, "", NINE)


def test_the_other_cipher_has_other_keys_and_the_same_format() -> None:
    other = KeyRing(active=1, fields=RING.fields, index=RING.index, signing=RING.signing, algorithm=SM4)
    token = day_pass.write(other, HERE, ID, DAY, READS)
    own = day_pass.own_key(day_pass.counter_key(other, HERE, DAY), ID)
    assert token != TOKEN and day_pass.opened(other, HERE, day_pass.text(token, own, NINE)) == READS
