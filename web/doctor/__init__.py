"""``greenlane doctor``: is everything there that the product needs, and does it work? Asks, and changes nothing that lasts.

Each check says for an operator what is wrong and what to set or do about it. What concerns WeChat is in ``wechat.doctor``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from config.settings import Settings

#: For one check; what is away is told sooner, by its own limits.
SECONDS: Final = 60


class Trouble(Exception):
    """Something is wrong. ``words``: what; ``mend``: what to do about it, with the name of the setting."""

    def __init__(self, words: str, mend: str) -> None:
        super().__init__(words)
        self.words, self.mend = words, mend


@dataclass(frozen=True)
class Check:
    """``look`` says in words what is well, or raises :class:`Trouble`. ``mend``: what to look at after a failure that nobody foresaw."""

    part: str
    label: str
    look: Callable[[Settings], Awaitable[str]]
    mend: str


@dataclass(frozen=True)
class Finding:
    part: str
    label: str
    well: bool
    words: str
    mend: str = ""


async def examine(config: Settings, checks: Sequence[Check]) -> list[Finding]:
    """Every check by itself, side by side: one that fails hides no other."""
    return list(await asyncio.gather(*(_looked(check, config) for check in checks)))


async def _looked(check: Check, config: Settings) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            return Finding(check.part, check.label, True, await check.look(config))
    except Trouble as trouble:
        return Finding(check.part, check.label, False, trouble.words, trouble.mend)
    except TimeoutError:
        return Finding(check.part, check.label, False, f"{SECONDS} 秒没有结果", check.mend)
    except Exception as error:  # noqa: BLE001  whatever it is becomes the finding; its text may hold a password or a key
        return Finding(check.part, check.label, False, f"检查没有做完（{type(error).__name__}）", check.mend)
