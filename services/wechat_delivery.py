"""Telling through WeChat (subscription messages of the mini program), and the SMS that follows where it does not arrive.

A telling is one row and goes by one channel at a time; falling back moves the row itself, and what the channel before it did stays beside it with
its receipt (``notification_try``). So of a receipt and a sweep that come together one finds the row as the other left it: who heard of it in WeChat
gets no SMS, unless the profile wants one for whoever did not look. A receipt that comes while the SMS still waits takes the row back.

Of what WeChat says nothing it may have arrived or not. Another channel would tell some people twice, so none follows unless the profile wants it: the
row waits among the messages in doubt until a receipt comes after all, or somebody at the office sends it as SMS (:func:`send_as_sms`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import structlog

from config.errors import Conflict, NotPermitted
from config.profile import WechatSending, WechatText
from config.template_fields import AT
from config.vocabulary import Permission
from models.account import WechatBinding
from models.database import execute, row, transaction
from models.notification import Delivery, Notification
from services import audit, delivery, subscriptions, wechat_receipts
from services.actors import Actor
from services.delivery import OURS, Whose
from services.notifications import read_params
from services.regions import Region
from services.verbs import verb
from services.wechat_receipts import CHANNEL
from sms.errors import Misconfigured, SmsError, Throttled, Unclear
from sms.gateway import Accepted

BATCH, MOST_ATTEMPTS = 100, 3
#: Older than this nothing is told again by itself.
OLDEST = timedelta(days=1)
ASKED_ABOUT = timedelta(days=7)

log = structlog.get_logger(__name__)


class NoConsent(Exception):
    """WeChat has no consent of hers left for this template (43101)."""


class SubscriptionGateway(Protocol):
    """The mini program's way to tell people. ``app_id``: whose openids it takes."""

    app_id: str

    async def send(self, openid: str, template: str, data: Mapping[str, str], subject: UUID | None) -> Accepted:
        """One message, asked for once. ``subject``: the case that it opens. Raises :class:`NoConsent` and the kinds of :class:`SmsError`."""
        ...


async def drain(gateway: SubscriptionGateway, now: datetime, batch: int = BATCH, whose: Whose = OURS) -> int:
    """Send what is due through one mini program; how many rows were taken. Whatever WeChat refuses for certain goes out as SMS."""
    return await delivery.by_turns(CHANNEL, lambda region, message, lease: _deliver(gateway, region, message, lease, now), now, batch, whose=whose)


async def _deliver(gateway: SubscriptionGateway, region: Region, message: Notification, lease: UUID, now: datetime) -> None:
    bound = await WechatBinding.of(message.region, account_id=message.account_id, app_id=gateway.app_id, ended_at=None).first()
    text = region.profile.sending.wechat_of(message.kind)
    if bound is None or text is None:
        await instead(region, message, lease, "not_bound", now)
        return
    try:
        accepted = await gateway.send(bound.openid, text.template, filled(region, text, message), message.subject_id)
    except NoConsent:
        await subscriptions.revoked(region, gateway.app_id, bound.openid, [text.template], now)
        await instead(region, message, lease, "no_consent", now)
    except SmsError as error:
        await failed(region, message, lease, error, now)
    else:
        await subscriptions.spend(region, gateway.app_id, bound.openid, text.template, now)
        await delivery.mark(message, lease, Delivery.ACCEPTED, provider_id=accepted.provider_id or None)
        await wechat_receipts.settle([region.code], gateway.app_id, accepted.provider_id)


def filled(region: Region, text: WechatText, message: Notification) -> dict[str, str]:
    """The template's fields with their words; cutting them to WeChat's limits is the platform's (``config.template_fields``)."""
    local = message.created_at.astimezone(region.profile.tz)
    values = read_params(message) | {AT: f"{local:%Y年}{local.month}月{local.day}日 {local:%H:%M}"}
    return {key: words.format_map(values) for key, words in text.data.items()}


async def failed(region: Region, message: Notification, lease: UUID, error: SmsError, now: datetime) -> None:
    """What each class of WeChat's errors means for the row, on either of its accounts."""
    if isinstance(error, Misconfigured):
        log.error("wechat.misconfigured", code=error.code, kind=message.kind.value)
    if isinstance(error, Unclear):  # it may have arrived: its receipt tells, and the sweep does when there is none
        await delivery.mark(message, lease, Delivery.UNKNOWN, code=error.code)
    elif isinstance(error, Throttled) and message.attempts < MOST_ATTEMPTS:
        await delivery.mark(message, lease, Delivery.PENDING, code=error.code, next_at=now + timedelta(seconds=error.retry_after))
    else:
        await instead(region, message, lease, error.code, now)


