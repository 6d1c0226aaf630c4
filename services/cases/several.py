"""The same act on several cases: each stands or falls by itself, and each refusal says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.errors import Invalid, NotFound, Refusal
from config.vocabulary import Action
from models.case import Case
from services.actors import Actor
from services.cases import engine
from services.cases.scope import may_see
from services.regions import Region
from services.verbs import verb

MOST = 50


@dataclass(frozen=True)
class Done:
    """How one of them went; ``refusal`` is a sentence for people, or empty."""

    number: str
    refusal: str = ""


@verb
async def act_on_each(region: Region, actor: Actor, action: Action, seen: Mapping[UUID, int], opinion: str, now: datetime) -> list[Done]:
    """``seen``: case → the version that stood on the page. Raises :class:`Invalid` for none or more than
    :data:`MOST`, :class:`NotFound` for one that the actor may not see."""
    if not 1 <= len(seen) <= MOST:
        raise Invalid({"id": f"请勾选 1 到 {MOST} 件办件。"})
    return [await _one(region, actor, case, engine.Request(action, version, opinion), now) for case, version in seen.items()]


async def _one(region: Region, actor: Actor, case_id: UUID, request: engine.Request, now: datetime) -> Done:
    case = await Case.find(region.code, case_id)
    if not may_see(region, actor, case):
        raise NotFound
    try:
        await engine.act(region, actor, case_id, request, now)
    except Refusal as refusal:
        return Done(case.number, "；".join(refusal.fields.values()) if isinstance(refusal, Invalid) else refusal.text)
    return Done(case.number)
