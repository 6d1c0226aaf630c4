"""What a new region begins with is valid as it stands, explains every key that a profile knows, and never overwrites."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML
from typer.testing import CliRunner

from cli import main
from config.advice import warnings_of
from config.drawing import as_svg, plan_of
from config.loading import read_profile
from config.profile import Profile
from config.routes import HANDLER_ACTIONS
from config.said import Fact
from config.starting import FILES, CannotBegin, write_profile
from config.vocabulary import Effect, FieldType, OrganisationKind, Permission, Requirement


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_profile(tmp_path, "linhai", "临海")
    return tmp_path / "linhai"


def written(folder: Path) -> str:
    return "\n".join((folder / file).read_text() for file in FILES)


def keys_of(kind: Any) -> Iterator[str]:
    """Every key of every part that a profile can have. A value with its «assumed» is one value."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if not issubclass(kind, Fact):
            yield from kind.model_fields
        for field in kind.model_fields.values():
            yield from keys_of(field.annotation)
    elif get_origin(kind) in (tuple, dict, list, frozenset, Union, UnionType) or get_args(kind):
        for part in get_args(kind):
            yield from keys_of(part)


def test_it_is_valid_as_it_stands(folder: Path) -> None:
    profile = read_profile(folder)
    assert (profile.code, profile.name) == ("linhai", "临海")
    assert {"admission", "registration", "pool", "card", "booking", "follow_up", "closing"} == profile.matters.keys()
    assert [as_svg(plan_of(profile, matter)) for matter in profile.matters.values()]


def test_all_that_is_left_to_do_is_to_enter_the_numbers_of_the_templates(folder: Path) -> None:
    assert {warning.path.rpartition(".")[0] for warning in warnings_of(folder)} == {"sending.texts"}


def test_it_shows_every_key_that_a_profile_knows(folder: Path) -> None:
    """By example or in a comment; a key that is added to the schema is explained here as well."""
    structural = {"matters", "content"}  # folders, not keys
    text = written(folder)
    assert [key for key in sorted(set(keys_of(Profile)) - structural) if not re.search(rf"(?<!\w){key}(?!\w)", text)] == []


@pytest.mark.parametrize("words", [FieldType, Permission, Requirement, Effect, OrganisationKind, sorted(HANDLER_ACTIONS)],
                         ids=["fields", "permissions", "requirements", "effects", "kinds", "acts"])
def test_it_names_every_word_that_may_be_chosen(folder: Path, words: Any) -> None:
    beside = {OrganisationKind.UNIT}  # units register themselves; nobody seeds them
    text = written(folder)
    assert [word.value for word in words if word not in beside and not re.search(rf"(?<!\w){word.value}(?!\w)", text)] == []


def test_every_file_says_in_chinese_what_it_is_for(folder: Path) -> None:
    for file in FILES:
        assert re.match(r"# .*[\u4e00-\u9fff]", (folder / file).read_text()), file


def test_an_existing_folder_is_never_touched(folder: Path) -> None:
    (folder / "region.yaml").write_text("mine")
    before = written(folder)
    with pytest.raises(CannotBegin, match="is there already"):
        write_profile(folder.parent, "linhai", "又一个")
    assert written(folder) == before


@pytest.mark.parametrize(("code", "name"), [("Linhai", "临海"), ("../linhai", "临海"), ("", "临海"), ("1st", "临海"), ("linhai", ""),
                                            ("linhai", '临"海'), ("linhai", "临\n海"), ("linhai", "临海 "), ("linhai", "海" * 21)])
def test_a_code_or_name_that_would_not_work_is_refused_before_anything_is_written(tmp_path: Path, code: str, name: str) -> None:
    with pytest.raises(CannotBegin):
        write_profile(tmp_path, code, name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["null", "123", "yes", "${code}", "江北（新区）"])
def test_a_name_stays_the_name_that_was_given(tmp_path: Path, name: str) -> None:
    if re.search(r"\$", name):
        with pytest.raises(CannotBegin):
            write_profile(tmp_path, "linhai", name)
    else:
        write_profile(tmp_path, "linhai", name)
        assert read_profile(tmp_path / "linhai").name == name


def test_the_command_writes_and_refuses(tmp_path: Path) -> None:
    run = CliRunner()
    first = run.invoke(main, ["profile", "new", "linhai", "临海", "--in", str(tmp_path)])
    assert first.exit_code == 0 and first.stdout.count("wrote ") == len(FILES)
    assert run.invoke(main, ["profile", "new", "linhai", "临海", "--in", str(tmp_path)]).exit_code == 1
    assert run.invoke(main, ["profile", "check", str(tmp_path / "linhai")]).exit_code == 0
    assert YAML(typ="safe").load(tmp_path / "linhai" / "region.yaml")["name"] == "临海"
