"""The sheet of a roster 汇总表: the profile's table as Excel and as PDF, with its number, its QR and the place for the stamp.

Personal numbers stand whole on it, because the paper is what the office checks; every export leaves a line in the audit.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from openpyxl import Workbook as Book
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from config.forms import FormField
from config.keys import keys
from config.profile import Profile
from config.routes import Column, Matter
from config.vocabulary import FieldType
from models.case import read_data
from models.database import rows, rows_joined_whole
from models.dossier import Content, open_version
from qr import draw
from services import printing, roster_lists
from services.actors import Actor
from services.cases import answers
from services.cases.forms import sex_of
from services.masking import masked_id_number, masked_phone
from services.printing import Facts, Paper, Table
from services.regions import Region
from services.roster_lists import Opened
from services.workbooks import Progress, Workbook

#: So many rows are read and put into words at a stretch; in between other requests have their turn.
PIECE = 250
WIDEST, NARROWEST = 40, 8


@dataclass(frozen=True)
class Printed:
    """What both forms of the sheet are drawn from; ``columns`` and ``lines`` with their running number first."""

    opened: Opened
    title: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    made_at: datetime

    @property
    def contact(self) -> tuple[tuple[str, str], ...]:
        if not self.opened.roster.contact:
            return ()
        return (("联系人", self.opened.roster.contact), ("联系电话", self.opened.contact_phone))


async def rows_of(region: Region, actor: Actor, roster_id: UUID, now: datetime) -> int:
    """How many members the sheet would list. Raises ``NotFound``."""
    return len((await roster_lists.open_roster(region, actor, roster_id)).members)


async def excel(region: Region, actor: Actor, roster_id: UUID, now: datetime, progress: Progress | None = None) -> Workbook:
    """As Excel. Raises ``NotFound``."""
    sheet = await read(region, actor, roster_id, now, progress)
    content = await asyncio.to_thread(_book, sheet)
    return Workbook(f"{sheet.title}_{sheet.opened.roster.number}.xlsx", content, len(sheet.lines))


async def pdf(region: Region, actor: Actor, roster_id: UUID, now: datetime, progress: Progress | None = None) -> Workbook:
    """As PDF, ready to be printed and stamped: a long one in parts, whose setting is what takes the time. Raises ``NotFound``."""
    sheet = await read(region, actor, roster_id, now)
    content = await printing.draw_list(paper(region, sheet), progress)
    return Workbook(f"{sheet.title}_{sheet.opened.roster.number}.pdf", content, len(sheet.lines), printing.CONTENT_TYPE)


def paper(region: Region, sheet: Printed) -> Paper:
    """The sheet as the printing room takes it."""
    opened = sheet.opened
    sections = [Facts("", sheet.contact)] if sheet.contact else []
    return Paper(title=sheet.title, scheme=region.scheme, number=opened.roster.number, printed_at=sheet.made_at,
                 sections=(*sections, Table("", sheet.columns, sheet.lines)), stamps=(opened.rules.stamp,), proof=opened.code, check=opened.check,
                 landscape=len(sheet.columns) > 6, caption=f"校验码 {opened.check}")


#: What the columns may say of each case of $2 in the region $1, in the order of $2. Each table is asked once for all that is wanted of it, and only
#: what was found is joined: joined row by row, thousands of cases are as slow as the worst index that the planner may take for a table whose
#: statistics are from before it grew.
_SAID = """
WITH m AS MATERIALIZED (SELECT * FROM unnest($2::uuid[]) WITH ORDINALITY AS m (id, position)),
c AS MATERIALIZED (SELECT * FROM cases WHERE region = $1 AND id = ANY ($2::uuid[])),
a AS MATERIALIZED (SELECT * FROM account WHERE region = $1 AND id = ANY (ARRAY(SELECT coalesce(about_id, applicant_id) FROM c))),
u AS MATERIALIZED (SELECT * FROM organisation WHERE region = $1 AND id = ANY (ARRAY(SELECT unit_id FROM c UNION SELECT unit_id FROM a))),
k AS MATERIALIZED (SELECT * FROM card WHERE region = $1 AND holder_id = ANY (ARRAY(SELECT id FROM a)) AND state <> 'ended'),
b AS MATERIALIZED (SELECT * FROM binding WHERE region = $1 AND talent_id = ANY (ARRAY(SELECT id FROM a)) AND ended_at IS NULL),
s AS MATERIALIZED (SELECT * FROM account WHERE region = $1 AND id = ANY (ARRAY(SELECT specialist_id FROM b))),
v AS MATERIALIZED (SELECT * FROM dossier_version WHERE region = $1 AND dossier_id = ANY (ARRAY(SELECT DISTINCT dossier_id FROM c)))
SELECT c.id, c.number, c.subject, c.created_at, c.step, c.matter, c.data, c.data_sealed, c.dossier_id, c.dossier_number, v.content_sealed,
       a.id AS person, a.name, a.phone_sealed, a.id_number_sealed, u.name AS unit, coalesce(u.unit_code, u.code) AS unit_code, u.district,
       k.number AS card, k.level, k.valid_until, s.id AS specialist, s.name AS specialist_name, s.phone_sealed AS specialist_phone
