"""Cards: found by number or name, told whole, suspended and enabled with a reason (WH-35, WH-36)."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid
from config.vocabulary import Permission
from console import shell
from models.card import CardState
from services import cards
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

PAGE = 50
blueprint = Blueprint("desk_cards", url_prefix="/<region:str>/console/cards")


class Asked(shell.Asked):
    words: str = Field("", max_length=60)
    state: Literal["", CardState.ACTIVE, CardState.SUSPENDED, CardState.ENDED] = ""
    level: str = Field("", max_length=48)


@blueprint.get("/", ctx_permission=Permission.QUERY_CARDS)
async def search(request: Request) -> HTTPResponse:
    asked = query(request, Asked)
    found, total = await cards.search(region(request), actor(request), now(request), words=asked.words, state=asked.state, level=asked.level,
                                      limit=PAGE, offset=(asked.page - 1) * PAGE)
    kept = asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})
    return await shell.page(request, "cards.html", asked=asked, found=found, level_options=shell.level_options(request),
                            state_options=[(state.value, state.label) for state in CardState],
                            pager=shell.pager(request, "cards", asked.page, PAGE, total, kept))


@blueprint.get("/<id:uuid>", ctx_permission=Permission.QUERY_CARDS)
async def show(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, id)


class SwitchForm(Body):
    seen: int
    reason: str = Field("", max_length=200)


@blueprint.post("/<id:uuid>/<what:(suspend|enable)>", ctx_permission=Permission.SUSPEND_CARDS)
@once
async def switch(request: Request, id: UUID, what: str) -> HTTPResponse:
    """From the moment of this answer on the holder's services stop, or go on."""
    try:
        asked = parse(request, SwitchForm)
        act = cards.suspend if what == "suspend" else cards.enable
        await act(region(request), actor(request), id, asked.seen, asked.reason, now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, f"cards/{id}", done="suspended" if what == "suspend" else "enabled")


async def _page(request: Request, id: UUID, *, status: int = 200, **context: Any) -> HTTPResponse:
    found = await cards.open_card(region(request), actor(request), id, now(request))
    levels = [level.code for level in region(request).profile.card.levels]
    tier = min(4, levels.index(found.card.level) + 1) if found.card.level in levels else 4
    return await shell.page(request, "card.html", status, sheet=found, card=found.card, tier=tier, **context)
