"""By when: the deadline of a step, the clock that stands still while the applicant must act, and the reminders on the way."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

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
