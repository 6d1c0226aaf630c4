"""How times are written for people. Pure functions; ``web.pages`` binds them as the templates' filters."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.cases.calendar import day_in_words

HOME = ZoneInfo("Asia/Shanghai")


def day(value: date | datetime, now: datetime, zone: ZoneInfo = HOME) -> str:
    """``11月23日 周一 09:30``; a date without its hour is written without one, another year than ``now``'s with its year."""
    moment = value.astimezone(zone) if isinstance(value, datetime) else value
    year = "" if moment.year == now.astimezone(zone).year else f"{moment.year}年"
    hour = f" {moment:%H:%M}" if isinstance(moment, datetime) else ""
    return f"{year}{day_in_words(moment)}{hour}"


def ago(value: datetime, now: datetime, zone: ZoneInfo = HOME) -> str:
    """``刚刚``, ``5 分钟前``, ``3 小时前``, ``昨天 14:20``; what lies further back, or ahead, as :func:`day` writes it."""
    passed = now - value
    if timedelta(0) <= passed < timedelta(minutes=1):
        return "刚刚"
    if timedelta(0) < passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} 分钟前"
    local, today = value.astimezone(zone), now.astimezone(zone).date()
    if timedelta(0) < passed and local.date() == today:
        return f"{passed // timedelta(hours=1)} 小时前"
    if local.date() == today - timedelta(days=1):
        return f"昨天 {local:%H:%M}"
    return day(value, now, zone)
