"""T34: whatever is sent to any route of the product is answered by a refusal or a success, never by a failure: NUL, invalid UTF-8, huge numbers."""

import inspect
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import httpx
import pytest
from pydantic import BaseModel
from sanic_routing.route import Route

from config.profile import Profile
from models.database import execute
from services.regions import Region
from web.bodies import Body

from .callers import MULTIPART, Caller, address, body_of
from .test_t03_permissions import routes
from .test_t04_owned_fields import ids_for, persona_for, personas

pytestmark = [pytest.mark.req("T34"), pytest.mark.timeout(600)]
NUL = "金\0丝"
#: Each is put into every field that a route's module knows.
VALUES: dict[str, Any] = {
    "nul": NUL, "huge": "9" * 25, "above a column": str(2**31), "negative": str(-2**63), "not a number": "NaN", "infinite": "1e999", "float": "1.5",
    "first day": "0001-01-01", "last day": "9999-12-31", "long": "长" * 9000, "right to left": "\u202e\u2066abc", "not an id": "../../etc/passwd",
}
#: Put into one field after the other, too: beside others that are refused it would not be reached.
ALONE = ("above a column", "last day", "not an id")
#: They end the sessions that the walk goes by, stay open, or ask WeChat, which is not there.
NOT_WALKED = ("logout", "log-out-everywhere", "live", "login/wechat", "login/phone", "me/wechat")


def fields_of(route: Route, profile: Profile) -> set[str]:
    """Every field that a body or a query of the route's module has, and those of the region's forms where the route reads one."""
    module = sys.modules[inspect.unwrap(route.handler).__module__]
    models = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, BaseModel) and one is not Body]
    declared = {field.field for matter in profile.matters.values() for field in matter.form} if "typed" in inspect.getsource(module) else set()
    return {name for one in models for name in one.model_fields} | declared | {"page", "page_size", "words", "district", "code", "next", "field"}


def bodies(route: Route, profile: Profile) -> Iterator[tuple[str, dict[str, Any]]]:
    """The route's own body with each of its fields spoilt, and all fields that its module knows at once."""
    own, every = body_of(route), fields_of(route, profile)
    for what, value in VALUES.items():
        yield what, dict.fromkeys(every, value) | {MULTIPART: own.get(MULTIPART, False)}
        for name in own.keys() - {MULTIPART} if what in ALONE else ():
            yield f"{name} {what}", own | {name: {"need": value} if name == "form" else value}
    if "seen" in own:
        yield "a number that is one", own | {"seen": 2**31 if route.path.startswith("<region:str>/api") else str(2**31)}


async def answered(who: Caller, method: str, path: str, body: dict[str, Any] | None, wrong: list[str], what: str) -> None:
    try:
        answer = await who.ask(method, path, body)
    except httpx.ReadError:  # more than is ever read: the answer stands before the end of the question, and the line is closed
        if what != "long":
            raise
        return
    if answer.status_code >= 500:
        wrong.append(f"{method} {path} with {what}: {answer.status_code}")


async def test_t34_no_route_that_writes_fails_whatever_its_fields_hold(client: httpx.AsyncClient, region: Region) -> None:
    who, mine = await personas(client, region)
    wrong: list[str] = []
    asked = 0
    for route, method in routes():
        if method == "GET" or route.path.endswith(NOT_WALKED):
            continue
        await execute("DELETE FROM limit_use")
        one, path = who[persona_for(str(route.ctx.permission))], address(route, region.code, **ids_for(route.path, mine))
        for what, body in bodies(route, region.profile):
            await answered(one, method, path, body, wrong, what)
            asked += 1
    assert "\n".join(wrong) == ""
    assert asked > 1000


@pytest.mark.slow
@pytest.mark.timeout(1800)  # some ten thousand pages, also on a machine that is busy
async def test_t34_no_page_fails_whatever_its_query_holds(client: httpx.AsyncClient, region: Region) -> None:
    who, mine = await personas(client, region)
    wrong: list[str] = []
    for route, method in routes():
        if method != "GET" or route.path.endswith(NOT_WALKED):
            continue
        one, path = who[persona_for(str(route.ctx.permission))], address(route, region.code, **ids_for(route.path, mine))
        every = sorted(fields_of(route, region.profile))
        for what, value in VALUES.items():
            if what != "long":
                await answered(one, method, f"{path}?{urlencode(dict.fromkeys(every, value))}", None, wrong, what)
        for name in every:
            for what in ALONE:
                await answered(one, method, f"{path}?{urlencode({name: VALUES[what]})}", None, wrong, f"{name} {what}")
        await answered(one, method, f"{path}?{every[0]}={quote_from_bytes(b'%ff%fe')}&words=%ff%00", None, wrong, "no UTF-8")
    assert "\n".join(wrong) == ""


