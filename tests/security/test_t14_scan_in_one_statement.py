"""T14, R9: the scan checks its session in its own statement, and refuses whom every other route refuses, in the same words, without a trace."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sanic import Blueprint, HTTPResponse, Request, Sanic, text

from app import create_app
from config import clock
from config.settings import settings
from models.account import Account
from models.database import execute, rows
from models.visit import Visit
from services import accounts, sessions
from services.regions import Region
from tests import builders
from tests.acceptance.api import Api
from tests.acceptance.test_api_visits import a_board_always_open, scanned
from web import access


async def a_holder() -> tuple[Account, str]:
    card = await builders.a_card(level="c")
    holder = await Account.find(card.region, card.holder_id)
    return holder, await builders.a_session(holder, "mini")


async def logged_out(region: Region, holder: Account, token: str) -> None:
    await sessions.end(sessions.hash_token(token), clock.now())


async def suspended(region: Region, holder: Account, token: str) -> None:
    await accounts.suspend(region, builders.system(region.code), holder.id, "停用", clock.now())


async def idle(region: Region, holder: Account, token: str) -> None:
    await _session(token, clock.now() - timedelta(minutes=settings().session_idle_minutes), "seen_at")


async def aged(region: Region, holder: Account, token: str) -> None:
    await _session(token, clock.now(), "ends_at")


async def owing_terms(region: Region, holder: Account, token: str) -> None:
    await Account.of(region.code, id=holder.id).update(terms_version="an older one")


async def _session(token: str, at: Any, column: str) -> None:
    assert column in {"seen_at", "ends_at"}
    await execute(f"UPDATE session SET {column} = $2 WHERE token_hash = $1", sessions.hash_token(token), at)


@pytest.mark.req("T14", "R9")
@pytest.mark.parametrize("happens", [logged_out, suspended, idle, aged, owing_terms])
@pytest.mark.parametrize("body", ["a scan", "nonsense"])
async def test_who_may_not_come_in_is_refused_as_everywhere_and_nothing_is_kept(
        client: httpx.AsyncClient, region: Region, happens: Callable[[Region, Account, str], Awaitable[None]], body: str) -> None:
    holder, token = await a_holder()
    api, scan = Api(client, region.code, token), {"code": scanned(await a_board_always_open()), "nonce": str(uuid4())}
    assert (await api.post("visits", {**scan, "nonce": str(uuid4())})).status_code == 201
    await happens(region, holder, token)
    elsewhere, here = await api.get("visits"), await api.post("visits", scan if body == "a scan" else {"companions": "?"})
    assert (here.status_code, here.json()["error"]["code"]) == (elsewhere.status_code, elsewhere.json()["error"]["code"])
    assert here.status_code in (401, 403)
    assert await Visit.of(region.code, holder_id=holder.id).count() == 1
    assert [one["used"] for one in await rows("SELECT used FROM quota_use WHERE region = $1", region.code)] == [1]


@pytest.mark.req("T03", "T14")
@pytest.mark.parametrize(("make", "status"), [(builders.a_staff, 403), (None, 401)], ids=["staff", "nobody"])
async def test_who_is_no_talent_hears_so_before_anything_else(client: httpx.AsyncClient, region: Region, make: Any, status: int) -> None:
    api = Api(client, region.code, await builders.a_session(await make(), "mini") if make else "never a token")
    for body in ({"code": scanned(await a_board_always_open()), "nonce": str(uuid4())}, {"nonsense": 1}):
        assert (await api.post("visits", body)).status_code == status
    assert await Visit.of(region.code).count() == 0


@pytest.mark.req("T14")
async def test_a_scan_keeps_its_session_awake(client: httpx.AsyncClient, region: Region) -> None:
    _, token = await a_holder()
    before = clock.now() - timedelta(minutes=2)
    await _session(token, before, "seen_at")
    scan = {"code": scanned(await a_board_always_open()), "nonce": str(uuid4())}
    assert (await Api(client, region.code, token).post("visits", scan)).status_code == 201
    found = await rows("SELECT seen_at FROM session WHERE token_hash = $1", sessions.hash_token(token))
    assert found[0]["seen_at"] > before


@pytest.mark.req("T03")
def test_a_route_that_leaves_the_session_to_a_verb_which_does_not_prove_it_stops_the_start() -> None:
    app = create_app(settings(), "greenlane-unproved")
    Sanic.unregister_app(app)
    careless = Blueprint("careless")

    @careless.post("/<region:str>/api/careless", ctx_permission="talent", ctx_session=access.IN_STATEMENT)
    async def handler(request: Request) -> HTTPResponse:
        return text("")

    app.blueprint(careless)
    with pytest.raises(access.UndeclaredRoute, match="careless"):
        access.check_routes(app)


@pytest.mark.req("T03", "T14")
async def test_a_handler_that_proves_nothing_answers_nobody(probe: httpx.AsyncClient, region: Region) -> None:
    """The floor looks again before the answer goes out, whatever the verb forgot."""
    token = await builders.a_session(await builders.a_talent(), "mini")
    answer = await probe.post(f"/{region.code}/api/probe/forgetful", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, "nobody" in answer.text) == (401, False)
