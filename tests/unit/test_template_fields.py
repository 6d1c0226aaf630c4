"""Subscription messages: cut by characters inside the limit, never empty, never broken over lines."""

import pytest

from config.template_fields import expected, fit


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


@pytest.mark.parametrize(("key", "text"), [
    ("thing1", "{subject}"), ("thing2", "{organisation}{step}"), ("character_string3", "{number}"), ("time4", "{at}"), ("date4", "{at}"),
    ("phrase5", "已办结"), ("phone_number6", "{phone}"), ("name7", "{name}"), ("number8", "{overdue}"), ("time1", "2026年11月23日 09:30"),
    ("character_string9", "A-1"), ("thing10", "二十个字以内"), ("enum1", "其中一个值")])
def test_a_text_that_its_field_holds(key: str, text: str) -> None:
    assert expected(key, text) is None


@pytest.mark.parametrize(("key", "text"), [
    ("subject", "{subject}"), ("thing", "{subject}"), ("thing1", "字" * 21), ("thing1", "字" * 20 + "{subject}"), ("thing1", "两行\n"),
    ("phrase1", "{step}"), ("phrase1", "已经办理完结"), ("phrase1", "OK"), ("time1", "{due}"), ("time1", "明天"), ("date1", "于 {at}"),
    ("character_string1", "{subject}"), ("character_string1", "编号"), ("phone_number1", "{number}"), ("number1", "{overdue} 件"),
    ("letter1", "{number}"), ("enum1", "{step}")])
def test_a_text_that_wechat_would_refuse_is_known_before(key: str, text: str) -> None:
    assert expected(key, text)
