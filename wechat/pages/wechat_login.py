"""微信登录: WeChat says who opened the page; bound once, it opens the account from then on.

The way to WeChat and back is guarded by ``state``: a random mark that the browser keeps in a cookie of ten minutes, together with what
it was for. The openid comes from WeChat for the code alone, never from the browser (T06).
"""

import hmac
import secrets
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Refusal
from services import login
from web import pages, returning
from web.bodies import Body, parse
from web.context import Face, actor, now, region, visitor
from wechat.pages.login import WECHAT_OFFERED, Asked, let_in, page
from wechat.platform import Platform

STATE = "gl_wechat"
STATE_SECONDS, YEAR_SECONDS = 600, 31_536_000
blueprint = Blueprint("phone_wechat_login")


class StateLost(Refusal):
    """微信登录等待太久，或不是从本页面发起的。请返回登录页重新点「微信登录」。"""

    status_code = 403
    code = "wechat_state_lost"


class Journey(NamedTuple):
    """What the browser keeps while it is at WeChat. ``purpose``: ``login`` or ``bind``."""

    mark: str
    purpose: str
    next: str


@blueprint.get("/<region:str>/login/wechat", ctx_permission="public", ctx_limit=(30, 60))
async def leave(request: Request) -> HTTPResponse:
    """To WeChat, and back with a code. Who is logged in goes there to bind."""
    here = region(request)
    target = returning.safe_next(here.code, request.args.get("next"))
    journey = Journey(secrets.token_urlsafe(24), "bind" if visitor(request) else "login", target)
    back = f"{request.app.ctx.settings.public_url}/{here.code}/login/wechat/back"
    response = redirect(_platform(request).authorize_url(back, journey.mark), status=303)
    _keep(request, response, STATE, urlencode(journey._asdict()), STATE_SECONDS)
    return response


@blueprint.get("/<region:str>/login/wechat/back", ctx_permission="public", ctx_limit=(30, 60))
async def arrive(request: Request) -> HTTPResponse:
    journey = _journey(request)
    identity = await _platform(request).exchange_oauth_code(str(request.args.get("code", ""))[:200])
    if journey.purpose == "bind":
        await login.bind_wechat(actor(request), _platform(request).app_id, identity.openid, now(request))
        return _over(request, redirect(journey.next, status=303))
    try:
        entered = await login.by_wechat(region(request), _platform(request).app_id, identity.openid, Face.PHONE, now(request))
    except login.NotBound as refusal:
        return _over(request, await page(request, Asked(next=journey.next), refusal=refusal))
    return _over(request, await let_in(request, Asked(next=journey.next), entered))


@blueprint.get("/<region:str>/login/wechat/offer", ctx_permission="person")
async def offer(request: Request) -> HTTPResponse:
    """Offered once a browser: bind now, or go on."""
    target = returning.safe_next(region(request).code, request.args.get("next"))
    response = pages.render(request, "phone/login/offer.html", target=target)
    _keep(request, response, WECHAT_OFFERED, "1", YEAR_SECONDS)
    return response


class Nothing(Body):
    """A form that holds nothing but its token."""


@blueprint.post("/<region:str>/me/wechat/unbind", ctx_permission="person")
async def unbind(request: Request) -> HTTPResponse:
    parse(request, Nothing)
    await login.unbind_wechat(actor(request), now(request))
    return redirect(f"/{region(request).code}/me/settings?done=unbound", status=303)


def _platform(request: Request) -> Platform:
    found: Platform = request.app.ctx.official_account
    return found


def _journey(request: Request) -> Journey:
    kept = dict(parse_qsl(str(request.cookies.get(STATE) or "")))
    if kept.keys() != set(Journey._fields) or not hmac.compare_digest(kept["mark"].encode(), str(request.args.get("state", "")).encode()):
        raise StateLost
    return Journey(kept["mark"], kept["purpose"], returning.safe_next(region(request).code, kept["next"]))


def _over(request: Request, response: HTTPResponse) -> HTTPResponse:
    """The mark is good for one journey."""
    _keep(request, response, STATE, "", 0)
    return response


def _keep(request: Request, response: HTTPResponse, name: str, value: str, seconds: int) -> None:
    secure = request.app.ctx.settings.public_url.startswith("https://")
    response.add_cookie(name, value, path=f"/{region(request).code}", httponly=True, samesite="Lax", secure=secure, max_age=seconds)
