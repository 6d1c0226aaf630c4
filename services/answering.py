"""Answering a return 修改后重新提交: what was submitted, what was marked, and where in the dossier each mark is mended now.

Marks name rows of the version that was submitted; the draft may have gained and lost rows since. A mark follows its row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.forms import REGISTERED, Section
from config.vocabulary import Action
from models.dossier import Content, Dossier
from services import dossiers, joining, regions
from services.actors import Actor
from services.cases import sheet
from services.cases.sheet import Sheet
from services.dossiers import Gap
from services.joining import Correction
from services.regions import Region
from services.submitted import sections_of


@dataclass(frozen=True)
class Mark:
    """One thing that was found wrong. ``number``: its row in the draft, from 1; none where a section is meant, or the row is gone.

    ``mended``: whether what stands there now is otherwise than what was submitted.
    """

    section: str
    number: int | None
    field: str
    label: str
    sentence: str
    mended: bool


@dataclass(frozen=True)
class Answering:
    """A case of the applicant's own with the dossier as it stands now. ``gaps``: what another submission would lack; ``correction``: what she may
    correct of her registration along with it.
    """

    sheet: Sheet
    sections: tuple[Section, ...]
    dossier: Dossier | None
    marks: tuple[Mark, ...]
    gaps: tuple[Gap, ...]
    correction: Correction | None = None

    @property
    def allowed(self) -> bool:
        return self.sheet.button(Action.RESUBMIT) is not None


async def of(region: Region, actor: Actor, case_id: UUID, now: datetime) -> Answering:
    """Raises ``NotFound`` for a case that the actor may not see."""
    seen = await sheet.read(region, actor, case_id, now)
    kept = await regions.at(region.code, seen.case.profile_version)
    sections = tuple(sections_of(kept, seen.matter))
    correction = await joining.correction(region, actor, seen.case)
    if seen.case.dossier_id is None or seen.case.dossier_number is None:
        return Answering(seen, sections, None, (), (), correction)
    dossier = await Dossier.find(region.code, seen.case.dossier_id)
    submitted = await dossiers.version(region, dossier.id, seen.case.dossier_number)
    marks = tuple(_mark(sections, submitted, dossier.draft, path, sentence) for path, sentence in seen.faults.items()
                  if "." in path and not path.startswith(f"{REGISTERED}."))
    gaps = tuple(dossiers.missing(sections, dossier.draft)) if seen.matter.content == "draft" else ()
    return Answering(seen, sections, dossier, marks, gaps, correction)


def _mark(sections: tuple[Section, ...], submitted: Content, draft: Content, path: str, sentence: str) -> Mark:
    code, *rest = path.split(".")
    section = next((one for one in sections if one.section == code), None)
    number, name = (int(rest[0]), ".".join(rest[1:])) if rest[0].isdecimal() else (1, ".".join(rest))
    declared = section.field(name) if section else None
    label = f"{section.name if section else code}{f'第 {number} 条' if section and section.repeats else ''} · {declared.label if declared else name}"
    before = _row(submitted, code, number)
    here = _place(draft.get(code, []), before, number)
    after = _row(draft, code, here) if here else {}
    return Mark(code, here, name, label, sentence, here is None or before.get(name) != after.get(name))


def _row(content: Content, section: str, number: int) -> Mapping[str, Any]:
    found = content.get(section, [])
    return found[number - 1] if 1 <= number <= len(found) else {}


def _place(rows: list[dict[str, Any]], before: Mapping[str, Any], number: int) -> int | None:
    """The row as it was, wherever it stands now; else the one that stands where it stood, changed since."""
    same = [place for place, row in enumerate(rows, start=1) if row == before]
    if same:
        return number if number in same else same[0]
    return number if number <= len(rows) else None
