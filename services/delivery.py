"""The worker's side of telling: drain what is due, by SMS and by mail; settle what is in doubt, take receipts.

A row is leased before the gateway is called and marked after; a worker that dies in between leaves a lease that runs out, and
the row becomes *unknown*. Unknown is asked for (by number and our own id), never told again blindly (R4, R5). A code that lets somebody
in is never sent again by itself: she asks for another one. Of a mail nobody can ask: it was taken, or it counts as not sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog

from config.vocabulary import CODES, NotificationKind
from models.account import Account, phone_index
from models.database import execute, new_id, row, rows
from models.notification import Delivery, Notification
from services import consents, costs, failover, regions
from services.cases.calendar import calendar_of
from services.mail import Post, letter
from services.notifications import read_params, read_recipient, text_of
from services.regions import Region
from sms.errors import Misconfigured, Rejected, SmsError, Throttled, Unclear
from sms.gateway import Accepted, Pair, SendState, Sms, SmsGateway
from sms.receipts import Receipt

LEASE = timedelta(seconds=60)
#: What of a batch had no turn by then is given back: a call begun now ends well within the lease.
HAND_BACK_SECONDS = 40.0
#: The vendor's records lag: only after so long does «no trace» mean «never sent».
TRACE_AFTER = timedelta(minutes=2)
ASK_AGAIN = timedelta(seconds=30)
RECEIPT_OVERDUE = timedelta(minutes=15)
GIVE_UP_ON_RECEIPT = timedelta(hours=72)
MOST_ATTEMPTS = 8
BATCH = 100
AT_ONCE = 8
#: A mail that the server took: no receipt will come, and nothing is asked.
NEVER = datetime.max.replace(tzinfo=UTC)

log = structlog.get_logger(__name__)
#: Hands one message to its recipient's number or address; raises :class:`SmsError`.
Send = Callable[[Region, Notification, str], Awaitable[Accepted]]
#: Does with one leased message what its channel does.
Deliver = Callable[[Region, Notification, UUID], Awaitable[None]]


class Whose(NamedTuple):
    """Of which region's messages, where it has accounts of its own (``of``); else of all regions but those that have (``own``)."""

    of: str = failover.INSTALLATION
    own: Collection[str] = ()


OURS: Final = Whose()


async def drain(gateway: SmsGateway, now: datetime, batch: int = BATCH, *, second: SmsGateway | None = None, whose: Whose = OURS) -> int:
    """Deliver the SMS that are due; how many rows were taken. Any number of workers may drain at once. ``second``: the other gateway, asked first for
    its share of the messages, and after the first (or before it) for one that the other surely did not take (``services.failover``). ``whose``: the
    messages that leave on these accounts, so that one account's slowness is nobody else's."""
    pair = Pair(gateway, second)

    async def send(region: Region, message: Notification, phone: str) -> Accepted:
        return await _through(pair, region, message, phone, now, whose.of)

    return await _drain("sms", send, now, batch, await failover.share(whose.of) if second else 0, whose)


def _named(pair: Pair) -> dict[str, SmsGateway]:
    return {failover.FIRST: pair.first} | ({failover.SECOND: pair.second} if pair.second else {})


async def _through(pair: Pair, region: Region, message: Notification, phone: str, now: datetime, weight: str) -> Accepted:
    """One gateway after the other, while what came before surely did not take it; which one is written down before it is asked (R5)."""
    gateways = _named(pair)
    ways = [(name, sms) for name in sorted(gateways, key=lambda name: name != message.gateway)
            if (sms := _worded(region, message, phone, name)) is not None]
    for place, (name, sms) in enumerate(ways):
        if name != message.gateway:
            await _goes_through(message, name)
        try:
            return await gateways[name].send(sms)
        except SmsError as error:
            if len(gateways) > 1:
                await failover.hear(name, error, now, weight)
            if place + 1 == len(ways) or not failover.surely_not_taken(error):
                raise
    raise Misconfigured("no_template")


def _worded(region: Region, message: Notification, phone: str, gateway: str) -> Sms | None:
    """The message as one gateway wants it, with the sign and the template that are registered there; None: nothing is registered there for it."""
    sending, telling = region.profile.sending, text_of(region, message.kind)
    sign, template = (sending.sms_sign, telling.sms_template) if gateway == failover.FIRST else (sending.second_sign, telling.second_template)
    if gateway != failover.FIRST and not (sign and template):
        return None
    params = read_params(message)
    return Sms(phone, sign, template, {name: params[name] for name in telling.placeholders}, str(message.id))


