"""What people answer to a message, over HTTP as the vendor pushes it: 退订, words for an office, repeats, strangers, a number that changed hands."""

from datetime import datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from config import clock
from config.errors import NotFound
from config.settings import Settings, settings
from config.vocabulary import OPTIONAL, NotificationKind
from models.account import Account
from models.database import execute, new_id, row, rows
from models.notification import Notification
from sandbox.embedded import running_sandbox
from services import consents, costs, delivery, notifications, replies
from services.masking import masked_phone
from services.regions import Region
from sms.aliyun import AliyunGateway
from sms.replies import RepliesUnreadable, parse
from tests import builders
from tests.acceptance.desk import desk
from tests.acceptance.desk import words as words_of

PHONE = "19900006660"


def a_reply(words: str, **changes: Any) -> dict[str, Any]:
    """As the vendor's page on SmsUp has it."""
    return {"phone_number": PHONE, "content": words, "send_time": "2026-11-23 09:00:00", "dest_code": "10690001",
            "sequence_id": "1234567890"} | changes


async def push(client: httpx.AsyncClient, *said: dict[str, Any], secret: str | None = None) -> httpx.Response:
    path = secret if secret is not None else settings().sms_receipt_path.get_secret_value()
    return await client.post(f"/sms/replies/{path}", json=list(said), headers={"Accept": "application/json"})


async def told(region: Region, account: Account, office: Any = None, kind: NotificationKind = NotificationKind.CARD_ENABLED) -> None:
    await notifications.tell(region, kind, dedupe_key=str(new_id()), params={"card": "卡", "phone": "1"}, account_id=account.id, now=clock.now())
    await execute("UPDATE notification SET state = 'delivered', tried_at = now(), sender_id = $2 WHERE account_id = $1 AND tried_at IS NULL",
                  account.id, office.id if office else None)


async def kept() -> list[dict[str, Any]]:
    return await rows("SELECT * FROM sms_reply ORDER BY taken_at, id")


@pytest.mark.parametrize("words", ["退订", "TD", " td ", "【退订】", "T", "退订。", "td!", "ＴＤ"])
async def test_a_stop_switches_off_what_may_be_off_and_says_so_once(client: httpx.AsyncClient, region: Region, words: str) -> None:
    account = await builders.a_talent(phone=PHONE)
    await told(region, account)
    for _ in range(3):
        answer = await push(client, a_reply(words))
        assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "成功"})
    assert not await consents.wants_sms(region.code, account.id, NotificationKind.CASE_MOVED)
    assert await consents.wants_sms(region.code, account.id, NotificationKind.CASE_RETURNED)
    assert await Notification.of(region.code, kind=NotificationKind.SMS_STOPPED).count() == 1 and len(await kept()) == 1
    await push(client, a_reply(words, sequence_id=2, send_time="2026-11-24 09:00:00"))
    assert await Notification.of(region.code, kind=NotificationKind.SMS_STOPPED).count() == 1  # nothing was left to switch off


@pytest.mark.parametrize("words", ["退订了怎么恢复", "谢谢", "T恤", "我不退订", "", "😀", "\x00\x07'; DROP TABLE account; --", "=1+1"])
async def test_other_words_switch_nothing_off_and_reach_the_office_that_wrote(client: httpx.AsyncClient, region: Region, words: str) -> None:
    office = await builders.an_organisation()
    account = await builders.a_talent(phone=PHONE)
    await told(region, account, office)
    assert (await push(client, a_reply(words))).status_code == 200
    (one,) = await kept()
    assert one["organisation_id"] == office.id and not one["stopped"] and (not words or words.encode() not in bytes(one["words_sealed"]))
    assert all([await consents.wants_sms(region.code, account.id, kind) for kind in OPTIONAL])


async def test_who_wrote_reads_it_and_nobody_else(client: httpx.AsyncClient, region: Region) -> None:
    offices = [await builders.an_organisation("window"), await builders.an_organisation("department")]
    account = await builders.a_talent(name="周敏", phone=PHONE)
    await told(region, account, offices[0])
    await push(client, a_reply("几点上班？"))
    at = await desk(client, await builders.a_staff(organisation=offices[0]))
    page = (await at.get("replies")).text
    assert "几点上班？" in page and "周敏" in page and PHONE not in page and masked_phone(PHONE) in page
    (one,) = await kept()
    stranger = await builders.the_actor(await builders.a_staff(organisation=offices[1]), "desk")
    assert await replies.search(region, stranger, seen=True) == [] and await replies.unseen(region, stranger) == 0
    with pytest.raises(NotFound):
        await replies.mark_seen(region, stranger, one["id"], clock.now())
    assert (await at.post("replies/seen", id=str(one["id"]))).status_code == 303
    assert "几点上班？" not in (await at.get("replies")).text and "几点上班？" in (await at.get("replies", seen="1")).text


