"""当日通行证 (WH-55): prepared where there is a network; the phone keeps it and rolls its code by itself where there is none."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from qr.pass_code import WINDOW_SECONDS
from services import day_passes, visits
from services.actors import Actor
from services.day_passes import Offer, OwnPass
from services.masking import masked_name
from web.bodies import Body, parse
from web.context import actor, now, region
from web.idempotency import once
from wechat.miniapp.answers import Answer, Count, Listing, answer

blueprint = Blueprint("api_day_pass")


class DayPassOffer(Answer):
    """A venue for which a pass of today may be prepared. ``left`` null: without limit; ``open_pass``: the one that is there already."""

    venue: UUID
    name: str
    category: str
    address: str
    hours: list[str]
    companions: int
    left: int | None
    open_pass: UUID | None

    @classmethod
    def of(cls, one: Offer) -> Self:
        return cls(venue=one.venue.id, name=one.venue.name, category=one.category, address=one.venue.address, hours=one.hours,
                   companions=one.companions, left=one.left, open_pass=one.open_pass)


class DayPassOffers(Listing[DayPassOffer]):
    """In the order of the venues."""


class DayPassWanted(Body):
    venue: UUID
    companions: Annotated[Count, Field(ge=0, le=visits.MOST_COMPANIONS)] = 0


class DayPassMade(Answer):
    id: UUID


class DayPass(Answer):
    """``state``: open, used (then ``visit``), stopped or over. Of an open one ``token`` is the text that stays, and of ``own``, a key in hex, what
    rolls behind it every ``window`` seconds is made (``qr/day_pass.py``). ``made``: the moment of this answer, for phones whose clock is wrong.
    """

    id: UUID
    venue: UUID
    name: str
    day: date
    holder: str
    level: str
    companions: int
    companions_allowed: int
    state: str
    made: datetime
    ends: datetime
    window: int
    token: str
    own: str
    visit: UUID | None

    @classmethod
    def of(cls, who: Actor, found: OwnPass, now: datetime) -> Self:
        return cls(id=found.id, venue=found.venue.id, name=found.venue.name, day=found.day, holder=masked_name(who.name), level=found.level,
                   companions=found.companions, companions_allowed=found.companions_allowed, state=found.state, made=now, ends=found.ends,
                   window=WINDOW_SECONDS, token=found.token, own=found.own.hex(), visit=found.visit_id)


@blueprint.get("/<region:str>/api/day-pass", ctx_permission="talent", ctx_unconfirmed=True,
               ctx_summary="可以准备当日通行证的场所", ctx_answers=DayPassOffers)
async def index(request: Request) -> HTTPResponse:
    found = await day_passes.offers(region(request), actor(request), now(request))
    return answer(DayPassOffers(items=[DayPassOffer.of(one) for one in found]))


@blueprint.post("/<region:str>/api/day-pass", ctx_permission="talent", ctx_unconfirmed=True, ctx_summary="准备当日通行证", ctx_accepts=DayPassWanted,
                ctx_answers=DayPassMade, ctx_status=201)
@once
async def prepare(request: Request) -> HTTPResponse:
    wanted = parse(request, DayPassWanted)
    return answer(DayPassMade(id=await day_passes.prepare(region(request), actor(request), wanted.venue, wanted.companions, now(request))), 201)


@blueprint.get("/<region:str>/api/day-pass/<pass_id:uuid>", ctx_permission="talent", ctx_unconfirmed=True,
               ctx_summary="当日通行证", ctx_answers=DayPass)
async def show(request: Request, pass_id: UUID) -> HTTPResponse:
    return answer(DayPass.of(actor(request), await day_passes.own(region(request), actor(request), pass_id, now(request)), now(request)))
