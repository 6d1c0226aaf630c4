"""How a deadline is shown on every face: its light, and what is left of it in working time and in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.loading import read_profile
from config.profile import Profile
from config.settings import settings
from services.cases.deadlines import Light, Standing, standing

#: Nothing is closed that week.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def profile() -> Profile:
    return read_profile(settings().regions / "weihai")


@pytest.mark.parametrize(("ahead", "expected"), [
    (timedelta(days=2), Standing(Light.OK, "还剩 2 个工作日")),
    (timedelta(days=2, hours=8), Standing(Light.OK, "还剩 2 个工作日")),
    (timedelta(days=7), Standing(Light.OK, "还剩 5 个工作日")),
    (timedelta(hours=6), Standing(Light.OK, "还剩 4 个工作小时")),
    (timedelta(hours=1, minutes=30), Standing(Light.SOON, "还剩 1 个工作小时")),
    (timedelta(minutes=20), Standing(Light.SOON, "还剩不到 1 小时")),
    (timedelta(0), Standing(Light.SOON, "还剩不到 1 小时")),  # late when the moment has passed, not before
    (timedelta(microseconds=-1), Standing(Light.LATE, "刚刚超时")),
    (timedelta(minutes=-1), Standing(Light.LATE, "刚刚超时")),
    (timedelta(days=-3), Standing(Light.LATE, "已超时 1 个工作日")),  # Friday: the weekend does not count
    (timedelta(days=-7), Standing(Light.LATE, "已超时 5 个工作日")),
])
def test_a_deadline_has_one_light_and_one_sentence(profile: Profile, ahead: timedelta, expected: Standing) -> None:
    assert standing(profile, MONDAY + ahead, MONDAY) == expected


@pytest.mark.parametrize(("ahead", "words"), [
    (timedelta(days=2), "还剩 2 个工作日"), (timedelta(hours=6), "今天到期"), (timedelta(hours=1), "今天到期"), (timedelta(minutes=-1), "刚刚超时"),
])
def test_lists_that_are_read_by_days_say_no_hours(profile: Profile, ahead: timedelta, words: str) -> None:
    assert standing(profile, MONDAY + ahead, MONDAY, by_day=True).left == words


def test_a_clock_that_stands_still_has_no_deadline_to_tell(profile: Profile) -> None:
    assert standing(profile, None, MONDAY) == Standing(Light.PAUSED)


def test_what_is_closed_is_done_however_late_it_was(profile: Profile) -> None:
    assert standing(profile, MONDAY - timedelta(days=30), MONDAY, closed=True) == Standing(Light.DONE)
