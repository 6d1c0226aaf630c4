"""账号安全 (WH-04, GL-06): number, address, password and login name of one's own account, and where it is logged in."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from services import contact, password_reset, security, sessions
from services.codes import Given, Sender
from services.sessions import OpenSession
from web.bodies import Body, parse
from web.context import actor, now, region
from wechat.miniapp.answers import Answer, Done, Nothing, answer
from wechat.miniapp.login import CodeSent

blueprint = Blueprint("api_security")
FEW = (20, 60)
Code = Annotated[str, Field(max_length=20)]
Challenge = Annotated[str, Field(max_length=100)]
Secret = Annotated[str, Field(max_length=1000)]


class LoggedInAt(Answer):
    """``channel``: phone, desk or mini; ``current``: this session."""

    channel: str
    seen_at: datetime
    current: bool

    @classmethod
    def of(cls, one: OpenSession) -> Self:
        return cls(channel=one.channel, seen_at=one.seen_at, current=one.current)


class MySecurity(Answer):
    """``phone`` and ``email``: masked, empty without one. ``resets``: a forgotten password is mended by mail here. ``opened``: a new number may be
    given, because the present one was confirmed or there is none."""

    login_name: str
    phone: str
    email: str
    has_password: bool
    wechat: bool
    resets: bool
    opened: bool
    sessions: list[LoggedInAt]


class Confirming(Body):
    challenge: Challenge
    code: Code


class NewNumber(Body):
    phone: Annotated[str, Field(max_length=40)]


class NumberGiven(NewNumber):
    challenge: Challenge
    code: Code


class NewAddress(Body):
    email: Annotated[str, Field(max_length=254)]


class AddressGiven(NewAddress):
    """``old``: the password, of who has one."""

    challenge: Challenge
    code: Code
    old: Secret = ""


class NewPassword(Body):
    """``old``: of who has one."""

    old: Secret = ""
    password: Secret


class NewName(Body):
    """``old``: the password, of who has one."""

    login_name: Annotated[str, Field(max_length=200)]
    old: Secret = ""


@blueprint.get("/<region:str>/api/me/security", ctx_permission="person", ctx_summary="账号安全", ctx_answers=MySecurity)
async def show(request: Request) -> HTTPResponse:
    who, moment = actor(request), now(request)
    assert who.account_id is not None  # the route lets persons in alone
    reached = await contact.of(who)
    there = await sessions.of_account(who.region, who.account_id, moment, current=request.ctx.session)
    return answer(MySecurity(
        login_name=reached.login_name, phone=reached.phone, email=reached.email, has_password=reached.has_password, wechat=reached.wechat,
        resets=password_reset.offered(region(request)), opened=await security.may_give_new_number(who, moment),
        sessions=[LoggedInAt.of(one) for one in there]))


@blueprint.post("/<region:str>/api/me/phone/present/code", ctx_permission="person", ctx_limit=FEW, ctx_summary="验证码发到原手机号",
                ctx_accepts=Nothing, ctx_answers=CodeSent)
async def send_to_present(request: Request) -> HTTPResponse:
    parse(request, Nothing)
    challenge = await security.request_old_number_code(region(request), actor(request), _sender(request), now(request))
    return answer(CodeSent(challenge=str(challenge)))


@blueprint.post("/<region:str>/api/me/phone/present", ctx_permission="person", ctx_limit=FEW, ctx_summary="验证原手机号", ctx_accepts=Confirming,
                ctx_answers=Done)
async def confirm_present(request: Request) -> HTTPResponse:
    asked = parse(request, Confirming)
    await security.confirm_old_number(actor(request), Given(asked.challenge, asked.code), now(request))
    return answer(Done())


@blueprint.post("/<region:str>/api/me/phone/code", ctx_permission="person", ctx_limit=FEW, ctx_summary="验证码发到新手机号", ctx_accepts=NewNumber,
                ctx_answers=CodeSent)
async def send_to_new(request: Request) -> HTTPResponse:
    number = parse(request, NewNumber).phone
    challenge = await security.request_new_number_code(region(request), actor(request), number, _sender(request), now(request))
    return answer(CodeSent(challenge=str(challenge)))


@blueprint.post("/<region:str>/api/me/phone", ctx_permission="person", ctx_limit=FEW, ctx_summary="更换手机号", ctx_accepts=NumberGiven,
                ctx_answers=Done)
async def change_phone(request: Request) -> HTTPResponse:
    """Every other session is over."""
    asked = parse(request, NumberGiven)
    await security.change_phone(actor(request), asked.phone, Given(asked.challenge, asked.code), now(request), keep=request.ctx.session)
    return answer(Done())


@blueprint.post("/<region:str>/api/me/email/code", ctx_permission="person", ctx_limit=FEW, ctx_summary="验证码发到邮箱", ctx_accepts=NewAddress,
                ctx_answers=CodeSent)
async def send_to_address(request: Request) -> HTTPResponse:
    address = parse(request, NewAddress).email
    challenge = await security.request_email_code(region(request), actor(request), address, _sender(request), now(request))
    return answer(CodeSent(challenge=str(challenge)))


@blueprint.post("/<region:str>/api/me/email", ctx_permission="person", ctx_limit=FEW, ctx_summary="登记或更换邮箱", ctx_accepts=AddressGiven,
                ctx_answers=Done)
async def change_email(request: Request) -> HTTPResponse:
    """Every other session is over."""
    asked = parse(request, AddressGiven)
    given = Given(asked.challenge, asked.code)
    await security.change_email(actor(request), asked.email, asked.old, given, now(request), keep=request.ctx.session)
    return answer(Done())


@blueprint.post("/<region:str>/api/me/password", ctx_permission="person", ctx_limit=FEW, ctx_before_terms=True, ctx_summary="设置或修改密码",
                ctx_accepts=NewPassword, ctx_answers=Done)
async def change_password(request: Request) -> HTTPResponse:
    """Every session is over, this one too."""
    asked = parse(request, NewPassword)
    await security.change_password(actor(request), asked.old, asked.password, now(request))
    return answer(Done())


@blueprint.post("/<region:str>/api/me/login-name", ctx_permission="person", ctx_limit=FEW, ctx_summary="修改用户名", ctx_accepts=NewName,
                ctx_answers=Done)
async def change_login_name(request: Request) -> HTTPResponse:
    """Every session is over, this one too."""
    asked = parse(request, NewName)
    await security.change_login_name(actor(request), asked.login_name, asked.old, now(request))
    return answer(Done())


@blueprint.post("/<region:str>/api/me/log-out-everywhere", ctx_permission="person", ctx_limit=FEW, ctx_summary="退出所有设备", ctx_accepts=Nothing,
                ctx_answers=Done)
async def log_out_everywhere(request: Request) -> HTTPResponse:
    """This one too."""
    parse(request, Nothing)
    who = actor(request)
    assert who.account_id is not None  # the route lets persons in alone
    await sessions.end_all(who.region, who.account_id, now(request))
    return answer(Done())


def _sender(request: Request) -> Sender:
    return Sender(request.ctx.address)
