"""服务: the first page, with the holder's card, the scan, the newest announcement and the catalogue (WH-50, WH-41). Works without login."""

from sanic import Blueprint, HTTPResponse, Request

from services import cards, catalogue, notices
from services.notices import NOTICES
from web import pages
from web.context import now, region, visitor
from wechat.pages import views

LONGEST_WORDS = 30
blueprint = Blueprint("phone_home")


@blueprint.get("/<region:str>/", ctx_permission="public")
async def home(request: Request) -> HTTPResponse:
    """``?category=`` narrows to one category, ``?words=`` to services that have the words in name or summary.

    ``channel``: whether the region has a green channel at all; where it has none the page leads to registration, dossier and application.
    """
    here, who = region(request), visitor(request)
    words, chosen = str(request.args.get("words", ""))[:LONGEST_WORDS].strip(), request.args.get("category", "")
    shelves = await catalogue.shelves(here, words)
    card = await cards.current_card(here, who.account_id) if who and who.is_talent else None
    news = (await notices.published(here, who, NOTICES, now(request), size=1)).lines
    unread = await notices.unread(here, who, now(request)) if who else 0
    return pages.render(request, "phone/home.html", block="catalogue", news=news, unread=unread,
                        card=views.card_face(here, card, now(request)) if card else None,
                        words=words, channel=bool(shelves or words), is_staff=who is not None and who.is_at_desk, chosen=chosen, shelves=shelves,
                        shown=[shelf for shelf in shelves if chosen in ("", shelf.category.code)])
