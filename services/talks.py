"""What a chat remembers between two messages. It is in the database, so a restart forgets nothing, and one message at a time is at work on it.

Two messages that come close together are answered in the order in which they came: the second waits until the first has left its state.
"""

from datetime import datetime, timedelta
from typing import Any

import orjson

from config.keys import keys
from models.account import openid_index
from models.database import execute, row
from services.regions import Region

#: Older than this, a number means nothing any more and what was begun is over.
LASTS = timedelta(minutes=30)


async def hold(region: Region, app_id: str, openid: str, now: datetime) -> dict[str, Any]:
    """What is remembered, and the chat itself until the transaction ends; empty when it is over."""
    index = openid_index(app_id, openid)
    await execute("INSERT INTO talk (region, app_id, openid_index, changed_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                  region.code, app_id, index, now)
    found = await row("SELECT state_sealed, changed_at FROM talk WHERE region = $1 AND app_id = $2 AND openid_index = $3 FOR UPDATE",
                      region.code, app_id, index)
    if found is None or found["state_sealed"] is None or found["changed_at"] < now - LASTS:
        return {}
    return dict(orjson.loads(keys().unseal(bytes(found["state_sealed"]), region.code, "talk", "state", index.hex())))


async def keep(region: Region, app_id: str, openid: str, state: dict[str, Any], now: datetime) -> None:
    """Leave this for the next message."""
    index = openid_index(app_id, openid)
    sealed = keys().seal(orjson.dumps(state).decode(), region.code, "talk", "state", index.hex()) if state else None
    await execute("UPDATE talk SET state_sealed = $4, changed_at = $5 WHERE region = $1 AND app_id = $2 AND openid_index = $3",
                  region.code, app_id, index, sealed, now)


async def sweep(now: datetime) -> int:
    """Forget what is over."""
    return await execute("DELETE FROM talk WHERE changed_at < $1", now - LASTS)
