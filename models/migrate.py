"""Migrations: numbered SQL files, each in one transaction with its row in ``schema_migration``; one runner at a time.

A file that was applied must not change (its checksum is compared). Procrastinate's own schema comes last, with two
additions that keep its fetch plan steady (an index on locks, pinned planner settings).
"""

import asyncio
import hashlib
from pathlib import Path

import asyncpg

from models.database import credentials

FOLDER = Path(__file__).parent.parent / "migrations"
LOCK = 0x67726C6E
JOBS = "procrastinate-3.10"
HARDEN = """
CREATE INDEX job_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing') AND lock IS NOT NULL;
ALTER FUNCTION procrastinate_fetch_job_v2 SET enable_seqscan = off SET enable_sort = off SET enable_bitmapscan = off;
CREATE TABLE job_error (job_id bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(), error text NOT NULL);
"""


class MigrationChanged(Exception):
    """A file was edited after it had been applied; write a new one instead."""


async def upgrade(url: str) -> list[str]:
    """Bring the database up to date; names of what was applied now. Safe to call from many processes at once."""
    connection = await asyncpg.connect(**credentials(url))
    try:
        # Polled: a session that blocks inside pg_advisory_lock() would make CREATE INDEX CONCURRENTLY wait for ever.
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        return await _apply_all(connection)
    finally:
        await connection.close()


async def pending(url: str) -> list[str]:
    """Names of the migrations that the database lacks."""
    connection = await asyncpg.connect(**credentials(url))
    try:
        done = await _applied(connection)
        return [name for name in (*_files(), JOBS) if name not in done]
    finally:
        await connection.close()


def _files() -> dict[str, Path]:
    return {path.stem: path for path in sorted(FOLDER.glob("[0-9]*.sql"))}


def _all() -> list[tuple[str, str]]:
    from procrastinate.schema import SchemaManager  # here: a web process asks what is pending, and needs no queue for that

    own = [(name, path.read_text(encoding="utf-8")) for name, path in _files().items()]
    return [*own, (JOBS, SchemaManager.get_schema() + HARDEN)]


async def _applied(connection: asyncpg.Connection) -> dict[str, bytes]:
    if not await connection.fetchval("SELECT to_regclass('schema_migration') IS NOT NULL"):
        return {}
    return {row["name"]: row["sha256"] for row in await connection.fetch("SELECT name, sha256 FROM schema_migration")}


async def _apply_all(connection: asyncpg.Connection) -> list[str]:
    await connection.execute("CREATE TABLE IF NOT EXISTS schema_migration "
                             "(name text PRIMARY KEY, sha256 bytea NOT NULL, at timestamptz NOT NULL DEFAULT now())")
    done = await _applied(connection)
    fresh = []
    for name, sql in _all():
        digest = hashlib.sha256(sql.encode()).digest()
        if name in done:
            if done[name] != digest:
                raise MigrationChanged(name)
            continue
        await _apply(connection, name, sql, digest)
        fresh.append(name)
    return fresh


async def _apply(connection: asyncpg.Connection, name: str, sql: str, digest: bytes) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = 0")
        await connection.execute(sql)
        await connection.execute("INSERT INTO schema_migration (name, sha256) VALUES ($1, $2)", name, digest)
