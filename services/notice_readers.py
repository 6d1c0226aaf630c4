"""Who of those whom a notice addresses has opened it: in all, and by office. Of persons only numbers are told, never names."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.account import AccountKind
from models.database import rows
from models.notice import Audience, Notice
from services import notices
from services.actors import Actor
from services.regions import Region

PAGE = 50
#: Which accounts an audience is.
KINDS = {
    Audience.EVERYONE: [AccountKind.STAFF, AccountKind.UNIT, AccountKind.TALENT], Audience.STAFF: [AccountKind.STAFF],
    Audience.UNITS: [AccountKind.UNIT], Audience.TALENTS: [AccountKind.TALENT],
}


@dataclass(frozen=True)
class Tally:
    """How many accounts of a kind are addressed, and how many of them have opened it."""

    label: str
    addressed: int
    read: int


@dataclass(frozen=True)
class Office:
    """The same for one office or unit; ``missing``: colleagues there who have not, the first of them by name."""

    name: str
    addressed: int
    read: int
    missing: Sequence[str]


@dataclass(frozen=True)
class Readers:
    """``offices``: one page of them, those that lack most first; ``total``: how many offices there are."""

    notice: Notice
    tallies: Sequence[Tally]
    offices: Sequence[Office]
    total: int


#: $2 the notice, $3 kinds of accounts, $4 the office at the top, or none.
_ADDRESSED = """
WITH RECURSIVE below AS (
    SELECT id FROM organisation WHERE region = $1 AND ($4::uuid IS NULL OR id = $4)
    UNION SELECT o.id FROM organisation o JOIN below b ON o.region = $1 AND o.parent_id = b.id),
addressed AS (
    SELECT a.id, a.kind, a.name, r.account_id IS NOT NULL AS read FROM account a
    LEFT JOIN notice_read r ON (r.region, r.notice_id, r.account_id) = (a.region, $2, a.id)
    WHERE a.region = $1 AND a.kind = ANY($3) AND a.state = 'active' AND (a.kind = 'talent' OR EXISTS (
        SELECT 1 FROM role_grant g WHERE (g.region, g.account_id) = (a.region, a.id) AND g.ended_at IS NULL
           AND g.organisation_id IN (SELECT id FROM below))))
"""
_BY_KIND = " ".join((_ADDRESSED, "SELECT kind, count(*) AS addressed, count(*) FILTER (WHERE read) AS read FROM addressed GROUP BY kind"))
_BY_OFFICE = " ".join((_ADDRESSED, """
SELECT o.name, count(*) AS addressed, count(*) FILTER (WHERE d.read) AS read, count(*) OVER () AS total,
       coalesce((array_agg(d.name ORDER BY d.name) FILTER (WHERE NOT d.read))[:12], '{}') AS missing
FROM (SELECT DISTINCT a.id, a.name, a.read, g.organisation_id FROM addressed a
      JOIN role_grant g ON g.region = $1 AND g.account_id = a.id AND g.ended_at IS NULL AND g.organisation_id IN (SELECT id FROM below)) d
JOIN organisation o ON o.region = $1 AND o.id = d.organisation_id
GROUP BY o.id, o.name, o.kind, o.code ORDER BY count(*) FILTER (WHERE NOT d.read) DESC, o.kind, o.code LIMIT $5 OFFSET $6
"""))


async def of_notice(region: Region, actor: Actor, category: str, id: UUID, *, page: int = 1) -> Readers:
    """For who keeps the notice. Raises ``NotFound``."""
    notice = await notices.keeping(region, actor, category, id)
    asked = (region.code, id, [kind.value for kind in KINDS[notice.audience]], notice.within_id)
    tallies = {one["kind"]: one for one in await rows(_BY_KIND, *asked)}
    offices = await rows(_BY_OFFICE, *asked, PAGE, (page - 1) * PAGE)
    return Readers(notice, [Tally(kind.label, one["addressed"], one["read"]) for kind in KINDS[notice.audience] if (one := tallies.get(kind))],
                   [Office(one["name"], one["addressed"], one["read"], one["missing"]) for one in offices], offices[0]["total"] if offices else 0)
