"""The light by a deadline, and what is left in words: ``还剩 2 个工作日``. The same on phone, desk and in the chat. Pure."""

from dataclasses import dataclass
from datetime import datetime

from config.profile import Profile
from models.case import CLOSED, CaseState
from services.cases.calendar import calendar_of

HOUR = 3600


@dataclass(frozen=True)
class Light:
    """``light``: ok, soon, late, paused or done, as the components know them; ``left``: words, empty where there is no deadline."""

    light: str
    left: str = ""


def light_of(profile: Profile, state: CaseState, due_at: datetime | None, now: datetime) -> Light:
    """How urgent a case is: ``soon`` begins where the region's handlers are first reminded."""
    if state in CLOSED:
        return Light("done")
    if due_at is None:
        return Light("paused")
    if due_at <= now:
        return Light("late", _passed(profile, due_at, now))
    calendar = calendar_of(profile)
    soon = calendar.between(now, due_at) <= calendar.seconds(profile.supervision.due_soon.value)
    return Light("soon" if soon else "ok", _remaining(profile, due_at, now))


def _remaining(profile: Profile, due_at: datetime, now: datetime) -> str:
    calendar = calendar_of(profile)
    if days := calendar.days_left(now, due_at):
        return f"还剩 {days} 个工作日"
    hours = calendar.between(now, due_at) // HOUR
    return f"还剩 {hours} 个工作小时" if hours else "还剩不到 1 小时"


def _passed(profile: Profile, due_at: datetime, now: datetime) -> str:
    days = -calendar_of(profile).days_left(now, due_at)
    return f"已超时 {days} 个工作日" if days else "已超时"
