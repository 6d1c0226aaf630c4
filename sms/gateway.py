"""The protocol: what services may ask of an SMS gateway, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Sms:
    """One message to one person. Number and parameters stay out of ``repr``, and so out of logs and tracebacks."""

    phone: str = field(repr=False)
    sign: str  # the registered sender, shown as 【sign】
    template: str  # the vendor's template code
    params: Mapping[str, str] = field(repr=False)
    out_id: str = ""  # our own id of the attempt, up to 255 characters: by it the vendor's records are searched


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway took the message. That is not delivery: the receipt tells."""

    provider_id: str  # BizId; one for a whole batch, so a receipt is known by (provider_id, phone)
    request_id: str = ""


class SendState(StrEnum):
    """What the vendor's records say of a message."""

    WAITING = "waiting"  # 等待回执: handed to the carrier
    FAILED = "failed"  # 发送失败
    DELIVERED = "delivered"  # 发送成功


@dataclass(frozen=True, slots=True)
class Found:
    """A message in the vendor's records: it *was* sent, whatever became of our call."""

    state: SendState
    code: str = ""  # the carrier's code; DELIVERED or empty when all is well
    at: datetime | None = None  # received at, aware; None while waiting


class SmsGateway(Protocol):
    """Both verbs raise :class:`~sms.errors.Rejected`, :class:`~sms.errors.Throttled`, :class:`~sms.errors.Misconfigured`
    or :class:`~sms.errors.Unclear`, and nothing else. Neither repeats a request on its own."""

    async def send(self, message: Sms) -> Accepted:
        """Hand over one message: exactly one request goes out, whatever happens to it."""
        ...

    async def find(self, phone: str, out_id: str, day: date, provider_id: str | None = None) -> Found | None:
        """Look a message up by the number, our own id, and the day it was sent on (in China); None: no trace of it (yet).

        The vendor's records lag behind by seconds: ask again before taking None for *never sent*.
        """
        ...


class Pair(NamedTuple):
    """What one region sends through. ``second``: None where there is one account alone."""

    first: SmsGateway
    second: SmsGateway | None = None
