"""The venue's own link: whoever has it sees the arrivals of one venue, without an account.

So it is a credential, with a MAC of 128 bits; it is sent to the venue and never printed on the board. ``version`` is the link's
own: the venue's row knows the one that is in force, and one more makes every earlier link void.
"""

from config.errors import Refusal
from config.keys import KeyRing
from qr.signed_text import NotOurs, SignedText

SERIAL_BYTES, VERSION_BYTES = 5, 4
FORM = SignedText(kind="V", purpose="venue link", body_bytes=SERIAL_BYTES + VERSION_BYTES, mac_bytes=16)


class VenueLinkInvalid(Refusal):
    """这个场所链接不完整或已经停用。请向管理本场所的单位索取新的链接。"""

    status_code = 404
    code = "venue_link_invalid"


def encode(ring: KeyRing, region: str, serial: int, version: int) -> str:
    """The secret part of the link, 41 characters. ``serial`` below 2**40, ``version`` below 2**32, else ``OverflowError``."""
    return FORM.write(ring, region, serial.to_bytes(SERIAL_BYTES, "big") + version.to_bytes(VERSION_BYTES, "big"))


def decode(ring: KeyRing, region: str, text: str) -> tuple[int, int]:
    """Serial of the venue and version of the link; whether that version is in force, the venue's row says.

    Raises :class:`VenueLinkInvalid`.
    """
    try:
        body = FORM.read(ring, region, text)
    except NotOurs:
        raise VenueLinkInvalid from None
    return int.from_bytes(body[:SERIAL_BYTES], "big"), int.from_bytes(body[SERIAL_BYTES:], "big")
