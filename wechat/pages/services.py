"""One service of the catalogue (WH-50): what it is, for whom, materials, time, windows, and what my card gives me."""

from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from services import cards, catalogue
from services.actors import Actor
from services.regions import Region
from web import pages
from web.context import now, region, visitor

blueprint = Blueprint("phone_services")


@blueprint.get("/<region:str>/services/<service_id:uuid>", ctx_permission="public")
async def show(request: Request, service_id: UUID) -> HTTPResponse:
    here = region(request)
    service = await catalogue.entry(here, service_id)
    return pages.render(request, "phone/service.html", service=service, windows=await catalogue.windows_for(here, service),
                        levels=[here.profile.level_name(level) for level in service.levels],
                        mine=await _mine(request, here, visitor(request), service.levels))


async def _mine(request: Request, here: Region, who: Actor | None, levels: list[str]) -> dict[str, str] | None:
    """Whether my card opens this service: its level, and why not when it does not. Nothing for who is not logged in."""
    if who is None or not who.is_talent:
        return None
    card = await cards.current_card(here, who.account_id)
    reason = cards.why_not("active", card, now(request).astimezone(here.profile.tz).date())
    level = here.profile.level_name(card.level) if card else ""
    if reason is None and card and levels and card.level not in levels:
        return {"level": level, "why": "other_level"}
    return {"level": level, "why": cards.WHY[reason] if reason else ""}
