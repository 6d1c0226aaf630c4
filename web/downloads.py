"""Files that go out, under all faces: ``…/files/{id}`` is the file, ``…/files/{id}/pages/{n}`` a page under the viewer's watermark.

Who may is decided by ``services.files`` alone. Whatever a file is, a browser runs nothing of it (T27).
"""

from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from services import files
from services.files import Outgoing
from web.context import actor, now, region

#: No type is guessed, nothing is run, nothing is kept, no other site embeds it.
HEADERS = {
    "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin",
}
blueprint = Blueprint("files")


def address(region: str, id: UUID, *, page: int | None = None, desk: bool = False) -> str:
    """Where a file, or a page of it, is seen: for templates."""
    return f"/{region}/{'console/' if desk else ''}files/{id}{f'/pages/{page}' if page else ''}"


@blueprint.get("/<region:str>/files/<id:uuid>", ctx_permission="person", ctx_limit=(60, 60), name="phone")
@blueprint.get("/<region:str>/console/files/<id:uuid>", ctx_permission="person", ctx_limit=(60, 60), name="desk")
@blueprint.get("/<region:str>/api/files/<id:uuid>", ctx_permission="person", ctx_limit=(60, 60), ctx_summary="附件", ctx_answers=bytes, name="mini")
async def download(request: Request, id: UUID) -> HTTPResponse:
    return out(await files.download(region(request), actor(request), id, now(request)), inline=False)


@blueprint.get("/<region:str>/files/<id:uuid>/pages/<page:int>", ctx_permission="person", ctx_limit=(240, 60), name="phone_page")
@blueprint.get("/<region:str>/console/files/<id:uuid>/pages/<page:int>", ctx_permission="person", ctx_limit=(240, 60), name="desk_page")
@blueprint.get("/<region:str>/api/files/<id:uuid>/pages/<page:int>", ctx_permission="person", ctx_limit=(240, 60), ctx_summary="附件的一页",
               ctx_answers=bytes, name="mini_page")
async def preview(request: Request, id: UUID, page: int) -> HTTPResponse:
    return out(await files.preview(region(request), actor(request), id, page, now(request)), inline=True)


def out(found: Outgoing, *, inline: bool) -> HTTPResponse:
    """The answer that carries it: under its own name, or as a picture of a page."""
    name = f"{found.file.name.rpartition('.')[0]}.jpg" if inline else found.file.name
    return HTTPResponse(found.data, content_type=found.media_type, headers=HEADERS | {"Content-Disposition": files.disposition(name, inline=inline)})
