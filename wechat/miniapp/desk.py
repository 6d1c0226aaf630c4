"""工作人员: to-do, one case, one act, done by me, the day, what is late (WH-60..65). The same verbs as the desk and the chat."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.phrases import WITH_WORDS
from config.vocabulary import Action, Permission
from services import bindings, supervision, todo
from services.cases import destinations, engine, library, sheet
from services.cases.deadlines import standing
from services.regions import Region
from services.todo import Waiting
from web.bodies import LARGEST_PAGE, Body, parse, query
from web.context import actor, now, region
from web.idempotency import once
from wechat.miniapp.answers import Answer, Count, Listing, answer
from wechat.miniapp.cases import CaseStory, Moved

blueprint = Blueprint("api_desk")
CASE = "/<region:str>/api/desk/cases/<case_id:uuid>"


class TodoAsked(Body):
    """``after``: the ``next`` of the page before. ``words``: part of a number or subject, or the applicant's whole name."""

    step: Annotated[str, Field(max_length=48)] | None = None
    late: bool = False
    words: Annotated[str, Field(max_length=50)] = ""
    after: Annotated[str, Field(pattern=r"^\d{1,17}\.[0-9a-f]{32}$")] | None = None
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = todo.PAGE


class TodoLine(Answer):
    id: UUID
    number: str
    subject: str
    step: str
    applicant: str
    organisation: str
    claimed_by: str
    due_at: datetime
    light: str
    left: str
    created_at: datetime
    version: int

    @classmethod
    def of(cls, region: Region, one: Waiting, now: datetime) -> Self:
        light, left = standing(region.profile, one.due_at, now)
        return cls(id=one.id, number=one.number, subject=one.subject, step=one.step_name, applicant=one.applicant, organisation=one.organisation,
                   claimed_by=one.claimed_name, due_at=one.due_at, light=light, left=left, created_at=one.created_at, version=one.version)


class StepCount(Answer):
    step: str
    name: str
    waiting: int


class Todo(Listing[TodoLine]):
    """Late ones first. Counts are of everything that waits for me, and stop at 999; ``steps``: of each step at which something waits."""

    all: int
    late: int
    due_today: int
    steps: list[StepCount]


class Act(Body):
    """``action``: of one of the case's buttons. ``seen``: its ``version``. ``marks``: field → what is wrong with it, on return. ``organisation``: on
    transfer; ``person``: who is bound."""

    action: Literal[Action.CLAIM, Action.RELEASE, Action.APPROVE, Action.COMPLETE, Action.RETURN, Action.REJECT, Action.TRANSFER, Action.SUPPLEMENT,
                    Action.REMIND, Action.BIND, Action.CONFIRM_PAPER, Action.UNDO]
    seen: Count
    opinion: Annotated[str, Field(max_length=engine.LONGEST_OPINION)] = ""
    choice: Annotated[str, Field(max_length=48)] = ""
    marks: Annotated[dict[str, Annotated[str, Field(max_length=200)]], Field(default_factory=dict, max_length=50)]
    organisation: UUID | None = None
    person: UUID | None = None


class Destination(Answer):
    id: UUID
    name: str
    district: str


class Destinations(Listing[Destination]):
    """Organisations like the present one first."""


class Specialist(Answer):
    """``bound``: how many she looks after already."""

    id: UUID
    name: str
    bound: int


class Specialists(Listing[Specialist]):
    """Whom the person can be bound to, by name; none where that is not the reader's to decide."""


class DoneLine(Answer):
    case_id: UUID
    number: str
    subject: str
    state: str
    state_label: str
    done: str
    at: datetime


class DoneLines(Listing[DoneLine]):
    """Newest first."""


class Today(Answer):
    """The day so far: what came in, what I did (word of the act → times), what still waits."""

    arrived: int
    acts: int
    done: dict[str, int]
    all: int
    late: int
    due_today: int


class OverdueAsked(Body):
    organisation: UUID | None = None
    page: Annotated[int, Field(ge=1, le=10_000)] = 1


class LateOffice(Answer):
    """``oldest``: since when its oldest case is late."""

    organisation_id: UUID
    name: str
    late: int
    oldest: datetime


class OverdueLine(Answer):
    id: UUID
    number: str
    subject: str
    step: str
    applicant: str
    organisation: str
    due_at: datetime | None
    light: str
    left: str

    @classmethod
    def of(cls, region: Region, one: Waiting, now: datetime) -> Self:
        light, left = standing(region.profile, one.due_at, now, by_day=True)
        return cls(id=one.id, number=one.number, subject=one.subject, step=one.step_name, applicant=one.applicant, organisation=one.organisation,
                   due_at=one.due_at, light=light, left=left)


class Overdue(Listing[OverdueLine]):
    """Longest first. ``organisations``: where they are, most first."""

    organisations: list[LateOffice]


class Phrases(Answer):
    """Ready opinions by action."""

    phrases: dict[str, list[str]]


