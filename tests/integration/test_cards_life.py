"""A card from its number to its end (WH-35, WH-36): what is issued, renewed, replaced, ended, and everything that hangs on it."""

import asyncio
from datetime import date, timedelta
from io import BytesIO
from uuid import UUID

import openpyxl
import pytest

from config import clock
from config.errors import Invalid, NotPermitted
from config.keys import keys
from config.vocabulary import NotificationKind
from models.account import Account
from models.card import Card, CardState
from models.case import Case, CaseState
from models.database import execute, new_id, row, transaction
from models.notification import Notification
from qr import board_code
from services import card_lists, cards, checks, counters, visits
from services.actors import Actor
from services.card_lists import Wanted
from services.notifications import read_params
from services.regions import Region
from tests.builders import a_board, a_booking, a_card, a_city_staff, a_talent, a_venue, system, the_actor

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def city(region: Region) -> Actor:
    return await the_actor(await a_city_staff(), "desk")


async def issued(region: Region, holder: Account, level: str | None = None) -> Card:
    return await cards.issue(region, system(region.code), holder.id, level=level or region.profile.card.levels[0].code, now=clock.now())


async def told(region: Region, holder: UUID, kind: NotificationKind) -> list[dict[str, str]]:
    return [read_params(one) for one in await Notification.of(region.code, account_id=holder, kind=kind)]


@pytest.mark.req("WH-35")
async def test_a_card_has_the_next_number_of_the_year_and_is_valid_as_long_as_the_profile_says(region: Region) -> None:
    first, second = await issued(region, await a_talent()), await issued(region, await a_talent())
    today, rules = clock.now().astimezone(region.profile.tz).date(), region.profile.card
    assert [first.number, second.number] == [rules.number.format(year=today.year, serial=serial) for serial in (1, 2)]
    assert first.valid_until == date(today.year + rules.valid_years.value, today.month, today.day)


async def test_what_is_issued_at_the_same_moment_has_numbers_without_gaps_or_doubles(region: Region) -> None:
    holders = [await a_talent() for _ in range(8)]
    made = await asyncio.gather(*(issued(region, holder) for holder in holders))
    serials = sorted(int(card.number[-6:]) for card in made)
    assert serials == list(range(1, 9))


async def test_an_issue_that_fails_leaves_no_gap(region: Region) -> None:
    holder = await a_talent()
    await issued(region, holder)
    for _ in range(3):
        with pytest.raises(Exception, match="card_one_a_holder"):
            await issued(region, holder)
    assert int((await issued(region, await a_talent())).number[-6:]) == 2


async def test_control_numbers_that_are_read_and_then_written_come_twice(region: Region) -> None:
    """So that the crowd above would have found it: the same eight, counting without the lock of the row."""
    async def unguarded() -> int:
        found = await row("SELECT value FROM counter WHERE region = $1 AND name = 'unguarded'", region.code)
        await asyncio.sleep(0.05)
        value = (found["value"] if found else 0) + 1
        await execute("INSERT INTO counter (region, name, value) VALUES ($1, 'unguarded', $2) ON CONFLICT (region, name) DO UPDATE SET value = $2",
                      region.code, value)
        return int(value)

    assert len(set(await asyncio.gather(*(unguarded() for _ in range(8))))) < 8


async def test_a_number_that_was_drawn_in_a_transaction_that_fails_is_drawn_again(region: Region) -> None:
    with pytest.raises(RuntimeError):
        async with transaction():
            assert await counters.following(region, "proof") == 1
            raise RuntimeError
    assert await counters.following(region, "proof") == 1


async def test_of_two_issues_for_one_person_at_the_same_moment_one_stands(region: Region) -> None:
    holder = await a_talent()
    done = await asyncio.gather(issued(region, holder), issued(region, holder), return_exceptions=True)
    assert sum(isinstance(one, Card) for one in done) == 1
    assert await Card.of(region.code, holder_id=holder.id).count() == 1


@pytest.mark.req("WH-35")
async def test_the_end_of_an_application_issues_the_level_that_was_chosen_and_tells_the_holder(region: Region, city: Actor) -> None:
    holder, level = await a_talent(), region.profile.card.levels[-1]
    case = Case(region=region.code, id=new_id(), number="YC1", applicant_id=holder.id)
    await cards.issue_card(region, city, case, level.code, clock.now())
    card = await cards.current_card(region, holder.id)
    assert card is not None
    assert card.level == level.code
    (said,) = await told(region, holder.id, NotificationKind.CARD_ISSUED)
    assert (said["level"], said["number"]) == (level.name, card.number_masked)
    with pytest.raises(Invalid):
        await cards.issue_card(region, city, case, "no_such_level", clock.now())


async def test_a_second_application_renews_the_card_that_is_there(region: Region, city: Actor) -> None:
    levels = region.profile.card.levels
    holder = await a_talent()
    card = await a_card(holder=holder, level=levels[-1].code, valid_until=clock.now().date() + timedelta(days=3))
    await cards.issue_card(region, city, Case(region=region.code, id=new_id(), number="YC2", applicant_id=holder.id), levels[0].code, clock.now())
    after = await Card.find(region.code, card.id)
    assert (after.number, after.level) == (card.number, levels[0].code)
    assert after.valid_until > card.valid_until + timedelta(days=300)


