"""T22: nobody hoards bookings, however many she sends at once, and a number of people is a number of people."""

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import httpx
import pytest

from config import clock
from config.profile import Profile
from models.account import Account
from models.case import Case
from models.database import rows
from services import checks, regions
from services.regions import Region
from tests.builders import a_card, a_talent
from tests.faults.conftest import crowd
from tests.faults.race import Crowd, holders, report, tally
from tests.faults.test_r08_replayed_scans import an_open_venue

from .callers import caller

__all__ = ["crowd"]  # a fixture
pytestmark = [pytest.mark.req("T22"), pytest.mark.timeout(180)]
CAP = 2


async def capped(region: Region) -> Region:
    """The region with a profile that allows two open bookings a person."""
    booking = region.matter("booking")
    who = booking.who.model_copy(update={"open_at_once": booking.who.open_at_once.model_copy(update={"value": CAP})})
    fewer: Profile = region.profile.model_copy(update={"matters": {**region.profile.matters, "booking": booking.model_copy(update={"who": who})}})
    return await regions.load(fewer, clock.now())


async def a_form(region: Region) -> tuple[UUID, dict[str, str]]:
    """A service without slots, and a form that it takes."""
    found, = await rows("SELECT s.id AS service, o.id AS window, o.district FROM service s, organisation o WHERE s.region = $1 AND o.region = $1 "
                        "AND s.bookable AND s.every_window AND s.slot_minutes IS NULL AND s.levels = '{}' AND o.kind = 'window' "
                        "ORDER BY s.code, o.code LIMIT 1", region.code)
    district = found["district"] or region.profile.districts[0].code
    return found["service"], {"need": "请协助预约专家门诊", "district": district, "window": str(found["window"])}


async def test_t22_of_a_hundred_bookings_at_once_by_one_person_two_are_taken(region: Region, crowd: Crowd) -> None:
    fewer = await capped(region)
    person, = await holders(fewer, 1)
    service, form = await a_form(fewer)
    answers = await crowd.race("book", [{"region": fewer.code, "token": person.token, "service": str(service), "form": form}] * 100)
    counted = Counter("taken" if "case" in one else one.get("refused", one.get("error")) for one in answers)
    report(t22=100, **counted)
    assert counted == {"taken": CAP, "too_many_open": 100 - CAP} and await Case.of(fewer.code, applicant_id=person.account_id).count() == CAP
    assert await checks.run(clock.now()) == []


async def test_t22_control_the_cap_is_what_stops_them(region: Region, crowd: Crowd) -> None:
    person, = await holders(region, 1)
    service, form = await a_form(region)
    many = region.matter("booking").who.open_at_once.value
    answers = await crowd.race("book", [{"region": region.code, "token": person.token, "service": str(service), "form": form}] * 30)
    assert len([one for one in answers if "case" in one]) == many > CAP and set(tally(answers, "case").values()) <= {1, 30 - many}


@pytest.mark.parametrize("companions", [-5, -1, 100, 10**9, 1.5, "2", "two", True, None, [1], {"n": 1}, 2**63])
async def test_t22_a_number_of_companions_is_a_small_whole_number(client: httpx.AsyncClient, region: Region, companions: object) -> None:
    holder = await caller(client, region, await Account.find(region.code, (await a_card()).holder_id))
    scan = {"code": await an_open_venue(region), "nonce": str(uuid4()), "companions": companions}
    answer = await holder.ask("POST", f"/{region.code}/api/visits", scan)
    assert answer.status_code == 400 and "companions" in answer.json()["error"]["context"]["fields"]
    assert await rows("SELECT 1 FROM visit UNION ALL SELECT 1 FROM quota_use") == []


@pytest.mark.parametrize("companions", ["-5", "1e9", "1000000000", "1.5", "two", "٢", "0x1"])
async def test_t22_on_the_page_too(client: httpx.AsyncClient, region: Region, companions: str) -> None:
    holder = await caller(client, region, await Account.find(region.code, (await a_card()).holder_id))
    answer = await holder.ask("POST", f"/{region.code}/v/{await an_open_venue(region)}", {"nonce": str(uuid4()), "companions": companions})
    assert answer.status_code == 400 and await rows("SELECT 1 FROM visit") == []


async def test_t22_who_has_no_card_books_nothing(client: httpx.AsyncClient, region: Region) -> None:
    stranger = await caller(client, region, await a_talent())
    service, form = await a_form(region)
    answers = await asyncio.gather(*(stranger.ask("POST", f"/{region.code}/api/bookings", {"service": str(service), "form": form}) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {403} and await Case.of(region.code).count() == 0
