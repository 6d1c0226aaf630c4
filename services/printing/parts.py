"""A paper with a table of thousands of rows, such as a roster: set in parts, each in a process of its own, and put together to one document.

Its pages are counted through, its number and check letters stand on all of them, its code on the first and the places for stamps on the last. First
it is only found out which rows fill a page, so that every part but the last one ends with a full one; then the parts are set.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2

from qr.fonts import FONTS
from services.printing import typeset
from services.printing.paper import Paper, Table
from services.workbooks import Progress

#: Rows that one process sets: some 200 MB while it does.
ROWS = 250
SETTER = Path(__file__).with_name("setting.py")
#: For one part, on a machine that does everything else at the same time.
SECONDS = 120.0


class NotSet(RuntimeError):
    """The typesetter's process failed, or took too long."""


@dataclass(frozen=True)
class Part:
    """The rows ``start`` to ``end`` (left out), which begin on page ``page`` of the whole and take ``pages``."""

    start: int
    end: int
    page: int
    pages: int


async def pdf(paper: Paper, progress: Progress | None = None) -> bytes:
    """The whole paper, whose last section is its long table. Raises :class:`NotSet`."""
    table = paper.sections[-1]
    assert isinstance(table, Table)  # whoever calls has looked
    laid_out, total = typeset.laid_out(paper), len(table.rows)
    symbol = typeset.symbol(paper)

    def told(half: int, rows: int) -> None:
        if progress is not None:
            progress((half * total + rows) // 2, total)

    parts: list[Part] = []
    async for part in _placed(laid_out, symbol, total):
        parts.append(part)
        told(0, part.end)
    pages, made = parts[-1].page + parts[-1].pages - 1, []
    for part in parts:
        made.append(await _set(_input(laid_out, part.start, part.end, total, part.page, pages), symbol, places=False))
        told(1, part.end)
    return await asyncio.to_thread(_together, made)


async def _placed(paper: dict[str, Any], symbol: str, total: int) -> AsyncIterator[Part]:
    start, page = 0, 1
    while start < total:
        end = min(start + ROWS, total)
        places: list[int] = json.loads(await _set(_input(paper, start, end, total, page, 0), symbol, places=True))
        last = places[-1]
        if end < total and places[0] < last:  # the page that is not full begins the next part
            end, last = start + places.index(last), last - 1
        yield Part(start, end, page, last)
        start, page = end, page + last


def _input(paper: dict[str, Any], start: int, end: int, total: int, page: int, pages: int) -> dict[str, Any]:
    """What the template reads of one part. The widths of the columns are those of the whole table."""
    *before, table = paper["sections"]
    sections = [*(before if start == 0 else []), {**table, "rows": table["rows"][start:end]}]
    return {**paper, "sections": sections, "stamps": paper["stamps"] if end == total else [], "first_page": page, "pages": pages, "in_parts": True}


async def _set(part: dict[str, Any], symbol: str, *, places: bool) -> bytes:
    asked = {"template": str(typeset.TEMPLATE), "fonts": str(FONTS), "places": places,
             "inputs": {"paper": json.dumps(part, ensure_ascii=False), "symbol": symbol}}
    setter = await asyncio.create_subprocess_exec(sys.executable, "-P", str(SETTER), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                                                  stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(SECONDS):
            made, _ = await setter.communicate(json.dumps(asked, ensure_ascii=False).encode())
    except TimeoutError:
        raise NotSet("a part took too long") from None
    finally:
        if setter.returncode is None:
            setter.kill()
            await setter.wait()
    if setter.returncode != 0:
        raise NotSet(f"the typesetter ended with {setter.returncode}")
    return made


def _together(parts: list[bytes]) -> bytes:
    whole, target = pypdfium2.PdfDocument(parts[0]), BytesIO()
    for part in parts[1:]:
        with pypdfium2.PdfDocument(part) as more:
            whole.import_pages(more)
    whole.save(target)
    whole.close()
    return target.getvalue()
