"""Who looked at, exported or changed what: one row, in the transaction of the act itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from config.errors import NotPermitted
from config.keys import keys
from config.vocabulary import Permission
from models.account import phone_index
from models.audit import Audit
from models.database import execute, json_text, json_value, new_id, rows, rows_planned_anew
from models.reason import seal_reason
from services.actors import Actor
from services.regions import Region


async def record(actor: Actor, act: str, subject: str, subject_id: UUID | None, detail: Mapping[str, Any], now: datetime) -> UUID:
    """Write a line, and give its id. ``act``, ``subject``: words of the code (``suspend``, ``account``); ``detail``: no numbers of people, and
    under ``reason`` what somebody wrote herself, which is sealed."""
    line, said = new_id(), {name: value for name, value in detail.items() if name != "reason"}
    await execute("INSERT INTO audit (region, id, actor_id, actor_name, act, subject, subject_id, detail, reason_sealed, address, at) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11)", actor.region, line, actor.account_id, actor.name, act, subject,
                  subject_id, json_text(said), seal_reason(detail.get("reason", ""), actor.region, "audit", line), actor.address, now)
    return line


@dataclass(frozen=True)
class Wanted:
    """What is looked for; unset parts do not narrow.

    ``actor``: whole name or user name of who did it. ``about``: whom or what it was done to: a whole name, user name, telephone or ID number,
    or the number of a case or card. ``older``: the lines before this one.
    """

    actor: str = ""
    act: str = ""
    about: str = ""
    since: date | None = None
    until: date | None = None
    older: UUID | None = None


#: Of a person also what is hers. Nobody's name leads to more than :data:`MOST` things.
MOST = 500
_ACTORS = "SELECT id FROM account WHERE region = $1 AND (name = $2 OR login_name = $2) LIMIT 50"
_SUBJECTS = """
WITH person AS (SELECT id FROM account WHERE region = $1 AND name = $2 UNION SELECT id FROM account WHERE region = $1 AND login_name = $2
                UNION SELECT id FROM account WHERE region = $1 AND phone_index = $3
                UNION SELECT id FROM account WHERE region = $1 AND id_number_index = $4)
SELECT id FROM person
UNION ALL SELECT c.id FROM person JOIN cases c ON c.region = $1 AND c.applicant_id = person.id
UNION ALL SELECT c.id FROM person JOIN card c ON c.region = $1 AND c.holder_id = person.id
UNION ALL SELECT id FROM cases WHERE region = $1 AND number = $2
UNION ALL SELECT id FROM card WHERE region = $1 AND number = $2
UNION ALL SELECT id FROM organisation WHERE region = $1 AND name = $2
UNION ALL SELECT id FROM venue WHERE region = $1 AND name = $2
UNION ALL SELECT id FROM service WHERE region = $1 AND name = $2
LIMIT $5
"""
_LINES = """
SELECT * FROM audit WHERE region = $1{}
ORDER BY at DESC, id DESC LIMIT {}
"""
SYSTEM = "系统"


async def search(region: Region, actor: Actor, wanted: Wanted, *, limit: int = 50) -> list[Audit]:
    """Lines of the audit, newest first. Each question is answered in the order of an index, so its cost does not grow with the audit.

    Raises :class:`NotPermitted`.
    """
    if not actor.may(Permission.MANAGE_ACCOUNTS, region.profile):
        raise NotPermitted
    conditions, values = await _conditions(region, wanted)
    sql = _LINES.format("".join(f" AND {one.format(number)}" for number, one in enumerate(conditions, 2)), f"${len(values) + 2}")
    return [Audit.read(one | {"detail": json_value(one["detail"])})
            for one in await rows_planned_anew(sql, region.code, *values, min(limit, 101))]


async def _conditions(region: Region, wanted: Wanted) -> tuple[list[str], list[Any]]:
    """Pieces of this function alone, each with the place of its one value."""
    found: list[tuple[str, Any]] = []
    if wanted.actor == SYSTEM:
        found.append(("actor_id IS NULL AND actor_name = ${}", SYSTEM))
    elif wanted.actor:
        found.append(("actor_id = ANY(${}::uuid[])", [one["id"] for one in await rows(_ACTORS, region.code, wanted.actor)]))
    if wanted.act:
        found.append(("act = ${}", wanted.act))
    if wanted.about:
        about = await rows(_SUBJECTS, region.code, wanted.about, phone_index(wanted.about), keys().blind_index(wanted.about, "id_number"), MOST)
        found.append(("subject_id = ANY(${}::uuid[])", [one["id"] for one in about]))
    if wanted.since:
        found.append(("at >= ${}", datetime.combine(wanted.since, time(), region.profile.tz)))
    if wanted.until:
        found.append(("at < ${}", datetime.combine(wanted.until + timedelta(days=1), time(), region.profile.tz)))
    if wanted.older:
        found.append(("(at, id) < (SELECT at, id FROM audit a WHERE a.region = $1 AND a.id = ${})", wanted.older))
    return [one[0] for one in found], [one[1] for one in found]
