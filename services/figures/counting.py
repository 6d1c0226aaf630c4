"""The daily counts behind the figures: one row a day, organisation and subject. A day is counted from its rows as a whole, so that counting it
again changes nothing; today is counted again and again. Pages read hundreds of rows a month, however many cases there are.
"""

from datetime import date, datetime, time, timedelta
from math import log
from typing import Any

from models.database import execute, row, transaction
from services.cases.calendar import calendar_of
from services.regions import Region

#: Bucket n of a duration is what lies below ``FINEST * RATIO ** (n + 1)`` seconds: so the median of a million acts is read from some dozens of
#: numbers.
FINEST, RATIO = 60.0, 1.15

#: $1 region, $2 and $3 from and until which moment, $4 time zone, $5 steps as matter.step, $6 the limit of each in working seconds, $7 log of RATIO.
_COUNT = (
    # Begun: by the organisation that had it first, which never changes; of a service, else of a matter.
    """
INSERT INTO figure (region, kind, day, organisation_id, subject, count)
SELECT region, 'begun', (created_at AT TIME ZONE $4)::date, organisations[1], coalesce(service_id::text, matter), count(*)
FROM cases WHERE region = $1 AND created_at >= $2 AND created_at < $3 GROUP BY 1, 2, 3, 4, 5
""",
    # Acted: how much of its limit a step took whenever a handler gave it out of her hands, and did not take it back at once.
    """
INSERT INTO figure (region, kind, day, organisation_id, subject, part, count, over)
SELECT e.region, 'acted', (e.at AT TIME ZONE $4)::date, e.organisation_id, c.matter || '.' || e.from_step,
       greatest(0, floor(ln(greatest(1, (e.detail ->> 'used')::integer) / 60.0) / $7::float8))::integer::text, count(*),
       count(*) FILTER (WHERE (e.detail ->> 'used')::integer > s.whole)
FROM case_event e JOIN cases c ON (c.region, c.id) = (e.region, e.case_id)
LEFT JOIN unnest($5::text[], $6::integer[]) AS s (step, whole) ON s.step = c.matter || '.' || e.from_step
WHERE e.region = $1 AND e.at >= $2 AND e.at < $3 AND e.detail ? 'used' AND NOT EXISTS (
    SELECT 1 FROM case_event u WHERE (u.region, u.case_id, u.seq) = (e.region, e.case_id, e.seq + 1) AND u.action = 'undo') GROUP BY 1, 2, 3, 4, 5, 6
""",
    # Ended: with which result.
    """
INSERT INTO figure (region, kind, day, organisation_id, subject, part, count)
SELECT e.region, 'ended', (e.at AT TIME ZONE $4)::date, coalesce(e.organisation_id, c.handler_org), c.matter,
       CASE e.action WHEN 'complete' THEN coalesce(e.detail ->> 'choice', '') ELSE '-' || e.action END, count(*)
FROM case_event e JOIN cases c ON (c.region, c.id) = (e.region, e.case_id)
WHERE e.region = $1 AND e.at >= $2 AND e.at < $3 AND e.action IN ('complete', 'reject', 'withdraw', 'close') AND NOT EXISTS (
    SELECT 1 FROM case_event u WHERE (u.region, u.case_id, u.seq) = (e.region, e.case_id, e.seq + 1) AND u.action = 'undo') GROUP BY 1, 2, 3, 4, 5, 6
""",
    """
INSERT INTO figure (region, kind, day, organisation_id, subject, part, count)
SELECT v.region, 'visited', (v.at AT TIME ZONE $4)::date, p.operator_id, v.venue_id::text, to_char(v.at AT TIME ZONE $4, 'HH24'), count(*)
FROM visit v JOIN venue p ON (p.region, p.id) = (v.region, v.venue_id)
WHERE v.region = $1 AND v.at >= $2 AND v.at < $3 AND v.verdict = 'admitted' AND v.undone_at IS NULL GROUP BY 1, 2, 3, 4, 5, 6
""",
    # Used: visits again, by what the card's level gives.
    """
INSERT INTO figure (region, kind, day, organisation_id, subject, part, count)
SELECT v.region, 'used', (v.at AT TIME ZONE $4)::date, p.operator_id, v.category, v.level, count(*)
FROM visit v JOIN venue p ON (p.region, p.id) = (v.region, v.venue_id)
WHERE v.region = $1 AND v.at >= $2 AND v.at < $3 AND v.verdict = 'admitted' AND v.undone_at IS NULL AND v.category IS NOT NULL AND v.level IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6
""",
    """
INSERT INTO figure (region, kind, day, organisation_id, subject, part, count)
SELECT r.region, 'rated', (r.at AT TIME ZONE $4)::date, coalesce(c.handler_org, p.operator_id),
       CASE WHEN r.case_id IS NULL THEN 'visit' ELSE 'case' END, r.stars::text, count(*)
FROM rating r
LEFT JOIN cases c ON (c.region, c.id) = (r.region, r.case_id)
LEFT JOIN visit v ON (v.region, v.id) = (r.region, r.visit_id)
LEFT JOIN venue p ON (p.region, p.id) = (v.region, v.venue_id)
WHERE r.region = $1 AND r.at >= $2 AND r.at < $3 GROUP BY 1, 2, 3, 4, 5, 6
""",
)


