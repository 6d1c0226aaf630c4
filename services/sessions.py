"""Sessions: 256 random bits in the person's hands, their SHA-256 in the table, and nothing cached.

Every request asks the table, with the account's state and its roles in the same statement, or in the statement of its verb (:class:`Claim`):
logout, suspension, a new password or an ended role hold from the next request on, on every process (T14, R9).
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from config.errors import NotLoggedIn
from config.settings import settings
from models.account import AccountKind
from models.database import execute, json_value, row, rows
from services import deputies
from services.actors import Actor, Grant, StandIn
from services.masking import masked_name
from services.verbs import verb

SEEN_EVERY = timedelta(minutes=1)

#: What an open session is, for every statement that asks: token's hash, region, now, and since when it may have been idle.
_OPEN = """session s JOIN account a ON a.region = s.region AND a.id = s.account_id AND a.state = 'active' AND s.token_hash = {}
       AND s.region = {} AND s.ended_at IS NULL AND s.ends_at > {} AND s.seen_at > {}"""

RESOLVE = f"""
SELECT s.account_id, s.channel, s.seen_at, s.confirmed_at, s.cools_until, a.name, a.kind, a.terms_version, g.grants, stands.standing_in
  FROM {_OPEN.format("$1", "$2", "$3", "$4")}
  LEFT JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_array(r.organisation_id, o.name, r.role) ORDER BY r.granted_at) AS grants
         FROM role_grant r JOIN organisation o ON o.region = r.region AND o.id = r.organisation_id AND o.state = 'active'
        WHERE r.region = s.region AND r.account_id = s.account_id AND r.ended_at IS NULL) g ON true
  {deputies.STANDING_IN.format(region="s.region", account="s.account_id", now="$3")}
"""  # noqa: S608  # pieces of this file alone, every value a parameter


@dataclass(frozen=True, slots=True)
class Claim:
    """A token that nobody has looked at yet, for a verb that checks it in its own statement (:func:`bearer`), and what its holder must be.

    ``terms``: the version that she must have agreed to; none: any.
    """

    token_hash: bytes = field(repr=False)
    region: str
    kind: AccountKind
    terms: str | None
    now: datetime
    address: str = ""

    def values(self) -> tuple[object, ...]:
        """Idleness, kind and terms: the parameters of :func:`bearer` that a verb has no use for itself."""
        return _idle(self.now), self.kind.value, self.terms


def bearer(token: str, region: str, now: str, rest: int) -> str:
    """The CTE ``bearer``: one row, or none for whom :func:`resolve` does not know or whom the claim does not fit.

    The first three say where a statement has these values; from parameter ``rest`` on stand :meth:`Claim.values`.
    """
    return f"""bearer AS MATERIALIZED (
    SELECT a.id AS bearer_id, a.name, a.kind, a.terms_version, s.channel, s.seen_at, s.confirmed_at, s.cools_until
    FROM {_OPEN.format(token, region, now, f"${rest}")}
    WHERE a.kind = ${rest + 1} AND (${rest + 2}::text IS NULL OR a.terms_version = ${rest + 2})
)"""  # noqa: S608  # as above


async def borne(claim: Claim, found: Mapping[str, Any]) -> Actor:
    """Who held the claim, from the row of ``bearer``. Without her roles: a claim is for those who have none."""
    await _seen(claim.token_hash, found["seen_at"], claim.now)
    return _actor(claim.region, found["bearer_id"], found, claim.address)


def _actor(region: str, account_id: UUID, found: Mapping[str, Any], address: str, grants: tuple[Grant, ...] = (),
           stands: tuple[StandIn, ...] = ()) -> Actor:
    confirmed = found["confirmed_at"] is not None
    return Actor(region, account_id, found["name"] if confirmed else masked_name(found["name"]), AccountKind(found["kind"]), grants,
                 found["channel"], address, found["terms_version"], stands, confirmed, found["cools_until"])


@dataclass(frozen=True, slots=True)
class OpenSession:
    """``ref`` names the session in a list of one's own sessions; it opens nothing."""

    ref: str
    channel: str
    begun_at: datetime
    seen_at: datetime
    current: bool


