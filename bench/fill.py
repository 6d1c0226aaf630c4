"""Cases by the million: one statement, without the checks that a verb has made for each of them, and with the indexes built afterwards."""

import asyncpg

from config import clock
from models.database import credentials
from services.regions import Region

#: $1 region, $2 how many, $3 from which number, $4 now, $5 role, $6 step, $7 every n-th is due, $8 version of the profile, $9 every n-th is open.
#: Holders and windows take turns. Deadlines of the others are spread over the coming hundred days.
_CASES = """
WITH windows AS (SELECT array_agg(id ORDER BY code) AS ids FROM organisation WHERE region = $1 AND kind = 'window'),
     holders AS (SELECT array_agg(id ORDER BY id) AS ids, array_agg(unit_id ORDER BY id) AS units FROM account WHERE region = $1 AND kind = 'talent')
INSERT INTO cases (region, id, matter, number, subject, applicant_id, unit_id, state, step, handler_org, handler_role, organisations, step_at, due_at,
                   remind_at, remind_plan, profile_version, data, created_at, updated_at, closed_at)
SELECT $1, uuidv7(), 'booking', 'B' || lpad(n::text, 9, '0'), '专家门诊预约', h.ids[1 + n % cardinality(h.ids)], h.units[1 + n % cardinality(h.ids)],
       CASE WHEN n % $9 = 0 THEN 'handling' ELSE 'completed' END, $6, w.ids[1 + n % cardinality(w.ids)], $5,
       ARRAY[w.ids[1 + n % cardinality(w.ids)]], at, CASE WHEN n % $9 = 0 THEN due END, CASE WHEN n % $9 = 0 THEN due END,
       ARRAY[due, due + interval '4 hours', due + interval '1 day', due + interval '2 days'], $8, '{"need": "请协助预约心内科专家门诊"}', at, at,
       CASE WHEN n % $9 <> 0 THEN at END
FROM windows w, holders h, generate_series($3::int, $3::int + $2::int - 1) n,
     LATERAL (SELECT $4::timestamptz - interval '1 day' - n * interval '1 s' AS at,
                     $4 + CASE WHEN n % $7 = 0 THEN -interval '1 minute' ELSE interval '1 hour' + (n % 8640000) * interval '1 s' END AS due) moments
"""

_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made_by FROM pg_index i
WHERE i.indrelid = 'cases'::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


async def cases(url: str, region: Region, count: int, *, start: int = 1, due_every: int = 100, open_every: int = 1) -> None:
    """``count`` more cases at the first step of a booking, numbered from ``start``; every ``due_every``-th is due."""
    first = region.matter("booking").route[0]
    connection = await asyncpg.connect(**credentials(url))
    try:
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '256MB'")
        indexes = await connection.fetch(_INDEXES) if count > 100_000 else []
        for index in indexes:
            await connection.execute("DROP INDEX " + index["name"])
        await connection.execute(_CASES, region.code, count, start, clock.now(), first.handler[0].role, first.step, due_every, region.version,
                                 open_every)
        for index in indexes:
            await connection.execute(index["made_by"])
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