async def sweep(region: Region, now: datetime) -> int:
    """Count today, yesterday until it is settled, and every day before that nobody has counted yet; how many days were counted. Harmless twice."""
    today = now.astimezone(region.profile.tz).date()
    counted = await count(region, today, today, now) if await _is_news(region, today) else 0
    await execute(_LOOKED, region.code, today, now)
    while day := await _left(region, today, now):
        counted += await count(region, day, day, now)
    return counted


#: The page says as of when it is: also of a minute in which nothing happened.
_LOOKED = """
INSERT INTO figure_day (region, day, at) VALUES ($1, $2, $3) ON CONFLICT (region, day) DO UPDATE SET at = greatest(figure_day.at, EXCLUDED.at)
"""


async def count(region: Region, first: date, last: date, now: datetime) -> int:
    """Count these days anew, all of them or none; how many."""
    start, _ = bounds(region, first)
    _, end = bounds(region, last)
    steps = {f"{matter.code}.{step.step}": calendar_of(region.profile).seconds(step.limit.value)
             for matter in region.profile.matters.values() for step in matter.route}
    known = (region.code, start, end, region.profile.zone, list(steps), list(steps.values()), log(RATIO))
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock(hashtext('figures ' || $1))", region.code)
        await execute("DELETE FROM figure WHERE region = $1 AND day BETWEEN $2 AND $3", region.code, first, last)
        for sql in _COUNT:
            await execute(sql, *known[:7 if "$7" in sql else 4])
        await execute("INSERT INTO figure_day (region, day, at) SELECT $1, day, $4 FROM generate_series($2::date, $3::date, '1 day') day "
                      "ON CONFLICT (region, day) DO UPDATE SET at = EXCLUDED.at", region.code, first, last, now)
    return (last - first).days + 1


def bounds(region: Region, day: date) -> tuple[datetime, datetime]:
    """The midnights of a day in the region's own time."""
    zone = region.profile.tz
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


#: $1 region, $2 since when.
_NEWS = """
SELECT EXISTS (SELECT 1 FROM case_event WHERE region = $1 AND at >= $2) OR EXISTS (SELECT 1 FROM visit WHERE region = $1 AND at >= $2)
    OR EXISTS (SELECT 1 FROM rating WHERE region = $1 AND at >= $2) AS news
"""


async def _is_news(region: Region, today: date) -> bool:
    """Whether anything happened today since the last look. What was about to be committed then is found now: a minute is looked at twice."""
    midnight = bounds(region, today)[0]
    last = await row("SELECT at FROM figure_day WHERE region = $1 AND day = $2", region.code, today)
    found = await row(_NEWS, region.code, max(midnight, last["at"] - timedelta(minutes=1)) if last else midnight)
    return bool(found and found["news"])


#: $1 region, $2 yesterday, $3 now, $4 time zone: the newest day that was not counted since it is over.
_OPEN = """
WITH since AS (
    SELECT least((SELECT min(created_at) FROM cases WHERE region = $1), (SELECT min(at) FROM rating WHERE region = $1),
                 (SELECT min(issued_at) FROM board WHERE region = $1)) AT TIME ZONE $4 AS at
)
SELECT day::date AS day FROM since, generate_series(greatest(since.at::date, $2::date - 1100), $2::date, '1 day') day
WHERE since.at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM figure_day f WHERE f.region = $1 AND f.day = day.day::date
                  AND f.at >= least((day.day::date + 1)::timestamp AT TIME ZONE $4 + interval '10 minutes', $3::timestamptz))
ORDER BY 1 DESC LIMIT 1
"""


async def _left(region: Region, today: date, now: datetime) -> date | None:
    """The newest day that is still to be counted."""
    found = await row(_OPEN, region.code, today - timedelta(days=1), now, region.profile.zone)
    return found["day"] if found else None


async def counted_at(region: Region) -> datetime | None:
    """How fresh the figures are; nothing before the first count."""
    found: dict[str, Any] | None = await row("SELECT max(at) AS at FROM figure_day WHERE region = $1", region.code)
    return found["at"] if found else None
