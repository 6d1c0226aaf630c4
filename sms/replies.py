"""What people answer to a text message, as the vendor pushes it (SmsUp): a JSON array by POST, unsigned, hence bounded and distrusted.

One element: ``{"phone_number", "content", "send_time", "dest_code", "sequence_id"}``, all text; times are China's. The vendor's page of before had
the sequence as a number, and ``sign_name``, so both are read and neither is needed. Reading only: whose reply it is, and what it does, is the
business of ``services.replies``. The answer is that of receipts; what was not taken comes again after 1, 5 and 10 minutes.
"""

import json
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final

import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from sms.vendor_time import local_time

MAX_BYTES: Final = 256 * 1024
MAX_REPLIES: Final = 500
LONGEST: Final = 500
#: 退订, in the words that the carriers and people use; with or without brackets, points and blanks around them.
STOP: Final = frozenset({"退订", "T", "TD", "N", "QX", "0000", "取消订阅", "不要再发", "退定"})
_AROUND: Final = re.compile(r"[\s\W_]+", re.UNICODE)
_UNSPEAKABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

log = structlog.get_logger(__name__)


class RepliesUnreadable(ValueError):
    """The body is not a JSON array of replies, or it is too large."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of one number. ``number``: the vendor's own, by which a repeated push is known; may be empty."""

    phone: str = field(repr=False)
    words: str = field(repr=False)
    sign: str
    number: str
    at: datetime  # aware, UTC

    @property
    def stops(self) -> bool:
        """Whether it says that no more should come, and nothing else."""
        return _AROUND.sub("", unicodedata.normalize("NFKC", self.words)).upper() in STOP


def _words(value: object) -> object:
    """Half of an emoji is no text, and control characters are nobody's words."""
    return _UNSPEAKABLE.sub("", value.encode("utf-8", "replace").decode())[:LONGEST] if isinstance(value, str) else value


Line = Annotated[str, StringConstraints(max_length=128)]


class _Pushed(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    phone_number: Annotated[Line, StringConstraints(min_length=5)]
    content: Annotated[str, BeforeValidator(_words)]
    sign_name: Line | None = None
    sequence_id: Line | None = None
    send_time: Annotated[datetime, BeforeValidator(lambda value: local_time(value) or value)]

    def reply(self) -> Reply:
        return Reply(self.phone_number, self.content, self.sign_name or "", self.sequence_id or "", self.send_time.astimezone(UTC))


def parse(body: bytes) -> list[Reply]:
    """The replies of one push; an element that cannot be read is left out. Raises :class:`RepliesUnreadable`."""
    if len(body) > MAX_BYTES:
        raise RepliesUnreadable("too large")
    try:
        pushed = json.loads(body)
    except (ValueError, RecursionError):
        raise RepliesUnreadable("not JSON") from None  # the error's text repeats the input
    if not isinstance(pushed, list) or len(pushed) > MAX_REPLIES:
        raise RepliesUnreadable("not an array, or too many")
    read = [reply for element in pushed if (reply := _read(element)) is not None]
    if len(read) < len(pushed):
        log.warning("sms.replies_unreadable", count=len(pushed) - len(read))
    return read


def _read(element: object) -> Reply | None:
    try:
        return _Pushed.model_validate(element).reply()
    except (ValidationError, OverflowError, ValueError):
        return None
