"""A unit at the desk: registered, its data and materials, submitted, returned, admitted; until then it does no business (WH-10..13, BZ-03, GL-01)."""

from typing import Any

import httpx
import pytest

from config import clock
from config.vocabulary import Action, OrganisationKind
from models.account import Account
from models.case import Case, CaseState
from models.organisation import Organisation
from services import dossiers, joining, regions, registration, units
from services.codes import Sender
from services.dossiers import Owner
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import Desk, desk, words
from tests.foreign_files import a_picture

PASSWORD = "Qing-Lan-2026"
OPERATOR = {"login_name": "qinglan", "password": PASSWORD, "password_again": PASSWORD}


async def registered(region: Region, **more: Any) -> tuple[Organisation, Account]:
    """A unit that has just registered itself."""
    asked = {field.field for field in registration.asked(region, "unit").fields}
    given = {"unit_name": "青岚新材料有限公司", "unit_code": office.a_unit_code(), "name": "林经办", "phone": "19900012001",
             "id_number": office.an_id_number(), **OPERATOR, **more}
    made = await joining.join(region, "unit", {name: value for name, value in given.items() if name in asked},
                              region.profile.terms.version if region.profile.terms else "", Sender("127.0.0.1"), "phone", clock.now())
    return await Organisation.find(region.code, made.account.unit_id or units.unit_of(await builders.the_actor(made.account))), made.account


async def its_data(region: Region, unit: Organisation, operator: Account, **known: Any) -> None:
    await office.fill(region, Owner("unit", organisation_id=unit.id), operator, **known)


async def save(her: Desk, path: str, files: dict[str, tuple[str, bytes]] | None = None, **fields: Any) -> httpx.Response:
    """A section's form as the page sends it: as parts, with files."""
    page = await her.get(path)
    seen = page.text.partition('name="seen" value="')[2].partition('"')[0]
    sent = [(name, (None, str(value))) for name, value in {"csrf": her.csrf, "seen": seen, **fields}.items()]
    sent += [(f"upload.{name}", one) for name, one in (files or {}).items()]
    return await her.client.post(f"{her.at}/{path}", files=sent)


@pytest.mark.req("BZ-01")
@pytest.mark.req("BZ-03")
@pytest.mark.req("BZ-04")
async def test_a_unit_that_registered_logs_in_uploads_its_materials_and_submits_them_to_the_county(client: httpx.AsyncClient,
                                                                                                   database: None) -> None:
    region = await regions.current("binzhou")
    county = await office.office(region, kind=OrganisationKind.DISTRICT_BUREAU)
    unit, operator = await registered(region, parent=str(county.id))
    assert operator.terms_version and operator.provisional and unit.provisional
    her = await desk(client, operator)
    said = words(await her.get())
    assert "单位待提交" in said and "去完善单位信息" in said
    page = await her.get("unit")
    assert "待提交" in words(page) and "未上传" in words(page) and "提交前还需要" in words(page)
    materials = region.profile.unit_sections[1]
    await its_data(region, unit, operator, basic={"parent": str(county.id)})
    first = next(field for field in materials.fields if field.required)
    kept = await save(her, f"unit/{materials.section}/1", {first.field: ("营业执照.jpg", a_picture())})
    assert kept.status_code == 303
    assert "已上传 1 个" in words(await her.get("unit"))
    await its_data(region, unit, operator, basic={"parent": str(county.id)})
    ready = words(await her.get("apply/unit_admission"))
    assert county.name in ready and "申请人选择" not in ready and "还需要填写" not in ready
    done = await her.post("apply/unit_admission")
    assert done.status_code == 303, words(done)
    case = await Case.of(region.code, unit_id=unit.id).get()
    assert case.handler_org == county.id
    assert "待审核" in words(await her.get("unit"))
    said = words(await her.get(f"cases/{case.id}/"))  # BZ-04: she logs in meanwhile and sees its state
    assert "县区人社局审核" in said and county.name in said
    clerk = await office.a_clerk(region, county, "specialist")
    await office.act(region, clerk, case, Action.RETURN, "执照不清晰", marks={"basic.address": "请写到门牌号"})
    said = words(await her.get("unit"))
    assert "已退回" in said and "详细地址：请写到门牌号" in said and "核对并重新提交" in said
    again = await her.get("apply/unit_admission")
    assert "执照不清晰" in words(again)
    seen = again.text.partition('name="seen" value="')[2].partition('"')[0]
    assert (await her.post("apply/unit_admission", case=case.id, seen=seen)).status_code == 303
    await office.act(region, clerk, case, Action.COMPLETE)
    assert not (await Organisation.find(region.code, unit.id)).provisional
    assert "已入库" in words(await her.get("unit"))
    assert "邀请注册" in words(await her.get())


