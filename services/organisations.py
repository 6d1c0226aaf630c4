"""Organisations 机构 as lists to choose from and names to show."""

from uuid import UUID

from config.vocabulary import OrganisationKind
from models.organisation import Organisation
from services.regions import Region


async def every(region: Region) -> list[Organisation]:
    """All offices that are active, in the order of the tree's file. Units are thousands: they are searched for (``registration.units``)."""
    return await Organisation.of(region.code, state="active").exclude(kind=OrganisationKind.UNIT).order_by("kind", "code")


async def names(region: Region) -> dict[UUID, str]:
    """Also of those that are closed: history keeps their names."""
    return {one.id: one.name for one in await Organisation.of(region.code)}


async def name_of(region: Region, id: UUID) -> str:
    """Empty for one that is not there."""
    found = await Organisation.of(region.code, id=id).first()
    return found.name if found else ""
