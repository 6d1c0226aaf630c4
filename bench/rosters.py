"""A district's hall: 500 approved in one request, a roster of 5,000 written as Excel and sent on, against the same statements by hand."""

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import asyncpg
from openpyxl import Workbook as Book

from bench.cases import Pattern
from bench.ground import Ground, filled
from bench.rounds import Line, alternate, at_most
from config import clock
from config.routes import Matter, Step
from config.vocabulary import Action
from models.account import AccountKind
from models.case import seal_data
from models.database import connection, credentials, execute, json_text, new_id, row, rows
from models.dossier import seal, seal_version
from services import accounts, roster_sheet, rosters
from services.actors import Actor
from services.cases import several
from services.regions import Region

MEMBERS, BATCH = 5000, several.MOST
CONTENT = {"basic": [{"name": "周敏", "sex": "female"}], "honours": [{"title": "国家杰出青年科学基金获得者", "main": True}]}

_PEOPLE = """
INSERT INTO account (region, id, kind, name, login_name, created_at)
SELECT $1, a.id, 'talent', '周敏', 'member' || a.id, $3 FROM unnest($2::uuid[]) AS a (id)
"""
_DOSSIERS = """
INSERT INTO dossier (region, id, account_id, draft_sealed, updated_at) SELECT $1, d.id, d.person, d.draft, $5
FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS d (id, person, draft)
"""
_VERSIONS = """
INSERT INTO dossier_version (region, dossier_id, number, content_sealed, facts, made_at) SELECT $1, d.id, 1, d.content, $5::jsonb, $4
FROM unnest($2::uuid[], $3::bytea[]) AS d (id, content)
"""
_CASES = """
INSERT INTO cases (region, id, matter, number, subject, applicant_id, dossier_id, dossier_number, state, step, handler_org, handler_role,
                   organisations, step_at, due_at, remind_plan, profile_version, data_sealed, facts, created_at, updated_at)
SELECT $1, c.id, $6, 'M' || c.place, '英才卡申领', c.person, c.dossier, 1, 'handling', $7, $8::uuid, $9, ARRAY[$8::uuid], $10::timestamptz,
       $10 + interval '5 days', '{}', $11, c.data, '{}', $10, $10
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[]) WITH ORDINALITY AS c (id, person, dossier, data, place)
"""
_BEGINNINGS = """
INSERT INTO case_event (region, case_id, seq, actor_id, actor_name, channel, action, to_step, at)
SELECT region, id, 1, applicant_id, '申请人', 'phone', 'submit', step, created_at FROM cases WHERE region = $1 AND matter = $2
"""


async def measure(ground: Ground, rounds: int) -> list[Line]:
    async with filled(ground) as region, asyncpg.create_pool(**credentials(ground.database_url), min_size=1, max_size=1) as pool:
        matter, step = next((matter, step) for matter in region.profile.matters.values() for step in matter.route if step.roster)
        clerk = await _fill(region, matter, step)
        return [await _exported(region, pool, clerk, matter, step, rounds), await _submitted(region, pool, clerk, matter, step, rounds),
                await _approved(region, pool, clerk, matter, step, rounds)]


async def _fill(region: Region, matter: Matter, step: Step) -> Actor:
    """So many applications that wait for the list in one office, and who gathers them there."""
    role, now, code = next(handler.role for handler in step.handler if handler.role), clock.now(), region.code
    found = await row("SELECT id, district FROM organisation WHERE region = $1 AND kind = 'district_bureau' ORDER BY code LIMIT 1", code)
    assert found is not None
    for organisation in await rows("SELECT id FROM organisation WHERE region = $1 AND kind <> 'unit'", code):
        await _somebody(region, organisation["id"], role)
    people, dossiers, cases = ([new_id() for _ in range(MEMBERS)] for _ in range(3))
    await execute(_PEOPLE, code, people, now)
    await execute(_DOSSIERS, code, dossiers, people, [seal(CONTENT, code, "dossier", "draft", id) for id in dossiers], now)
    await execute(_VERSIONS, code, dossiers, [seal_version(CONTENT, code, id, 1) for id in dossiers], now,
                  json_text(_facts(step, found["district"])))
    await execute(_CASES, code, cases, people, dossiers, [seal_data({}, code, id) for id in cases], matter.code, step.step, found["id"], role,
                  now - timedelta(days=1), region.version)
    await execute(_BEGINNINGS, code, matter.code)
    await connection().execute_script("ANALYZE")
    return await _somebody(region, found["id"], role)


def _facts(step: Step, district: str) -> dict[str, Any]:
    """What routing must know of a dossier, so that its case comes to the bureau of this district again and again."""
    pick = step.handler[-1].organisation
    assert pick is not None and pick.way[0] == "district_bureau_of"
    _, section, field = pick.way[1].split(".")
    return {section: {field: district}}