async def _goes_through(message: Notification, gateway: str) -> None:
    """Raises :class:`Unclear` where the row is no longer ours: somebody may have asked for it already, at the other gateway."""
    if not await execute("UPDATE notification SET gateway = $4 WHERE region = $1 AND id = $2 AND lease = $3",
                         message.region, message.id, message.lease, gateway):
        raise Unclear("lease_lost")
    message.gateway = gateway


async def drain_mail(post: Post, now: datetime, batch: int = AT_ONCE) -> int:
    """The same for mails, which never wait behind SMS, nor these behind a mail server that is slow. No more at a time than go out at once: a slow
    server must not use up the lease of a mail that still waits for its turn."""
    async def send(region: Region, message: Notification, address: str) -> Accepted:
        return await post.send(letter(region, message, address, now))

    return await _drain("mail", send, now, batch)


async def _drain(channel: str, send: Send, now: datetime, batch: int, second_share: int = 0, whose: Whose = OURS) -> int:
    return await by_turns(channel, lambda region, message, lease: _deliver(send, region, message, lease, now), now, batch, second_share, whose)


async def by_turns(channel: str, deliver: Deliver, now: datetime, batch: int, second_share: int = 0, whose: Whose = OURS) -> int:
    """Lease what is due on a channel and deliver it, some at a time; how many rows were taken. What had no turn soon enough is given back, and what
    came in quiet hours waits for their end."""
    lease, began = new_id(), asyncio.get_running_loop().time()
    taken = await lease_due(channel, lease, now, batch, second_share, whose)
    slots = asyncio.Semaphore(AT_ONCE)

    async def turn(message: Notification) -> None:
        async with slots:
            region = await regions.current(message.region)
            is_slow = asyncio.get_running_loop().time() - began > HAND_BACK_SECONDS  # the gateway: who leases it anew has time for its answer
            later = message.next_at if is_slow else _not_before(region, message, now)
            if later is None:
                await deliver(region, message, lease)
            else:
                await mark(message, lease, Delivery.PENDING, next_at=later, attempts=message.attempts - 1)

    await asyncio.gather(*(turn(message) for message in taken))
    return len(taken)


_LEASE = """
UPDATE notification n SET state = 'sending', lease = $1, lease_until = $3, attempts = attempts + 1, tried_at = $2,
       gateway = CASE WHEN mod(abs(hashtext(n.id::text)::bigint), 100) < $6 THEN 'second' ELSE 'first' END,
       sender_id = coalesce(n.sender_id,
           (SELECT e.organisation_id FROM case_event e WHERE e.region = n.region AND e.case_id = n.subject_id ORDER BY e.seq DESC LIMIT 1),
           (SELECT c.handler_org FROM cases c WHERE c.region = n.region AND c.id = n.subject_id),
           (SELECT p.operator_id FROM visit v JOIN venue p ON (p.region, p.id) = (v.region, v.venue_id)
             WHERE v.region = n.region AND v.id = n.subject_id))
FROM (SELECT region, id FROM notification WHERE state = 'pending' AND channel = $5 AND next_at <= $2
      AND CASE WHEN $7 = '' THEN region <> ALL ($8::text[]) ELSE region = $7 END ORDER BY next_at LIMIT $4
      FOR UPDATE SKIP LOCKED) due
WHERE (n.region, n.id) = (due.region, due.id) RETURNING n.*
"""


async def lease_due(channel: str, lease: UUID, now: datetime, batch: int, second_share: int = 0, whose: Whose = OURS) -> list[Notification]:
    """Take what is due on this channel, for ``LEASE``. ``sender_id``: the office on whose account it is, for the question who causes what it costs;
    codes are nobody's."""
    found = await rows(_LEASE, lease, now, now + LEASE, batch, channel, second_share, whose.of, list(whose.own))
    return [_row(one) for one in found]


def _row(found: dict[str, Any]) -> Notification:
    return Notification(**{**found, "kind": NotificationKind(found["kind"]), "state": Delivery(found["state"])})


async def _deliver(send: Send, region: Region, message: Notification, lease: UUID, now: datetime) -> None:
    recipient = await _recipient(message)
    if recipient is None or (message.expires_at is not None and message.expires_at <= now):
        await mark(message, lease, Delivery.DROPPED, code="expired" if recipient else "no_number", settled=now)
        return
    if message.channel == "sms" and (why := await _held_back(region, message, recipient, now)):
        await mark(message, lease, Delivery.DROPPED, code=why, settled=now)
        return
    try:
        accepted = await send(region, message, recipient)
    except SmsError as error:
        await _failed(message, lease, error, now)
    else:
        await _accepted(region, message, lease, accepted, now)


