"""R5: the provider's time-out is never answered with a blind repetition."""

from collections import Counter
from datetime import timedelta

import pytest

from config.vocabulary import CODES, MAILED, NotificationKind
from models.database import execute
from sandbox.embedded import Sandbox
from services import delivery
from services.notifications import Message, tell_all
from services.regions import Region
from sms.aliyun import AliyunGateway

from .race import figure, holders, report
from .test_r04_nothing_lost import SETTLED, gateway, messages, noon, sandbox, states, times_told

__all__ = ["gateway", "sandbox"]  # fixtures
pytestmark = pytest.mark.timeout(180)
MANY = figure(100, 1_000)
#: How long the sandbox hangs: a little longer than the gateway waits, so that the gateway's threads are soon free again.
HANGS, WAITS = 0.25, 0.2
ACCEPTED = ["accept_then_hang", "accept_then_cut", "accept_then_truncate", "accept_then_5xx"]
NEVER_CAME = ["cut", "hang"]


async def ten_minutes(gateway: AliyunGateway, region: Region) -> None:
    for minutes in range(10):
        now = noon(region) + timedelta(minutes=minutes)
        while await delivery.drain(gateway, now):
            pass
        while await delivery.settle(gateway, now):
            pass


@pytest.fixture
def impatient(gateway: AliyunGateway) -> AliyunGateway:
    """Waits a fifth of a second for an answer."""
    gateway._call_seconds = WAITS
    return gateway


@pytest.mark.parametrize("fault", ACCEPTED)
async def test_r05_what_was_accepted_and_not_answered_is_found_and_not_sent_again(
        region: Region, sandbox: Sandbox, impatient: AliyunGateway, fault: str) -> None:
    await messages(region, MANY)
    sandbox.break_down("sms", fault, times=MANY, seconds=HANGS, path="SendSms")
    await ten_minutes(impatient, region)
    report(r05=fault, states=dict(await states()), told=dict(times_told(sandbox)))
    assert times_told(sandbox) == {1: MANY} and set(await states()) <= SETTLED


@pytest.mark.parametrize("fault", NEVER_CAME)
async def test_r05_what_never_came_is_sent_once_when_the_records_say_so(
        region: Region, sandbox: Sandbox, impatient: AliyunGateway, fault: str) -> None:
    await messages(region, MANY)
    sandbox.break_down("sms", fault, times=MANY, seconds=HANGS, path="SendSms")
    await ten_minutes(impatient, region)
    report(r05=fault, states=dict(await states()), told=dict(times_told(sandbox)))
    assert times_told(sandbox) == {1: MANY} and set(await states()) <= SETTLED


@pytest.mark.parametrize("fault", [*ACCEPTED, *NEVER_CAME])
async def test_r05_a_code_that_lets_somebody_in_is_never_sent_again_by_itself(
        region: Region, sandbox: Sandbox, impatient: AliyunGateway, fault: str) -> None:
    many = MANY // 4
    kinds = sorted(CODES - MAILED)
    codes = [Message(kinds[number % len(kinds)], f"code:{number}", {"code": "402871", "minutes": "5"}, person.account_id)
             for number, person in enumerate(await holders(region, many))]
    await tell_all(region, codes, noon(region))
    sandbox.break_down("sms", fault, times=many, seconds=HANGS, path="SendSms")
    await ten_minutes(impatient, region)
    sends = Counter(call.request["OutId"] for call in sandbox.state.calls if call.what == "POST SendSms")
    assert set(sends.values()) == {1} and set(times_told(sandbox)) <= {1}
    told = len(sandbox.state.texts)
    assert await states() == Counter(delivered=told, failed=many - told)


async def test_r05_control_a_blind_repetition_tells_twice(region: Region, sandbox: Sandbox, impatient: AliyunGateway) -> None:
    await messages(region, many := 20)
    sandbox.break_down("sms", "accept_then_hang", times=many, seconds=HANGS, path="SendSms")
    now = noon(region)
    await delivery.drain(impatient, now)
    await execute("UPDATE notification SET state = 'pending' WHERE state = 'unknown'")
    await delivery.drain(impatient, now + timedelta(minutes=1))
    report(control=dict(times_told(sandbox)))
    assert times_told(sandbox)[2] > 0


def test_r05_every_code_is_known_as_one() -> None:
    """What carries a code or a token must stand in ``CODES``, else it would be sent again. The warning beside them goes by mail and carries none."""
    assert {kind for kind in NotificationKind if {"code", "token"} & kind.params} == CODES - {NotificationKind.ALERT_LETTER}
