"""扫码服务 (WH-55): from the code on a board to the pass, or to a refusal that says what to do and whom to call."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from markupsafe import Markup
from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Conflict, Invalid
from models.visit import Verdict
from qr import board_code, draw
from services import follow_ups, ratings, verdicts, visits
from services.regions import Region
from services.verdicts import Call, Words
from services.visits import Scan
from web import pages
from web.bodies import Body, form, parse
from web.context import actor, now, region
from web.idempotency import once
from wechat.pages.cases import Stars

blueprint = Blueprint("phone_scan")


@blueprint.get("/<region:str>/scan", ctx_permission="public")
async def enter(request: Request) -> HTTPResponse:
    """How to scan; and a field for the code that is printed on the board (``?code=``), for whom no scanner helps."""
    here, typed = region(request), str(request.args.get("code", ""))[:board_code.LONGEST_TEXT].strip()
    if not typed:
        return pages.render(request, "phone/scan/enter.html", typed="", error="")
    try:
        code = board_code.read(typed, request.app.ctx.settings.public_url, here.code)
    except board_code.BoardCodeInvalid as refusal:
        return pages.render(request, "phone/scan/enter.html", refusal.status_code, typed=typed, error=refusal.text)
    return redirect(f"/{here.code}/v/{code}", status=303)


@blueprint.get("/<region:str>/v/<code:str>", ctx_permission="person", ctx_unconfirmed=True)
async def confirm(request: Request, code: str) -> HTTPResponse:
    """What the board's QR opens: which venue, what is left for me, how many come along. Each time it is shown is one tap (``nonce``)."""
    found = await visits.foresee(region(request), actor(request), code, now(request))
    words = None if found.verdict is Verdict.ADMITTED else verdicts.WORDS[found.verdict]
    return pages.render(request, "phone/scan/confirm.html", code=code, found=found, words=words, nonce=uuid4(),
                        phone=_phone(region(request), words, found.venue_phone) if words else "")


class Tap(Body):
    nonce: UUID
    companions: Annotated[int, Field(ge=0, le=visits.MOST_COMPANIONS)] = 0


@blueprint.post("/<region:str>/v/<code:str>", ctx_permission="person", ctx_unconfirmed=True)
async def admit(request: Request, code: str) -> HTTPResponse:
    """The nonce makes it once: sent again, the same answer."""
    tap = parse(request, Tap)
    scan = await visits.admit(region(request), actor(request), code, tap.nonce, now(request), companions=tap.companions)
    return redirect(f"/{region(request).code}/passes/{scan.visit_id}", status=303)


@dataclass(frozen=True)
class Pass:
    """A scan as its page shows it: ``now`` a pass that opens a door, ``past`` one that did, ``undone``, or ``refused``."""

    scan: Scan
    state: str
    words: Words
    phone: str
    level: str


@blueprint.get("/<region:str>/passes/<visit_id:uuid>", ctx_permission="person", ctx_unconfirmed=True)
async def show(request: Request, visit_id: UUID) -> HTTPResponse:
    return await _page(request, visit_id)


@blueprint.get("/<region:str>/passes/<visit_id:uuid>/code", ctx_permission="person", ctx_unconfirmed=True)
async def roll(request: Request, visit_id: UUID) -> HTTPResponse:
    """The code of this moment, for the page that is open; when the pass is over, the page reads itself anew."""
    here = region(request)
    scan = await visits.own_scan(here, actor(request), visit_id)
    whole = f"/{here.code}/passes/{visit_id}"
    if not pages.asks_for_part(request):  # a browser that was led here has no page to put the code into
        return redirect(whole, status=303)
    if not scan.shows(now(request), here.profile.tz):
        return HTTPResponse(status=200, headers={"HX-Redirect": whole})
    return pages.render(request, "phone/scan/pass.html", block="code", scan=scan, **_rolling(request, visit_id))


@blueprint.post("/<region:str>/passes/<visit_id:uuid>/rating", ctx_permission="person")
@once
async def rate(request: Request, visit_id: UUID) -> HTTPResponse:
    try:
        given = parse(request, Stars)
        await ratings.rate_visit(region(request), actor(request), visit_id, given.stars, given.words, now(request))
    except (Invalid, Conflict) as refusal:
        errors = refusal.fields if isinstance(refusal, Invalid) else {"": refusal.text}
        return await _page(request, visit_id, refusal.status_code, errors=errors, typed=form(request))
    return redirect(f"/{region(request).code}/passes/{visit_id}?done=rated", status=303)


async def _page(request: Request, visit_id: UUID, status: int = 200, *, errors: dict[str, str] | None = None,
                typed: dict[str, str] | None = None) -> HTTPResponse:
    here = region(request)
    found = _pass(request, await visits.own_scan(here, actor(request), visit_id))
    rating = await ratings.of_visit(here, visit_id) if found.scan.admitted else None
    template = "phone/scan/pass.html" if found.state in ("now", "past") else "phone/scan/refused.html"
    return pages.render(request, template, status, found=found, scan=found.scan, rating=rating,
                        followed_up=await follow_ups.of_rating(here, rating), errors=errors or {}, typed=typed or {},
                        done=request.args.get("done", ""), **(_rolling(request, visit_id) if found.state == "now" else {}))


def _pass(request: Request, scan: Scan) -> Pass:
    here, moment = region(request), now(request)
    stopped = scan.stops(moment, here.profile.tz)
    state = ("undone" if scan.undone_at else "refused" if stopped or not scan.admitted
             else "now" if scan.shows(moment, here.profile.tz) else "past")
    words = verdicts.WORDS[Verdict.CARD_SUSPENDED if stopped else scan.verdict]
    return Pass(scan, state, words, _phone(here, words, scan.venue_phone), here.profile.level_name(scan.level or ""))


def _phone(here: Region, words: Words, of_venue: str) -> str:
    return of_venue if words.call is Call.VENUE and of_venue else here.phone


def _rolling(request: Request, visit_id: UUID) -> dict[str, Any]:
    """Digits for eyes, and the same as a QR for the attendant's scanner."""
    code = visits.rolling(region(request).code, visit_id, now(request))
    return {"digits": f"{code.digits[:3]} {code.digits[3:]}", "qr": Markup(draw.svg(code.token, "M"))}  # noqa: S704  # drawn by us, no text in it
