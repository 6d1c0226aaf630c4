"""The code on a paper that we printed: which case it shows, at which turn, when it was printed, and what the content was then.

It is on the first page as a QR, so that whoever holds the paper can ask whether we printed it and whether it still holds. It carries nothing
that is not on the paper, and opens nothing but that one answer.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from config.errors import Refusal
from config.keys import KeyRing
from qr import crockford
from qr.signed_text import NotOurs, SignedText

DIGEST_BYTES = 16
BODY = struct.Struct(f">16sII{DIGEST_BYTES}s")
FORM = SignedText(kind="F", purpose="paper code", body_bytes=BODY.size, mac_bytes=10)
CHECK_LETTERS = 8


class PaperCodeInvalid(Refusal):
    """这张纸上的二维码不是本系统打印的，或已经残缺。请重新扫描纸面上的二维码；仍然不行，请不要采信这份材料，并拨打服务电话核实。"""

    status_code = 400
    code = "paper_code_invalid"


@dataclass(frozen=True)
class PaperCode:
    """``version``: of the case, as it was printed. ``digest``: 16 bytes of what it contained. ``printed_at``: aware, to the second."""

    case_id: UUID
    version: int
    printed_at: datetime
    digest: bytes


def encode(ring: KeyRing, region: str, said: PaperCode) -> str:
    """81 upper-case characters. Raises ``struct.error`` for a version, or a moment, that four bytes do not hold."""
    if len(said.digest) != DIGEST_BYTES:  # would be cut or filled up without a word
        raise ValueError(f"expected a digest of {DIGEST_BYTES} bytes")
    return FORM.write(ring, region, BODY.pack(said.case_id.bytes, said.version, int(said.printed_at.timestamp()), said.digest))


def decode(ring: KeyRing, region: str, text: str) -> PaperCode:
    """What a paper of this region says. Raises :class:`PaperCodeInvalid`."""
    try:
        case_id, version, moment, digest = BODY.unpack(FORM.read(ring, region, text))
    except NotOurs:
        raise PaperCodeInvalid from None
    return PaperCode(UUID(bytes=case_id), version, datetime.fromtimestamp(moment, UTC), digest)


def check_letters(code: str) -> str:
    """The end of the code in two groups, ``7KB2 Z3K0``: stands on every page, so that pages of different papers do not pass for one."""
    return crockford.grouped(crockford.spell(code)[-CHECK_LETTERS:], CHECK_LETTERS // 2)


def url(public_url: str, region: str, code: str) -> str:
    """What the paper's QR says; any scanner opens it."""
    return f"{public_url.rstrip('/')}/{region}/p/{code}"
