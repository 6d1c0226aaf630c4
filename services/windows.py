"""Service windows 服务窗口: the directory with contact, hours and place (WH-54), and its editing by city staff."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotPermitted
from config.vocabulary import OrganisationKind, Permission
from models.database import new_id
from models.organisation import ClosedDay, Opening, Organisation
from services import changes
from services.actors import Actor
from services.cases.calendar import WEEKDAYS, calendar_of
from services.catalogue import edit
from services.regions import Region
from services.verbs import verb

#: Longer than the longest holidays.
LOOKED_AHEAD_DAYS = 30


@dataclass(frozen=True)
class Window:
    """A window with its hours in words, whether it is open now, else when it opens next, and the days on which it will be closed out of turn."""

    organisation: Organisation
    hours: list[str]
    open_now: bool
    opens_next: datetime | None
    closed: Sequence[ClosedDay]

    @property
    def next_closed(self) -> ClosedDay | None:
        return self.closed[0] if self.closed else None


async def directory(region: Region, now: datetime, district: str | None = None) -> list[Window]:
    """All windows, or those of a district."""
    narrowed = {"district": district} if district else {}
    found = await Organisation.of(region.code, kind=OrganisationKind.WINDOW, state="active", **narrowed).order_by("code")
    ids = [organisation.id for organisation in found]
    openings = await Opening.of(region.code, organisation_id__in=ids).order_by("weekday", "opens")
    today = calendar_of(region.profile).day_of(now)
    closed = await ClosedDay.of(region.code, organisation_id__in=ids, day__gte=today).order_by("day")
    return [_window(region, organisation, [one for one in openings if one.organisation_id == organisation.id],
                    [one for one in closed if one.organisation_id == organisation.id], now) for organisation in found]


def _window(region: Region, organisation: Organisation, openings: Sequence[Opening], closed: Sequence[ClosedDay], now: datetime) -> Window:
    local = now.astimezone(region.profile.tz)
    working = calendar_of(region.profile).is_working_day(local.date()) and not any(day.day == local.date() for day in closed)
    is_open = working and open_at(openings, local)
    return Window(organisation, hours_in_words(openings), is_open, None if is_open else _opens_next(region, openings, closed, local), closed)


def _opens_next(region: Region, openings: Sequence[Opening], closed: Sequence[ClosedDay], local: datetime) -> datetime | None:
    """The next moment after ``local`` at which it opens; none for one that says no hours, or is closed for weeks."""
    calendar, shut = calendar_of(region.profile), {one.day for one in closed}
    for day in (local.date() + timedelta(days=ahead) for ahead in range(LOOKED_AHEAD_DAYS)):
        if day in shut or not calendar.is_working_day(day):
            continue
        for one in sorted(openings, key=lambda one: one.opens):
            opens = datetime.combine(day, time(one.opens // 60 % 24, one.opens % 60), local.tzinfo)
            if one.weekday == day.isoweekday() and opens > local:
                return opens
    return None


def open_at(openings: Sequence[Opening], local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    return any(one.weekday == local.isoweekday() and one.opens <= minute < one.closes for one in openings)


def hours_in_words(openings: Sequence[Opening]) -> list[str]:
    """``周一至周五 08:30–12:00、13:30–17:30``: days with equal hours stand together."""
    by_day: dict[int, list[str]] = {}
    for one in openings:
        by_day.setdefault(one.weekday, []).append(f"{_clock(one.opens)}–{_clock(one.closes)}")
    groups: list[tuple[list[int], str]] = []
    for weekday in sorted(by_day):
        words = "、".join(by_day[weekday])
        if groups and groups[-1][1] == words and groups[-1][0][-1] == weekday - 1:
            groups[-1][0].append(weekday)
        else:
            groups.append(([weekday], words))
    return [f"{_days(days)} {'24 小时' if words == '00:00–24:00' else words}" for days, words in groups]


def _days(days: list[int]) -> str:
    if len(days) == 7:
        return "每天"
    first, last = WEEKDAYS[days[0] - 1], WEEKDAYS[days[-1] - 1]
    return f"周{first}" if len(days) == 1 else f"周{first}至周{last}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@verb
async def edit_window(region: Region, actor: Actor, id: UUID, seen: int, changes: Mapping[str, Any], now: datetime) -> Organisation:
    """Edit a window's contact, telephone, address or position."""
    await edit(region, actor, Organisation, id, seen, changes, Permission.MANAGE_WINDOWS, now)
    return await Organisation.find(region.code, id)


@dataclass(frozen=True)
class Hours:
    """One span: weekday 1–7, minutes since midnight."""

    weekday: int
    opens: int
    closes: int


SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–—~至]\s*(\d{1,2}):(\d\d)", re.ASCII)


