"""Reviewing at the desk: the file with its changes and attachments, marks, binding, completing, paper, batches, and who finds what afterwards."""

import re
from io import BytesIO
from typing import Any

import httpx
import openpyxl
import pytest
from playwright.async_api import Browser, expect

from config import clock
from config.vocabulary import Action, FieldType
from models.account import Account
from models.audit import Audit
from models.case import Case, CaseState
from models.database import execute, json_text, row
from models.organisation import Organisation
from models.roster import Binding
from services import applications, attachments, bindings, dossiers, regions
from services.actors import Actor
from services.cases import paper
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import Desk, desk, words
from tests.acceptance.test_desk_browser import open_desk
from tests.acceptance.test_desk_unit import save
from tests.foreign_files import a_picture


@pytest.fixture
async def binzhou(database: None) -> Region:
    return await regions.current("binzhou")


@pytest.fixture
async def guilin(database: None) -> Region:
    return await regions.current("guilin")


@pytest.fixture
async def shandong(database: None) -> Region:
    return await regions.current("shandong")


async def in_weihai(region: Region, *, title: str = "", **basic: Any) -> tuple[Organisation, Account, Case]:
    """A unit, its operator, and the talent pool's case of one of its people."""
    unit = await office.a_unit(region)
    operator = await office.an_operator(region, unit)
    person = await office.a_person(region, None)
    honours = {"honours": {"title": title}} if title else {}
    case = await office.submitted(region, person, "talent_pool", {"unit": str(unit.id)}, basic={"unit_name": unit.name, **basic}, **honours)
    return unit, operator, case


async def moved(case: Case) -> Case:
    return await Case.find(case.region, case.id)


@pytest.mark.req("WH-24")
@pytest.mark.req("WH-26")
async def test_the_unit_reads_the_whole_file_and_passes_it_to_the_office_that_the_system_found(client: httpx.AsyncClient, region: Region) -> None:
    _, operator, case = await in_weihai(region, city_direct="yes", title="威海市乡村之星")
    her = await desk(client, operator)
    page = await her.get(f"cases/{case.id}/")
    said = words(page)
    for expected in ("基本情况", "主要荣誉称号情况", "威海市乡村之星", "提交主管部门", "退回个人修改", "标记", "打印申请表"):
        assert expected in said, expected
    assert (await her.post(f"cases/{case.id}/", action="approve", seen=case.version)).status_code == 400  # 结论意见 is required
    await her.post(f"cases/{case.id}/", action="approve", seen=case.version, opinion="情况属实，同意上报")
    department = await Organisation.find(region.code, (await moved(case)).handler_org)
    assert department.name == "威海市农业农村局"
    theirs = await desk(client, await office.a_clerk(region, department, "reviewer"))
    assert case.number in (await theirs.get("todo")).text
    said = words(await theirs.get(f"cases/{case.id}/"))
    assert "“威海市乡村之星”由本部门主管" in said and "情况属实，同意上报" in said
    await theirs.post(f"cases/{case.id}/", action="complete", seen=case.version + 1, opinion="准予入库")
    assert (await moved(case)).state is CaseState.COMPLETED
    assert (await dossiers.Dossier.find(region.code, case.dossier_id)).admitted == case.dossier_number


@pytest.mark.req("WH-24")
async def test_everything_that_is_wrong_is_marked_at_once_and_the_person_reads_one_list(client: httpx.AsyncClient, region: Region) -> None:
    _, operator, case = await in_weihai(region, city_direct="no")
    her = await desk(client, operator)
    page = await her.get(f"cases/{case.id}/")
    assert 'name="mark_honours.1.title"' in page.text and 'name="mark_basic.phone"' in page.text and "data-marks" in page.text
    marks = {"mark_basic.phone": "号码打不通", "mark_honours.1.granted_by": "应为授予机关全称"}
    unknown = await her.post(f"cases/{case.id}/", action="return", seen=case.version, opinion="请改", **{"mark_nothing.x": "?"})
    assert unknown.status_code == 400
    silent = await her.post(f"cases/{case.id}/", action="return", seen=case.version, **marks)
    assert silent.status_code == 400 and "号码打不通" in silent.text  # what was marked is not lost
    assert (await her.post(f"cases/{case.id}/", action="return", seen=case.version, opinion="请改两处", **marks)).status_code == 303
    said = words(await her.get(f"cases/{case.id}/"))
    assert "退回时指出：号码打不通" in said and "退回时指出：应为授予机关全称" in said
    assert "主要荣誉称号情况 第 1 条 · 授予单位：应为授予机关全称" in said


