"""How times and names are written for people."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.masking import masked_name, masked_phone
from web.wording import ago, day

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # 14:00 in China


@pytest.mark.parametrize(("value", "words"), [
    (datetime(2026, 11, 23, 1, 30, tzinfo=UTC), "11月23日 周一 09:30"),
    (datetime(2026, 11, 22, 16, 5, tzinfo=UTC), "11月23日 周一 00:05"),
    (date(2026, 11, 29), "11月29日 周日"),
    (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "1月1日 周四 00:00"),
    (date(2027, 1, 3), "2027年1月3日 周日"),
])
def test_a_moment_is_written_with_its_weekday_in_the_regions_time(value: date | datetime, words: str) -> None:
    assert day(value, NOW) == words


def test_another_zone_may_be_asked_for() -> None:
    assert day(datetime(2026, 11, 23, 1, 30, tzinfo=UTC), NOW, ZoneInfo("Asia/Urumqi")) == "11月23日 周一 07:30"


@pytest.mark.parametrize(("value", "words"), [
    (datetime(2026, 11, 23, 5, 59, 30, tzinfo=UTC), "刚刚"),
    (datetime(2026, 11, 23, 5, 55, tzinfo=UTC), "5 分钟前"),
    (datetime(2026, 11, 23, 3, 0, tzinfo=UTC), "3 小时前"),
    (datetime(2026, 11, 22, 6, 20, tzinfo=UTC), "昨天 14:20"),
    (datetime(2026, 11, 20, 6, 20, tzinfo=UTC), "11月20日 周五 14:20"),
    (datetime(2026, 11, 23, 7, 0, tzinfo=UTC), "11月23日 周一 15:00"),
])
def test_what_is_near_is_told_by_its_distance(value: datetime, words: str) -> None:
    assert ago(value, NOW) == words


@pytest.mark.parametrize(("whole", "shown"), [("19900001234", "199****1234"), ("5550101", "*******"), ("", "")])
def test_a_phone_number_shows_its_first_three_and_last_four_digits(whole: str, shown: str) -> None:
    assert masked_phone(whole) == shown


@pytest.mark.parametrize(("whole", "shown"), [("张三", "张*"), ("欧阳文静", "欧***"), ("Maximilian", "M***"), ("李", "李*"), ("", "")])
def test_a_name_shows_its_first_character(whole: str, shown: str) -> None:
    assert masked_name(whole) == shown
