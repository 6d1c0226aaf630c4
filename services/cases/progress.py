"""Progress as people see it: each step done (blue), under way (red), at rest, or not begun (black), and the history with every opinion.

Pure: drawn from the route that the case keeps, its events, and nothing else (SD-13, WH-52).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from config.routes import Matter
from config.vocabulary import Action
from models.case import Case, CaseState, read_said
from models.database import json_value, rows


class Stage(StrEnum):
    """How far a step is. ``WAITING``: for the applicant, who is to mend her form; ``PAUSED``: until her card is in force again."""

    DONE = "done"
    CURRENT = "current"
    WAITING = "waiting"
    PAUSED = "paused"
    TODO = "todo"


#: The stage of the step where a case stands. One that ended early is under way no more, and its last step was never done.
PRESENT = {CaseState.HANDLING: Stage.CURRENT, CaseState.RETURNED: Stage.WAITING, CaseState.HELD: Stage.PAUSED}


@dataclass(frozen=True)
class Event:
    """One line of history. ``done``: what happened, in words; ``marks``: field → what was wrong with it; ``corrected``: what of a registration is
    otherwise since the return, by name. ``undone``: taken back by whoever did it.
    """

    seq: int
    action: Action
    done: str
    actor: str
    organisation: str
    channel: str
    from_step: str | None
    to_step: str | None
    opinion: str
    choice: str
    at: datetime
    marks: dict[str, str] = field(default_factory=dict)
    corrected: tuple[str, ...] = ()
    undone: bool = False


@dataclass(frozen=True)
class StepView:
    """One step for the route component of every face."""

    code: str
    name: str
    stage: Stage
    organisation: str = ""
    actor: str = ""
    opinion: str = ""
    at: datetime | None = None
    due_at: datetime | None = None


async def history(region: str, case_id: UUID) -> list[Event]:
    """All events of a case, oldest first."""
    found = await rows("SELECT * FROM case_event WHERE region = $1 AND case_id = $2 ORDER BY seq", region, case_id)
    taken_back = {event["seq"] - 1 for event in found if event["action"] == Action.UNDO}
    return [_event(event, event["seq"] in taken_back) for event in found]


def for_applicant(events: Sequence[Event]) -> list[Event]:
    """As whoever applied reads them: what was said by mistake, and taken back, was not said to her."""
    return [replace(event, opinion="", marks={}) if event.undone else event for event in events]


def _event(found: dict[str, Any], undone: bool) -> Event:
    detail = json_value(found["detail"])
    action, (opinion, marks) = Action(found["action"]), read_said(found)
    done = (detail.get("done") or action.label) + ("（已撤销）" if undone else "")
    return Event(found["seq"], action, done, found["actor_name"], found["organisation_name"], found["channel"],
                 found["from_step"], found["to_step"], opinion, detail.get("choice", ""), found["at"], marks,
                 tuple(detail.get("corrected", ())), undone)


def route(matter: Matter, case: Case, events: Sequence[Event], organisation: str) -> list[StepView]:
    """The whole route with what has been done on it; ``organisation`` has the case now."""
    codes = [step.step for step in matter.route]
    here = len(codes) if case.state is CaseState.COMPLETED else codes.index(case.step)
    views = []
    for number, step in enumerate(matter.route):
        last = next((event for event in reversed(events) if event.from_step == step.step and event.action in ONWARD
                     and not event.undone), None)
        if number < here and last is not None:
            views.append(StepView(step.step, step.name, Stage.DONE, last.organisation, last.actor, last.opinion, last.at))
        elif number == here:
            views.append(StepView(step.step, step.name, PRESENT.get(case.state, Stage.TODO), organisation, due_at=case.due_at, at=case.step_at))
        elif number > here:
            views.append(StepView(step.step, step.name, Stage.TODO))
    return views


#: The acts that put a step behind a case; a step that was skipped has none, and is not drawn.
ONWARD = frozenset({Action.APPROVE, Action.COMPLETE, Action.BIND, Action.SEND_ON})


def faults(events: Sequence[Event]) -> dict[str, str]:
    """The marks of the last return, until the applicant has answered them."""
    for event in reversed([event for event in events if not event.undone]):
        if event.action is Action.RESUBMIT:
            return {}
        if event.action is Action.RETURN:
            return event.marks
    return {}
