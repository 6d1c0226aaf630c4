"""办件: the list of mine, and one with its progress (WH-52), withdrawal, additions, correction and rating (WH-53)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Conflict, Invalid, Refusal
from config.vocabulary import Action
from models.case import CaseState
from models.catalogue import Service
from services import attachments, bookings, notifications, printing, ratings, submitted
from services.cases import own, sheet
from services.cases.effects import SlotFull
from services.cases.sheet import Sheet
from services.printing import application
from web import pages
from web.bodies import Body, form, parse
from web.context import actor, now, region
from web.idempotency import once
from web.uploads import received
from wechat.pages import forms, views

blueprint = Blueprint("phone_cases")


@blueprint.get("/<region:str>/cases", ctx_permission="person", ctx_unconfirmed=True)
async def index(request: Request) -> HTTPResponse:
    """``?show=closed`` shows what is finished; what waits for the applicant stands first. Staff have a list of their own."""
    here = region(request)
    if actor(request).is_at_desk:
        return redirect(f"/{here.code}/desk-m/", status=303)
    lines = sorted(await own.lines(here, actor(request)), key=lambda line: not line.waits_for_applicant)
    closed = request.args.get("show") == "closed"
    shown = [views.case_line(here, line, now(request)) for line in lines if (line.is_open or line.to_rate) != closed]
    return pages.render(request, "phone/cases/list.html", block="list", lines=shown, closed=closed,
                        counts={"open": sum(line.is_open or line.to_rate for line in lines),
                                "closed": sum(not (line.is_open or line.to_rate) for line in lines)})


@blueprint.get("/<region:str>/cases/<case_id:uuid>", ctx_permission="talent")
async def show(request: Request, case_id: UUID) -> HTTPResponse:
    page = await _page(request, case_id)
    await notifications.have_read(region(request), actor(request), now(request), case_id)
    return page


@blueprint.get("/<region:str>/cases/<case_id:uuid>/print", ctx_permission="talent", ctx_limit=(20, 60))
async def paper(request: Request, case_id: UUID) -> HTTPResponse:
    """Her application with its review trail, to keep or to print (BZ-14)."""
    drawn = await printing.draw(await application.of_case(region(request), actor(request), case_id, now(request)))
    headers = {"Content-Disposition": f'inline; filename="{case_id}.pdf"', "Cache-Control": "no-store"}
    return HTTPResponse(drawn, content_type=printing.CONTENT_TYPE, headers=headers)


class Withdrawal(Body):
    seen: int
    reason: str = Field("", max_length=200)


@blueprint.post("/<region:str>/cases/<case_id:uuid>/withdraw", ctx_permission="talent")
@once
async def withdraw(request: Request, case_id: UUID) -> HTTPResponse:
    async def act() -> object:
        asked = parse(request, Withdrawal)
        return await bookings.withdraw(region(request), actor(request), case_id, asked.seen, asked.reason, now(request))

    return await _acted(request, case_id, "withdrawn", act)


class Addition(Body):
    seen: int
    opinion: str = Field("", max_length=1000)


@blueprint.post("/<region:str>/cases/<case_id:uuid>/supplement", ctx_permission="talent")
@once
async def supplement(request: Request, case_id: UUID) -> HTTPResponse:
    async def act() -> object:
        asked = parse(request, Addition)
        return await bookings.supplement(region(request), actor(request), case_id, asked.seen, asked.opinion, now(request))

    return await _acted(request, case_id, "supplemented", act)


class Stars(Body):
    stars: Annotated[int, Field(ge=1, le=5)]
    words: str = Field("", max_length=ratings.LONGEST_WORDS)


@blueprint.post("/<region:str>/cases/<case_id:uuid>/rating", ctx_permission="talent")
@once
async def rate(request: Request, case_id: UUID) -> HTTPResponse:
    async def act() -> object:
        given = parse(request, Stars)
        return await ratings.rate_case(region(request), actor(request), case_id, given.stars, given.words, now(request))

    return await _acted(request, case_id, "rated", act)


@blueprint.get("/<region:str>/cases/<case_id:uuid>/correction", ctx_permission="talent")
async def correct(request: Request, case_id: UUID) -> HTTPResponse:
    """The form as it was submitted, with what the window marked."""
    found, service = await _returned(request, case_id)
    if found.case.state is not CaseState.RETURNED:
        return redirect(f"/{region(request).code}/cases/{case_id}", status=303)
    return await _correction(request, found, service, dict(found.case.data))


@blueprint.post("/<region:str>/cases/<case_id:uuid>/correction", ctx_permission="talent")
@once
async def resubmit(request: Request, case_id: UUID) -> HTTPResponse:
    found, service = await _returned(request, case_id)
    given, act = forms.typed(request, bookings.form_of(found.matter, service)), forms.word(request, "act")
    if act.startswith("drop:"):
        return await _correction(request, found, service, forms.without_file(given, act))
    try:
        await bookings.resubmit(region(request), actor(request), case_id, forms.seen(request), given, now(request))
    except (Invalid, Conflict) as refusal:
        return await _correction(request, found, service, given, refusal)
    return redirect(f"/{region(request).code}/cases/{case_id}?done=resubmitted", status=303)


@blueprint.post("/<region:str>/cases/<case_id:uuid>/correction/places", ctx_permission="talent")
async def look(request: Request, case_id: UUID) -> HTTPResponse:
    """Only fills in the windows and slots that follow from what was chosen; nothing is submitted."""
    found, service = await _returned(request, case_id)
    return await _correction(request, found, service, forms.typed(request, bookings.form_of(found.matter, service)))


@blueprint.post("/<region:str>/cases/<case_id:uuid>/correction/files", ctx_permission="talent", stream=True, ctx_body=forms.UPLOAD_BYTES,
                ctx_limit=(60, 60))
async def upload(request: Request, case_id: UUID) -> HTTPResponse:
    found, service = await _returned(request, case_id)
    form, refusal = bookings.form_of(found.matter, service), None
    given = forms.typed(request, form)
    try:
        for sent in received(request):
            name = sent.field.removeprefix(forms.UPLOAD)
            file = await attachments.to_case(region(request), actor(request), case_id, name, sent.name, sent.data, now(request))
            given = forms.with_file(form, given, name, str(file.id))
    except Invalid as refused:
        refusal = forms.beside_upload(refused)
    return await _correction(request, found, service, given, refusal)


async def _returned(request: Request, case_id: UUID) -> tuple[Sheet, Service]:
    """A case that may be corrected, and what was booked."""
    found = await sheet.read(region(request), actor(request), case_id, now(request))
    return found, await bookings.service_of(region(request), found.case)


async def _acted(request: Request, case_id: UUID, done: str, act: Callable[[], Awaitable[object]]) -> HTTPResponse:
    """Do it and show the case; what was refused stands on the case's page as it is now, with what was typed."""
    try:
        await act()
    except (Invalid, Conflict) as refusal:
        errors = refusal.fields if isinstance(refusal, Invalid) else {"": refusal.text}
        return await _page(request, case_id, refusal.status_code, errors=errors, typed=form(request), tried=request.path.rpartition("/")[2])
    return redirect(f"/{region(request).code}/cases/{case_id}?done={done}", status=303)


