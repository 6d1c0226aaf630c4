"""How services tell people through the mini program: the platform's call behind the protocol of ``services.wechat_delivery``."""

from collections.abc import Mapping
from uuid import UUID

from config.errors import Refusal, TooMany
from services.wechat_delivery import NoConsent
from sms.errors import Misconfigured, Rejected, Throttled, Unclear
from sms.gateway import Accepted
from wechat import errors
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
        except errors.Unclear as refusal:
            raise Unclear(_code(refusal)) from None
        except errors.Busy as refusal:
            raise Throttled(_code(refusal), PAUSE_SECONDS) from None
        except TooMany as refusal:
            raise Throttled(_code(refusal), int((refusal.context or {}).get("retry_after", PAUSE_SECONDS))) from None
        except Refusal as refusal:
            raise Misconfigured(_code(refusal)) from None


def _code(refusal: Refusal) -> str:
    return str((refusal.extra or {}).get("errcode") or refusal.code)
