"""The story as a list of moments, lived through in order. Everything is done by the services, with ``now`` in the past: so every row is true."""

import itertools
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import Enum, auto
from uuid import NAMESPACE_URL, UUID, uuid5

from config.keys import keys
from config.vocabulary import Action
from models.card import Card
from models.case import Case
from models.catalogue import Service
from models.venue import Board, Venue
from qr import board_code
from sandbox.demo import cast as people
from sandbox.demo import office, words
from sandbox.demo.cast import Cast
from sandbox.demo.office import Moment, Office
from sandbox.demo.story import Act, Booking, DayAgo, Habit, MissedCode, OnDay, Replaced, Talent, Visit
from services import arrivals, bookings, cards, login, ratings, slots, supervision, venues, visits
from services.cases import engine
from services.cases.calendar import WorkingCalendar, calendar_of

FORGED = "1" + "0" * 24
OWN = frozenset({Action.WITHDRAW, Action.RESUBMIT, Action.SUPPLEMENT})
#: The hours of a day at which supervision looks.
ROUNDS = (time(8, 41), time(11, 30), time(16))


class Kind(Enum):
    OFFICE = auto()   # people at work: somebody is told by SMS
    WATCH = auto()    # the scheduler's rounds
    QUIET = auto()    # nobody is told by it, or not yet


@dataclass(order=True)
class Happening:
    """Something that is done at its moment; ``number`` keeps those of one moment in the order of the story."""

    at: datetime
    number: int
    do: Callable[[datetime], Awaitable[None]] = field(compare=False)
    kind: Kind = field(compare=False)


@dataclass
class Stage:
    """What the happenings know of each other."""

    cast: Cast
    now: datetime
    services: dict[str, Service]
    venues: dict[str, Venue]
    cards: dict[str, Card] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)
    revoked: Board | None = None
    cases: dict[int, UUID] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(20261121))

    @property
    def calendar(self) -> WorkingCalendar:
        return calendar_of(self.cast.region.profile)


def plan(stage: Stage) -> list[Happening]:
    """Everything that happens, in order."""
    desk = Office(stage.cast, stage.now, stage.calendar)
    kinds = {
        Kind.QUIET: [*words.of_offices(words.Told(stage.cast, stage.now, stage.calendar)),
                     *_of_holders(stage), *office.of_people(desk), *_of_visits(stage), *_rarities(stage)],
        Kind.OFFICE: [*office.of_applications(desk), *office.of_rosters(desk), *_of_bookings(stage), *_of_cards(stage)],
        Kind.WATCH: [*_of_supervision(stage)],
    }
    numbers = itertools.count()
    return sorted(Happening(at, next(numbers), do, kind) for kind, moments in kinds.items() for at, do in moments)


async def put_up_boards(stage: Stage, now: datetime) -> None:
    """A guide board at every place of the story."""
    for told in stage.cast.story.boards:
        venue = stage.venues[told.venue]
        board = await venues.issue_board(stage.cast.region, stage.cast.watcher, venue.id, told.place, now)
        stage.boards.setdefault(told.venue, board)


def _of_holders(stage: Stage) -> Iterator[Moment]:
    """Persons who had their card before the story's cases, each on her own day, and those who only registered."""
    for talent in stage.cast.story.talents:
        issued = stage.now - timedelta(days=talent.issued)
        if talent.at is None:
            yield issued - timedelta(days=7), _registered(stage, talent)
        else:  # she is told in working time, which may be shorter or longer than these days
            issued = max(issued, talent.at.before(stage.now, stage.calendar) + timedelta(days=1))
        if talent.card is not None:
            yield issued, _issued(stage, talent.login, talent.card)


def _registered(stage: Stage, talent: Talent) -> Callable[[datetime], Awaitable[None]]:
    return lambda at: people.enrol(stage.cast, talent, at)


def _issued(stage: Stage, name: str, level: str) -> Callable[[datetime], Awaitable[None]]:
    async def issue(at: datetime) -> None:
        stage.cards[name] = await cards.issue(stage.cast.region, stage.cast.watcher, stage.cast.account(name), level=level, now=at)

    return issue


def _rarities(stage: Stage) -> Iterator[Moment]:
    """What happens once: a board that is replaced, a code that never arrived."""
    told = stage.cast.story
    if told.replaced is not None:
        yield told.replaced.at.before(stage.now, stage.calendar), _replaced(stage, told.replaced)
    if told.missed_code is not None:
        yield told.missed_code.at.before(stage.now, stage.calendar), _missed(stage, told.missed_code)


def _replaced(stage: Stage, told: Replaced) -> Callable[[datetime], Awaitable[None]]:
    async def replace(at: datetime) -> None:
        stage.revoked = stage.boards[told.venue]
        fresh = await venues.revoke_board(stage.cast.region, stage.cast.watcher, stage.revoked.id, told.reason, at, replace=True)
        assert fresh is not None
        stage.boards[told.venue] = fresh

    return replace


def _missed(stage: Stage, told: MissedCode) -> Callable[[datetime], Awaitable[None]]:
    async def ask(at: datetime) -> None:
        await login.request_code(stage.cast.region, stage.cast.phone_of(told.who), people.HERE, at)

    return ask


def _of_bookings(stage: Stage) -> Iterator[Moment]:
    for number, told in enumerate(stage.cast.story.bookings):
        yield told.at.before(stage.now, stage.calendar), _booked(stage, number, told)
        for act in told.acts:
            yield act.at.before(stage.now, stage.calendar), _acted(stage, number, told, act)
        if told.rating:
            yield told.rating.at.before(stage.now, stage.calendar), _rated(stage, number, told)


