"""Whole conversations with the official account, to be read as a person would have them (WH-50..54, WH-60..65)."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from config import clock
from config.keys import keys
from config.settings import settings
from models.account import Account
from models.case import Case, CaseState
from models.catalogue import Service
from models.database import credentials, execute, rows
from models.organisation import Organisation
from models.visit import Rating
from qr import board_code, draw
from sandbox.state import ChatLine, Person
from services import bookings, regions, slots, talks, verbs, windows
from services.windows import Window
from tests import builders
from tests.acceptance.dialogue import speak
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene
from wechat.bot.staff_link import Link

SECONDS = 30


@pytest_asyncio.fixture(scope="module")
async def running(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-talks") as found:
        yield found


@pytest_asyncio.fixture
async def chat(running: Scene, database: None) -> Scene:
    running.sandbox.state.chat.clear()
    running.sandbox.state.faults.clear()
    return running


async def a_holder(chat: Scene) -> tuple[Person, Account]:
    card = await builders.a_card()
    account, person = await Account.find(card.region, card.holder_id), chat.person()
    await chat.bind(person, account)
    return person, account


async def a_clerk(chat: Scene, window: Organisation | str, name: str = "孙立新", role: str = "clerk") -> tuple[Person, Account]:
    person, account = chat.person(name), await builders.a_staff(organisation=window, name=name, role=role)
    await chat.bind(person, account)
    return person, account


async def place_in_list(offered: str, wanted: str) -> int:
    """The number before a line of what the account said."""
    line = next(line for line in offered.splitlines() if wanted in line and line[:1].isdigit())
    return int(line.split(".")[0])


async def a_service(**conditions: object) -> Service:
    found = await Service.of(await builders.a_region(), state="active", bookable=True, levels=[], **conditions).order_by("code").first()
    assert found is not None
    return found


async def category_of(service: Service) -> str:
    found = await rows("SELECT name FROM category WHERE region = $1 AND id = $2", service.region, service.category_id)
    return str(found[0]["name"])


async def cases_of(account: Account) -> list[Case]:
    return await Case.of(account.region, applicant_id=account.id)


async def pictures(chat: Scene, person: Person, *, choices: bool = False) -> list[ChatLine]:
    """What followed the words."""
    async with asyncio.timeout(SECONDS):
        await verbs.drained(SECONDS)
    return [line for line in chat.sandbox.state.chat if line.openid == person.openid and line.speaker == "account"
            and (line.choices if choices else line.picture)]


@pytest.mark.req("WH-50")
@pytest.mark.req("WH-51")
async def test_a_holder_books_step_by_step(chat: Scene) -> None:
    person, account = await a_holder(chat)
    service, window = await a_service(slot_minutes__isnull=True, every_window=True), await builders.an_organisation("window")
    district = next(one for one in (await regions.current(chat.region)).profile.districts if one.code == window.district)
    await speak(chat, person, f"""
        > 预约
        请选择服务类别
        > 帮助
        请回复 1 到
        > {await category_of(service)}
        请选择服务
        回复「0」返回上一步
        > 0
        请选择服务类别
        > {await category_of(service)}
        > {service.name}
        请回复预约需求
        > 太短
        至少写 5 个字
        > 想预约心内科专家门诊，下周三上午，一共 2 个人
        请选择所属区县
        {district.name}
        > 99
        请回复 1 到
        > {district.name}
        请核对
        服务：{service.name}
        预约需求：想预约心内科专家门诊
        服务窗口：{window.name}
        > 好的
        确认无误请回复「提交」
        > 0
        请选择所属区县
        > {district.name}
        请核对
    """)
    assert await cases_of(account) == []
    said = await speak(chat, person, f"""
        > 提交
        已提交：{service.name}
        由{window.name}办理
    """)
    case, = await cases_of(account)
    assert case.number in said
    assert (case.state, case.handler_org, case.data["need"]) == (CaseState.HANDLING, window.id, "想预约心内科专家门诊，下周三上午，一共 2 个人")
    assert (await rows("SELECT channel FROM case_event WHERE case_id = $1", case.id))[0]["channel"] == "wechat"


@pytest.mark.req("WH-51")
async def test_a_slot_is_chosen_by_day_and_time_and_one_that_is_gone_is_asked_for_again(chat: Scene) -> None:
    person, account = await a_holder(chat)
    region = await regions.current(chat.region)
    await slots.lay_out(region, clock.now())
    service = await a_service(slot_minutes__not_isnull=True)
    window = (await bookable_windows(service))[0]
    district = next(one.name for one in region.profile.districts if one.code == window.organisation.district)
    said = await speak(chat, person, f"""
        > 我要预约
        > {await category_of(service)}
        > {service.name}
        > 请安排靠近中午的时段，一人前往
        请选择所属区县
        > {district}
    """)
    if "请选择服务窗口" in said:
        said = await chat.write(person, window.organisation.name)
    assert "请选择日期" in said
    times = await chat.write(person, "1")
    assert "请选择时段" in times
    assert "请核对" in await chat.write(person, "1")
    await execute("UPDATE slot SET taken = capacity WHERE region = $1 AND service_id = $2 AND starts_at < $3", chat.region, service.id,
                  clock.now() + timedelta(days=2))
    again = await chat.write(person, "提交")
    assert "请选择日期" in again
    assert await cases_of(account) == []
    await speak(chat, person, """
        > 1
        请选择时段
        > 1
        请核对
        > 提交
        已提交
    """)
    assert len(await cases_of(account)) == 1


async def bookable_windows(service: Service) -> list[Window]:
    return (await bookings.choices(await regions.current(service.region), service, None, None, clock.now())).windows


async def test_what_was_begun_can_be_left_and_who_may_not_book_hears_it_first(chat: Scene) -> None:
    person, account = await a_holder(chat)
    service = await a_service(slot_minutes__isnull=True)
    await speak(chat, person, f"""
        > 预约
        > {await category_of(service)}
        > 取消
        已取消
        > 1
        序号已经过期
        > 取消
        没有进行中的操作
        > 预约
        > 0
        已取消
    """)
    await execute("UPDATE card SET state = 'suspended' WHERE region = $1 AND holder_id = $2", account.region, account.id)
    await speak(chat, person, f"""
        > 预约
        > {await category_of(service)}
        > {service.name}
        卡
        !请回复预约需求
    """)
    clerk, _ = await a_clerk(chat, await builders.an_organisation("window"))
    await speak(chat, clerk, """
        > 预约
        由持卡人本人办理
    """)


async def test_a_talk_is_in_the_database_and_old_ones_are_over(chat: Scene) -> None:
    """Nothing of it is in a process, so a restart changes nothing; what lies there is sealed."""
    person, _ = await a_holder(chat)
    service = await a_service(slot_minutes__isnull=True)
    await speak(chat, person, f"""
        > 预约
        > {await category_of(service)}
        > {service.name}
        > 请帮我联系接机，周五下午到
        请选择所属区县
    """)
    kept = await rows("SELECT state_sealed FROM talk WHERE state_sealed IS NOT NULL")
    assert len(kept) == 1
    assert "接机".encode() not in bytes(kept[0]["state_sealed"])
    await execute("UPDATE talk SET changed_at = changed_at - interval '31 minutes'")
    await speak(chat, person, """
        > 1
        序号已经过期
    """)


@pytest.mark.req("WH-52")
async def test_where_is_it_is_told_in_words_and_as_a_picture(chat: Scene) -> None:
    person, account = await a_holder(chat)
    case = await builders.a_booking(holder=account, step="pre_review")
    await speak(chat, person, f"""
        > 我的办件
        1. {case.subject}（{case.number}）
        > 到哪了 1
        ✓ 受理
        ▶ 预审
        材料齐全
        下一步：预审完成后进入办结，您现在不用做什么。
    """)
    line, = await pictures(chat, person)
    assert chat.sandbox.state.media[line.picture].startswith(b"\x89PNG")
    chat.sandbox.break_down("wechat", "cut", path="/cgi-bin/media/upload")
    await speak(chat, person, """
        > 1
        ▶ 预审
    """)
    assert len(await pictures(chat, person)) == 1


@pytest.mark.req("WH-52")
async def test_who_must_mend_her_form_hears_that_it_waits_for_her(chat: Scene) -> None:
    person, account = await a_holder(chat)
    case = await builders.a_booking(holder=account, returned=True)
    await speak(chat, person, f"""
        > 到哪了 {case.number}
        退回待修改
        下一步：请按意见修改后重新提交，在这之前办理时限暂停计算。
    """)


@pytest.mark.req("WH-53")
async def test_a_rating_is_one_tap_or_one_digit(chat: Scene) -> None:
    person, account = await a_holder(chat)
    first, second = [await builders.a_booking(holder=account, completed=True) for _ in range(2)]
    await speak(chat, person, """
        > 评价
        待评价的办件
        > 评价 1
        请回复 1 到 5
        > 7
        请回复 1 到 5
        > 帮助
        请回复 1 到 5
        > 4
        已评价 4 星（满意）
        > 评价
        请评价
    """)
    offered = (await pictures(chat, person, choices=True))[-1].choices
    tapped = next(id for id in offered if id.startswith("rate-1-"))
    assert "一句话" in await chat.choose(person, offered[tapped], tapped)
    await speak(chat, person, """
        > 等了三天没有回音
        已评价 1 星（非常不满意）
        > 评价
        没有待评价
    """)
    assert "没有待评价" in await chat.choose(person, offered[tapped], tapped)
    given = {one.case_id: (one.stars, one.words) for one in await Rating.of(chat.region, case_id__in=[first.id, second.id])}
    assert sorted(given.values()) == [(1, "等了三天没有回音"), (4, "")]


@pytest.mark.req("WH-54")
async def test_windows_near_a_place(chat: Scene) -> None:
    known = [one.organisation for one in await windows.directory(await regions.current(chat.region), clock.now()) if one.organisation.latitude]
    assert known[0].latitude is not None
    assert known[0].longitude is not None
    said = await chat.place(chat.person(), known[0].latitude + 0.001, known[0].longitude)
    first = said.splitlines()[1]
    assert known[0].name in first
    assert "110 米" in first
    assert known[0].phone in said
    assert "公里" in await chat.place(chat.person(), 39.9, 116.4)


@pytest.mark.req("WH-55")
async def test_a_photo_of_a_board_leads_to_its_scan_page(chat: Scene) -> None:
    person, _ = await a_holder(chat)
    board = await builders.a_board()
    code = board_code.encode(chat.region, board.serial, keys())
    address = board_code.url(settings().public_url, chat.region, code)
    assert f"/{chat.region}/v/{code}" in await chat.photo(person, draw.png(address))
    assert "不是服务场所" in await chat.photo(person, draw.png("https://example.org/x"))
    assert "没有认出" in await chat.photo(person, b"\xff\xd8\xff not a picture")


@pytest.mark.req("WH-60")
async def test_a_clerk_opens_the_page_from_the_chat(chat: Scene) -> None:
    """Each answer leads where it speaks of, without logging in; what waits for a holder she opens with her login as ever."""
    (clerk, _), case = await a_clerk(chat, await builders.an_organisation("window")), await builders.a_booking()
    listed = await speak(chat, clerk, f"""
        > 待办
        1. {case.subject}
        在网页办理</a>（10 分钟内有效，只能用一次，请勿转发）
        /enter/
        !/desk-m
    """)
    shown = await speak(chat, clerk, """
        > 1
        ▶ 受理
        在网页办理</a>（10 分钟内有效，只能用一次，请勿转发）
        /enter/
    """)
    read = [Link.read(chat.region, said.partition("/enter/")[2].partition('"')[0], clock.now()) for said in (listed, shown)]
    assert [link.page for link in read] == ["desk-m", f"desk-m/cases/{case.id}"]
    assert len({link.who.mark for link in read}) == 2
    holder, account = await a_holder(chat)
    own = await builders.a_booking(holder=account)
    await speak(chat, holder, f"""
        > 到哪了 {own.number}
        在网页查看详情</a>
        /cases/{own.id}
        !/enter/
    """)


@pytest.mark.req("WH-60")
@pytest.mark.req("WH-63")
async def test_a_clerk_passes_a_case_on_choosing_the_office(chat: Scene) -> None:
    window = await builders.an_organisation("window")
    (clerk, _), case = await a_clerk(chat, window), await builders.a_booking()
    other = (await Organisation.of(chat.region, kind="window").order_by("code"))[1]
    await builders.a_staff(organisation=other, name="许晴川")
    said = await speak(chat, clerk, f"""
        > 待办
        1. {case.subject}
        > 1
        ▶ 受理
        可以回复
        「转办 1」
        > 转办 1
        转到哪里
        {other.name}
    """)
    place = await place_in_list(said, other.name)
    await speak(chat, clerk, f"""
        > {place}
        请写明转办到{other.name}的原因
        > 99 原因
        序号 1 到
        > {place} 申请人在该区工作
        已转办到{other.name}
        > 待办
        没有待办
    """)
    moved = await Case.find(case.region, case.id)
    assert moved.handler_org == other.id


@pytest.mark.req("WH-60")
async def test_what_one_message_cannot_hold_follows_in_the_next(chat: Scene) -> None:
    """WeChat takes 2048 bytes at once, and refuses what is longer."""
    (clerk, _), case = await a_clerk(chat, await builders.an_organisation("window")), await builders.a_booking()
    await execute("UPDATE organisation SET name = code || repeat('人才服务窗口', 12) WHERE region = $1 AND kind = 'window'", chat.region)
    windows = [one for one in await Organisation.of(chat.region, kind="window").order_by("code") if one.id != case.handler_org]
    for window in windows:
        await builders.a_staff(organisation=window)
    await speak(chat, clerk, """
        > 待办
        1.
        > 1
        ▶ 受理
    """)
    first = await chat.write(clerk, "转办 1")
    await pictures(chat, clerk)
    lines = [line.text for line in chat.sandbox.state.chat if line.openid == clerk.openid and line.speaker == "account"]
    said = "\n".join(lines[lines.index(first):])
    assert not first.endswith("</a>（10 分钟内有效，只能用一次，请勿转发）")
    assert [name for name in (one.name for one in windows) if name not in said] == []
    assert "在网页办理</a>（10 分钟内有效，只能用一次，请勿转发）" in said


@pytest.mark.req("WH-65")
async def test_what_is_late_is_told_to_who_watches(chat: Scene) -> None:
    window = await builders.an_organisation("window")
    clerk, _ = await a_clerk(chat, window)
    watcher, account = chat.person("于科长"), await builders.a_city_staff()
    await chat.bind(watcher, account)
    case = await builders.a_booking()
    await execute("UPDATE cases SET due_at = now() - interval '3 days' WHERE id = $1", case.id)
    await speak(chat, clerk, """
        > 督办
        超时 1 件
        !本地区
    """)
    await speak(chat, watcher, f"""
        > 督办
        本地区超时 1 件
        {window.name} 1 件
    """)


async def test_a_deputy_acts_here_too(chat: Scene) -> None:
    window, elsewhere = await builders.an_organisation("window"), (await Organisation.of(chat.region, kind="window").order_by("code"))[2]
    _, away = await a_clerk(chat, window, "孙立新")
    deputy, account = await a_clerk(chat, elsewhere, "许晴川")
    case = await builders.a_booking()
    await speak(chat, deputy, """
        > 待办
        没有待办
    """)
    now = clock.now()
    await execute("INSERT INTO deputy (region, id, account_id, deputy_id, from_at, until_at, named_by, named_at) "
                  "VALUES ($1, uuidv7(), $2, $3, $4, $5, $2, $4)",
                  chat.region, away.id, account.id, now - timedelta(hours=1), now + timedelta(days=1))
    await speak(chat, deputy, f"""
        > 待办
        1. {case.subject}
        > 受理 1 代为受理
        下一步：预审
    """)


async def test_unbinding_is_asked_twice(chat: Scene) -> None:
    person, _ = await a_holder(chat)
    await speak(chat, person, """
        > 解绑
        确定解除
        > 不
        没有解除
        > 解绑
        > 确认
        已解除绑定
        > 我的办件
        请先发送「绑定」
    """)


async def test_two_quick_messages_are_answered_in_their_order(chat: Scene, orm: Servers) -> None:
    """The first is held up, the second comes meanwhile: it waits, and finds the chat as the first leaves it."""
    person, _ = await a_holder(chat)
    service = await a_service(slot_minutes__isnull=True)
    await chat.write(person, "预约")
    other = await asyncpg.connect(**credentials(orm.database_url))
    try:
        async with asyncio.timeout(SECONDS), other.transaction():
            await other.execute("SELECT 1 FROM talk FOR UPDATE")
            first = asyncio.create_task(chat.write(person, await category_of(service)))
            await waiting(other, 1)
            second = asyncio.create_task(chat.write(person, service.name))
            await waiting(other, 2)
        assert "请选择服务：" in await first
        assert "请回复预约需求" in await second
    finally:
        await other.close()


async def test_two_messages_that_do_not_wait_for_each_other_lose_one(chat: Scene) -> None:
    """The negative control: both read the chat before either has left its state, as without the lock; what the first left is gone."""
    person, _ = await a_holder(chat)
    region, app_id, now = await regions.current(chat.region), settings().official_app_id, clock.now()
    seen = [dict(await talks.hold(region, app_id, person.openid, now)) for _ in range(2)]  # no transaction: held by nobody
    for number, state in enumerate(seen):
        await talks.keep(region, app_id, person.openid, state | {f"message {number}": True}, now)
    assert await talks.hold(region, app_id, person.openid, now) == {"message 1": True}


async def waiting(other: asyncpg.Connection, wanted: int) -> None:
    """Until so many statements wait for the chat."""
    async with asyncio.timeout(SECONDS):
        for _ in itertools.count():
            if await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()") >= wanted:
                return
            await asyncio.sleep(0.02)
