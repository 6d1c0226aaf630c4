"""The office before the card: units and people come, fill in, apply, are reviewed, returned, bound, listed. As moments for ``happenings.py``."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from config.vocabulary import Action
from models.case import Case
from models.roster import Roster as Listed
from sandbox.demo import cast as people
from sandbox.demo import filling
from sandbox.demo.cast import Cast
from sandbox.demo.story import Act, Ago, Application, Binding, Filled, OnDay, Roster
from services import applications, bindings, dossiers, rosters
from services.cases import engine
from services.cases.calendar import WorkingCalendar
from services.files import Subject
from services.roster_lists import code_of

Do = Callable[[datetime], Awaitable[None]]
Moment = tuple[datetime, Do]


@dataclass
class Office:
    """``cases``: by the number of the application in the story; ``rosters``: likewise."""

    cast: Cast
    now: datetime
    calendar: WorkingCalendar
    cases: dict[int, UUID] = field(default_factory=dict)
    rosters: dict[int, Listed] = field(default_factory=dict)

    def when(self, at: Ago | OnDay) -> datetime:
        return at.before(self.now, self.calendar)

    def case_of(self, matter: str, name: str) -> UUID:
        """The last application of that matter by or about somebody."""
        return next(self.cases[number] for number, one in reversed(list(enumerate(self.cast.story.applications)))
                    if one.matter == matter and name in (one.who, one.about) and number in self.cases)


def of_people(office: Office) -> Iterator[Moment]:
    """Units, those who work for them, and persons whose day of registration is told."""
    for unit in office.cast.story.units:
        yield office.when(unit.at), _told(people.found_unit, office.cast, unit)
        for colleague in unit.people:
            yield office.when(colleague.at), _told(people.join_unit, office.cast, unit, colleague)
    for talent in office.cast.story.talents:
        if talent.at is not None:
            yield office.when(talent.at), _told(people.enrol, office.cast, talent)
    for binding in office.cast.story.bindings:
        yield office.when(binding.at), _told(_bind, office.cast, binding)


def _told(do: Callable[..., Awaitable[None]], *who: Any) -> Do:
    return lambda at: do(*who, at)


async def _bind(cast: Cast, told: Binding, at: datetime) -> None:
    await bindings.bind(cast.region, cast.actor(told.by, "desk"), cast.account(told.talent), cast.account(told.specialist), at)


def of_applications(office: Office) -> Iterator[Moment]:
    for number, told in enumerate(office.cast.story.applications):
        yield office.when(told.at), _told(_submitted, office, number, told)
        for act in told.acts:
            yield office.when(act.at), _told(_acted, office, number, told, act)


async def _submitted(office: Office, number: int, told: Application, at: datetime) -> None:
    cast, region = office.cast, office.cast.region
    matter, actor = region.matter(told.matter), cast.actors[told.who]
    actor = actor.on(told.on or ("phone" if actor.is_talent else "desk"))
    about = cast.account(told.about) if told.about else None
    form = await filling.matter_form(region, actor, told.matter, told.form, cast.who(told.who), cast.places, about, at)
    if matter.content == "admitted":
        await applications.synchronise(region, actor, told.matter, 0, at)
    office.cases[number] = (await applications.submit(region, actor, told.matter, form, at, about)).case.id


async def _acted(office: Office, number: int, told: Application, act: Act, at: datetime) -> None:
    cast, case = office.cast, await Case.find(office.cast.region.code, office.cases[number])
    match act.do:
        case Action.RESUBMIT:
            await _resubmitted(cast, told, act, case, at)
        case Action.SUPPLEMENT:
            await _supplemented(cast, act, case, at)
        case Action.WITHDRAW:
            asked = engine.Request(act.do, case.version, act.opinion)
            await engine.act(cast.region, cast.actor(told.who, act.on), case.id, asked, at)
        case _:
            who = cast.actors[act.by] if act.by else cast.handler_of(case.handler_org, case.handler_role, case.claimed_by)
            to = cast.organisations[act.to].id if act.to else None
            person = cast.account(act.person) if act.person else None
            asked = engine.Request(act.do, case.version, act.opinion, act.choice, act.marks, to, person=person)
            await engine.act(cast.region, who.on(act.on), case.id, asked, at)


def of_rosters(office: Office) -> Iterator[Moment]:
    """Made, stamped and sent on: each at its moment, as far as the story tells."""
    for number, told in enumerate(office.cast.story.rosters):
        yield office.when(told.at), _told(_listed, office, number, told)
        if told.stamped is not None:
            yield office.when(told.stamped), _told(_stamped, office, number, told)
        if told.submitted is not None:
            yield office.when(told.submitted), _told(_sent_on, office, number, told)


async def _listed(office: Office, number: int, told: Roster, at: datetime) -> None:
    region, actor = office.cast.region, office.cast.actor(told.by, "desk")
    members = [office.case_of(told.matter, name) for name in told.members]
    made = await rosters.make(region, actor, told.matter, told.step, members, at)
    if told.contact:
        made = await rosters.say_contact(region, actor, made.id, made.version, told.contact, told.phone, at)
    office.rosters[number] = made


async def _stamped(office: Office, number: int, told: Roster, at: datetime) -> None:
    """The scan shows the QR of the sheet, as it would if somebody had printed it."""
    region, roster = office.cast.region, office.rosters[number]
    actor, scan = office.cast.actor(told.by, "desk"), filling.paper("roster")
    office.rosters[number] = await rosters.keep_scan(region, actor, roster, f"{roster.number} 盖章.jpg", scan, [code_of(roster)], at)


async def _sent_on(office: Office, number: int, told: Roster, at: datetime) -> None:
    roster = office.rosters[number]
    await rosters.submit(office.cast.region, office.cast.actor(told.by, "desk"), roster.id, roster.version, at)


async def _resubmitted(cast: Cast, told: Application, act: Act, case: Case, at: datetime) -> None:
    actor = cast.actors[told.who]
    await _fill(cast, told.who, act.filled, at)
    form = await filling.answer(cast.region, actor, case.id, told.matter, case.data, act.form, cast.who(told.who), cast.places, at)
    await applications.resubmit(cast.region, actor, case.id, case.version, form, at)


async def _fill(cast: Cast, name: str, filled: Filled, at: datetime) -> None:
    """Rows that are put right: the first of each section, which is where the story has its mistakes."""
    actor = cast.actors[name]
    owner, person = dossiers.owner_of(actor), cast.who(name)
    for code, said in filled.items():
        dossier = await dossiers.of(cast.region, owner, at)
        first = next(iter(dossier.draft.get(code, [])), {})
        for number, values in enumerate(said if isinstance(said, list) else [said]):
            whole = {**first, **values} if number == 0 else values
            await filling.section_row(cast.region, actor, owner, dossier, code, whole, person, cast.places, at, number=number)
            dossier = await dossiers.of(cast.region, owner, at)


async def _supplemented(cast: Cast, act: Act, case: Case, at: datetime) -> None:
    """What the specialist adds, a row at a time."""
    region, actor = cast.region, cast.handler_of(case.handler_org, case.handler_role, case.claimed_by)
    assert case.dossier_id is not None
    for code, said in act.filled.items():
        for values in said if isinstance(said, list) else [said]:
            section = dossiers.section_of(region, "talent", code)
            desk = filling.Desk(region, actor, Subject.DOSSIER, case.dossier_id)
            before = {} if section.repeats else await _first_row(cast, case, code)
            row = await filling.completed(desk, section.fields, {**before, **values}, None, cast.places, f"{code}.", at, woman=False)
            now = await Case.find(region.code, case.id)
            await applications.supplement_dossier(region, actor, case.id, now.version, code, None if section.repeats else 0, row, at)


async def _first_row(cast: Cast, case: Case, code: str) -> dict[str, Any]:
    owner = dossiers.Owner("talent", account_id=case.about_id or case.applicant_id)
    found = await dossiers.of(cast.region, owner, case.updated_at)
    return next(iter(found.draft.get(code, [])), {})
