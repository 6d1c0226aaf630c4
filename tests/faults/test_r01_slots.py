"""R1: a slot is never overbooked, and never sold short."""

from collections import Counter
from uuid import UUID

import pytest

from config import clock
from models.case import Case
from models.catalogue import Service, Slot
from models.database import connection, execute, row
from services import catalogue, checks, slots
from services.regions import Region

from .race import Crowd, Person, figure, holders, luck, report, tally

pytestmark = pytest.mark.timeout(180)
CAPACITY = 100


async def two_slots(region: Region) -> list[Slot]:
    await slots.lay_out(region, clock.now())
    service = await Service.of(region.code, slot_minutes__not_isnull=True).order_by("code").first()
    window = (await catalogue.windows_for(region, service))[0]
    return (await slots.available(region.code, service.id, window.id, clock.now()))[-2:]


def jobs(region: Region, slot: Slot, people: list[Person]) -> list[dict]:
    form = {"need": "办理出入境证件", "district": region.profile.districts[0].code, "window": str(slot.organisation_id), "slot": str(slot.id)}
    return [{"region": region.code, "token": person.token, "service": str(slot.service_id), "form": form} for person in people]


async def test_r01_of_many_that_book_at_once_exactly_as_many_get_a_place_as_there_are(region: Region, crowd: Crowd) -> None:
    slot, _ = await two_slots(region)
    slot.capacity = CAPACITY
    await slot.save()
    people = await holders(region, many := figure(1_000, 10_000))
    answers = await crowd.race("book", jobs(region, slot, people))
    counted = Counter("won" if "case" in one else one.get("refused", one.get("error")) for one in answers)
    report(r01=many, **counted)
    assert counted == {"won": CAPACITY, "slot_full": many - CAPACITY}
    assert (await Slot.find(region.code, slot.id)).taken == CAPACITY and await checks.run(clock.now()) == []


async def test_r01_what_is_given_back_is_sold_again_and_nothing_leaks(region: Region, crowd: Crowd) -> None:
    """Churn: forty people take and give back ten places of two slots; in between nobody ever sees more taken than there are."""
    both, chance = await two_slots(region), luck()
    for slot in both:
        slot.capacity = 10
        await slot.save()
    people = await holders(region, 40)
    wanted = [job for slot in both for job in jobs(region, slot, people)] * figure(5, 50)
    chance.shuffle(wanted)
    answers = await crowd.race("book_and_withdraw", wanted)
    counted = Counter("done" if "case" in one else one.get("refused", one.get("error")) for one in answers)
    report(churn=len(wanted), **counted)
    assert set(counted) <= {"done", "slot_full"} and counted["done"] > len(wanted) // 4
    assert [(await Slot.find(region.code, slot.id)).taken for slot in both] == [0, 0] and await checks.run(clock.now()) == []


async def test_r01_those_who_exchange_their_slots_do_not_lock_each_other_out(region: Region, crowd: Crowd) -> None:
    """Each case holds one slot and asks for the other's, all at once: no deadlock, no lost place."""
    both = await two_slots(region)
    people = await holders(region, many := 40)
    asked = []
    for slot, other, half in zip(both, reversed(both), (people[0::2], people[1::2]), strict=True):
        slot.capacity = many
        await slot.save()
        booked = await crowd.race("book", jobs(region, slot, half), 1)
        await _returned([UUID(one["case"]) for one in booked])
        tokens = {person.account_id: person.token for person in half}
        asked += [{"region": region.code, "token": tokens[case.applicant_id], "case": str(case.id), "seen": 2, "action": "resubmit",
                   "slot": str(other.id), "form": {**case.data, "slot": str(other.id)}} for case in await Case.of(region.code, slot_id=slot.id)]
    luck().shuffle(asked)
    answers = await crowd.race("handle", asked)
    report(exchanged=tally(answers, "won"))
    assert tally(answers, "won") == {"resubmit": many} and await checks.run(clock.now()) == []


async def _returned(cases: list[UUID]) -> None:
    """As if the window had asked each applicant to choose again."""
    await execute("UPDATE cases SET state = 'returned', due_left = 7200, due_at = NULL, remind_at = NULL, version = 2 WHERE id = ANY ($1::uuid[])",
                  cases)
    await execute("INSERT INTO case_event (region, case_id, seq, actor_name, channel, action, from_step, to_step, at) "
                  "SELECT region, id, 2, '王经办', 'desk', 'return', step, step, now() FROM cases WHERE id = ANY ($1::uuid[])", cases)


async def test_r01_control_without_the_condition_the_same_crowd_overbooks(region: Region, crowd: Crowd) -> None:
    slot, _ = await two_slots(region)
    await connection().execute_script("DROP TABLE IF EXISTS slot_unguarded; CREATE UNLOGGED TABLE slot_unguarded AS SELECT * FROM slot")
    try:
        await execute("UPDATE slot_unguarded SET capacity = $1, taken = 0", CAPACITY)
        answers = await crowd.race("take_unguarded", [{"slot": str(slot.id)}] * 1_000)
        won = tally(answers, "case")["taken"]
        found = await row("SELECT taken FROM slot_unguarded WHERE id = $1", slot.id)
        report(control=won, taken=found["taken"])
        assert won > CAPACITY
    finally:
        await connection().execute_script("DROP TABLE slot_unguarded")
