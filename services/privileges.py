"""凭卡可享: what a card of one level may use on a scan, at which venues, and what is left of it this year; and which services are for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services import catalogue, venues, visits
from services.catalogue import Shelf
from services.regions import Region
from services.venues import VenueView
from services.visits import Entitlement


@dataclass(frozen=True)
class Privilege:
    """What a level gives in one category of venues, and these venues, open ones first."""

    entitlement: Entitlement
    places: Sequence[VenueView]


async def of_level(region: Region, level: str, card: UUID | None, now: datetime) -> list[Privilege]:
    """Category by category; with a card also what it used this year. What the level does not give is not there."""
    given = await visits.entitlements(region, card, level, _year(region, now))
    known = await venues.every(region, now) if given else []
    return [Privilege(one, sorted((place for place in known if place.venue.category == one.category), key=lambda place: not place.open_now))
            for one in given]


async def in_category(region: Region, category: str, level: str, card: UUID, now: datetime) -> Entitlement | None:
    """What a card still gives in one category of venues; none where its level gives nothing there."""
    given = await visits.entitlements(region, card, level, _year(region, now)) if category else []
    return next((one for one in given if one.category == category), None)


async def services_for(region: Region, level: str) -> list[Shelf]:
    """The catalogue less the services that are for other levels."""
    shelves = [Shelf(shelf.category, [one for one in shelf.services if not one.levels or level in one.levels])
               for shelf in await catalogue.shelves(region)]
    return [shelf for shelf in shelves if shelf.services]


def _year(region: Region, now: datetime) -> int:
    return now.astimezone(region.profile.tz).year
