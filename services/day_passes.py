"""Day passes 当日通行证: a service for which neither phone nor counter needs a network (WH-55).

The holder prepares one where there is a network: one venue, one day, one use. Where there is none, the counter's page checks signature, rolling part
and its list of passes that were stopped (``qr/day_pass.py``), lets her in, and reports afterwards. Here the report becomes a visit like any other:
whoever holds the pass's row decides, so it counts once however often and from wherever it comes. What the server would not have let in is kept for
the office.

What an offline check cannot know is said in docs/security.md.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from config.errors import Conflict, Invalid, NotFound, Refusal
from config.keys import keys
from config.vocabulary import Labelled
from models.database import execute, new_id, row, rows, transaction
from models.venue import Venue
from models.visit import Verdict
from qr import day_pass, pass_code
from qr.day_pass import Counter, Reads
from services import arrivals, audit, cards, venues, verdicts, visits
from services.actors import Actor
from services.arrivals import Arrival, PassElsewhere, PassStopped, PassUsed
from services.masking import masked_name
from services.regions import Region
from services.verbs import verb
from services.visits import Scan

#: A counter's page has the keys of so many days, so that it opens in the morning with what it heard in the evening …
DAYS_AHEAD = 2
#: … and believes its own list of stopped passes for so long; then it lets nobody in by itself.
TRUSTED_FOR = timedelta(hours=12)
#: A device's clock may be so far ahead of ours; what it reports as later is no time at all.
CLOCKS_DIFFER = timedelta(minutes=2)


class DayPassRefused(Conflict):
    """这个场所今天不能准备当日通行证。请到现场扫描引导图，或拨打服务电话。"""

    code = "day_pass_refused"


@dataclass(frozen=True)
class Offer:
    """A venue for which this holder may prepare a pass. ``left``: uses of the year that no open pass waits for; none: without limit."""

    venue: Venue
    category: str
    hours: list[str]
    companions: int
    left: int | None
    open_pass: UUID | None


@dataclass(frozen=True)
class OwnPass:
    """What the holder's page keeps. ``state``: open, used, stopped or over; only an open one has ``token`` and ``own``."""

    id: UUID
    venue: Venue
    day: date
    level: str
    companions: int
    companions_allowed: int
    issued_at: datetime
    state: str
    begins: datetime
    ends: datetime
    token: str = ""
    own: bytes = b""
    visit_id: UUID | None = None


_OFFERS = """
SELECT v.id, n.companions, n.yearly - coalesce(q.used, 0) - (SELECT count(*) FROM day_pass o JOIN venue w ON (w.region, w.id) = (o.region, o.venue_id)
           WHERE o.region = $1 AND o.holder_id = $2 AND o.day = $4 AND o.visit_id IS NULL AND w.category = v.category) AS left,
       (SELECT p.id FROM day_pass p WHERE p.region = $1 AND p.holder_id = $2 AND p.venue_id = v.id AND p.day = $4 AND p.visit_id IS NULL) AS open_pass
FROM card c
JOIN benefit n ON n.region = c.region AND n.level = c.level AND n.yearly IS DISTINCT FROM 0
JOIN venue v ON v.region = n.region AND v.category = n.category AND v.state = 'open'
LEFT JOIN quota_use q ON q.region = c.region AND q.card_id = c.id AND q.category = n.category AND q.year = extract(year FROM $4::date)
WHERE c.region = $1 AND c.holder_id = $2 AND c.id = $3 AND ($5 OR n.yearly IS NULL)
  AND EXISTS (SELECT 1 FROM board b WHERE b.region = $1 AND b.venue_id = v.id AND b.revoked_at IS NULL)
"""


async def offers(region: Region, actor: Actor, now: datetime) -> list[Offer]:
    """Where this holder may prepare a pass for today. Raises :class:`services.cards.CardRefused` when her card opens no door."""
    card = cards.require_active(region, "active", await cards.current_card(region, actor.account_id), now)
    found = {one["id"]: one for one in await _offered(region, actor.account_id, card.id, now)}
    return [Offer(view.venue, view.category, view.hours, one["companions"], one["left"], one["open_pass"])
            for view in await venues.every(region, now) if (one := found.get(view.venue.id))] if found else []


async def _offered(region: Region, holder: UUID | None, card: UUID, now: datetime) -> list[dict[str, Any]]:
    way = region.profile.offline_pass
    return [] if way == "never" else await rows(_OFFERS, region.code, holder, card, _today(region, now), way == "counted_later")


