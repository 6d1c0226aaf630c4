"""导出审批 (T30, T40): what colleagues want to take along whole, what for, and the word of somebody else."""

from typing import Any
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Permission
from console import shell
from services import export_approval, export_approvers
from web.bodies import Body, parse
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_approvals", url_prefix="/<region:str>/console/approvals")


@blueprint.get("/", ctx_permission=Permission.APPROVE_EXPORTS)
async def show(request: Request) -> HTTPResponse:
    return await _page(request)


@blueprint.get("/waiting", ctx_permission=Permission.APPROVE_EXPORTS)
async def waiting(request: Request) -> HTTPResponse:
    """The number beside the menu's entry, for a page that hears that it changed."""
    return await shell.page(request, "count.html", count=await export_approvers.waiting(region(request), actor(request)))


@blueprint.post("/<id:uuid>/approve", ctx_permission=Permission.APPROVE_EXPORTS)
@once
async def approve(request: Request, id: UUID) -> HTTPResponse:
    await export_approval.approve(region(request), actor(request), id, now(request))
    return shell.away(request, "approvals", done="export_approved")


class Decline(Body):
    reason: str = ""


@blueprint.post("/<id:uuid>/decline", ctx_permission=Permission.APPROVE_EXPORTS)
@once
async def decline(request: Request, id: UUID) -> HTTPResponse:
    typed = parse(request, Decline)
    try:
        await export_approval.decline(region(request), actor(request), id, typed.reason, now(request))
    except Invalid as refusal:
        return await _page(request, status=refusal.status_code, errors=refusal.fields, typed=typed.model_dump(), tried=id)
    return shell.away(request, "approvals", done="export_declined")


async def _page(request: Request, *, status: int = 200, **context: Any) -> HTTPResponse:
    found = await export_approval.waiting(region(request), actor(request))
    return await shell.page(request, "approvals.html", status, block="list", waiting=found, **{"tried": None} | context)
