"""What was sent to whom, and whether it arrived: the ledger of notifications as staff read it. Numbers are masked, codes never shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.errors import NotPermitted
from config.vocabulary import CODES, NotificationKind, Permission
from models.account import Account
from models.notification import Delivery, Notification
from services.actors import Actor
from services.masking import masked_email, masked_phone
from services.notifications import read_params, read_recipient, render, text_of
from services.regions import Region

PAGE = 50
HIDDEN = {"sms": "验证码短信，内容不显示。", "mail": "验证邮件，内容不显示。"}


@dataclass(frozen=True)
class Sent:
    """One line: ``to`` is a name where the recipient has an account, ``phone`` is its number or e-mail address, masked."""

    kind: NotificationKind
    to: str
    phone: str
    text: str
    state: Delivery
    attempts: int
    provider_code: str
    created_at: datetime
    settled_at: datetime | None


async def search(region: Region, actor: Actor, *, state: str = "", kind: str = "", limit: int = PAGE, offset: int = 0) -> list[Sent]:
    """Newest first. Raises :class:`NotPermitted` for who does not watch over the region."""
    if not actor.may(Permission.SUPERVISE, region.profile):
        raise NotPermitted
    conditions: dict[str, Any] = {name: value for name, value in (("state", state), ("kind", kind)) if value}
    found = await Notification.of(region.code, **conditions).order_by("-created_at", "-id").offset(offset).limit(min(limit, 101))
    people = {one.id: one for one in await Account.of(region.code, id__in=[one.account_id for one in found if one.account_id])}
    return [_sent(region, one, people[one.account_id] if one.account_id else None) for one in found]


def _sent(region: Region, message: Notification, account: Account | None) -> Sent:
    where = read_recipient(message) if account is None else account.email if message.channel == "mail" else account.phone
    masked = masked_email(where) if message.channel == "mail" else masked_phone(where)
    text = HIDDEN[message.channel] if message.kind in CODES else render(text_of(region, message.kind), read_params(message))
    return Sent(message.kind, account.name if account else "", masked, text, message.state, message.attempts, message.provider_code,
                message.created_at, message.settled_at)
