"""What offices tell: announcements, the lists of information, letters to each other and to units, and who has read them. As moments."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from models.notice import Mail, Notice
from sandbox.demo import filling
from sandbox.demo.cast import Cast
from sandbox.demo.office import Moment
from sandbox.demo.story import Letter, Word
from services import files, letters, mailbox, notice_keeping, notices
from services.cases.calendar import WorkingCalendar
from services.files import Subject

Do = Callable[[datetime], Awaitable[None]]


@dataclass
class Told:
    """``notices`` and ``letters``: by their number in the story."""

    cast: Cast
    now: datetime
    calendar: WorkingCalendar
    notices: dict[int, Notice] = field(default_factory=dict)
    letters: dict[int, Mail] = field(default_factory=dict)


def of_offices(told: Told) -> Iterator[Moment]:
    """Everything that is written, read and withdrawn."""
    for number, word in enumerate(told.cast.story.notices):
        at = word.at.before(told.now, told.calendar)
        yield at, _written(told, number, word)
        if word.read_by:
            yield min(told.now, at + timedelta(hours=1)), _read(told, number, word)
        if word.withdrawn is not None:
            yield word.withdrawn.before(told.now, told.calendar), _withdrawn(told, number, word)
    for number, letter in enumerate(told.cast.story.letters):
        at = letter.at.before(told.now, told.calendar)
        yield at, _sent(told, number, letter)
        if letter.read_by:
            yield min(told.now, at + timedelta(hours=1)), _opened(told, number, letter)


def _written(told: Told, number: int, word: Word) -> Do:
    async def write(at: datetime) -> None:
        region, author = told.cast.region, told.cast.actor(word.by, "desk")
        within = told.cast.organisations[word.within].id if word.within else None
        ahead = (told.now + timedelta(days=word.ahead)).astimezone(region.profile.tz).replace(hour=9, minute=0, second=0, microsecond=0)
        said = notice_keeping.Written(word.title, word.body, word.pinned, None, "marks", word.audience, within, ahead if word.ahead else None)
        notice = await notice_keeping.write(region, author, word.category, said, at, publish=not word.draft)
        if word.file:
            await files.keep(region, author, Subject.NOTICE, notice.id, notice_keeping.FIELD, f"{word.file}.jpg", filling.paper("roster"), at)
        told.notices[number] = notice

    return write


def _read(told: Told, number: int, word: Word) -> Do:
    async def read(at: datetime) -> None:
        for name in word.read_by:
            await notices.read(told.cast.region, told.cast.actors[name], word.category, told.notices[number].id, at)

    return read


def _withdrawn(told: Told, number: int, word: Word) -> Do:
    async def withdraw(at: datetime) -> None:
        notice = told.notices[number]
        await notice_keeping.withdraw(told.cast.region, told.cast.actor(word.by, "desk"), word.category, notice.id, notice.version, word.reason, at)

    return withdraw


def _sent(told: Told, number: int, letter: Letter) -> Do:
    async def send(at: datetime) -> None:
        cast, author = told.cast, told.cast.actor(letter.by, "desk")
        answers = told.letters[letter.answers].id if letter.answers is not None else None
        said = letters.Written(letter.subject, letter.body, [_place(cast, one) for one in letter.to], answers=answers)
        if letter.draft:
            await letters.keep(cast.region, author, said, [], at)
        else:
            mail = told.letters[number] = await letters.send(cast.region, author, said, [], at)
            if letter.file:
                await files.keep(cast.region, author, Subject.MAIL, mail.id, letters.FIELD, f"{letter.file}.jpg", filling.paper("roster"), at)

    return send


def _place(cast: Cast, name: str) -> UUID:
    """An office by its code, a unit by the login of its operator."""
    return cast.organisations[name].id if name in cast.organisations else cast.units[name].id


def _opened(told: Told, number: int, letter: Letter) -> Do:
    async def open_it(at: datetime) -> None:
        for name in letter.read_by:
            await mailbox.read(told.cast.region, told.cast.actor(name, "desk"), told.letters[number].id, at)

    return open_it
