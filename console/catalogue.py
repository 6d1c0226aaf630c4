"""The catalogue 服务目录 (WH-50) as city staff keep it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid
from config.vocabulary import Permission
from console import shell
from console.wording import icon_options
from services import catalogue, catalogue_keeping, windows
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

MANAGE = Permission.MANAGE_CATALOGUE
blueprint = Blueprint("desk_catalogue", url_prefix="/<region:str>/console/catalogue")
Icon = Annotated[str, Field(max_length=48, pattern=r"^[a-z0-9-]+$")]


@blueprint.get("/", ctx_permission=MANAGE)
async def every(request: Request) -> HTTPResponse:
    return await shell.page(request, "catalogue.html", shelves=await catalogue.every(region(request)))


class CategoryForm(Body):
    """``position``: none is behind the others."""

    name: str = Field(min_length=2, max_length=20)
    icon: Icon = "star"
    position: int | None = Field(None, ge=0, le=999)


class EditCategoryForm(CategoryForm):
    seen: int
    state: Literal["active", "withdrawn"]


@blueprint.get("/categories/new", ctx_permission=MANAGE)
async def new_category(request: Request) -> HTTPResponse:
    return await _new_category(request, typed={})


@blueprint.post("/categories/new", ctx_permission=MANAGE)
@once
async def add_category(request: Request) -> HTTPResponse:
    try:
        await catalogue_keeping.add_category(region(request), actor(request), parse(request, CategoryForm).model_dump(), now(request))
    except Invalid as refusal:
        return await _new_category(request, status=refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, "catalogue", done="category_made")


async def _new_category(request: Request, *, status: int = 200, typed: dict[str, Any], **context: Any) -> HTTPResponse:
    return await shell.page(request, "category.html", status, category=None, typed=typed, kept=lambda name, nothing: typed.get(name, nothing),
                            icon_options=icon_options(typed.get("icon", "star")), **context)


@blueprint.get("/categories/<id:uuid>", ctx_permission=MANAGE)
async def show_category(request: Request, id: UUID) -> HTTPResponse:
    return await _category(request, id)


@blueprint.post("/categories/<id:uuid>", ctx_permission=MANAGE)
@once
async def save_category(request: Request, id: UUID) -> HTTPResponse:
    try:
        asked = parse(request, EditCategoryForm)
        await catalogue_keeping.edit_category(region(request), actor(request), id, asked.seen, asked.model_dump(exclude={"seen"}), now(request))
    except (Invalid, Conflict) as refusal:
        return await _category(request, id, status=refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, "catalogue", done="saved")


async def _category(request: Request, id: UUID, *, status: int = 200, **context: Any) -> HTTPResponse:
    category = await catalogue_keeping.category(region(request), id)
    return await shell.page(request, "category.html", status, category=category, icon_options=icon_options(category.icon), **context)


class NewServiceForm(Body):
    """``materials``: one a line. ``windows``: none is all of them. ``position``: none is behind the others of its category."""

    name: str = Field(min_length=2, max_length=40)
    category_id: UUID
    icon: Icon = "star"
    position: int | None = Field(None, ge=0, le=999)
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

    def columns(self) -> dict[str, Any]:
        """Columns of a service."""
        lines = [line.strip() for line in self.materials.splitlines() if line.strip()]
        given = self.model_dump(exclude={"seen", "windows"})
        return given | {"materials": lines, "levels": list(self.levels), "bookable": self.bookable == "yes"}


class ServiceForm(NewServiceForm):
    seen: int


class NewAsked(shell.Asked):
    category: UUID | None = None


@blueprint.get("/new", ctx_permission=MANAGE)
async def new(request: Request) -> HTTPResponse:
    return await _new(request, typed={"category_id": str(query(request, NewAsked).category or ""), "state": "active", "bookable": "yes"})


@blueprint.post("/new", ctx_permission=MANAGE)
@once
async def add(request: Request) -> HTTPResponse:
    try:
        asked = parse(request, NewServiceForm)
        made = await catalogue_keeping.add_service(region(request), actor(request), asked.columns(), asked.windows, now(request))
    except Invalid as refusal:
        return await _new(request, status=refusal.status_code, **shell.told(refusal, form(request, NewServiceForm)))
    return shell.away(request, f"catalogue/{made.id}", done="service_made")


@blueprint.get("/<id:uuid>", ctx_permission=MANAGE)
async def show(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, id)


@blueprint.post("/<id:uuid>", ctx_permission=MANAGE)
@once
async def save(request: Request, id: UUID) -> HTTPResponse:
    try:
        asked = parse(request, ServiceForm)
        await catalogue_keeping.keep_service(region(request), actor(request), id, asked.seen, asked.columns(), asked.windows, now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, **shell.told(refusal, form(request, ServiceForm)))
    return shell.away(request, f"catalogue/{id}", done="saved")


async def _new(request: Request, *, status: int = 200, typed: dict[str, Any], **context: Any) -> HTTPResponse:
    return await shell.page(request, "service.html", status, service=None, typed=typed, kept=lambda name, nothing: typed.get(name, nothing),
                            chosen_windows=[], icon_options=icon_options(typed.get("icon", "star")), **await _options(request), **context)


async def _page(request: Request, id: UUID, *, status: int = 200, **context: Any) -> HTTPResponse:
    here = region(request)
    service = await catalogue.one(here, id)
    return await shell.page(
        request, "service.html", status, service=service, icon_options=icon_options(service.icon),
        chosen_windows=[str(id) for id in await catalogue.chosen_windows(here, service)], **await _options(request), **context)


async def _options(request: Request) -> dict[str, Any]:
    here = region(request)
    return {
        "level_options": shell.level_options(request),
        "category_options": [(shelf.category.id, shelf.category.name) for shelf in await catalogue.every(here)],
        "venue_options": [("", "不在场所使用")] + [(category.code, category.name) for category in here.profile.venue_categories],
        "window_options": [(str(one.organisation.id), one.organisation.name) for one in await windows.directory(here, now(request))]}
