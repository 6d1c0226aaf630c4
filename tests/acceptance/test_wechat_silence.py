"""When WeChat does not answer, over the wire: nobody is told twice, what arrived is known by its event, and the rest waits for the office."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from config import clock
from config.settings import settings
from config.vocabulary import NotificationKind
from models.database import new_id, rows
from models.notification import Delivery, Notification
from services import delivery, regions, subscriptions, wechat_delivery, wechat_receipts
from services.notifications import tell
from sms.aliyun import AliyunGateway
from tests import builders
from tests.acceptance.desk import desk, words
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene
from wechat.platform import Platform
from wechat.telling import Subscriptions

KIND = NotificationKind.CASE_COMPLETED
SEND = "/cgi-bin/message/subscribe/send"


@pytest_asyncio.fixture(scope="module")
async def running(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-silence") as found:
        yield found


@pytest.fixture
def chat(running: Scene, database: None) -> Scene:
    running.sandbox.state.account_region = running.region
    return running


def noon(days: int) -> datetime:
    """Of a day before or after today: no quiet hour, and surely before, or after, all that happens now."""
    return (clock.now().astimezone(ZoneInfo("Asia/Shanghai")) + timedelta(days=days)).replace(hour=12)


SENT, SWEPT = noon(-1), noon(-1) + timedelta(hours=1)


async def a_telling(chat: Scene, fault: str, seconds: float = 3.0) -> Notification:
    """Something that a bound person agreed to hear in WeChat, sent while WeChat fails so."""
    region, person, account = await regions.current(chat.region), chat.person(), await builders.a_talent()
    await chat.bind(person, account)
    who, text, key = await builders.the_actor(account), region.profile.sending.wechat_of(KIND), str(new_id())
    assert text is not None
    await subscriptions.answered(region, who, settings().wechat_app_id, {text.template: "accept"}, SENT)
    chat.sandbox.state.consents[person.openid, text.template] = 1
    await tell(region, KIND, dedupe_key=key, params=dict.fromkeys(KIND.params, "X1"), account_id=account.id, now=SENT)
    chat.sandbox.break_down("wechat", fault, times=1, seconds=seconds, path=SEND)
    async with Platform.of_mini_program(settings().model_copy(update={"wechat_url": chat.sandbox.url}), None) as platform:
        assert await wechat_delivery.drain(Subscriptions(platform), SENT) == 1
    found = await Notification.of(chat.region, dedupe_key=key).get()
    assert (found.channel, found.state) == ("wechat", Delivery.UNKNOWN)
    return found


async def sent_by_sms(chat: Scene) -> int:
    """How many leave now."""
    gateway = AliyunGateway.from_settings(settings().model_copy(update={"sms_url": chat.sandbox.url}))
    try:
        return await delivery.drain(gateway, noon(1))
    finally:
        gateway.close()


@pytest.mark.parametrize(("fault", "seconds"), [("accept_then_cut", 0.0), ("accept_then_5xx", 0.0), ("accept_then_hang", 6.0)])
async def test_what_arrived_is_known_by_its_event_although_the_answer_was_lost(chat: Scene, fault: str, seconds: float) -> None:
    message, region = await a_telling(chat, fault, seconds), await regions.current(chat.region)
    async with asyncio.timeout(60):
        while not await rows("SELECT 1 FROM wechat_receipt"):  # noqa: ASYNC110  # it comes from another process's hand, by way of the database
            await asyncio.sleep(0.05)
    assert await wechat_receipts.recognise(region, settings().wechat_app_id, SWEPT) == 1
    assert await wechat_delivery.sweep(region, SWEPT) == 0
    found = await Notification.find(chat.region, message.id)
    assert (found.channel, found.state, await sent_by_sms(chat)) == ("wechat", Delivery.DELIVERED, 0)


async def test_what_wechat_says_nothing_of_waits_for_somebody_who_sends_it_as_sms(chat: Scene) -> None:
    message, region = await a_telling(chat, "cut"), await regions.current(chat.region)
    await wechat_delivery.sweep(region, SWEPT)
    assert await sent_by_sms(chat) == 0
    at = await desk(chat.client, await builders.a_city_staff())
    page = words(await at.get("messages", state="unknown"))
    assert "有 1 条提醒微信没有回音" in page and "改发短信" in page
    assert (await at.post("messages/by-sms", id=str(message.id))).status_code == 303
    assert "微信没有回音" in words(await at.get("messages")) and "改发短信" not in words(await at.get("messages"))
    again = await at.post("messages/by-sms", id=str(message.id))
    assert again.status_code == 409 and "已经有了结果" in words(again)
    assert [await sent_by_sms(chat) for _ in range(2)] == [1, 0]
