"""综合查询 (WH-64) as a form with one field for each thing that is asked for most: the same question as by any combination (``console/asking.py``).

The same question asked of persons alone is 人才管理 (WH-33): everyone whom this organisation has handled, with where each stands; asked by a unit it
is 申报信息查询 (BZ-13, GL-13). What may be seen is decided inside the question, never here.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from console import shell
from console.asking import address_of, sorting
from console.exports import ordered
from models.case import CaseState
from services import catalogue
from services.asking import answers, keeping
from services.asking.answers import MOST_COUNTED, TooWide
from services.asking.questions import Question, Simple
from services.regions import Region
from web.bodies import query
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_query", url_prefix="/<region:str>/console")
#: Digits of an ID number; other numbers without a letter are telephone numbers.
ID_NUMBER = (15, 18)


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"


#: Field by which it is sorted, and whether upwards.
SORTED = {Order.NEWEST: ("", False), Order.OLDEST: ("created", True), Order.DUE: ("due", True)}


class Asked(shell.Asked):
    """The conditions, as they stand in the address. ``scope``: empty is everything for who may see it, else one's own organisations."""

    words: str = Field("", max_length=60)
    person: str = Field("", max_length=60)
    unit: str = Field("", max_length=60)
    matter: str = Field("", max_length=48)
    state: tuple[CaseState, ...] = ()
    step: str = Field("", max_length=48)
    service: UUID | None = None
    organisation: UUID | None = None
    district: str = Field("", max_length=48)
    since: date | None = None
    until: date | None = None
    late: Literal["", "yes"] = ""
    stars: int | None = Field(None, ge=1, le=5)
    standing: str = Field("", max_length=48)
    scope: Literal["", "own"] = ""
    order: Order = Order.NEWEST


@dataclass(frozen=True)
class Sight:
    """One way to look: of all matters, or of those that persons apply for."""

    path: str
    title: str
    persons: bool

    def matters(self, here: Region) -> dict[str, str]:
        return {matter.code: matter.name for matter in here.profile.matters.values() if not self.persons or (
            matter.sections and (matter.who.kind == "talent" or matter.who.about))}


CASES = Sight("query", "综合查询", persons=False)
TALENTS = Sight("talents", "人才管理", persons=True)


@blueprint.get("/query", ctx_permission="staff", name="cases")
async def cases(request: Request) -> HTTPResponse:
    return await _show(request, CASES)


@blueprint.get("/talents", ctx_permission="staff", name="talents")
async def talents(request: Request) -> HTTPResponse:
    return await _show(request, TALENTS)


@blueprint.post("/query/export", ctx_permission="staff", ctx_limit=(20, 300), name="cases_export")
@once
async def export_cases(request: Request) -> HTTPResponse:
    return await _export(request, CASES)


@blueprint.post("/talents/export", ctx_permission="staff", ctx_limit=(20, 300), name="talents_export")
@once
async def export_talents(request: Request) -> HTTPResponse:
    return await _export(request, TALENTS)


async def _export(request: Request, sight: Sight) -> HTTPResponse:
    """The whole answer as a file; the conditions come in the address, as they stood on the page."""
    return await ordered(request, "ask.cases", await question(request, sight, query(request, Asked)))


async def question(request: Request, sight: Sight, asked: Asked) -> Question:
    """As 综合查询 asks it (``services.asking``), with the columns that she chose there."""
    return Question("cases", tuple(_conditions(request, sight, asked).values()), await keeping.columns(region(request), actor(request), "cases"),
                    asked.scope != "own", *SORTED[asked.order])


