"""What went along with a case: the sections of the dossier as they were submitted, what was registered, and the paper that is still to come.

The same for whoever submitted it and for whoever handles it; colleagues who only look on read telephone and ID numbers masked, as at the desk.
"""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import Field

from config.vocabulary import FieldType
from models.file import File
from services import submitted
from services.dossiers import Part, Row
from services.masking import masked_id_number, masked_phone
from services.submitted import RegisteredField, path_of
from wechat.miniapp.answers import Answer
from wechat.miniapp.files import Enclosure

MASKS = {FieldType.PHONE: masked_phone, FieldType.PERSON_ID: masked_id_number}
CLEARED = "（已清空）"


class FieldRead(Answer):
    """``field``: as marks name it, ``education.2.school``. ``was``: what stood there in the version in force, null where it is as it was;
    ``corrected``: of a registration, whether the applicant put it right since the return; ``fault``: what the last return found wrong with it."""

    field: str
    label: str
    value: str
    was: str | None = None
    fault: str = ""
    corrected: bool = False
    files: list[Enclosure] = Field(default_factory=list)

    @classmethod
    def registered(cls, one: RegisteredField, *, whole: bool) -> Self:
        return cls(field=one.path, label=one.label, value=_said(one.value, one.type, whole), fault=one.fault, corrected=one.corrected)


class RowRead(Answer):
    """``added``: the version in force has no such row."""

    number: int
    added: bool
    fields: list[FieldRead]


class PartRead(Answer):
    """One section. ``removed``: rows that the version in force has and this one has not."""

    section: str
    name: str
    repeats: bool
    rows: list[RowRead]
    removed: list[RowRead]

    @classmethod
    def of(cls, part: Part, files: Mapping[str, Sequence[File]], *, whole: bool) -> Self:
        section = part.section
        return cls(section=section.section, name=section.name, repeats=section.repeats,
                   rows=[_row(part, row, files, whole=whole) for row in part.rows],
                   removed=[_row(part, row, {}, whole=whole) for row in part.removed])


class Login(Answer):
    """The name that a person logs in with, and what the region calls it."""

    label: str
    value: str


class Submitted(Answer):
    """``registered`` and ``login``: where the case reviews a registration. ``compared``: there is a version in force,
    of which ``changes`` rows are otherwise here. ``paper``: what is handed in on paper, ``paper_confirmed`` at the present step. ``why``: why this
    organisation has it. ``person`` and ``unit``: whom it is about where that is not the applicant.
    """

    parts: list[PartRead]
    registered: list[FieldRead]
    login: Login | None
    compared: bool
    changes: int
    paper: list[str]
    paper_confirmed: bool
    why: str
    person: str
    unit: str

    @classmethod
    def of(cls, found: submitted.Submitted, *, whole: bool) -> Self:
        """``whole``: telephone and ID numbers as they are."""
        joined = found.registered
        return cls(parts=[PartRead.of(part, found.files, whole=whole) for part in found.parts if part.rows or part.removed],
                   registered=[FieldRead.registered(one, whole=whole) for one in joined.fields] if joined else [],
                   login=Login(label=joined.login_label, value=joined.login_name) if joined else None,
                   compared=found.compared, changes=found.changes, paper=list(found.paper), paper_confirmed=found.paper_confirmed, why=found.why,
                   person=found.person, unit=found.unit)


def _row(part: Part, row: Row, files: Mapping[str, Sequence[File]], *, whole: bool) -> RowRead:
    told = [_field(part, row, one.field, one.label, one.value, one.fault, files, whole=whole) for one in row.answers]
    there = {one.field for one in row.answers}
    cleared = [_field(part, row, one.field, one.label, CLEARED, "", {}, whole=whole) for one in part.section.fields
               if one.field in row.changed and one.field not in there]
    return RowRead(number=row.number, added=row.added, fields=told + cleared)


def _field(part: Part, row: Row, name: str, label: str, value: str, fault: str, files: Mapping[str, Sequence[File]], *, whole: bool) -> FieldRead:
    path, declared = path_of(part.section, row.number, name), part.section.field(name)
    kind, was = declared.type if declared else None, row.changed.get(name)
    hidden = kind in MASKS and not whole
    return FieldRead(field=path, label=label, value=value if value == CLEARED else _said(value, kind, whole), fault=fault,
                     was="…" if was is not None and hidden else was, files=[Enclosure.of(file) for file in files.get(path, ())])


def _said(value: str, kind: FieldType | None, whole: bool) -> str:
    mask = None if whole or kind is None else MASKS.get(kind)
    return mask(value) if mask else value
