"""What became of messages that were sent through WeChat: one way in for the receipts of both accounts, one way out to the row of the telling.

A receipt is kept by the number that WeChat gave its message. It may come before that number did (the answer to our send was slow, or is still
on its way), so whoever marks a row as accepted asks :func:`settle` afterwards; the first receipt of a message stands (T19). Where the answer was lost
the number never comes: :func:`recognise` finds the row by whom the receipt is about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from config.settings import settings
from models.account import openid_index
from models.database import execute, rows, transaction
from services.regions import Region
from services.verbs import verb

CHANNEL = "wechat"
#: So long after a send whose answer was lost its receipt is looked for.
LOOKED_FOR: Final = timedelta(days=1)


@dataclass(frozen=True)
class WechatReceipt:
    """``message_id``: the ``msgid`` that the send was answered with, as text. ``code``: WeChat's own word or number for what went wrong.
    ``template``: of the message, where the event says it (TEMPLATESENDJOBFINISH does not)."""

    message_id: str
    delivered: bool
    code: str = ""
    template: str = ""


@verb
async def take(region: Region, app_id: str, openid: str, receipts: Sequence[WechatReceipt], now: datetime) -> int:
    """Keep receipts and settle what they are about; how many rows moved. Harmless twice and in any order; what is not ours changes nothing.

    ``openid``: to whom the messages went. ``region``: at whose address they came in. WeChat knows one address an account, so they are kept for every
    region that speaks through it."""
    wanted = {receipt.message_id: receipt for receipt in receipts if receipt.message_id}
    if not wanted:
        return 0
    of = await _speaking_through(region, app_id)
    async with transaction():
        await execute(
            "INSERT INTO wechat_receipt (region, app_id, message_id, delivered, code, template, openid_index, at) "
            "SELECT o.region, $2, r.message_id, r.delivered, r.code, r.template, $7, $8 FROM unnest($1::text[]) AS o (region) "
            "CROSS JOIN unnest($3::text[], $4::boolean[], $5::text[], $6::text[]) AS r (message_id, delivered, code, template) "
            "ON CONFLICT DO NOTHING",
            of, app_id, list(wanted), [one.delivered for one in wanted.values()], [one.code[:60] for one in wanted.values()],
            [one.template[:64] for one in wanted.values()], openid_index(app_id, openid), now)
        return sum([await settle(of, app_id, message_id) for message_id in wanted])


async def _speaking_through(region: Region, app_id: str) -> list[str]:
    """The region, and all others with the same mini program or official account."""
    known = [one["code"] for one in await rows("SELECT code FROM region")]
    accounts = {code: settings().accounts(code) for code in known}
    return [code for code in known if code == region.code or app_id in (accounts[code].mini_program.app_id, accounts[code].official_account.app_id)]


_TAKE_BACK = """
WITH back AS (
    UPDATE notification n SET channel = t.channel, state = 'delivered', provider_id = t.provider_id, provider_code = '', settled_at = r.at,
           tried_at = t.tried_at
    FROM wechat_receipt r JOIN notification_try t ON t.region = r.region AND t.channel = 'wechat' AND t.provider_id = r.message_id
         AND t.state IN ('accepted', 'unknown')
    WHERE r.region = ANY ($1::text[]) AND r.app_id = $2 AND r.message_id = $3 AND r.delivered AND (n.region, n.id) = (t.region, t.notification_id)
      AND n.channel = 'sms' AND n.state = 'pending' RETURNING n.region, n.id
)
DELETE FROM notification_try t USING back WHERE (t.region, t.notification_id, t.channel) = (back.region, back.id, 'wechat')
"""
_LATE = """
UPDATE notification_try t SET state = CASE WHEN r.delivered THEN 'delivered' ELSE 'failed' END, provider_code = r.code, settled_at = r.at
FROM wechat_receipt r WHERE r.region = ANY ($1::text[]) AND r.app_id = $2 AND r.message_id = $3
 AND t.region = r.region AND t.channel = 'wechat' AND t.provider_id = r.message_id AND t.state IN ('accepted', 'unknown')
