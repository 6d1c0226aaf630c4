"""The figures as files: a table or all of them as Excel, and the whole as a report to be printed. The same answer as on the page."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

from rustpy_xlsxwriter import Format, write_worksheets

from config.errors import NotFound
from services import audit, printing
from services.actors import Actor
from services.figures.asking import Asked, Report, ask
from services.figures.sheets import Drawn, Line, Sheet, shown
from services.printing import Facts, Paper, Table
from services.regions import Region

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Excel's own limit for the name of a sheet.
LONGEST_NAME = 31


async def excel(region: Region, actor: Actor, asked: Asked, key: str, now: datetime) -> tuple[str, bytes]:
    """Name and content; ``key``: of one sheet, or empty for all of them. Raises :class:`NotFound`, ``NotPermitted``."""
    report = await ask(region, actor, asked, now)
    wanted = [one for one in report.sheets if key in ("", one.key)]
    if not wanted:
        raise NotFound
    await audit.record(actor, "figures.export", "figures", None, _told(asked, key), now)
    title = wanted[0].title if key else "统计"
    return f"{title}_{report.period.first:%Y%m%d}-{report.period.last:%Y%m%d}.xlsx", await asyncio.to_thread(write, wanted)


def write(sheets: list[Sheet]) -> bytes:
    """Text is written as text, also what looks like a formula (T29)."""
    target, named = BytesIO(), {one.title[:LONGEST_NAME]: one for one in sheets}
    heads = {name: [one.of, *(column.head for column in one.columns)] for name, one in named.items()}
    write_worksheets(
        [(name, one.records() or [dict.fromkeys(heads[name])]) for name, one in named.items()], target,
        header_format=dict.fromkeys(named, Format().set_bold().set_background_color("#E2EFF0")),
        column_widths={name: {head: 32.0 if head == named[name].of else 15.0 for head in titles} for name, titles in heads.items()},
        column_formats={name: {one.of: Format().set_quote_prefix()} for name, one in named.items()})
    return target.getvalue()


async def report(region: Region, actor: Actor, asked: Asked, now: datetime) -> bytes:
    """The printed report, as PDF. Raises ``NotPermitted``, ``PaperTooLong``."""
    found = await ask(region, actor, asked, now)
    await audit.record(actor, "figures.print", "figures", None, _told(asked, ""), now)
    return await printing.draw(paper(region, found, now))


def paper(region: Region, found: Report, now: datetime) -> Paper:
    facts = [("统计时间", found.period.words), ("统计范围", found.organisation or region.name),
             *((tile.label, f"{shown(tile.value)} {tile.unit}{f'（{tile.told}）' if tile.told else ''}") for tile in found.tiles)]
    tables = [Table(sheet.title + (f"（{sheet.note.rstrip('。')}）" if sheet.note else ""), (sheet.of, *(column.head for column in sheet.columns)),
                    tuple((line.label, *_cells(sheet, line)) for line in sheet.lines)) for sheet in found.sheets]
    return Paper(title="人才服务统计报告", scheme=region.scheme, number="", printed_at=now.astimezone(region.profile.tz),
                 sections=(Facts("概况", tuple(facts)), *tables), landscape=True)


def _cells(sheet: Sheet, line: Line) -> Iterator[str]:
    """In a table of shades nothing is left empty, as on the page."""
    return ("" if sheet.drawn is Drawn.HEAT and value == 0 else shown(value) for value in line.values)


def _told(asked: Asked, key: str) -> dict[str, str]:
    return {"first": str(asked.period.first), "last": str(asked.period.last), "organisation": str(asked.organisation or ""), "sheet": key}
