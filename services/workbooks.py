"""Lists as Excel files, built beside the event loop.

Every text is written as text, with Excel's quote prefix: what looks like a formula stays the words that somebody typed, also after a cell is
edited (T29). More than :data:`MOST_ROWS` rows leave the house in no single file (T30).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from rustpy_xlsxwriter import Format, write_worksheet

from config.errors import NotPermitted

MOST_ROWS = 10_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JSON = "application/json"
#: The last column of a list that leaves the house: who took it along, and when (T30).
MARK, MARK_WIDTH = "导出标记", 36.0
#: Hears how many rows of how many are there.
Progress = Callable[[int, int], None]


class TooManyRows(NotPermitted):
    """查询结果超过 10000 条，不能一次导出。请增加条件（例如按月份、按机构）分次导出。"""

    code = "too_many_rows"


@dataclass(frozen=True)
class Workbook:
    """A finished file, also one that is no Excel. ``name`` is for people and holds no personal data."""

    name: str
    content: bytes
    rows: int
    media_type: str = XLSX


def mark(name: str, moment: datetime) -> str:
    """``moment``: in the region's own time."""
    return f"仅供 {name} 工作使用 {moment:%Y-%m-%d %H:%M}"


def write(sheet: str, records: Sequence[dict[str, str | int | None]], columns: Mapping[str, float]) -> bytes:
    """A list as a file in memory, ``columns``: title → width. Some hundred rows a millisecond, in Rust; call it off the event loop."""
    target = BytesIO()
    empty: dict[str, str | int | None] = dict.fromkeys(columns)
    write_worksheet(
        records or [empty], target, sheet, freeze_row=1, autofilter=True, header_format=Format().set_bold().set_background_color("#E2EFF0"),
        column_widths=dict(columns), column_formats={title: Format().set_quote_prefix() for title in columns})
    return target.getvalue()
