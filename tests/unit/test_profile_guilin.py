"""What Guilin says about itself, held against its manual; and what the schema refuses of the words that came with it."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from config.errors import Invalid
from config.forms import Section
from config.loading import WrongProfile, read_profile
from config.profile import Profile
from config.vocabulary import Action, Effect, OrganisationKind
from services.cases.forms import clean, clean_row
from services.dossiers import missing
from services.regions import Region
from services.registration import asked
from tests.walks import UNIT, walked

REGIONS = Path(__file__).parents[2] / "config" / "regions"
CENTRE = "桂林市人才服务中心"


@pytest.fixture(scope="module")
def guilin() -> Profile:
    return read_profile(REGIONS / "guilin")


@pytest.fixture(scope="module")
def unit_basic(guilin: Profile) -> Section:
    return guilin.unit_sections[0]


@pytest.mark.req("GL-01")
def test_a_unit_gives_its_full_name_its_operator_and_a_login_name_of_its_own(guilin: Profile) -> None:
    form = asked(Region("guilin", 1, guilin), "unit")
    assert {"unit_name", "name", "login_name", "password"} <= {field.field for field in form.fields if field.required}
    assert (form.way.matter, form.way.at_once) == ("unit_admission", False)
    assert guilin.roles[form.way.role or ""].name == "操作人"


@pytest.mark.req("GL-01")
def test_a_unit_is_submitted_with_its_licence_and_with_its_operators_name_and_number(guilin: Profile) -> None:
    required = {gap.field for gap in missing(guilin.unit_sections, {"basic": [{}]})}
    assert {"licence", "name", "phone", "allocation"} <= required
    assert guilin.matters["unit_admission"].sections == tuple(one.section for one in guilin.unit_sections)


@pytest.mark.req("GL-02")
def test_an_enterprise_goes_by_the_district_where_it_pays_its_taxes_to_the_centre(guilin: Profile) -> None:
    for district in guilin.districts:
        basic = {"allocation": "district", "tax_district": district.code}
        assert walked(guilin, "unit_admission", dossier={"basic": basic}) == [f"{district.name}人力资源和社会保障局", CENTRE]


@pytest.mark.req("GL-02")
def test_an_agency_of_the_city_goes_by_its_department_to_the_centre(guilin: Profile) -> None:
    departments = [o for o in guilin.content.organisations if o.kind is OrganisationKind.DEPARTMENT]
    assert len(departments) >= 5
    for department in departments:
        basic = {"allocation": "department", "department": department.code}
        assert walked(guilin, "unit_admission", dossier={"basic": basic}) == [department.name, CENTRE]


@pytest.mark.req("GL-02")
@pytest.mark.parametrize(("allocation", "asked_for"), [("district", "tax_district"), ("department", "department")])
def test_the_allocation_decides_what_may_be_chosen_as_the_reviewing_office(guilin: Profile, unit_basic: Section, allocation: str,
                                                                           asked_for: str) -> None:
    belonging = [field.field for field in unit_basic.fields if field.label == "单位审核归属" and field.is_asked({"allocation": allocation})]
    assert belonging == [asked_for]
    lacking = {gap.field for gap in missing(guilin.unit_sections, {"basic": [{"allocation": allocation}]})}
    assert lacking & {"tax_district", "department"} == {asked_for}


@pytest.mark.req("GL-02")
def test_an_office_of_the_other_kind_is_not_kept(guilin: Profile, unit_basic: Section) -> None:
    """Else a unit that changed its mind would stand with both, and the route would follow the one that no page shows."""
    given = {"allocation": "department", "tax_district": "qixing"}
    assert clean_row(guilin, unit_basic.fields, given, whole=False) == {"allocation": "department"}


@pytest.mark.req("GL-03")
@pytest.mark.req("GL-05")
def test_a_unit_logs_in_by_password_alone_and_a_person_by_a_code_too(guilin: Profile) -> None:
    assert guilin.login.methods_of("unit") == ("password",)
    assert set(guilin.login.methods_of("talent")) == {"password", "sms_code"}


@pytest.mark.req("GL-04")
def test_a_person_logs_in_by_her_number_completes_her_data_and_is_reviewed_by_her_unit(guilin: Profile) -> None:
    form = asked(Region("guilin", 1, guilin), "person")
    fields = {field.field for field in form.fields}
    assert {"phone", "unit"} < fields
    assert "login_name" not in fields
    assert not form.way.at_once
    assert walked(guilin, "person_registration") == [UNIT]
    assert guilin.matters["person_registration"].effect is Effect.OPEN_ACCOUNT
    assert {need.value for need in guilin.matters["person_registration"].who.needs} == {"admitted_unit"}


def test_units_may_make_accounts_for_their_people(guilin: Profile) -> None:
    assert guilin.registration["person"].by_unit
    assert not guilin.registration["unit"].by_unit


def test_who_somebody_is_stays_as_it_was_approved_and_the_rest_may_be_edited(guilin: Profile) -> None:
    fixed = {field.field for field in guilin.person_sections[0].fields if field.fixed}
    assert fixed == {"name", "sex", "born_on", "id_type", "id_number", "other_number", "unit"}


@pytest.mark.req("GL-08")
def test_a_recognition_takes_the_personal_data_along_as_they_stand(guilin: Profile) -> None:
    recognition = guilin.matters["recognition"]
    assert recognition.sections == tuple(one.section for one in guilin.person_sections)
    assert recognition.content == "draft"
    assert {field.field for field in recognition.form} & {field.field for field in guilin.person_sections[0].fields} == set()


@pytest.mark.req("GL-11")
def test_evidence_of_ones_work_may_be_handed_in_on_paper_and_the_centre_confirms_it(guilin: Profile) -> None:
    recognition = guilin.matters["recognition"]
    offline = {field.field for field in recognition.form if field.offline}
    assert offline == {"work_evidence", "achievement_evidence", "other_evidence"}
    assert all("线下提交" in field.hint for field in recognition.form if field.offline)
    assert recognition.step("centre_review").allows(Action.CONFIRM_PAPER)
    fields = tuple(field for field in recognition.form if field.field == "work_evidence")
    assert clean(guilin, fields, {"work_evidence": {"offline": True}}) == {"work_evidence": {"offline": True}}


@pytest.mark.req("GL-11")
def test_a_copy_of_ones_identity_card_is_no_secret_and_must_be_uploaded(guilin: Profile) -> None:
    fields = tuple(field for field in guilin.matters["recognition"].form if field.field == "identity_evidence")
    with pytest.raises(Invalid):
        clean(guilin, fields, {"identity_evidence": {"offline": True}})


@pytest.mark.req("GL-12")
def test_a_recognition_is_reviewed_by_the_unit_and_then_by_the_centre_which_says_the_class(guilin: Profile) -> None:
    recognition = guilin.matters["recognition"]
    assert walked(guilin, "recognition") == [UNIT, CENTRE]
    complete = recognition.route[-1].allows(Action.COMPLETE)
    assert complete is not None
    assert complete.choices == {level.code: level.name for level in guilin.card.levels}
    assert recognition.effect is Effect.RECOGNISE


def test_telephone_numbers_are_invented_ones(guilin: Profile) -> None:
    phones = [organisation.phone for organisation in guilin.content.organisations]
    assert [phone for phone in phones if not re.fullmatch(r"0773-5550\d{3}", phone)] == []
    assert len(set(phones)) == len(phones)
    assert guilin.help_phone in phones


WRONG = [
    ("region.yaml", "methods: [password, sms_code] ", "methods: [sms_code] ", "login.unit_methods", "some of sms_code, not password"),
    ("people.yaml", "when: {allocation: district}", "when: {alocation: district}", "unit_sections[0].fields[4].when.alocation", "an earlier field"),
    ("people.yaml", "when: {allocation: district}", "when: {licence: district}", "unit_sections[0].fields[4].when.licence", "an earlier field"),
    ("people.yaml", "when: {allocation: district}", "when: {unit_name: district}", "unit_sections[0].fields[4].when.unit_name",
     "a choice or a yes_no"),
    ("people.yaml", "when: {allocation: district}", "when: {allocation: [district, town]}", "unit_sections[0].fields[4].when.allocation",
     "one of district, department"),
    ("people.yaml", "    role: unit_operator\n", "    role: unit_operator\n    by_unit: true\n", "registration.unit.by_unit", "only for persons"),
    ("matters/recognition.yaml", "    label: 申报依据\n", "    label: 申报依据\n    fixed: true\n", "matters.recognition.form[2].fixed",
     "only in sections"),
    ("matters/recognition.yaml", "    label: 申报依据\n", "    label: 申报依据\n    when: {industry: 教育}\n",
     "matters.recognition.form[2].when.industry", "a choice or a yes_no"),
]


@pytest.mark.parametrize(("file", "old", "new", "path", "expected"), WRONG, ids=[wrong[2].strip().rpartition("\n")[2].strip() for wrong in WRONG])
def test_what_the_schema_refuses_is_said_at_its_place(tmp_path: Path, file: str, old: str, new: str, path: str, expected: str) -> None:
    folder = Path(shutil.copytree(REGIONS / "guilin", tmp_path / "guilin"))
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    with pytest.raises(WrongProfile) as refused:
        read_profile(folder)
    (mistake,) = refused.value.mistakes
    assert (mistake.file, mistake.path) == (file, path)
    assert expected in mistake.expected


@pytest.mark.parametrize(("row", "is_asked"), [
    ({"id_type": "passport"}, True), ({"id_type": "identity_card"}, False), ({}, False), ({"id_type": None}, False)])
def test_a_field_is_asked_for_by_one_of_several_answers(guilin: Profile, row: dict[str, Any], is_asked: bool) -> None:
    field = guilin.person_sections[0].field("other_number")
    assert field is not None
    assert field.is_asked(row) is is_asked
