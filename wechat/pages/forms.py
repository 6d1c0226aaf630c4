"""Forms that a profile declares, on the phone: what was typed, and what can be chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sanic import HTTPResponse, Request

from config.errors import Invalid, Refusal
from config.forms import FormField
from config.profile import Profile
from config.vocabulary import FieldType
from models.catalogue import Service
from models.file import File
from services import attachments, bookings, organisations, registration
from services.actors import Actor
from services.cases.calendar import day_in_words
from services.cases.forms import as_id
from services.dossiers import FILED
from services.regions import Region
from services.windows import Window
from web import pages
from web.bodies import FLOOR_FIELDS, NotAcceptedType

#: What a button or the page itself sends along, beside the declared fields.
PAGE_FIELDS = FLOOR_FIELDS | {"act", "seen", "case", "only"}
#: So much may come in one upload: some files at once.
UPLOAD_BYTES = 60_000_000
#: Before the name of a field: a file that is about to go up, or the words by which a unit is sought.
UPLOAD, FIND = "upload.", "find."
#: Fields whose value is a list.
LISTED = FILED | {FieldType.SEVERAL}
#: Drawn together, because one decides what the other offers.
PLACES = frozenset({FieldType.ORGANISATION, FieldType.SLOT})


@dataclass(frozen=True)
class Day:
    """The free slots of one day: (id, ``09:00–09:30``, places left)."""

    name: str
    slots: list[tuple[str, str, int]]


@dataclass(frozen=True)
class Filled:
    """A declared form as a page draws it. ``marks``: field → sentence of the window that returned it.

    ``files``: id → what was uploaded; ``choices``: field → units or offices to choose from (id, name, where); ``sought``: field → words by which
    a unit is looked for; ``fixed``: fields that stay as they were reviewed; ``upload``: the address that takes files.
    """

    form: tuple[FormField, ...]
    typed: Mapping[str, Any]
    windows: list[tuple[str, str, str]] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    elsewhere: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    choices: Mapping[str, Sequence[tuple[str, str, str]]] = field(default_factory=dict)
    honours: tuple[str, ...] = ()
    sought: Mapping[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    upload: str = ""

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
    listed = {one.field for one in form if one.type in LISTED}
    filed = {one.field for one in form if one.type in FILED}
    sent = {name: [value for value in values if value != ""] for name, values in (request.form or {}).items()
            if name not in PAGE_FIELDS and not name.startswith((UPLOAD, FIND))}
    return {name: "offline" if name in filed and "offline" in values else values if name in listed else values[0]
            for name, values in sent.items() if values}


def word(request: Request, name: str) -> str:
    """What a button or the page itself sent along, or nothing."""
    return str((request.form.get(name) if request.form else None) or "")


def seen(request: Request) -> int:
    """The version that stood on the page. Raises :class:`Invalid` when none came along."""
    text = word(request, "seen")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid({"seen": "请刷新页面后再提交。"})
    return int(text)


def sought(request: Request) -> dict[str, str]:
    """Field → the words by which a unit is looked for."""
    return {name.removeprefix(FIND): values[0] for name, values in (request.form or {}).items() if name.startswith(FIND) and values[0].strip()}


def without_file(given: Mapping[str, Any], act: str) -> dict[str, Any]:
    """What was filled in, less the file that the button ``drop:<id>`` stands beside."""
    id = act.removeprefix("drop:")
    return {name: [one for one in value if one != id] if isinstance(value, list) else value for name, value in given.items()}


def beside_upload(refusal: Invalid) -> Invalid:
    """A file that was refused, beside the field that it was meant for."""
    return Invalid({name.removeprefix(UPLOAD): sentence for name, sentence in refusal.fields.items()})


def with_file(form: tuple[FormField, ...], given: Mapping[str, Any], name: str, id: str) -> dict[str, Any]:
    """What was filled in, with a file that just came: a photo takes the place of the one before."""
    one = next(field for field in form if field.field == name)
    there = given.get(name)
    before = there if isinstance(there, list) and one.type is FieldType.FILES and (one.max or 2) > 1 else []
    return {**given, name: [*(old for old in before if old != id), id]}


def only(request: Request, page: Filled, seen: int, refusal: Refusal | None) -> HTTPResponse | None:
    """The one field that the page's script asked for."""
    found = next((one for one in page.form if one.field == word(request, "only") and one.type in FILED), None)
    if found is None:
        return None
    return pages.render(request, "phone/dossier/file.html", refusal.status_code if refusal else 200, page=page, field=found, seen=seen)


async def declared(region: Region, who: Actor | None, form: tuple[FormField, ...], given: Mapping[str, Any], *,
                   errors: Mapping[str, str] | None = None, marks: Mapping[str, str] | None = None, words: Mapping[str, str] | None = None,
                   fixed: frozenset[str] = frozenset(), upload: str = "") -> Filled:
    """Any declared form but that of a booking, with the files and units that its values name."""
    choices = {one.field: await _choices(region, one, str(given.get(one.field) or ""), (words or {}).get(one.field, ""))
               for one in form if one.type in (FieldType.UNIT, FieldType.ORGANISATION)}
    honours = tuple(honour.title for honour in region.profile.honours) if any(one.type is FieldType.HONOUR for one in form) else ()
    files = await attachments.named(region, who, form, given) if who else {}
    return Filled(form, given, errors=errors or {}, marks=marks or {}, files=files, choices=choices, honours=honours,
                  sought=words or {}, fixed=fixed, upload=upload)


async def _choices(region: Region, field: FormField, chosen: str, words: str) -> list[tuple[str, str, str]]:
    """Offices of the kinds that the field takes; of units the chosen one, then what the words find."""
    if field.type is FieldType.ORGANISATION:
        return [(str(one.id), one.name, "") for one in await organisations.every(region) if one.kind in field.kinds]
    return await units(region, chosen, words)


async def units(region: Region, chosen: str, words: str) -> list[tuple[str, str, str]]:
    """The one that is chosen already, then those that the words find: (id, name, district)."""
    id = as_id(chosen)
    first = [(chosen, name, "")] if id and (name := await organisations.name_of(region, id)) else []
    return first + [(str(one.id), one.name, one.district) for one in await registration.units(region, words) if one.id != id]


async def filled(region: Region, who: Actor, service: Service, given: Mapping[str, Any], now: datetime, *, upload: str,
                 errors: Mapping[str, str] | None = None, marks: Mapping[str, str] | None = None,
                 form: tuple[FormField, ...] | None = None) -> Filled:
    """The booking form of a service with what was typed and uploaded, and the windows and slots that follow from it."""
    form = form or bookings.form_of(region.matter(bookings.MATTER), service)
    page = Filled(form, given, errors=errors or {}, marks=marks or {}, files=await attachments.named(region, who, form, given), upload=upload)
    if not page.district_chosen:
        return page
    found = await bookings.choices(region, service, _given(form, given, FieldType.DISTRICT), as_id(_given(form, given, FieldType.ORGANISATION)), now)
    windows = [(str(one.organisation.id), one.organisation.name, window_in_words(one)) for one in found.windows]
    return replace(page, windows=windows, days=days(region.profile, found), elsewhere=found.elsewhere)


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
