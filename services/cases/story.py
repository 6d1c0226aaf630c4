"""One case as whoever may see it reads it: the same look-up behind the case page of every face."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import NotFound
from config.profile import FormField, Matter, Profile
from config.vocabulary import FieldType
from models.account import Account
from models.case import OPEN, Case, CaseState
from models.catalogue import Service, Slot
from models.database import rows
from models.organisation import Organisation
from models.visit import Rating
from services import ratings, regions
from services.actors import Actor
from services.cases import progress
from services.cases.progress import Event, StepView
from services.cases.scope import may_see
from services.regions import Region

MOST = 200


@dataclass(frozen=True)
class Answer:
    """One field of the form as it was submitted. ``value``: in words, names instead of ids; ``mark``: what was wrong with it at the last return."""

    field: FormField
    value: str
    mark: str = ""


@dataclass(frozen=True)
class Story:
    """A case with everything that its page shows. ``kept``: the region under the profile version that the case began with."""

    case: Case
    kept: Region
    applicant: Account
    organisation: Organisation
    service: Service | None
    events: list[Event]
    rating: Rating | None
    answers: list[Answer] = field(default_factory=list)

    @property
    def matter(self) -> Matter:
        return self.kept.matter(self.case.matter)

    @property
    def route(self) -> list[StepView]:
        return progress.route(self.matter, self.case, self.events, self.organisation.name)

    @property
    def marks(self) -> dict[str, str]:
        """Field → what is wrong with it, as long as the applicant has not answered."""
        return progress.faults(self.events)

    @property
    def to_rate(self) -> bool:
        """Whether the applicant is asked for her rating now."""
        return self.matter.rated and self.case.state is CaseState.COMPLETED and self.rating is None


async def of(region: Region, actor: Actor, case_id: UUID) -> Story:
    """Raises :class:`NotFound` for a case that is not there, and for one that the actor may not see (T01)."""
    case = await Case.find(region.code, case_id)
    if not may_see(region, actor, case):
        raise NotFound
    kept = await regions.at(region.code, case.profile_version)
    service = await Service.find(region.code, case.service_id) if case.service_id else None
    told = Story(case, kept, await Account.find(region.code, case.applicant_id), await Organisation.find(region.code, case.handler_org), service,
                 await progress.history(region.code, case_id), await ratings.of_case(region, case_id))
    return replace(told, answers=await answers(kept, told.matter.form, case.data, told.marks))


async def answers(region: Region, form: tuple[FormField, ...], data: Mapping[str, Any], marks: Mapping[str, str] | None = None) -> list[Answer]:
    """A form in words, in the order in which it is declared: names instead of ids; what was left empty is left out."""
    names = await _names(region, form, data)
    given = [one for one in form if one.field in data]
    return [Answer(one, _in_words(region.profile, one, data[one.field], names), (marks or {}).get(one.field, "")) for one in given]


async def _names(region: Region, form: tuple[FormField, ...], data: Mapping[str, Any]) -> dict[str, str]:
    """Id → words, for the organisations and slots that were chosen."""
    def chosen(of: FieldType) -> list[UUID]:
        return [UUID(data[one.field]) for one in form if one.type is of and one.field in data]

    organisations, slots = chosen(FieldType.ORGANISATION), chosen(FieldType.SLOT)
    names = {str(one.id): one.name for one in await Organisation.of(region.code, id__in=organisations)} if organisations else {}
    times = {str(one.id): slot_in_words(region.profile, one) for one in await Slot.of(region.code, id__in=slots)} if slots else {}
    return names | times


def _in_words(profile: Profile, declared: FormField, value: Any, names: Mapping[str, str]) -> str:
    match declared.type:
        case FieldType.ORGANISATION:
            return names.get(str(value), "（机构已撤销）")
        case FieldType.DISTRICT:
            return profile.district_name(str(value))
        case FieldType.SLOT:
            return names.get(str(value), "（时段已取消）")
        case FieldType.CHOICE:
            return declared.options.get(str(value), str(value))
        case FieldType.SEVERAL:
            return "、".join(declared.options.get(one, one) for one in value)
        case _:
            return str(value)


def slot_in_words(profile: Profile, slot: Slot) -> str:
    """``11月23日 周一 09:00–09:30``, in the region's own time."""
    start, end = slot.starts_at.astimezone(profile.tz), slot.ends_at.astimezone(profile.tz)
    return f"{start.month}月{start.day}日 周{'一二三四五六日'[start.weekday()]} {start:%H:%M}–{end:%H:%M}"


@dataclass(frozen=True)
class Line:
    """A case in the list of the one whose it is."""

    id: UUID
    number: str
    subject: str
    state: CaseState
    step: str
    organisation: str
    due_at: datetime | None
    updated_at: datetime
    to_rate: bool


_OWN = """
SELECT c.id, c.number, c.subject, c.matter, c.state, c.step, c.due_at, c.updated_at, o.name AS organisation, r.id AS rating
FROM cases c
JOIN organisation o ON o.region = c.region AND o.id = c.handler_org
LEFT JOIN rating r ON r.region = c.region AND r.case_id = c.id
WHERE c.region = $1 AND c.applicant_id = $2
ORDER BY c.created_at DESC LIMIT $3
"""


async def own(region: Region, actor: Actor, limit: int = MOST) -> list[Line]:
    """The actor's own cases, newest first."""
    return [_line(region, found) for found in await rows(_OWN, region.code, actor.account_id, limit)]


def _line(region: Region, found: dict[str, Any]) -> Line:
    matter = region.profile.matters.get(found["matter"])
    names = {step.step: step.name for step in matter.route} if matter else {}
    state = CaseState(found["state"])
    to_rate = bool(matter and matter.rated) and state is CaseState.COMPLETED and found["rating"] is None
    return Line(found["id"], found["number"], found["subject"], state, names.get(found["step"], found["step"]), found["organisation"],
                found["due_at"], found["updated_at"], to_rate)


def waits_for_applicant(line: Line) -> bool:
    """Whether the next step is hers."""
    return line.state is CaseState.RETURNED or line.to_rate


def is_open(line: Line) -> bool:
    return line.state in OPEN
