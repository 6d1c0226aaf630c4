"""The user centre 用户中心 (WH-03): where everybody lands, with what waits, what is late, and the ways on."""

from sanic import Blueprint, HTTPResponse, Request

from config.vocabulary import Permission
from console import shell
from services import supervision, todo
from web.context import actor, now, region

blueprint = Blueprint("desk_centre", url_prefix="/<region:str>/console")


@blueprint.get("/", ctx_permission="staff")
async def show(request: Request) -> HTTPResponse:
    here, who, moment = region(request), actor(request), now(request)
    watching = who.may(Permission.SUPERVISE, here.profile)
    return await shell.page(
        request, "centre.html", block="counts", digest=await todo.digest(here, who, moment), urgent=await todo.waiting(here, who, limit=5),
        late=await supervision.late_by_organisation(here, moment) if watching else [], watching=watching,
        done=await todo.done_by(here, who, limit=5), steps=step_names(request),
        topics=shell.office_topics(request))


def step_names(request: Request) -> dict[str, str]:
    """Step → name, of all matters of the region, in the order of their routes."""
    return {step.step: step.name for matter in region(request).profile.matters.values() for step in matter.route}
