"""Delivers the story's SMS at the time they were written, so that the ledger is as full of fates as a real one."""

import itertools
from datetime import date, datetime
from enum import Enum, auto

from services import delivery
from sms.errors import Rejected, Unclear
from sms.gateway import Accepted, Found, Sms
from sms.receipts import Receipt

#: One in so many is refused by the gateway; one in so many is taken, and then not delivered by the carrier.
REFUSED, UNDELIVERED = 61, 23


class Fate(Enum):
    """What becomes of the messages of one moment."""

    ARRIVES = auto()
    NO_RECEIPT = auto()  # the gateway took them, and the carrier has not answered yet
    NO_ANSWER = auto()   # the gateway's answer was lost
    WAITS = auto()       # nobody sends them yet


class Postman:
    """An ``SmsGateway`` of the past."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._taken: list[tuple[int, Sms]] = []
        self._silent = False

    async def send(self, message: Sms) -> Accepted:
        number = next(self._numbers)
        if self._silent:
            raise Unclear("SDK.TimeOut")
        if number % REFUSED == 0:
            raise Rejected("isv.MOBILE_NUMBER_ILLEGAL")
        self._taken.append((number, message))
        return Accepted(_provider_id(number))

    async def find(self, phone: str, out_id: str, day: date, provider_id: str | None = None) -> Found | None:
        return None

    async def round(self, now: datetime, fate: Fate) -> None:
        """Send what is due, and bring the receipts of what arrived."""
        if fate is Fate.WAITS:
            return
        self._silent = fate is Fate.NO_ANSWER
        await delivery.drain(self, now)
        if fate is Fate.ARRIVES:
            await delivery.take_receipts([_receipt(number, message, now) for number, message in self._taken], now)
        self._taken.clear()


def _receipt(number: int, message: Sms, now: datetime) -> Receipt:
    arrived = number % UNDELIVERED != 0
    return Receipt(_provider_id(number), message.phone, message.out_id, arrived, "DELIVERED" if arrived else "MK:0001", now)


def _provider_id(number: int) -> str:
    return f"9006{number:014d}^0"
