"""凭卡可享: before somebody goes anywhere, what her card opens there and what is left of it; for everybody else, what each level gives (WH-50)."""

from sanic import Blueprint, HTTPResponse, Request

from config.errors import NotFound
from models.card import Card
from services import cards, privileges
from web import pages
from web.context import now, region, visitor
from wechat.pages import views
from wechat.pages.windows import maps_of

blueprint = Blueprint("phone_privileges")


@blueprint.get("/<region:str>/privileges", ctx_permission="public")
async def show(request: Request) -> HTTPResponse:
    """Of the holder's own card when it is good today; else ``?level=``, the first level when none is named."""
    here, moment = region(request), now(request)
    if not here.profile.venue_categories or not here.profile.card.levels:
        raise NotFound
    card, why = await mine(request)
    good = card if card and not why else None
    levels = {one.code: one.name for one in here.profile.card.levels}
    asked = request.args.get("level", "")
    level = good.level if good else asked if asked in levels else card.level if card else next(iter(levels))
    return pages.render(request, "phone/privileges.html", card=good, why=why, level=level, levels=levels, level_name=here.profile.level_name(level),
                        given=await privileges.of_level(here, level, good.id if good else None, moment), maps_of=maps_of,
                        shelves=await privileges.services_for(here, level), year=views.year_of(here.profile, moment))


async def mine(request: Request) -> tuple[Card | None, str]:
    """The visitor's card, and in words why it opens nothing today; both empty for who is not logged in or no talent."""
    here, who = region(request), visitor(request)
    if who is None or not who.is_talent:
        return None, ""
    card = await cards.current_card(here, who.account_id)
    reason = cards.why_not("active", card, now(request).astimezone(here.profile.tz).date())
    return card, cards.WHY[reason] if reason else ""
