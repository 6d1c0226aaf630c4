"""What Shandong says about itself, held against its manual."""

import re
from pathlib import Path

import pytest

from config.errors import Invalid
from config.loading import read_profile
from config.profile import Profile
from config.vocabulary import Action, Effect, FieldType, Permission, Requirement
from services.cases.forms import clean
from services.regions import Region
from services.registration import asked
from tests.walks import UNIT, walked

REGIONS = Path(__file__).parents[2] / "config" / "regions"
PROVINCE = "山东省人力资源和社会保障厅"


@pytest.fixture(scope="module")
def shandong() -> Profile:
    return read_profile(REGIONS / "shandong")


@pytest.fixture(scope="module")
def region(shandong: Profile) -> Region:
    return Region(shandong.code, 1, shandong)


@pytest.mark.req("SD-01")
def test_a_talent_registers_under_a_unit_whose_leader_confirms_her(region: Region, shandong: Profile) -> None:
    form = asked(region, "person")
    assert form.way.name == "高层次人才注册"
    assert FieldType.UNIT in {field.type for field in form.fields}
    assert walked(shandong, "person_registration") == [UNIT]
    assert shandong.matters["person_registration"].effect is Effect.OPEN_ACCOUNT


@pytest.mark.req("SD-02")
def test_a_specialist_registers_down_to_the_second_level_unit(region: Region, shandong: Profile) -> None:
    form = asked(region, "reviewer")
    assert form.way.name == "用人单位服务专员注册"
    assert [field.label for field in form.fields if field.type is FieldType.UNIT or field.field == "second_unit"] == ["所在单位", "二级单位"]
    assert [field.field for field in form.way.asks] == [field.field for field in shandong.matters["reviewer_registration"].form]


@pytest.mark.req("SD-03")
def test_the_unit_leader_reviews_specialists(shandong: Profile) -> None:
    (review,) = shandong.matters["reviewer_registration"].route
    assert walked(shandong, "reviewer_registration") == [UNIT]
    assert review.handler[0].role == "unit_leader"
    assert {can.action for can in review.can} == {Action.COMPLETE, Action.RETURN, Action.REJECT}


@pytest.mark.req("SD-04")
@pytest.mark.parametrize(("bound", "by_the_unit"), [(False, 4), (True, 3)])
def test_a_talent_who_is_bound_to_nobody_is_bound_by_the_leader_first(shandong: Profile, bound: bool, by_the_unit: int) -> None:
    assert walked(shandong, "card", applicant={"bound": bound}) == [UNIT] * by_the_unit + [PROVINCE]
    bind = shandong.matters["card"].step("bind")
    assert bind.allows(Action.BIND) is not None
    assert bind.handler[-1].role == "unit_leader"


@pytest.mark.req("SD-05")
def test_a_specialist_completes_what_is_bound_to_her_and_sees_nothing_else(shandong: Profile) -> None:
    step = shandong.matters["card"].step("supplement")
    assert step.bound
    assert {can.action for can in step.can} == {Action.SUPPLEMENT, Action.APPROVE, Action.RETURN}
    assert step.allows(Action.APPROVE).button == "提交到单位负责人"
    assert shandong.roles["specialist"].can == {Permission.HANDLE_CASES}


@pytest.mark.req("SD-06")
def test_the_unit_leader_reviews_with_result_and_opinion(shandong: Profile) -> None:
    step = shandong.matters["card"].step("unit_review")
    assert step.handler[0].role == "unit_leader"
    assert {can.action: can.opinion for can in step.can} == {Action.APPROVE: "required", Action.RETURN: "required"}


@pytest.mark.req("SD-07")
def test_approved_ones_wait_for_the_stamped_list_and_then_go_to_the_province(shandong: Profile) -> None:
    *_, report, province = shandong.matters["card"].route
    assert (report.name, report.roster is not None) == ("惠才卡汇总提交", True)
    assert province.allows(Action.COMPLETE).choices == {"standard": "惠才卡"}
    assert shandong.matters["card"].effect is Effect.ISSUE_CARD


@pytest.mark.req("SD-10")
def test_a_specialist_reports_a_change_of_one_of_her_experts(shandong: Profile) -> None:
    change = shandong.matters["expert_change"]
    assert (change.who.kind, change.who.role, change.who.about, change.who.needs) == ("unit", "specialist", True, {Requirement.CARD})
    always = [field.label for field in change.form if field.required and not field.when]
    assert always == ["变动类型", "变动发生日期", "变动情况描述"]


@pytest.mark.req("SD-10")
@pytest.mark.parametrize(("kind", "wrong"), [("transfer", {"new_unit_name", "new_unit_code"}), ("leaving", set()), ("death", set()),
                                             ("lost_standing", set())])
def test_only_a_transfer_asks_for_the_new_unit(shandong: Profile, kind: str, wrong: set[str]) -> None:
    given = {"change_type": kind, "happened_on": "2026-11-02", "description": "情况属实。"}
    try:
        clean(shandong, shandong.matters["expert_change"].form, given)
    except Invalid as refused:
        assert set(refused.fields) == wrong
    else:
        assert wrong == set()


@pytest.mark.req("SD-11")
def test_the_leader_passes_a_change_or_refuses_it_with_a_reason(shandong: Profile) -> None:
    step = shandong.matters["expert_change"].step("unit_review")
    assert [(can.button, can.opinion) for can in step.can] == [("通过", "optional"), ("不通过", "required")]


@pytest.mark.req("SD-12")
def test_changes_are_deleted_or_sent_on_together_with_a_contact_to_the_province(shandong: Profile) -> None:
    report = shandong.matters["expert_change"].step("report")
    assert report.roster is not None
    assert (report.roster.title, report.roster.contact) == ("专家变动一览表", True)
    assert [can.button for can in report.can] == ["删除"]
    assert walked(shandong, "expert_change") == [UNIT, UNIT, PROVINCE]


def test_an_accepted_change_has_its_effect_and_of_each_kind_that_it_knows(shandong: Profile) -> None:
    change = shandong.matters["expert_change"]
    assert change.effect is Effect.CHANGE_EXPERT
    assert set(change.form[0].options) == {"transfer", "leaving", "death", "lost_standing"}


def test_a_unit_is_admitted_by_the_bureau_of_its_city(shandong: Profile) -> None:
    for city in shandong.districts:
        assert walked(shandong, "unit_admission", dossier={"basic": {"district": city.code}}) == [f"{city.name}人力资源和社会保障局"]


def test_telephone_numbers_are_invented(shandong: Profile) -> None:
    phones = [shandong.help_phone, *(organisation.phone for organisation in shandong.content.organisations)]
    assert [phone for phone in phones if not re.fullmatch(r"0531-5550\d{4}", phone)] == []
    assert len(set(phones)) == len(phones)
