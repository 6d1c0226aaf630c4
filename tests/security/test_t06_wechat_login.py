"""T06: who somebody is in WeChat is told by WeChat, for a code that works once and for our own account; a client's word for it is refused."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import pytest_asyncio

from models.database import rows
from sandbox.state import Person
from tests import builders
from tests.acceptance.api import Api
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene


@pytest_asyncio.fixture(scope="module")
async def wired(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-t06") as running:
        yield running


@pytest.fixture
def api(wired: Scene, database: None) -> Api:
    return Api(wired.client, wired.region)


@pytest.mark.parametrize("way", ["wechat", "phone", "code", "password"])
async def test_an_openid_from_the_client_is_an_unknown_field(api: Api, wired: Scene, way: str) -> None:
    victim, person = await builders.a_talent(), wired.person()
    await wired.bind(person, victim)
    for body in ({"openid": person.mini_openid}, {"code": wired.code(person), "openid": person.mini_openid}):
        answer = await api.post(f"login/{way}", body)
        assert answer.status_code == 400
        assert "openid" in answer.json()["error"]["context"]["fields"]
    assert await rows("SELECT 1 FROM session WHERE channel = 'mini'") == []


async def test_a_code_works_once(api: Api, wired: Scene) -> None:
    person = wired.person()
    await wired.bind(person, await builders.a_talent())
    code = wired.code(person)
    first, second = await api.post("login/wechat", {"code": code}), await api.post("login/wechat", {"code": code})
    assert (first.status_code, second.status_code) == (200, 401)


@pytest.mark.parametrize("kind", ["login", "oauth", "phone"])
async def test_a_code_of_another_account_or_purpose_opens_nothing(api: Api, wired: Scene, kind: str) -> None:
    person = wired.person()
    await wired.bind(person, await builders.a_talent())
    options = wired.sandbox.state.options
    code = wired.code(person, kind, options.official_app_id if kind != "phone" else options.mini_app_id)
    assert (await api.post("login/wechat", {"code": code})).status_code == 401


async def test_no_answer_and_no_row_holds_an_openid_or_a_session_key(api: Api, wired: Scene) -> None:
    """T05, T07: walks everything that a login and a look around gave back."""
    person, account = wired.person(), await builders.a_talent()
    await wired.bind(person, account)
    entered = await api.post("login/wechat", {"code": wired.code(person)})
    mine = Api(api.client, api.region, entered.json()["token"])
    said = entered.text + "".join([(await mine.get(path)).text for path in ("me", "messages", "bookings", "visits", "catalogue", "windows")])
    secret = ("openid", "session_key", person.mini_openid, person.openid, str(account.phone), "_sealed", "_index")
    assert not [word for word in secret if word in said]
    kept = await rows("SELECT openid_sealed, openid_index FROM wechat_binding")
    assert kept
    assert not any(person.mini_openid.encode() in bytes(value) for found in kept for value in found.values())


class Browser:
    """Somebody's browser inside WeChat, on its way to the authorise page and back."""

    def __init__(self, wired: Scene, person: Person, session: str = "") -> None:
        self._wired, self._person = wired, person
        self.cookies = {"gl_phone": session} if session else {}

    async def leave(self, following: str = "") -> dict[str, str]:
        """To WeChat; what it sends back."""
        answer = await self._get("login/wechat", {"next": following} if following else {})
        there = urlsplit(answer.headers["location"])
        self.cookies["gl_wechat"] = answer.cookies["gl_wechat"]
        return {"code": self._wired.code(self._person, "oauth", self._wired.sandbox.state.options.official_app_id),
                "state": dict(parse_qsl(there.query))["state"]}

    async def back(self, query: dict[str, str]) -> httpx.Response:
        return await self._get("login/wechat/back", query)

    async def _get(self, path: str, query: dict[str, str]) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return await self._wired.client.get(f"/{self._wired.region}/{path}", params=query, headers={"Accept": "text/html", "Cookie": cookies})


async def test_the_way_to_wechat_and_back_ends_where_it_began_and_once(api: Api, wired: Scene) -> None:
    person = wired.person()
    await wired.bind(person, await builders.a_talent())
    browser = Browser(wired, person)
    asked = await browser.leave(f"/{wired.region}/cases")
    entered = await browser.back(asked)
    assert (entered.status_code, entered.headers["location"].endswith(f"/{wired.region}/cases")) == (303, True)
    again = await browser.back(asked | {"code": wired.code(person, "oauth", wired.sandbox.state.options.official_app_id)})
    assert again.status_code == 403


@pytest.mark.parametrize("wrong", ["state", "cookie", "signature", "account", "no cookie"])
async def test_a_journey_that_is_not_ours_ends_nowhere(api: Api, wired: Scene, wrong: str) -> None:
    """Neither may what the browser keeps be altered, nor may somebody else come back with it: it would bind the sender's WeChat (T39)."""
    person, account = wired.person(), await builders.a_talent()
    browser = Browser(wired, person, await builders.a_session(account))
    asked = await browser.leave()
    match wrong:
        case "state":
            asked |= {"state": "x" * 32}
        case "cookie":
            body, _, mac = browser.cookies["gl_wechat"].partition(".")
            known = urlsafe_b64decode(body + "=" * (-len(body) % 4)).replace(str(account.id).encode(), str((await builders.a_talent()).id).encode())
            browser.cookies["gl_wechat"] = f"{urlsafe_b64encode(known).decode()}.{mac}"
        case "signature":
            browser.cookies["gl_wechat"] = browser.cookies["gl_wechat"].partition(".")[0] + "."
        case "account":
            browser.cookies["gl_phone"] = await builders.a_session(await builders.a_talent())
        case _:
            del browser.cookies["gl_wechat"]
    assert (await browser.back(asked)).status_code == 403
    assert await rows("SELECT 1 FROM wechat_binding") == []


async def test_a_preview_account_is_never_bound(api: Api, wired: Scene) -> None:
    person = wired.person()
    person.snapshot = True
    browser = Browser(wired, person, await builders.a_session(await builders.a_talent()))
    assert (await browser.back(await browser.leave())).status_code == 403
    assert await rows("SELECT 1 FROM wechat_binding") == []


async def test_the_way_back_leads_to_our_own_pages_alone(api: Api, wired: Scene) -> None:
    person = wired.person()
    await wired.bind(person, await builders.a_talent())
    for foreign in ("https://evil.example/", "//evil.example/", "/guilin/cases", f"/{wired.region}/../guilin/"):
        browser = Browser(wired, person)
        assert (await browser.back(await browser.leave(foreign))).headers["location"].endswith(f"/{wired.region}/")
