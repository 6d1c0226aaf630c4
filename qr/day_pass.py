"""The day pass 当日通行证: what a phone without a network shows to a counter without one.

The text is ``D``, then base32 of: pass (16 bytes), serial of the venue (5), day (4), nonce (12), what the attendant reads (sealed), and an Ed25519
signature (64) over all of it and the region. Behind it stand five bytes that the phone computes anew every 30 seconds, so that a screenshot dies
as it does with a pass that is on line (T20).

=================  =========================================================  ==========================================
key                made of                                                    known to
=================  =========================================================  ==========================================
signing            region and day: every day has its own, the day is its id   the server; its public half to counters
counter's          region, venue, version of the venue's link, and day        the server and that venue's page
pass's own         the counter's key and the pass                             these, and the phone of the holder
=================  =========================================================  ==========================================

A counter can therefore check the passes of its own venue and make none; nobody between phone and counter reads a name. All keys come from the
ring's signing key, so nothing new is to be kept; a day's keys are worth nothing on the next.
"""

import hmac
import struct
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from config.errors import Refusal
from config.keys import KeyRing
from qr import crockford
from qr.pass_code import DIGITS, WINDOW_SECONDS

KIND = "D"
HEAD = struct.Struct(">16s5sI")
NONCE_BYTES, TAG_BYTES, SIGNATURE_BYTES, ROLL_BYTES = 12, 16, 64, 5
#: What is sealed is filled up to 28, 33, 38 … bytes: whole groups of base32, and no length that tells of a name.
SEALED_LEAST, GROUP, SEALED_MOST = 28, 5, 128
#: Two clocks that nobody can set right disagree in both directions.
WINDOWS_OF_SKEW = 1
LONGEST = 2 * (HEAD.size + NONCE_BYTES + SEALED_MOST + TAG_BYTES + SIGNATURE_BYTES + ROLL_BYTES)


class DayPassInvalid(Refusal):
    """这不是本系统签发的当日通行证，或者不完整。请让持卡人重新打开通行证再出示；有疑问请拨打服务电话。"""

    status_code = 400
    code = "day_pass_invalid"


@dataclass(frozen=True)
class Counter:
    """The place that a pass is for: a renewed link makes it another."""

    region: str
    serial: int
    link_version: int


@dataclass(frozen=True)
class Reads:
    """What the attendant reads of a pass. ``holder`` is masked already."""

    holder: str
    level: str
    companions: int


@dataclass(frozen=True)
class Shown:
    """A pass whose signature holds; whether it is rolling is :func:`rolls`'."""

    pass_id: UUID
    serial: int
    day: date
    roll: bytes


def public_key(ring: KeyRing, region: str, day: date) -> bytes:
    """32 bytes with which anybody checks the passes of a region's day."""
    return _signing_key(ring, region, day).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def counter_key(ring: KeyRing, place: Counter, day: date) -> bytes:
    """32 bytes that the venue's page gets for a day."""
    return ring.sign("day pass counter", f"{place.region}|{place.serial}|{place.link_version}|{day.toordinal()}".encode())


def own_key(counter: bytes, pass_id: UUID) -> bytes:
    """32 bytes that the holder's page gets: of them it makes what rolls. SHA-256 under any cipher, because browsers know no other."""
    return hmac.digest(counter, b"own|" + pass_id.bytes, "sha256")


def write(ring: KeyRing, place: Counter, pass_id: UUID, day: date, reads: Reads) -> str:
    """The part of the text that stays the same all day. Raises ``ValueError`` for a name or level that is absurdly long."""
    key, head = counter_key(ring, place, day), HEAD.pack(pass_id.bytes, place.serial.to_bytes(5, "big"), day.toordinal())
    text = _filled(f"{reads.companions}|{reads.level}|{reads.holder}".encode())
    nonce = hmac.digest(key, b"nonce|" + head + text, "sha256")[:NONCE_BYTES]  # the same text again is the same bytes, another text never
    said = head + nonce + AESGCM(key).encrypt(nonce, text, head)
    return KIND + crockford.encode(said + _signing_key(ring, place.region, day).sign(_signed(place.region, said)))


