"""The combined query and its Excel file (WH-64), and what is late (WH-65)."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import openpyxl
import pytest

from config import clock
from config.vocabulary import NotificationKind
from models.audit import Audit
from models.case import Case
from models.database import execute, json_text
from models.notification import Notification
from services import ratings, workbooks
from services.cases import deadlines
from services.regions import Region
from tests import builders
from tests.acceptance.desk import desk, words

LAST_WEEK = timedelta(days=9)


async def three_bookings() -> list[Case]:
    """Two at the first window, one of them finished; one at another window."""
    elsewhere = "wendeng_window"
    await builders.a_staff(organisation=elsewhere)
    return [await builders.a_booking(), await builders.a_booking(completed=True), await builders.a_booking(window=elsewhere)]


def numbers(answer: httpx.Response) -> set[str]:
    return set(re.findall(r"YY\d{11}", answer.text))


@pytest.mark.req("WH-64")
async def test_a_window_finds_its_own_and_the_city_finds_everything(client: httpx.AsyncClient, region: Region) -> None:
    first, second, third = [case.number for case in await three_bookings()]
    window = await desk(client, await builders.a_staff())
    assert numbers(await window.get("query")) == {first, second}
    client.cookies.clear()
    city = await desk(client, await builders.a_city_staff())
    assert numbers(await city.get("query")) == {first, second, third}
    assert numbers(await city.get("query", scope="own")) == set()


@pytest.mark.req("WH-64")
async def test_conditions_combine(client: httpx.AsyncClient, region: Region) -> None:
    first, second, third = await three_bookings()
    applicant = await builders.the_actor(await holder_of(second))
    await ratings.rate_case(region, applicant, second.id, 2, "等了很久", clock.now())
    city = await desk(client, await builders.a_city_staff())
    today = clock.now().astimezone(region.profile.tz).date()
    asked: list[tuple[dict[str, Any], set[str]]] = [
        ({"state": "completed"}, {second.number}), ({"state": "handling", "organisation": third.handler_org}, {third.number}),
        ({"words": first.number.lower()}, {first.number}), ({"district": "wendeng"}, {third.number}), ({"stars": 2}, {second.number}),
        ({"step": "accept", "service": first.service_id}, {first.number, third.number}), ({"since": today + timedelta(days=1)}, set()),
        ({"since": today, "until": today, "order": "oldest"}, {first.number, second.number, third.number}),
    ]
    for conditions, expected in asked:
        assert numbers(await city.get("query", **conditions)) == expected, conditions
    assert "没有符合条件的办件" in words(await city.get("query", late="yes"))


async def holder_of(case: Case) -> Any:
    from models.account import Account

    return await Account.find(case.region, case.applicant_id)


@pytest.mark.req("WH-64")
@pytest.mark.parametrize("asked", [
    {"since": "2026-02-30"}, {"since": "2026-05-02", "until": "2026-05-01"}, {"order": "id;--"}, {"state": "any"}, {"sql": "1"}, {"page": "0"}])
async def test_a_wrong_condition_is_named_and_nothing_is_searched(client: httpx.AsyncClient, region: Region, asked: dict[str, str]) -> None:
    await builders.a_booking()
    answer = await (await desk(client, await builders.a_city_staff())).get("query", **asked)
    assert answer.status_code == 400
    assert "有内容需要修改" in words(answer)
    assert numbers(answer) == set()


@pytest.mark.req("WH-64")
async def test_the_excel_file_holds_the_same_lines_and_leaves_a_line_in_the_audit(client: httpx.AsyncClient, region: Region) -> None:
    first, second, _ = await three_bookings()
    window = await desk(client, await builders.a_staff())
    await window.get("query")
    answer = await window.exported("query/export?state=handling&state=completed")
    assert answer.headers["content-type"] == workbooks.XLSX
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[1]][:5] == ["编号", "办理内容", "姓名", "所在单位", "承办机构"]
    assert {row[0].value for row in sheet.iter_rows(min_row=2)} == {first.number, second.number}
    noted = await Audit.of(region.code, act="cases.export").first()
    assert noted is not None
    assert noted.detail["rows"] == 2 and noted.detail["asked"]["conditions"] == ["state is handling,completed"]


async def test_t29_words_that_look_like_a_formula_stay_words(client: httpx.AsyncClient, region: Region) -> None:
    hostile = ["=HYPERLINK(\"http://evil.example\")", "@SUM(1+1)", "+1", "-1+1", "\t=1", "＝1+1"]
    for name in hostile:
        await builders.a_booking(holder=(await holder_named(name)))
    city = await desk(client, await builders.a_city_staff())
    await city.get("query")
    sheet = openpyxl.load_workbook(BytesIO((await city.exported("query/export")).content)).active
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    assert {row[2].value.strip() for row in sheet.iter_rows(min_row=2)} == {name.strip() for name in hostile}


async def holder_named(name: str) -> Any:
    holder = await builders.a_talent(name=name)
    await builders.a_card(holder=holder)
    return holder


async def test_t30_more_than_ten_thousand_rows_leave_in_no_file(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking()
    await multiply(case, workbooks.MOST_ROWS)
    city = await desk(client, await builders.a_city_staff())
    assert "共 1000+ 件" in words(await city.get("query"))
    answer = await city.exported("query/export")
    assert answer.status_code == 403
    assert "分次导出" in words(answer)
    assert not await Audit.of(region.code, act="cases.export").exists()
    narrowed = await city.exported(f"query/export?words={case.number}")
    assert narrowed.status_code == 200


async def multiply(case: Case, times: int) -> None:
    """So many more cases like this one."""
    await execute(
        "INSERT INTO cases (region, id, matter, number, subject, applicant_id, service_id, state, step, handler_org, handler_role, organisations, "
        "step_at, due_at, profile_version, data, created_at, updated_at) SELECT region, gen_random_uuid(), matter, 'X' || n, subject, applicant_id, "
        "service_id, state, step, handler_org, handler_role, organisations, step_at, due_at, profile_version, $3::jsonb, created_at, updated_at "
        "FROM cases, generate_series(1, $2::int) n WHERE id = $1", case.id, times, json_text(case.data))


@pytest.mark.req("WH-65")
async def test_the_city_sees_what_is_late_by_organisation_and_chases_it_by_hand(client: httpx.AsyncClient, region: Region) -> None:
    await builders.a_staff(name="赵经办")
    late = await builders.a_booking(now=clock.now() - LAST_WEEK)
    fresh = await builders.a_booking()
    city = await desk(client, await builders.a_city_staff())
    seen = await city.get("overdue")
    assert numbers(seen) == {late.number}
    assert "已超" in words(seen)
    assert fresh.number not in seen.text
    silent = await city.post("overdue", case=late.id, seen=late.version, words="")
    assert silent.status_code == 400
    assert "请写明督办要求" in words(silent)
    done = await city.post("overdue", case=late.id, seen=late.version, words="请今天内办理")
    assert done.headers["location"] == f"/{region.code}/console/overdue?done=remind"
    told = await Notification.of(region.code, kind=NotificationKind.CASE_REMINDED)
    assert len(told) == 1
    again = await city.post("overdue", case=late.id, seen=late.version + 1, words="再催一次")
    assert again.status_code == 409
    assert "今天已经督办过" in words(again)
    assert "再催一次" in again.text


@pytest.mark.req("WH-65")
async def test_the_late_stand_first_in_the_list_of_their_window(client: httpx.AsyncClient, region: Region) -> None:
    late = await builders.a_booking(now=clock.now() - LAST_WEEK)
    fresh = await builders.a_booking()
    window = await desk(client, await builders.a_staff())
    listed = (await window.get("todo")).text
    assert listed.index(late.number) < listed.index(fresh.number)
    assert numbers(await window.get("todo", due="late")) == {late.number}
    assert deadlines.standing(region.profile, late.due_at, clock.now()).light is deadlines.Light.LATE
