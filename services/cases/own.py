"""我的办件: the cases of the one who applied for them, as lines of a list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.case import OPEN, CaseState
from models.database import rows
from services.actors import Actor
from services.regions import Region

MOST = 200


@dataclass(frozen=True)
class Line:
    """``to_rate``: whether the applicant is asked for her rating now."""

    id: UUID
    number: str
    subject: str
    state: CaseState
    step: str
    organisation: str
    due_at: datetime | None
    updated_at: datetime
    to_rate: bool

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def waits_for_applicant(self) -> bool:
        """Whether the next step is hers."""
        return self.state is CaseState.RETURNED or self.to_rate


_OWN = """
SELECT c.id, c.number, c.subject, c.matter, c.state, c.step, c.due_at, c.updated_at, o.name AS organisation, r.id AS rating
FROM cases c
JOIN organisation o ON o.region = c.region AND o.id = c.handler_org
LEFT JOIN rating r ON r.region = c.region AND r.case_id = c.id
WHERE c.region = $1 AND c.applicant_id = $2 AND NOT c.matter = ANY ($4::text[])
ORDER BY c.created_at DESC LIMIT $3
"""


async def lines(region: Region, actor: Actor, limit: int = MOST) -> list[Line]:
    """The actor's own cases, newest first, without what the office keeps to itself."""
    internal = [matter.code for matter in region.profile.matters.values() if matter.is_internal]
    return [_line(region, found) for found in await rows(_OWN, region.code, actor.account_id, limit, internal)]


def _line(region: Region, found: dict[str, Any]) -> Line:
    matter = region.profile.matters.get(found["matter"])
    state = CaseState(found["state"])
    to_rate = bool(matter and matter.rated) and state is CaseState.COMPLETED and found["rating"] is None
    return Line(found["id"], found["number"], found["subject"], state, region.profile.step_name(found["matter"], found["step"]),
                found["organisation"], found["due_at"], found["updated_at"], to_rate)
