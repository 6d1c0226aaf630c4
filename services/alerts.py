"""账号安全提醒: something happened to an account that its owner must hear of, also where the one who did it holds her number.

By mail where she has an address, and by SMS or by the WeChat that consents to it; what she alone can hear is whatever did not change hands.
"""

from datetime import datetime

from config.vocabulary import Labelled, NotificationKind
from models.account import Account
from services.notifications import Message, tell_all
from services.regions import Region


class Alert(Labelled):
    """What happened, as it is told behind the time."""

    WECHAT_CHANGED = "wechat_changed", "您的账号绑定了另一个微信"
    #: Whoever can receive codes at her number did not know what she knows.
    PROOF_FAILED = "proof_failed", "有人用您的手机号登录，多次没有通过身份核实"
    NUMBER_PROVED = "number_proved", "您的账号用手机号登录后，凭证件号码通过了身份核实"


async def tell(region: Region, account: Account, alert: Alert, key: str, now: datetime) -> None:
    """Inside the transaction of what it tells about. ``key``: what tells it from every other, so that it is told once.

    A WeChat that was just bound is not told of itself: then it goes to the number.
    """
    local = now.astimezone(region.profile.tz)
    said = {"at": f"{local:%m月%d日 %H:%M}", "what": alert.label, "phone": region.phone}
    number = account.phone if alert is Alert.WECHAT_CHANGED else None
    messages = [Message(NotificationKind.ALERT_LETTER, f"{alert.value}:{key}:letter", said, email=account.email, subject_id=account.id)] \
        if account.email else []
    messages.append(Message(NotificationKind.ACCOUNT_ALERT, f"{alert.value}:{key}", said, None if number else account.id, number, account.id))
    await tell_all(region, messages, now)
