"""One call of the product at one of the stand-ins: struck by a fault or not, and kept with its answer."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from sanic import HTTPResponse, Request

from sandbox.faults import Fault, Kind, spoil
from sandbox.state import State, Target

Handler = Callable[[Request], Coroutine[Any, Any, HTTPResponse]]
ErrorAnswer = Callable[[str], HTTPResponse]
LOST = frozenset({Kind.CUT, Kind.HANG})


def state_of(request: Request) -> State:
    state: State = request.app.ctx.state
    return state


def parameters(request: Request) -> dict[str, Any]:
    """Query, form and JSON body in one mapping, single values."""
    found: dict[str, Any] = dict(request.get_query_args(keep_blank_values=True))  # a signature counts empty ones too
    if request.content_type.startswith("application/json") and request.body:
        document = json.loads(request.body)
        return found | document if isinstance(document, dict) else found | {"body": document}
    return found | {name: values[0] for name, values in (request.form or {}).items()}


def exchange(target: Target, error_answer: ErrorAnswer) -> Callable[[Handler], Handler]:
    """Wrap a handler: it finds ``request.ctx.fault`` (a DROP is its own business), and its call is recorded."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        async def handle(request: Request) -> HTTPResponse:
            state = state_of(request)
            asked = parameters(request)
            what = str(asked.get("Action") or request.path)
            fault = request.ctx.fault = state.faults.take(target, what)
            answer, said = await _answer(request, handler, fault, error_answer)
            status = answer.status if said else "无应答"
            state.record(target, f"{request.method} {what}", asked, status, _shown(answer), fault.kind if fault else "")
            if said or fault is None:
                return answer
            return await spoil(request, fault, answer)
        return handle

    return decorate


async def _answer(request: Request, handler: Handler, fault: Fault | None, error_answer: ErrorAnswer) -> tuple[HTTPResponse, bool]:
    """The answer, and whether the product will hear it."""
    if fault and fault.kind is Kind.SLOW:
        await asyncio.sleep(fault.seconds)
    if fault and fault.kind is Kind.ERROR:
        return (HTTPResponse("", int(fault.code)) if fault.code in {"500", "502", "503", "504"} else error_answer(fault.code)), True
    if fault and fault.kind in LOST:
        return HTTPResponse(""), False
    return await handler(request), not (fault and fault.accepts)


def _shown(answer: HTTPResponse) -> Any:
    text = (answer.body or b"").decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text[:2000]
