"""No faster than the account is allowed: messages leave evenly spaced, so that the vendor never has to say «slower»."""

import asyncio
from datetime import date

from sms.gateway import Accepted, Found, Sms, SmsGateway

#: What a pause of ours may be made up for afterwards: so little that no second ever holds many more than allowed.
CREDIT_SECONDS = 0.25


class Paced:
    """A gateway that hands over at most ``per_second`` messages, in this process. Questions are not counted: the vendor does not either."""

    def __init__(self, gateway: SmsGateway, per_second: float) -> None:
        self._gateway, self._space, self._next = gateway, 1 / per_second, 0.0

    async def send(self, message: Sms) -> Accepted:
        """Waits for its turn, then as the gateway's own."""
        moment = asyncio.get_running_loop().time()
        turn = max(self._next, moment - CREDIT_SECONDS)
        self._next = turn + self._space
        await asyncio.sleep(max(0.0, turn - moment))
        return await self._gateway.send(message)

    async def find(self, phone: str, out_id: str, day: date, provider_id: str | None = None) -> Found | None:
        """As the gateway's own."""
        return await self._gateway.find(phone, out_id, day, provider_id)
