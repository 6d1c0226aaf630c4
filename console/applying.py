"""What a unit applies for at the desk: its admission, a change of one of its people; first submitted, or answered after a return.

One page shows what goes along, what is missing, who will review it and why, and the matter's own form (WH-10, BZ-03, GL-01, SD-10).
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid, NotFound, Refusal, TooMany
from config.vocabulary import Action
from console import declared, shell
from models.case import Case, CaseState
from services import applications, dossiers, joining, submitted
from services.applications import LACKS, Desk
from services.cases import progress, routing
from services.cases.transitions import applies
from web.bodies import Body, check, corrected
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_applying", url_prefix="/<region:str>/console/apply")


class Asked(shell.Asked):
    """``about``: the person of the unit whom it is about."""

    about: UUID | None = None


class Answering(Body):
    """``case`` and ``seen``: the returned case that is answered, and the version that stood on the page."""

    about: UUID | None = None
    case: UUID | None = None
    seen: int = 0


@dataclass(frozen=True)
class Page:
    """One matter as it is about to be submitted; ``answering``: the case of it that waits for this answer."""

    desk: Desk
    answering: Case | None
    about: UUID | None


@blueprint.get("/<matter:str>", ctx_permission="unit")
async def show(request: Request, matter: str) -> HTTPResponse:
    about = check(Asked, {name: values[0] for name, values in request.args.items()}).about
    page = await _read(request, matter, about)
    return await _page(request, page, dict(page.answering.data if page.answering else page.desk.form))


@blueprint.post("/<matter:str>", ctx_permission="unit")
@once
async def submit(request: Request, matter: str) -> HTTPResponse:
    """Begin the case, or answer its return; everything that is wrong or missing is said at once."""
    asked = check(Answering, declared.said(request, "about", "case", "seen"))
    page = await _read(request, matter, asked.about)
    given = declared.typed(request, page.desk.matter.form) | corrected(request)
    try:
        if asked.case is not None:
            outcome = await joining.resubmit(region(request), actor(request), asked.case, asked.seen, given, now(request), keep=request.ctx.session)
        else:
            outcome = await applications.submit(region(request), actor(request), matter, given, now(request), asked.about)
    except (Invalid, Conflict, TooMany, applications.NotYet, routing.NoHandler) as refusal:
        return await _page(request, page, given, refusal)
    return shell.away(request, f"cases/{outcome.case.id}/", done="submitted")


async def _read(request: Request, matter: str, about: UUID | None) -> Page:
    if region(request).matter(matter).who.kind != "unit":
        raise NotFound
    desk = await applications.desk(region(request), actor(request), matter, now(request), about)
    open_case = desk.open
    waits = open_case is not None and applies(actor(request), open_case, desk.matter) and (
        open_case.state is CaseState.RETURNED or (desk.matter.until_reviewed and open_case.step == desk.matter.route[0].step))
    return Page(desk, open_case if waits else None, about)


async def _page(request: Request, page: Page, given: dict[str, Any], refusal: Refusal | None = None) -> HTTPResponse:
    here, desk = region(request), page.desk
    history = await progress.history(here.code, page.answering.id) if page.answering else []
    marks, returned = progress.faults(history), next((event for event in reversed(history) if event.action is Action.RETURN), None)
    errors = shell.told(refusal, {})["errors"] if refusal else {}
    parts = await dossiers.in_words(here, desk.sections, desk.content, None, marks)
    correction = await joining.correction(here, actor(request), page.answering) if page.answering else None
    own = correction and await declared.drawn(here, actor(request), correction.fields, {**correction.values, **given}, errors=errors, marks=marks)
    return await shell.page(
        request, "apply.html", refusal.status_code if refusal else 200, page=page, matter=desk.matter, gaps=desk.gaps, typed=given, errors=errors,
        whom=await applications.whom(here, page.about), own=own,
        filled=await declared.drawn(here, actor(request), desk.matter.form, given, errors=errors, marks=marks),
        lacks=[LACKS[one] for one in desk.lacks], parts=parts, labels=submitted.labels(here, desk.matter, parts),
        foreseen=await applications.foresee(here, actor(request), desk, page.about), returned=returned)
