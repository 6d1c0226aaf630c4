"""Dossiers 人才信息 and units' data 单位信息: drafts saved at any time, what is still missing, and versions that stay as they were submitted.

A draft is checked field by field as it is saved, but may lack what is required; :func:`missing` lists all that a submission would
need. Content is sealed as a whole; only fields that the profile calls facts stand beside it (docs/security.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

import orjson

from config.errors import Conflict, Invalid, NotFound, NotPermitted
from config.forms import FormField, Section
from config.vocabulary import FieldType
from models.account import AccountKind
from models.database import execute, json_text, new_id, row, rows
from models.dossier import Content, Dossier, open_version, seal_version
from services import identity
from services.actors import Actor
from services.cases import answers
from services.cases.forms import check_organisations, clean_row, disagreement
from services.regions import Region
from services.verbs import verb

#: One row as it is kept: field → value.
Values = Mapping[str, Any]


class ChangedElsewhere(Conflict):
    """这份信息刚刚在另一个页面保存过，您填写的内容没有丢失，请刷新后核对再保存。"""

    code = "dossier_changed"


@dataclass(frozen=True)
class Owner:
    """Whose dossier: a person's account, or a unit. ``kind``: which sections the profile gives it."""

    kind: str
    account_id: UUID | None = None
    organisation_id: UUID | None = None


def owner_of(actor: Actor) -> Owner:
    """The dossier that the actor keeps as her own. Raises :class:`NotPermitted` for staff, who keep none."""
    if actor.is_talent:
        return Owner("talent", account_id=actor.account_id)
    if actor.kind is AccountKind.UNIT and actor.grants:
        return Owner("unit", organisation_id=actor.grants[0].organisation_id)
    raise NotPermitted


async def of(region: Region, owner: Owner, now: datetime) -> Dossier:
    """The owner's dossier; an empty one is begun when there is none yet."""
    id = new_id()
    empty = Dossier(region=region.code, id=id).put_draft({}).draft_sealed
    await execute("INSERT INTO dossier (region, id, account_id, organisation_id, draft_sealed, updated_at) VALUES ($1, $2, $3, $4, $5, $6) "
                  "ON CONFLICT DO NOTHING", region.code, id, owner.account_id, owner.organisation_id, empty, now)
    found = await row("SELECT * FROM dossier WHERE region = $1 AND (account_id = $2 OR organisation_id = $3)",
                      region.code, owner.account_id, owner.organisation_id)
    assert found is not None  # inserted, or there before
    return Dossier.read(found)


@verb
async def put_row(region: Region, actor: Actor, owner: Owner, section_code: str, number: int | None, given: Mapping[str, Any], seen: int,
                  now: datetime) -> Dossier:
    """Save one row of a section: the ``number``-th (from 0), or a further one. What is missing may stay so; what is wrong may not.

    Raises :class:`Invalid`, :class:`ChangedElsewhere` (somebody saved since version ``seen``), :class:`NotFound` (no such section or row).
    """
    dossier = await of(region, owner, now)
    section, kept = await _to_keep(region, owner.kind, dossier, section_code, given)

    def put(content: Content) -> None:
        _place(section, kept, number, content)

    return await _change(region, dossier, put, seen, now)


async def _to_keep(region: Region, kind: str, dossier: Dossier, section_code: str, given: Mapping[str, Any]) -> tuple[Section, dict[str, Any]]:
    """One row as it may be kept. Raises :class:`Invalid` with everything that is wrong in it."""
    section = section_of(region, kind, section_code)
    kept = clean_row(region.profile, section.fields, given, whole=False)
    await check_files(region, section.fields, kept, dossier.id)
    await check_organisations(region.code, section.fields, kept, {})
    _keep_fixed(section, kept, await _admitted_row(region, dossier, section))
    return section, kept


def _place(section: Section, kept: dict[str, Any], number: int | None, content: Content) -> None:
    """Put a row into its section; of a section with a main row there is one at most afterwards."""
    found = content.setdefault(section.section, [])
    if not section.repeats:
        content[section.section] = [kept]
    elif number is None:
        if len(found) >= section.most:
            raise Invalid({"form": f"{section.name}最多 {section.most} 条。"})
        found.append(kept)
    elif 0 <= number < len(found):
        found[number] = kept
    else:
        raise NotFound
    if section.main and kept.get(section.main):
        content[section.section] = [one if one is kept else {**one, section.main: False} for one in content[section.section]]