async def _somebody(region: Region, organisation: UUID, role: str) -> Actor:
    id = new_id()
    await execute("INSERT INTO account (region, id, kind, name, login_name, created_at) VALUES ($1, $2, $3, '林审核', $4, now())", region.code, id,
                  AccountKind.STAFF.value, f"reviewer{id.hex[-12:]}")
    await execute("INSERT INTO role_grant (region, id, account_id, organisation_id, role, granted_at) VALUES ($1, $2, $3, $4, $5, now())",
                  region.code, new_id(), id, organisation, role)
    found = await accounts.as_actor(region, id)
    assert found is not None
    return found.on("desk")


async def _ids(region: Region, matter: Matter) -> list[UUID]:
    return [one["id"] for one in await rows("SELECT id FROM cases WHERE region = $1 AND matter = $2 ORDER BY number", region.code, matter.code)]


async def _exported(region: Region, pool: asyncpg.Pool, clerk: Actor, matter: Matter, step: Step, rounds: int) -> Line:
    """By hand: the members' statement, and the same words written by openpyxl as a stream, without opening a seal."""
    roster = await rosters.make(region, clerk, matter.code, step.step, await _ids(region, matter), clock.now())
    lines = (await roster_sheet.read(region, clerk, roster.id, clock.now())).lines

    async def ours() -> float:
        began = time.perf_counter()
        await roster_sheet.excel(region, clerk, roster.id, clock.now())
        return time.perf_counter() - began

    async def by_hand() -> float:
        began = time.perf_counter()
        async with pool.acquire() as held:
            await held.fetch("SELECT c.*, a.*, v.content_sealed FROM roster_member m JOIN cases c ON (c.region, c.id) = (m.region, m.case_id) "
                             "JOIN account a ON (a.region, a.id) = (c.region, c.applicant_id) "
                             "JOIN dossier_version v ON (v.region, v.dossier_id, v.number) = (c.region, c.dossier_id, c.dossier_number) "
                             "WHERE m.region = $1 AND m.roster_id = $2 ORDER BY m.position", region.code, roster.id)
        _written(lines)
        return time.perf_counter() - began

    pairs = await alternate(ours, by_hand, rounds)
    await rosters.void(region, clerk, roster.id, roster.version, "量过了", clock.now())
    return at_most(f"a roster of {MEMBERS:,} as Excel, times as long", "its rows by hand, openpyxl, no seal opened",
                   [ours / floor for ours, floor in pairs], 3)


def _written(lines: Iterable[Sequence[str]]) -> bytes:
    book, target = Book(write_only=True), BytesIO()
    sheet = book.create_sheet("名单")
    for line in lines:
        sheet.append(list(line))
    book.save(target)
    return target.getvalue()


_BACK = """
UPDATE cases SET state = 'handling', step = $3, handler_org = $4, handler_role = $5, claimed_by = NULL, due_at = $6, remind_at = NULL,
       closed_at = NULL
WHERE region = $1 AND matter = $2
"""
_MOVE_BY_HAND = """
UPDATE cases SET version = version + 1, step = $3, handler_org = $4, step_at = $5, due_at = $6, remind_at = $6, updated_at = $5
WHERE region = $1 AND id = ANY ($2::uuid[]) RETURNING id, version
"""


