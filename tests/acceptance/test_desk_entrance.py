"""Coming in at the desk, landing in the user centre, and the security centre."""

import re

import httpx
import pytest

from config import clock
from config.vocabulary import NotificationKind
from models.account import Account
from models.notification import Notification
from services import accounts
from services.notifications import read_params
from services.regions import Region
from tests import builders
from tests.acceptance.desk import desk, picture_says, words

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
CHALLENGE = re.compile(r'name="challenge" value="([^"]*)"')


def hidden(answer: httpx.Response) -> dict[str, str]:
    return {"csrf": CSRF.findall(answer.text)[-1], "challenge": CHALLENGE.findall(answer.text)[-1]}


async def the_code(kind: NotificationKind) -> str:
    """The last code that was sent, as its reader sees it on her phone."""
    sent = await Notification.filter(kind=kind).order_by("-created_at", "-id").first()
    assert sent is not None
    return read_params(sent)["code"]


async def log_in(client: httpx.AsyncClient, region: Region, account: Account, *, password: str = builders.PASSWORD, next: str = "") -> httpx.Response:
    page = await client.get(f"/{region.code}/console/login", params={"next": next} if next else {})
    fields = hidden(page)
    return await client.post(f"/{region.code}/console/login", data=fields | {
        "login_name": account.login_name, "password": password, "captcha": picture_says(region, fields["challenge"]), "next": next})


@pytest.mark.req("WH-02")
async def test_a_name_a_password_and_a_picture_lead_in_and_back_to_where_one_wanted_to_go(client: httpx.AsyncClient, region: Region) -> None:
    wanted = f"/{region.code}/console/query"
    answer = await log_in(client, region, await builders.a_staff(), next=wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, wanted)
    assert (await client.get(wanted)).status_code == 200


@pytest.mark.req("WH-02")
async def test_without_the_right_picture_the_right_password_does_not_help(client: httpx.AsyncClient, region: Region) -> None:
    staff = await builders.a_staff()
    fields = hidden(await client.get(f"/{region.code}/console/login"))
    answer = await client.post(f"/{region.code}/console/login", data=fields | {
        "login_name": staff.login_name, "password": builders.PASSWORD, "captcha": "????"})
    assert answer.status_code == 400
    assert "图形验证码不正确" in words(answer)
    assert staff.login_name in answer.text
    assert builders.PASSWORD not in answer.text
    assert "gl_desk" not in answer.cookies


@pytest.mark.req("WH-02")
async def test_a_picture_can_be_changed_and_what_was_typed_stays(client: httpx.AsyncClient, region: Region) -> None:
    fields = hidden(await client.get(f"/{region.code}/console/login"))
    answer = await client.post(f"/{region.code}/console/login", data=fields | {"login_name": "somebody", "another": "yes"})
    assert answer.status_code == 200
    assert 'value="somebody"' in answer.text
    assert hidden(answer)["challenge"] != fields["challenge"]
    drawn = await client.get(f"/{region.code}/console/captcha/{hidden(answer)['challenge']}")
    assert drawn.content.startswith(b"\x89PNG")


@pytest.mark.req("WH-02")
async def test_the_authorised_phone_and_its_code_lead_in(client: httpx.AsyncClient, region: Region) -> None:
    staff = await builders.a_staff(phone="19900007001")
    page = f"/{region.code}/console/login/code"
    fields = hidden(await client.get(f"/{region.code}/console/login?way=code"))
    asked = await client.post(page, data=fields | {"phone": "19900007001", "act": "send_code"})
    assert asked.status_code == 200
    wrong = await client.post(page, data=hidden(asked) | {"phone": "19900007001", "code": "000000"})
    assert wrong.status_code == 401
    assert "19900007001" in wrong.text
    answer = await client.post(page, data=hidden(asked) | {"phone": "19900007001", "code": await the_code(NotificationKind.LOGIN_CODE)})
    assert answer.status_code == 303
    assert staff.name in (await client.get(answer.headers["location"])).text


@pytest.mark.req("WH-02")
async def test_a_talent_is_told_that_this_is_not_her_entrance(client: httpx.AsyncClient, region: Region) -> None:
    answer = await log_in(client, region, await builders.a_talent())
    assert answer.status_code == 403
    assert "工作人员入口" in words(answer)


async def test_the_way_back_never_leads_to_another_site(client: httpx.AsyncClient, region: Region) -> None:
    for there in ("https://evil.example/", f"//evil.example/{region.code}/console/", f"/{region.code}/../other/", "/other/console/"):
        answer = await log_in(client, region, await builders.a_staff(), next=there)
        assert answer.headers["location"] == f"/{region.code}/console/", there
        client.cookies.clear()


async def test_going_out_ends_the_session(client: httpx.AsyncClient, region: Region) -> None:
    her = await desk(client, await builders.a_staff())
    await her.get()
    assert (await her.post("logout")).status_code == 303
    assert (await client.get(f"/{region.code}/console/todo")).status_code == 303


