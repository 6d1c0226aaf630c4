"""The application form and its review sheet of a case as one paper (BZ-14): what was submitted, who decided what, and the code that proves it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from config.vocabulary import FieldType
from models.file import File
from services import audit, files, printing, regions, submitted
from services.actors import Actor
from services.cases import sheet
from services.cases.sheet import Sheet
from services.dossiers import FILED, Part
from services.printing.paper import Facts, Paper, Table
from services.regions import Region
from services.submitted import Submitted
from services.verbs import verb

STAMPS = ("申请人（签字）", "所在单位（盖章）", "审核部门（盖章）")


@verb
async def of_case(region: Region, actor: Actor, case_id: UUID, now: datetime) -> Paper:
    """The paper of a case that the actor may see; a line in the audit says that she printed it. Raises ``NotFound``."""
    found = await sheet.read(region, actor, case_id, now)
    kept = await regions.at(region.code, found.case.profile_version)
    said = await submitted.of_case(region, found.case, found.history)
    reviews = printing.reviews_of(kept, found.case.matter, found.history)
    if actor.is_talent:  # which office decided is hers to know, who of its people is not
        reviews = [replace(one, who="") for one in reviews]
    paper = printing.build(
        region, found.case, found.matter.name, _sections(found, said), now, photo=await _photo(said),
        reviews=reviews, statement="以上内容由申请人填写，并对其真实性负责。", stamps=STAMPS)
    await audit.record(actor, "case.print", "case", found.case.id, {"number": found.case.number}, now)
    return paper


def _sections(found: Sheet, said: Submitted) -> list[Facts | Table]:
    first = [("申请人", said.person or found.applicant), *([("所在单位", said.unit)] if said.unit else [])]
    form = Facts("申请事项", (*first, *((answer.label, answer.value) for answer in found.answers)))
    return [form, *(_section(part) for part in said.parts)]


def _section(part: Part) -> Facts | Table:
    fields = [field for field in part.section.fields if field.type not in FILED]
    rows = [{answer.field: answer.value for answer in one.answers} for one in part.rows]
    if part.section.repeats:
        lines = tuple(tuple(one.get(field.field, "") for field in fields) for one in rows)
        return Table(part.section.name, tuple(field.label for field in fields), lines)
    return Facts(part.section.name, tuple((field.label, one.get(field.field, "")) for one in rows for field in fields if field.is_asked(one)))


async def _photo(said: Submitted) -> bytes | None:
    file = _first_photo(said.parts, said.files)
    return await files.content(file) if file else None


def _first_photo(parts: Sequence[Part], there: Mapping[str, Sequence[File]]) -> File | None:
    paths = [submitted.path_of(part.section, one.number, field.field) for part in parts for one in part.rows for field in part.section.fields
             if field.type is FieldType.PHOTO]
    return next((there[path][0] for path in paths if there.get(path)), None)
