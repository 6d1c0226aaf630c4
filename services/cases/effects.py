"""What follows from an act beside the case itself: places in slots are taken and given back; a route's end has its effect."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from importlib import import_module
from operator import itemgetter
from typing import Protocol, cast
from uuid import UUID

from config.errors import Conflict, Invalid
from config.routes import Step
from config.vocabulary import Action, Effect
from models.case import Case
from models.database import execute, row
from services.actors import Actor
from services.regions import Region

#: What an end does: ``(region, actor, case, choice, now)``, in the transaction of the last act. ``choice``: the result that was chosen there.
Following = Callable[[Region, Actor, Case, str, datetime], Awaitable[None]]

#: By name, because these modules stand above the engine: they start cases and act on them themselves.
FOLLOWING = {
    Effect.ADMIT_UNIT: "services.admissions:admit_unit",
    Effect.OPEN_ACCOUNT: "services.admissions:open_account",
    Effect.ADMIT_DOSSIER: "services.admissions:admit_dossier",
    Effect.RECOGNISE: "services.admissions:recognise",
    Effect.ISSUE_CARD: "services.cards:issue_card",
    Effect.CHANGE_EXPERT: "services.expert_changes:change_expert",
    Effect.CLOSE_ACCOUNT: "services.closing:close_account",
}


def following(effect: Effect) -> Following:
    """The function behind a name. Raises ``AttributeError`` or ``ModuleNotFoundError`` for one that is not there."""
    module, _, name = FOLLOWING[effect].partition(":")
    return cast(Following, getattr(import_module(module), name))


async def follow(region: Region, actor: Actor, effect: Effect, case: Case, choice: str, now: datetime) -> None:
    """Do what the end of a route does; either all of it happens or the last act did not."""
    await following(effect)(region, actor, case, choice, now)


class Preparing(Protocol):
    """What is asked of an act: ``engine.Request``."""

    @property
    def action(self) -> Action: ...
    @property
    def person(self) -> UUID | None: ...
    @property
    def roster(self) -> UUID | None: ...


async def prepare(region: Region, actor: Actor, case: Case, step: Step, act: Preparing, now: datetime) -> bool:
    """What an act does before the case moves: bind a specialist; let go of a roster that no longer says the truth. Whether it did anything."""
    if act.action is Action.BIND:
        if act.person is None:
            raise Invalid({"person": "请选择要绑定的服务专员。"})
        await import_module("services.bindings").bind_for_case(region, actor, case, act.person, now)
    if act.roster is not None and await row(_ON_LIST, region.code, case.id, act.roster) is None:
        raise Invalid({"roster": "这件申请不在这份已提交的名单上。"})
    if step.roster is not None and act.roster is None and act.action not in UNTOUCHED:
        await row("SELECT 1 FROM cases WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, case.id)  # a list that is being made is seen
        return await execute(_VOID, region.code, case.id, f"{case.number} 有变动：{act.action.label}") > 0
    return act.action is Action.BIND


_ON_LIST = """
SELECT 1 FROM roster r JOIN roster_member m ON (m.region, m.roster_id) = (r.region, r.id)
WHERE r.region = $1 AND m.case_id = $2 AND r.id = $3 AND r.state = 'submitted'
"""



async def require_listed(region: str, cases: Sequence[UUID], roster: UUID) -> None:
    """What :func:`prepare` asks of one case that goes on with a list, of all of them at once."""
    found = await row("SELECT count(*) AS listed FROM roster_member m JOIN roster r ON (r.region, r.id) = (m.region, m.roster_id) "
                      "WHERE m.region = $1 AND m.roster_id = $2 AND m.case_id = ANY ($3::uuid[]) AND r.state = 'submitted'",
                      region, roster, list(cases))
    if found is None or found["listed"] < len(set(cases)):
        raise Invalid({"roster": "这件申请不在这份已提交的名单上。"})


#: A member that moves voids the list that it stands on, and lets the other members go.
_VOID = """
WITH void AS (
    UPDATE roster r SET state = 'void', void_reason = $3, version = r.version + 1 FROM roster_member m
    WHERE r.region = $1 AND r.state IN ('open', 'stamped') AND m.region = r.region AND m.roster_id = r.id AND m.case_id = $2 AND m.live
    RETURNING r.id
)
UPDATE roster_member m SET live = false FROM void WHERE m.region = $1 AND m.roster_id = void.id
"""

#: What changes nothing that a roster says of its members.
UNTOUCHED = frozenset({Action.CLAIM, Action.RELEASE, Action.REMIND})


class SlotFull(Conflict):
    """这个时段刚刚约满了，您填写的内容没有丢失，请换一个时段。"""

    code = "slot_full"


async def take_slot(region: str, slot_id: UUID) -> None:
    """Take one place; the constraint on the row decides races (R1). Raises :class:`SlotFull`."""
    taken = await execute("UPDATE slot SET taken = taken + 1 WHERE region = $1 AND id = $2 AND taken < capacity", region, slot_id)
    if taken != 1:
        raise SlotFull


async def give_back_slot(region: str, slot_id: UUID) -> None:
    await execute("UPDATE slot SET taken = taken - 1 WHERE region = $1 AND id = $2", region, slot_id)


async def settle_slot(case: Case, wanted: UUID | None, *, released: bool) -> UUID | None:
    """The slot that the case holds after an act: another one when asked for, none when the case ended without service."""
    if released:
        if case.slot_id is not None:
            await give_back_slot(case.region, case.slot_id)
        return None
    if wanted is None or wanted == case.slot_id:
        return case.slot_id
    changes = [(wanted, take_slot)] if case.slot_id is None else [(wanted, take_slot), (case.slot_id, give_back_slot)]
    for slot_id, change in sorted(changes, key=itemgetter(0)):  # always the same one first: two that exchange their slots would lock each other out
        await change(case.region, slot_id)
    return wanted
