"""WH-55, T20: the code on a board is ours, of this region, and survives the ways in which it reaches us; nothing else does."""

import random
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Refusal
from config.keys import SM4, KeyRing
from qr import board_code, crockford
from qr.board_code import BoardCodeInvalid, BoardOfAnotherRegion

RING = KeyRing(active=1, fields={1: bytes(range(32))}, index=bytes(range(32, 64)), signing=bytes(range(64, 96)))
PUBLIC_URL = "https://rcfw.example.cn"
CODE = board_code.encode("weihai", 7, RING)
ADDRESS = board_code.url(PUBLIC_URL, "weihai", CODE)


class RingThatSignsEverything(KeyRing):
    """The negative control: a guard that is switched off."""

    def signed(self, purpose: str, message: bytes, mac: bytes) -> bool:
        return True


BLIND = RingThatSignsEverything(active=1, fields=RING.fields, index=RING.index, signing=RING.signing)


def accepted(code: str, ring: KeyRing = RING) -> bool:
    try:
        board_code.decode("weihai", code, ring)
    except BoardCodeInvalid:
        return False
    return True


@given(serial=st.integers(0, 2**40 - 1), region=st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True))
def test_a_code_comes_back_as_the_serial_it_was_made_of(serial: int, region: str) -> None:
    code = board_code.encode(region, serial, RING)
    assert len(code) == 25
    assert code.isascii() and code.isalnum() and code.isupper()
    assert board_code.decode(region, code, RING) == serial


@pytest.mark.parametrize("serial", [-1, 2**40])
def test_a_serial_that_does_not_fit_is_an_error_of_ours(serial: int) -> None:
    with pytest.raises(OverflowError):
        board_code.encode("weihai", serial, RING)


def test_the_printed_form_never_changes_or_every_board_would_have_to_be_printed_again() -> None:
    assert board_code.encode("weihai", 7, RING) == "100000007KB2Z3K0WCJN482AW"


def test_the_national_ciphers_sign_too() -> None:
    ring = KeyRing(active=1, fields=RING.fields, index=RING.index, signing=RING.signing, algorithm=SM4)
    assert board_code.decode("weihai", board_code.encode("weihai", 7, ring), ring) == 7


@pytest.mark.req("WH-55")
def test_a_board_of_one_region_is_nothing_in_another() -> None:
    with pytest.raises(BoardCodeInvalid):
        board_code.decode("binzhou", CODE, RING)


def test_a_code_signed_with_another_key_is_refused() -> None:
    stranger = KeyRing(active=1, fields=RING.fields, index=RING.index, signing=bytes(range(96, 128)))
    assert not accepted(board_code.encode("weihai", 7, stranger))


@pytest.mark.req("T20")
def test_of_ten_thousand_codes_with_flipped_bits_none_is_accepted() -> None:
    chance = random.Random(20)
    body = crockford.decode(CODE[1:])

    def flipped() -> str:
        number = int.from_bytes(body, "big")
        for bit in chance.sample(range(len(body) * 8), chance.randint(1, 4)):
            number ^= 1 << bit
        return CODE[0] + crockford.encode(number.to_bytes(len(body), "big"))

    codes = [flipped() for _ in range(10_000)]
    assert sum(accepted(code) for code in codes) == 0
    assert sum(accepted(code, BLIND) for code in codes) == 10_000


@pytest.mark.req("T20")
def test_a_flipped_bit_of_the_text_is_accepted_only_where_it_is_another_spelling_of_the_same_code() -> None:
    for at in range(len(CODE)):
        for bit in range(7):
            other = CODE[:at] + chr(ord(CODE[at]) ^ 1 << bit) + CODE[at + 1:]
            assert accepted(other) == (crockford.spell(other) == CODE), other


@pytest.mark.parametrize("spelling", [
    str.lower,
    lambda code: code.replace("0", "O").replace("1", "l"),
    lambda code: code.replace("0", "o").replace("1", "I"),
    crockford.grouped,
    lambda code: "-".join(crockford.grouped(code).split()),
    lambda code: f"\t{code}\r\n",
    lambda code: "".join(chr(ord(c) + 0xFEE0) for c in code),
], ids=["small letters", "O for 0, l for 1", "o for 0, I for 1", "in groups", "with hyphens", "with line end", "full width"])
def test_what_a_person_types_from_the_wall_is_understood(spelling: object) -> None:
    assert callable(spelling)
    assert board_code.decode("weihai", spelling(CODE), RING) == 7
    assert board_code.read(spelling(CODE), PUBLIC_URL, "weihai") == CODE


@pytest.mark.parametrize("text", [
    ADDRESS, quote(ADDRESS, safe=""), quote(quote(ADDRESS, safe=""), safe=""), CODE, f" {ADDRESS}\n",
], ids=["address", "encoded once", "encoded twice", "bare", "with white space"])
def test_every_way_a_scan_reaches_us_gives_the_code(text: str) -> None:
    assert board_code.read(text, PUBLIC_URL, "weihai") == CODE
    assert board_code.read(text, PUBLIC_URL + "/", "weihai") == CODE


@pytest.mark.parametrize("text", [
    "", " ", "/", "%", "%25", "\0", CODE[:-1], CODE + "0", "2" + CODE[1:], CODE.replace("2", "U"), "１" * 1000, "ﷺ" * 50, "0" * 100_000,
    "%25" * 300 + CODE, quote(quote(quote(ADDRESS, safe=""), safe=""), safe=""),
    f"http://rcfw.example.cn/weihai/v/{CODE}", f"https://rcfw.example.cn.evil.example/weihai/v/{CODE}",
    f"https://rcfw.example.cn@evil.example/weihai/v/{CODE}", f"https://evil.example/?{ADDRESS}", f"//rcfw.example.cn/weihai/v/{CODE}",
    f"{ADDRESS}?next=1", f"{ADDRESS}#x", f"{ADDRESS}/", f"{ADDRESS}/x", f"{PUBLIC_URL}/weihai/v/../v/{CODE}",
    f"{PUBLIC_URL}/weihai/x/{CODE}", f"{PUBLIC_URL}/weihai/v/%2e%2e%2f{CODE}", f"{PUBLIC_URL}/WEIHAI/v/{CODE}", f"/weihai/v/{CODE}",
    "javascript:alert(1)//", "weixin://dl/business",
])
def test_everything_else_is_hostile(text: str) -> None:
    with pytest.raises(BoardCodeInvalid):
        board_code.read(text, PUBLIC_URL, "weihai")


@given(st.text())
def test_no_text_makes_anything_but_a_refusal(text: str) -> None:
    assert not accepted(text)
    with pytest.raises(BoardCodeInvalid):
        board_code.read(text, PUBLIC_URL, "weihai")


@pytest.mark.req("WH-55")
def test_the_board_of_another_region_of_ours_is_called_by_its_name() -> None:
    with pytest.raises(BoardOfAnotherRegion) as refused:
        board_code.read(ADDRESS, PUBLIC_URL, "binzhou")
    assert isinstance(refused.value, Refusal)
    assert refused.value.code == "board_of_another_region"
    assert "其他地区" in refused.value.text
