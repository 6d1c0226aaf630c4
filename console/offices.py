"""The tree of offices 机构管理, as a region's administrator keeps it: added, renamed, moved, closed, and who works there."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid
from config.vocabulary import OrganisationKind
from console import shell
from services import accounts, organisations
from services.accounts import Sought
from services.organisations import MANAGE
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

MOST_PEOPLE = 100
blueprint = Blueprint("desk_offices", url_prefix="/<region:str>/console/organisations")


class Asked(shell.Asked):
    words: str = Field("", max_length=40)
    closed: Literal["", "yes"] = ""


@blueprint.get("/", ctx_permission=MANAGE)
async def every(request: Request) -> HTTPResponse:
    asked = query(request, Asked)
    found = await organisations.tree(region(request), actor(request), asked.words, closed=asked.closed == "yes")
    return await shell.page(request, "organisations.html", asked=asked, found=found)


class OfficeForm(Body):
    """``in_charge_of``: one title a line."""

    name: str = Field(min_length=2, max_length=60)
    parent: UUID | None = None
    district: str | None = Field(None, max_length=48)
    contact: str = Field("", max_length=40)
    phone: str = Field("", max_length=30)
    address: str = Field("", max_length=120)
    in_charge_of: str = Field("", max_length=4000)

    def columns(self) -> dict[str, Any]:
        titles = list(dict.fromkeys(line.strip() for line in self.in_charge_of.splitlines() if line.strip()))
        given = self.model_dump(include={"name", "district", "contact", "phone", "address"})
        return given | {"parent_id": self.parent, "in_charge_of": titles}


class NewForm(OfficeForm):
    kind: OrganisationKind


class EditForm(OfficeForm):
    seen: int


class NewAsked(shell.Asked):
    parent: UUID | None = None
    kind: str = Field("", max_length=20)


@blueprint.get("/new", ctx_permission=MANAGE)
async def new(request: Request) -> HTTPResponse:
    asked = query(request, NewAsked)
    return await _new(request, typed={"parent": str(asked.parent or ""), "kind": asked.kind})


@blueprint.post("/new", ctx_permission=MANAGE)
@once
async def add(request: Request) -> HTTPResponse:
    try:
        asked = parse(request, NewForm)
        made = await organisations.add(region(request), actor(request), asked.kind, asked.columns(), now(request))
    except Invalid as refusal:
        return await _new(request, status=refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, f"organisations/{made.id}", done="office_made")


@blueprint.get("/<id:uuid>", ctx_permission=MANAGE)
async def show(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, id)


@blueprint.post("/<id:uuid>", ctx_permission=MANAGE)
@once
async def save(request: Request, id: UUID) -> HTTPResponse:
    try:
        asked = parse(request, EditForm)
        await organisations.change(region(request), actor(request), id, asked.seen, asked.columns(), now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, refusal)
    return shell.away(request, f"organisations/{id}", done="kept_at_once")


@blueprint.post("/<id:uuid>/<what:(close|reopen)>", ctx_permission=MANAGE)
@once
async def switch(request: Request, id: UUID, what: str) -> HTTPResponse:
    try:
        act = organisations.close if what == "close" else organisations.reopen
        await act(region(request), actor(request), id, now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, refusal)
    return shell.away(request, f"organisations/{id}", done="office_closed" if what == "close" else "office_open")


async def _new(request: Request, *, status: int = 200, typed: dict[str, Any], **context: Any) -> HTTPResponse:
    kinds = [(kind.value, kind.label) for kind in organisations.KINDS]
    return await shell.page(request, "organisation_new.html", status, kind_options=kinds, typed=typed, office={},
                            kept=lambda name, nothing: typed.get(name, nothing), **await _options(request), **context)


async def _page(request: Request, id: UUID, refusal: Invalid | Conflict | None = None) -> HTTPResponse:
    here, who = region(request), actor(request)
    office = await organisations.office(here, who, id)
    people = await accounts.list_staff(here, who, Sought(organisation=id), limit=MOST_PEOPLE)
    said = shell.told(refusal, form(request)) if refusal else {}
    return await shell.page(request, "organisation.html", refusal.status_code if refusal else 200, office=office, people=people,
                            hanging=await organisations.hanging(here, office), **await _options(request, id), **said)


async def _options(request: Request, id: UUID | None = None) -> dict[str, Any]:
    here = region(request)
    tree = await organisations.tree(here, actor(request))
    return {"parent_options": [(one.organisation.id, "　" * one.depth + one.organisation.name) for one in tree if one.organisation.id != id],
            "district_options": [(one.code, one.name) for one in here.profile.districts],
            "titles": [one.title for one in here.profile.honours]}
