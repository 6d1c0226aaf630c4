"""Who looked at, exported or changed what: one row, in the transaction of the act itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from models.database import execute, json_text, new_id
from services.actors import Actor


async def record(actor: Actor, act: str, subject: str, subject_id: UUID | None, detail: Mapping[str, Any], now: datetime) -> None:
    """Write it down. ``act`` and ``subject`` are words of the code (``suspend``, ``account``); ``detail`` holds no numbers of persons."""
    await execute("INSERT INTO audit (region, id, actor_id, actor_name, act, subject, subject_id, detail, address, at) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10)",
                  actor.region, new_id(), actor.account_id, actor.name, act, subject, subject_id, json_text(dict(detail)), actor.address, now)