async def _accepted(region: Region, message: Notification, lease: UUID, accepted: Accepted, now: datetime) -> None:
    if message.channel == "mail":
        await mark(message, lease, Delivery.ACCEPTED, provider_id=accepted.provider_id, next_at=NEVER, settled=now)
    else:
        await mark(message, lease, Delivery.ACCEPTED, provider_id=accepted.provider_id, next_at=now + RECEIPT_OVERDUE,
                    parts=costs.parts_of(region, message))


async def _held_back(region: Region, message: Notification, phone: str, now: datetime) -> str:
    """Why nothing goes to this number, or nothing: ``blocked`` counts for codes, too."""
    found = await row(_STANDING, region.code, phone_index(phone), message.account_id, now - timedelta(days=1), message.id)
    assert found is not None, "a question without a table always has an answer"
    if found["blocked"]:
        return "blocked"
    if message.kind in CODES:
        return ""
    if not await _wanted(message):
        return "switched_off"
    return "cap" if found["told"] >= region.profile.sending.per_number_a_day.value else ""


async def _failed(message: Notification, lease: UUID, error: SmsError, now: datetime) -> None:
    """What each class of error means for the row; the vendor's codes were translated in the adapter."""
    code = message.kind in CODES
    if isinstance(error, Misconfigured):
        log.error("sms.misconfigured", code=error.code, kind=message.kind.value, channel=message.channel)
    if isinstance(error, Unclear):
        await mark(message, lease, Delivery.UNKNOWN, code=error.code, next_at=now + ASK_AGAIN)
    elif isinstance(error, Rejected) and not error.permanent and message.attempts == 1:
        await mark(message, lease, Delivery.PENDING, code=error.code, next_at=now)
    elif isinstance(error, Rejected) or message.attempts >= MOST_ATTEMPTS or (code and not isinstance(error, Throttled)):
        await mark(message, lease, Delivery.FAILED, code=error.code, settled=now)
    elif isinstance(error, Throttled):
        await mark(message, lease, Delivery.PENDING, code=error.code, next_at=now + timedelta(seconds=error.retry_after))
    else:
        await mark(message, lease, Delivery.PENDING, code=error.code, next_at=now + timedelta(minutes=5))


async def mark(message: Notification, lease: UUID, state: Delivery, *, code: str = "", provider_id: str | None = None,
                next_at: datetime | None = None, settled: datetime | None = None, attempts: int | None = None, parts: int | None = None) -> None:
    """Only the holder of the lease may: a worker that was paused past it, or a receipt that was faster, is left alone."""
    marked = await execute(
        "UPDATE notification SET state = $4, lease = NULL, lease_until = NULL, provider_code = $5, provider_id = coalesce($6, provider_id), "
        "next_at = coalesce($7, next_at), settled_at = $8, attempts = coalesce($9, attempts), parts = coalesce($10, parts) "
        "WHERE region = $1 AND id = $2 AND lease = $3",
        message.region, message.id, lease, state.value, code, provider_id, next_at, settled, attempts, parts)
    if marked != 1:
        log.warning("sms.lease_lost", notification=str(message.id), state=state.value)


def _not_before(region: Region, message: Notification, now: datetime) -> datetime | None:
    """When the quiet hours end, when it is quiet now; codes are wanted at once at any hour."""
    if message.kind in CODES:
        return None
    local = now.astimezone(region.profile.tz)
    hours = region.profile.sending.hours
    if hours.opens <= local.time() < hours.closes:
        return None
    day = local.date() if local.time() < hours.opens else local.date() + timedelta(days=1)
    return datetime.combine(day, hours.opens, calendar_of(region.profile).zone)


async def _recipient(message: Notification) -> str | None:
    """Number or address; an account's is the one that it has now."""
    if message.account_id is None:
        return read_recipient(message)
    account = await Account.of(message.region, id=message.account_id).first()
    if account is None:
        return None
    return account.email if message.channel == "mail" else account.phone


async def _wanted(message: Notification) -> bool:
    """Whether she lets SMS of this kind come; it stands among her messages all the same."""
    return message.account_id is None or await consents.wants_sms(message.region, message.account_id, message.kind)


#: $2 the number's index, $3 the account, $4 since when, $5 this message.
_STANDING = """
SELECT EXISTS (SELECT FROM sms_block WHERE region = $1 AND phone_index = $2) AS blocked,
       (SELECT count(*) FROM notification WHERE region = $1 AND account_id = $3 AND channel = 'sms' AND created_at > $4 AND id <> $5 AND tried_at > $4
        AND (state IN ('accepted', 'delivered', 'unknown') OR (state = 'sending' AND id < $5))) AS told
"""


