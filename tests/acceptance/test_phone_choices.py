"""短信通知: a person says which SMS she wants; what she switched off stands among her messages all the same."""

import httpx
import pytest

from config import clock
from config.vocabulary import CODES, OPTIONAL, NotificationKind
from models.account import Account
from services import consents
from services.regions import Region
from tests.acceptance.phone import phone
from tests.builders import a_booking, a_talent, the_actor

pytestmark = pytest.mark.req("WH-52")


async def test_what_she_switched_off_stands_among_her_messages_all_the_same(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    who = await Account.find(region.code, case.applicant_id)
    mine = await phone(client, region, who)
    await mine.open("/me/sms")
    await mine.send("/me/sms", on=[kind.value for kind in OPTIONAL - {NotificationKind.CASE_SUBMITTED} if f'value="{kind.value}"' in mine.text])
    assert mine.at == "/me/settings" and "短信通知已保存" in mine.text
    assert [one.kind for one in await consents.sms(region, await the_actor(who)) if not one.on] == [NotificationKind.CASE_SUBMITTED]
    await mine.open("/me/messages")
    assert NotificationKind.CASE_SUBMITTED.label in mine.text and case.number in mine.text
    await mine.open("/me/consents")
    assert "您关闭了 1 种" in mine.text


async def test_codes_and_verdicts_are_sent_whatever_she_chose(client: httpx.AsyncClient, region: Region) -> None:
    who = await a_talent()
    mine = await phone(client, region, who)
    await mine.open("/me/sms")
    await mine.send("/me/sms")  # nothing is ticked
    assert all(one.on == one.must for one in await consents.sms(region, await the_actor(who)))
    must = [kind for kind in region.profile.sending.texts if kind not in OPTIONAL]
    assert CODES & set(must) and NotificationKind.CASE_REJECTED in must and NotificationKind.CASE_RETURNED in must
    assert all([await consents.wants_sms(region.code, who.id, kind) for kind in must])
    await mine.open("/me/sms")
    refused = await mine.post("/me/sms", on="case_rejected")
    assert refused.status_code == 400


async def test_a_reply_switches_all_off_at_once_and_says_whether_that_was_new(region: Region) -> None:
    who = await a_talent()
    assert [await consents.refuse_sms(region.code, who.id, "sms", clock.now()) for _ in range(2)] == [True, False]
    assert not any([await consents.wants_sms(region.code, who.id, kind) for kind in OPTIONAL])
