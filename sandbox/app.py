"""The sandbox as one Sanic application: WeChat, Aliyun SMS, mail, and the page that shows them."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from sanic import Sanic

from config import clock
from sandbox import aliyun, control, phone, wechat, wechat_account
from sandbox.options import Options
from sandbox.state import State

SandboxApp = Sanic[Any, Any]


def create_sandbox(options: Options, now: Callable[[], datetime] = clock.now) -> SandboxApp:
    """An application of its own, never started twice; its memory is ``app.ctx.state``."""
    app: SandboxApp = Sanic(f"sandbox-{secrets.token_hex(4)}", configure_logging=False)
    app.config.update({"AUTO_EXTEND": False, "TOUCHUP": False, "ACCESS_LOG": False, "REQUEST_MAX_SIZE": 4 * 1024 * 1024,
                       "GRACEFUL_SHUTDOWN_TIMEOUT": 0.5, "RESPONSE_TIMEOUT": 700, "KEEP_ALIVE_TIMEOUT": 15})
    app.ctx.state = State(options, now)
    app.ctx.tasks = set()
    for blueprint in (aliyun.blueprint, wechat.blueprint, wechat_account.blueprint, control.blueprint, phone.blueprint):
        app.blueprint(blueprint)
    app.static("/sandbox/static", Path(__file__).parent / "static", name="static")
    app.before_server_start(_open_http)
    app.after_server_stop(_close_http)
    return app


async def _open_http(app: SandboxApp) -> None:
    app.ctx.http = aiohttp.ClientSession()


async def _close_http(app: SandboxApp) -> None:
    for task in app.ctx.tasks:
        task.cancel()
    await asyncio.gather(*app.ctx.tasks, return_exceptions=True)
    await app.ctx.http.close()
