"""预约 in the chat, one question after the other: category, service, what the matter's form requires, a summary, 提交.

The questions are those of the form as the profile declares it; each choice is by number or by name. «0» goes one question back, «取消» ends it.
What cannot be answered in a chat (files, long lists) leads to the page. The same services decide that stand behind the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from config.errors import Invalid, Refusal
from config.forms import FormField
from config.vocabulary import FieldType
from models.catalogue import Service, Slot
from services import bookings, catalogue
from services.actors import Actor
from services.cases.effects import SlotFull
from services.cases.forms import Wrong, clean_field
from wechat.bot import booking_words as words
from wechat.bot.talk import Talk, line_of, number_of
from wechat.bot.words import CANCELLED

WHAT = "book"
SHELF, SERVICE, DAY, SUMMARY = "shelf", "service", "day", "summary"
MOST_OPTIONS = 16
ASKED_THOUGH_OPTIONAL = frozenset({FieldType.DISTRICT, FieldType.ORGANISATION, FieldType.SLOT})
TYPED = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.NUMBER, FieldType.DATE, FieldType.MONTH, FieldType.PHONE, FieldType.EMAIL})
CHOSEN = ASKED_THOUGH_OPTIONAL | {FieldType.CHOICE, FieldType.YES_NO}


@dataclass(frozen=True)
class Given:
    """An answer: of which question, as it is kept and as it is shown. ``alone``: there was no other choice, so nobody was asked."""

    step: str
    value: str
    label: str
    alone: bool = False


@dataclass(frozen=True)
class Question:
    """``options``: value → label in order, and what is said of each; none: a text is wanted."""

    step: str
    text: str
    options: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()


@dataclass
class Booking:
    """What has been answered so far. ``options``: of the question that was asked last, as they were shown."""

    given: list[Given] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def read(cls, doing: dict[str, Any]) -> "Booking":
        return cls([Given(*one) for one in doing["given"]], [(value, label) for value, label in doing["options"]])

    def kept(self) -> dict[str, Any]:
        return {"what": WHAT, "given": [[one.step, one.value, one.label, one.alone] for one in self.given], "options": self.options}

    def value(self, step: str) -> str | None:
        return next((one.value for one in self.given if one.step == step), None)

    def back(self) -> None:
        """Forget the last answer that somebody gave, and what followed from it."""
        while self.given and self.given.pop().alone:
            pass

    def back_to(self, step: str) -> None:
        """Forget this answer and all after it."""
        places = [number for number, one in enumerate(self.given) if one.step == step]
        self.given = self.given[:places[0]] if places else self.given

    @property
    def form(self) -> dict[str, str]:
        """As the page would send it."""
        return {one.step: one.value for one in self.given if one.step not in {SHELF, SERVICE, DAY}}


async def begin(talk: Talk, who: Actor) -> str:
    return await _ask(talk, who, Booking())


async def go_on(talk: Talk, who: Actor, text: str) -> str:
    """The answer to the question that was asked last."""
    booking, line = Booking.read(talk.memory.doing), line_of(text)
    if line == "0":
        if not any(not one.alone for one in booking.given):
            talk.memory.doing = {}
            return CANCELLED
        booking.back()
        return await _ask(talk, who, booking)
    question = await _next(talk, who, booking)
    if question.step == SUMMARY:
        return await _submit(talk, who, booking) if line in words.SUBMIT else words.SUBMIT_OR_BACK
    given = _chosen(question, booking, line) if booking.options else await _typed(talk, booking, question, text.strip())
    if isinstance(given, str):
        return given
    booking.given.append(given)
    return await _ask(talk, who, booking)


def here(talk: Talk) -> str:
    """What can be answered now, for whoever wrote something else."""
    return words.choose_again(len(talk.memory.doing["options"])) if talk.memory.doing["options"] else words.WRITE_OR_BACK


async def _ask(talk: Talk, who: Actor, booking: Booking) -> str:
    """The next question; where there is one choice alone, it is taken and the one after it is asked."""
    try:
        while len((question := await _next(talk, who, booking)).options) == 1:
            value, label = question.options[0]
            booking.given.append(Given(question.step, value, label, alone=True))
    except Unanswerable as found:
        return _to_page(talk, found.service)
    booking.options = [(value, label) for value, label in question.options]
    talk.memory.doing = booking.kept()
    return words.question(question.text, [label for _, label in question.options], question.notes)


def _to_page(talk: Talk, service: Service) -> str:
    talk.memory.doing = {}
    return words.on_page(service.name, talk.link(f"services/{service.id}/request"))


class Unanswerable(Exception):
    """The form wants something that a chat cannot give, or there is nothing left to choose from."""

    def __init__(self, service: Service) -> None:
        self.service = service


async def _next(talk: Talk, who: Actor, booking: Booking) -> Question:
    """Raises :class:`Unanswerable`, and what ``bookings.draft`` raises where all is answered."""
    shelf, chosen = booking.value(SHELF), booking.value(SERVICE)
    if shelf is None or chosen is None:
        return await _of_catalogue(talk, shelf)
    service = await catalogue.entry(talk.region, UUID(chosen))
    if not booking.form and booking.value(DAY) is None:
        await bookings.open_to(talk.region, who, service.id, talk.now)  # who may not book it hears so now, not after six answers
    form = bookings.form_of(talk.region.matter(bookings.MATTER), service)
    for one in form:
        if booking.value(one.field) is None and (one.required or (one.type in ASKED_THOUGH_OPTIONAL)):
            return await _of_field(talk, booking, service, one)
    asked = await bookings.draft(talk.region, who, service.id, booking.form, talk.now)
    return Question(SUMMARY, words.summary(service.name, [(_label(form, one), one.label) for one in booking.given if one.step in asked.form]))


def _label(form: Sequence[FormField], given: Given) -> str:
    return next((one.label for one in form if one.field == given.step), "")


async def _of_catalogue(talk: Talk, shelf: str | None) -> Question:
    found = [(one.category, [service for service in one.services if service.bookable]) for one in await catalogue.shelves(talk.region)]
    if shelf is None:
        return Question(SHELF, words.WHICH_SHELF, [(str(category.id), category.name) for category, services in found if services][:MOST_OPTIONS])
    offered = next((services for category, services in found if str(category.id) == shelf), [])
    return Question(SERVICE, words.WHICH_SERVICE, [(str(one.id), one.name) for one in offered][:MOST_OPTIONS])


async def _of_field(talk: Talk, booking: Booking, service: Service, asked: FormField) -> Question:
    if asked.type in TYPED:
        return Question(asked.field, words.typed(asked))
    if asked.type is FieldType.ORGANISATION:
        return await _which_window(talk, booking, service, asked)
    if asked.type is FieldType.SLOT:
        return await _which_slot(talk, booking, service, asked)
    options = _options(talk, asked)
    if not options:
        raise Unanswerable(service)
    return Question(asked.field, words.which(asked), options)


def _options(talk: Talk, asked: FormField) -> list[tuple[str, str]]:
    if asked.type is FieldType.DISTRICT:
        return [(one.code, one.name) for one in talk.region.profile.districts]
    if asked.type is FieldType.YES_NO:
        return [("yes", "是"), ("no", "否")]
    return list(asked.options.items()) if asked.type is FieldType.CHOICE else []


async def _which_window(talk: Talk, booking: Booking, service: Service, asked: FormField) -> Question:
    district = next((one.value for one in booking.given if one.value in {known.code for known in talk.region.profile.districts}), None)
    found = await bookings.choices(talk.region, service, district, None, talk.now)
    if not found.windows:
        raise Unanswerable(service)
    shown = found.windows[:MOST_OPTIONS]
    options = [(str(one.organisation.id), one.organisation.name) for one in shown]
    return Question(asked.field, words.which_window(asked, elsewhere=found.elsewhere), options, [words.window_note(one) for one in shown])


async def _which_slot(talk: Talk, booking: Booking, service: Service, asked: FormField) -> Question:
    window = booking.value("window")
    found = (await bookings.choices(talk.region, service, None, UUID(window), talk.now)).slots if window else []
    if not found:
        raise Unanswerable(service)
    zone = talk.region.profile.tz
    by_day: dict[str, list[Slot]] = {}
    for slot in found:
        by_day.setdefault(slot.starts_at.astimezone(zone).date().isoformat(), []).append(slot)
    wanted = booking.value(DAY)
    if wanted is None or wanted not in by_day:
        booking.back_to(DAY)
        days = [(key, words.day_of(slots[0].starts_at, talk.now, zone)) for key, slots in by_day.items()]
        return Question(DAY, words.WHICH_DAY, days[:MOST_OPTIONS])
    times = [(str(slot.id), f"{slot.starts_at.astimezone(zone):%H:%M}–{slot.ends_at.astimezone(zone):%H:%M}") for slot in by_day[wanted]]
    return Question(asked.field, words.WHICH_TIME, times[:MOST_OPTIONS * 2])


def _chosen(question: Question, booking: Booking, line: str) -> Given | str:
    """By the number of the list that she saw, or by a name in it."""
    number = number_of(line)
    found = [one for place, one in enumerate(booking.options, 1) if place == number or line == one[1]]
    found = found or [one for one in booking.options if number is None and line and line in one[1]]
    return Given(question.step, *found[0]) if len(found) == 1 else words.choose_again(len(booking.options))


async def _typed(talk: Talk, booking: Booking, question: Question, text: str) -> Given | str:
    """Her own words, as she wrote them."""
    service = await catalogue.entry(talk.region, UUID(str(booking.value(SERVICE))))
    asked = next(one for one in bookings.form_of(talk.region.matter(bookings.MATTER), service) if one.field == question.step)
    try:
        value = clean_field(talk.region.profile, asked, text)
    except Wrong as wrong:
        return f"{wrong}\n{words.WRITE_OR_BACK}"
    return Given(question.step, str(value), str(value))


async def _submit(talk: Talk, who: Actor, booking: Booking) -> str:
    """A refusal leaves everything as it was; what must be answered anew is asked for again."""
    try:
        outcome = await bookings.request(talk.region, who, UUID(str(booking.value(SERVICE))), booking.form, talk.now)
    except SlotFull as refusal:
        booking.back_to(DAY)
        return f"{refusal.text}\n{await _ask(talk, who, booking)}"
    except Invalid as refusal:
        booking.back_to(next((one.step for one in booking.given if one.step in refusal.fields), SHELF))
        return f"{'；'.join(refusal.fields.values())}\n{await _ask(talk, who, booking)}"
    except Refusal:
        talk.memory.doing = {}
        raise
    talk.memory.doing = {}
    office = next((one.label for one in booking.given if one.step == "window"), "")
    return words.submitted(outcome.case, office, talk.link(f"cases/{outcome.case.id}"))
