"""Events of both accounts that nobody in a chat waits for: who follows, who takes back what he allowed, which messages arrived, who consents.

Each may come twice and late; all of this is harmless twice. Kinds that WeChat will invent are passed over in silence.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from services import chat, subscriptions, wechat_receipts
from services.regions import Region
from services.wechat_receipts import WechatReceipt
from wechat.codec import Incoming

Take = Callable[[Region, str, Incoming, datetime], Awaitable[object]]
ARRIVED = frozenset({"success", "0", "ok"})


async def take(region: Region, app_id: str, message: Incoming, now: datetime) -> None:
    """What an event says about its sender or about a message of ours is kept; ``app_id``: of the account that it came through."""
    if (heard := HEARD.get(message.event)) is not None:
        await heard(region, app_id, message, now)


async def _follows(region: Region, app_id: str, message: Incoming, now: datetime) -> None:
    await chat.follows(region, app_id, message.openid, message.event == "subscribe", datetime.fromtimestamp(message.create_time, UTC))


async def _forget(region: Region, app_id: str, message: Incoming, now: datetime) -> None:
    await chat.forget(region, app_id, str(message.raw.get("OpenID") or message.openid), message.event, now)


async def _finished(region: Region, app_id: str, message: Incoming, now: datetime) -> None:
    """TEMPLATESENDJOBFINISH: ``success``, ``failed:user block``, ``failed: system failed``, ``failed:freq limit``."""
    status = str(message.raw.get("Status", ""))
    code = "" if status == "success" else "_".join(status.removeprefix("failed:").split()) or "failed"
    await wechat_receipts.take(region, app_id, message.openid, [WechatReceipt(message.msg_id, status == "success", code)], now)


async def _sent(region: Region, app_id: str, message: Incoming, now: datetime) -> None:
    """subscribe_msg_sent_event: one entry a message, with ``TemplateId``, ``MsgID`` and ``ErrorCode``."""
    await wechat_receipts.take(region, app_id, message.openid, [_receipt(entry) for entry in message.consents], now)


def _receipt(entry: Any) -> WechatReceipt:
    code = str(entry.get("ErrorCode", ""))
    return WechatReceipt(str(entry.get("MsgID") or entry.get("MsgId") or ""), code in ARRIVED, "" if code in ARRIVED else code or "failed",
                         str(entry.get("TemplateId") or ""))


async def _consented(region: Region, app_id: str, message: Incoming, now: datetime) -> None:
    """subscribe_msg_popup_event: what was answered to the question for consent; the phone may have told us before."""
    given = {str(entry.get("TemplateId", "")): str(entry.get("SubscribeStatusString", "")) for entry in message.consents}
    await subscriptions.happened(region, app_id, message.openid, given, datetime.fromtimestamp(message.create_time, UTC))


async def _changed_mind(region: Region, app_id: str, message: Incoming, now: datetime) -> None:
    """subscribe_msg_change_event: switched off in WeChat's own settings. (Switching on again is told there, too, and buys nothing by itself.)"""
    refused = [str(entry.get("TemplateId", "")) for entry in message.consents if entry.get("SubscribeStatusString") == "reject"]
    await subscriptions.revoked(region, app_id, message.openid, refused, now)


HEARD: dict[str, Take] = {
    "subscribe": _follows,
    "unsubscribe": _follows,
    "user_authorization_revoke": _forget,
    "user_authorization_cancellation": _forget,
    "templatesendjobfinish": _finished,
    "subscribe_msg_sent_event": _sent,
    "subscribe_msg_popup_event": _consented,
    "subscribe_msg_change_event": _changed_mind,
}
