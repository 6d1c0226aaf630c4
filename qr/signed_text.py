"""A few bytes and a MAC over them, as a text short enough to print, to scan and to type.

The text is one character for its kind (and with it the layout's version), then body and MAC in Crockford's base32. The MAC binds kind
and region, so that a code of one region, or of one kind, is nothing elsewhere.
"""

from dataclasses import dataclass

from config.keys import KeyRing
from qr import crockford


class NotOurs(ValueError):
    """Not this kind of text, not of this region, mistyped or forged: which of them it was, nobody is told."""


@dataclass(frozen=True)
class SignedText:
    """One kind: its first character, the purpose of its key, and its sizes in bytes (together a multiple of five)."""

    kind: str
    purpose: str
    body_bytes: int
    mac_bytes: int

    @property
    def length(self) -> int:
        """Characters of a whole text."""
        return len(self.kind) + (self.body_bytes + self.mac_bytes) * 8 // 5

    def write(self, ring: KeyRing, region: str, body: bytes) -> str:
        """Upper-case letters and digits: URL-safe, and QR's compact alphanumeric set."""
        return self.kind + crockford.encode(body + ring.sign(self.purpose, self._bound(region, body), self.mac_bytes))

    def read(self, ring: KeyRing, region: str, text: str) -> bytes:
        """The body that :meth:`write` signed for the same region; the MAC is compared in constant time. Raises :class:`NotOurs`."""
        whole = crockford.decode(self.canonical(text)[len(self.kind):])
        body, mac = whole[:self.body_bytes], whole[self.body_bytes:]
        if not ring.signed(self.purpose, self._bound(region, body), mac):
            raise NotOurs
        return body

    def canonical(self, text: str) -> str:
        """``text`` in its one spelling, of the right kind and length, not yet verified. Raises :class:`NotOurs`."""
        if len(text) > 2 * self.length:  # before it is normalised: some characters grow eighteenfold
            raise NotOurs
        text = crockford.spell(text)
        if len(text) != self.length or not text.startswith(self.kind) or not set(text) <= set(crockford.ALPHABET):
            raise NotOurs
        return text

    def _bound(self, region: str, body: bytes) -> bytes:
        return f"{self.kind}|{region}|".encode() + body
