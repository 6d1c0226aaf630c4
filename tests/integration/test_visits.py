"""The venue scan on a real database: each refusal by its own reason, quotas, nonces, undo, the pass that counts once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from config.errors import Invalid, NotFound
from config.keys import keys
from models.account import Account
from models.database import execute, row
from models.notification import Notification
from models.venue import Venue
from models.visit import Verdict, Visit
from qr import board_code
from qr.pass_code import PassCodeExpired
from services import arrivals, visits
from services.actors import Actor
from services.regions import Region
from tests.builders import a_board, a_card, a_talent, a_venue, the_actor

#: A Monday, ten in the morning in the region's own time: every venue but the one closed on Mondays is open.
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


async def a_scan(region: Region, *, venue: str) -> tuple[Actor, str]:
    """A card holder before a board: who scans, and what the board says."""
    card = await a_card()
    board = await a_board(await a_venue(venue))
    return await the_actor(await Account.find(region.code, card.holder_id)), board_code.encode(region.code, board.serial, keys())


async def quota_used(region: Region) -> int:
    found = await row("SELECT coalesce(sum(used), 0)::int AS used FROM quota_use WHERE region = $1", region.code)
    return found["used"]


@pytest.fixture
async def venue_code(region: Region) -> str:
    return (await Venue.of(region.code, category="airport").order_by("serial").first()).code


@pytest.mark.req("WH-55")
async def test_an_active_holder_is_admitted_and_one_use_of_the_year_is_gone(region: Region, venue_code: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    scan = await visits.admit(region, holder, code, uuid4(), MORNING, companions=1)
    assert scan.admitted and scan.companions == 1 and scan.venue and not scan.replayed
    benefit = next(one for one in region.profile.content.benefits if one.category == "airport" and one.level == scan.level)
    assert scan.quota_left == benefit.yearly.value - 1 if benefit.yearly.value is not None else scan.quota_left is None
    assert (await visits.own_scan(region, holder, scan.visit_id)).verdict is Verdict.ADMITTED


@pytest.mark.req("WH-55")
@pytest.mark.parametrize(("verdict", "spoil"), [
    (Verdict.BOARD_REVOKED, "UPDATE board SET revoked_at = now() WHERE region = $1"),
    (Verdict.ACCOUNT_SUSPENDED, "UPDATE account SET state = 'suspended' WHERE region = $1"),
    (Verdict.NO_CARD, "UPDATE card SET state = 'ended' WHERE region = $1"),
    (Verdict.CARD_SUSPENDED, "UPDATE card SET state = 'suspended' WHERE region = $1"),
    (Verdict.CARD_EXPIRED, "UPDATE card SET valid_until = '2026-11-22' WHERE region = $1"),
    (Verdict.VENUE_CLOSED, "UPDATE venue SET state = 'closed' WHERE region = $1"),
    (Verdict.OUTSIDE_HOURS, "DELETE FROM opening WHERE region = $1"),
    (Verdict.LEVEL_NOT_ENTITLED, "DELETE FROM benefit WHERE region = $1"),
    (Verdict.LEVEL_NOT_ENTITLED, "UPDATE benefit SET yearly = 0 WHERE region = $1"),
    (Verdict.TOO_MANY_COMPANIONS, "UPDATE benefit SET companions = 0 WHERE region = $1"),
])
async def test_each_thing_that_is_wrong_has_its_own_reason_and_the_refused_scan_is_kept(
        region: Region, venue_code: str, verdict: Verdict, spoil: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    await execute(spoil, region.code)
    scan = await visits.admit(region, holder, code, uuid4(), MORNING, companions=1)
    assert scan.verdict is verdict and not scan.admitted
    assert (await Visit.find(region.code, scan.visit_id)).verdict is verdict
    assert await quota_used(region) == 0


async def test_a_closed_day_closes_the_venue(region: Region, venue_code: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    venue = await a_venue(venue_code)
    await execute("INSERT INTO closed_day (region, id, venue_id, day) VALUES ($1, uuidv7(), $2, '2026-11-23')", region.code, venue.id)
    assert (await visits.admit(region, holder, code, uuid4(), MORNING)).verdict is Verdict.OUTSIDE_HOURS
    assert (await visits.admit(region, holder, code, uuid4(), MORNING + timedelta(days=1))).admitted


async def test_the_board_of_another_region_or_a_forged_code_is_unknown_and_kept(region: Region, venue_code: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    foreign = board_code.encode("elsewhere", 1, keys())
    for wrong in (foreign, code[:-1] + ("0" if code[-1] != "0" else "1"), "nonsense", ""):
        scan = await visits.admit(region, holder, wrong, uuid4(), MORNING)
        assert scan.verdict is Verdict.BOARD_UNKNOWN and scan.venue_id is None


async def test_the_quota_ends_exactly_where_the_benefit_says(region: Region, venue_code: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    await execute("UPDATE benefit SET yearly = 2 WHERE region = $1", region.code)
    verdicts = [(await visits.admit(region, holder, code, uuid4(), MORNING)).verdict for _ in range(3)]
    assert verdicts == [Verdict.ADMITTED, Verdict.ADMITTED, Verdict.QUOTA_USED_UP]
    assert (await visits.admit(region, holder, code, uuid4(), MORNING.replace(year=2027))).admitted  # another year, another quota


async def test_t21_the_same_tap_has_the_same_answer_and_another_body_is_refused(region: Region, venue_code: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    await execute("UPDATE benefit SET yearly = 5 WHERE region = $1", region.code)
    nonce = uuid4()
    first = await visits.admit(region, holder, code, nonce, MORNING)
    again = await visits.admit(region, holder, code, nonce, MORNING + timedelta(minutes=1))
    assert again == replace(first, replayed=True)
    assert await quota_used(region) == 1
    with pytest.raises(visits.NonceReused):
        await visits.admit(region, holder, code, nonce, MORNING, companions=1)
    somebody = await the_actor(await a_talent())
    assert (await visits.admit(region, somebody, code, nonce, MORNING)).verdict is Verdict.NO_CARD  # a nonce is the holder's own


async def test_the_number_of_companions_is_a_number_of_people(region: Region, venue_code: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    for wrong in (-1, 100, 10**9):
        with pytest.raises(Invalid):
            await visits.admit(region, holder, code, uuid4(), MORNING, companions=wrong)


@pytest.mark.req("WH-55")
async def test_the_attendant_sees_masked_arrivals_with_the_code_that_the_pass_shows(region: Region, venue_code: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    scan = await visits.admit(region, holder, code, uuid4(), MORNING)
    arrival, = await arrivals.of_day(region, scan.venue_id, MORNING.date(), MORNING)
    assert arrival.digits == visits.rolling(region.code, scan.visit_id, MORNING).digits
    assert arrival.holder == "周*" and arrival.admitted
    later = await arrivals.of_day(region, scan.venue_id, MORNING.date(), MORNING + timedelta(seconds=31))
    assert later[0].digits != arrival.digits


async def test_t20_a_pass_counts_once_and_a_screenshot_of_it_not_at_all(region: Region, venue_code: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    scan = await visits.admit(region, holder, code, uuid4(), MORNING)
    token = visits.rolling(region.code, scan.visit_id, MORNING).token
    other = await a_venue("city_library_room")
    with pytest.raises(PassCodeExpired):
        await arrivals.confirm(region, scan.venue_id, token, MORNING + timedelta(seconds=61))
    with pytest.raises(NotFound):
        await arrivals.confirm(region, other.id, token, MORNING)
    assert await arrivals.confirm(region, scan.venue_id, token, MORNING) == scan.visit_id
    with pytest.raises(arrivals.PassUsed):
        await arrivals.confirm(region, scan.venue_id, token, MORNING)


async def test_an_undone_visit_gives_its_use_back_and_tells_the_holder_why(region: Region, venue_code: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    await execute("UPDATE benefit SET yearly = 5 WHERE region = $1", region.code)
    scan = await visits.admit(region, holder, code, uuid4(), MORNING)
    used = await quota_used(region)
    for reason in ("", "误", "x" * 101):
        with pytest.raises(Invalid):
            await arrivals.undo(region, scan.venue_id, scan.visit_id, reason, MORNING)
    await arrivals.undo(region, scan.venue_id, scan.visit_id, "持卡人误扫", MORNING + timedelta(minutes=5))
    assert await quota_used(region) == used - 1
    assert not (await visits.own_scan(region, holder, scan.visit_id)).admitted
    assert await Notification.of(region.code, subject_id=scan.visit_id, kind="visit_undone").count() == 1
    with pytest.raises(NotFound):
        await arrivals.undo(region, scan.venue_id, scan.visit_id, "再撤一次", MORNING + timedelta(minutes=6))


async def test_yesterdays_visit_can_no_longer_be_undone(region: Region, venue_code: str) -> None:
    holder, code = await a_scan(region, venue=venue_code)
    scan = await visits.admit(region, holder, code, uuid4(), MORNING)
    with pytest.raises(NotFound):
        await arrivals.undo(region, scan.venue_id, scan.visit_id, "持卡人误扫", MORNING + timedelta(days=1))
