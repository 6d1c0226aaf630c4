"""One question behind the page, its charts, Excel and the printed report. Whose figures they may be is decided here.

Counts of a period come from the daily figures; what stands as it is now (late cases, cards, the follow-up of bad ratings) is read as it is now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.errors import NotPermitted
from config.vocabulary import Permission
from models.database import rows
from services.actors import Actor
from services.cases.scope import organisations_to_query
from services.figures import counting, reading, tables
from services.figures.periods import Period
from services.figures.sheets import Sheet
from services.figures.tables import Tile
from services.regions import Region


@dataclass(frozen=True)
class Asked:
    """``organisation``: it and all below it; none: everything that the actor may see."""

    period: Period
    organisation: UUID | None = None


@dataclass(frozen=True)
class Report:
    """The whole answer. ``counted_at``: how fresh the counts are; nothing where nothing was counted yet."""

    period: Period
    organisation: str
    counted_at: datetime | None
    tiles: Sequence[Tile]
    sheets: Sequence[Sheet]

    def sheet(self, key: str) -> Sheet | None:
        return next((one for one in self.sheets if one.key == key), None)


#: $1 region, $2 an organisation.
_BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM organisation WHERE region = $1 AND id = $2
    UNION SELECT o.id FROM organisation o JOIN below b ON o.parent_id = b.id WHERE o.region = $1
)
SELECT id FROM below
"""

async def ask(region: Region, actor: Actor, asked: Asked, now: datetime) -> Report:
    """Everything that the page shows. Raises :class:`NotPermitted` for who does not supervise."""
    scope = await _scope(region, actor, asked.organisation)
    found = await reading.read(region, asked.period, scope, now)
    name = found.names.get(asked.organisation, "") if asked.organisation else ""
    return Report(asked.period, name, await counting.counted_at(region), tables.tiles(found), tables.sheets(found))


async def _scope(region: Region, actor: Actor, organisation: UUID | None) -> list[UUID] | None:
    """The organisations whose figures the actor asks for and may see; nothing: all of the region."""
    if not actor.may(Permission.SUPERVISE, region.profile):
        raise NotPermitted
    everywhere, own = actor.may(Permission.QUERY_REGION, region.profile), organisations_to_query(region, actor)
    if organisation is None:
        return None if everywhere else own
    below = [one["id"] for one in await rows(_BELOW, region.code, organisation)]
    return below if everywhere else [one for one in below if one in own]
