"""By when: the deadline of a step, the clock that stands still while the applicant must act, and the reminders on the way."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from config.profile import Profile, Step
from services.cases.calendar import WorkingCalendar, calendar_of


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


def light(profile: Profile, due_at: datetime | None, now: datetime, *, closed: bool = False) -> Light:
    """A clock that stands still has no deadline; «soon» begins where the handlers are told that it is due soon (WH-65)."""
    if closed:
        return Light.DONE
    if due_at is None:
        return Light.PAUSED
    if due_at < now:
        return Light.LATE
    calendar = calendar_of(profile)
    return Light.SOON if calendar.between(now, due_at) <= calendar.seconds(profile.supervision.due_soon.value) else Light.OK


def left_in_words(profile: Profile, due_at: datetime | None, now: datetime) -> str:
    """``还剩 2 个工作日``, ``今天到期``, ``已超 1 个工作日``; nothing while the clock stands still."""
    if due_at is None:
        return ""
    days = calendar_of(profile).days_left(now, due_at)
    if due_at < now:
        return f"已超 {-days} 个工作日" if days < 0 else "刚刚超时"
    return f"还剩 {days} 个工作日" if days else "今天到期"
