"""Joining 注册 as one act: the account, and the case that opens it where the region lets that case begin with the registration; and its correction,
with the answer to the return of that case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Conflict
from config.forms import REGISTERED, FormField
from models.account import Account, RoleGrant
from models.case import Case, CaseState
from models.database import transaction
from services import applications, limits, live, registration
from services.actors import Actor, Grant
from services.cases.engine import Outcome
from services.codes import Sender
from services.limits import Allowance
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


@dataclass(frozen=True)
class Correction:
    """What an applicant may correct of her registration while its case is with her. ``values``: what stands there, by the fields' names."""

    kind: str
    account: Account = field(repr=False)
    fields: tuple[FormField, ...]
    values: Mapping[str, str] = field(repr=False)


async def correction(region: Region, actor: Actor, case: Case) -> Correction | None:
    """Nothing unless the case reviews her own registration, was returned to her, and the account is not open yet."""
    found = region.profile.registering(case.matter)
    if found is None or case.state is not CaseState.RETURNED or case.applicant_id != actor.account_id:
        return None
    account = await Account.find(region.code, case.applicant_id)
    if not account.provisional:
        return None
    return Correction(found[0], account, registration.correctable(region, found[0]), await registration.registered(region, found[0], account))


@verb
async def resubmit(region: Region, actor: Actor, case_id: UUID, seen: int, given: Mapping[str, Any], now: datetime, *,
                   keep: bytes | None = None) -> Outcome:
    """Answer a return of one's registration (BZ-07): correct it and submit it again, or neither. Whatever else was returned goes its own way.

    ``given``: the matter's own form and, under ``account.…``, what was registered; none of it leaves it as it is. Raises what
    ``registration.correct`` and ``applications.resubmit`` raise, ``limits.UsedUp``.
    """
    typed, form = split(given)
    found = await correction(region, actor, await Case.find(region.code, case_id)) if typed else None
    if typed and found is None:
        raise Conflict("注册信息现在不能更正：只有退回给您修改时才可以。请刷新页面后再看。")
    if found is None:
        return await applications.resubmit(region, actor, case_id, seen, form, now)
    await limits.use(region.code, [Allowance("correction", str(actor.account_id), CORRECTIONS, registration.HOUR)], now)
    async with live.held_back(), transaction():
        corrected = await registration.correct(region, actor, found.kind, found.account, typed, now, keep=keep)
        return await applications.resubmit(region, actor, case_id, seen, form, now, corrected)


#: A correction says whether a number is taken, as a registration does (T11).
CORRECTIONS = 20


def split(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was registered, and everything else."""
    own = {name: value for name, value in given.items() if name.startswith(f"{REGISTERED}.")}
    return own, {name: value for name, value in given.items() if name not in own}


async def _actor(account: Account, sender: Sender, channel: str) -> Actor:
    grants = [Grant(one.organisation_id, "", one.role) for one in await RoleGrant.of(account.region, account_id=account.id, ended_at=None)]
    return Actor(account.region, account.id, account.name, account.kind, tuple(grants), channel, sender.address)
