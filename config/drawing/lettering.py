"""How wide a text will be, and where it may break: enough to draw Chinese without a font at hand.

Widths are those of the common sans-serif fonts, rounded up, so that a line is never longer than its box in any of them.
"""

import re
from unicodedata import east_asian_width

_NARROW = frozenset("ijltfrI.,:;'|!()[] ")
_BROAD = frozenset("MWmw@%&+=<>—")
_WORD = re.compile(r"[A-Za-z0-9@._/+%-]+|\s+|.", re.DOTALL)
#: Never at the beginning of a line, never at its end (GB/T 15834).
_CLOSING = frozenset("，。、；：！？）】》」』”’…·,.;:!?)]")
_OPENING = frozenset("（【《「『“‘([")


def width(text: str, size: float) -> float:
    """Width of ``text`` in the unit of ``size``, the height of its letters."""
    return sum(map(_em, text)) * size


def _em(letter: str) -> float:
    if east_asian_width(letter) in "WFA":
        return 1.0
    if letter in _NARROW:
        return 0.36
    return 0.92 if letter in _BROAD else 0.7 if letter.isupper() else 0.6


def wrap(text: str, size: float, room: float) -> list[str]:
    """``text`` in lines of at most ``room``. Latin words and numbers stay whole where they can; nothing is ever cut off."""
    lines = [""]
    for piece in _pieces(text, size, room):
        if lines[-1] and width(lines[-1] + piece.rstrip(), size) > room:
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return [line.rstrip() for line in lines]


def _pieces(text: str, size: float, room: float) -> list[str]:
    """What may not be broken: a word, or a letter with the punctuation that belongs to it."""
    glued: list[str] = []
    for word in _WORD.findall(text):
        if glued and (word[0] in _CLOSING or glued[-1][-1] in _OPENING):
            glued[-1] += word
        else:
            glued.append(word)
    return [part for piece in glued for part in ([piece] if width(piece, size) <= room else piece)]
