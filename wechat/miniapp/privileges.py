"""凭卡可享 (WH-50): what the reader's card opens, where, and what is left of it this year; for everybody else what each level gives."""

from typing import Annotated, Self

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import NotFound
from services import privileges
from services.privileges import Privilege
from services.venues import VenueView
from web.bodies import Body, query
from web.context import now, region, visitor
from wechat.miniapp.answers import Answer, answer
from wechat.miniapp.catalogue import Category, Entitled

blueprint = Blueprint("api_privileges")


class VenueShown(Answer):
    """``open``: it serves at all; ``position``: latitude and longitude (GCJ-02)."""

    name: str
    address: str
    phone: str
    hours: list[str]
    open: bool
    open_now: bool
    position: tuple[float, float] | None

    @classmethod
    def of(cls, one: VenueView) -> Self:
        venue = one.venue
        place = (venue.latitude, venue.longitude) if venue.latitude is not None and venue.longitude is not None else None
        return cls(name=venue.name, address=venue.address, phone=venue.phone, hours=one.hours, open=venue.state == "open", open_now=one.open_now,
                   position=place)


class EntitledAt(Entitled):
    """With the venues of the category, open ones first."""

    places: list[VenueShown]

    @classmethod
    def at(cls, one: Privilege, *, mine: bool) -> Self:
        return cls(**Entitled.of(one.entitlement, mine=mine).model_dump(), places=[VenueShown.of(place) for place in one.places])


class Privileges(Answer):
    """``mine``: of the reader's own card, good today; else of ``level``, and ``why`` says why hers opens nothing. ``levels``: code → name."""

    mine: bool
    why: str
    level: str
    level_name: str
    levels: dict[str, str]
    card_name: str
    year: int
    given: list[EntitledAt]
    services: list[Category]


class OfLevel(Body):
    level: Annotated[str, Field(max_length=48)] = ""


@blueprint.get("/<region:str>/api/privileges", ctx_permission="public", ctx_summary="凭卡可享", ctx_query=OfLevel, ctx_answers=Privileges)
async def show(request: Request) -> HTTPResponse:
    here, moment = region(request), now(request)
    if not here.profile.venue_categories or not here.profile.card.levels:
        raise NotFound
    mine = await privileges.held(here, visitor(request), moment)
    level, good = privileges.level_shown(here, mine, query(request, OfLevel).level), mine.good
    given = await privileges.of_level(here, level, good.id if good else None, moment)
    return answer(Privileges(
        mine=good is not None, why=mine.why, level=level, level_name=here.profile.level_name(level), card_name=here.profile.card.name,
        levels={one.code: one.name for one in here.profile.card.levels}, year=moment.astimezone(here.profile.tz).year,
        given=[EntitledAt.at(one, mine=good is not None) for one in given],
        services=[Category.of(shelf.category, shelf.services) for shelf in await privileges.services_for(here, level)]))
