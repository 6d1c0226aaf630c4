"""Accounts of staff: made with a one-time password, given roles, stopped, resumed, and let in again when a password is lost."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid
from config.vocabulary import Permission
from console import shell
from models.account import AccountState
from services import accounts, organisations, staff_details
from services.accounts import RoleIn, Sought
from services.masking import masked_phone
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

PAGE = 50
STATES = [(state.value, state.label) for state in (AccountState.ACTIVE, AccountState.SUSPENDED)]
MANAGE = Permission.MANAGE_ACCOUNTS
blueprint = Blueprint("desk_staff", url_prefix="/<region:str>/console/staff")


class Asked(shell.Asked):
    words: str = Field("", max_length=40)
    organisation: UUID | None = None
    role: str = Field("", max_length=48)
    state: Literal["", AccountState.ACTIVE, AccountState.SUSPENDED] = ""


@blueprint.get("/", ctx_permission=MANAGE)
async def every(request: Request) -> HTTPResponse:
    asked = query(request, Asked)
    sought = Sought(asked.words, asked.organisation, asked.role, asked.state)
    found = await accounts.list_staff(region(request), actor(request), sought, offset=(asked.page - 1) * PAGE, limit=PAGE + 1)
    kept = asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})
    return await shell.page(
        request, "staff.html", asked=asked, found=found[:PAGE], ways=shell.ways(request, "staff", asked.page, len(found) > PAGE, kept),
        names=await organisations.names(region(request)), organisation_options=await shell.organisation_options(request),
        role_options=shell.role_options(request), state_options=STATES)


class NewForm(Body):
    name: str = Field(min_length=2, max_length=40)
    login_name: str = Field(min_length=2, max_length=40)
    phone: str = Field(max_length=30)
    organisation: UUID
    role: str = Field(max_length=48)


class NewAsked(shell.Asked):
    organisation: UUID | None = None


@blueprint.get("/new", ctx_permission=MANAGE)
async def new(request: Request) -> HTTPResponse:
    chosen = query(request, NewAsked).organisation
    return await _new(request, typed={"organisation": str(chosen or "")})


@blueprint.post("/new", ctx_permission=MANAGE)
async def create(request: Request) -> HTTPResponse:
    """Shows the one-time password, once. Without an idempotency key: the answer must be kept nowhere; a second click finds the name taken."""
    password = accounts.one_time_password()
    try:
        asked = parse(request, NewForm)
        made = await accounts.create_staff(region(request), actor(request), login_name=asked.login_name, name=asked.name, phone=asked.phone,
                                           roles=[RoleIn(asked.organisation, asked.role)], now=now(request), password=password,
                                           one_time=True)
    except Invalid as refusal:
        return await _new(request, status=refusal.status_code, errors=refusal.fields, typed=form(request))
    return await shell.page(request, "one_time_password.html", account=made, password=password, fresh=True)


@blueprint.get("/<id:uuid>", ctx_permission=MANAGE)
async def show(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, id)


class RoleForm(Body):
    organisation: UUID
    role: str = Field(max_length=48)
    starts_on: date | None = None
    ends_on: date | None = None


@blueprint.post("/<id:uuid>/<what:(grant|end)>", ctx_permission=MANAGE)
@once
async def change_roles(request: Request, id: UUID, what: str) -> HTTPResponse:
    try:
        asked = parse(request, RoleForm)
        act = accounts.grant if what == "grant" else accounts.end_grant
        await act(region(request), actor(request), id, RoleIn(asked.organisation, asked.role, asked.ends_on, asked.starts_on), now(request))
    except Invalid as refusal:
        return await _page(request, id, status=refusal.status_code, errors=refusal.fields, typed=form(request))
    return shell.away(request, f"staff/{id}", done="granted" if what == "grant" else "ended")


class DetailsForm(Body):
    """``phone``: another one, if any."""

    seen: int
    name: str = Field(max_length=60)
    phone: str = Field("", max_length=30)


@blueprint.post("/<id:uuid>/details", ctx_permission=MANAGE)
@once
async def correct(request: Request, id: UUID) -> HTTPResponse:
    try:
        asked = parse(request, DetailsForm)
        await staff_details.correct(region(request), actor(request), id, name=asked.name, phone=asked.phone, seen=asked.seen, now=now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, f"staff/{id}", done="details_kept")


class SwitchForm(Body):
    reason: str = Field("", max_length=200)


@blueprint.post("/<id:uuid>/<what:(suspend|enable)>", ctx_permission=MANAGE)
@once
async def switch(request: Request, id: UUID, what: str) -> HTTPResponse:
    try:
        act = accounts.suspend if what == "suspend" else accounts.enable
        await act(region(request), actor(request), id, parse(request, SwitchForm).reason, now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, f"staff/{id}", done="suspended" if what == "suspend" else "enabled")


@blueprint.post("/<id:uuid>/password", ctx_permission=MANAGE)
async def reset(request: Request, id: UUID) -> HTTPResponse:
    """Shows another one-time password, once; as for :func:`create`, its answer is kept nowhere."""
    password = await accounts.reset_password(region(request), actor(request), id, now(request))
    return await shell.page(request, "one_time_password.html", account=await accounts.staff(region(request), id), password=password, fresh=False)


async def _new(request: Request, *, status: int = 200, **context: Any) -> HTTPResponse:
    return await shell.page(request, "staff_new.html", status, organisation_options=await shell.organisation_options(request),
                            role_options=shell.role_options(request), **context)


async def _page(request: Request, id: UUID, *, status: int = 200, **context: Any) -> HTTPResponse:
    here = region(request)
    account = await accounts.staff(here, id)
    grants = await accounts.grants_of(here, id)
    return await shell.page(
        request, "staff_one.html", status, account=account, granted=[one for one in grants if one.ended_at is None],
        over=[one for one in grants if one.ended_at is not None], to_come=await accounts.roles_to_come(here, id),
        names=await organisations.names(here),
        organisation_options=await shell.organisation_options(request), role_options=shell.role_options(request), roles=here.profile.roles,
        phone=masked_phone(account.phone), own=account.id == actor(request).account_id, **context)
