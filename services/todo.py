"""待办事项: what waits for an actor's roles, most urgent first. A query on (organisation, role, state), never a table of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.vocabulary import Action, Effect
from models.case import CaseState
from models.database import json_value, row, rows
from services.actors import Actor, Grant
from services.regions import Region

PAGE = 50
#: As many as can be ticked and acted on at once (``services.cases.several``), and one to know whether there are more.
LONGEST_PAGE = 501


@dataclass(frozen=True)
class Waiting:
    """One line of the list. ``applicant``: for whom it is applied, the person or the unit. ``due_at`` and ``id``: where the next page begins."""

    id: UUID
    number: str
    subject: str
    matter: str
    step: str
    step_name: str
    applicant: str
    organisation: str
    claimed_by: UUID | None
    claimed_name: str
    due_at: datetime
    created_at: datetime
    version: int


#: What a line of a list says of a case ``c``, and where the names stand.
LINE = """
SELECT c.id, c.number, c.subject, c.matter, c.step, c.handler_org, c.claimed_by, c.due_at, c.created_at, c.version, c.profile_version,
       a.name AS applicant, o.name AS organisation, k.name AS claimed_name, u.name AS unit, p.name AS person"""
NAMES = """JOIN account a ON a.region = c.region AND a.id = c.applicant_id
JOIN organisation o ON o.region = c.region AND o.id = c.handler_org
LEFT JOIN account k ON k.region = c.region AND k.id = c.claimed_by
LEFT JOIN organisation u ON u.region = c.region AND u.id = c.unit_id
LEFT JOIN account p ON p.region = c.region AND p.id = c.about_id"""
#: What waits in a lane ``g``. $1 region, $2 organisations, $3 roles in them, $4 due and $5 id after which the page begins, $6 page size, $7 step or
#: nothing, $8 due before or nothing, $9 whether the role handles only what is bound to a person, $10 to whom, $11 matter or nothing.
_LANES = "unnest($2::uuid[], $3::text[], $9::boolean[], $10::uuid[]) AS g (organisation, role, bound, person)"
_IN_LANE = """SELECT * FROM cases
        WHERE region = $1 AND handler_org = g.organisation AND handler_role = g.role AND state = 'handling' AND (due_at, id) > ($4, $5)
          AND ($7::text IS NULL OR step = $7) AND ($8::timestamptz IS NULL OR due_at < $8)
          AND (NOT g.bound OR claimed_by = g.person) AND ($11::text IS NULL OR matter = $11)"""
#: Each (organisation, role) reads its own end of the index and no more than a page of it, so the cost stays flat as the table grows.
TODO = "\n".join((LINE, "FROM (SELECT found.* FROM", _LANES, "CROSS JOIN LATERAL (", _IN_LANE, """ORDER BY due_at, id LIMIT $6
    ) found
    ORDER BY due_at, id LIMIT $6
) c""", NAMES, """ORDER BY c.due_at, c.id"""))

BEGINNING = (datetime.fromisoformat("0001-01-02T00:00:00+00:00"), UUID(int=0))


async def waiting(region: Region, actor: Actor, *, after: tuple[datetime, UUID] = BEGINNING, limit: int = PAGE, step: str | None = None,
                  due_before: datetime | None = None, matter: str | None = None) -> list[Waiting]:
    """One page of the actor's to-do list, late ones first. ``due_before=now`` gives the late ones alone."""
    organisations, roles, bound, people = lanes(region, actor)
    found = await rows(TODO, region.code, organisations, roles, *after, min(limit, LONGEST_PAGE), step, due_before, bound, people, matter)
    return [line_of(region, one) for one in found]


def lanes(region: Region, actor: Actor) -> tuple[list[UUID], list[str], list[bool], list[UUID | None]]:
    """Where cases wait for the actor, column by column: organisations, roles, whether the role handles only what is bound to a person (SD-05), and to
    whom. Her own roles, and those of whom she stands in for; no case comes by two lanes.
    """
    bound = {handler.role for matter in region.profile.matters.values() for step in matter.route if step.bound for handler in step.handler}
    open_to: list[tuple[Grant, UUID | None]] = [(grant, actor.account_id) for grant in actor.grants]
    open_to += [(one.grant, one.account_id) for one in actor.standing_in]
    found = dict.fromkeys((grant.organisation_id, grant.role, grant.role in bound, person if grant.role in bound else actor.account_id)
                          for grant, person in open_to)
    return [one[0] for one in found], [one[1] for one in found], [one[2] for one in found], [one[3] for one in found]


def line_of(region: Region, found: dict[str, Any]) -> Waiting:
    """A row of :data:`LINE` as a line."""
    step_name = region.profile.step_name(found["matter"], found["step"])
    return Waiting(found["id"], found["number"], found["subject"], found["matter"], found["step"], step_name,
                   _applied_for(region, found), found["organisation"], found["claimed_by"], found["claimed_name"] or "", found["due_at"],
                   found["created_at"], found["version"])


def _applied_for(region: Region, found: dict[str, Any]) -> str:
    """What a unit applies for is the unit's, whoever of its people submitted it; a registration is the person's own."""
    matter = region.profile.matters.get(found["matter"])
    of_unit = matter is not None and matter.who.kind == "unit" and matter.effect is not Effect.OPEN_ACCOUNT
    return str(found["person"] or (found["unit"] if of_unit else None) or found["applicant"])


@dataclass(frozen=True)
class Counts:
    """What the user centre links to; each number stops counting at :data:`MOST`. ``by_matter``: (matter, step) → how many (BZ-08)."""

    all: int
    late: int
    due_today: int
    by_step: dict[str, int]
    by_matter: dict[tuple[str, str], int]


