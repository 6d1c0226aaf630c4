"""Pictures with characters: asked for after wrong passwords, and before a code when an address comes near its limit.

The challenge carries its own answer, sealed; the server keeps nothing until it is used, and then only that it was.
"""

import asyncio
import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from captcha.image import ImageCaptcha

from config.errors import Invalid, NotFound, Refusal
from config.keys import CannotOpen, keys
from services import limits

#: Without those that people take for one another.
LETTERS = "ACDEFHJKMNPRTUVWXY34679"
LENGTH = 4
LASTS = timedelta(minutes=5)


class CaptchaNeeded(Refusal):
    """请输入图形验证码，再继续登录。"""

    status_code = 403
    code = "captcha_needed"


class CaptchaWrong(Invalid):
    """图形验证码不正确或已经用过，请看新的图片再输入。"""

    code = "captcha_wrong"

    def __init__(self) -> None:
        super().__init__({"captcha": "图形验证码不正确，请看新的图片再输入。"})


@dataclass(frozen=True)
class Answer:
    """What came back with a form: the challenge and what was read in its picture."""

    challenge: str
    text: str


def new_challenge(region: str, now: datetime) -> str:
    """A challenge for a hidden field; its picture is :func:`picture`."""
    answer = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    sealed = keys().seal(f"{answer}|{int((now + LASTS).timestamp())}", region, "captcha")
    return urlsafe_b64encode(sealed).decode().rstrip("=")


async def picture(region: str, challenge: str, now: datetime) -> bytes:
    """PNG, drawn in a thread. Raises :class:`NotFound` for a challenge that is not ours or is over."""
    found = _open(region, challenge, now)
    if found is None:
        raise NotFound
    return await asyncio.to_thread(lambda: _painter().generate(found, format="png").getvalue())


async def check(region: str, answer: Answer | None, now: datetime) -> None:
    """Raises :class:`CaptchaNeeded` without an answer, :class:`CaptchaWrong` for a wrong, old or used one. Right or wrong, it is used now."""
    if answer is None or not answer.challenge:
        raise CaptchaNeeded
    wanted = _open(region, answer.challenge, now)
    fresh = wanted is not None and await limits.once(region, "captcha", answer.challenge, now, LASTS)
    if not fresh or wanted is None or not secrets.compare_digest(wanted.encode(), answer.text.strip().upper().encode()):
        raise CaptchaWrong


def _open(region: str, challenge: str, now: datetime) -> str | None:
    try:
        text = keys().unseal(urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4)), region, "captcha")
    except (CannotOpen, binascii.Error, ValueError, IndexError):
        return None
    answer, _, until = text.partition("|")
    return answer if now < datetime.fromtimestamp(int(until), UTC) else None


@lru_cache(maxsize=1)
def _painter() -> ImageCaptcha:
    return ImageCaptcha(width=180, height=70)
