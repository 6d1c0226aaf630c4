"""What a profile says of people, sections and rosters wrongly: each mistake told once, at its place, with what was expected."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from config.loading import Mistake, WrongProfile, read_profile

YUNZE = Path(__file__).parents[1] / "regions" / "yunze"
PEOPLE, STAR, WELCOME = "people.yaml", "matters/star.yaml", "matters/welcome.yaml"


class Wrong(NamedTuple):
    file: str
    old: str
    new: str
    path: str
    expected: str


TERMS = "terms:\n  version: \"3\"\n  title: 星湖人才服务用户须知\n  text: 请如实填写。提交后由所在单位和人才部门审核。\n"
AGAIN = "  - {section: who, name: 再来, fields: [{field: x, type: text, label: 某}]}\n\nunit_sections:\n"
LIST = "    can: [{action: return, opinion: required}]\n    roster:"

GALLERY = [
    Wrong(PEOPLE, "    matter: welcome\n", "    matter: welcom\n", "registration.person.matter", "one of the matters"),
    Wrong(PEOPLE, "    role: unit_office\n", "    role: nobody\n", "registration.unit.role", "one of the roles"),
    Wrong(PEOPLE, "    role: null\n", "    role: clerk\n", "registration.person.role", "none for persons"),
    Wrong(PEOPLE, TERMS, "", "", "terms that are agreed to"),
    Wrong(PEOPLE, "type: person_id, label: 身份证号码, required: true}", "type: person_id, label: 身份证号码, required: true, fact: true}",
          "person_sections[0].fields[1].fact", "personal data"),
    Wrong(PEOPLE, "label: 出生日期, agrees_with: number}", "label: 出生日期, agrees_with: full_name}",
          "person_sections[0].fields[2].agrees_with", "person_id"),
    Wrong(PEOPLE, "    main: chosen\n", "    main: title\n", "person_sections[1]", "yes_no field of a section that repeats"),
    Wrong(PEOPLE, "\nunit_sections:\n", AGAIN, "person_sections[2].section", "only once"),
    Wrong(PEOPLE, "{field: year, type: number", "{field: title, type: number", "person_sections[1].fields[1].field", "only once"),
    Wrong(PEOPLE, "type: honour", "type: honor", "person_sections[1].fields[2].type", "honour"),
    Wrong(PEOPLE, "    most: 3\n", "    most: 0\n", "person_sections[1].most", "greater than or equal to 1"),
    Wrong(PEOPLE, "{title: 云泽市青年工匠奖章}", "{title: 云泽市星湖学术贡献奖}", "honours[1].title", "only once"),
    Wrong(STAR, "sections: [who, works]", "sections: [who, work]", "matters.star.sections[1]", "one of the sections who, works"),
    Wrong(STAR, "{when: {dossier.who.abroad: true}, skip: true}", "{when: {dossier.who.sex: m}, skip: true}",
          "matters.star.route[3].handler[0].when.dossier.who.sex", "one of dossier.who.field_of_work"),
    Wrong(STAR, "district_bureau_of: unit.about.district", "district_bureau_of: unit.about.place",
          "matters.star.route[3].handler[2].organisation.district_bureau_of", "unit.about.district"),
    Wrong(STAR, "path: dossier.who.field_of_work", "path: dossier.who.shoe_size",
          "matters.star.route[2].roster.columns[2].path", "dossier.who.full_name"),
    Wrong(STAR, "path: applicant.id_number", "path: horoscope.sign", "matters.star.route[2].roster.columns[1].path", "pattern"),
    Wrong(STAR, LIST, "    can: [approve]\n    roster:", "matters.star.route[2].can", "beside a roster"),
    Wrong(STAR, "effect: issue_card", "effect: issue_medal", "matters.star.effect", "issue_card"),
    Wrong(WELCOME, "unit_of: applicant", "unit_of: somebody", "matters.welcome.route[0].handler.organisation.unit_of", "applicant"),
    Wrong("region.yaml", 'number: "XH-{year}-{serial:04d}"', 'number: "XH-{serial}"', "card.number", "pattern"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(YUNZE, tmp_path / "yunze"))


def mistakes_of(folder: Path) -> list[Mistake]:
    try:
        read_profile(folder)
    except WrongProfile as wrong:
        return wrong.mistakes
    return []


def spoil(folder: Path, wrong: Wrong) -> None:
    file = folder / wrong.file
    text = file.read_text()
    assert text.count(wrong.old) >= 1, f"the profile no longer has {wrong.old!r}"
    file.write_text(text.replace(wrong.old, wrong.new, 1))


def test_the_profile_itself_has_no_mistake(folder: Path) -> None:
    """The negative control."""
    assert mistakes_of(folder) == []


@pytest.mark.parametrize("wrong", GALLERY, ids=lambda wrong: wrong.path or "terms")
def test_one_mistake_is_told_once_at_its_place(folder: Path, wrong: Wrong) -> None:
    spoil(folder, wrong)
    found = mistakes_of(folder)
    assert [(one.file, one.path) for one in found] == [(wrong.file if wrong.path else "region.yaml", wrong.path)]
    assert wrong.expected in found[0].expected
