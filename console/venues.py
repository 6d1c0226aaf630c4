"""Venues 服务场所: their facts, hours, boards and link; and the matrix of what each card level may use."""

from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid, NotFound
from config.settings import settings
from config.vocabulary import Permission
from console import places, shell
from services import posters, venues, windows
from services.cases.calendar import WEEKDAYS
from services.venues import Gives
from web.bodies import FLOOR_FIELDS, SENTENCES, Body, check, form, parse
from web.context import actor, now, region
from web.idempotency import once

MANAGE = Permission.MANAGE_VENUES
blueprint = Blueprint("desk_venues", url_prefix="/<region:str>/console")


@blueprint.get("/venues", ctx_permission=MANAGE)
async def every(request: Request) -> HTTPResponse:
    return await shell.page(request, "venues.html", views=await venues.every(region(request), now(request)))


@blueprint.get("/venues/<id:uuid>", ctx_permission=MANAGE)
async def show(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, id)


class Facts(Body):
    """What people read of a venue."""

    name: str = Field(min_length=2, max_length=60)
    category: str = Field(max_length=48)
    address: str = Field(min_length=2, max_length=120)
    phone: str = Field("", max_length=30)
    operator_id: UUID | None = None
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)


class NewForm(Facts, places.HoursForm):
    def columns(self) -> dict[str, Any]:
        return self.model_dump(include=set(Facts.model_fields))


class VenueForm(Facts):
    seen: int
    state: Literal["open", "closed"]


@blueprint.get("/venues/new", ctx_permission=MANAGE)
async def new(request: Request) -> HTTPResponse:
    return await _new(request, typed={f"day_{day}": text for day, text in windows.office_hours(region(request)).items()})


@blueprint.post("/venues/new", ctx_permission=MANAGE)
@once
async def add(request: Request) -> HTTPResponse:
    try:
        asked = parse(request, NewForm)
        made = await venues.add(region(request), actor(request), asked.columns(), asked.by_day(), now(request))
    except Invalid as refusal:
        return await _new(request, status=refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, f"venues/{made.id}", done="venue_made")


@blueprint.post("/venues/<id:uuid>", ctx_permission=MANAGE)
@once
async def save(request: Request, id: UUID) -> HTTPResponse:
    try:
        asked = parse(request, VenueForm)
        await venues.edit_venue(region(request), actor(request), id, asked.seen, asked.model_dump(exclude={"seen"}), now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, refusal)
    return shell.away(request, f"venues/{id}", done="saved")


@blueprint.post("/venues/<id:uuid>/<what:(hours|close|reopen)>", ctx_permission=MANAGE)
@once
async def save_times(request: Request, id: UUID, what: str) -> HTTPResponse:
    """Hours, a day off, or a day off taken back."""
    await venues.one(region(request), id, now(request))
    try:
        await {"hours": places.save_hours, "close": places.close_on, "reopen": places.open_again}[what](request, {"venue_id": id}, MANAGE)
    except Invalid as refusal:
        return await _page(request, id, refusal)
    return shell.away(request, f"venues/{id}", done="saved")


class IssueForm(Body):
    place: str = Field("", max_length=40)


@blueprint.post("/venues/<id:uuid>/boards", ctx_permission=MANAGE)
@once
async def issue(request: Request, id: UUID) -> HTTPResponse:
    await venues.issue_board(region(request), actor(request), id, parse(request, IssueForm).place, now(request))
    return shell.away(request, f"venues/{id}", done="issued")


class RevokeForm(Body):
    reason: str = Field("", max_length=100)
    replace: Literal["", "yes"] = ""


@blueprint.post("/venues/<id:uuid>/boards/<board:uuid>/revoke", ctx_permission=MANAGE)
@once
async def revoke(request: Request, id: UUID, board: UUID) -> HTTPResponse:
    """Stop a board, and make its successor when asked to."""
    try:
        asked = parse(request, RevokeForm)
        made = await venues.revoke_board(region(request), actor(request), board, asked.reason, now(request), replace=asked.replace == "yes")
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, refusal)
    return shell.away(request, f"venues/{id}", done="replaced" if made else "revoked")