RAW: dict[str, tuple[str, bytes]] = {
    "form that is no UTF-8": ("application/x-www-form-urlencoded", b"seen=1&words=\xff\xfe&opinion=\xed\xa0\x80"),
    "form of half a character": ("application/x-www-form-urlencoded", b"seen=1&opinion=%ED%A0%80&words=%ED%A0%80"),
    "form with NUL in a name": ("application/x-www-form-urlencoded", b"seen=1&opi%00nion=x"),
    "json that is no UTF-8": ("application/json", b'{"seen": 1, "words": "\xff"}'),
    "json of half a character": ("application/json", b'{"seen": 1, "words": "\\ud800"}'),
    "json with NUL in a name": ("application/json", b'{"se\\u0000en": 1}'),
    "json with NUL deep in it": ("application/json", b'{"seen": 1, "form": {"need": ["\\u0000"]}}'),
    "json of huge numbers": ("application/json", b'{"seen": 1e300, "stars": 99999999999999999999999, "companions": -1e300}'),
    "json of nothing": ("application/json", b"null"),
    "json of a list": ("application/json", b"[[[]]]"),
    "parts that are no UTF-8": ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="seen"\r\n\r\n\xff\r\n--b--\r\n'),
    "parts with a name that is no UTF-8": ("multipart/form-data; boundary=b",
                                           b'--b\r\nContent-Disposition: form-data; name="f"; filename="\xff\x00.jpg"\r\n\r\nx\r\n--b--\r\n'),
    "parts in an unknown writing": ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="seen"\r\n'
                                                                       b"Content-Type: text/plain; charset=none\r\n\r\n1\r\n--b--\r\n"),
    "parts with NUL": ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="words"\r\n\r\na\0b\r\n--b--\r\n'),
    "parts without an end": ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="seen"\r\n\r\n1'),
    "parts without a boundary": ("multipart/form-data", b"--b\r\n"),
}


@pytest.mark.slow
async def test_t34_no_route_fails_at_a_body_that_is_no_text(client: httpx.AsyncClient, region: Region) -> None:
    who, mine = await personas(client, region)
    wrong, refused = [], 0
    for route, method in routes():
        if method == "GET" or route.path.endswith(NOT_WALKED):
            continue
        await execute("DELETE FROM limit_use")
        one, path = who[persona_for(str(route.ctx.permission))], address(route, region.code, **ids_for(route.path, mine))
        for what, (kind, content) in RAW.items():
            if path.startswith(f"/{region.code}/api/") is not ("json" in kind):
                continue
            answer = await one.raw(method, path, kind, content)
            refused += 400 <= answer.status_code < 500
            if answer.status_code >= 500:
                wrong.append(f"{method} {path} with {what}: {answer.status_code}")
    assert "\n".join(wrong) == ""
    assert refused > 400


async def test_t34_control_what_is_refused_for_its_nul_is_taken_without_it(client: httpx.AsyncClient, region: Region) -> None:
    who, mine = await personas(client, region)
    path = f"/{region.code}/cases/{mine['case_id']}/supplement"
    refused = await who["talent"].ask("POST", path, {"seen": 1, "opinion": "补\0充"})
    assert refused.status_code == 400 and "含有不能保存的字符" in refused.text
    assert (await who["talent"].ask("POST", path, {"seen": 1, "opinion": "补充"})).status_code == 303
    api = f"/{region.code}/api/bookings/{mine['case_id']}/withdraw"
    refused = await who["talent"].ask("POST", api, {"seen": 2, "reason": "\0"})
    assert refused.status_code == 400 and refused.json()["error"]["code"] == "invalid"
    # what only looks like it is text like any other
    assert (await who["talent"].ask("POST", api, {"seen": 2, "reason": "写作 \\u0000 的字"})).status_code == 200
