"""注册 on the phone: who one is, the form that the region asks for, the unit that is found or not, the terms, and what comes after."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from config import clock
from config.loading import read_profile
from models.account import Account, AccountKind
from models.case import Case
from models.organisation import Organisation
from services import regions
from services.regions import Region
from tests import builders, office
from tests.acceptance.phone import Phone, phone

FOLDER = Path(__file__).parents[1] / "regions" / "yunze"
PASSWORD = "Star-Lake-2026"
NUMBER = "110105199003078019"
UNIT_CODE = "91350900MA0000000X"


@pytest.fixture
async def yunze(database: None) -> Region:
    return await regions.load(read_profile(FOLDER), clock.now())


async def a_unit(region: Region, name: str = "云泽星湖大学", *, provisional: bool = False) -> Organisation:
    return await builders.a_unit(region, name, provisional=provisional)


def person(unit: UUID | None, **more: str) -> dict[str, str]:
    return {"name": "陆星河", "unit": str(unit or ""), "id_number": NUMBER, "phone": "19900007001", "login_name": "luxinghe", "password": PASSWORD,
            "password_again": PASSWORD, "field_of_work": "湖泊生态", "agreed": "yes", **more}


async def a_form(client: httpx.AsyncClient, region: Region, kind: str = "person") -> Phone:
    mine = await phone(client, region)
    await mine.open(f"/register/{kind}")
    return mine


async def the_account(region: Region, login_name: str) -> Account:
    found = await Account.of(region.code, login_name=login_name).first()
    assert found is not None
    return found


@pytest.mark.req("WH-01")
async def test_one_says_first_whether_one_is_a_person_or_a_unit_and_departments_never_register(client: httpx.AsyncClient, region: Region) -> None:
    mine = await phone(client, region)
    await mine.open("/register")
    assert f"/{region.code}/register/person" in mine.text and f"/{region.code}/register/unit" in mine.text
    assert "主管部门和服务窗口的账号由系统管理员开通" in mine.text
    assert (await mine.open("/register/department")).status_code == 404


@pytest.mark.req("BZ-07")
@pytest.mark.req("GL-04")
async def test_a_person_registers_under_an_admitted_unit_and_her_case_is_submitted_at_once(client: httpx.AsyncClient, yunze: Region) -> None:
    unit = await a_unit(yunze)
    mine = await a_form(client, yunze)
    await mine.send("/register/person", **person(unit.id))
    account = await the_account(yunze, "luxinghe")
    assert (account.kind, account.unit_id, account.provisional, account.terms_version) == (AccountKind.TALENT, unit.id, True, "3")
    case = await Case.of(yunze.code, applicant_id=account.id).first()
    assert case is not None and case.handler_org == unit.id and mine.at == f"/cases/{case.id}"
    assert "注册信息已提交审核" in mine.text and "云泽星湖大学" in mine.text
    await mine.open("/me/dossier")
    assert "我的人才信息" in mine.text


@pytest.mark.req("GL-04")
async def test_a_unit_that_is_not_admitted_is_not_found_and_the_page_says_why(client: httpx.AsyncClient, yunze: Region) -> None:
    await a_unit(yunze)
    waiting = await a_unit(yunze, "云泽星湖中学", provisional=True)
    mine = await phone(client, yunze)
    await mine.open("/register/units", **{"field": "unit", "find.unit": "星湖"})
    assert "云泽星湖大学" in mine.text and "云泽星湖中学" not in mine.text
    await mine.open("/register/units", **{"field": "unit", "find.unit": "星湖中学"})
    assert "单位须先注册并通过审核才能选择" in mine.text
    mine = await a_form(client, yunze)
    answer = await mine.send("/register/person", **person(waiting.id))
    assert answer.status_code == 400 and "还没有审核通过" in mine.text
    assert not await Account.of(yunze.code, login_name="luxinghe").exists()


async def test_without_script_the_button_finds_units_and_keeps_what_was_typed(client: httpx.AsyncClient, yunze: Region) -> None:
    unit = await a_unit(yunze)
    mine = await a_form(client, yunze)
    await mine.send("/register/person", **person(None), **{"find.unit": "星湖", "act": "look"})
    assert f'value="{unit.id}"' in mine.text and 'value="陆星河"' in mine.text and PASSWORD not in mine.text


async def test_a_units_own_link_has_the_unit_chosen(client: httpx.AsyncClient, yunze: Region) -> None:
    unit = await a_unit(yunze)
    mine = await phone(client, yunze)
    await mine.open("/register/person", unit=str(unit.id))
    assert f'name="unit" value="{unit.id}" checked' in mine.text


@pytest.mark.req("DZ-01")
async def test_without_the_tick_or_under_terms_that_changed_meanwhile_nobody_is_registered(client: httpx.AsyncClient, yunze: Region) -> None:
    unit = await a_unit(yunze)
    mine = await a_form(client, yunze)
    assert "第 3 版" in mine.text and "星湖人才服务用户须知" in mine.text
    for more in ({"agreed": ""}, {"terms": "2"}):
        answer = await mine.send("/register/person", **person(unit.id, **more))
        assert answer.status_code == 400 and "请阅读并同意" in mine.text and 'value="陆星河"' in mine.text
    assert not await Account.of(yunze.code).exists()


async def test_everything_that_is_wrong_is_marked_at_once_and_what_was_typed_stays(client: httpx.AsyncClient, yunze: Region) -> None:
    mine = await a_form(client, yunze)
    wrong: dict[str, Any] = {"id_number": "110105199003078011", "phone": "123", "password_again": "other-Password-1"}
    answer = await mine.send("/register/person", **person(None, **wrong))
    assert answer.status_code == 400
    for name in ("unit", "id_number", "phone", "password_again"):
        assert f'href="#field-{name}"' in mine.text
    assert 'value="110105199003078011"' in mine.text and "湖泊生态" in mine.text


@pytest.mark.req("BZ-02")
async def test_a_number_that_is_in_use_is_refused_with_the_kind_of_account_and_not_whose(client: httpx.AsyncClient, yunze: Region) -> None:
    unit = await a_unit(yunze)
    await (await a_form(client, yunze)).send("/register/person", **person(unit.id))
    client.cookies.clear()
    mine = await a_form(client, yunze)
    answer = await mine.send("/register/person", **person(unit.id, name="何人", login_name="heren"))
    assert answer.status_code == 400 and "这个手机号码已经注册过个人账号" in mine.text and "这个身份证号码已经注册过个人账号" in mine.text
    assert "陆星河" not in mine.text


@pytest.mark.req("WH-01")
async def test_a_unit_registers_and_is_shown_the_way_to_the_desk(client: httpx.AsyncClient, yunze: Region) -> None:
    mine = await a_form(client, yunze, "unit")
    await mine.send("/register/unit", unit_name="云泽星湖大学", unit_code=UNIT_CODE, name="乔人事", phone="19900007900", password=PASSWORD,
                    password_again=PASSWORD, agreed="yes")
    assert "单位账号已注册" in mine.text and f"/{yunze.code}/console/login" in mine.text
    unit = await Organisation.of(yunze.code, name="云泽星湖大学").first()
    assert unit is not None and unit.provisional


@pytest.mark.req("DZ-01")
async def test_where_nobody_reviews_accounts_the_person_goes_on_with_her_dossier(client: httpx.AsyncClient, database: None) -> None:
    here = await regions.current("dezhou")
    unit = await a_unit(here, "德州齐鲁生物科技有限公司")
    mine = await a_form(client, here)
    await mine.send("/register/person", name="周若溪", phone="19900007002", login_name="zhouruoxi", password=PASSWORD, password_again=PASSWORD,
                    talent_kind="technical", research_field="生物基材料", professional_title="高级工程师", highest_education="doctor",
                    highest_degree="doctor", unit=str(unit.id), agreed="yes")
    assert mine.at == "/me/dossier" and "注册成功" in mine.text
    await mine.open("/me/dossier/basic")
    assert 'value="生物基材料"' in mine.text and "德州齐鲁生物科技有限公司" in mine.text


@pytest.mark.req("GL-01")
async def test_a_region_has_words_of_its_own_for_what_everybody_is_asked(client: httpx.AsyncClient, database: None) -> None:
    here = await regions.current("guilin")
    mine = await a_form(client, here, "unit")
    assert "操作人" in mine.text and "登录账号" in mine.text and "用户名" not in mine.text and "联系人姓名" not in mine.text
    typed = {"unit_name": "桂林漓江制药有限公司", "unit_code": UNIT_CODE, "name": "", "phone": "19900007901", "login_name": "", "password": PASSWORD,
             "password_again": PASSWORD, "agreed": "yes"}
    await mine.send("/register/unit", **typed)
    assert "请填写操作人。" in mine.text and "请填写登录账号。" in mine.text
    await mine.send("/register/unit", **typed | {"name": "林岚", "login_name": "lijiang"})
    assert "登录账号是 lijiang" in " ".join(mine.text.replace("<b>", "").split())
    mine = await a_form(client, here, "unit")
    other = {"unit_name": "桂林象山制药有限公司", "unit_code": office.a_unit_code(), "name": "林岚", "phone": "19900007902", "login_name": "lijiang"}
    await mine.send("/register/unit", **typed | other)
    assert "这个登录账号已经注册过" in mine.text
    await mine.open("/console/login")
    assert "登录账号" in mine.text


@pytest.mark.req("BZ-15")
@pytest.mark.parametrize(("code", "word"), [("binzhou", "注销"), (builders.REGION, "退出登录")])
async def test_the_button_that_ends_a_session_has_the_regions_word(client: httpx.AsyncClient, database: None, code: str, word: str) -> None:
    here = await regions.current(code)
    mine = await phone(client, here, await builders.a_talent(region=code))
    await mine.open("/me")
    assert word in mine.text and {"注销": "退出登录", "退出登录": "注销"}[word] not in mine.text
