"""How often one address may ask a route (``ctx_limit=(times, seconds)``): counted in the store, or in this process when the store is away.

Never open: without the store each process counts for itself. What is worth money or a password is limited in the database (``services.limits``).
"""

import time

from sanic import Request

from config.errors import TooMany
from config.keys import keys
from services.store import GONE, NotOpened, store
from web.context import declared

MOST_LOCAL = 50_000
_local: dict[str, tuple[float, int]] = {}


async def check(request: Request) -> None:
    """Raises :class:`TooMany` when the address has used up what the route allows."""
    limit = declared(request, "limit")
    if limit is None or request.route is None:
        return
    times, seconds = limit
    bucket = "limit:" + keys().sign("address-limit", f"{request.route.name}|{request.ctx.address}".encode(), 16).hex()
    if await _count(bucket, seconds) > times:
        raise TooMany(retry_after=seconds)


async def _count(bucket: str, seconds: int) -> int:
    try:
        async with store().pipeline(transaction=True) as pipe:
            pipe.incr(bucket)
            pipe.expire(bucket, seconds, nx=True)
            used, _ = await pipe.execute()
        return int(used)
    except (*GONE, NotOpened):
        return _count_here(bucket, seconds, time.monotonic())


def _count_here(bucket: str, seconds: int, at: float) -> int:
    until, used = _local.get(bucket, (0.0, 0))
    if until <= at:
        until, used = at + seconds, 0
    if len(_local) > MOST_LOCAL:
        for name in [name for name, (end, _) in _local.items() if end <= at] or list(_local)[:MOST_LOCAL // 2]:
            del _local[name]
    _local[bucket] = (until, used + 1)
    return used + 1