@pytest.mark.req("WH-03")
async def test_the_user_centre_counts_what_waits_and_leads_on(client: httpx.AsyncClient, region: Region) -> None:
    for _ in range(3):
        await builders.a_booking()
    answer = await (await desk(client, await builders.a_staff())).get()
    said = words(answer)
    assert "您有【3】个预约服务 · 受理待办" in said.replace("【 3 】", "【3】")
    for path in ("todo", "todo?due=late", "todo?due=today", "todo?matter=booking&amp;step=accept", "query", "security"):
        assert f'href="/{region.code}/console/{path}"' in answer.text, path
    assert "快捷入口" in said


@pytest.mark.req("WH-03")
async def test_the_city_finds_the_card_among_its_shortcuts(client: httpx.AsyncClient, region: Region) -> None:
    answer = await (await desk(client, await builders.a_city_staff())).get()
    shortcuts = answer.text.partition('class="shortcuts"')[2].partition("</nav>")[0]
    assert f'href="/{region.code}/console/cards"' in shortcuts
    assert region.profile.card.name in shortcuts


@pytest.mark.req("WH-04")
async def test_a_new_password_leaves_no_session_and_one_logs_in_again(client: httpx.AsyncClient, region: Region) -> None:
    staff = await builders.a_staff()
    other = await builders.a_session(staff, "phone")
    her = await desk(client, staff)
    wrong = await her.post("security/password", keyed=False, old="not mine", password="New-Lane-2027", again="New-Lane-2027")
    assert wrong.status_code == 400
    assert "原密码不正确" in words(wrong)
    unlike = await her.post("security/password", keyed=False, old=builders.PASSWORD, password="New-Lane-2027", again="New-Lane-2028")
    assert "两次输入的新密码不一致" in words(unlike)
    changed = await her.post("security/password", keyed=False, old=builders.PASSWORD, password="New-Lane-2027", again="New-Lane-2027")
    assert changed.status_code == 303
    assert "密码已修改，所有设备都已退出" in words(await client.get(changed.headers["location"]))
    assert (await client.get(f"/{region.code}/console/security")).status_code == 303
    client.cookies.clear()
    client.cookies.update(builders.cookies(other, "desk"))
    assert (await client.get(f"/{region.code}/console/todo")).status_code == 303
    client.cookies.clear()
    assert (await log_in(client, region, staff, password="New-Lane-2027")).status_code == 303


@pytest.mark.req("WH-04")
async def test_the_phone_number_changes_step_by_step(client: httpx.AsyncClient, region: Region) -> None:
    her = await desk(client, await builders.a_staff(phone="19900007002"))
    page = await her.get("security/phone")
    assert "199****7002" in words(page)
    assert 'name="phone"' not in page.text
    asked = await her.post("security/phone", keyed=False, act="send_code")
    challenge = hidden(asked)["challenge"]
    confirmed = await her.post("security/phone", keyed=False, challenge=challenge, code=await the_code(NotificationKind.SECURITY_CODE))
    assert 'name="phone"' in confirmed.text
    sent = await her.post("security/phone", keyed=False, act="send_code", phone="19900007003")
    done = await her.post("security/phone", keyed=False, phone="19900007003", challenge=hidden(sent)["challenge"],
                          code=await the_code(NotificationKind.SECURITY_CODE))
    assert done.status_code == 303
    assert "199****7003" in words(await her.get("security"))


@pytest.mark.req("WH-04")
async def test_other_devices_are_listed_and_can_be_logged_out(client: httpx.AsyncClient, region: Region) -> None:
    staff = await builders.a_staff()
    other = await builders.a_session(staff, "phone")
    her = await desk(client, staff)
    assert "手机" in words(await her.get("security"))
    assert (await her.post("security/sessions")).status_code == 303
    async with httpx.AsyncClient(base_url=client.base_url, cookies=builders.cookies(other, "phone"), headers={"Accept": "text/html"}) as phone:
        assert (await phone.get(f"/{region.code}/live?topics=account:{staff.id}")).status_code == 403
    assert (await her.get("security")).status_code == 200


@pytest.mark.req("WH-02")
@pytest.mark.req("WH-04")
async def test_a_one_time_password_opens_once_and_leads_to_a_password_of_ones_own(client: httpx.AsyncClient, region: Region) -> None:
    staff = await builders.a_staff()
    once = await accounts.reset_password(region, builders.system(region.code), staff.id, clock.now())
    first = await log_in(client, region, staff, password=once)
    assert first.headers["location"] == f"/{region.code}/console/security"
    page = await client.get(first.headers["location"])
    assert "请设置一个自己的密码" in words(page)
    assert 'name="old"' not in page.text
    own = {"csrf": CSRF.findall(page.text)[-1], "password": "My-Own-Lane-1", "again": "My-Own-Lane-1"}
    assert (await client.post(f"/{region.code}/console/security/password", data=own)).status_code == 303
    client.cookies.clear()
    assert (await log_in(client, region, staff, password=once)).status_code == 401
    client.cookies.clear()
    again = await log_in(client, region, staff, password="My-Own-Lane-1")
    assert again.headers["location"] == f"/{region.code}/console/"
