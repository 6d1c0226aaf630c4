"""What Weihai says about itself, held against its manual."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from config.errors import Invalid
from config.forms import Section
from config.loading import read_profile
from config.profile import Profile
from config.vocabulary import Action, Effect, FieldType, OrganisationKind, Permission, Requirement
from services.cases.forms import clean_row
from services.dossiers import facts_of, missing
from services.regions import Region
from services.registration import asked
from tests.walks import UNIT, walked

REGIONS = Path(__file__).parents[2] / "config" / "regions"
CITY, AGRICULTURE, WENDENG = "威海市人力资源和社会保障局", "威海市农业农村局", "文登区人力资源和社会保障局"
#: The names under which the two schools may be registered (WH-11).
SCHOOLS = ("哈尔滨工业大学（威海）", "哈尔滨工业大学", "山东大学（威海）", "山东大学")
NUMBER = "110105199003078019"  # invented, with a valid check digit: a man born on 7 March 1990


@pytest.fixture(scope="module")
def weihai() -> Profile:
    return read_profile(REGIONS / "weihai")


def test_what_the_shipped_files_call_by_telephone_is_reserved_or_from_the_manual(weihai: Profile) -> None:
    phones = [o.phone for o in weihai.content.organisations] + [v.phone for v in weihai.content.venues]
    assert [phone for phone in phones if not re.fullmatch(r"0631-5550\d{3}", phone)] == []
    assert weihai.help_phone == "0531-55575449"
    assert len(set(phones)) == len(phones)


@pytest.mark.req("WH-25")
def test_the_manuals_examples_of_supervising_organisations_are_in_the_tree(weihai: Profile) -> None:
    in_charge = {title: organisation.name for organisation in weihai.content.organisations for title in organisation.in_charge_of}
    assert in_charge["威海市乡村之星"] == "威海市农业农村局"
    wendeng = next(d.code for d in weihai.districts if d.name == "文登区")
    (bureau,) = [o.name for o in weihai.content.organisations if (o.district, o.kind) == (wendeng, OrganisationKind.DISTRICT_BUREAU)]
    assert bureau == "文登区人力资源和社会保障局"
    assert {"威海市人力资源和社会保障局"} == {o.name for o in weihai.content.organisations if o.kind is OrganisationKind.CITY_BUREAU}


@pytest.mark.req("WH-05")
def test_both_ways_of_logging_in_are_open(weihai: Profile) -> None:
    assert set(weihai.login.methods) == {"password", "sms_code"}


@pytest.mark.req("WH-51")
def test_a_booking_asks_for_the_need_the_district_and_its_window(weihai: Profile) -> None:
    booking = weihai.matters["booking"]
    assert [field.field for field in booking.form if field.required] == ["need", "district", "window"]
    assert booking.form[2].type is FieldType.ORGANISATION
    assert booking.form[2].kinds == (OrganisationKind.WINDOW,)
    assert {need.value for need in booking.who.needs} == {"active_card"}


@pytest.mark.req("WH-61")
@pytest.mark.req("WH-62")
@pytest.mark.parametrize("step", ["accept", "pre_review"])
def test_accepting_and_pre_reviewing_offer_the_same_three_choices(weihai: Profile, step: str) -> None:
    offered = weihai.matters["booking"].step(step)
    assert {can.action for can in offered.can} == {Action.APPROVE, Action.TRANSFER, Action.RETURN}
    assert offered.allows(Action.RETURN).opinion == "required"


@pytest.mark.req("WH-63")
def test_completing_asks_for_a_result_and_an_opinion_and_is_rated(weihai: Profile) -> None:
    complete = weihai.matters["booking"].step("complete").allows(Action.COMPLETE)
    assert (complete.opinion, set(complete.choices)) == ("required", {"done", "unable"})
    assert weihai.matters["booking"].rated


@pytest.mark.req("WH-65")
def test_the_city_window_watches_what_is_late(weihai: Profile) -> None:
    watching = weihai.roles[weihai.supervision.watch_role]
    assert watching.name == "市级窗口"
    assert {Permission.SUPERVISE, Permission.QUERY_REGION} <= watching.can


@pytest.mark.req("WH-50")
def test_the_catalogue_has_services_with_a_guide_in_every_category(weihai: Profile) -> None:
    catalogue = weihai.content.catalogue
    assert len(catalogue) >= 6
    assert all(3 <= len(category.services) <= 6 for category in catalogue)
    services = [service for category in catalogue for service in category.services]
    assert all(len(service.guide) >= 30 and service.takes for service in services)
    assert any(service.levels for service in services)
    assert sum(service.slots is not None for service in services) >= 2


@pytest.mark.req("WH-55")
def test_the_lounges_of_the_manual_are_venues_and_hours_of_every_kind_occur(weihai: Profile) -> None:
    venues = {venue.name: venue for venue in weihai.content.venues}
    assert {"威海国际机场商务贵宾区", "威海国际机场国际贵宾室"} <= set(venues)
    hours = [opening for venue in venues.values() for opening in venue.opening]
    spans = [{(str(span.opens)[:5], str(span.closes)[:5]) for span in opening.spans} for opening in hours]
    assert {("00:00", "23:59")} in spans, "round the clock"
    assert any(len(day) == 2 and any(opens == "00:00" for opens, _ in day) for day in spans), "overnight"
    assert any({day for opening in venue.opening for day in opening.days} == {2, 3, 4, 5, 6, 7} for venue in venues.values()), (
        "closed on Mondays"
    )


def section(profile: Profile, code: str) -> Section:
    return next(one for one in profile.person_sections if one.section == code)


def professor(unit: str = "威海市某某公司", *, city_direct: bool = False) -> dict[str, Any]:
    """张三教授 of the manual's two examples: 威海市乡村之星, in a unit in 文登区."""
    return {"form": {"unit": UNIT}, "unit": {"name": unit},
            "dossier": {"basic": {"city_direct": city_direct, "district": "wendeng"}, "honours": {"main": {"title": "威海市乡村之星"}}}}


