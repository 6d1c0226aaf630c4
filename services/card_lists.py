"""英才卡管理 (WH-35): cards as staff find them, by combined conditions; a card's own page; and the same list as Excel."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from config.errors import Invalid, NotPermitted
from config.vocabulary import Permission
from models.account import Account
from models.card import Card, CardState
from models.database import row, rows, rows_planned_anew
from models.reason import read_reason
from services import audit
from services.actors import Actor
from services.regions import Region
from services.workbooks import MARK, MARK_WIDTH, MOST_ROWS, Progress, TooManyRows, Workbook, mark, write

Validity = Literal["", "valid", "soon", "expired"]
#: 快到期: so many days before the end, so that a renewal comes in time.
SOON_DAYS = 60


@dataclass(frozen=True)
class Wanted:
    """What is looked for; unset parts do not narrow. ``words``: the whole number or the holder's whole name; ``unit``: a part of its name."""

    words: str = ""
    level: str = ""
    state: str = ""
    unit: str = ""
    validity: Validity = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Listed:
    """One card in a list of staff, with its holder's name and unit."""

    id: UUID
    number: str
    holder: str
    unit: str
    level: str
    state: CardState
    expired: bool
    issued_on: date
    valid_until: date
    state_reason: str

    @property
    def standing(self) -> str:
        return "已过期" if self.expired and self.state is CardState.ACTIVE else self.state.label


#: Of a page; a file counts its own.
MOST_COUNTED = 1_001
#: $1 region, $2 number or name, $3 state, $4 level, $5 part of the unit's name, $6 validity, $7 today, $8 days that are soon, $9 and $10 issued
#: from and until. What is empty does not narrow: planned for these very values, it is not there at all.
_WANTED = """c.region = $1
  AND ($2 = '' OR c.number = upper($2) OR c.holder_id = ANY (ARRAY(SELECT id FROM account WHERE region = $1 AND name = $2)))
  AND ($3 = '' OR c.state = $3) AND ($4 = '' OR c.level = $4)
  AND ($5 = '' OR c.holder_id = ANY (ARRAY(SELECT w.id FROM account w JOIN organisation o ON (o.region, o.id) = (w.region, w.unit_id)
                                           WHERE w.region = $1 AND strpos(o.name, $5) > 0)))
  AND ($6 = '' OR $6 = 'expired' AND c.valid_until < $7 OR $6 = 'valid' AND c.valid_until >= $7
       OR $6 = 'soon' AND c.valid_until BETWEEN $7 AND $7::date + $8::integer)
  AND ($9::date IS NULL OR c.issued_on >= $9) AND ($10::date IS NULL OR c.issued_on <= $10)"""
#: $11 rows, $12 rows to leave out.
_LISTED = " ".join((
    """SELECT c.id, c.number, a.name AS holder, coalesce(o.name, '') AS unit, c.level, c.state, c.issued_on, c.valid_until, c.state_reason,
       c.reason_sealed FROM (SELECT * FROM card c WHERE""", _WANTED, """ORDER BY c.issued_on DESC, c.id DESC LIMIT $11 OFFSET $12) c
    JOIN account a ON (a.region, a.id) = (c.region, c.holder_id) LEFT JOIN organisation o ON (o.region, o.id) = (a.region, a.unit_id)
    ORDER BY c.issued_on DESC, c.id DESC"""))
#: $11 how far to count.
_COUNTED = " ".join(("SELECT count(*) AS total FROM (SELECT 1 FROM card c WHERE", _WANTED, "LIMIT $11) counted"))


async def search(region: Region, actor: Actor, wanted: Wanted, now: datetime, *, limit: int = 50, offset: int = 0) -> tuple[list[Listed], int]:
    """A page of the answer, newest first, and how many there are, counted no further than :data:`MOST_COUNTED`.

    Raises ``NotPermitted``, ``Invalid``.
    """
    _require_query(region, actor)
    return await _ask(region, wanted, now, min(limit, 100), offset), await _count(region, wanted, now, MOST_COUNTED)


async def _ask(region: Region, wanted: Wanted, now: datetime, limit: int, offset: int) -> list[Listed]:
    today = now.astimezone(region.profile.tz).date()
    return [Listed(one["id"], one["number"], one["holder"], one["unit"], region.profile.level_name(one["level"]), CardState(one["state"]),
                   one["valid_until"] < today, one["issued_on"], one["valid_until"],
                   read_reason(one["reason_sealed"], one["state_reason"], region.code, "card", one["id"]))
            for one in await rows_planned_anew(_LISTED, *_values(region, wanted, now), limit, offset)]


async def _count(region: Region, wanted: Wanted, now: datetime, most: int) -> int:
    return int((await rows_planned_anew(_COUNTED, *_values(region, wanted, now), most))[0]["total"])


