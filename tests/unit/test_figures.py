"""The figures' own arithmetic: periods, durations read from buckets, what a clock ran."""

from collections import Counter
from datetime import date, datetime, timedelta
from math import log

import pytest

from config.errors import Invalid
from config.loading import read_profile
from config.settings import settings
from services.cases import deadlines
from services.cases.calendar import calendar_of
from services.figures.counting import FINEST, RATIO
from services.figures.periods import MOST_DAYS, Period, Span, chosen
from services.figures.sheets import shown
from services.figures.tables import percentile

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(("span", "first", "last"), [
    ("month", date(2026, 11, 1), TODAY), ("last_month", date(2026, 10, 1), date(2026, 10, 31)), ("quarter", date(2026, 10, 1), TODAY),
    ("year", date(2026, 1, 1), TODAY),
])
def test_a_period_ends_today_or_with_its_month(span: Span, first: date, last: date) -> None:
    assert chosen(span, None, None, TODAY) == Period(first, last)


def test_in_january_the_last_month_lies_in_the_year_before() -> None:
    assert chosen("last_month", None, None, date(2026, 1, 9)) == Period(date(2025, 12, 1), date(2025, 12, 31))


@pytest.mark.parametrize(("since", "until", "wrong"), [
    (None, TODAY, "since"), (TODAY, TODAY - timedelta(days=1), "until"), (TODAY + timedelta(days=1), None, "since"),
    (TODAY - timedelta(days=MOST_DAYS), TODAY, "since"),
])
def test_days_that_make_no_period_are_told_beside_their_field(since: date | None, until: date | None, wrong: str) -> None:
    with pytest.raises(Invalid) as refusal:
        chosen("free", since, until, TODAY)
    assert set(refusal.value.fields) == {wrong}


def test_days_of_ones_own_end_today_at_the_latest_and_every_day_has_its_point() -> None:
    period = chosen("free", date(2026, 3, 2), date(2027, 1, 1), TODAY)
    assert period.last == TODAY and period.points[0] == "2026-03" and period.points[-1] == "2026-11" and len(period.points) == 9
    assert len(chosen("month", None, None, TODAY).points) == 21


@pytest.mark.parametrize("hours", [0.2, 1.5, 4.0, 37.5, 300.0])
def test_a_duration_read_from_its_bucket_is_within_a_tenth(hours: float) -> None:
    bucket = int(log(hours * 3600 / FINEST) // log(RATIO))
    assert percentile(Counter({bucket: 7}), 0.5) == pytest.approx(hours, rel=0.1)


def test_the_median_and_the_ninth_tenth_are_of_acts_and_not_of_buckets() -> None:
    took = Counter({10: 90, 40: 10})
    assert percentile(took, 0.5) == percentile(took, 0.9) == percentile(Counter({10: 1}), 0.5)
    assert percentile(took, 0.91) == percentile(Counter({40: 1}), 0.5)


def test_what_a_clock_ran_is_what_is_gone_of_the_limit_and_what_came_after_it() -> None:
    profile = read_profile(settings().regions / "weihai")
    step, monday = profile.matters["booking"].route[0], datetime.fromisoformat("2026-11-23T09:00:00+08:00")
    due = calendar_of(profile).deadline(monday, step.limit.value)
    assert deadlines.used(profile, step, due, monday + timedelta(hours=1)) == 3600
    assert deadlines.used(profile, step, due, calendar_of(profile).shift(due, 1800)) == calendar_of(profile).seconds(step.limit.value) + 1800
    assert deadlines.used(profile, step, due, monday) == 1


def test_numbers_are_shown_as_people_read_them() -> None:
    assert [shown(one) for one in (12345, 4.0, 4.25, None, "三")] == ["12,345", "4", "4.2", "", "三"]
