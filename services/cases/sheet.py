"""A case as one page shows it: the form as submitted, the route, the history, and what the reader may do now.

Every face that shows a whole case reads it here, so that all of them agree. Staff who open one leave a line in the audit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.errors import NotFound
from config.routes import Can, Matter, Step
from config.vocabulary import Action
from models.account import Account
from models.case import CLOSED, Case, CaseState
from models.organisation import Organisation
from models.visit import Rating
from services import audit, follow_ups, ratings, regions
from services.actors import Actor
from services.cases import answers, progress, undoing
from services.cases.answers import Answer
from services.cases.deadlines import Light, standing
from services.cases.progress import Event, StepView
from services.cases.scope import may_see
from services.cases.transitions import Who, possible
from services.cases.undoing import Offer
from services.follow_ups import FollowedUp
from services.regions import Region


@dataclass(frozen=True)
class Button:
    """One thing that the reader may do now. ``opinion``: required, optional or none; ``choices``: a result that must be chosen."""

    action: Action
    label: str
    opinion: str
    choices: Mapping[str, str]
    as_handler: bool


@dataclass(frozen=True)
class Sheet:
    """The whole page, under the version of the profile that the case began with. ``office`` is the organisation that has it now.

    ``rating``: what the applicant said of it; of a follow-up, the rating that began it. ``followed_up``: what came of a bad one.
    ``undo``: what the reader has just done and may take back.
    """

    case: Case
    matter: Matter
    step: Step
    applicant: str
    office: Organisation
    claimed_name: str
    answers: Sequence[Answer]
    route: Sequence[StepView]
    history: Sequence[Event]
    buttons: Sequence[Button]
    rating: Rating | None
    light: Light
    left: str
    followed_up: FollowedUp | None = None
    undo: Offer | None = None

    @property
    def closed(self) -> bool:
        return self.case.state in CLOSED

    @property
    def faults(self) -> Mapping[str, str]:
        """Field → what the last return found wrong with it, filled in or not, as long as the applicant has not answered."""
        return progress.faults(self.history)

    @property
    def to_rate(self) -> bool:
        """Whether the applicant is asked for her rating now."""
        return self.matter.rated and self.case.state is CaseState.COMPLETED and self.rating is None

    @property
    def returned(self) -> bool:
        """Whether it waits for the applicant."""
        return self.case.state is CaseState.RETURNED

    @property
    def returned_with(self) -> str:
        """What was written when it was returned, as long as it waits for the applicant."""
        return next((event.opinion for event in reversed(self.history) if event.action is Action.RETURN), "") if self.returned else ""

    @property
    def next_step(self) -> str:
        """Name of the step after the present one; empty at the end of the route."""
        codes = [step.step for step in self.matter.route]
        following = self.matter.route[codes.index(self.case.step) + 1:]
        return following[0].name if following else ""

    @property
    def result(self) -> str:
        """What was chosen when the case was decided last, in words; empty where there was nothing to choose."""
        last = next((event for event in reversed(self.history) if event.choice), None)
        can = last and last.from_step and self.matter.step(last.from_step).allows(last.action)
        return can.choices.get(last.choice, last.choice) if last and can else ""

    def button(self, action: Action | str) -> Button | None:
        """By the action or, in templates, by its word."""
        return next((button for button in self.buttons if button.action == action), None)


async def open_case(region: Region, actor: Actor, case_id: UUID, now: datetime) -> Sheet:
    """A person opens the page: :func:`read`, and for those at the desk a line in the audit. Raises :class:`NotFound`."""
    sheet = await read(region, actor, case_id, now)
    if actor.is_at_desk:
        await audit.record(actor, "case.view", "case", case_id, {"number": sheet.case.number}, now)
    return sheet


async def read(region: Region, actor: Actor, case_id: UUID, now: datetime) -> Sheet:
    """The same without a line: for what a page that is open already asks again.

    Raises :class:`NotFound` for a case that is not there, and for one that the actor may not see (T01).
    """
    case = await Case.find(region.code, case_id)
    if not may_see(region, actor, case):
        raise NotFound
    kept = await regions.at(region.code, case.profile_version)
    matter, office = kept.matter(case.matter), await Organisation.find(region.code, case.handler_org)
    history = await progress.history(region.code, case.id)
    if actor.account_id in (case.applicant_id, case.about_id):
        history = progress.for_applicant(history)
    light, left = standing(region.profile, case.due_at, now, closed=case.state in CLOSED)
    rating = await follow_ups.rating_behind(region, case.id) if matter.is_internal else await ratings.of_case(region, case.id)
    people = {account.id: account.name for account in await Account.of(region.code, id__in=[case.applicant_id, case.claimed_by or case.applicant_id])}
    return Sheet(
        case, matter, matter.step(case.step), people[case.applicant_id], office, people[case.claimed_by] if case.claimed_by else "",
        await answers.in_words(kept, matter.form, case.data, progress.faults(history)), progress.route(matter, case, history, office.name), history,
        [_button(row.action, row.who, can) for row, can in possible(kept, actor, case)], rating, light, left,
        None if matter.is_internal else await follow_ups.of_rating(region, rating),
        await undoing.offer(region, actor, case_id, now) if actor.is_at_desk else None)


def _button(action: Action, who: Who, can: Can | None) -> Button:
    if can is None:
        return Button(action, action.label, "required" if action is Action.REMIND else "none" if who is Who.HANDLER else "optional", {},
                      who is Who.HANDLER)
    return Button(action, can.button, can.opinion, can.choices, True)
