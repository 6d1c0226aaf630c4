"""Files in the fields of a declared form 附件: for a row of a dossier, for a draft of a matter's form, or for a case that is being answered.

A file belongs to the dossier, draft or case; the row or form names it by its id. What no row names any more is taken off when a row is saved.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from config.errors import NotFound
from config.forms import FormField, Section
from config.vocabulary import FieldType
from models.case import Case
from models.dossier import Content, Dossier
from models.file import File
from services import applications, bookings, dossiers, files, regions
from services.actors import Actor
from services.cases.forms import MOST_FILES, as_id
from services.cases.transitions import applies
from services.dossiers import FILED, Owner
from services.files import FileRefused, Subject
from services.files.inspection import kind_of
from services.files.quarantine import PDF
from services.regions import Region
from services.submitted import path_of
from services.verbs import verb

#: So long somebody may take over a booking that she has begun.
GIVEN_UP = timedelta(days=1)


class NotAPhoto(FileRefused):
    """这里需要照片（JPG、PNG 或 WEBP），不能用 PDF。请拍照或选一张照片再上传。"""

    status_code = 415
    code = "file_not_a_photo"


def _filed(fields: Iterable[FormField], name: str) -> FormField:
    """Raises :class:`NotFound` for a field that takes no files."""
    if (field := next((one for one in fields if one.field == name and one.type in FILED), None)) is None:
        raise NotFound
    return field


def _refuse_other_kinds(field: FormField, name: str, data: bytes) -> None:
    if field.type is FieldType.PHOTO and kind_of(data) == PDF:
        raise NotAPhoto(field.field, name)


@verb
async def to_row(region: Region, actor: Actor, owner: Owner, section_code: str, field_name: str, name: str, data: bytes, now: datetime) -> File:
    """Take a file in for a row of a section; the row that names it is saved afterwards (``dossiers.put_row``).

    Raises :class:`FileRefused`, which stands beside the field, and :class:`NotFound`.
    """
    section = dossiers.section_of(region, owner.kind, section_code)
    field = _filed(section.fields, field_name)
    _refuse_other_kinds(field, name, data)
    dossier = await dossiers.of(region, owner, now)
    most = (section.most if section.repeats else 1) * (field.max or MOST_FILES) * 2  # twice: those that are replaced go only when the row is saved
    return await _put(region, actor, Subject.DOSSIER, dossier.id, f"{section_code}.{field_name}", field_name, name, data, most, now)


@verb
async def to_draft(region: Region, actor: Actor, matter_code: str, field_name: str, name: str, data: bytes, now: datetime,
                   about: UUID | None = None) -> File:
    """The same for a field of the matter's own form; the draft is begun when there is none yet."""
    matter = region.matter(matter_code)
    field = _filed(matter.form, field_name)
    _refuse_other_kinds(field, name, data)
    draft = await applications.draft_of(region, actor, matter_code, about)
    draft = draft or await applications.save_form(region, actor, matter_code, {}, 0, now, about)
    return await _put(region, actor, Subject.DRAFT, draft.id, field_name, field_name, name, data, (field.max or MOST_FILES) * 2, now)


@verb
async def to_booking(region: Region, actor: Actor, field_name: str, name: str, data: bytes, now: datetime) -> File:
    """The same for a booking that is being filled in. What was uploaded for one that was given up stands in nobody's way after :data:`GIVEN_UP`."""
    if (began := await applications.draft_of(region, actor, bookings.MATTER, None)) is not None:
        for old in await files.of_subject(region.code, Subject.DRAFT, began.id):
            if old.made_at < now - GIVEN_UP:
                await files.remove(region, actor, Subject.DRAFT, began.id, old.id, now)
    return await to_draft(region, actor, bookings.MATTER, field_name, name, data, now)


@verb
async def to_case(region: Region, actor: Actor, case_id: UUID, field_name: str, name: str, data: bytes, now: datetime) -> File:
    """The same for a case of the actor's own that may be answered."""
    case = await Case.find(region.code, case_id)
    kept = await regions.at(region.code, case.profile_version)
    matter = kept.matter(case.matter)
    if case.closed_at is not None or not applies(actor, case, matter):
        raise NotFound
    field = _filed(matter.form, field_name)
    _refuse_other_kinds(field, name, data)
    return await _put(region, actor, Subject.CASE, case.id, field_name, field_name, name, data, files.MOST_A_FIELD * 2, now)


async def _put(region: Region, actor: Actor, subject: Subject, subject_id: UUID, where: str, field: str, name: str, data: bytes, most: int,
               now: datetime) -> File:
    """A refusal names the field as the form knows it."""
    try:
        return await files.put(region, actor, subject, subject_id, where, name, data, now, most=most)
    except FileRefused as refusal:
        raise type(refusal)(field, name) from None


async def named(region: Region, actor: Actor, fields: Iterable[FormField], given: Mapping[str, Any]) -> dict[str, File]:
    """Id → file, of those that ``given`` names, that are there, and that the actor may see."""
    wanted = {one for field in fields if field.type in FILED and isinstance(given.get(field.field), list) for one in given[field.field]}
    return await readable(region, actor, wanted)


async def readable(region: Region, actor: Actor, ids: Collection[str]) -> dict[str, File]:
    """Id → file, of those that are there and that the actor may see."""
    found = await File.of(region.code, id__in=[one for one in ids if as_id(one)]) if ids else []
    return {str(one.id): one for one in found if await files.may_read(region, actor, one)}


async def in_sections(region: Region, actor: Actor, sections: Iterable[Section], content: Content) -> dict[str, list[File]]:
    """Path of a field, as marks name it → what was uploaded there, that the actor may see."""
    places = {path_of(section, number, field.field): list(row[field.field]) for section in sections
              for number, row in enumerate(content.get(section.section, []), start=1) for field in section.fields
              if field.type in FILED and isinstance(row.get(field.field), list)}
    there = await readable(region, actor, {id for ids in places.values() for id in ids})
    return {path: [there[id] for id in ids if id in there] for path, ids in places.items()}


@verb
async def let_go(region: Region, actor: Actor, dossier: Dossier, section_code: str, now: datetime) -> None:
    """Take off what no row of the section names any more. Versions that were submitted keep theirs (``services.files``)."""
    there = {str(one.id): one for one in await files.of_subject(region.code, Subject.DOSSIER, dossier.id) if one.field.startswith(f"{section_code}.")}
    for id in there.keys() - _named_in(dossier.draft, section_code):
        await files.remove(region, actor, Subject.DOSSIER, dossier.id, there[id].id, now)


def _named_in(content: Content, section_code: str) -> set[str]:
    return {one for row in content.get(section_code, []) for value in row.values() if isinstance(value, list) for one in value}