@verb
async def prepare(region: Region, actor: Actor, venue_id: UUID, companions: int, now: datetime) -> UUID:
    """Today's pass for one venue; asked for again, the same one with as many companions as were said last.

    Open passes never promise more than the year still has. Raises ``CardRefused``, :class:`DayPassRefused`.
    """
    if actor.account_id is None:
        raise NotFound
    async with transaction():
        card = cards.require_active(region, "active", await cards.lock(region, actor.account_id), now)
        offer = next((one for one in await _offered(region, actor.account_id, card.id, now) if one["id"] == venue_id), None)
        if offer is None or (offer["open_pass"] is None and offer["left"] is not None and offer["left"] <= 0):
            raise DayPassRefused
        if not 0 <= companions <= offer["companions"]:
            raise DayPassRefused(f"这里随行人数应在 0 到 {offer['companions']} 之间。")
        kept = await row(_PREPARE, region.code, new_id(), actor.account_id, card.id, venue_id, _today(region, now), companions, now)
    if kept is None:
        raise NotFound
    await arrivals.announce(region, venue_id, "passes")
    id: UUID = kept["id"]
    return id


_PREPARE = """
INSERT INTO day_pass (region, id, holder_id, card_id, venue_id, day, companions, issued_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (region, holder_id, venue_id, day) WHERE visit_id IS NULL DO UPDATE SET companions = EXCLUDED.companions, card_id = EXCLUDED.card_id
RETURNING id
"""

_PASSES = """
SELECT p.*, a.name AS holder, c.level, n.companions AS allowed, a.state <> 'active' OR c.state <> 'active' OR c.valid_until < p.day AS stopped
FROM day_pass p
JOIN account a ON (a.region, a.id) = (p.region, p.holder_id)
JOIN card c ON (c.region, c.id) = (p.region, p.card_id)
JOIN venue v ON (v.region, v.id) = (p.region, p.venue_id)
LEFT JOIN benefit n ON n.region = p.region AND n.category = v.category AND n.level = c.level
WHERE p.region = $1
"""


async def own(region: Region, actor: Actor, id: UUID, now: datetime) -> OwnPass:
    """The holder's own pass. Raises :class:`NotFound`."""
    found = await row(_PASSES + " AND p.holder_id = $2 AND p.id = $3", region.code, actor.account_id, id)
    if found is None:
        raise NotFound
    venue = await Venue.find(region.code, found["venue_id"])
    begins, ends = _span(region, found["day"])
    state = "used" if found["visit_id"] else "over" if now >= ends else "stopped" if found["stopped"] else "open"
    shown = OwnPass(found["id"], venue, found["day"], region.profile.level_name(found["level"]), found["companions"], found["allowed"] or 0,
                    found["issued_at"], state, begins, ends, visit_id=found["visit_id"])
    if state != "open":
        return shown
    ring, place = keys(), _place(venue)
    token = day_pass.write(ring, place, id, found["day"], Reads(masked_name(found["holder"]), shown.level, found["companions"]))
    return OwnPass(**{**vars(shown), "token": token, "own": day_pass.own_key(day_pass.counter_key(ring, place, found["day"]), id)})


@dataclass(frozen=True)
class Kept:
    """What a counter's page keeps for the time without a network."""

    now: datetime
    days: list[dict[str, Any]]
    passes: list[dict[str, Any]]


async def for_counter(region: Region, venue: Venue, now: datetime) -> Kept:
    """Keys of today and the days to come, and today's passes of this venue with what became of each: so also those that open no door."""
    today, ring, place = _today(region, now), keys(), _place(venue)
    days = [{"day": day.toordinal(), "from": int(_span(region, day)[0].timestamp()), "until": int(_span(region, day)[1].timestamp()),
             "public": day_pass.public_key(ring, region.code, day).hex(), "key": day_pass.counter_key(ring, place, day).hex()}
            for day in (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1))]
    found = await rows(_PASSES + " AND p.venue_id = $2 AND p.day = $3 ORDER BY p.issued_at", region.code, venue.id, today)
    passes = [{"id": one["id"].hex, "holder": masked_name(one["holder"]), "level": region.profile.level_name(one["level"]),
               "companions": one["companions"], "state": "used" if one["visit_id"] else "stopped" if one["stopped"] else "open"} for one in found]
    return Kept(now, days, passes)


async def shown_digits(region: Region, venue: Venue, typed: str, now: datetime) -> UUID | None:
    """The one open pass of this venue and day that shows these digits now."""
    day = _today(region, now)
    counter = day_pass.counter_key(keys(), _place(venue), day)
    found = await rows("SELECT id FROM day_pass WHERE region = $1 AND venue_id = $2 AND day = $3 AND visit_id IS NULL", region.code, venue.id, day)
    showing: list[UUID] = [one["id"] for one in found if day_pass.shows_digits(day_pass.own_key(counter, one["id"]), typed, now)]
    return showing[0] if len(showing) == 1 else None


class DayPassExpired(Refusal):
    """这张当日通行证的动态码已经过期，可能是截图，或者不是今天的。请让持卡人当面打开通行证再出示。"""

    status_code = 410
    code = "day_pass_expired"