FROM m JOIN c ON c.id = m.id
JOIN a ON a.id = coalesce(c.about_id, c.applicant_id)
LEFT JOIN u ON u.id = coalesce(c.unit_id, a.unit_id)
LEFT JOIN k ON k.holder_id = a.id
LEFT JOIN b ON b.talent_id = a.id
LEFT JOIN s ON s.id = b.specialist_id
LEFT JOIN v ON (v.dossier_id, v.number) = (c.dossier_id, c.dossier_number)
ORDER BY m.position
"""


async def masked(region: Region, matter: Matter, columns: Sequence[Column], cases: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """What the columns say of each case, for a screen (BZ-11): numbers of persons masked. Whether the reader may see the cases is asked before."""
    found = await rows_joined_whole(_SAID, region.code, list(cases)) if columns and cases else []
    kinds = [_kind(region, matter, column.path) for column in columns]
    return {one["id"]: tuple(MASKS.get(kind, str)(said) for kind, said in zip(kinds, await _line(region, matter, columns, one), strict=True))
            for one in found}


MASKS: dict[FieldType | None, Callable[[str], str]] = {FieldType.PERSON_ID: masked_id_number, FieldType.PHONE: masked_phone}


def _kind(region: Region, matter: Matter, path: str) -> FieldType | None:
    root, _, rest = path.partition(".")
    if root in ("applicant", "specialist"):
        return {"id_number": FieldType.PERSON_ID, "phone": FieldType.PHONE}.get(rest)
    section = next((one for one in region.profile.person_sections if one.section == rest.partition(".")[0]), None) if root == "dossier" else None
    declared = matter.field(rest) if root == "form" else section.field(rest.partition(".")[2]) if section else None
    return declared.type if declared else None


async def read(region: Region, actor: Actor, roster_id: UUID, now: datetime, progress: Progress | None = None) -> Printed:
    """The table in words, whole. Raises ``NotFound``."""
    opened = await roster_lists.open_roster(region, actor, roster_id)
    kept = await roster_lists.kept_of(region, opened.roster)
    members = await rows("SELECT case_id FROM roster_member WHERE region = $1 AND roster_id = $2 ORDER BY position", region.code, roster_id)
    found = await rows_joined_whole(_SAID, region.code, [one["case_id"] for one in members])
    lines: list[tuple[str, ...]] = []
    for number, one in enumerate(found, 1):
        lines.append((str(number), *await _line(kept, opened.matter, opened.rules.columns, one)))
        if number % PIECE == 0 or number == len(found):
            if progress is not None:
                progress(number, len(found))
            await asyncio.sleep(0)
    columns = ("序号", *(column.label for column in opened.rules.columns))
    return Printed(opened, opened.rules.title, columns, tuple(lines), now.astimezone(region.profile.tz))


async def _line(region: Region, matter: Matter, columns: Sequence[Column], one: Mapping[str, Any]) -> list[str]:
    needs_dossier = any(column.path.startswith("dossier.") for column in columns) and one["content_sealed"] is not None
    content = open_version(one["content_sealed"], region.code, one["dossier_id"], one["dossier_number"]) if needs_dossier else {}
    needs_form = any(column.path.startswith("form.") for column in columns)
    form = read_data(region.code, one["id"], one["data_sealed"], one["data"]) if needs_form else {}
    return [await _cell(region, matter, column, one, form, content) for column in columns]


async def _cell(region: Region, matter: Matter, column: Column, one: Mapping[str, Any], form: Mapping[str, Any], content: Content) -> str:
    root, _, rest = column.path.partition(".")
    if root == "form":
        return await _in_words(region, matter.field(rest), [form])
    if root == "dossier":
        section, _, name = rest.partition(".")
        return await _of_dossier(region, content, section, name)
    return KNOWN[column.path](region.profile, one)


async def _of_dossier(region: Region, content: Content, code: str, name: str) -> str:
    """Of a section that repeats, its main row; of one without a main row, all of them."""
    section = next((one for one in region.profile.person_sections if one.section == code), None)
    if section is None:
        return ""
    found = content.get(code, [])
    if section.main:
        found = [one for one in found if one.get(section.main)] or found[:1]
    return await _in_words(region, section.field(name), found)


async def _in_words(region: Region, field: FormField | None, found: Sequence[Mapping[str, Any]]) -> str:
    if field is None:
        return ""
    told = [answer.value for one in found for answer in await answers.in_words(region, (field,), one)]
    return "；".join(told)


def _unsealed(one: Mapping[str, Any], column: str, name: str, owner: str, region: str) -> str:
    return keys().unseal(bytes(one[column]), region, "account", name, str(one[owner])) if one[column] is not None else ""


def _day(value: date | datetime | None, profile: Profile) -> str:
    if value is None:
        return ""
    return f"{value.astimezone(profile.tz):%Y-%m-%d}" if isinstance(value, datetime) else f"{value:%Y-%m-%d}"


#: Path of a column → what it says of a member; those of forms and dossiers are read from their declarations.
KNOWN: dict[str, Callable[[Profile, Mapping[str, Any]], str]] = {
    "case.number": lambda profile, one: one["number"],
    "case.subject": lambda profile, one: one["subject"],
    "case.created_at": lambda profile, one: _day(one["created_at"], profile),
    "case.step": lambda profile, one: profile.step_name(one["matter"], one["step"]),
    "applicant.name": lambda profile, one: one["name"],
    "applicant.sex": lambda profile, one: sex_of(_unsealed(one, "id_number_sealed", "id_number", "person", profile.code)),
    "applicant.id_number": lambda profile, one: _unsealed(one, "id_number_sealed", "id_number", "person", profile.code),
    "applicant.phone": lambda profile, one: _unsealed(one, "phone_sealed", "phone", "person", profile.code),
    "applicant.unit": lambda profile, one: one["unit"] or "",
    "unit.name": lambda profile, one: one["unit"] or "",
    "unit.code": lambda profile, one: one["unit_code"] or "",
    "unit.district": lambda profile, one: profile.district_name(one["district"] or ""),
    "card.number": lambda profile, one: one["card"] or "",
    "card.level": lambda profile, one: profile.level_name(one["level"]) if one["level"] else "",
    "card.valid_until": lambda profile, one: _day(one["valid_until"], profile),
    "specialist.name": lambda profile, one: one["specialist_name"] or "",
    "specialist.phone": lambda profile, one: _unsealed(one, "specialist_phone", "phone", "specialist", profile.code),
}

_THIN = Side(style="thin", color="808080")
_FRAME = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_MIDDLE = Alignment(vertical="center", wrap_text=True)
#: The QR's place: rows above the table, and its edge in pixels on the sheet (some 30 mm on paper).
HEAD_ROWS, HEAD_HEIGHT, SYMBOL_PIXELS = 4, 23, 116


def _book(sheet: Printed) -> bytes:
    """The workbook in memory; a stream of rows, so that thousands cost seconds of nobody. Runs beside the event loop."""
    opened, width = sheet.opened, len(sheet.columns)
    book = Book(write_only=True)
    page: Any = book.create_sheet("名单")
    _set_up(page, sheet)
    page.append([_cell_of(page, sheet.title, Font(size=16, bold=True))])
    page.append([_cell_of(page, f"名单编号：{opened.roster.number}　　校验码：{opened.check}　　共 {len(sheet.lines)} 人")])
    page.append([_cell_of(page, f"上报单位：{opened.organisation}")])
    page.append([_cell_of(page, "　　".join(f"{label}：{value}" for label, value in sheet.contact))])
    header = PatternFill("solid", fgColor="E2EFF0")
    page.append([_cell_of(page, title, Font(bold=True), header, _FRAME) for title in sheet.columns])
    frame = [_cell_of(page, "", border=_FRAME) for _ in sheet.columns]  # a row is written as it is appended: its cells serve for the next one
    for line in sheet.lines:
        for cell, words in zip(frame, line, strict=True):
            _say(cell, words)
        page.append(frame)
    page.append([])
    page.append([None] * max(0, width - 3) + [_cell_of(page, f"{opened.rules.stamp}　　　　　　　　　　年　　月　　日")])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _set_up(page: Any, sheet: Printed) -> None:
    """Widths, paper and symbol: before the first row, as a stream asks for it."""
    for index, title in enumerate(sheet.columns):
        longest = max([_width(title), *(_width(line[index]) for line in sheet.lines[:500])])
        page.column_dimensions[get_column_letter(index + 1)].width = min(WIDEST, max(NARROWEST if index else 6, longest + 2))
    for number in range(1, HEAD_ROWS + 1):
        page.row_dimensions[number].height = HEAD_HEIGHT
    page.page_setup.orientation = "landscape" if len(sheet.columns) > 6 else "portrait"
    page.page_setup.paperSize, page.page_setup.fitToWidth, page.page_setup.fitToHeight = Worksheet.PAPERSIZE_A4, 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"{HEAD_ROWS + 1}:{HEAD_ROWS + 1}"
    page.oddFooter.center.text = f"{sheet.opened.roster.number}　校验码 {sheet.opened.check}　第 &P 页　共 &N 页"
    symbol = Image(BytesIO(draw.png(sheet.opened.code, 6, "M")))
    symbol.width = symbol.height = SYMBOL_PIXELS
    page.add_image(symbol, f"{get_column_letter(max(2, len(sheet.columns)))}1")


def _width(words: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in words)


def _say(cell: Any, words: str) -> None:
    """Text as text, whatever it looks like (T29); without what a workbook may not hold."""
    cell.value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("", words), "s"


def _cell_of(page: Any, words: str, font: Font | None = None, fill: PatternFill | None = None, border: Border | None = None) -> Any:
    """With Excel's quote prefix: what looks like a formula stays the words that somebody typed, also after it is edited."""
    cell: Any = WriteOnlyCell(page)
    _say(cell, words)
    cell.quotePrefix, cell.alignment = True, _MIDDLE if border else Alignment(vertical="center")
    for name, style in (("font", font), ("fill", fill), ("border", border)):
        if style:
            setattr(cell, name, style)
    return cell
