"""扫码服务 (WH-55): what a scanned board would give, the scan itself, the pass with its rolling code, my visits."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Refusal
from models.account import AccountKind
from qr import board_code
from services import ratings, verdicts, visits
from services.actors import Actor
from services.masking import masked_name
from services.regions import Region
from services.verdicts import Call
from services.visits import Prospect, Rolling, Scan
from web import access, sessions
from web.bodies import Body, parse, query
from web.context import actor, now, region
from web.idempotency import once
from wechat.miniapp.answers import Answer, Count, Listing, answer
from wechat.miniapp.bookings import Stars
from wechat.miniapp.cases import Rated

blueprint = Blueprint("api_visits")
VISIT = "/<region:str>/api/visits/<visit_id:uuid>"

Scanned = Annotated[str, Field(min_length=1, max_length=board_code.LONGEST_TEXT, description="what the scanner read, or what is printed there")]


class PassOver(Refusal):
    """这张通行凭证已经过期或撤销，请在场所重新扫码。"""

    status_code = 410
    code = "pass_over"


class Board(Body):
    code: Scanned


class NewVisit(Body):
    """``nonce``: one a tap; sent again, the same answer and nothing used twice."""

    code: Scanned
    nonce: UUID
    companions: Annotated[Count, Field(ge=0, le=visits.MOST_COMPANIONS)] = 0


class Foreseen(Answer):
    """What a scan would find now. ``left`` null: without limit. ``recent``: a pass for this venue that was just given."""

    verdict: str
    title: str
    why: str
    todo: str
    venue: str
    address: str
    companions_allowed: int
    left: int | None
    recent: UUID | None

    @classmethod
    def of(cls, found: Prospect) -> Self:
        words = verdicts.WORDS[found.verdict]
        return cls(verdict=found.verdict.value, title=words.title, why=words.why, todo=words.todo, venue=found.venue, address=found.address,
                   companions_allowed=found.companions_allowed, left=found.left, recent=found.recent)


class RollingCode(Answer):
    """``token`` is what a QR on the pass says; both change after ``seconds_left``."""

    digits: str
    token: str
    seconds_left: int

    @classmethod
    def of(cls, rolling: Rolling) -> Self:
        return cls(digits=rolling.digits, token=rolling.token, seconds_left=rolling.seconds_left)


class Visit(Answer):
    """One scan, admitted or not. ``shows``: whether the pass still opens a door; ``call``: the number that helps; ``rated``: she has said how it was.

    ``holder`` is masked.
    """

    id: UUID
    verdict: str
    admitted: bool
    shows: bool
    title: str
    why: str
    todo: str
    call: str
    holder: str
    level: str
    venue: str
    at: datetime
    companions: int
    companions_allowed: int | None
    quota_left: int | None
    undone_reason: str
    rated: bool

    @classmethod
    def of(cls, region: Region, who: Actor, scan: Scan, now: datetime) -> Self:
        words = verdicts.WORDS[scan.verdict]
        call = scan.venue_phone if words.call is Call.VENUE and scan.venue_phone else region.phone
        return cls(id=scan.visit_id, verdict=scan.verdict.value, admitted=scan.admitted, shows=scan.shows(now, region.profile.tz), title=words.title,
                   why=words.why, todo=words.todo, call=call, holder=masked_name(who.name), level=region.profile.level_name(scan.level or ""),
                   venue=scan.venue, at=scan.at, companions=scan.companions, companions_allowed=scan.companions_allowed, quota_left=scan.quota_left,
                   undone_reason=scan.undone_reason, rated=scan.rated)


class Visits(Listing[Visit]):
    """Newest first."""


@blueprint.get("/<region:str>/api/board", ctx_permission="talent", ctx_unconfirmed=True,
               ctx_summary="扫码前先看", ctx_query=Board, ctx_answers=Foreseen)
async def foresee(request: Request) -> HTTPResponse:
    found = await visits.foresee(region(request), actor(request), _code(request, query(request, Board).code), now(request))
    return answer(Foreseen.of(found))


@blueprint.post("/<region:str>/api/visits", ctx_permission="talent", ctx_session=access.IN_STATEMENT, ctx_unconfirmed=True, ctx_summary="扫码核验",
                ctx_accepts=NewVisit, ctx_answers=Visit, ctx_status=201)
@access.proving
async def admit(request: Request) -> HTTPResponse:
    asked, here = parse(request, NewVisit), region(request)
    bearer = sessions.claim(request, AccountKind.TALENT)
    who, scan = await visits.admit_bearer(here, bearer, _code(request, asked.code), asked.nonce, now(request), companions=asked.companions)
    access.let_be(request, who)
    return answer(Visit.of(here, who, scan, now(request)), 201)


@blueprint.get("/<region:str>/api/visits", ctx_permission="talent", ctx_summary="我的现场服务", ctx_answers=Visits)
async def index(request: Request) -> HTTPResponse:
    found = await visits.own_scans(region(request), actor(request))
    return answer(Visits(items=[Visit.of(region(request), actor(request), scan, now(request)) for scan in found]))


@blueprint.get(VISIT, ctx_permission="talent", ctx_unconfirmed=True, ctx_summary="通行凭证", ctx_answers=Visit)
async def show(request: Request, visit_id: UUID) -> HTTPResponse:
    scan = await visits.own_scan(region(request), actor(request), visit_id)
    return answer(Visit.of(region(request), actor(request), scan, now(request)))


@blueprint.get(f"{VISIT}/code", ctx_permission="talent", ctx_unconfirmed=True, ctx_summary="滚动码", ctx_answers=RollingCode)
async def roll(request: Request, visit_id: UUID) -> HTTPResponse:
    """Only while the pass shows; afterwards it is over, and there is no code of it."""
    scan = await visits.own_scan(region(request), actor(request), visit_id)
    if not scan.shows(now(request), region(request).profile.tz):
        raise PassOver
    return answer(RollingCode.of(visits.rolling(region(request).code, visit_id, now(request))))


@blueprint.post(f"{VISIT}/rating", ctx_permission="talent", ctx_summary="评价现场服务", ctx_accepts=Stars, ctx_answers=Rated, ctx_status=201)
@once
async def rate(request: Request, visit_id: UUID) -> HTTPResponse:
    given = parse(request, Stars)
    rating = await ratings.rate_visit(region(request), actor(request), visit_id, given.stars, given.words, now(request))
    return answer(Rated.of(rating), 201)


def _code(request: Request, scanned: str) -> str:
    return board_code.read(scanned, request.app.ctx.settings.public_url, region(request).code)
