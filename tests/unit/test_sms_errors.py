"""One table says what a refusal of the SMS vendor means; receipts are read with distrust."""

import json
from datetime import UTC, datetime

import pytest

from sms import receipts
from sms.errors import Misconfigured, Rejected, SmsError, Throttled, Unclear, translate
from sms.gateway import Sms


@pytest.mark.parametrize(("code", "message", "status", "kind"), [
    ("isv.MOBILE_NUMBER_ILLEGAL", "", 200, Rejected),
    ("isv.SMS_CONTENT_ILLEGAL", "", 200, Rejected),
    ("isv.SOMETHING_NEW", "", 200, Rejected),
    ("SignatureNonceUsed", "", 400, Rejected),
    ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", 200, Throttled),
    ("Throttling.User", "", 400, Throttled),
    ("isv.AMOUNT_NOT_ENOUGH", "", 200, Misconfigured),
    ("isv.SMS_TEMPLATE_ILLEGAL", "", 200, Misconfigured),
    ("SignatureDoesNotMatch", "", 400, Misconfigured),
    ("MissingSomething", "", 400, Misconfigured),
    ("isp.SYSTEM_ERROR", "", 200, Unclear),
    ("ServiceUnavailable", "", 503, Unclear),
    ("SDK.HttpError", "", 504, Unclear),
    ("AnythingElse", "", 200, Unclear),
])
def test_every_refusal_has_one_meaning(code: str, message: str, status: int, kind: type[SmsError]) -> None:
    error = translate(code, message, status)
    assert type(error) is kind
    assert error.code == str(error) == code


@pytest.mark.parametrize(("word", "seconds"), [("分钟级", 60), ("小时级", 3600), ("天级", 86_400)])
def test_flow_control_says_when_to_try_again(word: str, seconds: int) -> None:
    error = translate("isv.BUSINESS_LIMIT_CONTROL", f"触发{word}流控Permits:5", 200)
    assert isinstance(error, Throttled)
    assert error.retry_after == seconds


def test_a_stale_signature_is_the_one_refusal_that_is_not_for_good() -> None:
    assert not translate("InvalidTimeStamp.Expired", "", 400).permanent  # type: ignore[attr-defined]
    assert translate("isv.INVALID_PARAMETERS", "", 200).permanent  # type: ignore[attr-defined]


def test_a_message_shows_neither_number_nor_words() -> None:
    shown = repr(Sms("19900001234", "人才服务", "SMS_1", {"code": "402871"}, "out-1"))
    assert "19900001234" not in shown
    assert "402871" not in shown


def pushed(**changes: object) -> dict[str, object]:
    return {"phone_number": "19900001234", "send_time": "2026-11-23 09:30:00", "report_time": "2026-11-23 09:30:05", "success": True,
            "err_code": "DELIVERED", "err_msg": "", "sms_size": "1", "biz_id": "9006^0", "out_id": "out-1", **changes}


def test_a_receipt_is_read_in_chinas_time() -> None:
    (receipt,) = receipts.parse(json.dumps([pushed()]).encode())
    assert receipt == receipts.Receipt("9006^0", "19900001234", "out-1", True, "DELIVERED", datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC), parts=1)
    assert "19900001234" not in repr(receipt)


def test_a_batch_is_read_whole_and_a_broken_element_does_not_spoil_its_neighbours() -> None:
    body = json.dumps([pushed(), {"phone_number": 5}, "x", pushed(success=False, err_code="UNDELIV", out_id=None, phone_number=19900005678)])
    first, second = receipts.parse(body.encode())
    assert first.delivered
    assert (second.delivered, second.code, second.out_id, second.phone) == (False, "UNDELIV", "", "19900005678")


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[", b"\xff\xfe", b'"x"', b"[" * 100_000])
def test_what_is_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(receipts.ReceiptsUnreadable):
        receipts.parse(body)


def test_too_large_and_too_many_are_refused() -> None:
    with pytest.raises(receipts.ReceiptsUnreadable):
        receipts.parse(b"[" + b" " * receipts.MAX_BYTES + b"]")
    with pytest.raises(receipts.ReceiptsUnreadable):
        receipts.parse(json.dumps([{}] * (receipts.MAX_RECEIPTS + 1)).encode())
