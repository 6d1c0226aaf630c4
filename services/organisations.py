"""Organisations 机构 as lists to choose from and names to show."""

from uuid import UUID

from models.organisation import Organisation
from services.regions import Region


async def every(region: Region) -> list[Organisation]:
    """All that are active, in the order of the tree's file."""
    return await Organisation.of(region.code, state="active").order_by("kind", "code")


async def names(region: Region) -> dict[UUID, str]:
    """Also of those that are closed: history keeps their names."""
    return {one.id: one.name for one in await Organisation.of(region.code)}
