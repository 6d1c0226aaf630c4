"""Coming in from the mini program (WH-05): by WeChat, by WeChat's phone button, by a code, by password. The answer is a bearer token.

Who somebody is in WeChat is told by WeChat, for the single-use code of ``wx.login``; an openid from the client is an unknown field (T06).
"""

import base64
from typing import Annotated

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from services import captchas, login, sessions
from services.actors import Actor
from services.captchas import Answer as CaptchaAnswer
from services.codes import Given, Sender
from services.confirming import CoolingDown, IdentityUnconfirmed, Wechat
from services.login import BoundElsewhere, Entered
from web.bodies import Body, parse
from web.context import Face, now, region
from wechat.errors import Busy, Misconfigured, RateLimited
from wechat.miniapp.answers import Answer, Done, answer
from wechat.platform import Platform, WechatSession
from wechat.platforms import Platforms

blueprint = Blueprint("api_login")
FEW = (30, 60)

WechatCode = Annotated[str, Field(min_length=1, max_length=200, description="single-use code of wx.login")]


class Captcha(Body):
    challenge: Annotated[str, Field(max_length=400)]
    text: Annotated[str, Field(max_length=20)]


class ByWechat(Body):
    code: WechatCode


class ByPhoneButton(Body):
    """``phone_code``: of the button «手机号快捷登录»; ``wechat_code``: binds the WeChat, so that next time it alone is enough.

    ``encrypted_data`` and ``iv``: what the button gives beside a code, or instead of one; they stand in where WeChat does not answer for the code.
    They are opened with the session of ``wechat_code``, which must be that of the last ``wx.login`` before the button.
    """

    phone_code: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    encrypted_data: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    iv: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    wechat_code: WechatCode | None = None


class CodeWanted(Body):
    phone: Annotated[str, Field(max_length=40)]
    captcha: Captcha | None = None


class ByCode(Body):
    phone: Annotated[str, Field(max_length=40)]
    challenge: Annotated[str, Field(max_length=100)]
    code: Annotated[str, Field(max_length=20)]
    wechat_code: WechatCode | None = None


class ByPassword(Body):
    login_name: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=1000)]
    captcha: Captcha | None = None
    wechat_code: WechatCode | None = None


class LoggedIn(Answer):
    """``token`` for ``Authorization: Bearer``; ``bound``: whether this WeChat opens the account from now on; ``confirmed``: false where she must
    prove who she is first (403 ``identity_unconfirmed``), and until then ``name`` is masked."""

    token: str
    name: str
    kind: str
    bound: bool
    confirmed: bool


class CodeSent(Answer):
    """``challenge`` comes back with the code."""

    challenge: str


class Picture(Answer):
    """``picture``: a data URI."""

    challenge: str
    picture: str


@blueprint.post("/<region:str>/api/login/wechat", ctx_permission="public", ctx_limit=FEW, ctx_summary="微信登录",
                ctx_accepts=ByWechat, ctx_answers=LoggedIn)
async def by_wechat(request: Request) -> HTTPResponse:
    openid = await openid_of(request, parse(request, ByWechat).code)
    entered = await login.by_wechat(region(request), platform_of(request).app_id, openid, Face.MINI, now(request))
    return _let_in(entered, bound=True)


@blueprint.post("/<region:str>/api/login/phone", ctx_permission="public", ctx_limit=FEW, ctx_summary="微信手机号快捷登录",
                ctx_accepts=ByPhoneButton, ctx_answers=LoggedIn)
async def by_phone_button(request: Request) -> HTTPResponse:
    asked = parse(request, ByPhoneButton)
    session = await platform_of(request).code_to_session(asked.wechat_code) if asked.wechat_code else None
    wechat = Wechat(platform_of(request).app_id, session.openid) if session else None
    entered = await login.by_trusted_phone(region(request), await _phone(request, asked, session), Face.MINI, now(request), wechat)
    return _let_in(entered, bound=await bind_entered(request, entered, wechat))


async def _phone(request: Request, asked: ByPhoneButton, session: WechatSession | None) -> str:
    """By the code; by what was sealed where there is none, or where WeChat gives no answer to it. The session's key is kept nowhere (T07)."""
    sealed = (asked.encrypted_data, asked.iv, session) if asked.encrypted_data and asked.iv and session else None
    if asked.phone_code:
        try:
            return await platform_of(request).phone_by_code(asked.phone_code, now(request))
        except (Busy, Misconfigured, RateLimited):
            if sealed is None:
                raise
    if sealed is None:
        raise Invalid({"phone_code": "没有收到微信的手机号，请再点一次「手机号快捷登录」，或用短信验证码登录。"})
    return platform_of(request).phone_of_sealed(*sealed, now(request))


