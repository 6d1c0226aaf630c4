"""Working time: national holidays with their make-up days, a region's own days, and limits that survive a pause."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.profile import Calendar
from config.said import Limit, Span
from services.cases.calendar import NoWorkingTime, WorkingCalendar

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = (Span(opens=time(8, 30), closes=time(12)), Span(opens=time(13, 30), closes=time(17, 30)))
OFFICE = WorkingCalendar(Calendar(hours=HOURS), ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(("start", "limit", "due"), [
    # hours of the day on which it begins
    ("2026-11-23 09:00", Limit(2, "hours"), "2026-11-23 11:00"),
    # … over the noon break
    ("2026-11-23 11:00", Limit(4, "hours"), "2026-11-23 16:30"),
    # … into the next day
    ("2026-11-23 16:30", Limit(4, "hours"), "2026-11-24 11:30"),
    # … over a weekend, from the evening of a Friday
    ("2026-11-20 18:00", Limit(1, "hours"), "2026-11-23 09:30"),
    # … to the very end of a span
    ("2026-11-23 08:30", Limit(3, "hours"), "2026-11-23 11:30"),
    # the day on which it begins does not count
    ("2026-11-23 08:30", Limit(1, "days"), "2026-11-24 17:30"),
    ("2026-11-23 23:59", Limit(1, "days"), "2026-11-24 17:30"),
    ("2026-11-19 09:00", Limit(2, "days"), "2026-11-23 17:30"),
    # begun on a day off: the first working day is the first day
    ("2026-11-21 09:00", Limit(1, "days"), "2026-11-23 17:30"),
    # over the National Day week, with its make-up Saturday (10 October 2026)
    ("2026-09-30 09:00", Limit(1, "days"), "2026-10-08 17:30"),
    ("2026-10-09 09:00", Limit(1, "days"), "2026-10-10 17:30"),
    # over the Spring Festival, after the make-up Saturday of 14 February
    ("2026-02-13 09:00", Limit(1, "days"), "2026-02-14 17:30"),
    # a year that is not published yet: New Year on a Saturday gives the Monday off
    ("2027-12-31 09:00", Limit(1, "days"), "2028-01-04 17:30"),
])
def test_a_limit_ends_where_the_working_calendar_says(start: str, limit: Limit, due: str) -> None:
    assert OFFICE.deadline(at(start), limit) == at(due)


def test_a_regions_own_days_come_before_the_nations() -> None:
    own = WorkingCalendar(Calendar(hours=HOURS, closed=(date(2026, 11, 24),), open=(date(2026, 11, 28),)), ZONE)
    assert own.deadline(at("2026-11-23 09:00"), Limit(1, "days")) == at("2026-11-25 17:30")
    assert own.is_working_day(date(2026, 11, 28)) and not OFFICE.is_working_day(date(2026, 11, 28))


def test_days_left_counts_working_days_and_turns_negative() -> None:
    assert OFFICE.days_left(at("2026-11-20 10:00"), at("2026-11-23 17:30")) == 1
    assert OFFICE.days_left(at("2026-11-23 10:00"), at("2026-11-23 17:30")) == 0
    assert OFFICE.days_left(at("2026-11-25 10:00"), at("2026-11-23 17:30")) == -2


def test_a_calendar_without_working_time_says_so_and_does_not_search_for_ever() -> None:
    closed = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(1200))
    with pytest.raises(NoWorkingTime):
        WorkingCalendar(Calendar(hours=HOURS, closed=closed), ZONE).deadline(at("2026-01-05 09:00"), Limit(1, "days"))


def test_office_hours_may_last_until_midnight() -> None:
    late = WorkingCalendar(Calendar(hours=(Span(opens=time(20), closes=time.max),)), ZONE)
    assert late.shift(at("2026-11-23 20:00"), 4 * 3600) == at("2026-11-24 00:00")


moments = st.integers(0, 3 * 365 * 86400).map(lambda seconds: at("2025-01-01 00:00") + timedelta(seconds=seconds))


@settings(max_examples=200, deadline=None)
@given(moments, st.integers(1, 40 * 3600), st.integers(0, 10 * 24 * 3600))
def test_a_pause_neither_gives_nor_takes_working_time(start: datetime, total: int, pause: int) -> None:
    due = OFFICE.shift(start, total)
    paused = OFFICE.shift(start, total // 2)
    left = OFFICE.between(paused, due)
    resumed = paused + timedelta(seconds=pause)
    assert OFFICE.between(start, paused) + left == total
    assert OFFICE.between(resumed, OFFICE.shift(resumed, left)) == left


@settings(max_examples=200, deadline=None)
@given(moments, st.integers(1, 40 * 3600))
def test_going_back_undoes_going_on(start: datetime, seconds: int) -> None:
    due = OFFICE.shift(start, seconds)
    assert OFFICE.between(OFFICE.shift(due, -seconds), due) == seconds