async def _page(request: Request, case_id: UUID, status: int = 200, *, errors: dict[str, str] | None = None, typed: dict[str, Any] | None = None,
                tried: str = "") -> HTTPResponse:
    found = await sheet.open_case(region(request), actor(request), case_id, now(request))
    possible = {button.action for button in found.buttons}
    along = await submitted.of_case(region(request), found.case, found.history)
    return pages.render(
        request, "phone/cases/case.html", status, block="now", sheet=found, steps=views.steps(found), submitted=along, files=along.files,
        next_step=found.next_step, result=found.result, words=found.returned_with, onward=views.onward(region(request), found),
        can_withdraw=Action.WITHDRAW in possible, can_supplement=Action.SUPPLEMENT in possible, can_resubmit=Action.RESUBMIT in possible,
        errors=errors or {}, typed=typed or {}, tried=tried, done=request.args.get("done", ""))


async def _correction(request: Request, found: Sheet, service: Service, given: dict[str, Any], refusal: Refusal | None = None) -> HTTPResponse:
    """The form again, with the window's marks beside the fields, and under them what is wrong now."""
    errors = refusal.fields if isinstance(refusal, Invalid) else {"slot" if isinstance(refusal, SlotFull) else "": refusal.text} if refusal else {}
    here = f"/{region(request).code}/cases/{found.case.id}/correction"
    page = await forms.filled(region(request), actor(request), service, given, now(request), errors=errors, marks=found.faults,
                              form=bookings.form_of(found.matter, service), upload=f"{here}/files")
    if part := forms.only(request, page, found.case.version, refusal):
        return part
    return pages.render(request, "phone/cases/correction.html", refusal.status_code if refusal else 200, block="places", sheet=found, page=page,
                        look=f"{here}/places", words=found.returned_with)
