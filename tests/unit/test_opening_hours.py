"""Opening hours as people type them."""

import pytest

from config.errors import Invalid
from services.windows import Hours, read_hours


def test_several_spans_a_day_are_read_in_every_usual_spelling() -> None:
    typed = {1: "08:30-12:00、13:30-17:30", 2: "8:30—12:00，13:30至17:30", 3: "０８：３０～１２：００", 4: "", 7: "00:00-24:00"}
    assert read_hours(typed) == [
        Hours(1, 510, 720), Hours(1, 810, 1050), Hours(2, 510, 720), Hours(2, 810, 1050), Hours(3, 510, 720), Hours(7, 0, 1440)]


@pytest.mark.parametrize("text", ["上午", "08:30", "08:30-12:00 午休", "08:60-12:00", "8点-12点"])
def test_what_is_no_span_stands_beside_its_day(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_hours({1: "08:30-12:00", 5: text})
    assert list(refused.value.fields) == ["day_5"]
