"""短信通知 and 我同意过的: which SMS a person wants, and what she agreed to and when."""

from typing import Annotated

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from services import consents
from web import pages
from web.bodies import Body, parse
from web.context import actor, now, region

blueprint = Blueprint("phone_choices")


class Wanted(Body):
    """``on``: the kinds that may come, of those that may be off."""

    on: list[Annotated[str, Field(max_length=30)]] = Field([], max_length=50)


@blueprint.get("/<region:str>/me/sms", ctx_permission="person")
async def sms(request: Request) -> HTTPResponse:
    return pages.render(request, "phone/me/sms.html", kinds=await consents.sms(region(request), actor(request)))


@blueprint.post("/<region:str>/me/sms", ctx_permission="person", ctx_limit=(30, 60))
async def choose_sms(request: Request) -> HTTPResponse:
    await consents.choose_sms(region(request), actor(request), parse(request, Wanted).on, now(request))
    return redirect(f"/{region(request).code}/me/settings?done=sms", status=303)


@blueprint.get("/<region:str>/me/consents", ctx_permission="person")
async def agreed(request: Request) -> HTTPResponse:
    who = actor(request)
    assert who.account_id is not None  # the route lets persons in alone
    return pages.render(request, "phone/me/consents.html", agreed=await consents.agreed(who.region, who.account_id),
                        kinds=await consents.sms(region(request), who))
