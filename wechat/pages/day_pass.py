"""当日通行证 (WH-55): prepared where there is a network, shown where there is none."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Conflict, Invalid, NotPermitted
from services import day_passes, visits
from services.day_passes import OwnPass
from web import pages
from web.bodies import Body, parse
from web.context import actor, now, region
from web.idempotency import once
from wechat.pages.kept import KEEP, keeper

blueprint = Blueprint("day_pass")


class Wanted(Body):
    venue: UUID
    companions: Annotated[int, Field(ge=0, le=visits.MOST_COMPANIONS)] = 0


@blueprint.get("/<region:str>/day-pass", ctx_permission="person", ctx_unconfirmed=True)
async def choose(request: Request) -> HTTPResponse:
    """For which venue; those that are open to this card."""
    return await _choice(request)


@blueprint.post("/<region:str>/day-pass", ctx_permission="person", ctx_unconfirmed=True)
@once
async def prepare(request: Request) -> HTTPResponse:
    try:
        wanted = parse(request, Wanted)
        id = await day_passes.prepare(region(request), actor(request), wanted.venue, wanted.companions, now(request))
    except (Invalid, Conflict, NotPermitted) as refusal:
        return await _choice(request, refusal.status_code, refusal.text)
    return redirect(f"/{region(request).code}/day-pass/{id}", status=303)


@blueprint.get("/<region:str>/day-pass/keeper.js", ctx_permission="public")
async def worker(request: Request) -> HTTPResponse:
    return keeper(f"/{region(request).code}/day-pass/")


@blueprint.get("/<region:str>/day-pass/<pass_id:uuid>", ctx_permission="person", ctx_unconfirmed=True)
async def show(request: Request, pass_id: UUID) -> HTTPResponse:
    """The pass; an open one is kept by the browser."""
    found = await day_passes.own(region(request), actor(request), pass_id, now(request))
    return pages.render(request, "phone/day_pass/pass.html", found=found, made=_seconds(now(request)), ends=_seconds(found.ends),
                        here=f"/{region(request).code}/day-pass", headers=KEEP if _open(found) else None)


def _open(found: OwnPass) -> bool:
    return found.state == "open"


def _seconds(moment: datetime) -> float:
    return round(moment.timestamp(), 3)


async def _choice(request: Request, status: int = 200, error: str = "") -> HTTPResponse:
    try:
        offers, refused = await day_passes.offers(region(request), actor(request), now(request)), ""
    except NotPermitted as refusal:
        offers, refused = [], refusal.text
    return pages.render(request, "phone/day_pass/choose.html", status, offers=offers, refused=refused, error=error)
