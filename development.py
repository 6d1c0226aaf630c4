"""``greenlane dev``: the whole product on one machine, from an empty folder to the first page in seconds.

The real PostgreSQL and Valkey run under the data folder; WeChat, the SMS gateway and the mail server are the sandbox, a process of its own, like the
worker. This is the one place of the product that may know the sandbox.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Protocol

import typer

from config import embedded, logs
from config.clock import now
from config.loading import read_profile
from config.loading import regions as profiles_in
from config.settings import Settings, settings
from models import database, migrate
from services import regions

STOP_SECONDS = 20
#: The stories of the regions are told side by side.
CONNECTIONS = 6


class Known(Protocol):
    """Somebody of the demo who can log in; without ``login`` the address itself opens the page."""

    @property
    def role(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def login(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def address(self) -> str: ...


@dataclass(frozen=True)
class Entrance:
    """A region, and whom its demo introduces."""

    code: str
    name: str
    people: Sequence[Known]


@dataclass(frozen=True)
class Ports:
    sandbox: int
    smtp: int


def run() -> None:
    """Start all parts, serve until Ctrl-C or SIGTERM, stop all parts."""
    began = time.monotonic()
    config = settings()
    if config.in_production:
        raise typer.BadParameter("greenlane dev is for development; use serve and worker")
    logs.configure(production=False)
    config.data.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _interrupt)
    Thread(target=import_module, args=("app",)).start()  # a second's work, while the servers start beside it
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as parts:
        url = config.database_url or _own_database(parts, config)
        redis = config.redis_url or parts.enter_context(embedded.valkey(config.data.resolve() / "valkey"))
        ports = Ports(_free_port(), _free_port())
        _tell_environment(config, url, redis, ports)
        settings.cache_clear()
        parts.enter_context(_child("sandbox", "-m", "sandbox", "--port", str(ports.sandbox), "--smtp-port", str(ports.smtp),
                                   "--product", settings().public_url, "--receipts-url", _receipts_url(settings())))
        entrances = asyncio.run(prepare(settings()))
        parts.enter_context(_child("worker", "-m", "cli", "worker"))
        _announce(settings(), entrances, time.monotonic() - began)
        _serve(settings())


async def prepare(config: Settings) -> list[Entrance]:
    """Tables, regions, and demo data for an empty database; who can log in where."""
    await migrate.upgrade(config.database_url)
    context = await database.connect(config.database_url, CONNECTIONS)
    try:
        for code in profiles_in(config.regions):
            await regions.load(read_profile(config.regions / code), now())
        return await _fill()
    finally:
        await context.close_connections()


async def _fill() -> list[Entrance]:
    from sandbox.demo import seed

    if not await database.rows("SELECT 1 FROM account LIMIT 1"):
        await seed.fill(now())
    await seed.introduce(settings())
    return [Entrance(region.code, region.name, await seed.logins(region)) for region in await regions.every()]


def _own_database(parts: contextlib.ExitStack, config: Settings) -> str:
    return embedded.ensure_database(parts.enter_context(embedded.postgres(config.data.resolve() / "postgres")), "greenlane")


def _serve(config: Settings) -> None:
    from app import create_app

    create_app(config).run(host=config.host, port=config.port, single_process=True, motd=False, access_log=False)


def _tell_environment(config: Settings, url: str, redis: str, ports: Ports) -> None:
    """The children and this process read the same settings; what the caller had set stays."""
    sandbox = f"http://127.0.0.1:{ports.sandbox}"
    known = {
        "DATABASE_URL": url, "REDIS_URL": redis, "PORT": str(config.port), "GREENLANE_DATA": str(config.data.resolve()),
        "GREENLANE_PUBLIC_URL": f"http://127.0.0.1:{config.port}", "GREENLANE_SANDBOX_URL": sandbox, "GREENLANE_WECHAT_URL": sandbox,
        "GREENLANE_SMS_URL": sandbox, "GREENLANE_SMTP_URL": f"smtp://127.0.0.1:{ports.smtp}",
        "GREENLANE_SMTP_STARTTLS": "false", "GREENLANE_SMTP_FROM": "noreply@greenlane.example",
    }
    for name, value in known.items():
        os.environ.setdefault(name, value)


def _receipts_url(config: Settings) -> str:
    return f"{config.public_url}/sms/receipts/{config.sms_receipt_path.get_secret_value()}"


@contextlib.contextmanager
def _child(name: str, *arguments: str) -> Iterator[None]:
    """A process beside this one, in a session of its own: Ctrl-C reaches this one, which then stops the others in order."""
    process = subprocess.Popen([sys.executable, *arguments], start_new_session=True, cwd=Path(__file__).parent)  # noqa: S603  our own
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            typer.echo(f"{name} did not stop in {STOP_SECONDS} s", err=True)
            process.kill()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _announce(config: Settings, entrances: Sequence[Entrance], seconds: float) -> None:
    lines = ["", f"Greenlane 人才绿色通道  (ready in {seconds:.1f} s; Ctrl-C stops everything)", ""]
    lines += [f"  sandbox  {config.sandbox_url}/sandbox/", f"  API      {config.public_url}/docs/"]
    for entrance in entrances:
        base = f"{config.public_url}/{entrance.code}"
        password = next((f"   password {one.password}" for one in entrance.people if one.password), "")
        lines += ["", f"  {entrance.name}   phone {base}/   desk {base}/console/{password}", *map(_in_a_line, entrance.people)]
    typer.echo("\n".join([*lines, ""]))


def _in_a_line(one: Known) -> str:
    if not one.login:
        return f"    link   {one.address}  {one.name}  {one.role}"
    where = "desk " if one.address.endswith("/console/login") else "phone"
    name = one.name.ljust(4, "\u3000")  # as wide as a Chinese character, so that the columns stand
    return f"    {where}  {one.login:<14} {one.phone}  {name}  {one.role}"
