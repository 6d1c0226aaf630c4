"""One message's surroundings: whose, where, when, what was said before, and what follows the answer."""

import re
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from services.regions import Region
from wechat.bot.memory import Memory
from wechat.platform import Platform

LONGEST = 1200


@dataclass(frozen=True)
class Talk:
    """``after``: what is sent besides the answer, once its act is kept; whether it arrives changes nothing.

    ``seen``: what the QR symbols of a sent picture say.
    """

    region: Region
    app_id: str
    openid: str = field(repr=False)
    now: datetime
    public_url: str
    platform: Platform = field(repr=False)
    memory: Memory = field(default_factory=Memory, repr=False)
    after: list[Callable[[], Awaitable[None]]] = field(default_factory=list, repr=False)

    seen: list[str] = field(default_factory=list, repr=False)

    def link(self, path: str) -> str:
        return f"{self.public_url.rstrip('/')}/{self.region.code}/{path}"


def line_of(text: str) -> str:
    """As it is understood: whatever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", text[:LONGEST]).strip()


def number_of(line: str) -> int | None:
    """A choice by its number."""
    return int(line) if re.fullmatch(r"\d{1,2}", line, re.ASCII) else None
