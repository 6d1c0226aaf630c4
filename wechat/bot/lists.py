"""What the numbers in somebody's chat mean: the list that she was shown last, with the version of each case, for half an hour.

Kept in the fast store; while it is away there are no numbers, and cases are called by their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from services.actors import Actor
from services.store import GONE, NotOpened, store

SECONDS = 1800


@dataclass(frozen=True)
class Shown:
    """One line of a list. ``version``: of the case as she saw it; 0 where nothing can be done to it."""

    case_id: UUID
    version: int = 0


async def remember(actor: Actor, shown: Sequence[Shown]) -> bool:
    """Make these the numbers from 1; whether they are kept."""
    body = orjson.dumps([[str(one.case_id), one.version] for one in shown])
    try:
        await store().set(_key(actor), body, ex=SECONDS)
    except (*GONE, NotOpened):
        return False
    return True


async def find(actor: Actor, number: int) -> Shown | None:
    """What a number means to her now."""
    shown = await _read(actor)
    return shown[number - 1] if 1 <= number <= len(shown) else None


async def moved(actor: Actor, case_id: UUID, version: int) -> None:
    """She did something to it herself, and was told: her number means the case as it is now."""
    shown = await _read(actor)
    if any(one.case_id == case_id for one in shown):
        await remember(actor, [Shown(case_id, version) if one.case_id == case_id else one for one in shown])


async def _read(actor: Actor) -> list[Shown]:
    try:
        kept = await store().get(_key(actor))
    except (*GONE, NotOpened):
        return []
    return [Shown(UUID(case_id), version) for case_id, version in orjson.loads(kept)] if kept else []


def _key(actor: Actor) -> str:
    return f"bot:{actor.region}:{actor.account_id}:shown"
