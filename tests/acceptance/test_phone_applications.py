"""申报 on the phone: what is lacking, who will review it and why, the summary, the submission, and what happens to it afterwards."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from config import clock
from config.vocabulary import Action
from models.account import Account
from models.case import Case, CaseState
from models.database import execute
from models.dossier import Content
from models.organisation import Organisation
from services import dossiers, files, regions
from services.dossiers import Owner
from services.files import Subject
from services.regions import Region
from tests import builders, office
from tests.acceptance.phone import Phone, id_in, phone
from tests.acceptance.test_desk_review import on_paper
from tests.acceptance.test_phone_dossier import BASIC, FULL, honour
from tests.foreign_files import a_picture

CHOSEN = {"city_direct": False}


def whole(region: Region, **basic: Any) -> Content:
    """A dossier that lacks nothing in the region of the card."""
    own = {**BASIC, **CHOSEN, "district": region.profile.districts[0].code, **basic}
    return {"basic": [own], "honours": [{**honour(), "main": True}]}


async def put(who: Account, content: Content, *, admitted: bool = False) -> None:
    """The person's draft, as if she had saved it row by row; ``admitted``: and the version in force."""
    region, now = await regions.current(who.region), clock.now()
    dossier = await dossiers.of(region, Owner("talent", account_id=who.id), now)
    sealed = dossier.put_draft(content).draft_sealed
    await execute("UPDATE dossier SET draft_sealed = $3, version = version + 1 WHERE region = $1 AND id = $2", who.region, dossier.id, sealed)
    if admitted:
        await dossiers.admit(region, dossier.id, await dossiers.freeze(region, dossier, "talent", now), now)


async def a_phone(client: httpx.AsyncClient, region: Region, content: Content | None = None, *, admitted: bool = False,
                  unit: Organisation | None = None, path: str = "/apply") -> tuple[Phone, Account]:
    who = await builders.a_talent(name="陆星河", region=region.code)
    if unit is not None:
        await execute("UPDATE account SET unit_id = $3 WHERE region = $1 AND id = $2", region.code, who.id, unit.id)
    if content is not None:
        await put(who, content, admitted=admitted)
    mine = await phone(client, region, who)
    await mine.open(path)
    return mine, who


async def the_case(mine: Phone) -> Case:
    return await Case.find(mine.region, id_in(mine.at))


async def submitted(mine: Phone, matter: str, **form: str | list[str]) -> Case:
    await mine.open(f"/apply/{matter}")
    await mine.send(f"/apply/{matter}", act="check", **form)
    await mine.send(f"/apply/{matter}/submit")
    assert "申请已提交" in mine.text, mine.text
    return await the_case(mine)


@pytest.fixture
async def unit(region: Region) -> Organisation:
    return await builders.a_unit(region, "海滨生物科技有限公司", district=region.profile.districts[0].code)


@pytest.mark.req("WH-20")
async def test_what_is_missing_is_listed_before_anything_can_be_submitted(client: httpx.AsyncClient, region: Region, unit: Organisation) -> None:
    mine, _ = await a_phone(client, region, {"basic": [dict(BASIC)]}, path="/apply/talent_pool")
    assert "缺 2 处" in mine.text and f"/{region.code}/me/dossier/basic#field-district" in mine.text
    assert 'value="check" tabindex' not in mine.text and "下一步：核对" not in mine.text
    await mine.send("/apply/talent_pool", act="save", unit=str(unit.id))
    assert "已保存，可以下次接着填" in mine.text and unit.name in mine.text


@pytest.mark.req("WH-23")
async def test_the_reviewing_unit_is_sought_by_name_and_one_that_is_not_admitted_is_refused(client: httpx.AsyncClient, region: Region,
                                                                                            unit: Organisation) -> None:
    waiting = await builders.a_unit(region, "海滨水产有限公司", provisional=True)
    mine, _ = await a_phone(client, region, whole(region), path="/apply/talent_pool")
    await mine.send("/apply/talent_pool", **{"act": "look", "find.unit": "海滨"})
    assert unit.name in mine.text and waiting.name not in mine.text
    answer = await mine.send("/apply/talent_pool", act="check", unit=str(waiting.id))
    assert answer.status_code == 400 and "还没有审核" in mine.text
    assert not await Case.of(region.code).exists()


