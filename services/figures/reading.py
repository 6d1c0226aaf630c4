"""What is read for the figures of a period: daily counts, and what stands as it is now. Every statement has the scope in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from models.database import rows
from services.figures.counting import bounds
from services.figures.periods import Period
from services.follow_ups import bad_stars
from services.regions import Region

#: $1 region, $2 and $3 the first and the last day, $4 the organisations or nothing for all. «day» is a point of time where the line is asked for.
_COUNTED = """
SELECT kind, organisation_id, subject, part, sum(count)::integer AS count, sum(over)::integer AS over FROM figure
WHERE region = $1 AND day BETWEEN $2 AND $3 AND ($4::uuid[] IS NULL OR organisation_id = ANY ($4)) GROUP BY 1, 2, 3, 4
"""
_DAILY = """
SELECT kind, day, sum(count)::integer AS count FROM figure
WHERE region = $1 AND day BETWEEN $2 AND $3 AND ($4::uuid[] IS NULL OR organisation_id = ANY ($4))
  AND kind IN ('begun', 'ended', 'visited') AND NOT subject = ANY ($5::text[]) AND NOT part LIKE '-%' GROUP BY 1, 2
"""
_BEFORE = """
SELECT kind, sum(count)::integer AS count FROM figure
WHERE region = $1 AND day BETWEEN $2 AND $3 AND ($4::uuid[] IS NULL OR organisation_id = ANY ($4))
  AND kind IN ('begun', 'ended', 'visited') AND NOT subject = ANY ($5::text[]) AND NOT part LIKE '-%' GROUP BY 1
"""
_USED = """
SELECT subject, part, sum(count)::integer AS count FROM figure
WHERE region = $1 AND day BETWEEN $2 AND $3 AND kind = 'used' AND ($4::uuid[] IS NULL OR organisation_id = ANY ($4)) GROUP BY 1, 2
"""
#: $1 region, $2 now, $3 the organisations.
_LATE = """
SELECT handler_org AS organisation_id, count(*)::integer AS count, min(due_at) AS oldest FROM cases
WHERE region = $1 AND state = 'handling' AND due_at < $2 AND ($3::uuid[] IS NULL OR handler_org = ANY ($3)) GROUP BY 1
"""
#: $1 region, $2 and $3 from and until which moment, $4 the organisations, $5 so many stars or fewer, $6 now.
_BAD = """
SELECT coalesce(c.handler_org, p.operator_id) AS organisation_id, f.state, coalesce(f.state = 'handling' AND f.due_at < $6, false) AS late,
       e.detail ->> 'choice' AS choice, count(*)::integer AS count
FROM rating r
LEFT JOIN cases c ON (c.region, c.id) = (r.region, r.case_id)
LEFT JOIN visit v ON (v.region, v.id) = (r.region, r.visit_id)
LEFT JOIN venue p ON (p.region, p.id) = (v.region, v.venue_id)
LEFT JOIN cases f ON (f.region, f.id) = (r.region, r.follow_up_id)
LEFT JOIN case_event e ON (e.region, e.case_id, e.seq) = (f.region, f.id, f.version) AND e.action = 'complete'
WHERE r.region = $1 AND r.at >= $2 AND r.at < $3 AND r.stars <= $5
  AND ($4::uuid[] IS NULL OR coalesce(c.handler_org, p.operator_id) = ANY ($4)) GROUP BY 1, 2, 3, 4
"""
_CARDS = "SELECT level, state, count(*)::integer AS count FROM card WHERE region = $1 AND state <> 'ended' GROUP BY 1, 2"
_BENEFITS = "SELECT category, level, yearly FROM benefit WHERE region = $1"
#: $1 region, $2 ids: what the lines are about.
_NAMES = """
SELECT id, name FROM organisation WHERE region = $1 AND id = ANY ($2::uuid[])
UNION ALL SELECT id, name FROM service WHERE region = $1
UNION ALL SELECT id, name FROM venue WHERE region = $1
"""


@dataclass(frozen=True)
class Read:
    """What the statements gave, for the tables."""

    region: Region
    period: Period
    now: datetime
    whole: bool
    counts: Sequence[Mapping[str, Any]]
    before: Mapping[str, int]
    daily: Mapping[tuple[str, date], int]
    late: Sequence[Mapping[str, Any]]
    bad: Sequence[Mapping[str, Any]]
    cards: Sequence[Mapping[str, Any]]
    benefits: Sequence[Mapping[str, Any]]
    used: Mapping[tuple[str, str], int]
    names: Mapping[UUID, str]

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        return [one for one in self.counts if one["kind"] == kind]


async def read(region: Region, period: Period, scope: list[UUID] | None, now: datetime) -> Read:
    internal = [matter.code for matter in region.profile.matters.values() if matter.is_internal]
    new_year, span, before = period.last.replace(month=1, day=1), (region.code, period.first, period.last, scope), period.before
    counts = await rows(_COUNTED, *span)
    late = await rows(_LATE, region.code, now, scope)
    bad = await rows(_BAD, region.code, bounds(region, period.first)[0], bounds(region, period.last)[1], scope, bad_stars(region), now)
    seen = {one["organisation_id"] for found in (counts, late, bad) for one in found if one["organisation_id"]} | set(scope or ())
    return Read(
        region, period, now, scope is None, counts,
        Counter({one["kind"]: one["count"] for one in await rows(_BEFORE, region.code, before.first, before.last, scope, internal)}),
        {(one["kind"], one["day"]): one["count"] for one in await rows(_DAILY, *span, internal)}, late, bad,
        await rows(_CARDS, region.code) if scope is None else [], await rows(_BENEFITS, region.code),
        Counter({(one["subject"], one["part"]): one["count"] for one in await rows(_USED, region.code, new_year, *span[2:])}),
        {one["id"]: one["name"] for one in await rows(_NAMES, region.code, list(seen))})
