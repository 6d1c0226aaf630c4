"""WH-55: a pass that was prepared beforehand counts once, wherever and however often it is shown, and nothing that was let in is lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from config.errors import Invalid, NotFound, NotPermitted
from models.account import Account
from models.database import execute, row, rows
from models.venue import Venue
from models.visit import Visit
from qr import day_pass
from services import arrivals, cards, day_passes, visits
from services.actors import Actor
from services.arrivals import PassElsewhere, PassStopped, PassUsed
from services.cards import CardRefused
from services.day_passes import DayPassExpired, DayPassNotGood, DayPassRefused, Outcome, OwnPass, Report
from services.regions import Region
from tests.builders import a_board, a_card, a_city_staff, a_talent, a_venue, the_actor

#: A Monday, ten in the morning in the region's own time.
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
COUNTED, FREE = "airport_business_lounge", "city_hospital_desk"


async def prepared(region: Region, code: str = FREE, companions: int = 0) -> tuple[Actor, Venue, OwnPass]:
    venue = await a_venue(code)
    await a_board(venue)
    holder = await the_actor(await Account.find(region.code, (await a_card(level="b")).holder_id))  # the best level counts nothing
    id = await day_passes.prepare(region, holder, venue.id, companions, MORNING)
    return holder, venue, await day_passes.own(region, holder, id, MORNING)


def shown(own: OwnPass, at: datetime = MORNING) -> str:
    return day_pass.text(own.token, own.own, at)


def reported(own: OwnPass, at: datetime = MORNING) -> Report:
    return Report(uuid4(), at, text=shown(own, at))


async def suspend(region: Region, at: datetime = MORNING) -> None:
    card = await row("SELECT id, version FROM card WHERE region = $1", region.code)
    await cards.suspend(region, await the_actor(await a_city_staff(), "desk"), card["id"], card["version"], "资格复核", at)


async def used(region: Region) -> int:
    return (await row("SELECT coalesce(sum(used), 0)::int AS used FROM quota_use WHERE region = $1", region.code))["used"]


async def a_manager() -> Actor:
    return await the_actor(await a_city_staff("高主任"), "desk")


@pytest.mark.req("WH-55")
async def test_a_pass_is_offered_where_the_level_gives_something_and_asked_again_is_the_same(region: Region) -> None:
    holder, venue, own = await prepared(region, COUNTED, companions=1)
    assert own.state == "open" and own.companions == 1 and len(shown(own)) == 241
    assert await day_passes.prepare(region, holder, venue.id, 0, MORNING) == own.id
    assert (await day_passes.own(region, holder, own.id, MORNING)).companions == 0
    offers = {offer.venue.code: offer for offer in await day_passes.offers(region, holder, MORNING)}
    assert offers[COUNTED].open_pass == own.id


async def test_what_the_region_does_not_allow_is_not_offered(region: Region) -> None:
    holder, counted, _ = await prepared(region, COUNTED)
    careful = Region(**{**vars(region), "profile": region.profile.model_copy(update={"offline_pass": "unlimited"})})
    assert counted.id not in {offer.venue.id for offer in await day_passes.offers(careful, holder, MORNING)}
    never = Region(**{**vars(region), "profile": region.profile.model_copy(update={"offline_pass": "never"})})
    assert await day_passes.offers(never, holder, MORNING) == []
    with pytest.raises(DayPassRefused):
        await day_passes.prepare(never, holder, counted.id, 0, MORNING)


async def test_no_pass_for_a_card_that_opens_no_door_for_too_many_or_for_somebody_else(region: Region) -> None:
    holder, venue, own = await prepared(region)
    with pytest.raises(DayPassRefused):
        await day_passes.prepare(region, holder, venue.id, 99, MORNING)
    with pytest.raises(CardRefused):
        await day_passes.prepare(region, await the_actor(await a_talent(name="无卡人")), venue.id, 0, MORNING)
    with pytest.raises(NotFound):
        await day_passes.own(region, await the_actor(await a_talent(name="旁人")), own.id, MORNING)
    await suspend(region)
    with pytest.raises(CardRefused):
        await day_passes.prepare(region, holder, venue.id, 0, MORNING)
    assert (stopped := await day_passes.own(region, holder, own.id, MORNING)).state == "stopped" and not stopped.token


async def test_open_passes_never_promise_more_than_the_year_has(region: Region) -> None:
    holder, venue, own = await prepared(region, COUNTED)
    await execute("UPDATE benefit SET yearly = 1 WHERE region = $1 AND category = $2", region.code, venue.category)
    other = await Venue.of(region.code, category=venue.category).exclude(id=venue.id).first()
    await a_board(other)
    with pytest.raises(DayPassRefused):
        await day_passes.prepare(region, holder, other.id, 0, MORNING)
    assert await day_passes.prepare(region, holder, venue.id, 0, MORNING) == own.id


@pytest.mark.req("WH-55")
@pytest.mark.parametrize("by", ["text", "digits"])
async def test_shown_on_line_it_is_a_visit_checked_at_once_and_the_second_time_used(region: Region, by: str) -> None:
    holder, venue, own = await prepared(region, COUNTED, companions=1)
    typed = shown(own) if by == "text" else day_pass.digits(own.own, MORNING)
    arrival = await day_passes.check(region, venue, typed, MORNING)
    assert arrival.admitted and arrival.confirmed_at == MORNING and arrival.companions == 1 and not arrival.offline and await used(region) == 1
    assert (await day_passes.own(region, holder, own.id, MORNING)).state == "used"
    with pytest.raises(PassUsed):
        await day_passes.check(region, venue, shown(own), MORNING)
    assert await used(region) == 1


async def test_a_screenshot_another_venue_and_yesterdays_pass_open_nothing(region: Region) -> None:
    _, venue, own = await prepared(region)
    for at in (MORNING + timedelta(seconds=91), MORNING + timedelta(days=1)):
        with pytest.raises(DayPassExpired):
            await day_passes.check(region, venue, shown(own), at)
    with pytest.raises(DayPassExpired):
        tomorrow = MORNING + timedelta(days=1)
        await day_passes.check(region, venue, shown(own, tomorrow), tomorrow)
    with pytest.raises(PassElsewhere):
        await day_passes.check(region, await a_venue("weihai_station"), shown(own), MORNING)
    assert await Visit.of(region.code).count() == 0


async def test_a_renewed_link_voids_the_passes_of_before(region: Region) -> None:
    _, venue, own = await prepared(region)
    await execute("UPDATE venue SET link_version = link_version + 1 WHERE region = $1 AND id = $2", region.code, venue.id)
    with pytest.raises(DayPassExpired):
        await day_passes.check(region, await Venue.find(region.code, venue.id), shown(own), MORNING)


@pytest.mark.req("WH-36")
async def test_a_card_that_is_stopped_meanwhile_opens_no_door_and_the_counter_hears_of_it(region: Region) -> None:
    _, venue, own = await prepared(region)
    assert [one["state"] for one in (await day_passes.for_counter(region, venue, MORNING)).passes] == ["open"]
    await suspend(region)
    assert [one["state"] for one in (await day_passes.for_counter(region, venue, MORNING)).passes] == ["stopped"]
    with pytest.raises(PassStopped):
        await day_passes.check(region, venue, shown(own), MORNING)


async def test_a_refusal_leaves_the_pass_for_when_its_reason_is_gone(region: Region) -> None:
    _, venue, own = await prepared(region)
    await execute("UPDATE venue SET state = 'closed' WHERE region = $1 AND id = $2", region.code, venue.id)
    with pytest.raises(DayPassNotGood):
        await day_passes.check(region, venue, shown(own), MORNING)
    await execute("UPDATE venue SET state = 'open' WHERE region = $1 AND id = $2", region.code, venue.id)
    assert (await day_passes.check(region, venue, shown(own), MORNING)).admitted


@pytest.mark.req("WH-55")
async def test_what_was_checked_off_line_becomes_a_visit_of_that_moment(region: Region) -> None:
    _, venue, own = await prepared(region, COUNTED)
    report, later = reported(own), MORNING + timedelta(hours=3)
    assert await day_passes.take_in(region, venue, report, later) is Outcome.COUNTED
    assert await day_passes.take_in(region, venue, report, later) is Outcome.COUNTED
    [arrival] = await arrivals.of_day(region, venue.id, MORNING.date(), later)
    assert arrival.offline and arrival.at == arrival.confirmed_at == MORNING and await used(region) == 1


async def test_six_digits_that_were_typed_off_line_count_too(region: Region) -> None:
    _, venue, own = await prepared(region)
    typed = Report(uuid4(), MORNING, pass_id=own.id, digits=day_pass.digits(own.own, MORNING))
    assert await day_passes.take_in(region, venue, typed, MORNING + timedelta(hours=1)) is Outcome.COUNTED
    guessed = Report(uuid4(), MORNING, pass_id=own.id, digits="000000")
    assert await day_passes.take_in(region, venue, guessed, MORNING + timedelta(hours=1)) is Outcome.REJECTED


async def test_a_card_that_was_stopped_before_the_report_is_a_doubt_and_no_visit(region: Region) -> None:
    _, venue, own = await prepared(region, COUNTED)
    await suspend(region, MORNING + timedelta(minutes=1))
    assert await day_passes.take_in(region, venue, reported(own), MORNING + timedelta(hours=3)) is Outcome.CONFLICT
    [doubt] = await day_passes.doubts(region, await a_manager())
    assert "停用" in doubt.why and doubt.checked_at == MORNING and await used(region) == 0


async def test_a_quota_that_ran_out_meanwhile_is_a_doubt(region: Region) -> None:
    _, venue, own = await prepared(region, COUNTED)
    await execute("UPDATE benefit SET yearly = 0 WHERE region = $1 AND category = $2", region.code, venue.category)
    assert await day_passes.take_in(region, venue, reported(own), MORNING + timedelta(hours=3)) is Outcome.CONFLICT


async def test_two_devices_that_let_in_one_pass_are_one_visit_and_one_doubt(region: Region) -> None:
    _, venue, own = await prepared(region, COUNTED)
    outcomes = await asyncio.gather(*(day_passes.take_in(region, venue, reported(own), MORNING + timedelta(hours=1)) for _ in range(10)))
    assert sorted(outcomes).count(Outcome.COUNTED) == 1 and sorted(outcomes).count(Outcome.CONFLICT) == 9
    assert await used(region) == 1 and await Visit.of(region.code).count() == 1
    assert len(await rows("SELECT 1 FROM offline_check WHERE region = $1", region.code)) == 10


async def test_one_report_sent_twenty_times_at_once_is_one_row(region: Region) -> None:
    _, venue, own = await prepared(region, COUNTED)
    report = reported(own)
    outcomes = await asyncio.gather(*(day_passes.take_in(region, venue, report, MORNING + timedelta(hours=1)) for _ in range(20)))
    assert set(outcomes) == {Outcome.COUNTED} and len(await rows("SELECT 1 FROM offline_check WHERE region = $1", region.code)) == 1


async def test_one_pass_at_many_counters_windows_at_once_is_admitted_once(region: Region) -> None:
    _, venue, own = await prepared(region, COUNTED)

    async def gate() -> bool:
        try:
            return (await day_passes.check(region, venue, shown(own), MORNING)).admitted
        except PassUsed:
            return False

    assert sum(await asyncio.gather(*(gate() for _ in range(20)))) == 1 and await used(region) == 1


async def test_without_the_guard_one_pass_would_be_many_visits(region: Region) -> None:
    """The negative control: the scan alone does not keep a pass to one use, the pass's own row does."""
    holder, venue, own = await prepared(region, COUNTED)
    scans = await asyncio.gather(*(visits.admit_shown(region, holder.account_id, venue.id, MORNING, own.companions) for _ in range(3)))
    assert sum(scan.admitted for scan in scans) > 1


