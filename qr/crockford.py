"""Crockford's base32: what people may have to type from a wall (https://www.crockford.com/base32.html).

No letter that looks like a digit is ever written; when read, case does not matter, O is 0, I and L are 1, and hyphens and
white space are dropped. Only whole groups of five bytes are written, so that there are no spare bits: two different canonical
texts are always two different values.
"""

import base64
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RFC4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_WRITE = str.maketrans(_RFC4648, ALPHABET)
_READ = str.maketrans(ALPHABET, _RFC4648)
_FORGIVE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "\t": None, "\r": None, "\n": None})


def encode(value: bytes) -> str:
    """Upper-case text, eight characters for every five bytes. Raises ``ValueError`` for a length that is no multiple of five."""
    if len(value) % 5:
        raise ValueError("only whole groups of five bytes are written")
    return base64.b32encode(value).decode("ascii").translate(_WRITE)


def decode(text: str) -> bytes:
    """The bytes of a text in canonical spelling (:func:`spell`). Raises ``ValueError`` for any other."""
    if len(text) % 8 or not set(text) <= set(ALPHABET):
        raise ValueError("not in canonical spelling")
    return base64.b32decode(text.translate(_READ))


def spell(text: str) -> str:
    """The one spelling of what a person typed or a scanner gun sent; full-width letters of a Chinese keyboard count as plain ones."""
    return unicodedata.normalize("NFKC", text).upper().translate(_FORGIVE)


def grouped(text: str, size: int = 5) -> str:
    """``text`` as people read it out: groups of ``size`` characters with a space between them."""
    return " ".join(text[at:at + size] for at in range(0, len(text), size))
