"""注销: every page at the desk, of a unit's people and of staff, has the button, and after it the session opens nothing."""

import httpx
import pytest

from models.account import Account
from services import regions
from tests import builders, office
from tests.acceptance.desk import desk
from tests.security.callers import address
from tests.security.test_t03_permissions import routes

#: Leads to a file or stays open: no pages.
NO_PAGES = ("live", "/export", "captcha")


async def pages_of(client: httpx.AsyncClient, account: Account) -> tuple[list[str], list[str]]:
    """Paths of the pages that this person may open without an id, and of those among them without the button."""
    seen, without = [], []
    for route, method in routes():
        path = address(route, account.region)
        if method == "GET" and f"/{account.region}/console" in path and "<" not in route.path.removeprefix("<region:str>") \
                and not any(one in path for one in NO_PAGES):
            answer = await client.get(path)
            if answer.status_code == 200 and "<html" in answer.text:
                seen.append(path)
                without += [path] if f'action="/{account.region}/console/logout"' not in answer.text else []
    return seen, without


@pytest.mark.req("BZ-15")
@pytest.mark.timeout(180)
@pytest.mark.parametrize("code", ["binzhou", builders.REGION])
async def test_every_page_of_a_unit_and_of_staff_logs_out(client: httpx.AsyncClient, database: None, code: str) -> None:
    region = await regions.current(code)
    unit, bureau = await office.a_unit(region), await office.office(region, kind="city_bureau")
    for place, role, at_least in ((unit, "unit_operator", 5), (bureau, region.profile.supervision.watch_role, 12)):
        account = await office.a_clerk(region, place, role)
        her = await desk(client, account)
        seen, without = await pages_of(client, account)
        assert without == [] and len(seen) >= at_least, seen
        token = client.cookies.get("gl_desk")
        done = await her.post("logout", keyed=False)
        assert done.status_code == 303
        client.cookies.clear()
        client.cookies.set("gl_desk", str(token))  # also who kept the cookie is nobody any more
        answer = await client.get(f"{her.at}/todo")
        assert answer.status_code == 303 and "login" in answer.headers["location"]
        client.cookies.clear()
