"""常用意见: the sentences that one picks instead of typing; one's own, and those of the office for who manages it."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Action
from console import shell
from services.cases import library, phrases
from web.bodies import Body, form, parse
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_phrases", url_prefix="/<region:str>/console/phrases")


@blueprint.get("/", ctx_permission="staff")
async def show(request: Request) -> HTTPResponse:
    return await _page(request)


class Kept(Body):
    """``organisation``: for whom, if not for oneself alone."""

    action: Action
    words: str = Field(max_length=1000)
    organisation: UUID | None = None


@blueprint.post("/", ctx_permission="staff")
@once
async def keep(request: Request) -> HTTPResponse:
    try:
        asked = parse(request, Kept)
        await library.keep(region(request), actor(request), asked.action, asked.words, asked.organisation, now(request))
    except Invalid as refusal:
        return await _page(request, refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, "phrases", done="phrase_kept")


class Removed(Body):
    id: UUID


@blueprint.post("/remove", ctx_permission="staff")
@once
async def remove(request: Request) -> HTTPResponse:
    await library.remove(region(request), actor(request), parse(request, Removed).id, now(request))
    return shell.away(request, "phrases", done="phrase_removed")


async def _page(request: Request, status: int = 200, **context: Any) -> HTTPResponse:
    here, who = region(request), actor(request)
    found, managed = await library.of_actor(here, who), library.managed(here, who)
    return await shell.page(request, "phrases.html", status, kept=found.kept, managed=managed, base=phrases.PHRASES,
                            actions=[(action.value, action.label) for action in library.SAID], offices=list(managed.items()), **context)
