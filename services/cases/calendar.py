"""Working time: which days are worked, and where a deadline falls. Pure; all moments are aware.

National holidays and make-up working days come from the ``holidays`` library (it also answers for years that are not published
yet); a region adds days off and days on of its own. «5 working days» ends with the office hours of the fifth working day after
the day on which it begins; «4 working hours» counts office hours from the moment it begins.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from config.profile import Calendar, Profile
from config.said import Limit

#: A limit that finds no working time within so many days is a mistake of the calendar, not a reason to search for ever.
HORIZON_DAYS = 800
#: Ten years of days, by a calendar, are remembered; whoever asks for others is answered a little later.
MOST_KNOWN_DAYS = 3660
WEEKDAYS = "一二三四五六日"
#: In which holidays are named; without one the library takes the language of the machine.
LANGUAGES = {"CN": "zh_CN"}


class NoWorkingTime(ValueError):
    """The calendar has no working time near the moment asked about."""


class WorkingCalendar:
    """The working time of one region."""

    def __init__(self, calendar: Calendar, zone: ZoneInfo) -> None:
        self.zone = zone
        self._nation = holidays.country_holidays(calendar.country, language=LANGUAGES.get(calendar.country))
        self._closed, self._open = frozenset(calendar.closed), frozenset(calendar.open)
        self._hours = tuple((span.opens, span.closes) for span in sorted(calendar.hours, key=lambda span: span.opens))
        self._known_spans: dict[date, tuple[tuple[datetime, datetime], ...]] = {}

    def is_working_day(self, day: date) -> bool:
        if day in self._open:
            return True
        return day not in self._closed and self._nation.is_working_day(day)

    def holiday(self, day: date) -> str:
        """The national name of a day off; empty for any other day."""
        return str(self._nation.get(day) or "")

    def day_of(self, moment: datetime) -> date:
        """The calendar day in the region's own time."""
        return moment.astimezone(self.zone).date()

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The office hours of a day, in order; none on a day off. Kept: every deadline looks at the same few weeks."""
        if (known := self._known_spans.get(day)) is None:
            hours = self._hours if self.is_working_day(day) else ()
            known = tuple((self._at(day, opens), self._at(day, closes)) for opens, closes in hours)
            if len(self._known_spans) < MOST_KNOWN_DAYS:
                self._known_spans[day] = known
        return known

    def deadline(self, start: datetime, limit: Limit) -> datetime:
        """When a limit that begins at ``start`` is reached."""
        if limit.unit == "hours":
            return self.shift(start, limit.amount * 3600)
        days = (day for day in self._days(self.day_of(start) + timedelta(days=1)) if self.is_working_day(day))
        return self.spans([next(days) for _ in range(limit.amount)][-1])[-1][1]

    def seconds(self, limit: Limit) -> int:
        """The working time of a limit; a working day has all of its office hours."""
        if limit.unit == "hours":
            return limit.amount * 3600
        day = date(2000, 1, 3)
        return limit.amount * int(sum((self._at(day, closes) - self._at(day, opens)).total_seconds() for opens, closes in self._hours))

    def between(self, start: datetime, end: datetime) -> int:
        """Working seconds from ``start`` to ``end``; none when ``end`` is not later."""
        total, day, last = 0.0, self.day_of(start), self.day_of(end)
        while day <= last:
            for opens, closes in self.spans(day):
                total += max(0.0, (min(closes, end) - max(opens, start)).total_seconds())
            day += timedelta(days=1)
        return int(total)

    def shift(self, start: datetime, seconds: int) -> datetime:
        """The moment ``seconds`` of working time after ``start`` (before it, when negative)."""
        left = float(abs(seconds))
        for opens, closes in self._onward(start) if seconds >= 0 else self._backward(start):
            room = (closes - opens).total_seconds()
            if room >= left:
                return opens + timedelta(seconds=left) if seconds >= 0 else closes - timedelta(seconds=left)
            left -= room
        raise NoWorkingTime(start.isoformat())

    def days_left(self, now: datetime, due: datetime) -> int:
        """Working days after today until the day on which ``due`` falls; negative when it is past."""
        today, last = self.day_of(now), self.day_of(due)
        step = 1 if last >= today else -1
        return step * sum(self.is_working_day(today + timedelta(days=step * (n + 1))) for n in range(abs((last - today).days)))

    def _onward(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        for day in self._days(self.day_of(start)):
            yield from ((max(opens, start), closes) for opens, closes in self.spans(day) if closes > start)

    def _backward(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        for day in self._days(self.day_of(start), step=-1):
            yield from ((opens, min(closes, start)) for opens, closes in reversed(self.spans(day)) if opens < start)

    def _days(self, first: date, step: int = 1) -> Iterator[date]:
        for number in range(HORIZON_DAYS):
            yield first + timedelta(days=step * number)
        raise NoWorkingTime(first.isoformat())

    def _at(self, day: date, moment: time) -> datetime:
        if moment == time.max:
            return datetime.combine(day + timedelta(days=1), time(), self.zone)
        return datetime.combine(day, moment, self.zone)


@lru_cache(maxsize=64)
def _calendar(calendar: Calendar, zone: str) -> WorkingCalendar:
    return WorkingCalendar(calendar, ZoneInfo(zone))


def calendar_of(profile: Profile) -> WorkingCalendar:
    """The one of the profile; profiles with the same calendar share what is known of its days."""
    return _calendar(profile.calendar, profile.zone)


def day_in_words(day: date) -> str:
    """``11月23日 周一``."""
    return f"{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"
