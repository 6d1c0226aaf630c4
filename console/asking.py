"""综合查询 by any combination (WH-64, WH-33, WH-35, BZ-13): conditions line by line, columns that are kept, questions that are saved.

The address is the question, so that it can be kept, sent and exported; its lines are ``f1 o1 v1 j1``, ``f2`` …: field, operator, values, joint.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid, NotPermitted, TooMany
from config.vocabulary import Permission
from console import shell
from console.exports import ordered
from services import saved_lists
from services.asking import answers, keeping, questions
from services.asking.answers import MOST_COUNTED, TooWide
from services.asking.declared import SUBJECTS
from services.asking.fields import ALONE, Choice, Kind, Subject
from services.asking.fields import Field as FieldOf
from services.asking.questions import MOST_CONDITIONS, Question, Simple
from services.workbooks import TooManyRows
from web.bodies import Body, check, parse
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_asking", url_prefix="/<region:str>/console/query/ask")
OR = "or"
#: So many choices stand as boxes to tick; of more, one is picked.
MOST_BOXES = 8
#: What a typed value is typed into.
CONTROLS = {Kind.TEXT: "text", Kind.EXACT: "text", Kind.NUMBERED: "text", Kind.NUMBER: "number", Kind.DAY: "date", Kind.MOMENT: "date"}


class Asked(shell.Asked):
    """Everything of the address but its lines."""

    scope: str = Field("", pattern="^(own)?$")
    sort: str = Field("", max_length=24)
    way: str = Field("", pattern="^(asc)?$")
    saved: UUID | None = None


def lines_of(request: Request) -> tuple[Simple, ...]:
    """The conditions as they stand in the address; a line without a field is none, and one whose operator is not its field's takes its first."""
    return tuple(_line(request, number) for number in range(1, MOST_CONDITIONS + 1) if request.args.get(f"f{number}"))


def _line(request: Request, number: int) -> Simple:
    values = tuple(value for value in request.args.getlist(f"v{number}", []) if value.strip())
    return Simple(request.args.get(f"f{number}", ""), request.args.get(f"o{number}", ""), values, request.args.get(f"j{number}", "") == OR)


def _fitting(request: Request, subject: Subject, line: Simple) -> Simple:
    """After another field was chosen its operator may not be the one that stands there: then its first, and nothing to look for yet."""
    field = subject.field(line.field)
    if field is None or not field.operators or line.operator in field.operators:
        return line
    return Simple(line.field, field.operators[0].value, (), line.other)


async def _asked(request: Request, code: str) -> tuple[Asked, Question]:
    """What the address asks. Raises ``Invalid``, ``NotFound``, ``NotPermitted``."""
    subject = questions.subject_of(region(request), actor(request), code)
    known = {name for number in range(1, MOST_CONDITIONS + 2) for name in (f"f{number}", f"o{number}", f"v{number}", f"j{number}")}
    asked = check(Asked, {name: values[0] for name, values in request.args.items() if name not in known})
    columns = await keeping.columns(region(request), actor(request), code)
    lines = tuple(_fitting(request, subject, line) for line in lines_of(request))
    return asked, Question(code, lines, columns, asked.scope != "own", asked.sort, asked.way == "asc")


@blueprint.get("/<code:str>", ctx_permission="staff")
async def show(request: Request, code: str) -> HTTPResponse:
    asked, question = await _asked(request, code)
    if asked.saved is not None:
        found = await keeping.find(region(request), actor(request), asked.saved)
        return shell.away(request, f"query/ask/{found.subject}", **address_of(found))
    if not all(line.values or line.operator in ALONE for line in question.conditions):
        return await _page(request, asked, question, unfinished=True)
    try:
        answer = await answers.ask(region(request), actor(request), question, now(request), page=asked.page)
    except Invalid as refusal:
        return await _page(request, asked, question, status=refusal.status_code, errors=refusal.fields)
    except TooWide as refusal:
        return await _page(request, asked, question, status=refusal.status_code, refusal=refusal.text)
    pages = shell.pager(request, f"query/ask/{code}", asked.page, answers.PAGE, min(answer.total, MOST_COUNTED - 1), address_of(question))
    return await _page(request, asked, question, answer=answer, pager=pages)


def address_of(question: Question) -> dict[str, Any]:
    """The question as it stands in an address."""
    said: dict[str, Any] = {}
    for number, line in enumerate(question.conditions, 1):
        said |= {f"j{number}": OR if line.other else "", f"f{number}": line.field, f"o{number}": line.operator, f"v{number}": list(line.values) or ""}
    return said | {"scope": "" if question.everywhere else "own", "sort": question.sort, "way": "asc" if question.ascending else ""}


class Columns(Body):
    column: tuple[str, ...] = ()


@blueprint.post("/<code:str>/columns", ctx_permission="staff")
async def columns(request: Request, code: str) -> HTTPResponse:
    """Choose what is shown; the question stays in the address."""
    _, question = await _asked(request, code)
    await keeping.choose_columns(region(request), actor(request), code, parse(request, Columns).column)
    return shell.away(request, f"query/ask/{code}", **address_of(question))


class Keep(Body):
    name: str = ""
    share: str = ""


@blueprint.post("/<code:str>/saved", ctx_permission="staff", ctx_limit=(30, 300))
@once
async def save(request: Request, code: str) -> HTTPResponse:
    asked, question = await _asked(request, code)
    typed = parse(request, Keep)
    try:
        await keeping.keep(region(request), actor(request), question, typed.name, now(request), share=bool(typed.share))
    except Invalid as refusal:
        return await _page(request, asked, question, status=refusal.status_code, errors=refusal.fields, typed=typed.model_dump(), keeping=True)
    return shell.away(request, f"query/ask/{code}", **address_of(question), done="question_kept")


