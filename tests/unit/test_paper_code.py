"""BZ-14: the code on a printed paper is ours, of this region, and says which case, when, and what it contained."""

import random
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.keys import KeyRing
from qr import board_code, crockford, paper_code
from qr.paper_code import PaperCode, PaperCodeInvalid

pytestmark = pytest.mark.req("BZ-14")
RING = KeyRing(active=1, fields={1: bytes(range(32))}, index=bytes(range(32, 64)), signing=bytes(range(64, 96)))
SAID = PaperCode(UUID("01970000-0000-7000-8000-000000000000"), 7, datetime(2026, 11, 23, 1, 30, tzinfo=UTC), bytes(range(16)))
CODE = paper_code.encode(RING, "weihai", SAID)


class RingThatSignsEverything(KeyRing):
    """The negative control: a guard that is switched off."""

    def signed(self, purpose: str, message: bytes, mac: bytes) -> bool:
        return True


BLIND = RingThatSignsEverything(active=1, fields=RING.fields, index=RING.index, signing=RING.signing)


@given(case=st.uuids(), version=st.integers(0, 2**32 - 1), digest=st.binary(min_size=16, max_size=16),
       second=st.integers(0, 2**32 - 1), region=st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True))
def test_a_code_comes_back_as_what_it_was_made_of(case: UUID, version: int, digest: bytes, second: int, region: str) -> None:
    said = PaperCode(case, version, datetime.fromtimestamp(second, UTC), digest)
    code = paper_code.encode(RING, region, said)
    assert len(code) == 81 and code.isalnum() and code.isupper()
    assert paper_code.decode(RING, region, code) == said


def test_the_printed_form_never_changes_or_no_paper_in_the_world_would_hold() -> None:
    assert CODE == "F06BG000001R010000000000000000007DC1SE600041061050R3GG28A1C60T3GF76M4FA4F5710Z38Q"


def test_what_does_not_fit_is_an_error_of_ours() -> None:
    for version in (-1, 2**32):
        with pytest.raises(struct.error):
            paper_code.encode(RING, "weihai", PaperCode(SAID.case_id, version, SAID.printed_at, SAID.digest))
    with pytest.raises(ValueError, match="16 bytes"):
        paper_code.encode(RING, "weihai", PaperCode(SAID.case_id, 1, SAID.printed_at, b"short"))


def test_of_ten_thousand_codes_with_flipped_bits_none_is_accepted() -> None:
    chance, body = random.Random(14), crockford.decode(CODE[1:])

    def accepted(ring: KeyRing) -> int:
        count = 0
        for _ in range(10_000):
            flipped = int.from_bytes(body, "big")
            for bit in chance.sample(range(len(body) * 8), chance.randint(1, 4)):
                flipped ^= 1 << bit
            try:
                paper_code.decode(ring, "weihai", CODE[0] + crockford.encode(flipped.to_bytes(len(body), "big")))
                count += 1
            except PaperCodeInvalid:
                continue
        return count

    assert accepted(RING) == 0
    assert accepted(BLIND) == 10_000


@pytest.mark.parametrize("text", ["", "F", CODE[:-1], CODE + "0", "P" + CODE[1:], "F" * 100_000, "﷽" * 81, CODE.replace("F", "Ｆ", 1) + "！",
                                  board_code.encode("weihai", 3, RING)])
def test_what_is_no_paper_of_ours_is_refused(text: str) -> None:
    with pytest.raises(PaperCodeInvalid):
        paper_code.decode(RING, "weihai", text)


@given(st.text())
def test_no_text_makes_anything_but_a_refusal(text: str) -> None:
    with pytest.raises(PaperCodeInvalid):
        paper_code.decode(RING, "weihai", text)


def test_a_paper_of_one_region_is_nothing_in_another() -> None:
    with pytest.raises(PaperCodeInvalid):
        paper_code.decode(RING, "binzhou", CODE)


def test_each_printing_has_check_letters_of_its_own() -> None:
    made = {paper_code.check_letters(paper_code.encode(RING, "weihai", PaperCode(uuid4(), 1, SAID.printed_at + timedelta(seconds=n), SAID.digest)))
            for n in range(200)}
    assert len(made) == 200 and {len(letters) for letters in made} == {9}


def test_the_address_is_what_any_scanner_opens() -> None:
    assert paper_code.url("https://rcfw.example.cn/", "weihai", CODE) == f"https://rcfw.example.cn/weihai/p/{CODE}"