@pytest.mark.req("WH-10")
@pytest.mark.req("WH-12")
async def test_a_unit_fills_its_sections_chooses_who_reviews_and_is_returned_and_admitted(client: httpx.AsyncClient, region: Region) -> None:
    unit, operator = await registered(region)
    her = await desk(client, operator)
    chosen = await office.office(region, kind=OrganisationKind.DISTRICT_BUREAU)
    empty = await her.post("apply/unit_admission")
    assert empty.status_code == 400 and "请选择提交单位" in words(empty)
    bare = await her.post("apply/unit_admission", reviewer=chosen.id)
    assert bare.status_code == 400 and "还需要填写" in words(bare)
    await its_data(region, unit, operator)
    wrong = await save(her, "unit/patents/0", name="一种膜", number="", kind="unknown")
    assert wrong.status_code == 400 and "一种膜" in wrong.text  # what was typed stays
    await her.post("apply/unit_admission", reviewer=chosen.id)
    case = await Case.of(region.code, unit_id=unit.id).get()
    assert case.handler_org == chosen.id
    reviewer = await desk(client, await office.a_clerk(region, chosen, "reviewer"))
    listed = await reviewer.get("todo")
    assert case.number in listed.text
    opened = words(await reviewer.get(f"cases/{case.id}/"))
    assert "入库" in opened and unit.name in opened and "申请人选择由本机构办理" in opened
    silent = await reviewer.post(f"cases/{case.id}/", action="return", seen=case.version)
    assert silent.status_code == 400
    done = await reviewer.post(f"cases/{case.id}/", action="return", seen=case.version, opinion="请补充专利", **{"mark_basic.phone": "号码停机"})
    assert done.status_code == 303
    her = await desk(client, operator)
    said = words(await her.get(f"cases/{case.id}/"))
    assert "请补充专利" in said and "退回时指出：号码停机" in said and "去修改并重新提交" in said
    refused = await her.post(f"cases/{case.id}/", action="resubmit", seen=case.version + 1)
    assert refused.status_code == 400  # an answer brings what was mended, from its own page
    assert (await her.post("apply/unit_admission", case=case.id, seen=case.version + 1, reviewer=chosen.id)).status_code == 303
    reviewer = await desk(client, await office.a_clerk(region, chosen, "reviewer"))
    await reviewer.post(f"cases/{case.id}/", action="complete", seen=case.version + 2, opinion="材料齐全")
    assert (await Case.find(region.code, case.id)).state is CaseState.COMPLETED
    assert not (await Organisation.find(region.code, unit.id)).provisional


@pytest.mark.req("WH-11")
@pytest.mark.parametrize("name", ["哈尔滨工业大学（威海）", "山东大学（威海）"])
async def test_the_two_universities_go_to_the_city_bureau_whatever_they_choose(client: httpx.AsyncClient, region: Region, name: str) -> None:
    unit, operator = await registered(region, unit_name=name)
    her = await desk(client, operator)
    await its_data(region, unit, operator)
    chosen = await office.office(region, kind=OrganisationKind.DISTRICT_BUREAU)
    done = await her.post("apply/unit_admission", reviewer=chosen.id)
    assert done.status_code == 303, words(done)
    case = await Case.of(region.code, unit_id=unit.id).get()
    assert case.handler_org == (await office.office(region, code="weihai_hrss")).id


@pytest.mark.req("WH-13")
async def test_until_it_is_admitted_a_unit_invites_nobody_and_is_not_found(client: httpx.AsyncClient, region: Region) -> None:
    unit, operator = await registered(region)
    her = await desk(client, operator)
    assert "单位还没有入库" in words(await her.get("people/invitation"))
    assert "不能办理业务" in words(await her.get()).replace("才能办理业务", "不能办理业务")
    assert await registration.units(region, unit.name[:4]) == []


