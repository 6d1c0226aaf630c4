"""What was submitted with a case, as whoever reviews it reads it: the sections with what changed since the version in force, the files, the
paper that is still to come, and why this organisation has it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from config.forms import FormField, Section
from config.routes import Matter
from config.vocabulary import Action, Effect, FieldType
from models.account import Account
from models.case import Case
from models.database import row, rows
from models.dossier import Content
from models.file import File
from services import dossiers, regions, registration
from services.cases import facts, paper, progress, routing
from services.cases.progress import Event
from services.dossiers import FILED, Part
from services.regions import Region


@dataclass(frozen=True)
class RegisteredField:
    """One line of what was registered, by the name that marks have for it. ``corrected``: whether the applicant put it right since the return."""

    path: str
    label: str
    type: FieldType
    value: str = field(repr=False)
    fault: str = ""
    corrected: bool = False


@dataclass(frozen=True)
class Registered:
    """What is reviewed with a registration (BZ-07). ``login_label``: what the region calls the login name."""

    login_label: str
    login_name: str
    fields: tuple[RegisteredField, ...]


@dataclass(frozen=True)
class Submitted:
    """``parts``: in the order of the pages, marked with what differs from the version in force; ``compared``: whether there is such a version.

    ``files``: field path → the files that stand there, of the sections ``basic.photo`` or ``education.2.proof``, of the form its field alone.
    ``paper``: what is to be handed in on paper; ``paper_confirmed``: whether the present step has it. ``person`` and ``unit``: whom it is about,
    when that is not the applicant, and the unit at the time. ``registered``: where that is what is reviewed.
    """

    parts: Sequence[Part]
    compared: bool
    files: Mapping[str, Sequence[File]]
    paper: Sequence[str]
    paper_confirmed: bool
    why: str
    person: str
    unit: str
    registered: Registered | None = None

    @property
    def changes(self) -> int:
        """How many rows are new, changed or gone."""
        return sum(len(part.removed) + sum(one.added or bool(one.changed) for one in part.rows) for part in self.parts)


async def of_case(region: Region, case: Case, history: Sequence[Event]) -> Submitted:
    """Everything of one case; who may see it was asked when the case was read. ``history``: its events, whose last return has marks."""
    kept = await regions.at(region.code, case.profile_version)
    matter = kept.matter(case.matter)
    sections = sections_of(kept, matter)
    content = await dossiers.version(region, case.dossier_id, case.dossier_number) if case.dossier_id and case.dossier_number else {}
    before = await _in_force(region, case)
    listed = await paper.of_case(matter, case)
    return Submitted(
        await dossiers.in_words(kept, sections, content, before, progress.faults(history)), before is not None,
        await _files(region, matter, sections, content, case), listed, bool(listed) and await paper.is_confirmed(case),
        await _why(kept, matter, case, history), *await _whose(case),
        await _registered(kept, matter, case, history))


async def _registered(kept: Region, matter: Matter, case: Case, history: Sequence[Event]) -> Registered | None:
    """Of a person always; of a unit until it is admitted: afterwards its sections are what is changed and reviewed."""
    if (found := kept.profile.registering(matter.code)) is None:
        return None
    kind, account = found[0], await Account.find(kept.code, case.applicant_id)
    if not account.provisional and matter.effect is not Effect.OPEN_ACCOUNT:
        return None
    values, faults = await registration.registered(kept, kind, account), progress.faults(history)
    corrected = next((event.corrected for event in reversed(history) if event.action is Action.RESUBMIT), ())
    return Registered(registration.label_of(kept, kind, "login_name"), account.login_name, tuple(
        RegisteredField(one.field, one.label, one.type, values[one.field], faults.get(one.field, ""), one.field in corrected)
        for one in registration.correctable(kept, kind) if values[one.field]))


def sections_of(kept: Region, matter: Matter) -> list[Section]:
    """The sections that go along with the matter, in the order of the pages."""
    return [section for section in kept.profile.sections_of(matter.who.dossier)
            if section.section in matter.sections]


async def _whose(case: Case) -> tuple[str, str]:
    found = await row("SELECT (SELECT name FROM account WHERE region = $1 AND id = $2) AS person, "
                      "(SELECT name FROM organisation WHERE region = $1 AND id = $3) AS unit", case.region, case.about_id, case.unit_id)
    return (found["person"] or "", found["unit"] or "") if found else ("", "")


async def _in_force(region: Region, case: Case) -> Content | None:
    """The version in force when it is another than the submitted one; nothing to compare with, else."""
    found = await row("SELECT admitted FROM dossier WHERE region = $1 AND id = $2", region.code, case.dossier_id) if case.dossier_id else None
    if found is None or found["admitted"] in (None, case.dossier_number):
        return None
    return await dossiers.version(region, case.dossier_id, found["admitted"]) if case.dossier_id else None


def path_of(section: Section, number: int, field: str) -> str:
    """How a mark names a field: ``basic.phone``, ``education.2.school``."""
    return f"{section.section}.{number}.{field}" if section.repeats else f"{section.section}.{field}"


def labels(kept: Region, matter: Matter, parts: Sequence[Part]) -> dict[str, str]:
    """Path of every field that can be marked → its name for people."""
    found = kept.profile.registering(matter.code)
    named = {field.field: field.label for field in (*matter.form, *(registration.correctable(kept, found[0]) if found else ()))}
    for part in parts:
        for one in part.rows:
            where = f"{part.section.name} 第 {one.number} 条" if part.section.repeats else part.section.name
            named |= {path_of(part.section, one.number, field.field): f"{where} · {field.label}" for field in part.section.fields}
    return named


async def _files(region: Region, matter: Matter, sections: Sequence[Section], content: Content, case: Case) -> dict[str, list[File]]:
    places = dict(_filed(sections, content)) | {field.field: _ids(case.data.get(field.field)) for field in matter.form if field.type in FILED}
    wanted = [id for ids in places.values() for id in ids]
    if not wanted:
        return {}
    found = {one["id"]: File.read(one) for one in await rows("SELECT * FROM file WHERE region = $1 AND id = ANY($2::uuid[])", region.code, wanted)}
    return {path: [found[id] for id in ids if id in found] for path, ids in places.items() if ids}


def _filed(sections: Sequence[Section], content: Content) -> Iterator[tuple[str, list[UUID]]]:
    for section in sections:
        for number, one in enumerate(content.get(section.section, []), start=1):
            yield from ((path_of(section, number, field.field), _ids(one.get(field.field))) for field in _files_of(section))


def _files_of(section: Section) -> Iterator[FormField]:
    return (field for field in section.fields if field.type in FILED)


def _ids(value: object) -> list[UUID]:
    return [UUID(str(one)) for one in value] if isinstance(value, list) else []


#: Why an organisation has a case, by the way in which the profile found it; ``{}``: the words that decided.
WHY = {
    "district_bureau_of": "单位所在地为{}，由当地人社部门办理",
    "talent_office_of": "单位所在地为{}，由当地人才办办理",
    "in_charge_of": "“{}”由本部门主管",
    "unit_of": "由申请人所在单位办理",
    "chosen": "申请人选择由本机构办理",
    "at": "根据申请内容，由本机构办理",
    "code": "按办理流程，由本机构办理",
    "same_as": "接前一环节，仍由本机构办理",
}


#: The same where that way found none, and the one that the profile names ``otherwise`` has it.
WHY_OTHERWISE = {
    "district_bureau_of": "单位所在地为{}，当地没有办理机构，由本机构办理",
    "talent_office_of": "单位所在地为{}，当地没有办理机构，由本机构办理",
    "in_charge_of": "“{}”没有对应的主管部门，由本机构办理",
    "at": "按所填内容没有找到办理机构，由本机构办理",
}


async def _why(kept: Region, matter: Matter, case: Case, history: Sequence[Event]) -> str:
    """In words, from the branch of the route that was taken; after a transfer, from whom it came."""
    last = next((event for event in reversed(history) if event.to_step == case.step and event.action is not Action.CLAIM), None)
    if last is not None and last.action is Action.TRANSFER:
        return f"由{last.organisation}转办"
    if last is not None and last.action is Action.FOLLOW:
        return "申请人调入本单位，申请随之转来"
    if matter.is_internal:
        return "本机构的服务收到差评" if case.data.get("handled_there") else "提供服务的单位不在系统里办理，由本机构跟进"
    known = await facts.of_case(matter, case, case.data, None)
    taken = routing.branch(matter.step(case.step), known)
    if taken.organisation is None:
        return ""
    way, path = taken.organisation.way
    value = str(known.at(path) or "") if way in {"district_bureau_of", "talent_office_of", "in_charge_of"} else ""
    words = WHY_OTHERWISE if taken.organisation.otherwise and await routing.looked_up(taken.organisation, known) is None else WHY
    return words[way].format(kept.profile.district_name(value))
