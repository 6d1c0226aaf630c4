"""Subscription messages: cut by characters inside the limit, never empty, never broken over lines."""

import pytest

from wechat.subscription import fit


@pytest.mark.parametrize(("key", "value", "sent"), [
    ("thing1", "威海国际机场商务贵宾区的服务预约已经受理完成", "威海国际机场商务贵宾区的服务预约已经受…"),
    ("thing1", "二十个字以内", "二十个字以内"),
    ("thing1", " 两行\n文字 ", "两行 文字"),
    ("thing1", "", "-"),
    ("character_string2", "A" * 40, "A" * 32),
    ("time3", "2026年11月23日 09:30", "2026年11月23日 09:30"),
    ("name4", "一二三四五六七八九十一", "一二三四五六七八九…"),
    ("number5", "1" * 33, "1" * 33),
])
def test_a_value_is_fitted_to_its_kind(key: str, value: str, sent: str) -> None:
    assert fit({key: value}) == {key: {"value": sent}}
