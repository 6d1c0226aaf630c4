"""综合查询 (WH-64): one question behind screen, count and Excel, with the actor's scope inside it.

Conditions are combined from a fixed set; each is one piece of SQL with its own parameters. Sort orders are an allow-list (T25).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotPermitted
from config.keys import keys
from config.vocabulary import Permission
from models.account import phone_index
from models.case import CaseState
from models.database import rows
from models.visit import read_words
from services.actors import Actor
from services.cases.scope import organisations_to_query
from services.regions import Region

PAGE = 50
EXPORT_PAGE = 2000
MOST_COUNTED = 10_001


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"


ORDERS = {Order.NEWEST: "c.created_at DESC, c.id DESC", Order.OLDEST: "c.created_at, c.id", Order.DUE: "c.due_at NULLS LAST, c.id"}


@dataclass(frozen=True)
class Question:
    """What is asked; unset parts do not narrow. ``everywhere``: the whole region, for those who may; else the actor's organisations."""

    states: frozenset[CaseState] = frozenset()
    matters: frozenset[str] = frozenset()
    step: str = ""
    service: UUID | None = None
    organisation: UUID | None = None
    unit: str = field(default="", metadata={"doc": "part of the name of the applicant's unit"})
    person: str = field(default="", metadata={"doc": "whole name, ID number or phone number of the applicant, or of whom it is about"})
    district: str = ""
    words: str = field(default="", metadata={"doc": "part of the number or of the subject, or the applicant's whole name"})
    since: date | None = None
    until: date | None = None
    late: bool = False
    stars: int | None = None
    standing: str = field(default="", metadata={"doc": "what the person was classified as (DZ-06, GL-12)"})
    everywhere: bool = False
    order: Order = Order.NEWEST


@dataclass(frozen=True)
class Condition:
    """One piece of SQL; ``{}`` stands where each of its values goes."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Found:
    """One line of an answer."""

    id: UUID
    number: str
    subject: str
    applicant: str
    unit: str
    organisation: str
    state: CaseState
    step_name: str
    due_at: datetime | None
    late: bool
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    stars: int | None
    words: str
    version: int
    standing: str = ""


def _conditions(region: Region, actor: Actor, question: Question, now: datetime) -> list[Condition]:
    asked = [Condition("c.region = {}", (region.code,)), _scope(region, actor, question)]
    if question.states:
        asked.append(Condition("c.state = ANY ({}::text[])", ([state.value for state in question.states],)))
    if question.matters:
        asked.append(Condition("c.matter = ANY ({}::text[])", (sorted(question.matters),)))
    if question.unit:
        asked.append(Condition("c.unit_id = ANY (ARRAY(SELECT id FROM organisation WHERE region = {} AND kind = 'unit' AND strpos(name, {}) > 0))",
                               (region.code, question.unit)))
    if question.person:
        asked.append(_about(region, question.person))
    if question.step:
        asked.append(Condition("c.step = {}", (question.step,)))
    if question.service:
        asked.append(Condition("c.service_id = {}", (question.service,)))
    if question.organisation:
        asked.append(Condition("c.handler_org = {}", (question.organisation,)))
    if question.district:
        asked.append(Condition("coalesce(c.facts, c.data) ->> 'district' = {}", (question.district,)))
    if question.words:
        asked.append(Condition("(c.number = upper({}) OR c.subject LIKE {} OR a.name = {})",
                               (question.words, f"%{_escaped(question.words)}%", question.words)))
    asked += _in_time(region, question, now)
    if question.stars:
        asked.append(Condition("r.stars = {}", (question.stars,)))
    if question.standing:
        asked.append(Condition("EXISTS (SELECT 1 FROM dossier WHERE region = c.region AND account_id = coalesce(c.about_id, c.applicant_id) "
                               "AND standing = {})", (question.standing,)))
    return asked


def _about(region: Region, person: str) -> Condition:
    """Found by whole numbers through their blind indexes, and the cases by theirs: the cost stays flat."""
    known = "SELECT id FROM account WHERE region = {} AND (name = {} OR id_number_index = {} OR phone_index = {})"
    values = (region.code, person, keys().blind_index(person, "id_number"), phone_index(person))
    return Condition(f"c.applicant_id = ANY (ARRAY({known})) OR c.about_id = ANY (ARRAY({known}))", values * 2)


def _in_time(region: Region, question: Question, now: datetime) -> list[Condition]:
    asked = []
    if question.since:
        asked.append(Condition("c.created_at >= {}", (datetime.combine(question.since, time(), region.profile.tz),)))
    if question.until:
        asked.append(Condition("c.created_at < {}", (datetime.combine(question.until + timedelta(days=1), time(), region.profile.tz),)))
    if question.since and question.until and question.since > question.until:
        raise Invalid({"until": "结束日期应不早于开始日期。"})
    if question.late:
        asked.append(Condition("c.state = 'handling' AND c.due_at < {}", (now,)))
    return asked


def _scope(region: Region, actor: Actor, question: Question) -> Condition:
    """Raises :class:`NotPermitted` for who may query nothing at all."""
    everything = actor.may(Permission.QUERY_REGION, region.profile)
    if everything and question.everywhere:
        return Condition("true", ())
    if not everything and not actor.may(Permission.QUERY_OWN, region.profile):
        raise NotPermitted
    own = organisations_to_query(region, actor)
    return Condition("c.organisations && {}::uuid[] OR c.unit_id = ANY({}::uuid[])", (own, own))


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _where(conditions: list[Condition]) -> tuple[str, list[Any]]:
    """Pieces of this file alone, every value a parameter."""
    pieces: list[str] = []
    values: list[Any] = []
    for condition in conditions:
        numbers = [f"${len(values) + offset}" for offset in range(1, len(condition.values) + 1)]
        pieces.append(condition.sql.format(*numbers))
        values += condition.values
    return " AND ".join(f"({piece})" for piece in pieces), values


def _statement(conditions: list[Condition], order: Order) -> tuple[str, list[Any]]:
    """The whole statement; two more parameters follow, how many rows and how many to leave out."""
    where, values = _where(conditions)
    return f"{_FOUND} {where} ORDER BY {ORDERS[order]} LIMIT ${len(values) + 1} OFFSET ${len(values) + 2}", values


_FOUND = """
SELECT c.id, c.number, c.subject, c.matter, c.state, c.step, c.due_at, c.created_at, c.updated_at, c.closed_at, c.version,
       coalesce(p.name, a.name) AS applicant, o.name AS organisation, u.name AS unit, r.stars, r.id AS rating, r.words, r.words_sealed, d.standing
