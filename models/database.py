"""The way to PostgreSQL: one pool a process, Tortoise's connection for everything, transactions that survive hang-ups.

Everyday reads and writes go through the models; a hot verb is one SQL statement kept beside its service function and run
with :func:`rows` or :func:`row`, which join the open transaction when there is one.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import orjson
from tortoise import Tortoise
from tortoise.backends.base import client as pool_client
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext, get_current_context
from tortoise.exceptions import DBConnectionError, IntegrityError
from tortoise.transactions import in_transaction
from uuid_utils.compat import uuid7

from config.errors import Unavailable

MODELS = ["models.organisation", "models.account", "models.card", "models.catalogue", "models.venue", "models.visit", "models.case",
          "models.dossier", "models.export", "models.file", "models.roster", "models.notice", "models.notification", "models.audit"]
ACQUIRE_SECONDS = 2.0
STATEMENT_SECONDS = 10

#: What a lost or restarting server raises; the edge turns these into 503 and the pool heals itself.
GONE = (DBConnectionError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError,
        asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.TooManyConnectionsError, ConnectionError, TimeoutError)

new_id = uuid7


def credentials(url: str) -> dict[str, Any]:
    """asyncpg's arguments out of a PostgreSQL URL; a socket folder may stand in ``?host=``."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "host": query.get("host") or parts.hostname or "127.0.0.1",
        "port": int(query.get("port") or parts.port or 5432),
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password or "") or None,
        "database": parts.path.lstrip("/") or "postgres",
    }


async def _nothing_to_undo(_: asyncpg.Connection) -> None:
    """In the place of asyncpg's reset, a round trip for each connection that comes back: it undoes session settings, session locks, cursors and
    listeners, and no code here makes any (settings are SET LOCAL, locks a transaction's). A transaction left open is rolled back before this."""


def tortoise_config(url: str, pool: int, statement_seconds: int = STATEMENT_SECONDS) -> dict[str, Any]:
    limits = {"statement_timeout": f"{statement_seconds}s", "idle_in_transaction_session_timeout": "30s", "timezone": "UTC"}
    return {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": {
            **credentials(url), "minsize": 1, "maxsize": pool, "command_timeout": statement_seconds + 2,
            "server_settings": limits, "reset": _nothing_to_undo}}},
        "apps": {"main": {"models": MODELS, "default_connection": "default"}},
        "use_tz": True, "timezone": "UTC",
    }


async def connect(url: str, pool: int, statement_seconds: int = STATEMENT_SECONDS) -> TortoiseContext:
    """Open the pool of this process. The caller closes it with ``await context.close_connections()``."""
    context = TortoiseContext()
    context.__enter__()
    await context.init(config=tortoise_config(url, pool, statement_seconds), _enable_global_fallback=True)
    return context


def connected() -> bool:
    """Whether this process has a pool already: a test, or a command that serves, opens one for all."""
    context = get_current_context()
    return context is not None and context.inited


def connection() -> BaseDBAsyncClient:
    """The connection of the open transaction, else the pool."""
    return Tortoise.get_connection("default")


async def rows(sql: str, *values: Any) -> list[dict[str, Any]]:
    """Run one statement, also INSERT … RETURNING, and give its rows; JSON columns come as text (:func:`json_value`)."""
    return [dict(found) for found in await _ask(connection(), "fetch", sql, values)]


async def row(sql: str, *values: Any) -> dict[str, Any] | None:
    """As :func:`rows`, the first of them alone."""
    found = await _ask(connection(), "fetchrow", sql, values)
    return None if found is None else dict(found)


async def rows_planned_anew(sql: str, *values: Any) -> list[dict[str, Any]]:
    """As :func:`rows`, planned for these values and for the tables as they are now, at the price of a round trip: for joins over thousands of rows.

    A statement that was asked often keeps one plan; if its tables were small then, each row is still looked up by walking a whole table.
    """
    return [dict(found) for found in await _ask_anew(connection(), sql, values)]


async def rows_joined_whole(sql: str, *values: Any) -> list[dict[str, Any]]:
    """As :func:`rows_planned_anew`, never looking one table's rows up in another one by one: for joins of what the statement itself picked out."""
    async with transaction():
        await row("SELECT set_config('enable_nestloop', 'off', true)")
        return await rows_planned_anew(sql, *values)


async def plan_anew() -> None:
    """The same for the rest of the open transaction, and for its checks of foreign keys, whose plans are kept as well."""
    await row("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")


@translate_exceptions
async def _ask_anew(client: Any, sql: str, values: tuple[Any, ...]) -> Any:
    async with client.acquire_connection() as open_connection:
        return await (await open_connection.prepare(sql)).fetch(*values)


@translate_exceptions
async def _ask(client: Any, way: str, sql: str, values: tuple[Any, ...]) -> Any:
    """asyncpg's own verb on the open transaction's connection, else on one of the pool; its errors as Tortoise names them."""
    async with client.acquire_connection() as open_connection:
        return await getattr(open_connection, way)(sql, *values)


async def execute(sql: str, *values: Any) -> int:
    """Run one statement for its effect; the number of rows that it touched (Tortoise's own count is 0 for every INSERT)."""
    status = str(await _ask(connection(), "execute", sql, values))
    return int(status.rpartition(" ")[2])


def json_value(text: str | Mapping[str, Any] | None) -> Any:
    """A JSONB column as it came from :func:`rows`."""
    return orjson.loads(text) if isinstance(text, str) else text


def json_text(value: Any) -> str:
    """A value for a ``$n::jsonb`` parameter."""
    return orjson.dumps(value, default=str).decode()


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """All or nothing; inside an open one a savepoint."""
    async with in_transaction("default") as open_transaction:
        yield open_transaction


def broken_constraint(error: IntegrityError) -> str:
    """Name of the constraint or unique index that refused, or an empty string."""
    cause = error.__cause__ or (error.args[0] if error.args else None)
    return str(getattr(cause, "constraint_name", "") or "")


async def _acquire(pool: asyncpg.Pool) -> Any:
    try:
        return await pool.acquire(timeout=ACQUIRE_SECONDS)
    except TimeoutError as error:
        raise Unavailable(extra={"cause": "no connection became free"}) from error


async def _enter_transaction(self: Any) -> Any:
    """As Tortoise's own, but a BEGIN that is cancelled or fails gives its connection back (else a pool of 4 was gone after 400 hang-ups)."""
    await self.ensure_connection()
    pool = self.client._parent._pool
    self.client._connection = await _acquire(pool)
    self.token = get_connections().set(self.connection_name, self.client)
    try:
        await self.client.begin()
    except BaseException:
        get_connections().reset(self.token)
        await asyncio.shield(pool.release(self.client._connection))
        raise
    return self.client


async def _enter_query(self: Any) -> Any:
    await self.ensure_connection()
    self.connection = await _acquire(self.client._pool)
    return self.connection


pool_client.TransactionContextPooled.__aenter__ = _enter_transaction  # type: ignore[method-assign]
pool_client.PoolConnectionWrapper.__aenter__ = _enter_query  # type: ignore[method-assign]
