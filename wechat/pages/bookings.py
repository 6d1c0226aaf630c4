"""在线申请 (WH-51): the need, the district and its window, a slot where the service declares them; a summary; then it is submitted."""

from typing import Any
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from models.catalogue import Service
from services import attachments, bookings
from services.cards import CardRefused
from services.cases import answers
from services.cases.effects import SlotFull
from services.cases.engine import TooManyOpen
from web import pages
from web.context import actor, now, region
from web.idempotency import once
from web.uploads import received
from wechat.pages import forms

blueprint = Blueprint("phone_bookings")


@blueprint.get("/<region:str>/services/<service_id:uuid>/request", ctx_permission="talent")
async def ask(request: Request, service_id: UUID) -> HTTPResponse:
    service = (await bookings.open_to(region(request), actor(request), service_id, now(request))).service
    return await _form(request, service, {})


@blueprint.post("/<region:str>/services/<service_id:uuid>/request", ctx_permission="talent")
async def review(request: Request, service_id: UUID) -> HTTPResponse:
    """``act=look`` and ``drop:<id>`` only fill in the form further, ``edit`` leads back from the summary; else the summary, or the form with its
    mistakes."""
    here = region(request)
    service = (await bookings.open_to(here, actor(request), service_id, now(request))).service
    given, act = forms.typed(request, bookings.form_of(here.matter(bookings.MATTER), service)), forms.word(request, "act")
    if act in ("look", "edit") or act.startswith("drop:"):
        return await _form(request, service, forms.without_file(given, act))
    try:
        asked = await bookings.draft(here, actor(request), service_id, given, now(request))
    except Invalid as refusal:
        return await _form(request, service, given, refusal)
    return pages.render(request, "phone/review.html", service=service, given=given,
                        answers=await answers.in_words(here, asked.matter.form, asked.form))


@blueprint.post("/<region:str>/services/<service_id:uuid>/request/files", ctx_permission="talent", stream=True, ctx_body=forms.UPLOAD_BYTES,
                ctx_limit=(60, 60))
async def upload(request: Request, service_id: UUID) -> HTTPResponse:
    """A file as soon as it is chosen; the answer is its field, or the whole form for who has no script."""
    here = region(request)
    service = (await bookings.open_to(here, actor(request), service_id, now(request))).service
    form, refusal = bookings.form_of(here.matter(bookings.MATTER), service), None
    given = forms.typed(request, form)
    try:
        for sent in received(request):
            name = sent.field.removeprefix(forms.UPLOAD)
            file = await attachments.to_booking(here, actor(request), name, sent.name, sent.data, now(request))
            given = forms.with_file(form, given, name, str(file.id))
    except Invalid as refused:
        refusal = forms.beside_upload(refused)
    return await _form(request, service, given, refusal)


@blueprint.post("/<region:str>/services/<service_id:uuid>/bookings", ctx_permission="talent")
@once
async def submit(request: Request, service_id: UUID) -> HTTPResponse:
    here = region(request)
    service = (await bookings.open_to(here, actor(request), service_id, now(request))).service
    given = forms.typed(request, bookings.form_of(here.matter(bookings.MATTER), service))
    try:
        outcome = await bookings.request(here, actor(request), service_id, given, now(request))
    except (Invalid, SlotFull, TooManyOpen, CardRefused) as refusal:
        return await _form(request, service, given, refusal)
    return redirect(f"/{here.code}/cases/{outcome.case.id}?done=submitted", status=303)


async def _form(request: Request, service: Service, given: dict[str, Any], refusal: Refusal | None = None) -> HTTPResponse:
    """The form with everything that was typed, and what is wrong with it."""
    look = f"/{region(request).code}/services/{service.id}/request"
    page = await forms.filled(region(request), actor(request), service, given, now(request), errors=_errors(refusal), upload=f"{look}/files")
    if part := forms.only(request, page, 0, refusal):
        return part
    return pages.render(request, "phone/request.html", refusal.status_code if refusal else 200, block="places", service=service, page=page,
                        look=look, near=await bookings.positions(region(request), service))


def _errors(refusal: Refusal | None) -> dict[str, str]:
    """Field → sentence; what belongs to no field stands in the summary alone."""
    if refusal is None:
        return {}
    if isinstance(refusal, Invalid):
        return refusal.fields
    return {"slot" if isinstance(refusal, SlotFull) else "": refusal.text}
