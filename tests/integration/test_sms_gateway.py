"""The contract of an SMS gateway, kept by the Aliyun adapter against the sandbox, over the wire, for every class of error."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from aliyunsdkcore.http import protocol_type

from config import clock
from config.settings import Settings
from sandbox.embedded import Sandbox, running_sandbox
from sandbox.state import SmsTemplate, Target
from sms.aliyun import AliyunGateway
from sms.errors import Misconfigured, Rejected, SmsError, Throttled, Unclear, Unreached
from sms.gateway import Found, SendState, Sms
from sms.signed import SignedGateway
from sms.vendor import ENDPOINT, finding, sending

PHONE, CODE = "19900001234", "402871"
MESSAGE = Sms(PHONE, "人才服务", "SMS_100001", {"code": CODE}, "out-1")


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox() as running:
        yield running


@pytest_asyncio.fixture
async def gateway(sandbox: Sandbox) -> AsyncIterator[AliyunGateway]:
    made = AliyunGateway.from_settings(Settings(sms_url=sandbox.url))
    yield made
    made.close()


def impatient(sandbox: Sandbox) -> AliyunGateway:
    """A gateway that waits half a second, so that a hang is told soon."""
    settings = Settings()
    return AliyunGateway(settings.sms_access_key_id, settings.sms_access_key_secret.get_secret_value(),
                         endpoint=urlsplit(sandbox.url).netloc, plain_http=True, call_seconds=0.5)


def china_today() -> datetime:
    return datetime.now(ZoneInfo("Asia/Shanghai"))


def requests(sandbox: Sandbox) -> int:
    return sum(call.target is Target.SMS and "SendSms" in call.what for call in sandbox.state.calls)


async def until_delivered(gateway: AliyunGateway, message: Sms) -> Found | None:
    async with asyncio.timeout(30):
        while True:
            found = await gateway.find(message.phone, message.out_id, china_today().date())
            if found is None or found.state is not SendState.WAITING:
                return found
            await asyncio.sleep(0.02)


async def test_a_message_arrives_as_its_template_says_and_is_found_again(sandbox: Sandbox, gateway: AliyunGateway) -> None:
    sandbox.state.templates["SMS_100001"] = SmsTemplate("SMS_100001", "您的验证码是${code}，5分钟内有效。", verification=True)

    accepted = await gateway.send(MESSAGE)

    (text,) = sandbox.state.texts
    assert (text.phone, text.sign, text.text, text.out_id) == (PHONE, "人才服务", f"您的验证码是{CODE}，5分钟内有效。", "out-1")
    assert accepted.provider_id == text.biz_id
    found = await until_delivered(gateway, MESSAGE)
    assert found is not None
    assert (found.state, found.code) == (SendState.DELIVERED, "DELIVERED")
    assert found.at is not None
    assert abs(found.at - datetime.now(UTC)).total_seconds() < 10


async def test_what_was_never_sent_is_not_found(gateway: AliyunGateway) -> None:
    assert await gateway.find(PHONE, "out-9", china_today().date()) is None


async def test_one_message_among_many_is_found_by_our_own_id(sandbox: Sandbox, gateway: AliyunGateway) -> None:
    sandbox.state.flow_control = False
    for number in range(60):
        await gateway.send(replace(MESSAGE, out_id=f"out-{number}"))
    assert await gateway.find(PHONE, "out-0", china_today().date()) is not None


#: Every code of the vendor's table that the fact sheet knows → what it means for us.
TABLE: dict[str, type[SmsError]] = {
    **dict.fromkeys(("isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.TEMPLATE_MISSING_PARAMETERS", "isv.INVALID_PARAMETERS",
                     "isv.INVALID_JSON_PARAM", "isv.PARAM_LENGTH_LIMIT", "isv.PARAM_NOT_SUPPORT_URL", "isv.BLACK_KEY_CONTROL_LIMIT",
                     "isv.SMS_CONTENT_ILLEGAL", "SignatureNonceUsed", "InvalidTimeStamp.Expired"), Rejected),
    **dict.fromkeys(("isv.BUSINESS_LIMIT_CONTROL", "Throttling.User", "Throttling.Api", "Throttling"), Throttled),
    **dict.fromkeys(("isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGNATURE_SCENE_ILLEGAL", "isv.SIGN_STATE_ILLEGAL",
                     "isv.SMS_SIGN_ILLEGAL", "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.PRODUCT_UN_SUBSCRIPT", "isv.ACCOUNT_ABNORMAL",
                     "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL", "isp.RAM_PERMISSION_DENY", "InvalidAccessKeyId.NotFound",
                     "isv.DENY_IP_RANGE"), Misconfigured),
    **dict.fromkeys(("isp.SYSTEM_ERROR", "ServiceUnavailable", "503", "500"), Unclear),
}


@pytest.mark.parametrize(("code", "kind"), TABLE.items())
async def test_every_class_of_refusal_is_told_apart(sandbox: Sandbox, gateway: AliyunGateway, code: str, kind: type[SmsError]) -> None:
    sandbox.break_down("sms", "error", code=code)
    with pytest.raises(SmsError) as raised:
        await gateway.send(MESSAGE)
    assert type(raised.value) is kind
    assert requests(sandbox) == 1
    assert not sandbox.state.texts


@pytest.mark.parametrize(("message", "code", "kind"), [
    (replace(MESSAGE, phone="12345"), "isv.MOBILE_NUMBER_ILLEGAL", Rejected),
    (replace(MESSAGE, params={}), "isv.TEMPLATE_MISSING_PARAMETERS", Rejected),
    (replace(MESSAGE, params={"code": "x" * 36}), "isv.PARAM_LENGTH_LIMIT", Rejected),
    (replace(MESSAGE, params={"code": "https://a"}), "isv.PARAM_NOT_SUPPORT_URL", Rejected),
    (replace(MESSAGE, template="SMS_9"), "isv.SMS_TEMPLATE_ILLEGAL", Misconfigured),
    (replace(MESSAGE, sign=""), "isv.SMS_SIGNATURE_ILLEGAL", Misconfigured),
])
async def test_a_wrong_message_is_refused_by_its_own_code(sandbox: Sandbox, gateway: AliyunGateway, message: Sms, code: str,
                                                          kind: type[SmsError]) -> None:
    sandbox.state.templates["SMS_100001"] = SmsTemplate("SMS_100001", "验证码${code}", verification=True)
    with pytest.raises(kind) as raised:
        await gateway.send(message)
    assert raised.value.code == code


@pytest.mark.parametrize("code", TABLE)
async def test_the_second_way_to_the_vendor_reads_every_answer_alike(sandbox: Sandbox, code: str) -> None:
    settings = Settings()
    gateway = SignedGateway(settings.sms_access_key_id, settings.sms_access_key_secret.get_secret_value(), clock.now, url=sandbox.url)
    sandbox.break_down("sms", "error", code=code)
    with pytest.raises(SmsError) as raised:
        await gateway.send(MESSAGE)
    await gateway.close()
    assert type(raised.value) is TABLE[code] and requests(sandbox) == 1


def test_the_second_way_is_https_unless_it_is_told_otherwise() -> None:
    assert SignedGateway("id", "secret", clock.now)._url == f"https://{ENDPOINT}/"
    production = Settings.model_construct(**{**dict(Settings()), "sms_second_access_key_id": "id", "sms_second_url": "http://127.0.0.1"})
    with pytest.raises(ValueError, match="GREENLANE_SMS_SECOND_URL: must begin with https"):
        Settings.model_validate({**dict(production), "environment": "production"})


async def test_a_second_code_within_a_minute_is_throttled_for_a_minute(sandbox: Sandbox, gateway: AliyunGateway) -> None:
    sandbox.state.templates["SMS_100001"] = SmsTemplate("SMS_100001", "验证码${code}", verification=True)
    await gateway.send(MESSAGE)
    with pytest.raises(Throttled) as raised:
        await gateway.send(replace(MESSAGE, out_id="out-2"))
    assert raised.value.retry_after == 60


async def test_a_wrong_secret_is_an_alarm(sandbox: Sandbox) -> None:
    gateway = AliyunGateway(Settings().sms_access_key_id, "wrong", endpoint=urlsplit(sandbox.url).netloc, plain_http=True)
    with pytest.raises(Misconfigured) as raised:
        await gateway.send(MESSAGE)
    gateway.close()
    assert raised.value.code == "InvalidAccessKeySecret"  # the SDK's word for: signed alike, with another secret


@pytest.mark.parametrize(("kind", "sent"), [
    ("cut", False), ("accept_then_cut", True), ("accept_then_truncate", True), ("accept_then_5xx", True),
])
async def test_a_lost_answer_is_unclear_and_nothing_is_repeated(sandbox: Sandbox, gateway: AliyunGateway, kind: str, sent: bool) -> None:
    sandbox.break_down("sms", kind)
    with pytest.raises(Unclear):
        await gateway.send(MESSAGE)
    assert requests(sandbox) == 1
    sandbox.state.faults.clear()
    found = await gateway.find(PHONE, "out-1", china_today().date())
    assert (found is not None) is sent


@pytest.mark.parametrize(("kind", "sent"), [("hang", False), ("accept_then_hang", True)])
async def test_a_time_out_is_unclear_and_exactly_one_request(sandbox: Sandbox, kind: str, sent: bool) -> None:
    sandbox.break_down("sms", kind, seconds=20)
    gateway = impatient(sandbox)
    began = time.monotonic()
    with pytest.raises(Unclear) as raised:
        await gateway.send(MESSAGE)
    assert time.monotonic() - began < 15
    assert raised.value.code == "SDK.HttpError"
    await asyncio.sleep(0.3)  # a repeat, were there one, would arrive now
    gateway.close()
    assert requests(sandbox) == 1
    assert bool(sandbox.state.texts) is sent


async def test_where_nobody_listens_nothing_was_sent_for_certain() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    gateway = AliyunGateway("id", "secret", endpoint=f"127.0.0.1:{port}", plain_http=True)
    with pytest.raises(Unreached):
        await gateway.send(MESSAGE)
    gateway.close()


async def test_the_loop_runs_on_while_a_gateway_is_slow(sandbox: Sandbox, gateway: AliyunGateway) -> None:
    sandbox.break_down("sms", "slow", seconds=0.4)
    sending = asyncio.create_task(gateway.send(MESSAGE))
    turns = 0
    while not sending.done():
        await asyncio.sleep(0.01)
        turns += 1
    await sending
    assert turns >= 20


async def test_production_speaks_https_by_the_constant_of_the_sdk() -> None:
    gateway = AliyunGateway.from_settings(Settings())
    for action, asked in (("SendSms", sending(MESSAGE)), ("QuerySendDetails", finding(PHONE, china_today().date(), None, 1))):
        request = gateway.request(action, asked)
        assert request.get_protocol_type() is protocol_type.HTTPS  # identity: an equal string would go out in clear text
        assert request.endpoint == ENDPOINT
    gateway.close()


@pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated:DeprecationWarning")  # the SDK's own copy of urllib3
async def test_what_leaves_in_production_is_a_tls_handshake() -> None:
    seen: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def look(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(2048)
        if not seen.done():
            seen.set_result(first)
        writer.close()

    server = await asyncio.start_server(look, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    gateway = AliyunGateway("id", "secret", endpoint=f"127.0.0.1:{port}")
    with pytest.raises(Unclear):
        await gateway.send(MESSAGE)
    gateway.close()
    server.close()
    first = await asyncio.wait_for(seen, 30)
    assert first[:2] == b"\x16\x03"  # TLS handshake record
    assert PHONE.encode() not in first


def test_an_endpoint_with_a_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="without scheme"):
        AliyunGateway("id", "secret", endpoint="http://127.0.0.1:1")


@pytest.mark.parametrize("kind", ["cut", "accept_then_5xx", "error"])
async def test_neither_log_nor_exception_holds_number_or_code(sandbox: Sandbox, kind: str, caplog: pytest.LogCaptureFixture,
                                                              capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "sdk")  # makes the SDK print its requests, left alone
    gateway = AliyunGateway.from_settings(Settings(sms_url=sandbox.url))
    sandbox.break_down("sms", kind, code="isp.RAM_PERMISSION_DENY", times=1)
    with caplog.at_level(logging.DEBUG), pytest.raises(SmsError) as raised:
        await gateway.send(MESSAGE)
    await gateway.send(MESSAGE)
    gateway.close()

    error: BaseException | None = raised.value
    chain = ""
    while error is not None:
        chain += repr(error) + str(error)
        error = error.__cause__ or error.__context__
    written = capfd.readouterr()
    for secret in (PHONE, CODE, "Signature"):
        assert secret not in caplog.text + written.out + written.err + chain
