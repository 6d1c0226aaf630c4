"""R9: a card, an account or a clerk that was stopped is stopped at the moment the stop is answered, on every process."""

import asyncio
import time
from collections import Counter
from uuid import uuid4

import pytest

from config import clock
from models.account import Account
from models.card import Card
from services import accounts, arrivals, cards, checks, sessions, visits
from services.arrivals import PassStopped
from services.regions import Region
from tests.builders import a_city_staff, a_staff, the_actor

from .race import Crowd, Person, figure, holders, report
from .test_r08_replayed_scans import an_open_venue

pytestmark = pytest.mark.timeout(180)
ROUNDS = figure(10, 50)
#: How long a state lasts: long enough for scans to fall on either side of every switch.
STATE_SECONDS = 0.4


async def hammered(region: Region, crowd: Crowd, act: str) -> tuple[list[dict], list[tuple[float, float]]]:
    """Two processes scan with one card, again and again, while it is suspended and enabled; their answers, and from when till when it was off."""
    code, (person,) = await an_open_venue(region), await holders(region, 1)
    city, card = await the_actor(await a_city_staff(), "desk"), await Card.find(region.code, person.card_id)
    off = []
    job = {"region": region.code, "token": person.token, "code": code, "card": str(person.card_id)}
    async with crowd.working(act, [job] * 4, processes=2) as working:
        for _ in range(ROUNDS):
            await asyncio.sleep(STATE_SECONDS)
            card = await cards.suspend(region, city, card.id, card.version, "资格复核", clock.now())
            answered = time.monotonic()
            await asyncio.sleep(STATE_SECONDS)
            off.append((answered, time.monotonic()))
            card = await cards.enable(region, city, card.id, card.version, "复核通过", clock.now())
        await asyncio.sleep(STATE_SECONDS)
    return working.answers, off


def let_through(answers: list[dict], off: list[tuple[float, float]]) -> Counter[str]:
    """What came of the scans that began after a suspension was answered, and ended before the card was enabled again."""
    assert all("ended" in one for one in answers), answers[:3]
    return Counter(one["verdict"] for one in answers for since, until in off if since < one["began"] and one["ended"] < until)


async def test_r09_no_scan_that_begins_after_the_suspension_was_answered_is_admitted(region: Region, crowd: Crowd) -> None:
    answers, off = await hammered(region, crowd, "keep_scanning")
    while_off = let_through(answers, off)
    report(r09=ROUNDS, scans=len(answers), while_off=dict(while_off))
    assert set(while_off) == {"card_suspended"} and while_off["card_suspended"] >= ROUNDS
    assert Counter(one["verdict"] for one in answers)["admitted"] >= ROUNDS  # it was on in between
    assert await checks.run(clock.now()) == []


async def test_r09_control_a_card_that_is_remembered_lets_scans_through(region: Region, crowd: Crowd) -> None:
    answers, off = await hammered(region, crowd, "keep_scanning_unguarded")
    report(control=dict(let_through(answers, off)))
    assert let_through(answers, off)["admitted"] > 0


async def test_r09_a_stopped_account_has_no_session_anywhere_from_the_answer_on(region: Region, crowd: Crowd) -> None:
    """Of a clerk: the session that every process resolves anew is over, whichever process ended it."""
    city = await the_actor(await a_city_staff(), "desk")
    for _ in range(3):
        clerk = await a_staff()
        token = await sessions.begin(region.code, clerk.id, "desk", clock.now())
        job = {"region": region.code, "token": token, "code": "nothing"}
        async with crowd.working("keep_scanning", [job] * 2, processes=2) as working:
            await asyncio.sleep(STATE_SECONDS)
            await accounts.suspend(region, city, clerk.id, "离岗", clock.now())
            answered = time.monotonic()
            await asyncio.sleep(STATE_SECONDS)
        after = Counter(one["verdict"] for one in working.answers if one["began"] > answered)
        before = Counter(one["verdict"] for one in working.answers if one["began"] <= answered)
        assert set(after) == {"logged_out"} and before["board_unknown"] > 0


async def _admitted(region: Region, person: Person) -> visits.Scan:
    holder = await the_actor(await Account.find(region.code, person.account_id))
    return await visits.admit(region, holder, await an_open_venue(region), uuid4(), clock.now())


async def test_r09_a_pass_that_was_given_before_opens_no_door_after(region: Region) -> None:
    person, = await holders(region, 1)
    scan, now = await _admitted(region, person), clock.now()
    assert scan.shows(now, region.profile.tz)
    card = await Card.find(region.code, person.card_id)
    await cards.suspend(region, await the_actor(await a_city_staff(), "desk"), card.id, card.version, "资格复核", now)
    with pytest.raises(PassStopped):
        await arrivals.confirm(region, scan.venue_id, visits.rolling(region.code, scan.visit_id, now).token, now)
    with pytest.raises(PassStopped):
        await arrivals.check(region, scan.venue_id, visits.rolling(region.code, scan.visit_id, now).digits, now)
    again = await visits.own_scan(region, await the_actor(await Account.find(region.code, person.account_id)), scan.visit_id)
    assert not again.shows(now, region.profile.tz) and again.stops(now, region.profile.tz)
