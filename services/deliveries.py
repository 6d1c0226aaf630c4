"""What was sent to whom, and whether it arrived: the ledger of notifications as staff read it. Numbers are masked, codes never shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from config.errors import NotPermitted
from config.vocabulary import CODES, NotificationKind, Permission
from models.account import Account, phone_index
from models.database import rows
from models.notification import Delivery, Notification
from services import texts
from services.actors import Actor
from services.masking import masked_email, masked_phone
from services.notifications import read_params, read_recipient
from services.regions import Region
from services.texts import Past

PAGE = 50
CHANNELS = {"sms": "短信", "mail": "邮件", "wechat": "微信", "chat": "公众号"}
#: Why a message did not arrive, for people; what stands in no line is shown as the vendor's own code, by which its support finds it.
REASONS = {
    "expired": "过了时效，没有发", "no_number": "没有登记号码", "blocked": "号码已停发", "switched_off": "本人关闭了这类提醒", "cap": "当天已到上限",
    "not_bound": "没有绑定微信", "no_consent": "本人没有同意接收", "no_answer": "对方没有答复", "no_receipt": "没有送达回执", "not_sent": "没有发出",
    "silent": "微信没有回音", "chat_closed": "两天没有在公众号里说话",
    "no_template": "没有登记模板", "not_configured": "没有配置发送渠道", "address": "地址有误", "isv.MOBILE_NUMBER_ILLEGAL": "号码有误或是空号",
    "isv.BUSINESS_LIMIT_CONTROL": "发给这个号码太多，被平台限制", "isv.AMOUNT_NOT_ENOUGH": "短信余额不足", "isv.OUT_OF_SERVICE": "短信平台已停用",
    "isv.SMS_SIGNATURE_ILLEGAL": "签名没有通过审核", "isv.SMS_TEMPLATE_ILLEGAL": "模板没有通过审核", "isv.BLACK_KEY_CONTROL_LIMIT": "内容被平台拦下",
}
HIDDEN = {"sms": "验证码短信，内容不显示。", "mail": "验证邮件，内容不显示。"}


@dataclass(frozen=True)
class Try:
    """What a channel did before another one took over."""

    channel: str
    state: Delivery
    reason: str
    at: datetime | None


@dataclass(frozen=True)
class Sent:
    """One line: ``to`` is a name where the recipient has an account, ``phone`` is its number or e-mail address, masked. ``in_doubt``: WeChat said
    nothing of it, and whether it is sent as SMS is somebody's to decide (``services.wechat_delivery.send_as_sms``)."""

    id: UUID
    kind: NotificationKind
    to: str
    phone: str
    text: str
    state: Delivery
    attempts: int
    reason: str
    created_at: datetime
    settled_at: datetime | None
    channel: str
    before: Try | None
    read_at: datetime | None
    in_doubt: bool


#: $1 region, $2 a name or the number of a case, $3 the index of a phone number: whose messages, and about which cases, are meant.
_ABOUT = """
SELECT id FROM account WHERE region = $1 AND name = $2 UNION SELECT id FROM account WHERE region = $1 AND phone_index = $3
UNION SELECT id FROM cases WHERE region = $1 AND number = $2 LIMIT 50
"""


async def search(region: Region, actor: Actor, *, about: str = "", state: str = "", kind: str = "", limit: int = PAGE,
                 offset: int = 0) -> list[Sent]:
    """Newest first. ``about``: a whole name, phone number or case number. Raises :class:`NotPermitted` for who does not watch over the region."""
    if not actor.may(Permission.SUPERVISE, region.profile):
        raise NotPermitted
    conditions: dict[str, Any] = {name: value for name, value in (("state", state), ("kind", kind)) if value}
    asked = Notification.of(region.code, **conditions)
    if about:
        ids = [one["id"] for one in await rows(_ABOUT, region.code, about, phone_index(about))]
        asked = asked.filter(Q(account_id__in=ids) | Q(subject_id__in=ids))
    found = await asked.order_by("-created_at", "-id").offset(offset).limit(min(limit, 101))
    people = {one.id: one for one in await Account.of(region.code, id__in=[one.account_id for one in found if one.account_id])}
    tries = await _tries(region, [one.id for one in found])
    past = await texts.past(region, [one.kind for one in found])
    return [_sent(one, past, people[one.account_id] if one.account_id else None, tries.get(one.id)) for one in found]


async def _tries(region: Region, ids: list[UUID]) -> dict[UUID, Try]:
    found = await rows("SELECT notification_id, channel, state, provider_code, coalesce(settled_at, tried_at) AS at FROM notification_try "
                       "WHERE region = $1 AND notification_id = ANY($2::uuid[])", region.code, ids)
    return {one["notification_id"]: Try(CHANNELS[one["channel"]], Delivery(one["state"]), _reason(one["provider_code"]), one["at"]) for one in found}


def _sent(message: Notification, past: Past, account: Account | None, before: Try | None) -> Sent:
    """With the text as it was when the message went out; what still waits goes out with today's."""
    where = read_recipient(message) if account is None else account.email if message.channel == "mail" else account.phone
    masked = masked_email(where) if message.channel == "mail" else masked_phone(where)
    text = HIDDEN[message.channel] if message.kind in CODES else past.at(message.kind, message.tried_at).format_map(read_params(message))
    return Sent(message.id, message.kind, account.name if account else "", masked, text, message.state, message.attempts,
                _reason(message.provider_code), message.created_at, message.settled_at, CHANNELS[message.channel], before, message.read_at,
                in_doubt=message.state is Delivery.UNKNOWN and message.provider_code == "silent" and message.read_at is None)


def _reason(code: str) -> str:
    return REASONS.get(code, f"平台代码 {code}" if code else "")
