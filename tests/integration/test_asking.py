"""What can be asked of everything at once, by whom, and how nothing but the declaration reaches SQL (WH-64, WH-33, WH-35, BZ-13, GL-13)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from config import clock
from config.errors import Invalid, NotFound, NotPermitted
from models.account import Account
from models.database import credentials, execute
from services import ratings, saved_lists
from services.actors import Actor
from services.asking import answers, keeping
from services.asking.declared import SUBJECTS
from services.asking.fields import ALONE, Field, Kind
from services.asking.questions import MOST_CONDITIONS, Question, Simple, choices_of, in_words, subjects_of
from services.regions import Region
from tests.builders import a_booking, a_card, a_city_staff, a_staff, a_talent, the_actor
from tests.conftest import Servers
from tests.office import a_person, a_unit, an_id_number, an_operator

pytestmark = pytest.mark.req("WH-64")
TYPED = {Kind.TEXT: "海", Kind.EXACT: "周敏", Kind.NUMBERED: "19900001234", Kind.NUMBER: "3", Kind.DAY: "2026-11-01", Kind.MOMENT: "2026-11-01"}


async def city() -> Actor:
    return await the_actor(await a_city_staff(), "desk")


async def found(region: Region, who: Actor, *conditions: Simple, subject: str = "cases", **more: object) -> set[str]:
    """What stands in the first column."""
    question = Question(subject, conditions, columns=(SUBJECTS[subject].columns[0],), **more)  # type: ignore[arg-type]
    return {line.cells[0].text for line in (await answers.ask(region, who, question, clock.now())).found}


def said(field: str, operator: str, *values: str, other: bool = False) -> Simple:
    return Simple(field, operator, values, other)


def every_field() -> Iterator[tuple[str, Field]]:
    return ((subject.code, field) for subject in SUBJECTS.values() for field in subject.fields)


@pytest.mark.parametrize(("subject", "field"), list(every_field()), ids=lambda one: one if isinstance(one, str) else one.code)
async def test_each_declared_field_is_asked_with_each_of_its_operators_and_shown(region: Region, subject: str, field: Field) -> None:
    if not field.shown(region):
        pytest.skip("not of this region")
    who = await city()
    options = [value for value, _ in await choices_of(region, field)]
    for operator in field.operators:
        values = () if operator in ALONE else tuple(options[:2]) or (TYPED[field.kind],) if field.kind is not Kind.CHOICE or options else None
        if values is None:
            continue
        wanted = values[:1] if field.kind is Kind.YES_NO else values
        question = Question(subject, (Simple(field.code, operator, wanted),), columns=(field.code,) if field.column else ())
        for everywhere in (True, False):
            await answers.ask(region, who, replace(question, everywhere=everywhere), clock.now())
        assert field.label in await in_words(region, question)
    if field.order:
        await answers.ask(region, who, Question(subject, sort=field.code, ascending=True), clock.now())


@pytest.mark.parametrize("hostile", ["number; DROP TABLE cases", "b.number", "id", "1=1) OR (true", "password_hash", "", "__class__", "'"])
async def test_a_name_that_is_not_declared_reaches_no_statement(region: Region, hostile: str) -> None:
    await a_booking()
    who = await city()
    for simple in (said(hostile, "is", "x"), said("number", hostile, "x"), said("state", "is", hostile)):
        with pytest.raises(Invalid) as refused:
            await found(region, who, simple)
        assert set(refused.value.fields) == {"v1"}
    with pytest.raises(NotFound):
        await found_subject(region, who, hostile)
    if hostile:
        with pytest.raises(Invalid):
            await found(region, who, sort=hostile)
    answer = await answers.ask(region, who, Question("cases", columns=(hostile,)), clock.now())
    assert [column.code for column in answer.columns] == [code for code in SUBJECTS["cases"].columns if SUBJECTS["cases"].field(code).shown(region)]  # type: ignore[union-attr]


async def found_subject(region: Region, who: Actor, code: str) -> None:
    await answers.ask(region, who, Question(code), clock.now())


@pytest.mark.parametrize("value", ["' OR '1'='1", "%", "_", "\\", "$1", "{}", "{test}", "'); --"])
async def test_a_hostile_value_is_a_value(region: Region, value: str) -> None:
    await a_booking()
    who = await city()
    assert await found(region, who, said("number", "is", value)) == set()
    assert await found(region, who, said("unit", "contains", value)) == set()
    assert await found(region, who, said("phone", "is", value)) == set()


async def test_and_binds_more_closely_than_or(region: Region) -> None:
    mine, done, other = await a_booking(), await a_booking(completed=True), await a_booking(window="wendeng_window")
    who = await city()
    open_ones = said("state", "is", "handling")
    there = said("office", "is", str(other.handler_org))
    assert await found(region, who) == {mine.number, done.number, other.number}
    assert await found(region, who, open_ones, there) == {other.number}
    assert await found(region, who, open_ones, there, said("state", "is", "completed", other=True)) == {other.number, done.number}
    assert await found(region, who, said("state", "is_not", "handling")) == {done.number}
    assert await found(region, who, said("number", "is", mine.number.lower())) == {mine.number}


async def test_times_stars_and_lateness_narrow(region: Region) -> None:
    now = clock.now()
    late, done = await a_booking(now=now - timedelta(days=9)), await a_booking(completed=True)
    await ratings.rate_case(region, await the_actor(await Account.find(region.code, done.applicant_id)), done.id, 4, "还行", now)
    who, today = await city(), now.astimezone(region.profile.tz).date().isoformat()
    assert await found(region, who, said("late", "is", "true")) == {late.number}
    assert await found(region, who, said("created", "from", today)) == {done.number}
    assert await found(region, who, said("created", "until", today)) == {late.number, done.number}
    assert await found(region, who, said("stars", "most", "4")) == {done.number}
    assert await found(region, who, said("stars", "empty")) == {late.number}
    assert await found(region, who, sort="due") == {late.number}


async def test_a_person_is_found_by_the_whole_of_her_numbers_which_are_shown_masked(region: Region) -> None:
    number = an_id_number()
    holder = await a_talent(name="欧阳密", phone="19900004321")
    await holder.put_id_number(number).save(update_fields=["id_number_sealed", "id_number_index"])
    await a_card(holder=holder)
    case = await a_booking(holder=holder)
    await a_booking()
    who = await city()
    for condition in (said("phone", "is", "19900004321"), said("id_number", "is", number), said("person", "is", "欧阳密")):
        assert await found(region, who, condition) == {case.number}
    assert await found(region, who, said("id_number", "is", number[:-1])) == set()
    shown = await answers.ask(region, who, Question("talents", (said("person", "is", "欧阳密"),), columns=("id_number", "phone")), clock.now())
    assert [cell.text for cell in shown.found[0].cells] == [f"{number[:3]}{'*' * 11}{number[-4:]}", "199****4321"]
    assert number not in repr(shown)


@pytest.mark.req("WH-33", "BZ-13", "GL-13")
async def test_everybody_sees_her_own_organisation_and_who_may_the_region(region: Region) -> None:
    mine, other = await a_booking(), await a_booking(window="wendeng_window")
    clerk, who = await the_actor(await a_staff(), "desk"), await city()
    assert await found(region, clerk) == {mine.number}
    assert await found(region, who) == {mine.number, other.number}
    assert await found(region, who, everywhere=False) == set()
    assert await found(region, clerk, said("state", "is", "handling"), said("office", "is", str(other.handler_org), other=True)) == {mine.number}
    persons = [(await Account.find(region.code, case.applicant_id)) for case in (mine, other)]
    await execute("UPDATE account SET name = '甲' WHERE id = $1", persons[0].id)
    assert await found(region, clerk, subject="talents") == {"甲"}
    assert {subject.code for subject in subjects_of(region, clerk)} == {"cases", "talents", "units"}
    for barred in ("cards", "visits"):
        with pytest.raises(NotPermitted):
            await found(region, clerk, subject=barred)


@pytest.mark.req("BZ-13")
async def test_a_unit_finds_its_own_people_and_itself_alone(region: Region) -> None:
    unit, another = await a_unit(region), await a_unit(region, "海纳生物科技有限公司")
    await a_person(region, unit, "周岚")
    await a_person(region, another, "吴越")
    operator = await the_actor(await an_operator(region, unit), "desk")
    assert await found(region, operator, subject="talents") == {"周岚"}
    assert await found(region, operator, subject="units") == {unit.name}
    assert await found(region, await city(), said("name", "contains", "海纳"), subject="units") == {another.name}
    assert await found(region, await city(), said("unit", "contains", "海纳"), subject="talents") == {"吴越"}


@pytest.mark.req("WH-35")
async def test_cards_are_found_by_what_stands_on_them(region: Region) -> None:
    active, suspended = await a_card(), await a_card(suspended=True)
    who = await city()
    assert await found(region, who, said("state", "is", "active"), subject="cards") == {active.number}
    still, named = said("until", "from", "2026-11-01"), said("number", "is", suspended.number)
    assert await found(region, who, still, named, subject="cards") == {suspended.number}


async def test_columns_are_kept_for_each_person(region: Region) -> None:
    one, another = await city(), await city()
    await keeping.choose_columns(region, one, "cases", ["state", "number", "password_hash"])
    assert await keeping.columns(region, one, "cases") == ("state", "number")
    assert await keeping.columns(region, another, "cases") == ()
    await keeping.choose_columns(region, one, "cases", [])
    assert await keeping.columns(region, one, "cases") == ()


async def test_a_saved_question_is_its_owners_until_she_shares_it_with_her_organisation(region: Region) -> None:
    clerk, colleague, stranger = await a_staff(), await a_staff(), await a_staff(organisation="wendeng_window")
    who, beside, away = [await the_actor(one, "desk") for one in (clerk, colleague, stranger)]
    question = Question("cases", (said("person", "is", "欧阳密"),), columns=("number",))
    own = await keeping.keep(region, who, question, "欧阳的", clock.now())
    with pytest.raises(Invalid):
        await keeping.keep(region, who, question, "欧阳的", clock.now())
    shared = await keeping.keep(region, who, question, "大家的", clock.now(), share=True)
    assert [one.name for one in await saved_lists.of_actor(region, beside, "cases")] == ["大家的"]
    assert await keeping.find(region, beside, shared) == question
    assert await saved_lists.of_actor(region, away, "cases") == []
    for who_else, id in ((beside, own), (away, shared)):
        with pytest.raises(NotFound):
            await keeping.find(region, who_else, id)
    with pytest.raises(NotFound):
        await saved_lists.remove(region, beside, shared)
    await saved_lists.remove(region, who, shared)
    assert await saved_lists.of_actor(region, beside, "cases") == []


async def test_too_many_conditions_are_refused_at_once(region: Region) -> None:
    with pytest.raises(Invalid):
        await found(region, await city(), *[said("state", "is", "handling")] * (MOST_CONDITIONS + 1))


async def test_a_question_that_takes_too_long_is_given_up_with_advice(region: Region, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for a table that somebody holds: as long as anybody likes, on every machine."""
    case, who = await a_booking(), await city()
    monkeypatch.setattr(answers, "PATIENCE", 200)
    holder = await asyncpg.connect(**credentials(servers.database_url))
    try:
        await holder.execute("BEGIN; LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(answers.TooWide) as refused:
            await found(region, who, said("unit", "empty"), subject="talents")
    finally:
        await holder.close()
    assert "缩小范围" in refused.value.text
    monkeypatch.undo()
    assert await found(region, await city(), said("number", "is", case.number)) == {case.number}


async def test_an_office_without_cases_is_answered_at_once(region: Region) -> None:
    await a_booking()
    idle = await the_actor(await a_staff(organisation="rongcheng_window"), "desk")
    for subject in ("cases", "talents", "units"):
        assert await found(region, idle, subject=subject) == set()


async def test_more_ids_than_a_statement_names_are_asked_for_in_it(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = await a_unit(region)
    await a_person(region, unit, "周岚")
    mine = await a_booking()
    clerk, who = await the_actor(await a_staff(), "desk"), await city()
    asked = [(clerk, "cases", ()), (clerk, "talents", ()), (clerk, "units", ()), (who, "talents", (said("unit", "contains", "青岚"),)),
             (who, "cases", (said("stars", "empty"),)), (clerk, "cases", (said("person", "is", "周敏"), said("late", "is", "false")))]
    named = [await found(region, one, *conditions, subject=subject) for one, subject, conditions in asked]
    assert named[0] == {mine.number}
    monkeypatch.setattr(answers, "MOST_IDS", -1)
    monkeypatch.setattr(answers, "MOST_OWN", -1)
    assert [await found(region, one, *conditions, subject=subject) for one, subject, conditions in asked] == named