@pytest.mark.req("WH-25")
@pytest.mark.req("WH-21")
async def test_the_summary_shows_every_organisation_ahead_and_why(client: httpx.AsyncClient, region: Region, unit: Organisation) -> None:
    mine, _ = await a_phone(client, region, whole(region), path="/apply/talent_pool")
    await mine.send("/apply/talent_pool", act="check", unit=str(unit.id))
    district = region.profile.districts[0]
    bureau = await Organisation.of(region.code, kind="district_bureau", district=district.code).first()
    assert bureau is not None and unit.name in mine.text and bureau.name in mine.text and f"单位所在地为{district.name}" in mine.text
    assert FULL in mine.text and "陆星河" in mine.text


@pytest.mark.req("WH-23")
async def test_two_clicks_on_submit_make_one_case(client: httpx.AsyncClient, region: Region, unit: Organisation) -> None:
    mine, who = await a_phone(client, region, whole(region), path="/apply/talent_pool")
    await mine.send("/apply/talent_pool", act="check", unit=str(unit.id))
    first, second = await mine.post("/submit"), await replace(mine).post("/submit")
    assert first.status_code == second.status_code == 303 and first.headers["location"] == second.headers["location"]
    assert await Case.of(region.code, applicant_id=who.id).count() == 1
    await mine.open("/apply/talent_pool")
    assert "您已经提交过，正在办理" in mine.text


@pytest.mark.req("WH-27")
async def test_a_return_marks_the_row_leads_to_it_and_the_answer_goes_to_the_unit_again(client: httpx.AsyncClient, region: Region,
                                                                                        unit: Organisation) -> None:
    mine, _ = await a_phone(client, region, whole(region), path="/apply/talent_pool")
    case = await submitted(mine, "talent_pool", unit=str(unit.id))
    assert "一并提交的人才信息" in mine.text and FULL in mine.text
    await builders.acted(case, Action.RETURN, "请核对授予时间", marks={"honours.1.granted": "与证书不一致"})
    await mine.open(f"/cases/{case.id}")
    assert "与证书不一致" in mine.text and "请核对授予时间" in mine.text and f"/cases/{case.id}/answer" in mine.text
    await mine.open("/apply/talent_pool")
    assert "已退回，等您修改" in mine.text and f"/cases/{case.id}/answer" in mine.text
    await mine.open(f"/cases/{case.id}/answer")
    assert f"/{region.code}/me/dossier/honours/1?case={case.id}#field-granted" in mine.text
    await mine.open("/me/dossier/honours/1", case=str(case.id))
    assert "修改意见：与证书不一致" in mine.text
    await mine.send("/honours/1", **honour(granted="2022-12"))
    assert mine.at == f"/cases/{case.id}/answer" and "已修改" in mine.text
    await mine.send("/answer", unit=str(unit.id))
    after = await the_case(mine)
    assert "已重新提交" in mine.text and (after.state, after.handler_org, after.dossier_number) == (CaseState.HANDLING, unit.id, 2)
    assert "2022-12" in mine.text and "与证书不一致" not in mine.text


async def test_a_mark_follows_its_row_when_another_row_was_taken_out(client: httpx.AsyncClient, region: Region, unit: Organisation) -> None:
    content = whole(region)
    content["honours"] = [{**honour(title="泰山学者特聘专家"), "main": False}, *content["honours"]]
    mine, _ = await a_phone(client, region, content, path="/apply/talent_pool")
    case = await submitted(mine, "talent_pool", unit=str(unit.id))
    await builders.acted(case, Action.RETURN, "请核对", marks={"honours.2.granted": "与证书不一致"})
    await mine.open("/me/dossier/honours")
    await mine.send("/honours/1/remove")
    await mine.open(f"/cases/{case.id}/answer")
    assert f"/me/dossier/honours/1?case={case.id}#field-granted" in mine.text


@pytest.mark.req("WH-30")
async def test_without_an_admitted_dossier_no_card_is_applied_for_and_the_page_leads_to_what_is_needed(client: httpx.AsyncClient,
                                                                                                      region: Region) -> None:
    mine, _ = await a_phone(client, region, whole(region), path="/apply/card")
    assert "您的人才信息还没有入库" in mine.text and f'href="/{region.code}/apply/talent_pool"' in mine.text
    assert (await client.post(f"/{region.code}/apply/card/sync", data={"seen": "0"})).status_code == 403


