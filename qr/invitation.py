"""A unit's invitation 邀请链接: whoever opens it registers under that unit, until the day on which it ends.

It opens nothing by itself: who registers is still reviewed by the unit. The MAC keeps anybody from inviting in the name of a unit.
"""

import struct
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from config.errors import Refusal
from config.keys import KeyRing
from qr.signed_text import NotOurs, SignedText

BODY = struct.Struct(">16sI")
FORM = SignedText(kind="N", purpose="unit invitation", body_bytes=BODY.size, mac_bytes=10)


class InvitationInvalid(Refusal):
    """这个邀请链接不完整或已经过期。请向单位索取新的链接，或在注册时搜索单位名称。"""

    status_code = 404
    code = "invitation_invalid"


@dataclass(frozen=True)
class Invitation:
    """``until``: the last day on which it can be used, in the region's own time."""

    unit_id: UUID
    until: date


def encode(ring: KeyRing, region: str, said: Invitation) -> str:
    """The last part of the link, 49 characters."""
    return FORM.write(ring, region, BODY.pack(said.unit_id.bytes, said.until.toordinal()))


def decode(ring: KeyRing, region: str, text: str, today: date) -> Invitation:
    """Raises :class:`InvitationInvalid`, also for one that is over."""
    try:
        id, day = BODY.unpack(FORM.read(ring, region, text))
    except NotOurs:
        raise InvitationInvalid from None
    said = Invitation(UUID(bytes=id), date.fromordinal(day))
    if today > said.until:
        raise InvitationInvalid
    return said
