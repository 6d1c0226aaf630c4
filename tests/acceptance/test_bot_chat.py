"""The official account: bind, my cases, to-do, act by reply. What the chat does the other faces see (WH-60..63); they all agree."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx
import pytest
import pytest_asyncio

from config import clock
from config.vocabulary import Action
from models.account import Account
from models.case import Case, CaseState
from models.database import credentials
from models.organisation import Organisation
from sandbox.state import Person
from services import regions, verbs
from services.cases import library, progress
from tests import builders
from tests.acceptance.api import logged_in
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene
from wechat.bot import binding


@pytest_asyncio.fixture(scope="module")
async def running(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-bot") as found:
        yield found


@pytest_asyncio.fixture
async def chat(running: Scene, database: None) -> Scene:
    return running


async def a_clerk(chat: Scene, window: Organisation, name: str = "孙立新") -> Person:
    """Staff with a bound WeChat."""
    person = chat.person(name)
    await chat.bind(person, await builders.a_staff(organisation=window, name=name))
    return person


async def a_holder(chat: Scene) -> tuple[Person, Account]:
    card = await builders.a_card()
    account, person = await Account.find(card.region, card.holder_id), chat.person()
    await chat.bind(person, account)
    return person, account


async def as_it_is(case: Case) -> Case:
    return await Case.find(case.region, case.id)


async def test_a_stranger_is_told_to_bind_and_nothing_else(chat: Scene) -> None:
    person = chat.person()
    for text in ("待办", "我的办件", "受理 1 好", "你好", "到哪了 1"):
        assert "「绑定」" in await chat.write(person, text)
    assert "您好" in await chat.tap(person, "subscribe")
    assert await chat.tap(person, "unsubscribe") == ""


async def test_the_link_leads_through_login_and_wechat_to_a_bound_account(chat: Scene) -> None:
    person, account = chat.person(), await builders.a_talent(name="周敏")
    link = re.search(r'http[^\s"]+', await chat.write(person, "绑定"))
    assert link is not None
    path = httpx.URL(link[0]).path
    headers = {"Accept": "text/html"}
    before = await chat.client.get(path, headers=headers)
    assert (before.status_code, before.headers["location"].startswith(f"/{chat.region}/login?next=")) == (303, True)
    page = {"headers": headers | {"Cookie": f"gl_phone={await builders.a_session(account)}"}}
    asked = await chat.client.get(path, **page)
    assert "周*" in asked.text
    assert f"/{chat.region}/login/wechat?next=" in asked.text
    await chat.bind(person, account)  # what /login/wechat does with the openid that WeChat gave
    assert "绑定好了" in (await chat.client.get(path, **page)).text
    assert "周*" in await chat.write(person, "绑定")


async def test_a_link_that_is_forged_foreign_or_old_is_over(chat: Scene) -> None:
    session = await builders.a_session(await builders.a_talent())
    old = binding.token(chat.region, "o-x", clock.now() - timedelta(minutes=31))
    foreign = binding.token("elsewhere", "o-x", clock.now())
    for text in (old, foreign, "AAAA", "x" * 90, foreign[:-2]):
        answer = await chat.client.get(f"/{chat.region}/bind/{text}", headers={"Cookie": f"gl_phone={session}"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "bind_link_over")


@pytest.mark.req("WH-52")
async def test_a_holder_reads_her_cases_and_their_progress(chat: Scene) -> None:
    person, account = await a_holder(chat)
    assert await chat.write(person, "我的办件") == "您还没有预约过服务。"
    case = await builders.a_booking(holder=account, step="pre_review")
    listed = await chat.write(person, "我的预约")
    assert f"1. {case.subject}（{case.number}）" in listed
    for order in ("到哪了 1", "到哪了１", f"到哪了 {case.number}", f"进度 {case.number.lower()}"):
        told = await chat.write(person, order)
        assert "✓ 受理" in told, order
        assert "▶ 预审" in told
        assert "材料齐全" in told
    assert await chat.write(person, "到哪了 2") == "这个序号已经过期。请先发送「待办」或「我的办件」，再按新的序号回复。"
    other, _ = await a_holder(chat)
    assert "没有找到" in await chat.write(other, f"到哪了 {case.number}")


@pytest.mark.req("WH-60")
@pytest.mark.req("WH-61")
@pytest.mark.req("WH-62")
@pytest.mark.req("WH-63")
async def test_a_clerk_handles_a_case_to_its_end_by_reply(chat: Scene) -> None:
    window = await builders.an_organisation("window")
    clerk, (holder, account) = await a_clerk(chat, window), await a_holder(chat)
    case = await builders.a_booking(holder=account)
    listed = await chat.write(clerk, "待办")
    assert "待办 1 件" in listed
    assert f"1. {case.subject}（{case.number}）" in listed
    assert account.name not in listed
    assert "下一步：预审" in await chat.write(clerk, "受理 1 材料齐全")
    assert "下一步：办结" in await chat.write(clerk, "预审 1 已与医院确认")
    assert "请写明结果" in await chat.write(clerk, "办结 1 请周三到院")
    assert "已办结（办理成功）" in await chat.write(clerk, "办结 1 办理成功 请周三上午到门诊楼一层")
    assert (await as_it_is(case)).state is CaseState.COMPLETED
    events = await progress.history(case.region, case.id)
    assert [(event.done, event.opinion, event.channel) for event in events[1:]] == [
        ("已受理", "材料齐全", "wechat"), ("预审通过", "已与医院确认", "wechat"), ("已办结", "请周三上午到门诊楼一层", "wechat")]
    assert "请您评价" in await chat.write(holder, "我的办件")
    assert await chat.write(clerk, "待办") == "您现在没有待办事项。"


@pytest.mark.req("WH-61")
async def test_a_return_needs_its_reason(chat: Scene) -> None:
    clerk = await a_clerk(chat, await builders.an_organisation("window"))
    case = await builders.a_booking()
    await chat.write(clerk, "待办")
    assert "请写明退回的意见" in await chat.write(clerk, "退回 1")
    assert "已退回" in await chat.write(clerk, "退回 1 请写明就诊日期和科室")
    assert (await as_it_is(case)).state is CaseState.RETURNED


@pytest.mark.req("WH-61")
async def test_a_ready_opinion_is_picked_by_its_number_ones_own_first(chat: Scene) -> None:
    window = await builders.an_organisation("window")
    clerk, account = chat.person("孙立新"), await builders.a_staff(organisation=window, name="孙立新")
    await chat.bind(clerk, account)
    case = await builders.a_booking()
    region = await regions.current(case.region)
    await library.keep(region, await builders.the_actor(account), Action.RETURN, "请写明就诊日期。", None, clock.now())
    await chat.write(clerk, "待办")
    listed = await chat.write(clerk, "意见 1")
    assert "#1 请写明就诊日期。" in listed and "#2 请补充具体日期和时间。" in listed
    assert "没有这一条" in await chat.write(clerk, "退回 1 #40")
    assert "已退回" in await chat.write(clerk, "退回 1 #1")
    assert (await progress.history(case.region, case.id))[-1].opinion == "请写明就诊日期。"


@pytest.mark.req("WH-60")
async def test_a_number_means_what_was_seen(chat: Scene) -> None:
    """Somebody else was faster, on the desk: the chat says who, and does nothing."""
    window = await builders.an_organisation("window")
    clerk, case = await a_clerk(chat, window), await builders.a_booking()
    assert "过期" in await chat.write(clerk, "受理 1 好")
    await chat.write(clerk, "待办")
    faster = await logged_in(chat.client, await builders.a_staff(organisation=window, name="许晴川"))
    await faster.post(f"desk/cases/{case.id}/acts", {"action": "approve", "seen": case.version, "opinion": "同意"})
    told = await chat.write(clerk, "退回 1 请补充")
    assert "许晴川" in told
    assert "已受理" in told
    assert (await as_it_is(case)).step == "pre_review"
    await chat.write(clerk, "待办")
    assert "现在是「预审」" in await chat.write(clerk, "受理 1 好")
    assert "没有可以转办的机构" in await chat.write(clerk, "转办 1")
    await builders.a_staff(organisation=(await Organisation.of(chat.region, kind="window").order_by("code"))[1])
    assert "网页办理" in await chat.write(clerk, "转办 1")
    assert "没有转办" in await chat.write(clerk, "0")


async def test_the_chat_the_api_and_the_desk_count_the_same(chat: Scene) -> None:
    window = await builders.an_organisation("window")
    account = await builders.a_staff(organisation=window)
    clerk = chat.person()
    await chat.bind(clerk, account)
    cases = [await builders.a_booking() for _ in range(10)]
    listed = await chat.write(clerk, "待办")
    api = (await (await logged_in(chat.client, account)).get("desk/todo")).json()
    assert [line["number"] for line in api["items"]] == [case.number for case in cases]
    assert re.findall(r"（(\w+)）", listed) == [case.number for case in cases[:8]]
    assert ("待办 10 件" in listed, api["all"], "还有 2 件" in listed) == (True, 10, True)


@pytest.mark.req("WH-52")
@pytest.mark.req("WH-60")
async def test_what_the_chat_does_pages_and_api_show(chat: Scene) -> None:
    window = await builders.an_organisation("window")
    account = await builders.a_staff(organisation=window)
    clerk, (_, holder) = chat.person(), await a_holder(chat)
    await chat.bind(clerk, account)
    case = await builders.a_booking(holder=holder)
    await chat.write(clerk, f"受理 {case.number} 请保持电话畅通")
    cookies = f"gl_phone={await builders.a_session(holder)}; gl_desk={await builders.a_session(account, 'desk')}"
    pages = {"Cookie": cookies, "Accept": "text/html"}
    phone = await chat.client.get(f"/{chat.region}/cases/{case.id}", headers=pages)
    desk = await chat.client.get(f"/{chat.region}/console/cases/{case.id}", headers=pages)
    api = await (await logged_in(chat.client, holder)).get(f"bookings/{case.id}")
    for answer in (phone, desk, api):
        assert answer.status_code == 200
        assert "请保持电话畅通" in answer.text
        assert "预审" in answer.text


async def test_a_slow_act_is_answered_in_time_and_done_all_the_same(chat: Scene, orm: Servers) -> None:
    """Somebody else holds the case for longer than WeChat waits: no word now, the order is carried out once, and its words follow in the chat."""
    clerk = await a_clerk(chat, await builders.an_organisation("window"))
    case = await builders.a_booking()
    other = await asyncpg.connect(**credentials(orm.database_url))
    held = other.transaction()
    await held.start()
    await other.execute("SELECT 1 FROM cases WHERE id = $1 FOR UPDATE", case.id)
    assert await chat.write(clerk, f"受理 {case.number} 好") == ""
    await held.rollback()
    await other.close()
    await verbs.drained(30)
    assert "下一步：预审" in chat.sandbox.state.chat[-1].text
    assert (await as_it_is(case)).version == case.version + 1


async def test_a_holder_cannot_act_and_a_clerk_of_another_window_finds_nothing(chat: Scene) -> None:
    windows = await Organisation.of(chat.region, kind="window").order_by("code").limit(2)
    person, account = await a_holder(chat)
    case = await builders.a_booking(holder=account)
    await chat.write(person, "我的办件")
    assert "您可以发送" in await chat.write(person, "受理 1 好")
    stranger = await a_clerk(chat, windows[1])
    assert "没有找到" in await chat.write(stranger, f"受理 {case.number} 好")
    assert (await as_it_is(case)).version == case.version


async def test_a_stopped_account_is_told_so(chat: Scene) -> None:
    person, account = await a_holder(chat)
    await Account.of(account.region, id=account.id).update(state="suspended")
    assert "已停用" in await chat.write(person, "我的办件")


async def test_pictures_and_odd_words_are_answered_with_what_can_be_said(chat: Scene) -> None:
    person, _ = await a_holder(chat)
    for text in ("😀", "<![CDATA[x]]>", "受理", "1", "到哪了", "a" * 2000, "办结 99999999 x"):
        assert await chat.write(person, text), text
