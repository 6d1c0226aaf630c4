"""10,000 notifications through a gateway that answers over the wire: how much of the time that its rate allows is left unused (5 % at most)."""

import asyncio
import os
import time
from datetime import datetime
from datetime import time as clock_time
from urllib.parse import urlsplit

from bench.ground import Ground, filled, process
from bench.rounds import Line
from bench.scan import free_port
from config import clock
from config.settings import settings
from config.vocabulary import NotificationKind
from models.account import Account, AccountKind
from models.database import new_id, row, rows
from services import delivery, notifications
from services.notifications import Message
from services.regions import Region
from sms.aliyun import AliyunGateway
from sms.pace import Pace, Paced

COUNT, PEOPLE = 10_000, 2_000
#: As the worker does.
HANDS = 2
GOAL = 0.05


async def measure(ground: Ground) -> list[Line]:
    port, smtp_port = free_port(), free_port()
    with process("-m", "sandbox", "--port", str(port), "--smtp-port", str(smtp_port), environment=dict(os.environ),
                 ready=f"http://127.0.0.1:{port}/sandbox/version"):
        async with filled(ground) as region:
            noon = datetime.combine(clock.now().astimezone(region.profile.tz).date(), clock_time(12), region.profile.tz)
            await _wait_for(region, noon)
            return [await _drained(f"http://127.0.0.1:{port}", noon)]


async def _wait_for(region: Region, now: datetime) -> None:
    """So many rows that wait, five a person: nobody has had enough for a day."""
    people = []
    for number in range(PEOPLE):
        one = Account(region=region.code, id=new_id(), kind=AccountKind.TALENT, name="周敏", login_name=f"sms{number}", created_at=now)
        people.append(one.put_phone(f"1990{number:07d}"))
    await Account.bulk_create(people, batch_size=500)
    await notifications.tell_all(region, [
        Message(NotificationKind.CARD_ENABLED, f"bench:{number}", {"card": "英才卡", "phone": region.phone}, people[number % PEOPLE].id)
        for number in range(COUNT)], now)
    await rows("ANALYZE notification")


async def _drained(url: str, now: datetime) -> Line:
    config = settings()
    gateway = AliyunGateway(config.sms_access_key_id, config.sms_access_key_secret.get_secret_value(), endpoint=urlsplit(url).netloc,
                            plain_http=True)
    paced, began = Paced(gateway, Pace(config.sms_rate)), time.perf_counter()

    async def hand() -> None:
        while await delivery.drain(paced, now):
            pass

    await asyncio.gather(*(hand() for _ in range(HANDS)))
    took = time.perf_counter() - began
    gateway.close()
    found = await row("SELECT count(*) AS sent FROM notification WHERE state = 'accepted' AND dedupe_key LIKE 'bench:%'")
    assert found is not None and found["sent"] == COUNT, found
    idle = max(0.0, 1 - COUNT / config.sms_rate / took)
    return Line(f"{COUNT:,} SMS handed over in {took:.0f} s: idle", f"the {config.sms_rate} a second of `GREENLANE_SMS_RATE`", f"{idle:.1%}",
                f"≤ {GOAL:.0%}", idle <= GOAL)
