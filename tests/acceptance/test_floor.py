"""The HTTP floor: what every page has without saying so."""

from collections.abc import Mapping

import httpx
import pytest

from tests import builders
from tests.security.test_t03_permissions import routes


async def test_the_process_says_that_it_is_alive(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "alive"}


async def test_readiness_names_each_part(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ready", "store": "ready", "worker": "silent", "scanner": "off"}


@pytest.mark.parametrize("path", ["/nowhere/", "/nowhere/live", "/healthz/more"])
async def test_an_unknown_address_is_a_kind_page_for_people_and_json_for_programs(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    program = await client.get(path, headers={"Accept": "application/json"})
    assert program.status_code == 404
    assert program.json()["error"]["code"] in {"not_found", "unknown_region"}
    assert program.json()["request_id"] == program.headers["x-request-id"]


async def test_the_address_without_a_region_names_both_doors_of_each_and_an_unknown_one_leads_there(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    assert all(f'href="/{code}/"' in page and f'href="/{code}/console/"' in page for code in ("weihai", "binzhou"))
    assert 'href="/"' in (await client.get("/nowhere/")).text


async def test_every_answer_carries_the_headers_of_the_house(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/nowhere/", "/assets/none.css"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "content-security-policy" in headers
        assert "x-request-id" in headers


@pytest.mark.parametrize(("headers", "coding"), [({}, "gzip"), ({"Accept-Encoding": "identity"}, ""), ({"Accept-Encoding": "gzip;q=0"}, ""),
                                                 ({"Sec-Fetch-Site": "same-origin"}, "gzip"), ({"Sec-Fetch-Site": "cross-site"}, "")])
async def test_a_page_travels_compressed_unless_another_site_opened_it(client: httpx.AsyncClient, headers: dict[str, str], coding: str) -> None:
    answer = await client.get("/weihai/", headers=headers)
    assert answer.headers.get("content-encoding", "") == coding
    assert "Accept-Encoding" in answer.headers["vary"]
    assert "Cookie" in answer.headers["vary"]
    assert "</html>" in answer.text


async def test_live_topics_are_for_those_whom_they_concern(client: httpx.AsyncClient) -> None:
    mine, other = await builders.a_talent(), await builders.a_talent()
    client.cookies.update(builders.cookies(await builders.a_session(mine)))
    refused = await client.get(f"/{mine.region}/live", params={"topics": f"account:{other.id}"}, headers={"Accept": "application/json"})
    assert refused.status_code == 403
    async with client.stream("GET", f"/{mine.region}/live", params={"topics": f"account:{mine.id}"}) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        async for line in stream.aiter_lines():
            if line.startswith("event:"):
                assert line == "event: online"
                break


async def test_what_only_takes_forms_leads_to_the_page_above_it_when_somebody_reloads_the_answer(client: httpx.AsyncClient) -> None:
    path = "/weihai/me/phone/present/code"
    while (answer := await client.get(path)).status_code == 303 and "/login" not in answer.headers["location"]:
        path = answer.headers["location"]
    assert path == "/weihai/me/phone", "from there a visitor is led to the login"
    assert (await client.get("/weihai/login/code")).headers["location"] == "/weihai/login"
    program = await client.get("/weihai/login/code", headers={"Accept": "application/json"})
    assert (program.status_code, program.json()["error"]["code"]) == (405, "wrong_method")


def test_above_everything_that_only_takes_forms_is_a_page() -> None:
    methods: dict[str, set[str]] = {}
    for route, method in routes():
        methods.setdefault(route.path.rstrip("/"), set()).add(method)
    paths = {path for path in methods if not path.startswith(("<region:str>/api/", "<region:str>/wechat/"))}
    assert not [path for path in paths if path.count("/") > 1 and _page_above(path, methods) == "<region:str>"]


def _page_above(path: str, methods: Mapping[str, set[str]]) -> str:
    while "GET" not in methods.get(path, ()):
        path = path.rpartition("/")[0]
    return path
