"""What people ask: simple conditions joined by 并且 and 或者, checked against the declaration, and said back in their own words.

并且 binds more closely, as people read it: A 并且 B 或者 C is (A 并且 B) 或者 C.
"""

import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted
from config.keys import keys
from config.vocabulary import Permission
from models.account import phone_index
from models.database import rows
from services.actors import Actor
from services.asking.declared import SUBJECTS
from services.asking.fields import ALONE, Choice, Field, Kind, Operator, Subject
from services.regions import Region

#: Of one question: conditions, values of one of them, characters of a value.
MOST_CONDITIONS, MOST_VALUES, LONGEST = 15, 20, 60
YES_NO: tuple[Choice, ...] = (("true", "是"), ("false", "否"))
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class Simple:
    """One condition, as it was typed. ``other``: it begins another alternative (或者)."""

    field: str
    operator: str
    values: tuple[str, ...] = dataclasses.field(default=(), repr=False)
    other: bool = False


@dataclass(frozen=True)
class Question:
    """``columns``: what is shown, in this order; none: what the subject shows by itself. ``everywhere``: the whole region, for those who may.

    ``whole``: personal numbers unmasked; ``large``: more rows than one may take alone. Both only in a file that somebody else approved.
    """

    subject: str
    conditions: tuple[Simple, ...] = ()
    columns: tuple[str, ...] = ()
    everywhere: bool = True
    sort: str = ""
    ascending: bool = False
    whole: bool = False
    large: bool = False

    @property
    def guarded(self) -> bool:
        return self.whole or self.large


@dataclass(frozen=True)
class Test:
    """A condition ready for SQL: ``{}`` where its value goes; with ``among``, ``{ids}`` where what that finds goes."""

    sql: str
    among: str = ""
    value: Any = None
    takes_value: bool = True


def subject_of(region: Region, actor: Actor, code: str) -> Subject:
    """Raises :class:`NotFound` for what is not declared or not of this region, :class:`NotPermitted` for who may not ask of it."""
    found = SUBJECTS.get(code)
    if found is None or not found.shown(region):
        raise NotFound
    if not may_ask(region, actor, found):
        raise NotPermitted
    return found


def may_ask(region: Region, actor: Actor, subject: Subject) -> bool:
    return any(actor.may(permission, region.profile) for permission in subject.needs) and (
        bool(subject.own) or actor.may(subject.needs[0], region.profile))


def subjects_of(region: Region, actor: Actor) -> list[Subject]:
    return [subject for subject in SUBJECTS.values() if subject.shown(region) and may_ask(region, actor, subject)]


async def choices_of(region: Region, one: Field) -> list[Choice]:
    """What can be chosen as its value; nothing where values are typed."""
    if one.kind is Kind.YES_NO:
        return list(YES_NO)
    if one.choices is not None:
        return list(one.choices(region))
    return [(found["value"], found["label"]) for found in await rows(one.listed, region.code)] if one.listed else []


def checked(region: Region, question: Question) -> list[list[Test]]:
    """The alternatives, each a list of tests that all must hold. Raises :class:`Invalid`, every wrong condition by its place (``v1`` …)."""
    subject, wrong = SUBJECTS[question.subject], dict[str, str]()
    if len(question.conditions) > MOST_CONDITIONS:
        raise Invalid({"v1": f"最多 {MOST_CONDITIONS} 个条件。"})
    alternatives: list[list[Test]] = [[]]
    for number, simple in enumerate(question.conditions, 1):
        try:
            test = _test(region, subject, simple)
        except ValueError as mistake:
            wrong[f"v{number}"] = str(mistake)
            continue
        if simple.other and alternatives[-1]:
            alternatives.append([])
        alternatives[-1].append(test)
    if wrong:
        raise Invalid(wrong)
    return [alternative for alternative in alternatives if alternative]


def _test(region: Region, subject: Subject, simple: Simple) -> Test:
    """Raises ``ValueError`` with a sentence."""
    one = _field(region, subject, simple)
    operator = Operator(simple.operator)
    if operator in ALONE:
        test = f"{one.asked} IS NOT NULL"
        held = one.within.replace("{test}", test)
        return Test(held if operator is Operator.FILLED else f"NOT coalesce(({held}), false)", one.among.replace("{test}", test), takes_value=False)
    value, test = _value(region, one, operator, simple.values), _TESTS[operator](one)
    held = one.within.replace("{test}", test)
    return Test(f"NOT coalesce(({held}), false)" if operator is Operator.IS_NOT else held, one.among.replace("{test}", test), value)


def _field(region: Region, subject: Subject, simple: Simple) -> Field:
    one = subject.field(simple.field)
    if one is None or not one.shown(region) or simple.operator not in one.operators:
        raise ValueError("不能按这一项查询，请重新选择。")
    return one


def _equals(one: Field) -> str:
    return f"{one.asked} = ANY ({{}}::{one.type}[])" if one.kind is Kind.CHOICE else f"{one.asked} = {{}}::{one.type}"


_TESTS: dict[Operator, Callable[[Field], str]] = {
    Operator.IS: lambda one: f"{one.asked} = {{}}::boolean" if one.kind is Kind.YES_NO else _equals(one),
    Operator.IS_NOT: _equals,
    Operator.CONTAINS: lambda one: f"strpos({one.asked}, {{}}::text) > 0",
    Operator.FROM: lambda one: f"{one.asked} >= {{}}::{'date' if one.kind is Kind.DAY else 'timestamptz'}",
    Operator.UNTIL: lambda one: f"{one.asked} <= {{}}::date" if one.kind is Kind.DAY else f"{one.asked} < {{}}::timestamptz",
    Operator.LEAST: lambda one: f"{one.asked} >= {{}}::integer",
    Operator.MOST: lambda one: f"{one.asked} <= {{}}::integer",
}


