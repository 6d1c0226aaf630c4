"""微信登录: WeChat says who opened the page; bound once, it opens the account from then on.

The way to WeChat and back is guarded by ``state``: a random mark that the browser keeps in a cookie of ten minutes, together with what it was
for and for whom, signed by us and good for one return. The openid comes from WeChat for the code alone, never from the browser (T06).
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import NamedTuple, Self
from urllib.parse import parse_qsl, urlencode

from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Refusal
from config.keys import keys
from services import limits, login
from web import pages, returning
from web.bodies import Body, parse
from web.context import Face, actor, now, region, visitor
from wechat.pages.login import WECHAT_OFFERED, Asked, let_in, page
from wechat.platform import Platform
from wechat.platforms import Platforms

STATE = "gl_wechat"
STATE_SECONDS, YEAR_SECONDS = 600, 31_536_000
MAC_LETTERS = 64
blueprint = Blueprint("phone_wechat_login")


class StateLost(Refusal):
    """微信登录等待太久，或不是从本页面发起的。请返回登录页重新点「微信登录」。"""

    status_code = 403
    code = "wechat_state_lost"


class Journey(NamedTuple):
    """What the browser keeps while it is at WeChat. ``account``: to bind to; empty: to log in."""

    mark: str
    account: str
    next: str

    def signed(self, region: str) -> str:
        """For a cookie: letters that nothing on the way quotes or reads."""
        body = urlencode(self._asdict()).encode()
        return f"{urlsafe_b64encode(body).decode().rstrip('=')}.{keys().sign(f'wechat journey|{region}', body).hex()}"

    @classmethod
    def read(cls, region: str, text: str) -> Self:
        """What :meth:`signed` wrote for this region. Raises :class:`StateLost`."""
        body, _, mac = text.partition(".")
        try:
            known = urlsafe_b64decode(body + "=" * (-len(body) % 4))
            ours = keys().signed(f"wechat journey|{region}", known, bytes.fromhex(mac)) and len(mac) == MAC_LETTERS
        except ValueError:
            ours = False
        if not ours:
            raise StateLost
        return cls(**dict(parse_qsl(known.decode(), keep_blank_values=True)))


@blueprint.get("/<region:str>/login/wechat", ctx_permission="public", ctx_limit=(30, 60))
async def leave(request: Request) -> HTTPResponse:
    """To WeChat, and back with a code. Who is logged in goes there to bind; who owes a proof of who she is, to log in by the WeChat that is bound."""
    here = region(request)
    target = returning.safe_next(here.code, request.args.get("next"))
    journey = Journey(secrets.token_urlsafe(24), _account(request), target)
    back = f"{request.app.ctx.settings.public_url}/{here.code}/login/wechat/back"
    response = redirect(_platform(request).authorize_url(back, journey.mark), status=303)
    _keep(request, response, STATE, journey.signed(here.code), STATE_SECONDS)
    return response


@blueprint.get("/<region:str>/login/wechat/back", ctx_permission="public", ctx_limit=(30, 60))
async def arrive(request: Request) -> HTTPResponse:
    journey = await _journey(request)
    identity = await _platform(request).exchange_oauth_code(str(request.args.get("code", ""))[:200])
    if journey.account:
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
    platforms: Platforms = request.app.ctx.platforms
    return platforms.official_account(region(request).code)


def _account(request: Request) -> str:
    who = visitor(request)
    return str(who.account_id) if who and who.confirmed else ""


async def _journey(request: Request) -> Journey:
    """The one that this browser is back from; a second return with it, or one by somebody else, is none."""
    here = region(request).code
    journey = Journey.read(here, str(request.cookies.get(STATE) or ""))
    back = hmac.compare_digest(journey.mark.encode(), str(request.args.get("state", "")).encode())
    if not back or journey.account != _account(request):
        raise StateLost
    if not await limits.once(here, "wechat-journey", journey.mark, now(request), timedelta(seconds=STATE_SECONDS)):
        raise StateLost
    return journey


def _over(request: Request, response: HTTPResponse) -> HTTPResponse:
    """The mark is good for one journey."""
    _keep(request, response, STATE, "", 0)
    return response


def _keep(request: Request, response: HTTPResponse, name: str, value: str, seconds: int) -> None:
    secure = request.app.ctx.settings.public_url.startswith("https://")
    response.add_cookie(name, value, path=f"/{region(request).code}", httponly=True, samesite="Lax", secure=secure, max_age=seconds)
