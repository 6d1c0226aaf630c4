"""请假代办: naming who handles one's cases while one is away; for others, by whoever manages accounts."""

from datetime import date
from typing import Any
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Permission
from console import shell
from models.account import Account
from services import deputies
from web.bodies import Body, form, parse
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_deputies", url_prefix="/<region:str>/console")


class Naming(Body):
    deputy: UUID
    first: date
    last: date


@blueprint.get("/deputies", ctx_permission="staff")
async def own(request: Request) -> HTTPResponse:
    return await _page(request, _me(request))


@blueprint.post("/deputies", ctx_permission="staff")
@once
async def name(request: Request) -> HTTPResponse:
    return await _name(request, _me(request))


@blueprint.post("/deputies/<id:uuid>/end", ctx_permission="staff")
@once
async def end(request: Request, id: UUID) -> HTTPResponse:
    await deputies.end(region(request), actor(request), id, now(request))
    return shell.away(request, "deputies", done="deputy_ended")


@blueprint.get("/staff/<id:uuid>/deputies", ctx_permission=Permission.MANAGE_ACCOUNTS)
async def of_somebody(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, id)


@blueprint.post("/staff/<id:uuid>/deputies", ctx_permission=Permission.MANAGE_ACCOUNTS)
@once
async def name_for_somebody(request: Request, id: UUID) -> HTTPResponse:
    return await _name(request, id)


@blueprint.post("/staff/<id:uuid>/deputies/<which:uuid>/end", ctx_permission=Permission.MANAGE_ACCOUNTS)
@once
async def end_for_somebody(request: Request, id: UUID, which: UUID) -> HTTPResponse:
    await deputies.end(region(request), actor(request), which, now(request))
    return shell.away(request, _path(request, id), done="deputy_ended")


def _me(request: Request) -> UUID:
    mine = actor(request).account_id
    assert mine is not None  # the permission says so
    return mine


def _path(request: Request, account: UUID) -> str:
    return "deputies" if account == _me(request) else f"staff/{account}/deputies"


async def _name(request: Request, account: UUID) -> HTTPResponse:
    try:
        asked = parse(request, Naming)
        await deputies.name(region(request), actor(request), account, asked.deputy, asked.first, asked.last, now(request))
    except Invalid as refusal:
        return await _page(request, account, refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, _path(request, account), done="deputy_named")


async def _page(request: Request, account: UUID, status: int = 200, **context: Any) -> HTTPResponse:
    here = region(request)
    found = await deputies.of_account(here, account, now(request))
    return await shell.page(
        request, "deputies.html", status, away=await Account.find(here.code, account), own=account == _me(request), path=_path(request, account),
        candidates=[(one.id, f"{one.name}（{one.organisation}）") for one in await deputies.candidates(here, account)],
        standing=[one for one in found if one.account_id == account], for_others=[one for one in found if one.deputy_id == account], **context)