@pytest.mark.req("WH-01")
def test_persons_and_units_register_and_supervising_departments_do_not(weihai: Profile) -> None:
    assert {kind: way.name for kind, way in weihai.registration.items()} == {"person": "个人注册", "unit": "单位注册"}
    assert weihai.registration["person"].matter is None
    assert "unit" not in {field.field for field in asked(Region("weihai", 1, weihai), "person").fields}
    given = {way.role for way in weihai.registration.values()}
    assert not given & {"reviewer", "clerk", "leader", "city_staff"}


@pytest.mark.req("WH-10")
def test_a_unit_fills_three_sections_and_chooses_who_reviews(weihai: Profile) -> None:
    admission = weihai.matters["unit_admission"]
    assert [one.name for one in weihai.unit_sections if one.section in admission.sections] == ["基本信息", "科技创新平台", "发明专利"]
    assert [(field.label, field.required) for field in admission.form] == [("提交单位", True)]
    assert walked(weihai, "unit_admission", form={"reviewer": "wendeng_hrss"}, unit={"name": "威海市某某公司"}) == [WENDENG]


@pytest.mark.req("WH-11")
@pytest.mark.parametrize("school", SCHOOLS)
def test_the_two_schools_go_to_the_city_whatever_they_choose(weihai: Profile, school: str) -> None:
    assert walked(weihai, "unit_admission", form={"reviewer": "wendeng_hrss"}, unit={"name": school}) == [CITY]


@pytest.mark.req("WH-12")
def test_a_unit_is_admitted_or_returned_with_a_reason(weihai: Profile) -> None:
    (review,) = weihai.matters["unit_admission"].route
    assert [(can.action, can.label) for can in review.can] == [(Action.COMPLETE, "入库"), (Action.RETURN, "退回修改")]
    assert review.allows(Action.RETURN).opinion == "required"
    assert weihai.matters["unit_admission"].effect is Effect.ADMIT_UNIT


