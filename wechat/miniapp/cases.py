"""办件 as the API tells them: the same shapes for the applicant and for staff, drawn from the same sheet as the pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from models.case import CLOSED
from models.visit import Rating as RatingRow
from services import presence, submitted
from services.actors import Actor
from services.cases import sheet
from services.cases.deadlines import standing
from services.cases.engine import Outcome
from services.cases.own import Line
from services.cases.progress import Event as EventRow
from services.cases.progress import StepView
from services.cases.sheet import Button, Sheet
from services.follow_ups import FollowedUp
from services.regions import Region
from services.submitted import Submitted as SubmittedRow
from wechat.miniapp.answers import Answer, Listing
from wechat.miniapp.files import Enclosure
from wechat.miniapp.submitted import Submitted


class CaseLine(Answer):
    """``light``: ok, soon, late, paused or done; ``left``: words such as 还剩 2 个工作日. ``to_rate``: the applicant is asked for her rating."""

    id: UUID
    number: str
    subject: str
    state: str
    state_label: str
    step: str
    organisation: str
    due_at: datetime | None
    light: str
    left: str
    updated_at: datetime
    to_rate: bool

    @classmethod
    def of(cls, region: Region, line: Line, now: datetime) -> Self:
        light, left = standing(region.profile, line.due_at, now, closed=line.state in CLOSED)
        return cls(id=line.id, number=line.number, subject=line.subject, state=line.state.value, state_label=line.state.label, step=line.step,
                   organisation=line.organisation, due_at=line.due_at, light=light, left=left, updated_at=line.updated_at,
                   to_rate=line.to_rate)


class CaseLines(Listing[CaseLine]):
    """Newest first."""


class RouteStep(Answer):
    """``stage``: done, current or todo; waiting while the applicant must act, paused while her card is suspended."""

    name: str
    stage: str
    organisation: str
    opinion: str
    at: datetime | None
    due_at: datetime | None

    @classmethod
    def of(cls, step: StepView) -> Self:
        return cls(name=step.name, stage=step.stage.value, organisation=step.organisation, opinion=step.opinion, at=step.at, due_at=step.due_at)


class HistoryLine(Answer):
    """``actor``: for colleagues alone; the applicant deals with the organisation."""

    action: str
    done: str
    organisation: str
    actor: str
    opinion: str
    at: datetime

    @classmethod
    def of(cls, event: EventRow, *, for_staff: bool) -> Self:
        return cls(action=event.action.value, done=event.done, organisation=event.organisation, actor=event.actor if for_staff else "",
                   opinion=event.opinion, at=event.at)


class CaseField(Answer):
    """``value``: in words; ``fault``: what the last return found wrong with it; ``files``: what was uploaded there."""

    field: str
    label: str
    value: str
    fault: str
    files: list[Enclosure]


class CaseButton(Answer):
    """What the reader may do now. ``opinion``: required, optional or none; ``choices``: a result that must be chosen, value → label."""

    action: str
    label: str
    opinion: str
    choices: dict[str, str]


class Rated(Answer):
    """``replies``: what the office answered to a bad rating, oldest first."""

    stars: int
    words: str
    at: datetime
    replies: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, rating: RatingRow, followed_up: FollowedUp | None = None) -> Self:
        replies = [reply.opinion for reply in followed_up.replies] if followed_up else []
        return cls(stars=rating.stars, words=rating.words, at=rating.at, replies=replies)


class CaseStory(Answer):
    """A whole case. ``version`` comes back as ``seen`` with every act. ``values``: the form as it was typed, for the applicant alone.

    ``service_id``: of a booking, what was booked; ``to_rate``: the applicant is asked for her rating. ``next_step``: empty at the end of the route;
    ``result``: what was decided, where there was something to choose. ``internal``: nobody applied for it, a bad rating began it.
    ``undo_seconds``: so long the reader may still take back what she has just done (``undo``); 0 where there is nothing.
    ``looking``: colleagues who have it open now.
    """

    id: UUID
    number: str
    subject: str
    state: str
    state_label: str
    version: int
    applicant: str
    step: str
    next_step: str
    result: str
    internal: bool
    organisation: str
    organisation_phone: str
    claimed_by: str
    looking: list[str]
    due_at: datetime | None
    light: str
    left: str
    created_at: datetime
    form: list[CaseField]
    values: dict[str, Any]
    submitted: Submitted
    route: list[RouteStep]
    history: list[HistoryLine]
    buttons: list[CaseButton]
    undo_seconds: int
    service_id: UUID | None
    to_rate: bool
    rating: Rated | None

    @classmethod
    async def opened(cls, region: Region, who: Actor, case_id: UUID, now: datetime, *, for_staff: bool) -> Self:
        found = await sheet.open_case(region, who, case_id, now)
        along = await submitted.of_case(region, found.case, found.history)
        looking = await presence.among(region, who, [case_id], now) if for_staff else {}
        return cls.of(found, along, looking.get(case_id, ()), for_staff=for_staff)

    @classmethod
    def of(cls, found: Sheet, along: SubmittedRow, looking: Sequence[str], *, for_staff: bool) -> Self:
        case, handles = found.case, any(button.as_handler for button in found.buttons)
        return cls(
            id=case.id, number=case.number, subject=case.subject, state=case.state.value, state_label=case.state.label, version=case.version,
            applicant=found.applicant, step=found.step.name, next_step=found.next_step, result=found.result, internal=found.matter.is_internal,
            organisation=found.office.name, organisation_phone=found.office.phone, claimed_by=found.claimed_name if for_staff else "",
            looking=list(looking), due_at=case.due_at, light=found.light.value, left=found.left, created_at=case.created_at,
            values={} if for_staff else case.data, submitted=Submitted.of(along, whole=handles or not for_staff),
            form=[CaseField(field=one.field, label=one.label, value=one.value, fault=one.fault,
                            files=[Enclosure.of(file) for file in along.files.get(one.field, ())]) for one in found.answers],
            route=[RouteStep.of(step) for step in found.route],
            history=[HistoryLine.of(event, for_staff=for_staff) for event in found.history],
            undo_seconds=found.undo.seconds if found.undo else 0, service_id=case.service_id, to_rate=found.to_rate and not for_staff,
            buttons=[_button(one) for one in found.buttons], rating=Rated.of(found.rating, found.followed_up) if found.rating else None)


def _button(one: Button) -> CaseButton:
    return CaseButton(action=one.action.value, label=one.label, opinion=one.opinion, choices=dict(one.choices))


class Moved(Answer):
    """Where a case stands after an act."""

    id: UUID
    number: str
    state: str
    state_label: str
    step: str
    version: int

    @classmethod
    def of(cls, region: Region, outcome: Outcome) -> Self:
        case = outcome.case
        return cls(id=case.id, number=case.number, state=case.state.value, state_label=case.state.label,
                   step=region.profile.step_name(case.matter, case.step), version=case.version)
