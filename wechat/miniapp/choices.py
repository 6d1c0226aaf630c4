"""短信通知 and 我同意过的: which SMS a person wants, and what she agreed to and when."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from services import consents
from web.bodies import Body, parse
from web.context import actor, now, region
from wechat.miniapp.answers import Answer, Done, answer

blueprint = Blueprint("api_choices")


class SmsKind(Answer):
    """``must``: it is sent whether she likes it or not."""

    kind: str
    label: str
    on: bool
    must: bool


class AgreedTerms(Answer):
    version: str
    at: datetime


class Choices(Answer):
    """``agreed``: to which terms, newest first; ``sms``: those that she may switch off first."""

    agreed: list[AgreedTerms]
    sms: list[SmsKind]


class SmsChosen(Body):
    """``on``: the kinds that may come, of those that may be off."""

    on: Annotated[list[Annotated[str, Field(max_length=30)]], Field(max_length=50)]


@blueprint.get("/<region:str>/api/me/choices", ctx_permission="person", ctx_summary="短信通知和我同意过的须知", ctx_answers=Choices)
async def show(request: Request) -> HTTPResponse:
    who = actor(request)
    assert who.account_id is not None  # the route lets persons in alone
    return answer(Choices(agreed=[AgreedTerms(version=one.version, at=one.at) for one in await consents.agreed(who.region, who.account_id)],
                          sms=[SmsKind(kind=one.kind.value, label=one.kind.label, on=one.on, must=one.must)
                               for one in await consents.sms(region(request), who)]))


@blueprint.post("/<region:str>/api/me/sms", ctx_permission="person", ctx_limit=(30, 60), ctx_summary="选择要收的短信", ctx_accepts=SmsChosen,
                ctx_answers=Done)
async def choose_sms(request: Request) -> HTTPResponse:
    await consents.choose_sms(region(request), actor(request), parse(request, SmsChosen).on, now(request))
    return answer(Done())
