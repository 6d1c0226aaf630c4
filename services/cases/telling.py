"""Who is told what at which turn of a case: one table, read by the engine."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.profile import Can, Matter
from config.vocabulary import Action, NotificationKind
from models.case import Case, CaseState
from models.database import row, rows
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
    Action.REJECT: Turn(NotificationKind.CASE_REJECTED),
    Action.TRANSFER: Turn(NotificationKind.CASE_TRANSFERRED, NotificationKind.CASE_ARRIVED),
    Action.COMPLETE: Turn(NotificationKind.CASE_COMPLETED),
    Action.SUPPLEMENT: Turn(None, NotificationKind.CASE_ARRIVED),
    Action.RESUBMIT: Turn(None, NotificationKind.CASE_ARRIVED),
    Action.WITHDRAW: Turn(None, NotificationKind.CASE_WITHDRAWN),
    Action.REMIND: Turn(None, NotificationKind.CASE_REMINDED),
}

#: Handlers hear of these although the case stays where it is.
ALWAYS_TOLD = frozenset({Action.SUPPLEMENT, Action.RESUBMIT, Action.WITHDRAW, Action.REMIND})


async def tell_of(region: Region, matter: Matter, case: Case, action: Action, before: Case | None, *, opinion: str = "", can: Can | None = None,
                  now: datetime) -> None:
    """Write the notification rows of one act, in its transaction."""
    turn = TURNS.get(action)
    if turn is None:
        return
    acting = case.handler_org if before is None or action is Action.TRANSFER else before.handler_org
    params = await _params(region, matter, case, acting, opinion)
    messages = []
    if turn.applicant and _concerns_applicant(action, case):
        done = {"step": can.done or can.button} if can else {}
        messages.append(_message(turn.applicant, case, case.applicant_id, params | done))
    if turn.handlers and (action in ALWAYS_TOLD or (case.state is CaseState.HANDLING and _new_hands(case, before))):
        present = params | {"step": matter.step(case.step).name}  # handlers read what is to be done, the applicant what was done
        messages += [_message(turn.handlers, case, account, present) for account in await handlers(region.code, case.handler_org, case.handler_role)]
    await tell_all(region, messages, now)


def _concerns_applicant(action: Action, case: Case) -> bool:
    """A return to an earlier step is between offices; only a return to her asks the applicant to act."""
    return action is not Action.RETURN or case.state is CaseState.RETURNED


def _new_hands(case: Case, before: Case | None) -> bool:
    return before is None or (case.handler_org, case.handler_role) != (before.handler_org, before.handler_role)


async def handlers(region: str, organisation: UUID, role: str) -> list[UUID]:
    """Accounts that can handle what this role of this organisation has."""
    found = await rows("SELECT g.account_id FROM role_grant g JOIN account a ON (a.region, a.id) = (g.region, g.account_id) "
                       "WHERE g.region = $1 AND g.organisation_id = $2 AND g.role = $3 AND g.ended_at IS NULL AND a.state = 'active'",
                       region, organisation, role)
    return [grant["account_id"] for grant in found]


def _message(kind: NotificationKind, case: Case, account: UUID, params: dict[str, str]) -> Message:
    used = {name: value for name, value in params.items() if name in kind.params}
    return Message(kind, f"{kind.value}:{case.id}:{case.version}:{account}", used, account_id=account, subject_id=case.id)


async def _params(region: Region, matter: Matter, case: Case, acting: UUID, opinion: str) -> dict[str, str]:
    found = await row("SELECT name, phone FROM organisation WHERE region = $1 AND id = $2", region.code, acting)
    assert found is not None  # a foreign key says so
    return {
        "subject": case.subject, "number": case.number, "organisation": found["name"], "phone": found["phone"] or region.phone,
        "step": matter.step(case.step).name, "opinion": opinion.strip().rstrip("。") or "无", "words": opinion.strip() or "请尽快办理",
        "due": f"{case.due_at.astimezone(region.profile.tz):%m月%d日 %H:%M}" if case.due_at else "",
    }
