"""Answers as Excel files (WH-64): the same question as on the screen, built beside the event loop, and never without a line in the audit.

Every text is written as text, with Excel's quote prefix: what looks like a formula stays the words that somebody typed, also after a cell is
edited (T29). More than :data:`MOST_ROWS` rows leave the house in no single file (T30).
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from rustpy_xlsxwriter import Format, write_worksheet

from config.errors import NotPermitted
from services import audit, queries
from services.actors import Actor
from services.queries import Found, Question
from services.regions import Region

MOST_ROWS = 10_000
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TooManyRows(NotPermitted):
    """查询结果超过 10000 条，不能一次导出。请增加条件（例如按月份、按机构）分次导出。"""

    code = "too_many_rows"


@dataclass(frozen=True)
class Workbook:
    """A finished file. ``name`` is for people and holds no personal data."""

    name: str
    content: bytes
    rows: int


@dataclass(frozen=True)
class Column:
    """One column: its title, its width in characters, and what it says of a line."""

    title: str
    width: float
    read: Callable[[Found, Region], str | int | None]


def _moment(value: datetime | None, region: Region) -> str:
    return f"{value.astimezone(region.profile.tz):%Y-%m-%d %H:%M}" if value else ""


COLUMNS = (
    Column("办件编号", 18, lambda found, region: found.number),
    Column("服务项目", 26, lambda found, region: found.subject),
    Column("申请人", 12, lambda found, region: found.applicant),
    Column("承办机构", 30, lambda found, region: found.organisation),
    Column("状态", 12, lambda found, region: found.state.label),
    Column("环节", 10, lambda found, region: found.step_name),
    Column("是否超时", 10, lambda found, region: "超时" if found.late else ""),
    Column("提交时间", 17, lambda found, region: _moment(found.created_at, region)),
    Column("办理期限", 17, lambda found, region: _moment(found.due_at, region)),
    Column("最近办理", 17, lambda found, region: _moment(found.updated_at, region)),
    Column("办结时间", 17, lambda found, region: _moment(found.closed_at, region)),
    Column("评分", 8, lambda found, region: found.stars),
    Column("评价", 36, lambda found, region: found.words),
    Column("所在单位", 30, lambda found, region: found.unit),
)


async def of_question(region: Region, actor: Actor, question: Question, now: datetime) -> Workbook:
    """The whole answer as one workbook. Raises :class:`TooManyRows`, ``NotPermitted``, ``Invalid``."""
    found = [line async for piece in queries.everything(region, actor, question, now, MOST_ROWS + 1) for line in piece]
    if len(found) > MOST_ROWS:
        raise TooManyRows
    content = await asyncio.to_thread(write, "综合查询", [_record(line, region) for line in found], {one.title: one.width for one in COLUMNS})
    await audit.record(actor, "cases.export", "cases", None, {"asked": _told(question), "rows": len(found)}, now)
    return Workbook(f"综合查询_{now.astimezone(region.profile.tz):%Y%m%d_%H%M}.xlsx", content, len(found))


def _record(found: Found, region: Region) -> dict[str, str | int | None]:
    return {column.title: column.read(found, region) for column in COLUMNS}


def write(sheet: str, records: Sequence[dict[str, str | int | None]], columns: Mapping[str, float]) -> bytes:
    """A list as a file in memory, ``columns``: title → width. Some hundred rows a millisecond, in Rust; call it off the event loop."""
    target = BytesIO()
    empty: dict[str, str | int | None] = dict.fromkeys(columns)
    write_worksheet(
        records or [empty], target, sheet, freeze_row=1, autofilter=True, header_format=Format().set_bold().set_background_color("#E2EFF0"),
        column_widths=dict(columns), column_formats={title: Format().set_quote_prefix() for title in columns})
    return target.getvalue()


def _told(question: Question) -> dict[str, Any]:
    """The conditions that were set, for the audit; a name that was searched for is not repeated there."""
    return dict(_conditions_of(question))


def _conditions_of(question: Question) -> Iterator[tuple[str, Any]]:
    for name, value in asdict(question).items():
        if value not in ("", None, False, frozenset()):
            yield name, "…" if name in ("words", "person") else sorted(value) if isinstance(value, frozenset) else value
