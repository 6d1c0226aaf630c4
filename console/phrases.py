"""常用意见: the sentences that one picks instead of typing; one's own, and those of the office for who manages it."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.phrases import WITH_WORDS
from config.vocabulary import Action
from console import shell
from services.cases import library
from services.regions import Region
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
    base = [(action.label, kind, sentences) for action in WITH_WORDS for kind, sentences in _everybodys(here, action)]
    return await shell.page(request, "phrases.html", status, kept=found.kept, managed=managed, base=base,
                            actions=[(action.value, action.label) for action in WITH_WORDS], offices=list(managed.items()), **context)


def _everybodys(here: Region, action: Action) -> list[tuple[str, tuple[str, ...]]]:
    """For whom → what everybody in the region has for this act: of each kind of matter that there is, where it is otherwise than for services."""
    matters = here.profile.matters.values()
    kinds = {"办理服务": None, "审核申请": next((one for one in matters if one.effect is not None), None),
             "跟进差评": next((one for one in matters if one.is_internal), None)}
    said = {kind: here.profile.phrases.of(action, matter) for kind, matter in kinds.items() if kind == "办理服务" or matter is not None}
    return [(kind, sentences) for kind, sentences in said.items() if sentences and (kind == "办理服务" or sentences != said["办理服务"])]
