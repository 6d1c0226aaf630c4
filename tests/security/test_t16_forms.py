"""T16, T04, T34: a change comes from a page of ours, in the form that was asked for, of a bounded size; nothing changes by reading."""

import httpx
import pytest
from sanic import Sanic

from app import create_app
from config.settings import settings
from models.database import rows
from services.regions import Region
from tests import builders

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def things() -> int:
    found = await rows("SELECT count(*) AS made FROM category WHERE code LIKE 'thing_%'")
    return int(found[0]["made"])


async def logged_in(probe: httpx.AsyncClient, region: Region) -> str:
    """Log the client in; the token of its forms."""
    probe.cookies.set("gl_phone", await builders.a_session(await builders.a_talent()), path=f"/{region.code}")
    return str((await probe.get(f"/{region.code}/probe/public")).json()["csrf"])


@pytest.mark.req("T16")
async def test_a_form_without_its_token_changes_nothing(probe: httpx.AsyncClient, region: Region) -> None:
    csrf = await logged_in(probe, region)
    other = await builders.a_session(await builders.a_talent())
    for wrong in ("", "forged", csrf[:-1], csrf.swapcase()):
        answer = await probe.post(f"/{region.code}/probe/things", data={"name": "x", "csrf": wrong})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "form_expired")
    probe.cookies.set("gl_phone", other, path=f"/{region.code}")
    assert (await probe.post(f"/{region.code}/probe/things", data={"name": "x", "csrf": csrf})).status_code == 403
    assert await things() == 0


@pytest.mark.req("T16")
async def test_a_form_with_its_token_is_taken_from_the_field_or_the_header(probe: httpx.AsyncClient, region: Region) -> None:
    csrf = await logged_in(probe, region)
    assert (await probe.post(f"/{region.code}/probe/things", data={"name": "x", "csrf": csrf})).status_code == 201
    assert (await probe.post(f"/{region.code}/probe/things", data={"name": "x"}, headers={"X-CSRF-Token": csrf})).status_code == 201
    assert await things() == 2


