"""One line a request: what was asked of which route, what was answered, how long it took. No query strings, no numbers of persons."""

import secrets
import time

import structlog
from prometheus_client import Counter, Histogram
from sanic import HTTPMethod, Request
from sanic.response import BaseHTTPResponse

from config import logs

#: Any other is somebody's own word: it would begin a counter of its own, and stand in the log as it was sent.
METHODS = frozenset(HTTPMethod)
ANSWERS = Counter("greenlane_answers", "Answers by route, method and status", ["route", "method", "status"])
SECONDS = Histogram("greenlane_seconds", "Time to an answer by route", ["route"])


def begin(request: Request) -> None:
    """Give the request its id; every record that is logged on its behalf carries it."""
    request.ctx.request_id = secrets.token_hex(8)
    request.ctx.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request.ctx.request_id)


def finish(request: Request, response: BaseHTTPResponse) -> None:
    """The route's own pattern stands for the address: a venue's link or an id is in the path, and belongs in no log."""
    response.headers.setdefault("X-Request-ID", request.ctx.request_id)
    route = f"/{request.route.path}" if request.route else "(none)"
    method = request.method if request.method in METHODS else "(other)"
    seconds = time.perf_counter() - request.ctx.began
    ANSWERS.labels(route, method, response.status).inc()
    SECONDS.labels(route).observe(seconds)
    actor = request.ctx.actor
    logs.note("access", "answered", method=method, route=route, status=response.status, ms=round(seconds * 1000, 1),
              region=request.ctx.region.code if request.ctx.region else None, account=str(actor.account_id) if actor else None)
