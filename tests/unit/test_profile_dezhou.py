"""What Dezhou says about itself, held against its manual."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from config.errors import Invalid
from config.forms import Section
from config.loading import read_profile
from config.profile import Profile
from config.vocabulary import Action, Effect, OrganisationKind
from models.account import AccountKind
from models.case import Case, CaseState
from services.actors import Actor, Grant
from services.cases.forms import clean_row
from services.cases.transitions import possible
from services.dossiers import missing
from services.regions import Region
from services.registration import asked
from tests.walks import UNIT, walked

REGIONS = Path(__file__).parents[2] / "config" / "regions"
NUMBER = "110105199003078019"  # invented, with a valid check digit: a man born on 7 March 1990

NINETEEN = ("基本情况，政治面貌情况，专业技术职务情况，教育经历情况，工作经历情况，主要学术和社会兼职情况，参加政治会议情况，研究方向情况，"
            "主要荣誉称号情况，论文论著情况，专利情况，科技成果获奖情况，承担项目（课题）情况，享受人才工程资助情况，其他奖励情况，个人业绩情况，创办企业情况，家庭成员情况，境外居住权情况")
REQUIRED = {
    "basic": "姓名，性别，近期免冠正面彩色数码照片，出生日期，籍贯，国籍，民族，证件类型，证件号码，证件扫描件，政治面貌，专业技术职务，最高学历，"
             "最高学位，出生地，引进方式，工作单位，单位职务，与现工作单位签订的服务期限，主要承担的工作内容，移动电话，办公电话，电子邮箱，通讯地址",
    "education": "学校，学位，学历，专业，起始时间，结束时间，证明材料",
    "work": "起始时间，结束时间，职务，工作单位，证明材料",
}


@pytest.fixture(scope="module")
def dezhou() -> Profile:
    return read_profile(REGIONS / "dezhou")


@pytest.fixture(scope="module")
def region(dezhou: Profile) -> Region:
    return Region(dezhou.code, 1, dezhou)


def section(profile: Profile, code: str) -> Section:
    return next(one for one in profile.person_sections if one.section == code)


@pytest.mark.req("DZ-01")
def test_registering_asks_for_what_the_manual_lists_and_opens_the_account_at_once(region: Region, dezhou: Profile) -> None:
    form = asked(region, "person")
    labels = [field.label for field in form.fields if field.required]
    assert {"用户名", "密码", "确认密码", "姓名", "人才类型", "研究方向", "专业技术职务", "最高学历", "最高学位"} < set(labels)
    assert "身份证号码" not in labels
    assert form.way.matter is None
    assert dezhou.terms is not None


def test_what_registering_asks_for_stands_in_the_first_section_under_the_same_name(dezhou: Profile) -> None:
    basic = {field.field: field for field in dezhou.person_sections[0].fields}
    assert [field.field for field in dezhou.registration["person"].asks if basic[field.field].type is not field.type] == []


@pytest.mark.req("DZ-02")
def test_one_logs_in_by_password_and_always_with_a_captcha(dezhou: Profile) -> None:
    assert dezhou.login.methods == ("password",)
    assert dezhou.login.captcha_after_failures.value == 0


@pytest.mark.req("DZ-03")
def test_the_dossier_has_the_nineteen_sections_in_their_order_and_all_go_along(dezhou: Profile) -> None:
    assert [one.name for one in dezhou.person_sections] == NINETEEN.split("，")
    assert dezhou.matters["talent_pool"].sections == tuple(one.section for one in dezhou.person_sections)


@pytest.mark.req("DZ-04")
@pytest.mark.parametrize("code", REQUIRED)
def test_what_must_be_filled_in_is_exactly_what_the_manual_says(dezhou: Profile, code: str) -> None:
    labels = [field.label for field in section(dezhou, code).fields if field.required]
    assert list(dict.fromkeys(labels)) == REQUIRED[code].split("，")
    assert section(dezhou, code).required


@pytest.mark.req("DZ-04")
def test_an_empty_dossier_lacks_its_three_required_sections_and_nothing_else(dezhou: Profile) -> None:
    assert [gap.section_name for gap in missing(dezhou.person_sections, {})] == ["基本情况", "教育经历情况", "工作经历情况"]


@pytest.mark.req("DZ-04")
@pytest.mark.parametrize(("given", "wrong"), [
    ({"id_type": "identity_card", "id_number": NUMBER, "sex": "male", "born_on": "1990-03-07"}, set()),
    ({"id_type": "identity_card", "id_number": NUMBER, "sex": "female", "born_on": "1991-03-07"}, {"sex", "born_on"}),
    ({"id_type": "identity_card", "id_number": NUMBER[:-1] + "0"}, {"id_number"}),
    ({"id_type": "passport", "other_number": "E12345678", "sex": "female"}, set()),
])
def test_an_identity_card_is_checked_by_its_number_and_a_passport_is_not(dezhou: Profile, given: dict[str, Any], wrong: set[str]) -> None:
    try:
        clean_row(dezhou, section(dezhou, "basic").fields, given, whole=False)
    except Invalid as refused:
        assert set(refused.fields) == wrong
    else:
        assert wrong == set()


@pytest.mark.req("DZ-04")
@pytest.mark.parametrize(("kind", "number"), [("identity_card", "id_number"), ("passport", "other_number")])
def test_only_the_number_of_the_chosen_certificate_is_missed(dezhou: Profile, kind: str, number: str) -> None:
    lacking = [gap.field for gap in missing([section(dezhou, "basic")], {"basic": [{"id_type": kind}]}) if gap.field.endswith("number")]
    assert lacking == [number]


@pytest.mark.req("DZ-06")
def test_a_countys_unit_goes_by_its_bureau_and_talent_office_to_the_city(dezhou: Profile) -> None:
    for district in dezhou.districts:
        unit = {"basic": {"belongs_to": "county", "district": district.code}}
        assert walked(dezhou, "talent_pool", unit=unit) == [
            UNIT, f"{district.name}人力资源和社会保障局", f"{district.name}人才办", "德州市人才综合服务中心", "德州市人才办"]


@pytest.mark.req("DZ-06")
def test_a_citys_unit_goes_straight_to_the_city(dezhou: Profile) -> None:
    unit = {"basic": {"belongs_to": "city", "district": "decheng"}}
    assert walked(dezhou, "talent_pool", unit=unit) == [UNIT, "德州市人才综合服务中心", "德州市人才办"]


@pytest.mark.req("DZ-06")
def test_the_citys_talent_office_classifies_as_it_completes_and_nobody_else_does(dezhou: Profile) -> None:
    pool = dezhou.matters["talent_pool"]
    *earlier, last = pool.route
    complete = last.allows(Action.COMPLETE)
    assert complete is not None
    assert complete.choices == {level.code: level.name for level in dezhou.card.levels}
    assert [can.action for step in earlier for can in step.can if can.choices or can.action is Action.COMPLETE] == []
    assert pool.effect is Effect.ADMIT_DOSSIER


@pytest.mark.req("DZ-07")
def test_every_step_may_return_to_the_person_who_begins_at_her_unit_again(dezhou: Profile) -> None:
    pool = dezhou.matters["talent_pool"]
    returns = [step.allows(Action.RETURN) for step in pool.route]
    assert [(can.to, can.opinion) for can in returns if can] == [(None, "required")] * len(pool.route)
    assert pool.resubmit == "first_step"


def a_case(applicant: UUID, office: UUID, step: str, state: CaseState) -> Case:
    role = "unit_operator" if step == "unit_review" else "county_clerk"
    now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    return Case(region="dezhou", id=uuid4(), matter="talent_pool", number="RC26112300001", subject="高层次人才库申报", applicant_id=applicant,
                state=state, step=step, handler_org=office, handler_role=role, step_at=now, profile_version=1, data={},
                created_at=now, updated_at=now)


@pytest.mark.req("DZ-08")
@pytest.mark.parametrize(("step", "state", "may"), [
    ("unit_review", CaseState.HANDLING, {Action.RESUBMIT, Action.WITHDRAW}),
    ("county_review", CaseState.HANDLING, set()),
    ("county_review", CaseState.RETURNED, {Action.RESUBMIT, Action.WITHDRAW}),
])
def test_the_person_may_change_it_until_the_unit_has_reviewed_it_and_then_when_it_is_returned(region: Region, step: str, state: CaseState,
                                                                                               may: set[Action]) -> None:
    me, office = uuid4(), uuid4()
    case = a_case(me, office, step, state)
    person = Actor("dezhou", me, "林知远", AccountKind.TALENT)
    assert {row.action for row, _ in possible(region, person, case)} == may
    clerk = Actor("dezhou", uuid4(), "赵经办", AccountKind.STAFF, (Grant(office, "", case.handler_role),))
    assert (Action.APPROVE in {row.action for row, _ in possible(region, clerk, case)}) is (state is CaseState.HANDLING)


@pytest.mark.parametrize(("belongs_to", "office"), [("county", "乐陵市人力资源和社会保障局"), ("city", "德州市人才综合服务中心")])
def test_a_unit_is_admitted_by_the_office_that_reviews_its_people(dezhou: Profile, belongs_to: str, office: str) -> None:
    assert walked(dezhou, "unit_admission", dossier={"basic": {"belongs_to": belongs_to, "district": "laoling"}}) == [office]


def test_a_forgotten_password_is_set_anew_by_mail_to_an_address_that_registering_asks_for(dezhou: Profile) -> None:
    assert dezhou.login.reset_by_mail
    assert "email" in {field.field for field in dezhou.registration["person"].asks}


def test_every_county_has_its_bureau_and_its_talent_office_and_the_city_has_one_without_a_county(dezhou: Profile) -> None:
    offices = [(o.kind, o.district) for o in dezhou.content.organisations]
    for kind in (OrganisationKind.DISTRICT_BUREAU, OrganisationKind.TALENT_OFFICE):
        assert sorted(district for found, district in offices if found is kind and district) == sorted(d.code for d in dezhou.districts)
    assert offices.count((OrganisationKind.TALENT_OFFICE, None)) == 1


def test_telephone_numbers_are_the_manuals_or_invented(dezhou: Profile) -> None:
    phones = [organisation.phone for organisation in dezhou.content.organisations]
    assert [phone for phone in phones if not re.fullmatch(r"0534-5550\d{3}", phone)] == []
    assert len(set(phones)) == len(phones)
    assert dezhou.help_phone == "0531-55575449"