@pytest.mark.req("WH-30")
async def test_synchronising_copies_the_admitted_version_and_shows_what_changed_since(client: httpx.AsyncClient, region: Region) -> None:
    mine, who = await a_phone(client, region, whole(region), admitted=True, path="/apply/card")
    assert "下一步：核对" not in mine.text
    await mine.send("/apply/card/sync")
    assert "数据已同步" in mine.text and "第 1 版，与入库版本一致" in mine.text
    await put(who, whole(region, post="首席科学家"), admitted=True)
    await mine.open("/apply/card")
    assert "新的入库版本（第 2 版）" in mine.text and "首席科学家" in mine.text and "下一步：核对" not in mine.text
    await mine.send("/apply/card/sync")
    await mine.send("/apply/card", act="check")
    assert "首席科学家" in mine.text
    await mine.send("/apply/card/submit")
    assert (await the_case(mine)).dossier_number == 2


@pytest.mark.req("WH-37")
async def test_the_progress_of_the_card_stands_on_my_page_in_three_colours(client: httpx.AsyncClient, region: Region) -> None:
    mine, _ = await a_phone(client, region, whole(region), admitted=True, path="/apply/card")
    await mine.send("/apply/card/sync")
    case = await submitted(mine, "card")
    case = await builders.acted(case, Action.APPROVE)
    await mine.open("/me")
    assert "审核进度" in mine.text and case.number in mine.text
    for tone in ("done", "underway", "todo"):
        assert f"route__step--{tone}" in mine.text
    await mine.open(f"/cases/{case.id}")
    assert "route__step--done" in mine.text and "材料齐全" in mine.text and "何审核" not in mine.text


async def test_an_application_is_withdrawn_and_the_dossier_stays(client: httpx.AsyncClient, region: Region, unit: Organisation) -> None:
    mine, _ = await a_phone(client, region, whole(region))
    case = await submitted(mine, "talent_pool", unit=str(unit.id))
    await mine.send("/withdraw", reason="信息要补充")
    assert "申请已撤回" in mine.text and (await Case.find(region.code, case.id)).state is CaseState.WITHDRAWN
    assert "重新申报" in mine.text and f'href="/{region.code}/apply"' in mine.text
    await mine.open("/me/dossier")
    assert "已填写完整" in mine.text


@pytest.mark.req("T01")
async def test_anothers_application_is_not_found_nor_answered(client: httpx.AsyncClient, region: Region, unit: Organisation) -> None:
    mine, _ = await a_phone(client, region, whole(region))
    case = await submitted(mine, "talent_pool", unit=str(unit.id))
    await builders.acted(case, Action.RETURN, "请核对")
    await mine.open(f"/cases/{case.id}/answer")
    other, _ = await a_phone(client, region, whole(region))
    assert (await other.open(f"/cases/{case.id}/answer")).status_code == 404
    assert (await other.open("/me/dossier/basic", case=str(case.id))).status_code == 404


async def test_a_matter_of_units_is_not_for_persons(client: httpx.AsyncClient, region: Region) -> None:
    mine, _ = await a_phone(client, region)
    assert (await mine.open("/apply/unit_admission")).status_code == 403 and (await mine.open("/apply/nothing")).status_code == 404


# The region without cards: the unit by default, changes until somebody has reviewed it


def filled(region: Region, matter: str) -> Content:
    """Every required field of the sections that must be filled in, with something that passes."""
    wanted = [one for one in region.profile.person_sections if one.required and one.section in region.matter(matter).sections]
    return {one.section: [{field.field: _something(field) for field in one.fields if field.required and not field.when}] for one in wanted}


def _something(field: Any) -> Any:
    match field.type:
        case "choice":
            return next(iter(field.options))
        case "photo" | "files":
            return ["01970000-0000-7000-8000-000000000001"]
        case "phone":
            return "19900007001"
        case "month" | "date":
            return "2020-01" if field.type == "month" else "1990-03-07"
        case "yes_no":
            return True
        case _:
            return "内容"


async def a_dossier_with_a_unit(client: httpx.AsyncClient, code: str, matter: str, **data: str) -> tuple[Phone, Account, Organisation]:
    here = await regions.current(code)
    unit = await builders.a_unit(here, "齐鲁生物科技有限公司", district=here.profile.districts[0].code, **data)
    content = filled(here, matter)
    content["basic"][0] |= {"unit": str(unit.id), "id_type": "passport", "other_number": "E12345678"}
    mine, who = await a_phone(client, here, content, unit=unit, path=f"/apply/{matter}")
    return mine, who, unit


@pytest.mark.req("DZ-05")
@pytest.mark.req("DZ-09")
async def test_the_unit_is_shown_by_default_and_the_progress_at_any_time(client: httpx.AsyncClient, database: None) -> None:
    mine, _, unit = await a_dossier_with_a_unit(client, "dezhou", "talent_pool", belongs_to="county")
    assert unit.name in mine.text and "您所在的单位" in mine.text
    case = await submitted(mine, "talent_pool")
    assert case.handler_org == unit.id
    await builders.acted(case, Action.APPROVE)
    await mine.open("/me")
    assert "审核进度" in mine.text and "route__step--done" in mine.text and "县（市、区）人社局审核" in mine.text