async def test_attachments_are_seen_in_the_page_by_who_reviews_and_by_nobody_else(client: httpx.AsyncClient, shandong: Region) -> None:
    unit, _, _, case = await bound_in_shandong(shandong)
    leader = await office.an_operator(shandong, unit)
    her = await desk(client, leader)
    page = await her.get(f"cases/{case.id}/")
    files = re.findall(r'src="(/\w+/console/files/[0-9a-f-]+/pages/1)"', page.text)
    assert files and "下载原件" in page.text
    assert (await client.get(files[0])).headers["content-type"] == "image/jpeg"
    stranger = await desk(client, await office.an_operator(shandong, await office.a_unit(shandong, "远山大学")))
    assert (await stranger.client.get(files[0])).status_code == 404
    assert (await stranger.get(f"cases/{case.id}/")).status_code == 404
    assert (await stranger.get(f"cases/{case.id}/print")).status_code == 404


@pytest.mark.req("BZ-14")
async def test_the_form_and_its_review_sheet_are_printed_and_noted(client: httpx.AsyncClient, region: Region) -> None:
    _, operator, case = await in_weihai(region, city_direct="no")
    her = await desk(client, operator)
    printed = await her.get(f"cases/{case.id}/print")
    assert printed.headers["content-type"] == "application/pdf" and printed.content.startswith(b"%PDF")
    noted = await Audit.of(region.code, act="case.print").get()
    assert (noted.actor_id, noted.subject_id) == (operator.id, case.id)


async def bound_in_shandong(region: Region, *, bound: bool = True) -> tuple[Organisation, Account, Account, Case]:
    """A unit, a talent of it, its specialist, and the talent's application for the card."""
    unit = await office.a_unit(region)
    leader, person = await office.an_operator(region, unit, "魏负责"), await office.a_person(region, unit)
    specialist = await office.a_clerk(region, unit, "specialist", "冯专员")
    if bound:
        await bindings.bind(region, await builders.the_actor(leader, "desk"), person.id, specialist.id, clock.now())
    return unit, person, specialist, await office.submitted(region, person, "card")


@pytest.mark.req("SD-04")
async def test_who_is_not_bound_yet_is_bound_in_her_own_case(client: httpx.AsyncClient, shandong: Region) -> None:
    unit, person, specialist, case = await bound_in_shandong(shandong, bound=False)
    assert case.step == "bind"
    her = await desk(client, await office.an_operator(shandong, unit))
    page = await her.get(f"cases/{case.id}/")
    assert "冯专员（现服务 0 人）" in page.text
    none = await her.post(f"cases/{case.id}/", action="bind", seen=case.version)
    assert none.status_code == 400 and "请选择要绑定的服务专员" in words(none)
    await her.post(f"cases/{case.id}/", action="bind", seen=case.version, person=specialist.id)
    after = await moved(case)
    assert (after.step, after.claimed_by) == ("supplement", specialist.id)
    assert await Binding.of(shandong.code, talent_id=person.id, ended_at=None).exists()


@pytest.mark.req("SD-05")
@pytest.mark.req("SD-06")
@pytest.mark.req("SD-13")
async def test_the_specialist_completes_what_her_talent_submitted_and_the_leader_reviews_it(client: httpx.AsyncClient, shandong: Region) -> None:
    unit, _, specialist, case = await bound_in_shandong(shandong)
    mine = await desk(client, specialist)
    assert case.number in (await mine.get("todo")).text
    opened = words(await mine.get(f"cases/{case.id}/"))
    assert "补充申领材料" in opened and "提交到单位负责人" in opened
    before = case.dossier_number
    row = next(iter((await dossiers.version(shandong, case.dossier_id, before))["materials"]))
    path = f"cases/{case.id}/sections/materials/1"
    done = await save(mine, path, {"insurance": ("社保.png", a_picture("PNG"))}, contract=row["contract"][0])
    assert done.status_code == 303, words(done)
    after = await moved(case)
    assert after.dossier_number == before + 1 and after.step == "supplement"
    assert len((await dossiers.version(shandong, case.dossier_id, after.dossier_number))["materials"][0]["insurance"]) == 1
    await mine.post(f"cases/{case.id}/", action="approve", seen=after.version, opinion="材料齐全")
    leader = await desk(client, await office.an_operator(shandong, unit))
    page = await leader.get(f"cases/{case.id}/")
    assert "补充材料" in words(page)
    assert all(f"route__step--{tone}" in page.text for tone in ("done", "underway", "todo"))
    silent = await leader.post(f"cases/{case.id}/", action="approve", seen=after.version + 1)
    assert silent.status_code == 400  # result and opinion
    await leader.post(f"cases/{case.id}/", action="approve", seen=after.version + 1, opinion="同意上报")
    assert (await moved(case)).step == "report"


