"""绑定: a link from the chat to the page where the person logs in and binds.

The link says which chat it was sent to, and for how long it is good; it binds nothing. Whose WeChat the browser belongs to is asked of
WeChat itself (``/login/wechat``): a link that was passed on cannot bind the sender's chat to the account of whoever opens it (T39).
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from sanic import Blueprint, HTTPResponse, Request

from config.errors import Refusal
from config.keys import CannotOpen, keys
from services import chat
from web import pages
from web.context import actor, now, region
from wechat.bot.words import LINK_MINUTES

LASTS = timedelta(minutes=LINK_MINUTES)
PLACE = "chat link"
blueprint = Blueprint("wechat_binding")


class LinkOver(Refusal):
    """这个绑定链接已经过期或不完整。请回到微信公众号，重新发送「绑定」获取新的链接。"""

    status_code = 410
    code = "bind_link_over"


def token(region_code: str, openid: str, now: datetime) -> str:
    """The secret part of the link: the chat it was sent to, sealed."""
    sealed = keys().seal(f"{openid}|{int((now + LASTS).timestamp())}", region_code, PLACE)
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def read_token(region_code: str, text: str, now: datetime) -> str:
    """The chat's openid. Raises :class:`LinkOver`."""
    try:
        openid, _, until = keys().unseal(urlsafe_b64decode(text + "=" * (-len(text) % 4)), region_code, PLACE).rpartition("|")
    except (CannotOpen, binascii.Error, ValueError, IndexError):
        raise LinkOver from None
    if now >= datetime.fromtimestamp(int(until), UTC):
        raise LinkOver
    return openid


@blueprint.get("/<region:str>/bind/<text:str>", ctx_permission="person")
async def show(request: Request, text: str) -> HTTPResponse:
    """Before: who binds what, and the way to WeChat. After it, back here: done, or bound to another chat than the one that asked."""
    here, who = region(request), actor(request)
    openid = read_token(here.code, text, now(request))
    bound = await chat.bound_openid(who, request.app.ctx.settings.accounts(here.code).official_account.app_id)
    state = "todo" if bound is None else "done" if bound == openid else "other"
    return pages.render(request, "phone/bind.html", state=state, here=f"/{here.code}/bind/{text}")