"""


async def settle(regions: Sequence[str], app_id: str, message_id: str) -> int:
    """Move the row that was sent under this number to what its receipt says, if there is one yet; how many moved. States move forward only.
    ``regions``: of which one sent it.

    Where the SMS that follows is waiting already, and it did arrive, the row comes back; where that is gone, its try alone hears of it.
    """
    mine = (list(regions), app_id, message_id)
    # The row first: whoever is moving it just now holds it, and has left it where the next statement finds it.
    moved = await execute(
        "UPDATE notification n SET state = CASE WHEN r.delivered THEN 'delivered' ELSE 'failed' END, provider_code = r.code, settled_at = r.at, "
        "lease = NULL, lease_until = NULL FROM wechat_receipt r WHERE r.region = ANY ($1::text[]) AND r.app_id = $2 AND r.message_id = $3 "
        "AND n.region = r.region AND n.channel IN ($4, 'chat') AND n.provider_id = r.message_id AND n.state IN ('sending', 'unknown', 'accepted')",
        *mine, CHANNEL)
    return moved + await execute(_TAKE_BACK, *mine) + await execute(_LATE, *mine)


#: $1 region, $2 app, $3 since when, $4 kinds and $5 their templates. A receipt whose number nobody knows, and a send whose number never came, belong
#: together when no other send can be meant: one that is under way just now counts as such, because its number may be this very one. The number may be
#: known in another region that speaks through the same account.
_RECOGNISE = """
WITH doubtful AS (
    SELECT n.id, n.account_id, n.kind, n.state, n.tried_at FROM notification n
    WHERE n.region = $1 AND n.channel = 'wechat' AND n.state IN ('sending', 'unknown') AND n.provider_id IS NULL AND n.tried_at > $3
    UNION ALL
    SELECT n.id, n.account_id, n.kind, t.state, t.tried_at FROM notification_try t
    JOIN notification n ON (n.region, n.id) = (t.region, t.notification_id)
    WHERE t.region = $1 AND t.channel = 'wechat' AND t.state = 'unknown' AND t.provider_id IS NULL AND t.tried_at > $3
), meant AS (
    SELECT d.id, d.state, r.message_id, r.at, count(*) OVER (PARTITION BY r.message_id) AS sends
    FROM doubtful d JOIN unnest($4::text[], $5::text[]) AS k (kind, template) ON k.kind = d.kind
    JOIN wechat_binding b ON b.region = $1 AND b.app_id = $2 AND b.account_id = d.account_id AND b.ended_at IS NULL
    JOIN wechat_receipt r ON r.region = $1 AND r.app_id = $2 AND r.openid_index = b.openid_index AND r.at >= d.tried_at
         AND r.template IN ('', k.template)
    WHERE NOT EXISTS (SELECT FROM notification n WHERE n.channel = 'wechat' AND n.provider_id = r.message_id)
      AND NOT EXISTS (SELECT FROM notification_try t WHERE t.channel = 'wechat' AND t.provider_id = r.message_id)
), named AS (
    SELECT DISTINCT ON (id) id, message_id FROM meant WHERE sends = 1 AND state = 'unknown' ORDER BY id, at
), here AS (
    UPDATE notification n SET provider_id = m.message_id FROM named m
    WHERE n.region = $1 AND n.id = m.id AND n.channel = 'wechat' AND n.state = 'unknown' AND n.provider_id IS NULL RETURNING m.message_id
), before AS (
    UPDATE notification_try t SET provider_id = m.message_id FROM named m
    WHERE t.region = $1 AND t.notification_id = m.id AND t.channel = 'wechat' AND t.state = 'unknown' AND t.provider_id IS NULL RETURNING m.message_id
)
SELECT message_id FROM here UNION ALL SELECT message_id FROM before
"""


@verb
async def recognise(region: Region, app_id: str, now: datetime) -> int:
    """Settle sends whose answer was lost by the receipts that came for them all the same; how many. Of two that may be meant by one receipt neither
    is settled. ``app_id``: of the mini program."""
    templates = {kind.value: text.template for kind in region.profile.sending.texts if (text := region.profile.sending.wechat_of(kind))}
    async with transaction():
        named = await rows(_RECOGNISE, region.code, app_id, now - LOOKED_FOR, list(templates), list(templates.values()))
        return sum([await settle([region.code], app_id, one["message_id"]) for one in named])
