"""超时督办 (WH-65): what is late and who has it; chased by hand with words of one's own."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid
from config.vocabulary import Action, Permission
from console import shell
from services import supervision
from services.cases import library
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_overdue", url_prefix="/<region:str>/console/overdue")


class Asked(shell.Asked):
    organisation: UUID | None = None


@blueprint.get("/", ctx_permission=Permission.SUPERVISE)
async def show(request: Request) -> HTTPResponse:
    return await _page(request, query(request, Asked))


class RemindForm(Body):
    case: UUID
    seen: int
    words: str = Field("", max_length=200)
    organisation: UUID | None = None


@blueprint.post("/", ctx_permission=Permission.SUPERVISE)
@once
async def remind(request: Request) -> HTTPResponse:
    asked, typed = parse(request, RemindForm), form(request)
    try:
        await supervision.remind(region(request), actor(request), asked.case, asked.seen, asked.words, now(request))
    except Invalid as refusal:
        return await _page(request, Asked(organisation=asked.organisation), status=refusal.status_code, errors=refusal.fields, typed=typed)
    except Conflict as refusal:
        return await _page(request, Asked(organisation=asked.organisation), status=refusal.status_code, refusal=refusal.text, typed=typed)
    return shell.away(request, "overdue", organisation=asked.organisation, done=Action.REMIND)


async def _page(request: Request, asked: Asked, *, status: int = 200, refusal: str = "", **context: Any) -> HTTPResponse:
    here, who, moment = region(request), actor(request), now(request)
    found, more = await supervision.late(here, who, moment, asked.organisation, page=asked.page)
    return await shell.page(
        request, "overdue.html", status, block="list", asked=asked, refusal=refusal, found=found,
        phrases=(await library.of_actor(here, who)).of(Action.REMIND),
        organisations=await supervision.late_by_organisation(here, moment),
        ways=shell.ways(request, "overdue", asked.page, more, {"organisation": asked.organisation}), **context)