MOST = 999
#: Of a lane with more cases those are looked at whose deadline is farthest: what came today is among them.
MOST_ARRIVED = 5_000

_COUNTS = """
SELECT c.matter, c.step, count(*) AS all, count(*) FILTER (WHERE c.due_at < $4) AS late,
       count(*) FILTER (WHERE c.due_at >= $4 AND c.due_at < $5) AS today
FROM unnest($2::uuid[], $3::text[], $6::boolean[], $7::uuid[]) AS g (organisation, role, bound, person)
CROSS JOIN LATERAL (
    SELECT matter, step, due_at FROM cases WHERE region = $1 AND handler_org = g.organisation AND handler_role = g.role AND state = 'handling'
      AND (NOT g.bound OR claimed_by = g.person)
    ORDER BY due_at LIMIT 999
) c
GROUP BY c.matter, c.step
"""


async def counts(region: Region, actor: Actor, now: datetime) -> Counts:
    local = now.astimezone(region.profile.tz)
    midnight = local.replace(hour=23, minute=59, second=59, microsecond=0)
    organisations, roles, bound, people = lanes(region, actor)
    found = await rows(_COUNTS, region.code, organisations, roles, now, midnight, bound, people)
    by_step: dict[str, int] = {}
    for one in found:
        by_step[one["step"]] = by_step.get(one["step"], 0) + one["all"]
    every, late, due = (min(MOST, sum(one[name] for one in found)) for name in ("all", "late", "today"))
    return Counts(every, late, due, by_step,
                  {(one["matter"], one["step"]): one["all"] for one in found})


#: As :data:`TODO`, narrowed by words ($12): reads all that waits for the actor, which is as much as her organisations can handle.
_SEARCH = "\n".join((LINE, "FROM", _LANES, "CROSS JOIN LATERAL (", _IN_LANE, ") c", NAMES,
"""WHERE strpos(c.number, upper($12)) > 0 OR strpos(c.subject, $12) > 0 OR a.name = $12 OR p.name = $12 OR strpos(u.name, $12) > 0
ORDER BY c.due_at, c.id LIMIT $6"""))


async def search(region: Region, actor: Actor, words: str, limit: int = PAGE, *, after: tuple[datetime, UUID] = BEGINNING, step: str | None = None,
                 due_before: datetime | None = None, matter: str | None = None) -> list[Waiting]:
    """As :func:`waiting`, of what has ``words`` in its number, subject or unit, or as the whole name of whom it concerns."""
    organisations, roles, bound, people = lanes(region, actor)
    found = await rows(_SEARCH, region.code, organisations, roles, *after, min(limit, LONGEST_PAGE), step, due_before, bound, people, matter,
                       words.strip())
    return [line_of(region, one) for one in found]


@dataclass(frozen=True)
class Done:
    """One act of the actor's own. ``done``: what it was, in the words of the case's history; ``state``: where the case stands now."""

    case_id: UUID
    number: str
    subject: str
    state: CaseState
    action: Action
    done: str
    at: datetime


async def done_by(region: Region, actor: Actor, limit: int = PAGE) -> list[Done]:
    """What the actor has done lately, newest first: one line an act."""
    found = await rows("SELECT e.case_id, e.action, e.at, e.detail, c.number, c.subject, c.state FROM case_event e "
                       "JOIN cases c ON c.region = e.region AND c.id = e.case_id "
                       "WHERE e.region = $1 AND e.actor_id = $2 ORDER BY e.at DESC LIMIT $3",
                       region.code, actor.account_id, min(limit, 100))
    return [Done(one["case_id"], one["number"], one["subject"], CaseState(one["state"]), action := Action(one["action"]),
                 json_value(one["detail"]).get("done") or action.label, one["at"]) for one in found]


@dataclass(frozen=True)
class Digest:
    """The actor's day so far: what came in, what she did with how many acts of which kind, and what is still there."""

    arrived: int
    done: dict[Action, int]
    counts: Counts

    @property
    def acts(self) -> int:
        return sum(self.done.values())


_ARRIVED = """
SELECT count(*) FILTER (WHERE c.step_at >= $4) AS arrived
FROM unnest($2::uuid[], $3::text[], $5::boolean[], $6::uuid[]) AS g (organisation, role, bound, person)
CROSS JOIN LATERAL (
    SELECT step_at FROM cases WHERE region = $1 AND handler_org = g.organisation AND handler_role = g.role AND state = 'handling'
      AND (NOT g.bound OR claimed_by = g.person)
    ORDER BY due_at DESC, id DESC LIMIT $7
) c
"""


def _midnight(region: Region, now: datetime) -> datetime:
    return now.astimezone(region.profile.tz).replace(hour=0, minute=0, second=0, microsecond=0)


async def acts_today(region: Region, actor: Actor, now: datetime) -> dict[Action, int]:
    """What the actor has done since midnight in the region's own time, the most frequent first."""
    acts = await rows("SELECT action, count(*) AS times FROM case_event WHERE region = $1 AND actor_id = $2 AND at >= $3 GROUP BY action "
                      "ORDER BY times DESC", region.code, actor.account_id, _midnight(region, now))
    return {Action(one["action"]): one["times"] for one in acts}


async def digest(region: Region, actor: Actor, now: datetime) -> Digest:
    """The digest of the day, from midnight in the region's own time."""
    organisations, roles, bound, people = lanes(region, actor)
    arrived = await row(_ARRIVED, region.code, organisations, roles, _midnight(region, now), bound, people, MOST_ARRIVED)
    return Digest(arrived["arrived"] if arrived else 0, await acts_today(region, actor, now), await counts(region, actor, now))
