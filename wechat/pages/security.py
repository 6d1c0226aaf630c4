"""设置: phone number step by step, password, sessions, WeChat, large type. Every change ends other sessions (WH-04 on the phone)."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from services import codes, confirming, contact, password_reset, security, sessions
from services.codes import Given
from web import again, pages, returning
from web import sessions as cookies
from web.bodies import Body, parse
from web.context import actor, now, region
from wechat.pages.login import WAIT_SECONDS, offers_wechat, sender

YEAR_SECONDS = 31_536_000
blueprint = Blueprint("phone_security")


@blueprint.get("/<region:str>/me/settings", ctx_permission="person")
async def settings(request: Request) -> HTTPResponse:
    who = actor(request)
    assert who.account_id is not None  # the route lets persons in alone
    return pages.render(request, "phone/me/settings.html", contact=await contact.of(who), wechat=offers_wechat(request),
                        resets=password_reset.offered(region(request)),
                        sessions=await sessions.of_account(who.region, who.account_id, now(request), current=request.ctx.session),
                        cooling=confirming.cooling(who, now(request)), done=request.args.get("done", ""))


class Looks(Body):
    """``large_type``: ``1`` or nothing; ``theme``: light, dark, or nothing for the phone's own. ``next``: the page where it was wanted."""

    large_type: str = Field("", pattern="^1?$")
    theme: str = Field("", pattern="^(light|dark)?$")
    next: str = ""


@blueprint.post("/<region:str>/me/looks", ctx_permission="public")
async def looks(request: Request) -> HTTPResponse:
    """For everybody, also before the login: who reads badly must not first read how to log in."""
    wanted, code = parse(request, Looks), region(request).code
    response = redirect(returning.safe_next(code, wanted.next, f"/{code}/me/settings"), status=303)
    for name, value in (("large_type", wanted.large_type), ("theme", wanted.theme)):
        response.add_cookie(name, value, path="/", samesite="Lax", secure=False, httponly=False, max_age=YEAR_SECONDS if value else 0)
    return response


@blueprint.post("/<region:str>/me/log-out-everywhere", ctx_permission="person")
async def log_out_everywhere(request: Request) -> HTTPResponse:
    who = actor(request)
    assert who.account_id is not None  # the route lets persons in alone
    await sessions.end_all(who.region, who.account_id, now(request))
    return cookies.drop_token(request, redirect(f"/{region(request).code}/login", status=303))


class Password(Body):
    old: str = ""
    password: str = ""
    again: str = ""


@blueprint.get("/<region:str>/me/password", ctx_permission="person", ctx_before_terms=True)
async def password(request: Request) -> HTTPResponse:
    return await _password(request)


@blueprint.post("/<region:str>/me/password", ctx_permission="person", ctx_limit=(20, 60), ctx_before_terms=True)
async def change_password(request: Request) -> HTTPResponse:
    asked = parse(request, Password)
    try:
        if asked.password != asked.again:
            raise Invalid({"again": "两次输入的新密码不一致，请重新输入。"})
        await security.change_password(actor(request), asked.old, asked.password, now(request))
    except Refusal as refusal:
        return await _password(request, refusal)
    return again.log_in_again(request, "password")


async def _password(request: Request, refusal: Refusal | None = None) -> HTTPResponse:
    return pages.render(request, "phone/me/password.html", refusal.status_code if refusal else 200, contact=await contact.of(actor(request)),
                        errors=errors_of(refusal))


class Number(Body):
    """Both steps of a change of number: the code of the present one, then the new one with its code."""

    phone: str = ""
    code: str = ""
    challenge: str = ""
    act: str = ""


@blueprint.get("/<region:str>/me/phone", ctx_permission="person")
async def phone(request: Request) -> HTTPResponse:
    return await _phone(request, Number())


@blueprint.post("/<region:str>/me/phone/present/code", ctx_permission="person", ctx_limit=(20, 60))
async def send_to_present(request: Request) -> HTTPResponse:
    asked = parse(request, Number)
    try:
        challenge = await security.request_old_number_code(region(request), actor(request), sender(request), now(request))
    except Refusal as refusal:
        return await _phone(request, asked, refusal)
    return await _phone(request, asked, challenge=challenge)


@blueprint.post("/<region:str>/me/phone/present", ctx_permission="person", ctx_limit=(20, 60))
async def confirm_present(request: Request) -> HTTPResponse:
    asked = parse(request, Number)
    try:
        await security.confirm_old_number(actor(request), Given(asked.challenge, asked.code), now(request))
    except Refusal as refusal:
        return await _phone(request, asked, refusal)
    return redirect(f"/{region(request).code}/me/phone", status=303)


@blueprint.post("/<region:str>/me/phone/code", ctx_permission="person", ctx_limit=(20, 60))
async def send_to_new(request: Request) -> HTTPResponse:
    asked = parse(request, Number)
    try:
        challenge = await security.request_new_number_code(region(request), actor(request), asked.phone, sender(request), now(request))
    except Refusal as refusal:
        return await _phone(request, asked, refusal)
    return await _phone(request, asked, challenge=challenge)


@blueprint.post("/<region:str>/me/phone", ctx_permission="person", ctx_limit=(20, 60))
async def change_phone(request: Request) -> HTTPResponse:
    asked = parse(request, Number)
    try:
        await security.change_phone(actor(request), asked.phone, Given(asked.challenge, asked.code), now(request), keep=request.ctx.session)
    except Refusal as refusal:
        return await _phone(request, asked, refusal)
    return redirect(f"/{region(request).code}/me/settings?done=phone", status=303)


async def _phone(request: Request, asked: Number, refusal: Refusal | None = None, challenge: UUID | None = None) -> HTTPResponse:
    """The step that is open now: the present number first, then the new one."""
    who = actor(request)
    waits: Any = WAIT_SECONDS if challenge else (refusal.context or {}).get("retry_after", 0) if refusal else 0
    return pages.render(request, "phone/me/phone.html", refusal.status_code if refusal else 200, contact=await contact.of(who), asked=asked,
                        opened=await security.may_give_new_number(who, now(request)), challenge=challenge or asked.challenge, waits=waits,
                        sent=challenge is not None, errors=errors_of(refusal))


def errors_of(refusal: Refusal | None) -> dict[str, str]:
    """Beside its fields, beside the code, or for the whole page."""
    if refusal is None:
        return {}
    if isinstance(refusal, Invalid):
        return refusal.fields
    return {"code" if isinstance(refusal, codes.CodeWrong) else "": refusal.text}
