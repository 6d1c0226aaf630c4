"""The region's profile drawn 办理流程, read only: how each matter goes, by which version new cases begin, and what each role may do."""

from markupsafe import Markup
from sanic import Blueprint, HTTPResponse, Request

from config.drawing import as_svg, plan_of
from config.vocabulary import Permission
from console import shell
from services import regions
from web.context import now, region

MANAGE = Permission.MANAGE_ACCOUNTS
blueprint = Blueprint("desk_flows", url_prefix="/<region:str>/console/flows")


@blueprint.get("/", ctx_permission=MANAGE)
async def every(request: Request) -> HTTPResponse:
    here = region(request)
    return await shell.page(request, "flows.html", matters=list(here.profile.matters.values()), loaded_at=await regions.loaded_at(here))


@blueprint.get("/<matter:str>", ctx_permission=MANAGE)
async def show(request: Request, matter: str) -> HTTPResponse:
    here = region(request)
    found = here.matter(matter)
    plan = plan_of(here.profile, found)
    return await shell.page(request, "flow.html", matter=found, drawn=Markup(as_svg(plan)), sentences=plan.sentences(),  # noqa: S704 - our own drawing
                            at=now(request), loaded_at=await regions.loaded_at(here))
