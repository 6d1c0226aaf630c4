"""申报 (WH-23, WH-30, DZ-05, GL-10): one page a matter, from what is lacking to the summary and the submission; and the answer to a return."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Conflict, Invalid, NotPermitted, Refusal, TooMany
from config.vocabulary import Effect, Requirement
from services import answering, applications, attachments, dossiers, joining
from services.answering import Answering
from services.applications import Desk, Incomplete, Offer
from services.cases import answers
from services.identity import NumberTaken
from web import pages
from web.bodies import Body, corrected, parse
from web.context import actor, now, region
from web.idempotency import once
from web.uploads import received
from wechat.pages import forms

#: Which end of a matter gives what another one needs first: there the page leads.
GIVEN_BY = {Requirement.APPROVED_ACCOUNT: Effect.OPEN_ACCOUNT, Requirement.ADMITTED_DOSSIER: Effect.ADMIT_DOSSIER,
            Requirement.ACTIVE_CARD: Effect.ISSUE_CARD}
blueprint = Blueprint("phone_applications")


@blueprint.get("/<region:str>/apply", ctx_permission="talent")
async def index(request: Request) -> HTTPResponse:
    offers = await applications.offered(region(request), actor(request), now(request))
    return pages.render(request, "phone/apply/index.html", offers=offers, lacks=applications.LACKS)


@blueprint.get("/<region:str>/apply/<matter:str>", ctx_permission="talent")
async def show(request: Request, matter: str) -> HTTPResponse:
    return await _page(request, await _desk(request, matter), None)


@blueprint.post("/<region:str>/apply/<matter:str>", ctx_permission="talent")
async def fill_in(request: Request, matter: str) -> HTTPResponse:
    """``act=save`` keeps the form as it is; ``look`` and ``drop:<id>`` only fill it in further; else the summary, or the form with its mistakes."""
    here, shown = region(request), await _desk(request, matter)
    given, act = forms.typed(request, shown.matter.form), forms.word(request, "act")
    if act == "look" or act.startswith("drop:"):
        return await _page(request, shown, forms.without_file(given, act))
    keep = applications.save_form if act == "save" else applications.complete_form
    try:
        await keep(here, actor(request), matter, given, forms.seen(request), now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, await _desk(request, matter), given, refusal)
    if act == "save":
        return redirect(f"/{here.code}/apply/{matter}?done=saved", status=303)
    return await _summary(request, await _desk(request, matter))


class Seen(Body):
    seen: int


@blueprint.post("/<region:str>/apply/<matter:str>/sync", ctx_permission="talent")
async def synchronise(request: Request, matter: str) -> HTTPResponse:
    """数据同步 (WH-30), as often as wanted."""
    try:
        await applications.synchronise(region(request), actor(request), matter, parse(request, Seen).seen, now(request))
    except (Conflict, NotPermitted) as refusal:
        return await _page(request, await _desk(request, matter), None, refusal)
    return redirect(f"/{region(request).code}/apply/{matter}?done=synchronised", status=303)


@blueprint.post("/<region:str>/apply/<matter:str>/submit", ctx_permission="talent")
@once
async def submit(request: Request, matter: str) -> HTTPResponse:
    """What the summary showed: the form as it was saved for it, and the sections."""
    shown, seen = await _desk(request, matter), parse(request, Seen).seen
    try:
        if seen != shown.draft_version:
            raise dossiers.ChangedElsewhere
        outcome = await applications.submit(region(request), actor(request), matter, shown.form, now(request))
    except (Invalid, Conflict, NotPermitted, TooMany) as refusal:
        return await _page(request, await _desk(request, matter), None, refusal)
    return redirect(f"/{region(request).code}/cases/{outcome.case.id}?done=submitted", status=303)


@blueprint.post("/<region:str>/apply/<matter:str>/files", ctx_permission="talent", stream=True, ctx_body=forms.UPLOAD_BYTES, ctx_limit=(60, 60))
async def upload(request: Request, matter: str) -> HTTPResponse:
    shown = await _desk(request, matter)
    given, refusal = forms.typed(request, shown.matter.form), None
    try:
        for sent in received(request):
            name = sent.field.removeprefix(forms.UPLOAD)
            file = await attachments.to_draft(region(request), actor(request), matter, name, sent.name, sent.data, now(request))
            given = forms.with_file(shown.matter.form, given, name, str(file.id))
    except Invalid as found:
        refusal = forms.beside_upload(found)
    return await _page(request, await _desk(request, matter), given, refusal)


@blueprint.get("/<region:str>/cases/<case_id:uuid>/answer", ctx_permission="talent")
async def correct(request: Request, case_id: UUID) -> HTTPResponse:
    """What a return marked, each with the way to its row; or what may still be changed because nobody has reviewed it (DZ-08)."""
    found = await answering.of(region(request), actor(request), case_id, now(request))
    if not found.allowed or found.sheet.case.service_id is not None:
        return redirect(f"/{region(request).code}/cases/{case_id}", status=303)
    return await _answer(request, found, dict(found.sheet.case.data))


@blueprint.post("/<region:str>/cases/<case_id:uuid>/answer", ctx_permission="talent")
@once
async def resubmit(request: Request, case_id: UUID) -> HTTPResponse:
    here, who = region(request), actor(request)
    found = await answering.of(here, who, case_id, now(request))
    given, act = forms.typed(request, found.sheet.matter.form) | corrected(request), forms.word(request, "act")
    if act == "look" or act.startswith("drop:"):
        return await _answer(request, found, forms.without_file(given, act))
    try:
        await joining.resubmit(here, who, case_id, forms.seen(request), given, now(request), keep=request.ctx.session)
    except (Invalid, Conflict, TooMany) as refusal:
        return await _answer(request, await answering.of(here, who, case_id, now(request)), given, refusal)
    return redirect(f"/{here.code}/cases/{case_id}?done=resubmitted", status=303)


@blueprint.post("/<region:str>/cases/<case_id:uuid>/answer/files", ctx_permission="talent", stream=True, ctx_body=forms.UPLOAD_BYTES,
                ctx_limit=(60, 60))
async def upload_again(request: Request, case_id: UUID) -> HTTPResponse:
    found = await answering.of(region(request), actor(request), case_id, now(request))
    given, refusal = forms.typed(request, found.sheet.matter.form) | corrected(request), None
    try:
        for sent in received(request):
            name = sent.field.removeprefix(forms.UPLOAD)
            file = await attachments.to_case(region(request), actor(request), case_id, name, sent.name, sent.data, now(request))
            given = forms.with_file(found.sheet.matter.form, given, name, str(file.id))
    except Invalid as refused:
        refusal = forms.beside_upload(refused)
    return await _answer(request, found, given, refusal)


async def _desk(request: Request, matter: str) -> Desk:
    return await applications.desk(region(request), actor(request), matter, now(request))


async def _page(request: Request, shown: Desk, given: Mapping[str, Any] | None, refusal: Refusal | None = None) -> HTTPResponse:
    """The matter with what it lacks, its own form with what was typed, and who will review it."""
    here, who = region(request), actor(request)
    values = shown.form if given is None else given
    if isinstance(refusal, NumberTaken):
        shown = replace(shown, gaps=(*shown.gaps, *dossiers.gaps_at(shown.sections, refusal.fields)))
    page = await forms.declared(here, who, shown.matter.form, values, errors=_errors(refusal), words=forms.sought(request),
                                upload=f"/{here.code}/apply/{shown.matter.code}/files")
    if part := forms.only(request, page, shown.draft_version, refusal):
        return part
    compared = await applications.difference(here, shown) if shown.outdated and shown.synchronised else []
    files = await attachments.in_sections(here, who, shown.sections, await applications.admitted(here, shown)) if compared else {}
    offers = await applications.offered(here, who, now(request)) if shown.lacks else []
    return pages.render(request, "phone/apply/matter.html", refusal.status_code if refusal else 200, shown=shown, page=page, compared=compared,
                        ahead=await applications.foresee_route(here, who, shown), lacks=applications.LACKS, ways=_ways(offers),
                        files=files, done=request.args.get("done", ""))


async def _summary(request: Request, shown: Desk) -> HTTPResponse:
    here, who = region(request), actor(request)
    return pages.render(request, "phone/apply/summary.html", shown=shown, parts_in_words=await dossiers.in_words(here, shown.sections, shown.content),
                        answers=await answers.in_words(here, shown.matter.form, shown.form),
                        files=await attachments.in_sections(here, who, shown.sections, shown.content),
                        ahead=await applications.foresee_route(here, who, shown))


async def _answer(request: Request, found: Answering, given: Mapping[str, Any], refusal: Refusal | None = None) -> HTTPResponse:
    here, case, errors = region(request), found.sheet.case, _errors(refusal)
    page = await forms.declared(here, actor(request), found.sheet.matter.form, given, errors=errors, marks=found.sheet.faults,
                                words=forms.sought(request), upload=f"/{here.code}/cases/{case.id}/answer/files")
    if part := forms.only(request, page, case.version, refusal):
        return part
    if isinstance(refusal, NumberTaken):
        found = replace(found, gaps=(*found.gaps, *dossiers.gaps_at(found.sections, refusal.fields)))
    own = found.correction and await forms.declared(here, None, found.correction.fields, {**found.correction.values, **given}, errors=errors,
                                                    marks=found.sheet.faults)
    return pages.render(request, "phone/apply/answer.html", refusal.status_code if refusal else 200, found=found, sheet=found.sheet, page=page,
                        own=own, words=found.sheet.returned_with, done=request.args.get("done", ""))


def _errors(refusal: Refusal | None) -> dict[str, str]:
    """Field → sentence; what is missing in the sections stands in its own list."""
    if refusal is None:
        return {}
    if isinstance(refusal, NumberTaken):
        return {"": next(iter(refusal.fields.values()))}
    return refusal.fields if isinstance(refusal, Invalid) and not isinstance(refusal, Incomplete) else {"": refusal.text}


def _ways(offers: list[Offer]) -> dict[Requirement, str]:
    """Requirement → code of the matter by which it is met."""
    return {needed: offer.matter.code for needed, effect in GIVEN_BY.items() for offer in offers if offer.matter.effect is effect}
