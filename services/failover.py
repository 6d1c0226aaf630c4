"""Two gateways share the work by weight (the way of GOV.UK Notify): one that errs or is slow gets less of it, and what it lost comes back by and by.

The weight decides who is *asked first*. Whether the other is asked after it is another question, answered by the error alone: only when the first
surely did not take the message (:func:`surely_not_taken`). An unclear answer stays unclear; nobody else hears of that message.

A region with accounts of its own has a weight of its own (``of``: its code); all others have the installation's (``INSTALLATION``).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import structlog

from config.settings import settings
from models.database import execute, row
from sms.errors import FLOW_CONTROL, Misconfigured, Rejected, SmsError, Throttled

FIRST, SECOND = "first", "second"
INSTALLATION: Final = ""
STEP: Final = 10
#: One shift a minute, however many messages fail in it; and so long without a failure until a step comes back.
NOT_BEFORE, BACK_AFTER = timedelta(minutes=1), timedelta(minutes=15)
#: Slow: of what was handed over in the last ten minutes, so large a part had no word from the phone within four.
LOOKED_AT, SLOW_AFTER, SLOW_PART, ENOUGH = timedelta(minutes=10), timedelta(minutes=4), 0.15, 10

log = structlog.get_logger(__name__)

_SHIFT = """
INSERT INTO sms_share AS s (region, second, moved_at) VALUES ($5, greatest(0, least(100, $1::integer + $2::integer)), $3)
ON CONFLICT (region) DO UPDATE SET second = greatest(0, least(100, s.second + $2::integer)), moved_at = $3 WHERE s.moved_at <= $4
"""
_BACK = """
UPDATE sms_share SET second = CASE WHEN second > $1 THEN greatest($1, second - $2) ELSE least($1, second + $2) END, moved_at = $3
WHERE region = $5 AND second <> $1 AND moved_at <= $4
"""
_SLOW = """
SELECT count(*) AS sent, count(*) FILTER (WHERE state NOT IN ('delivered', 'failed') OR settled_at - tried_at > $3) AS slow
FROM notification WHERE channel = 'sms' AND gateway = $1 AND tried_at BETWEEN $2 AND $4 AND state IN ('accepted', 'unknown', 'delivered', 'failed')
AND CASE WHEN $5 = '' THEN region <> ALL ($6::text[]) ELSE region = $5 END
"""


async def share(of: str = INSTALLATION) -> int:
    """Of a hundred messages so many go to the second gateway."""
    found = await row("SELECT second FROM sms_share WHERE region = $1", of)
    return int(found["second"]) if found else _at_rest(of)


def _at_rest(of: str) -> int:
    return settings().accounts(of).second_share


def surely_not_taken(error: SmsError) -> bool:
    """Whether another gateway may be asked with the same message. Not for what is about the person (a number that does not exist, a number that
    had enough): the other must not become the way around that."""
    return isinstance(error, Misconfigured | Throttled) and error.code != FLOW_CONTROL


async def hear(name: str, error: SmsError, now: datetime, of: str = INSTALLATION) -> None:
    """A gateway failed. What is wrong with the message itself, or with its number, says nothing about the gateway."""
    if not isinstance(error, Rejected) and error.code != FLOW_CONTROL:
        await shift(name, now, of)


async def shift(away_from: str, now: datetime, of: str = INSTALLATION) -> None:
    """One step of the work goes over to the other, at most once a minute over all processes."""
    step = STEP if away_from == FIRST else -STEP
    if await execute(_SHIFT, _at_rest(of), step, now, now - NOT_BEFORE, of):
        log.warning("sms.share_moved", region=of, away_from=away_from, second=await share(of))


async def tend(now: datetime, of: str = INSTALLATION, own: Collection[str] = ()) -> None:
    """Each minute: away from a gateway whose messages arrive late, and a step back towards rest when nothing was wrong for a while.

    ``own``: regions with accounts of their own, whose messages say nothing about the installation's."""
    for name in (FIRST, SECOND):
        found = await row(_SLOW, name, now - LOOKED_AT - SLOW_AFTER, SLOW_AFTER, now - SLOW_AFTER, of, list(own))
        if found and found["sent"] >= ENOUGH and found["slow"] > SLOW_PART * found["sent"]:
            await shift(name, now, of)
            return
    await execute(_BACK, _at_rest(of), STEP, now, now - BACK_AFTER, of)
