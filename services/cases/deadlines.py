"""By when: the deadline of a step, the clock that stands still while the applicant must act, and the reminders on the way."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

from config.profile import Profile
from config.routes import Step
from services.cases.calendar import WorkingCalendar, calendar_of

HOUR = 3600


class Lateness(IntEnum):
    """The levels at which somebody is told (WH-65), in the order in which they come; also the index into a reminder plan."""

    DUE_SOON = 0
    OVERDUE = 1
    STILL_OVERDUE = 2
    LEADER = 3


@dataclass(frozen=True)
class Clock:
    """What a case's row keeps of its deadline. While the clock stands still only ``left`` (working seconds) is known."""

    due_at: datetime | None
    left: int | None
    plan: list[datetime]

    @property
    def remind_at(self) -> datetime | None:
        return self.plan[0] if self.plan else None


def begin(profile: Profile, step: Step, now: datetime) -> Clock:
    """The clock of a step that begins now; computed once."""
    calendar = calendar_of(profile)
    return _running(calendar, profile, calendar.deadline(now, step.limit.value))


def stop(profile: Profile, due_at: datetime, now: datetime) -> Clock:
    """Stand still: what is left is kept; a deadline already missed keeps nothing."""
    return Clock(None, calendar_of(profile).between(now, due_at), [])


def go_on(profile: Profile, left: int, now: datetime) -> Clock:
    """Run again with what was left."""
    calendar = calendar_of(profile)
    return _running(calendar, profile, calendar.shift(now, left) if left else now)


def used(profile: Profile, step: Step, due_at: datetime, now: datetime) -> int:
    """Working seconds of the step's limit that are gone, at least one: what its clock ran, without the time that it stood still."""
    calendar, whole = calendar_of(profile), calendar_of(profile).seconds(step.limit.value)
    return max(1, whole - calendar.between(now, due_at) if now < due_at else whole + calendar.between(due_at, now))


def moved(profile: Profile, due_at: datetime, before: WorkingCalendar, now: datetime) -> Clock:
    """A deadline that still lies ahead, by the profile's calendar: the working time that was left by the calendar of before is left still."""
    calendar = calendar_of(profile)
    return _running(calendar, profile, calendar.shift(now, left) if (left := before.between(now, due_at)) else due_at)


def _running(calendar: WorkingCalendar, profile: Profile, due_at: datetime) -> Clock:
    rules = profile.supervision
    return Clock(due_at, None, [
        calendar.shift(due_at, -calendar.seconds(rules.due_soon.value)),
        due_at,
        calendar.shift(due_at, calendar.seconds(rules.again_after.value)),
        calendar.shift(due_at, calendar.seconds(rules.leader_after.value)),
    ])


class Light(StrEnum):
    """How a deadline stands, for eyes: the same light in lists, on pages and in answers."""

    OK = "ok"
    SOON = "soon"
    LATE = "late"
    PAUSED = "paused"
    DONE = "done"


class Standing(NamedTuple):
    """A deadline for eyes: its light, and what is left in words. No words where no clock runs."""

    light: Light
    left: str = ""


def standing(profile: Profile, due_at: datetime | None, now: datetime, *, closed: bool = False, by_day: bool = False) -> Standing:
    """How a case stands with its deadline, the same on every face; late when ``due_at < now``, as the sweep has it.

    A clock that stands still has no deadline. «Soon» begins where the handlers are told that it is due soon (WH-65). ``left``:
    ``还剩 2 个工作日``, ``还剩 3 个工作小时`` (``by_day``, for lists that are read by days: ``今天到期``), ``刚刚超时``, ``已超时 1 个工作日``.
    """
    if closed:
        return Standing(Light.DONE)
    if due_at is None:
        return Standing(Light.PAUSED)
    calendar = calendar_of(profile)
    days = calendar.days_left(now, due_at)
    if due_at < now:
        return Standing(Light.LATE, f"已超时 {-days} 个工作日" if days else "刚刚超时")
    seconds = calendar.between(now, due_at)
    soon = seconds <= calendar.seconds(profile.supervision.due_soon.value)
    return Standing(Light.SOON if soon else Light.OK, f"还剩 {days} 个工作日" if days else "今天到期" if by_day else _hours(seconds))


def _hours(seconds: int) -> str:
    return f"还剩 {seconds // HOUR} 个工作小时" if seconds >= HOUR else "还剩不到 1 小时"
