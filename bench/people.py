"""Whom and what the programs work with: holders with cards, sessions and unlimited benefits, clerks at windows, a board that is always open.

Filled by whole statements: a program measures verbs, not its own preparation. Names are numbers, and tokens can be guessed.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config import clock
from models.database import connection, execute, row, rows
from services import sessions
from services.actors import Actor
from services.regions import Region

HOLDERS = 64
#: Made by one statement.
TOGETHER = 2000

_HOLDERS = """
WITH units AS (SELECT array_agg(id) AS ids FROM organisation WHERE region = $1 AND kind = 'unit'), people AS (
    INSERT INTO account (region, id, kind, name, login_name, created_at, terms_version, terms_at, unit_id)
    SELECT $1, uuidv7(), 'talent', '持卡人' || n, 'holder' || n, $2::timestamptz, $5, CASE WHEN $5 <> '' THEN $2 END, ids[1 + n % cardinality(ids)]
    FROM units, generate_series($6::int, $3::int) n RETURNING id, login_name
), cards AS (
    INSERT INTO card (region, id, number, holder_id, level, state, issued_on, valid_until, state_reason, state_at)
    SELECT $1, uuidv7(), 'C-' || login_name, id, $4, 'active', $2::date - 10, $2::date + 900, '', $2 FROM people
)
INSERT INTO session (token_hash, region, account_id, channel, begun_at, seen_at, ends_at, confirmed_at)
SELECT sha256(('token-' || login_name)::bytea), $1, id, 'mini', $2, $2 + interval '1 hour', $2 + interval '1 day', $2 FROM people
"""

_CLERKS = """
WITH windows AS (
    SELECT id, row_number() OVER (ORDER BY code) AS n FROM organisation WHERE region = $1 AND kind = 'window'
), people AS (
    INSERT INTO account (region, id, kind, name, login_name, created_at)
    SELECT $1, uuidv7(), 'staff', '经办' || n, 'clerk' || n, $2::timestamptz FROM windows RETURNING id, login_name
), grants AS (
    INSERT INTO role_grant (region, id, account_id, organisation_id, role, granted_at)
    SELECT $1, uuidv7(), p.id, w.id, $3, $2 FROM people p JOIN windows w ON p.login_name = 'clerk' || w.n
)
INSERT INTO session (token_hash, region, account_id, channel, begun_at, seen_at, ends_at, confirmed_at)
SELECT sha256(('token-' || login_name)::bytea), $1, id, 'desk', $2, $2 + interval '1 hour', $2 + interval '1 day', $2 FROM people
"""


@dataclass(frozen=True)
class Board:
    """A board whose venue is open at every minute and gives the best level as much as it likes."""

    serial: int
    level: str
    venue_id: UUID


async def holders(region: Region, count: int = HOLDERS) -> None:
    """Talents ``holder1`` … with an active card of the best level and a session of the mini program, ``token-holder1`` …"""
    terms = region.profile.terms
    level, version = region.profile.card.levels[0].code, terms.version if terms else ""
    for start in range(1, count + 1, TOGETHER):
        await execute(_HOLDERS, region.code, clock.now(), min(count, start + TOGETHER - 1), level, version, start)


#: $1 region, $2 venue, $3 serial of its board, $4 now, $5 level: a year with a scan a week for each holder.
_VISITS = """
INSERT INTO visit (region, holder_id, venue_id, board_serial, nonce, verdict, category, level, companions, at)
SELECT c.region, c.holder_id, v.id, $3::bigint, gen_random_uuid(), 'admitted', v.category, $5::text, 0, $4::timestamptz - week * interval '7 days'
FROM card c JOIN venue v ON v.region = c.region AND v.id = $2 CROSS JOIN generate_series(1, 52) week WHERE c.region = $1
"""


async def visits(region: Region, board: Board) -> None:
    """A past for the holders, analysed: plans that were made for an empty table are nobody's for long."""
    await execute(_VISITS, region.code, board.venue_id, board.serial, clock.now(), board.level)
    await connection().execute_script("ANALYZE")


_UNITS = """
INSERT INTO organisation (region, id, code, name, kind) SELECT $1, uuidv7(), 'bench_unit' || n, '第' || n || '装备有限公司', 'unit'
FROM generate_series(1, $2::int) n
"""


async def units(region: Region, count: int) -> None:
    """Units at which holders work who are made afterwards, as many at each."""
    await execute(_UNITS, region.code, count)


async def clerks(region: Region) -> None:
    """One clerk a window, ``clerk1`` …, with a session of the desk."""
    await execute(_CLERKS, region.code, clock.now(), region.matter("booking").route[0].handler[0].role)


async def board(region: Region) -> Board:
    """A board at a venue that never closes."""
    level = region.profile.card.levels[0].code
    venue = await row("SELECT v.id FROM venue v JOIN benefit b ON b.region = v.region AND b.category = v.category "
                      "WHERE v.region = $1 AND b.level = $2 AND b.yearly IS NULL ORDER BY v.code LIMIT 1", region.code, level)
    assert venue is not None, "the region gives nobody anything without limit"
    await execute("DELETE FROM opening WHERE region = $1 AND venue_id = $2", region.code, venue["id"])
    await execute("DELETE FROM closed_day WHERE region = $1 AND venue_id = $2", region.code, venue["id"])
    await execute("INSERT INTO opening (region, id, venue_id, weekday, opens, closes) "
                  "SELECT $1, uuidv7(), $2, day, 0, 1440 FROM generate_series(1, 7) day", region.code, venue["id"])
    made = await row("INSERT INTO board (region, id, venue_id, issued_at) VALUES ($1, uuidv7(), $2, $3) RETURNING serial",
                     region.code, venue["id"], clock.now())
    assert made is not None
    return Board(made["serial"], level, venue["id"])


def token(login_name: str) -> str:
    return f"token-{login_name}"


async def actor(region: Region, login_name: str, now: datetime) -> Actor:
    """One of them, resolved as the edge does it."""
    found = await sessions.resolve(sessions.hash_token(token(login_name)), region.code, now)
    assert found is not None
    return found


async def ids(region: Region) -> dict[str, UUID]:
    """Token → account, of all holders."""
    found = await rows("SELECT id, login_name FROM account WHERE region = $1 AND kind = 'talent'", region.code)
    return {token(one["login_name"]): one["id"] for one in found}
