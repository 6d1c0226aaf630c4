"""Forms that a profile declares, on the phone: what was typed, and what can be chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sanic import Request

from config.forms import FormField
from config.profile import Profile
from config.vocabulary import FieldType
from models.catalogue import Service
from services import bookings
from services.cases.calendar import day_in_words
from services.regions import Region
from services.windows import Window
from web.bodies import FLOOR_FIELDS, NotAcceptedType

#: What a button or the page itself sends along, beside the declared fields.
PAGE_FIELDS = FLOOR_FIELDS | {"act", "seen"}
#: Drawn together, because one decides what the other offers.
PLACES = frozenset({FieldType.ORGANISATION, FieldType.SLOT})


@dataclass(frozen=True)
class Day:
    """The free slots of one day: (id, ``09:00–09:30``, places left)."""

    name: str
    slots: list[tuple[str, str, int]]


@dataclass(frozen=True)
class Filled:
    """A declared form as a page draws it. ``marks``: field → sentence of the window that returned it."""

    form: tuple[FormField, ...]
    typed: Mapping[str, Any]
    windows: list[tuple[str, str, str]] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    elsewhere: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_district(self) -> bool:
        return any(one.type is FieldType.DISTRICT for one in self.form)

    @property
    def district_chosen(self) -> bool:
        return not self.has_district or any(one.type is FieldType.DISTRICT and self.typed.get(one.field) for one in self.form)


def typed(request: Request, form: tuple[FormField, ...]) -> dict[str, Any]:
    """What a person filled in, also fields that the form does not have: those are refused where it is checked (T04)."""
    if not (request.content_type or "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        raise NotAcceptedType
    several = {one.field for one in form if one.type is FieldType.SEVERAL}
    sent = {name: [value for value in values if value != ""] for name, values in (request.form or {}).items() if name not in PAGE_FIELDS}
    return {name: values if name in several else values[0] for name, values in sent.items() if values}


async def filled(region: Region, service: Service, given: Mapping[str, Any], now: datetime, *, errors: Mapping[str, str] | None = None,
                 marks: Mapping[str, str] | None = None, form: tuple[FormField, ...] | None = None) -> Filled:
    """The booking form of a service with what was typed, and the windows and slots that follow from it."""
    form = form or bookings.form_of(region.matter(bookings.MATTER), service)
    page = Filled(form, given, errors=errors or {}, marks=marks or {})
    if not page.district_chosen:
        return page
    found = await bookings.choices(region, service, _given(form, given, FieldType.DISTRICT), _id(_given(form, given, FieldType.ORGANISATION)), now)
    windows = [(str(one.organisation.id), one.organisation.name, window_in_words(one)) for one in found.windows]
    return Filled(form, given, windows, days(region.profile, found), found.elsewhere, page.errors, page.marks)


def window_in_words(window: Window) -> str:
    """``现在开放 · 周一至周五 08:30–12:00；12月1日休息``."""
    closed = f"；{window.next_closed.day.month}月{window.next_closed.day.day}日休息" if window.next_closed else ""
    return f"{'现在开放' if window.open_now else '现在未开放'} · {'；'.join(window.hours)}{closed}"


def days(profile: Profile, found: bookings.Choices) -> list[Day]:
    """The free slots by day, in the region's own time."""
    local = [(slot, slot.starts_at.astimezone(profile.tz), slot.ends_at.astimezone(profile.tz)) for slot in found.slots]
    return [Day(day_in_words(day),
                [(str(slot.id), f"{start:%H:%M}–{end:%H:%M}", slot.capacity - slot.taken) for slot, start, end in group])
            for day, group in groupby(local, key=lambda one: one[1].date())]


def _given(form: tuple[FormField, ...], given: Mapping[str, Any], of: FieldType) -> str | None:
    return next((str(given[one.field]) for one in form if one.type is of and given.get(one.field)), None)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
