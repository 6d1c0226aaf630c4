"""How often something may be done, counted in the database: holds without the fast store and across all processes (T08, T12).

A bucket is a keyed hash of what is counted (a number, an address, a device), so the table names nobody. A window opens with the first use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.errors import TooMany
from config.keys import keys
from models.database import execute, row, transaction
from services.verbs import verb

USE = """
INSERT INTO limit_use AS known (bucket, until, used) VALUES ($1, $3, 1)
ON CONFLICT (bucket) DO UPDATE SET used = CASE WHEN known.until <= $2 THEN 1 ELSE known.used + 1 END,
                                   until = CASE WHEN known.until <= $2 THEN EXCLUDED.until ELSE known.until END
 WHERE known.until <= $2 OR known.used < $4
RETURNING used
"""


@dataclass(frozen=True)
class Allowance:
    """``times`` uses of ``what`` in ``per``, for each ``value`` by itself (a number, an address; empty: for all together)."""

    what: str
    value: str
    times: int
    per: timedelta

    def bucket(self, region: str) -> bytes:
        seconds = int(self.per.total_seconds())
        return keys().sign("limit", f"{region}|{self.what}|{seconds}|{self.value}".encode())


class UsedUp(TooMany):
    """操作太频繁了，请稍后再试。着急办理请拨打服务电话。"""


@verb
async def use(region: str, allowances: Sequence[Allowance], now: datetime) -> None:
    """Use one of each, or none at all. Raises :class:`UsedUp` with the seconds until the refusing window ends.

    Give the narrow ones first: whoever repeats himself then waits on his own row, and nobody else on his.
    """
    async with transaction():
        for allowance in allowances:
            if not await _use_one(region, allowance, now):
                raise UsedUp(retry_after=await _seconds_left(region, allowance, now), extra={"limit": allowance.what})


async def _use_one(region: str, allowance: Allowance, now: datetime) -> bool:
    return await row(USE, allowance.bucket(region), now, now + allowance.per, allowance.times) is not None


async def once(region: str, what: str, value: str, now: datetime, lasts: timedelta) -> bool:
    """Whether this is the first use of a thing that may be used once."""
    return await _use_one(region, Allowance(what, value, 1, lasts), now)


async def used(region: str, allowance: Allowance, now: datetime) -> int:
    """How many were used in the window that is open."""
    found = await row("SELECT used FROM limit_use WHERE bucket = $1 AND until > $2", allowance.bucket(region), now)
    return int(found["used"]) if found else 0


async def forget(region: str, allowances: Sequence[Allowance]) -> None:
    """Give back what was used: after the right password its wrong ones no longer count."""
    await execute("DELETE FROM limit_use WHERE bucket = ANY($1::bytea[])", [allowance.bucket(region) for allowance in allowances])


async def sweep(now: datetime) -> int:
    """Drop the windows that are over."""
    return await execute("DELETE FROM limit_use WHERE until < $1", now)


async def _seconds_left(region: str, allowance: Allowance, now: datetime) -> int:
    found = await row("SELECT until FROM limit_use WHERE bucket = $1", allowance.bucket(region))
    return max(1, int((found["until"] - now).total_seconds())) if found else 1
