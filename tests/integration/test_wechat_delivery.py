"""WeChat first, SMS where it does not arrive: what each answer and each receipt makes of a telling, and that nobody hears it twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from config.errors import NotPermitted
from config.settings import settings
from config.vocabulary import NotificationKind
from models.account import Account, WechatBinding
from models.database import execute, rows
from models.notification import Delivery, Notification
from sandbox.embedded import Sandbox
from sandbox.state import Person
from services import deliveries, delivery, login, notifications, subscriptions, wechat_delivery, wechat_receipts
from services.notifications import tell
from services.regions import Region
from services.wechat_delivery import MessageSettled
from services.wechat_receipts import WechatReceipt
from sms.aliyun import AliyunGateway
from tests import builders
from wechat.platform import Platform
from wechat.telling import Subscriptions

NOON = datetime.fromisoformat("2026-11-23T12:00:00+08:00")
LATER = NOON + timedelta(minutes=31)
KIND = NotificationKind.CASE_COMPLETED
RACES, RACE_SECONDS = 12, 60


@pytest.fixture
async def wechat(sandbox: Sandbox) -> AsyncIterator[Subscriptions]:
    async with Platform.of_mini_program(settings().model_copy(update={"wechat_url": sandbox.url}), None) as platform:
        yield Subscriptions(platform)


async def a_telling(region: Region, sandbox: Sandbox, *, consents: int = 1, there: int | None = None) -> UUID:
    """Something to tell somebody with a bound WeChat. ``consents``: as we counted them; ``there``: as WeChat did, where that differs."""
    text = region.profile.sending.wechat_of(KIND)
    assert text is not None
    person = sandbox.state.add_person(Person(f"o-{uuid4().hex[:12]}", "周敏"))
    who = await builders.the_actor(await builders.a_talent())
    await login.bind_wechat(who, settings().wechat_app_id, person.mini_openid, NOON)
    for _ in range(consents):
        await subscriptions.answered(region, who, settings().wechat_app_id, {text.template: "accept"}, NOON)
    sandbox.state.consents[person.openid, text.template] = consents if there is None else there
    key = str(uuid4())
    await tell(region, KIND, dedupe_key=key, params=dict.fromkeys(KIND.params, "X1"), account_id=who.account_id, subject_id=uuid4(), now=NOON)
    return (await Notification.of(region.code, dedupe_key=key).get()).id


async def state_of(region: Region, id: UUID) -> tuple[str, Delivery, str]:
    found = await Notification.find(region.code, id)
    return found.channel, found.state, found.provider_code


async def receipt(region: Region, id: UUID, *, delivered: bool = True) -> int:
    found = await rows("SELECT provider_id FROM notification WHERE id = $1 AND channel = 'wechat' UNION ALL "
                       "SELECT provider_id FROM notification_try WHERE notification_id = $1", id)
    return await heard(region, "o-nobody", str(found[0]["provider_id"]), delivered=delivered)


async def heard(region: Region, openid: str, number: str, template: str = "", *, delivered: bool = True) -> int:
    return await wechat_receipts.take(region, settings().wechat_app_id, openid,
                                      [WechatReceipt(number, delivered, "" if delivered else "user block", template)], NOON)


async def openid_of(region: Region, id: UUID) -> str:
    return (await WechatBinding.of(region.code, account_id=(await Notification.find(region.code, id)).account_id).get()).openid


async def an_unclear_one(region: Region, sandbox: Sandbox, wechat: Subscriptions) -> UUID:
    """A message that WeChat took, and whose number we never heard."""
    id = await a_telling(region, sandbox)
    sandbox.break_down("wechat", "accept_then_cut", times=1, path="/cgi-bin/message/subscribe/send")
    await wechat_delivery.drain(wechat, NOON)
    assert (await state_of(region, id))[:2] == ("wechat", Delivery.UNKNOWN)
    return id


async def recognised(region: Region) -> int:
    return await wechat_receipts.recognise(region, settings().wechat_app_id, LATER)


def wanting(region: Region, when: str) -> Region:
    """The region, whose profile says so of the SMS that follows."""
    rules = region.profile.sending.wechat
    assert rules is not None
    sending = region.profile.sending.model_copy(update={"wechat": rules.model_copy(update={"sms_when": when})})
    return Region(region.code, region.version, region.profile.model_copy(update={"sending": sending}))


def cards(sandbox: Sandbox) -> int:
    return sum(line.speaker == "card" for line in sandbox.state.chat)


async def left(region: Region) -> list[int]:
    return [one["left_over"] for one in await rows("SELECT left_over FROM subscription_credit WHERE region = $1", region.code)]


async def test_who_consented_hears_it_in_wechat_and_not_by_sms(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, wechat: Subscriptions) -> None:
    id = await a_telling(region, sandbox)
    assert [await delivery.drain(gateway, NOON), await wechat_delivery.drain(wechat, NOON), await wechat_delivery.drain(wechat, NOON)] == [0, 1, 0]
    assert await state_of(region, id) == ("wechat", Delivery.ACCEPTED, "")
    assert [await receipt(region, id) for _ in range(2)] == [1, 0]
    assert await wechat_delivery.sweep(region, LATER) == 0
    assert await state_of(region, id) == ("wechat", Delivery.DELIVERED, "")
    assert (cards(sandbox), len(sandbox.state.texts), await left(region)) == (1, 0, [0])
    told = next(line.text for line in sandbox.state.chat if line.speaker == "card")
    assert "2026年11月23日 12:00" in told


async def test_without_consent_it_is_an_sms_at_once(region: Region, sandbox: Sandbox, gateway: AliyunGateway, wechat: Subscriptions) -> None:
    id = await a_telling(region, sandbox, consents=0)
    assert [await wechat_delivery.drain(wechat, NOON), await delivery.drain(gateway, NOON)] == [0, 1]
    assert await state_of(region, id) == ("sms", Delivery.ACCEPTED, "")


async def test_a_consent_that_wechat_no_longer_knows_is_no_consent(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, wechat: Subscriptions) -> None:
    id = await a_telling(region, sandbox, consents=2, there=0)  # 43101
    await wechat_delivery.drain(wechat, NOON)
    await delivery.drain(gateway, NOON)
    assert await state_of(region, id) == ("sms", Delivery.ACCEPTED, "")
    assert (cards(sandbox), len(sandbox.state.texts), await left(region)) == (0, 1, [0])
    watcher = await builders.the_actor(await builders.a_city_staff(), "desk")
    shown = next(one for one in await deliveries.search(region, watcher) if one.before)
    assert (shown.channel, shown.before and (shown.before.channel, shown.before.reason)) == ("短信", ("微信", "本人没有同意接收"))


@pytest.mark.parametrize("fault", ["cut", "accept_then_cut", "accept_then_hang"])
async def test_an_answer_that_was_lost_brings_an_sms_only_where_the_profile_wants_it(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, wechat: Subscriptions, fault: str) -> None:
    id = await a_telling(region, sandbox)
    sandbox.break_down("wechat", fault, times=1, seconds=6, path="/cgi-bin/message/subscribe/send")
    await wechat_delivery.drain(wechat, NOON)
    await delivery.settle(gateway, NOON + timedelta(minutes=5))
    assert (await wechat_delivery.sweep(region, NOON + timedelta(minutes=5)), (await state_of(region, id))[:2]) == (0, ("wechat", Delivery.UNKNOWN))
    assert (await wechat_delivery.sweep(region, LATER), await state_of(region, id)) == (0, ("wechat", Delivery.UNKNOWN, "silent"))
    assert (await wechat_delivery.sweep(wanting(region, "unanswered"), LATER), (await state_of(region, id))[:2]) == (1, ("sms", Delivery.PENDING))


async def test_what_did_not_arrive_follows_by_sms_and_silence_waits_for_the_office(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, wechat: Subscriptions) -> None:
    blocked, silent, looked = [await a_telling(region, sandbox) for _ in range(3)]
    await wechat_delivery.drain(wechat, NOON)
    await receipt(region, blocked, delivered=False)
    reader = await Notification.find(region.code, looked)
    await execute("UPDATE notification SET read_at = $2 WHERE id = $1", reader.id, NOON)
    assert await wechat_delivery.sweep(region, NOON + timedelta(minutes=1)) == 1  # what failed does not wait
    assert await wechat_delivery.sweep(region, LATER) == 0
    await delivery.drain(gateway, LATER)
    assert [await state_of(region, id) for id in (blocked, silent, looked)] == [
        ("sms", Delivery.ACCEPTED, ""), ("wechat", Delivery.UNKNOWN, "silent"), ("wechat", Delivery.ACCEPTED, "")]
    weeks = [await wechat_delivery.in_doubt(region, LATER + timedelta(days=days)) for days in (0, 8)]
    assert (len(sandbox.state.texts), weeks) == (1, [1, 0])
    assert await receipt(region, silent) == 1  # late, and it counts all the same
    assert (await state_of(region, silent), await wechat_delivery.in_doubt(region, LATER)) == (("wechat", Delivery.DELIVERED, ""), 0)


async def test_what_waits_is_sent_by_hand_once_and_not_after_its_receipt(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, wechat: Subscriptions) -> None:
    wanted, arrived = [await a_telling(region, sandbox) for _ in range(2)]
    await wechat_delivery.drain(wechat, NOON)
    await wechat_delivery.sweep(region, LATER)
    watcher = await builders.the_actor(await builders.a_city_staff(), "desk")
    with pytest.raises(NotPermitted):
        await wechat_delivery.send_as_sms(region, await builders.the_actor(await builders.a_talent()), wanted, LATER)
    await receipt(region, arrived)
    async with asyncio.timeout(RACE_SECONDS):
        pressed = await asyncio.gather(*(wechat_delivery.send_as_sms(region, watcher, id, LATER) for id in (wanted, wanted, wanted, arrived)),
                                       return_exceptions=True)
    assert [type(one) for one in pressed if one is not None] == [MessageSettled] * 3
    await delivery.drain(gateway, LATER)
    assert [(await state_of(region, id))[0] for id in (wanted, arrived)] == ["sms", "wechat"] and len(sandbox.state.texts) == 1
    assert await rows("SELECT subject_id FROM audit WHERE act = 'message.by_sms'") == [{"subject_id": wanted}]


async def test_a_receipt_finds_the_one_send_whose_number_never_came(region: Region, sandbox: Sandbox, wechat: Subscriptions) -> None:
    text = region.profile.sending.wechat_of(KIND)
    assert text is not None
    id, other = await an_unclear_one(region, sandbox, wechat), await an_unclear_one(region, sandbox, wechat)
    openid = await openid_of(region, id)
    for stranger, template in (("o-stranger", text.template), (openid, "another template")):
        await heard(region, stranger, f"{stranger}-1", template)
        assert await recognised(region) == 0
    await heard(region, openid, "7001", text.template)
    elsewhere = await builders.a_talent(region="dezhou")
    await execute("INSERT INTO notification (region, id, kind, channel, account_id, params_sealed, dedupe_key, next_at, created_at, provider_id) "
                  "VALUES ('dezhou', $1, $2, 'wechat', $1, '', 'elsewhere', $3, $3, '7001')", elsewhere.id, KIND.value, NOON)
    assert await recognised(region) == 0  # it is that region's message
    await execute("DELETE FROM notification WHERE region = 'dezhou'")
    assert [await recognised(region) for _ in range(2)] == [1, 0]
    assert await state_of(region, id) == ("wechat", Delivery.DELIVERED, "")
    await heard(region, await openid_of(region, other), "7002", delivered=False)  # an event that does not say the template
    assert await recognised(region) == 1 and (await state_of(region, other))[1] is Delivery.FAILED


async def test_of_two_sends_that_one_receipt_may_mean_neither_is_settled(region: Region, sandbox: Sandbox, wechat: Subscriptions) -> None:
    first = await an_unclear_one(region, sandbox, wechat)
    account, openid = (await Notification.find(region.code, first)).account_id, await openid_of(region, first)
    await execute("UPDATE notification SET account_id = $2 WHERE id = $1", await an_unclear_one(region, sandbox, wechat), account)
    await heard(region, openid, "7003")
    assert await recognised(region) == 0


async def test_a_receipt_takes_back_an_sms_that_still_waits_also_when_the_number_never_came(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, wechat: Subscriptions) -> None:
    id = await an_unclear_one(region, sandbox, wechat)
    openid = await openid_of(region, id)
    assert await wechat_delivery.sweep(wanting(region, "unanswered"), LATER) == 1
    await heard(region, openid, "7004")
    assert await recognised(region) == 1 and await delivery.drain(gateway, LATER) == 0
    assert (await state_of(region, id))[:2] == ("wechat", Delivery.DELIVERED)


async def test_her_own_page_counts_as_read(region: Region, sandbox: Sandbox) -> None:
    found = await Notification.find(region.code, await a_telling(region, sandbox))
    assert found.account_id is not None
    who = await builders.the_actor(await Account.find(region.code, found.account_id))
    assert await notifications.have_read(region, who, NOON, uuid4()) == 0
    assert [await notifications.have_read(region, who, NOON, found.subject_id) for _ in range(2)] == [1, 0]


@pytest.mark.req("R19")
async def test_a_receipt_and_the_sweep_at_one_moment_leave_one_telling(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, wechat: Subscriptions) -> None:
    ids = [await a_telling(region, sandbox) for _ in range(RACES)]
    await wechat_delivery.drain(wechat, NOON)
    async with asyncio.timeout(RACE_SECONDS):
        for id in ids:
            await asyncio.gather(receipt(region, id), wechat_delivery.sweep(wanting(region, "unanswered"), LATER))
    await delivery.drain(gateway, LATER)
    assert {(await state_of(region, id))[:2] for id in ids} <= {("wechat", Delivery.DELIVERED), ("sms", Delivery.ACCEPTED)}
    swept = {id for id in ids if (await state_of(region, id))[0] == "sms"}
    assert len(sandbox.state.texts) == len(swept)
    known = await rows("SELECT notification_id FROM notification_try WHERE state = 'delivered'")
    assert not swept & {one["notification_id"] for one in known}, "heard in WeChat, and told by SMS all the same"


async def test_a_sweep_that_looks_first_and_moves_afterwards_tells_twice(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, wechat: Subscriptions) -> None:
    """The negative control: the same race against a sweep whose statement does not ask again how the row stands."""
    id = await a_telling(region, sandbox)
    await wechat_delivery.drain(wechat, NOON)
    seen = await rows("SELECT id FROM notification WHERE state = 'accepted' AND channel = 'wechat'")
    await receipt(region, id)
    await execute("UPDATE notification SET channel = 'sms', state = 'pending', next_at = $2 WHERE id = $1", seen[0]["id"], NOON)
    await delivery.drain(gateway, LATER)
    assert (cards(sandbox), len(sandbox.state.texts)) == (1, 1)


async def test_who_wants_an_sms_for_what_was_not_looked_at_gets_it(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, wechat: Subscriptions) -> None:
    id = await a_telling(region, sandbox)
    await wechat_delivery.drain(wechat, NOON)
    await receipt(region, id)
    unread = wanting(region, "unread")
    assert [await wechat_delivery.sweep(unread, NOON + timedelta(minutes=29)), await wechat_delivery.sweep(unread, LATER)] == [0, 1]
    assert (await state_of(region, id))[:2] == ("sms", Delivery.PENDING)
    assert await receipt(region, id) == 0  # told again, it changes nothing
    assert (await state_of(region, id))[:2] == ("sms", Delivery.PENDING)
