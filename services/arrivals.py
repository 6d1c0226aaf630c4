"""The counter of a venue (WH-55): whoever keeps it sees the day's scans, checks the passes that are shown, and takes a mistaken one back."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from config.errors import Conflict, Invalid, NotFound, Refusal
from config.keys import keys
from config.profile import Profile
from config.vocabulary import NotificationKind
from models.database import execute, row, rows, transaction
from models.reason import read_reason, seal_reason
from models.venue import Venue
from models.visit import Verdict
from qr import pass_code
from services import audit, live
from services.actors import Actor
from services.masking import masked_name
from services.notifications import tell
from services.regions import Region
from services.verbs import verb


@dataclass(frozen=True)
class Arrival:
    """One line of the attendant's page; the name is masked already."""

    visit_id: UUID
    verdict: Verdict
    holder: str
    level: str
    companions: int
    at: datetime
    digits: str
    confirmed_at: datetime | None
    undone_at: datetime | None
    undone_reason: str
    stopped: bool = False
    offline: bool = False
    """The attendant let her in without a network, and her device reported it afterwards."""

    @property
    def admitted(self) -> bool:
        return self.verdict is Verdict.ADMITTED and self.undone_at is None

    @property
    def shows(self) -> bool:
        """Whether its pass still opens the door; one whose card was stopped after the scan does not (R9)."""
        return self.admitted and not self.stopped


_ARRIVALS = """
SELECT s.*, a.name AS holder, a.state <> 'active' OR k.state <> 'active' AS stopped,
       EXISTS (SELECT 1 FROM offline_check f WHERE f.region = $1 AND f.visit_id = s.id) AS offline
FROM visit s
JOIN account a ON (a.region, a.id) = (s.region, s.holder_id)
LEFT JOIN card k ON (k.region, k.id) = (s.region, s.card_id)
WHERE s.region = $1 AND s.venue_id = $2 AND s.at >= $3 AND s.at < $4
"""


async def of_day(region: Region, venue_id: UUID, day: date, now: datetime, limit: int = 200) -> list[Arrival]:
    """The day's scans at one venue, newest first, with the code that each pass shows at this moment."""
    found = await rows(_ARRIVALS + " ORDER BY s.at DESC LIMIT $5", region.code, venue_id, *_day(region.profile, day), limit)
    return [_arrival(region, scan, now) for scan in found]


def _arrival(region: Region, found: dict[str, Any], now: datetime) -> Arrival:
    return Arrival(found["id"], Verdict(found["verdict"]), masked_name(found["holder"]), region.profile.level_name(found["level"] or ""),
                   found["companions"], found["at"], pass_code.digits(keys(), region.code, found["id"], now), found["confirmed_at"],
                   found["undone_at"], read_reason(found["reason_sealed"], found["undone_reason"], region.code, "visit", found["id"]),
                   bool(found["stopped"]), found["offline"])


async def one(region: Region, venue_id: UUID, visit_id: UUID, now: datetime) -> Arrival:
    """One of today's scans at this venue. Raises :class:`NotFound`."""
    found = await row(_ARRIVALS + " AND s.id = $5", region.code, venue_id, *_today(region.profile, now), visit_id)
    if found is None:
        raise NotFound
    return _arrival(region, found, now)


#: So far back a counter looks up a name.
LOOKED_UP_DAYS = 30


@verb
async def look_up(region: Region, venue: Venue, name: str, now: datetime, limit: int = 10) -> list[Arrival]:
    """Scans here of the last days by people of this very name, newest first: whoever asks must know the whole name, and learns of no other place.

    Each question is a line of the audit, without the name.
    """
    start, end = _today(region.profile, now)
    found = await rows(_ARRIVALS + " AND a.name = $5 ORDER BY s.at DESC LIMIT $6", region.code, venue.id, start - timedelta(days=LOOKED_UP_DAYS), end,
                       name.strip(), limit)
    await audit.record(_at(region, venue.name), "visit.look_up", "venue", venue.id, {"found": len(found)}, now)
    return [_arrival(region, scan, now) for scan in found]


def _at(region: Region, venue: str) -> Actor:
    """Whoever stands at the counter, who has no account."""
    return Actor(region.code, None, f"{venue}（现场）", None, channel="venue")


def _day(profile: Profile, day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), profile.tz)
    return start, start + timedelta(days=1)


def _today(profile: Profile, now: datetime) -> tuple[datetime, datetime]:
    return _day(profile, now.astimezone(profile.tz).date())


class PassUsed(Conflict):
    """这个通行码已经核对过，不能再次使用。如有疑问请让持卡人重新打开通行页。"""

    code = "pass_used"


class PassStopped(Conflict):
    """持卡人的人才卡刚刚停用，这张通行凭证已经失效，请不要放行。请持卡人致电发卡机关了解原因。"""

    code = "pass_stopped"


class PassElsewhere(NotFound):
    """这是别的场所的通行码。请持卡人扫描本场所引导图上的二维码，再出示新的通行页。"""

    code = "pass_elsewhere"


class DigitsUnknown(Refusal):
    """今天的到访里没有这个动态码，可能已经更换。请持卡人打开通行页，重新核对六位数字。"""

    code = "digits_unknown"


