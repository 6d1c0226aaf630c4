"""Notices 通报公告 (WH-41) and the lists of information (WH-56) on the phone: everybody reads what is for everybody, without login; who is logged in
reads what is for her, and sees what is new."""

from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from services import notices
from services.notices import NOTICES, PAGE, Withdrawn
from web import downloads, pages
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
    found = await notices.published(here, visitor(request), category, now(request), asked.words, page=asked.page)
    return pages.render(request, "phone/notices/list.html", block="list", asked=asked, found=found, root=_root(request, category),
                        list_name=notices.name_of(here, category), last=max(1, -(-found.total // PAGE)), category=category)


@blueprint.get("/<region:str>/notices/<id:uuid>", ctx_permission="public", name="notice")
@blueprint.get("/<region:str>/information/<category:str>/<id:uuid>", ctx_permission="public", name="information_one")
async def show(request: Request, id: UUID, category: str = NOTICES) -> HTTPResponse:
    root, list_name = _root(request, category), notices.name_of(region(request), category)
    try:
        found = await notices.read(region(request), visitor(request), category, id, now(request))
    except Withdrawn as gone:
        return pages.render(request, "phone/notices/gone.html", gone.status_code, root=root, list_name=list_name)
    return pages.render(request, "phone/notices/notice.html", found=found, notice=found.notice, root=root, list_name=list_name)


@blueprint.get("/<region:str>/notices/<id:uuid>/files/<file:uuid>", ctx_permission="public", ctx_limit=(60, 60), name="notice_file")
@blueprint.get("/<region:str>/information/<category:str>/<id:uuid>/files/<file:uuid>", ctx_permission="public", ctx_limit=(60, 60),
               name="information_file")
async def download(request: Request, id: UUID, file: UUID, category: str = NOTICES) -> HTTPResponse:
    return downloads.out(await notices.attachment(region(request), visitor(request), category, id, file, now(request)), inline=False)


@blueprint.get("/<region:str>/notices/<id:uuid>/files/<file:uuid>/pages/<page:int>", ctx_permission="public", ctx_limit=(60, 60),
               name="notice_page")
@blueprint.get("/<region:str>/information/<category:str>/<id:uuid>/files/<file:uuid>/pages/<page:int>", ctx_permission="public",
               ctx_limit=(60, 60), name="information_page")
async def preview(request: Request, id: UUID, file: UUID, page: int, category: str = NOTICES) -> HTTPResponse:
    """A page as a picture: a phone need not open another program."""
    return downloads.out(await notices.attachment(region(request), visitor(request), category, id, file, now(request), page=page), inline=True)


def _root(request: Request, category: str) -> str:
    return f"/{region(request).code}/" + ("notices" if category == NOTICES else f"information/{category}")
