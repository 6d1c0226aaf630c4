"""What became of the story's SMS, so that the ledger is as full of fates as a real one.

A few hundred messages through the real delivery would be a third of the start of ``greenlane dev``: history is settled in whole statements, and the
worker, when it starts, finds some of each kind that it has to settle itself.
"""

from datetime import datetime
from enum import StrEnum

from models.database import execute
from services.delivery import ASK_AGAIN, RECEIPT_OVERDUE

#: One in so many is refused by the gateway; one in so many is taken, and then not delivered by the carrier.
REFUSED, UNDELIVERED = 61, 23


class Fate(StrEnum):
    """What becomes of the messages that wait at one moment."""

    ARRIVES = "delivered"
    NO_RECEIPT = "accepted"  # the gateway took them, and the carrier has not answered yet
    NO_ANSWER = "unknown"    # the gateway's answer was lost
    WAITS = "pending"        # nobody sends them yet


#: $1 region, $2 now: what was written before it is past. $3 and $4: how many are refused, or not delivered. $5 what becomes of the others, $6 when
#: the worker looks at them again.
_SETTLE = """
WITH told AS (
    SELECT id, CASE WHEN expires_at < $2 THEN 'dropped' WHEN $5 <> 'delivered' THEN $5
                    WHEN row_number() OVER told % $3 = 0 THEN 'refused' WHEN row_number() OVER told % $4 = 0 THEN 'undelivered' ELSE $5 END AS fate
    FROM notification WHERE region = $1 AND state = 'pending' AND channel = 'sms' AND next_at <= $2 WINDOW told AS (ORDER BY next_at, id)
)
UPDATE notification n SET attempts = 1, tried_at = n.next_at, next_at = coalesce($6, n.next_at),
    state = CASE WHEN fate IN ('refused', 'undelivered') THEN 'failed' ELSE fate END,
    provider_code = CASE fate WHEN 'dropped' THEN 'expired' WHEN 'refused' THEN 'isv.MOBILE_NUMBER_ILLEGAL' WHEN 'undelivered' THEN 'MK:0001'
                              WHEN 'unknown' THEN 'SDK.TimeOut' WHEN 'delivered' THEN 'DELIVERED' ELSE '' END,
    provider_id = CASE WHEN fate IN ('delivered', 'undelivered', 'accepted') THEN '9006' || n.id END,
    sender_id = (SELECT c.handler_org FROM cases c WHERE c.region = n.region AND c.id = n.subject_id),
    settled_at = CASE WHEN fate NOT IN ('accepted', 'unknown') THEN n.next_at + interval '4 seconds' END
FROM told WHERE n.region = $1 AND n.id = told.id
"""


async def settle(region: str, now: datetime, fate: Fate) -> None:
    """Decide about everything that was told until ``now``."""
    again = {Fate.NO_RECEIPT: now + RECEIPT_OVERDUE, Fate.NO_ANSWER: now + ASK_AGAIN}
    if fate is not Fate.WAITS:
        await execute(_SETTLE, region, now, REFUSED, UNDELIVERED, fate.value, again.get(fate))
