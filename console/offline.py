"""离线核验: what counters let in without a network and the server would not have; somebody looks at each and says what came of it."""

from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Permission
from console import shell
from services import day_passes
from web.bodies import Body, form, parse
from web.context import actor, now, region
from web.idempotency import once

MANAGE = Permission.MANAGE_VENUES
blueprint = Blueprint("desk_offline", url_prefix="/<region:str>/console")


@blueprint.get("/offline-checks", ctx_permission=MANAGE)
async def every(request: Request) -> HTTPResponse:
    return await _page(request)


class SettleForm(Body):
    words: str = Field("", max_length=200)


@blueprint.post("/offline-checks/<id:uuid>", ctx_permission=MANAGE)
@once
async def settle(request: Request, id: UUID) -> HTTPResponse:
    try:
        await day_passes.settle(region(request), actor(request), id, parse(request, SettleForm).words, now(request))
    except Invalid as refusal:
        return await _page(request, refusal, id)
    return shell.away(request, "offline-checks", done="kept_at_once")


async def _page(request: Request, refusal: Invalid | None = None, about: UUID | None = None) -> HTTPResponse:
    said = shell.told(refusal, form(request)) if refusal else {"errors": {}, "typed": {}}
    return await shell.page(request, "offline_checks.html", refusal.status_code if refusal else 200, about=about,
                            doubts=await day_passes.doubts(region(request), actor(request)), **said)
