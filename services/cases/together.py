"""Many cases go on together (汇总提交): what :mod:`services.cases.engine` does for one, in a few statements for all of them.

The same table decides what may be done, the same routing where it leads; only the writing differs. The caller has locked the cases, and announces
the outcomes after its commit.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import NotFound
from config.routes import Can, Matter
from config.vocabulary import Action
from models.case import Case, CaseState
from models.database import json_text, row, rows
from services import regions
from services.actors import Actor
from services.cases import effects, engine, facts, moves, paper, routing, telling, transitions
from services.cases.deadlines import Clock
from services.cases.engine import Outcome, Request
from services.cases.moves import Move
from services.cases.scope import may_see
from services.cases.transitions import Transition
from services.regions import Region

#: So many cases are looked at, and so many told of, at a stretch; in between other requests have their turn.
PIECE = 250


@dataclass(frozen=True)
class _Going:
    """One case on its way."""

    case: Case
    kept: Region
    matter: Matter
    transition: Transition
    can: Can | None
    move: Move

    @property
    def way(self) -> tuple[Any, ...]:
        """Those of one way are written by one statement."""
        return self.kept.version, self.case.matter, self.case.step, self.case.handler_org, self.move.state, self.move.step.step, \
            self.move.organisation, self.move.role


async def send_on(region: Region, actor: Actor, cases: Sequence[Case], roster: UUID, number: str, now: datetime) -> list[Outcome]:
    """Each goes on with the list ``roster``, whose number the next handlers read; in the given order. All of them or none: raises as
    :func:`engine.apply` does."""
    await effects.require_listed(region.code, [case.id for case in cases], roster)
    going = await _looked_at(region, actor, cases, roster, now)
    ways: dict[tuple[Any, ...], list[_Going]] = {}
    for one in going:
        ways.setdefault(one.way, []).append(one)
    after: dict[UUID, Case] = {}
    for group in ways.values():
        after |= await _go(actor, group, number, now)
    return [Outcome(after[case.id], Action.SEND_ON, tuple({case.handler_org, after[case.id].handler_org})) for case in cases]


async def _looked_at(region: Region, actor: Actor, cases: Sequence[Case], roster: UUID, now: datetime) -> list[_Going]:
    """Every rule of an act, case by case; what routing must know is asked for all at once."""
    known = await facts.of_cases(region.code, [(await regions.at(region.code, case.profile_version)).matter(case.matter) for case in cases], cases)
    clocks: dict[tuple[int, str, str], Clock] = {}
    going = []
    for place, case in enumerate(cases, 1):
        if not may_see(region, actor, case):
            raise NotFound
        kept = await regions.at(region.code, case.profile_version)
        matter, (transition, can) = kept.matter(case.matter), transitions.find(kept, actor, case, Action.SEND_ON)
        engine.check_request(kept, transition, can, matter, Request(Action.SEND_ON, case.version, roster=roster))
        await paper.require(matter, case, matter.step(case.step), Action.SEND_ON)
        placed = await routing.after(matter, case.step, known[case.id])
        going.append(_Going(case, kept, matter, transition, can, moves.moved_to(kept, case, placed, now, clocks)))
        if place % PIECE == 0:
            await asyncio.sleep(0)
    return going


#: $2 cases, $3 the version of each, $4 to whom it is bound next, $5 what is noted of each.
_GO = """
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::integer[], $4::uuid[], $5::text[]) AS a (id, version, claimed_by, detail)
), moved AS (
    UPDATE cases c SET version = c.version + 1, updated_at = $6::timestamptz, state = $7, step = $8, handler_org = $9::uuid, handler_role = $10,
           claimed_by = a.claimed_by, step_at = $11, due_at = $12, due_left = NULL, remind_at = $13, remind_plan = $14::timestamptz[],
           held_from = NULL, closed_at = CASE WHEN $15::boolean THEN $6::timestamptz END,
           organisations = CASE WHEN $9::uuid = ANY (c.organisations) THEN c.organisations ELSE c.organisations || $9::uuid END
    FROM asked a WHERE c.region = $1 AND c.id = ANY ($2::uuid[]) AND c.id = a.id AND c.version = a.version
    RETURNING c.*, a.detail
), event AS (
    INSERT INTO case_event (region, case_id, seq, actor_id, actor_name, organisation_id, organisation_name, channel, action, from_step, to_step,
                            detail, at)
    SELECT region, id, version, $16::uuid, $17, $18::uuid, $19, $20, 'send_on', $21, $8, detail::jsonb, $6::timestamptz FROM moved
)
SELECT * FROM moved
"""
_WHO = f"SELECT {telling.who('$2::uuid', '$3::uuid', '$4::text', '$5::timestamptz')}"


async def _go(actor: Actor, group: Sequence[_Going], number: str, now: datetime) -> dict[UUID, Case]:
    """Write those of one way, do what their end does, and tell whom it concerns."""
    first = group[0]
    move, before, grant = first.move, first.case, actor.grant_in(first.case.handler_org) or (actor.grants[0] if actor.grants else None)
    found = await rows(
        _GO, before.region, [one.case.id for one in group], [one.case.version for one in group], [one.move.claimed_by for one in group],
        [json_text(_noted(one, now)) for one in group], now, move.state.value, move.step.step, move.organisation, move.role, move.step_at,
        move.clock.due_at, move.clock.remind_at, move.clock.plan, move.closed, actor.account_id, actor.name,
        grant.organisation_id if grant else None, grant.organisation_name if grant else "", actor.channel, before.step)
    after = {one["id"]: Case.read(one) for one in found}
    for one in group:
        if one.case.id not in after:
            raise await engine.meanwhile(await Case.find(before.region, one.case.id))
    if move.state is CaseState.COMPLETED and first.matter.effect is not None:
        for one in group:
            await effects.follow(one.kept, actor, first.matter.effect, after[one.case.id], "", now)
    await _tell(first, [after[one.case.id] for one in group], number, now)
    return after


def _noted(one: _Going, now: datetime) -> Mapping[str, Any]:
    said = {"done": (one.can.done if one.can else "") or Action.SEND_ON.label,
            "used": moves.used(one.kept, one.matter, one.case, one.transition, now)}
    return {key: value for key, value in said.items() if value}


async def _tell(first: _Going, cases: Sequence[Case], number: str, now: datetime) -> None:
    heard_by = telling.audience(Action.SEND_ON, first.case, first.move.state, first.move.organisation, first.move.role)
    heard = await row(_WHO, first.case.region, heard_by.acting, heard_by.hearing, first.move.role, now)
    assert heard is not None  # it has no table that could be empty
    for start in range(0, len(cases), PIECE):
        await telling.tell_applicants(first.kept, first.matter, cases[start:start + PIECE], Action.SEND_ON, heard, can=first.can, now=now)
        await asyncio.sleep(0)
    await telling.tell_handlers(first.kept, first.matter, cases, Action.SEND_ON, heard, number, now)
