"""The light by a deadline: from plenty of time to late, in working time and in words."""

from datetime import UTC, datetime, timedelta

import pytest

from config.loading import read_profile, regions
from config.profile import Profile
from config.settings import settings
from models.case import CaseState
from web.lights import Light, light_of

#: A Monday, 09:00 in China; nothing is closed that week.
MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def profile() -> Profile:
    return read_profile(settings().regions / regions(settings().regions)[0])


@pytest.mark.parametrize(("ahead", "expected"), [
    (timedelta(days=2), Light("ok", "还剩 2 个工作日")),
    (timedelta(days=7), Light("ok", "还剩 5 个工作日")),
    (timedelta(hours=6), Light("ok", "还剩 4 个工作小时")),
    (timedelta(hours=1, minutes=30), Light("soon", "还剩 1 个工作小时")),
    (timedelta(minutes=20), Light("soon", "还剩不到 1 小时")),
    (timedelta(0), Light("late", "已超时")),
    (timedelta(days=-3), Light("late", "已超时 1 个工作日")),
    (timedelta(days=-7), Light("late", "已超时 5 个工作日")),
])
def test_what_is_left_is_said_in_working_time(profile: Profile, ahead: timedelta, expected: Light) -> None:
    assert light_of(profile, CaseState.HANDLING, MONDAY + ahead, MONDAY) == expected


def test_a_clock_that_stands_still_has_no_deadline_to_tell(profile: Profile) -> None:
    assert light_of(profile, CaseState.RETURNED, None, MONDAY) == Light("paused")
    assert light_of(profile, CaseState.HELD, None, MONDAY) == Light("paused")


def test_what_is_finished_is_late_no_more(profile: Profile) -> None:
    assert light_of(profile, CaseState.COMPLETED, MONDAY - timedelta(days=9), MONDAY) == Light("done")