#: $1 now, $2 code. Of the row before: what this channel did.
_FALL_BACK = """
WITH moved AS (
    UPDATE notification n SET channel = 'sms', state = 'pending', attempts = 0, next_at = $1, lease = NULL, lease_until = NULL, provider_id = NULL,
           provider_code = '', settled_at = NULL
    WHERE {where}
    RETURNING old.region, old.id, old.channel, old.state, old.provider_id, old.provider_code, old.tried_at, old.settled_at
)
INSERT INTO notification_try (region, notification_id, channel, state, provider_id, provider_code, tried_at, settled_at)
SELECT region, id, channel, CASE state WHEN 'sending' THEN 'failed' ELSE state END, provider_id, coalesce(nullif($2, ''), provider_code), tried_at,
       settled_at FROM moved
ON CONFLICT (region, notification_id, channel) DO UPDATE
SET state = EXCLUDED.state, provider_id = EXCLUDED.provider_id, provider_code = EXCLUDED.provider_code, tried_at = EXCLUDED.tried_at
"""
_LEASED = _FALL_BACK.format(where="n.region = $3 AND n.id = $4 AND n.lease = $5")
_IN_DOUBT = "n.channel = 'wechat' AND n.state = 'unknown' AND n.provider_code = 'silent' AND n.read_at IS NULL"
_COUNTED = " ".join(("SELECT count(*) AS found FROM notification n WHERE n.region = $1 AND n.tried_at > $2 AND", _IN_DOUBT))
_BY_HAND = _FALL_BACK.format(where=f"n.region = $3 AND n.id = $4 AND {_IN_DOUBT}")
_OVERDUE = _FALL_BACK.format(where="n.region = $3 AND n.channel = 'wechat' AND n.read_at IS NULL AND n.tried_at > $4 "
                                   "AND (n.state = 'failed' OR (n.state = ANY($5::text[]) AND n.tried_at <= $6))")


async def instead(region: Region, message: Notification, lease: UUID, code: str, now: datetime) -> None:
    """By SMS, now; what is told by no SMS is not sent."""
    if region.profile.sending.texts[message.kind].channel == "sms":
        await execute(_LEASED, now, code, message.region, message.id, lease)
    else:
        await delivery.mark(message, lease, Delivery.DROPPED, code=code, settled=now)


#: $1 now, less the profile's time.
_SILENT = """
UPDATE notification SET state = 'unknown', provider_code = 'silent' WHERE region = $2 AND channel = 'wechat' AND state IN ('accepted', 'unknown')
AND provider_code <> 'silent' AND read_at IS NULL AND tried_at > $3 AND tried_at <= $1
"""
#: What besides a failure brings the SMS, by the profile's word.
FOLLOWED: Final[Mapping[str, Sequence[str]]] = {
    "undelivered": (), "unanswered": ("accepted", "unknown"), "unread": ("accepted", "unknown", "delivered")}


async def sweep(region: Region, now: datetime) -> int:
    """Send as SMS what WeChat says did not arrive, and, where the profile wants it, what it has said nothing of for the profile's time, or nobody
    looked at; how many. Where it does not want it, silence is noted."""
    rules = region.profile.sending.wechat or WechatSending()
    since, until, followed = now - OLDEST, now - timedelta(minutes=rules.sms_after_minutes.value), FOLLOWED[rules.sms_when]
    moved = await execute(_OVERDUE, now, "", region.code, since, followed, until)
    if not followed:
        await execute(_SILENT, until, region.code, since)
    return moved


class MessageSettled(Conflict):
    """这条提醒已经有了结果，不用再发。请刷新后再看。"""

    code = "message_settled"


@verb
async def send_as_sms(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    """By hand: what WeChat says nothing of goes out as SMS, once. Raises :class:`NotPermitted`, :class:`MessageSettled` where a receipt, her own look
    or a colleague was faster."""
    if not actor.may(Permission.SUPERVISE, region.profile):
        raise NotPermitted
    async with transaction():
        if await execute(_BY_HAND, now, "", region.code, id) != 1:
            raise MessageSettled
        await audit.record(actor, "message.by_sms", "notification", id, {}, now)


async def in_doubt(region: Region, now: datetime) -> int:
    """How many messages wait for somebody to decide whether they are sent as SMS; what is older than a week nobody decides any more."""
    found = await row(_COUNTED, region.code, now - ASKED_ABOUT)
    return int(found["found"]) if found else 0
