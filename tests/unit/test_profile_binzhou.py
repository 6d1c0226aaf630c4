"""What Binzhou says about itself, held against its manual."""

import re
from pathlib import Path
from typing import Any

import pytest

from config.loading import read_profile
from config.profile import Profile
from config.vocabulary import Action, Effect, FieldType, OrganisationKind, Requirement
from services.dossiers import missing
from services.regions import Region
from services.registration import asked
from tests.walks import UNIT, walked

REGIONS = Path(__file__).parents[2] / "config" / "regions"
CITY = "滨州市人力资源和社会保障局"


@pytest.fixture(scope="module")
def binzhou() -> Profile:
    return read_profile(REGIONS / "binzhou")


@pytest.fixture(scope="module")
def region(binzhou: Profile) -> Region:
    return Region(binzhou.code, 1, binzhou)


@pytest.mark.req("BZ-01")
def test_a_unit_agrees_to_the_terms_and_fills_in_what_the_manual_lists(region: Region, binzhou: Profile) -> None:
    assert binzhou.terms is not None
    assert binzhou.terms.title == "用户须知"
    labels = [field.label for field in asked(region, "unit").fields if field.required]
    assert {"单位名称", "所属机构", "用户名", "密码", "联系人姓名", "身份证号码", "手机号码"} <= set(labels)


def test_units_and_persons_alike_give_an_id_number_and_a_phone_number(region: Region) -> None:
    for kind in ("unit", "person"):
        assert {"id_number", "phone"} <= {field.field for field in asked(region, kind).fields}


@pytest.mark.req("BZ-03")
def test_a_unit_uploads_its_materials_before_it_is_submitted(binzhou: Profile) -> None:
    assert not binzhou.registration["unit"].at_once
    (materials,) = [one for one in binzhou.unit_sections if one.section == "materials"]
    assert {field.type for field in materials.fields} == {FieldType.FILES}
    assert "materials" in binzhou.matters["unit_admission"].sections
    assert [gap.section_name for gap in missing([materials], {})] == ["单位材料"]
    there: dict[str, Any] = {field.field: ["00000000-0000-0000-0000-000000000001"] for field in materials.fields[1:]}
    assert [gap.sentence for gap in missing([materials], {"materials": [there]})] == ["请上传营业执照或法人证书。"]


@pytest.mark.req("BZ-03")
def test_a_unit_goes_to_the_bureau_that_it_chose_when_it_registered(binzhou: Profile) -> None:
    (parent,) = binzhou.registration["unit"].asks
    (basic, *_) = binzhou.unit_sections
    assert basic.field(parent.field) is not None, "what registration asked for stands in the first section"
    assert parent.kinds == (OrganisationKind.DISTRICT_BUREAU,)
    assert walked(binzhou, "unit_admission", dossier={"basic": {"parent": "zouping_hrss"}}) == ["邹平市人力资源和社会保障局"]


@pytest.mark.req("BZ-04")
def test_a_unit_that_was_returned_edits_and_submits_again(binzhou: Profile) -> None:
    admission = binzhou.matters["unit_admission"]
    assert [can.button for can in admission.route[0].can] == ["审核通过", "退回修改"]
    assert (admission.resubmit, admission.effect) == ("first_step", Effect.ADMIT_UNIT)


@pytest.mark.req("BZ-05")
def test_one_logs_in_by_password_or_by_a_code(binzhou: Profile) -> None:
    assert [set(binzhou.login.methods_of(kind)) for kind in ("unit", "talent")] == [{"password", "sms_code"}] * 2


@pytest.mark.req("BZ-07")
def test_a_person_registers_under_a_unit_which_reviews_her(region: Region, binzhou: Profile) -> None:
    assert FieldType.UNIT in {field.type for field in asked(region, "person").fields}
    assert walked(binzhou, "person_registration") == [UNIT]
    registration = binzhou.matters["person_registration"]
    assert [can.button for can in registration.route[0].can] == ["审核通过", "退回修改"]
    assert (registration.resubmit, registration.effect) == ("first_step", Effect.OPEN_ACCOUNT)


@pytest.mark.req("BZ-10")
def test_the_chain_of_the_manual_from_the_unit_to_the_citys_leader(binzhou: Profile) -> None:
    card = binzhou.matters["card"]
    assert card.who.needs == {Requirement.APPROVED_ACCOUNT, Requirement.ADMITTED_UNIT}
    assert [step.name for step in card.route] == [
        "单位负责人审核", "上传汇总表", "县区服务专员审核", "县区负责人审核", "市服务专员审核", "市负责人审核"]
    assert [binzhou.roles[step.handler[-1].role].name for step in card.route[2:]] == ["服务专员", "负责人"] * 2
    for county in binzhou.districts:
        bureau = f"{county.name}人力资源和社会保障局"
        assert walked(binzhou, "card", unit={"basic": {"parent": f"{county.code}_hrss"}}) == [UNIT, UNIT, bureau, bureau, CITY, CITY]
    assert card.effect is Effect.ISSUE_CARD


@pytest.mark.req("BZ-10")
def test_every_step_may_return_to_the_person_who_begins_at_her_unit_again(binzhou: Profile) -> None:
    card = binzhou.matters["card"]
    returns = [step.allows(Action.RETURN) for step in card.route]
    assert [(can.to, can.opinion) for can in returns if can] == [(None, "required")] * len(card.route)
    assert card.resubmit == "first_step"


@pytest.mark.req("BZ-11")
def test_an_application_names_its_specialist_and_brings_its_materials(binzhou: Profile) -> None:
    card = binzhou.matters["card"]
    assert [(field.label, field.required) for field in card.form] == [("服务专员姓名", True), ("服务专员联系方式", True)]
    assert "materials" in card.sections
    assert [can.button for can in card.step("unit").can] == ["审核通过", "退回修改"]


@pytest.mark.req("BZ-12")
def test_the_list_has_the_manuals_title_and_stands_before_the_bureaus_review(binzhou: Profile) -> None:
    _, report, bureau, *_ = binzhou.matters["card"].route
    assert report.roster is not None
    assert report.roster.title == "“渤海英才服务卡”申领人员汇总表"
    assert [can.action for can in report.can] == [Action.RETURN]
    assert bureau.step == "county_specialist"


def test_telephone_numbers_are_invented(binzhou: Profile) -> None:
    phones = [binzhou.help_phone, *(organisation.phone for organisation in binzhou.content.organisations)]
    assert [phone for phone in phones if not re.fullmatch(r"0543-5550\d{3}", phone)] == []
    assert len(set(phones)) == len(phones)
