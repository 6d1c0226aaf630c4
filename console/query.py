"""综合查询 (WH-64): all bookings with their progress by combined conditions, and the same answer as Excel."""

from datetime import date
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Permission
from console import shell
from console.centre import step_names
from models.case import CaseState
from services import catalogue, exports, queries
from services.queries import MOST_COUNTED, Order, Question
from web.bodies import query
from web.context import actor, now, region

blueprint = Blueprint("desk_query", url_prefix="/<region:str>/console/query")


class Asked(shell.Asked):
    """The conditions, as they stand in the address. ``scope``: empty is everything for who may see it, else one's own organisations."""

    words: str = Field("", max_length=60)
    state: tuple[CaseState, ...] = ()
    step: str = Field("", max_length=48)
    service: UUID | None = None
    organisation: UUID | None = None
    district: str = Field("", max_length=48)
    since: date | None = None
    until: date | None = None
    late: Literal["", "yes"] = ""
    stars: int | None = Field(None, ge=1, le=5)
    scope: Literal["", "own"] = ""
    order: Order = Order.NEWEST


@blueprint.get("/", ctx_permission="staff")
async def show(request: Request) -> HTTPResponse:
    try:
        asked = query(request, Asked)
        return await _answer(request, asked)
    except Invalid as refusal:
        return await _page(request, Asked(), status=refusal.status_code, errors=refusal.fields)


@blueprint.post("/export", ctx_permission="staff", ctx_limit=(20, 300))
async def export(request: Request) -> HTTPResponse:
    """The whole answer as a file; the conditions come in the address, as they stood on the page."""
    asked = query(request, Asked)
    made = await exports.of_question(region(request), actor(request), question(request, asked), now(request))
    named = {"Content-Disposition": f"attachment; filename=\"query.xlsx\"; filename*=UTF-8''{quote(made.name)}", "Cache-Control": "no-store"}
    return HTTPResponse(made.content, content_type=exports.CONTENT_TYPE, headers=named)


def question(request: Request, asked: Asked) -> Question:
    """Own organisations by default, everything for the city window."""
    everywhere = actor(request).may(Permission.QUERY_REGION, region(request).profile) and asked.scope != "own"
    return Question(
        states=frozenset(asked.state), step=asked.step, service=asked.service, organisation=asked.organisation, district=asked.district,
        words=asked.words, since=asked.since, until=asked.until, late=asked.late == "yes", stars=asked.stars, everywhere=everywhere,
        order=asked.order)


async def _answer(request: Request, asked: Asked) -> HTTPResponse:
    here, who, wanted = region(request), actor(request), question(request, asked)
    found = await queries.ask(here, who, wanted, now(request), page=asked.page)
    total = await queries.count(here, who, wanted, now(request))
    return await _page(request, asked, found=found, total=total, pager=shell.pager(request, "query", asked.page, queries.PAGE, total, kept(asked)))


def kept(asked: Asked) -> dict[str, Any]:
    """The conditions that were set, for addresses of other pages of the same answer."""
    return asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})


async def _page(request: Request, asked: Asked, *, status: int = 200, **context: Any) -> HTTPResponse:
    here = region(request)
    answer: dict[str, Any] = {"found": [], "total": 0, "pager": None}
    return await shell.page(
        request, "query.html", status, block="answer", asked=asked, steps=step_names(request), capped=MOST_COUNTED - 1,
        state_options=[(state.value, state.label) for state in CaseState],
        district_options=[(district.code, district.name) for district in here.profile.districts],
        organisation_options=await shell.organisation_options(request),
        service_options=[(service.id, service.name) for shelf in await catalogue.every(here) for service in shelf.services],
        export=shell.address(request, "query/export", **kept(asked)), **answer | context)
