"""A signed link from the chat to the phone pages of staff: it opens a session for whose chat it is, once, within ten minutes.

It names region, chat, account and page, sealed, and leads to nothing but the to-do list, a case, or an act on one. Looking at it changes nothing, so
that whatever fetches links ahead spends none; the button on its page does. What it no longer opens is opened by logging in, and its page says so.
"""

import binascii
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Refusal
from config.keys import CannotOpen, keys
from services import login
from services.actors import Actor
from services.login import LINK_LASTS, Pass
from web import pages, returning
from web import sessions as cookies
from web.bodies import Body, parse
from web.context import Face, now, region, visitor
from wechat.bot.talk import Talk

PLACE: Final = "staff link"
ROOT: Final = "desk-m"
PAGE: Final = re.compile(rf"{ROOT}(/cases/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}(/[a-z_]{{1,20}})?)?", re.ASCII)
LONGEST: Final = 1000
blueprint = Blueprint("wechat_staff_link")


class LinkBroken(Refusal):
    """这个链接已经过期或不完整。请回到微信公众号再发送一次「待办」获取新的链接，或者在这里登录。"""

    status_code = 410
    code = "staff_link_over"


@dataclass(frozen=True)
class Link:
    """What a link says. ``page``: where it leads, without the region."""

    who: Pass = field(repr=False)
    page: str
    until: datetime

    def token(self, region_code: str) -> str:
        parts = (str(int(self.until.timestamp())), self.who.mark, self.who.account_id.hex, self.who.app_id, self.who.openid, self.page)
        return urlsafe_b64encode(keys().seal("|".join(parts), region_code, PLACE)).decode().rstrip("=")

    @classmethod
    def read(cls, region_code: str, text: str, now: datetime) -> "Link":
        """What :meth:`token` wrote for this region, while it lasts. Raises :class:`LinkBroken`."""
        try:
            sealed = urlsafe_b64decode(text[:LONGEST] + "=" * (-len(text) % 4))
            until, mark, account, app_id, openid, page = keys().unseal(sealed, region_code, PLACE).split("|")
        except (CannotOpen, binascii.Error, ValueError, IndexError):
            raise LinkBroken from None
        found = cls(Pass(UUID(account), app_id, openid, mark), page, datetime.fromtimestamp(int(until), UTC))
        if now >= found.until or not PAGE.fullmatch(page):
            raise LinkBroken
        return found


def link(talk: Talk, who: Actor, page: str = ROOT) -> str:
    """To a phone page of staff, for whose chat this is; where the link leads is said here and nowhere else."""
    assert who.account_id is not None  # who writes in a chat is somebody
    made = Link(Pass(who.account_id, talk.app_id, talk.openid, secrets.token_urlsafe(9)), page, talk.now + LINK_LASTS)
    return talk.link(f"enter/{made.token(talk.region.code)}")


@blueprint.get("/<region:str>/enter/<text:str>", ctx_permission="public", ctx_limit=(60, 60))
async def show(request: Request, text: str) -> HTTPResponse:
    """Whose it is, and the button. Whoever is logged in as the same needs neither."""
    here, target = region(request), ""
    try:
        found = Link.read(here.code, text, now(request))
        target = _target(request, found)
        if (who := visitor(request)) is not None and who.account_id == found.who.account_id:
            return redirect(target, status=303)
        return _page(request, name=await login.name_on(here, found.who, now(request)))
    except Refusal as refusal:
        return _refused(request, refusal, target)


class Nothing(Body):
    """A form that holds nothing but its token."""


@blueprint.post("/<region:str>/enter/<text:str>", ctx_permission="public", ctx_limit=(30, 60))
async def enter(request: Request, text: str) -> HTTPResponse:
    here, target = region(request), ""
    parse(request, Nothing)
    try:
        found = Link.read(here.code, text, now(request))
        target = _target(request, found)
        entered = await login.by_link(here, found.who, Face.PHONE, now(request))
    except Refusal as refusal:
        return _refused(request, refusal, target)
    return cookies.set_token(request, redirect(target, status=303), entered.token)


def _target(request: Request, found: Link) -> str:
    return f"/{region(request).code}/{found.page}"


def _refused(request: Request, refusal: Refusal, target: str) -> HTTPResponse:
    return _page(request, refusal.status_code, refusal=refusal, target=target or f"/{region(request).code}/{ROOT}")


def _page(request: Request, status: int = 200, *, name: str = "", refusal: Refusal | None = None, target: str = "") -> HTTPResponse:
    log_in = f"/{region(request).code}/login?{returning.as_query(target)}" if refusal else ""
    return pages.render(request, "phone/enter.html", status, headers={"Cache-Control": "no-store"}, name=name, refusal=refusal, log_in=log_in)
