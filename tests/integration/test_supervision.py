"""Supervision on a real database: each level once, one digest a person a day, never at night, and by hand."""

from datetime import datetime, timedelta

import pytest

from config.errors import NotPermitted
from config.vocabulary import Action, NotificationKind
from models.account import Account
from models.case import Case
from models.database import rows
from models.notification import Notification
from services import supervision
from services.cases import engine
from services.cases.calendar import calendar_of
from services.notifications import read_params
from services.regions import Region
from tests.builders import a_booking, a_card, a_city_staff, a_staff, an_organisation, the_actor

#: A Monday morning; the booking's first step ends 4 working hours later.
MONDAY = datetime.fromisoformat("2026-11-23T09:00:00+08:00")


async def levels(region: Region, case: Case) -> list[tuple[int, str]]:
    found = await rows("SELECT r.level, a.name FROM reminder r JOIN account a ON (a.region, a.id) = (r.region, r.account_id) "
                       "WHERE r.region = $1 AND r.case_id = $2 ORDER BY r.level, a.name", region.code, case.id)
    return [(one["level"], one["name"]) for one in found]


async def digests(region: Region, account: Account) -> list[Notification]:
    return await Notification.of(region.code, account_id=account.id, kind__in=[NotificationKind.DUE_DIGEST, NotificationKind.LEADER_DIGEST]
                                 ).order_by("created_at")


@pytest.mark.req("WH-65")
async def test_each_level_is_noted_once_for_each_person_however_often_the_sweep_runs(region: Region) -> None:
    case = await a_booking(now=MONDAY)
    window = await an_organisation(code=None)
    await a_staff(organisation=window, name="陈经办")
    await a_staff(organisation=window, name="刘主任", role=region.profile.supervision.leader_role)
    at = calendar_of(region.profile).shift(case.due_at, 30 * 24 * 3600)
    for moment in (case.remind_at, case.due_at, case.due_at + timedelta(seconds=1), at, at):
        await supervision.sweep(region, moment)
        await supervision.sweep(region, moment)
    noted = await levels(region, case)
    assert noted == [(0, "陈经办"), (1, "陈经办"), (3, "刘主任"), (3, "陈经办")]  # level 2 was missed and merged into 3
    assert (await Case.find(region.code, case.id)).remind_at is None


@pytest.mark.req("WH-65")
async def test_a_person_gets_one_digest_a_day_and_the_leader_one_of_his_own(region: Region) -> None:
    window = await an_organisation(code=None)
    clerk = await a_staff(organisation=window, name="陈经办")
    leader = await a_staff(organisation=window, name="刘主任", role=region.profile.supervision.leader_role)
    for _ in range(3):
        await a_booking(now=MONDAY)
    late = MONDAY + timedelta(days=14)
    await supervision.sweep(region, late)
    assert await supervision.send_digests(region, late) == 2
    assert await supervision.send_digests(region, late + timedelta(hours=1)) == 0
    (clerks,), (leaders,) = await digests(region, clerk), await digests(region, leader)
    assert leaders.kind is NotificationKind.LEADER_DIGEST and read_params(leaders)["overdue"] == "3"
    assert clerks.kind in (NotificationKind.DUE_DIGEST, NotificationKind.LEADER_DIGEST)


async def test_what_turns_late_after_the_days_digest_waits_for_the_next_working_day(region: Region) -> None:
    clerk = await a_staff(organisation=await an_organisation(code=None), name="陈经办")
    first = await a_booking(now=MONDAY)
    await supervision.sweep(region, first.due_at)
    await supervision.send_digests(region, first.due_at)
    second = await a_booking(now=MONDAY + timedelta(minutes=30))
    await supervision.sweep(region, second.due_at)
    assert await supervision.send_digests(region, second.due_at) == 0 and len(await digests(region, clerk)) == 1
    tomorrow = datetime.combine(second.due_at.date() + timedelta(days=1), region.profile.supervision.digest_at.value, region.profile.tz)
    assert await supervision.send_digests(region, tomorrow) == 1 and len(await digests(region, clerk)) == 2


@pytest.mark.parametrize("when", ["2026-11-24T02:00:00+08:00", "2026-11-28T10:00:00+08:00"])
async def test_no_digest_at_night_or_on_a_day_off(region: Region, when: str) -> None:
    await a_staff(organisation=await an_organisation(code=None))
    case = await a_booking(now=MONDAY)
    await supervision.sweep(region, case.due_at + timedelta(days=7))
    assert await supervision.send_digests(region, datetime.fromisoformat(when)) == 0


async def test_a_case_that_was_handled_meanwhile_is_not_in_the_digest(region: Region) -> None:
    window = await an_organisation(code=None)
    clerk = await a_staff(organisation=window)
    case = await a_booking(now=MONDAY)
    late = case.due_at + timedelta(days=1)
    await supervision.sweep(region, late)
    await engine.act(region, await the_actor(clerk, "desk"), case.id, engine.Request(Action.APPROVE, case.version, "受理"), late)
    assert await supervision.send_digests(region, late) == 0


@pytest.mark.req("WH-65")
async def test_the_city_window_chases_a_case_by_hand_once_a_day(region: Region) -> None:
    window = await an_organisation(code=None)
    clerk, city = await a_staff(organisation=window), await the_actor(await a_city_staff(), "desk")
    case = await a_booking(now=MONDAY)
    late = case.due_at + timedelta(hours=1)
    with pytest.raises(NotPermitted):
        await supervision.remind(region, await the_actor(clerk, "desk"), case.id, case.version, "请今天办理", late)
    outcome = await supervision.remind(region, city, case.id, case.version, "请今天办理", late)
    told = await Notification.of(region.code, kind=NotificationKind.CASE_REMINDED).all()
    assert [one.account_id for one in told] == [clerk.id] and outcome.case.version == 2
    with pytest.raises(supervision.RemindedToday):
        await supervision.remind(region, city, case.id, 2, "再催一次", late)
    found, = await supervision.late_by_organisation(region, late)
    assert (found.organisation_id, found.late) == (case.handler_org, 1)


async def test_held_and_returned_cases_are_not_chased(region: Region) -> None:
    await a_staff(organisation=await an_organisation(code=None))
    await a_card()
    case = await a_booking(returned=True, now=MONDAY)
    assert case.remind_at is None and await supervision.sweep(region, MONDAY + timedelta(days=60)) == 0


@pytest.mark.req("WH-65")
async def test_what_is_late_is_listed_everywhere_at_one_office_and_only_to_who_supervises(region: Region) -> None:
    await a_staff(organisation="wendeng_window")
    moment = MONDAY + timedelta(days=9)
    first, second = await a_booking(now=MONDAY), await a_booking(window="wendeng_window", now=MONDAY + timedelta(minutes=5))
    fresh, chief = await a_booking(now=moment), await the_actor(await a_city_staff(), "desk")
    listed, more = await supervision.late(region, chief, moment)
    assert [one.id for one in listed] == [first.id, second.id] and not more and fresh.id not in {one.id for one in listed}
    assert [one.id for one in (await supervision.late(region, chief, moment, second.handler_org))[0]] == [second.id]
    assert await supervision.late(region, chief, moment, page=2) == ([], False)
    assert {(one.organisation_id, one.late) for one in await supervision.late_by_organisation(region, moment)} == {
        (first.handler_org, 1), (second.handler_org, 1)}
    with pytest.raises(NotPermitted):
        await supervision.late(region, await the_actor(await a_staff(), "desk"), moment)
