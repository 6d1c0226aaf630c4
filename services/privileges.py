"""凭卡可享: what a card of one level may use on a scan, at which venues, and what is left of it this year; and which services are for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.card import Card
from models.catalogue import Service
from services import cards, catalogue, venues, visits
from services.actors import Actor
from services.catalogue import Shelf
from services.regions import Region
from services.venues import VenueView
from services.visits import Entitlement


@dataclass(frozen=True)
class Held:
    """A reader's card, and in words why it opens nothing today."""

    card: Card | None
    why: str

    @property
    def good(self) -> Card | None:
        return self.card if self.card and not self.why else None


NOTHING = Held(None, "")


async def held(region: Region, reader: Actor | None, now: datetime) -> Held:
    """:data:`NOTHING` for who is not logged in or no talent."""
    if reader is None or not reader.is_talent:
        return NOTHING
    card = await cards.current_card(region, reader.account_id)
    reason = cards.why_not("active", card, now.astimezone(region.profile.tz).date())
    return Held(card, cards.WHY[reason] if reason else "")


def level_shown(region: Region, mine: Held, asked: str) -> str:
    """Of the reader's own card when it is good today; else the one that she asks for, hers, or the first."""
    levels = [one.code for one in region.profile.card.levels]
    if mine.good:
        return mine.good.level
    return asked if asked in levels else mine.card.level if mine.card else levels[0]


@dataclass(frozen=True)
class OfService:
    """What a reader's card is to a service. ``level``: its name; ``why``: why it does not open it, in words, or :data:`OTHER_LEVEL`; ``given``: what
    it still gives at the venues where the service is used."""

    level: str
    why: str
    given: Entitlement | None


OTHER_LEVEL = "other_level"


async def of_service(region: Region, reader: Actor | None, service: Service, now: datetime) -> OfService | None:
    """Nothing for who is not logged in or no talent."""
    if reader is None or not reader.is_talent:
        return None
    mine = await held(region, reader, now)
    if mine.card is None:
        return OfService("", mine.why, None)
    level, wrong_level = region.profile.level_name(mine.card.level), bool(service.levels) and mine.card.level not in service.levels
    given = await in_category(region, service.used_at, mine.card.level, mine.card.id, now) if mine.good and not wrong_level else None
    return OfService(level, mine.why or (OTHER_LEVEL if wrong_level else ""), given)


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