def hash_token(token: str) -> bytes:
    """32 bytes: what the table knows of a token."""
    return hashlib.sha256(token.encode()).digest()


@verb
async def begin(region: str, account_id: UUID, channel: str, now: datetime, *, confirmed: bool = True, cools_until: datetime | None = None) -> str:
    """Begin a session and give its token: the only moment at which the token exists on our side."""
    token = secrets.token_urlsafe(32)
    await execute("INSERT INTO session (token_hash, region, account_id, channel, begun_at, seen_at, ends_at, confirmed_at, cools_until) "
                  "VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)", hash_token(token), region, account_id, channel, now,
                  now + timedelta(days=settings().session_days), now if confirmed else None, cools_until)
    return token


@verb
async def confirm(token_hash: bytes, now: datetime, cools_until: datetime | None) -> str:
    """The session goes on, confirmed and under a new token: what somebody saw of the old one is worth nothing (T14). Raises :class:`NotLoggedIn` for
    one that ended meanwhile."""
    token = secrets.token_urlsafe(32)
    if not await execute("UPDATE session SET token_hash = $2, confirmed_at = $3, cools_until = $4 WHERE token_hash = $1 AND ended_at IS NULL",
                         token_hash, hash_token(token), now, cools_until):
        raise NotLoggedIn
    return token


async def resolve(token_hash: bytes, region: str, now: datetime, address: str = "") -> Actor | None:
    """Who holds the token: ``None`` when the session ended, was never, belongs to another region, or the account is not active."""
    found = await row(RESOLVE, token_hash, region, now, _idle(now))
    if found is None:
        return None
    await _seen(token_hash, found["seen_at"], now)
    grants = tuple(Grant(UUID(place), name, role) for place, name, role in json_value(found["grants"]) or ())
    return _actor(region, found["account_id"], found, address, grants, standing_in(found["standing_in"]))


def standing_in(found: Any) -> tuple[StandIn, ...]:
    """What a statement says with ``deputies.STANDING_IN``."""
    return tuple(StandIn(UUID(away), name, Grant(UUID(place), office, role)) for away, name, place, office, role in json_value(found) or ())


def _idle(now: datetime) -> datetime:
    return now - timedelta(minutes=settings().session_idle_minutes)


async def _seen(token_hash: bytes, last: datetime, now: datetime) -> None:
    if now - last >= SEEN_EVERY:
        await execute("UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2", token_hash, now)


@verb
async def end(token_hash: bytes, now: datetime) -> None:
    """Log out here."""
    await execute("UPDATE session SET ended_at = $2 WHERE token_hash = $1 AND ended_at IS NULL", token_hash, now)


@verb
async def end_all(region: str, account_id: UUID, now: datetime, *, keep: bytes | None = None) -> int:
    """End every session of the account, except the one to ``keep``; how many ended."""
    return await execute("UPDATE session SET ended_at = $3 WHERE region = $1 AND account_id = $2 AND ended_at IS NULL "
                         "AND token_hash IS DISTINCT FROM $4::bytea", region, account_id, now, keep)


@verb
async def end_one(region: str, account_id: UUID, ref: str, now: datetime) -> bool:
    """End one of one's own sessions; whether there was such a one."""
    return await execute("UPDATE session SET ended_at = $4 WHERE region = $1 AND account_id = $2 AND ended_at IS NULL "
                         "AND substr(encode(token_hash, 'hex'), 1, 24) = $3", region, account_id, ref, now) == 1


async def of_account(region: str, account_id: UUID, now: datetime, *, current: bytes | None = None) -> list[OpenSession]:
    """The open sessions of an account, last used first."""
    found = await rows("SELECT token_hash, channel, begun_at, seen_at FROM session WHERE region = $1 AND account_id = $2 AND ended_at IS NULL "
                       "AND ends_at > $3 AND seen_at > $4 ORDER BY seen_at DESC",
                       region, account_id, now, now - timedelta(minutes=settings().session_idle_minutes))
    return [OpenSession(bytes(one["token_hash"]).hex()[:24], one["channel"], one["begun_at"], one["seen_at"], bytes(one["token_hash"]) == current)
            for one in found]
