"""Whatever a refusal brings along for the log, people get its answer."""

from types import SimpleNamespace
from typing import Any, cast

import orjson
from sanic import Request

from config.errors import Unavailable
from web.context import Face
from web.errors import Refusals


def test_what_is_noted_of_a_refusal_never_stands_in_the_way_of_its_answer() -> None:
    """The words that the handler notes itself are among them: a pool without a free connection was answered with 500 for that."""
    request: Any = SimpleNamespace(ctx=SimpleNamespace(request_id="r1", face=Face.MINI), headers={}, path="/weihai/api/me")
    refusal = Unavailable(extra={"cause": "no connection became free", "code": "x"})
    answer = Refusals().default(cast("Request", request), refusal)
    assert (answer.status, orjson.loads(answer.body or b"")["error"]["code"]) == (503, "unavailable")
