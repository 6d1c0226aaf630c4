"""T14: a link from the chat opens one session of whose chat it is, within ten minutes, at a page of staff; copied, altered or late it opens none."""

import asyncio
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from config import clock
from models.account import Account
from models.database import execute, rows
from sandbox.state import Person
from services import login
from services.actors import Actor
from services.login import LINK_LASTS, Pass
from services.store import store
from tests import builders
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene
from wechat.bot.staff_link import Link

MANY = 12
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@pytest_asyncio.fixture(scope="module")
async def running(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-staff-links") as found:
        yield found


@pytest_asyncio.fixture
async def chat(running: Scene, database: None) -> Scene:
    async for bucket in store().scan_iter("limit:*"):  # all of these tests come from one address
        await store().delete(bucket)
    return running


class Phone:
    """A browser that nobody has used before, each time."""

    def __init__(self, chat: Scene) -> None:
        self._url, self._login = chat.client.base_url, f"/{chat.region}/login"

    async def look(self, link: str) -> httpx.Response:
        async with self._browser() as browser:
            return await browser.get(httpx.URL(link).path)

    async def press(self, link: str) -> httpx.Response:
        """The button of the page, with a form's own token, whether or not the page would show it."""
        async with self._browser() as browser:
            form = CSRF.search((await browser.get(self._login)).text)
            assert form is not None
            return await browser.post(httpx.URL(link).path, data={"csrf": form[1]})

    def _browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self._url, headers={"Accept": "text/html"}, timeout=60)


async def bound(person: Person, chat: Scene) -> tuple[Account, Actor]:
    """Staff with this WeChat, and no session."""
    account = await builders.a_staff(organisation=await builders.an_organisation("window"), name="孙立新")
    actor = await builders.the_actor(account)
    await login.bind_wechat(actor, chat.sandbox.state.options.official_app_id, person.openid, clock.now())
    await execute("DELETE FROM session WHERE account_id = $1", account.id)
    return account, actor


async def a_link(chat: Scene) -> tuple[str, Account, Actor]:
    """To the to-do list, as the chat gives it."""
    person = chat.person()
    account, actor = await bound(person, chat)
    await builders.a_booking()
    found = re.search(r'http\S+/enter/[^\s"]+', await chat.write(person, "待办"))
    assert found is not None
    return found[0], account, actor


async def sessions_of(account: Account) -> list[str]:
    return [one["channel"] for one in await rows("SELECT channel FROM session WHERE account_id = $1", account.id)]


def refused(answer: httpx.Response, status: int) -> bool:
    return answer.status_code == status and "gl_phone" not in answer.headers.get("set-cookie", "") and "/login?next=" in answer.text


def made(chat: Scene, person: Person, account: Account, page: str = "desk-m", *, at: datetime | None = None, region: str = "") -> str:
    link = Link(Pass(account.id, chat.sandbox.state.options.official_app_id, person.openid, "a mark"), page, (at or clock.now()) + LINK_LASTS)
    return f"http://here/{chat.region}/enter/{link.token(region or chat.region)}"


async def test_the_button_opens_a_session_of_hers_at_the_page_and_only_once(chat: Scene) -> None:
    link, account, _ = await a_link(chat)
    phone = Phone(chat)
    for _ in range(3):  # previews, scanners, a second look: none of them spends it, none of them enters
        shown = await phone.look(link)
        assert (shown.status_code, "孙*" in shown.text, "gl_phone" in shown.headers.get("set-cookie", "")) == (200, True, False)
        assert shown.headers["cache-control"] == "no-store"
    assert await sessions_of(account) == []
    entered = await phone.press(link)
    assert (entered.status_code, entered.headers["location"]) == (303, f"/{chat.region}/desk-m")
    session = {"Cookie": f"gl_phone={entered.cookies['gl_phone']}", "Accept": "text/html"}
    assert (await chat.client.get(f"/{chat.region}/desk-m", headers=session)).status_code == 200
    assert await sessions_of(account) == ["phone"]  # as a login on the phone is listed in 安全中心
    assert (await chat.client.get(httpx.URL(link).path, headers=session)).headers["location"] == f"/{chat.region}/desk-m"
    for again in (await phone.look(link), await phone.press(link)):
        assert refused(again, 410)
        assert "已经用过了" in again.text
    assert await sessions_of(account) == ["phone"]


