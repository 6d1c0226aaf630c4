"""Invitations 邀请链接 of units: a person who opens one registers under that unit without searching for it (GL-04, BZ-07)."""

from datetime import datetime, timedelta
from uuid import UUID

from config.keys import keys
from models.organisation import Organisation
from qr import invitation
from qr.invitation import Invitation, InvitationInvalid
from services.regions import Region
from services.registration import Found

DAYS = 30


def of_unit(region: Region, unit: UUID, now: datetime) -> tuple[str, Invitation]:
    """A code that is good for :data:`DAYS` days, and what it says. Who may ask for one is decided by whoever shows it."""
    until = now.astimezone(region.profile.tz).date() + timedelta(days=DAYS)
    said = Invitation(unit, until)
    return invitation.encode(keys(), region.code, said), said


def link(public_url: str, region: str, code: str) -> str:
    """The address that a unit hands to its people."""
    return f"{public_url.rstrip('/')}/{region}/i/{code}"


async def inviting(region: Region, code: str, now: datetime) -> Found:
    """The unit that invites. Raises :class:`InvitationInvalid` when it is not ours, over, or the unit may have nobody registered under it now."""
    said = invitation.decode(keys(), region.code, code, now.astimezone(region.profile.tz).date())
    unit = await Organisation.of(region.code, id=said.unit_id, kind="unit", provisional=False, state="active").first()
    if unit is None:
        raise InvitationInvalid
    return Found(unit.id, unit.name, region.profile.district_name(unit.district or ""))