def read_hours(typed: Mapping[int, str]) -> list[Hours]:
    """Weekday → ``08:30-12:00、13:30-17:30`` as people type it; an empty text is a day off. Raises :class:`Invalid` beside ``day_{weekday}``."""
    hours: list[Hours] = []
    wrong: dict[str, str] = {}
    for weekday, text in typed.items():
        plain = unicodedata.normalize("NFKC", text)
        found = [[int(part) for part in span.groups()] for span in SPAN.finditer(plain)]
        if SPAN.sub("", plain).strip(" 、,;，；") or any(minute > 59 for _, opens, _, closes in found for minute in (opens, closes)):
            wrong[f"day_{weekday}"] = f"周{WEEKDAYS[weekday - 1]}请按 08:30-12:00、13:30-17:30 的样子填写，休息日留空。"
        hours += [Hours(weekday, start * 60 + opens, end * 60 + closes) for start, opens, end, closes in found]
    if wrong:
        raise Invalid(wrong)
    return hours


async def typed_hours(region: Region, place: Mapping[str, UUID]) -> dict[int, str]:
    """The hours of a place as :func:`read_hours` takes them, for the form that edits them."""
    openings = await Opening.of(region.code, **place).order_by("weekday", "opens")
    return {day: "、".join(f"{_clock(one.opens)}-{_clock(one.closes)}" for one in openings if one.weekday == day) for day in range(1, 8)}


def office_hours(region: Region) -> dict[int, str]:
    """Those of the region's offices in the same words, to begin with."""
    spans = "、".join(f"{span.opens:%H:%M}-{span.closes:%H:%M}" for span in region.profile.calendar.hours)
    return dict.fromkeys(range(1, 6), spans)


async def days_off(region: Region, place: Mapping[str, UUID], now: datetime) -> list[ClosedDay]:
    """Days on which the place is closed out of turn, from today on."""
    return await ClosedDay.of(region.code, day__gte=calendar_of(region.profile).day_of(now), **place).order_by("day")


@verb
async def set_hours(region: Region, actor: Actor, place: Mapping[str, UUID], hours: Sequence[Hours], permission: Permission, now: datetime) -> None:
    """Replace the hours of a window (``{"organisation_id": …}``) or a venue (``{"venue_id": …}``). Raises :class:`Invalid` on overlaps."""
    if not actor.may(permission, region.profile):
        raise NotPermitted
    ordered = in_order(hours)
    said = {"hours": [[one.weekday, one.opens, one.closes] for one in ordered]}
    async with changes.keeping(actor, "hours.edit", *_subject(place), permission, now, changes.Rows("opening", place), detail=said):
        await Opening.of(region.code, **place).delete()
        await write_hours(region, place, ordered)


def in_order(hours: Sequence[Hours]) -> list[Hours]:
    """As they follow each other in a week. Raises :class:`Invalid` beside ``day_{weekday}`` for a span that ends before it begins, and overlaps."""
    ordered, wrong = sorted(hours, key=lambda one: (one.weekday, one.opens)), dict[str, str]()
    for one, following in zip_longest(ordered, ordered[1:]):
        if not (1 <= one.weekday <= 7 and 0 <= one.opens < one.closes <= 1440):
            wrong[f"day_{one.weekday}"] = "开始时间应早于结束时间。"
        elif following and following.weekday == one.weekday and following.opens < one.closes:
            wrong[f"day_{one.weekday}"] = f"周{WEEKDAYS[one.weekday - 1]}的时间段有重叠。"
    if wrong:
        raise Invalid(wrong)
    return ordered


async def write_hours(region: Region, place: Mapping[str, UUID], hours: Sequence[Hours]) -> None:
    """Of a place that has none; in the caller's transaction."""
    await Opening.bulk_create([Opening(region=region.code, id=new_id(), weekday=one.weekday, opens=one.opens, closes=one.closes, **place)
                               for one in hours])


@verb
async def close_on(region: Region, actor: Actor, place: Mapping[str, UUID], day: date, reason: str, permission: Permission, now: datetime) -> None:
    """Close a window or a venue for one day."""
    if not actor.may(permission, region.profile):
        raise NotPermitted
    if day < calendar_of(region.profile).day_of(now) or day > calendar_of(region.profile).day_of(now) + timedelta(days=730):
        raise Invalid({"day": "请选择今天以后两年以内的日期。"})
    said = {"day": day.isoformat(), "reason": reason.strip()}
    async with changes.keeping(actor, "closed_day.add", *_subject(place), permission, now, changes.Rows("closed_day", place), detail=said):
        await ClosedDay.of(region.code, day=day, **place).delete()
        await ClosedDay(region=region.code, id=new_id(), day=day, reason=reason.strip(), **place).save(force_create=True)


@verb
async def open_again_on(region: Region, actor: Actor, place: Mapping[str, UUID], day: date, permission: Permission, now: datetime) -> None:
    if not actor.may(permission, region.profile):
        raise NotPermitted
    async with changes.keeping(actor, "closed_day.remove", *_subject(place), permission, now, changes.Rows("closed_day", place),
                               detail={"day": day.isoformat()}):
        await ClosedDay.of(region.code, day=day, **place).delete()


def _subject(place: Mapping[str, UUID]) -> tuple[str, UUID]:
    (column, id), = place.items()
    return ("venue" if column == "venue_id" else "organisation"), id
