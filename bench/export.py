"""An Excel file of 100,000 rows, with columns of the product's own export, against openpyxl's write-only mode."""

import time
from collections.abc import Callable
from io import BytesIO

from openpyxl import Workbook

from bench.rounds import Line, at_least
from services import workbooks
from services.asking.declared import CASES

ROWS, COLUMNS = 100_000, 13


def measure(rounds: int) -> list[Line]:
    columns = {field.label: field.width for field in CASES.fields if field.column}
    titles = list(columns)[:COLUMNS]
    records = [{title: f"{title} 第 {number} 行" for title in titles} for number in range(ROWS)]
    ratios = []
    for _ in range(rounds):
        ours = _timed(lambda: workbooks.write("导出", records, {title: columns[title] for title in titles}))
        ratios.append(_timed(lambda: _with_openpyxl(titles, records)) / ours)
    return [at_least(f"Excel file of 100,000 rows × {len(titles)} columns, times faster", "openpyxl, write-only", ratios, 5)]


def _with_openpyxl(titles: list[str], records: list[dict[str, str]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(titles)
    for record in records:
        sheet.append(list(record.values()))
    book.save(BytesIO())


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
