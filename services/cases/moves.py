"""Where a case goes: the place, the state and the clock in which an act leaves it. Nothing is written here.

The table of transitions says which way, the profile's route where that leads, and the calendar until when.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from config.errors import Invalid
from config.routes import Can, Matter, Step
from config.vocabulary import Action, FieldType
from models.case import Case, CaseState
from models.database import row
from services.actors import Actor
from services.cases import deadlines, facts, routing
from services.cases.deadlines import Clock
from services.cases.routing import Facts
from services.cases.transitions import Target, Transition, Who
from services.cases.undoing import Place
from services.regions import Region


class Asked(Protocol):
    """What of an act decides where it leads: ``engine.Request``."""

    @property
    def action(self) -> Action: ...
    @property
    def organisation(self) -> UUID | None: ...
    @property
    def form(self) -> Mapping[str, Any] | None: ...
    @property
    def number(self) -> int | None: ...


@dataclass(frozen=True)
class Move:
    """Where a case stands after an act."""

    state: CaseState
    step: Step
    organisation: UUID
    role: str
    clock: Clock
    step_at: datetime
    claimed_by: UUID | None = None
    held_from: CaseState | None = None

    @property
    def closed(self) -> bool:
        return self.state in (CaseState.COMPLETED, CaseState.REJECTED, CaseState.WITHDRAWN)


async def destination(region: Region, matter: Matter, case: Case, transition: Transition, can: Can | None, asked: Asked, actor: Actor,
                      now: datetime) -> Move:
    """Where an act leads the case. Raises :class:`Invalid` for an organisation that cannot have it, ``routing.NoHandler``."""
    here = _here(matter, case)
    if transition.target is Target.STAY:
        return replace(here, claimed_by=_claim(here, asked.action, actor))
    if transition.target is Target.END:
        return _ended(here, transition.ends_as or CaseState.COMPLETED)
    if transition.target is Target.ELSEWHERE:
        return await _elsewhere(region, here, asked, now)
    if transition.target in (Target.PAUSE, Target.UNPAUSE):
        return _paused(region, here, now) if transition.target is Target.PAUSE else _unpaused(region, here, now)
    known = await facts.of_case(matter, case, asked.form or case.data, asked.number)
    if transition.target is Target.FOLLOW:
        return await _follow(region, matter, here, known, now)
    if transition.target is Target.BACK:
        return await _back(region, matter, here, can, known, now)
    if transition.target is Target.AGAIN:
        return await _again(region, matter, case, here, known, now)
    placed = await routing.after(matter, case.step, known)
    return _ended(here, CaseState.COMPLETED) if placed is None else _begun(region, placed, now)


def _here(matter: Matter, case: Case) -> Move:
    return Move(case.state, matter.step(case.step), case.handler_org, case.handler_role,
                Clock(case.due_at, case.due_left, list(case.remind_plan)), case.step_at, case.claimed_by, case.held_from)


def moved_to(region: Region, case: Case, placed: routing.Placed | None, now: datetime, clocks: dict[tuple[int, str, str], Clock]) -> Move:
    """The move of one of many to its next place, or to its end; ``clocks`` keeps those of steps that begin at the same moment."""
    if placed is None:
        return _ended(_here(region.matter(case.matter), case), CaseState.COMPLETED)
    key = (region.version, case.matter, placed.step.step)
    if key not in clocks:
        clocks[key] = deadlines.begin(region.profile, placed.step, now)
    return Move(CaseState.HANDLING, placed.step, placed.organisation, placed.role, clocks[key], now, placed.claimed_by)


def _claim(here: Move, action: Action, actor: Actor) -> UUID | None:
    if action is Action.CLAIM:
        return actor.account_id
    return None if action is Action.RELEASE else here.claimed_by


def _ended(here: Move, state: CaseState) -> Move:
    return replace(here, state=state, clock=Clock(None, None, []), claimed_by=None, held_from=None)


def _begun(region: Region, placed: routing.Placed, now: datetime) -> Move:
    return Move(CaseState.HANDLING, placed.step, placed.organisation, placed.role, deadlines.begin(region.profile, placed.step, now), now,
                placed.claimed_by)


async def _elsewhere(region: Region, here: Move, asked: Asked, now: datetime) -> Move:
    """The step begins anew at the other organisation, which must have somebody who can handle it."""
    if asked.organisation == here.organisation:
        raise Invalid({"organisation": "办件已经在这个机构，请选择其他机构。"})
    found = await row("SELECT 1 FROM organisation o WHERE o.region = $1 AND o.id = $2 AND o.state = 'active' AND EXISTS "
                      "(SELECT 1 FROM role_grant g WHERE g.region = o.region AND g.organisation_id = o.id AND g.role = $3 AND g.ended_at IS NULL)",
                      region.code, asked.organisation, here.role)
    if found is None or asked.organisation is None:
        raise Invalid({"organisation": "这个机构目前没有能办理此环节的人员，请选择其他机构。"})
    return _begun(region, routing.Placed(here.step, asked.organisation, here.role), now)


async def _follow(region: Region, matter: Matter, here: Move, known: Facts, now: datetime) -> Move:
    """To the applicant's new unit; at a bound step nobody there is bound to her yet, so that it begins with the binding."""
    before = matter.route[:matter.route.index(here.step)]
    binding = next((step for step in reversed(before) if step.allows(Action.BIND)), here.step) if here.step.bound else here.step
    placed = await routing.at(matter, binding.step, known)
    if here.state is CaseState.HANDLING:
        return _begun(region, placed, now)
    return replace(here, step=placed.step, organisation=placed.organisation, role=placed.role, claimed_by=None)


