"""The address without a region: which regions this installation serves, and both doors of each."""

from sanic import Blueprint, HTTPResponse, Request

from services import regions
from web import pages

blueprint = Blueprint("phone_entrance")


@blueprint.get("/", ctx_permission="public")
async def choose(request: Request) -> HTTPResponse:
    return pages.render(request, "phone/entrance.html", regions=await regions.every())
