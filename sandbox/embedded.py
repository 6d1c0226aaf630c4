"""A sandbox inside the running loop, for tests: two free ports, and its memory at hand."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sanic import Sanic

from config import clock
from config.settings import Settings
from sandbox.app import create_sandbox
from sandbox.clamd import start_clamd
from sandbox.faults import Fault, FaultTarget, Kind
from sandbox.options import Options
from sandbox.smtp import start_smtp
from sandbox.state import State

LOCAL: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """``url``: for ``wechat_url`` and ``sms_url``; ``smtp_url`` and ``clamd_url`` likewise; ``state``: look, and set the scene."""

    url: str
    smtp_url: str
    clamd_url: str
    state: State

    def break_down(self, target: FaultTarget | str, kind: Kind | str, *, code: str = "", seconds: float = 3.0, times: int | None = None,
                   path: str = "") -> Fault:
        """What ``POST /sandbox/faults`` does."""
        fault = Fault(target=FaultTarget(target), kind=Kind(kind), code=code, seconds=seconds, times=times, path=path)
        return self.state.faults.add(fault)


@asynccontextmanager
async def serving(options: Options, host: str = LOCAL, port: int = 0, smtp_port: int = 0,
                  now: Callable[[], datetime] = clock.now) -> AsyncIterator[Sandbox]:
    """Serve until the block ends. Port 0: a free one. Raises OSError when a port is taken."""
    app = create_sandbox(options, now)
    state: State = app.ctx.state
    listener = socket.create_server((host, port), backlog=256)
    listener.setblocking(False)
    server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False,
                                     asyncio_server_kwargs={"start_serving": False})
    assert server is not None
    smtp, clamd = await start_smtp(state, host, smtp_port), await start_clamd(state, host, 0)
    await server.startup()
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    try:
        yield Sandbox(f"http://{host}:{listener.getsockname()[1]}", f"smtp://{host}:{smtp.sockets[0].getsockname()[1]}",
                      f"tcp://{host}:{clamd.sockets[0].getsockname()[1]}", state)
    finally:
        smtp.close()
        clamd.close()
        server.close()
        for connection in list(server.connections):  # a call that hangs by a fault would hold the stop for its whole time
            connection.abort()
        await server.before_stop()
        await server.after_stop()
        Sanic.unregister_app(app)


@asynccontextmanager
async def running_sandbox(settings: Settings | None = None, *, now: Callable[[], datetime] = clock.now,
                          **changes: Any) -> AsyncIterator[Sandbox]:
    """A sandbox for a test, receipts at once. ``changes``: fields of :class:`~sandbox.options.Options` that differ."""
    changes = {"receipt_delay": 0.0, "receipt_repeats": (0.05, 0.05, 0.05), **changes}
    async with serving(replace(Options.from_settings(settings or Settings()), **changes), now=now) as sandbox:
        yield sandbox
