"""Service windows 服务窗口 (WH-54): contact, telephone, address, hours and days off, kept by city staff."""

from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid, NotFound
from config.vocabulary import Permission
from console import places, shell
from services import windows
from web.bodies import Body, form, parse
from web.context import actor, now, region
from web.idempotency import once

MANAGE = Permission.MANAGE_WINDOWS
blueprint = Blueprint("desk_windows", url_prefix="/<region:str>/console/windows")


@blueprint.get("/", ctx_permission=MANAGE)
async def every(request: Request) -> HTTPResponse:
    return await shell.page(request, "windows.html", windows=await windows.directory(region(request), now(request)))


@blueprint.get("/<id:uuid>", ctx_permission=MANAGE)
async def show(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, id)


class WindowForm(Body):
    seen: int
    contact: str = Field("", max_length=40)
    phone: str = Field("", max_length=30)
    address: str = Field("", max_length=120)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)


@blueprint.post("/<id:uuid>", ctx_permission=MANAGE)
@once
async def save(request: Request, id: UUID) -> HTTPResponse:
    await _window(request, id)
    try:
        asked = parse(request, WindowForm)
        await windows.edit_window(region(request), actor(request), id, asked.seen, asked.model_dump(exclude={"seen"}), now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, refusal)
    return shell.away(request, f"windows/{id}", done="saved")


@blueprint.post("/<id:uuid>/<what:(hours|close|reopen)>", ctx_permission=MANAGE)
@once
async def save_times(request: Request, id: UUID, what: str) -> HTTPResponse:
    """Hours, a day off, or a day off taken back."""
    await _window(request, id)
    try:
        await {"hours": places.save_hours, "close": places.close_on, "reopen": places.open_again}[what](request, {"organisation_id": id}, MANAGE)
    except Invalid as refusal:
        return await _page(request, id, refusal)
    return shell.away(request, f"windows/{id}", done="saved")


async def _window(request: Request, id: UUID) -> windows.Window:
    """Raises :class:`NotFound` for an organisation that is no window."""
    found = next((one for one in await windows.directory(region(request), now(request)) if one.organisation.id == id), None)
    if found is None:
        raise NotFound
    return found


async def _page(request: Request, id: UUID, refusal: Invalid | Conflict | None = None) -> HTTPResponse:
    view = await _window(request, id)
    said = shell.told(refusal, form(request)) if refusal else {}
    return await shell.page(request, "window.html", refusal.status_code if refusal else 200, view=view, window=view.organisation,
                            **await places.hours_and_days(request, {"organisation_id": id}), **said)