@pytest.mark.req("SD-05")
async def test_a_specialist_who_is_not_hers_neither_sees_nor_completes(client: httpx.AsyncClient, shandong: Region) -> None:
    unit, _, _, case = await bound_in_shandong(shandong)
    other = await desk(client, await office.a_clerk(shandong, unit, "specialist", "许专员"))
    assert case.number not in (await other.get("todo")).text
    assert (await other.get(f"cases/{case.id}/")).status_code == 404
    assert (await other.get(f"cases/{case.id}/sections/materials/1")).status_code == 404
    assert (await save(other, f"cases/{case.id}/sections/materials/1")).status_code == 404


RECOGNITION: dict[str, Any] = {"applied_class": "c", "industry": "新材料", "basis": "国家级项目主持人",
                               "achievements": "主持国家级项目两项，成果已经转化，经济效益显著。"}


async def uploaded(region: Region, actor: Actor, field: str) -> list[str]:
    return [str((await attachments.to_draft(region, actor, "recognition", field, "证明.jpg", a_picture(), clock.now())).id)]


async def on_paper(region: Region, *, nothing: bool = False) -> tuple[Organisation, Account, Case]:
    """A recognition of which the evidence is handed in on paper, at the unit. ``nothing``: all of it was uploaded."""
    unit = await office.a_unit(region)
    operator, person = await office.an_operator(region, unit), await office.a_person(region, unit)
    actor, form = await builders.the_actor(person), dict(RECOGNITION)
    for field in region.matter("recognition").form:
        if field.type is FieldType.FILES and field.required:
            form[field.field] = "offline" if field.offline and not nothing else await uploaded(region, actor, field.field)
    case = await office.submitted(region, person, "recognition", form)
    return unit, operator, case


@pytest.mark.req("GL-11")
@pytest.mark.req("GL-12")
@pytest.mark.req("GL-13")
async def test_evidence_on_paper_is_confirmed_before_the_centre_recognises(client: httpx.AsyncClient, guilin: Region) -> None:
    _, operator, case = await on_paper(guilin)
    mine = await desk(client, operator)
    said = words(await mine.get(f"cases/{case.id}/"))
    assert "线下提交的纸质材料" in said and "业绩成果佐证材料" in said
    await mine.post(f"cases/{case.id}/", action="approve", seen=case.version, opinion="同意推荐")
    centre = await office.office(guilin, code="talent_centre")
    city = await desk(client, await office.a_clerk(guilin, centre, "city_staff"))
    page = words(await city.get(f"cases/{case.id}/"))
    assert "核对原件无误后" in page and "确认收到纸质材料" in page
    early = await city.post(f"cases/{case.id}/", action="complete", seen=case.version + 1, opinion="符合条件", choice="c")
    assert early.status_code == 409 and "还有线下提交的纸质材料没有确认收到" in words(early) and "符合条件" in early.text
    assert (await moved(case)).version == case.version + 1
    await city.post(f"cases/{case.id}/", action="confirm_paper", seen=case.version + 1)
    assert "已确认收到" in words(await city.get(f"cases/{case.id}/"))
    done = await city.post(f"cases/{case.id}/", action="complete", seen=case.version + 2, opinion="符合条件", choice="c")
    assert done.status_code == 303 and (await moved(case)).state is CaseState.COMPLETED
    found = await (await desk(client, operator)).get("query", matter="recognition")
    assert case.number in found.text and "已办结" in words(found)
    assert "符合条件" in words(await (await desk(client, operator)).get(f"cases/{case.id}/"))  # GL-13: the unit reads the result


