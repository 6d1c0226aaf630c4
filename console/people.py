"""The unit's people (BZ-06, BZ-07, GL-07, SD-03, SD-04): persons under it, those who work for it here, and who looks after whom."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid
from config.settings import settings
from console import declared, shell
from services import accounts, bindings, invitations, registration, unit_people, units
from services.unit_people import PAGE, PersonState, Wanted
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_people", url_prefix="/<region:str>/console")


class Asked(shell.Asked):
    words: str = Field("", max_length=40)
    state: Literal["", PersonState.DRAFT, PersonState.WAITING, PersonState.RETURNED, PersonState.OPEN, PersonState.REFUSED,
                   PersonState.SUSPENDED] = ""


@blueprint.get("/people", ctx_permission="unit")
async def every(request: Request) -> HTTPResponse:
    here, who, asked = region(request), actor(request), query(request, Asked)
    found = await unit_people.of_unit(here, who, Wanted(asked.words, asked.state or None), limit=PAGE + 1, offset=(asked.page - 1) * PAGE)
    kept = asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})
    return await shell.page(
        request, "people.html", asked=asked, found=found[:PAGE], states=[(state.value, state.label) for state in PersonState],
        ways=shell.ways(request, "people", asked.page, len(found) > PAGE, kept), keeps=units.keeps_people(here, who),
        may_enrol=units.keeps_people(here, who) and _enrols(request), reviews=await unit_people.waiting(here, who),
        filing=[matter for matter in units.starts(here, who) if matter.who.about], binds=bool(bindings.specialist_roles(here)))


def _enrols(request: Request) -> bool:
    way = region(request).profile.registration.get("person")
    return way is not None and way.by_unit


@blueprint.get("/people/invitation", ctx_permission="unit")
async def invitation(request: Request) -> HTTPResponse:
    """The link by which persons register under this unit without searching for it."""
    unit = await units.overview(region(request), actor(request), now(request))
    units.require_keeper(region(request), actor(request))
    code, said = invitations.of_unit(region(request), unit.unit.id, now(request))
    return await shell.page(request, "invitation.html", found=unit, until=said.until,
                            link=invitations.link(settings().public_url, region(request).code, code))


@blueprint.get("/people/new", ctx_permission="unit")
async def new(request: Request) -> HTTPResponse:
    units.require_keeper(region(request), actor(request))
    return await _new(request, {})


@blueprint.post("/people/new", ctx_permission="unit", ctx_limit=(120, 300))
async def enrol(request: Request) -> HTTPResponse:
    """Shows the initial password, once (GL-07). No idempotency key: the answer must be kept nowhere; a second click finds the number taken."""
    fields = registration.enrolling(region(request))
    given, password = declared.typed(request, fields), accounts.one_time_password()
    try:
        made = await unit_people.enrol(region(request), actor(request), given, password, now(request))
    except Invalid as refusal:
        return await _new(request, given, refusal)
    return await _password(request, made.name, made.login_name, password, "people", "人员管理")


async def _new(request: Request, given: dict[str, Any], refusal: Invalid | None = None) -> HTTPResponse:
    errors = refusal.fields if refusal else {}
    filled = await declared.drawn(region(request), actor(request), registration.enrolling(region(request)), given, errors=errors)
    return await shell.page(request, "people_new.html", refusal.status_code if refusal else 200, filled=filled, errors=errors)


@blueprint.post("/people/<id:uuid>/password", ctx_permission="unit", ctx_limit=(30, 300))
async def renew(request: Request, id: UUID) -> HTTPResponse:
    """Another one-time password, shown once."""
    password = accounts.one_time_password()
    found = await unit_people.renew_password(region(request), actor(request), id, password, now(request))
    back = ("people", "人员管理") if found.kind == "talent" else ("colleagues", "单位用户")
    return await _password(request, found.name, found.login_name, password, *back)


async def _password(request: Request, name: str, login_name: str, password: str, back: str, where: str) -> HTTPResponse:
    return await shell.page(request, "people_password.html", name=name, login_name=login_name, password=password,
                            back=(where, shell.address(request, back)))


@blueprint.get("/colleagues", ctx_permission="unit")
async def colleagues(request: Request) -> HTTPResponse:
    return await _colleagues(request)


class Engaging(Body):
    name: str = Field(min_length=2, max_length=40)
    login_name: str = Field(min_length=4, max_length=40)
    phone: str = Field(max_length=30)
    role: str = Field(max_length=48)


@blueprint.post("/colleagues", ctx_permission="unit", ctx_limit=(60, 300))
async def engage(request: Request) -> HTTPResponse:
    password = accounts.one_time_password()
    try:
        asked = parse(request, Engaging)
        made = await unit_people.engage(region(request), actor(request), **asked.model_dump(), password=password, now=now(request))
    except Invalid as refusal:
        return await _colleagues(request, status=refusal.status_code, errors=refusal.fields, typed=form(request))
    return await _password(request, made.name, made.login_name, password, "colleagues", "单位用户")


class SwitchForm(Body):
    reason: str = Field("", max_length=200)


@blueprint.post("/colleagues/<id:uuid>/<what:(suspend|enable)>", ctx_permission="unit")
@once
async def switch(request: Request, id: UUID, what: str) -> HTTPResponse:
    try:
        await unit_people.switch(region(request), actor(request), id, stop=what == "suspend", reason=parse(request, SwitchForm).reason,
                                 now=now(request))
    except (Invalid, Conflict) as refusal:
        return await _colleagues(request, status=refusal.status_code, errors=shell.told(refusal, {})["errors"])
    return shell.away(request, "colleagues", done="suspended" if what == "suspend" else "enabled")


async def _colleagues(request: Request, *, status: int = 200, **context: Any) -> HTTPResponse:
    here = region(request)
    roles = [(code, here.profile.roles[code].name) for code in units.roles_in_units(here)]
    return await shell.page(request, "colleagues.html", status, found=await unit_people.colleagues(here, actor(request)), roles=roles,
                            own=actor(request).account_id, **context)


@blueprint.get("/bindings", ctx_permission="unit")
async def bound(request: Request) -> HTTPResponse:
    return await _bindings(request)


class BindingForm(Body):
    """``id``: the talents that were ticked; ``one``: the one whose own button was pressed."""

    id: tuple[UUID, ...] = ()
    specialist: UUID | None = None


@blueprint.post("/bindings", ctx_permission="unit")
@once
async def bind(request: Request) -> HTTPResponse:
    """Each of those who were ticked looks to this specialist from now on."""
    try:
        asked = parse(request, BindingForm)
        if not asked.id or asked.specialist is None:
            raise Invalid({"specialist": "请勾选人才，并选择服务专员。"})
        await bindings.bind_each(region(request), actor(request), asked.id, asked.specialist, now(request))
    except Invalid as refusal:
        return await _bindings(request, status=refusal.status_code, errors=refusal.fields)
    return shell.away(request, "bindings", done="bound")


async def _bindings(request: Request, *, status: int = 200, **context: Any) -> HTTPResponse:
    here, who = region(request), actor(request)
    unit = units.unit_of(who)
    binds = any(grant.role in bindings.binding_roles(here) for grant in who.grants)
    return await shell.page(request, "bindings.html", status, talents=await bindings.talents(here, who, [unit]), binds=binds,
                            specialists=await bindings.specialists(here, unit), **context)
