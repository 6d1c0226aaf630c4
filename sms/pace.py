"""No faster than the account is allowed: messages leave evenly spaced, so that the vendor never has to say «slower»."""

import asyncio
from datetime import date

from sms.gateway import Accepted, Found, Sms, SmsGateway

#: What a pause of ours may be made up for afterwards: so little that no second ever holds many more than allowed.
CREDIT_SECONDS = 0.25


class Pace:
    """The turns of one account, at most ``per_second`` in this process; every gateway that speaks for the account takes its turns here."""

    def __init__(self, per_second: float) -> None:
        self._space, self._next = 1 / per_second, 0.0

    async def turn(self) -> None:
        """Wait for the next one."""
        moment = asyncio.get_running_loop().time()
        turn = max(self._next, moment - CREDIT_SECONDS)
        self._next = turn + self._space
        await asyncio.sleep(max(0.0, turn - moment))


class Paced:
    """A gateway that hands over at its account's pace. Questions are not counted: the vendor does not either."""

    def __init__(self, gateway: SmsGateway, pace: Pace) -> None:
        self._gateway, self._pace = gateway, pace

    async def send(self, message: Sms) -> Accepted:
        """Waits for its turn, then as the gateway's own."""
        await self._pace.turn()
        return await self._gateway.send(message)

    async def find(self, phone: str, out_id: str, day: date, provider_id: str | None = None) -> Found | None:
        """As the gateway's own."""
        return await self._gateway.find(phone, out_id, day, provider_id)
