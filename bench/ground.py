"""What every program here stands on: real servers with durable commits in a folder of their own, gone when the block ends."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import orjson

from config import clock, embedded
from config.keys import keys, new_ring
from config.loading import read_profile
from config.loading import regions as shipped
from config.settings import settings
from models import database, migrate
from services import regions, store
from services.regions import Region

ROOT = Path(__file__).parent.parent
START_SECONDS = 60
STOP_SECONDS = 20
SECRETS = ("WECHAT_APP_SECRET", "OFFICIAL_APP_SECRET", "OFFICIAL_TOKEN", "WECHAT_TOKEN", "SMS_ACCESS_KEY_SECRET", "SMS_RECEIPT_PATH")


@dataclass(frozen=True)
class Ground:
    """The servers of one run."""

    folder: Path
    database_url: str
    redis_url: str

    def another(self, name: str) -> Self:
        """The same servers with a database of its own, still empty."""
        return replace(self, database_url=embedded.ensure_database(self.database_url.replace("/bench?", "/postgres?"), name))

    def environment(self, port: int) -> dict[str, str]:
        """What a web process of production is started with."""
        drawn = {f"GREENLANE_{name}": secrets.token_hex(16) for name in SECRETS}
        aes_keys = {f"GREENLANE_{name}_AES_KEY": secrets.token_hex(22)[:43] for name in ("OFFICIAL", "WECHAT")}
        return {**os.environ, **drawn, **aes_keys, "GREENLANE_ENVIRONMENT": "production",
                "DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "PORT": str(port), "GREENLANE_DATA": str(self.folder),
                "GREENLANE_KEY_FILE": str(self.folder / "keys.json"), "GREENLANE_PUBLIC_URL": "https://greenlane.invalid"}


@contextmanager
def ground() -> Iterator[Ground]:
    """Servers in an empty folder. This process' settings name them until the block ends."""
    with tempfile.TemporaryDirectory(prefix="greenlane-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database server does not run as root, and must reach its own part
        (folder / "keys.json").write_bytes(orjson.dumps(new_ring()))
        with embedded.postgres(folder / "postgres" / "data") as url, embedded.valkey(folder / "valkey") as redis_url:
            made = Ground(folder, embedded.ensure_database(url, "bench"), redis_url)
            os.environ.update(DATABASE_URL=made.database_url, REDIS_URL=redis_url, GREENLANE_DATA=name)
            settings.cache_clear()
            keys.cache_clear()  # else this process would seal and sign with the keys of the program before
            yield made


@asynccontextmanager
async def filled(made: Ground, pool: int = 16) -> AsyncIterator[Region]:
    """The database migrated, with one shipped region in it where services are booked, open in this process."""
    await migrate.upgrade(made.database_url)
    context = await database.connect(made.database_url, pool)
    store.open_store(made.redis_url)
    try:
        profiles = (read_profile(settings().regions / code) for code in shipped(settings().regions))
        yield await regions.load(next(profile for profile in profiles if profile.content.catalogue), clock.now())
    finally:
        await store.close_store()
        await context.close_connections()
        context.__exit__(None, None, None)


@contextmanager
def process(*arguments: str, environment: dict[str, str], ready: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process of its own, from when ``ready`` answers until the block ends; what it says goes to a file, as in production."""
    with Path(environment["GREENLANE_DATA"], f"log-{time.monotonic_ns()}").open("wb") as log:
        running = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        until_ready(running, ready, Path(log.name))
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()


def until_ready(running: subprocess.Popen[bytes], address: str, log: Path, every: float = 0.05) -> None:
    """Raises ``RuntimeError`` with the end of the log when the process dies or says nothing for :data:`START_SECONDS`."""
    until = time.monotonic() + START_SECONDS
    while running.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(every)
    raise RuntimeError(f"{address} does not answer:\n{log.read_text()[-2000:]}")


def interrupt(*_: object) -> None:
    """For a signal: stopping must stop the servers, too."""
    raise KeyboardInterrupt
