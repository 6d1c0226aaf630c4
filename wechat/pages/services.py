"""One service of the catalogue (WH-50): what it is, for whom, materials, time, windows, and what my card gives me."""

from dataclasses import dataclass
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from models.card import Card
from services import catalogue, privileges
from web import pages
from web.context import now, region, visitor
from wechat.pages import views
from wechat.pages.privileges import mine

blueprint = Blueprint("phone_services")


@blueprint.get("/<region:str>/services/<service_id:uuid>", ctx_permission="public")
async def show(request: Request, service_id: UUID) -> HTTPResponse:
    here = region(request)
    service = await catalogue.entry(here, service_id)
    given = None
    if (held := await _mine(request, service.levels)) and held.card and not held.why:
        given = await privileges.in_category(here, service.used_at, held.card.level, held.card.id, now(request))
    return pages.render(request, "phone/service.html", service=service, mine=held, given=given, year=views.year_of(here.profile, now(request)),
                        windows=await catalogue.windows_for(here, service), levels=[here.profile.level_name(level) for level in service.levels])


@dataclass(frozen=True)
class Mine:
    """What my card is to a service. ``why``: why it does not open it, in words, or ``other_level``."""

    card: Card | None
    level: str
    why: str


async def _mine(request: Request, levels: list[str]) -> Mine | None:
    """Nothing for who is not logged in."""
    who, (card, why) = visitor(request), await mine(request)
    if who is None or not who.is_talent:
        return None
    level = region(request).profile.level_name(card.level) if card else ""
    return Mine(card, level, why or ("other_level" if card and levels and card.level not in levels else ""))
