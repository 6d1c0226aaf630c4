"""Login and settings on the phone."""

import re
from datetime import timedelta

import httpx
import pytest

from config import clock
from models.account import Account
from models.notification import Notification
from services import cards, sessions
from services.regions import Region
from tests import builders
from tests.acceptance.phone import Phone, last_code, phone


async def at_the_login(client: httpx.AsyncClient, region: Region, path: str = "/login") -> Phone:
    mine = await phone(client, region)
    await mine.open(path)
    return mine


@pytest.mark.req("WH-05")
async def test_phone_and_code_lead_to_the_page_that_asked_for_a_login(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    mine = await at_the_login(client, region, "/me/card")
    assert mine.at == "/login" and "登录后回到：我的" in mine.text
    await mine.send("/login/code", phone=str(who.phone))
    assert "199****" in mine.text and str(who.phone) in mine.text and 'data-waits="60"' in mine.text
    await mine.send("/login", phone=str(who.phone), code=await last_code(region))
    assert mine.at == "/me/card"


@pytest.mark.req("WH-05")
async def test_the_second_way_is_a_password(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    mine = await at_the_login(client, region, f"/login?way=password&next=/{region.code}/cases")
    answer = await mine.send("/login/password", name=who.login_name, password="wrong-password")
    assert answer.status_code == 401 and f'value="{who.login_name}"' in mine.text and "wrong-password" not in mine.text
    await mine.send("/login/password", name=who.login_name, password=builders.PASSWORD)
    assert mine.at == "/cases"


@pytest.mark.req("WH-05")
async def test_wrong_passwords_bring_a_picture_that_must_be_read(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    mine = await at_the_login(client, region, "/login?way=password")
    for _ in range(region.profile.login.captcha_after_failures.value):
        await mine.send("/login/password", name=who.login_name, password="wrong-password")
    source = re.search(r'<img class="captcha" src="([^"]+)"', mine.text)
    assert source is not None
    assert (await client.get(source[1])).content.startswith(b"\x89PNG")
    answer = await mine.send("/login/password", name=who.login_name, password=builders.PASSWORD)
    assert answer.status_code == 403 and "请输入图形验证码" in mine.text


@pytest.mark.req("WH-05")
async def test_a_wrong_code_stands_beside_its_field_and_the_number_stays(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    mine = await at_the_login(client, region)
    assert (await mine.send("/login", phone=str(who.phone), code="123456")).status_code == 400
    assert "请先点「获取验证码」" in mine.text
    await mine.send("/login/code", phone=str(who.phone))
    wrong = "000000" if await last_code(region) != "000000" else "000001"
    answer = await mine.send("/login", phone=str(who.phone), code=wrong)
    assert answer.status_code == 401 and 'href="#field-code"' in mine.text and str(who.phone) in mine.text
    await mine.send("/login", phone=str(who.phone), code=await last_code(region))
    assert mine.at == "/"


@pytest.mark.req("WH-05")
async def test_a_number_that_nobody_has_gets_the_same_page_and_no_code(client: httpx.AsyncClient, region: Region) -> None:
    mine = await at_the_login(client, region)
    await mine.send("/login/code", phone="19911112222")
    assert mine.answer.status_code == 200 and "199****2222" in mine.text
    assert not await Notification.of(region.code).exists()


@pytest.mark.req("WH-05")
@pytest.mark.parametrize("target", ["https://example.com/", "//example.com/", "/other/", "/{region}/../x"])
async def test_the_login_leads_to_no_other_site(client: httpx.AsyncClient, region: Region, target: str) -> None:
    who = await builders.a_talent()
    mine = await phone(client, region)
    await mine.open("/login", way="password", next=target.format(region=region.code))
    await mine.send("/login/password", name=who.login_name, password=builders.PASSWORD)
    assert mine.at == "/"


async def test_staff_land_at_their_list(client: httpx.AsyncClient, region: Region) -> None:
    clerk = await builders.a_staff()
    mine = await at_the_login(client, region, "/login?way=password")
    answer = await mine.post("/login/password", name=clerk.login_name, password=builders.PASSWORD)
    assert answer.headers["location"] == f"/{region.code}/desk-m/"


async def test_inside_wechat_binding_is_offered_once(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    client.headers["User-Agent"] = "Mozilla/5.0 MicroMessenger/8.0"
    mine = await at_the_login(client, region, "/login?way=password")
    assert "微信登录" in mine.text
    await mine.send("/login/password", name=who.login_name, password=builders.PASSWORD)
    assert mine.at == "/login/wechat/offer" and "暂不绑定" in mine.text
    await mine.open("/me")
    await mine.send("/logout")
    await mine.open("/login", way="password")
    await mine.send("/login/password", name=who.login_name, password=builders.PASSWORD)
    assert mine.at == "/"


async def test_wechat_brings_nobody_back_whom_it_did_not_take_away(client: httpx.AsyncClient, region: Region) -> None:
    away = await client.get(f"/{region.code}/login/wechat")
    assert away.status_code == 303 and "/connect/oauth2/authorize?" in away.headers["location"] and "state=" in away.headers["location"]
    back = await client.get(f"/{region.code}/login/wechat/back", params={"code": "x", "state": "forged"})
    assert back.status_code == 403 and "gl_phone" not in back.cookies


@pytest.mark.req("WH-04")
async def test_the_phone_number_changes_step_by_step(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    mine = await phone(client, region, who)
    await mine.open("/me/phone")
    assert "第 1 步" in mine.text and str(who.phone) not in mine.text
    await mine.send("/me/phone/present/code")
    await mine.send("/me/phone/present", code=await last_code(region))
    assert "第 2 步" in mine.text
    await mine.send("/me/phone/code", phone="19911113333")
    await mine.send("/me/phone", phone="19911113333", code=await last_code(region))
    assert mine.at == "/me/settings" and "手机号已更换" in mine.text and "199****3333" in mine.text


@pytest.mark.req("WH-04")
async def test_a_new_password_ends_every_session_and_one_logs_in_again(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    other = await builders.a_session(who, "mini")
    mine = await phone(client, region, who)
    await mine.open("/me/password")
    assert (await mine.send("/me/password", old=builders.PASSWORD, password="Another-2026-pass", again="different")).status_code == 400
    await mine.send("/me/password", old=builders.PASSWORD, password="Another-2026-pass", again="Another-2026-pass")
    assert mine.at == "/login" and "密码已修改，所有设备都已退出" in mine.text
    await mine.send("/login/password", name=who.login_name, password="Another-2026-pass")
    assert mine.at == "/"
    assert await sessions.resolve(sessions.hash_token(other), region.code, clock.now()) is None


@pytest.mark.req("WH-04")
async def test_logging_out_everywhere_ends_this_session_too(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    mine = await phone(client, region, who)
    await mine.open("/me/settings")
    await mine.send("/me/log-out-everywhere")
    assert mine.at == "/login"
    await mine.open("/me")
    assert mine.at == "/login"
    assert await sessions.of_account(region.code, who.id, clock.now()) == []


async def test_large_type_is_kept_without_script(client: httpx.AsyncClient, region: Region) -> None:
    mine = await phone(client, region, await builders.a_talent())
    await mine.open("/me/settings")
    await mine.send("/me/looks", large_type="1")
    assert "large-type" in mine.text


async def test_large_type_is_one_tap_away_before_the_login_and_leads_back(client: httpx.AsyncClient, region: Region) -> None:
    mine = await at_the_login(client, region, "/login?next=/weihai/cases")
    assert ">大字</button>" in mine.text
    await mine.send("/me/looks", large_type="1", next=f"/{region.code}/login?next=/weihai/cases")
    assert mine.at == "/login" and 'value="/weihai/cases"' in mine.text and ">标准字</button>" in mine.text
    answer = await mine.post("/me/looks", large_type="", next="https://elsewhere.example/")
    assert answer.headers["location"] == f"/{region.code}/me/settings"


@pytest.mark.req("WH-36")
async def test_my_card_shows_what_is_left_and_why_it_stands_still(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    card = await builders.a_card(holder=who, level=region.profile.card.levels[1].code)
    mine = await phone(client, region, who)
    await mine.open("/me/card")
    assert card.number not in mine.text and card.number_masked in mine.text and "还剩" in mine.text and "不限次数" in mine.text
    city = await builders.the_actor(await builders.a_city_staff(), "desk")
    await cards.suspend(region, city, card.id, card.version, "工作单位变动", clock.now())
    await mine.open("/me/card")
    assert "停用" in mine.text and "工作单位变动" in mine.text
    await mine.open("/me/messages")
    assert "人才卡已停用" in mine.text and "工作单位变动" in mine.text


async def test_an_expired_card_is_shown_as_expired(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    await builders.a_card(holder=who, valid_until=clock.now().date() - timedelta(days=2))
    mine = await phone(client, region, who)
    for path in ("/", "/me", "/me/card"):
        await mine.open(path)
        assert "已过期" in mine.text or "已过有效期" in mine.text


@pytest.mark.req("WH-52")
async def test_messages_are_those_that_were_told_and_no_codes(client: httpx.AsyncClient, region: Region) -> None:
    who: Account = await builders.a_talent()
    await builders.a_card(holder=who)
    case = await builders.a_booking(holder=who, completed=True)
    mine = await phone(client, region, who)
    await mine.open("/me/messages")
    assert case.number in mine.text and "办件已办结" in mine.text and "验证码" not in mine.text
