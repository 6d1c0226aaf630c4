"""T24: one rating, by the one who was served, after the end, of one to five stars."""

import asyncio
from collections import Counter

import httpx
import pytest

from config import clock
from models.account import Account
from models.database import new_id, rows
from services import checks, visits
from services.regions import Region
from tests.builders import a_booking, a_card, a_talent, the_actor
from tests.faults.test_r08_replayed_scans import an_open_venue

from .callers import Caller, caller

pytestmark = [pytest.mark.req("T24"), pytest.mark.timeout(180)]


async def a_finished_case(client: httpx.AsyncClient, region: Region) -> tuple[Caller, str]:
    case = await a_booking(completed=True)
    return await caller(client, region, await Account.find(region.code, case.applicant_id)), f"/{region.code}/api/bookings/{case.id}/rating"


async def a_visit(client: httpx.AsyncClient, region: Region) -> tuple[Caller, str]:
    holder = await Account.find(region.code, (await a_card()).holder_id)
    scan = await visits.admit(region, await the_actor(holder), await an_open_venue(region), new_id(), clock.now())
    return await caller(client, region, holder), f"/{region.code}/api/visits/{scan.visit_id}/rating"


@pytest.mark.parametrize("thing", [a_finished_case, a_visit])
async def test_t24_of_fifty_ratings_at_once_one_counts(client: httpx.AsyncClient, region: Region, thing) -> None:
    who, path = await thing(client, region)
    answers = await asyncio.gather(*(who.ask("POST", path, {"stars": 1 + number % 5, "words": "很好"}) for number in range(50)))
    counted = Counter((answer.status_code, answer.json().get("error", {}).get("code", "")) for answer in answers)
    assert counted == {(201, ""): 1, (409, "rated_already"): 49}
    assert len(await rows("SELECT 1 FROM rating")) == 1 and await checks.run(clock.now()) == []


@pytest.mark.parametrize("thing", [a_finished_case, a_visit])
async def test_t24_nobody_rates_what_was_done_for_somebody_else(client: httpx.AsyncClient, region: Region, thing) -> None:
    _, path = await thing(client, region)
    other = await caller(client, region, await a_talent(name="孙宁"))
    assert (await other.ask("POST", path, {"stars": 1})).status_code == 404 and await rows("SELECT 1 FROM rating") == []


@pytest.mark.parametrize("stars", [6, 0, -1, "5", "NaN", 4.5, True, None, [], 10**30])
async def test_t24_stars_are_one_to_five(client: httpx.AsyncClient, region: Region, stars: object) -> None:
    who, path = await a_finished_case(client, region)
    answer = await who.ask("POST", path, {"stars": stars})
    assert answer.status_code == 400 and await rows("SELECT 1 FROM rating") == []


async def test_t24_not_a_number_is_no_json_at_all(client: httpx.AsyncClient, region: Region) -> None:
    who, path = await a_finished_case(client, region)
    answer = await client.post(path, content=b'{"stars": NaN}',
                               headers={"Authorization": f"Bearer {who.tokens['mini']}", "Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "malformed_body"


@pytest.mark.parametrize("stage", [{}, {"step": "complete"}, {"returned": True}])
async def test_t24_what_is_not_finished_is_not_rated(client: httpx.AsyncClient, region: Region, stage: dict) -> None:
    case = await a_booking(**stage)
    who = await caller(client, region, await Account.find(region.code, case.applicant_id))
    answer = await who.ask("POST", f"/{region.code}/api/bookings/{case.id}/rating", {"stars": 5})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_yet_finished")
