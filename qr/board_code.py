"""The code on a venue's guide board: which board of which region, and that we issued it. Nothing else.

A code is 25 characters: the version ``1``, then eight for the board's serial and sixteen for the MAC (80 bits). It is no
credential (T20): anybody may photograph a wall, so whether the board still stands, and what a scan is worth, is asked of the
database. A board that is replaced gets a new serial.
"""

import re
from functools import lru_cache
from urllib.parse import unquote

from config.errors import Refusal
from config.keys import KeyRing
from qr.signed_text import NotOurs, SignedText

FORM = SignedText(kind="1", purpose="board code", body_bytes=5, mac_bytes=10)
#: Far more than an address of ours, percent-encoded twice: what is longer was not printed by us and is not looked at.
LONGEST_TEXT = 1024


class BoardCodeInvalid(Refusal):
    """这个二维码不是本地区服务场所的二维码，或已经损坏。请对准场所引导图上的二维码再扫一次；仍然不行，请联系现场工作人员。"""

    status_code = 400
    code = "board_code_invalid"


class BoardOfAnotherRegion(BoardCodeInvalid):
    """这是其他地区服务场所的二维码，不能在本地区使用。请扫描本地区场所引导图上的二维码，或联系现场工作人员。"""

    code = "board_of_another_region"


def encode(region: str, serial: int, ring: KeyRing) -> str:
    """The code of board ``serial`` (0 to 2**40 - 1), 25 upper-case characters. Raises ``OverflowError`` outside of that."""
    return FORM.write(ring, region, serial.to_bytes(FORM.body_bytes, "big"))


def decode(region: str, code: str, ring: KeyRing) -> int:
    """The board's serial; forgives what people mistype (:func:`qr.crockford.spell`). Raises :class:`BoardCodeInvalid`."""
    try:
        return int.from_bytes(FORM.read(ring, region, code), "big")
    except NotOurs:
        raise BoardCodeInvalid from None


def url(public_url: str, region: str, code: str) -> str:
    """What the board's QR says; WeChat's own scanner opens it."""
    return f"{public_url.rstrip('/')}/{region}/v/{code}"


@lru_cache(maxsize=1024)
def read(text: str, public_url: str, region: str) -> str:
    """The canonical code in a scanned or typed text, not yet verified (that is :func:`decode`'s).

    ``text`` is the full address, as a QR scanner reads it or percent-encoded once or twice (``options.q`` of a mini
    program opened by an ordinary link, 扫普通链接二维码打开小程序), or the bare code. Everything else is hostile: other hosts,
    queries, fragments, longer paths. The same few hundred are read all day long. Raises :class:`BoardCodeInvalid`, or
    :class:`BoardOfAnotherRegion` for an address of ours.
    """
    if len(text) > LONGEST_TEXT:
        raise BoardCodeInvalid
    text = unquote(unquote(text)).strip()
    code = _code_in_address(text, public_url, region) if "/" in text else text
    try:
        return FORM.canonical(code)
    except NotOurs:
        raise BoardCodeInvalid from None


def _code_in_address(address: str, public_url: str, region: str) -> str:
    ours = public_url.rstrip("/") + "/"
    path = re.fullmatch(r"([a-z][a-z0-9_]*)/v/([^/]+)", address.removeprefix(ours))
    if not address.startswith(ours) or not path:
        raise BoardCodeInvalid
    if path[1] != region:
        raise BoardOfAnotherRegion
    return path[2]
