"""T20, T21: one pass opens one door once, however many scan it at once; a tap is one tap."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from config import clock
from config.errors import Refusal
from config.keys import keys
from models.account import Account
from models.database import new_id, row, rows
from models.venue import Venue
from qr import pass_code, venue_link
from services import arrivals, visits
from services.regions import Region
from tests.builders import a_card, the_actor
from tests.faults.race import luck
from tests.faults.test_r08_replayed_scans import an_open_venue

from .callers import Caller, caller

pytestmark = pytest.mark.timeout(180)


async def admitted(region: Region) -> tuple[Account, visits.Scan]:
    holder = await Account.find(region.code, (await a_card()).holder_id)
    return holder, await visits.admit(region, await the_actor(holder), await an_open_venue(region), new_id(), clock.now())


async def a_gate(client: httpx.AsyncClient, region: Region, venue_id: UUID) -> tuple[Caller, str]:
    """The venue's own page, and the address of its scanner."""
    venue = await Venue.find(region.code, venue_id)
    return await caller(client, region), f"/{region.code}/at/{venue_link.encode(keys(), region.code, venue.serial, venue.link_version)}/check"


@pytest.mark.req("T20")
async def test_t20_one_code_at_fifty_gates_at_once_is_accepted_once(client: httpx.AsyncClient, region: Region) -> None:
    _, scan = await admitted(region)
    gate, path = await a_gate(client, region, scan.venue_id)
    token = visits.rolling(region.code, scan.visit_id, clock.now()).token
    answers = await asyncio.gather(*(gate.ask("POST", path, {"code": token}) for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 49}
    assert (await row("SELECT count(confirmed_at) AS confirmed FROM visit"))["confirmed"] == 1


@pytest.mark.req("T20")
async def test_t20_digits_and_code_of_one_pass_count_together_once(client: httpx.AsyncClient, region: Region) -> None:
    _, scan = await admitted(region)
    gate, path = await a_gate(client, region, scan.venue_id)
    shown = visits.rolling(region.code, scan.visit_id, clock.now())
    answers = await asyncio.gather(*(gate.ask("POST", path, {"code": code}) for code in (shown.token, shown.digits) * 10))
    assert Counter(answer.status_code for answer in answers)[200] == 1


@pytest.mark.req("T20")
async def test_t20_a_screenshot_is_refused_when_its_windows_are_over(region: Region) -> None:
    _, scan = await admitted(region)
    now = clock.now()
    token = visits.rolling(region.code, scan.visit_id, now).token
    for later in (timedelta(seconds=2 * pass_code.WINDOW_SECONDS), timedelta(hours=1), timedelta(days=1)):
        with pytest.raises(pass_code.PassCodeExpired):
            await arrivals.confirm(region, scan.venue_id, token, now + later)


@pytest.mark.req("T20")
async def test_t20_no_altered_code_is_accepted(region: Region) -> None:
    """Each letter of the code changed, two of them exchanged, and a thousand drawn by chance: none confirms anything."""
    _, scan = await admitted(region)
    now, chance = clock.now(), luck()
    token = visits.rolling(region.code, scan.visit_id, now).token
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    altered = {token[:place] + letter + token[place + 1:] for place in range(len(token)) for letter in letters} - {token}
    altered |= {"".join(chance.choices(letters, k=len(token))) for _ in range(1_000)}
    for code in altered:
        with pytest.raises(Refusal):
            await arrivals.confirm(region, scan.venue_id, code, now)
    assert await arrivals.confirm(region, scan.venue_id, token, now) == scan.visit_id  # and the right one still does


@pytest.mark.req("T21")
async def test_t21_a_tap_that_is_repeated_over_http_has_one_answer_and_one_use(client: httpx.AsyncClient, region: Region) -> None:
    holder = await Account.find(region.code, (await a_card()).holder_id)
    who, scan = await caller(client, region, holder), {"code": await an_open_venue(region), "nonce": str(uuid4()), "companions": 0}
    answers = await asyncio.gather(*(who.ask("POST", f"/{region.code}/api/visits", scan) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {201} and len({answer.text for answer in answers}) == 1
    assert await rows("SELECT used FROM quota_use") == [{"used": 1}]
    other = await who.ask("POST", f"/{region.code}/api/visits", {**scan, "companions": 1})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "nonce_reused")


@pytest.mark.req("T21")
async def test_t21_a_tap_on_the_page_and_in_the_mini_program_is_one_tap(client: httpx.AsyncClient, region: Region) -> None:
    holder = await Account.find(region.code, (await a_card()).holder_id)
    who, code, nonce = await caller(client, region, holder), await an_open_venue(region), str(uuid4())
    page = await who.ask("POST", f"/{region.code}/v/{code}", {"nonce": nonce, "companions": "0"})
    mini = await who.ask("POST", f"/{region.code}/api/visits", {"code": code, "nonce": nonce, "companions": 0})
    assert page.status_code == 303 and page.headers["location"].endswith(mini.json()["id"])
    assert await rows("SELECT used FROM quota_use") == [{"used": 1}]


@pytest.mark.req("T21")
@pytest.mark.parametrize("link", ["none", "V" + "0" * 40])
async def test_t21_a_gate_that_is_not_ours_is_not_there(client: httpx.AsyncClient, region: Region, link: str) -> None:
    _, scan = await admitted(region)
    token = visits.rolling(region.code, scan.visit_id, clock.now()).token
    answer = await (await caller(client, region)).ask("POST", f"/{region.code}/at/{link}/check", {"code": token})
    assert answer.status_code == 404 and (await row("SELECT count(confirmed_at) AS confirmed FROM visit"))["confirmed"] == 0
