"""The digest of supervision in the official account's chat: who hears of the day there, and how it gets there.

WeChat lets an account speak unasked for two days after somebody wrote to it; afterwards only a template message arrives. What an SMS would have said
is said in an open chat instead, as one row with one key, so that nobody hears of one day twice; where the chat turns out to be closed the row goes on
as SMS. Who has nothing that an SMS would say, but something late or due today, hears of it in the chat or not at all (``DAY_DIGEST``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from config.settings import settings
from models.account import WechatBinding
from models.database import rows
from models.notification import Delivery, Notification
from services import consents, delivery, wechat_delivery, wechat_receipts
from services.delivery import OURS, Whose
from services.notifications import read_params, render, text_of
from services.regions import Region
from sms.errors import Rejected, SmsError
from sms.gateway import Accepted

CHANNEL: Final = "chat"
BATCH: Final = 100
#: A little less than WeChat's 48 hours: it counts from when it heard her.
OPEN: Final = timedelta(hours=47, minutes=50)


class OutOfReach(Rejected):
    """WeChat lets the account say nothing to her now: too long since she wrote, too often since then, or she does not follow it."""


class ChatGateway(Protocol):
    """The official account's ways to tell people. ``app_id``: whose openids it takes. Both raise :class:`OutOfReach` and the kinds of
    :class:`SmsError`, and ask once."""

    app_id: str

    async def say(self, openid: str, text: str) -> None:
        """In the chat, while it is open."""
        ...

    async def tell(self, openid: str, template: str, data: Mapping[str, str], own_id: str) -> Accepted:
        """By a template message. ``own_id``: ours, by which WeChat drops a repeat."""
        ...


@dataclass(frozen=True)
class Listener:
    """Somebody of the office whose chat is bound. ``open``: the account may speak there; ``due``: of her own roles something is late or due today,
    and she has not been told of this day."""

    account_id: UUID
    openid: str = field(repr=False)
    open: bool
    due: bool


#: $1 region, $2 app, $3 since when a chat is open, $4 the end of today, $5 today. Whether something is due is one step into each lane of the to-do
#: list.
_LISTENERS = """
SELECT b.*, coalesce(b.wrote_at > $3, false) AS open,
       NOT EXISTS (SELECT FROM notification n WHERE n.region = $1 AND n.dedupe_key = 'digest:' || b.account_id || ':' || $5)
       AND EXISTS (SELECT FROM role_grant g JOIN cases c ON c.region = $1 AND c.handler_org = g.organisation_id AND c.handler_role = g.role
                   AND c.state = 'handling' AND c.due_at < $4
                   WHERE g.region = $1 AND g.account_id = b.account_id AND g.ended_at IS NULL) AS due
FROM wechat_binding b JOIN account a ON a.region = b.region AND a.id = b.account_id AND a.state = 'active'
WHERE b.region = $1 AND b.app_id = $2 AND b.ended_at IS NULL AND b.follows
  AND EXISTS (SELECT FROM role_grant g WHERE g.region = $1 AND g.account_id = b.account_id AND g.ended_at IS NULL)
  AND coalesce((SELECT o.given FROM consent o WHERE o.region = $1 AND o.account_id = b.account_id AND o.what = 'chat' AND o.subject = 'day_digest'
                ORDER BY o.at DESC, o.id DESC LIMIT 1), true)
"""


async def listeners(region: Region, now: datetime) -> list[Listener]:
    """Who wants to hear of the day in the chat, and whether she can; nobody where the profile does not offer it."""
    if not region.profile.sending.in_chat:
        return []
    local = now.astimezone(region.profile.tz)
    midnight = local.replace(hour=23, minute=59, second=59, microsecond=0)
    found = await rows(_LISTENERS, region.code, app_of(region), now - OPEN, midnight, f"{local:%Y-%m-%d}")
    return [_listener(one) for one in found]


def app_of(region: Region) -> str:
    """The official account that the region's people talk to."""
    return settings().accounts(region.code).official_account.app_id


def _listener(found: dict[str, Any]) -> Listener:
    openness, due = found.pop("open"), found.pop("due")
    return Listener(found["account_id"], WechatBinding(**found).openid, openness, due)


async def drain(chat: ChatGateway, now: datetime, batch: int = BATCH, whose: Whose = OURS) -> int:
    """Say what is due in the chats of one account; how many rows were taken."""
    return await delivery.by_turns(CHANNEL, lambda region, message, lease: _deliver(chat, region, message, lease, now), now, batch, whose=whose)


async def _deliver(chat: ChatGateway, region: Region, message: Notification, lease: UUID, now: datetime) -> None:
    bound = await WechatBinding.of(message.region, account_id=message.account_id, app_id=chat.app_id, ended_at=None, follows=True).first()
    if bound is None or not await consents.wants_digests(message.region, bound.account_id):
        await wechat_delivery.instead(region, message, lease, "switched_off" if bound else "not_bound", now)
        return
    try:
        accepted = await _say(chat, region, bound, message, now)
    except SmsError as error:
        await wechat_delivery.failed(region, message, lease, error, now)
    else:  # of words in a chat there is no receipt, of a template message there is, and it may have been faster
        await delivery.mark(message, lease, Delivery.ACCEPTED, provider_id=accepted.provider_id or None, next_at=delivery.NEVER, settled=now)
        await wechat_receipts.settle([region.code], chat.app_id, accepted.provider_id)


async def _say(chat: ChatGateway, region: Region, bound: WechatBinding, message: Notification, now: datetime) -> Accepted:
    """In the chat, or by the kind's template where that is closed. Raises :class:`OutOfReach` and what the gateway raises."""
    text = region.profile.sending.chat_template(message.kind)
    if bound.wrote_at is not None and now - bound.wrote_at < OPEN:
        try:
            await chat.say(bound.openid, render(text_of(region, message.kind), read_params(message)))
            return Accepted("")
        except OutOfReach:
            if text is None:
                raise
    if text is None:
        raise OutOfReach("chat_closed")
    return await chat.tell(bound.openid, text.template, wechat_delivery.filled(region, text, message), str(message.id))