@blueprint.get("/venues/<id:uuid>/boards/<board:uuid>/poster/<kind:(pdf|png|svg)>", ctx_permission=MANAGE, ctx_limit=(60, 60))
async def poster(request: Request, id: UUID, board: UUID, kind: posters.Form) -> HTTPResponse:
    view = await venues.one(region(request), id, now(request))
    serial = next((one.serial for one in view.boards if one.id == board), None)
    if serial is None:
        raise NotFound
    drawn = await posters.draw(region(request), board, kind, now(request))
    name = f"attachment; filename=\"board-{serial:05d}.{kind}\"; filename*=UTF-8''{quote(f'{view.venue.name}引导图_{serial:05d}.{kind}')}"
    return HTTPResponse(drawn, content_type=posters.CONTENT_TYPES[kind], headers={"Content-Disposition": name, "Cache-Control": "no-store"})


@blueprint.post("/venues/<id:uuid>/link", ctx_permission=MANAGE)
@once
async def renew_link(request: Request, id: UUID) -> HTTPResponse:
    await venues.renew_link(region(request), actor(request), id, now(request))
    return shell.away(request, f"venues/{id}", done="renewed")


async def _new(request: Request, *, status: int = 200, typed: dict[str, Any], **context: Any) -> HTTPResponse:
    return await shell.page(request, "venue_new.html", status, typed=typed, venue={}, kept=lambda name, nothing: typed.get(name, nothing),
                            weekdays=WEEKDAYS, **await _options(request), **context)


async def _options(request: Request) -> dict[str, Any]:
    return {"category_options": [(category.code, category.name) for category in region(request).profile.venue_categories],
            "operator_options": await shell.organisation_options(request)}


async def _page(request: Request, id: UUID, refusal: Invalid | Conflict | None = None) -> HTTPResponse:
    here = region(request)
    view, found = await venues.one(here, id, now(request)), await venues.benefits(here)
    said = shell.told(refusal, form(request)) if refusal else {}
    return await shell.page(
        request, "venue.html", refusal.status_code if refusal else 200, view=view, venue=view.venue,
        given={level.name: found.get((view.venue.category, level.code)) for level in here.profile.card.levels}, **await _options(request),
        link=venues.link_of(here.code, view.venue, settings().public_url), **await places.hours_and_days(request, {"venue_id": id}), **said)


@blueprint.get("/benefits", ctx_permission=MANAGE)
async def benefits(request: Request) -> HTTPResponse:
    return await _matrix(request)


@blueprint.post("/benefits", ctx_permission=MANAGE)
@once
async def save_benefits(request: Request) -> HTTPResponse:
    typed = form(request)
    try:
        wanted = _read_matrix(request, typed)
        await venues.set_benefits(region(request), actor(request), wanted, check(Seen, {"seen": typed.get("seen")}).seen, now(request))
    except (Invalid, Conflict) as refusal:
        return await _matrix(request, status=refusal.status_code, **shell.told(refusal, typed))
    return shell.away(request, "benefits", done="saved")


class Seen(Body):
    """What stood on the page (``venues.edition``)."""

    seen: int


def _read_matrix(request: Request, typed: dict[str, str]) -> dict[tuple[str, str], Gives]:
    """``yearly.{category}.{level}`` (empty: without limit) and ``companions.…`` of every cell that came along; one that did not stays as it is.

    Raises :class:`Invalid` for what is no number, and for a field that is no cell.
    """
    sent: dict[str, Any] = request.get_form(keep_blank_values=True) or {}  # an empty cell says something here, a missing one must not
    profile, unknown = region(request).profile, set(sent) - FLOOR_FIELDS - {"seen"}
    wrong: dict[str, str] = {}
    cells: dict[tuple[str, str], Gives] = {}
    for category in profile.venue_categories:
        for level in profile.card.levels:
            names = f"yearly.{category.code}.{level.code}", f"companions.{category.code}.{level.code}"
            if not set(names) <= unknown:  # half a cell is left over, and refused below
                continue
            unknown -= set(names)
            yearly, companions = (typed.get(name, "") for name in names)
            if not (yearly.isascii() and companions.isascii() and (not yearly or yearly.isdigit()) and (not companions or companions.isdigit())):
                wrong[names[0]] = f"{category.name} · {level.name}：请填写整数，次数留空表示不限。"
                continue
            cells[category.code, level.code] = Gives(int(yearly) if yearly else None, int(companions or 0))
    if wrong := wrong | dict.fromkeys(unknown, SENTENCES["extra_forbidden"]):
        raise Invalid(wrong)
    return cells


async def _matrix(request: Request, *, status: int = 200, **context: Any) -> HTTPResponse:
    profile, known = region(request).profile, await venues.benefits(region(request))
    return await shell.page(request, "benefits.html", status, categories=profile.venue_categories, levels=profile.card.levels, known=known,
                            seen=venues.edition(known.values()), **context)
