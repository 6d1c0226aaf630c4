"""差评跟进: a bad rating of a booking or a visit begins a case of the office's own, at whoever served. Deadline, to-do list, supervision and history
are the engine's; what the office says on the way stays there, and what it supplements is its reply to whoever rated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from config.routes import Matter
from config.vocabulary import Action
from models.case import OPEN, Case
from models.database import execute, row
from models.visit import Rating
from services.actors import Actor
from services.cases import engine, progress, routing
from services.cases.engine import Outcome
from services.cases.progress import Event
from services.cases.routing import Facts
from services.regions import Region

log = structlog.get_logger(__name__)


def matter_of(region: Region) -> Matter | None:
    """What a bad rating begins here, if anything."""
    return next((matter for matter in region.profile.matters.values() if matter.begun_by is not None), None)


def bad_stars(region: Region) -> int:
    """So many stars or fewer are a bad rating; two where nothing follows from one."""
    matter = matter_of(region)
    return matter.begun_by.stars.value if matter and matter.begun_by else 2


#: $1 region, $2 the rated case, $3 the rated visit: what it was, and which organisation served.
_SERVED = """
SELECT c.subject AS about, c.handler_org AS organisation FROM cases c WHERE c.region = $1 AND c.id = $2
UNION ALL
SELECT p.name, p.operator_id FROM visit v JOIN venue p ON (p.region, p.id) = (v.region, v.venue_id) WHERE v.region = $1 AND v.id = $3
"""


#: Whoever served reads what comes of it, also where somebody else answers; ``cases.organisations`` is who may (``services.cases.scope``).
_READ_THERE = """
UPDATE cases SET organisations = organisations || $3::uuid WHERE region = $1 AND id = $2 AND NOT $3::uuid = ANY (organisations)
"""


async def begin(region: Region, actor: Actor, rating: Rating, now: datetime) -> Outcome | None:
    """Begin what a rating asks for, in the transaction that keeps it; nothing where it is good enough. ``actor``: who rated.

    A rating is never refused for want of somebody to follow it up: that is logged, and the rating is kept.
    """
    matter = matter_of(region)
    if matter is None or matter.begun_by is None or rating.stars > matter.begun_by.stars.value:
        return None
    served = await row(_SERVED, region.code, rating.case_id, rating.visit_id)
    assert served is not None  # what is rated is there
    try:
        form = await _form(region, matter, rating, served)
        outcome = await engine.start(region, actor, matter, form, subject=f"{matter.name}：{served['about']}", now=now)
    except routing.NoHandler:
        log.error("follow_up_without_handler", region=region.code, rating=str(rating.id))
        return None
    await execute("UPDATE rating SET follow_up_id = $3 WHERE region = $1 AND id = $2", region.code, rating.id, outcome.case.id)
    await execute(_READ_THERE, region.code, outcome.case.id, served["organisation"])
    return outcome


async def _form(region: Region, matter: Matter, rating: Rating, served: dict[str, Any]) -> dict[str, Any]:
    """``handled_there``: whether the organisation that served has somebody to follow it up."""
    known = {"organisation": str(served["organisation"]) if served["organisation"] else None, "about": served["about"], "stars": rating.stars}
    there = {**known, "handled_there": True}
    if served["organisation"] is None or not await _somebody(await routing.first(matter, Facts(region.code, there)), region):
        there["handled_there"] = False
    return {name: value for name, value in there.items() if value is not None and matter.field(name) is not None}


async def _somebody(placed: routing.Placed, region: Region) -> bool:
    return await row("SELECT 1 FROM role_grant g JOIN account a ON (a.region, a.id) = (g.region, g.account_id) WHERE g.region = $1 "
                     "AND g.organisation_id = $2 AND g.role = $3 AND g.ended_at IS NULL AND a.state = 'active' LIMIT 1",
                     region.code, placed.organisation, placed.role) is not None


@dataclass(frozen=True)
class FollowedUp:
    """What whoever rated may know: whether somebody is still at it, and what was replied to her."""

    under_way: bool
    replies: Sequence[Event]


async def of_rating(region: Region, rating: Rating | None) -> FollowedUp | None:
    """Nothing where a rating began nothing."""
    if rating is None or rating.follow_up_id is None:
        return None
    case = await Case.find(region.code, rating.follow_up_id)
    said = await progress.history(region.code, case.id)
    return FollowedUp(case.state in OPEN, [event for event in said if event.action is Action.SUPPLEMENT])


async def rating_behind(region: Region, case_id: UUID) -> Rating | None:
    """The rating that began this case."""
    return await Rating.of(region.code, follow_up_id=case_id).first()
