"""The one table of what can happen to a case. It guards every act, and the buttons are computed from it.

Anything that has no row here is denied. For a handler's action the step must also list it (``Step.can``); for an applicant's
the matter must (``Matter.applicant_can``). An applicant never decides her own case, whatever roles she has (T23).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID

from config.errors import Conflict, NotPermitted
from config.routes import Can, Matter
from config.vocabulary import Action, Permission
from models.case import Case, CaseState
from services.actors import Actor
from services.regions import Region


class Who(Enum):
    APPLICANT = auto()  # the one whose case it is
    HANDLER = auto()    # who has the step's role in the organisation that has the case
    WATCHER = auto()    # who may supervise
    SYSTEM = auto()     # the product itself, e.g. when a card is suspended
    AUTHOR = auto()     # who did the last act; ``services.cases.undoing`` knows who that was


class Target(Enum):
    STAY = auto()       # same step, same state
    NEXT = auto()       # the step after this one, or the end
    BACK = auto()       # to the applicant, or to the earlier step that the profile names
    ELSEWHERE = auto()  # same step at another organisation
    FOLLOW = auto()     # same step at the unit to which the applicant has moved
    AGAIN = auto()      # from the applicant to a handler again
    END = auto()        # closed for good
    PAUSE = auto()
    UNPAUSE = auto()
    BEFORE = auto()     # where it stood before the last act


@dataclass(frozen=True)
class Transition:
    action: Action
    sources: frozenset[CaseState]
    who: Who
    target: Target
    ends_as: CaseState | None = None


def _from(*states: CaseState) -> frozenset[CaseState]:
    return frozenset(states)


HANDLING, RETURNED, HELD = CaseState.HANDLING, CaseState.RETURNED, CaseState.HELD

TABLE = (
    Transition(Action.CLAIM, _from(HANDLING), Who.HANDLER, Target.STAY),
    Transition(Action.RELEASE, _from(HANDLING), Who.HANDLER, Target.STAY),
    Transition(Action.APPROVE, _from(HANDLING), Who.HANDLER, Target.NEXT),
    Transition(Action.COMPLETE, _from(HANDLING), Who.HANDLER, Target.END, CaseState.COMPLETED),
    Transition(Action.RETURN, _from(HANDLING), Who.HANDLER, Target.BACK),
    Transition(Action.REJECT, _from(HANDLING), Who.HANDLER, Target.END, CaseState.REJECTED),
    Transition(Action.TRANSFER, _from(HANDLING), Who.HANDLER, Target.ELSEWHERE),
    Transition(Action.SUPPLEMENT, _from(HANDLING), Who.HANDLER, Target.STAY),
    Transition(Action.SUPPLEMENT, _from(HANDLING), Who.APPLICANT, Target.STAY),
    Transition(Action.BIND, _from(HANDLING), Who.HANDLER, Target.NEXT),
    Transition(Action.CONFIRM_PAPER, _from(HANDLING), Who.HANDLER, Target.STAY),
    Transition(Action.SEND_ON, _from(HANDLING), Who.HANDLER, Target.NEXT),
    Transition(Action.RESUBMIT, _from(RETURNED), Who.APPLICANT, Target.AGAIN),
    Transition(Action.RESUBMIT, _from(HANDLING), Who.APPLICANT, Target.AGAIN),
    Transition(Action.WITHDRAW, _from(HANDLING, RETURNED, HELD), Who.APPLICANT, Target.END, CaseState.WITHDRAWN),
    Transition(Action.REMIND, _from(HANDLING), Who.WATCHER, Target.STAY),
    Transition(Action.HOLD, _from(HANDLING, RETURNED), Who.SYSTEM, Target.PAUSE),
    Transition(Action.RESUME, _from(HELD), Who.SYSTEM, Target.UNPAUSE),
    Transition(Action.FOLLOW, _from(HANDLING, RETURNED, HELD), Who.SYSTEM, Target.FOLLOW),
    Transition(Action.CLOSE, _from(HANDLING, RETURNED, HELD), Who.SYSTEM, Target.END, CaseState.REJECTED),
    Transition(Action.UNDO, _from(HANDLING, RETURNED, CaseState.COMPLETED, CaseState.REJECTED), Who.AUTHOR, Target.BEFORE),
)

#: What a handler does without the step having to list it: taking a case to oneself changes nothing for anybody else's rights.
ALWAYS = frozenset({Action.CLAIM, Action.RELEASE})


class NotPossible(Conflict):
    """这个办件现在不能这样办理，请刷新后查看它的最新状态。"""

    code = "not_possible"


class NotYours(NotPermitted):
    """这个办件不在您的办理权限内。如应由您的机构办理，请与当前承办机构联系转办。"""

    code = "not_yours"


def find(region: Region, actor: Actor, case: Case, action: Action) -> tuple[Transition, Can | None]:
    """The row that lets ``actor`` do ``action`` now, with what the step asks for.

    Raises :class:`NotPossible` when the state or step does not offer it (naming what is), :class:`NotYours` when others may.
    """
    matter = region.matter(case.matter)
    offered = [row for row in TABLE if row.action is action and case.state in row.sources and _declared(matter, case, row)]
    for row in offered:
        if _holds(region, actor, case, row.who, matter):
            return row, matter.step(case.step).allows(action) if row.who is Who.HANDLER else None
    if offered:
        raise NotYours(context={"action": action.value})
    raise NotPossible(context={"state": case.state.value, "possible": [offer.action.value for offer, _ in possible(region, actor, case)]})


def possible(region: Region, actor: Actor, case: Case) -> Iterator[tuple[Transition, Can | None]]:
    """What ``actor`` may do now, in the order of the table: the buttons of every face."""
    matter = region.matter(case.matter)
    for row in TABLE:
        offered = case.state in row.sources and _declared(matter, case, row) and _sensible(actor, case, row)
        if offered and _holds(region, actor, case, row.who, matter):
            yield row, matter.step(case.step).allows(row.action) if row.who is Who.HANDLER else None


def _declared(matter: Matter, case: Case, row: Transition) -> bool:
    step = matter.step(case.step)
    if row.who is Who.HANDLER:
        if row.action in ALWAYS:
            return not step.bound
        return step.roster is not None if row.action is Action.SEND_ON else step.allows(row.action) is not None
    if row.who is not Who.APPLICANT:
        return True
    unreviewed = case.state is CaseState.HANDLING and step == matter.route[0]
    if row.action is Action.RESUBMIT:
        return case.state is CaseState.RETURNED or (matter.until_reviewed and unreviewed)
    if row.action is Action.WITHDRAW and matter.until_reviewed and case.state is CaseState.HANDLING and not unreviewed:
        return False
    return row.action in matter.applicant_can


def applies(actor: Actor, case: Case, matter: Matter) -> bool:
    """Whether it is the actor's own: she submitted it, or it is her unit's and she has the role that submits such."""
    if actor.account_id is None:
        return False
    in_unit = matter.who.kind == "unit" and matter.who.role is not None and case.unit_id is not None and actor.has_role(case.unit_id, matter.who.role)
    return actor.account_id == case.applicant_id or in_unit


def _holds(region: Region, actor: Actor, case: Case, who: Who, matter: Matter) -> bool:
    own = applies(actor, case, matter) or (case.about_id is not None and case.about_id == actor.account_id)
    if who is Who.APPLICANT:
        return applies(actor, case, matter)
    if who is Who.SYSTEM:
        return actor.is_system
    if own or actor.is_system:
        return False
    if who is Who.AUTHOR:
        return True
    if who is Who.WATCHER:
        return actor.may(Permission.SUPERVISE, region.profile)
    return stands_for(actor, case, matter) is not None


def stands_for(actor: Actor, case: Case, matter: Matter) -> UUID | None:
    """Whose place the actor takes at this case: her own, else that of somebody who is away, for whom she stands in; none where it is not hers.

    Nobody decides through a deputy what she may not decide herself (T23).
    """
    bound = matter.step(case.step).bound
    if actor.has_role(case.handler_org, case.handler_role) and (not bound or case.claimed_by == actor.account_id):
        return actor.account_id
    for one in actor.standing_in:
        grants = tuple(other.grant for other in actor.standing_in if other.account_id == one.account_id)
        away = Actor(actor.region, one.account_id, one.name, actor.kind, grants)
        own = applies(away, case, matter) or case.about_id == one.account_id
        if not own and away.has_role(case.handler_org, case.handler_role) and (not bound or case.claimed_by == one.account_id):
            return one.account_id
    return None


def _sensible(actor: Actor, case: Case, row: Transition) -> bool:
    """Buttons that would change nothing are not shown, nor what goes by a list of several or by a moment; the act itself is still harmless."""
    if row.action in (Action.SEND_ON, Action.UNDO):
        return False
    if row.action is Action.CLAIM:
        return case.claimed_by is None
    if row.action is Action.RELEASE:
        return case.claimed_by == actor.account_id
    return True
