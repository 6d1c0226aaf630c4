"""我的导出 (WH-64): how far a file is, and where it is fetched; its owner's alone. Lists lead here with :func:`ordered`."""

from typing import Any
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from console import shell
from models.export import Export
from services import exports, files
from services.asking.declared import SUBJECTS
from web.context import actor, now, region
from web.downloads import HEADERS

blueprint = Blueprint("desk_exports", url_prefix="/<region:str>/console/exports")
#: Kind → the page that it was ordered on; a roster's own page stands behind it.
PAGES = {"cards": "cards", "standings": "standings", "sms.costs": "messages/costs",
         **{f"ask.{code}": f"query/ask/{code}" for code in SUBJECTS}, **dict.fromkeys(exports.OWN, "security")}


async def ordered(request: Request, kind: str, question: object, *, subject: UUID | None = None, purpose: str = "") -> HTTPResponse:
    """Order a file and lead to where it will be; no field is read, what is asked for stands in the address. Raises what ``exports.order`` raises."""
    made = await exports.order(region(request), actor(request), kind, question, now(request), subject=subject, purpose=purpose)
    return shell.away(request, f"exports/{made.id}")


@blueprint.get("/", ctx_permission="staff")
async def show(request: Request) -> HTTPResponse:
    found = await exports.own(region(request), actor(request))
    return await shell.page(request, "exports.html", block="list", found=found, labels=_labels())


@blueprint.get("/unheard", ctx_permission="staff")
async def unheard(request: Request) -> HTTPResponse:
    """The number beside the menu's entry, for a page that hears that it changed."""
    return await shell.page(request, "count.html", count=len(await exports.unheard(region(request), actor(request))))


@blueprint.get("/<id:uuid>", ctx_permission="staff")
async def open_one(request: Request, id: UUID) -> HTTPResponse:
    """Also what the page asks for again and again until the file is there."""
    found = await exports.open_one(region(request), actor(request), id, now(request))
    return await shell.page(request, "export.html", block="state", export=found, label=_labels()[found.kind], back=_back(request, found))


@blueprint.get("/<id:uuid>/file", ctx_permission="staff", ctx_limit=(60, 60))
async def download(request: Request, id: UUID) -> HTTPResponse:
    file, data = await exports.download(region(request), actor(request), id, now(request))
    return HTTPResponse(data, content_type=file.media_type, headers=HEADERS | {"Content-Disposition": files.disposition(file.name)})


def _labels() -> dict[str, str]:
    return {code: kind.label for code, kind in exports.KINDS.items()}


def _back(request: Request, export: Export) -> dict[str, Any]:
    path = PAGES.get(export.kind) or f"rosters/{export.subject_id}"
    return {"href": shell.address(request, path), "label": "回到名单" if export.subject_id else "回到查询"}
