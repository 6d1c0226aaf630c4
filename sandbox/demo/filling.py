"""Fills in forms and sections as their owners would: what the story says, what stands on an ID card, and papers where one is asked for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from config.forms import FormField
from config.vocabulary import FieldType
from models.dossier import Dossier
from models.organisation import Organisation
from sandbox.demo.story import Filled
from services import applications, dossiers, files
from services.actors import Actor
from services.dossiers import Owner
from services.files import Inspected, Subject
from services.files.quarantine import JPEG
from services.regions import Region

PAPERS = Path(__file__).parent / "papers"
#: Pieces of a field's name → the paper that lies there; anything else is a certificate.
KINDS = {"identity": "identity", "id_scan": "identity", "licence": "licence", "contract": "contract", "work": "contract", "insurance": "contract"}
#: How the story asks for a paper that is not required.
SCAN = "scan"
DAYS_AGO = re.compile(r"(\d+)d")


@dataclass(frozen=True)
class Who:
    """Whom a form is about, as her papers say it. ``unit``: the id of where she works, or of the unit itself."""

    name: str
    phone: str
    id_number: str
    born: date
    woman: bool
    unit: Organisation | None = field(default=None, repr=False)

    def told(self, one: FormField) -> Any:
        """What she answers without being asked; nothing where only she can know."""
        if one.type is FieldType.PERSON_ID:
            return self.id_number
        if one.agrees_with:
            return self.born.isoformat() if one.type is FieldType.DATE else self._sex(one)
        if one.type is FieldType.UNIT:
            return str(self.unit.id) if self.unit else None
        unit = {"unit_name": self.unit.name, "unit_code": self.unit.unit_code} if self.unit else {}
        return {"name": self.name, "phone": self.phone, **unit}.get(one.field)

    def _sex(self, one: FormField) -> str:
        return next(code for code, label in one.options.items() if label == ("女" if self.woman else "男"))


@dataclass(frozen=True)
class Places:
    """Organisations by code, and units by the login of their operator."""

    by_name: Mapping[str, UUID]

    def named(self, one: FormField, value: Any, now: datetime) -> Any:
        """A value of the story as the form takes it; ``12d`` in a date is so many days before."""
        if one.type in (FieldType.ORGANISATION, FieldType.UNIT) and value in self.by_name:
            return str(self.by_name[value])
        if one.type is FieldType.DATE and (ago := DAYS_AGO.fullmatch(str(value))):
            return (now - timedelta(days=int(ago[1]))).date().isoformat()
        return value


@dataclass(frozen=True)
class Desk:
    """Where papers are put: what they belong to, and who puts them there."""

    region: Region
    actor: Actor
    subject: Subject
    subject_id: UUID

    async def put(self, path: str, one: FormField, woman: bool, now: datetime) -> list[str]:
        kind = _kind(path, one, woman)
        kept = await files.keep(self.region, self.actor, self.subject, self.subject_id, path, f"{one.label}.jpg", paper(kind), now)
        return [str(kept.id)]


def _kind(path: str, one: FormField, woman: bool) -> str:
    if one.type is FieldType.PHOTO:
        return "portrait_woman" if woman else "portrait_man"
    return next((kind for name, kind in KINDS.items() if name in path), "certificate")


@cache
def paper(kind: str) -> Inspected:
    """Drawn for the demo and inspected then: these need no quarantine."""
    return Inspected(JPEG, (PAPERS / f"{kind}.jpg").read_bytes(), None)


async def sections(region: Region, actor: Actor, owner: Owner, filled: Filled, who: Who, places: Places, now: datetime) -> None:
    """Save every row of the story into the owner's draft, after what stands there already."""
    dossier = await dossiers.of(region, owner, now)
    for code, said in filled.items():
        for values in said if isinstance(said, list) else [said]:
            dossier = await section_row(region, actor, owner, dossier, code, values, who, places, now)


async def section_row(region: Region, actor: Actor, owner: Owner, dossier: Dossier, code: str, values: Mapping[str, Any], who: Who, places: Places,
                      now: datetime, *, number: int | None = None) -> Dossier:
    """Save one row: a further one, or the ``number``-th in the place of what stands there."""
    section = dossiers.section_of(region, owner.kind, code)
    desk = Desk(region, actor, Subject.DOSSIER, dossier.id)
    before = {} if section.repeats else next(iter(dossier.draft.get(code, [])), {})
    row = await completed(desk, section.fields, {**before, **values}, None if section.repeats else who, places, f"{code}.", now, woman=who.woman)
    return await dossiers.put_row(region, actor, owner, code, number if section.repeats else 0, row, dossier.version, now)


async def completed(desk: Desk, fields: Sequence[FormField], said: Mapping[str, Any], who: Who | None, places: Places, prefix: str,
                    now: datetime, *, woman: bool) -> dict[str, Any]:
    """What was said, with what need not be said. Values of fields that are not asked for are left out, as a page would.

    Raises ``KeyError`` for a field that the form does not have: the story was mistyped.
    """
    if unknown := said.keys() - {one.field for one in fields}:
        raise KeyError(f"{prefix}{', '.join(sorted(unknown))}")
    kept: dict[str, Any] = {}
    for one in fields:
        if not one.is_asked(kept):
            continue
        value = places.named(one, said[one.field], now) if one.field in said else who.told(one) if who else None
        if one.type in dossiers.FILED and (value == SCAN or (value is None and one.required)):
            value = await desk.put(prefix + one.field, one, woman, now)
        if value is not None:
            kept[one.field] = value
    return kept


async def matter_form(region: Region, actor: Actor, matter_code: str, said: Mapping[str, Any], who: Who, places: Places, about: UUID | None,
                      now: datetime) -> dict[str, Any]:
    """The form of a matter; papers are put into its draft, which the submission hands over."""
    fields = region.matter(matter_code).form
    subject = actor.account_id
    if any(one.type in dossiers.FILED for one in fields):
        subject = (await applications.save_form(region, actor, matter_code, {}, 0, now, about)).id
    assert subject is not None
    return await completed(Desk(region, actor, Subject.DRAFT, subject), fields, said, who, places, "", now, woman=who.woman)


async def answer(region: Region, actor: Actor, case_id: UUID, matter_code: str, kept: Mapping[str, Any], said: Mapping[str, Any], who: Who,
                 places: Places, now: datetime) -> dict[str, Any]:
    """The form of a case that came back, with what was changed."""
    desk = Desk(region, actor, Subject.CASE, case_id)
    return await completed(desk, region.matter(matter_code).form, {**kept, **said}, who, places, "", now, woman=who.woman)
