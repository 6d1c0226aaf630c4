"""The code on a roster's sheet 上报名单: which list it is, and of which members at which versions.

Whoever uploads the stamped scan is believed by this code alone: a sheet of another list, or of the same people as they were before one of them
changed, says something else. The QR carries the bare text, upper-case letters and digits alone, so that its modules are large and a poor scan is
still read.
"""

from dataclasses import dataclass
from uuid import UUID

from config.errors import Refusal
from config.keys import KeyRing
from qr import crockford
from qr.signed_text import NotOurs, SignedText

ID_BYTES, DIGEST_BYTES = 16, 16
FORM = SignedText(kind="R", purpose="roster code", body_bytes=ID_BYTES + DIGEST_BYTES, mac_bytes=13)
CHECK_LETTERS = 8


class RosterCodeInvalid(Refusal):
    """这不是本系统名单上的二维码。请核对上传的是不是盖章后的名单；仍然不行，请重新导出名单打印，或拨打服务电话。"""

    status_code = 400
    code = "roster_code_invalid"


@dataclass(frozen=True)
class RosterCode:
    """``digest``: the first 16 bytes of the one over the members."""

    roster_id: UUID
    digest: bytes


def encode(ring: KeyRing, region: str, said: RosterCode) -> str:
    """73 upper-case characters."""
    if len(said.digest) != DIGEST_BYTES:
        raise ValueError(f"expected a digest of {DIGEST_BYTES} bytes")
    return FORM.write(ring, region, said.roster_id.bytes + said.digest)


def decode(ring: KeyRing, region: str, text: str) -> RosterCode:
    """What a sheet of this region says. Raises :class:`RosterCodeInvalid`."""
    try:
        body = FORM.read(ring, region, text)
    except NotOurs:
        raise RosterCodeInvalid from None
    return RosterCode(UUID(bytes=body[:ID_BYTES]), body[ID_BYTES:])


def check_letters(code: str) -> str:
    """The end of the code in two groups, ``7KB2 Z3K0``: printed with the number, for a scan on which the QR cannot be read."""
    return crockford.grouped(crockford.spell(code)[-CHECK_LETTERS:], CHECK_LETTERS // 2)


def same_letters(typed: str, code: str) -> bool:
    """Whether what somebody typed are the check letters of ``code``; forgives what people mistype."""
    return crockford.spell(typed[:40]) == crockford.spell(code)[-CHECK_LETTERS:]
