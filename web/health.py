"""For those who run it: is the process alive, are its parts there, what does it count."""

import asyncio
import contextlib
import ipaddress
from datetime import timedelta

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sanic import Blueprint, HTTPResponse, Request, json

from config.errors import NotFound
from models.database import GONE, row
from models.migrate import pending
from services.files import scanning
from services.store import GONE as STORE_GONE
from services.store import NotOpened, store
from web.context import now

blueprint = Blueprint("health")
SECONDS = 2
WORKER_SILENT = timedelta(seconds=30)


@blueprint.get("/healthz", ctx_permission="public")
async def alive(request: Request) -> HTTPResponse:
    return json({"status": "alive"})


@blueprint.get("/readyz", ctx_permission="public")
async def ready(request: Request) -> HTTPResponse:
    """503 while the database is away or behind. Without the store, the worker or the virus scanner the product still serves; it says so here."""
    database, fast, worker, scanner = await asyncio.gather(_database(request), _store(), _worker(request), _scanner(request))
    return json({"database": database, "store": fast, "worker": worker, "scanner": scanner}, status=200 if database == "ready" else 503)


@blueprint.get("/metrics", ctx_permission="public")
async def metrics(request: Request) -> HTTPResponse:
    """Prometheus, for this machine alone."""
    if not ipaddress.ip_address(request.ip).is_loopback or request.headers.get("x-forwarded-for"):
        raise NotFound
    return HTTPResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


async def _database(request: Request) -> str:
    try:
        async with asyncio.timeout(SECONDS):
            return "behind" if await pending(request.app.ctx.settings.database_url) else "ready"
    except GONE:
        return "gone"


async def _store() -> str:
    try:
        await store().ping()
    except (*STORE_GONE, NotOpened):
        return "gone"
    return "ready"


async def _scanner(request: Request) -> str:
    if not request.app.ctx.settings.clamd_url:
        return "off"
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SECONDS):
            return "ready" if await scanning.ready() else "gone"
    return "gone"


async def _worker(request: Request) -> str:
    try:
        async with asyncio.timeout(SECONDS):
            found = await row("SELECT max(last_heartbeat) AS heard FROM procrastinate_workers")
    except GONE:
        return "unknown"
    heard = found["heard"] if found else None
    return "ready" if heard is not None and now(request) - heard < WORKER_SILENT else "silent"