@blueprint.post("/<region:str>/api/login/code/request", ctx_permission="public", ctx_limit=FEW, ctx_summary="获取短信验证码",
                ctx_accepts=CodeWanted, ctx_answers=CodeSent)
async def request_code(request: Request) -> HTTPResponse:
    asked = parse(request, CodeWanted)
    challenge = await login.request_code(region(request), asked.phone, _sender(request), now(request), _read(asked.captcha))
    return answer(CodeSent(challenge=str(challenge)))


@blueprint.post("/<region:str>/api/login/code", ctx_permission="public", ctx_limit=FEW, ctx_summary="短信验证码登录",
                ctx_accepts=ByCode, ctx_answers=LoggedIn)
async def by_code(request: Request) -> HTTPResponse:
    asked = parse(request, ByCode)
    wechat = await wechat_of(request, asked.wechat_code)
    entered = await login.by_code(region(request), asked.phone, Given(asked.challenge, asked.code), Face.MINI, now(request), wechat)
    return _let_in(entered, bound=await bind_entered(request, entered, wechat))


@blueprint.post("/<region:str>/api/login/password", ctx_permission="public", ctx_limit=FEW, ctx_summary="密码登录",
                ctx_accepts=ByPassword, ctx_answers=LoggedIn)
async def by_password(request: Request) -> HTTPResponse:
    asked = parse(request, ByPassword)
    wechat = await wechat_of(request, asked.wechat_code)
    captcha = _read(asked.captcha)
    entered = await login.by_password(region(request), asked.login_name, asked.password, _sender(request), Face.MINI, now(request), captcha)
    return _let_in(entered, bound=await bind_entered(request, entered, wechat))


@blueprint.post("/<region:str>/api/captcha", ctx_permission="public", ctx_limit=FEW, ctx_summary="获取图形验证码", ctx_answers=Picture)
async def captcha(request: Request) -> HTTPResponse:
    challenge = captchas.new_challenge(region(request).code, now(request))
    drawn = await captchas.picture(region(request).code, challenge, now(request))
    return answer(Picture(challenge=challenge, picture=f"data:image/png;base64,{base64.b64encode(drawn).decode()}"))


@blueprint.post("/<region:str>/api/logout", ctx_permission="person", ctx_summary="退出登录", ctx_answers=Done, ctx_before_terms=True,
                ctx_unconfirmed=True)
async def log_out(request: Request) -> HTTPResponse:
    await sessions.end(request.ctx.session, now(request))
    return answer(Done())


def platform_of(request: Request) -> Platform:
    """The mini program of the request's region."""
    platforms: Platforms = request.app.ctx.platforms
    return platforms.mini_program(region(request).code)


async def openid_of(request: Request, code: str) -> str:
    """Whom a code of ``wx.login`` belongs to. Asking spends it, so a login that fails needs a fresh one."""
    return (await platform_of(request).code_to_session(code)).openid


async def wechat_of(request: Request, code: str | None) -> Wechat | None:
    """The same, where a code came along."""
    return Wechat(platform_of(request).app_id, await openid_of(request, code)) if code else None


async def bind_entered(request: Request, entered: Entered, wechat: Wechat | None) -> bool:
    """Bind the WeChat to who just came in. One that belongs to another account stays there, and none is bound while it is in doubt who came in
    (T39); the login holds all the same."""
    if wechat is None:
        return False
    who = Actor(region(request).code, entered.account_id, entered.name, entered.kind, channel=Face.MINI, address=request.ctx.address,
                confirmed=entered.standing.confirmed, cools_until=entered.standing.cools_until)
    try:
        await login.bind_wechat(who, *wechat, now(request))
    except (BoundElsewhere, IdentityUnconfirmed, CoolingDown):
        return False
    return True


def _read(captcha: Captcha | None) -> CaptchaAnswer | None:
    return CaptchaAnswer(captcha.challenge, captcha.text) if captcha else None


def _sender(request: Request) -> Sender:
    return Sender(request.ctx.address)


def _let_in(entered: Entered, *, bound: bool) -> HTTPResponse:
    return answer(LoggedIn(token=entered.token, name=entered.name, kind=entered.kind.value, bound=bound, confirmed=entered.standing.confirmed))
