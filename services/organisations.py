"""Organisations 机构 as lists to choose from and names to show."""

from dataclasses import dataclass
from uuid import UUID

from models.database import rows
from models.organisation import Organisation
from services.regions import Region


async def every(region: Region) -> list[Organisation]:
    """All that are active, in the order of the tree's file."""
    return await Organisation.of(region.code, state="active").order_by("kind", "code")


async def names(region: Region) -> dict[UUID, str]:
    """Also of those that are closed: history keeps their names."""
    return {one.id: one.name for one in await Organisation.of(region.code)}


@dataclass(frozen=True)
class Handler:
    """An organisation that somebody can handle a step in."""

    id: UUID
    name: str
    district: str


async def able_to_handle(region: Region, role: str, *, besides: UUID) -> list[Handler]:
    """Where a case can be transferred to: organisations with somebody active in ``role``, without the one that has it."""
    found = await rows(
        "SELECT o.id, o.name, o.district FROM organisation o WHERE o.region = $1 AND o.id <> $3 AND o.state = 'active' AND EXISTS "
        "(SELECT 1 FROM role_grant g JOIN account a ON (a.region, a.id) = (g.region, g.account_id) WHERE g.region = o.region "
        "AND g.organisation_id = o.id AND g.role = $2 AND g.ended_at IS NULL AND a.state = 'active') ORDER BY o.code",
        region.code, role, besides)
    return [Handler(one["id"], one["name"], region.profile.district_name(one["district"] or "")) for one in found]
