"""The daily counts: the same however often they are made, of the right day and organisation; and whose figures somebody may ask for."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from config import clock
from config.errors import NotPermitted
from config.vocabulary import Action, Permission
from models.account import Account
from models.case import Case
from models.database import new_id, rows
from services import ratings, visits
from services.cases import engine
from services.figures import asking, counting, files
from services.figures.asking import Asked, Report
from services.figures.periods import Period, chosen
from services.regions import Region
from tests.builders import a_booking, a_card, a_city_staff, a_staff, the_actor
from tests.faults.test_r08_replayed_scans import an_open_venue

pytestmark = pytest.mark.req("WH-64")


async def counted() -> list[dict[str, Any]]:
    return await rows("SELECT kind, day, organisation_id, subject, part, count, over FROM figure ORDER BY kind, day, organisation_id, subject, part")


async def of_today(region: Region, organisation: Any = None, now: datetime | None = None) -> Report:
    moment = now or clock.now()
    await counting.sweep(region, moment)
    asked = Asked(chosen("month", None, None, moment.astimezone(region.profile.tz).date()), organisation)
    return await asking.ask(region, await the_actor(await a_city_staff()), asked, moment)


def line(report: Report, key: str, label: str) -> dict[str, Any]:
    sheet = report.sheet(key)
    assert sheet is not None
    return next(one for one in sheet.records() if one[sheet.of] == label)


async def a_day(region: Region) -> Case:
    """A booking that was done and rated badly, another that waits, a visit."""
    done, _ = await a_booking(completed=True), await a_booking()
    holder = await the_actor(await Account.find(region.code, done.applicant_id))
    await ratings.rate_case(region, holder, done.id, 1, "等了很久", clock.now())
    guest = await the_actor(await Account.find(region.code, (await a_card()).holder_id))
    await visits.admit(region, guest, await an_open_venue(region), new_id(), clock.now())
    return done


async def test_counting_again_changes_nothing(region: Region) -> None:
    await a_day(region)
    assert await counting.sweep(region, clock.now()) >= 1
    first = await counted()
    assert {one["kind"] for one in first} == {"begun", "acted", "ended", "visited", "used", "rated"}
    today = clock.now().astimezone(region.profile.tz).date()
    for _ in range(2):
        await counting.count(region, today, today, clock.now())
    assert await counted() == first


async def test_where_nothing_happened_nothing_is_written(region: Region) -> None:
    await a_day(region)
    await counting.sweep(region, clock.now() + timedelta(minutes=2))
    assert await counting.sweep(region, clock.now() + timedelta(minutes=5)) == 0


async def test_before_anything_happened_there_is_no_day_to_count(region: Region) -> None:
    assert await counting.sweep(region, clock.now()) == 0


async def test_a_day_that_was_counted_before_it_was_over_is_counted_once_more(region: Region) -> None:
    midnight = counting.bounds(region, clock.now().astimezone(region.profile.tz).date())[1]
    await a_day(region)
    await counting.sweep(region, midnight - timedelta(minutes=5))
    assert await counting.sweep(region, midnight + timedelta(minutes=20)) == 1
    assert await counting.sweep(region, midnight + timedelta(minutes=21)) == 0


async def test_the_page_says_what_happened(region: Region) -> None:
    case = await a_day(region)
    report = await of_today(region)
    assert line(report, "begun", case.subject)["合计"] == 2
    steps = [one for one in report.sheet("steps").records() if one["办理（件次）"]]  # type: ignore[union-attr]
    assert [one["办理（件次）"] for one in steps] == [1] * len(region.matter("booking").route)
    assert all(one["按时（%）"] == 100 and one["一半在此之内（工作小时）"] <= one["时限（工作小时）"] for one in steps)
    assert line(report, "stars", "预约服务")["1 星"] == 1
    assert [(one["差评（件）"], one["跟进中"]) for one in report.sheet("bad").records()] == [(1, 1)]  # type: ignore[union-attr]
    assert {tile.label: tile.value for tile in report.tiles}["现场服务"] == 1


async def test_what_was_done_about_a_bad_rating_is_counted_by_its_result(region: Region) -> None:
    await a_day(region)
    case = await Case.of(region.code, matter="follow_up").get()
    found = await rows("SELECT account_id FROM role_grant WHERE organisation_id = $1 AND role = $2", case.handler_org, case.handler_role)
    clerk = await the_actor(await Account.find(region.code, found[0]["account_id"]))
    await engine.act(region, clerk, case.id, engine.Request(Action.COMPLETE, case.version, "已致歉", "mended"), clock.now())
    report = await of_today(region)
    result = region.matter("follow_up").route[-1].can[0].choices["mended"]
    assert [one[result] for one in report.sheet("bad").records()] == [1]  # type: ignore[union-attr]
    assert "差评跟进" not in [one.label for one in report.sheet("begun").lines]  # type: ignore[union-attr]


async def test_of_an_organisation_only_its_own_is_told_and_of_its_parent_what_is_below(region: Region) -> None:
    here = await a_booking()
    await a_staff(organisation="wendeng_window")
    await a_booking(window="wendeng_window")
    parent = (await rows("SELECT parent_id FROM organisation WHERE id = $1", here.handler_org))[0]["parent_id"]
    assert [line(await of_today(region, one), "begun", here.subject)["合计"] for one in (None, here.handler_org, parent)] == [2, 1, 1]


async def test_who_supervises_only_her_own_offices_reads_only_theirs_and_others_nothing(region: Region) -> None:
    here = await a_booking()
    await a_staff(organisation="wendeng_window")
    there = await a_booking(window="wendeng_window")
    await counting.sweep(region, clock.now())
    roles = dict(region.profile.roles)
    roles["leader"] = roles["leader"].model_copy(update={"can": roles["leader"].can | {Permission.SUPERVISE}})
    small = replace(region, profile=region.profile.model_copy(update={"roles": roles}))
    leader = await the_actor(await a_staff(role="leader", name="刘主任"))
    today = Asked(chosen("month", None, None, clock.now().astimezone(region.profile.tz).date()))
    assert line(await asking.ask(small, leader, today, clock.now()), "begun", here.subject)["合计"] == 1
    assert (await asking.ask(small, leader, replace(today, organisation=there.handler_org), clock.now())).sheet("begun").lines == []  # type: ignore[union-attr]
    with pytest.raises(NotPermitted):
        await asking.ask(region, leader, today, clock.now())


async def test_the_report_and_the_workbook_are_of_the_same_answer(region: Region) -> None:
    await a_day(region)
    report = await of_today(region)
    printed = files.paper(region, report, clock.now())
    assert [table.columns[0] for table in printed.sections[1:]] == [sheet.of for sheet in report.sheets]  # type: ignore[union-attr]
    assert report.period == Period(report.period.first, clock.now().astimezone(region.profile.tz).date())