@pytest.mark.parametrize("spoil", ["forged", "future", "foreign", "unknown"])
async def test_what_proves_nothing_is_kept_and_lets_nobody_in(region: Region, spoil: str) -> None:
    _, venue, own = await prepared(region)
    report = {"forged": Report(uuid4(), MORNING, text="D" + "0" * 240), "future": reported(own, MORNING + timedelta(hours=2)),
              "foreign": reported(own), "unknown": Report(uuid4(), MORNING, pass_id=uuid4(), digits="123456")}[spoil]
    place = await a_venue("weihai_station") if spoil == "foreign" else venue
    assert await day_passes.take_in(region, place, report, MORNING + timedelta(minutes=5)) is Outcome.REJECTED
    assert await Visit.of(region.code).count() == 0 and len(await rows("SELECT 1 FROM offline_check WHERE region = $1", region.code)) == 1


async def test_a_doubt_is_settled_once_in_words_by_whoever_keeps_venues(region: Region) -> None:
    holder, venue, own = await prepared(region)
    await day_passes.take_in(region, venue, reported(own), MORNING)
    await day_passes.take_in(region, venue, reported(own), MORNING)
    manager = await a_manager()
    [doubt] = await day_passes.doubts(region, manager)
    assert doubt.why == "同一张通行证已经用过一次" and doubt.holder.endswith("*")
    with pytest.raises(Invalid):
        await day_passes.settle(region, manager, doubt.id, " ", MORNING)
    await day_passes.settle(region, manager, doubt.id, "已电话核实，同一人补扫", MORNING)
    assert (await day_passes.doubts(region, manager))[0].settled_words == "已电话核实，同一人补扫"
    with pytest.raises(NotFound):
        await day_passes.settle(region, manager, doubt.id, "再核实一次", MORNING)
    for act in (day_passes.doubts(region, holder), day_passes.settle(region, holder, UUID(int=1), "不该能", MORNING)):
        with pytest.raises(NotPermitted):
            await act