class DayPassNotGood(Conflict):
    """这张当日通行证现在不能放行。"""

    code = "day_pass_not_good"


def read_at(region: Region, venue: Venue, text: str, now: datetime) -> UUID:
    """The pass that is shown at this counter. Raises ``DayPassInvalid``, ``PassElsewhere``, :class:`DayPassExpired`."""
    shown = day_pass.read(keys(), region.code, text)
    if shown.serial != venue.serial:
        raise PassElsewhere
    own = day_pass.own_key(day_pass.counter_key(keys(), _place(venue), shown.day), shown.pass_id)
    if shown.day != _today(region, now) or not day_pass.rolls(own, shown.roll, now):
        raise DayPassExpired
    return shown.pass_id


@verb
async def check(region: Region, venue: Venue, text: str, now: datetime) -> Arrival:
    """What the counter's field got, on line: a day pass becomes a visit, checked at once; every other code is ``arrivals.check``'s.

    Raises as that does, and :class:`DayPassExpired`, ``DayPassInvalid``, :class:`DayPassNotGood` with the reason in words.
    """
    typed = "".join(text.split())
    if day_pass.is_one(typed):
        pass_id: UUID | None = read_at(region, venue, typed, now)
    else:
        pass_id = await shown_digits(region, venue, typed, now) if len(typed) == pass_code.DIGITS else None
    if pass_id is None:
        return await arrivals.check(region, venue.id, text, now)
    async with transaction():
        scan = await _redeem(region, venue.id, pass_id, now)
    await arrivals.announce(region, venue.id, "arrival")
    if not scan.admitted:
        if scan.verdict in {Verdict.CARD_SUSPENDED, Verdict.ACCOUNT_SUSPENDED}:
            raise PassStopped
        words = verdicts.WORDS[scan.verdict]
        raise DayPassNotGood(f"{words.title}。{words.todo}")
    return await arrivals.one(region, venue.id, scan.visit_id, now)


async def _redeem(region: Region, venue_id: UUID, pass_id: UUID, at: datetime) -> Scan:
    """The pass as the holder's own tap on the venue's board, once. A refusal leaves it as it is, for when the reason is gone.

    Raises :class:`PassUsed`, :class:`PassElsewhere`. Inside a transaction: whoever has the pass's row decides.
    """
    found = await row("SELECT p.*, s.confirmed_at FROM day_pass p LEFT JOIN visit s ON (s.region, s.id) = (p.region, p.visit_id) "
                      "WHERE p.region = $1 AND p.id = $2 AND p.venue_id = $3 FOR UPDATE OF p", region.code, pass_id, venue_id)
    if found is None:
        raise PassElsewhere
    if found["visit_id"] is not None:
        raise PassUsed(context={"confirmed_at": found["confirmed_at"]})
    scan = await visits.admit_shown(region, found["holder_id"], venue_id, at, found["companions"])
    if scan.admitted:
        await execute("UPDATE day_pass SET visit_id = $3 WHERE region = $1 AND id = $2", region.code, pass_id, scan.visit_id)
        await execute("UPDATE visit SET confirmed_at = $3 WHERE region = $1 AND id = $2 AND confirmed_at IS NULL", region.code, scan.visit_id, at)
    return scan


class Outcome(Labelled):
    """What became of an offline check when it was reported."""

    COUNTED = "counted", "已补记"
    CONFLICT = "conflict", "已放行，但与系统不符"
    REJECTED = "rejected", "不是本场所有效的通行证"


@dataclass(frozen=True)
class Report:
    """One offline check: ``text`` as it was scanned, or pass and six digits as they were typed."""

    nonce: UUID
    checked_at: datetime
    text: str = ""
    pass_id: UUID | None = None
    digits: str = ""