async def _back(region: Region, matter: Matter, here: Move, can: Can | None, known: Facts, now: datetime) -> Move:
    if can is not None and can.to is not None:
        return _begun(region, await routing.at(matter, can.to, known), now)
    return replace(here, state=CaseState.RETURNED, claimed_by=None, clock=_stopped(region, here, now))


async def _again(region: Region, matter: Matter, case: Case, here: Move, known: Facts, now: datetime) -> Move:
    """From the applicant to the handler who returned it, unless the profile, or another choice of organisation, sends it to the start."""
    chosen = [field.field for field in matter.form if field.type is FieldType.ORGANISATION]
    elsewhere = any(known.form.get(name) != case.data.get(name) for name in chosen)
    if matter.resubmit == "first_step" or elsewhere:
        return _begun(region, await routing.first(matter, known), now)
    clock = here.clock if here.clock.due_at else deadlines.go_on(region.profile, here.clock.left or 0, now)
    return replace(here, state=CaseState.HANDLING, clock=clock, claimed_by=known.specialist if here.step.bound else None)


def _stopped(region: Region, here: Move, now: datetime) -> Clock:
    return deadlines.stop(region.profile, here.clock.due_at, now) if here.clock.due_at else here.clock


def _paused(region: Region, here: Move, now: datetime) -> Move:
    return replace(here, state=CaseState.HELD, held_from=here.state, clock=_stopped(region, here, now))


def _unpaused(region: Region, here: Move, now: datetime) -> Move:
    state = here.held_from or CaseState.HANDLING
    clock = deadlines.go_on(region.profile, here.clock.left or 0, now) if state is CaseState.HANDLING else here.clock
    return replace(here, state=state, held_from=None, clock=clock)


async def back_to(matter: Matter, case: Case, place: Place) -> Move:
    """Where the case stood before the act that is undone; at a bound step it waits for whom the person is bound to now."""
    step = matter.step(place.step)
    claimed_by = (await facts.of_case(matter, case, case.data, None)).specialist if step.bound else place.claimed_by
    return Move(place.state, step, place.organisation, place.role, Clock(place.due_at, place.due_left, place.remind_plan), place.step_at, claimed_by,
                place.held_from)


def used(region: Region, matter: Matter, before: Case, transition: Transition, now: datetime) -> int | None:
    """Working seconds of the step's limit that a handler took until she gave the case out of her hands: what the figures count."""
    if transition.who is not Who.HANDLER or transition.target is Target.STAY or before.due_at is None:
        return None
    return deadlines.used(region.profile, matter.step(before.step), before.due_at, now)