@blueprint.get("/<region:str>/api/desk/todo", ctx_permission="staff", ctx_summary="待办事项", ctx_query=TodoAsked, ctx_answers=Todo)
async def index(request: Request) -> HTTPResponse:
    here, who, moment, asked = region(request), actor(request), now(request), query(request, TodoAsked)
    if asked.words:
        found = await todo.search(here, who, asked.words, asked.page_size)
    else:
        late = moment if asked.late else None
        found = await todo.waiting(here, who, after=_after(asked.after), limit=asked.page_size, step=asked.step, due_before=late)
    more = len(found) == asked.page_size and not asked.words
    counts = await todo.counts(here, who, moment)
    return answer(Todo(items=[TodoLine.of(here, one, moment) for one in found], next=_cursor(found[-1]) if more else None,
                       all=counts.all, late=counts.late, due_today=counts.due_today,
                       steps=[StepCount(step=code, name=name, waiting=counts.by_step[code]) for code, name in _steps(here).items()
                              if counts.by_step.get(code)]))


def _steps(region: Region) -> dict[str, str]:
    """Code → name, in the order of the routes."""
    return {step.step: step.name for matter in region.profile.matters.values() for step in matter.route}


@blueprint.get(CASE, ctx_permission="staff", ctx_summary="办件详情", ctx_answers=CaseStory)
async def show(request: Request, case_id: UUID) -> HTTPResponse:
    return answer(await CaseStory.opened(region(request), actor(request), case_id, now(request), for_staff=True))


@blueprint.post(f"{CASE}/acts", ctx_permission="staff", ctx_summary="受理、预审、办结、转办、退回", ctx_accepts=Act, ctx_answers=Moved)
@once
async def act(request: Request, case_id: UUID) -> HTTPResponse:
    asked = parse(request, Act)
    if asked.action is Action.REMIND:
        outcome = await supervision.remind(region(request), actor(request), case_id, asked.seen, asked.opinion, now(request))
    else:
        wanted = engine.Request(asked.action, asked.seen, asked.opinion, asked.choice, asked.marks, asked.organisation, person=asked.person)
        outcome = await engine.act(region(request), actor(request), case_id, wanted, now(request))
    return answer(Moved.of(region(request), outcome))


@blueprint.get(f"{CASE}/destinations", ctx_permission="staff", ctx_summary="可以转办到的机构", ctx_answers=Destinations)
async def offer(request: Request, case_id: UUID) -> HTTPResponse:
    found = await sheet.read(region(request), actor(request), case_id, now(request))
    offered = await destinations.of(region(request), found.case)
    return answer(Destinations(items=[Destination(id=one.id, name=one.name, district=one.district) for one in offered]))


@blueprint.get(f"{CASE}/specialists", ctx_permission="staff", ctx_summary="可以绑定的服务专员", ctx_answers=Specialists)
async def bindable(request: Request, case_id: UUID) -> HTTPResponse:
    found = await sheet.read(region(request), actor(request), case_id, now(request))
    there = await bindings.specialists(region(request), found.case.handler_org) if found.button(Action.BIND) else []
    return answer(Specialists(items=[Specialist(id=one.id, name=one.name, bound=one.bound) for one in there]))


@blueprint.get("/<region:str>/api/desk/done", ctx_permission="staff", ctx_summary="我的已办", ctx_answers=DoneLines)
async def done(request: Request) -> HTTPResponse:
    found = await todo.done_by(region(request), actor(request))
    return answer(DoneLines(items=[DoneLine(case_id=one.case_id, number=one.number, subject=one.subject, state=one.state.value,
                                            state_label=one.state.label, done=one.done, at=one.at) for one in found]))


@blueprint.get("/<region:str>/api/desk/today", ctx_permission="staff", ctx_summary="今日小结", ctx_answers=Today)
async def today(request: Request) -> HTTPResponse:
    found = await todo.digest(region(request), actor(request), now(request))
    return answer(Today(arrived=found.arrived, acts=found.acts, done={action.label: times for action, times in found.done.items()},
                        all=found.counts.all, late=found.counts.late, due_today=found.counts.due_today))


@blueprint.get("/<region:str>/api/desk/overdue", ctx_permission=Permission.SUPERVISE, ctx_summary="超时未处理", ctx_query=OverdueAsked,
               ctx_answers=Overdue)
async def overdue(request: Request) -> HTTPResponse:
    asked, here, moment = query(request, OverdueAsked), region(request), now(request)
    found, more = await supervision.late(here, actor(request), moment, asked.organisation, page=asked.page)
    offices = [LateOffice(organisation_id=one.organisation_id, name=one.name, late=one.late, oldest=one.oldest)
               for one in await supervision.late_by_organisation(here, moment)]
    return answer(Overdue(items=[OverdueLine.of(here, one, moment) for one in found], organisations=offices,
                          next=str(asked.page + 1) if more else None))


@blueprint.get("/<region:str>/api/desk/phrases", ctx_permission="staff", ctx_summary="常用意见", ctx_answers=Phrases)
async def ready(request: Request) -> HTTPResponse:
    found = await library.of_actor(region(request), actor(request))
    return answer(Phrases(phrases={action.value: list(found.of(action)) for action in WITH_WORDS if found.of(action)}))


def _cursor(last: Waiting) -> str:
    """Where the next page begins: deadline in microseconds and id of the last line."""
    return f"{int(last.due_at.timestamp()) * 1_000_000 + last.due_at.microsecond}.{last.id.hex}"


def _after(cursor: str | None) -> tuple[datetime, UUID]:
    if cursor is None:
        return todo.BEGINNING
    microseconds, _, id = cursor.partition(".")
    seconds, rest = divmod(int(microseconds), 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest), UUID(id)