async def test_a_renewal_counts_from_the_old_end_and_tells_the_holder(region: Region, city: Actor) -> None:
    card = await a_card(valid_until=date(2027, 3, 1))
    after = await cards.renew(region, city, card.id, card.version, "到期续期", clock.now())
    assert after.valid_until == date(2027 + region.profile.card.valid_years.value, 3, 1)
    assert len(await told(region, card.holder_id, NotificationKind.CARD_ISSUED)) == 1


async def test_an_expired_card_is_renewed_from_today(region: Region, city: Actor) -> None:
    card = await a_card(valid_until=date(2020, 3, 1))
    after = await cards.renew(region, city, card.id, card.version, "到期续期", clock.now())
    assert after.valid_until.year == clock.now().year + region.profile.card.valid_years.value


async def test_a_replacement_has_a_new_number_ends_the_old_one_and_keeps_what_was_used(region: Region, city: Actor) -> None:
    holder = await a_talent()
    card, booking = await a_card(holder=holder), await a_booking(holder=holder)
    await execute("INSERT INTO quota_use (region, card_id, category, year, used) VALUES ($1, $2, 'airport', 2026, 2)", region.code, card.id)
    after = await cards.replace(region, city, card.id, card.version, "卡面损坏", clock.now())
    old = await Card.of(region.code, number=card.number).get()
    assert (after.number != card.number, old.state, after.state) == (True, CardState.ENDED, CardState.ACTIVE)
    current = await cards.current_card(region, holder.id)
    assert current is not None
    used = {one.category: one.used for one in await visits.entitlements(region, current.id, current.level, 2026)}
    assert used["airport"] == 2
    assert (await Case.find(region.code, booking.id)).state is CaseState.HANDLING


async def test_an_ended_card_closes_its_holders_bookings_opens_no_door_and_never_comes_back(region: Region, city: Actor) -> None:
    holder = await a_talent()
    card, booking = await a_card(holder=holder), await a_booking(holder=holder)
    after = await cards.end(region, city, card.id, card.version, "调离本市", clock.now())
    case = await Case.find(region.code, booking.id)
    assert (after.state, case.state, case.slot_id) == (CardState.ENDED, CaseState.REJECTED, None)
    (said,) = await told(region, holder.id, NotificationKind.CARD_ENDED)
    assert said["reason"] == "调离本市"
    board = await a_board(await a_venue())
    scan = await visits.admit(region, await the_actor(holder), board_code.encode(region.code, board.serial, keys()), new_id(), clock.now())
    assert not scan.admitted
    for verb in (cards.enable, cards.renew, cards.replace, cards.end):
        with pytest.raises(cards.CardChanged):
            await verb(region, city, card.id, after.version, "想恢复", clock.now())
    assert await checks.run(clock.now()) == []


@pytest.mark.parametrize("verb", [cards.renew, cards.replace, cards.end])
async def test_nobody_changes_a_card_without_the_permission_or_a_reason(region: Region, city: Actor, verb: object) -> None:
    card = await a_card()
    with pytest.raises(NotPermitted):
        await verb(region, await the_actor(await a_talent()), card.id, card.version, "自己续期", clock.now())  # type: ignore[operator]
    with pytest.raises(Invalid):
        await verb(region, city, card.id, card.version, " ", clock.now())  # type: ignore[operator]


@pytest.mark.req("WH-35")
async def test_cards_are_found_by_combined_conditions_and_exported(region: Region, city: Actor) -> None:
    levels, today = region.profile.card.levels, clock.now().date()
    soon = await a_card(holder=await a_talent(name="=cmd()"), level=levels[0].code, valid_until=today + timedelta(days=20))
    expired = await a_card(level=levels[0].code, valid_until=today - timedelta(days=1))
    stopped = await a_card(level=levels[1].code, suspended=True)
    for wanted, expected in ((Wanted(validity="soon"), {soon}), (Wanted(validity="expired"), {expired}), (Wanted(state="suspended"), {stopped}),
                             (Wanted(level=levels[0].code, validity="valid"), {soon}), (Wanted(words=expired.number.lower()), {expired}),
                             (Wanted(unit="没有的单位"), set()), (Wanted(), {soon, expired, stopped})):
        found, total = await card_lists.search(region, city, wanted, clock.now())
        assert ({one.number for one in found}, total) == ({one.number for one in expected}, len(expected)), wanted
    made = await card_lists.excel(region, city, Wanted(validity="soon"), clock.now(), lambda done, total: None)
    sheet = openpyxl.load_workbook(BytesIO(made.content)).active
    assert sheet is not None
    cell = next(row[1] for row in sheet.iter_rows(min_row=2) if row[0].value == soon.number)
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=cmd()", "s", True)  # T29
