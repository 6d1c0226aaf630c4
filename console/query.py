"""综合查询 (WH-64): all cases with their progress by combined conditions, and the same answer as Excel.

The same question asked of persons alone is 人才管理 (WH-33): everyone whom this organisation has handled, with where each stands; asked by a unit it
is 申报信息查询 (BZ-13, GL-13). What may be seen is decided inside the question, never here.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Permission
from console import shell
from console.exports import ordered
from models.case import CaseState
from services import catalogue, queries
from services.queries import MOST_COUNTED, Order, Question
from services.regions import Region
from web.bodies import query
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_query", url_prefix="/<region:str>/console")


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
    export: str

    def matters(self, here: Region) -> dict[str, str]:
        return {matter.code: matter.name for matter in here.profile.matters.values() if not self.persons or (
            matter.sections and (matter.who.kind == "talent" or matter.who.about))}


CASES = Sight("query", "综合查询", persons=False, export="cases")
TALENTS = Sight("talents", "人才管理", persons=True, export="talents")


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
    return await ordered(request, sight.export, question(request, sight, query(request, Asked)))


def question(request: Request, sight: Sight, asked: Asked) -> Question:
    """Own organisations by default, everything for the city window."""
    everywhere = actor(request).may(Permission.QUERY_REGION, region(request).profile) and asked.scope != "own"
    matters = frozenset({asked.matter} if asked.matter else sight.matters(region(request)) if sight.persons else ())
    return Question(
        states=frozenset(asked.state), matters=matters, step=asked.step, service=asked.service, organisation=asked.organisation, unit=asked.unit,
        person=asked.person, district=asked.district, words=asked.words, since=asked.since, until=asked.until, late=asked.late == "yes",
        stars=asked.stars, standing=asked.standing, everywhere=everywhere, order=asked.order)


async def _show(request: Request, sight: Sight) -> HTTPResponse:
    try:
        asked = query(request, Asked)
        return await _answer(request, sight, asked)
    except Invalid as refusal:
        return await _page(request, sight, Asked(), status=refusal.status_code, errors=refusal.fields)


async def _answer(request: Request, sight: Sight, asked: Asked) -> HTTPResponse:
    here, who, wanted = region(request), actor(request), question(request, sight, asked)
    found = await queries.ask(here, who, wanted, now(request), page=asked.page)
    total = await queries.count(here, who, wanted, now(request))
    pages = shell.pager(request, sight.path, asked.page, queries.PAGE, total, kept(asked))
    return await _page(request, sight, asked, found=found, total=total, pager=pages)


def kept(asked: Asked) -> dict[str, Any]:
    """The conditions that were set, for addresses of other pages of the same answer."""
    return asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})


async def _page(request: Request, sight: Sight, asked: Asked, *, status: int = 200, **context: Any) -> HTTPResponse:
    here, staff = region(request), actor(request).is_staff
    matters = sight.matters(here)
    answer: dict[str, Any] = {"found": [], "total": 0, "pager": None}
    return await shell.page(
        request, "query.html", status, block="answer", asked=asked, title=sight.title if staff else "申报信息查询", path=sight.path, of_staff=staff,
        steps={step.step: step.name for code in matters for step in here.matter(code).route}, capped=MOST_COUNTED - 1,
        matter_options=list(matters.items()), matter_names={matter.code: matter.name for matter in here.profile.matters.values()},
        state_options=[(state.value, state.label) for state in CaseState],
        district_options=[(district.code, district.name) for district in here.profile.districts],
        organisation_options=await shell.organisation_options(request) if staff else [],
        service_options=[] if sight.persons else [(service.id, service.name) for shelf in await catalogue.every(here) for service in shelf.services],
        export=shell.address(request, f"{sight.path}/export", **kept(asked)), **answer | context)
