"""A product with a few routes of the tests' own, to look at the floor alone: the floor does not know which pages stand on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request, json, text

from app import create_app
from config.settings import settings
from config.vocabulary import Permission
from models.database import execute, new_id, transaction
from services.verbs import verb
from tests.conftest import serving
from web import access
from web.bodies import Body, page, parse
from web.context import actor, region
from web.idempotency import once


class Thing(Body):
    name: str
    number: int = 0


@verb
async def make_thing(region_code: str, name: str, pause: float = 0.0) -> UUID:
    """One effect that can be counted: a category of the catalogue."""
    id = new_id()
    async with transaction():
        await execute("INSERT INTO category (region, id, code, name) VALUES ($1, $2, $3, $4)", region_code, id, f"thing_{id.hex}", name)
        if pause:
            await execute("SELECT pg_sleep($1)", pause)
    return id


def blueprint() -> Blueprint:
    """Routes of every kind of permission, under both faces and the API."""
    probe = Blueprint("probe")

    @probe.post("/<region:str>/api/probe/forgetful", ctx_permission="talent", ctx_session=access.IN_STATEMENT, ctx_unconfirmed=True)
    @access.proving
    async def forgetful(request: Request) -> HTTPResponse:
        return text("what nobody may read")

    @probe.get("/<region:str>/probe/public", ctx_permission="public")
    async def public(request: Request) -> HTTPResponse:
        return json({"csrf": request.ctx.csrf, "region": region(request).code, "address": request.ctx.address})

    @probe.get("/<region:str>/probe/form", ctx_permission="public")
    async def show_form(request: Request) -> HTTPResponse:
        return HTTPResponse(request.ctx.csrf, content_type="text/html")

    @probe.get("/<region:str>/probe/me", ctx_permission="person")
    async def me(request: Request) -> HTTPResponse:
        return text(actor(request).name)

    @probe.get("/<region:str>/console/probe/staff", ctx_permission="staff")
    async def staff_only(request: Request) -> HTTPResponse:
        return text(actor(request).name)

    @probe.get("/<region:str>/console/probe/accounts", ctx_permission=Permission.MANAGE_ACCOUNTS)
    async def accounts_only(request: Request) -> HTTPResponse:
        return text(actor(request).name)

    @probe.post("/<region:str>/probe/things", ctx_permission="person")
    @once
    async def make(request: Request) -> HTTPResponse:
        asked = parse(request, Thing)
        id = await make_thing(region(request).code, asked.name, asked.number / 1000)
        return json({"id": str(id)}, status=201)

    @probe.post("/<region:str>/probe/open", ctx_permission="public")
    async def open_form(request: Request) -> HTTPResponse:
        return json({"name": parse(request, Thing).name})

    @probe.get("/<region:str>/api/probe/me", ctx_permission="person")
    async def api_me(request: Request) -> HTTPResponse:
        return json({"name": actor(request).name})

    @probe.post("/<region:str>/api/probe/things", ctx_permission="person")
    @once
    async def api_make(request: Request) -> HTTPResponse:
        asked = parse(request, Thing)
        return json({"id": str(await make_thing(region(request).code, asked.name, asked.number / 1000))}, status=201)

    @probe.get("/<region:str>/api/probe/pages", ctx_permission="public")
    async def pages(request: Request) -> HTTPResponse:
        asked = page(request)
        return json([asked.number, asked.size])

    @probe.get("/<region:str>/probe/limited", ctx_permission="public", ctx_limit=(5, 60))
    async def limited(request: Request) -> HTTPResponse:
        return text("in")

    @probe.get("/<region:str>/probe/broken", ctx_permission="public")
    async def broken(request: Request) -> HTTPResponse:
        await asyncio.sleep(0)
        raise LookupError("the cause: 19900001234 in /srv/secret")

    return probe


@asynccontextmanager
async def probed(name: str) -> AsyncIterator[str]:
    """The product with the probe's routes, served; its address."""
    app = create_app(settings(), name)
    app.blueprint(blueprint())
    access.check_routes(app)
    async with serving(app) as address:
        yield address
