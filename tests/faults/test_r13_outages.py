"""R13, R14: PostgreSQL or Redis away for a while: a quick 503 or no harm at all, and recovery without a restart."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from models.database import credentials
from tests import builders
from tests.conftest import Servers
from tests.faults.outage import Line, product
from tests.faults.race import figure

AWAY_SECONDS = figure(3, 30)
#: Far below what a request may take; a machine that does ten other things answers late, not never.
QUICK_SECONDS, BACK_SECONDS = 10, 30


@dataclass
class Scene:
    """``page`` needs a session and answers 403: so a 403 means that the database was asked."""

    client: httpx.AsyncClient
    database: Line
    store: Line
    page: str
    limited: str


@pytest.fixture
async def scene(servers: Servers, database: None) -> AsyncIterator[Scene]:
    """The product in a process of its own, with both of its lines in our hands, and somebody logged in."""
    to, fast = credentials(servers.database_url), urlsplit(servers.redis_url)

    def connect_database() -> Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        if str(to["host"]).startswith("/"):
            return asyncio.open_unix_connection(f"{to['host']}/.s.PGSQL.{to['port']}")
        return asyncio.open_connection(to["host"], to["port"])

    lines = Line(connect_database), Line(lambda: asyncio.open_connection(fast.hostname, fast.port))
    staff, somebody = await builders.a_staff(), await builders.a_talent()
    environment = {"DATABASE_URL": f"postgresql://{to['user']}@127.0.0.1:{lines[0].port}/{to['database']}",
                   "REDIS_URL": f"redis://127.0.0.1:{lines[1].port}/0", "GREENLANE_DATABASE_POOL": "4"}
    try:
        for line in lines:
            await line.mend()
        async with product(environment) as client:
            client.cookies.update(builders.cookies(await builders.a_session(staff, "desk"), "desk"))
            page = f"live?topics=account:{somebody.id}"
            yield Scene(client, *lines, f"/{staff.region}/console/{page}", f"/{staff.region}/{page}")
    finally:
        for line in lines:
            await line.cut()


@pytest.mark.req("R13")
@pytest.mark.timeout(180)
async def test_without_its_database_the_product_says_so_quickly_and_comes_back_by_itself(scene: Scene) -> None:
    async def statuses() -> set[int]:
        began = time.perf_counter()
        answers = await asyncio.gather(*(scene.client.get(scene.page) for _ in range(8)))
        assert time.perf_counter() - began < QUICK_SECONDS
        return {answer.status_code for answer in answers}

    assert await statuses() == {403}
    await scene.database.cut()
    gone_at = time.monotonic()
    while time.monotonic() - gone_at < AWAY_SECONDS:
        assert await statuses() == {503}
        assert (await scene.client.get("/readyz")).status_code == 503
        assert (await scene.client.get("/healthz")).status_code == 200
    told = await scene.client.get(scene.page)
    assert told.json()["error"]["code"] == "unavailable"
    assert int(told.headers["retry-after"]) > 0
    await scene.database.mend()
    back_at = time.monotonic()
    while await statuses() != {403}:
        assert time.monotonic() - back_at < BACK_SECONDS
        await asyncio.sleep(0.1)


@pytest.mark.req("R14")
@pytest.mark.timeout(180)
async def test_without_its_store_the_product_serves_and_its_limits_stay(scene: Scene) -> None:
    await scene.store.cut()
    assert (await scene.client.get("/readyz")).json()["store"] == "gone"
    answers = [(await scene.client.get(scene.limited)).status_code for _ in range(125)]
    assert set(answers[:120]) == {403}, "the route itself answers"
    assert set(answers[120:]) == {429}, "the limit of 120 a minute holds without the store"
    await scene.store.mend()
    began = time.monotonic()
    while (await scene.client.get("/readyz")).json()["store"] != "ready":
        assert time.monotonic() - began < BACK_SECONDS
        await asyncio.sleep(0.1)
