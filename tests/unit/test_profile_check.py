"""``greenlane profile check``: what must be mended before a profile loads, and what deserves a second look."""

from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from cli import main
from config.advice import warnings_of
from config.loading import Mistake, WrongProfile, read_profile
from config.starting import write_profile

REGION, CARD, POOL, BOOKING, ADMISSION = "region.yaml", *(f"matters/{name}.yaml" for name in ("card", "pool", "booking", "admission"))
ORGANISATIONS = "content/organisations.yaml"


class Change(NamedTuple):
    """``old`` becomes ``new`` in ``file``; then one thing is said, at ``path``."""

    file: str
    old: str
    new: str
    path: str
    expected: str


TITLED = "organisation: {in_charge_of: dossier.honours.main.title, otherwise: bureau}"
DIRECT = f"      - when: {{dossier.basic.city_direct: true}}\n        {TITLED}\n        role: clerk\n"
UNIT = "      - {when: {unit.name: 甲}, organisation: bureau, role: clerk}\n"
MISTAKES = [
    Change(BOOKING, "handler: {organisation: {chosen: window}, role: clerk}", "handler: {skip: true}",
           "matters.booking.route[0].handler", "this step is always skipped"),
    Change(POOL, DIRECT, DIRECT + DIRECT, "matters.pool.route[1].handler[1]", "handler[0] does not take already"),
    Change(POOL, DIRECT, UNIT.replace("甲", "[甲, 乙]") + UNIT, "matters.pool.route[1].handler[1]", "never reached"),
    Change(POOL, DIRECT, "      - {organisation: bureau, role: clerk}\n", "matters.pool.route[1].handler[1]", "never reached"),
    Change(POOL, "- {action: approve, label: 审核通过, done: 审核通过}", "- {action: complete}", "matters.pool.route[0].can",
           "(admit) are never reached"),
    Change(POOL, "{dossier.basic.city_direct: true}", "{dossier.basic.city_direct: 是}",
           "matters.pool.route[1].handler[0].when.dossier.basic.city_direct", "one of true, false; it is never 是"),
    Change(POOL, "{dossier.basic.city_direct: true}", "{dossier.basic.district: [east, north]}",
           "matters.pool.route[1].handler[0].when.dossier.basic.district", "never north"),
    Change(ADMISSION, "{district_bureau_of: dossier.basic.district}", "{in_charge_of: dossier.basic.district}",
           "matters.admission.route[0].handler.organisation.in_charge_of", "of the type choice or honour or text, not district"),
    Change(POOL, "{district_bureau_of: dossier.basic.district}", "{district_bureau_of: dossier.honours.main.title}",
           "matters.pool.route[1].handler[1].organisation.district_bureau_of", "of the type district, not honour"),
    Change(POOL, "otherwise: bureau", "otherwise: nobody", "matters.pool.route[1].handler[0].organisation.otherwise", "the code of an organisation"),
    Change(POOL, "{district_bureau_of: dossier.basic.district}", "{unit_of: applicant, otherwise: bureau}",
           "matters.pool.route[1].handler[1].organisation", "a way that may find none"),
]
WARNINGS = [
    Change(CARD, "      - {action: return, done: 已退回, opinion: required}\n    roster:", "      - supplement\n    roster:",
           "matters.card.route[1].can", "cannot be sent back"),
    Change(CARD, "      - {action: return, label: 退回修改, done: 已退回, opinion: required}\n    limit", "      - reject\n    limit",
           "matters.card.route[2].can", "from review, where this step returns to, there is none"),
    Change(CARD, "value: 5 working days", "value: 66 working days", "matters.card.route[0].limit", "less than a quarter (65 working days)"),
    Change(BOOKING, "value: 4 working hours", "value: 521 working hours", "matters.booking.route[0].limit", "less than a quarter"),
    Change(BOOKING, "value: 4 working hours", "value: 2 working hours", "matters.booking.route[0].limit", "more than supervision.due_soon"),
    Change(BOOKING, "label: 服务窗口, required: true", "label: 服务窗口", "matters.booking.route[0].handler.organisation.chosen", "a required field"),
    Change(BOOKING, "kinds: [window]", "kinds: [talent_office]", "matters.booking.form[2].kinds", "nothing to choose"),
    Change(CARD, f"        {TITLED}\n        role: clerk", "        skip: true",
           "matters.card.route[1].handler.organisation.same_as", "review may be skipped"),
    Change(ADMISSION, "{district_bureau_of: dossier.basic.district}", "{talent_office_of: dossier.basic.district}",
           "matters.admission.route[0].handler.organisation.talent_office_of", "there is none for east, west"),
    Change(POOL, TITLED, TITLED.replace(", otherwise: bureau", ""), "matters.pool.route[1].handler[0].organisation.in_charge_of",
           "one that nobody is in charge of"),
    Change(REGION, "  city_staff:  ", "  guest: {name: 访客, can: [query_own]}\n  city_staff:  ", "roles.guest", "has nothing to do"),
    Change(REGION, ", manage_accounts]", "]", "roles", "a role that can manage_accounts"),
    Change(POOL, "{unit_of: applicant}, role: operator", "{unit_of: applicant}, role: leader",
           "matters.pool.route[0].handler.role", "held by nobody"),
    Change(REGION, 'sms_template: "SMS_1"', 'sms_template: ""', "sending.texts.login_code", "number of the approved template"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A region without a mistake and without a warning."""
    write_profile(tmp_path, "linhai", "临海")
    region = tmp_path / "linhai" / REGION
    region.write_text(region.read_text().replace('sms_template: ""', 'sms_template: "SMS_1"'))
    return tmp_path / "linhai"


def change(folder: Path, wanted: Change) -> None:
    text = (folder / wanted.file).read_text()
    assert wanted.old in text, wanted.old
    (folder / wanted.file).write_text(text.replace(wanted.old, wanted.new, 1))


def mistakes_of(folder: Path) -> list[Mistake]:
    try:
        read_profile(folder)
    except WrongProfile as wrong:
        return wrong.mistakes
    return []


def test_the_unchanged_profile_has_neither_mistake_nor_warning(folder: Path) -> None:
    assert warnings_of(folder) == []


@pytest.mark.parametrize("wrong", MISTAKES, ids=lambda wrong: wrong.expected)
def test_what_no_case_can_reach_refuses_to_load(folder: Path, wrong: Change) -> None:
    change(folder, wrong)
    (found,) = mistakes_of(folder)
    assert (found.file, found.path) == (wrong.file, wrong.path)
    assert wrong.expected in found.expected
    assert found.line > 1


@pytest.mark.parametrize("odd", WARNINGS, ids=lambda odd: odd.expected)
def test_what_deserves_a_second_look_is_said_and_loads(folder: Path, odd: Change) -> None:
    change(folder, odd)
    (found,) = warnings_of(folder)
    assert (found.file, found.path) == (odd.file, odd.path)
    assert odd.expected in found.expected


def test_a_step_that_says_so_needs_no_way_back(folder: Path) -> None:
    change(folder, Change(CARD, "      - {action: return, done: 已退回, opinion: required}\n    roster:",
                          "      - {action: supplement, opinion: none}\n    roster:", "", ""))
    assert warnings_of(folder) == []


def test_a_narrower_branch_before_a_wider_one_is_right(folder: Path) -> None:
    """The negative control of branches that are never reached."""
    change(folder, Change(POOL, DIRECT, DIRECT.replace("true}", "true, unit.name: 甲}") + DIRECT, "", ""))
    assert mistakes_of(folder) == []


def test_steps_after_one_that_may_be_skipped_are_reached(folder: Path) -> None:
    change(folder, Change(POOL, "- {action: approve, label: 审核通过, done: 审核通过}", "- {action: complete}", "", ""))
    change(folder, Change(POOL, "handler: {organisation: {unit_of: applicant}, role: operator}",
                          "handler: [{when: {unit.name: 甲}, skip: true}, {organisation: {unit_of: applicant}, role: operator}]", "", ""))
    assert mistakes_of(folder) == []


def test_the_command_names_all_mistakes_of_all_regions_and_fails(folder: Path) -> None:
    write_profile(folder.parent, "other", "别处")
    for wrong in (MISTAKES[0], MISTAKES[4]):
        change(folder, wrong)
    result = CliRunner().invoke(main, ["profile", "check", str(folder), str(folder.parent / "other")])
    assert result.exit_code == 1
    assert "profile linhai: 2 mistake(s)\n  matters/booking.yaml:" in result.stdout
    assert f"profile other: {len(warnings_of(folder.parent / 'other'))} warning(s)\n  warning region.yaml:" in result.stdout


def test_warnings_fail_only_when_asked_to(folder: Path) -> None:
    run = CliRunner()
    assert run.invoke(main, ["profile", "check", "--strict", str(folder)]).exit_code == 0
    change(folder, WARNINGS[0])
    assert run.invoke(main, ["profile", "check", str(folder)]).exit_code == 0
    assert run.invoke(main, ["profile", "check", "--strict", str(folder)]).exit_code == 1


def test_a_folder_that_is_not_there_is_a_mistake() -> None:
    result = CliRunner().invoke(main, ["profile", "check", "atlantis"])
    assert result.exit_code == 1
    assert "a file of this name in the region's folder" in result.stdout


def test_every_shipped_profile_is_checked_without_a_name() -> None:
    result = CliRunner().invoke(main, ["profile", "check"])
    assert result.exit_code == 0, result.stdout