@verb
async def confirm(region: Region, venue_id: UUID, token: str, now: datetime) -> UUID:
    """The attendant's scanner read a pass: it counts once, here, now (T20).

    Raises ``PassCodeInvalid``, ``PassCodeExpired``, :class:`PassUsed`, :class:`PassStopped`, :class:`PassElsewhere`.
    """
    visit_id = pass_code.verify_token(keys(), region.code, token, now)
    await _confirm(region, venue_id, visit_id, now)
    return visit_id


@verb
async def check(region: Region, venue_id: UUID, text: str, now: datetime) -> Arrival:
    """:func:`confirm` by what the scanner gun read off a pass, or by the six digits that the attendant typed from it.

    Digits count in their window and the one after, among today's admitted visits of this venue alone: they name a pass that is there.
    Raises as :func:`confirm`, and :class:`DigitsUnknown`.
    """
    typed = "".join(text.split())
    digits = len(typed) == pass_code.DIGITS and typed.isascii() and typed.isdigit()
    visit_id = await _shown(region, venue_id, typed, now) if digits else pass_code.verify_token(keys(), region.code, typed, now)
    await _confirm(region, venue_id, visit_id, now)
    return await one(region, venue_id, visit_id, now)


async def _shown(region: Region, venue_id: UUID, digits: str, now: datetime) -> UUID:
    """The one visit whose pass shows these digits. Two that do are told apart by their scanner codes."""
    moments = (now, now - timedelta(seconds=pass_code.WINDOW_SECONDS))
    found = await rows("SELECT id FROM visit WHERE region = $1 AND venue_id = $2 AND at >= $3 AND at < $4 AND verdict = 'admitted' "
                       "AND undone_at IS NULL", region.code, venue_id, *_today(region.profile, now))
    ids: list[UUID] = [scan["id"] for scan in found]
    showing = [id for id in ids if any(pass_code.digits(keys(), region.code, id, moment) == digits for moment in moments)]
    if len(showing) != 1:
        raise DigitsUnknown
    return showing[0]


_CONFIRM = """
UPDATE visit s SET confirmed_at = $4 FROM card k, account a
WHERE s.region = $1 AND s.id = $2 AND s.venue_id = $3 AND s.confirmed_at IS NULL AND s.verdict = 'admitted' AND s.undone_at IS NULL
  AND (k.region, k.id, k.state) = (s.region, s.card_id, 'active') AND (a.region, a.id, a.state) = (s.region, s.holder_id, 'active')
"""


async def _confirm(region: Region, venue_id: UUID, visit_id: UUID, now: datetime) -> None:
    """The update itself looks at card and account, so that what was stopped a moment ago opens no door (R9, T20)."""
    if await execute(_CONFIRM, region.code, visit_id, venue_id, now) != 1:
        found = await row("SELECT confirmed_at, verdict, undone_at FROM visit WHERE region = $1 AND id = $2 AND venue_id = $3",
                          region.code, visit_id, venue_id)
        if found is None:
            raise PassElsewhere
        if found["confirmed_at"] is None and found["undone_at"] is None and found["verdict"] == Verdict.ADMITTED:
            raise PassStopped
        raise PassUsed(context={"confirmed_at": found["confirmed_at"]})
    await announce(region, venue_id, "confirmed")


@verb
async def undo(region: Region, venue_id: UUID, visit_id: UUID, reason: str, now: datetime) -> None:
    """Take a mistaken visit of today back, with its quota; the holder is told. Raises :class:`Invalid`, :class:`NotFound`."""
    words = reason.strip()
    if not 2 <= len(words) <= 100:
        raise Invalid({"reason": "请写明撤销原因（2 到 100 字），持卡人会收到。"})
    start, _ = _today(region.profile, now)
    async with transaction():
        undone = await row(_UNDO, region.code, visit_id, venue_id, now, seal_reason(words, region.code, "visit", visit_id), start, start.year)
        if undone is None:
            raise NotFound("没有找到这次到访，或它已经撤销、不是今天的到访。")
        await tell(region, NotificationKind.VISIT_UNDONE, dedupe_key=f"visit_undone:{visit_id}", account_id=undone["holder_id"], now=now,
                   subject_id=visit_id, params={"venue": undone["venue"], "reason": words, "phone": region.phone})
        await audit.record(_at(region, undone["venue"]), "visit.undo", "visit", visit_id, {"reason": words}, now)
    await asyncio.gather(announce(region, venue_id, "undone"),
                         live.publish(region.code, f"account:{undone['holder_id']}", event="visit", data={"id": str(visit_id)}))


_UNDO = """
WITH undone AS (
    UPDATE visit SET undone_at = $4, reason_sealed = $5
    WHERE region = $1 AND id = $2 AND venue_id = $3 AND verdict = 'admitted' AND undone_at IS NULL AND at >= $6
    RETURNING *
), given_back AS (
    UPDATE quota_use q SET used = q.used - 1 FROM undone u
    WHERE u.quota_left IS NOT NULL AND (q.region, q.card_id, q.category, q.year) = (u.region, u.card_id, u.category, $7) AND q.used > 0
)
SELECT u.holder_id, v.name AS venue FROM undone u JOIN venue v ON (v.region, v.id) = (u.region, u.venue_id)
"""


async def announce(region: Region, venue_id: UUID, event: str) -> None:
    """The counter's page looks again."""
    await live.publish(region.code, f"venue:{venue_id}", event=event, data={})
