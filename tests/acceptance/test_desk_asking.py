"""综合查询 by any combination at the desk: lines, columns, saved questions, Excel, and the approval of whole numbers (WH-64, T30, T40)."""

from io import BytesIO
from typing import Any

import httpx
import openpyxl
import pytest

from config import clock
from config.vocabulary import Permission
from models.account import Account
from models.audit import Audit
from models.case import Case
from models.export import Export, ExportState
from services import export_writing, exports, regions
from services.regions import Region
from services.workbooks import MARK
from tests import builders
from tests.acceptance.desk import desk, words
from tests.acceptance.test_desk_query import multiply, numbers

pytestmark = pytest.mark.req("WH-64")


def line(number: int, field: str, operator: str, value: str = "", joint: str = "") -> dict[str, str]:
    return {f"j{number}": joint, f"f{number}": field, f"o{number}": operator, f"v{number}": value}


async def a_known_person(name: str = "欧阳密", phone: str = "19900004321") -> tuple[Account, Case]:
    holder = await builders.a_talent(name=name, phone=phone)
    await builders.a_card(holder=holder)
    return holder, await builders.a_booking(holder=holder)


def sheet_of(content: bytes) -> list[dict[str, Any]]:
    title, *lines = openpyxl.load_workbook(BytesIO(content)).active.iter_rows(values_only=True)  # type: ignore[union-attr]
    return [dict(zip(title, one, strict=True)) for one in lines]


async def test_lines_combine_and_the_page_says_them_in_words(client: httpx.AsyncClient, region: Region) -> None:
    first, second = await builders.a_booking(), await builders.a_booking(completed=True)
    third = await builders.a_booking(window="wendeng_window")
    city = await desk(client, await builders.a_city_staff())
    asked = line(1, "state", "is", "handling") | line(2, "office", "is", str(third.handler_org)) | line(3, "state", "is", "completed", "or")
    answer = await city.get("query/ask/cases", **asked)
    assert numbers(answer) == {second.number, third.number}
    assert "状态 是 办理中，并且 承办机构 是 文登区人才服务窗口；或者 状态 是 已办结" in words(answer)
    assert numbers(await city.get("query/ask/cases")) == {first.number, second.number, third.number}


async def test_a_chosen_field_asks_for_its_value_before_anything_is_searched(client: httpx.AsyncClient, region: Region) -> None:
    await builders.a_booking()
    city = await desk(client, await builders.a_city_staff())
    answer = await city.get("query/ask/cases", f1="created")
    assert answer.status_code == 200
    assert 'type="date"' in answer.text
    assert "不早于" in words(answer)
    assert numbers(answer) == set()


@pytest.mark.parametrize("asked", [{"sql": "1"}, {"sort": "password_hash"}, {"way": "desc;"}, {"page": "0"}, {"scope": "all"},
                                   {"f1": "password_hash", "o1": "is", "v1": "x"}, {"f1": "created", "o1": "from", "v1": "2026-02-30"},
                                   {"f1": "state", "o1": "is", "v1": "' OR true"}])
async def test_what_nobody_declared_is_refused_in_words(client: httpx.AsyncClient, region: Region, asked: dict[str, str]) -> None:
    await builders.a_booking()
    answer = await (await desk(client, await builders.a_city_staff())).get("query/ask/cases", **asked)
    assert answer.status_code == 400
    assert numbers(answer) == set()


async def test_columns_are_remembered_and_the_file_has_exactly_these(client: httpx.AsyncClient, region: Region) -> None:
    _, case = await a_known_person()
    await builders.a_booking()
    city = await desk(client, await builders.a_city_staff("于科长"))
    await city.get("query/ask/cases")
    moved = await city.post("query/ask/cases/columns?f1=person&o1=is&v1=欧阳密", keyed=False, column=["number", "person", "phone"])
    assert "f1=person" in moved.headers["location"]
    shown = await city.get("query/ask/cases", **line(1, "person", "is", "欧阳密"))
    assert "199****4321" in shown.text
    rows = sheet_of((await city.exported("query/ask/cases/export?f1=person&o1=is&v1=欧阳密")).content)
    assert [list(row) for row in rows] == [["编号", "姓名", "手机号", MARK]]
    assert (rows[0]["编号"], rows[0]["手机号"]) == (case.number, "199****4321")
    assert "于科长" in rows[0][MARK]
    noted = await Audit.of(region.code, act="cases.export").first()
    assert noted is not None
    assert noted.detail["rows"] == 1
    assert "欧阳密" not in str(noted.detail)


async def test_a_question_is_saved_found_again_and_deleted(client: httpx.AsyncClient, region: Region) -> None:
    _, case = await a_known_person()
    await builders.a_booking()
    city = await desk(client, await builders.a_city_staff())
    kept = await city.post("query/ask/cases/saved?f1=person&o1=is&v1=欧阳密", name="欧阳的办件")
    assert kept.status_code == 303
    page = await city.get("query/ask/cases")
    link = page.text.split("?saved=")[1].split('"')[0]
    again = await client.get((await city.get("query/ask/cases", saved=link)).headers["location"])
    assert numbers(again) == {case.number}
    nameless = await city.post("query/ask/cases/saved?f1=person&o1=is&v1=欧阳密", name="")
    assert nameless.status_code == 400
    assert "起一个名称" in words(nameless)
    await city.post(f"query/ask/saved/{link}/forget")
    assert "欧阳的办件" not in (await city.get("query/ask/cases")).text


