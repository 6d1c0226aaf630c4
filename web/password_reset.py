"""忘记密码 (DZ-10), the same on both faces: account and e-mail, the link of the mail, the new password.

The link is opened once by the browser and put away in a cookie of this page alone, so that the token stands in no address that is shown, kept in a
history, or told to another page. Opening it changes nothing: programs that look for bad mail open links too.
"""

from typing import Any, Literal

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request, redirect

from config.errors import Invalid, Refusal
from config.settings import settings
from services import captchas, password_reset
from services.captchas import Answer, CaptchaNeeded
from services.codes import Sender
from services.password_reset import Forgotten, LinkOver, ResetOff
from web import again, csrf, pages
from web.bodies import Body, form, parse
from web.context import LOGIN, Face, face, now, region

COOKIE = "gl_reset"
LONGEST_TOKEN = 64
PICTURES = {Face.PHONE: "/{region}/login/captcha/{challenge}", Face.DESK: "/{region}/console/captcha/{challenge}"}


class Asked(Body):
    account: str = Field(max_length=200)
    email: str = Field(max_length=254)
    captcha: str = Field(max_length=12)
    captcha_challenge: str = Field(max_length=400)


class Chosen(Body):
    password: str = Field(max_length=512)
    again: str = Field(max_length=512)


async def ask(request: Request) -> HTTPResponse:
    """The form; ``?sent=1`` after a mail is on its way."""
    if not password_reset.offered(region(request)):
        raise ResetOff
    return _form(request, sent=request.args.get("sent") == "1")


async def send(request: Request) -> HTTPResponse:
    typed = form(request)
    try:
        asked = parse(request, Asked)
        forgotten = Forgotten(asked.account, asked.email, Answer(asked.captcha_challenge, asked.captcha))
        await password_reset.request(region(request), forgotten, _sender(request), _face(request), now(request))
    except ResetOff:
        raise
    except Refusal as refusal:
        return _form(request, refusal, typed)
    return redirect(f"{_here(request)}?sent=1", status=303)


async def open_link(request: Request, token: str) -> HTTPResponse:
    """From the mail: the token goes from the address into the cookie."""
    there = redirect(f"{_here(request)}/password", status=303, headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
    return _keep(request, there, token[:LONGEST_TOKEN], int(password_reset.LASTS.total_seconds()))


async def choose(request: Request) -> HTTPResponse:
    live = await password_reset.is_live(region(request), _token(request), now(request))
    return _choice(request) if live else _over(request)


async def set_password(request: Request) -> HTTPResponse:
    try:
        chosen = parse(request, Chosen)
        if chosen.password != chosen.again:
            raise Invalid({"again": "两次输入的新密码不一致，请重新输入。"})
        await password_reset.redeem(region(request), _token(request), chosen.password, _sender(request), now(request))
    except LinkOver:
        return _over(request)
    except Invalid as refusal:
        return _choice(request, refusal)
    return _keep(request, again.log_in_again(request, "reset"), "", 0)


def _form(request: Request, refusal: Refusal | None = None, typed: dict[str, Any] | None = None, *, sent: bool = False) -> HTTPResponse:
    """What was typed stays; the picture is a new one each time, because each serves once."""
    here, challenge = region(request), captchas.new_challenge(region(request).code, now(request))
    picture = PICTURES[face(request)].format(region=here.code, challenge=challenge)
    return _page(request, "ask", refusal, typed=typed or {}, challenge=challenge, picture=picture, sent=sent,
                 minutes=int(password_reset.LASTS.total_seconds()) // 60)


def _choice(request: Request, refusal: Refusal | None = None) -> HTTPResponse:
    return _page(request, "choose", refusal)


def _over(request: Request) -> HTTPResponse:
    return _keep(request, _page(request, "over", LinkOver()), "", 0)


def _page(request: Request, name: str, refusal: Refusal | None, **context: Any) -> HTTPResponse:
    """A page of this face; nothing of it is kept by the browser."""
    return pages.render(request, f"{face(request)}/password_reset/{name}.html", refusal.status_code if refusal else 200, errors=_errors(refusal),
                        headers={**getattr(refusal, "headers", {}), "Cache-Control": "no-store"}, here=_here(request), refusal=refusal,
                        login=LOGIN[face(request)].format(region=region(request).code), **context)


def _errors(refusal: Refusal | None) -> dict[str, str]:
    if refusal is None:
        return {}
    if isinstance(refusal, Invalid):
        return refusal.fields
    return {"captcha" if isinstance(refusal, CaptchaNeeded) else "": refusal.text}


def _keep(request: Request, response: HTTPResponse, token: str, seconds: int) -> HTTPResponse:
    response.add_cookie(COOKIE, token, path=_here(request), httponly=True, samesite="Lax", secure=settings().public_url.startswith("https://"),
                        max_age=seconds)
    return response


def _token(request: Request) -> str:
    return str(request.cookies.get(COOKIE) or "")[:LONGEST_TOKEN]


def _here(request: Request) -> str:
    return f"{LOGIN[face(request)].format(region=region(request).code)}/reset"


def _face(request: Request) -> Literal["phone", "desk"]:
    return "desk" if face(request) is Face.DESK else "phone"


def _sender(request: Request) -> Sender:
    return Sender(request.ctx.address, str(request.cookies.get(csrf.PRE) or "")[:100])


def blueprint_of(of: Face) -> Blueprint:
    """The pages under the login page of a face."""
    made = Blueprint(f"{of.value}_password_reset", url_prefix=f"{LOGIN[of].format(region='<region:str>')}/reset")
    made.add_route(ask, "", methods=["GET"], ctx_permission="public")
    made.add_route(send, "", methods=["POST"], ctx_permission="public", ctx_limit=(20, 60))
    made.add_route(open_link, "/link/<token:str>", methods=["GET"], ctx_permission="public", ctx_limit=(30, 60))
    made.add_route(choose, "/password", methods=["GET"], ctx_permission="public", ctx_limit=(60, 60))
    made.add_route(set_password, "/password", methods=["POST"], ctx_permission="public", ctx_limit=(20, 60))
    return made