async def test_of_many_that_press_at_once_one_enters(chat: Scene) -> None:
    link, account, _ = await a_link(chat)
    phone = Phone(chat)
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(phone.press(link) for _ in range(MANY)))
    assert sorted(answer.status_code for answer in answers) == [303] + [410] * (MANY - 1)
    assert await sessions_of(account) == ["phone"]


async def test_written_otherwise_it_is_the_same_link_and_altered_it_is_none(chat: Scene) -> None:
    link, account, _ = await a_link(chat)
    phone, (front, _, token) = Phone(chat), link.rpartition("/")
    bits = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    altered = [urlsafe_b64encode(bits[:at] + bytes([bits[at] ^ 1]) + bits[at + 1:]).decode().rstrip("=") for at in (0, 1, 2, 20, len(bits) - 1)]
    for text in (*altered, token[:-4], "AAAA", "x" * 90, "x" * 3000, token * 5, "%E4%BA%BA"):
        assert refused(await phone.press(f"{front}/{text}"), 410), text
    assert await sessions_of(account) == []
    assert (await phone.press(link)).status_code == 303
    for text in (f"{token}=", f"{token}=="):
        assert refused(await phone.press(f"{front}/{text}"), 410), text
    assert await sessions_of(account) == ["phone"]


async def test_late_of_another_region_and_to_another_page_it_opens_nothing(chat: Scene) -> None:
    person, phone = chat.person(), Phone(chat)
    account, _ = await bound(person, chat)
    pages = ("", "cases/1", "console/todo", "//elsewhere.example", "desk-m/../console", "desk-m/cases/1", "desk-mx", "desk-m\n",
             "https://elsewhere.example/desk-m", f"desk-m/cases/{UUID(int=1)}/../..", "me/settings")
    bad = [made(chat, person, account, at=clock.now() - LINK_LASTS), made(chat, person, account, region="elsewhere"),
           *(made(chat, person, account, page) for page in pages)]
    for link in bad:
        assert refused(await phone.look(link), 410)
        assert refused(await phone.press(link), 410)
    assert await sessions_of(account) == []
    case = f"desk-m/cases/{UUID(int=1)}/return"
    assert (await phone.press(made(chat, person, account, case))).headers["location"] == f"/{chat.region}/{case}"


async def test_it_ends_with_the_binding_and_with_the_account(chat: Scene) -> None:
    link, account, actor = await a_link(chat)
    phone = Phone(chat)
    await Account.of(account.region, id=account.id).update(state="suspended")
    for answer in (await phone.look(link), await phone.press(link)):
        assert refused(answer, 403)
        assert "已停用" in answer.text
    await Account.of(account.region, id=account.id).update(state="active")
    await login.unbind_wechat(actor, clock.now())
    for answer in (await phone.look(link), await phone.press(link)):
        assert refused(answer, 410)
        assert "绑定已经解除" in answer.text
    assert await sessions_of(account) == []


async def test_a_chat_that_is_bound_to_somebody_else_by_now_opens_neither(chat: Scene) -> None:
    person = chat.person()
    first, actor = await bound(person, chat)
    link = made(chat, person, first)
    await login.unbind_wechat(actor, clock.now())
    second, _ = await bound(person, chat)
    assert refused(await Phone(chat).press(link), 410)
    assert [*await sessions_of(first), *await sessions_of(second)] == []


@pytest.mark.parametrize("form", [{}, {"csrf": "x" * 64}])
async def test_a_form_that_is_not_ours_spends_nothing(chat: Scene, form: dict[str, str]) -> None:
    link, account, _ = await a_link(chat)
    assert (await chat.client.post(httpx.URL(link).path, data=form, headers={"Accept": "text/html"})).status_code in {400, 403}
    assert (await Phone(chat).press(link)).status_code == 303
    assert await sessions_of(account) == ["phone"]
