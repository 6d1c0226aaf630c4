"""The office before the card: profiles, a dossier of nineteen sections, search by an ID number, against the same statements by hand."""

import time
from statistics import median
from typing import Any

import asyncpg

from bench.ground import Ground, filled
from bench.rounds import Line, alternate, at_most, spread
from config import clock
from config.loading import read_profile
from config.loading import regions as shipped
from config.settings import settings
from models.account import AccountKind
from models.database import connection, credentials, execute, new_id
from services import dossiers, regions, registration
from services.actors import Actor
from services.dossiers import Owner
from services.regions import Region

FEW, MANY, STEP = 10_000, 1_000_000, 50_000
PHONE = "19900009999"

_ACCOUNTS = """
INSERT INTO account (region, id, kind, name, login_name, phone_index, id_number_index, created_at)
SELECT $1, uuidv7(), 'talent', '人才' || n, 'talent' || n, sha256(('p' || n)::bytea), sha256(('i' || n)::bytea), now()
FROM generate_series($2::int, $3::int) n
"""


def profiles(rounds: int) -> Line:
    """All shipped regions read, validated and cross-checked; seconds."""
    codes = shipped(settings().regions)
    found = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        for code in codes:
            read_profile(settings().regions / code)
        found.append(time.perf_counter() - began)
    return Line(f"reading and checking {len(codes)} profiles", "", f"{spread(found[1:])} s", "≤ 1 s", median(found[1:]) <= 1)


async def measure(ground: Ground, rounds: int) -> list[Line]:
    lines = [profiles(rounds)]
    async with filled(ground) as region:
        wide = await _widest(region)
        lines.append(await _dossier(ground, wide, rounds))
        lines.append(await _search(region, rounds))
    return lines


async def _widest(region: Region) -> Region:
    """The shipped region whose dossiers have the most sections."""
    read = [read_profile(settings().regions / code) for code in shipped(settings().regions)]
    most = max(read, key=lambda profile: len(profile.person_sections))
    return region if most.code == region.code else await regions.load(most, clock.now())


async def _dossier(ground: Ground, region: Region, rounds: int) -> Line:
    """One row saved and the whole dossier shown in words, against one update and one select of the same sealed content."""
    account = new_id()
    await execute("INSERT INTO account (region, id, kind, name, login_name, created_at) VALUES ($1, $2, 'talent', '周敏', 'zhou', now())",
                  region.code, account)
    owner, actor = Owner("talent", account_id=account), Actor(region.code, account, "周敏", AccountKind.TALENT, channel="phone")
    sections = region.profile.person_sections
    for section in sections:
        await _fill(region, actor, owner, section.section)
    simple = next(section for section in sections if section.repeats)

    async def ours() -> float:
        began = time.perf_counter()
        dossier = await dossiers.of(region, owner, clock.now())
        changed = await dossiers.put_row(region, actor, owner, simple.section, 0, _values(region, simple.section), dossier.version, clock.now())
        content = changed.draft
        await dossiers.in_words(region, sections, content)
        dossiers.missing(sections, content)
        return time.perf_counter() - began

    async with asyncpg.create_pool(**credentials(ground.database_url), min_size=1, max_size=1) as pool:
        async def by_hand() -> float:
            began = time.perf_counter()
            async with pool.acquire() as connection, connection.transaction():
                found = await connection.fetchrow("SELECT * FROM dossier WHERE region = $1 AND account_id = $2", region.code, account)
                await connection.execute("UPDATE dossier SET draft_sealed = $3, version = version + 1 WHERE region = $1 AND id = $2",
                                         region.code, found["id"], found["draft_sealed"])
            return time.perf_counter() - began

        pairs = await alternate(ours, by_hand, rounds)
    figures = [mine * 1000 for mine, _ in pairs]
    floor = median(other * 1000 for _, other in pairs)
    return Line(f"a dossier of {len(sections)} sections saved and shown", f"select and update by hand: {floor:.1f} ms", f"{spread(figures, 1)} ms",
                "≤ 60 ms", median(figures) <= 60)


def _values(region: Region, code: str) -> dict[str, Any]:
    """Something in every text field of a section: a draft may lack the rest."""
    section = dossiers.section_of(region, "talent", code)
    return {field.field: "内容" * 2 for field in section.fields if field.type in {"text", "long_text"} and not field.when}


async def _fill(region: Region, actor: Actor, owner: Owner, code: str) -> None:
    section = dossiers.section_of(region, owner.kind, code)
    for number in range(5 if section.repeats else 1):
        seen = (await dossiers.of(region, owner, clock.now())).version
        await dossiers.put_row(region, actor, owner, code, None if section.repeats else number, _values(region, code), seen, clock.now())


async def _search(region: Region, rounds: int) -> Line:
    """Exact search by a sealed number among a million accounts, against itself among ten thousand."""
    few = await _timed(region, 1, FEW, rounds)
    many = await _timed(region, FEW + 1, MANY, rounds)
    ratios = [one / other for one, other in zip(many, few, strict=True)]
    return at_most(f"exact search by a sealed number among {MANY:,}", f"itself among {FEW:,}", ratios, 1.5)


async def _timed(region: Region, first: int, last: int, rounds: int) -> list[float]:
    for start in range(first, last + 1, STEP):
        await execute(_ACCOUNTS, region.code, start, min(start + STEP - 1, last))
    await connection().execute_script("ANALYZE account")
    figures = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        for _ in range(500):
            await registration.holder_of(region, PHONE)
        figures.append(time.perf_counter() - began)
    return figures[1:]