def _value(region: Region, one: Field, operator: Operator, given: tuple[str, ...]) -> Any:
    values = tuple(value.strip() for value in given if value.strip())
    if not values:
        raise ValueError("请填写要查的内容，或去掉这个条件。")
    if len(values) > MOST_VALUES or any(len(value) > LONGEST for value in values):
        raise ValueError(f"内容太长了，最多 {LONGEST} 个字。")
    return _READ[one.kind](region, one, operator, values)


def _chosen(region: Region, one: Field, operator: Operator, values: tuple[str, ...]) -> Any:
    if one.choices is not None and not set(values) <= {value for value, _ in one.choices(region)}:
        raise ValueError("请从给出的选项中选择。")
    if one.type == "boolean":
        return [value == "true" for value in values]
    if one.type != "uuid":
        return list(values)
    try:
        return [UUID(value) for value in values]
    except ValueError:
        raise ValueError("请从给出的选项中选择。") from None


def _number(region: Region, one: Field, operator: Operator, values: tuple[str, ...]) -> int:
    if not values[0].isdecimal() or len(values[0]) > 6:
        raise ValueError("请填写整数。")
    return int(values[0])


def _day(region: Region, one: Field, operator: Operator, values: tuple[str, ...]) -> date:
    try:
        day = date.fromisoformat(values[0])
    except ValueError:
        raise ValueError("请填写日期，例如 2026-11-23。") from None
    if not EARLIEST <= day <= LATEST:
        raise ValueError("请填写日期，例如 2026-11-23。")
    return day


def _moment(region: Region, one: Field, operator: Operator, values: tuple[str, ...]) -> datetime:
    """The first moment of the day; of the last day that is asked for, the first one after it."""
    day = _day(region, one, operator, values)
    return datetime.combine(day + timedelta(days=operator is Operator.UNTIL), time(), region.profile.tz)


def _yes_no(region: Region, one: Field, operator: Operator, values: tuple[str, ...]) -> bool:
    if values[0] not in dict(YES_NO):
        raise ValueError("请从给出的选项中选择。")
    return values[0] == "true"


def _indexed(region: Region, one: Field, operator: Operator, values: tuple[str, ...]) -> bytes:
    return phone_index(values[0]) if one.index == "phone" else keys().blind_index(values[0], one.index)


_READ: dict[Kind, Callable[[Region, Field, Operator, tuple[str, ...]], Any]] = {
    Kind.TEXT: lambda region, one, operator, values: values[0],
    Kind.EXACT: lambda region, one, operator, values: values[0].upper() if one.capitals else values[0],
    Kind.NUMBERED: _indexed, Kind.CHOICE: _chosen, Kind.NUMBER: _number, Kind.DAY: _day, Kind.MOMENT: _moment, Kind.YES_NO: _yes_no,
}


def columns_of(region: Region, question: Question) -> list[Field]:
    """What is shown, in the order that was chosen; a name that is not declared shows nothing."""
    subject = SUBJECTS[question.subject]
    found = [subject.field(code) for code in dict.fromkeys(question.columns or subject.columns)]
    kept = [one for one in found if one is not None and one.column and one.shown(region)]
    return kept or columns_of(region, replace(question, columns=()))


def sorted_by(question: Question) -> Field:
    """Raises :class:`Invalid` for what nothing is sorted by."""
    subject = SUBJECTS[question.subject]
    found = subject.field(question.sort or subject.order)
    if found is None or not found.order:
        raise Invalid({"sort": "不能按这一项排序，请重新选择。"})
    return found


def everywhere(region: Region, actor: Actor, question: Question) -> bool:
    """Whether the actor's question covers the whole region."""
    subject = SUBJECTS[question.subject]
    return not subject.own or (question.everywhere and actor.may(Permission.QUERY_REGION, region.profile))


async def in_words(region: Region, question: Question) -> str:
    """状态 是 办理中，并且 所在单位 包含 海星；或者 …"""
    said = [words async for words in _said(region, question)]
    return "".join(said) or "全部"


async def _said(region: Region, question: Question) -> AsyncIterator[str]:
    for number, simple in enumerate(question.conditions):
        one = SUBJECTS[question.subject].field(simple.field)
        if one is None or simple.operator not in list(Operator):
            continue
        labels = dict(await choices_of(region, one))
        joint = "" if not number else "；或者 " if simple.other else "，并且 "
        yield f"{joint}{said_of(one, simple, labels)}"


def said_of(one: Field, simple: Simple, labels: Mapping[str, str]) -> str:
    operator = Operator(simple.operator)
    if operator in ALONE:
        return f"{operator.label}{one.label}"
    if one.kind is Kind.YES_NO:
        return f"{one.label}：{labels.get(simple.values[0], '') if simple.values else ''}"
    return f"{one.label} {operator.label} {'、'.join(labels.get(value, value) for value in simple.values)}"


def told(question: Question) -> Mapping[str, Any]:
    """For the audit: what was asked, without the names and numbers that were searched for."""
    return {"subject": question.subject, "columns": list(question.columns), "conditions": list(_told(question)),
            **{name: True for name in ("everywhere", "whole", "large") if getattr(question, name)}}


def _told(question: Question) -> Iterator[str]:
    for simple in question.conditions:
        one = SUBJECTS[question.subject].field(simple.field)
        named = one is not None and one.kind in (Kind.CHOICE, Kind.DAY, Kind.MOMENT, Kind.NUMBER, Kind.YES_NO)
        yield f"{'or ' if simple.other else ''}{simple.field} {simple.operator} {','.join(simple.values) if named else '…'}".strip()