@blueprint.post("/saved/<id:uuid>/forget", ctx_permission="staff")
@once
async def forget(request: Request, id: UUID) -> HTTPResponse:
    found = await keeping.find(region(request), actor(request), id)
    await saved_lists.remove(region(request), actor(request), id)
    return shell.away(request, f"query/ask/{found.subject}", done="question_forgotten")


class Approval(Body):
    purpose: str = ""
    whole: str = ""


@blueprint.post("/<code:str>/export", ctx_permission="staff", ctx_limit=(20, 300))
@once
async def export(request: Request, code: str) -> HTTPResponse:
    """Exactly the columns and conditions of the page."""
    return await _file(request, code, Approval())


@blueprint.post("/<code:str>/approval", ctx_permission="staff", ctx_limit=(20, 300))
@once
async def ask_for_approval(request: Request, code: str) -> HTTPResponse:
    """The same file with whole numbers, or longer than one may take alone; somebody else approves it first (T30, T40)."""
    return await _file(request, code, parse(request, Approval), large=True)


async def _file(request: Request, code: str, typed: Approval, *, large: bool = False) -> HTTPResponse:
    """Order the answer as a file, or say on its page why there is none; ``large``: one that somebody else approves."""
    asked, question = await _asked(request, code)
    try:
        return await ordered(request, f"ask.{code}", replace(question, whole=bool(typed.whole), large=large), purpose=typed.purpose)
    except (Invalid, NotPermitted, TooMany, TooWide) as refusal:
        said = {"errors": refusal.fields} if isinstance(refusal, Invalid) else {"refusal": refusal.text}
        return await _page(request, asked, question, status=refusal.status_code, typed=typed.model_dump(), **said,
                           asking=large or isinstance(refusal, TooManyRows))


async def _page(request: Request, asked: Asked, question: Question, *, status: int = 200, **context: Any) -> HTTPResponse:
    here, who = region(request), actor(request)
    subject = questions.subject_of(here, who, question.subject)
    kept = address_of(question)
    seen: dict[str, Any] = {"answer": None, "pager": None, "refusal": "", "errors": {}, "keeping": False, "unfinished": False, "asking": False}
    return await shell.page(
        request, "asking.html", status, block="asked", asked=asked,
        lines=[await _drawn(request, subject, number, line) | {"without": _without(request, question, number)}
               for number, line in enumerate(question.conditions, 1)],
        fields=[(field.code, field.label) for field in subject.fields_of(here) if field.operators], spare=len(question.conditions) + 1,
        most=MOST_CONDITIONS, said=await questions.in_words(here, question), columns=_columns(request, question),
        **sorting(request, question),
        subject_tabs=[{"href": shell.address(request, f"query/ask/{one.code}"), "label": one.label, "current": one is subject}
                      for one in questions.subjects_of(here, who)],
        saved=await saved_lists.of_actor(here, who, subject.code), path=f"query/ask/{subject.code}",
        narrowed=subject.own and who.may(Permission.QUERY_REGION, here.profile),
        here=lambda part="": shell.address(request, f"query/ask/{subject.code}{part}", **kept), **seen | context)


async def _drawn(request: Request, subject: Subject, number: int, line: Simple) -> dict[str, Any]:
    """A line of the form: the field, its operators, and what its value is chosen from or typed into."""
    field = subject.field(line.field)
    choices = await questions.choices_of(region(request), field) if field else []
    operators = [(operator.value, operator.label) for operator in field.operators] if field else []
    return {"number": number, "line": line, "field": field, "operators": operators, "choices": choices, "control": _control(field, line, choices),
            "whole": bool(field and field.kind in (Kind.EXACT, Kind.NUMBERED)), "or": line.other}


def _control(field: FieldOf | None, line: Simple, choices: Sequence[Choice]) -> str:
    if field is None or line.operator in ALONE:
        return ""
    if choices:
        return "several" if field.kind is Kind.CHOICE and len(choices) <= MOST_BOXES else "select"
    return CONTROLS[field.kind]


def _without(request: Request, question: Question, number: int) -> str:
    rest = tuple(line for place, line in enumerate(question.conditions, 1) if place != number)
    return shell.address(request, f"query/ask/{question.subject}", **address_of(replace(question, conditions=rest)))


def _columns(request: Request, question: Question) -> list[tuple[str, str, bool]]:
    """Every column: its code, its label, whether it is shown; those that are shown first, as they stand."""
    shown = questions.columns_of(region(request), question)
    every = [field for field in SUBJECTS[question.subject].fields_of(region(request)) if field.column]
    return [(field.code, field.label, True) for field in shown] + [(field.code, field.label, False) for field in every if field not in shown]


def sorting(request: Request, question: Question) -> dict[str, Any]:
    """What the table of an answer needs beside the answer: where the titles lead by which it can be sorted."""
    subject = SUBJECTS[question.subject]
    return {"subject": subject, "question": question, "capped": MOST_COUNTED - 1, "sorted_by": question.sort or subject.order,
            "orders": {field.code: _order(request, question, field.code) for field in subject.fields if field.order}}


def _order(request: Request, question: Question, code: str) -> str:
    """Where a column's title leads: sorted by it, the other way when it is already."""
    up = question.sort == code and not question.ascending
    return shell.address(request, f"query/ask/{question.subject}", **address_of(question) | {"sort": code, "way": "asc" if up else ""})

