"""Joining 注册 as one act: the account, and the case that opens it where the region lets that case begin with the registration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from models.account import Account, RoleGrant
from models.case import Case
from models.database import transaction
from services import applications, live, registration
from services.actors import Actor, Grant
from services.codes import Sender
from services.regions import Region
from services.verbs import verb


@dataclass(frozen=True)
class Joined:
    """``case``: what was submitted along; none where something else must be filled in first, or nobody reviews."""

    account: Account = field(repr=False)
    unit_id: UUID | None
    case: Case | None


@verb
async def join(region: Region, kind: str, given: Mapping[str, Any], agreed: str, sender: Sender, channel: str, now: datetime) -> Joined:
    """:func:`registration.register`, and ``at_once`` its case. Either both are there or neither is.

    Raises what ``register`` raises, and what ``applications.submit`` raises.
    """
    async with live.held_back(), transaction():
        made = await registration.register(region, kind, given, agreed, sender, now)
        way = registration.asked(region, kind).way
        if not way.at_once or way.matter is None:
            return Joined(made.account, made.unit_id, None)
        form = {field.field: given[field.field] for field in region.matter(way.matter).form if field.field in given}
        outcome = await applications.submit(region, await _actor(made.account, sender, channel), way.matter, form, now)
    return Joined(made.account, made.unit_id, outcome.case)


async def _actor(account: Account, sender: Sender, channel: str) -> Actor:
    grants = [Grant(one.organisation_id, "", one.role) for one in await RoleGrant.of(account.region, account_id=account.id, ended_at=None)]
    return Actor(account.region, account.id, account.name, account.kind, tuple(grants), channel, sender.address)
