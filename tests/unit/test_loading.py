"""A wrong profile says everything that is wrong with it at once: file, line, path, and what was expected."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from config.loading import Mistake, WrongProfile, read_profile, read_with_places, read_without_places, regions

SHIPPED = Path(__file__).parents[2] / "config" / "regions"
YUNZE = Path(__file__).parents[1] / "regions" / "yunze"
REGION, BOOKING, CARD = "region.yaml", "matters/booking.yaml", "matters/card.yaml"
ORGANISATIONS, CATALOGUE, VENUES, BENEFITS = (f"content/{name}.yaml" for name in ("organisations", "catalogue", "venues", "benefits"))
CARD_ENABLED = """\
    card_enabled:
      text: 您的人才卡 {card} 已启用，可以继续使用绿色通道服务。咨询：{phone}
      sms_template: SMS_300100012
"""


class Wrong(NamedTuple):
    """One thing done wrong to the shipped profile: ``old`` becomes ``new`` in ``file``. The mistake stands on the line with ``at``."""

    file: str
    old: str
    new: str
    path: str
    expected: str
    at: str = ""

    @property
    def whole_path(self) -> str:
        inside = {"region.yaml": "", BOOKING: "matters.booking."}.get(self.file, "content.")
        return inside + self.path

    def stands_at(self, folder: Path) -> tuple[str, int, str]:
        return self.file, line_of(folder, self.file, self.at or self.new.strip().partition("\n")[0]), self.whole_path


GALLERY = [
    Wrong(REGION, "scheme: 威海市人才服务绿色通道\n", "", "scheme", "there is none", at="# 威海"),
    Wrong(REGION, "help_phone:", "help_fone: 110\nhelp_phone:", "help_fone", "only keys that profiles know"),
    Wrong(REGION, "\ncalendar:", "\nzone: Asia/Weihai\ncalendar:", "zone", "a time zone such as Asia/Shanghai"),
    Wrong(REGION, "[password, sms_code]", "[password, fax]", "login.methods[1]", "'password' or 'sms_code'"),
    Wrong(REGION, "{opens: 13:30, closes: 17:30}", "{opens: 17:30, closes: 13:30}", "calendar.hours[1]", "opens must be before closes"),
    Wrong(REGION, "\ncard:\n", "\n  closed: [2027-02-30]\ncard:\n", "calendar.closed[0]", "valid date", at="2027-02-30"),
    Wrong(REGION, "{code: c, name: C 类}", "{code: c, name: C 类, rank: 3}", "card.levels[2].rank", "only keys"),
    Wrong(REGION, "- {code: nanhai,", "- {code: huancui, name: 又一个}\n  - {code: nanhai,", "districts[7].code", "huancui only once"),
    Wrong(
        REGION,
        "    name: 负责人\n    can: [handle_cases,",
        "    name: 负责人\n    can: [fly,",
        "roles.leader.can[0]",
        "'handle_cases'",
        at="[fly,",
    ),
    Wrong(REGION, "{value: 2 working hours,", "{value: two hours,", "supervision.due_soon.value", "something like «5 working days»"),
    Wrong(REGION, "leader_role: leader", "leader_role: mayor", "supervision.leader_role", "one of the roles clerk"),
    Wrong(REGION, "watch_role: city_staff", "watch_role: clerk", "supervision.watch_role", "can supervise"),
    Wrong(
        REGION, "登录验证码 {code}，{minutes}", "登录验证码 {code}，{hours}", "sending.texts.login_code.text", "code, minutes, not hours"
    ),
    Wrong(REGION, "SMS_300100003", "MAS_300100003", "sending.texts.case_submitted.sms_template", "match pattern"),
    Wrong(REGION, "    case_reminded:", "    case_exploded: {text: 轰}\n    case_reminded:", "sending.texts.case_exploded", "'login_code'"),
    Wrong(REGION, CARD_ENABLED, "", "sending.texts", "a text for card_enabled (人才卡已启用)", at="  texts:"),
    Wrong(BOOKING, "type: long_text", "type: essay", "form[0].type", "'long_text'"),
    Wrong(
        BOOKING,
        "    max: 50\n",
        "    max: 50\n    options: {a: 甲}\n",
        "form[5]",
        "options belong to choice and several",
        at="contact_time",
    ),
    Wrong(BOOKING, "{chosen: window}", "{chosen: district}", "route[0].handler.organisation.chosen", "type organisation"),
    Wrong(BOOKING, "{action: approve, label: 受理,", "{action: aprove, label: 受理,", "route[0].can[0].action", "'approve'"),
    Wrong(
        BOOKING,
        "{same_as: accept}, role: clerk}",
        "{same_as: complete}, role: clerk}",
        "route[1].handler.organisation.same_as",
        "an earlier step: accept",
    ),
    Wrong(BOOKING, "value: 2 working days", "value: 2 days", "route[1].limit.value", "something like «5 working days»"),
    Wrong(
        BOOKING, "{same_as: pre_review}, role: clerk}", "{same_as: pre_review}, role: boss}", "route[2].handler.role", "one of the roles"
    ),
    Wrong(
        BOOKING,
        "- {action: return, done: 已退回, opinion: required}\n    limit: {value: 5",
        "- {action: withdraw, done: 已撤回}\n    limit: {value: 5",
        "route[2].can[1].action",
        "not a handler's action",
        at="action: withdraw",
    ),
    Wrong(BOOKING, "resubmit: same_step", "resubmit: any_step", "resubmit", "'same_step' or 'first_step'"),
    Wrong(
        ORGANISATIONS,
        "- code: science",
        "- code: agriculture",
        "organisations[3].code",
        "agriculture only once",
        at="- code: agriculture\n    name: 威海市科学技术局",
    ),
    Wrong(
        ORGANISATIONS,
        "[威海名师, 威海名校长]",
        "[威海市乡村之星, 威海名校长]",
        "organisations[4].in_charge_of[0]",
        "威海市乡村之星 only once",
    ),
    Wrong(ORGANISATIONS, "parent: wendeng_hrss", "parent: nobody", "organisations[11].parent", "the code of an organisation"),
    Wrong(
        ORGANISATIONS,
        "position: [37.5131, 122.1204]",
        "position: [122.1204, 37.5131]",
        "organisations[1].position[0]",
        "less than or equal to 90",
    ),
    Wrong(
        ORGANISATIONS,
        "    district: rushan\n    phone: 0631-5550117",
        "    district: atlantis\n    phone: 0631-5550117",
        "organisations[15].district",
        "one of the districts huancui",
        at="atlantis",
    ),
    Wrong(CATALOGUE, "levels: [a]", "levels: [a, platinum]", "catalogue[3].services[1].levels", "not platinum"),
    Wrong(
        CATALOGUE,
        "windows: [weihai_window, hightech_window]",
        "windows: [weihai_hrss]",
        "catalogue[7].services[2].windows",
        "of the kind window",
    ),
    Wrong(
        CATALOGUE,
        "windows: [weihai_window, wendeng_window, rongcheng_window, rushan_window]",
        "windows: every",
        "catalogue[0].services[2].windows",
        "; or: Input should be 'all'",
    ),
    Wrong(
        CATALOGUE,
        "- code: clinic",
        "- code: apartment",
        "catalogue[4].services[0].code",
        "apartment only once",
        at="- code: apartment\n        name: 人才公寓申请",
    ),
    Wrong(VENUES, "category: culture", "category: casino", "venues[9].category", "one of the venue categories airport"),
    Wrong(VENUES, "operator: huaxia_city", "operator: nobody", "venues[7].operator", "the code of an organisation"),
    Wrong(VENUES, "days: [6, 7]", "days: [6, 8]", "venues[5].opening[1].days[1]", "less than or equal to 7"),
    Wrong(VENUES, "closes: 02:00}", "closes: 07:00}", "venues[1].opening[0].spans", "none within another", at="      - spans:\n"),
    Wrong(VENUES, "    category: sports\n", "", "venues[8].category", "there is none", at="- code: sports_centre_hall"),
    Wrong(BENEFITS, "{category: sports, level: a,", "{category: Sports!, level: a,", "benefits[12].category", "match pattern"),
    Wrong(BENEFITS, "{category: rail, level: c,", "{category: rail, level: z,", "benefits[5].level", "one of the levels a, b, c"),
    Wrong(
        BENEFITS,
        "{category: scenic, level: c,",
        "{category: scenic, level: b,",
        "benefits[11]",
        "scenic × b only once",
        at="{category: scenic, level: b, yearly: {value: 6,",
    ),
]

A_ROUTE_OF_MISTAKES = """\
code: carte
name: 英才卡申领
prefix: YY
who: {kind: talent}
form:
  - {field: title, type: text, label: 称号}
  - {field: title, type: text, label: 又一个称号}
