"""What board codes, pass tokens and venue links have in common: one key signs them all, and none is taken for another."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.keys import KeyRing
from qr import crockford
from qr.signed_text import NotOurs, SignedText

RING = KeyRing(active=1, fields={1: bytes(range(32))}, index=bytes(range(32, 64)), signing=bytes(range(64, 96)))
FORM = SignedText(kind="A", purpose="test", body_bytes=5, mac_bytes=10)


@pytest.mark.parametrize("other", [replace(FORM, purpose="test two"), replace(FORM, kind="B"), replace(FORM, body_bytes=4, mac_bytes=11)])
def test_a_text_of_one_form_is_nothing_in_another(other: SignedText) -> None:
    text = FORM.write(RING, "weihai", b"12345")
    relabelled = other.kind + text[1:]
    assert FORM.read(RING, "weihai", text) == b"12345"
    with pytest.raises(NotOurs):
        other.read(RING, "weihai", relabelled)


def test_region_and_body_cannot_be_shifted_against_each_other() -> None:
    text = FORM.write(RING, "a", b"b|123")
    with pytest.raises(NotOurs):
        FORM.read(RING, "a|b", text)


@given(st.binary(max_size=40).filter(lambda value: len(value) % 5 == 0))
def test_base32_comes_back_and_has_one_spelling(value: bytes) -> None:
    text = crockford.encode(value)
    assert set(text) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert crockford.spell(text) == text
    assert crockford.decode(text) == value


def test_base32_agrees_with_arithmetic() -> None:
    assert crockford.encode((0x1F << 35 | 17).to_bytes(5, "big")) == "Z000000H"


@pytest.mark.parametrize("text", ["0", "0" * 7, "0000000U", "0000000O", "0000000a"])
def test_base32_reads_the_canonical_spelling_alone(text: str) -> None:
    with pytest.raises(ValueError, match="canonical"):
        crockford.decode(text)


def test_no_spare_bits_are_ever_written() -> None:
    with pytest.raises(ValueError, match="five"):
        crockford.encode(b"1234")