async def _submitted(region: Region, pool: asyncpg.Pool, clerk: Actor, matter: Matter, step: Step, rounds: int) -> Line:
    """By hand: the cases are locked and moved by one statement each, their events and messages inserted by one more."""
    ids = await _ids(region, matter)
    before = await row("SELECT * FROM cases WHERE region = $1 AND id = $2", region.code, ids[0])
    assert before is not None

    async def back() -> None:
        await execute(_BACK, region.code, matter.code, step.step, before["handler_org"], before["handler_role"], before["due_at"])

    async def ours() -> float:
        roster = await _stamped(region, clerk, matter, step, ids)
        began = time.perf_counter()
        await rosters.submit(region, clerk, roster, 2, clock.now())
        took = time.perf_counter() - began
        await back()
        return took

    await ours()
    after = await row("SELECT to_step FROM case_event WHERE region = $1 AND case_id = $2 AND action = 'send_on' LIMIT 1", region.code, ids[0])
    told = await row("SELECT * FROM notification WHERE region = $1 AND subject_id = $2 AND kind = 'case_moved' LIMIT 1", region.code, ids[0])
    event = await row("SELECT * FROM case_event WHERE region = $1 AND case_id = $2 AND action = 'send_on' LIMIT 1", region.code, ids[0])
    assert after is not None and told is not None and event is not None

    async def by_hand() -> float:
        began, now = time.perf_counter(), clock.now()
        async with pool.acquire() as held, held.transaction():
            await held.fetch("SELECT * FROM cases WHERE region = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE", region.code, ids)
            moved = await held.fetch(_MOVE_BY_HAND, region.code, ids, after["to_step"], before["handler_org"], now, now + timedelta(days=5))
            await _all(held, "case_event", event, [{"case_id": one["id"], "seq": one["version"]} for one in moved])
            await _all(held, "notification", told, [
                {"id": new_id(), "subject_id": one["id"], "dedupe_key": f"hand:{one['id']}:{one['version']}"} for one in moved])
        took = time.perf_counter() - began
        await back()
        return took

    pairs = await alternate(ours, by_hand, rounds)
    seconds = sorted(ours for ours, _ in pairs)[len(pairs) // 2]
    ratios = [ours / floor for ours, floor in pairs]
    line = at_most(f"a roster of {MEMBERS:,} sent on, times as long", "the same rows by hand, one transaction", ratios, 4)
    return Line(line.what, line.floor, f"{line.figure}; {seconds:.1f} s", line.goal, line.met)


async def _all(held: Any, table: str, pattern: dict[str, Any], keys: Sequence[dict[str, Any]]) -> None:
    """The same row again under other keys, so many, as one batch."""
    await held.executemany(Pattern(table, pattern).statement, [list((pattern | one).values()) for one in keys])


async def _stamped(region: Region, clerk: Actor, matter: Matter, step: Step, ids: Sequence[UUID]) -> UUID:
    """A new list of all, whose scan came back."""
    roster = await rosters.make(region, clerk, matter.code, step.step, ids, clock.now())
    file = new_id()
    await execute("INSERT INTO file (region, id, owner_id, subject, subject_id, field, name, media_type, size, digest, key, made_at) "
                  "VALUES ($1, $2, $3, 'roster', $4, 'scan', '名单.pdf', 'application/pdf', 1, '', $5, now())",
                  region.code, file, clerk.account_id, roster.id, str(file))
    await execute("UPDATE roster SET state = 'stamped', file_id = $3, version = 2 WHERE region = $1 AND id = $2", region.code, roster.id, file)
    return UUID(str(roster.id))


async def _approved(region: Region, pool: asyncpg.Pool, clerk: Actor, matter: Matter, step: Step, rounds: int) -> Line:
    """The step before the list, :data:`BATCH` at a time; by hand: a locked read, an update and two inserts in a transaction for each."""
    first = matter.route[matter.route.index(step) - 1]
    ids = (await _ids(region, matter))[:BATCH]
    before = await row("SELECT * FROM cases WHERE region = $1 AND id = $2", region.code, ids[0])
    assert before is not None

    role = next(handler.role for handler in first.handler if handler.role)

    async def back() -> None:
        await execute(_BACK, region.code, matter.code, first.step, before["handler_org"], role, before["due_at"])

    async def ours() -> float:
        await back()
        found = await rows("SELECT id, version FROM cases WHERE region = $1 AND id = ANY ($2::uuid[])", region.code, ids)
        seen = {one["id"]: one["version"] for one in found}
        began = time.perf_counter()
        done = await several.act_on_each(region, clerk, Action.APPROVE, seen, "材料齐全", clock.now())
        assert not any(one.refusal for one in done), done[0]
        return time.perf_counter() - began

    await ours()
    event = await row("SELECT * FROM case_event WHERE region = $1 AND case_id = $2 ORDER BY seq DESC LIMIT 1", region.code, ids[0])
    told = await row("SELECT * FROM notification WHERE region = $1 ORDER BY created_at DESC LIMIT 1", region.code)
    assert event is not None and told is not None

    async def by_hand() -> float:
        await back()
        began, now = time.perf_counter(), clock.now()
        async with pool.acquire() as held:
            for id in ids:
                async with held.transaction():
                    await held.fetchrow("SELECT * FROM cases WHERE region = $1 AND id = $2 FOR UPDATE", region.code, id)
                    moved = await held.fetchrow("UPDATE cases SET version = version + 1, step = $3, step_at = $4, due_at = $4, remind_at = $4, "
                                                "updated_at = $4 WHERE region = $1 AND id = $2 RETURNING version", region.code, id, step.step, now)
                    await Pattern("case_event", event).insert(held, case_id=id, seq=moved["version"])
                    await Pattern("notification", told).insert(held, id=new_id(), subject_id=id, dedupe_key=f"hand:{id}:{moved['version']}")
        return time.perf_counter() - began

    pairs = await alternate(ours, by_hand, rounds)
    seconds = sorted(ours for ours, _ in pairs)[len(pairs) // 2]
    line = at_most(f"{BATCH} approved in one request, times as long", "a transaction by hand for each", [ours / floor for ours, floor in pairs], 3)
    return Line(line.what, line.floor, f"{line.figure}; {seconds:.1f} s", line.goal, line.met)
