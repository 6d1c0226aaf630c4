"""Details of the office's pages: whose case it is, what is offered to whom, and what is said when nothing can be done."""

import httpx
import pytest

from config.vocabulary import Action
from models.case import Case
from models.organisation import Organisation
from services import regions
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import desk, words
from tests.acceptance.office import printed
from tests.acceptance.phone import phone


@pytest.fixture
async def binzhou(database: None) -> Region:
    return await regions.current("binzhou")


SPECIALIST = {"specialist_name": "冯专员", "specialist_phone": "19900015001"}


@pytest.mark.req("BZ-08")
async def test_what_a_unit_applies_for_stands_in_the_to_do_list_under_its_name(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou, "滨州渤海机械有限公司", provisional=True)
    case = await office.submitted(binzhou, await office.an_operator(binzhou, unit, "林经办"), "unit_admission")
    bureau = await office.a_clerk(binzhou, await Organisation.find(binzhou.code, case.handler_org), case.handler_role)
    theirs = await desk(client, bureau)
    said = words(await theirs.get("todo"))
    assert "滨州渤海机械有限公司" in said and "林经办" not in said
    assert case.number in (await theirs.get("todo", words="渤海机械")).text


@pytest.mark.req("BZ-11")
async def test_with_nothing_ticked_the_list_stays_and_says_so(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    case = await office.submitted(binzhou, await office.a_person(binzhou, unit), "card", SPECIALIST)
    her = await desk(client, await office.an_operator(binzhou, unit))
    answer = await her.post("todo?matter=card&step=unit", act="approve", opinion="情况属实")
    assert answer.status_code == 400
    assert "请先勾选要办理的办件" in words(answer) and case.number in answer.text and "情况属实" in answer.text
    assert "审核通过" in words(answer)  # still the acts of the step that was chosen


@pytest.mark.req("BZ-04")
@pytest.mark.parametrize("provisional", [True, False])
async def test_the_menu_has_only_what_may_be_used(client: httpx.AsyncClient, binzhou: Region, provisional: bool) -> None:
    unit = await office.a_unit(binzhou, provisional=provisional)
    said = words(await (await desk(client, await office.an_operator(binzhou, unit))).get("security"))
    assert "单位信息" in said and "安全中心" in said and "通报公告" in said
    assert [one for one in ("人员管理", "名单上报", "申报信息查询", "单位用户") if one in said] == \
        ([] if provisional else ["人员管理", "名单上报", "申报信息查询", "单位用户"])


@pytest.mark.req("BZ-14")
async def test_the_applicant_has_her_form_as_a_paper_without_the_names_of_clerks(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    person = await office.a_person(binzhou, unit)
    case = await office.submitted(binzhou, person, "person_registration")
    mine = await phone(client, binzhou, person)
    await mine.open(f"/cases/{case.id}")
    assert f"/cases/{case.id}/print" not in mine.text  # there is nothing to print before the end
    await builders.acted(case, Action.COMPLETE, "准予注册")
    await mine.open(f"/cases/{case.id}")
    assert f"/cases/{case.id}/print" in mine.text
    paper = await client.get(f"/{binzhou.code}/cases/{case.id}/print")
    assert paper.headers["content-type"] == "application/pdf"
    read = printed(paper.content)
    assert "准予注册" in read.words and "何审核" not in read.words
    stranger = await phone(client, binzhou, await office.a_person(binzhou, unit, "吴川"))
    assert (await stranger.client.get(f"/{binzhou.code}/cases/{case.id}/print")).status_code == 404


@pytest.mark.req("WH-24")
async def test_a_mark_on_a_field_is_called_what_it_is_also_where_no_window_made_it(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    person = await office.a_person(binzhou, unit)
    case = await office.submitted(binzhou, person, "card", SPECIALIST)
    await builders.acted(case, Action.RETURN, "请核对", marks={"specialist_name": "请写全名"})
    mine = await phone(client, binzhou, person)
    await mine.open(f"/cases/{case.id}/answer")
    assert "修改意见：请写全名" in mine.text and "窗口意见" not in mine.text


@pytest.mark.req("BZ-10")
async def test_keys_are_told_only_where_they_do_something(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    case: Case = await office.submitted(binzhou, await office.a_person(binzhou, unit), "card", SPECIALIST)
    page = await (await desk(client, await office.an_operator(binzhou, unit))).get(f"cases/{case.id}/")
    assert "转办" not in words(page) and "由申请人所在单位办理" in words(page)
