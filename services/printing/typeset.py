"""A paper as PDF or as pictures. What stands beside what is decided here, from the length of the texts; how it looks is in ``paper.typ``."""

import io
import json
import re
import unicodedata
from datetime import UTC, date
from pathlib import Path
from typing import Any

import typst
from PIL import Image, UnidentifiedImageError

from qr import draw
from qr.fonts import FONTS, fonts_in
from services.printing.paper import Facts, Paper, Review, Table

TEMPLATE = Path(__file__).with_name("paper.typ")
#: One inch is 25.4 mm: the picture in the form, 35 mm by 49 mm, at 300 dots an inch.
PHOTO_DOTS = (413, 579)
#: A value up to so many ems shares its line with another one; one of more than :data:`LONGEST_BESIDE` has the whole width, below its label.
LONGEST_SHORT, LONGEST_BESIDE_PHOTO, LONGEST_BESIDE = 15.0, 11.0, 150.0
ROWS_BESIDE_PHOTO = 5
#: In a table: a text up to so many ems is not broken, longer ones keep to so many, and none asks for more than so many.
SHORT_CELL, LEAST_CELL, WIDEST = 6.5, 4.0, 16.0
UNBREAKABLE = re.compile(r"[!-~]+")
#: Points: between the margins of A4 upright and across, and what a cell keeps free at both sides together.
PAGE_ROOM, CELL_MARGINS = {False: 493.0, True: 740.0}, 8.0
#: So many columns at most → the size of their letters in points.
TEXT_SIZES = ((6, 9.5), (9, 9.0), (12, 8.0), (10_000, 7.0))

Line = list[tuple[str, str]]


def pdf(paper: Paper) -> bytes:
    """The whole paper. Takes processor time, with the interpreter's lock released. Raises :class:`qr.fonts.FontsMissing`."""
    return bytes(typst.compile(TEMPLATE, format="pdf", timestamp=paper.printed_at.astimezone(UTC).replace(microsecond=0), **_inputs(paper)))


def pictures(paper: Paper, dpi: int = 144) -> list[bytes]:
    """The same, a PNG a page."""
    made = typst.compile(TEMPLATE, format="png", ppi=dpi, **_inputs(paper))
    return [bytes(page) for page in made] if isinstance(made, list) else [bytes(made)]


def _inputs(paper: Paper) -> dict[str, Any]:
    return {"font_paths": fonts_in(FONTS), "ignore_system_fonts": True,
            "sys_inputs": {"paper": json.dumps(laid_out(paper), ensure_ascii=False), "symbol": symbol(paper)}}


def symbol(paper: Paper) -> str:
    """The paper's QR as SVG; nothing where it has none."""
    return draw.outline(draw.matrix(paper.proof, "M")) if paper.proof else ""


def laid_out(paper: Paper) -> dict[str, Any]:
    """The document that the template reads: only texts, numbers and lists of them. ``pages``: how many there are, where it does not count them
    itself, because this is a part of a longer one (``parts.py``), which begins on ``first_page``."""
    return {
        "first_page": 1, "pages": 0, "in_parts": False,
        "title": plain(paper.title), "scheme": plain(paper.scheme), "number": plain(paper.number), "landscape": paper.landscape,
        "printed": f"{_day(paper.printed_at)} {paper.printed_at:%H:%M}", "check": plain(paper.check), "caption": plain(paper.caption),
        "photo": _photo(paper.photo) if paper.photo else None, "rows_beside_photo": ROWS_BESIDE_PHOTO,
        "sections": _sections(paper), "reviews": [_review(review) for review in paper.reviews],
        "statement": plain(paper.statement), "stamps": [plain(stamp) for stamp in paper.stamps],
    }


def _sections(paper: Paper) -> list[dict[str, Any]]:
    first = next((section for section in paper.sections if isinstance(section, Facts)), None) if paper.photo else None
    return [_facts(section, section is first) if isinstance(section, Facts) else _table(section, PAGE_ROOM[paper.landscape])
            for section in paper.sections]


def _facts(section: Facts, with_photo: bool) -> dict[str, Any]:
    facts = [(plain(label), plain(value)) for label, value in section.facts]
    return {"title": plain(section.title), "photo": with_photo, "blocks": blocks(facts, with_photo)}


