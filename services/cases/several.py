"""The same act on several cases: each stands or falls by itself, and each refusal says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.errors import Invalid, NotFound, Refusal
from config.vocabulary import Action
from models.case import Case
from models.database import rows
from services.actors import Actor
from services.cases import engine
from services.cases.scope import may_see
from services.regions import Region
from services.verbs import verb

#: A hall of applications of one morning (BZ-07); some two milliseconds each, so that the page answers within three seconds.
MOST = 500


@dataclass(frozen=True)
class Done:
    """How one of them went; ``refusal`` is a sentence for people, or empty."""

    id: UUID
    number: str
    subject: str
    refusal: str = ""


@verb
async def act_on_each(region: Region, actor: Actor, action: Action, seen: Mapping[UUID, int], opinion: str, now: datetime) -> list[Done]:
    """``seen``: case → the version that stood on the page. Raises :class:`Invalid` for none or more than
    :data:`MOST`, :class:`NotFound` for one that the actor may not see; nothing was done to any of them then."""
    if not 1 <= len(seen) <= MOST:
        raise Invalid({"id": f"请先勾选要办理的办件，一次最多 {MOST} 件。"})
    read = await rows("SELECT * FROM cases WHERE region = $1 AND id = ANY($2::uuid[])", region.code, list(seen))
    found = {one["id"]: Case.read(one) for one in read}
    if any(id not in found or not may_see(region, actor, found[id]) for id in seen):
        raise NotFound
    return [await _one(region, actor, found[id], engine.Request(action, version, opinion), now) for id, version in seen.items()]


async def _one(region: Region, actor: Actor, case: Case, request: engine.Request, now: datetime) -> Done:
    try:
        await engine.act(region, actor, case.id, request, now)
    except Refusal as refusal:
        return Done(case.id, case.number, case.subject, "；".join(refusal.fields.values()) if isinstance(refusal, Invalid) else refusal.text)
    return Done(case.id, case.number, case.subject)
