"""Who looked at, exported or changed what: one row, in the transaction of the act itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from config.errors import NotPermitted
from config.vocabulary import Permission
from models.audit import Audit
from models.database import execute, json_text, new_id
from services.actors import Actor
from services.regions import Region


async def record(actor: Actor, act: str, subject: str, subject_id: UUID | None, detail: Mapping[str, Any], now: datetime) -> None:
    """Write it down. ``act`` and ``subject`` are words of the code (``suspend``, ``account``); ``detail`` holds no numbers of persons."""
    await execute("INSERT INTO audit (region, id, actor_id, actor_name, act, subject, subject_id, detail, address, at) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10)",
                  actor.region, new_id(), actor.account_id, actor.name, act, subject, subject_id, json_text(dict(detail)), actor.address, now)


@dataclass(frozen=True)
class Wanted:
    """What is looked for; unset parts do not narrow."""

    actor: str = ""
    act: str = ""
    since: date | None = None
    until: date | None = None


async def search(region: Region, actor: Actor, wanted: Wanted, *, limit: int = 50, offset: int = 0) -> list[Audit]:
    """Lines of the audit, newest first, by the actor's whole name, the act and days. Raises :class:`NotPermitted`."""
    if not actor.may(Permission.MANAGE_ACCOUNTS, region.profile):
        raise NotPermitted
    conditions: dict[str, Any] = {"actor_name": wanted.actor} if wanted.actor else {}
    if wanted.act:
        conditions["act"] = wanted.act
    if wanted.since:
        conditions["at__gte"] = datetime.combine(wanted.since, time(), region.profile.tz)
    if wanted.until:
        conditions["at__lt"] = datetime.combine(wanted.until + timedelta(days=1), time(), region.profile.tz)
    return await Audit.of(region.code, **conditions).order_by("-at", "-id").offset(offset).limit(min(limit, 101))
