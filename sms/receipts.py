"""Receipts that the vendor pushes (SmsReport): a JSON array by POST, unsigned, hence bounded and distrusted.

Reading only: which row a receipt settles, and that states move forward alone, is the business of ``services`` (T19).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final

import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from sms.vendor_time import local_time

MAX_BYTES: Final = 256 * 1024
MAX_RECEIPTS: Final = 500
MOST_PARTS: Final = 20

# What the vendor wants to read: that ``code`` is a number; anything else, and it pushes again after 1, 5 and 10 minutes.
RECEIVED: Final = {"code": 0, "msg": "接收成功"}

log = structlog.get_logger(__name__)


class ReceiptsUnreadable(ValueError):
    """The body is not a JSON array of receipts, or it is too large."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one message at one number; known by ``provider_id`` and ``phone`` together."""

    provider_id: str
    phone: str = field(repr=False)
    out_id: str
    delivered: bool
    code: str  # DELIVERED, or the carrier's reason
    at: datetime  # aware, UTC
    parts: int | None = None  # how many were charged for


def _moment(value: object) -> object:
    return local_time(value) if isinstance(value, str) else value


Line = Annotated[str, StringConstraints(max_length=256)]


class _Pushed(BaseModel):
    """One element as it is pushed. Times are local to China, numbers arrive as numbers or as text."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    biz_id: Annotated[Line, StringConstraints(min_length=1)]
    phone_number: Annotated[Line, StringConstraints(min_length=1)]
    out_id: Line | None = None
    success: bool
    err_code: Line | None = None
    sms_size: Annotated[int, Field(ge=1, le=MOST_PARTS)] | None = None
    report_time: Annotated[datetime, BeforeValidator(_moment)]

    def receipt(self) -> Receipt:
        at = self.report_time.astimezone(UTC)
        return Receipt(self.biz_id, self.phone_number, self.out_id or "", self.success, self.err_code or "", at, self.sms_size)


_ARRAY: Final = TypeAdapter(list[object])


def parse(body: bytes) -> list[Receipt]:
    """The receipts of one push, in the order told. An element that cannot be read is left out (the poll settles its message):
    refusing the whole push would lose its neighbours after three tries. Raises :class:`ReceiptsUnreadable`."""
    if len(body) > MAX_BYTES:
        raise ReceiptsUnreadable("too large")
    try:
        pushed = _ARRAY.validate_json(body)
    except ValidationError:
        raise ReceiptsUnreadable("not a JSON array") from None  # the error's text repeats the input
    if len(pushed) > MAX_RECEIPTS:
        raise ReceiptsUnreadable("too many")
    receipts = [receipt for element in pushed if (receipt := _read(element)) is not None]
    if len(receipts) < len(pushed):
        log.warning("sms.receipts_unreadable", count=len(pushed) - len(receipts))
    return receipts


def _read(element: object) -> Receipt | None:
    try:
        return _Pushed.model_validate(element).receipt()
    except ValidationError:
        return None