@verb
async def take_in(region: Region, venue: Venue, report: Report, now: datetime) -> Outcome:
    """Keep what an attendant let in without a network. Whatever comes of it is a row; the same nonce is answered as before (T21)."""
    async with transaction():
        await row("SELECT 1 FROM venue WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, venue.id)  # two reports of one device: in turn
        known = await row("SELECT outcome FROM offline_check WHERE region = $1 AND venue_id = $2 AND nonce = $3", region.code, venue.id, report.nonce)
        if known is not None:
            return Outcome(known["outcome"])
        pass_id, visit_id, outcome, reason = await _settle(region, venue, report, now)
        await execute(
            "INSERT INTO offline_check (region, id, venue_id, nonce, pass_id, visit_id, checked_at, received_at, outcome, reason) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            region.code, new_id(), venue.id, report.nonce, pass_id, visit_id, report.checked_at, now, outcome.value, reason)
    await arrivals.announce(region, venue.id, "arrival")
    return outcome


async def _settle(region: Region, venue: Venue, report: Report, now: datetime) -> tuple[UUID | None, UUID | None, Outcome, str]:
    """Pass, visit, what came of it, and the reason: a verdict's code, or a refusal's."""
    try:
        pass_id = _proved(region, venue, report, now)
    except Refusal as refusal:
        return None, None, Outcome.REJECTED, refusal.code
    try:
        scan = await _redeem(region, venue.id, pass_id, report.checked_at)
    except PassElsewhere as refusal:
        return None, None, Outcome.REJECTED, refusal.code
    except PassUsed as refusal:
        return pass_id, None, Outcome.CONFLICT, refusal.code
    return pass_id, scan.visit_id, Outcome.COUNTED if scan.admitted else Outcome.CONFLICT, "" if scan.admitted else scan.verdict.value


def _proved(region: Region, venue: Venue, report: Report, now: datetime) -> UUID:
    """The pass that rolled as reported when it was checked; a device is believed nothing that its pass does not prove."""
    if report.checked_at > now + CLOCKS_DIFFER:
        raise DayPassExpired
    if report.text:
        return read_at(region, venue, report.text, report.checked_at)
    counter = day_pass.counter_key(keys(), _place(venue), _today(region, report.checked_at))
    if report.pass_id is None or not day_pass.shows_digits(day_pass.own_key(counter, report.pass_id), report.digits, report.checked_at):
        raise DayPassExpired
    return report.pass_id


def _place(venue: Venue) -> Counter:
    return Counter(venue.region, venue.serial, venue.link_version)


def _today(region: Region, now: datetime) -> date:
    return now.astimezone(region.profile.tz).date()


def _span(region: Region, day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), region.profile.tz)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


@dataclass(frozen=True)
class Doubt:
    """An offline check that the office should look at; the name is masked."""

    id: UUID
    venue_id: UUID
    venue: str
    holder: str
    card_id: UUID | None
    checked_at: datetime
    received_at: datetime
    outcome: Outcome
    reason: str
    settled_at: datetime | None
    settled_by: str
    settled_words: str

    @property
    def why(self) -> str:
        """In words: a verdict's title, or what was wrong with the pass."""
        return verdicts.WORDS[Verdict(self.reason)].title if self.reason in set(Verdict) else REASONS.get(self.reason, self.reason)


#: What a refusal's code means here.
REASONS = {PassUsed.code: "同一张通行证已经用过一次", PassElsewhere.code: "是别的场所的通行证", DayPassExpired.code: "动态码或日期不符",
           day_pass.DayPassInvalid.code: "签名不符，不是本系统签发"}

_DOUBTS = """
SELECT k.*, v.name AS venue, a.name AS holder, p.card_id, coalesce(b.name, '') AS settled_name
FROM offline_check k
JOIN venue v ON (v.region, v.id) = (k.region, k.venue_id)
LEFT JOIN day_pass p ON (p.region, p.id) = (k.region, k.pass_id)
LEFT JOIN account a ON (a.region, a.id) = (p.region, p.holder_id)
LEFT JOIN account b ON (b.region, b.id) = (k.region, k.settled_by)
WHERE k.region = $1 AND k.outcome <> 'counted' ORDER BY k.settled_at IS NOT NULL, k.received_at DESC LIMIT $2
"""


async def doubts(region: Region, actor: Actor, limit: int = 200) -> list[Doubt]:
    """Offline checks that the server would not have let in, open ones first. Raises :class:`NotPermitted`."""
    venues.require_manager(actor, region)
    return [Doubt(one["id"], one["venue_id"], one["venue"], masked_name(one["holder"]) if one["holder"] else "", one["card_id"], one["checked_at"],
                  one["received_at"], Outcome(one["outcome"]), one["reason"], one["settled_at"], one["settled_name"], one["settled_words"])
            for one in await rows(_DOUBTS, region.code, limit)]


@verb
async def settle(region: Region, actor: Actor, id: UUID, words: str, now: datetime) -> None:
    """Say what came of a doubt, once. Raises :class:`NotPermitted`, :class:`Invalid`, :class:`NotFound`."""
    venues.require_manager(actor, region)
    if not 2 <= len(words.strip()) <= 200:
        raise Invalid({"words": "请写明核实结果（2 到 200 字）。"})
    async with transaction():
        if not await execute("UPDATE offline_check SET settled_at = $3, settled_by = $4, settled_words = $5 "
                             "WHERE region = $1 AND id = $2 AND outcome <> 'counted' AND settled_at IS NULL",
                             region.code, id, now, actor.account_id, words.strip()):
            raise NotFound("没有找到这条记录，或它已经核实过。")
        await audit.record(actor, "offline_check.settle", "offline_check", id, {"words": words.strip()}, now)