async def supplement(region: Region, dossier: Dossier, submitted: int, section_code: str, number: int | None, given: Mapping[str, Any],
                     now: datetime) -> int:
    """One row more, or another one, in what was submitted: a new version of that, in the caller's transaction; its number.

    The owner's draft takes it over as long as it is what was submitted; what she has changed since stays hers.
    """
    section, kept = await _to_keep(region, "talent", dossier, section_code, given)
    content = await version(region, dossier.id, submitted)
    untouched = dossier.draft == content
    _place(section, kept, number, content)
    if untouched:
        await execute("UPDATE dossier SET draft_sealed = $3, updated_at = $4, version = version + 1 WHERE region = $1 AND id = $2 AND version = $5",
                      region.code, dossier.id, dossier.put_draft(content).draft_sealed, now, dossier.version)
    return await freeze(region, dossier, "talent", now, content)


async def follow(region: Region, owner: Owner, before: Mapping[str, Any], after: Mapping[str, Any], now: datetime) -> None:
    """What was corrected elsewhere, in the draft's first section as well, where it still says what it said ``before``.

    What then disagrees with it (a birthday with another ID number) is taken out, to be filled in anew. In the caller's transaction.
    """
    dossier, sections = await of(region, owner, now), region.profile.sections_of(owner.kind)
    found = next(iter(dossier.draft.get(sections[0].section, [])), None) if sections and not sections[0].repeats else None
    if found is None:
        return
    row = {name: after[name] if name in after and value == before.get(name) else value for name, value in found.items()}
    fields = {field.field: field for field in sections[0].fields}
    agreeing = {name: value for name, value in row.items() if name not in fields or not disagreement(fields[name], row)}
    await _change(region, dossier, lambda content: content.__setitem__(sections[0].section, [agreeing]), dossier.version, now)


@verb
async def remove_row(region: Region, actor: Actor, owner: Owner, section_code: str, number: int, seen: int, now: datetime) -> Dossier:
    """Take one row of a section out of the draft; versions that were submitted keep it."""
    section_of(region, owner.kind, section_code)

    def remove(content: Content) -> None:
        found = content.get(section_code, [])
        if not 0 <= number < len(found):
            raise NotFound
        del found[number]

    return await _change(region, await of(region, owner, now), remove, seen, now)


async def _change(region: Region, dossier: Dossier, change: Callable[[Content], None], seen: int, now: datetime) -> Dossier:
    content = dossier.draft
    change(content)
    sealed = dossier.put_draft(content).draft_sealed
    found = await row("UPDATE dossier SET draft_sealed = $4, updated_at = $5, version = version + 1 WHERE region = $1 AND id = $2 AND version = $3 "
                      "RETURNING *", region.code, dossier.id, seen, sealed, now)
    if found is None:
        raise ChangedElsewhere
    return Dossier.read(found)


async def fixed_fields(region: Region, dossier: Dossier, section: Section) -> frozenset[str]:
    """Fields of a row that may not be changed any more: those that are fixed and were reviewed (GL-08)."""
    before = await _admitted_row(region, dossier, section)
    return frozenset(field.field for field in section.fields if field.fixed and field.field in before)


async def _admitted_row(region: Region, dossier: Dossier, section: Section) -> Values:
    """The row of a section that does not repeat as it was reviewed last; nothing before the first admission."""
    if section.repeats or not any(field.fixed for field in section.fields):
        return {}
    if dossier.admitted is None:
        return {}
    return next(iter((await version(region, dossier.id, dossier.admitted)).get(section.section, [])), {})


def _keep_fixed(section: Section, kept: dict[str, Any], before: Values) -> None:
    """What is fixed once it was reviewed (GL-08) stays so, sent along or not. Raises :class:`Invalid` for another value."""
    fixed = {field.field: field.label for field in section.fields if field.fixed and field.field in before}
    if wrong := {name: f"{label}已经审核，不能自行修改；确需更正的，请联系审核部门。" for name, label in fixed.items()
                 if kept.get(name) not in (None, before[name])}:
        raise Invalid(wrong)
    kept |= {name: before[name] for name in fixed}


def section_of(region: Region, kind: str, code: str) -> Section:
    """Raises :class:`NotFound` for a section that dossiers of this kind do not have."""
    if (section := next((one for one in region.profile.sections_of(kind) if one.section == code), None)) is None:
        raise NotFound
    return section