@pytest.mark.req("DZ-08")
async def test_until_the_unit_has_reviewed_it_the_person_changes_and_submits_again(client: httpx.AsyncClient, database: None) -> None:
    mine, _, _ = await a_dossier_with_a_unit(client, "dezhou", "talent_pool", belongs_to="county")
    case = await submitted(mine, "talent_pool")
    assert f"/cases/{case.id}/answer" in mine.text
    await mine.open(f"/cases/{case.id}/answer")
    assert "审核机构还没有办理，您可以修改后重新提交" in mine.text
    await mine.send("/answer")
    case = await the_case(mine)
    assert case.dossier_number == 2
    await builders.acted(case, Action.APPROVE)
    await mine.open(f"/cases/{case.id}/answer")
    assert mine.at == f"/cases/{case.id}" and "修改申请" not in mine.text


@pytest.mark.req("DZ-07")
async def test_a_later_step_returns_to_the_person_who_submits_to_the_unit_again(client: httpx.AsyncClient, database: None) -> None:
    mine, _, unit = await a_dossier_with_a_unit(client, "dezhou", "talent_pool", belongs_to="county")
    case = await builders.acted(await submitted(mine, "talent_pool"), Action.APPROVE)
    case = await builders.acted(case, Action.RETURN, "请补充工作证明", marks={"work.1.evidence": "看不清"})
    await mine.open(f"/cases/{case.id}/answer")
    assert "看不清" in mine.text and "请补充工作证明" in mine.text
    await mine.send("/answer")
    assert (await the_case(mine)).handler_org == unit.id


# Recognition: its own form with evidence, online or on paper


RECOGNITION: dict[str, str | list[str]] = {
    "applied_class": "c", "industry": "生物医药", "basis": "国家自然科学基金面上项目主持人",
    "achievements": "主持国家级项目两项，发表论文二十余篇，成果转化三项。"}


@pytest.mark.req("GL-10")
@pytest.mark.req("GL-11")
async def test_recognition_is_filled_in_saved_given_evidence_and_submitted(client: httpx.AsyncClient, database: None) -> None:
    mine, who, _ = await a_dossier_with_a_unit(client, "guilin", "recognition")
    await mine.send("/apply/recognition", act="save", **RECOGNITION)
    assert "已保存" in mine.text and "生物医药" in mine.text
    for field in ("identity_evidence", "education_evidence"):
        await mine.upload("/apply/recognition/files", field, f"{field}.jpg", a_picture(), **RECOGNITION)
        assert f"{field}.jpg" in mine.text and "生物医药" in mine.text
    answer = await mine.send("/apply/recognition", act="check", **RECOGNITION)
    assert answer.status_code == 400 and 'href="#field-work_evidence"' in mine.text and "线下提交" in mine.text
    paper: dict[str, str | list[str]] = {"work_evidence": "offline", "achievement_evidence": "offline"}
    await mine.send("/apply/recognition", act="check", **RECOGNITION, **paper)
    assert "线下提交纸质材料" in mine.text
    await mine.send("/submit")
    case = await the_case(mine)
    assert case.applicant_id == who.id and case.data["work_evidence"] == {"offline": True} and len(case.data["identity_evidence"]) == 1
    there = await files.of_subject(case.region, Subject.CASE, case.id)
    assert {str(one.id) for one in there} == {*case.data["identity_evidence"], *case.data["education_evidence"]}
    assert (await client.get(f"/{case.region}/files/{case.data['identity_evidence'][0]}/pages/1")).status_code == 200


@pytest.mark.req("GL-13")
async def test_an_application_that_is_over_leads_to_what_it_opened(client: httpx.AsyncClient, database: None) -> None:
    here = await regions.current("guilin")
    _, operator, case = await on_paper(here, nothing=True)
    await office.act(here, operator, case, Action.APPROVE)
    clerk = await office.a_clerk(here, await office.office(here, code="talent_centre"), "city_staff")
    mine = await phone(client, here, await Account.find(here.code, case.applicant_id))
    await mine.open(f"/cases/{case.id}")
    assert "查看认定结果" not in mine.text
    await office.act(here, clerk, case, Action.COMPLETE, choice="c")
    await mine.open(f"/cases/{case.id}")
    assert "查看认定结果" in mine.text and f'href="/{here.code}/me/card"' in mine.text
