"""What a region's demo file may say; ``seed.py`` makes it happen. One file a region, named after it.

Moments are relative, so that the story is always fresh. Of office work: working time ago, ``3d2h30m``. Of visits: days ago and
the hour on the wall, ``12d 08:40``.
"""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from ruamel.yaml import YAML

from config.said import Limit
from config.vocabulary import Action
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


class Talent(Told):
    """``card``: a level, or none. ``issued``: days ago. ``wechat``: whether WeChat is bound already."""

    login: str
    name: str
    born: date
    woman: bool = False
    card: str | None = None
    issued: int = 200
    suspended: Suspension | None = None
    wechat: bool = True


class Clerk(Told):
    login: str
    name: str
    organisation: str
    role: str
    wechat: bool = True


class Act(Told):
    """``by``: login of who acts; else the applicant for what is hers, and the first clerk of whoever has the case for the rest."""

    do: Action
    at: WorkingAgo
    by: str | None = None
    on: Literal["desk", "phone", "mini", "wechat"] = "desk"
    opinion: str = ""
    choice: str = ""
    marks: dict[str, str] = {}
    to: str | None = None
    need: str | None = None


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


class Introduced(Told):
    """Somebody whom the table of logins shows, and what for."""

    login: str
    words: str = ""


class Story(Told):
    """``attended``: venues whose own link the table of logins shows. ``talent_phones``, ``staff_phones``: numbers are counted on from these.

    ``id_area``: six digits that invented ID numbers begin with.
    """

    password: str
    id_area: str = Field(pattern=r"^\d{6}$")
    talent_phones: int
    staff_phones: int
    founded: int = Field(description="days ago, when accounts, cards and boards were made")
    staff: tuple[Clerk, ...]
    talents: tuple[Talent, ...]
    boards: tuple[Board, ...]
    replaced: Replaced
    missed_code: MissedCode
    bookings: tuple[Booking, ...]
    visits: tuple[Visit, ...]
    habits: tuple[Habit, ...]
    introduced: tuple[Introduced, ...]
    attended: tuple[str, ...] = ()


def regions() -> list[str]:
    """Codes of the regions that have a story."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read(region: str) -> Story:
    return Story.model_validate(YAML(typ="safe").load((FOLDER / f"{region}.yaml").read_text(encoding="utf-8")))
