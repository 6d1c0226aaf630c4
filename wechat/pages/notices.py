"""Notices 通报公告 (WH-41) and the lists of information (WH-56) on the phone: everybody reads, without login."""

from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from services import notices
from services.notices import NOTICES, PAGE
from web import pages
from web.bodies import Body, query
from web.context import now, region, visitor

blueprint = Blueprint("phone_notices")


class Asked(Body):
    words: str = Field("", max_length=40)
    page: int = Field(1, ge=1, le=10_000)


@blueprint.get("/<region:str>/notices", ctx_permission="public", name="notices")
@blueprint.get("/<region:str>/information/<category:str>", ctx_permission="public", name="information")
async def every(request: Request, category: str = NOTICES) -> HTTPResponse:
    here, asked = region(request), query(request, Asked)
    found = await notices.published(here, visitor(request), category, asked.words, page=asked.page)
    return pages.render(request, "phone/notices/list.html", block="list", asked=asked, found=found, root=_root(request, category),
                        list_name=notices.name_of(here, category), last=max(1, -(-found.total // PAGE)), category=category)


@blueprint.get("/<region:str>/notices/<id:uuid>", ctx_permission="public", name="notice")
@blueprint.get("/<region:str>/information/<category:str>/<id:uuid>", ctx_permission="public", name="information_one")
async def show(request: Request, id: UUID, category: str = NOTICES) -> HTTPResponse:
    found = await notices.read(region(request), visitor(request), category, id, now(request))
    return pages.render(request, "phone/notices/notice.html", found=found, notice=found.notice, root=_root(request, category),
                        list_name=notices.name_of(region(request), category))


def _root(request: Request, category: str) -> str:
    return f"/{region(request).code}/" + ("notices" if category == NOTICES else f"information/{category}")
