"""What became of messages that were sent through WeChat: one way in for the receipts of both accounts, one way out to the row of the telling.

A receipt is kept by the number that WeChat gave its message. It may come before that number did (the answer to our send was slow, or is still
on its way), so whoever marks a row as accepted asks :func:`settle` afterwards; the first receipt of a message stands (T19).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.database import execute, transaction
from services.regions import Region
from services.verbs import verb

CHANNEL = "wechat"


@dataclass(frozen=True)
class WechatReceipt:
    """``message_id``: the ``msgid`` that the send was answered with, as text. ``code``: WeChat's own word or number for what went wrong."""

    message_id: str
    delivered: bool
    code: str = ""


@verb
async def take(region: Region, app_id: str, receipts: Sequence[WechatReceipt], now: datetime) -> int:
    """Keep receipts and settle what they are about; how many rows moved. Harmless twice and in any order; what is not ours changes nothing."""
    wanted = {receipt.message_id: receipt for receipt in receipts if receipt.message_id}
    if not wanted:
        return 0
    async with transaction():
        await execute(
            "INSERT INTO wechat_receipt (region, app_id, message_id, delivered, code, at) "
            "SELECT $1, $2, r.message_id, r.delivered, r.code, $6 "
            "FROM unnest($3::text[], $4::boolean[], $5::text[]) AS r (message_id, delivered, code) ON CONFLICT DO NOTHING",
            region.code, app_id, list(wanted), [one.delivered for one in wanted.values()], [one.code[:60] for one in wanted.values()], now)
        return sum([await settle(region, app_id, message_id) for message_id in wanted])


_TAKE_BACK = """
WITH back AS (
    UPDATE notification n SET channel = t.channel, state = 'delivered', provider_id = t.provider_id, provider_code = '', settled_at = r.at,
           tried_at = t.tried_at
    FROM wechat_receipt r JOIN notification_try t ON t.region = r.region AND t.channel = 'wechat' AND t.provider_id = r.message_id
         AND t.state IN ('accepted', 'unknown')
    WHERE r.region = $1 AND r.app_id = $2 AND r.message_id = $3 AND r.delivered AND (n.region, n.id) = (t.region, t.notification_id)
      AND n.channel = 'sms' AND n.state = 'pending' RETURNING n.region, n.id
)
DELETE FROM notification_try t USING back WHERE (t.region, t.notification_id, t.channel) = (back.region, back.id, 'wechat')
"""
_LATE = """
UPDATE notification_try t SET state = CASE WHEN r.delivered THEN 'delivered' ELSE 'failed' END, provider_code = r.code, settled_at = r.at
FROM wechat_receipt r WHERE r.region = $1 AND r.app_id = $2 AND r.message_id = $3
 AND t.region = r.region AND t.channel = 'wechat' AND t.provider_id = r.message_id AND t.state IN ('accepted', 'unknown')
"""


async def settle(region: Region, app_id: str, message_id: str) -> int:
    """Move the row that was sent under this number to what its receipt says, if there is one yet; how many moved. States move forward only.

    Where the SMS that follows is waiting already, and it did arrive, the row comes back; where that is gone, its try alone hears of it.
    """
    mine = (region.code, app_id, message_id)
    # The row first: whoever is moving it just now holds it, and has left it where the next statement finds it.
    moved = await execute(
        "UPDATE notification n SET state = CASE WHEN r.delivered THEN 'delivered' ELSE 'failed' END, provider_code = r.code, settled_at = r.at, "
        "lease = NULL, lease_until = NULL FROM wechat_receipt r WHERE r.region = $1 AND r.app_id = $2 AND r.message_id = $3 "
        "AND n.region = r.region AND n.channel = $4 AND n.provider_id = r.message_id AND n.state IN ('sending', 'unknown', 'accepted')",
        *mine, CHANNEL)
    return moved + await execute(_TAKE_BACK, *mine) + await execute(_LATE, *mine)
