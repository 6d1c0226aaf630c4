"""What a region's demo files may say; ``seed.py`` makes it happen. One folder a region, named after it; its files are read as one.

Moments are relative, so that the story is always fresh. Of office work: working time ago, ``3d2h30m``. Of visits: days ago and
the hour on the wall, ``12d 08:40``.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from ruamel.yaml import YAML

from config.said import Limit
from config.vocabulary import Action
from models.notice import Audience
from services.cases.calendar import WorkingCalendar

FOLDER = Path(__file__).parent


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ago(Told):
    """So much working time before now."""

    days: int = 0
    hours: int = 0
    minutes: int = 0

    def before(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        a_day = calendar.seconds(Limit(1, "days"))
        return calendar.shift(now, -(self.days * a_day + self.hours * 3600 + self.minutes * 60))


def _ago(given: Any) -> Any:
    found = re.fullmatch(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?", str(given))
    if not found or not given:
        raise ValueError("expected working time such as 3d2h30m")
    return {name: int(text or 0) for name, text in zip(("days", "hours", "minutes"), found.groups(), strict=True)}


class OnDay(Told):
    """A moment of a day so many days ago; what would lie ahead of now happened the day before."""

    days: int
    clock: time

    def before(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        moment = datetime.combine(now.astimezone(calendar.zone).date() - timedelta(days=self.days), self.clock, calendar.zone)
        return moment if moment <= now else moment - timedelta(days=1)


def _on_day(given: Any) -> Any:
    found = re.fullmatch(r"(\d+)d (\d\d:\d\d)", str(given))
    if not found:
        raise ValueError("expected days ago and a clock time, such as 12d 08:40")
    return {"days": int(found[1]), "clock": found[2]}


WorkingAgo = Annotated[Ago, BeforeValidator(_ago)]
DayAgo = Annotated[OnDay, BeforeValidator(_on_day)]


class Suspension(Told):
    at: WorkingAgo
    reason: str
    enabled: WorkingAgo | None = None


#: Section → its row, or its rows. What stands on an ID card or a licence, the unit, and required files are put in by themselves
#: (``sandbox/demo/filling.py``).
Filled = dict[str, dict[str, Any] | list[dict[str, Any]]]


class Talent(Told):
    """``card``: a level of a card that she had before the story's cases, or none; ``issued``: days ago. ``wechat``: whether it is bound already,
    where it is otherwise than in the whole story.

    ``at``: when she registered; without it a week before the card. ``unit``: login of its operator. ``asks``: what her region's registration
    asks beside the usual. ``by_unit``: the unit made her account, and she has changed its first password since.
    """

    login: str
    name: str
    born: date
    woman: bool = False
    card: str | None = None
    issued: int = 200
    suspended: Suspension | None = None
    wechat: bool | None = None
    at: WorkingAgo | None = None
    unit: str | None = None
    by_unit: bool = False
    asks: dict[str, Any] = {}
    filled: Filled = {}


class Colleague(Told):
    """Somebody else who works for a unit here: registered by herself under it where the region lets such people, else engaged by the unit."""

    login: str
    name: str
    role: str
    at: WorkingAgo
    registers: bool = False
    born: date = date(1988, 5, 6)
    woman: bool = False
    asks: dict[str, Any] = {}


class Unit(Told):
    """``login``: of its operator, whose ``operator`` is the name. ``code``: 统一社会信用代码. ``role``: what the operator is."""

    login: str
    operator: str
    name: str
    code: str
    at: WorkingAgo
    born: date = date(1985, 3, 4)
    woman: bool = False
    asks: dict[str, Any] = {}
    filled: Filled = {}
    people: tuple[Colleague, ...] = ()


class Clerk(Told):
    login: str
    name: str
    organisation: str
    role: str
    wechat: bool | None = None


class Act(Told):
    """``by``: login of who acts; else the applicant for what is hers, and whoever has the case, or the first who could take it, for the rest.

    ``need``: the request as it is written anew. ``person``: whom to bind to. ``form``, ``filled``: what is changed before it is submitted again,
    or what the specialist adds.
    """

    do: Action
    at: WorkingAgo
    by: str | None = None
    on: Literal["desk", "phone", "mini", "wechat"] = "desk"
    opinion: str = ""
    choice: str = ""
    marks: dict[str, str] = {}
    to: str | None = None
    need: str | None = None
    person: str | None = None
    form: dict[str, Any] = {}
    filled: Filled = {}


class Verdict(Told):
    stars: int
    words: str = ""


class Rating(Verdict):
    at: WorkingAgo


class Booking(Told):
    """``slot``: which of the slots that were free then, counted from the soonest."""

    who: str
    service: str
    window: str
    need: str
    at: WorkingAgo
    on: Literal["phone", "mini"] = "phone"
    contact_time: str = ""
    slot: int | None = None
    acts: tuple[Act, ...] = ()
    rating: Rating | None = None


class Application(Told):
    """A matter that somebody applies for. ``about``: the person whom it concerns, when somebody of her unit applies.

    A form may name a unit by its operator's login and an organisation by its code.
    """

    who: str
    matter: str
    at: WorkingAgo
    on: Literal["phone", "mini", "desk"] | None = None
    about: str | None = None
    form: dict[str, Any] = {}
    acts: tuple[Act, ...] = ()


class Binding(Told):
    """A specialist who was bound to a talent before any case."""

    talent: str
    specialist: str
    by: str
    at: WorkingAgo


class Roster(Told):
    """A list that was made of what waits at a step; ``stamped`` and ``submitted``: when, if it was. ``members``: applicants (or whom it is about)."""

    matter: str
    step: str
    by: str
    members: tuple[str, ...]
    at: WorkingAgo
    stamped: WorkingAgo | None = None
    submitted: WorkingAgo | None = None
    contact: str = ""
    phone: str = ""


class Visit(Told):
    """``board``: revoked (the one that was replaced), forged (none of ours), or the venue's own. ``undone``: why the attendant took it back."""

    who: str
    venue: str
    at: DayAgo
    companions: int = 0
    board: Literal["own", "revoked", "forged"] = "own"
    undone: str = ""
    rating: Verdict | None = None