def _table(section: Table, room: float) -> dict[str, Any]:
    columns, rows = [plain(name) for name in section.columns], [[plain(value) for value in row] for row in section.rows]
    size = next(size for most, size in TEXT_SIZES if len(columns) <= most)
    wide = shares(columns, rows, room / size - len(columns) * CELL_MARGINS / size)
    return {"title": plain(section.title), "columns": columns, "rows": rows, "size": size, "widths": [width * size + CELL_MARGINS for width in wide]}


def _review(review: Review) -> dict[str, str]:
    return {"step": plain(review.step), "result": plain(review.result), "opinion": plain(review.opinion),
            "organisation": plain(review.organisation), "who": plain(review.who), "on": _day(review.on) if review.on else ""}


def blocks(facts: Line, with_photo: bool = False) -> list[dict[str, Any]]:
    """The facts in their order, as blocks of one width: ``lines`` of one or two facts beside their labels, or one ``long`` text below its own."""
    found: list[dict[str, Any]] = []
    lines: list[Line] = []
    for fact in facts:
        if _ems(fact[1]) > LONGEST_BESIDE:
            found += [{"lines": lines}] * bool(lines) + [{"long": fact}]
            lines = []
            continue
        beside_photo = with_photo and not found and len(lines) <= ROWS_BESIDE_PHOTO
        if lines and _shares_line(lines[-1], fact, LONGEST_BESIDE_PHOTO if beside_photo else LONGEST_SHORT):
            lines[-1].append(fact)
        else:
            lines.append([fact])
    return found + [{"lines": lines}] * bool(lines)


def _shares_line(line: Line, fact: tuple[str, str], longest: float) -> bool:
    return len(line) == 1 and max(_ems(line[0][1]), _ems(fact[1])) <= longest


def shares(columns: list[str], rows: list[list[str]], room: float) -> list[float]:
    """How ``room`` ems are shared among the columns of a table, so that dates and short words keep to one line.

    Each column first gets what its words need, then, of what is left, the more the more it has to say. Too many columns for the room share it
    as they need, and the template breaks their words.
    """
    texts = list(zip(columns, *rows, strict=True))
    need = [max(map(_narrowest, column)) for column in texts]
    more = [max(0.5, min(max(map(_ems, column)), WIDEST) - narrow) for column, narrow in zip(texts, need, strict=True)]
    left = max(0.0, room - sum(need))
    return [round(narrow + left * wish / sum(more), 2) for narrow, wish in zip(need, more, strict=True)]


def _narrowest(text: str) -> float:
    """So many ems a text needs that it is not torn: all of a short one; of a long one its longest word that cannot be broken."""
    whole, word = _ems(text), max((_ems(run) for run in UNBREAKABLE.findall(text)), default=0.0)
    return whole if whole <= SHORT_CELL else min(max(word, LEAST_CELL), WIDEST)


def _ems(text: str) -> float:
    """About how wide a text is, in widths of one Chinese character; of several lines, all of them."""
    return sum(1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.56 for character in text)


def plain(text: str) -> str:
    """What people can see of a text: without control characters, and without those that change the order in which the rest is read."""
    text = re.sub(r"\r\n?|[\u2028\u2029\x85\v\f]", "\n", text).replace("\t", " ")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}).strip()


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _photo(photo: bytes) -> list[int]:
    """The picture at the size in which it is printed, as JPEG; nothing of a file that is no picture, which the form then says.

    A camera's file of some megabytes would make a paper of some megabytes, and the typesetter stops at what it cannot read.
    """
    made = io.BytesIO()
    try:
        with Image.open(io.BytesIO(photo), formats=("JPEG", "PNG")) as picture:
            picture.draft("RGB", PHOTO_DOTS)
            upright = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return []
    upright.thumbnail((PHOTO_DOTS[0] * 2, PHOTO_DOTS[1]))
    on_white = Image.new("RGB", upright.size, "white")
    on_white.paste(upright, mask=upright.getchannel("A"))
    on_white.save(made, "JPEG", quality=90)
    return list(made.getvalue())
