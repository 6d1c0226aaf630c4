"""The venue's page (WH-55): whoever has the venue's link stands at the counter, without an account.

Today's arrivals live, each with the six digits that its pass shows at this moment; a field for the scanner gun; undo; a name's visits of today.
"""

from datetime import date, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid, NotFound, Refusal
from services import arrivals, posters, venues, verdicts
from services.regions import Region
from web import pages
from web.bodies import Body, form, parse
from web.context import now, region

TEMPLATE = "phone/venue/counter.html"
#: So many scans of a day stand on the page; no counter serves more.
MOST = 500
#: The link in the address is a secret, and what stands on the page is about persons, masked as they are.
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}

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
        arrival = await arrivals.check(place, venue.id, parse(request, Shown).code, now(request))
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
    """Today's visits here of a name. By post: names belong in no address; and not often, so that nobody fishes (T36)."""
    place = region(request)
    venue = await venues.by_link(place, link)
    name = parse(request, Name).name
    return await _counter(request, link, "names", name=name, named=await arrivals.of_name(place, venue.id, name, now(request)) if name else None)


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


async def _counter(request: Request, link: str, block: str, *, status: int = 200, **said: Any) -> HTTPResponse:
    """The page with what was just said on it; ``block``: the part that htmx asked about."""
    place, moment = region(request), now(request)
    venue = await venues.by_link(place, link)
    view = await venues.one(place, venue.id, moment)
    today = await arrivals.of_day(place, venue.id, _day(place, moment), moment, limit=MOST)
    shown = {"checked": None, "refused": None, "undoing": None, "undone": None, "errors": {}, "typed": {}, "name": "", "named": None} | said
    return pages.render(
        request, TEMPLATE, status, block=block, headers=PRIVATE, here=f"/{place.code}/at/{link}", view=view, arrivals=today,
        words=verdicts.WORDS, live=f"/{place.code}/live?topics=venue:{venue.id}&link={link}",
        boards=[board for board in view.boards if board.revoked_at is None], **shown)


def _day(place: Region, moment: datetime) -> date:
    return moment.astimezone(place.profile.tz).date()