def _booked(stage: Stage, number: int, told: Booking) -> Callable[[datetime], Awaitable[None]]:
    async def book(at: datetime) -> None:
        cast, service, window = stage.cast, stage.services[told.service], stage.cast.organisations[told.window]
        form = {"need": told.need, "district": window.district, "window": str(window.id), "contact_time": told.contact_time}
        if told.slot is not None:
            free = await slots.available(cast.region.code, service.id, window.id, at)
            form["slot"] = str(free[told.slot].id)
        outcome = await bookings.request(cast.region, cast.actor(told.who, told.on), service.id, form, at)
        stage.cases[number] = outcome.case.id

    return book


def _acted(stage: Stage, number: int, told: Booking, act: Act) -> Callable[[datetime], Awaitable[None]]:
    async def do(at: datetime) -> None:
        cast, case = stage.cast, await Case.find(stage.cast.region.code, stage.cases[number])
        if act.by is not None:
            who = cast.actor(act.by, act.on)
        elif act.do in OWN:
            who = cast.actor(told.who, told.on)
        else:
            who = cast.handler_of(case.handler_org, case.handler_role).on(act.on)
        match act.do:
            case Action.WITHDRAW:
                await bookings.withdraw(cast.region, who, case.id, case.version, act.opinion, at)
            case Action.RESUBMIT:
                await bookings.resubmit(cast.region, who, case.id, case.version, {**case.data, "need": act.need or case.data["need"]}, at)
            case Action.REMIND:
                await supervision.remind(cast.region, cast.watcher, case.id, case.version, act.opinion, at)
            case _:
                to = cast.organisations[act.to].id if act.to else None
                asked = engine.Request(act.do, case.version, act.opinion, act.choice, act.marks, to)
                await engine.act(cast.region, who, case.id, asked, at)

    return do


def _rated(stage: Stage, number: int, told: Booking) -> Callable[[datetime], Awaitable[None]]:
    async def rate(at: datetime) -> None:
        assert told.rating is not None
        holder = stage.cast.actor(told.who, told.on)
        await ratings.rate_case(stage.cast.region, holder, stage.cases[number], told.rating.stars, told.rating.words, at)

    return rate


def _of_cards(stage: Stage) -> Iterator[Moment]:
    for talent in stage.cast.story.talents:
        if talent.suspended is None:
            continue
        yield talent.suspended.at.before(stage.now, stage.calendar), _switched(stage, talent.login, talent.suspended.reason, on=False)
        if talent.suspended.enabled is not None:
            yield talent.suspended.enabled.before(stage.now, stage.calendar), _switched(stage, talent.login, "复核通过", on=True)


def _switched(stage: Stage, login: str, reason: str, *, on: bool) -> Callable[[datetime], Awaitable[None]]:
    async def switch(at: datetime) -> None:
        verb, card = cards.enable if on else cards.suspend, stage.cards[login]
        stage.cards[login] = await verb(stage.cast.region, stage.cast.watcher, card.id, card.version, reason, at)

    return switch


def _of_visits(stage: Stage) -> Iterator[Moment]:
    told = [*stage.cast.story.visits, *(visit for habit in stage.cast.story.habits for visit in _habitual(stage, habit))]
    for visit in told:
        yield visit.at.before(stage.now, stage.calendar), _visited(stage, visit)


def _habitual(stage: Stage, habit: Habit) -> Iterator[Visit]:
    """Spread over the four weeks before today, never on the same day twice."""
    first, last = (moment.hour * 60 + moment.minute for moment in (habit.earliest, habit.latest))
    for days in stage.chance.sample(range(1, 29), habit.times):
        minute = stage.chance.randint(first, last)
        at: DayAgo = OnDay(days=days, clock=time(minute // 60, minute % 60))
        yield Visit.model_construct(who=habit.who, venue=habit.venue, at=at, companions=habit.companions)


def _visited(stage: Stage, told: Visit) -> Callable[[datetime], Awaitable[None]]:
    async def visit(at: datetime) -> None:
        region, venue, holder = stage.cast.region, stage.venues[told.venue], stage.cast.actor(told.who, "phone")
        nonce = uuid5(NAMESPACE_URL, f"{told.who} {told.venue} {at.isoformat()}")
        scan = await visits.admit(region, holder, _code(stage, told), nonce, at, companions=told.companions)
        if not scan.admitted:
            return
        moment = at + timedelta(seconds=stage.chance.randint(15, 55))
        if stage.chance.random() < 0.7:
            await arrivals.confirm(region, venue.id, visits.rolling(region.code, scan.visit_id, moment).token, moment)
        if told.undone:
            await arrivals.undo(region, venue.id, scan.visit_id, told.undone, moment + timedelta(minutes=4))
        elif told.rating:
            await ratings.rate_visit(region, holder, scan.visit_id, told.rating.stars, told.rating.words, moment + timedelta(minutes=50))

    return visit


def _code(stage: Stage, told: Visit) -> str:
    if told.board == "forged":
        return FORGED
    board = stage.revoked if told.board == "revoked" else stage.boards[told.venue]
    assert board is not None
    return board_code.encode(stage.cast.region.code, board.serial, keys())


def _of_supervision(stage: Stage) -> Iterator[Moment]:
    """What the scheduler would have done meanwhile, some times a day."""
    async def look(at: datetime) -> None:
        await supervision.sweep(stage.cast.region, at)
        await supervision.send_digests(stage.cast.region, at)

    zone = stage.calendar.zone
    for days in range(stage.cast.story.supervised, -1, -1):
        day = stage.now.astimezone(zone).date() - timedelta(days=days)
        for clock in ROUNDS:
            at = datetime.combine(day, clock, zone)
            if at < stage.now:
                yield at, look
