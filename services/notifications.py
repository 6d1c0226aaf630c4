"""What must be told is a row first, in the transaction of the act; the worker delivers it (``services.delivery``).

The row is also the job: the worker drains due rows every second, so an act never waits for, nor inserts into, a queue. Every
row has a ``dedupe_key``: telling the same thing twice is impossible by construction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from config.keys import keys
from config.profile import Telling
from config.vocabulary import CODES, MAILED, NotificationKind
from models.database import execute, new_id
from models.notification import Notification
from services.actors import Actor
from services.regions import Region

#: Words of people are cut before they go into a text message.
LONGEST_PARAM = 60


@dataclass(frozen=True)
class Message:
    """One thing to tell one recipient: an account, or a bare number or e-mail address that has none yet. ``in_chat``: in the official account's chat,
    which is known to be open to us."""

    kind: NotificationKind
    dedupe_key: str
    params: Mapping[str, str]
    account_id: UUID | None = None
    phone: str | None = field(default=None, repr=False)
    subject_id: UUID | None = None
    expires_at: datetime | None = None
    email: str | None = field(default=None, repr=False)
    in_chat: bool = False

    @property
    def channel(self) -> str:
        return "mail" if self.kind in MAILED else "chat" if self.in_chat else "sms"


async def tell(region: Region, kind: NotificationKind, *, dedupe_key: str, params: Mapping[str, str], account_id: UUID | None = None,
               phone: str | None = None, subject_id: UUID | None = None, now: datetime, expires_at: datetime | None = None,
               email: str | None = None) -> None:
    """Tell one recipient one thing, once. Call it inside the transaction of what it tells about."""
    await tell_all(region, [Message(kind, dedupe_key, params, account_id, phone, subject_id, expires_at, email)], now)


#: WeChat comes first for who consented to the kind's template there (``services.subscriptions``).
_INSERT = """
INSERT INTO notification (region, id, kind, channel, account_id, recipient_sealed, subject_id, params_sealed, dedupe_key, next_at, expires_at,
                          created_at)
SELECT $1, n.id, n.kind, CASE WHEN n.template IS NOT NULL AND EXISTS (
    SELECT 1 FROM wechat_binding b JOIN subscription_credit c ON (c.region, c.app_id, c.openid_index) = (b.region, b.app_id, b.openid_index)
    WHERE b.region = $1 AND b.account_id = n.account AND b.ended_at IS NULL AND c.template = n.template AND c.left_over > 0
) THEN 'wechat' ELSE n.channel END, n.account, n.recipient, n.subject, n.params, n.dedupe, $12, n.expires, $9
FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bytea[], $6::uuid[], $7::bytea[], $8::text[], $10::timestamptz[], $11::text[], $13::text[])
  AS n (id, kind, account, recipient, subject, params, dedupe, expires, channel, template)
ON CONFLICT (region, dedupe_key) DO NOTHING
"""


async def tell_all(region: Region, messages: Sequence[Message], now: datetime, due: datetime | None = None) -> int:
    """Write the rows in one statement; how many were new. Kinds that the profile keeps off the channels are left out. ``due``: not before then."""
    wanted = [message for message in messages if message.kind in MAILED or _is_sent(region, message.kind)]
    if not wanted:
        return 0
    ids = [new_id() for _ in wanted]
    return await execute(
        _INSERT,
        region.code, ids, [message.kind.value for message in wanted], [message.account_id for message in wanted],
        [_seal(region.code, "recipient", id, message.phone or message.email) for id, message in zip(ids, wanted, strict=True)],
        [message.subject_id for message in wanted],
        [_seal(region.code, "params", id, _params(message)) for id, message in zip(ids, wanted, strict=True)],
        [message.dedupe_key for message in wanted], now, [message.expires_at for message in wanted],
        [message.channel for message in wanted], due or now, [_template(region, message) for message in wanted])


def _template(region: Region, message: Message) -> str | None:
    text = None if message.in_chat else region.profile.sending.wechat_of(message.kind)
    return text.template if text else None


def _is_sent(region: Region, kind: NotificationKind) -> bool:
    """A profile that was loaded before there was such a turn has no text for it."""
    telling = region.profile.sending.texts.get(kind)
    return telling is not None and telling.channel != "none"


def text_of(region: Region, kind: NotificationKind) -> Telling:
    return region.profile.sending.texts[kind]


def read_params(message: Notification) -> dict[str, str]:
    """The placeholders of a row, unsealed: for sending, and for the person herself."""
    text = keys().unseal(bytes(message.params_sealed), message.region, "notification", "params", str(message.id))
    return dict(orjson.loads(text))


def read_recipient(message: Notification) -> str | None:
    if message.recipient_sealed is None:
        return None
    return keys().unseal(bytes(message.recipient_sealed), message.region, "notification", "recipient", str(message.id))


def render(telling: Telling, params: Mapping[str, Any]) -> str:
    """The text as people read it."""
    return telling.text.format_map(params)


@dataclass(frozen=True)
class Told:
    """One message as its recipient reads it. ``subject_id``: the case, card or visit that it is about."""

    kind: NotificationKind
    text: str
    at: datetime
    subject_id: UUID | None

    @property
    def about_case(self) -> bool:
        return self.kind.value.startswith("case_")


async def inbox(region: Region, actor: Actor, limit: int = 50) -> list[Told]:
    """What the actor was told, newest first; codes are nobody's mail, and what was taken back before it went out is none."""
    told = Notification.of(region.code, account_id=actor.account_id).exclude(kind__in=list(CODES)).exclude(provider_code="undone")
    found = await told.order_by("-created_at").limit(limit)
    return [Told(one.kind, render(text_of(region, one.kind), read_params(one)), one.created_at, one.subject_id) for one in found]


async def have_read(region: Region, actor: Actor, now: datetime, about: UUID | None = None) -> int:
    """The actor looked at her messages, or at the case that they are ``about``: no second channel tells her; how many were new to her."""
    return await execute("UPDATE notification SET read_at = $3 WHERE region = $1 AND account_id = $2 AND read_at IS NULL "
                         "AND ($4::uuid IS NULL OR subject_id = $4)", region.code, actor.account_id, now, about)


def _params(message: Message) -> str:
    return orjson.dumps({name: _short(str(value)) for name, value in message.params.items()}).decode()


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_PARAM else line[:LONGEST_PARAM - 1] + "…"


def _seal(region: str, column: str, id: UUID, value: str | None) -> bytes | None:
    return None if value is None else keys().seal(value, region, "notification", column, str(id))
