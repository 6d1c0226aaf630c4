"""Coming in from the mini program (WH-05): each way gives a token that opens the API, and nothing else."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from models.account import Account
from sandbox.faults import Fault, FaultTarget, Kind
from tests import builders
from tests.acceptance.api import Api
from tests.conftest import Servers
from tests.security.codes_sent import code_of
from tests.wechat_scene import Scene, scene


@pytest_asyncio.fixture(scope="module")
async def wired(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-api-login") as running:
        yield running


@pytest.fixture
def api(wired: Scene, database: None) -> Api:
    return Api(wired.client, wired.region)


async def opens(api: Api, token: str, account: Account) -> bool:
    me = await Api(api.client, api.region, token).get("me")
    return me.status_code == 200 and me.json()["id"] == str(account.id)


@pytest.mark.req("WH-05")
async def test_a_password_opens_it(api: Api) -> None:
    account = await builders.a_talent(name="周敏")
    answer = await api.post("login/password", {"login_name": account.login_name, "password": builders.PASSWORD})
    assert (answer.status_code, answer.json()["name"], answer.json()["bound"]) == (200, "周敏", False)
    assert await opens(api, answer.json()["token"], account)
    wrong = await api.post("login/password", {"login_name": account.login_name, "password": "wrong-password"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "login_wrong")


@pytest.mark.req("WH-05")
async def test_a_code_opens_it_and_binds_the_wechat_for_the_next_time(api: Api, wired: Scene) -> None:
    account, person = await builders.a_talent(phone="19900008001"), wired.person()
    challenge = (await api.post("login/code/request", {"phone": "199 0000 8001"})).json()["challenge"]
    code = await code_of(api.region, challenge)
    given = {"phone": "19900008001", "challenge": challenge, "code": code, "wechat_code": wired.code(person)}
    entered = (await api.post("login/code", given)).json()
    assert entered["bound"] is True
    assert await opens(api, entered["token"], account)
    again = (await api.post("login/wechat", {"code": wired.code(person)})).json()
    assert await opens(api, again["token"], account)


@pytest.mark.req("WH-05")
async def test_wechats_phone_button_opens_it(api: Api, wired: Scene) -> None:
    account, person = await builders.a_talent(phone="19900008002"), wired.person(phone="19900008002")
    answer = await api.post("login/phone", {"phone_code": wired.code(person, "phone"), "wechat_code": wired.code(person)})
    assert await opens(api, answer.json()["token"], account)
    stranger = wired.person(phone="19900008003")
    refused = await api.post("login/phone", {"phone_code": wired.code(stranger, "phone")})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "login_wrong")
    assert "手机号" in refused.json()["error"]["message"]


@pytest.mark.req("WH-05")
@pytest.mark.parametrize("errcode", ["", "48001", "-1"])
async def test_what_the_button_sealed_opens_it_where_there_is_no_code_or_nobody_answers_for_it(api: Api, wired: Scene, errcode: str) -> None:
    account, person = await builders.a_talent(phone="19900008004"), wired.person(phone="19900008004")
    given = {"wechat_code": wired.code(person), **wired.sealed_phone(person)}
    if errcode:
        given["phone_code"] = wired.code(person, "phone")
        wired.sandbox.state.faults.add(Fault(target=FaultTarget.WECHAT, kind=Kind.ERROR, code=errcode, path="/wxa/business/getuserphonenumber"))
    try:
        entered = (await api.post("login/phone", given)).json()
    finally:
        wired.sandbox.state.faults.clear()
    assert await opens(api, entered["token"], account)
    assert entered["bound"] is True


async def test_sealed_data_of_another_login_of_another_app_or_of_nobody_asks_for_another_tap(api: Api, wired: Scene) -> None:
    await builders.a_talent(phone="19900008005")
    person, other = wired.person(phone="19900008005"), wired.person()
    code = wired.code(person)
    sealed, foreign = wired.sealed_phone(person), wired.sealed_phone(person, "wx0000000000000000")
    for given in (sealed | {"wechat_code": wired.code(other)}, foreign | {"wechat_code": code}, sealed | {"wechat_code": wired.code(person)}):
        answer = await api.post("login/phone", given)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "sealed_data_invalid")
        assert "再试一次" in answer.json()["error"]["message"]
    for lacking in (sealed, {"iv": sealed["iv"], "wechat_code": wired.code(person)}, {"wechat_code": wired.code(person)}):
        assert (await api.post("login/phone", lacking)).status_code == 400
    spent = sealed | {"phone_code": "spent", "wechat_code": wired.code(person)}
    assert (await api.post("login/phone", spent)).json()["error"]["code"] == "wechat_code_invalid"


async def test_a_wechat_of_somebody_else_stays_where_it_is(api: Api, wired: Scene) -> None:
    person, owner, other = wired.person(), await builders.a_talent(), await builders.a_talent()
    await wired.bind(person, owner)
    given = {"login_name": other.login_name, "password": builders.PASSWORD, "wechat_code": wired.code(person)}
    assert (await api.post("login/password", given)).json()["bound"] is False
    entered = (await api.post("login/wechat", {"code": wired.code(person)})).json()
    assert await opens(api, entered["token"], owner)


async def test_a_bound_wechat_can_be_unbound(api: Api, wired: Scene) -> None:
    person, account = wired.person(), await builders.a_talent()
    mine = Api(api.client, api.region, await builders.a_session(account, "mini"))
    assert (await mine.post("me/wechat", {"code": wired.code(person)})).status_code == 200
    assert (await mine.get("me")).json()["wechat"] is True
    await api.client.delete(f"/{api.region}/api/me/wechat", headers={"Authorization": f"Bearer {mine.token}"})
    assert (await api.post("login/wechat", {"code": wired.code(person)})).json()["error"]["code"] == "wechat_not_bound"


async def test_after_logout_the_token_opens_nothing(api: Api) -> None:
    mine = Api(api.client, api.region, await builders.a_session(await builders.a_talent(), "mini"))
    assert (await mine.post("logout")).status_code == 200
    assert (await mine.get("me")).status_code == 401


async def test_a_picture_is_asked_for_after_wrong_passwords(api: Api) -> None:
    account = await builders.a_talent()
    for _ in range(3):
        await api.post("login/password", {"login_name": account.login_name, "password": "wrong-password"})
    asked = await api.post("login/password", {"login_name": account.login_name, "password": builders.PASSWORD})
    assert (asked.status_code, asked.json()["error"]["code"]) == (403, "captcha_needed")
    picture = (await api.post("captcha")).json()
    assert picture["picture"].startswith("data:image/png;base64,")
    tried = {"login_name": account.login_name, "password": builders.PASSWORD, "captcha": {"challenge": picture["challenge"], "text": "----"}}
    assert (await api.post("login/password", tried)).json()["error"]["code"] == "captcha_wrong"


async def test_without_a_token_or_with_a_cookie_alone_nothing_opens(api: Api) -> None:
    token = await builders.a_session(await builders.a_talent(), "phone")
    answer = await api.client.get(f"/{api.region}/api/me", headers={"Cookie": f"gl_phone={token}; gl_mini={token}"})
    assert answer.status_code == 401


async def test_which_sms_come_is_chosen_and_what_must_come_stays(api: Api) -> None:
    mine = Api(api.client, api.region, await builders.a_session(await builders.a_talent(), "mini"))
    kinds = (await mine.get("me/choices")).json()["sms"]
    may_be_off = [one["kind"] for one in kinds if not one["must"]]
    assert may_be_off and any(one["must"] for one in kinds) and all(one["on"] and one["label"] for one in kinds)
    assert (await mine.post("me/sms", {"on": may_be_off[1:]})).status_code == 200
    assert [one["kind"] for one in (await mine.get("me/choices")).json()["sms"] if not one["on"]] == may_be_off[:1]
    assert (await mine.post("me/sms", {"on": ["no_such_kind"]})).status_code == 400
