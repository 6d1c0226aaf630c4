"""Every refusal becomes one JSON shape, or the page for people: what happened, what to do now, whom to call.

``{"error": {"code", "message", "context"}, "request_id"}``. An unknown exception says nothing of its cause to the outside; the log has it,
under the request id that the page shows.
"""

from http import HTTPStatus
from typing import Any

import asyncpg
import orjson
import structlog
from jinja2 import TemplateError
from markupsafe import Markup
from pydantic import ValidationError
from sanic import HTTPResponse, Request, exceptions, redirect
from sanic.handlers import ErrorHandler

from config.errors import Invalid, NotFound, Refusal, Unavailable
from models.database import GONE
from services import store
from web import access, bodies, pages, static
from web.context import Face, face_of

RETRY_SECONDS = 3
TEMPLATES = {Face.PHONE: "phone/refusal.html", Face.DESK: "desk/refusal.html"}
log = structlog.get_logger(__name__)


class Broken(Refusal):
    """系统出了点问题，我们已经记录下来。您填写的内容没有提交成功，请稍后再试；仍不行请拨打服务电话，并报出页面上的编号。"""

    status_code = 500
    code = "broken"


class HungUp(Refusal):
    """连接在中途断开，没有受理。请检查网络后再试。"""

    status_code = 499
    code = "hung_up"


class WrongMethod(Refusal):
    """这个地址不支持这样的操作。请从本系统的页面进入。"""

    status_code = 405
    code = "wrong_method"


class TooLarge(Refusal):
    """提交的内容太大了，请删减后再试。"""

    status_code = 413
    code = "too_large"


class Malformed(Refusal):
    """请求的格式不正确，没有受理。请从本系统的页面重新操作。"""

    code = "malformed"


class Refusals(ErrorHandler):
    """Sanic's one error handler; nothing else in the product builds an error answer."""

    def default(self, request: Request, exception: Exception) -> HTTPResponse:
        if not hasattr(request.ctx, "request_id"):
            access.begin(request)
        refusal = translate(exception)
        if isinstance(refusal, Broken):
            log.error("unexpected", exc_info=exception)
        elif refusal.status_code >= 500 or refusal.extra:
            log.warning("refused", **{"code": refusal.code, "cause": type(exception).__name__, **(refusal.extra or {})})
        response = _up(request) if isinstance(refusal, WrongMethod) and request.method == "GET" and wants_page(request) else answer(request, refusal)
        response.headers.update(getattr(refusal, "headers", {}))
        return response


def _up(request: Request) -> HTTPResponse:
    """The answer to a form was opened once more, by a reload or from a list of pages: what stands above it holds the form."""
    return redirect(request.path.rstrip("/").rpartition("/")[0] or "/", status=303)


def translate(error: Exception) -> Refusal:
    """The refusal that an exception means to people."""
    match error:
        case Refusal():
            found = error
        case exceptions.RequestCancelled():
            found = HungUp()
        case ValidationError():
            found = Invalid(bodies.sentences(error))
        case exceptions.NotFound() | exceptions.FileNotFound():
            found = NotFound()
        case exceptions.MethodNotAllowed():
            found = WrongMethod()
            found.headers = error.headers
        case exceptions.PayloadTooLarge():
            found = TooLarge()
        case exceptions.SanicException(status_code=status) if status == HTTPStatus.SERVICE_UNAVAILABLE:
            found = Unavailable()
        case exceptions.SanicException(status_code=status) if status is not None and status < 500:
            found = Malformed()
            found.status_code = status
        case _ if isinstance(error, (*GONE, *store.GONE, asyncpg.QueryCanceledError)):
            found = Unavailable(extra={"gone": type(error).__name__})
        case _:
            found = Broken()
    if isinstance(found, Unavailable):
        found.headers = {"Retry-After": str(RETRY_SECONDS)}
    return found


def shape(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """How a refusal is said to programs."""
    return {"error": {"code": refusal.code, "message": refusal.text, "context": refusal.context or {}}, "request_id": request_id}


def answer(request: Request, refusal: Refusal) -> HTTPResponse:
    """JSON for the API and for programs, the page for people."""
    if not wants_page(request):
        body = orjson.dumps(shape(refusal, request.ctx.request_id), default=str)
        return HTTPResponse(body, status=refusal.status_code, content_type="application/json")
    seen = {"refusal": refusal, "request_id": request.ctx.request_id, "retry_after": (refusal.context or {}).get("retry_after")}
    try:
        return pages.render(request, TEMPLATES[face_of(request.path)], status=refusal.status_code, **seen)
    except (TemplateError, static.AssetsNotBuilt, KeyError) as error:
        log.error("refusal_page_broken", cause=type(error).__name__)
        return plain_page(refusal, request.ctx.request_id)


def plain_page(refusal: Refusal, request_id: str) -> HTTPResponse:
    """The same words without any template: when the pages themselves are what is broken."""
    text = Markup("<!doctype html><html lang=zh-CN><meta charset=utf-8><meta name=viewport content='width=device-width'><title>{0}</title>"
                  "<h1>{0}</h1><p>{1}</p></html>").format(refusal.text, request_id)
    return HTTPResponse(str(text), status=refusal.status_code, content_type="text/html; charset=utf-8")


def wants_page(request: Request) -> bool:
    return request.ctx.face is not Face.MINI and "text/html" in request.headers.get("accept", "")
