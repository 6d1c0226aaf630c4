"""T19: a receipt is not signed, so its address is a secret, only known messages are settled, and states move forward alone."""

from itertools import permutations
from typing import Any

import httpx
import pytest

from config import clock
from config.settings import settings
from config.vocabulary import NotificationKind
from models.database import execute
from models.notification import Delivery, Notification
from services import notifications
from services.regions import Region
from tests import builders


async def an_accepted(region: Region) -> Notification:
    account, kind = await builders.a_talent(), NotificationKind.CASE_WITHDRAWN
    await notifications.tell(region, kind, dedupe_key="t19", params={"subject": "专家门诊", "number": "YY1"}, account_id=account.id, now=clock.now())
    await execute("UPDATE notification SET state = 'accepted', provider_id = '9001^0', tried_at = now() WHERE dedupe_key = 't19'")
    found = await Notification.of(region.code, dedupe_key="t19").first()
    assert found is not None
    return found


def a_receipt(message: Notification, **changes: Any) -> dict[str, Any]:
    return {"phone_number": "19900001234", "send_time": "2026-11-23 09:00:00", "report_time": "2026-11-23 09:00:05", "success": True,
            "err_code": "DELIVERED", "err_msg": "", "sms_size": "1", "biz_id": "9001^0", "out_id": str(message.id)} | changes


async def push(client: httpx.AsyncClient, *receipts: dict[str, Any], secret: str | None = None) -> httpx.Response:
    path = secret if secret is not None else settings().sms_receipt_path.get_secret_value()
    return await client.post(f"/sms/receipts/{path}", json=list(receipts), headers={"Accept": "application/json"})


async def state_of(message: Notification) -> Delivery:
    return (await Notification.find(message.region, message.id)).state


async def test_a_receipt_settles_its_message_and_never_takes_it_back(client: httpx.AsyncClient, region: Region) -> None:
    message = await an_accepted(region)
    first = await push(client, a_receipt(message))
    assert (first.status_code, first.json()["code"]) == (200, 0)
    assert await state_of(message) is Delivery.DELIVERED
    late = await push(client, a_receipt(message, success=False, err_code="UNDELIV"))
    assert (late.status_code, await state_of(message)) == (200, Delivery.DELIVERED)


@pytest.mark.parametrize("changes", [
    {"biz_id": "1234^0"}, {"out_id": "0192f000-0000-7000-8000-000000000000"}, {"out_id": "no-id"}, {"out_id": None},
])
async def test_a_receipt_that_is_not_ours_changes_nothing(client: httpx.AsyncClient, region: Region, changes: dict[str, Any]) -> None:
    message = await an_accepted(region)
    answer = await push(client, a_receipt(message, **changes))
    assert (answer.status_code, await state_of(message)) == (200, Delivery.ACCEPTED)


async def test_another_address_is_not_there(client: httpx.AsyncClient, region: Region) -> None:
    message = await an_accepted(region)
    for secret in ("", "x", settings().sms_receipt_path.get_secret_value() + "x"):
        assert (await push(client, a_receipt(message), secret=secret)).status_code == 404
    assert await state_of(message) is Delivery.ACCEPTED


async def test_a_whole_push_of_the_vendor_is_taken(client: httpx.AsyncClient, region: Region) -> None:
    """Five hundred receipts are more than the 64 KiB that other routes take."""
    message = await an_accepted(region)
    answer = await push(client, *[a_receipt(message, out_id="not-ours") for _ in range(499)], a_receipt(message))
    assert (answer.status_code, await state_of(message)) == (200, Delivery.DELIVERED)


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"[1, 2]", b"\xff\xfe", b"[" * 20_000])
async def test_what_cannot_be_read_is_no_failure_of_ours(client: httpx.AsyncClient, region: Region, body: bytes) -> None:
    path = settings().sms_receipt_path.get_secret_value()
    answer = await client.post(f"/sms/receipts/{path}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {200, 400}


ENDS = {"delivered": {"success": True, "err_code": "DELIVERED"}, "failed": {"success": False, "err_code": "UNDELIV"}}


@pytest.mark.req("R19")
@pytest.mark.parametrize("said", ["delivered", "failed"])
async def test_r19_receipts_in_any_order_and_any_number_end_alike(client: httpx.AsyncClient, region: Region, said: str) -> None:
    """Every order of: ours, ours again, ours from before the answer of our own call was heard, a stranger's, one that cannot be read."""
    message = await an_accepted(region)
    ours = a_receipt(message, **ENDS[said])
    pushes = [ours, ours, a_receipt(message, biz_id="1234^0", success=said != "delivered"), {"biz_id": 1}]
    for state, provider in (("accepted", "9001^0"), ("unknown", None)):
        for order in set(permutations(range(4))):
            await execute("UPDATE notification SET state = $2, provider_id = $3, provider_code = '', settled_at = NULL WHERE id = $1",
                          message.id, state, provider)
            if provider is None:  # nobody knows yet which one is ours: the first that names our id is believed
                order = tuple(place for place in order if place != 2)
            for place in order:
                assert (await push(client, pushes[place])).status_code == 200
            found = await Notification.find(message.region, message.id)
            assert (found.state.value, found.provider_id, found.provider_code) == (said, "9001^0", ENDS[said]["err_code"])
