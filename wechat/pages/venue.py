"""The venue's page (WH-55): whoever has the venue's link stands at the counter, without an account.

Today's arrivals live, each with the six digits that its pass shows at this moment; a field for the scanner gun; undo; a name's last visits.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json

from config.errors import Invalid, NotFound, Refusal
from qr import day_pass
from services import arrivals, day_passes, posters, venues, verdicts
from services.regions import Region
from web import pages
from web.bodies import Body, form, parse
from web.context import now, region
from wechat.pages.kept import KEEP, keeper

TEMPLATE = "phone/venue/counter.html"
#: So many scans of a day stand on the page; no counter serves more.
MOST = 500
#: The link in the address is a secret, and what stands on the page is about persons, masked as they are.
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
#: Its camera reads passes.
WITH_CAMERA = {**PRIVATE, "Permissions-Policy": "camera=(self), microphone=(), geolocation=()"}

blueprint = Blueprint("venue")


class Shown(Body):
    """What the scanner gun read, or the six digits."""

    code: str = ""


class Reason(Body):
    reason: str = ""


class Name(Body):
    name: str = ""


@blueprint.get("/<region:str>/at/<link:str>", ctx_permission="venue")
async def counter(request: Request, link: str) -> HTTPResponse:
    """The whole page; for htmx, at every event and every turn of the codes, the arrivals alone."""
    return await _counter(request, link, "arrivals")


@blueprint.post("/<region:str>/at/<link:str>/check", ctx_permission="venue", ctx_limit=(240, 60))
async def check(request: Request, link: str) -> HTTPResponse:
    """A pass was shown: huge green, or huge red with what is wrong and what to do."""
    place = region(request)
    venue = await venues.by_link(place, link)
    try:
        arrival = await day_passes.check(place, venue, parse(request, Shown).code, now(request))
    except Refusal as refusal:
        return await _counter(request, link, "check", status=400, refused=refusal)
    return await _counter(request, link, "check", checked=arrival)


@blueprint.get("/<region:str>/at/<link:str>/visits/<id:uuid>/undo", ctx_permission="venue")
async def ask_to_undo(request: Request, link: str, id: UUID) -> HTTPResponse:
    venue = await venues.by_link(region(request), link)
    return await _counter(request, link, "undo", undoing=await arrivals.one(region(request), venue.id, id, now(request)))


@blueprint.post("/<region:str>/at/<link:str>/visits/<id:uuid>/undo", ctx_permission="venue")
async def undo(request: Request, link: str, id: UUID) -> HTTPResponse:
    """Take a mistaken visit back; the holder hears the reason, and her quota is as before."""
    place = region(request)
    venue = await venues.by_link(place, link)
    try:
        await arrivals.undo(place, venue.id, id, parse(request, Reason).reason, now(request))
    except Invalid as refusal:
        again = await arrivals.one(place, venue.id, id, now(request))
        return await _counter(request, link, "undo", status=400, undoing=again, errors=refusal.fields, typed=form(request))
    return await _counter(request, link, "undo", undone=await arrivals.one(place, venue.id, id, now(request)))


@blueprint.post("/<region:str>/at/<link:str>/names", ctx_permission="venue", ctx_limit=(30, 60))
async def look_up(request: Request, link: str) -> HTTPResponse:
    """The last visits here of a name. By post: names belong in no address; and not often, so that nobody fishes (T36)."""
    place = region(request)
    venue = await venues.by_link(place, link)
    name = parse(request, Name).name
    return await _counter(request, link, "names", name=name, named=await arrivals.look_up(place, venue, name, now(request)) if name else None)


@blueprint.get("/<region:str>/at/<link:str>/boards/<id:uuid>/poster", ctx_permission="venue", ctx_limit=(20, 60))
async def poster(request: Request, link: str, id: UUID) -> HTTPResponse:
    """The guide board to print again, as PDF."""
    place = region(request)
    venue = await venues.by_link(place, link)
    view = await venues.one(place, venue.id, now(request))
    if id not in {board.id for board in view.boards}:
        raise NotFound
    drawn = await posters.draw(place, id, "pdf", now(request))
    name = quote(f"{view.venue.name} {view.venue.code}.pdf")
    return HTTPResponse(drawn, content_type="application/pdf", headers={**PRIVATE, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"})


@blueprint.get("/<region:str>/at/<link:str>/keeper.js", ctx_permission="venue")
async def worker(request: Request, link: str) -> HTTPResponse:
    await venues.by_link(region(request), link)
    return keeper(f"/{region(request).code}/at/{link}")


@blueprint.get("/<region:str>/at/<link:str>/offline", ctx_permission="venue", ctx_limit=(240, 60))
async def provide(request: Request, link: str) -> HTTPResponse:
    """What the page checks day passes with while there is no network."""
    place = region(request)
    venue = await venues.by_link(place, link)
    kept = await day_passes.for_counter(place, venue, now(request))
    return json({"region": place.code, "serial": venue.serial, "now": kept.now.timestamp(), "trusted": day_passes.TRUSTED_FOR.total_seconds(),
                 "days": kept.days, "passes": kept.passes}, headers=PRIVATE)


class Reported(Body):
    """One check that was made without a network."""

    nonce: UUID
    checked_at: Annotated[int, Field(ge=0)]
    text: Annotated[str, Field(max_length=day_pass.LONGEST)] = ""
    pass_id: UUID | None = None
    digits: Annotated[str, Field(max_length=6)] = ""


# No token of a form: the page may be older than the browser's session, and the address itself is the secret that no other site knows.
@blueprint.post("/<region:str>/at/<link:str>/offline", ctx_permission="venue", ctx_csrf=False, ctx_limit=(600, 60))
async def take_in(request: Request, link: str) -> HTTPResponse:
    """The same report again has the same answer."""
    place = region(request)
    venue = await venues.by_link(place, link)
    said = parse(request, Reported)
    report = day_passes.Report(said.nonce, datetime.fromtimestamp(said.checked_at, UTC), said.text, said.pass_id, said.digits)
    outcome = await day_passes.take_in(place, venue, report, now(request))
    return json({"outcome": outcome.value}, headers=PRIVATE)


async def _counter(request: Request, link: str, block: str, *, status: int = 200, **said: Any) -> HTTPResponse:
    """The page with what was just said on it; ``block``: the part that htmx asked about."""
    place, moment = region(request), now(request)
    venue = await venues.by_link(place, link)
    view = await venues.one(place, venue.id, moment)
    today = await arrivals.of_day(place, venue.id, _day(place, moment), moment, limit=MOST)
    shown = {"checked": None, "refused": None, "undoing": None, "undone": None, "errors": {}, "typed": {}, "name": "", "named": None} | said
    return pages.render(
        request, TEMPLATE, status, block=block, headers={**WITH_CAMERA, **(KEEP if block == "arrivals" else {})}, made=round(moment.timestamp(), 3),
        days=arrivals.LOOKED_UP_DAYS, here=f"/{place.code}/at/{link}", view=view, arrivals=today, words=verdicts.WORDS,
        live=f"/{place.code}/live?topics=venue:{venue.id}&link={link}",
        boards=[board for board in view.boards if board.revoked_at is None], **shown)


def _day(place: Region, moment: datetime) -> date:
    return moment.astimezone(place.profile.tz).date()