route:
  - step: first
    name: 初审
    handler:
      - when: {form.tittle: 甲}
        organisation: {in_charge_of: horoscope.sign}
        role: clerk
      - when: {dossier.basic.city_owned: true}
        organisation: nowhere
        role: clerk
    can: [approve, {action: return, to: last}]
    limit: 5 working days
  - step: stuck
    name: 复审
    handler: {organisation: {chosen: title, same_as: first}, role: clerk}
    can: [return, return]
    limit: 5 working days
  - step: first
    name: 终审
    handler: {organisation: weihai_hrss}
    can: [approve]
    limit: 0 working days
"""
ROUTE_MISTAKES = [
    ("prefix: YY", "prefix", "YY only once"),
    ("code: carte", "code", "the file's name, card"),
    ("又一个称号", "form[1].field", "title only once"),
    ("form.tittle", "route[0].handler[0].when.form.tittle", "a field of the form: form.title"),
    ("horoscope.sign", "route[0].handler[0].organisation.in_charge_of", "begins with form., applicant., unit. or dossier."),
    ("city_owned", "route[0].handler[1].when.dossier.basic.city_owned", "one of dossier.basic.unit_name, dossier.basic.city_direct"),
    ("    handler:\n", "route[0].handler", "a last branch without «when»"),
    ("nowhere", "route[0].handler[1].organisation", "the code of an organisation"),
    ("to: last", "route[0].can[1].to", "an earlier step"),
    ("chosen: title", "route[1].handler.organisation", "exactly one of code, chosen"),
    ("[return, return]", "route[1].can", "a case could never go on"),
    ("[return, return]", "route[1].can[1]", "return only once"),
    ("- step: first\n    name: 终审", "route[2].step", "first only once"),
    ("{organisation: weihai_hrss}", "route[2].handler", "an organisation and a role"),
    ("can: [approve]\n", "route[2].can", "complete, at the last step"),
    ("0 working days", "route[2].limit", "something like"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED / "weihai", tmp_path / "weihai"))


def spoil(folder: Path, wrong: Wrong) -> None:
    file = folder / wrong.file
    text = file.read_text()
    assert text.count(wrong.old) >= 1, f"the shipped profile no longer has {wrong.old!r}"
    file.write_text(text.replace(wrong.old, wrong.new, 1))


def line_of(folder: Path, file: str, fragment: str) -> int:
    text = (folder / file).read_text()
    return text[: text.index(fragment)].count("\n") + 1


def mistakes_of(folder: Path) -> list[Mistake]:
    try:
        read_profile(folder)
    except WrongProfile as wrong:
        return wrong.mistakes
    return []


def test_the_shipped_profile_has_no_mistake(folder: Path) -> None:
    """The negative control of this whole file."""
    assert mistakes_of(folder) == []
    assert regions(folder.parent) == ["weihai"]


@pytest.mark.parametrize("wrong", GALLERY, ids=lambda wrong: wrong.whole_path)
def test_one_mistake_is_reported_once_and_draws_no_others_after_it(folder: Path, wrong: Wrong) -> None:
    spoil(folder, wrong)
    (found,) = mistakes_of(folder)
    assert (found.file, found.line, found.path) == wrong.stands_at(folder)
    assert wrong.expected in found.expected


def test_all_mistakes_of_all_files_are_reported_at_once(folder: Path) -> None:
    for wrong in GALLERY:
        spoil(folder, wrong)
    (folder / CARD).write_text(A_ROUTE_OF_MISTAKES)
    (folder / "matters/torn.yaml").write_text("code: torn\nname: [没有关上\nprefix: T\n")
    (folder / "matters/twice.yaml").write_text("code: twice\ncode: again\n")
    (folder / "matters/list.yaml").write_text("- code: list\n")
    (folder / "matters/gbk.yaml").write_bytes("name: 认定".encode("gbk"))
    (folder / "matters/card.yml").write_text("code: card\n")
    (folder / "content/venues_too.yaml").write_text("# 又一份\nvenues: []\n")
    expected = {wrong.stands_at(folder): wrong.expected for wrong in GALLERY}
    expected |= {(CARD, line_of(folder, CARD, at), f"matters.card.{path}"): text for at, path, text in ROUTE_MISTAKES}
    expected |= {
        ("matters/torn.yaml", 3, ""): "YAML that can be read",
        ("matters/twice.yaml", 2, ""): "duplicate key",
        ("matters/list.yaml", 1, ""): "a mapping at the top of the file",
        ("matters/gbk.yaml", 1, ""): "a file in UTF-8",
        ("matters/card.yml", 1, ""): "would never be read",
        ("content/venues_too.yaml", 2, "content.venues"): "no other file",
    }
    found = {(mistake.file, mistake.line, mistake.path): mistake.expected for mistake in mistakes_of(folder)}
    assert found.keys() == expected.keys()
    assert [place for place, text in expected.items() if text not in found[place]] == []
    assert len(found) >= 60


def test_the_message_names_the_region_and_has_a_line_for_each_mistake(folder: Path) -> None:
    for wrong in GALLERY[:3]:
        spoil(folder, wrong)
    with pytest.raises(WrongProfile) as raised:
        read_profile(folder)
    first, *lines = str(raised.value).splitlines()
    assert first == "profile weihai: 3 mistake(s)"
    assert lines[0] == "  region.yaml:1 scheme: a value; there is none"


def test_a_region_file_that_cannot_be_read_hides_no_mistake_of_the_content(folder: Path) -> None:
    """Nor is anything missed that the torn file may well say: its roles, districts and levels."""
    spoil(folder, Wrong(REGION, "\nroles:", "\nroles: [", "", ""))
    day_eight = next(wrong for wrong in GALLERY if wrong.new == "days: [6, 8]")
    spoil(folder, day_eight)
    venue, region = mistakes_of(folder)
    assert (venue.file, venue.line, venue.path) == day_eight.stands_at(folder)
    assert (region.file, region.path) == (REGION, "")


def test_organisations_that_cannot_be_read_are_not_missed_elsewhere(folder: Path) -> None:
    (folder / ORGANISATIONS).write_text("organisations: [")
    (found,) = mistakes_of(folder)
    assert found.file == ORGANISATIONS


def test_a_folder_without_a_region_file_says_so(tmp_path: Path) -> None:
    assert [str(mistake) for mistake in mistakes_of(tmp_path)] == ["region.yaml:1 : a file of this name in the region's folder"]


def test_the_code_of_a_region_is_its_folders_name(folder: Path) -> None:
    (found,) = mistakes_of(folder.rename(folder.parent / "yantai"))
    assert (found.file, found.path, found.expected) == (REGION, "code", "the folder's name, yantai")


def test_organisations_that_stand_below_each_other_are_refused(folder: Path) -> None:
    spoil(folder, Wrong(ORGANISATIONS, "    kind: city_bureau", "    kind: city_bureau\n    parent: wendeng_window", "", ""))
    assert {mistake.path for mistake in mistakes_of(folder)} == {
        "content.organisations[0].parent",
        "content.organisations[10].parent",
        "content.organisations[11].parent",
    }


def test_parts_merged_from_an_anchor_are_read_and_placed(folder: Path) -> None:
    anchored = "      - &lounge\n        spans: [{opens: 05:30, closes: 22:30}]\n      - <<: *lounge\n        days: [8]\n"
    spoil(folder, Wrong(VENUES, "      - spans: [{opens: 05:30, closes: 22:30}]\n", anchored, "", ""))
    (found,) = mistakes_of(folder)
    assert (found.line, found.path) == (line_of(folder, VENUES, "days: [8]"), "content.venues[0].opening[1].days[0]")


def places(node: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place below ``node``."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*here, key)
        yield from places(value, (*here, key))


@pytest.mark.parametrize("file", [REGION, BOOKING, ORGANISATIONS])
def test_rubbish_anywhere_is_one_mistake_at_that_place(folder: Path, file: str) -> None:
    """Whatever is damaged, the rest is still checked, and nothing that is right is blamed for it."""
    whole = YAML(typ="safe").load((folder / file).read_text())
    for place in list(places(whole))[:: max(1, len(list(places(whole))) // 12)]:
        *above, last = place
        damaged = json.loads(json.dumps(whole))
        part = damaged
        for key in above:
            part = part[key]
        part[last] = [None]
        (folder / file).write_text(json.dumps(damaged, indent=1))
        found = mistakes_of(folder)
        written = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).removeprefix(".")
        assert found, f"{written} may be rubbish"
        assert [str(mistake) for mistake in found if written not in mistake.path] == []


@pytest.mark.parametrize("folder", [*(SHIPPED / code for code in regions(SHIPPED)), YUNZE], ids=lambda folder: folder.name)
def test_a_folder_reads_the_same_with_and_without_places(folder: Path) -> None:
    assert read_without_places(folder) == read_with_places(folder)[0]


@pytest.mark.parametrize("strange", [
    "scheme: !!binary 5aiB", "scheme: !local word", "scheme: a\nscheme: b", "? [a, b]\n: c", "- a list", "name: [", "\t- x",
])
def test_whatever_is_strange_is_left_to_the_reader_that_can_say_where(tmp_path: Path, strange: str) -> None:
    folder = Path(shutil.copytree(SHIPPED / "weihai", tmp_path / "weihai"))
    (folder / "matters" / "booking.yaml").write_text(strange, encoding="utf-8")
    assert read_without_places(folder) is None
    with pytest.raises(WrongProfile):
        read_profile(folder)