@pytest.mark.req("GL-11")
async def test_what_was_confirmed_of_one_submission_is_not_confirmed_of_the_next(guilin: Region) -> None:
    _, operator, case = await on_paper(guilin)
    centre = await office.a_clerk(guilin, await office.office(guilin, code="talent_centre"), "city_staff")
    await office.act(guilin, operator, case, Action.APPROVE)
    await office.act(guilin, centre, case, Action.CONFIRM_PAPER)
    assert await paper.is_confirmed(await moved(case))
    await office.act(guilin, centre, case, Action.RETURN, "请补充")
    person = await builders.the_actor(await Account.find(guilin.code, case.applicant_id))
    returned = await moved(case)
    again = (await applications.resubmit(guilin, person, case.id, returned.version, returned.data, clock.now())).case
    await office.act(guilin, operator, again, Action.APPROVE)
    with pytest.raises(paper.PaperOutstanding):
        await office.act(guilin, centre, case, Action.COMPLETE, choice="c")


async def three_people(region: Region) -> tuple[Organisation, Account, list[Case]]:
    unit = await office.a_unit(region)
    people = [await office.a_person(region, unit, name) for name in ("周岚", "吴川", "郑远")]
    operator = await office.an_operator(region, unit)
    form = {"specialist_name": "冯专员", "specialist_phone": "19900015001"}
    cases = [await office.submitted(region, person, "card", form) for person in people]
    return unit, operator, cases


@pytest.mark.req("BZ-11")
@pytest.mark.req("BZ-13")
async def test_several_applications_are_passed_or_returned_each_with_its_outcome(client: httpx.AsyncClient, binzhou: Region) -> None:
    _, operator, cases = await three_people(binzhou)
    her = await desk(client, operator)
    detail = words(await her.get(f"cases/{cases[0].id}/"))
    assert "冯专员" in detail and "基本信息" in detail and "证明.jpg" in detail
    page = await her.get("todo", matter="card", step="unit")
    assert all(case.number in page.text for case in cases)
    answer = await her.post("todo", id=[f"{cases[0].id}.1", f"{cases[1].id}.9"], act="approve", opinion="属实")
    assert "1 件已通过，1 件没有办成" in words(answer) and cases[1].number in answer.text
    await her.post("todo", id=[f"{cases[2].id}.1"], act="return", opinion="照片不清晰")
    found = await her.get("query")
    said = words(found)
    assert "承办机构" in said and str(cases[1].handler_org) not in found.text
    assert "申报信息查询" in said and all(case.number in found.text for case in cases) and "退回待修改" in said
    assert cases[1].number in (await her.get("query", person="吴川")).text
    assert cases[0].number not in (await her.get("query", person="吴川")).text
    stranger = await desk(client, await office.an_operator(binzhou, await office.a_unit(binzhou, "远山机械有限公司")))
    assert "没有符合条件的办件" in words(await stranger.get("query", matter="card"))
    assert "没有符合条件的办件" in words(await stranger.get("talents", person="吴川"))


@pytest.mark.req("WH-32")
@pytest.mark.req("WH-33")
async def test_an_office_finds_everybody_whom_it_has_handled_and_exports_the_list(client: httpx.AsyncClient, region: Region) -> None:
    _, operator, case = await in_weihai(region, city_direct="no")
    await office.act(region, operator, case, Action.APPROVE)
    bureau = await Organisation.find(region.code, (await moved(case)).handler_org)
    reviewer = await office.a_clerk(region, bureau, "reviewer")
    await office.act(region, reviewer, case, Action.COMPLETE)
    person = await Account.find(region.code, case.applicant_id)
    actor = await builders.the_actor(person)
    await applications.synchronise(region, actor, "card", 0, clock.now())
    card = (await applications.submit(region, actor, "card", {}, clock.now())).case
    booking = await builders.a_booking()
    theirs = await desk(client, reviewer)
    assert card.number in (await theirs.get("todo", matter="card")).text  # WH-32
    page = await theirs.get("talents")
    assert "人才管理" in words(page) and case.number in page.text and card.number in page.text and booking.number not in page.text
    for asked in ({"person": person.name}, {"person": person.id_number}, {"person": person.phone}, {"matter": "card"}, {"unit": "青岚"}):
        found = await theirs.get("talents", **asked)
        assert card.number in found.text or asked == {"unit": "青岚"}, asked
    assert "没有符合条件" in words(await theirs.get("talents", person="不是她"))
    file = await theirs.exported("talents/export?state=handling")
    sheet = openpyxl.load_workbook(BytesIO(file.content)).active
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [card.number]
    noted = await Audit.of(region.code, act="cases.export").order_by("-at").first()
    assert noted is not None and person.name not in str(noted.detail)


