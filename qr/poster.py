"""The guide board 引导图: one A4 page that a venue prints and hangs on its wall. How it looks is in ``poster.typ``."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

import typst

from qr import crockford, draw
from qr.fonts import FONTS, fonts_in

TEMPLATE = Path(__file__).with_name("poster.typ")
#: 1654 × 2339 pixels: sharp on a phone, and still printable at A4.
PNG_DPI = 200

Form = Literal["pdf", "png", "svg"]


@dataclass(frozen=True)
class PosterContent:
    """What one board says. All texts are the region's or the venue's own words and are printed as they are, never as markup."""

    scheme: str
    """The region's scheme, e.g. 人才服务绿色通道, with the region's name before it."""
    card: str
    """Name of the card, e.g. 英才卡."""
    levels: tuple[str, ...]
    """Card levels that are served here, best first; none: all."""
    venue: str
    address: str
    hours: tuple[str, ...]
    """Opening hours, one line for each group of days, e.g. 周一至周五 08:00–18:00."""
    help_phone: str
    number: str
    """The board's number as the office files it."""
    issued: date
    url: str
    """What the QR says (:func:`qr.board_code.url`); its last part is printed too, for a phone whose camera fails."""


def poster(board: PosterContent, form: Form, fonts: Path = FONTS) -> bytes:
    """One A4 page, always: long texts get smaller. The same content gives the same bytes.

    Some tens of milliseconds of processor time, with the interpreter's lock released: off the event loop, ``asyncio.to_thread``.
    Raises :class:`qr.fonts.FontsMissing`.
    """
    modules = draw.matrix(board.url)
    content = asdict(board) | {
        "issued": [board.issued.year, board.issued.month, board.issued.day],
        "modules": len(modules),
        "typed": crockford.grouped(board.url.rsplit("/", 1)[-1]),
    }
    made = typst.compile(
        TEMPLATE, format=form, font_paths=fonts_in(fonts), ignore_system_fonts=True, ppi=PNG_DPI,
        sys_inputs={"content": json.dumps(content, ensure_ascii=False), "symbol": draw.outline(modules)},
        timestamp=datetime.combine(board.issued, time(), UTC),
    )
    return bytes(made)

