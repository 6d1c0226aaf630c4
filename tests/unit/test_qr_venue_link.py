"""WH-55: a venue's own link opens one venue of one region, and cannot be made by anybody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.keys import KeyRing
from qr import board_code, crockford, venue_link
from qr.venue_link import VenueLinkInvalid

RING = KeyRing(active=1, fields={1: bytes(range(32))}, index=bytes(range(32, 64)), signing=bytes(range(64, 96)))
LINK = venue_link.encode(RING, "weihai", 3, 1)


@given(serial=st.integers(0, 2**40 - 1), version=st.integers(0, 2**32 - 1))
def test_a_link_gives_back_venue_and_version(serial: int, version: int) -> None:
    link = venue_link.encode(RING, "weihai", serial, version)
    assert len(link) == 41
    assert venue_link.decode(RING, "weihai", link) == (serial, version)


def test_the_next_version_is_another_link() -> None:
    assert venue_link.encode(RING, "weihai", 3, 2) != LINK


def test_its_mac_has_128_bits() -> None:
    assert venue_link.FORM.mac_bytes * 8 >= 128


def test_each_single_flipped_bit_is_refused() -> None:
    body = crockford.decode(LINK[1:])
    for bit in range(len(body) * 8):
        forged = (int.from_bytes(body, "big") ^ 1 << bit).to_bytes(len(body), "big")
        with pytest.raises(VenueLinkInvalid):
            venue_link.decode(RING, "weihai", "V" + crockford.encode(forged))


@pytest.mark.parametrize("text", ["", "V", LINK[:-1], LINK + "0", "P" + LINK[1:], "V" * 100_000, board_code.encode("weihai", 3, RING)])
def test_what_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(VenueLinkInvalid):
        venue_link.decode(RING, "weihai", text)


def test_a_link_of_another_region_is_refused() -> None:
    with pytest.raises(VenueLinkInvalid):
        venue_link.decode(RING, "binzhou", LINK)