def _conditions(request: Request, sight: Sight, asked: Asked) -> dict[str, Simple]:
    """By the field of the form that says them. Raises :class:`Invalid` for a time that ends before it begins."""
    if asked.since and asked.until and asked.since > asked.until:
        raise Invalid({"until": "结束日期应不早于开始日期。"})
    matters = (asked.matter,) if asked.matter else tuple(sight.matters(region(request))) if sight.persons else ()
    said = {
        "words": Simple("number" if _is_number(asked.words) else "subject", "is" if _is_number(asked.words) else "contains", (asked.words,)),
        "person": Simple(_kind_of(asked.person), "is", (asked.person,)), "unit": Simple("unit", "contains", (asked.unit,)),
        "matter": Simple("matter", "is", matters), "state": Simple("state", "is", tuple(state.value for state in asked.state)),
        "step": Simple("step", "is", (asked.step,)), "service": Simple("service", "is", (str(asked.service or ""),)),
        "organisation": Simple("office", "is", (str(asked.organisation or ""),)), "district": Simple("district", "is", (asked.district,)),
        "since": Simple("created", "from", (str(asked.since or ""),)), "until": Simple("created", "until", (str(asked.until or ""),)),
        "late": Simple("late", "is", ("true" if asked.late else "",)), "stars": Simple("stars", "is", (str(asked.stars or ""),)),
        "standing": Simple("standing", "is", (asked.standing,)),
    }
    return {name: simple for name, simple in said.items() if any(simple.values)}


def _is_number(words: str) -> bool:
    """Whether a number was typed, of a case or of a document: letters and digits, and no word of a subject and no name."""
    return words.isascii() and any(sign.isdigit() for sign in words)


def _kind_of(person: str) -> str:
    """What of a person was typed: each is found by its whole alone."""
    plain = person.replace(" ", "").replace("-", "").removeprefix("+")
    if plain.isascii() and plain.isdigit() and len(plain) not in ID_NUMBER:
        return "phone"
    return "id_number" if _is_number(person) else "person"


async def _show(request: Request, sight: Sight) -> HTTPResponse:
    try:
        asked = query(request, Asked)
        return await _answer(request, sight, asked)
    except Invalid as refusal:
        return await _page(request, sight, Asked(), Question("cases"), status=refusal.status_code, errors=refusal.fields)


async def _answer(request: Request, sight: Sight, asked: Asked) -> HTTPResponse:
    wanted = await question(request, sight, asked)
    try:
        answer = await answers.ask(region(request), actor(request), wanted, now(request), page=asked.page)
    except Invalid as refusal:  # named by their places there
        names = dict(zip((f"v{number}" for number in range(1, len(wanted.conditions) + 1)), _conditions(request, sight, asked), strict=True))
        raise Invalid({names.get(place, place): sentence for place, sentence in refusal.fields.items()}) from None
    except TooWide as refusal:
        return await _page(request, sight, asked, wanted, status=refusal.status_code, refusal=refusal.text)
    pages = shell.pager(request, sight.path, asked.page, answers.PAGE, min(answer.total, MOST_COUNTED - 1), kept(asked))
    return await _page(request, sight, asked, wanted, answer=answer, pager=pages)


def kept(asked: Asked) -> dict[str, Any]:
    """The conditions that were set, for addresses of other pages of the same answer."""
    return asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})


async def _page(request: Request, sight: Sight, asked: Asked, wanted: Question, *, status: int = 200, **context: Any) -> HTTPResponse:
    here, staff = region(request), actor(request).is_staff
    matters = sight.matters(here)
    seen: dict[str, Any] = {"answer": None, "pager": None, "refusal": ""}
    return await shell.page(
        request, "query.html", status, block="answer", asked=asked, title=sight.title if staff else "申报信息查询", path=sight.path, of_staff=staff,
        steps={step.step: step.name for code in matters for step in here.matter(code).route}, **sorting(request, wanted),
        matter_options=list(matters.items()), state_options=[(state.value, state.label) for state in CaseState],
        district_options=[(district.code, district.name) for district in here.profile.districts],
        organisation_options=await shell.organisation_options(request) if staff else [],
        service_options=[] if sight.persons else [(service.id, service.name) for shelf in await catalogue.every(here) for service in shelf.services],
        combined=shell.address(request, "query/ask/cases", **address_of(wanted)),
        export=shell.address(request, f"{sight.path}/export", **kept(asked)), **seen | context)
