"""What people wrote, as paragraphs of a page: everything is escaped, and only what is plainly a web address becomes a link (T31)."""

import re
from urllib.parse import urlsplit

from markupsafe import Markup, escape

#: An address ends where no sign of an address follows: Chinese text may go on right behind it. A full stop or bracket at its end is the sentence's.
ADDRESS = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*[A-Za-z0-9\-_~/#&=%+$]", re.ASCII)
LINK = Markup('<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>')


def prose(text: str) -> Markup:
    """Paragraphs between empty lines, line breaks kept. ``text`` is never taken for HTML."""
    paragraphs = [part.strip("\n") for part in re.split(r"\n[ \t\u3000]*\n", text.replace("\r\n", "\n").strip())]
    return Markup("\n").join(Markup("<p>{}</p>").format(_lines(part)) for part in paragraphs if part)


def _lines(paragraph: str) -> Markup:
    return Markup("<br>\n").join(linked(line) for line in paragraph.split("\n"))


def linked(line: str) -> Markup:
    """One line, escaped, with its web addresses as links."""
    done, made = 0, Markup("")
    for found in ADDRESS.finditer(line):
        made += escape(line[done:found.start()]) + (LINK.format(found[0]) if leads_where_it_says(found[0]) else escape(found[0]))
        done = found.end()
    return made + escape(line[done:])


def leads_where_it_says(address: str) -> bool:
    """``https://gov.example@elsewhere.example`` would not."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.username is None and parts.password is None
    except ValueError:
        return False
