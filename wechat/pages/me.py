"""我的: the card with what is left this year, the progress of what was applied for (WH-37, DZ-09), visits, messages, and the way to the rest."""

from sanic import Blueprint, HTTPResponse, Request, redirect

from models.card import CardState
from services import applications, cards, contact, notifications, standings, visits
from services.cases import sheet
from web import pages
from web.context import actor, now, region
from wechat.pages import views

blueprint = Blueprint("phone_me")


@blueprint.get("/<region:str>/me", ctx_permission="person", ctx_unconfirmed=True)
async def index(request: Request) -> HTTPResponse:
    """A person's. Staff have a page of their own."""
    here, who = region(request), actor(request)
    if who.works_at_desk:
        return redirect(f"/{here.code}/desk-m/me", status=303)
    card = await cards.current_card(here, who.account_id) if who.is_talent else None
    held = await standings.of_person(here, who.account_id) if who.is_talent else None
    offers = await applications.offered(here, who, now(request))
    latest = max((offer.open for offer in offers if offer.open), key=lambda case: case.updated_at, default=None)
    progress = await sheet.read(here, who, latest.id, now(request)) if latest and who.confirmed else None  # it has words of those who reviewed her
    return pages.render(request, "phone/me/index.html", card=views.card_face(here, card, now(request)) if card else None,
                        held=views.standing_face(here, held) if held else None, offers=offers, lacks=applications.LACKS, progress=progress,
                        steps=views.steps(progress) if progress else [], is_talent=who.is_talent,
                        contact=await contact.of(who))


@blueprint.get("/<region:str>/me/card", ctx_permission="talent", ctx_unconfirmed=True)
async def card(request: Request) -> HTTPResponse:
    here, who = region(request), actor(request)
    mine, held = await cards.current_card(here, who.account_id), await standings.of_person(here, who.account_id)
    if mine is None:
        return pages.render(request, "phone/me/card.html", card=None, held=held, face=views.standing_face(here, held) if held else None)
    year = views.year_of(here.profile, now(request))
    return pages.render(request, "phone/me/card.html", card=views.card_face(here, mine, now(request)), held=held, year=year, issued_on=mine.issued_on,
                        why=mine.state_reason if mine.state is CardState.SUSPENDED and who.confirmed else "",
                        entitlements=await visits.entitlements(here, mine.id, mine.level, year))


@blueprint.get("/<region:str>/me/visits", ctx_permission="talent")
async def mine(request: Request) -> HTTPResponse:
    return pages.render(request, "phone/me/visits.html", scans=await visits.own_scans(region(request), actor(request)))


@blueprint.get("/<region:str>/me/messages", ctx_permission="person")
async def messages(request: Request) -> HTTPResponse:
    told = await notifications.inbox(region(request), actor(request))
    await notifications.have_read(region(request), actor(request), now(request))
    return pages.render(request, "phone/me/messages.html", told=told)
