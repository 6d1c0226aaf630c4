"""The rolling code of a pass: six digits that attendant and holder compare, and a text for the scanner gun.

Both change every 30 seconds and are made of the visit, the region and the window alone, so every process shows the same ones and
nothing is stored. A screenshot is worth the rest of its window and the one after (for clocks that disagree), never more (T20).
That a visit is used once is the visit's matter, not the code's.
"""

from datetime import datetime
from uuid import UUID

from config.errors import Refusal
from config.keys import KeyRing
from qr.signed_text import NotOurs, SignedText

WINDOW_SECONDS = 30
WINDOWS_OF_SKEW = 1
DIGITS = 6
ID_BYTES, WINDOW_BYTES = 16, 4
FORM = SignedText(kind="P", purpose="pass token", body_bytes=ID_BYTES + WINDOW_BYTES, mac_bytes=10)


class PassCodeInvalid(Refusal):
    """这不是本系统出示的通行码。请让持卡人重新扫描引导图上的二维码并出示通行页；有疑问请拨打服务电话。"""

    status_code = 400
    code = "pass_code_invalid"


class PassCodeExpired(Refusal):
    """通行码每 30 秒更换一次，这一个已经过期，可能是截图。请让持卡人当面打开通行页再出示；有疑问请拨打服务电话。"""

    status_code = 410
    code = "pass_code_expired"


def digits(ring: KeyRing, region: str, visit_id: UUID, now: datetime) -> str:
    """Six digits, the same on the holder's and on the attendant's page during one window."""
    mac = ring.sign("pass digits", f"{region}|".encode() + visit_id.bytes + _window(now), 8)
    return f"{int.from_bytes(mac, 'big') % 10**DIGITS:0{DIGITS}d}"


def seconds_left(now: datetime) -> int:
    """Seconds until the code changes, 1 to 30."""
    return WINDOW_SECONDS - int(now.timestamp()) % WINDOW_SECONDS


def token(ring: KeyRing, region: str, visit_id: UUID, now: datetime) -> str:
    """What the pass page's QR says to the scanner gun: 49 upper-case characters."""
    return FORM.write(ring, region, visit_id.bytes + _window(now))


def verify_token(ring: KeyRing, region: str, text: str, now: datetime) -> UUID:
    """The visit whose pass was shown just now.

    Raises :class:`PassCodeInvalid` for what we never signed for this region, and :class:`PassCodeExpired` for what we did sign,
    but neither in this window nor in the one before.
    """
    try:
        body = FORM.read(ring, region, text)
    except NotOurs:
        raise PassCodeInvalid from None
    age = int.from_bytes(_window(now), "big") - int.from_bytes(body[ID_BYTES:], "big")
    if not 0 <= age <= WINDOWS_OF_SKEW:
        raise PassCodeExpired
    return UUID(bytes=body[:ID_BYTES])


def _window(now: datetime) -> bytes:
    return (int(now.timestamp()) // WINDOW_SECONDS).to_bytes(WINDOW_BYTES, "big")
