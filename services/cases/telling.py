"""Who is told what at which turn of a case: one table, read by the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.routes import Can, Matter
from config.vocabulary import Action, NotificationKind
from models.case import Case, CaseState
from services.notifications import Message, tell_all
from services.regions import Region


@dataclass(frozen=True)
class Turn:
    """``applicant``: what the applicant hears; ``handlers``: what the people of the new (or only) handler hear."""

    applicant: NotificationKind | None = None
    handlers: NotificationKind | None = None


TURNS: dict[Action, Turn] = {
    Action.SUBMIT: Turn(NotificationKind.CASE_SUBMITTED, NotificationKind.CASE_ARRIVED),
    Action.APPROVE: Turn(NotificationKind.CASE_MOVED, NotificationKind.CASE_ARRIVED),
    Action.RETURN: Turn(NotificationKind.CASE_RETURNED, NotificationKind.CASE_ARRIVED),
    Action.BIND: Turn(None, NotificationKind.CASE_ARRIVED),
    Action.SEND_ON: Turn(NotificationKind.CASE_MOVED, NotificationKind.CASE_ARRIVED),
    Action.REJECT: Turn(NotificationKind.CASE_REJECTED),
    Action.TRANSFER: Turn(NotificationKind.CASE_TRANSFERRED, NotificationKind.CASE_ARRIVED),
    Action.FOLLOW: Turn(NotificationKind.CASE_TRANSFERRED, NotificationKind.CASE_ARRIVED),
    Action.COMPLETE: Turn(NotificationKind.CASE_COMPLETED),
    Action.SUPPLEMENT: Turn(None, NotificationKind.CASE_ARRIVED),
    Action.RESUBMIT: Turn(None, NotificationKind.CASE_ARRIVED),
    Action.WITHDRAW: Turn(None, NotificationKind.CASE_WITHDRAWN),
    Action.REMIND: Turn(None, NotificationKind.CASE_REMINDED),
}

#: Handlers hear of these although the case stays where it is.
ALWAYS_TOLD = frozenset({Action.SUPPLEMENT, Action.RESUBMIT, Action.WITHDRAW, Action.REMIND})

@dataclass(frozen=True)
class Audience:
    """Who speaks and who listens in one act. ``acting``: the organisation that the words name; ``hearing``: whose people hear of it, if any."""

    acting: UUID
    hearing: UUID | None


def who(acting: str, hearing: str, role: str, now: str) -> str:
    """Columns for the statement that writes an act, so that its audience costs no question of its own. The arguments are SQL of the engine's.
    Instead of somebody who is away her deputy hears of it.
    """
    return f"""
       (SELECT o.name FROM organisation o WHERE o.region = $1 AND o.id = {acting}) AS acting_name,
       (SELECT o.phone FROM organisation o WHERE o.region = $1 AND o.id = {acting}) AS acting_phone, ARRAY(
           SELECT DISTINCT coalesce(d.deputy_id, g.account_id) FROM role_grant g
           LEFT JOIN deputy d ON (d.region, d.account_id) = (g.region, g.account_id) AND d.ended_at IS NULL
                AND d.from_at <= {now} AND {now} < d.until_at
           JOIN account a ON (a.region, a.id) = (g.region, coalesce(d.deputy_id, g.account_id))
           WHERE g.region = $1 AND g.organisation_id = {hearing} AND g.role = {role} AND g.ended_at IS NULL AND a.state = 'active'
       ) AS handlers"""  # noqa: S608  # pieces of the engine's own statements


def audience(action: Action, before: Case, state: CaseState, organisation: UUID, role: str) -> Audience:
    """Of an act that leaves the case in ``state`` with that organisation and role."""
    turn = TURNS.get(action, Turn())
    new_hands = state is CaseState.HANDLING and (organisation, role) != (before.handler_org, before.handler_role)
    hear = turn.handlers is not None and (action in ALWAYS_TOLD or new_hands)
    return Audience(organisation if action in (Action.TRANSFER, Action.FOLLOW) else before.handler_org, organisation if hear else None)


async def tell_of(region: Region, matter: Matter, case: Case, action: Action, heard: Mapping[str, Any], *, opinion: str = "", can: Can | None = None,
                  now: datetime, due: datetime | None = None) -> None:
    """Write the notification rows of one act, in its transaction. ``heard``: the row that the act's statement gave, with :func:`who` in it; ``due``:
    when they may go out, where that is not at once."""
    turn = TURNS.get(action)
    if turn is None:
        return
    params = _params(region, matter, case, heard["acting_name"], heard["acting_phone"], opinion)
    messages = []
    heard_by_applicant = _to_applicant(matter, action, turn)
    if heard_by_applicant and _concerns_applicant(action, case):
        messages.append(_message(heard_by_applicant, case, case.applicant_id, params | _done(action, can)))
    if turn.handlers:
        present = params | {"step": matter.step(case.step).name}  # handlers read what is to be done, the applicant what was done
        messages += [_message(turn.handlers, case, account, present) for account in heard["handlers"]]
    await tell_all(region, messages, now, due)


async def tell_applicants(region: Region, matter: Matter, cases: Sequence[Case], action: Action, heard: Mapping[str, Any], *, can: Can | None,
                          now: datetime) -> None:
    """:func:`tell_of`, of many that went the same way: what their applicants hear, each of her own."""
    kind = _to_applicant(matter, action, TURNS[action])
    if kind is not None:
        done = _done(action, can)
        await tell_all(region, [_message(kind, case, case.applicant_id, _params(region, matter, case, heard["acting_name"], heard["acting_phone"], "")
                                         | done) for case in cases], now)


async def tell_handlers(region: Region, matter: Matter, cases: Sequence[Case], action: Action, heard: Mapping[str, Any], number: str,
                        now: datetime) -> None:
    """And what their next handlers hear: one word of all of them, by the number of the list. Of a single one it is about the case."""
    kind, first = TURNS[action].handlers, cases[0]
    if kind is None:
        return
    params = _params(region, matter, first, heard["acting_name"], heard["acting_phone"], "")
    if len(cases) > 1:
        params |= {"subject": f"{first.subject}等 {len(cases)} 件", "number": number}
    await tell_all(region, [_message(kind, first, account, params) for account in heard["handlers"]], now)


def _done(action: Action, can: Can | None) -> dict[str, str]:
    return {"step": can.done or can.button} if can else {"step": f"已{action.label}"} if action is Action.SEND_ON else {}


def _to_applicant(matter: Matter, action: Action, turn: Turn) -> NotificationKind | None:
    """Of what the office keeps to itself whoever rated hears one thing: what was replied to her."""
    if not matter.is_internal:
        return turn.applicant
    return NotificationKind.RATING_ANSWERED if action is Action.SUPPLEMENT else None


def _concerns_applicant(action: Action, case: Case) -> bool:
    """A return to an earlier step is between offices; only a return to her asks the applicant to act."""
    return action is not Action.RETURN or case.state is CaseState.RETURNED


def _message(kind: NotificationKind, case: Case, account: UUID, params: dict[str, str]) -> Message:
    used = {name: value for name, value in params.items() if name in kind.params}
    return Message(kind, f"{kind.value}:{case.id}:{case.version}:{account}", used, account_id=account, subject_id=case.id)


def _params(region: Region, matter: Matter, case: Case, organisation: str, phone: str, opinion: str) -> dict[str, str]:
    return {
        "subject": case.subject, "number": case.number, "organisation": organisation, "phone": phone or region.phone,
        "step": matter.step(case.step).name, "opinion": opinion.strip().rstrip("。") or "无", "words": opinion.strip() or "请尽快办理",
        "due": f"{case.due_at.astimezone(region.profile.tz):%m月%d日 %H:%M}" if case.due_at else "",
    }
