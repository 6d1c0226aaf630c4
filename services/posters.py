"""Guide boards 引导图 as files. Drawing one takes some tens of milliseconds and much memory: one at a time, beside the event loop."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from config.settings import settings
from services import venues
from services.regions import Region

if TYPE_CHECKING:
    from qr.poster import PosterContent

Form = Literal["pdf", "png", "svg"]
CONTENT_TYPES: dict[Form, str] = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}
_one_at_a_time = asyncio.Semaphore(1)


async def draw(region: Region, board_id: UUID, form: Form, now: datetime) -> bytes:
    """The board's poster. Raises ``NotFound``, ``BoardRevoked``."""
    content = await venues.poster_of(region, board_id, settings().public_url, now)
    async with _one_at_a_time:
        return await asyncio.to_thread(_draw, content, form)


def _draw(content: "PosterContent", form: Form) -> bytes:
    from qr.poster import poster  # the typesetter and its fonts are loaded by the first poster, not by every web process

    return poster(content, form)