@pytest.mark.timeout(180)
async def test_five_hundred_are_passed_in_one_request_with_a_verdict_for_each(client: httpx.AsyncClient, binzhou: Region) -> None:
    _, operator, cases = await three_people(binzhou)
    await multiply(cases[0], 497)
    her: Desk = await desk(client, operator)
    page = await her.get("todo", matter="card", step="unit", all="yes")
    rows = re.findall(r'name="id" value="([^"]+)"', page.text)
    assert len(rows) == 500
    answer = await client.post(f"{her.at}/todo", data={"csrf": her.csrf, "once": "five-hundred", "id": rows, "act": "approve", "opinion": "属实"},
                               timeout=60)
    assert "500 件均已通过" in words(answer)
    assert await Case.of(binzhou.code, matter="card", step="unit").count() == 0


async def multiply(case: Case, times: int) -> None:
    """So many more cases like this one, with their beginning."""
    kept = ("subject, applicant_id, unit_id, dossier_id, dossier_number, state, step, handler_org, handler_role, organisations, step_at, due_at, "
            "profile_version, created_at, updated_at")
    await execute(f"INSERT INTO cases (region, id, matter, number, data, {kept}) "
                  f"SELECT region, gen_random_uuid(), matter, 'X' || n, $3::jsonb, {kept} FROM cases, generate_series(1, $2::int) n WHERE id = $1",
                  case.id, times, json_text(case.data))
    await execute("INSERT INTO case_event (region, case_id, seq, actor_name, channel, action, to_step, at) SELECT region, id, 1, '周岚', 'phone', "
                  "'submit', step, now() FROM cases c WHERE NOT EXISTS (SELECT 1 FROM case_event e WHERE e.region = c.region AND e.case_id = c.id)")

async def looks(region: Region, clerk: Account) -> int:
    """How many pages of files she has been shown, by the audit."""
    found = await row("SELECT count(*) AS looked FROM audit WHERE region = $1 AND actor_id = $2 AND act = 'file.view'", region.code, clerk.id)
    assert found is not None
    return int(found["looked"])


@pytest.mark.browser
@pytest.mark.req("WH-60")
async def test_attachments_are_read_beside_the_case_by_keys_and_each_look_is_noted(browser: Browser, product: str, shandong: Region) -> None:
    _, _, reviewer, case = await bound_in_shandong(shandong)
    page = await open_desk(browser, product, reviewer, f"cases/{case.id}/")
    viewer, picture, sheet = page.locator(".viewer"), page.locator(".viewer img"), page.locator(".viewer__sheet")
    before = await looks(shandong, reviewer)
    await page.keyboard.press("v")
    await expect(viewer).to_have_attribute("data-state", "there", timeout=60_000)
    first = await picture.get_attribute("src")
    assert await looks(shandong, reviewer) == before + 1
    await page.keyboard.press("]")
    await expect(picture).not_to_have_attribute("src", str(first))
    await expect(viewer).to_have_attribute("data-state", "there", timeout=60_000)
    assert await looks(shandong, reviewer) == before + 2
    await page.keyboard.press("o")
    assert "rotate(90deg)" in str(await picture.get_attribute("style"))
    wide = await sheet.evaluate("part => part.clientWidth")
    await page.keyboard.press("+")
    assert await sheet.evaluate("part => part.clientWidth") > wide
    await page.fill("#field-opinion", "看过附件")
    await page.keyboard.press("Escape")
    await page.keyboard.press("[")
    await expect(picture).to_have_attribute("src", str(first))
    await page.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
