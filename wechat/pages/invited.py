"""邀请链接: what a unit sends its people leads to their registration, with the unit chosen already (GL-04, BZ-07)."""

from sanic import Blueprint, HTTPResponse, Request, redirect

from services import invitations
from web.context import now, region

blueprint = Blueprint("phone_invited")


@blueprint.get("/<region:str>/i/<code:str>", ctx_permission="public", ctx_limit=(60, 60))
async def open_invitation(request: Request, code: str) -> HTTPResponse:
    unit = await invitations.inviting(region(request), code, now(request))
    return redirect(f"/{region(request).code}/register/person?unit={unit.id}", status=303)
