"""密码找回 by mail (DZ-10) and account settings (GL-06), as people do it on the phone and at the desk; mails go over the wire to the sandbox."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from config import clock
from config.settings import Settings
from models.account import Account, AccountKind
from models.notification import Notification
from sandbox.embedded import Sandbox, running_sandbox
from services import delivery, notifications, sessions
from services.mail import MailServer
from services.regions import Region
from tests import builders
from tests.acceptance.desk import desk, picture_says, words
from tests.acceptance.phone import Phone, phone
from tests.security.test_t11_password_reset import SENTENCE, offer, with_email

NEW = "Another-Way-2027"
CHALLENGE = re.compile(r'name="captcha_challenge" value="([^"]+)"')
LINK = re.compile(r"http\S+/login/reset/link/[\w-]{43}(?![\w-])")
FACES = {"phone": "/login", "desk": "/console/login"}


@pytest.fixture
async def offering(region: Region) -> Region:
    return await offer(region)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox() as running:
        yield running


async def the_mail(sandbox: Sandbox) -> str:
    """What lies in the mailbox once the worker has been."""
    post = MailServer.from_settings(Settings(smtp_url=sandbox.smtp_url, smtp_starttls=False, smtp_from="noreply@greenlane.example"))
    await delivery.drain_mail(post, clock.now())
    return str(sandbox.state.mails[-1].text)


async def ask(mine: Phone, region: Region, face: str, account: str, email: str) -> httpx.Response:
    """Any browser serves: the pages of both faces are plain forms."""
    await mine.open(f"{FACES[face]}/reset")
    challenge = CHALLENGE.findall(mine.text)[0]
    return await mine.send("/login/reset", account=account, email=email, captcha=picture_says(region, challenge))


def path_of(link: str, region: Region) -> str:
    return link.partition(f"/{region.code}/")[2].join(("/", ""))


@pytest.mark.req("DZ-10")
@pytest.mark.parametrize("face", FACES)
async def test_account_and_email_bring_a_mail_whose_link_sets_a_new_password(
        client: httpx.AsyncClient, offering: Region, sandbox: Sandbox, face: str) -> None:
    who = await with_email(await builders.a_talent() if face == "phone" else await builders.a_staff())
    mine = await phone(client, offering)
    await mine.open(f"{FACES[face]}?way=password")
    assert f'href="/{offering.code}{FACES[face]}/reset"' in mine.text and "忘记密码？" in mine.text
    await ask(mine, offering, face, who.login_name, "zhou.min@example.com")
    assert mine.answer.status_code == 200 and "邮件已发送" in mine.text
    said = await the_mail(sandbox)
    link = LINK.findall(said)[0]
    assert offering.scheme in said and offering.phone in said
    await mine.open(path_of(link, offering))
    assert mine.at == f"{FACES[face]}/reset/password" and link.rpartition("/")[2] not in mine.text
    await mine.send("/login/reset/password", password=NEW, again=NEW)
    assert mine.at == FACES[face] and "新密码已设置" in mine.text
    if face == "phone":
        await mine.send("/login/password", name=who.login_name, password=NEW)
        assert mine.at == "/"
    await mine.open(path_of(link, offering))
    assert mine.answer.status_code == 410 and "这个链接已经用过" in mine.text and "重新申请" in mine.text


@pytest.mark.req("DZ-10")
@pytest.mark.parametrize("face", FACES)
async def test_a_pair_that_does_not_match_is_told_beside_its_field_and_what_was_typed_stays(
        client: httpx.AsyncClient, offering: Region, face: str) -> None:
    who = await with_email(await builders.a_talent())
    mine = await phone(client, offering)
    answer = await ask(mine, offering, face, who.login_name, "nobody@example.com")
    assert answer.status_code == 400 and SENTENCE in mine.text and 'href="#field-email"' in mine.text
    assert f'value="{who.login_name}"' in mine.text and 'value="nobody@example.com"' in mine.text
    assert not await Notification.of(offering.code).exists()


@pytest.mark.req("DZ-10")
@pytest.mark.parametrize("face", FACES)
async def test_the_address_with_the_token_is_told_to_nobody_and_looking_at_it_uses_nothing_up(
        client: httpx.AsyncClient, offering: Region, sandbox: Sandbox, face: str) -> None:
    who = await with_email(await builders.a_talent())
    mine = await phone(client, offering)
    await ask(mine, offering, face, who.login_name, "zhou.min@example.com")
    link = path_of(LINK.findall(await the_mail(sandbox))[0], offering)
    for _ in range(3):
        led = await client.get(f"/{offering.code}{link}")
        assert led.status_code == 303 and led.headers["location"] == f"/{offering.code}{FACES[face]}/reset/password"
        assert led.headers["referrer-policy"] == "no-referrer" and led.headers["cache-control"] == "no-store"
    cookie = led.headers["set-cookie"]
    assert "HttpOnly" in cookie and f"Path=/{offering.code}{FACES[face]}/reset" in cookie
    await mine.open(f"{FACES[face]}/reset/password")
    assert mine.answer.status_code == 200 and mine.answer.headers["cache-control"] == "no-store"
    unlike = await mine.send("/login/reset/password", password=NEW, again="Another-Way-2028")
    assert unlike.status_code == 400 and "两次输入的新密码不一致" in mine.text and NEW not in mine.text


@pytest.mark.req("DZ-10")
@pytest.mark.parametrize("face", FACES)
async def test_where_the_profile_does_not_offer_it_there_is_no_such_page(client: httpx.AsyncClient, region: Region, face: str) -> None:
    mine = await phone(client, region)
    await mine.open(f"{FACES[face]}?way=password")
    assert "/login/reset" not in mine.text
    assert (await mine.open(f"{FACES[face]}/reset")).status_code == 403 and "没有开通邮件找回密码" in mine.text
    assert (await mine.open(f"{FACES[face]}/reset/password")).status_code == 410


@pytest.mark.parametrize("face", FACES)
async def test_a_link_that_never_was_is_over(client: httpx.AsyncClient, offering: Region, face: str) -> None:
    mine = await phone(client, offering)
    for token in ("x" * 43, "y" * 300, "%00", "a;b=c"):
        assert (await mine.open(f"{FACES[face]}/reset/link/{token}")).status_code == 410


async def email_code(region: Region) -> str:
    found = await Notification.of(region.code, kind="email_code").order_by("-created_at").first()
    assert found is not None
    return notifications.read_params(found)["code"]


@pytest.mark.req("DZ-10")
async def test_an_address_is_registered_on_the_phone_by_a_code_to_it(client: httpx.AsyncClient, offering: Region, sandbox: Sandbox) -> None:
    who = await builders.a_talent()
    mine = await phone(client, offering, who)
    await mine.open("/me/settings")
    assert "邮箱" in mine.text and f"/{offering.code}/me/email" in mine.text
    await mine.open("/me/email")
    await mine.send("/me/email/code", email="Zhou.Min@example.com")
    code = await email_code(offering)
    assert 'data-waits="60"' in mine.text and code in await the_mail(sandbox)
    wrong = await mine.send("/me/email", email="Zhou.Min@example.com", code=code, old="not-the-password")
    assert wrong.status_code == 400 and 'href="#field-old"' in mine.text
    await mine.send("/me/email", email="Zhou.Min@example.com", code=code, old=builders.PASSWORD)
    assert mine.at == "/me/settings" and "邮箱已登记" in mine.text and "z***@example.com" in mine.text
    assert (await Account.find(offering.code, who.id)).email == "zhou.min@example.com"


@pytest.mark.req("DZ-10")
async def test_a_code_serves_the_address_that_it_was_sent_to_and_no_other(client: httpx.AsyncClient, offering: Region) -> None:
    mine = await phone(client, offering, await builders.a_talent())
    await mine.open("/me/email")
    await mine.send("/me/email/code", email="zhou.min@example.com")
    answer = await mine.send("/me/email", email="other@example.com", code=await email_code(offering), old=builders.PASSWORD)
    assert answer.status_code == 401 and "验证码不正确" in mine.text


@pytest.mark.req("DZ-10")
async def test_an_address_is_registered_at_the_desk_too(client: httpx.AsyncClient, offering: Region) -> None:
    staff = await builders.a_staff()
    her = await desk(client, staff)
    sent = await her.post("security/email/code", keyed=False, email="clerk@example.com")
    challenge = re.search(r'name="challenge" value="([^"]+)"', sent.text)
    assert challenge is not None and "验证码已发到 clerk@example.com" in words(sent)
    done = await her.post("security/email", keyed=False, email="clerk@example.com", challenge=challenge[1], code=await email_code(offering),
                          old=builders.PASSWORD)
    assert done.status_code == 303 and "c***@example.com" in (await client.get(done.headers["location"])).text
    assert (await Account.find(offering.code, staff.id)).email == "clerk@example.com"


@pytest.mark.req("GL-06")
async def test_a_new_user_name_on_the_phone_ends_every_session(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    other = await builders.a_session(who, "mini")
    mine = await phone(client, region, who)
    await mine.open("/me/account")
    assert "所有设备（包括本机）都会退出登录" in mine.text and "姓名</h2>" not in mine.text
    assert (await mine.send("/me/account/login-name", login_name="zhou.min", old="wrong-password")).status_code == 400
    await mine.send("/me/account/login-name", login_name="Zhou.Min", old=builders.PASSWORD)
    assert mine.at == "/login" and "用户名已修改" in mine.text
    assert await sessions.resolve(sessions.hash_token(other), region.code, clock.now()) is None
    await mine.send("/login/password", name="zhou.min", password=builders.PASSWORD)
    assert mine.at == "/"


@pytest.mark.req("GL-06")
async def test_a_new_user_name_at_the_desk_ends_this_session(client: httpx.AsyncClient, region: Region) -> None:
    her = await desk(client, await builders.a_staff())
    assert "所有设备（包括本机）都会退出登录" in words(await her.get("security/account"))
    done = await her.post("security/account/login-name", keyed=False, login_name="wang.jingban", old=builders.PASSWORD)
    assert "用户名已修改" in words(await client.get(done.headers["location"]))
    assert (await client.get(f"/{region.code}/console/security")).status_code == 303


@pytest.mark.req("GL-06")
@pytest.mark.parametrize(("chosen", "sentence"), [
    ("taken", "已经有人使用"), ("a b", "4 到 40 位"), ("周敏周敏", "4 到 40 位"), ("x" * 41, "4 到 40 位"), ("19911112222", "不能是别人的手机号"),
    ("talent", "这就是您现在的用户名")])
async def test_a_user_name_that_will_not_do_is_refused_beside_its_field(
        client: httpx.AsyncClient, region: Region, chosen: str, sentence: str) -> None:
    who, taken = await builders.a_talent(), await builders.a_talent()
    mine = await phone(client, region, who)
    await mine.open("/me/account")
    name = {"taken": taken.login_name, "talent": who.login_name}.get(chosen, chosen)
    answer = await mine.send("/me/account/login-name", login_name=name, old=builders.PASSWORD)
    assert answer.status_code == 400 and sentence in mine.text and 'href="#field-login_name"' in mine.text


@pytest.mark.req("GL-06")
async def test_ones_own_number_may_be_the_user_name(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent()
    mine = await phone(client, region, who)
    await mine.open("/me/account")
    await mine.send("/me/account/login-name", login_name=str(who.phone), old=builders.PASSWORD)
    assert mine.at == "/login"


@pytest.mark.req("GL-06")
async def test_who_works_for_a_unit_changes_her_name_and_a_talent_does_not(client: httpx.AsyncClient, region: Region) -> None:
    operator = await builders.an_account(AccountKind.UNIT, name="李操作")
    mine = await phone(client, region, operator)
    await mine.open("/me/account")
    assert 'value="李操作"' in mine.text
    assert (await mine.send("/me/account/name", name="李")).status_code == 400
    await mine.open("/me/account")
    await mine.send("/me/account/name", name="李  新名")
    assert mine.at == "/me/settings" and "姓名已修改" in mine.text
    assert (await Account.find(region.code, operator.id)).name == "李 新名"
    hers = await phone(client, region, await builders.a_talent())
    await hers.open("/me/account")
    refused = await client.post(f"/{region.code}/me/account/name", data={**hers._form("/login-name")[1], "name": "王五"})
    assert refused.status_code == 403
