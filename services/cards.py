"""Cards: what an active one is, and stopping or resuming everything that hangs on it (WH-36)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from config.errors import Conflict, Invalid, NotPermitted
from config.vocabulary import Action, NotificationKind, Permission
from models.account import Account
from models.card import Card, CardEvent, CardState
from models.case import Case, CaseState
from models.database import execute, new_id, row, rows, transaction
from models.visit import Verdict
from services import audit, live
from services.actors import Actor
from services.cases import engine
from services.cases.engine import Outcome, Request
from services.notifications import tell
from services.regions import Region
from services.verbs import verb


class CardRefused(NotPermitted):
    """您的人才卡目前不能使用这项服务。"""

    code = "card_refused"


class CardChanged(Conflict):
    """这张卡的状态刚刚有变化，请刷新后再操作。"""

    code = "card_changed"


#: The same words wherever a card does not open the channel; scans have their own page on top of them.
WHY = {
    Verdict.ACCOUNT_SUSPENDED: "您的账号已停用，请联系发卡机关。",
    Verdict.NO_CARD: "您还没有人才卡，领卡后即可预约。申领进度可在「我的」中查看。",
    Verdict.CARD_SUSPENDED: "您的人才卡已停用，绿色通道服务暂停。如有疑问请联系发卡机关。",
    Verdict.CARD_EXPIRED: "您的人才卡已过有效期，请联系发卡机关续期。",
}


def require_active(region: Region, account_state: str, card: Card | None, now: datetime) -> Card:
    """The card, when it opens the channel today. Raises :class:`CardRefused` with the reason in its context."""
    reason = why_not(account_state, card, now.astimezone(region.profile.tz).date())
    if reason is not None or card is None:
        raise CardRefused(WHY[reason or Verdict.NO_CARD], context={"reason": reason, "phone": region.phone})
    return card


def why_not(account_state: str, card: Card | None, today: date) -> Verdict | None:
    """The first reason why a card does not open the channel."""
    if account_state != "active":
        return Verdict.ACCOUNT_SUSPENDED
    if card is None:
        return Verdict.NO_CARD
    if card.state is not CardState.ACTIVE:
        return Verdict.CARD_SUSPENDED
    return Verdict.CARD_EXPIRED if card.valid_until < today else None


async def current_card(region: Region, holder: UUID | None) -> Card | None:
    """The card that is not ended; a holder has one at most."""
    found = await row("SELECT * FROM card WHERE region = $1 AND holder_id = $2 AND state <> 'ended'", region.code, holder)
    return None if found is None else Card.read(found)


@verb
async def issue(region: Region, actor: Actor, holder: UUID, *, number: str, level: str, now: datetime) -> Card:
    """Issue a card of a level; valid as long as the profile says."""
    if level not in {known.code for known in region.profile.card.levels}:
        raise Invalid({"level": "没有这个等级。"})
    today = now.astimezone(region.profile.tz).date()
    async with transaction():
        card = await Card.create(region=region.code, id=new_id(), number=number, holder_id=holder, level=level, state=CardState.ACTIVE,
                                 issued_on=today, valid_until=_years_later(today, region.profile.card.valid_years.value), state_reason="",
                                 state_at=now)
        await _note(actor, card, "issue", "颁发", now)
    return card


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


@verb
async def suspend(region: Region, actor: Actor, card_id: UUID, seen: int, reason: str, now: datetime) -> Card:
    """Stop every green-channel service of the holder, open bookings included, at the moment this returns (R9)."""
    return await _switch(region, actor, card_id, seen, reason, now, to=CardState.SUSPENDED)


@verb
async def enable(region: Region, actor: Actor, card_id: UUID, seen: int, reason: str, now: datetime) -> Card:
    """Resume them; held bookings go on with the time that they had left."""
    return await _switch(region, actor, card_id, seen, reason, now, to=CardState.ACTIVE)


async def _switch(region: Region, actor: Actor, card_id: UUID, seen: int, reason: str, now: datetime, *, to: CardState) -> Card:
    if not actor.may(Permission.SUSPEND_CARDS, region.profile):
        raise NotPermitted
    if not 2 <= len(reason.strip()) <= 200:
        raise Invalid({"reason": "请写明原因（2 到 200 字），持卡人会看到。"})
    card = await Card.find(region.code, card_id)
    act = "suspend" if to is CardState.SUSPENDED else "enable"
    async with transaction():
        await row("SELECT 1 FROM account WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, card.holder_id)
        changed = await execute("UPDATE card SET state = $4, state_reason = $5, state_at = $6, version = version + 1 "
                                "WHERE region = $1 AND id = $2 AND version = $3 AND state <> $4 AND state <> 'ended'",
                                region.code, card_id, seen, to.value, reason.strip(), now)
        if changed != 1:
            raise CardChanged(context={"state": card.state.value, "version": card.version})
        await _note(actor, card, act, reason.strip(), now)
        outcomes = await _settle_bookings(region, card.holder_id, to, reason.strip(), now)
        kind = NotificationKind.CARD_SUSPENDED if to is CardState.SUSPENDED else NotificationKind.CARD_ENABLED
        params = {"card": region.profile.card.name, "reason": reason.strip(), "phone": region.phone}
        await tell(region, kind, dedupe_key=f"{kind.value}:{card_id}:{seen}", account_id=card.holder_id, subject_id=card_id, now=now,
                   params={name: value for name, value in params.items() if name in kind.params})
    await live.publish(region.code, f"account:{card.holder_id}", "cards", event="card", data={"id": str(card_id), "state": to.value})
    await engine.announce(region, *outcomes)
    return await Card.find(region.code, card_id)


async def _settle_bookings(region: Region, holder: UUID, to: CardState, reason: str, now: datetime) -> list[Outcome]:
    """Hold the holder's open cases, or let them go on."""
    held = to is CardState.SUSPENDED
    states = [CaseState.HANDLING, CaseState.RETURNED] if held else [CaseState.HELD]
    action = Action.HOLD if held else Action.RESUME
    words = f"人才卡{'停用' if held else '启用'}：{reason}"
    cases = await Case.of(region.code, applicant_id=holder, state__in=states).select_for_update()
    return [await engine.apply(region, Actor.system(region.code), case.id, Request(action, case.version, words), now) for case in cases]


