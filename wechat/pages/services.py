"""One service of the catalogue (WH-50): what it is, for whom, materials, time, windows, and what my card gives me."""

from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from services import catalogue, privileges
from web import pages
from web.context import now, region, visitor
from wechat.pages import views

blueprint = Blueprint("phone_services")


@blueprint.get("/<region:str>/services/<service_id:uuid>", ctx_permission="public")
async def show(request: Request, service_id: UUID) -> HTTPResponse:
    here = region(request)
    service = await catalogue.entry(here, service_id)
    mine = await privileges.of_service(here, visitor(request), service, now(request))
    return pages.render(request, "phone/service.html", service=service, mine=mine, given=mine.given if mine else None,
                        year=views.year_of(here.profile, now(request)), windows=await catalogue.windows_for(here, service),
                        levels=[here.profile.level_name(level) for level in service.levels])
