"""On-site service (WH-55): a scan of a venue's board is admitted or refused by one SQL statement, once for each tap."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tortoise.exceptions import IntegrityError

from config.errors import Conflict, Invalid, NotFound, NotLoggedIn
from config.keys import KeyRing, keys
from models.database import broken_constraint, new_id, row, rows
from models.reason import read_reason
from models.visit import Verdict
from qr import board_code, pass_code
from services import sessions
from services.actors import Actor
from services.arrivals import announce
from services.regions import Region
from services.sessions import Claim
from services.verbs import verb

#: A serial that no board has: what a forged code is looked up by, so that the failed scan is kept like any other.
NO_BOARD = 0
MOST_COMPANIONS = 99


class NonceReused(Conflict):
    """这次扫码已经有结果了，请返回后重新扫码。"""

    code = "nonce_reused"


@dataclass(frozen=True)
class Scan:
    """One answered scan, with what a pass or a refusal shows. ``replayed``: the same tap asked again; ``rated``: the holder said how it was."""

    visit_id: UUID
    verdict: Verdict
    at: datetime
    companions: int
    level: str | None
    quota_left: int | None
    venue_id: UUID | None
    venue: str
    venue_phone: str
    replayed: bool
    undone_at: datetime | None = None
    undone_reason: str = ""
    companions_allowed: int | None = None
    confirmed_at: datetime | None = None
    stopped: bool = False
    rated: bool = False

    @property
    def admitted(self) -> bool:
        return self.verdict is Verdict.ADMITTED and self.undone_at is None

    def shows(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether the pass still opens a door: admitted, on the day of the scan, and the card was not stopped since (R9)."""
        return self.admitted and not self.stopped and self._of_today(now, zone)

    def stops(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether the pass would open a door today, had the card not been stopped."""
        return self.admitted and self.stopped and self._of_today(now, zone)

    def _of_today(self, now: datetime, zone: ZoneInfo) -> bool:
        return self.at.astimezone(zone).date() == now.astimezone(zone).date()


#: $1 region, $2 holder, $3 board's serial, $4 companions, $5 day, $6 weekday, $7 minute of the day (region's own time).
#: What is known of holder, board and venue, and the first check that fails.
_CHECKED = """facts AS (
    SELECT a.state AS account_state, c.id AS card_id, c.level, c.state AS card_state, c.valid_until, b.id AS board_id, b.revoked_at,
           v.id AS venue_id, v.name AS venue, v.phone AS venue_phone, v.state AS venue_state, v.category,
           n.id AS benefit_id, n.yearly, n.companions AS allowed,
           EXISTS (SELECT 1 FROM opening o WHERE o.region = $1 AND o.venue_id = v.id AND o.weekday = $6 AND o.opens <= $7 AND $7 < o.closes)
           AND NOT EXISTS (SELECT 1 FROM closed_day d WHERE d.region = $1 AND d.venue_id = v.id AND d.day = $5) AS open_now
    FROM account a
    LEFT JOIN card c ON c.region = a.region AND c.holder_id = a.id AND c.state <> 'ended'
    LEFT JOIN board b ON b.region = a.region AND b.serial = $3
    LEFT JOIN venue v ON v.region = b.region AND v.id = b.venue_id
    LEFT JOIN benefit n ON n.region = v.region AND n.category = v.category AND n.level = c.level
    WHERE a.region = $1 AND a.id = $2
), checked AS (
    SELECT *, CASE
        WHEN board_id IS NULL THEN 'board_unknown'
        WHEN revoked_at IS NOT NULL THEN 'board_revoked'
        WHEN account_state <> 'active' THEN 'account_suspended'
        WHEN card_id IS NULL THEN 'no_card'
        WHEN card_state <> 'active' THEN 'card_suspended'
        WHEN valid_until < $5 THEN 'card_expired'
        WHEN venue_state <> 'open' THEN 'venue_closed'
        WHEN NOT open_now THEN 'outside_hours'
        WHEN benefit_id IS NULL OR yearly = 0 THEN 'level_not_entitled'
        WHEN $4 > allowed THEN 'too_many_companions'
    END AS refusal
    FROM facts
)"""

#: $8 nonce, $9 now. One statement: the first check that fails names the verdict; the quota's conditional update decides who was first; the
#: visit is inserted whatever came out. Whether a tap was answered before is not asked: «visit_nonce» refuses the second, all of it is rolled
#: back, and then the first's answer is read. Asking first would cost every scan a look-up, which on a table that was never analysed walks all of
#: the holder's visits.
_TAPPED = _CHECKED + """, quota AS (
    INSERT INTO quota_use AS q (region, card_id, category, year, used)
    SELECT $1, card_id, category, extract(year FROM $5::date), 1 FROM checked WHERE refusal IS NULL AND yearly IS NOT NULL
    ON CONFLICT (region, card_id, category, year) DO UPDATE SET used = q.used + 1 WHERE q.used < (SELECT yearly FROM checked)
    RETURNING used
), noted AS (
    INSERT INTO visit (region, holder_id, card_id, venue_id, board_id, board_serial, nonce, verdict, category, level, companions, quota_left, at)
    SELECT $1, $2, card_id, venue_id, board_id, $3, $8,
           coalesce(refusal, CASE WHEN yearly IS NULL OR EXISTS (SELECT 1 FROM quota) THEN 'admitted' ELSE 'quota_used_up' END),
           category, level, $4, yearly - (SELECT used FROM quota), $9
    FROM checked
    RETURNING *
)"""  # noqa: S608  # pieces of this file alone, every value a parameter

_NEW = "s.*, false AS replayed, false AS rated, k.venue, k.venue_phone, k.allowed, k.card_state <> 'active' AS stopped"
_NEW_FROM = "FROM noted s CROSS JOIN checked k"
_KEPT = """s.*, true AS replayed, v.name AS venue, v.phone AS venue_phone, n.companions AS allowed, k.state <> 'active' AS stopped,
       EXISTS (SELECT 1 FROM rating r WHERE r.region = s.region AND r.visit_id = s.id) AS rated"""
_KEPT_FROM = """FROM visit s
LEFT JOIN card k ON k.region = s.region AND k.id = s.card_id
LEFT JOIN venue v ON v.region = s.region AND v.id = s.venue_id
LEFT JOIN benefit n ON n.region = s.region AND n.category = s.category AND n.level = s.level"""

ADMIT = f"WITH {_TAPPED} SELECT {_NEW} {_NEW_FROM}"

#: $1 region, $2 holder: her visits, as they were kept.
_SCAN = f"SELECT {_KEPT} {_KEPT_FROM} WHERE s.region = $1 AND s.holder_id = $2"
_SAME_TAP = _SCAN + " AND s.nonce = $3"

#: The same two for a holder who is known by her session alone: in the place of $2 stands the token's hash, and the holder is whose it is.
_WHOSE = "(SELECT bearer_id FROM bearer)"
ADMIT_BEARER = (f"WITH {sessions.bearer('$2', '$1', '$9', 10)}, {_TAPPED.replace('$2', _WHOSE)} "
                f"SELECT {_NEW}, bearer.* {_NEW_FROM} CROSS JOIN bearer")
_SAME_TAP_BEARER = (f"WITH {sessions.bearer('$2', '$1', '$4', 5)} SELECT {_KEPT}, bearer.* {_KEPT_FROM} CROSS JOIN bearer "
                    f"WHERE s.region = $1 AND s.holder_id = bearer_id AND s.nonce = $3")


@verb
async def admit(region: Region, actor: Actor, code: str, nonce: UUID, now: datetime, *, companions: int = 0) -> Scan:
    """Validate one scan and keep it, admitted or not; the same nonce has the same answer and consumes nothing twice (R8, T21).

    Raises :class:`NonceReused` when the nonce was used for another board or number of companions, :class:`Invalid` for a
    number of companions that is none.
    """
    serial = _serial_for(region, code, companions)
    try:
        answer = await row(ADMIT, *_values(region, actor.account_id, serial, companions, now), nonce, now)
    except IntegrityError as error:
        _require_same_tap(error)
        answer = await row(_SAME_TAP, region.code, actor.account_id, nonce)
    if answer is None:
        raise NotFound
    return await _told(region, answer, serial, companions)


@verb
async def admit_bearer(region: Region, claim: Claim, code: str, nonce: UUID, now: datetime, *, companions: int = 0) -> tuple[Actor, Scan]:
    """:func:`admit` for whoever holds the claimed session, which is checked in the scan's own statement; who it was.

    Raises what :func:`admit` raises, and :class:`NotLoggedIn` for a claim that does not hold: nothing is kept then.
    """
    serial = _serial_for(region, code, companions)
    try:
        answer = await row(ADMIT_BEARER, *_values(region, claim.token_hash, serial, companions, now), nonce, now, *claim.values())
    except IntegrityError as error:
        _require_same_tap(error)
        answer = await row(_SAME_TAP_BEARER, region.code, claim.token_hash, nonce, now, *claim.values())
    if answer is None:
        raise NotLoggedIn
    return await sessions.borne(claim, answer), await _told(region, answer, serial, companions)


async def admit_shown(region: Region, holder: UUID, venue_id: UUID, now: datetime, companions: int) -> Scan:
    """:func:`admit` at the counter, for a holder whose day pass is shown there: as if she had tapped the venue's newest board.

    For ``services.day_passes``, inside its transaction and behind its lock on the pass, which keeps it to one; it announces nothing.
    """
    board = await row("SELECT serial FROM board WHERE region = $1 AND venue_id = $2 ORDER BY revoked_at IS NULL DESC, issued_at DESC LIMIT 1",
                      region.code, venue_id)
    answer = await row(ADMIT, *_values(region, holder, board["serial"] if board else NO_BOARD, companions, now), new_id(), now)
    if answer is None:
        raise NotFound
    return _scan(answer)


def _serial_for(region: Region, code: str, companions: int) -> int:
    if not 0 <= companions <= MOST_COMPANIONS:
        raise Invalid({"companions": f"随行人数应在 0 到 {MOST_COMPANIONS} 之间。"})
    return _serial(region.code, code, keys())


def _require_same_tap(error: IntegrityError) -> None:
    """The tap was answered before, and its answer is committed: whatever else was broken is raised."""
    if broken_constraint(error) != "visit_nonce":
        raise error


async def _told(region: Region, answer: dict[str, Any], serial: int, companions: int) -> Scan:
    if answer["replayed"] and (answer["board_serial"], answer["companions"]) != (serial, companions):
        raise NonceReused
    scan = _scan(answer)
    if scan.venue_id is not None and not scan.replayed:
        await announce(region, scan.venue_id, "arrival")
    return scan


def _values(region: Region, holder: UUID | bytes | None, serial: int, companions: int, now: datetime) -> tuple[Any, ...]:
    """What _CHECKED asks for."""
    local = now.astimezone(region.profile.tz)
    return (region.code, holder, serial, companions, local.date(), local.isoweekday(), local.hour * 60 + local.minute)


@lru_cache(maxsize=4096)
def _serial(region: str, code: str, ring: KeyRing) -> int:
    """Which board a code names, whether or not it still stands; the same few hundred codes are read all day long."""
    try:
        return board_code.decode(region, code, ring)
    except board_code.BoardCodeInvalid:
        return NO_BOARD


def _scan(answer: dict[str, Any]) -> Scan:
    return Scan(answer["id"], Verdict(answer["verdict"]), answer["at"], answer["companions"], answer["level"], answer["quota_left"],
                answer["venue_id"], answer["venue"] or "", answer["venue_phone"] or "", answer["replayed"], answer["undone_at"],
                read_reason(answer["reason_sealed"], answer["undone_reason"], answer["region"], "visit", answer["id"]),
                answer["allowed"], answer["confirmed_at"], bool(answer["stopped"]), answer["rated"])


@dataclass(frozen=True)
class Prospect:
    """What a scan would find now, before it is made: nothing is kept and nothing used up. The scan itself decides.

    ``verdict``: admitted, or the first reason why not. ``yearly`` none: without limit. ``recent``: a pass for this venue that was just given.
    """

    verdict: Verdict
    venue_id: UUID | None
    venue: str
    venue_phone: str
    address: str
    category: str
    place: str
    level: str
    companions_allowed: int
    yearly: int | None
    used: int
    recent: UUID | None

    @property
    def left(self) -> int | None:
        return None if self.yearly is None else max(0, self.yearly - self.used)


#: A second scan of one venue so soon after an admitted one is more often a slip than a second visit.
RECENT = timedelta(minutes=30)

#: $8 from when on a pass is recent.
_FORESEE = f"WITH {_CHECKED}" + """
SELECT k.*, v.address, b.place, coalesce(q.used, 0) AS used,
       (SELECT s.id FROM visit s WHERE s.region = $1 AND s.holder_id = $2 AND s.venue_id = k.venue_id AND s.verdict = 'admitted'
        AND s.undone_at IS NULL AND s.at >= $8 ORDER BY s.at DESC LIMIT 1) AS recent
FROM checked k
LEFT JOIN venue v ON v.region = $1 AND v.id = k.venue_id
LEFT JOIN board b ON b.region = $1 AND b.id = k.board_id
LEFT JOIN quota_use q ON q.region = $1 AND q.card_id = k.card_id AND q.category = k.category AND q.year = extract(year FROM $5::date)
"""  # noqa: S608  # as above


async def foresee(region: Region, actor: Actor, code: str, now: datetime) -> Prospect:
    """What the page of a scanned board shows before the holder confirms."""
    found = await row(_FORESEE, *_values(region, actor.account_id, _serial(region.code, code, keys()), 0, now), now - RECENT)
    if found is None:
        raise NotFound
    used_up = found["yearly"] is not None and found["used"] >= found["yearly"]
    verdict = Verdict(found["refusal"] or (Verdict.QUOTA_USED_UP if used_up else Verdict.ADMITTED))
    names = {category.code: category.name for category in region.profile.venue_categories}
    return Prospect(verdict, found["venue_id"], found["venue"] or "", found["venue_phone"] or "", found["address"] or "",
                    names.get(found["category"], found["category"] or ""), found["place"] or "", region.profile.level_name(found["level"] or ""),
                    found["allowed"] or 0, found["yearly"], found["used"], found["recent"])


async def own_scan(region: Region, actor: Actor, visit_id: UUID) -> Scan:
    """The holder's own scan: the pass page, however often it is opened. Raises :class:`NotFound`."""
    found = await row(_SCAN + " AND s.id = $3", region.code, actor.account_id, visit_id)
    if found is None:
        raise NotFound
    return _scan(found)


async def own_scans(region: Region, actor: Actor, limit: int = 50) -> list[Scan]:
    """The holder's visits and refused scans, newest first."""
    return [_scan(found) for found in await rows(_SCAN + " ORDER BY s.at DESC LIMIT $3", region.code, actor.account_id, limit)]


@dataclass(frozen=True)
class Rolling:
    """What a pass shows now: six digits for eyes, a token for a scanner, and how long both last."""

    digits: str
    token: str = field(repr=False)
    seconds_left: int


def rolling(region: str, visit_id: UUID, now: datetime) -> Rolling:
    ring = keys()
    return Rolling(pass_code.digits(ring, region, visit_id, now), pass_code.token(ring, region, visit_id, now), pass_code.seconds_left(now))


@dataclass(frozen=True)
class Entitlement:
    """What a level gives in one category of venues, and what is left of it this year (none: without limit)."""

    category: str
    name: str
    yearly: int | None
    used: int
    companions: int

    @property
    def left(self) -> int | None:
        return None if self.yearly is None else max(0, self.yearly - self.used)


async def entitlements(region: Region, card_id: UUID | None, level: str, year: int) -> Sequence[Entitlement]:
    """What a level may use, category by category, and what the card used of it; nothing when there is no card."""
    found = await rows(
        "SELECT b.category, b.yearly, b.companions, coalesce(q.used, 0) AS used FROM benefit b LEFT JOIN quota_use q "
        "ON q.region = b.region AND q.card_id = $2 AND q.category = b.category AND q.year = $4 WHERE b.region = $1 AND b.level = $3",
        region.code, card_id, level, year)
    by_category = {one["category"]: one for one in found}
    return [Entitlement(category.code, category.name, one["yearly"], one["used"], one["companions"])
            for category in region.profile.venue_categories if (one := by_category.get(category.code)) and one["yearly"] != 0]