def _values(region: Region, wanted: Wanted, now: datetime) -> tuple[Any, ...]:
    """$1 to $10. Raises ``Invalid``."""
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise Invalid({"until": "结束日期应不早于开始日期。"})
    return (region.code, wanted.words.strip(), wanted.state, wanted.level, wanted.unit.strip(), wanted.validity,
            now.astimezone(region.profile.tz).date(), SOON_DAYS, wanted.since, wanted.until)


#: Title → its width in characters.
COLUMNS = {"卡号": 18, "持卡人": 12, "所在单位": 32, "等级": 10, "状态": 10, "颁发日期": 12, "有效期至": 12, "原因": 36}


async def rows_of(region: Region, actor: Actor, wanted: Wanted, now: datetime) -> int:
    """How many rows the answer would have as a file. Raises ``TooManyRows``, ``NotPermitted``, ``Invalid``."""
    _require_query(region, actor)
    total = await _count(region, wanted, now, MOST_ROWS + 1)
    if total > MOST_ROWS:
        raise TooManyRows
    return total


async def excel(region: Region, actor: Actor, wanted: Wanted, now: datetime, progress: Progress) -> Workbook:
    """The whole answer as Excel. Raises as :func:`rows_of`."""
    total = await rows_of(region, actor, wanted, now)
    found = await _ask(region, wanted, now, MOST_ROWS, 0)
    progress(len(found), max(total, len(found)))
    by = mark(actor.name, now.astimezone(region.profile.tz))
    content = await asyncio.to_thread(write, "人才卡", [_record(one) | {MARK: by} for one in found], COLUMNS | {MARK: MARK_WIDTH})
    return Workbook(f"人才卡_{now.astimezone(region.profile.tz):%Y%m%d_%H%M}.xlsx", content, len(found))


def _record(one: Listed) -> dict[str, str | int | None]:
    values = (one.number, one.holder, one.unit, one.level, one.standing, f"{one.issued_on}", f"{one.valid_until}", one.state_reason)
    return dict(zip(COLUMNS, values, strict=True))


def told(wanted: Wanted) -> dict[str, Any]:
    """For the audit; a name or number that was searched for is not repeated there."""
    return {name: "…" if name == "words" else str(value) for name, value in asdict(wanted).items() if value}


@dataclass(frozen=True)
class Told:
    """One line of a card's story, with who did it."""

    act: str
    label: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Sheet:
    """A card with its holder, its story, and what is open or was used under it."""

    card: Card
    holder: str
    unit: str
    level: str
    expired: bool
    story: Sequence[Told]
    open_cases: int
    visits: int


ACTS = {"issue": "颁发", "suspend": "停用", "enable": "启用", "renew": "续期", "replace": "换发", "end": "终止"}

_STORY = """
SELECT e.id, e.act, e.reason, e.reason_sealed, e.at, coalesce(a.name, '系统') AS by
FROM card_event e LEFT JOIN account a ON (a.region, a.id) = (e.region, e.actor_id)
WHERE e.region = $1 AND e.card_id = $2 ORDER BY e.at
"""
_USED = """
SELECT (SELECT count(*) FROM cases WHERE region = $1 AND applicant_id = $2 AND closed_at IS NULL) AS open_cases,
       (SELECT count(*) FROM visit WHERE region = $1 AND holder_id = $2 AND verdict = 'admitted' AND undone_at IS NULL) AS visits,
       (SELECT o.name FROM account a JOIN organisation o ON (o.region, o.id) = (a.region, a.unit_id) WHERE a.region = $1 AND a.id = $2) AS unit
"""


async def open_card(region: Region, actor: Actor, card_id: UUID, now: datetime) -> Sheet:
    """The card's page, for staff who may look cards up; leaves a line in the audit. Raises ``NotFound``, ``NotPermitted``."""
    _require_query(region, actor)
    card = await Card.find(region.code, card_id)
    holder, used = await Account.find(region.code, card.holder_id), await row(_USED, region.code, card.holder_id)
    assert used is not None  # counts always have a row
    told = [Told(one["act"], ACTS[one["act"]], one["by"], read_reason(one["reason_sealed"], one["reason"], region.code, "card_event", one["id"]),
                 one["at"]) for one in await rows(_STORY, region.code, card_id)]
    await audit.record(actor, "card.view", "card", card_id, {"number": card.number_masked}, now)
    return Sheet(card, holder.name, used["unit"] or "", region.profile.level_name(card.level),
                 card.valid_until < now.astimezone(region.profile.tz).date(), told, used["open_cases"], used["visits"])


def _require_query(region: Region, actor: Actor) -> None:
    if not actor.may(Permission.QUERY_CARDS, region.profile):
        raise NotPermitted
