"""A value that WeChat lends for a while (access token, page ticket): one fetch for everybody, one home for all processes.

Known ways to get this wrong, each seen in a widely used SDK: every process fetches at once; a refresh deletes the
token that another process has just fetched; a refused token is refreshed without end; two accounts share a key.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

# Deletes only what the caller saw: another process may have put a newer value, or taken the lock, meanwhile.
DELETE_IF_EQUAL: Final = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end"
LOCK_SECONDS: Final = 10
WAIT_SECONDS, WAIT_STEP = 5.0, 0.1
RENEW_EARLY_SECONDS, SHORTEST_SECONDS = 300, 60

Fetch = Callable[[], Awaitable[tuple[str, int]]]

log = structlog.get_logger(__name__)


class SharedValue:
    """``fetch`` gives the value and its lifetime in seconds. Redis is the home; while it is away, each process keeps its own."""

    def __init__(self, key: str, fetch: Fetch, redis: "Redis | None") -> None:
        self._key, self._fetch, self._redis = key, fetch, redis
        self._own: tuple[str, float] | None = None  # value, and the monotonic moment it ends
        self._single = asyncio.Lock()

    async def get(self) -> str:
        """The value; of all that ask at once, in this process and in others, one fetches."""
        if value := await self._known():
            return value
        async with self._single:
            return await self._known() or await self._fetch_under_lock()

    async def forget(self, refused: str) -> None:
        """Drop ``refused``, if it is still what everybody uses."""
        if self._own and self._own[0] == refused:
            self._own = None
        await self._ask(lambda redis: redis.eval(DELETE_IF_EQUAL, 1, self._key, refused))

    async def _known(self) -> str | None:
        away, value = await self._ask(lambda redis: redis.get(self._key))
        if not away:
            return _text(value)
        return self._own[0] if self._own and self._own[1] > monotonic() else None

    async def _fetch_under_lock(self) -> str:
        me = secrets.token_hex(16)
        away, mine = await self._ask(lambda redis: redis.set(f"{self._key}:lock", me, nx=True, ex=LOCK_SECONDS))
        if not away and not mine and (value := await self._fetched_elsewhere()):
            return value
        try:
            # Whoever held the lock until now has put the value there between our look and our turn.
            return (await self._known() if mine else None) or await self._fetch_and_keep()
        finally:
            if mine:
                await self._ask(lambda redis: redis.eval(DELETE_IF_EQUAL, 1, f"{self._key}:lock", me))

    async def _fetch_and_keep(self) -> str:
        value, lifetime = await self._fetch()  # two at once would do no harm: WeChat's stable token is the same for both
        keep = max(SHORTEST_SECONDS, lifetime - RENEW_EARLY_SECONDS)
        self._own = value, monotonic() + keep
        await self._ask(lambda redis: redis.set(self._key, value, ex=keep))
        return value

    async def _fetched_elsewhere(self) -> str | None:
        """Another process holds the lock: wait for its value, but not for ever, it may have died."""
        for _ in range(int(WAIT_SECONDS / WAIT_STEP)):
            await asyncio.sleep(WAIT_STEP)
            if value := await self._known():
                return value
        return None

    async def _ask(self, command: "Callable[[Redis], Awaitable[object]]") -> tuple[bool, object]:
        """Whether Redis is away, and its answer if not."""
        if self._redis is None:
            return True, None
        try:
            return False, await command(self._redis)
        except (RedisError, OSError) as error:
            log.warning("wechat.shared_value_without_redis", key=self._key, error=type(error).__name__)
            return True, None


def _text(value: object) -> str | None:
    """The answer of a client with or without ``decode_responses``."""
    return value.decode() if isinstance(value, bytes) else value if isinstance(value, str) else None
