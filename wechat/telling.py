"""How services tell people through WeChat: the platform's calls behind the protocols of ``services.wechat_delivery`` (the mini program) and
``services.chat_digests`` (the official account)."""

from collections.abc import Mapping
from uuid import UUID

from config.errors import Refusal, TooMany
from services.chat_digests import OutOfReach
from services.wechat_delivery import NoConsent
from sms.errors import Misconfigured, Rejected, SmsError, Throttled, Unclear
from sms.gateway import Accepted
from wechat import errors
from wechat.bot import words
from wechat.platform import Platform

NO_CONSENT = "43101"
PAUSE_SECONDS = 30
#: Where a message about a case leads; its own page needs no more than the number.
CASE_PAGE, MESSAGES_PAGE = "pages/case/case?id={id}", "pages/messages/messages"


class Subscriptions:
    """``services.wechat_delivery.SubscriptionGateway``, spoken to WeChat."""

    def __init__(self, platform: Platform) -> None:
        self._platform, self.app_id = platform, platform.app_id

    async def send(self, openid: str, template: str, data: Mapping[str, str], subject: UUID | None) -> Accepted:
        page = CASE_PAGE.format(id=subject) if subject else MESSAGES_PAGE
        try:
            return Accepted(await self._platform.send_subscription(openid, template, data, page=page))
        except errors.Undeliverable as refusal:
            if _code(refusal) == NO_CONSENT:
                raise NoConsent from None
            raise Rejected(_code(refusal)) from None
        except Refusal as refusal:
            raise _meaning(refusal) from None


class Chat:
    """``services.chat_digests.ChatGateway``, spoken to WeChat."""

    def __init__(self, platform: Platform) -> None:
        self._platform, self.app_id = platform, platform.app_id

    async def say(self, openid: str, text: str) -> None:
        try:
            await self._platform.send_customer_text(openid, f"{text}\n{words.DIGEST_FOOT}")
        except errors.Undeliverable as refusal:
            raise OutOfReach(_code(refusal)) from None
        except Refusal as refusal:
            raise _meaning(refusal) from None

    async def tell(self, openid: str, template: str, data: Mapping[str, str], own_id: str) -> Accepted:
        try:
            return Accepted(await self._platform.send_template(openid, template, data, own_id=own_id))
        except errors.Undeliverable as refusal:
            raise OutOfReach(_code(refusal)) from None
        except Refusal as refusal:
            raise _meaning(refusal) from None


def _meaning(refusal: Refusal) -> SmsError:
    """May it be sent again? In the terms of ``sms.errors``, which are those of every channel."""
    if isinstance(refusal, errors.Unclear):
        return Unclear(_code(refusal))
    if isinstance(refusal, errors.Busy):
        return Throttled(_code(refusal), PAUSE_SECONDS)
    if isinstance(refusal, TooMany):
        return Throttled(_code(refusal), int((refusal.context or {}).get("retry_after", PAUSE_SECONDS)))
    return Misconfigured(_code(refusal))


def _code(refusal: Refusal) -> str:
    return str((refusal.extra or {}).get("errcode") or refusal.code)
