"""The security centre 安全中心 (WH-04): password; the phone number, step by step; where one is logged in."""

from typing import Any

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid, Refusal
from console import shell
from console.entrance import sender
from console.wording import CHANNELS
from services import codes, confirming, contact, password_reset, security, sessions
from services.codes import Given
from web import again
from web.bodies import Body, form, parse
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_security", url_prefix="/<region:str>/console/security")


@blueprint.get("/", ctx_permission="staff", ctx_before_terms=True)
async def show(request: Request) -> HTTPResponse:
    return await _page(request)


class PasswordForm(Body):
    old: str = Field("", max_length=512)
    password: str = Field(max_length=512)
    again: str = Field(max_length=512)


@blueprint.post("/password", ctx_permission="staff", ctx_limit=(20, 300), ctx_before_terms=True)
async def change_password(request: Request) -> HTTPResponse:
    try:
        asked = parse(request, PasswordForm)
        if asked.password != asked.again:
            raise Invalid({"again": "两次输入的新密码不一致。"})
        await security.change_password(actor(request), asked.old, asked.password, now(request))
    except Invalid as refusal:
        return await _page(request, status=refusal.status_code, errors=refusal.fields)
    return again.log_in_again(request, "password")


@blueprint.get("/phone", ctx_permission="staff")
async def phone(request: Request) -> HTTPResponse:
    return await _phone(request)


class PhoneForm(Body):
    """One form for all steps; ``act`` says which button was pressed."""

    act: str = ""
    code: str = Field("", max_length=12)
    challenge: str = Field("", max_length=60)
    phone: str = Field("", max_length=40)


@blueprint.post("/phone", ctx_permission="staff", ctx_limit=(30, 300))
async def change_phone(request: Request) -> HTTPResponse:
    """Prove the present number, then the new one. Each step answers with the next."""
    typed = form(request)
    try:
        asked = parse(request, PhoneForm)
        if await security.may_give_new_number(actor(request), now(request)):
            return await _to_new_number(request, asked, typed)
        return await _from_old_number(request, asked)
    except Refusal as refusal:
        errors = refusal.fields if isinstance(refusal, Invalid) else {"code" if isinstance(refusal, codes.CodeWrong) else "": refusal.text}
        return await _phone(request, status=refusal.status_code, errors=errors, typed=typed)


async def _from_old_number(request: Request, asked: PhoneForm) -> HTTPResponse:
    if asked.act == "send_code":
        challenge = await security.request_old_number_code(region(request), actor(request), sender(request), now(request))
        return await _phone(request, typed={"challenge": str(challenge)}, sent=True)
    await security.confirm_old_number(actor(request), Given(asked.challenge, asked.code), now(request))
    return await _phone(request)


async def _to_new_number(request: Request, asked: PhoneForm, typed: dict[str, Any]) -> HTTPResponse:
    if asked.act == "send_code":
        challenge = await security.request_new_number_code(region(request), actor(request), asked.phone, sender(request), now(request))
        return await _phone(request, typed=typed | {"challenge": str(challenge), "code": ""}, sent=True)
    await security.change_phone(actor(request), asked.phone, Given(asked.challenge, asked.code), now(request), keep=request.ctx.session)
    return shell.away(request, "security", done="phone")


class EndForm(Body):
    ref: str = Field("", max_length=24)


@blueprint.post("/sessions", ctx_permission="staff")
@once
async def end(request: Request) -> HTTPResponse:
    """One of one's sessions, or all but this one."""
    who, asked = actor(request), parse(request, EndForm)
    assert who.account_id is not None  # staff have accounts
    if asked.ref:
        await sessions.end_one(who.region, who.account_id, asked.ref, now(request))
    else:
        await sessions.end_all(who.region, who.account_id, now(request), keep=request.ctx.session)
    return shell.away(request, "security", done="session" if asked.ref else "everywhere")


async def _page(request: Request, *, status: int = 200, **context: Any) -> HTTPResponse:
    who = actor(request)
    assert who.account_id is not None  # staff have accounts
    mine = await sessions.of_account(who.region, who.account_id, now(request), current=request.ctx.session)
    return await shell.page(request, "security.html", status, sessions=mine, channels=CHANNELS,
                            number=await security.own_number_masked(who), has_password=await security.has_password(who),
                            contact=await contact.of(who), cooling=confirming.cooling(who, now(request)),
                            resets=password_reset.offered(region(request)), **context)


async def _phone(request: Request, *, status: int = 200, sent: bool = False, **context: Any) -> HTTPResponse:
    opened = await security.may_give_new_number(actor(request), now(request))
    return await shell.page(request, "security_phone.html", status, opened=opened, sent=sent,
                            number=await security.own_number_masked(actor(request)), **context)
