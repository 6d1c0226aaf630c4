"""``create_app``: settings in, wired Sanic app out. Every face joins here; nothing below this file knows that there is a web server."""

import importlib
import importlib.util
import logging
from collections.abc import Iterator

from sanic import Blueprint, Sanic

from config import logs
from config.settings import Settings
from models import database
from services import store, verbs
from web import access, downloads, header_values, health, live, openapi, receipts, static
from web.context import App
from web.errors import Refusals
from wechat.checking import Checking
from wechat.platforms import Platforms

#: Each has ``blueprints``; a face that is not there yet is left out.
FACES = ("wechat.pages", "wechat.miniapp", "wechat.bot", "console")
MIB = 1024 * 1024
STOP_SECONDS = 15


def create_app(settings: Settings, name: str = "greenlane") -> App:
    """The whole product as one app. Raises ``web.access.UndeclaredRoute`` when a route does not say who may come in."""
    app = Sanic(name, error_handler=Refusals(), configure_logging=False, strict_slashes=False)
    app.config.update(_limits(settings))
    app.ctx.settings = settings
    logs.configure(settings.in_production, logging.INFO)
    header_values.install()
    access.install(app)
    live.install(app)
    for blueprint in blueprints(settings):
        app.blueprint(blueprint)
    access.check_routes(app)
    app.before_server_start(_open, priority=100)
    app.after_server_stop(_close)
    return app


def blueprints(settings: Settings) -> Iterator[Blueprint]:
    """All of them; the API's description only where it is developed (T38)."""
    yield from (health.blueprint, static.assets, live.blueprint, receipts.blueprint, downloads.blueprint)
    if not settings.in_production:
        yield openapi.blueprint
    for face in FACES:
        if importlib.util.find_spec(face) is not None:
            yield from getattr(importlib.import_module(face), "blueprints", ())


def _limits(settings: Settings) -> dict[str, object]:
    return {
        "REQUEST_MAX_SIZE": MIB, "REQUEST_MAX_HEADER_SIZE": 16 * 1024, "REQUEST_TIMEOUT": 15, "RESPONSE_TIMEOUT": 30,
        "KEEP_ALIVE_TIMEOUT": 30, "GRACEFUL_SHUTDOWN_TIMEOUT": STOP_SECONDS, "GRACEFUL_TCP_CLOSE_TIMEOUT": 1,
        "ACCESS_LOG": False, "AUTO_EXTEND": False, "MOTD": False,
        "NOISY_EXCEPTIONS": False, "FALLBACK_ERROR_FORMAT": "json",
        "REAL_IP_HEADER": settings.real_ip_header or None, "PROXIES_COUNT": settings.proxies or None, "FORWARDED_SECRET": None,
    }


async def _open(app: App) -> None:
    settings: Settings = app.ctx.settings
    app.ctx.database = await database.connect(settings.database_url, settings.database_pool) if not database.connected() else None
    fast = store.open_store(settings.redis_url)
    app.ctx.platforms = Platforms(settings, fast)
    app.ctx.text_check = lambda code: Checking(app.ctx.platforms.mini_program(code))  # of the region with this code


async def _close(app: App) -> None:
    """After the last request: acts that outlived their client end first, then the connections go."""
    await verbs.drained(STOP_SECONDS)
    await app.ctx.platforms.close()
    await store.close_store()
    if app.ctx.database is not None:
        await app.ctx.database.close_connections()
