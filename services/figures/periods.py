"""From when to when the figures are asked for, in days of the region."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from config.errors import Invalid

Span = Literal["month", "last_month", "quarter", "year", "free"]
SPANS: dict[Span, str] = {"month": "本月", "last_month": "上月", "quarter": "本季度", "year": "今年", "free": "自选日期"}
#: Longer periods are asked for in parts.
MOST_DAYS = 3 * 366
#: Up to so many days a line has a point a day, up to so many a point a week, else a point a month.
BY_DAY, BY_WEEK = 45, 200


@dataclass(frozen=True)
class Period:
    """Both days belong to it."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def words(self) -> str:
        def said(day: date) -> str:
            return f"{day.year}年{day.month}月{day.day}日"

        return said(self.first) if self.first == self.last else f"{said(self.first)}至{said(self.last)}"

    @property
    def before(self) -> "Period":
        """As many days, just before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def point(self, day: date) -> str:
        """The point of a line to which a day belongs."""
        if self.days <= BY_DAY:
            return f"{day.month}-{day.day:02d}"
        if self.days <= BY_WEEK:
            monday = max(self.first, day - timedelta(days=day.weekday()))
            return f"{monday.month}-{monday.day:02d} 起"
        return f"{day.year}-{day.month:02d}"

    @property
    def points(self) -> list[str]:
        """All of them, in order."""
        return list(dict.fromkeys(self.point(self.first + timedelta(days=number)) for number in range(self.days)))


def chosen(span: Span, since: date | None, until: date | None, today: date) -> Period:
    """The period that was chosen; none goes beyond today. Raises :class:`Invalid`."""
    if span == "free":
        return _free(since, until, today)
    first = today.replace(day=1)
    if span == "last_month":
        last = first - timedelta(days=1)
        return Period(last.replace(day=1), last)
    if span == "quarter":
        first = first.replace(month=today.month - (today.month - 1) % 3)
    return Period(first.replace(month=1) if span == "year" else first, today)


def _free(since: date | None, until: date | None, today: date) -> Period:
    wrong = {} if since else {"since": "请选择从哪一天开始。"}
    last = min(until or today, today)
    if since and until and until < since:
        wrong = {"until": "结束日期应不早于开始日期。"}
    elif since and since > last:
        wrong = {"since": "开始日期应不晚于今天。"}
    elif since and (last - since).days >= MOST_DAYS:
        wrong = {"since": "一次最多统计三年，请缩短时间。"}
    if wrong or since is None:
        raise Invalid(wrong)
    return Period(since, last)
