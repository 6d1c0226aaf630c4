"""T03: every route says who may come in, and nobody else does."""

import re
from collections.abc import Iterator

import httpx
import pytest
from sanic import Blueprint, HTTPResponse, Request, Sanic, text
from sanic_routing.route import Route

from app import create_app
from config.profile import Profile
from config.settings import settings
from config.vocabulary import Permission
from models.account import Account
from services import regions
from services.regions import Region
from tests import builders, office
from web import access

NOWHERE = "01970000-0000-7000-8000-000000000000"
PERSONAS = ("nobody", "talent", "clerk", "city staff", "unit leader")
FREE = {"public", "venue"}


def routes() -> Iterator[tuple[Route, str]]:
    """Every route of the product that lies in a region, with each of its methods."""
    app = create_app(settings(), "greenlane-walk")
    Sanic.unregister_app(app)
    for route in app.router.routes:
        if route.path.startswith("<region"):
            yield from ((route, method) for method in sorted(route.methods))


def address(route: Route, region: str) -> str:
    """A path that the route answers: nobody's id, the first word of a choice."""
    def fill(found: re.Match[str]) -> str:
        name, kind = found[1], found[2]
        if name == "region":
            return region
        return {"uuid": NOWHERE, "int": "1"}.get(kind) or (kind[1:].split("|")[0].rstrip(")") if kind.startswith("(") else "none")

    return "/" + re.sub(r"<(\w+):?([^>]*)>", fill, route.path)


def may(permission: object, persona: str, account: Account | None, roles: dict[str, str], profile: Profile) -> bool:
    """What the route's own word means, said a second time."""
    if permission in FREE:
        return True
    if account is None:
        return False
    if permission == "person":
        return True
    if permission == "talent":
        return persona == "talent"
    if permission == "staff":
        return persona in roles
    if permission == "unit":
        return persona == "unit leader"
    return persona in roles and permission in profile.roles[roles[persona]].can


async def an_operator() -> Account:
    """Who may most in a unit."""
    region = await regions.current(builders.REGION)
    return await office.an_operator(region, await office.a_unit(region))


async def logged_in(client: httpx.AsyncClient, account: Account) -> dict[str, str]:
    """Cookies of both faces, and the API's header."""
    for face in ("phone", "desk"):
        client.cookies.set(f"gl_{face}", await builders.a_session(account, face), path=f"/{account.region}")
    return {"Authorization": f"Bearer {await builders.a_session(account, 'mini')}"}


@pytest.mark.req("T03")
@pytest.mark.timeout(180)
@pytest.mark.parametrize("persona", PERSONAS)
async def test_each_route_lets_in_whom_it_names_and_nobody_else(client: httpx.AsyncClient, region: Region, persona: str) -> None:
    roles = {"clerk": "clerk", "city staff": region.profile.supervision.watch_role, "unit leader": "unit_operator"}
    makers = {"talent": builders.a_talent, "clerk": builders.a_staff, "city staff": builders.a_city_staff, "unit leader": an_operator}
    account = await makers[persona]() if persona in makers else None
    wrong = []
    for route, method in routes():
        if route.path.endswith("/live"):
            continue  # stays open; its topics have tests of their own
        headers = await logged_in(client, account) if account else {}  # anew each time: some routes log out
        answer = await client.request(method, address(route, region.code), headers={"Accept": "application/json"} | headers)
        refused = answer.status_code == 401 or (answer.status_code == 303 and "login" in answer.headers["location"]) \
            or (answer.status_code == 403 and answer.json()["error"]["code"] == "not_permitted")
        if route.ctx.permission not in FREE and refused == may(route.ctx.permission, persona, account, roles, region.profile):
            wrong.append(f"{method} /{route.path} for {persona}: {answer.status_code}")
    assert wrong == []


@pytest.mark.req("T03")
def test_a_route_that_says_nothing_stops_the_start() -> None:
    app = create_app(settings(), "greenlane-silent")
    Sanic.unregister_app(app)
    silent = Blueprint("silent")

    @silent.get("/<region:str>/silent")
    async def handler(request: Request) -> HTTPResponse:
        return text("")

    app.blueprint(silent)
    with pytest.raises(access.UndeclaredRoute, match="silent"):
        access.check_routes(app)


@pytest.mark.req("T03")
@pytest.mark.parametrize(("path", "allowed"), [("staff", {"clerk", "city staff"}), ("accounts", {"city staff"})])
async def test_the_desk_is_closed_to_those_without_the_role(probe: httpx.AsyncClient, region: Region, path: str, allowed: set[str]) -> None:
    people = {"talent": await builders.a_talent(), "clerk": await builders.a_staff(), "city staff": await builders.a_city_staff()}
    if Permission.MANAGE_ACCOUNTS not in region.profile.roles[region.profile.supervision.watch_role].can:
        allowed = allowed - {"city staff"} if path == "accounts" else allowed
    for persona, account in people.items():
        probe.cookies.clear()
        await logged_in(probe, account)
        answer = await probe.get(f"/{region.code}/console/probe/{path}")
        assert (answer.status_code == 200) == (persona in allowed), persona


@pytest.mark.req("T02")
async def test_a_session_of_one_region_opens_no_other(probe: httpx.AsyncClient, region: Region) -> None:
    token = await builders.a_session(await builders.a_talent(), "mini")
    assert (await probe.get(f"/{region.code}/api/probe/me", headers={"Authorization": f"Bearer {token}"})).status_code == 200
    answer = await probe.get("/elsewhere/api/probe/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_region"
