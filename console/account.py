"""账号信息 at the desk (GL-06): the name of who works for a unit, the user name, the e-mail address; confirmed by the password."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid, Refusal
from console import shell
from console.entrance import sender
from services import codes, contact, password_reset, security
from services.codes import Given
from web import again
from web.bodies import Body, form, parse
from web.context import actor, now, region

blueprint = Blueprint("desk_account", url_prefix="/<region:str>/console/security")


class NameForm(Body):
    name: str = Field("", max_length=100)


class LoginNameForm(Body):
    login_name: str = Field("", max_length=200)
    old: str = Field("", max_length=512)


@blueprint.get("/account", ctx_permission="staff")
async def show(request: Request) -> HTTPResponse:
    return await _account(request)


@blueprint.post("/account/name", ctx_permission="staff", ctx_limit=(20, 300))
async def change_name(request: Request) -> HTTPResponse:
    try:
        await security.change_name(actor(request), parse(request, NameForm).name, now(request))
    except Invalid as refusal:
        return await _account(request, refusal)
    return shell.away(request, "security/account", done="name")


@blueprint.post("/account/login-name", ctx_permission="staff", ctx_limit=(20, 300))
async def change_login_name(request: Request) -> HTTPResponse:
    try:
        asked = parse(request, LoginNameForm)
        await security.change_login_name(actor(request), asked.login_name, asked.old, now(request))
    except Refusal as refusal:
        return await _account(request, refusal)
    return again.log_in_again(request, "login_name")


async def _account(request: Request, refusal: Refusal | None = None) -> HTTPResponse:
    who, typed = actor(request), form(request) if refusal else {}
    return await shell.page(request, "security_account.html", refusal.status_code if refusal else 200, contact=await contact.of(who), name=who.name,
                            may_change_name=security.may_change_name(who), typed=typed, errors=_errors(refusal))


class EmailForm(Body):
    """``act`` says which button was pressed; ``old``: the password, where there is one."""

    act: str = ""
    email: str = Field("", max_length=254)
    old: str = Field("", max_length=512)
    code: str = Field("", max_length=12)
    challenge: str = Field("", max_length=60)


@blueprint.get("/email", ctx_permission="staff")
async def email(request: Request) -> HTTPResponse:
    return await _email(request)


@blueprint.post("/email", ctx_permission="staff", ctx_limit=(30, 300))
async def change_email(request: Request) -> HTTPResponse:
    try:
        asked = parse(request, EmailForm)
        if asked.act == "send_code":
            return await _email(request, sent=await security.request_email_code(region(request), actor(request), asked.email, sender(request),
                                                                                now(request)))
        await security.change_email(actor(request), asked.email, asked.old, Given(asked.challenge, asked.code), now(request),
                                    keep=request.ctx.session)
    except Refusal as refusal:
        return await _email(request, refusal)
    return shell.away(request, "security", done="email")


async def _email(request: Request, refusal: Refusal | None = None, sent: UUID | None = None) -> HTTPResponse:
    typed: dict[str, Any] = form(request) if request.method == "POST" else {}
    if sent is not None:
        typed |= {"challenge": str(sent), "code": ""}
    return await shell.page(request, "security_email.html", refusal.status_code if refusal else 200, contact=await contact.of(actor(request)),
                            typed=typed, sent=sent is not None, errors=_errors(refusal), minutes=region(request).profile.login.code_minutes.value,
                            resets=password_reset.offered(region(request)))


def _errors(refusal: Refusal | None) -> dict[str, str]:
    if refusal is None:
        return {}
    if isinstance(refusal, Invalid):
        return refusal.fields
    return {"code" if isinstance(refusal, codes.CodeWrong) else "": refusal.text}
