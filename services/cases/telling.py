"""Who is told what at which turn of a case: one table, read by the engine."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.profile import Can, Matter
from config.vocabulary import Action, NotificationKind
from models.case import Case, CaseState
from models.database import row
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

#: $1 region, $2 the organisation that acts, $3 and $4 organisation (or nothing) and role whose people hear of it.
_WHO = """
SELECT o.name, o.phone, ARRAY(
    SELECT g.account_id FROM role_grant g JOIN account a ON (a.region, a.id) = (g.region, g.account_id)
    WHERE g.region = $1 AND g.organisation_id = $3 AND g.role = $4 AND g.ended_at IS NULL AND a.state = 'active'
) AS handlers
FROM organisation o WHERE o.region = $1 AND o.id = $2
"""


async def tell_of(region: Region, matter: Matter, case: Case, action: Action, before: Case | None, *, opinion: str = "", can: Can | None = None,
                  now: datetime) -> None:
    """Write the notification rows of one act, in its transaction."""
    turn = TURNS.get(action)
    if turn is None:
        return
    acting = case.handler_org if before is None or action is Action.TRANSFER else before.handler_org
    handlers_hear = turn.handlers is not None and (action in ALWAYS_TOLD or (case.state is CaseState.HANDLING and _new_hands(case, before)))
    found = await row(_WHO, region.code, acting, case.handler_org if handlers_hear else None, case.handler_role)
    assert found is not None  # a foreign key says so
    params = _params(region, matter, case, found["name"], found["phone"], opinion)
    messages = []
    if turn.applicant and _concerns_applicant(action, case):
        done = {"step": can.done or can.button} if can else {}
        messages.append(_message(turn.applicant, case, case.applicant_id, params | done))
    if turn.handlers:
        present = params | {"step": matter.step(case.step).name}  # handlers read what is to be done, the applicant what was done
        messages += [_message(turn.handlers, case, account, present) for account in found["handlers"]]
    await tell_all(region, messages, now)


def _concerns_applicant(action: Action, case: Case) -> bool:
    """A return to an earlier step is between offices; only a return to her asks the applicant to act."""
    return action is not Action.RETURN or case.state is CaseState.RETURNED


def _new_hands(case: Case, before: Case | None) -> bool:
    return before is None or (case.handler_org, case.handler_role) != (before.handler_org, before.handler_role)


def _message(kind: NotificationKind, case: Case, account: UUID, params: dict[str, str]) -> Message:
    used = {name: value for name, value in params.items() if name in kind.params}
    return Message(kind, f"{kind.value}:{case.id}:{case.version}:{account}", used, account_id=account, subject_id=case.id)


def _params(region: Region, matter: Matter, case: Case, organisation: str, phone: str, opinion: str) -> dict[str, str]:
    return {
        "subject": case.subject, "number": case.number, "organisation": organisation, "phone": phone or region.phone,
        "step": matter.step(case.step).name, "opinion": opinion.strip().rstrip("。") or "无", "words": opinion.strip() or "请尽快办理",
        "due": f"{case.due_at.astimezone(region.profile.tz):%m月%d日 %H:%M}" if case.due_at else "",
    }