async def check_files(region: Region, fields: Sequence[FormField], kept: Mapping[str, Any], belong_to: UUID | None) -> None:
    """Files that are named were uploaded for this very dossier, draft or case, and not removed: nobody's file stands on somebody else's page."""
    if named := files_named(fields, kept):
        found = await rows("SELECT id FROM file WHERE region = $1 AND id = ANY($2::uuid[]) AND subject_id = $3 AND removed_at IS NULL",
                           region.code, list(named), belong_to)
        if len(found) < len(named):
            raise Invalid(dict.fromkeys(_filed(fields, kept), "有文件已经删除，请重新上传。"))


def files_named(fields: Sequence[FormField], kept: Mapping[str, Any]) -> set[UUID]:
    """The files that a row or form names."""
    return {UUID(one) for field in _filed(fields, kept) for one in kept[field]}


def _filed(fields: Sequence[FormField], kept: Mapping[str, Any]) -> list[str]:
    return [field.field for field in fields if field.type in FILED and isinstance(kept.get(field.field), list)]


FILED = frozenset({FieldType.PHOTO, FieldType.FILES})


@dataclass(frozen=True)
class Gap:
    """One thing that a submission lacks. ``number``: the row, from 1; none where the whole section is meant. ``path`` is what marks are named by."""

    section: str
    section_name: str
    number: int | None
    field: str
    sentence: str

    @property
    def path(self) -> str:
        return ".".join(str(part) for part in (self.section, self.number, self.field) if part)


def missing(sections: Sequence[Section], content: Content) -> list[Gap]:
    """Everything at once that stands between this content and a submission, in the order of the pages."""
    return [gap for section in sections for gap in _gaps(section, content.get(section.section, []))]


def needed(section: Section, found: Sequence[Mapping[str, Any]]) -> int:
    """How many answers a section must have: of each row that is there, or of one where it is required and empty."""
    return sum(field.required and field.is_asked(one) for one in (found or [{}] * section.required) for field in section.fields)


def gaps_at(sections: Sequence[Section], refused: Mapping[str, str]) -> list[Gap]:
    """What a submission was refused for, by path, as :func:`missing` tells it; of sections that do not repeat."""
    return [Gap(section.section, section.name, None, field.field, refused[path]) for section in sections for field in section.fields
            if (path := f"{section.section}.{field.field}") in refused]


def _gaps(section: Section, found: Sequence[Mapping[str, Any]]) -> list[Gap]:
    if not found:
        if not section.required:
            return []
        return [Gap(section.section, section.name, None, "", f"请填写{section.name}。")]
    gaps = [Gap(section.section, section.name, number if section.repeats else None, field.field, sentence)
            for number, one in enumerate(found, start=1) for field in section.fields if field.is_asked(one) and (sentence := _lack(field, one))]
    if section.main and sum(bool(one.get(section.main)) for one in found) != 1:
        label = next(field.label for field in section.fields if field.field == section.main)
        gaps.append(Gap(section.section, section.name, None, section.main, f"请在{section.name}中选定一条作为“{label}”。"))
    return gaps


def _lack(field: FormField, row: Mapping[str, Any]) -> str:
    if row.get(field.field) in (None, "", []):
        verb = "上传" if field.type in FILED else "选择" if field.options else "填写"
        return f"请{verb}{field.label}。" if field.required else ""
    return disagreement(field, row)


def facts_of(sections: Sequence[Section], content: Content) -> dict[str, Any]:
    """What routing, lists and search may know: section → field → value, of a repeating section under ``main``."""
    facts: dict[str, Any] = {}
    for section in sections:
        found = content.get(section.section, [])
        main = next((one for one in found if section.main and one.get(section.main)), None) if section.repeats else next(iter(found), None)
        values = {field.field: main[field.field] for field in section.facts if main and field.field in main}
        if values:
            facts[section.section] = {"main": values} if section.repeats else values
    paper = [f"{section.name} · {field.label}" for section in sections for one in content.get(section.section, [])
             for field in section.fields if one.get(field.field) == {"offline": True}]
    return facts | ({"paper": paper} if paper else {})


