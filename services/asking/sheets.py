"""The answer as Excel: exactly the columns and conditions of the page, each row marked with who took it along and when (T30)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from services.actors import Actor
from services.asking import answers
from services.asking.answers import Found
from services.asking.declared import SUBJECTS
from services.asking.fields import Field
from services.asking.questions import Question, columns_of
from services.regions import Region
from services.workbooks import MARK, MARK_WIDTH, MOST_ROWS, Progress, TooManyRows, Workbook, mark, write

#: With somebody else's approval.
MOST_APPROVED = 50_000


class FarTooManyRows(TooManyRows):
    """查询结果超过 50000 条，经批准也不能一次导出。请增加条件（例如按月份、按机构）分次导出。"""

    code = "far_too_many_rows"


async def rows_of(region: Region, actor: Actor, question: Question, now: datetime) -> int:
    """How many rows it would have. Raises ``TooManyRows``, ``NotPermitted``, ``Invalid``, ``TooWide``."""
    most = MOST_APPROVED if question.guarded else MOST_ROWS
    found = await answers.count(region, actor, question, now, most + 1)
    if found > most:
        raise FarTooManyRows if question.guarded else TooManyRows
    return found


async def excel(region: Region, actor: Actor, question: Question, now: datetime, progress: Progress) -> Workbook:
    """The whole answer as one workbook. Raises as :func:`rows_of`."""
    total, label = await rows_of(region, actor, question, now), SUBJECTS[question.subject].label
    records: list[dict[str, str | int | None]] = []
    columns, by = columns_of(region, question), mark(actor.name, now.astimezone(region.profile.tz))
    most = MOST_APPROVED if question.guarded else MOST_ROWS
    async for piece in answers.everything(region, actor, question, now, most):
        records += [_record(columns, found, by) for found in piece]
        progress(len(records), max(total, len(records)))
    widths = {column.label: column.width for column in columns} | {MARK: MARK_WIDTH}
    content = await asyncio.to_thread(write, label, records, widths)
    return Workbook(f"{label}_{now.astimezone(region.profile.tz):%Y%m%d_%H%M}.xlsx", content, len(records))


def _record(columns: Sequence[Field], found: Found, by: str) -> dict[str, str | int | None]:
    return {**{column.label: cell.text for column, cell in zip(columns, found.cells, strict=True)}, MARK: by}