@pytest.mark.req("WH-20")
def test_of_the_sections_of_a_person_two_are_required(weihai: Profile) -> None:
    names = [one.name for one in weihai.person_sections]
    assert set(names) >= {"基本情况", "主要荣誉称号情况", "教育经历", "工作经历", "专利情况", "论文论著"}
    assert [one.name for one in weihai.person_sections if one.required] == ["基本情况", "主要荣誉称号情况"]
    assert [gap.section_name for gap in missing(weihai.person_sections, {})] == ["基本情况", "主要荣誉称号情况"]


@pytest.mark.req("WH-21")
def test_what_decides_the_supervising_organisation_is_asked_for_and_said_to_decide_it(weihai: Profile) -> None:
    basic = section(weihai, "basic")
    assert [(field.label, field.required, field.fact) for field in basic.fields if field.field in {"city_direct", "district"}] == [
        ("是否市直", True, True), ("单位所在地", True, True)]
    assert "决定由哪个部门审核" in basic.hint


@pytest.mark.req("WH-22")
@pytest.mark.parametrize(("given", "offered"), [
    ("突贡", {"山东省有突出贡献的中青年专家", "威海市有突出贡献的中青年专家"}),
    ("市突贡", {"威海市有突出贡献的中青年专家"}),
    ("乡村之星", {"威海市乡村之星", "齐鲁乡村之星"}),
])
def test_an_abbreviation_is_refused_with_the_full_titles_that_it_may_mean(weihai: Profile, given: str, offered: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        clean_row(weihai, section(weihai, "honours").fields, {"title": given}, whole=False)
    assert {honour.title for honour in weihai.honours if honour.title in refused.value.fields["title"]} == offered


@pytest.mark.req("WH-22")
@pytest.mark.parametrize("title", ["威海市乡村之星", "某某省某某行业特聘专家"])
def test_a_title_is_picked_or_typed_in_full(weihai: Profile, title: str) -> None:
    assert clean_row(weihai, section(weihai, "honours").fields, {"title": title}, whole=False)["title"] == title


@pytest.mark.req("WH-22")
@pytest.mark.parametrize(("main", "complete"), [((True, False), True), ((False, False), False), ((True, True), False)])
def test_exactly_one_honour_is_the_main_one(weihai: Profile, main: tuple[bool, ...], complete: bool) -> None:
    rows: list[Mapping[str, Any]] = [{"title": "威海市乡村之星", "level": "city", "granted": "2024-05", "granted_by": "某某局", "main": one}
                                     for one in main]
    gaps = missing([section(weihai, "honours")], {"honours": [*rows]})
    assert [gap.field for gap in gaps] == ([] if complete else ["main"])


def test_an_alias_is_no_title_and_every_title_has_a_department_in_charge(weihai: Profile) -> None:
    titles = {honour.title for honour in weihai.honours}
    assert titles & {alias for honour in weihai.honours for alias in honour.aliases} == set()
    assert titles == {title for organisation in weihai.content.organisations for title in organisation.in_charge_of}


def test_sex_and_birthday_must_be_those_of_the_number(weihai: Profile) -> None:
    with pytest.raises(Invalid) as refused:
        clean_row(weihai, section(weihai, "basic").fields, {"id_number": NUMBER, "sex": "female", "birthday": "1991-03-07"}, whole=False)
    assert set(refused.value.fields) == {"sex", "birthday"}


@pytest.mark.req("WH-23")
def test_the_person_chooses_the_unit_that_reviews_and_reads_why_one_is_not_found(weihai: Profile) -> None:
    (unit,) = weihai.matters["talent_pool"].form
    assert (unit.type, unit.required) == (FieldType.UNIT, True)
    assert "还没有审核入库" in unit.hint


@pytest.mark.req("WH-24")
def test_the_unit_sends_on_or_back_with_its_opinion(weihai: Profile) -> None:
    assert [(can.action, can.opinion) for can in weihai.matters["talent_pool"].step("unit").can] == [
        (Action.APPROVE, "required"), (Action.RETURN, "required")]


@pytest.mark.req("WH-25")
@pytest.mark.parametrize(("facts", "supervising"), [
    *((professor(school, city_direct=direct), CITY) for school in SCHOOLS for direct in (True, False)),
    (professor(city_direct=True), AGRICULTURE),
    (professor(), WENDENG),
])
def test_the_pool_goes_from_the_unit_to_whoever_supervises_it(weihai: Profile, facts: dict[str, Any], supervising: str) -> None:
    assert walked(weihai, "talent_pool", **facts) == [UNIT, supervising]


@pytest.mark.req("WH-25")
def test_every_district_and_every_title_finds_who_supervises(weihai: Profile) -> None:
    for district in weihai.districts:
        assert walked(weihai, "talent_pool", form={"unit": UNIT}, unit={"name": "某某公司"},
                      dossier={"basic": {"city_direct": False, "district": district.code}})[0] == UNIT
    for honour in weihai.honours:
        facts = professor(city_direct=True) | {"dossier": {"basic": {"city_direct": True}, "honours": {"main": {"title": honour.title}}}}
        assert len(walked(weihai, "talent_pool", **facts)) == 2


@pytest.mark.req("WH-25")
def test_routing_reads_of_a_dossier_what_may_be_known_and_no_more(weihai: Profile) -> None:
    rows = {"basic": [{"name": "林知远", "id_number": NUMBER, "phone": "19900000001", "city_direct": True, "district": "wendeng"}],
            "honours": [{"title": "威海名师", "main": False}, {"title": "威海市乡村之星", "main": True}]}
    assert facts_of(weihai.person_sections, rows) == {
        "basic": {"city_direct": True, "district": "wendeng"}, "honours": {"main": {"title": "威海市乡村之星"}}}


@pytest.mark.req("WH-26")
def test_the_supervising_organisation_admits_or_returns_and_a_change_goes_the_same_way_again(weihai: Profile) -> None:
    pool = weihai.matters["talent_pool"]
    assert [(can.action, can.label, can.opinion) for can in pool.step("supervising").can] == [
        (Action.COMPLETE, "入库", "required"), (Action.RETURN, "退回修改", "required")]
    assert (pool.resubmit, pool.content, pool.effect) == ("first_step", "draft", Effect.ADMIT_DOSSIER)


@pytest.mark.req("WH-30")
def test_a_card_takes_six_sections_of_the_admitted_version(weihai: Profile) -> None:
    card = weihai.matters["card"]
    assert card.who.needs == {Requirement.ADMITTED_DOSSIER}
    assert card.content == "admitted"
    assert set(card.sections) == {"basic", "education", "work", "honours", "patents", "papers"}


@pytest.mark.req("WH-31")
@pytest.mark.parametrize(("facts", "chain"), [
    *((professor(school, city_direct=direct), [CITY, CITY]) for school in SCHOOLS for direct in (True, False)),
    (professor(city_direct=True), [AGRICULTURE, AGRICULTURE, CITY, CITY]),  # reviews, and reports its list
    (professor(), [WENDENG, WENDENG, CITY, CITY]),
])
def test_a_card_goes_by_the_supervising_organisation_to_two_reviews_of_the_city(weihai: Profile, facts: dict[str, Any], chain: list[str]) -> None:
    assert walked(weihai, "card", **facts) == chain
    assert [step.name for step in weihai.matters["card"].route[-2:]] == ["市人社局初审", "市人社局终审"]


def test_the_supervising_organisation_reports_a_stamped_list(weihai: Profile) -> None:
    report = weihai.matters["card"].step("report")
    assert report.roster is not None
    assert report.roster.title.endswith("上报名单")
    assert report.handler == weihai.matters["card"].step("supervising").handler


@pytest.mark.req("WH-35")
def test_the_city_issues_the_card_or_returns_it(weihai: Profile) -> None:
    card = weihai.matters["card"]
    complete, back = card.route[-1].can
    assert (complete.action, complete.label, back.action) == (Action.COMPLETE, "颁发", Action.RETURN)
    assert complete.choices == {level.code: level.name for level in weihai.card.levels}
    assert card.route[-1].handler[0].role == "city_staff"
    assert card.effect is Effect.ISSUE_CARD


def test_the_city_suspends_and_enables_cards_and_nobody_else_does(weihai: Profile) -> None:
    assert [role.name for role in weihai.roles.values() if Permission.SUSPEND_CARDS in role.can] == ["市级窗口"]
