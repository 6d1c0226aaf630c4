"""Cards 人才卡: what an active one is; issued, renewed, replaced, stopped, resumed and ended, with everything that hangs on it (WH-35, WH-36)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from config.errors import Conflict, Invalid, NotPermitted
from config.vocabulary import Action, NotificationKind, Permission, Requirement
from models.card import Card, CardEvent, CardState
from models.case import Case, CaseState
from models.database import new_id, row, rows, transaction
from models.reason import seal_reason
from models.visit import Verdict
from services import audit, counters, live
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


async def lock(region: Region, holder: UUID) -> Card | None:
    """The holder's card, as it stays until the transaction ends. Her account is locked before it, as everywhere."""
    await row("SELECT 1 FROM account WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, holder)
    return await current_card(region, holder)


@verb
async def issue(region: Region, actor: Actor, holder: UUID, *, level: str, now: datetime, number: str | None = None) -> Card:
    """Issue a card of a level, valid as long as the profile says; its number is the next of the year unless one is given.

    Whoever calls has decided that the actor may. Raises :class:`Invalid` for a level that there is not.
    """
    if level not in {known.code for known in region.profile.card.levels}:
        raise Invalid({"level": "没有这个等级。"})
    today = _today(region, now)
    async with transaction():
        await lock(region, holder)
        card = await Card.create(region=region.code, id=new_id(), number=number or await next_number(region, today), holder_id=holder, level=level,
                                 state=CardState.ACTIVE, issued_on=today, valid_until=_valid_until(region, today), state_at=now)
        await _note(actor, card, "issue", "颁发", now)
    return card


async def issue_card(region: Region, actor: Actor, case: Case, choice: str, now: datetime) -> None:
    """The end of a card application: a new card of the level that was chosen; who has one keeps it, renewed at this level (WH-35)."""
    levels = region.profile.card.levels
    level = choice or (levels[0].code if len(levels) == 1 else "")
    if level not in {known.code for known in levels}:
        raise Invalid({"choice": "请选择卡的等级。"})
    holder = case.about_id or case.applicant_id
    card = await lock(region, holder)
    if card is None:
        card = await issue(region, actor, holder, level=level, now=now)
    else:
        card = await _change(region, actor, card, card.version, "renew", f"{case.number} 审核通过", now, level=level,
                             valid_until=_valid_until(region, _today(region, now)))
    await _tell(region, NotificationKind.CARD_ISSUED, card, _said_of(region, card), now)
    await _publish(region, card)


async def next_number(region: Region, today: date) -> str:
    """As the profile's rule makes it; serials begin anew each year and have no gaps."""
    serial = await counters.following(region, f"card:{today.year}")
    return region.profile.card.number.format(year=today.year, serial=serial)


def _today(region: Region, now: datetime) -> date:
    return now.astimezone(region.profile.tz).date()


def _valid_until(region: Region, start: date) -> date:
    years = region.profile.card.valid_years.value
    try:
        return start.replace(year=start.year + years)
    except ValueError:  # 29 February
        return start.replace(year=start.year + years, day=28)


@verb
async def suspend(region: Region, actor: Actor, card_id: UUID, seen: int, reason: str, now: datetime) -> Card:
    """Stop every green-channel service of the holder, open bookings included, at the moment this returns (R9)."""
    return await _by_hand(region, actor, card_id, seen, "suspend", reason, now)


@verb
async def enable(region: Region, actor: Actor, card_id: UUID, seen: int, reason: str, now: datetime) -> Card:
    """Resume them; held bookings go on with the time that they had left."""
    return await _by_hand(region, actor, card_id, seen, "enable", reason, now)


@verb
async def end(region: Region, actor: Actor, card_id: UUID, seen: int, reason: str, now: datetime) -> Card:
    """End a card for good; open bookings end with it."""
    return await _by_hand(region, actor, card_id, seen, "end", reason, now)


@verb
async def renew(region: Region, actor: Actor, card_id: UUID, seen: int, reason: str, now: datetime) -> Card:
    """续期: valid for as long again, from the day on which it would have ended, or from today when that is past."""
    return await _by_hand(region, actor, card_id, seen, "renew", reason, now)


@verb
async def replace(region: Region, actor: Actor, card_id: UUID, seen: int, reason: str, now: datetime) -> Card:
    """换发: the card gets a new number, and the old one is ended.

    It stays the same row, so bookings, passes and the uses of the year go on under the new number; the old number keeps a row of its own.
    """
    return await _by_hand(region, actor, card_id, seen, "replace", reason, now)


async def _by_hand(region: Region, actor: Actor, card_id: UUID, seen: int, act: str, reason: str, now: datetime) -> Card:
    """What staff do to a card. Raises :class:`NotPermitted`, :class:`Invalid` without a reason, ``NotFound``, :class:`CardChanged`."""
    if not actor.may(Permission.SUSPEND_CARDS, region.profile):
        raise NotPermitted
    if not 2 <= len(reason.strip()) <= 200:
        raise Invalid({"reason": "请写明原因（2 到 200 字），持卡人会看到。"})
    found = await Card.find(region.code, card_id)
    if found.holder_id == actor.account_id:
        raise NotPermitted
    async with transaction():
        await lock(region, found.holder_id)
        card, outcomes = await _turn(region, actor, await Card.find(region.code, card_id), seen, act, reason.strip(), now)
    await _publish(region, card)
    await engine.announce(region, *outcomes)
    return card


async def turn(region: Region, actor: Actor, card: Card, act: str, reason: str, now: datetime, *, told: bool = True) -> None:
    """``suspend`` or ``end`` as what follows from something else, in its transaction; the card was locked there (:func:`lock`)."""
    changed, outcomes = await _turn(region, actor, card, card.version, act, reason, now, told=told)
    await _publish(region, changed)
    await engine.announce(region, *outcomes)


async def _turn(region: Region, actor: Actor, card: Card, seen: int, act: str, reason: str, now: datetime, *,
                told: bool = True) -> tuple[Card, list[Outcome]]:
    changes: dict[str, Any] = {}
    if act in STATES:
        changes = {"state": STATES[act]}
    elif act == "renew":
        changes = {"valid_until": _valid_until(region, max(card.valid_until, _today(region, now)))}
    elif act == "replace":
        changes = {"number": await next_number(region, _today(region, now))}
    after = await _change(region, actor, card, seen, act, reason, now, **changes)
    if act == "replace":
        await _keep_old_number(actor, card, after, now)
    outcomes = await _settle_bookings(region, card.holder_id, act, reason, now) if act in STATES else []
    if told and act in TELLINGS:
        await _tell(region, TELLINGS[act], after, {"reason": reason, **_said_of(region, after)}, now)
    return after, outcomes


#: Act → the state that follows; those that leave it as it is have none here.
STATES = {"suspend": CardState.SUSPENDED, "enable": CardState.ACTIVE, "end": CardState.ENDED}
#: What the holder hears; a renewal and a replacement tell her the number and the day again.
TELLINGS = {"suspend": NotificationKind.CARD_SUSPENDED, "enable": NotificationKind.CARD_ENABLED, "end": NotificationKind.CARD_ENDED,
            "renew": NotificationKind.CARD_ISSUED, "replace": NotificationKind.CARD_ISSUED}

#: Nothing that is ended changes any more; nothing becomes what it is already.
_CHANGE = """
UPDATE card SET state = coalesce($4, state), state_reason = CASE WHEN $4 IS NULL THEN state_reason ELSE '' END,
       reason_sealed = CASE WHEN $4 IS NULL THEN reason_sealed ELSE $5::bytea END,
       state_at = CASE WHEN $4 IS NULL THEN state_at ELSE $6 END, level = coalesce($7, level), number = coalesce($8, number),
       valid_until = coalesce($9::date, valid_until), version = version + 1
WHERE region = $1 AND id = $2 AND version = $3 AND state <> 'ended' AND state IS DISTINCT FROM $4 RETURNING *
"""


async def _change(region: Region, actor: Actor, card: Card, seen: int, act: str, reason: str, now: datetime, *, state: CardState | None = None,
                  level: str | None = None, number: str | None = None, valid_until: date | None = None) -> Card:
    found = await row(_CHANGE, region.code, card.id, seen, state.value if state else None,
                      seal_reason(reason, region.code, "card", card.id), now, level, number, valid_until)
    if found is None:
        raise CardChanged(context={"state": card.state.value, "version": card.version})
    after = Card.read(found)
    await _note(actor, after, act, reason, now)
    return after


async def _keep_old_number(actor: Actor, before: Card, after: Card, now: datetime) -> None:
    id, reason = new_id(), f"已换发为 {after.number}"
    old = await Card.create(region=before.region, id=id, number=before.number, holder_id=before.holder_id, level=before.level,
                            state=CardState.ENDED, issued_on=before.issued_on, valid_until=before.valid_until,
                            reason_sealed=seal_reason(reason, before.region, "card", id), state_at=now)
    await _note(actor, old, "end", reason, now)


def _said_of(region: Region, card: Card) -> dict[str, str]:
    return {"level": region.profile.level_name(card.level), "number": card.number_masked, "until": f"{card.valid_until:%Y年%m月%d日}"}


async def _tell(region: Region, kind: NotificationKind, card: Card, params: dict[str, str], now: datetime) -> None:
    said = {"card": region.profile.card.name, "phone": region.phone, **params}
    await tell(region, kind, dedupe_key=f"{kind.value}:{card.id}:{card.version}", account_id=card.holder_id, subject_id=card.id, now=now,
               params={name: value for name, value in said.items() if name in kind.params})


async def _publish(region: Region, card: Card) -> None:
    await live.publish(region.code, f"account:{card.holder_id}", "cards", event="card", data={"id": str(card.id), "state": card.state.value})
    waiting = await rows("SELECT DISTINCT venue_id FROM day_pass WHERE region = $1 AND holder_id = $2 AND visit_id IS NULL",
                         region.code, card.holder_id)
    if waiting:  # their counters read anew which passes open no door, as long as they can
        await live.publish(region.code, *(f"venue:{one['venue_id']}" for one in waiting), event="passes", data={})


#: What happens to open bookings: which of them, what, and how it is said.
SETTLING = {"suspend": ({CaseState.HANDLING, CaseState.RETURNED}, Action.HOLD, "停用"), "enable": ({CaseState.HELD}, Action.RESUME, "启用"),
            "end": ({CaseState.HANDLING, CaseState.RETURNED, CaseState.HELD}, Action.CLOSE, "终止")}


async def _settle_bookings(region: Region, holder: UUID, act: str, reason: str, now: datetime) -> list[Outcome]:
    """Hold the holder's open cases that need a card, let them go on, or close them."""
    states, action, word = SETTLING[act]
    needing = [matter.code for matter in region.profile.matters.values() if Requirement.ACTIVE_CARD in matter.who.needs]
    cases = await Case.of(region.code, applicant_id=holder, state__in=list(states), matter__in=needing).order_by("id").select_for_update()
    return [await engine.apply(region, Actor.system(region.code), case.id, Request(action, case.version, f"人才卡{word}：{reason}"), now)
            for case in cases]


async def _note(actor: Actor, card: Card, act: str, reason: str, now: datetime) -> None:
    id = new_id()
    await CardEvent.create(region=card.region, id=id, card_id=card.id, act=act, actor_id=actor.account_id, at=now,
                           reason_sealed=seal_reason(reason, card.region, "card_event", id))
    await audit.record(actor, f"card.{act}", "card", card.id, {"number": card.number_masked, "reason": reason}, now)


async def story(region: Region, card_id: UUID) -> list[CardEvent]:
    return await CardEvent.of(region.code, card_id=card_id).order_by("at")
