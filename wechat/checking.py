"""How services ask WeChat about words that everybody will read: the platform's call behind the protocol of ``services.content_check``."""

from config.errors import Refusal
from services.content_check import Judged, Unanswered
from wechat.platform import Platform

JUDGED = {"pass": Judged.PASSED, "review": Judged.DOUBTED, "risky": Judged.RISKY}


class Checking:
    """``services.content_check.TextCheck``, spoken to WeChat."""

    def __init__(self, platform: Platform) -> None:
        self._platform, self.app_id = platform, platform.app_id

    async def judge(self, openid: str, title: str, text: str) -> Judged:
        try:
            verdict = await self._platform.check_text(openid, text, title=title)
        except Refusal as refusal:
            raise Unanswered(str((refusal.extra or {}).get("errcode") or refusal.code)) from None
        return JUDGED[verdict.suggest]
