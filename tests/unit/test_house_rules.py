"""Rules of the house that no linter knows: no region's name in code, one clock, programs on top."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.loading import read_profile, regions
from config.settings import settings

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "models", "services", "sms", "qr", "web", "wechat", "console", "sandbox", "bench")
OWN_TEXT = (".py", ".html", ".css", ".js", ".typ", ".sql")
#: Where a region's name belongs: its profile, and what a demonstration shows.
REGION_PLACES = ("config/regions/", "sandbox/demo/", "web/assets/dist/")


def files(*suffixes: str) -> Iterator[tuple[str, str]]:
    rooms = [path for room in (*ROOMS, "migrations") for path in (ROOT / room).rglob("*")]
    for path in [path for path in (*rooms, *ROOT.glob("*.py")) if path.suffix in suffixes]:
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(REGION_PLACES):
            yield name, path.read_text(encoding="utf-8")


def region_names() -> list[str]:
    profiles = [read_profile(settings().regions / code) for code in regions(settings().regions)]
    return [name for profile in profiles for name in (profile.code, profile.name)]


def test_no_region_is_named_in_code() -> None:
    names = re.compile("|".join(region_names()), re.IGNORECASE)
    assert [f"{name}: {found[0]}" for name, text in files(*OWN_TEXT) if (found := names.search(text))] == []


def test_the_rule_would_see_a_name() -> None:
    assert re.search("|".join(region_names()), f"if region == '{region_names()[0]}':")


@pytest.mark.parametrize("asked", ["datetime.now(", "datetime.utcnow(", "date.today("])
def test_only_the_clock_asks_what_time_it_is(asked: str) -> None:
    assert [name for name, text in files(".py") if asked in text and name != "config/clock.py"] == []


def test_only_programs_are_above_the_faces() -> None:
    """import-linter looks at packages alone; the programs beside them are nobody's library."""
    imports = re.compile(r"^\s*(?:from|import) (app|cli|development|worker)\b", re.MULTILINE)
    above = {"app.py": set(), "worker.py": set(), "development.py": {"app"}, "cli.py": {"app", "development", "worker"},
             "bench/start.py": {"development"}}
    assert [f"{name}: {found}" for name, text in files(".py") for found in imports.findall(text) if found not in above.get(name, set())] == []


#: Settings, locks, cursors and listeners of a session outlive the one who borrowed its connection: the pool does not reset them (models/database.py).
SESSION_STATE = re.compile(r"\bpg_(?:try_)?advisory_lock|\bset_config\([^)]*false\)"
                           r"|[\"'(;]\s*(?:SET (?!LOCAL\b)[A-Za-z_]+ (?:=|TO)|LISTEN |DECLARE |CREATE TEMP)")
OWN_CONNECTIONS = ("bench/", "models/migrate.py")


def test_nothing_changes_a_session_of_the_pool() -> None:
    whole = {name: re.sub(r'"\s*\n\s*f?"', "", text) for name, text in files(".py")}  # a statement over several lines begins once
    assert [f"{name}: {found[0]}" for name, text in whole.items()
            if not name.startswith(OWN_CONNECTIONS) and (found := SESSION_STATE.search(text))] == []


@pytest.mark.parametrize("statement", ['"SET statement_timeout = 0"', "'SET search_path TO x'", '"SELECT pg_advisory_lock(1)"', '"LISTEN live"',
                                       '"SELECT set_config($1, $2, false)"'])
def test_the_rule_would_see_a_session_that_is_changed(statement: str) -> None:
    assert SESSION_STATE.search(statement)
    assert not SESSION_STATE.search('"UPDATE x SET a = 1"; "SET LOCAL a = 1"; pg_advisory_xact_lock(1)')
