"""Formatted words of announcements: one closed set of HTML, one filter for it, and simple marks for who writes without the editor.

What the editor sends is cleaned before it is kept and once more before it is shown (T31): nothing but the tags below ever reaches a page, and no
attribute but an address that leads where it says, the cells of a table and the first number of a list. Marks: ``# `` and ``## `` headings, ``- ``
and ``1. `` lists, ``> `` a quotation, ``**heavy**``, ``[words](https://…)``; an empty line begins a paragraph. Pure.
"""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from itertools import groupby
from typing import Literal

import nh3
from markupsafe import Markup, escape

from services import prose

WrittenAs = Literal["marks", "html"]
CELLS = {"colspan", "rowspan"}
TAGS = {"p", "div", "br", "h3", "h4", "b", "strong", "i", "em", "u", "s", "ul", "ol", "li", "blockquote", "a", "hr",
        "table", "thead", "tbody", "tr", "th", "td"}
#: Their content goes with them: elsewhere it would stand on the page as words.
GONE_WHOLE = {"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math", "textarea", "select"}
SCHEMES = {"http", "https", "mailto", "tel"}
NUMBER = re.compile(r"\d{1,3}")


def _kept_value(tag: str, name: str, value: str) -> str | None:
    if name == "rel":  # the filter's own
        return value
    if name == "href":
        return value if not value.startswith("http") or prose.leads_where_it_says(value) else None
    return value if NUMBER.fullmatch(value) else None


_filter = nh3.Cleaner(tags=TAGS, clean_content_tags=GONE_WHOLE, attributes={"a": {"href"}, "ol": {"start"}, "td": CELLS, "th": CELLS},
                      attribute_filter=_kept_value, url_schemes=SCHEMES, url_relative="deny", link_rel="noopener noreferrer nofollow")


def clean(html: str) -> str:
    """What of ``html`` may stand on a page. Cleaning twice changes nothing more."""
    return _filter.clean(html).strip()


def shown(written_as: str, body: str) -> Markup:
    """What people wrote, as it stands on a page: the one way out for all of it."""
    return Markup(clean(body if written_as == "html" else from_marks(body)))  # noqa: S704  # the filter's own answer


