"""账号安全 over the API (WH-04, GL-06): the verbs of the phone's settings, and which sessions each of them ends."""

import httpx
import pytest

from models.account import Account
from services.regions import Region
from tests import builders
from tests.acceptance.api import Api, logged_in
from tests.acceptance.phone import last_code

NEW = "19911113333"


async def opens(api: Api) -> bool:
    return (await api.get("me")).status_code == 200


@pytest.mark.req("WH-04")
async def test_the_number_changes_step_by_step_and_other_sessions_end(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    mine, other = await logged_in(client, who), await logged_in(client, who)
    shown = (await mine.get("me/security")).json()
    assert not shown["opened"] and str(who.phone) not in str(shown) and [one["current"] for one in shown["sessions"]].count(True) == 1
    assert (await mine.post("me/phone/code", {"phone": NEW})).status_code == 409  # the present number first
    sent = (await mine.post("me/phone/present/code")).json()
    wrong = await mine.post("me/phone/present", {"challenge": sent["challenge"], "code": "000000"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "code_wrong")
    assert (await mine.post("me/phone/present", {"challenge": sent["challenge"], "code": await last_code(region)})).status_code == 200
    assert (await mine.get("me/security")).json()["opened"]
    sent = (await mine.post("me/phone/code", {"phone": NEW})).json()
    changed = await mine.post("me/phone", {"phone": NEW, "challenge": sent["challenge"], "code": await last_code(region)})
    assert changed.status_code == 200, changed.text
    assert (await Account.find(region.code, who.id)).phone == NEW
    assert (await opens(mine), await opens(other)) == (True, False)


@pytest.mark.req("WH-04")
@pytest.mark.req("GL-06")
async def test_a_password_or_a_login_name_ends_every_session(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    mine = await logged_in(client, who)
    wrong = await mine.post("me/password", {"old": "not-hers-2026", "password": "Another-2026-pass"})
    assert (wrong.status_code, list(wrong.json()["error"]["context"]["fields"])) == (400, ["old"])
    assert (await mine.post("me/password", {"old": builders.PASSWORD, "password": "Another-2026-pass"})).status_code == 200
    assert not await opens(mine)
    again = await logged_in(client, who)
    assert (await again.post("me/login-name", {"login_name": "zhoumin.2026", "old": "Another-2026-pass"})).status_code == 200
    assert not await opens(again) and (await Account.find(region.code, who.id)).login_name == "zhoumin.2026"


@pytest.mark.req("WH-04")
async def test_leaving_everywhere_leaves_here_too(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    mine, other = await logged_in(client, who), await logged_in(client, who)
    assert (await mine.post("me/log-out-everywhere")).status_code == 200
    assert (await opens(mine), await opens(other)) == (False, False)
