"""Two gateways over the wire, each a sandbox of its own: the other one is asked only when the first surely did not take the message."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from config import clock
from config.settings import Settings
from config.vocabulary import NotificationKind
from models.database import execute, row
from models.notification import Delivery, Notification
from sandbox.embedded import Sandbox, running_sandbox
from services import delivery, failover, regions
from services.notifications import tell
from services.regions import Region
from sms.aliyun import AliyunGateway
from sms.errors import SmsError, Throttled, Unclear, Unreached
from sms.gateway import Sms
from sms.signed import SignedGateway
from tests.builders import a_talent

NOON = datetime.fromisoformat("2026-11-23T12:00:00+08:00")
SIGN = "人才服务备用"


@dataclass
class Two:
    """A gateway and its sandbox, twice."""

    first: AliyunGateway
    second: SignedGateway
    at_first: Sandbox
    at_second: Sandbox

    async def drain(self, now: datetime = NOON) -> None:
        await delivery.drain(self.first, now, second=self.second)

    async def settle(self, now: datetime) -> None:
        await delivery.settle(self.first, now, second=self.second)

    @property
    def taken(self) -> tuple[int, int]:
        return len(self.at_first.state.texts), len(self.at_second.state.texts)

    @property
    def asked(self) -> tuple[int, int]:
        return tuple(sum("SendSms" in call.what for call in one.state.calls) for one in (self.at_first, self.at_second))  # type: ignore[return-value]


@asynccontextmanager
async def two_gateways(call_seconds: float = 5.0) -> AsyncIterator[Two]:
    config = Settings(sms_second_access_key_id="LTAISECOND", sms_second_access_key_secret="second-secret")
    async with running_sandbox() as at_first, running_sandbox(sms_keys={"LTAISECOND": "second-secret"}) as at_second:
        first = AliyunGateway(config.sms_access_key_id, config.sms_access_key_secret.get_secret_value(), endpoint=urlsplit(at_first.url).netloc,
                              plain_http=True, call_seconds=call_seconds)
        second = SignedGateway(config.sms_second_access_key_id, config.sms_second_access_key_secret.get_secret_value(), clock.now,
                               url=at_second.url, call_seconds=call_seconds)
        yield Two(first, second, at_first, at_second)
        first.close()
        await second.close()


@pytest.fixture
async def two() -> AsyncIterator[Two]:
    async with two_gateways() as made:
        yield made


@pytest.fixture
def region(region: Region, monkeypatch: pytest.MonkeyPatch) -> Region:
    """The region with a sign at the second gateway, and a template there for two kinds of message."""
    sending = region.profile.sending
    kinds = {NotificationKind.CARD_ENABLED: "SMS_900000001", NotificationKind.LOGIN_CODE: "SMS_900000002"}
    texts = {kind: telling.model_copy(update={"second_template": kinds.get(kind, "")}) for kind, telling in sending.texts.items()}
    profile = region.profile.model_copy(update={"sending": sending.model_copy(update={"second_sign": SIGN, "texts": texts})})
    known = regions._versions[region.code, region.version]
    monkeypatch.setitem(regions._versions, (region.code, region.version), type(known)(**{**vars(known), "profile": profile}))
    regions._current.clear()
    return region


async def messages(region: Region, count: int, kind: NotificationKind = NotificationKind.CARD_ENABLED) -> list[UUID]:
    params = dict.fromkeys(kind.params, "123456")
    for number in range(count):
        await tell(region, kind, dedupe_key=f"{kind}:{number}", params=params, account_id=(await a_talent()).id, now=NOON)
    return [one.id for one in await Notification.of(region.code, kind=kind).order_by("created_at")]


async def through(region: Region, id: UUID) -> tuple[Delivery, str]:
    found = await Notification.find(region.code, id)
    return found.state, found.gateway


async def test_the_second_gateway_keeps_the_contract_of_the_first(two: Two) -> None:
    sms = Sms("19900001234", SIGN, "SMS_900000001", {"card": "卡"}, "out-1")
    accepted = await two.second.send(sms)
    assert accepted.provider_id == two.at_second.state.texts[0].biz_id
    assert await two.second.find(sms.phone, "out-1", clock.now().astimezone(NOON.tzinfo).date()) is not None
    assert await two.second.find(sms.phone, "out-2", clock.now().astimezone(NOON.tzinfo).date()) is None
    for kind, error in (("cut", Unclear), ("accept_then_truncate", Unclear), ("accept_then_5xx", Unclear)):
        two.at_second.break_down("sms", kind, times=1)
        with pytest.raises(error):
            await two.second.send(sms)


@pytest.mark.parametrize("code", ["isv.AMOUNT_NOT_ENOUGH", "isv.SMS_SIGNATURE_ILLEGAL", "isp.RAM_PERMISSION_DENY", "isv.DENY_IP_RANGE",
                                  "Throttling.User"])
async def test_what_the_first_surely_refused_goes_through_the_second(region: Region, two: Two, code: str) -> None:
    (id,) = await messages(region, 1)
    two.at_first.break_down("sms", "error", code=code)
    await two.drain()
    assert await through(region, id) == (Delivery.ACCEPTED, "second") and two.taken == (0, 1)
    assert two.at_second.state.texts[0].sign == SIGN and two.at_second.state.texts[0].template == "SMS_900000001"


async def test_a_first_that_nobody_reaches_has_taken_nothing(region: Region, two: Two) -> None:
    nobody = AliyunGateway("id", "secret", endpoint="127.0.0.1:9", plain_http=True)
    (id,) = await messages(region, 1, NotificationKind.LOGIN_CODE)
    await delivery.drain(nobody, NOON, second=two.second)
    nobody.close()
    assert await through(region, id) == (Delivery.ACCEPTED, "second")


@pytest.mark.parametrize("fault", ["cut", "accept_then_cut", "accept_then_5xx", "accept_then_truncate", "accept_then_hang"])
async def test_an_unclear_answer_stays_unclear_and_nobody_else_hears_of_it(region: Region, fault: str) -> None:
    async with two_gateways(call_seconds=1.5) as two:
        (id,) = await messages(region, 1)
        two.at_first.break_down("sms", fault, times=1, seconds=3)
        await two.drain()
        assert await through(region, id) == (Delivery.UNKNOWN, "first") and two.asked == (1, 0)


@pytest.mark.parametrize("code", ["isv.MOBILE_NUMBER_ILLEGAL", "isv.BUSINESS_LIMIT_CONTROL:天级流控", "isv.SMS_CONTENT_ILLEGAL"])
async def test_what_is_wrong_with_the_message_or_its_number_is_no_reason_to_ask_another(region: Region, two: Two, code: str) -> None:
    await messages(region, 1)
    two.at_first.break_down("sms", "error", code=code)
    await two.drain()
    assert two.asked == (1, 0) and await failover.share() == 0


async def test_a_kind_that_is_not_registered_at_the_second_never_goes_there(region: Region, two: Two) -> None:
    (id,) = await messages(region, 1, NotificationKind.CASE_WITHDRAWN)
    await execute("INSERT INTO sms_share (second, moved_at) VALUES (100, $1)", NOON)
    await two.drain()
    assert await through(region, id) == (Delivery.ACCEPTED, "first")  # though it was its turn
    assert two.taken == (1, 0)


async def test_a_doubt_is_asked_where_the_message_went(region: Region, two: Two) -> None:
    now = clock.now().astimezone(NOON.tzinfo).replace(hour=12)  # the vendor's records are by day
    (id,) = await messages(region, 1)
    await execute("INSERT INTO sms_share (second, moved_at) VALUES (100, $1)", NOON)
    await execute("UPDATE notification SET next_at = $1", now)
    two.at_second.break_down("sms", "accept_then_cut", times=1)
    await two.drain(now)
    assert await through(region, id) == (Delivery.UNKNOWN, "second")
    await two.settle(now + timedelta(minutes=1))
    assert (await through(region, id))[0] in {Delivery.ACCEPTED, Delivery.DELIVERED} and two.asked == (0, 1)


async def test_the_weight_moves_once_a_minute_away_from_who_errs_and_comes_back(region: Region) -> None:
    error: SmsError = Unclear("SDK.HttpError")
    for seconds in (0, 5, 30, 59):
        await failover.hear("first", error, NOON + timedelta(seconds=seconds))
    assert await failover.share() == 10
    for minute in range(1, 15):
        await failover.hear("first", Unreached("x", 15), NOON + timedelta(minutes=minute))
    assert await failover.share() == 100  # and no further
    quiet = NOON + timedelta(minutes=14)
    await failover.tend(quiet + timedelta(minutes=14))
    assert await failover.share() == 100
    for step in range(1, 12):
        await failover.tend(quiet + timedelta(minutes=15 * step))
    assert await failover.share() == 0
    await failover.hear("first", Throttled("isv.BUSINESS_LIMIT_CONTROL", 60), NOON + timedelta(days=1))
    assert await failover.share() == 0  # a person who had enough says nothing about the gateway


async def test_who_is_slow_to_arrive_gets_less(region: Region, two: Two) -> None:
    ids = await messages(region, 20)
    await execute("UPDATE notification SET state = 'delivered', tried_at = $1::timestamptz, settled_at = $1::timestamptz + interval '10 s'", NOON)
    await failover.tend(NOON + timedelta(minutes=6))
    assert await failover.share() == 0
    await execute("UPDATE notification SET state = 'accepted', settled_at = NULL WHERE id = ANY ($1::uuid[])", ids[:4])
    await failover.tend(NOON + timedelta(minutes=6))
    assert await failover.share() == 10


async def test_shares_are_kept_over_many_messages(region: Region, two: Two) -> None:
    await messages(region, 60)
    await execute("INSERT INTO sms_share (second, moved_at) VALUES (50, $1)", NOON)
    await two.drain()
    assert sum(two.taken) == 60 and min(two.taken) >= 12


async def test_r05_a_row_that_somebody_else_asks_for_is_not_handed_to_the_other(region: Region, two: Two) -> None:
    """The first gateway dawdles past the lease and refuses then: the row is in doubt already, and the second must not get it."""
    (id,) = await messages(region, 1)
    two.at_first.break_down("sms", "slow", seconds=1.0, times=1)
    two.at_first.break_down("sms", "error", code="isv.AMOUNT_NOT_ENOUGH")
    draining = asyncio.create_task(two.drain())
    async with asyncio.timeout(30):
        while (await through(region, id))[0] is not Delivery.SENDING:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await execute("UPDATE notification SET lease_until = $1", NOON)
    await execute("UPDATE notification SET state = 'unknown', lease = NULL, lease_until = NULL")
    await draining
    assert (await through(region, id))[0] is Delivery.UNKNOWN and two.taken[1] == 0


async def test_a_slow_gateway_holds_no_database_connection(region: Region) -> None:
    from models.database import connection

    async with two_gateways(call_seconds=5) as two:
        await messages(region, 8)
        two.at_first.break_down("sms", "hang", seconds=30)
        draining = asyncio.create_task(two.drain())
        async with asyncio.timeout(30):
            while two.asked[0] < 8:  # noqa: ASYNC110  (all of them hang at the gateway)
                await asyncio.sleep(0.02)
        pool = connection()._pool  # type: ignore[attr-defined]
        assert pool.get_size() - pool.get_idle_size() == 0
        assert (await row("SELECT count(*) AS found FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in trans%'")
                or {})["found"] == 0
        two.at_first.state.faults.clear()
        await draining