FROM cases c
JOIN account a ON a.region = c.region AND a.id = c.applicant_id
JOIN organisation o ON o.region = c.region AND o.id = c.handler_org
LEFT JOIN account p ON p.region = c.region AND p.id = c.about_id
LEFT JOIN organisation u ON u.region = c.region AND u.id = c.unit_id
LEFT JOIN dossier d ON d.region = c.region AND d.account_id = coalesce(c.about_id, c.applicant_id)
LEFT JOIN rating r ON r.region = c.region AND r.case_id = c.id
WHERE"""

_COUNTED = """
FROM cases c
JOIN account a ON a.region = c.region AND a.id = c.applicant_id
LEFT JOIN rating r ON r.region = c.region AND r.case_id = c.id
WHERE"""


async def ask(region: Region, actor: Actor, question: Question, now: datetime, *, page: int = 1, size: int = PAGE) -> list[Found]:
    """One page of the answer; ask for ``size + 1`` to know whether there is another. Raises :class:`Invalid`, :class:`NotPermitted`."""
    sql, values = _statement(_conditions(region, actor, question, now), question.order)
    return [_found(region, one, now) for one in await rows(sql, *values, size, max(0, page - 1) * PAGE)]


async def count(region: Region, actor: Actor, question: Question, now: datetime, most: int = MOST_COUNTED) -> int:
    """How many lines the answer has; counts no further than ``most``, so that a wide question stays cheap."""
    where, values = _where(_conditions(region, actor, question, now))
    found = await rows(f"SELECT count(*) AS lines FROM (SELECT 1 {_COUNTED} {where} LIMIT ${len(values) + 1}) counted", *values, most)  # noqa: S608
    return int(found[0]["lines"])


async def everything(region: Region, actor: Actor, question: Question, now: datetime, most: int) -> AsyncIterator[list[Found]]:
    """The whole answer in pieces, for an export; never more than ``most`` rows (T30)."""
    sql, values = _statement(_conditions(region, actor, question, now), question.order)
    for offset in range(0, most, EXPORT_PAGE):
        piece = await rows(sql, *values, min(EXPORT_PAGE, most - offset), offset)
        if piece:
            yield [_found(region, one, now) for one in piece]
        if len(piece) < EXPORT_PAGE:
            return


def _found(region: Region, one: dict[str, Any], now: datetime) -> Found:
    state = CaseState(one["state"])
    step, late = region.profile.step_name(one["matter"], one["step"]), state is CaseState.HANDLING and one["due_at"] < now
    words = read_words(region.code, one["rating"], one["words_sealed"], one["words"]) if one["rating"] else ""
    return Found(one["id"], one["number"], one["subject"], one["applicant"], one["unit"] or "", one["organisation"], state, step, one["due_at"], late,
                 one["created_at"], one["updated_at"], one["closed_at"], one["stars"], words, one["version"],
                 region.profile.classes.get(one["standing"] or "", ""))
