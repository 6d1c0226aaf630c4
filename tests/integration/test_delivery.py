"""Delivery against the sandbox over the wire: what each answer of the gateway makes of a row, and nothing told twice."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from config.vocabulary import Action, NotificationKind
from models.database import execute, row
from models.notification import Delivery, Notification
from sandbox.embedded import Sandbox
from services import consents, delivery
from services.notifications import tell
from services.regions import Region
from sms.aliyun import AliyunGateway
from sms.receipts import Receipt
from tests.builders import a_booking, a_talent, acted

NOON = datetime.fromisoformat("2026-11-23T12:00:00+08:00")
NIGHT = datetime.fromisoformat("2026-11-23T23:30:00+08:00")


async def a_message(region: Region, kind: NotificationKind = NotificationKind.CARD_ENABLED, now: datetime = NOON, **more: object) -> UUID:
    """A row that waits; its id."""
    account = await a_talent()
    key = str(uuid4())
    params = dict.fromkeys(kind.params, "123456")
    await tell(region, kind, dedupe_key=key, params=params, account_id=account.id, now=now, **more)
    return (await Notification.of(region.code, dedupe_key=key).get()).id


async def state_of(region: Region, id: UUID) -> tuple[Delivery, str]:
    found = await Notification.find(region.code, id)
    return found.state, found.provider_code


def sends(sandbox: Sandbox) -> int:
    return sum("SendSms" in call.what for call in sandbox.state.calls)


async def test_what_is_due_is_sent_once_and_its_receipt_settles_it(region: Region, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    id = await a_message(region)
    assert [await delivery.drain(gateway, NOON) for _ in range(3)] == [1, 0, 0]
    row = await Notification.find(region.code, id)
    assert row.state is Delivery.ACCEPTED and row.provider_id == sandbox.state.texts[0].biz_id and sends(sandbox) == 1
    receipt = Receipt(row.provider_id, "19900000000", str(id), True, "DELIVERED", NOON)
    assert [await delivery.take_receipts([receipt], NOON) for _ in range(2)] == [1, 0]
    assert (await state_of(region, id))[0] is Delivery.DELIVERED


async def test_t19_receipts_of_unknown_messages_and_steps_backward_change_nothing(region: Region, gateway: AliyunGateway) -> None:
    id = await a_message(region)
    await delivery.drain(gateway, NOON)
    row = await Notification.find(region.code, id)
    stranger = Receipt("900000000000000000^0", "", str(id), False, "UNKNOWN", NOON)
    nobody = Receipt(row.provider_id, "", str(uuid4()), False, "UNKNOWN", NOON)
    assert await delivery.take_receipts([stranger, nobody, Receipt("x", "", "not an id", False, "", NOON)], NOON) == 0
    assert await delivery.take_receipts([Receipt(row.provider_id, "", str(id), True, "DELIVERED", NOON)], NOON) == 1
    assert await delivery.take_receipts([Receipt(row.provider_id, "", str(id), False, "LATE", NOON)], NOON) == 0
    assert await state_of(region, id) == (Delivery.DELIVERED, "DELIVERED")


@pytest.mark.parametrize("fault", ["accept_then_cut", "accept_then_hang", "accept_then_5xx", "accept_then_truncate"])
async def test_r05_an_answer_that_was_lost_is_asked_for_and_never_told_again(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, fault: str) -> None:
    now = _awake(datetime.now(NOON.tzinfo))
    ids = [await a_message(region, now=now) for _ in range(5)]
    sandbox.break_down("sms", fault, times=5, seconds=8)
    await delivery.drain(gateway, now)
    assert {(await state_of(region, id))[0] for id in ids} == {Delivery.UNKNOWN}
    sandbox.state.faults.clear()
    for minutes in (1, 2, 4):
        await delivery.drain(gateway, now + timedelta(minutes=minutes))
        await delivery.settle(gateway, now + timedelta(minutes=minutes))
    assert {(await state_of(region, id))[0] for id in ids} <= {Delivery.ACCEPTED, Delivery.DELIVERED}
    assert len(sandbox.state.texts) == 5


def _awake(now: datetime) -> datetime:
    """Today (the vendor's records are by day), at an hour when messages may go out."""
    return now.replace(hour=12)


async def test_r05_a_send_that_never_arrived_is_sent_after_the_records_say_so_but_a_code_is_not(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    now = _awake(datetime.now(NOON.tzinfo))
    plain, code = await a_message(region, now=now), await a_message(region, NotificationKind.LOGIN_CODE, now)
    sandbox.break_down("sms", "cut", times=2)
    await delivery.drain(gateway, now)
    sandbox.state.faults.clear()
    await delivery.settle(gateway, now + timedelta(minutes=1))
    assert (await state_of(region, plain))[0] is Delivery.UNKNOWN  # the records lag: too soon to say
    await delivery.settle(gateway, now + timedelta(minutes=3))
    await delivery.drain(gateway, now + timedelta(minutes=3))
    assert (await state_of(region, plain))[0] is Delivery.ACCEPTED
    assert await state_of(region, code) == (Delivery.FAILED, "not_sent") and len(sandbox.state.texts) == 1


async def test_a_dead_workers_lease_runs_out_and_the_row_is_asked_for(region: Region, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    id = await a_message(region)
    await execute("UPDATE notification SET state = 'sending', lease = uuidv7(), lease_until = $2, tried_at = $2 WHERE id = $1", id, NOON)
    assert await delivery.settle(gateway, NOON + timedelta(seconds=1)) == 1
    assert (await state_of(region, id))[0] is Delivery.UNKNOWN and sends(sandbox) == 0


@pytest.mark.parametrize(("code", "state"), [
    ("isv.MOBILE_NUMBER_ILLEGAL", Delivery.FAILED),
    ("isv.SMS_TEMPLATE_ILLEGAL", Delivery.PENDING),
    ("Throttling.User", Delivery.PENDING),
    ("isp.SYSTEM_ERROR", Delivery.UNKNOWN),
])
async def test_each_class_of_error_has_its_own_end(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, code: str, state: Delivery) -> None:
    id = await a_message(region)
    sandbox.break_down("sms", "error", code=code, times=1)
    await delivery.drain(gateway, NOON)
    assert await state_of(region, id) == (state, code)


async def test_nothing_but_a_code_goes_out_at_night(region: Region, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    plain, code = await a_message(region, now=NIGHT), await a_message(region, NotificationKind.LOGIN_CODE, NIGHT)
    await delivery.drain(gateway, NIGHT)
    waiting = await Notification.find(region.code, plain)
    assert waiting.state is Delivery.PENDING and waiting.attempts == 0
    assert waiting.next_at == datetime.fromisoformat("2026-11-24T08:00:00+08:00")
    assert (await state_of(region, code))[0] is Delivery.ACCEPTED


async def test_a_person_gets_no_more_than_the_profiles_number_a_day(region: Region, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    account, cap = await a_talent(), region.profile.sending.per_number_a_day.value
    for number in range(cap + 2):
        await tell(region, NotificationKind.CARD_ENABLED, dedupe_key=f"many:{number}", params={"card": "卡", "phone": "1"}, now=NOON,
                   account_id=account.id)
        await delivery.drain(gateway, NOON)
    states = [one.state for one in await Notification.of(region.code, account_id=account.id).order_by("created_at", "id")]
    assert states.count(Delivery.DROPPED) == 2 and len(sandbox.state.texts) == cap


async def test_a_kind_that_she_switched_off_is_not_sent_also_when_it_waits_already(region: Region, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    optional, must = await a_message(region), await a_message(region, NotificationKind.CASE_REJECTED)
    for id in (optional, must):
        account = (await Notification.find(region.code, id)).account_id
        assert account is not None
        await consents.refuse_sms(region.code, account, "sms", NOON)
    await delivery.drain(gateway, NOON)
    assert await state_of(region, optional) == (Delivery.DROPPED, "switched_off")
    assert (await state_of(region, must))[0] is Delivery.ACCEPTED and sends(sandbox) == 1


async def test_an_expired_code_is_dropped(region: Region, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    id = await a_message(region, NotificationKind.LOGIN_CODE, expires_at=NOON + timedelta(minutes=5))
    await delivery.drain(gateway, NOON + timedelta(minutes=6))
    assert await state_of(region, id) == (Delivery.DROPPED, "expired") and sends(sandbox) == 0


async def test_the_same_thing_cannot_be_told_twice(region: Region) -> None:
    account = await a_talent()
    for _ in range(3):
        await tell(region, NotificationKind.CARD_ENABLED, dedupe_key="once", params={"card": "卡", "phone": "1"}, account_id=account.id, now=NOON)
    assert await Notification.of(region.code).count() == 1


async def test_what_is_told_and_to_whom_is_sealed_in_the_table(region: Region) -> None:
    await tell(region, NotificationKind.LOGIN_CODE, dedupe_key="k", params={"code": "402871", "minutes": "5"}, phone="19900001234", now=NOON)
    found = await row("SELECT n::text AS line FROM notification n")
    assert "402871" not in found["line"] and "19900001234" not in found["line"]


async def test_a_message_without_any_word_of_it_is_asked_for_rarely_and_given_up_after_three_days(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    id = await a_message(region)
    await execute("UPDATE notification SET state = 'accepted', provider_id = 'lost^0', tried_at = $2, next_at = $2 WHERE id = $1", id, NOON)
    for minutes, asked in ((0, 1), (1, 0), (16, 1), (72 * 60, 1), (73 * 60, 0)):
        assert await delivery.settle(gateway, NOON + timedelta(minutes=minutes)) == asked
    assert await state_of(region, id) == (Delivery.FAILED, "no_receipt")


async def test_what_had_no_turn_within_the_lease_is_given_back_and_sent_once(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow gateway must not use up the lease of what still waits: it would count as sent, and be sent again."""
    ids = [await a_message(region) for _ in range(delivery.AT_ONCE + 4)]
    monkeypatch.setattr(delivery, "HAND_BACK_SECONDS", 0.05)
    sandbox.break_down("sms", "slow", seconds=0.2, times=delivery.AT_ONCE)
    await delivery.drain(gateway, NOON)
    found = [await Notification.find(region.code, id) for id in ids]
    waiting = [one for one in found if one.state is Delivery.PENDING]
    assert len(waiting) >= 4 and all(one.attempts == 0 for one in waiting) and len(waiting) + len(sandbox.state.texts) == len(ids)
    monkeypatch.undo()
    await delivery.drain(gateway, NOON)
    assert len(sandbox.state.texts) == len({text.out_id for text in sandbox.state.texts}) == len(ids)


async def test_a_message_that_waited_goes_to_the_number_of_now_and_counts_for_its_office(
        region: Region, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    """T39: between telling and sending the number changed hands; whoever has it now hears nothing of her."""
    account = await a_talent(phone="19900007771")
    await tell(region, NotificationKind.CARD_ENABLED, dedupe_key="moved", params={"card": "卡", "phone": "1"}, account_id=account.id, now=NOON)
    account.put_phone("19900007772")
    await execute("UPDATE account SET phone_sealed = $2, phone_index = $3 WHERE id = $1", account.id, account.phone_sealed, account.phone_index)
    await delivery.drain(gateway, NOON)
    assert [text.phone for text in sandbox.state.texts] == ["19900007772"]


async def test_an_acts_message_is_on_the_account_of_the_office_that_acted(region: Region, sandbox: Sandbox, gateway: AliyunGateway) -> None:
    case = await a_booking()
    await acted(case, Action.RETURN, "请补充材料")
    await execute("UPDATE notification SET next_at = $1", NOON)
    await delivery.drain(gateway, NOON)
    found = await row("SELECT sender_id, parts FROM notification WHERE kind = 'case_returned'")
    assert found is not None and found["sender_id"] == case.handler_org and found["parts"] >= 1