class Habit(Told):
    """Somebody who comes often: ``times`` visits on the days before today, between two hours of the day."""

    who: str
    venue: str
    times: int
    earliest: time
    latest: time
    companions: int = 0


class Board(Told):
    venue: str
    place: str = ""


class Replaced(Told):
    venue: str
    at: WorkingAgo
    reason: str


class MissedCode(Told):
    """A login code that was asked for while the gateway was away: it expired, and was never sent."""

    who: str
    at: WorkingAgo


class Word(Told):
    """An announcement, or an entry of a list of information (``category``). ``body``: with simple marks. ``ahead``: published so many days after now.

    ``withdrawn``: when, and ``reason`` why. ``file``: the name of something that is enclosed. ``read_by``: logins of who has read it.
    """

    by: str
    at: WorkingAgo
    title: str
    body: str
    category: str = ""
    pinned: bool = False
    audience: Audience = Audience.EVERYONE
    within: str | None = None
    draft: bool = False
    ahead: int = 0
    withdrawn: WorkingAgo | None = None
    reason: str = ""
    file: str = ""
    read_by: tuple[str, ...] = ()


class Letter(Told):
    """From the office of ``by`` to offices by code and units by login. ``answers``: number of a letter before it, counted from 0."""

    by: str
    at: WorkingAgo
    to: tuple[str, ...]
    subject: str
    body: str
    answers: int | None = None
    draft: bool = False
    file: str = ""
    read_by: tuple[str, ...] = ()


class Introduced(Told):
    """Somebody whom the table of logins shows, and what for."""

    login: str
    words: str = ""


class Story(Told):
    """``attended``: venues whose own link the table of logins shows. ``talent_phones``, ``staff_phones``: numbers are counted on from these.

    ``id_area``: six digits that invented ID numbers begin with. ``supervised``: for so many days before now the scheduler's rounds are lived through.
    ``wechat``: whether people have bound theirs; where they have not, they do so at their first visit.
    """

    password: str
    id_area: str = Field(pattern=r"^\d{6}$")
    talent_phones: int
    staff_phones: int
    founded: int = Field(description="days ago, when accounts of staff and boards were made")
    supervised: int = 2
    wechat: bool = False
    staff: tuple[Clerk, ...]
    units: tuple[Unit, ...] = ()
    talents: tuple[Talent, ...]
    bindings: tuple[Binding, ...] = ()
    applications: tuple[Application, ...] = ()
    rosters: tuple[Roster, ...] = ()
    boards: tuple[Board, ...] = ()
    replaced: Replaced | None = None
    missed_code: MissedCode | None = None
    bookings: tuple[Booking, ...] = ()
    visits: tuple[Visit, ...] = ()
    habits: tuple[Habit, ...] = ()
    notices: tuple[Word, ...] = ()
    letters: tuple[Letter, ...] = ()
    introduced: tuple[Introduced, ...]
    attended: tuple[str, ...] = ()


def regions() -> list[str]:
    """Codes of the regions that have a story."""
    return sorted({path.parent.name for path in FOLDER.glob("*/*.yaml")})


@lru_cache
def read(region: str) -> Story:
    """All files of the region's folder as one. Raises ``ValueError`` for a key that stands in two of them."""
    whole: dict[str, Any] = {}
    for path in sorted((FOLDER / region).glob("*.yaml")):
        said = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        if twice := whole.keys() & said.keys():
            raise ValueError(f"{path}: {', '.join(sorted(twice))} said twice")
        whole |= said
    return Story.model_validate(whole)
