"""Standings 人才认定分类 (DZ-06, GL-12, GL-13): what a person was classified as at the end of her admission or recognition, and the list of all."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotPermitted
from config.vocabulary import Permission
from models.database import row, rows
from services.actors import Actor
from services.regions import Region
from services.workbooks import MARK, MARK_WIDTH, MOST_ROWS, Progress, TooManyRows, Workbook, mark, write


@dataclass(frozen=True)
class Standing:
    """Of one person: her class, and the case that gave it; ``organisation``: who decided."""

    code: str
    label: str
    case_id: UUID
    number: str
    organisation: str
    at: datetime


@dataclass(frozen=True)
class Listed:
    """One line of the list: whose it is and where she works, beside the :class:`Standing`."""

    person: str
    unit: str
    standing: Standing


@dataclass(frozen=True)
class Wanted:
    """What is looked for; unset parts do not narrow. ``words``: the whole name, or the case's whole number; ``unit``: a part of its name."""

    words: str = ""
    code: str = ""
    unit: str = ""
    since: date | None = None
    until: date | None = None


#: The case that decided last: a later one without a class left the class as it was. $2: the matters that decide.
_DECIDED = """
FROM dossier d
JOIN LATERAL (
    SELECT id, number, handler_org, closed_at FROM cases
    WHERE region = d.region AND dossier_id = d.id AND state = 'completed' AND matter = ANY ($2::text[]) ORDER BY closed_at DESC LIMIT 1
) c ON true
JOIN organisation h ON (h.region, h.id) = (d.region, c.handler_org)
"""

_OF_PERSON = f"SELECT d.standing, c.id, c.number, c.closed_at, h.name AS organisation {_DECIDED} " \
             "WHERE d.region = $1 AND d.account_id = $3 AND d.standing <> ''"


async def of_person(region: Region, account: UUID | None) -> Standing | None:
    """Hers, as soon as it was decided; asks nothing where nobody is classified."""
    if not region.profile.classes:
        return None
    found = await row(_OF_PERSON, region.code, list(region.profile.classifying), account)
    return _standing(region, found) if found else None


#: $3 name or number, $4 class, $5 part of the unit's name, $6 and $7 decided from and before, $8 rows, $9 rows to leave out.
_LISTED = f"""
SELECT d.standing, c.id, c.number, c.closed_at, h.name AS organisation, a.name AS person, coalesce(u.name, '') AS unit, count(*) OVER () AS total
{_DECIDED}
JOIN account a ON (a.region, a.id) = (d.region, d.account_id)
LEFT JOIN organisation u ON (u.region, u.id) = (a.region, a.unit_id)
WHERE d.region = $1 AND d.standing <> '' AND ($3 = '' OR a.name = $3 OR c.number = upper($3)) AND ($4 = '' OR d.standing = $4)
  AND ($5 = '' OR strpos(u.name, $5) > 0) AND ($6::timestamptz IS NULL OR c.closed_at >= $6) AND ($7::timestamptz IS NULL OR c.closed_at < $7)
ORDER BY c.closed_at DESC, d.id LIMIT $8 OFFSET $9
"""


async def search(region: Region, actor: Actor, wanted: Wanted, *, limit: int = 50, offset: int = 0) -> tuple[list[Listed], int]:
    """A page of the list, newest first, and how many there are in all. Raises :class:`NotPermitted`, :class:`Invalid`."""
    if not actor.may(Permission.QUERY_CARDS, region.profile):
        raise NotPermitted
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise Invalid({"until": "结束日期应不早于开始日期。"})
    found = await rows(_LISTED, region.code, list(region.profile.classifying), wanted.words.strip(), wanted.code, wanted.unit.strip(),
                       _midnight(region, wanted.since), _midnight(region, wanted.until and wanted.until + timedelta(days=1)), limit, offset)
    return [Listed(one["person"], one["unit"], _standing(region, one)) for one in found], int(found[0]["total"]) if found else 0


#: Title → its width in characters.
COLUMNS = {"姓名": 12, "所在单位": 32, "认定类别": 12, "认定机构": 28, "认定日期": 12, "申报编号": 18}


async def rows_of(region: Region, actor: Actor, wanted: Wanted, now: datetime) -> int:
    """How many rows the list would have as a file. Raises ``TooManyRows``, :class:`NotPermitted`, :class:`Invalid`."""
    _, total = await search(region, actor, wanted, limit=1)
    if total > MOST_ROWS:
        raise TooManyRows
    return total


async def excel(region: Region, actor: Actor, wanted: Wanted, now: datetime, progress: Progress) -> Workbook:
    """The whole list as Excel. Raises as :func:`rows_of`."""
    total = await rows_of(region, actor, wanted, now)
    found, _ = await search(region, actor, wanted, limit=MOST_ROWS)
    progress(len(found), max(total, len(found)))
    by = mark(actor.name, now.astimezone(region.profile.tz))
    content = await asyncio.to_thread(write, "人才名单", [_record(region, one) | {MARK: by} for one in found], COLUMNS | {MARK: MARK_WIDTH})
    return Workbook(f"人才名单_{now.astimezone(region.profile.tz):%Y%m%d_%H%M}.xlsx", content, len(found))


def _record(region: Region, one: Listed) -> dict[str, str | int | None]:
    held = one.standing
    values = (one.person, one.unit, held.label, held.organisation, f"{held.at.astimezone(region.profile.tz):%Y-%m-%d}", held.number)
    return dict(zip(COLUMNS, values, strict=True))


def told(wanted: Wanted) -> dict[str, Any]:
    """For the audit; a name that was searched for is not repeated there."""
    return {name: "…" if name == "words" else str(value) for name, value in asdict(wanted).items() if value}


def _midnight(region: Region, day: date | None) -> datetime | None:
    return datetime.combine(day, time(), region.profile.tz) if day else None


def _standing(region: Region, found: dict[str, Any]) -> Standing:
    code = found["standing"]
    return Standing(code, region.profile.classes.get(code, code), found["id"], found["number"], found["organisation"], found["closed_at"])
