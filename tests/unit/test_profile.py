"""The words of a profile keep their meaning when they are stored: open cases read their matter from the database as JSON."""

import json
import subprocess
import sys
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from config.forms import FormField
from config.loading import read_profile
from config.profile import Profile, Sending
from config.routes import HANDLER_ACTIONS, Can, Handler, Matter, Step
from config.said import Fact, Limit, Span, WorkingTime
from config.vocabulary import Action, FieldType, OrganisationKind, Requirement

ROOT = Path(__file__).parents[2]

codes = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
words = st.text("办理预审受理初终 abc,:{}[]#'\"\n", min_size=1, max_size=12)
labels = st.dictionaries(codes, words, max_size=3)
limits = st.builds(Limit, st.integers(1, 999), st.sampled_from(["days", "hours"]))
clock = st.times().map(lambda t: t.replace(microsecond=0))


def facts(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"value": values, "assumed": st.booleans()})


conditions = st.dictionaries(
    codes.map("form.{}".format), st.one_of(words, st.booleans(), st.integers(-9, 9), st.lists(words, max_size=3)), max_size=2
)
picks = st.one_of(
    codes, *(st.fixed_dictionaries({way: codes}) for way in ("code", "chosen", "same_as", "district_bureau_of", "in_charge_of"))
)
handlers = st.one_of(
    st.fixed_dictionaries({"when": conditions, "skip": st.just(True)}),
    st.fixed_dictionaries({"when": conditions, "organisation": picks, "role": codes}),
)
acts = st.sampled_from(sorted(HANDLER_ACTIONS))
cans = st.one_of(
    acts,
    st.fixed_dictionaries(
        {"action": acts},
        optional={
            "label": words,
            "done": words,
            "opinion": st.sampled_from(["required", "optional", "none"]),
            "choices": labels,
            "to": codes,
        },
    ),
)
steps = st.fixed_dictionaries(
    {
        "step": codes,
        "name": words,
        "handler": st.one_of(handlers, st.lists(handlers, min_size=1, max_size=3)),
        "can": st.lists(cans, min_size=1, max_size=4),
        "limit": st.one_of(limits.map(str), facts(limits.map(str))),
    }
)
choosing = {FieldType.CHOICE, FieldType.SEVERAL}
fields = st.one_of(
    st.fixed_dictionaries({"field": codes, "label": words, "type": st.sampled_from(sorted(choosing)), "options": labels.filter(bool)}),
    st.fixed_dictionaries(
        {"field": codes, "label": words, "type": st.sampled_from(sorted(set(FieldType) - choosing))},
        optional={
            "required": st.booleans(),
            "min": st.integers(0, 9),
            "max": st.integers(10, 99),
            "hint": words,
            "examples": st.lists(words, max_size=2),
            "kinds": st.lists(st.sampled_from(OrganisationKind), max_size=2),
        },
    ),
)
matters = st.fixed_dictionaries(
    {
        "code": codes,
        "name": words,
        "prefix": st.from_regex(r"[A-Z]{1,4}", fullmatch=True),
        "who": st.fixed_dictionaries(
            {"kind": st.sampled_from(["talent", "unit"])},
            optional={
                "needs": st.lists(st.sampled_from(Requirement)),
                "open_at_once": st.one_of(st.integers(1, 50), facts(st.integers(1, 50))),
            },
        ),
        "form": st.lists(fields, max_size=4),
        "route": st.lists(steps, min_size=1, max_size=4),
    },
    optional={
        "applicant_can": st.lists(st.sampled_from([Action.WITHDRAW, Action.SUPPLEMENT])),
        "resubmit": st.sampled_from(["same_step", "first_step"]),
        "rated": st.booleans(),
    },
).map(Matter.model_validate)


def stored_and_read(part: Any) -> Any:
    """As a JSONB column gives it back."""
    return type(part).model_validate(json.loads(json.dumps(part.model_dump(mode="json"))))


@pytest.fixture(scope="module")
def weihai() -> Profile:
    return read_profile(ROOT / "config" / "regions" / "weihai")


def a_step(**changes: Any) -> dict[str, Any]:
    return {"step": "accept", "name": "受理", "handler": {"skip": True}, "can": ["approve"], "limit": "4 working hours", **changes}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(matters)
def test_a_matter_is_the_same_after_it_was_stored(matter: Matter) -> None:
    assert stored_and_read(matter) == matter
    assert stored_and_read(matter).model_dump_json() == matter.model_dump_json()


