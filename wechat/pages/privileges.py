"""凭卡可享: before somebody goes anywhere, what her card opens there and what is left of it; for everybody else, what each level gives (WH-50)."""

from sanic import Blueprint, HTTPResponse, Request

from config.errors import NotFound
from services import privileges
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
    mine = await privileges.held(here, visitor(request), moment)
    level = privileges.level_shown(here, mine, request.args.get("level", ""))
    return pages.render(request, "phone/privileges.html", card=mine.good, why=mine.why, level=level, level_name=here.profile.level_name(level),
                        levels={one.code: one.name for one in here.profile.card.levels}, maps_of=maps_of,
                        given=await privileges.of_level(here, level, mine.good.id if mine.good else None, moment),
                        shelves=await privileges.services_for(here, level), year=views.year_of(here.profile, moment))
