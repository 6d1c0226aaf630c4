"""服务: the first page, with the holder's card and what is left of what it gives, the scan, what waits for her, the newest announcement and the
catalogue (WH-50, WH-41).

Works without login.
"""

from sanic import Blueprint, HTTPResponse, Request

from services import catalogue, notices, privileges, visits
from services.cases import own
from services.notices import NOTICES
from web import pages
from web.context import now, region, visitor
from wechat.pages import views

LONGEST_WORDS = 30
#: More that wait for her are in the list of her cases.
MOST_WAITING = 3
blueprint = Blueprint("phone_home")


@blueprint.get("/<region:str>/", ctx_permission="public")
async def home(request: Request) -> HTTPResponse:
    """``?category=`` narrows to one category, ``?words=`` to services in which all the words stand.

    ``channel``: whether the region has a green channel at all; where it has none the page leads to registration, dossier and application.
    """
    here, who = region(request), visitor(request)
    words, chosen = str(request.args.get("words", ""))[:LONGEST_WORDS].strip(), request.args.get("category", "")
    shelves = await catalogue.shelves(here, words)
    mine = await privileges.held(here, who, now(request))
    gives = await visits.entitlements(here, mine.good.id, mine.good.level, views.year_of(here.profile, now(request))) if mine.good else []
    news = (await notices.published(here, who, NOTICES, now(request), size=1)).lines
    unread = await notices.unread(here, who, now(request)) if who else 0
    waits = [line for line in await own.lines(here, who) if line.waits_for_applicant][:MOST_WAITING] if who and who.is_talent else []
    return pages.render(request, "phone/home.html", block="catalogue", news=news, unread=unread, gives=gives, waits=waits, why=mine.why,
                        card=views.card_face(here, mine.card, now(request)) if mine.card else None,
                        words=words, channel=bool(shelves or words), is_staff=who is not None and who.works_at_desk, chosen=chosen, shelves=shelves,
                        shown=[shelf for shelf in shelves if chosen in ("", shelf.category.code)])
