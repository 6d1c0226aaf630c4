"""How a deadline is shown: its light, and what is left of it in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.loading import read_profile, regions
from config.profile import Profile
from config.settings import settings
from services.cases.deadlines import Light, left_in_words, light

HOME = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=HOME)


@pytest.fixture(scope="module")
def profile() -> Profile:
    return read_profile(settings().regions / regions(settings().regions)[0])


@pytest.mark.parametrize(("due", "shown", "words"), [
    (MONDAY + timedelta(days=2, hours=8), Light.OK, "还剩 2 个工作日"),
    (MONDAY + timedelta(hours=1), Light.SOON, "今天到期"),
    (MONDAY - timedelta(minutes=1), Light.LATE, "刚刚超时"),
    (MONDAY - timedelta(days=3), Light.LATE, "已超 1 个工作日"),  # Friday: the weekend does not count
    (None, Light.PAUSED, ""),
])
def test_a_deadline_has_one_light_and_one_sentence(profile: Profile, due: datetime | None, shown: Light, words: str) -> None:
    assert light(profile, due, MONDAY) is shown
    assert left_in_words(profile, due, MONDAY) == words


def test_what_is_closed_is_done_however_late_it_was(profile: Profile) -> None:
    assert light(profile, MONDAY - timedelta(days=30), MONDAY, closed=True) is Light.DONE