def read(ring: KeyRing, region: str, text: str) -> Shown:
    """What was shown, signed by us for this region. Raises :class:`DayPassInvalid`."""
    whole = _bytes_of(text)
    said, signature, roll = whole[:-SIGNATURE_BYTES - ROLL_BYTES], whole[-SIGNATURE_BYTES - ROLL_BYTES:-ROLL_BYTES], whole[-ROLL_BYTES:]
    try:
        id, serial, ordinal = HEAD.unpack(said[:HEAD.size])
        day = date.fromordinal(ordinal)
        _signing_key(ring, region, day).public_key().verify(signature, _signed(region, said))
    except (struct.error, ValueError, OverflowError, InvalidSignature):
        raise DayPassInvalid from None
    return Shown(UUID(bytes=id), int.from_bytes(serial, "big"), day, roll)


def opened(ring: KeyRing, place: Counter, text: str) -> Reads:
    """What the attendant of that place reads. Raises :class:`DayPassInvalid`, also for another place's pass."""
    shown, said = read(ring, place.region, text), _bytes_of(text)[:-SIGNATURE_BYTES - ROLL_BYTES]
    head, nonce, sealed = said[:HEAD.size], said[HEAD.size:HEAD.size + NONCE_BYTES], said[HEAD.size + NONCE_BYTES:]
    if shown.serial != place.serial:
        raise DayPassInvalid
    companions, level, holder = AESGCM(counter_key(ring, place, shown.day)).decrypt(nonce, sealed, head).rstrip(b"\0").decode().split("|", 2)
    return Reads(holder, level, int(companions))


def is_one(text: str) -> bool:
    """Whether a text means to be a day pass, before anything about it is believed."""
    return len(text) <= LONGEST and len(text) > 100 and crockford.spell(text[:2]).startswith(KIND)


def roll(own: bytes, now: datetime, *, later: int = 0) -> bytes:
    """What stands behind the text during a window."""
    return _mac(own, now, later)[:ROLL_BYTES]


def digits(own: bytes, now: datetime, *, later: int = 0) -> str:
    """Six digits, for a counter without a camera."""
    return f"{int.from_bytes(_mac(own, now, later)[ROLL_BYTES:ROLL_BYTES + 4], 'big') % 10**DIGITS:0{DIGITS}d}"


def rolls(own: bytes, shown: bytes, now: datetime) -> bool:
    """Whether this is what the phone shows now, give or take a window."""
    return any(hmac.compare_digest(roll(own, now, later=later), shown) for later in _skew())


def shows_digits(own: bytes, typed: str, now: datetime) -> bool:
    return any(hmac.compare_digest(digits(own, now, later=later).encode(), typed.encode()) for later in _skew())


def text(token: str, own: bytes, now: datetime) -> str:
    """The whole text that a phone draws during one window."""
    return token + crockford.encode(roll(own, now))


def _skew() -> range:
    return range(-WINDOWS_OF_SKEW, WINDOWS_OF_SKEW + 1)


def _mac(own: bytes, now: datetime, later: int) -> bytes:
    window = int(now.timestamp()) // WINDOW_SECONDS + later
    return hmac.digest(own, b"roll|" + window.to_bytes(4, "big"), "sha256")


def _signing_key(ring: KeyRing, region: str, day: date) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(ring.sign("day pass key", f"{region}|{day.toordinal()}".encode()))


def _signed(region: str, said: bytes) -> bytes:
    return f"day pass|{region}|".encode() + said


def _filled(text: bytes) -> bytes:
    size = SEALED_LEAST + max(0, -(-(len(text) - SEALED_LEAST) // GROUP)) * GROUP
    if size > SEALED_MOST:
        raise ValueError("too long for a pass")
    return text.ljust(size, b"\0")


def _bytes_of(text: str) -> bytes:
    if len(text) > LONGEST:  # before it is normalised: some characters grow eighteenfold
        raise DayPassInvalid
    spelt = crockford.spell(text)
    try:
        return crockford.decode(spelt.removeprefix(KIND)) if spelt.startswith(KIND) else b""
    except ValueError:
        raise DayPassInvalid from None
