"""Faults on demand: how the next calls of one target go wrong.

``times`` counts down (None: until it is taken away); ``path`` narrows a fault to calls whose path, or action, begins so.
"""

import asyncio
import hashlib
import itertools
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from sanic import HTTPResponse, Request, empty

HANG_SECONDS: Final = 60.0


class Kind(StrEnum):
    SLOW = "slow"  # answers after ``seconds``
    ERROR = "error"  # refuses with ``code``, in the words of whom it stands in for; 5xx as text is an HTTP status
    CUT = "cut"  # closes the connection unanswered; nothing was done
    HANG = "hang"  # takes the request and never answers; nothing was done
    ACCEPT_THEN_CUT = "accept_then_cut"  # does it, then closes the connection
    ACCEPT_THEN_HANG = "accept_then_hang"  # does it, then never answers
    ACCEPT_THEN_TRUNCATE = "accept_then_truncate"  # does it, then closes in the middle of the answer
    ACCEPT_THEN_5XX = "accept_then_5xx"  # does it, then says that it broke
    DUPLICATE_RECEIPT = "duplicate_receipt"  # pushes a receipt twice
    DUPLICATE = "duplicate"  # delivers a callback three times at once
    FORGED = "forged"  # signs a callback wrongly
    STALE = "stale"  # delivers a callback of an hour ago
    DROP = "drop"  # says yes and does nothing: no SMS arrives, no receipt, no mail


class FaultTarget(StrEnum):
    SMS = "sms"
    WECHAT = "wechat"
    SMTP = "smtp"
    RECEIPTS = "receipts"
    CLAMD = "clamd"
    CALLBACK = "callback"


class Fault(BaseModel):
    model_config = ConfigDict(extra="forbid")

    target: FaultTarget
    kind: Kind
    code: str = ""
    seconds: Annotated[float, Field(ge=0, le=600)] = 3.0
    times: Annotated[int, Field(ge=1)] | None = None
    path: str = ""
    number: int = 0

    @property
    def accepts(self) -> bool:
        """Whether the thing is done before the answer goes wrong."""
        return self.kind.value.startswith("accept")


class Chance(BaseModel):
    """Faults by lot: of the calls of ``target`` this share goes wrong in one of these ways. The n-th call of a seed fares the same each time."""

    model_config = ConfigDict(extra="forbid")

    seed: int
    target: FaultTarget
    share: Annotated[float, Field(gt=0, le=1)] = 0.2
    ways: tuple[Fault, ...] = Field(min_length=1)

    def draw(self, number: int) -> Fault | None:
        lot = int.from_bytes(hashlib.sha256(f"{self.seed}|{number}".encode()).digest()[:8])
        return self.ways[lot % len(self.ways)] if lot / 2**64 < self.share else None


class Faults:
    """The faults in force, oldest first; ``chance``: those by lot, where none of the others strikes."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self._chance: Chance | None = None
        self._drawn = itertools.count(1)
        self._numbers = itertools.count(1)

    @property
    def chance(self) -> Chance | None:
        return self._chance

    @chance.setter
    def chance(self, chance: Chance | None) -> None:
        self._chance, self._drawn = chance, itertools.count(1)

    def add(self, fault: Fault) -> Fault:
        fault.number = next(self._numbers)
        self.active.append(fault)
        return fault

    def clear(self, number: int | None = None) -> None:
        self.active = [fault for fault in self.active if number is not None and fault.number != number]
        if number is None:
            self.chance = None

    def take(self, target: str, path: str = "") -> Fault | None:
        """The fault that strikes this call, if any; one of its times is used up."""
        fault = next((fault for fault in self.active if fault.target == target and path.startswith(fault.path)), None)
        if fault and fault.times is not None:
            fault.times -= 1
            if not fault.times:
                self.active.remove(fault)
        if fault is None and self._chance is not None and self._chance.target == target:
            return self._chance.draw(next(self._drawn))
        return fault


async def spoil(request: Request, fault: Fault, answer: HTTPResponse | None) -> HTTPResponse:
    """Answer wrongly. ``answer``: what would have been said, if the thing was done."""
    transport = request.transport
    assert transport is not None
    match fault.kind:
        case Kind.ACCEPT_THEN_5XX:
            return HTTPResponse("Service Unavailable", 503)
        case Kind.ACCEPT_THEN_TRUNCATE:
            body = (answer.body if answer else None) or b"{}"
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            transport.write(head + body[:len(body) // 2])  # type: ignore[attr-defined]  # TCP transports write
            await asyncio.sleep(0.05)
            transport.close()
        case Kind.HANG | Kind.ACCEPT_THEN_HANG:
            await asyncio.sleep(fault.seconds or HANG_SECONDS)
            transport.abort()  # type: ignore[attr-defined]
        case _:
            transport.abort()  # type: ignore[attr-defined]
    return empty()
