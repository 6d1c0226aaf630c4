"""Forms are ours: a token bound to the session, and the browser's own word on where a request comes from (T16).

Bearer requests carry no cookie and need no token. Before login the token is bound to a cookie of its own, ``gl_pre``.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import urlsplit

from sanic import Request
from sanic.response import BaseHTTPResponse

from config.errors import Refusal
from config.keys import keys
from config.settings import settings
from web.context import Face, declared

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PRE = "gl_pre"
SIZE = 24


class FormExpired(Refusal):
    """页面停留太久或登录状态有变化，请返回上一页刷新后再提交；仍不行请拨打服务电话。"""

    status_code = 403
    code = "form_expired"


class ForeignOrigin(Refusal):
    """这个请求不是从本系统的页面发出的，没有受理。请从本系统页面重新操作。"""

    status_code = 403
    code = "foreign_origin"


def prepare(request: Request) -> None:
    """Set ``request.ctx.csrf``, the token that this page's forms carry."""
    if request.ctx.face is Face.MINI:
        request.ctx.csrf = ""
        return
    bound = request.ctx.session
    if bound is None:
        pre = str(request.cookies.get(PRE) or "")
        if not 20 <= len(pre) <= 100:
            pre = request.ctx.new_pre = secrets.token_urlsafe(32)
        bound = pre.encode()
    request.ctx.csrf = masked(keys().sign("csrf", bound, SIZE))


def check(request: Request) -> None:
    """Raises :class:`ForeignOrigin` or :class:`FormExpired` for a change that did not come from a page of ours."""
    if request.method in SAFE or request.ctx.face is Face.MINI or declared(request, "csrf", True) is False:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"} or not _same_origin(request):
        raise ForeignOrigin
    given = request.headers.get("x-csrf-token") or (request.form.get("csrf") if request.form else None)
    token = unmasked(str(given or ""))
    if not token or not hmac.compare_digest(token, unmasked(request.ctx.csrf)):
        raise FormExpired


def masked(token: bytes) -> str:
    """The token under a pad of its own, so that no two pages carry the same bytes: a page's compressed length then tells nothing of it."""
    pad = secrets.token_bytes(SIZE)
    return urlsafe_b64encode(pad + _under(pad, token)).decode()


def unmasked(text: str) -> bytes:
    """What :func:`masked` covered; nothing for a text that it did not make."""
    try:
        read = urlsafe_b64decode(text.encode("ascii"))
    except ValueError:
        return b""
    return _under(read[:SIZE], read[SIZE:]) if len(read) == 2 * SIZE else b""


def _under(pad: bytes, token: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(pad, token, strict=True))


def keep_pre_session(request: Request, response: BaseHTTPResponse) -> None:
    """Hand out the cookie that a public form's token is bound to."""
    pre = getattr(request.ctx, "new_pre", None)
    if pre and request.method in SAFE and request.ctx.region is not None and (response.content_type or "").startswith("text/html"):
        response.add_cookie(PRE, pre, path=f"/{request.ctx.region.code}", httponly=True, samesite="Lax",
                            secure=settings().public_url.startswith("https://"))


def _same_origin(request: Request) -> bool:
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc in {request.headers.get("host", ""), urlsplit(settings().public_url).netloc}
