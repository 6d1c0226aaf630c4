"""The catalogue 服务目录 (WH-50) as city staff keep it."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid
from config.vocabulary import Permission
from console import shell
from services import catalogue, windows
from web.bodies import Body, form, parse
from web.context import actor, now, region
from web.idempotency import once

MANAGE = Permission.MANAGE_CATALOGUE
blueprint = Blueprint("desk_catalogue", url_prefix="/<region:str>/console/catalogue")


@blueprint.get("/", ctx_permission=MANAGE)
async def every(request: Request) -> HTTPResponse:
    return await shell.page(request, "catalogue.html", shelves=await catalogue.every(region(request)))


@blueprint.get("/<id:uuid>", ctx_permission=MANAGE)
async def show(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, id)


class ServiceForm(Body):
    """``materials``: one a line. ``windows``: none is all of them."""

    seen: int
    name: str = Field(min_length=2, max_length=40)
    icon: str = Field("star", max_length=48, pattern=r"^[a-z0-9-]+$")
    position: int = Field(0, ge=0, le=999)
    summary: str = Field(min_length=2, max_length=120)
    for_whom: str = Field("", max_length=200)
    guide: str = Field(min_length=2, max_length=4000)
    materials: str = Field("", max_length=2000)
    takes: str = Field("", max_length=120)
    levels: tuple[str, ...] = ()
    bookable: Literal["", "yes"] = ""
    used_at: str = Field("", max_length=48)
    state: Literal["active", "withdrawn"]
    windows: tuple[UUID, ...] = ()
    slot_minutes: int | None = Field(None, ge=5, le=480)
    slot_capacity: int | None = Field(None, ge=1, le=1000)
    slot_days_ahead: int | None = Field(None, ge=1, le=90)

    def changes(self) -> dict[str, Any]:
        """Columns of a service."""
        lines = [line.strip() for line in self.materials.splitlines() if line.strip()]
        return self.model_dump(exclude={"seen", "windows"}) | {"materials": lines, "levels": list(self.levels), "bookable": self.bookable == "yes"}


@blueprint.post("/<id:uuid>", ctx_permission=MANAGE)
@once
async def save(request: Request, id: UUID) -> HTTPResponse:
    try:
        asked = parse(request, ServiceForm)
        if asked.used_at not in {"", *(category.code for category in region(request).profile.venue_categories)}:
            raise Invalid({"used_at": "请从给出的选项中选择。"})
        await catalogue.keep_service(region(request), actor(request), id, asked.seen, asked.changes(), list(asked.windows),
                                     now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, **shell.told(refusal, form(request, ServiceForm)))
    return shell.away(request, f"catalogue/{id}", done="saved")


async def _page(request: Request, id: UUID, *, status: int = 200, **context: Any) -> HTTPResponse:
    here = region(request)
    service = await catalogue.one(here, id)
    return await shell.page(
        request, "service.html", status, service=service, level_options=shell.level_options(request),
        venue_options=[("", "不在场所使用")] + [(category.code, category.name) for category in here.profile.venue_categories],
        chosen_windows=[str(id) for id in await catalogue.chosen_windows(here, service)],
        window_options=[(str(one.organisation.id), one.organisation.name) for one in await windows.directory(here, now(request))], **context)
