"""撤销操作: a mistaken act is taken back by whoever did it, within a minute, as long as nobody has built on it.

The act's statement keeps where the case stood; undoing leads the case there as a *new* version, so that history only grows. What the act tells waits
as long as it may be undone, and is withdrawn with it: nobody hears of what was not meant. An act whose effect began (a card, an admission, a
binding, a list on paper) keeps no place, and is never offered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from config.errors import NotFound
from config.routes import Matter
from config.vocabulary import Action
from models.case import Case, CaseState
from models.database import execute, json_value, row
from services.actors import Actor
from services.cases import effects
from services.cases.transitions import NotPossible
from services.regions import Region

#: Acts of handlers that change nothing but where a case stands, and say something of it.
UNDOABLE = frozenset({Action.APPROVE, Action.COMPLETE, Action.RETURN, Action.REJECT, Action.TRANSFER})


class NothingToUndo(NotPossible):
    """这一步已经不能撤销：超过了时间，或者已经有人接着办理。请按现在的状态办理，需要时请联系现在的承办机构。"""

    code = "nothing_to_undo"


@dataclass(frozen=True)
class Place:
    """Where a case stood, with its clock as it ran then."""

    state: CaseState
    step: str
    organisation: UUID
    role: str
    claimed_by: UUID | None
    step_at: datetime
    due_at: datetime | None
    due_left: int | None
    remind_plan: list[datetime]
    held_from: CaseState | None
    slot_id: UUID | None
    organisations: list[UUID]
    action: Action


#: CTE of the statement of an act: the place as the act found it. {until} and {by}: SQL; nothing is kept where there is no ``until``.
KEEP = """kept AS (
    INSERT INTO case_undo (region, case_id, seq, by_id, until, place)
    SELECT m.region, m.id, m.version, {by}, {until}, jsonb_build_object(
        'state', b.state, 'step', b.step, 'handler_org', b.handler_org, 'handler_role', b.handler_role, 'claimed_by', b.claimed_by,
        'step_at', b.step_at, 'due_at', b.due_at, 'due_left', b.due_left, 'remind_plan', to_jsonb(b.remind_plan), 'held_from', b.held_from,
        'slot_id', b.slot_id, 'organisations', to_jsonb(b.organisations), 'action', {action}::text)
    FROM moved m JOIN cases b ON (b.region, b.id) = (m.region, m.id) WHERE {until} IS NOT NULL
    ON CONFLICT (region, case_id) DO UPDATE SET seq = EXCLUDED.seq, by_id = EXCLUDED.by_id, until = EXCLUDED.until, place = EXCLUDED.place
)"""


def until(region: Region, actor: Actor, matter: Matter, action: Action, ends_as: CaseState, now: datetime) -> datetime | None:
    """Till when an act may be undone, if at all; so long its tellings wait. An end that had its effect is one for good."""
    took_effect = ends_as is CaseState.COMPLETED and matter.effect is not None
    if action not in UNDOABLE or took_effect or actor.account_id is None or not region.profile.undo_seconds:
        return None
    return now + timedelta(seconds=region.profile.undo_seconds)


async def hold(region: str, case_id: UUID) -> Case:
    """The case, on which nobody acts, which nobody rates or puts on a list, until the transaction ends. Raises :class:`NotFound`."""
    found = await row("SELECT * FROM cases WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region, case_id)
    if found is None:
        raise NotFound
    return Case.read(found)


async def place_before(region: Region, actor: Actor, case: Case, now: datetime) -> Place | None:
    """Where a case that is held goes back to; nothing where the actor's last act cannot be undone, or not any more."""
    found = await row("SELECT until, place FROM case_undo WHERE region = $1 AND case_id = $2 AND by_id = $3 AND seq = $4",
                      region.code, case.id, actor.account_id, case.version)
    if found is None or found["until"] <= now or await row(_BUILT_ON, region.code, case.id) is not None:
        return None
    place = _read(json_value(found["place"]))
    return place if actor.handles(place.organisation, place.role) else None


#: What stands on a case without being an act on it: a rating, a list that is being reported.
_BUILT_ON = """
SELECT 1 FROM rating WHERE region = $1 AND case_id = $2
UNION ALL SELECT 1 FROM roster_member WHERE region = $1 AND case_id = $2 AND live
"""


def _read(found: Mapping[str, Any]) -> Place:
    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(found[name]) if found[name] else None

    def id(name: str) -> UUID | None:
        return UUID(found[name]) if found[name] else None

    return Place(CaseState(found["state"]), found["step"], UUID(found["handler_org"]), found["handler_role"], id("claimed_by"),
                 datetime.fromisoformat(found["step_at"]), moment("due_at"), found["due_left"],
                 [datetime.fromisoformat(one) for one in found["remind_plan"]], CaseState(found["held_from"]) if found["held_from"] else None,
                 id("slot_id"), [UUID(one) for one in found["organisations"]], Action(found["action"]))


async def take_slot_again(case: Case, place: Place) -> UUID | None:
    """The slot that the act gave back. Raises :class:`NothingToUndo` when somebody else has it by now."""
    try:
        return await effects.settle_slot(case, place.slot_id, released=False)
    except effects.SlotFull:
        raise NothingToUndo("这个办件占用的时段已被别人约走，不能撤销。请按现在的状态办理，并联系申请人另约时间。") from None


async def withdraw_tellings(case: Case, now: datetime) -> None:
    """What the act was to tell and has not told is dropped. Raises :class:`NothingToUndo` when something is on its way already."""
    about = f"%:{case.id}:{case.version}:%"
    await execute("UPDATE notification SET state = 'dropped', provider_code = 'undone', settled_at = $4 WHERE region = $1 AND subject_id = $2 "
                  "AND dedupe_key LIKE $3 AND state = 'pending'", case.region, case.id, about, now)
    if await row("SELECT 1 FROM notification WHERE region = $1 AND subject_id = $2 AND dedupe_key LIKE $3 AND provider_code <> 'undone'",
                 case.region, case.id, about) is not None:
        raise NothingToUndo


@dataclass(frozen=True)
class Offer:
    """An act that the actor may take back now. ``done``: what she did, in words; ``seen``: the version that it made."""

    case_id: UUID
    number: str
    done: str
    seen: int
    seconds: int


_OFFER = """
SELECT c.id, c.number, c.version, u.until, e.detail ->> 'done' AS done
FROM case_undo u JOIN cases c ON (c.region, c.id, c.version) = (u.region, u.case_id, u.seq)
JOIN case_event e ON (e.region, e.case_id, e.seq) = (u.region, u.case_id, u.seq)
WHERE u.region = $1 AND u.case_id = $2 AND u.by_id = $3 AND u.until > $4
"""


async def offer(region: Region, actor: Actor, case_id: UUID, now: datetime) -> Offer | None:
    """What a page offers right after an act."""
    found = await row(_OFFER, region.code, case_id, actor.account_id, now)
    if found is None:
        return None
    return Offer(found["id"], found["number"], found["done"], found["version"], max(1, int((found["until"] - now).total_seconds())))


async def sweep(now: datetime) -> int:
    """Clear away what can be undone no more; how many."""
    return await execute("DELETE FROM case_undo WHERE until < $1", now - timedelta(hours=1))
