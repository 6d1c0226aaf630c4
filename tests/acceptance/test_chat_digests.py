"""The day's digest comes to the chat by itself: once a day, to whom it concerns, in the chat, by a template, or as the SMS that it replaces."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from config.profile import WechatText
from config.settings import settings
from config.vocabulary import NotificationKind
from models.account import Account
from models.database import execute, rows
from models.notification import Delivery, Notification
from sandbox.state import Person
from services import chat_digests, delivery, regions, supervision
from services.chat_digests import OPEN
from services.regions import Region
from sms.aliyun import AliyunGateway
from tests import builders
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene
from wechat.bot import words
from wechat.platform import Platform
from wechat.telling import Chat

#: Its first case of the day is due at one o'clock; two weeks later it is late.
MONDAY = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
LATE = MONDAY + timedelta(days=14)
RACE_SECONDS = 60


@pytest_asyncio.fixture(scope="module")
async def running(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-digests") as found:
        yield found


@pytest.fixture
def chat(running: Scene, database: None) -> Scene:
    running.sandbox.state.account_region = running.region
    running.sandbox.state.texts.clear()
    return running


async def a_clerk(chat: Scene, wrote: datetime | None = MONDAY) -> tuple[Person, Account]:
    """Of the office that has a case, with her chat bound; she wrote there at ``wrote``."""
    person, account = chat.person(), await builders.a_staff(organisation=await builders.an_organisation(code=None))
    await chat.bind(person, account)
    if wrote is not None:
        await chat.write(person, "帮助")  # opens WeChat's window, too
        assert await rows("SELECT 1 FROM wechat_binding WHERE account_id = $1 AND wrote_at IS NOT NULL", account.id)
        await execute("UPDATE wechat_binding SET wrote_at = $2 WHERE account_id = $1", account.id, wrote)
    return person, account


async def a_case() -> None:
    """Of whose own turns nobody is told here."""
    case = await builders.a_booking(now=MONDAY)
    await execute("DELETE FROM notification WHERE subject_id = $1", case.id)


async def drain(chat: Scene, now: datetime) -> tuple[int, int]:
    """How many rows left for the chat and by SMS."""
    config = settings().model_copy(update={"wechat_url": chat.sandbox.url, "sms_url": chat.sandbox.url})
    gateway = AliyunGateway.from_settings(config)
    try:
        async with Platform.of_official_account(config, None) as platform:
            return await chat_digests.drain(Chat(platform), now), await delivery.drain(gateway, now)
    finally:
        gateway.close()


def heard(chat: Scene, person: Person, speaker: str = "account") -> list[str]:
    """Digests that stand in her chat."""
    return [line.text for line in chat.sandbox.state.chat if line.openid == person.openid and line.speaker == speaker and "超时" in line.text
            and "您可以发送" not in line.text]


async def saying(region: Region, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Region:
    """The region, whose profile says the digest so."""
    sending = region.profile.sending
    texts = {**sending.texts, NotificationKind.DAY_DIGEST: sending.texts[NotificationKind.DAY_DIGEST].model_copy(update=changes)}
    profile = region.profile.model_copy(update={"sending": sending.model_copy(update={"texts": texts})})
    monkeypatch.setitem(regions._versions, (region.code, region.version), type(region)(**{**vars(region), "profile": profile}))
    return await regions.current(region.code)


@pytest.mark.req("WH-65")
async def test_who_has_something_due_today_hears_of_it_once_however_many_workers_look(chat: Scene) -> None:
    region, (person, account) = await regions.current(chat.region), await a_clerk(chat)
    await a_case()
    async with asyncio.timeout(RACE_SECONDS):
        assert sorted(await asyncio.gather(*(supervision.send_digests(region, MONDAY) for _ in range(4)))) == [0, 0, 0, 1]
        assert sorted(await asyncio.gather(drain(chat, MONDAY), drain(chat, MONDAY))) == [(0, 0), (1, 0)]
    assert heard(chat, person) == [f"您今天到期 1 件，已超时 0 件，请尽快办理。\n{words.DIGEST_FOOT}"]
    assert await supervision.send_digests(region, MONDAY + timedelta(hours=3)) == 0
    found = await Notification.of(region.code, account_id=account.id).get()
    assert (found.channel, found.state, found.settled_at) == ("chat", Delivery.ACCEPTED, MONDAY)
    await execute("UPDATE notification SET dedupe_key = 'another' WHERE id = $1", found.id)  # the negative control: with no key it comes twice
    assert await supervision.send_digests(region, MONDAY) == 1


async def test_what_an_sms_would_have_said_is_said_in_an_open_chat_instead(chat: Scene) -> None:
    region, (person, account) = await regions.current(chat.region), await a_clerk(chat, LATE)
    silent = await builders.a_staff(organisation=await builders.an_organisation(code=None))
    await a_case()
    await supervision.sweep(region, LATE)
    assert await supervision.send_digests(region, LATE) == 2 and await drain(chat, LATE) == (1, 1)
    assert {one.account_id: one.channel for one in await Notification.of(region.code)} == {
        account.id: "chat", silent.id: "sms"}
    assert len(heard(chat, person)) == 1 and len(chat.sandbox.state.texts) == 1


async def test_a_chat_that_turns_out_to_be_closed_brings_the_sms(chat: Scene) -> None:
    region, (person, account) = await regions.current(chat.region), await a_clerk(chat, LATE)
    await a_case()
    await supervision.sweep(region, LATE)
    await supervision.send_digests(region, LATE)
    chat.sandbox.state.windows.pop(person.openid)  # 45015
    assert [await drain(chat, LATE), await drain(chat, LATE)] == [(1, 1), (0, 0)]
    found = await Notification.of(region.code, account_id=account.id).get()
    assert (found.channel, found.state, heard(chat, person)) == ("sms", Delivery.ACCEPTED, [])
    assert [(one["channel"], one["provider_code"]) for one in await rows("SELECT * FROM notification_try")] == [("chat", "45015")]


@pytest.mark.parametrize("wrote", [None, MONDAY - OPEN])
async def test_a_closed_chat_hears_by_a_template_or_not_at_all(chat: Scene, monkeypatch: pytest.MonkeyPatch, wrote: datetime | None) -> None:
    region, (person, account) = await regions.current(chat.region), await a_clerk(chat, wrote)
    await a_case()
    assert await supervision.send_digests(region, MONDAY) == 0
    template = WechatText(template="DAY", data={"number1": "{due_today}", "number2": "{overdue}", "time3": "{at}"})
    assert await supervision.send_digests(await saying(region, monkeypatch, wechat=template), MONDAY) == 1
    assert await drain(chat, MONDAY) == (1, 0)
    assert [line.text.split("\n")[:2] for line in chat.sandbox.state.chat if line.openid == person.openid and line.speaker == "card"] == [["1", "0"]]
    async with asyncio.timeout(RACE_SECONDS):
        while (await Notification.of(region.code, account_id=account.id).get()).state is not Delivery.DELIVERED:  # noqa: ASYNC110  an event brings it
            await asyncio.sleep(0.05)


async def test_who_does_not_want_it_says_so_in_the_chat_and_gets_the_sms_as_before(chat: Scene) -> None:
    region, (person, _) = await regions.current(chat.region), await a_clerk(chat, LATE)
    await a_case()
    await supervision.sweep(region, LATE)
    assert "不在这里发送每日摘要" in await chat.write(person, "不再发送摘要")
    await execute("UPDATE wechat_binding SET wrote_at = $1", LATE)
    assert await supervision.send_digests(region, LATE) == 1 and await drain(chat, LATE) == (0, 1)
    assert "会在这里告诉您" in await chat.write(person, "发送摘要")
    tomorrow = LATE + timedelta(days=1)
    await execute("UPDATE wechat_binding SET wrote_at = $1", tomorrow)
    assert await supervision.send_digests(region, tomorrow) == 1 and await drain(chat, tomorrow) == (1, 0)


async def test_a_region_that_does_not_offer_it_sends_none_and_holders_are_told_what_they_can_do(chat: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    (person, _), holder = await a_clerk(chat), chat.person()
    region = await saying(await regions.current(chat.region), monkeypatch, channel="none")
    await a_case()
    assert await supervision.send_digests(region, MONDAY) == 0
    assert await chat.write(person, "发送摘要") == words.NO_DIGESTS
    await chat.bind(holder, await builders.a_talent())
    assert "「预约」" in await chat.write(holder, "不再发送摘要")