def from_marks(text: str) -> str:
    """HTML of text with simple marks. Whatever else stands there stays words."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    return str(Markup("\n").join(_block(kind, list(part)) for kind, part in groupby(lines, _kind) if kind))


def _kind(line: str) -> str:
    """Neighbours of one kind make one block; an empty line is of none."""
    if not line.strip(" \t\u3000"):
        return ""
    if found := re.match(r"(##? |- |> |\d{1,3}\. )", line):
        return {"# ": "h3", "##": "h4", "- ": "ul", "> ": "blockquote"}.get(found[1] if len(found[1]) == 2 else found[1][:2], "ol")
    return "p"


def _block(kind: str, lines: list[str]) -> Markup:
    if kind == "p":
        return Markup("<p>{}</p>").format(_lines(lines))
    said = [line.partition(" ")[2] for line in lines]
    if kind in ("h3", "h4"):
        return Markup("\n").join(Markup("<{0}>{1}</{0}>").format(kind, _inline(line)) for line in said)
    if kind == "blockquote":
        return Markup("<blockquote><p>{}</p></blockquote>").format(_lines(said))
    points = Markup("").join(Markup("<li>{}</li>").format(_inline(line)) for line in said)
    first = lines[0].partition(".")[0]
    return Markup('<ol start="{}">{}</ol>').format(first, points) if kind == "ol" else Markup("<ul>{}</ul>").format(points)


def _lines(lines: Iterable[str]) -> Markup:
    return Markup("<br>\n").join(_inline(line) for line in lines)


#: Heavy words, and words that lead to an address.
INLINE = re.compile(r"\*\*(?P<heavy>[^*\n]+)\*\*|\[(?P<words>[^\[\]\n]+)\]\((?P<address>https?://[^\s()]+)\)")


def _inline(line: str) -> Markup:
    done, made = 0, Markup("")
    for found in INLINE.finditer(line):
        made += prose.linked(line[done:found.start()])
        if found["heavy"]:
            made += Markup("<strong>{}</strong>").format(prose.linked(found["heavy"]))
        else:
            made += Markup('<a href="{}">{}</a>').format(found["address"], escape(found["words"]))
        done = found.end()
    return made + prose.linked(line[done:])


HEADINGS = {"h3": "# ", "h4": "## "}
BLOCKS = frozenset({"p", "div", "h3", "h4", "ul", "ol", "li", "blockquote", "hr", "table", "tr"})


class _Marks(HTMLParser):
    """Writes cleaned HTML as marks. Of a table the words stay, a row a line."""

    def __init__(self, *, plain: bool) -> None:
        super().__init__()
        self.plain, self.lines, self.inside, self.addresses = plain, [""], list[str](), list[str]()
        self.numbers: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "br":
            self._line()
        elif tag in BLOCKS:
            self._block()
            self.inside.append(tag)
            self.numbers += [int(said.get("start") or 1)] if tag in ("ul", "ol") else []
            self._mark(tag)
        elif tag in ("td", "th"):
            self.lines[-1] += " " if self.lines[-1].strip() else ""
        elif tag in ("b", "strong") and not self.plain:
            self.lines[-1] += "**"
        elif tag == "a" and not self.plain:
            self.addresses.append(said.get("href") or "")
            self.lines[-1] += "["

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS and tag in self.inside:
            while self.inside.pop() != tag:
                pass
            if tag in ("ul", "ol"):
                self.numbers.pop()
            self._block()
        elif tag in ("b", "strong") and not self.plain:
            self.lines[-1] += "**"
        elif tag == "a" and not self.plain and self.addresses:
            self._end_link(self.addresses.pop())

    def handle_data(self, data: str) -> None:
        fresh = not self.lines[-1].strip(" >")  # how the HTML is broken into lines says nothing
        said = re.sub(r"[ \t\r\n]+", " ", data)
        self.lines[-1] += said.lstrip(" ") if fresh else said

    def _end_link(self, address: str) -> None:
        """Words that are the address itself need no marks around them."""
        before, _, words = self.lines[-1].rpartition("[")
        self.lines[-1] = f"{before}{words}" if words == address or not address.startswith("http") else f"{before}[{words}]({address})"

    def _mark(self, tag: str) -> None:
        if self.plain:
            return
        if tag == "li" and self.numbers:
            ordered = next((one for one in reversed(self.inside) if one in ("ul", "ol")), "ul") == "ol"
            self.lines[-1] += f"{self.numbers[-1]}. " if ordered else "- "
            self.numbers[-1] += 1
        else:
            self.lines[-1] += HEADINGS.get(tag, "") or ("> " if tag == "p" and "blockquote" in self.inside else "")

    def _line(self) -> None:
        self.lines.append("> " if "blockquote" in self.inside and not self.plain else "")

    def _block(self) -> None:
        """A new line; between paragraphs an empty one, between the points of a list none."""
        if self.lines[-1].strip(" >-#"):
            self.lines.append("")
        else:
            self.lines[-1] = ""
        if not {"ul", "ol", "tr", "table"} & set(self.inside):
            self.lines.append("")



def _read(html: str, *, plain: bool) -> str:
    parser = _Marks(plain=plain)
    parser.feed(html)
    parser.close()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in parser.lines)).strip()


def to_marks(written_as: str, body: str) -> str:
    """What stands in a text area for who edits without the editor: what was typed, or the marks for what the editor made."""
    return body if written_as == "marks" else _read(clean(body), plain=False)


def plain(written_as: str, body: str) -> str:
    """The words alone, for search."""
    return _read(str(shown(written_as, body)), plain=True)
