"""账号信息 (GL-06): the name of who works for a unit, the user name, the e-mail address; each on its own form, confirmed by the password."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from services import codes, contact, password_reset, security
from services.codes import Given
from web import again, pages
from web.bodies import Body, parse
from web.context import actor, now, region
from wechat.pages.login import WAIT_SECONDS, sender

blueprint = Blueprint("phone_account")


class Name(Body):
    name: str = Field("", max_length=100)


class LoginName(Body):
    login_name: str = Field("", max_length=200)
    old: str = Field("", max_length=512)


@blueprint.get("/<region:str>/me/account", ctx_permission="person")
async def account(request: Request) -> HTTPResponse:
    return await _account(request)


@blueprint.post("/<region:str>/me/account/name", ctx_permission="person", ctx_limit=(20, 60))
async def change_name(request: Request) -> HTTPResponse:
    asked = parse(request, Name)
    try:
        await security.change_name(actor(request), asked.name, now(request))
    except Invalid as refusal:
        return await _account(request, refusal, name=asked.name)
    return redirect(f"/{region(request).code}/me/settings?done=name", status=303)


@blueprint.post("/<region:str>/me/account/login-name", ctx_permission="person", ctx_limit=(20, 60))
async def change_login_name(request: Request) -> HTTPResponse:
    asked = parse(request, LoginName)
    try:
        await security.change_login_name(actor(request), asked.login_name, asked.old, now(request))
    except Refusal as refusal:
        return await _account(request, refusal, login_name=asked.login_name)
    return again.log_in_again(request, "login_name")


async def _account(request: Request, refusal: Refusal | None = None, **typed: str) -> HTTPResponse:
    who = actor(request)
    return pages.render(request, "phone/me/account.html", refusal.status_code if refusal else 200, contact=await contact.of(who), typed=typed,
                        name=who.name, may_change_name=security.may_change_name(who), errors=_errors(refusal))


class Email(Body):
    """``old``: the password, where there is one."""

    email: str = Field("", max_length=254)
    old: str = Field("", max_length=512)
    code: str = Field("", max_length=12)
    challenge: str = Field("", max_length=60)
    act: str = ""


@blueprint.get("/<region:str>/me/email", ctx_permission="person")
async def email(request: Request) -> HTTPResponse:
    return await _email(request, Email())


@blueprint.post("/<region:str>/me/email/code", ctx_permission="person", ctx_limit=(20, 60))
async def send_code(request: Request) -> HTTPResponse:
    asked = parse(request, Email)
    try:
        challenge = await security.request_email_code(region(request), actor(request), asked.email, sender(request), now(request))
    except Refusal as refusal:
        return await _email(request, asked, refusal)
    return await _email(request, asked, challenge=challenge)


@blueprint.post("/<region:str>/me/email", ctx_permission="person", ctx_limit=(20, 60))
async def change_email(request: Request) -> HTTPResponse:
    asked = parse(request, Email)
    try:
        await security.change_email(actor(request), asked.email, asked.old, Given(asked.challenge, asked.code), now(request),
                                    keep=request.ctx.session)
    except Refusal as refusal:
        return await _email(request, asked, refusal)
    return redirect(f"/{region(request).code}/me/settings?done=email", status=303)


async def _email(request: Request, asked: Email, refusal: Refusal | None = None, challenge: UUID | None = None) -> HTTPResponse:
    waits: Any = WAIT_SECONDS if challenge else (refusal.context or {}).get("retry_after", 0) if refusal else 0
    return pages.render(request, "phone/me/email.html", refusal.status_code if refusal else 200, contact=await contact.of(actor(request)),
                        asked=asked, challenge=challenge or asked.challenge, sent=challenge is not None, waits=waits, errors=_errors(refusal),
                        minutes=region(request).profile.login.code_minutes.value, resets=password_reset.offered(region(request)))


def _errors(refusal: Refusal | None) -> dict[str, str]:
    if refusal is None:
        return {}
    if isinstance(refusal, Invalid):
        return refusal.fields
    return {"code" if isinstance(refusal, codes.CodeWrong) else "": refusal.text}
