"""The servers of the tests: real PostgreSQL and Valkey, one database a worker, the product served over real HTTP.

A unit test asks for none of this and starts nothing. ``database`` gives a clean database with the shipped regions in it; ``client`` is
a browser-like HTTP client of the product, which listens on a free port in this process.
"""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_DATA = tempfile.TemporaryDirectory(prefix="greenlane-test-")
os.environ["GREENLANE_DATA"] = _DATA.name  # before anything reads the settings: keys of a run are made there

import asyncpg
import httpx
import pytest
from sanic import Sanic

from config import clock, embedded
from config.loading import read_profile
from config.loading import regions as shipped_regions
from config.settings import settings
from models import database as db
from models import migrate
from services import regions, store
from services.regions import Region
from tests.builders import REGION

Sanic.test_mode = True  # several apps in one process: Sanic then keeps the methods that it rewrites for each
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "master")
TEMPLATE_LOCK = 4711

#: Rows that the shipped regions bring along: put back after each test; every other table is emptied.
CONTENT = ("region", "profile_version", "organisation", "category", "service", "service_window", "venue", "opening", "closed_day", "benefit")


#: Files of few tests that take their time each: begun first, so that no worker is left alone with one at the end (``--no-loadscope-reorder``).
LONG = ("test_walk", "test_demo", "test_r0", "test_r1", "test_hang_ups", "test_files", "_browser", "test_phone_mishaps")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not any(name in item.path.name for name in LONG))


@dataclass(frozen=True)
class Servers:
    database_url: str
    redis_url: str


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One PostgreSQL for all workers of a run; the last one that leaves stops it. Not under pytest's own folder: there the server, which
    does not run as root, may not enter."""
    folder = Path(tempfile.gettempdir()) / f"greenlane-postgres-{RUN}" / "data"
    with embedded.postgres(folder, durable=False) as url:
        yield url
    if not (folder / "postmaster.pid").exists():
        shutil.rmtree(folder.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded.valkey(tmp_path_factory.mktemp("valkey"), persist=False) as url:
        yield url


@pytest.fixture(scope="session")
async def servers(postgres_url: str, redis_url: str) -> Servers:
    """This worker's database: a copy of a template that is migrated and filled once a run."""
    guard = await asyncpg.connect(**db.credentials(postgres_url))
    try:
        while not await guard.fetchval("SELECT pg_try_advisory_lock($1)", TEMPLATE_LOCK):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # a lock of the server tells nobody when it is free
        if await guard.fetchval("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'test_template'") != RUN:
            await _fill_template(guard, postgres_url)
        await guard.execute(f"DROP DATABASE IF EXISTS test_{WORKER} WITH (FORCE)")
        await guard.execute(f"CREATE DATABASE test_{WORKER} TEMPLATE test_template")
    finally:
        await guard.close()
    return Servers(_named(postgres_url, f"test_{WORKER}"), redis_url)


async def _fill_template(guard: asyncpg.Connection, url: str) -> None:
    await guard.execute("DROP DATABASE IF EXISTS test_template WITH (FORCE)")
    await guard.execute("CREATE DATABASE test_template")
    await migrate.upgrade(_named(url, "test_template"))
    context = await db.connect(_named(url, "test_template"), 2)
    for code in shipped_regions(settings().regions):
        await regions.load(read_profile(settings().regions / code), clock.now())
    for table in CONTENT:
        await db.connection().execute_script(f"CREATE SCHEMA IF NOT EXISTS shipped; CREATE TABLE shipped.{table} AS TABLE public.{table}")
    await context.close_connections()
    context.__exit__(None, None, None)
    regions._versions.clear()
    regions._current.clear()
    await guard.execute(f"COMMENT ON DATABASE test_template IS '{RUN}'")


def _named(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
async def orm(servers: Servers) -> AsyncIterator[Servers]:
    """The pool of this worker, and settings that name its servers."""
    os.environ.update(DATABASE_URL=servers.database_url, REDIS_URL=servers.redis_url)
    settings.cache_clear()
    context = await db.connect(servers.database_url, settings().database_pool)
    yield servers
    await context.close_connections()


@pytest.fixture
async def database(orm: Servers) -> AsyncIterator[None]:
    """A clean database with the shipped regions. Commits are real; what a test leaves is deleted after it."""
    yield
    await clean()


async def clean() -> None:
    """Empty every table and put the shipped regions' rows back; faster than TRUNCATE on tables this small."""
    names = [found["tablename"] for found in await db.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('schema_migration')")]
    script = "".join(f"DELETE FROM {name};" for name in names) + "".join(f"INSERT INTO {name} SELECT * FROM shipped.{name};" for name in CONTENT)
    await db.connection().execute_script(f"BEGIN; SET LOCAL session_replication_role = replica; {script} COMMIT")
    regions._current.clear()
    regions._versions.clear()  # a version's number is used again after this


@pytest.fixture
async def region(database: None) -> Region:
    """The shipped region that tests are about unless they say otherwise."""
    return await regions.current(REGION)


@asynccontextmanager
async def serving(app: Sanic) -> AsyncIterator[str]:
    """The app on a free port of this machine, over real HTTP, until the block ends; its address.

    A process has one client of the fast store, and each app opens and closes it: the apps of the rest of the run get theirs back.
    """
    others = store._store
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)  # port=0 would be Sanic's own default, 8000
    listener.setblocking(False)
    server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False, asyncio_server_kwargs={"start_serving": False})
    assert server is not None
    await server.startup()
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await server.before_stop()
        server.close()
        for connection in list(server.connections):
            connection.abort()
        await server.after_stop()
        store._store = others


@pytest.fixture(scope="session")
async def product(orm: Servers) -> AsyncIterator[str]:
    """The product, served; its address."""
    from app import create_app

    async with serving(create_app(settings(), f"greenlane-{WORKER}")) as address:
        yield address


@pytest.fixture
async def client(product: str, database: None) -> AsyncIterator[httpx.AsyncClient]:
    """Like a browser: keeps cookies, asks for pages, does not follow redirects by itself."""
    async with httpx.AsyncClient(base_url=product, headers={"Accept": "text/html", "Accept-Language": "zh-CN"}, timeout=60) as browser:
        yield browser


@pytest.fixture(scope="session")
async def probed_product(orm: Servers) -> AsyncIterator[str]:
    """The product with the routes of ``tests.probe`` beside its own; its address."""
    from tests.probe import probed

    async with probed(f"greenlane-probe-{WORKER}") as address:
        yield address


@pytest.fixture
async def probe(probed_product: str, database: None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the probed product that asks for JSON."""
    async with httpx.AsyncClient(base_url=probed_product, headers={"Accept": "application/json"}, timeout=60) as client:
        yield client


@pytest.fixture
def data_folder() -> Path:
    return Path(_DATA.name)
