"""What WeChat thinks of an announcement (``notices.content_check`` of the profile), asked before it is published, or changed while it is public.

WeChat judges only whose author used the mini program within two hours, and it may be away: what nobody judged is published all the same, and the
audit says so. What is *risky* is not published; what is in doubt is, once its author has read so and said why.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

import structlog

from config.errors import Invalid
from config.keys import keys
from config.vocabulary import Labelled
from services import chat
from services.actors import Actor
from services.regions import Region

#: So long somebody waits for WeChat; a text of 20,000 characters is eight questions.
SECONDS: Final = 8.0
MAC_BYTES: Final = 16
SHORTEST, LONGEST = 2, 200
log = structlog.get_logger(__name__)


class Judged(Labelled):
    """What came of asking; the words stand in the audit."""

    PASSED = "passed", "已通过微信内容检测"
    DOUBTED = "doubted", "微信内容检测存疑，由发布人确认"
    RISKY = "risky", "微信内容检测认为违规"
    UNCHECKED = "unchecked", "未经微信内容检测"


class Unanswered(Exception):
    """WeChat was not reached, or judges nothing of this person now. Its text is a code for the log."""


class TextCheck(Protocol):
    """The way to WeChat. ``app_id``: whose openids it takes."""

    @property
    def app_id(self) -> str: ...

    async def judge(self, openid: str, title: str, text: str) -> Judged:
        """Raises :class:`Unanswered`."""
        ...


class Doubted(Invalid):
    """``mark``: of these words and this author; it comes back with the reason, so that what is confirmed was read."""

    def __init__(self, mark: str) -> None:
        super().__init__({"reason": f"微信内容检测对这些内容存疑，请再核对。确认可以公开的，请写明理由（{SHORTEST} 到 {LONGEST} 字）再发布。"})
        self.mark = mark


async def ask(check: TextCheck, region: Region, actor: Actor, title: str, text: str) -> Judged:
    """Within :data:`SECONDS`, and while no connection is held. Never fails: what nobody judged is UNCHECKED."""
    openid = await chat.bound_openid(actor, check.app_id)
    if openid is None:
        return Judged.UNCHECKED
    try:
        async with asyncio.timeout(SECONDS):
            return await check.judge(openid, title, text)
    except (Unanswered, TimeoutError) as lost:
        log.warning("notices.unchecked", region=region.code, code=str(lost) or "timeout")
        return Judged.UNCHECKED


def heeded(judged: Judged, actor: Actor, title: str, text: str, mark: str, reason: str) -> Mapping[str, Any]:
    """What the audit says of it. Raises :class:`Invalid` for what WeChat calls risky, :class:`Doubted` until a doubt is answered."""
    if judged is Judged.RISKY:
        raise Invalid({"body": "微信内容检测认为标题或正文含有不宜公开的内容，没有发布。请修改后再发布；认为判断有误的，请联系系统管理员。"})
    if judged is not Judged.DOUBTED:
        return {"checked": judged.value}
    ours, why = f"{actor.region}|{actor.account_id}|{title}\n{text}".encode(), reason.strip()
    if not _signed(ours, mark) or not SHORTEST <= len(why) <= LONGEST:
        raise Doubted(keys().sign("doubted notice", ours, MAC_BYTES).hex())
    return {"checked": judged.value, "reason": why}


def _signed(ours: bytes, mark: str) -> bool:
    try:
        given = bytes.fromhex(mark)
    except ValueError:
        return False
    return len(given) == MAC_BYTES and keys().signed("doubted notice", ours, given)