@pytest.mark.req("T16")
@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                                     {"Sec-Fetch-Site": "same-site"}])
async def test_what_another_site_sends_is_refused_even_with_the_token(probe: httpx.AsyncClient, region: Region, headers: dict[str, str]) -> None:
    csrf = await logged_in(probe, region)
    answer = await probe.post(f"/{region.code}/probe/things", data={"name": "x", "csrf": csrf}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")
    assert await things() == 0


@pytest.mark.req("T16")
async def test_before_login_the_token_is_bound_to_a_cookie_of_its_own(probe: httpx.AsyncClient, region: Region) -> None:
    shown = await probe.get(f"/{region.code}/probe/form")
    assert "gl_pre" in shown.cookies
    assert "httponly" in shown.headers["set-cookie"].lower() and "samesite=lax" in shown.headers["set-cookie"].lower()
    assert (await probe.post(f"/{region.code}/probe/open", data={"name": "x", "csrf": shown.text})).status_code == 200
    probe.cookies.clear()
    assert (await probe.post(f"/{region.code}/probe/open", data={"name": "x", "csrf": shown.text})).status_code == 403


@pytest.mark.req("T16")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_another_method_changes_nothing(probe: httpx.AsyncClient, region: Region, method: str) -> None:
    csrf = await logged_in(probe, region)
    answer = await probe.request(method, f"/{region.code}/probe/things", params={"name": "x", "csrf": csrf},
                                 headers={"X-HTTP-Method-Override": "POST", "X-CSRF-Token": csrf})
    assert answer.status_code == 405
    assert await things() == 0


@pytest.mark.req("T16")
def test_no_route_that_reads_is_also_one_that_writes() -> None:
    app = create_app(settings(), "greenlane-methods")
    Sanic.unregister_app(app)
    both = [route.path for route in app.router.routes if route.methods & {"GET", "HEAD"} and route.methods - {"GET", "HEAD"}]
    assert both == []


@pytest.mark.req("T16")
async def test_the_api_takes_json_alone_and_never_a_cookie(probe: httpx.AsyncClient, region: Region) -> None:
    account = await builders.a_talent()
    bearer = {"Authorization": f"Bearer {await builders.a_session(account, 'mini')}"}
    path = f"/{region.code}/api/probe/things"
    assert (await probe.post(path, data={"name": "x"}, headers=bearer)).status_code == 415
    assert (await probe.post(path, content=b'{"name": "x"}', headers=bearer | {"Content-Type": "text/plain"})).status_code == 415
    assert (await probe.post(path, json={"name": "x"}, headers=bearer)).status_code == 201
    probe.cookies.set("gl_phone", await builders.a_session(account), path=f"/{region.code}")
    probe.cookies.set("gl_mini", await builders.a_session(account, "mini"), path=f"/{region.code}")
    assert (await probe.post(path, json={"name": "x"})).status_code == 401


@pytest.mark.req("T04")
async def test_a_field_that_nobody_asked_for_is_refused(probe: httpx.AsyncClient, region: Region) -> None:
    bearer = {"Authorization": f"Bearer {await builders.a_session(await builders.a_talent(), 'mini')}"}
    for extra in ("role", "status", "region", "user_id", "points", "openid"):
        answer = await probe.post(f"/{region.code}/api/probe/things", json={"name": "x", extra: "1"}, headers=bearer)
        assert answer.status_code == 400
        assert list(answer.json()["error"]["context"]["fields"]) == [extra]
    assert await things() == 0


@pytest.mark.req("T34")
@pytest.mark.parametrize(("body", "status"), [
    (b"[" * 10_000 + b"]" * 10_000, 400), (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400), (b'{"name": "x"', 400), (b"\xff\xfe", 400), (b"", 400),
    (b'{"name": "' + b"x" * 70_000 + b'"}', 413), (b'{"name": "' + b"x" * 2_000_000 + b'"}', 413), (b"null", 400), (b"[]", 400),
    (b'{"name": 5}', 400), (b'{"name": "x", "number": "2e5"}', 400), (b'{"name": "x", "number": 1e400}', 400),
])
async def test_a_body_that_is_none_is_a_clear_refusal(probe: httpx.AsyncClient, region: Region, body: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {await builders.a_session(await builders.a_talent(), 'mini')}", "Content-Type": "application/json"}
    answer = await probe.post(f"/{region.code}/api/probe/things", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] in {"invalid", "malformed_body", "too_large"}


@pytest.mark.req("T34")
@pytest.mark.parametrize("query", ["page_size=101", "page_size=1e9", "page_size=0", "page=-1", "page=0", "page=99999999999", "page=１", "page=x"])
async def test_a_page_is_bounded(probe: httpx.AsyncClient, region: Region, query: str) -> None:
    assert (await probe.get(f"/{region.code}/api/probe/pages?{query}")).status_code == 400


@pytest.mark.req("T33")
async def test_no_header_tells_the_address_unless_a_proxy_is_named(probe: httpx.AsyncClient, region: Region) -> None:
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP", "True-Client-IP"):
        answer = await probe.get(f"/{region.code}/probe/public", headers={header: "203.0.113.7"})
        assert answer.json()["address"] == "127.0.0.1"


@pytest.mark.req("T08")
async def test_a_route_with_a_limit_ends_the_patience_whatever_the_headers_say(probe: httpx.AsyncClient, region: Region) -> None:
    answers = [await probe.get(f"/{region.code}/probe/limited", headers={"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize("wanted", [
    "//evil.example", "https://evil.example/{region}/", "/\\evil.example", "/{region}//evil.example", "/{region}/../../x", "javascript:alert(1)",
    "/{region}/%2e%2e/x", "/{region}/\r\nSet-Cookie: a=b", "/other/", "", "/{region}/%5cevil", "\t//evil",
])
def test_the_way_back_never_leads_elsewhere(wanted: str) -> None:
    from web.returning import safe_next

    assert safe_next("here", wanted.format(region="here")) == "/here/"


@pytest.mark.req("WH-05")
async def test_who_must_log_in_comes_back_to_the_scan(probe: httpx.AsyncClient, region: Region) -> None:
    answer = await probe.get(f"/{region.code}/probe/me?code=B1&n=2", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/{region.code}/login?next=/{region.code}/probe/me%3Fcode%3DB1%26n%3D2"
    after = await probe.get(f"/{region.code}/probe/me?code=B1&done=saved&undo=1", headers={"Accept": "text/html"})
    assert after.headers["location"].endswith("%3Fcode%3DB1")  # nothing was saved by logging in
    part = await probe.get(f"/{region.code}/probe/me", headers={"HX-Request": "true", "HX-Current-URL": f"http://x/{region.code}/cases"})
    assert part.headers["hx-redirect"] == f"/{region.code}/login?next=/{region.code}/cases"
    assert (await probe.get(f"/{region.code}/api/probe/me")).json()["error"]["code"] == "not_logged_in"


@pytest.mark.req("T16")
async def test_no_two_pages_carry_the_same_token_and_each_is_good(probe: httpx.AsyncClient, region: Region) -> None:
    first = await logged_in(probe, region)
    second = str((await probe.get(f"/{region.code}/probe/public")).json()["csrf"])
    assert not set(zip(range(0, 64, 8), (first[at:at + 8] for at in range(0, 64, 8)), strict=True)) & set(
        zip(range(0, 64, 8), (second[at:at + 8] for at in range(0, 64, 8)), strict=True))
    for token in (first, second):
        assert (await probe.post(f"/{region.code}/probe/things", data={"name": "x", "csrf": token})).status_code == 201
