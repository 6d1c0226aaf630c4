"""Back to where one came from: ``next`` leads to a page of the same region and nowhere else."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from sanic import Request

from web.context import CONFIRM, HOME, LOGIN, TERMS, Face

LONGEST = 500
#: What an address says of an act that was done; whoever comes back by way of the login has not done it again.
SAID = frozenset({"done", "undo"})


def safe_next(region: str, wanted: str | None, default: str | None = None) -> str:
    """``wanted`` when it is a path of this region, else ``default`` or the region's first page. Never another site (open redirect)."""
    fallback = default or f"/{region}/"
    if not wanted or len(wanted) > LONGEST or any(ord(c) < 32 or c == "\\" or c == "\x7f" for c in unquote(wanted)):
        return fallback
    parts = urlsplit(wanted)
    path = unquote(parts.path)
    if parts.scheme or parts.netloc or not wanted.startswith(f"/{region}/") or "//" in path or ".." in path.split("/"):
        return fallback
    return wanted


def login_url(request: Request) -> str:
    """Where to log in for this request's face, with the way back."""
    return _with_way_back(request, LOGIN)


def terms_url(request: Request) -> str:
    """Where the terms are agreed to, with the way back."""
    return _with_way_back(request, TERMS)


def confirm_url(request: Request) -> str:
    """Where one proves who she is, with the way back."""
    return _with_way_back(request, CONFIRM)


def _with_way_back(request: Request, there: Mapping[Face, str]) -> str:
    """After a form was sent, the way back is the page that held it."""
    code = request.ctx.region.code
    here = f"{request.path}?{request.query_string}" if request.query_string else request.path
    if request.method not in {"GET", "HEAD"} or "hx-request" in request.headers:
        parts = urlsplit(str(request.headers.get("hx-current-url") or request.headers.get("referer") or ""))
        here = f"{parts.path}?{parts.query}" if parts.query else parts.path
    page = Face.PHONE if request.ctx.face is Face.MINI else request.ctx.face
    back = safe_next(code, _unsaid(here), HOME[page].format(region=code))
    return f"{there[page].format(region=code)}?{as_query(back)}"


def _unsaid(here: str) -> str:
    path, _, asked = here.partition("?")
    kept = [(name, value) for name, value in parse_qsl(asked, keep_blank_values=True) if name not in SAID]
    return f"{path}?{urlencode(kept)}" if kept else path


def as_query(target: str) -> str:
    """``next=…`` for an address that leads on to ``target``."""
    return f"next={quote(target, safe='/')}"
