"""Where in the demo data a page is found: what stands in the places of its address."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from config import clock
from config.keys import KeyRing, read_ring
from qr import paper_code, venue_link
from qr.paper_code import PaperCode
from tests.product import Product


@dataclass(frozen=True)
class Stage:
    """The running product, and the region that is looked at."""

    product: Product
    region: str

    @property
    def keys(self) -> KeyRing:
        return read_ring(self.product.data / "keys.json", "aes")

    async def value(self, statement: str, *values: object) -> str:
        """One value as text; $1 is the region. Raises ``LookupError`` where the demo has no such thing."""
        found = await self.product.sql(statement, self.region, *values)
        if found is None:
            raise LookupError(f"the demo of {self.region} has nothing for: {statement} {values}")
        return str(found)


_RESET = "INSERT INTO password_reset (token_hash, region, account_id, made_at, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING 1"
_SESSION = """
INSERT INTO session (token_hash, region, account_id, channel, begun_at, seen_at, ends_at, confirmed_at)
VALUES ($1, $2, $3, $4, $5, $5, $6, $7) RETURNING 1
"""
#: What stands in a place of an address: a word, or how to find it.
Find = str | Callable[[Stage], Awaitable[str]]


def one(statement: str, *values: object) -> Find:
    """The first value of a statement whose $1 is the region."""
    async def find(stage: Stage) -> str:
        return await stage.value(statement, *values)

    return find


def case(matter: str, who: str = "", state: str = "", step: str = "") -> Find:
    """The newest case of a matter: of this applicant, in this state, at this step, as far as they are named."""
    return one("SELECT c.id FROM cases c JOIN account a ON (a.region, a.id) = (c.region, c.applicant_id) WHERE c.region = $1 AND c.matter = $2 "
               "AND $3 IN ('', a.login_name) AND $4 IN ('', c.state) AND $5 IN ('', c.step) ORDER BY c.created_at DESC LIMIT 1",
               matter, who, state, step)


def named(table: str, code: str) -> Find:
    """The row of a table that has a code."""
    return one(f"SELECT id FROM {table} WHERE region = $1 AND code = $2", code)


def first(table: str, order: str = "id", **where: str) -> Find:
    """The first row that has these values."""
    wanted = "".join(f" AND {name}::text = ${number}" for number, name in enumerate(where, 2))
    return one(f"SELECT id FROM {table} WHERE region = $1{wanted} ORDER BY {order} LIMIT 1", *where.values())


def account(login: str) -> Find:
    return one("SELECT id FROM account WHERE region = $1 AND login_name = $2", login)


def card_of(login: str) -> Find:
    return one("SELECT c.id FROM card c JOIN account a ON (a.region, a.id) = (c.region, c.holder_id) WHERE c.region = $1 AND a.login_name = $2 "
               "ORDER BY c.issued_on DESC LIMIT 1", login)


def visit(login: str, verdict: str) -> Find:
    """Her last scan that ended so."""
    return one("SELECT v.id FROM visit v JOIN account a ON (a.region, a.id) = (v.region, v.holder_id) WHERE v.region = $1 AND a.login_name = $2 "
               "AND v.verdict = $3 ORDER BY v.at DESC LIMIT 1", login, verdict)


def board(venue: str) -> Find:
    """What the QR of a venue's board says, behind the address."""
    async def find(stage: Stage) -> str:
        name = await stage.value("SELECT name FROM venue WHERE region = $1 AND code = $2", venue)
        return (await stage.product.board(name)).rpartition("/")[2]

    return find


def counter(venue: str) -> Find:
    """The secret link of a venue's counter."""
    async def find(stage: Stage) -> str:
        serial = await stage.value("SELECT serial FROM venue WHERE region = $1 AND code = $2", venue)
        version = await stage.value("SELECT link_version FROM venue WHERE region = $1 AND code = $2", venue)
        return venue_link.encode(stage.keys, stage.region, int(serial), int(version))

    return find


def arrival(venue: str) -> Find:
    return one("SELECT v.id FROM visit v JOIN venue p ON (p.region, p.id) = (v.region, v.venue_id) WHERE v.region = $1 AND p.code = $2 "
               "AND v.verdict = 'admitted' AND v.undone_at IS NULL ORDER BY v.at DESC LIMIT 1", venue)


def paper(matter: str, who: str) -> Find:
    """The code on a paper that was printed of a case, as if somebody had changed it since."""
    async def find(stage: Stage) -> str:
        id = UUID(await _found(case(matter, who), stage))
        return paper_code.encode(stage.keys, stage.region, PaperCode(id, 1, clock.now(), bytes(paper_code.DIGEST_BYTES)))

    return find


def reset_link(login: str) -> Find:
    """A link of a mail that sets a new password."""
    async def find(stage: Stage) -> str:
        token, now = secrets.token_urlsafe(32), clock.now()
        whose = UUID(await _found(account(login), stage))
        await stage.product.sql(_RESET, _hash(token), stage.region, whose, now, now + timedelta(minutes=15))
        return token

    return find


async def _found(what: Find, stage: Stage) -> str:
    return what if isinstance(what, str) else await what(stage)


async def found(places: dict[str, Find], stage: Stage) -> dict[str, str]:
    """All places of an address."""
    return {name: await _found(what, stage) for name, what in places.items()}


async def session(stage: Stage, login: str, face: str, *, confirmed: bool = True) -> str:
    """The token of a session that began now; ``login`` is of the region's demo. ``confirmed``: it is surely she."""
    token, now = secrets.token_urlsafe(32), clock.now()
    whose = UUID(await _found(account(login), stage))
    await stage.product.sql(_SESSION, _hash(token), stage.region, whose, face, now, now + timedelta(hours=6), now if confirmed else None)
    return token


async def end(stage: Stage, token: str) -> None:
    """Leave no device behind in a list of them."""
    await stage.product.sql("DELETE FROM session WHERE token_hash = $1 RETURNING 1", _hash(token))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
