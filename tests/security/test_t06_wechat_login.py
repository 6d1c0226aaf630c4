"""T06: who somebody is in WeChat is told by WeChat, for a code that works once and for our own account; a client's word for it is refused."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from models.database import rows
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
