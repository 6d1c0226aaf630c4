"""Answers of 综合查询 and 人才管理 as Excel (WH-64): the same question as on the screen."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from services import queries
from services.actors import Actor
from services.queries import Found, Question
from services.regions import Region
from services.workbooks import MARK, MARK_WIDTH, MOST_ROWS, Progress, TooManyRows, Workbook, mark, write


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
#: Beside them where persons are classified.
CLASS = Column("认定类别", 10, lambda found, region: found.standing)


async def rows_of(region: Region, actor: Actor, question: Question, now: datetime) -> int:
    """How many rows it would have. Raises :class:`TooManyRows`, ``NotPermitted``, ``Invalid``."""
    found = await queries.count(region, actor, question, now, MOST_ROWS + 1)
    if found > MOST_ROWS:
        raise TooManyRows
    return found


async def excel(region: Region, actor: Actor, question: Question, now: datetime, progress: Progress, title: str = "综合查询") -> Workbook:
    """The whole answer as one workbook. Raises as :func:`rows_of`."""
    total, records = await rows_of(region, actor, question, now), []
    by = mark(actor.name, now.astimezone(region.profile.tz))
    async for piece in queries.everything(region, actor, question, now, MOST_ROWS):
        records += [_record(line, region) | {MARK: by} for line in piece]
        progress(len(records), max(total, len(records)))
    content = await asyncio.to_thread(write, title, records, {one.title: one.width for one in _columns(region)} | {MARK: MARK_WIDTH})
    return Workbook(f"{title}_{now.astimezone(region.profile.tz):%Y%m%d_%H%M}.xlsx", content, len(records))


def _columns(region: Region) -> tuple[Column, ...]:
    return (*COLUMNS, CLASS) if region.profile.classes else COLUMNS


def _record(found: Found, region: Region) -> dict[str, str | int | None]:
    return {column.title: column.read(found, region) for column in _columns(region)}


def told(question: Question) -> dict[str, Any]:
    """The conditions that were set, for the audit; a name that was searched for is not repeated there."""
    return dict(_conditions_of(question))


def _conditions_of(question: Question) -> Iterator[tuple[str, Any]]:
    for name, value in asdict(question).items():
        if value not in ("", None, False, frozenset()):
            yield name, "…" if name in ("words", "person") else sorted(value) if isinstance(value, frozenset) else value
