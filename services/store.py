"""The fast store (Redis or Valkey): short time limits, few retries; whoever uses it says what happens when it is away."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError

#: What a store that is away raises.
GONE = (RedisError, ConnectionError, TimeoutError)
SECONDS = 1.0


class NotOpened(RuntimeError):
    """The store of this process was not opened: ``open_store`` belongs to start-up."""


_store: Redis | None = None


def open_store(url: str) -> Redis:
    """The client of this process; connections are made on first use, so a store that is away does not stop the start."""
    global _store
    _store = Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, health_check_interval=15,
                            retry=Retry(ExponentialBackoff(cap=0.1, base=0.01), 1))
    return _store


def store() -> Redis:
    if _store is None:
        raise NotOpened
    return _store


async def close_store() -> None:
    global _store
    if _store is not None:
        closing, _store = _store, None
        await closing.aclose()
