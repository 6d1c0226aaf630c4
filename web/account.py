"""账号信息 (GL-06), the same on both faces: the name of who works for a unit, the user name, the e-mail address; confirmed by the password.

What differs is the frame around the pages and where they lie: a face says so by its :class:`Place`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from services import codes, contact, password_reset, security
from services.codes import Given, Sender
from web import again, csrf
from web.bodies import Body, parse
from web.context import actor, now, region

#: A code may be asked for again after so long.
WAIT_SECONDS = 60


class Name(Body):
    name: str = Field("", max_length=100)


class LoginName(Body):
    login_name: str = Field("", max_length=200)
    old: str = Field("", max_length=512)


class Email(Body):
    """``old``: the password, where there is one."""

    email: str = Field("", max_length=254)
    old: str = Field("", max_length=512)
    code: str = Field("", max_length=12)
    challenge: str = Field("", max_length=60)
    act: str = ""


@dataclass(frozen=True)
class Place:
    """Where a face has these pages. ``root``: the address below which they lie, ``home``: where one goes on to, both below the region.

    ``page``: draws ``account`` or ``email`` in the face's frame: ``(request, which, status, **context)``.
    """

    name: str
    root: str
    home: str
    permission: str
    page: Callable[..., Awaitable[HTTPResponse]]


def blueprint_of(place: Place) -> Blueprint:
    made, pages = Blueprint(place.name, url_prefix=f"/<region:str>/{place.root}"), _Pages(place)
    shown: dict[str, Any] = {"methods": ["GET"], "ctx_permission": place.permission}
    sent: dict[str, Any] = {"methods": ["POST"], "ctx_permission": place.permission, "ctx_limit": (20, 60)}
    made.add_route(pages.show, "/account", **shown)
    made.add_route(pages.change_name, "/account/name", **sent)
    made.add_route(pages.change_login_name, "/account/login-name", **sent)
    made.add_route(pages.email, "/email", **shown)
    made.add_route(pages.send_code, "/email/code", **sent)
    made.add_route(pages.change_email, "/email", **sent)
    return made


class _Pages:
    """The handlers of one place."""

    def __init__(self, place: Place) -> None:
        self.place = place

    async def show(self, request: Request) -> HTTPResponse:
        return await self._account(request)

    async def change_name(self, request: Request) -> HTTPResponse:
        asked = parse(request, Name)
        try:
            await security.change_name(actor(request), asked.name, now(request))
        except Invalid as refusal:
            return await self._account(request, refusal, name=asked.name)
        return self._home(request, "name")

    async def change_login_name(self, request: Request) -> HTTPResponse:
        asked = parse(request, LoginName)
        try:
            await security.change_login_name(actor(request), asked.login_name, asked.old, now(request))
        except Refusal as refusal:
            return await self._account(request, refusal, login_name=asked.login_name)
        return again.log_in_again(request, "login_name")

    async def email(self, request: Request) -> HTTPResponse:
        return await self._email(request, Email())

    async def send_code(self, request: Request) -> HTTPResponse:
        asked = parse(request, Email)
        try:
            challenge = await security.request_email_code(region(request), actor(request), asked.email, _sender(request), now(request))
        except Refusal as refusal:
            return await self._email(request, asked, refusal)
        return await self._email(request, asked, challenge=challenge)

    async def change_email(self, request: Request) -> HTTPResponse:
        asked = parse(request, Email)
        try:
            await security.change_email(actor(request), asked.email, asked.old, Given(asked.challenge, asked.code), now(request),
                                        keep=request.ctx.session)
        except Refusal as refusal:
            return await self._email(request, asked, refusal)
        return self._home(request, "email")

    def _home(self, request: Request, done: str) -> HTTPResponse:
        return redirect(f"/{region(request).code}/{self.place.home}?done={done}", status=303)

    async def _account(self, request: Request, refusal: Refusal | None = None, **typed: str) -> HTTPResponse:
        who = actor(request)
        return await self._page(request, "account", refusal, contact=await contact.of(who), name=who.name,
                                may_change_name=security.may_change_name(who), typed=typed)

    async def _email(self, request: Request, asked: Email, refusal: Refusal | None = None, challenge: UUID | None = None) -> HTTPResponse:
        waits: Any = WAIT_SECONDS if challenge else (refusal.context or {}).get("retry_after", 0) if refusal else 0
        return await self._page(request, "email", refusal, contact=await contact.of(actor(request)), asked=asked, sent=challenge is not None,
                                challenge=challenge or asked.challenge, waits=waits, minutes=region(request).profile.login.code_minutes.value,
                                resets=password_reset.offered(region(request)))

    async def _page(self, request: Request, which: str, refusal: Refusal | None, **context: Any) -> HTTPResponse:
        here = f"/{region(request).code}/{self.place.root}/{which}"
        return await self.place.page(request, which, refusal.status_code if refusal else 200, errors=_errors(refusal), here=here, **context)


def _errors(refusal: Refusal | None) -> dict[str, str]:
    if refusal is None:
        return {}
    if isinstance(refusal, Invalid):
        return refusal.fields
    return {"code" if isinstance(refusal, codes.CodeWrong) else "": refusal.text}


def _sender(request: Request) -> Sender:
    return Sender(request.ctx.address, str(request.cookies.get(csrf.PRE) or "")[:100])
