"""The sheet by which accounts of staff come in: an empty one to fill, what somebody filled in, and the same sheet with remarks. Pure; slow, so call
it beside the event loop (:func:`services.files.inspection.beside`)."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from config.errors import Invalid

#: Title → name of the value; the first five must be there.
COLUMNS = {"姓名": "name", "用户名": "login_name", "手机号": "phone", "机构": "organisation", "角色": "role", "到期日": "ends_on"}
NEEDED = tuple(COLUMNS)[:5]
REMARK = "核对结果"
#: An honest sheet of so many people is a few kilobytes; what unpacks to more, or was packed harder, is no such sheet (T28).
MOST_ROWS, MOST_COLUMNS = 200, 40
MOST_BYTES, MOST_UNPACKED, MOST_PARTS, HARDEST = 512 * 1024, 4 * 1024 * 1024, 100, 100
GOOD, BAD = PatternFill("solid", fgColor="E2EFDA"), PatternFill("solid", fgColor="FBE0DD")
HEAD = PatternFill("solid", fgColor="E2EFF0")


class UnreadableSheet(Invalid):
    """这个文件读不出来。请下载模板，用 Excel 或 WPS 填好后另存为 .xlsx 再上传。"""

    code = "unreadable_sheet"

    def __init__(self, sentence: str = "") -> None:
        super().__init__({"sheet": sentence or (type(self).__doc__ or "").strip()})


@dataclass(frozen=True)
class Line:
    """One row as it was typed: its number in the sheet, and name of the value → text."""

    number: int
    typed: Mapping[str, str]


def template(organisations: Sequence[str], roles: Sequence[str]) -> bytes:
    """An empty sheet in which organisation and role are chosen from lists."""
    book = Workbook()
    sheet, options = book.active, book.create_sheet("可选的机构和角色")
    assert isinstance(sheet, Worksheet)
    sheet.title = "账号"
    sheet.append(list(COLUMNS))
    for column, (letter, width) in enumerate(zip("ABCDEF", (12, 18, 16, 36, 20, 14), strict=True), 1):
        cell = sheet.cell(1, column)
        cell.font, cell.fill, sheet.column_dimensions[letter].width = Font(bold=True), HEAD, width
        for row in range(2, MOST_ROWS + 2):
            sheet.cell(row, column).number_format = "@"  # a telephone number stays what was typed
    sheet.freeze_panes = "A2"
    for column, (title, words) in enumerate((("机构", organisations), ("角色", roles)), 1):
        for row, text in enumerate((title, *words), 1):
            options.cell(row, column, text).data_type = "s"
        options.column_dimensions["AB"[column - 1]].width = 36
        choice = DataValidation("list", formula1=f"='{options.title}'!${'AB'[column - 1]}$2:${'AB'[column - 1]}${len(words) + 1}", allow_blank=True)
        choice.add(f"{'DE'[column - 1]}2:{'DE'[column - 1]}{MOST_ROWS + 1}")
        sheet.add_data_validation(choice)
    return _saved(book)


def read(data: bytes) -> list[Line]:
    """The filled rows of the first sheet, wherever its columns stand. Raises :class:`UnreadableSheet`."""
    sheet = _first(_opened(data))
    places = _places(sheet)
    lines = [Line(number, {name: _text(sheet.cell(number, column).value) for name, column in places.items()})
             for number in range(2, min(sheet.max_row, MOST_ROWS * 5) + 1)]
    filled = [line for line in lines if any(line.typed.values())]
    if not filled:
        raise UnreadableSheet("表里还没有填写任何人，请从第 2 行开始填写。")
    if len(filled) > MOST_ROWS:
        raise UnreadableSheet(f"一次最多导入 {MOST_ROWS} 行，请分成几个文件。")
    return filled


def marked(data: bytes, remarks: Mapping[int, tuple[bool, str]]) -> bytes:
    """The same sheet, with a column of remarks behind the others: row → (whether it is right, in words)."""
    book = _opened(data)
    sheet = _first(book)
    titles = [_text(sheet.cell(1, column).value) for column in range(1, min(sheet.max_column, MOST_COLUMNS) + 1)]
    last = titles.index(REMARK) + 1 if REMARK in titles else max((number for number, title in enumerate(titles, 1) if title), default=0) + 1
    for number, (right, words) in ({1: (True, REMARK)} | dict(remarks)).items():
        cell = sheet.cell(number, last, ILLEGAL_CHARACTERS_RE.sub("", words))
        cell.data_type, cell.alignment = "s", Alignment(wrap_text=True, vertical="top")
        for column in range(1, last + 1) if number > 1 else ():
            sheet.cell(number, column).fill = GOOD if right else BAD
    sheet.column_dimensions[get_column_letter(last)].width = 48
    return _saved(book)


def _opened(data: bytes) -> Workbook:
    try:
        with zipfile.ZipFile(BytesIO(data)) as parts:
            infos = parts.infolist()
            harmless = len(data) <= MOST_BYTES and len(infos) <= MOST_PARTS and sum(one.file_size for one in infos) <= MOST_UNPACKED \
                and all(one.file_size <= max(one.compress_size, 64) * HARDEST for one in infos)
        if not harmless:
            raise UnreadableSheet("这个文件太大了，请只保留要导入的行，另存后再上传。")
        return load_workbook(BytesIO(data), keep_links=False)
    except UnreadableSheet:
        raise
    except Exception as error:  # whatever a broken or hostile file makes the reader raise is one refusal
        raise UnreadableSheet from error


def _first(book: Workbook) -> Worksheet:
    if not book.worksheets:
        raise UnreadableSheet
    return book.worksheets[0]


def _places(sheet: Worksheet) -> dict[str, int]:
    titles = {_text(sheet.cell(1, column).value): column for column in range(min(sheet.max_column, MOST_COLUMNS), 0, -1)}
    if missing := [title for title in NEEDED if title not in titles]:
        raise UnreadableSheet(f"第 1 行缺少这些栏目：{'、'.join(missing)}。请用模板填写。")
    return {name: titles[title] for title, name in COLUMNS.items() if title in titles}


def _text(value: Any) -> str:
    """As it would be typed: Excel keeps numbers and days in forms of its own."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()[:200]


def _saved(book: Workbook) -> bytes:
    target = BytesIO()
    book.save(target)
    return target.getvalue()