async def _note(actor: Actor, card: Card, act: str, reason: str, now: datetime) -> None:
    await CardEvent.create(region=card.region, id=new_id(), card_id=card.id, act=act, actor_id=actor.account_id, reason=reason, at=now)
    await audit.record(actor, f"card.{act}", "card", card.id, {"number": card.number_masked, "reason": reason}, now)


async def story(region: Region, card_id: UUID) -> list[CardEvent]:
    return await CardEvent.of(region.code, card_id=card_id).order_by("at")


@dataclass(frozen=True)
class Listed:
    """One card in a list of staff, with its holder's name."""

    id: UUID
    number: str
    holder: str
    level: str
    state: CardState
    expired: bool
    issued_on: date
    valid_until: date
    state_reason: str


#: $1 region, $2 number or name or nothing, $3 state or nothing, $4 level or nothing, $5 rows, $6 rows to leave out.
_LISTED = """
SELECT c.id, c.number, a.name AS holder, c.level, c.state, c.issued_on, c.valid_until, c.state_reason, count(*) OVER () AS total
FROM card c JOIN account a ON (a.region, a.id) = (c.region, c.holder_id)
WHERE c.region = $1 AND ($2 = '' OR upper(c.number) = upper($2) OR a.name = $2) AND ($3 = '' OR c.state = $3) AND ($4 = '' OR c.level = $4)
ORDER BY c.issued_on DESC, c.number LIMIT $5 OFFSET $6
"""


async def search(region: Region, actor: Actor, now: datetime, *, words: str = "", state: str = "", level: str = "", limit: int = 50,
                 offset: int = 0) -> tuple[list[Listed], int]:
    """Cards by the holder's whole name or the whole number, newest first, and how many there are in all. Raises ``NotPermitted``."""
    _require_query(region, actor)
    found = await rows(_LISTED, region.code, words.strip(), state, level, min(limit, 100), offset)
    today = now.astimezone(region.profile.tz).date()
    return [Listed(one["id"], one["number"], one["holder"], region.profile.level_name(one["level"]), CardState(one["state"]),
                   one["valid_until"] < today, one["issued_on"], one["valid_until"], one["state_reason"]) for one in found], \
        int(found[0]["total"]) if found else 0


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
    level: str
    expired: bool
    story: list[Told]
    open_cases: int
    visits: int


ACTS = {"issue": "颁发", "suspend": "停用", "enable": "启用", "end": "终止"}

_STORY = """
SELECT e.act, e.reason, e.at, coalesce(a.name, '系统') AS by FROM card_event e LEFT JOIN account a ON (a.region, a.id) = (e.region, e.actor_id)
WHERE e.region = $1 AND e.card_id = $2 ORDER BY e.at
"""
_USED = """
SELECT (SELECT count(*) FROM cases WHERE region = $1 AND applicant_id = $2 AND closed_at IS NULL) AS open_cases,
       (SELECT count(*) FROM visit WHERE region = $1 AND holder_id = $2 AND verdict = 'admitted' AND undone_at IS NULL) AS visits
"""


async def open_card(region: Region, actor: Actor, card_id: UUID, now: datetime) -> Sheet:
    """The card's page, for staff who may look cards up; leaves a line in the audit. Raises ``NotFound``, ``NotPermitted``."""
    _require_query(region, actor)
    card = await Card.find(region.code, card_id)
    holder, used = await Account.find(region.code, card.holder_id), await row(_USED, region.code, card.holder_id)
    assert used is not None  # counts always have a row
    told = [Told(one["act"], ACTS[one["act"]], one["by"], one["reason"], one["at"]) for one in await rows(_STORY, region.code, card_id)]
    await audit.record(actor, "card.view", "card", card_id, {"number": card.number_masked}, now)
    return Sheet(card, holder.name, region.profile.level_name(card.level), card.valid_until < now.astimezone(region.profile.tz).date(), told,
                 used["open_cases"], used["visits"])


def _require_query(region: Region, actor: Actor) -> None:
    if not actor.may(Permission.QUERY_CARDS, region.profile):
        raise NotPermitted