@pytest.mark.req("GL-01")
@pytest.mark.req("GL-02")
@pytest.mark.parametrize("allocation", ["district", "department"])
async def test_a_unit_is_reviewed_by_its_county_or_department_then_by_the_centre(client: httpx.AsyncClient, database: None, allocation: str) -> None:
    region = await regions.current("guilin")
    unit, operator = await registered(region)
    her = await desk(client, operator)
    draft = await save(her, "unit/basic/1", {"licence": ("执照.jpg", a_picture())}, unit_name=unit.name, allocation=allocation, name="林经办")
    assert draft.status_code == 303  # saved at any time, also while something is missing
    assert "已上传 1 个" in words(await her.get("unit"))
    county = await office.office(region, kind=OrganisationKind.DISTRICT_BUREAU)
    department = await office.office(region, kind=OrganisationKind.DEPARTMENT)
    where = {"tax_district": county.district} if allocation == "district" else {"department": str(department.id)}
    await its_data(region, unit, operator, basic={"allocation": allocation, **where})
    assert (await her.post("apply/unit_admission")).status_code == 303
    case = await Case.of(region.code, unit_id=unit.id).get()
    first = county if allocation == "district" else department
    assert case.handler_org == first.id
    clerk = await desk(client, await office.a_clerk(region, first, "district_clerk" if allocation == "district" else "department_clerk"))
    said = words(await clerk.get(f"cases/{case.id}/"))
    assert "营业执照" in said and "执照.jpg" in said
    await clerk.post(f"cases/{case.id}/", action="approve", seen=case.version, opinion="属实")
    centre = await office.office(region, code="talent_centre")
    assert (await Case.find(region.code, case.id)).handler_org == centre.id
    city = await desk(client, await office.a_clerk(region, centre, "city_staff"))
    await city.post(f"cases/{case.id}/", action="complete", seen=case.version + 1, opinion="同意")
    assert not (await Organisation.find(region.code, unit.id)).provisional


@pytest.mark.req("WH-27")
async def test_a_change_after_admission_is_reviewed_against_what_is_in_force(client: httpx.AsyncClient, region: Region) -> None:
    unit, operator = await registered(region)
    bureau = await office.office(region, kind=OrganisationKind.DISTRICT_BUREAU)
    reviewer = await office.a_clerk(region, bureau, "reviewer")
    case = await office.submitted(region, operator, "unit_admission", {"reviewer": str(bureau.id)})
    await office.act(region, reviewer, case, Action.COMPLETE)
    owner = Owner("unit", organisation_id=unit.id)
    dossier = await dossiers.of(region, owner, clock.now())
    row = dossier.draft["basic"][0]
    changed = next(field for field in region.profile.unit_sections[0].fields if field.type == "text" and field.field in row)
    actor = await builders.the_actor(operator)
    await dossiers.put_row(region, actor, owner, "basic", 0, {**row, changed.field: "改过以后的内容"}, dossier.version, clock.now())
    her = await desk(client, operator)
    await her.post("apply/unit_admission", reviewer=bureau.id)
    after = await Case.of(region.code, unit_id=unit.id, closed_at=None).get()
    their = await desk(client, reviewer)
    said = words(await their.get(f"cases/{after.id}/"))
    assert "1 处有变动" in said and "改过以后的内容" in said and "原为：" in said
    assert (await dossiers.of(region, owner, clock.now())).admitted == 1


async def test_who_does_not_keep_the_units_data_reads_them_and_changes_nothing(client: httpx.AsyncClient, database: None) -> None:
    region = await regions.current("shandong")
    unit = await office.a_unit(region)
    specialist = await desk(client, await office.a_clerk(region, unit, "specialist"))
    assert (await specialist.get("unit")).status_code == 200
    assert (await specialist.get("unit/basic/1")).status_code == 403
    assert (await specialist.post("apply/unit_admission")).status_code == 403
    staff = await desk(client, await office.a_clerk(region, await office.office(region, kind=OrganisationKind.DISTRICT_BUREAU), "reviewer"))
    assert (await staff.get("unit")).status_code == 403
