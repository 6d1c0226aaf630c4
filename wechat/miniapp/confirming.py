"""核实身份 (T39): what the account can be proved with, and the proof. The answer is a new token; the old one opens nothing any more."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from services import confirming
from services.confirming import By, Proof
from web.bodies import Body, parse
from web.context import actor, now, region
from wechat.miniapp.answers import Answer, answer

blueprint = Blueprint("api_confirming")


class Provable(Answer):
    """``confirmed``: nothing is owed; ``ways``: what can be given now, none where only the office can help. ``cools_until``: what could hand the
    account over waits until then, or until she gives her password; after an ID number ``cool_down_hours``."""

    confirmed: bool
    ways: list[By]
    cools_until: datetime | None
    cool_down_hours: int


class Given(Body):
    """``given``: the whole ID number, or the password."""

    by: By
    given: Annotated[str, Field(min_length=1, max_length=confirming.LONGEST)]


class Confirmed(Answer):
    """``token`` takes the place of the one that came along."""

    token: str


@blueprint.get("/<region:str>/api/me/confirm", ctx_permission="person", ctx_unconfirmed=True, ctx_before_terms=True, ctx_summary="怎样核实身份",
               ctx_answers=Provable)
async def show(request: Request) -> HTTPResponse:
    who = actor(request)
    known = await confirming.ways(who, now(request))
    return answer(Provable(confirmed=who.confirmed, ways=[by for by in By if by in known], cools_until=confirming.cooling(who, now(request)),
                           cool_down_hours=confirming.COOL_DOWN_HOURS))


@blueprint.post("/<region:str>/api/me/confirm", ctx_permission="person", ctx_unconfirmed=True, ctx_before_terms=True, ctx_limit=(60, 60),
                ctx_summary="核实身份", ctx_accepts=Given, ctx_answers=Confirmed)
async def confirm(request: Request) -> HTTPResponse:
    asked = parse(request, Given)
    token = await confirming.confirm(region(request), actor(request), request.ctx.session, Proof(asked.by, asked.given), now(request))
    return answer(Confirmed(token=token))
