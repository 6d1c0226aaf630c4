"""T04: what only the server decides cannot be sent along: every route that writes refuses it, and nothing has changed."""

from typing import Any

import httpx
import pytest

from config.keys import keys
from models.account import Account
from models.case import Case
from models.database import rows
from models.venue import Venue
from qr import venue_link
from services.regions import Region
from tests.builders import a_board, a_booking, a_card, a_city_staff, a_staff, an_organisation
from tests.writing import a_letter, a_notice

from .callers import Caller, address, body_of, caller
from .test_t03_permissions import routes

pytestmark = [pytest.mark.req("T04"), pytest.mark.timeout(180)]

SOMEBODY = "01970000-0000-7000-8000-000000000001"
OWNED = {"id": SOMEBODY, "account_id": SOMEBODY, "applicant_id": SOMEBODY, "holder_id": SOMEBODY, "handler_org": SOMEBODY, "user_id": "1",
         "region": "elsewhere", "city_id": "2", "role": "leader", "roles": "leader", "is_admin": "true", "kind": "staff", "status": "completed",
         "version": "99", "level": "a", "quota_left": "99", "verdict": "admitted", "number": "YY1", "openid": "oABCD1234567890abcdefghijklm",
         "created_at": "2020-01-01", "due_at": "2030-01-01", "points": "100", "password_hash": "x"}
#: What a request changes before anything of its body is looked at, or that only counts requests and looks.
BOOKKEEPING = ("session", "limit_use", "schema_migration", "profile_version", "audit", "notice_read")
#: Buttons: these routes read no field at all, so there is none to assign.
BUTTONS = {"POST logout", "POST console/logout", "POST me/log-out-everywhere", "POST me/wechat/unbind", "POST api/logout", "POST api/captcha",
           "DELETE api/me/wechat", "POST console/staff/<id:uuid>/password", "POST console/venues/<id:uuid>/link",
           "POST console/query/export", "POST console/talents/export", "POST console/cards/export",
           "POST console/standings/export", "POST console/messages/costs/export",
           "POST console/rosters/<id:uuid>/sheet/<kind:(xlsx|pdf)>"}


async def digests() -> dict[str, str]:
    """Table → what is in it, in short."""
    names = [one["tablename"] for one in await rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    union = " UNION ALL ".join(f"SELECT '{name}' AS name, coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS digest FROM {name} t"
                               for name in names if name not in BOOKKEEPING and not name.startswith("procrastinate"))
    return {one["name"]: one["digest"] for one in await rows(union)}


async def personas(client: httpx.AsyncClient, region: Region) -> tuple[dict[str, Caller], dict[str, Any]]:
    """One caller for each kind of route, and ids of what is theirs, so that nothing but the field stands in the way."""
    card = await a_card()
    holder = await Account.find(region.code, card.holder_id)
    case = await a_booking(holder=holder)
    window = await an_organisation()
    venue = await Venue.of(region.code).order_by("serial").first()
    board = await a_board(venue)
    mine = {"case_id": case.id, "id": case.id, "link": venue_link.encode(keys(), region.code, venue.serial, venue.link_version), "word": "approve"}
    mine |= {"service_id": case.service_id, "board": board.id, "venue": venue.id, "card": card.id, "window": window.id}
    clerk, city = await a_staff(organisation=window), await a_city_staff()
    mine |= {"category": region.profile.information[0].code, "notice": (await a_notice(region, city)).id}
    mine |= {"information": (await a_notice(region, city, category=str(mine["category"]))).id, "mail": (await a_letter(region, city, window)).id}
    return {"talent": await caller(client, region, holder), "staff": await caller(client, region, clerk),
            "city": await caller(client, region, city), "nobody": await caller(client, region)}, mine | {"staff": clerk.id}


def persona_for(permission: str) -> str:
    return {"talent": "talent", "person": "talent", "staff": "staff", "public": "nobody", "venue": "nobody"}.get(permission, "city")


def ids_for(path: str, mine: dict[str, Any]) -> dict[str, Any]:
    places = {"console/cards/": "card", "console/catalogue/": "service_id", "console/staff/": "staff", "console/venues/": "venue",
              "console/windows/": "window", "notices/": "notice", "information/": "information", "mailbox/": "mail"}
    own = next((mine[name] for place, name in places.items() if place in path), mine["id"])
    return {**{name: mine[name] for name in ("case_id", "link", "word", "service_id", "board", "category")}, "id": own}


async def test_t04_every_route_that_writes_refuses_what_only_the_server_decides(client: httpx.AsyncClient, region: Region) -> None:
    who, mine = await personas(client, region)
    wrong, asked = [], 0
    for route, method in routes():
        name = route.path.removeprefix("<region:str>/").rstrip("/")
        if method == "GET" or f"{method} {name}" in BUTTONS or name == "wechat/callback":  # what WeChat signs is no form (T18)
            continue
        before, asked = await digests(), asked + 1
        body = body_of(route)
        sent = {field: value for field, value in OWNED.items() if field not in body}
        answer = await who[persona_for(str(route.ctx.permission))].ask(method, address(route, region.code, **ids_for(route.path, mine)), body | sent)
        if name.startswith("api/"):
            refused = answer.json().get("error", {}).get("context", {}).get("fields", {})
            if answer.status_code != 400 or not set(sent) <= set(refused):
                wrong.append(f"{method} /{route.path}: {answer.status_code}, takes {sorted(set(sent) - set(refused))}")
        if changed := [table for table, now in (await digests()).items() if before[table] != now]:
            wrong.append(f"{method} /{route.path}: {answer.status_code}, changed {changed}")
    assert "\n".join(wrong) == ""
    assert asked > 50


async def test_t04_control_the_same_bodies_without_the_fields_do_change_things(client: httpx.AsyncClient, region: Region) -> None:
    who, mine = await personas(client, region)
    before = await Case.find(region.code, mine["case_id"])
    answer = await who["talent"].ask("POST", f"/{region.code}/api/bookings/{mine['case_id']}/withdraw", {"seen": 1, "reason": "行程有变"})
    assert answer.status_code == 200 and (await Case.find(region.code, before.id)).version == 2