async def test_strangers_and_forgeries_change_nothing(client: httpx.AsyncClient, region: Region) -> None:
    account = await builders.a_talent(phone=PHONE)
    await told(region, account)
    assert (await push(client, a_reply("退订"), secret="guess")).status_code == 404
    assert (await push(client, a_reply("退订", phone_number="19900009999"), {"phone_number": 1}, {})).status_code == 200
    assert await kept() == [] and await consents.wants_sms(region.code, account.id, NotificationKind.CASE_MOVED)


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"\xff", b"[" * 50_000, b'[{"phone_number":"1","content":"\\ud800"}]', b"[" + b"{}," * 600])
async def test_what_cannot_be_read_is_no_failure_of_ours(client: httpx.AsyncClient, region: Region, body: bytes) -> None:
    path = settings().sms_receipt_path.get_secret_value()
    answer = await client.post(f"/sms/replies/{path}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {200, 400}


async def test_a_reply_in_the_form_of_before_is_the_same_reply(client: httpx.AsyncClient, region: Region) -> None:
    account = await builders.a_talent(phone=PHONE)
    await told(region, account)
    before = a_reply("退订", sign_name=region.profile.sending.sms_sign, sequence_id=1234567890)
    for reply in (before, a_reply("退订")):
        assert (await push(client, reply)).status_code == 200
    assert len(await kept()) == 1


def test_half_an_emoji_spoils_no_neighbour() -> None:
    said = b'[{"phone_number":"19900006660","send_time":"2026-11-23 09:00:00","content":"\\ud83d hi"},' \
           b'{"phone_number":"19900006661","send_time":"2026-11-23 09:00:00","content":"TD","sequence_id":7}]'
    first, second = parse(said)
    assert first.words == "? hi" and second.stops and second.number == "7" and second.at == datetime.fromisoformat("2026-11-23T01:00:00+00:00")
    with pytest.raises(RepliesUnreadable):
        parse(b"[]" + b" " * (256 * 1024))


@pytest.mark.req("T39")
async def test_t39_a_number_that_changed_hands_speaks_for_its_new_owner_alone(client: httpx.AsyncClient, region: Region) -> None:
    before, after = await builders.a_talent(phone=PHONE), await builders.a_talent(phone="19900006661")
    await told(region, before)
    for account, number in ((before, "19900006662"), (after, PHONE)):
        account.put_phone(number)
        await execute("UPDATE account SET phone_sealed = $2, phone_index = $3 WHERE id = $1", account.id, account.phone_sealed, account.phone_index)
    await push(client, a_reply("退订"))
    assert await consents.wants_sms(region.code, before.id, NotificationKind.CASE_MOVED)
    assert not await consents.wants_sms(region.code, after.id, NotificationKind.CASE_MOVED)


async def test_the_sandboxs_phone_answers_over_the_wire(client: httpx.AsyncClient, region: Region) -> None:
    account = await builders.a_talent(phone=PHONE)
    await told(region, account)
    receipts = f"{str(client.base_url).rstrip('/')}/sms/receipts/{settings().sms_receipt_path.get_secret_value()}"
    async with running_sandbox(receipts_url=receipts) as sandbox, httpx.AsyncClient(base_url=sandbox.url) as phone:
        assert (await phone.post("/sandbox/sms/replies", json={"phone": PHONE, "text": "退订"})).json() == {"taken": True}
    assert not await consents.wants_sms(region.code, account.id, NotificationKind.CASE_MOVED)


async def is_blocked(region: Region, phone: str) -> bool:
    """Whether a code to this number stays here."""
    await notifications.tell(region, NotificationKind.LOGIN_CODE, dedupe_key=str(new_id()), params={"code": "1", "minutes": "5"}, phone=phone,
                             now=clock.now())
    async with running_sandbox() as sandbox:
        gateway = AliyunGateway.from_settings(Settings(sms_url=sandbox.url))
        await delivery.drain(gateway, clock.now())
        gateway.close()
        found = await Notification.of(region.code, kind=NotificationKind.LOGIN_CODE).order_by("-created_at").first()
        assert found is not None and (found.provider_code == "blocked") is (not sandbox.state.texts)
        return found.provider_code == "blocked"


async def test_a_blocked_number_gets_nothing_until_it_is_lifted_and_the_audit_takes_it_back(client: httpx.AsyncClient, region: Region) -> None:
    at = await desk(client, await builders.a_city_staff())
    assert (await at.post("messages/blocks", phone=PHONE, reason="机主来电，号码不是本人的")).status_code == 303
    assert await is_blocked(region, PHONE) and not await is_blocked(region, "19900006661")
    line = await row("SELECT * FROM audit WHERE act = 'sms.block'")
    assert line is not None and PHONE not in str(line["detail"]) and PHONE not in (await at.get("messages/blocks")).text
    wrong = await at.post("messages/blocks", phone="123", reason="")
    assert wrong.status_code == 400 and "请填写 11 位手机号码" in words_of(wrong)
    await at.post(f"audit/{line['id']}/take-back")
    assert not await is_blocked(region, PHONE)
    await at.post("messages/blocks", phone=PHONE, reason="机主来电，号码不是本人的")
    (found,) = await rows("SELECT id FROM sms_block")
    await at.post("messages/blocks/lift", id=str(found["id"]))
    assert not await is_blocked(region, PHONE)


async def test_what_messages_cost_is_told_by_office_and_month_and_leaves_as_excel(client: httpx.AsyncClient, region: Region) -> None:
    office, account = await builders.an_organisation(), await builders.a_talent(phone=PHONE)
    for sent in (office, office, None):
        await told(region, account, sent)
    await execute("UPDATE notification SET parts = 2 WHERE sender_id IS NOT NULL")
    at = await desk(client, await builders.a_city_staff())
    page = words_of(await at.get("messages/costs"))
    assert f"{office.name}240.180" in page and "平台（验证码等）11" in page and "共 5 条" in page
    assert (await at.get("messages/costs", since="2026-11", until="2020-01")).status_code == 400
    month = f"{clock.now().astimezone(region.profile.tz):%Y-%m}"
    book = load_workbook(BytesIO((await at.exported(f"messages/costs/export?since={month}&until={month}")).content)).active
    assert [cell.value for cell in book[2]][:4] == [month, office.name, 2, 4]


@pytest.mark.parametrize(("text", "parts"), [("字" * 70, 1), ("字" * 71, 2), ("字" * 134, 2), ("字" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2)])
def test_a_part_is_seventy_characters_and_of_a_longer_text_sixty_seven(text: str, parts: int) -> None:
    assert costs.parts_of_text(text) == parts
