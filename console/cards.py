"""Cards: found by combined conditions, told whole; suspended, enabled, renewed, replaced and ended with a reason (WH-35, WH-36)."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid
from config.vocabulary import Permission
from console import shell
from console.exports import ordered
from models.card import CardState
from services import card_lists, cards
from services.card_lists import MOST_COUNTED, Validity, Wanted
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

PAGE = 50
blueprint = Blueprint("desk_cards", url_prefix="/<region:str>/console/cards")


class Asked(shell.Asked):
    words: str = Field("", max_length=60)
    state: Literal["", CardState.ACTIVE, CardState.SUSPENDED, CardState.ENDED] = ""
    level: str = Field("", max_length=48)
    unit: str = Field("", max_length=60)
    validity: Validity = ""
    since: date | None = None
    until: date | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.words, self.level, str(self.state), self.unit, self.validity, self.since, self.until)

    @property
    def kept(self) -> dict[str, Any]:
        """The conditions that were set, for addresses of the same answer."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})


@blueprint.get("/", ctx_permission=Permission.QUERY_CARDS)
async def search(request: Request) -> HTTPResponse:
    try:
        asked = query(request, Asked)
        found, total = await card_lists.search(region(request), actor(request), asked.wanted, now(request), limit=PAGE,
                                               offset=(asked.page - 1) * PAGE)
        return await _list(request, asked, found=found, total=total,
                           pager=shell.pager(request, "cards", asked.page, PAGE, min(total, MOST_COUNTED - 1), asked.kept))
    except Invalid as refusal:
        return await _list(request, Asked(), status=refusal.status_code, errors=refusal.fields)


async def _list(request: Request, asked: Asked, *, status: int = 200, **context: Any) -> HTTPResponse:
    answer: dict[str, Any] = {"found": [], "total": 0, "pager": None, "capped": MOST_COUNTED - 1}
    return await shell.page(request, "cards.html", status, asked=asked, level_options=shell.level_options(request), soon=card_lists.SOON_DAYS,
                            state_options=[(state.value, state.label) for state in CardState],
                            export=shell.address(request, "cards/export", **asked.kept), **answer | context)


@blueprint.post("/export", ctx_permission=Permission.QUERY_CARDS, ctx_limit=(20, 300))
@once
async def export(request: Request) -> HTTPResponse:
    """The whole answer as a file; the conditions come in the address, as they stood on the page."""
    return await ordered(request, "cards", query(request, Asked).wanted)


@blueprint.get("/<id:uuid>", ctx_permission=Permission.QUERY_CARDS)
async def show(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, id)


class SwitchForm(Body):
    seen: int
    reason: str = Field("", max_length=200)


#: Word of the address → what is done, and what the next page says.
VERBS = {"suspend": (cards.suspend, "suspended"), "enable": (cards.enable, "enabled"), "renew": (cards.renew, "card_renewed"),
         "replace": (cards.replace, "card_replaced"), "end": (cards.end, "card_ended")}


@blueprint.post("/<id:uuid>/<what:(suspend|enable|renew|replace|end)>", ctx_permission=Permission.SUSPEND_CARDS)
@once
async def change(request: Request, id: UUID, what: str) -> HTTPResponse:
    """From the moment of this answer on the holder's services stop, or go on."""
    verb, done = VERBS[what]
    try:
        asked = parse(request, SwitchForm)
        await verb(region(request), actor(request), id, asked.seen, asked.reason, now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, tried=what, **shell.told(refusal, form(request)))
    return shell.away(request, f"cards/{id}", done=done)


async def _page(request: Request, id: UUID, *, status: int = 200, **context: Any) -> HTTPResponse:
    found = await card_lists.open_card(region(request), actor(request), id, now(request))
    levels = [level.code for level in region(request).profile.card.levels]
    tier = min(4, levels.index(found.card.level) + 1) if found.card.level in levels else 4
    return await shell.page(request, "card.html", status, sheet=found, card=found.card, tier=tier, **{"tried": ""} | context)
