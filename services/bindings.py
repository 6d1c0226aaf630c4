"""Bindings 绑定: which specialist of the unit looks after a talent (SD-04), changed by the unit's leader alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted
from models.case import Case
from models.database import execute, new_id, row, rows, transaction
from models.roster import Binding
from services import audit
from services.actors import Actor
from services.regions import Region
from services.verbs import verb


def specialist_roles(region: Region) -> frozenset[str]:
    """Roles that handle what is bound to the very person; none in a region without bindings."""
    return frozenset(handler.role for matter in region.profile.matters.values() for step in matter.route if step.bound
                     for handler in step.handler if handler.role)


def binding_roles(region: Region) -> frozenset[str]:
    """Roles whose step lists 绑定: who may bind."""
    return frozenset(handler.role for matter in region.profile.matters.values() for step in matter.route
                     for handler in step.handler if handler.role and any(can.action.value == "bind" for can in step.can))


@verb
async def bind(region: Region, actor: Actor, talent_id: UUID, specialist_id: UUID, now: datetime) -> None:
    """Bind a talent of the actor's unit to one of its specialists; who was bound before is so no longer.

    Open cases at a specialist's step move to the new one. Raises :class:`NotPermitted`, :class:`NotFound`, :class:`Invalid`.
    """
    unit = await _unit_of(region, actor, talent_id)
    await _bind(region, actor, talent_id, specialist_id, unit, now)


@verb
async def bind_each(region: Region, actor: Actor, talents: Sequence[UUID], specialist_id: UUID, now: datetime) -> None:
    """All of them or none. Raises what :func:`bind` raises."""
    async with transaction():
        for talent in talents:
            await bind(region, actor, talent, specialist_id, now)


async def bind_for_case(region: Region, actor: Actor, case: Case, specialist_id: UUID, now: datetime) -> None:
    """The same as a step of a route, where the engine has asked already whether the actor may."""
    await _bind(region, actor, case.about_id or case.applicant_id, specialist_id, case.handler_org, now)


async def _bind(region: Region, actor: Actor, talent_id: UUID, specialist_id: UUID, unit: UUID, now: datetime) -> None:
    if not any(one.id == specialist_id for one in await specialists(region, unit)):
        raise Invalid({"person": "请从本单位已审核通过的服务专员中选择。"})
    async with transaction():
        await row("SELECT 1 FROM account WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, talent_id)
        await execute("UPDATE binding SET ended_at = $3 WHERE region = $1 AND talent_id = $2 AND ended_at IS NULL", region.code, talent_id, now)
        await Binding.create(region=region.code, id=new_id(), talent_id=talent_id, specialist_id=specialist_id, unit_id=unit,
                             bound_by=actor.account_id, bound_at=now)
        await _hand_over(region, talent_id, specialist_id)
        await audit.record(actor, "bind", "account", talent_id, {"specialist": str(specialist_id)}, now)


async def _hand_over(region: Region, talent_id: UUID, specialist_id: UUID) -> None:
    """What waits at a bound step waits for the new specialist."""
    steps = [step.step for matter in region.profile.matters.values() for step in matter.route if step.bound]
    await execute("UPDATE cases SET claimed_by = $3 WHERE region = $1 AND coalesce(about_id, applicant_id) = $2 AND state = 'handling' "
                  "AND step = ANY($4::text[]) AND handler_role = ANY($5::text[])",
                  region.code, talent_id, specialist_id, steps, list(specialist_roles(region)))


async def _unit_of(region: Region, actor: Actor, talent_id: UUID) -> UUID:
    """The unit of the talent, in which the actor must have a role that binds."""
    if not any(grant.role in binding_roles(region) for grant in actor.grants):
        raise NotPermitted
    found = await row("SELECT unit_id FROM account WHERE region = $1 AND id = $2 AND kind = 'talent'", region.code, talent_id)
    if found is None or not any(grant.organisation_id == found["unit_id"] and grant.role in binding_roles(region) for grant in actor.grants):
        raise NotFound
    return UUID(str(found["unit_id"]))


_SPECIALISTS = """
SELECT a.id, a.name, (SELECT count(*) FROM binding b WHERE b.region = a.region AND b.specialist_id = a.id AND b.ended_at IS NULL) AS bound
FROM role_grant g JOIN account a ON a.region = g.region AND a.id = g.account_id
WHERE g.region = $1 AND g.organisation_id = $2 AND g.role = ANY($3::text[]) AND g.ended_at IS NULL AND a.state = 'active' AND NOT a.provisional
ORDER BY a.name
"""


@dataclass(frozen=True)
class Specialist:
    """One who may be bound. ``bound``: how many talents she looks after now."""

    id: UUID
    name: str
    bound: int


async def specialists(region: Region, unit: UUID) -> list[Specialist]:
    """Approved specialists of a unit, by name."""
    found = await rows(_SPECIALISTS, region.code, unit, list(specialist_roles(region)))
    return [Specialist(one["id"], one["name"], one["bound"]) for one in found]


@dataclass(frozen=True)
class Bound:
    """A talent of the unit, with her specialist if she has one."""

    talent_id: UUID
    name: str
    specialist_id: UUID | None
    specialist: str


async def talents(region: Region, actor: Actor, units: Sequence[UUID]) -> list[Bound]:
    """The unit's talents; for a specialist only those that are bound to her (SD-05)."""
    only_own = not any(grant.role in binding_roles(region) for grant in actor.grants)
    found = await rows("SELECT a.id, a.name, b.specialist_id, s.name AS specialist FROM account a "
                       "LEFT JOIN binding b ON b.region = a.region AND b.talent_id = a.id AND b.ended_at IS NULL "
                       "LEFT JOIN account s ON s.region = b.region AND s.id = b.specialist_id "
                       "WHERE a.region = $1 AND a.kind = 'talent' AND a.unit_id = ANY($2::uuid[]) AND a.state = 'active' AND NOT a.provisional "
                       "AND (NOT $3 OR b.specialist_id = $4) ORDER BY b.specialist_id IS NOT NULL, a.name LIMIT 500",
                       region.code, list(units), only_own, actor.account_id)
    return [Bound(one["id"], one["name"], one["specialist_id"], one["specialist"] or "") for one in found]
