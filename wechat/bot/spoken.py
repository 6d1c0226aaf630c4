"""What the account says, as it goes out: words to tap instead of addresses of two hundred signs, and no more at once than WeChat takes.

WeChat makes a link of ``<a href="…">words</a>`` in any text, so the same signs in what a person wrote would be her link in a message of ours. They
are made harmless here, and what :func:`leads` marked becomes a link, to this installation alone.
"""

import re
from collections.abc import Iterator
from itertools import accumulate

#: Of a text in UTF-8, as an answer and as a customer-service message.
LONGEST_BYTES = 2048
#: Signs without a meaning, which no keyboard has.
_BEGIN, _MIDDLE, _END = "\ue000\ue001\ue002"
_HARMLESS = str.maketrans({"<": "＜", ">": "＞"})
_LINK = re.compile(f"{_BEGIN}([!#-;=?-~]+){_MIDDLE}([^{_BEGIN}{_MIDDLE}{_END}]+){_END}")
_LEFT = re.compile(f"[{_BEGIN}{_MIDDLE}{_END}]")


def leads(words: str, address: str) -> str:
    """Words to tap, which lead to an address of ours."""
    return f"{_BEGIN}{address}{_MIDDLE}{words}{_END}"


def pieces(text: str, public_url: str) -> list[str]:
    """The messages that say ``text``, in order: as many whole lines in each as fit; none for an empty text. A line that is too long alone is cut."""
    said: list[str] = []
    for line in (part for whole in text.split("\n") for part in _fitting(_linked(whole, public_url))):
        if said and len(f"{said[-1]}\n{line}".encode()) <= LONGEST_BYTES:
            said[-1] = f"{said[-1]}\n{line}"
        else:
            said.append(line)
    return said if text else []


def _linked(line: str, public_url: str) -> str:
    def link(found: re.Match[str]) -> str:
        return f'<a href="{found[1]}">{found[2]}</a>' if found[1].startswith(f"{public_url.rstrip('/')}/") else found[2]

    return _LEFT.sub("", _LINK.sub(link, line.translate(_HARMLESS)))


def _fitting(line: str) -> Iterator[str]:
    """No line of ours with a link is that long; what a person wrote has none."""
    while len(line.encode()) > LONGEST_BYTES:
        most = sum(size <= LONGEST_BYTES for size in accumulate(len(sign.encode()) for sign in line))
        yield line[:most]
        line = line[most:]
    yield line