async def freeze(region: Region, dossier: Dossier, kind: str, now: datetime, content: Content | None = None) -> int:
    """Keep the draft, or ``content``, as a new version, in the transaction of the submission that it goes along with; its number.

    Raises ``identity.NumberTaken`` when it says of a person that she has a number that is somebody else's.
    """
    content, sections = dossier.draft if content is None else content, region.profile.sections_of(kind)
    if dossier.account_id is not None:
        await identity.claim(region, dossier.account_id, content, reviewed=dossier.admitted is not None)
    found = await row("SELECT coalesce(max(number), 0) + 1 AS number FROM dossier_version WHERE region = $1 AND dossier_id = $2",
                      region.code, dossier.id)
    number = int(found["number"]) if found else 1
    sealed = seal_version(content, region.code, dossier.id, number)
    await execute("INSERT INTO dossier_version (region, dossier_id, number, content_sealed, facts, made_at) VALUES ($1, $2, $3, $4, $5::jsonb, $6)",
                  region.code, dossier.id, number, sealed, json_text(facts_of(sections, content)), now)
    return number


async def version(region: Region, dossier_id: UUID, number: int) -> Content:
    """The content of one version. Raises :class:`NotFound`."""
    found = await row("SELECT content_sealed FROM dossier_version WHERE region = $1 AND dossier_id = $2 AND number = $3",
                      region.code, dossier_id, number)
    if found is None:
        raise NotFound
    return open_version(found["content_sealed"], region.code, dossier_id, number)


@dataclass(frozen=True)
class Row:
    """One row of a section in words. ``changed``: fields that are otherwise than in the version it is compared with; ``added``: not there at all."""

    number: int
    answers: tuple[answers.Answer, ...]
    changed: Mapping[str, str]
    added: bool = False


@dataclass(frozen=True)
class Part:
    """A section in words, with the rows that were taken out since."""

    section: Section
    rows: tuple[Row, ...]
    removed: tuple[Row, ...] = ()

    @property
    def has_changes(self) -> bool:
        return bool(self.removed) or any(one.added or one.changed for one in self.rows)


async def in_words(region: Region, sections: Sequence[Section], content: Content, before: Content | None = None,
                   faults: Mapping[str, str] | None = None) -> list[Part]:
    """The sections for reading, each row marked with what changed since ``before`` and what the last return found wrong with it."""
    parts = []
    for section in sections:
        now, then = content.get(section.section, []), (before or {}).get(section.section, [])
        pairs, gone = _paired(now, then if before is not None else now)
        shown = [await _row(region, section, number, one, old, faults or {}) for number, (one, old) in enumerate(pairs, start=1)]
        removed = [await _row(region, section, number, one, one, {}) for number, one in enumerate(gone, start=1)]
        parts.append(Part(section, tuple(shown), tuple(removed)))
    return parts


async def _row(region: Region, section: Section, number: int, one: Values, old: Values | None, faults: Mapping[str, str]) -> Row:
    prefix = f"{section.section}.{number}." if section.repeats else f"{section.section}."
    wrong = {name.removeprefix(prefix): fault for name, fault in faults.items() if name.startswith(prefix)}
    told = await answers.in_words(region, section.fields, one, wrong)
    if old is None:
        return Row(number, tuple(told), {}, added=True)
    then = {answer.field: answer.value for answer in await answers.in_words(region, section.fields, old)} if old is not one else {}
    different = {field.field for field in section.fields if one.get(field.field) != old.get(field.field)}
    return Row(number, tuple(told), {name: then.get(name, "（未填）") for name in different})


def _paired(now: Sequence[Values], then: Sequence[Values]) -> tuple[list[tuple[Values, Values | None]], list[Values]]:
    """Each row with the one that it was before, if any; and those that are gone."""
    pairs: list[tuple[Values, Values | None]] = []
    gone: list[Values] = []
    for what, a, b, c, d in SequenceMatcher(None, [_key(one) for one in then], [_key(one) for one in now], autojunk=False).get_opcodes():
        if what == "equal":
            pairs += [(one, one) for one in now[c:d]]
        else:
            old = then[a:b]
            pairs += [(one, old[place] if place < len(old) else None) for place, one in enumerate(now[c:d])]
            gone += old[d - c:]
    return pairs, gone


def _key(values: Values) -> bytes:
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


@verb
async def admit(region: Region, dossier_id: UUID, number: int, now: datetime) -> None:
    """Put a version in force (WH-27); the one before stays readable. Call it in the transaction of the act that admits.

    Raises ``identity.NumberTaken``.
    """
    found = await row("UPDATE dossier SET admitted = $3, updated_at = $4 WHERE region = $1 AND id = $2 RETURNING account_id",
                      region.code, dossier_id, number, now)
    if found is not None and found["account_id"] is not None and identity.field_of(region) is not None:
        await identity.settle(region, found["account_id"], await version(region, dossier_id, number))
