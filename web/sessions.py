"""The session in the request: a cookie of each face, or a bearer token for the mini program."""

from sanic import HTTPResponse, Request

from config.errors import NotLoggedIn
from config.settings import settings
from models.account import AccountKind
from services import sessions
from services.actors import Actor
from services.sessions import Claim
from web.context import Face, face, now, region

SECONDS_A_DAY = 86400


def cookie_name(of: Face) -> str:
    return f"gl_{of.value}"


def token_of(request: Request) -> str | None:
    """The token that came along. The mini program's API never looks at cookies, the pages never at ``Authorization``."""
    if request.ctx.face is Face.MINI:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() or None if kind.lower() == "bearer" else None
    return request.cookies.get(cookie_name(request.ctx.face)) or None


async def resolve(request: Request, region_code: str) -> Actor | None:
    """Who the token belongs to; remembers its hash as ``request.ctx.session``."""
    token = token_of(request)
    if token is None or len(token) > 200:
        return None
    request.ctx.session = sessions.hash_token(token)
    found = await sessions.resolve(request.ctx.session, region_code, request.ctx.now, request.ctx.address)
    if found is None:
        request.ctx.session = None
    return found


def claim(request: Request, kind: AccountKind) -> Claim:
    """The token that came along, for a verb that checks it itself (``ctx_session="in_statement"``). Raises :class:`NotLoggedIn` without one."""
    token = token_of(request)
    if token is None or len(token) > 200:
        raise NotLoggedIn
    here = region(request)
    request.ctx.session = sessions.hash_token(token)
    return Claim(request.ctx.session, here.code, kind, here.profile.terms.version if here.profile.terms else None, now(request), request.ctx.address)


def set_token(request: Request, response: HTTPResponse, token: str) -> HTTPResponse:
    """Hand the token of a new session to the browser."""
    _put(request, response, cookie_name(face(request)), token)
    return response


def drop_token(request: Request, response: HTTPResponse) -> HTTPResponse:
    response.add_cookie(cookie_name(face(request)), "", path=f"/{region(request).code}", max_age=0, httponly=True, samesite="Lax", secure=_secure())
    return response


async def log_out(request: Request, response: HTTPResponse) -> HTTPResponse:
    """End the session of this request, and take its cookie back."""
    if request.ctx.session is not None:
        await sessions.end(request.ctx.session, now(request))
    return drop_token(request, response)


def _put(request: Request, response: HTTPResponse, name: str, value: str) -> None:
    response.add_cookie(name, value, path=f"/{region(request).code}", httponly=True, samesite="Lax", secure=_secure(),
                        max_age=settings().session_days * SECONDS_A_DAY)


def _secure() -> bool:
    return settings().public_url.startswith("https://")