async def the_only_export(region: Region) -> Export:
    found = await Export.of(region.code).first()
    assert found is not None
    return found


async def of_another_office(client: httpx.AsyncClient, region: Region, export: Export) -> None:
    """Who may approve in one window has none of the city's: to her it is not there (T02)."""
    roles = region.profile.roles
    approving = roles["clerk"].model_copy(update={"can": [*roles["clerk"].can, Permission.APPROVE_EXPORTS]})
    await regions.load(region.profile.model_copy(update={"roles": roles | {"clerk": approving}}), clock.now())
    client.cookies.clear()
    window = await desk(client, await builders.a_staff())
    assert "没有" in words(await window.get("approvals"))
    for act in ("approve", "decline"):
        answer = await window.post(f"approvals/{export.id}/{act}", reason="不属于本单位")
        assert answer.status_code == 404 and "欧阳密" not in answer.text
    assert (await Export.find(region.code, export.id)).state is ExportState.ASKED


@pytest.mark.req("T40")
async def test_t40_whole_numbers_leave_after_another_approved_knowing_why(client: httpx.AsyncClient, region: Region) -> None:
    await a_known_person()
    asker, approver = await builders.a_city_staff("于科长"), await builders.a_city_staff("林主任")
    city = await desk(client, asker)
    await city.post("query/ask/talents/columns", keyed=False, column=["person", "phone"])
    silent = await city.post("query/ask/talents/approval?f1=person&o1=is&v1=欧阳密", purpose="要", whole="yes")
    assert silent.status_code == 400
    assert "请写明用途" in words(silent)
    asked = await city.post("query/ask/talents/approval?f1=person&o1=is&v1=欧阳密", purpose="逐一电话通知体检时间", whole="yes")
    assert "等待批准" in words(await client.get(asked.headers["location"]))
    export = await the_only_export(region)
    assert await export_writing.work(clock.now) == 0
    assert "等待批准" not in words(await city.get()).partition("最紧急的待办")[0]  # her own waits for somebody else's word
    assert (await city.post(f"approvals/{export.id}/approve")).status_code == 403
    client.cookies.clear()
    other = await desk(client, approver)
    assert "您有【1】份同事的导出等待批准" in words(await other.get())
    assert ">1<" in (await other.get("approvals/waiting")).text
    page = words(await other.get("approvals"))
    assert "逐一电话通知体检时间" in page
    assert "姓名 是 欧阳密" in page
    await of_another_office(client, region, export)
    client.cookies.clear()
    other = await desk(client, approver)
    assert (await other.post(f"approvals/{export.id}/approve")).headers["location"].endswith("done=export_approved")
    assert (await other.post(f"approvals/{export.id}/approve")).status_code == 409
    assert await export_writing.work(clock.now) == 1
    assert (await other.get(f"exports/{export.id}/file")).status_code == 404
    client.cookies.clear()
    mine = await desk(client, asker)
    assert "已批准并生成，请下载" in words(await mine.get())
    assert "10 分钟内可以再下载" in words(await mine.get(f"exports/{export.id}"))
    assert "已批准并生成" not in words(await mine.get())
    rows = sheet_of((await mine.get(f"exports/{export.id}/file")).content)
    assert rows[0]["手机号"] == "19900004321"
    assert (await mine.get(f"exports/{export.id}/file")).status_code == 200
    who, later = await builders.the_actor(asker, "desk"), clock.now() + exports.GUARDED_FETCH
    with pytest.raises(exports.ExportGone):
        await exports.download(region, who, export.id, later)
    assert await export_writing.clear(later) == 1
    assert {line.act for line in await Audit.of(region.code)} >= {"export.ask", "export.approve", "export.download"}


@pytest.mark.req("T30")
async def test_t30_more_than_ten_thousand_rows_leave_only_with_approval(client: httpx.AsyncClient, region: Region) -> None:
    await multiply(await builders.a_booking(), 10_000)
    city = await desk(client, await builders.a_city_staff())
    refused = await city.post("query/ask/cases/export")
    assert refused.status_code == 403
    assert "申请导出完整信息" in words(refused)
    asked = await city.post("query/ask/cases/approval", purpose="年度统计核对")
    assert asked.status_code == 303
    assert (await the_only_export(region)).state is ExportState.ASKED
    approver = await builders.a_city_staff("林主任")
    client.cookies.clear()
    other = await desk(client, approver)
    export = await the_only_export(region)
    assert (await other.post(f"approvals/{export.id}/decline", reason="")).status_code == 400
    await other.post(f"approvals/{export.id}/decline", reason="请按月份导出")
    assert await export_writing.work(clock.now) == 0
    assert ((await the_only_export(region)).state, (await the_only_export(region)).reason) == (ExportState.DECLINED, "请按月份导出")
