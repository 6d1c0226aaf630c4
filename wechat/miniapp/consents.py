"""订阅消息: what to ask consent for after submitting, and what she answered. One accept buys one message."""

from typing import Annotated, Self

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from services import subscriptions
from services.subscriptions import Asked
from web.bodies import Body, parse
from web.context import actor, now, region
from web.idempotency import once
from wechat.miniapp.answers import Answer, Listing, answer
from wechat.miniapp.login import platform_of

blueprint = Blueprint("api_consents")
Template = Annotated[str, Field(min_length=1, max_length=64)]


class Wanted(Answer):
    """``about``: which turns this template tells of. ``left``: messages she agreed to before."""

    template: str
    about: str
    left: int

    @classmethod
    def of(cls, one: Asked) -> Self:
        return cls(template=one.template, about=one.about, left=one.left)


class WantedList(Listing[Wanted]):
    """At most three: all of them go into one ``wx.requestSubscribeMessage``, from the tap that submits. Empty: ask nothing."""


class Answered(Body):
    """The result of ``wx.requestSubscribeMessage`` as it is: template → accept, reject, ban or filter. Takes an ``Idempotency-Key``."""

    answers: Annotated[dict[Template, str], Field(min_length=1, max_length=10)]


class Counted(Answer):
    """``counted``: how many consents were new; WeChat itself may have told us before."""

    counted: int


@blueprint.get("/<region:str>/api/consents", ctx_permission="person", ctx_summary="提交后请本人同意的订阅消息", ctx_answers=WantedList)
async def wanted(request: Request) -> HTTPResponse:
    found = await subscriptions.to_ask(region(request), actor(request), platform_of(request).app_id)
    return answer(WantedList(items=[Wanted.of(one) for one in found]))


@blueprint.post("/<region:str>/api/consents", ctx_permission="person", ctx_summary="本人对订阅消息的答复", ctx_accepts=Answered, ctx_answers=Counted)
@once
async def report(request: Request) -> HTTPResponse:
    given = parse(request, Answered).answers
    counted = await subscriptions.answered(region(request), actor(request), platform_of(request).app_id, given, now(request))
    return answer(Counted(counted=counted))
