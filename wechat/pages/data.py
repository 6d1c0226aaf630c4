"""我的数据: a copy of what is kept of a person, who looked at it, and the request to close her account and erase it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from services import closing, codes, contact, exports, files, own_copy
from services.codes import Given
from web import pages
from web.bodies import Body, parse
from web.context import actor, now, region
from web.downloads import HEADERS
from wechat.pages.login import WAIT_SECONDS, sender
from wechat.pages.security import errors_of

blueprint = Blueprint("phone_data")


@blueprint.get("/<region:str>/me/data", ctx_permission="person")
async def show(request: Request) -> HTTPResponse:
    """Also what the page asks for again until an ordered copy is there."""
    here, who = region(request), actor(request)
    assert who.account_id is not None  # the route lets persons in alone
    return pages.render(request, "phone/me/data.html", kinds=exports.OWN, copies=await exports.own_copies(here, who),
                        looked=await own_copy.looked(here.code, who.account_id, here.profile.tz), may_leave=who.is_talent)


class Wanted(Body):
    kind: Literal["mine.pdf", "mine.json"]


@blueprint.post("/<region:str>/me/data/copies", ctx_permission="person", ctx_limit=(20, 60))
async def order(request: Request) -> HTTPResponse:
    await exports.order(region(request), actor(request), parse(request, Wanted).kind, None, now(request))
    return redirect(f"/{region(request).code}/me/data", status=303)


@blueprint.get("/<region:str>/me/data/copies/<id:uuid>", ctx_permission="person", ctx_limit=(60, 60))
async def download(request: Request, id: UUID) -> HTTPResponse:
    file, data = await exports.download(region(request), actor(request), id, now(request))
    return HTTPResponse(data, content_type=file.media_type, headers=HEADERS | {"Content-Disposition": files.disposition(file.name)})


class Leaving(Body):
    """``code``: of an SMS to her present number."""

    reason: Annotated[str, Field(max_length=1000)] = ""
    code: str = ""
    challenge: str = ""
    act: str = ""


@blueprint.get("/<region:str>/me/data/closing", ctx_permission="talent")
async def leave(request: Request) -> HTTPResponse:
    return await _leave(request, Leaving())


@blueprint.post("/<region:str>/me/data/closing/code", ctx_permission="talent", ctx_limit=(20, 60))
async def send_code(request: Request) -> HTTPResponse:
    asked = parse(request, Leaving)
    try:
        challenge = await closing.request_code(region(request), actor(request), sender(request), now(request))
    except Refusal as refusal:
        return await _leave(request, asked, refusal)
    return await _leave(request, asked, challenge=challenge)


@blueprint.post("/<region:str>/me/data/closing", ctx_permission="talent", ctx_limit=(20, 60))
async def ask(request: Request) -> HTTPResponse:
    asked = parse(request, Leaving)
    try:
        outcome = await closing.ask(region(request), actor(request), asked.reason, Given(asked.challenge, asked.code), now(request))
    except (Invalid, codes.CodeWrong, closing.StandsInTheWay) as refusal:
        return await _leave(request, asked, refusal)
    return redirect(f"/{region(request).code}/cases/{outcome.case.id}", status=303)


async def _leave(request: Request, asked: Leaving, refusal: Refusal | None = None, challenge: UUID | None = None) -> HTTPResponse:
    here, who = region(request), actor(request)
    assert who.account_id is not None  # the route lets talents in alone
    waits: Any = WAIT_SECONDS if challenge else (refusal.context or {}).get("retry_after", 0) if refusal else 0
    under_way = await closing.asked(here, who)
    return pages.render(request, "phone/me/closing.html", refusal.status_code if refusal else 200, offered=closing.matter_of(here) is not None,
                        under_way=under_way, in_the_way=await closing.in_the_way(here, who.account_id, under_way), asked=asked,
                        contact=await contact.of(who), challenge=challenge or asked.challenge, waits=waits, sent=challenge is not None,
                        most=closing.LONGEST_REASON, errors=errors_of(refusal))
