"""Where a case can be transferred 转办 to: organisations with somebody who can handle its step. The engine accepts what is offered here."""

from dataclasses import dataclass
from uuid import UUID

from models.case import Case
from models.database import rows
from services.regions import Region

MOST = 50


@dataclass(frozen=True)
class Destination:
    """``district``: name of the district it serves, empty for one of the whole region."""

    id: UUID
    name: str
    district: str


_FOUND = """
SELECT o.id, o.name, o.district FROM organisation o
WHERE o.region = $1 AND o.id <> $2 AND o.state = 'active' AND strpos(o.name, $4) > 0
  AND EXISTS (SELECT 1 FROM role_grant g JOIN account a ON (a.region, a.id) = (g.region, g.account_id) AND a.state = 'active'
              WHERE g.region = o.region AND g.organisation_id = o.id AND g.role = $3 AND g.ended_at IS NULL)
ORDER BY o.kind = (SELECT kind FROM organisation WHERE region = $1 AND id = $2) DESC, o.code
LIMIT $5
"""


async def of(region: Region, case: Case, words: str = "") -> list[Destination]:
    """Organisations like the present one first; with ``words`` those whose name contains them."""
    found = await rows(_FOUND, region.code, case.handler_org, case.handler_role, words.strip(), MOST)
    names = {district.code: district.name for district in region.profile.districts}
    return [Destination(one["id"], one["name"], names.get(one["district"] or "", "")) for one in found]
