"""我的数据: a copy of what is kept of a person, who looked at it, and the request to close her account and erase it."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from models.export import Export
from services import closing, contact, exports, own_copy
from services.codes import Given, Sender
from services.files import Outgoing
from web import downloads
from web.bodies import Body, parse
from web.context import actor, now, region
from web.idempotency import once
from wechat.miniapp.answers import Answer, Done, Nothing, answer
from wechat.miniapp.cases import Moved
from wechat.miniapp.login import CodeSent

blueprint = Blueprint("api_data")


class Copy(Answer):
    """``open``: it is being written; ``ready``: it can be fetched, until ``expires_at``."""

    id: UUID
    kind: str
    label: str
    state_label: str
    open: bool
    ready: bool
    reason: str
    made_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, one: Export) -> Self:
        return cls(id=one.id, kind=one.kind, label=exports.OWN[one.kind].label, state_label=one.state.label, open=one.open,
                   ready=one.state.value == "done", reason=one.reason, made_at=one.made_at, expires_at=one.expires_at)


class Looked(Answer):
    """How often people of an organisation looked at her data, in which way, and when last."""

    organisation: str
    way: str
    times: int
    last: str


class MyData(Answer):
    """``may_leave``: whether she may ask that her account be closed."""

    copies: list[Copy]
    looked: list[Looked]
    may_leave: bool


class CopyWanted(Body):
    kind: Literal["mine.pdf", "mine.json"]


class Closing(Answer):
    """``offered``: the region takes such requests here; ``under_way``: hers; ``in_the_way``: what must end first, in words; ``phone``: masked."""

    offered: bool
    under_way: UUID | None
    in_the_way: list[str]
    phone: str


class ClosingWanted(Body):
    """``code``: of an SMS to her present number."""

    reason: Annotated[str, Field(max_length=1000)] = ""
    challenge: Annotated[str, Field(max_length=100)]
    code: Annotated[str, Field(max_length=20)]


@blueprint.get("/<region:str>/api/me/data", ctx_permission="person", ctx_summary="我的数据", ctx_answers=MyData)
async def show(request: Request) -> HTTPResponse:
    here, who = region(request), actor(request)
    assert who.account_id is not None  # the route lets persons in alone
    looked = await own_copy.looked(here.code, who.account_id, here.profile.tz)
    return answer(MyData(copies=[Copy.of(one) for one in await exports.own_copies(here, who)], may_leave=who.is_talent, looked=[
        Looked(organisation=str(one["机构"]), way=str(one["方式"]), times=int(one["次数"]), last=str(one["最近"])) for one in looked]))


@blueprint.post("/<region:str>/api/me/data/copies", ctx_permission="person", ctx_limit=(20, 60), ctx_summary="生成一份副本", ctx_accepts=CopyWanted,
                ctx_answers=Done)
async def order(request: Request) -> HTTPResponse:
    await exports.order(region(request), actor(request), parse(request, CopyWanted).kind, None, now(request))
    return answer(Done())


@blueprint.get("/<region:str>/api/me/data/copies/<id:uuid>", ctx_permission="person", ctx_limit=(60, 60), ctx_summary="下载副本", ctx_answers=bytes)
async def download(request: Request, id: UUID) -> HTTPResponse:
    file, data = await exports.download(region(request), actor(request), id, now(request))
    return downloads.out(Outgoing(file, file.media_type, data), inline=False)


@blueprint.get("/<region:str>/api/me/closing", ctx_permission="talent", ctx_summary="注销账号", ctx_answers=Closing)
async def leaving(request: Request) -> HTTPResponse:
    here, who = region(request), actor(request)
    assert who.account_id is not None  # the route lets talents in alone
    under_way = await closing.asked(here, who)
    return answer(Closing(offered=closing.matter_of(here) is not None, under_way=under_way, phone=(await contact.of(who)).phone,
                          in_the_way=await closing.in_the_way(here, who.account_id, under_way)))


@blueprint.post("/<region:str>/api/me/closing/code", ctx_permission="talent", ctx_limit=(20, 60), ctx_summary="获取注销账号的验证码",
                ctx_accepts=Nothing, ctx_answers=CodeSent)
async def send_code(request: Request) -> HTTPResponse:
    parse(request, Nothing)
    challenge = await closing.request_code(region(request), actor(request), Sender(request.ctx.address), now(request))
    return answer(CodeSent(challenge=str(challenge)))


@blueprint.post("/<region:str>/api/me/closing", ctx_permission="talent", ctx_limit=(20, 60), ctx_summary="申请注销账号", ctx_accepts=ClosingWanted,
                ctx_answers=Moved, ctx_status=201)
@once
async def leave(request: Request) -> HTTPResponse:
    asked = parse(request, ClosingWanted)
    outcome = await closing.ask(region(request), actor(request), asked.reason, Given(asked.challenge, asked.code), now(request))
    return answer(Moved.of(region(request), outcome), 201)