async def settle(gateway: SmsGateway, now: datetime, batch: int = BATCH, *, second: SmsGateway | None = None, whose: Whose = OURS) -> int:
    """Find out about rows in doubt, each where it went: leases that ran out, sends without an answer, accepted ones without a receipt. What went
    through WeChat cannot be asked for (``services.wechat_delivery.sweep``). ``whose``: as :func:`drain`."""
    await execute("UPDATE notification SET state = 'unknown', lease = NULL, lease_until = NULL, next_at = $1 "
                  "WHERE state = 'sending' AND lease_until < $1", now)
    # Pushing next_at ahead is the lease of the question: two workers do not ask for one row.
    found = await rows(
        "UPDATE notification n SET next_at = $2 FROM (SELECT region, id FROM notification WHERE state IN ('unknown', 'accepted') AND next_at <= $1 "
        "AND channel <> 'wechat' AND CASE WHEN $4 = '' THEN region <> ALL ($5::text[]) ELSE region = $4 END "
        "ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED) due WHERE (n.region, n.id) = (due.region, due.id) RETURNING n.*",
        now, now + ASK_AGAIN, batch, whose.of, list(whose.own))
    gateways = _named(Pair(gateway, second))
    for one in found:
        await _settle(gateways.get(one["gateway"]), _row(one), now)
    return len(found)


async def _settle(gateway: SmsGateway | None, message: Notification, now: datetime) -> None:
    region, phone = await regions.current(message.region), await _recipient(message)
    tried = message.tried_at or message.created_at
    if phone is None or message.channel != "sms" or gateway is None:  # of a mail, or of words in a chat, nobody can say
        await _learn(message, Delivery.FAILED, "no_number" if phone is None else "no_answer", now)
        return
    try:
        found = await gateway.find(phone, str(message.id), tried.astimezone(region.profile.tz).date(), message.provider_id)
    except SmsError as error:
        log.info("sms.not_settled", notification=str(message.id), code=error.code)
        return
    if found is None and message.state is Delivery.UNKNOWN:
        await _untraced(message, now, tried)
    elif found is None or found.state is SendState.WAITING:
        await _wait_on(message, now, tried)
    else:
        await _learn(message, Delivery.DELIVERED if found.state is SendState.DELIVERED else Delivery.FAILED, found.code, now)


async def _untraced(message: Notification, now: datetime, tried: datetime) -> None:
    """The vendor knows nothing of a send that had no answer: too soon to say, or it never arrived."""
    if now - tried < TRACE_AFTER:
        return
    if message.kind in CODES:
        await _learn(message, Delivery.FAILED, "not_sent", now)
    else:  # the vendor says that it never had it: it is safe to send
        await execute("UPDATE notification SET state = 'pending', next_at = $3 WHERE region = $1 AND id = $2 AND state = 'unknown'",
                      message.region, message.id, now)


async def _wait_on(message: Notification, now: datetime, tried: datetime) -> None:
    """Taken, and no word of it yet: ask again later, but not for ever."""
    if now - tried >= GIVE_UP_ON_RECEIPT:
        await _learn(message, Delivery.FAILED, "no_receipt", now)
    else:
        await execute("UPDATE notification SET state = 'accepted', next_at = $3 WHERE region = $1 AND id = $2 AND state IN ('unknown', 'accepted')",
                      message.region, message.id, now + RECEIPT_OVERDUE)


async def _learn(message: Notification, state: Delivery, code: str, now: datetime) -> None:
    await execute("UPDATE notification SET state = $3, provider_code = $4, settled_at = $5 "
                  "WHERE region = $1 AND id = $2 AND state IN ('unknown', 'accepted')", message.region, message.id, state.value, code, now)


async def take_receipts(receipts: Sequence[Receipt], now: datetime, senders: Sequence[str] | None = None) -> int:
    """Settle rows from what the vendor pushed; how many moved. Unknown ids are passed over; states move forward only (T19). ``senders``: the regions
    whose account it is about, None: any; what another's account says of a message is nothing to it."""
    known = [(receipt, id) for receipt in receipts if (id := _uuid(receipt.out_id)) is not None]
    moved = 0
    for receipt, id in known:
        moved += await execute(
            "UPDATE notification SET state = $3, provider_id = $2, provider_code = $4, settled_at = $5, lease = NULL, lease_until = NULL, "
            "parts = coalesce($6, parts) WHERE id = $1 AND coalesce(provider_id, $2) = $2 AND state IN ('sending', 'unknown', 'accepted') "
            "AND ($7::text[] IS NULL OR region = ANY ($7::text[]))",
            id, receipt.provider_id, (Delivery.DELIVERED if receipt.delivered else Delivery.FAILED).value, receipt.code, now, receipt.parts,
            None if senders is None else list(senders))
    return moved


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
