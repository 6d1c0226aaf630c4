"""``greenlane dev``: the whole product on one machine, from an empty folder to the first page in seconds.

The real PostgreSQL and Valkey run under the data folder; WeChat, the SMS gateway and the mail server are the sandbox, a process of its own, like the
worker. This is the one place of the product that may know the sandbox.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Protocol

import typer

from config import embedded, logs
from config.clock import now
from config.loading import read_profile
from config.loading import regions as profiles_in
from config.profile import Profile
from config.settings import Settings, settings
from models import database, migrate
from services import regions
from services.regions import Region

STOP_SECONDS = 20
CONNECTIONS = 2
#: In the data folder, while it runs.
ENVIRONMENT = "environment.json"
#: The last line of a start: nobody who waits for people of the demo need wait longer.
ALL_THERE = "  Every region is filled in."


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
class Doors:
    """Where one can enter, and the regions whose demo is still to be told."""

    entrances: Sequence[Entrance]
    waiting: Sequence[str]


@dataclass(frozen=True)
class Ports:
    sandbox: int
    smtp: int


def run() -> None:
    """Start all parts, serve until Ctrl-C or SIGTERM, stop all parts."""
    began = time.monotonic() - time.process_time()  # what was imported until here is part of the start
    config = settings()
    if config.in_production:
        raise typer.BadParameter("greenlane dev is for development; use serve and worker")
    logs.configure(production=False)
    config.data.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _interrupt)
    ahead = ThreadPoolExecutor(1)  # some seconds' work, while the servers start beside it
    profiles = ahead.submit(_profiles, config.regions)
    ahead.submit(_import_ahead)
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as parts:
        url = config.database_url or _own_database(parts, config)
        redis = config.redis_url or parts.enter_context(embedded.valkey(config.data.resolve() / "valkey"))
        ports = Ports(_free_port(), _free_port())
        parts.enter_context(_tell_environment(config, url, redis, ports))
        settings.cache_clear()
        parts.enter_context(_child("sandbox", "-m", "sandbox", "--port", str(ports.sandbox), "--smtp-port", str(ports.smtp),
                                   "--product", settings().public_url, "--receipts-url", _receipts_url(settings())))
        doors = asyncio.run(prepare(settings(), profiles))
        parts.enter_context(_child("worker", "-m", "cli", "worker"))
        _serve(settings(), partial(_open, parts, doors, began))


def _profiles(folder: Path) -> list[Profile]:
    return [read_profile(folder / code) for code in profiles_in(folder)]


def _import_ahead() -> None:
    for name in ("sandbox.demo.seed", "holidays.countries", "app"):
        import_module(name)


async def prepare(config: Settings, profiles: "Future[list[Profile]]") -> Doors:
    """Tables, regions and, for an empty database, the demo of the one region that is told first."""
    await migrate.upgrade(config.database_url)
    context = await database.connect(config.database_url, CONNECTIONS)
    try:
        for profile in profiles.result():
            await regions.load(profile, now())
        return await _first()
    finally:
        await context.close_connections()


async def _first() -> Doors:
    from sandbox.demo import seed

    untold = await seed.untold()
    if first := seed.foremost(untold):
        await seed.fill(now(), [first])
    await seed.introduce(settings())
    waiting = tuple(code for code in untold if code != first)
    return Doors([await _entrance(region) for region in await regions.every() if region.code not in waiting], waiting)


async def _entrance(region: Region) -> Entrance:
    from sandbox.demo import seed

    return Entrance(region.code, region.name, await seed.logins(region))


async def tell_the_rest(config: Settings) -> None:
    """The demo of every region that has none yet, one after the other, while the product is served; each is announced when it stands."""
    from sandbox.demo import seed

    context = await database.connect(config.database_url, CONNECTIONS)
    try:
        for code in await seed.untold():
            await seed.fill(now(), [code])
            await seed.introduce(config)
            _say(_block(config, await _entrance(await regions.current(code))))
    finally:
        await context.close_connections()
    _say(["", ALL_THERE])


def _own_database(parts: contextlib.ExitStack, config: Settings) -> str:
    return embedded.ensure_database(parts.enter_context(embedded.postgres(config.data.resolve() / "postgres")), "greenlane")


def _serve(config: Settings, ready: Callable[[], None]) -> None:
    """Serve until stopped; ``ready`` is called when pages are answered."""
    from app import create_app

    app = create_app(config)
    app.after_server_start(lambda _: ready())
    app.run(host=config.host, port=config.port, single_process=True, motd=False, access_log=False)


@contextlib.contextmanager
def _tell_environment(config: Settings, url: str, redis: str, ports: Ports) -> Iterator[None]:
    """The children and this process read the same settings; what the caller had set stays. ``greenlane doctor`` finds them in the folder."""
    sandbox = f"http://127.0.0.1:{ports.sandbox}"
    known = {
        "DATABASE_URL": url, "REDIS_URL": redis, "PORT": str(config.port), "GREENLANE_DATA": str(config.data.resolve()),
        "GREENLANE_PUBLIC_URL": f"http://127.0.0.1:{config.port}", "GREENLANE_SANDBOX_URL": sandbox, "GREENLANE_WECHAT_URL": sandbox,
        "GREENLANE_SMS_URL": sandbox, "GREENLANE_SMTP_URL": f"smtp://127.0.0.1:{ports.smtp}",
        "GREENLANE_SMTP_STARTTLS": "false", "GREENLANE_SMTP_FROM": "noreply@greenlane.example",
    }
    join(known)
    told = config.data / ENVIRONMENT
    told.write_text(json.dumps(known), encoding="utf-8")
    try:
        yield
    finally:
        told.unlink(missing_ok=True)


def join(known: Mapping[str, str]) -> None:
    for name, value in known.items():
        os.environ.setdefault(name, value)


def join_running(config: Settings) -> None:
    """Take the settings of a `greenlane dev` that runs in this data folder, where there is one."""
    told = config.data / ENVIRONMENT
    if not config.in_production and not config.database_url and told.is_file():
        join(json.loads(told.read_text(encoding="utf-8")))
        settings.cache_clear()


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


def _open(parts: contextlib.ExitStack, doors: Doors, began: float) -> None:
    """Say what is there; then the other regions get their demo, in a process of its own that keeps no page waiting."""
    _announce(settings(), doors, time.monotonic() - began)
    if doors.waiting:
        parts.enter_context(_child("demo", "-m", "development"))


def _announce(config: Settings, doors: Doors, seconds: float) -> None:
    lines = ["", f"Greenlane 人才绿色通道  (ready in {seconds:.1f} s; Ctrl-C stops everything)", ""]
    lines += [f"  sandbox  {config.sandbox_url}/sandbox/", f"  API      {config.public_url}/docs/"]
    lines += [line for entrance in doors.entrances for line in _block(config, entrance)]
    if doors.waiting:
        lines += ["", f"  Open, and being filled in: {', '.join(doors.waiting)}. Each is listed below when its people are there."]
    _say([*lines, "" if doors.waiting else ALL_THERE])


def _block(config: Settings, entrance: Entrance) -> list[str]:
    """A region's addresses, and who can log in there."""
    base = f"{config.public_url}/{entrance.code}"
    password = next((f"   password {one.password}" for one in entrance.people if one.password), "")
    return ["", f"  {entrance.name}   phone {base}/   desk {base}/console/{password}", *map(_in_a_line, entrance.people)]


def _say(lines: Sequence[str]) -> None:
    """At once, also into a pipe: somebody waits for it."""
    typer.echo("\n".join(lines))
    sys.stdout.flush()


def _in_a_line(one: Known) -> str:
    if not one.login:
        return f"    link   {one.address}  {one.name}  {one.role}"
    where = "desk " if one.address.endswith("/console/login") else "phone"
    name = one.name.ljust(4, "\u3000")  # as wide as a Chinese character, so that the columns stand
    return f"    {where}  {one.login:<14} {one.phone}  {name}  {one.role}"


if __name__ == "__main__":  # as ``run`` starts it, once the product is served
    logs.configure(production=False)
    asyncio.run(tell_the_rest(settings()))