@given(limits, st.booleans())
def test_a_limit_is_stored_as_it_is_written_in_a_profile(limit: Limit, assumed: bool) -> None:
    fact = Fact[WorkingTime](value=limit, assumed=assumed)
    assert fact.model_dump(mode="json") == {"value": str(limit), "assumed": assumed}
    assert stored_and_read(fact) == fact


@given(clock, clock)
def test_a_span_is_the_same_after_it_was_stored(one: time, other: time) -> None:
    if one == other:
        return
    span = Span(opens=min(one, other), closes=max(one, other))
    assert stored_and_read(span) == span


def test_the_end_of_the_day_stays_the_end_of_the_day() -> None:
    span = Span.model_validate({"opens": "22:00", "closes": "24:00"})
    assert span.closes == time.max
    assert span.model_dump(mode="json")["closes"] == "24:00"
    assert stored_and_read(span) == span


def test_the_whole_shipped_profile_is_the_same_after_it_was_stored(weihai: Profile) -> None:
    assert stored_and_read(weihai) == weihai


def test_the_same_structure_is_the_same_json_in_every_process() -> None:
    """Else each start would keep a new version of a profile that nobody changed: sets have no order of their own."""
    script = (
        "from pathlib import Path; from config.loading import read_profile;"
        "import sys; sys.stdout.write(read_profile(Path('config/regions/weihai')).model_dump_json())"
    )
    runs = {
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1


@pytest.mark.parametrize(("written", "assumed"), [(6, False), ({"value": 6}, False), ({"value": 6, "assumed": True}, True)])
def test_a_fact_is_written_plain_or_with_its_mark(written: Any, assumed: bool) -> None:
    assert Fact[int].model_validate(written) == Fact[int](value=6, assumed=assumed)


def test_a_fact_that_is_one_already_is_taken_as_it_is() -> None:
    fact = Fact[WorkingTime](value=Limit(2, "days"), assumed=True)
    assert Step.model_validate(a_step(limit=fact)).limit == fact


@pytest.mark.parametrize(
    ("written", "limit", "label"),
    [
        ("1 working day", Limit(1, "days"), "1 个工作日"),
        ("5 working days", Limit(5, "days"), "5 个工作日"),
        ("4 working hours", Limit(4, "hours"), "4 个工作小时"),
    ],
)
def test_a_limit_is_read_and_named_in_both_languages(written: str, limit: Limit, label: str) -> None:
    read = TypeAdapter(WorkingTime).validate_python(written)
    assert (read, read.label) == (limit, label)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "5 days",
        "0 working days",
        "-1 working days",
        "1.5 working days",
        "1000 working days",
        5,
        None,
        [0, "days"],
        [5, "weeks"],
        ["5", "days", "x"],
    ],
)
def test_what_is_no_limit_is_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(WorkingTime).validate_python(written)


@pytest.mark.parametrize(
    ("part", "given"),
    [
        (Handler, {}),
        (Handler, {"role": "clerk"}),
        (Handler, {"organisation": "somewhere"}),
        (Handler, {"skip": True, "organisation": "somewhere", "role": "clerk"}),
        (Handler, {"organisation": {"chosen": "window", "code": "here"}, "role": "clerk"}),
        (Handler, {"organisation": {}, "role": "clerk"}),
        (Can, "submit"),
        (Can, "remind"),
        (Can, {"action": "approve", "opinion": "perhaps"}),
        (FormField, {"field": "x", "label": "甲", "type": "choice"}),
        (FormField, {"field": "x", "label": "甲", "type": "text", "options": {"a": "乙"}}),
        (FormField, {"field": "X", "label": "甲", "type": "text"}),
        (Step, a_step(handler=[])),
        (Step, a_step(can=[])),
        (Step, a_step(colour="red")),
        (Span, {"opens": "12:00", "closes": "12:00"}),
        (Span, {"opens": "24:00", "closes": "02:00"}),
        (
            Sending,
            {
                "sms_sign": "签名",
                "hours": {"opens": "08:00", "closes": "21:00"},
                "per_number_a_day": 1,
                "texts": {"hello": {"text": "您好"}},
            },
        ),
    ],
)
def test_a_part_that_means_nothing_is_refused(part: Any, given: Any) -> None:
    with pytest.raises(ValidationError):
        part.model_validate(given)
