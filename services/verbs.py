"""A business act runs to its end, also when the client that asked for it hangs up half-way.

The web server cancels a handler whose client is gone. A cancel in the middle of a transaction would lose what was promised and could
keep a pooled connection, so an act runs in a task of its own. Open transactions inside verbs only: a verb that is called inside another
simply joins it.
"""

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import Context, ContextVar
from typing import Any, ParamSpec, TypeVar

import structlog

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)
_running: set[asyncio.Task[Any]] = set()
_protected: ContextVar[bool] = ContextVar("protected", default=False)


def verb(act: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Decorator for a service function that changes something: once begun it is never cancelled from outside."""
    @functools.wraps(act)
    async def protected(*args: P.args, **kwargs: P.kwargs) -> T:
        return await to_the_end(act(*args, **kwargs))

    return protected


async def to_the_end(act: Coroutine[Any, Any, T]) -> T:
    """Await ``act``; if the awaiting task is cancelled, ``act`` still runs to its end, and a failure of it is logged."""
    if _protected.get():
        return await act
    task = asyncio.create_task(_run(act))
    _running.add(task)
    task.add_done_callback(_running.discard)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            task.add_done_callback(report)
        raise


async def _run(act: Awaitable[T]) -> T:
    _protected.set(True)
    return await act


def report(task: asyncio.Task[Any]) -> None:
    """For what nobody waits for any more: that it failed is at least a line in the log."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("act_failed_after_hang_up", error=type(error).__name__)


def afterwards(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Begin what follows an act and keeps nobody waiting, outside of the act's transaction; a graceful stop waits for it too."""
    task = asyncio.create_task(work, context=Context())
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


@asynccontextmanager
async def no_sooner(seconds: float) -> AsyncIterator[None]:
    """Leave the block so many seconds after it began or later, however it ends: its time then tells nothing (T11)."""
    until = time.monotonic() + seconds
    try:
        yield
    finally:
        await asyncio.sleep(max(0.0, until - time.monotonic()))


async def drained(seconds: float) -> None:
    """Wait for the acts under way and what follows them, at most so long: part of a graceful stop."""
    until = time.monotonic() + seconds
    while _running and (left := until - time.monotonic()) > 0:
        await asyncio.wait(set(_running), timeout=left)
