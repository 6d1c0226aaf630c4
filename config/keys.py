"""The key ring: one active key to seal with, all of them to open with, and keys of their own for indexes and signatures.

Field encryption as promised in ``docs/security.md``: AES-256-GCM (or SM4-GCM, by ``GREENLANE_CIPHER=sm``); a sealed value is
``algorithm (1 byte) | key number (1 byte) | nonce (12 bytes) | text and tag``. Associated data is where the value
lives (region, table, column, row), so a value pasted elsewhere does not open. Exact search goes by a blind index:
an HMAC with a key of its own over the normalised value.
"""

import base64
import contextlib
import hmac as stdlib_hmac
import json
import os
import secrets
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from config.settings import settings

NONCE_BYTES, TAG_BYTES = 12, 16
AES, SM4 = 1, 2


class CannotOpen(ValueError):
    """The sealed value does not belong here, was altered, or its key is not on the ring."""


@dataclass(frozen=True, eq=False)
class KeyRing:
    """``fields``: number (0–255) → 32 bytes; ``active``: the number that seals; ``index``, ``signing``: 32 bytes each."""

    active: int
    fields: dict[int, bytes]
    index: bytes
    signing: bytes
    algorithm: int = AES

    def seal(self, value: str, *place: str) -> bytes:
        """Encrypt ``value`` for one place: region, table, column, row id."""
        return self.seal_bytes(value.encode(), *place)

    def unseal(self, token: bytes, *place: str) -> str:
        """Decrypt what :meth:`seal` made for the same place. Raises :class:`CannotOpen`."""
        return self.unseal_bytes(token, *place).decode()

    def seal_bytes(self, value: bytes, *place: str) -> bytes:
        """As :meth:`seal`, for what is no text: an uploaded file. Some milliseconds a megabyte, with the interpreter's lock released."""
        nonce, bound = os.urandom(NONCE_BYTES), "|".join(place).encode()
        body = _encrypt(self.algorithm, self.fields[self.active], nonce, value, bound)
        return bytes((self.algorithm, self.active)) + nonce + body

    def unseal_bytes(self, token: bytes, *place: str) -> bytes:
        """Decrypt what :meth:`seal_bytes` made for the same place. Raises :class:`CannotOpen`."""
        if len(token) < 2 + NONCE_BYTES + TAG_BYTES:
            raise CannotOpen(f"sealed value at {'|'.join(place[:3])} was cut off")
        algorithm, number, nonce, body = token[0], token[1], token[2:2 + NONCE_BYTES], token[2 + NONCE_BYTES:]
        try:
            return _decrypt(algorithm, self.fields[number], nonce, body, "|".join(place).encode())
        except (KeyError, InvalidTag) as error:
            raise CannotOpen(f"sealed value at {'|'.join(place[:3])}") from error

    def blind_index(self, value: str, purpose: str) -> bytes:
        """32 bytes by which ``value`` is found again; ``purpose`` (phone, id_number, openid …) keeps the spaces apart."""
        return self._mac(self.index, f"{purpose}|{normalise(value)}".encode())

    def sign(self, purpose: str, message: bytes, length: int = 32) -> bytes:
        """MAC over a message for one purpose (board code, venue link, rolling code …), cut to ``length`` bytes."""
        return self._mac(self.signing, purpose.encode() + b"\0" + message)[:length]

    def signed(self, purpose: str, message: bytes, mac: bytes) -> bool:
        """Whether ``mac`` is ours, compared in constant time."""
        return stdlib_hmac.compare_digest(self.sign(purpose, message, len(mac)), mac)

    def _mac(self, key: bytes, message: bytes) -> bytes:
        if self.algorithm == AES:  # the C one-shot: this is on the path of every scan
            return stdlib_hmac.digest(key, message, "sha256")
        mac = hmac.HMAC(key, hashes.SM3())
        mac.update(message)
        return mac.finalize()


def _encrypt(algorithm: int, key: bytes, nonce: bytes, text: bytes, bound: bytes) -> bytes:
    if algorithm == AES:
        return AESGCM(key).encrypt(nonce, text, bound)
    cipher = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(bound)
    return cipher.update(text) + cipher.finalize() + cipher.tag


def _decrypt(algorithm: int, key: bytes, nonce: bytes, body: bytes, bound: bytes) -> bytes:
    if algorithm == AES:
        return AESGCM(key).decrypt(nonce, body, bound)
    cipher = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce, body[-TAG_BYTES:])).decryptor()
    cipher.authenticate_additional_data(bound)
    return cipher.update(body[:-TAG_BYTES]) + cipher.finalize()


def normalise(value: str) -> str:
    """One spelling for one number: NFKC, no white space or hyphens, ``x`` → ``X``, a leading +86 / 0086 / 86 dropped from phones."""
    text = "".join(c for c in unicodedata.normalize("NFKC", value) if not c.isspace() and c not in "-‐‑–").replace("x", "X")
    for prefix in ("+86", "0086", "86"):
        if text.startswith(prefix) and len(text) == len(prefix) + 11:
            return text[len(prefix):]
    return text


def new_ring() -> dict[str, object]:
    """A fresh ring as the JSON document that ``GREENLANE_KEY_FILE`` holds."""
    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return {"active": 1, "fields": {"1": key()}, "index": key(), "signing": key()}


def read_ring(path: Path, cipher: str) -> KeyRing:
    document = json.loads(path.read_text())
    decode = base64.b64decode
    ring = KeyRing(active=int(document["active"]), fields={int(n): decode(k) for n, k in document["fields"].items()},
                   index=decode(document["index"]), signing=decode(document["signing"]), algorithm=SM4 if cipher == "sm" else AES)
    weak = [name for name, key in (*ring.fields.items(), ("index", ring.index), ("signing", ring.signing)) if len(key) != 32 or len(set(key)) < 8]
    if weak or ring.active not in ring.fields:
        raise ValueError(f"key file {path.name}: weak or missing keys: {weak or ring.active}")
    return ring


@lru_cache(maxsize=1)
def keys() -> KeyRing:
    """The ring of this process. In development it is made on first use, under the data folder, readable by its owner alone."""
    config = settings()
    path = config.key_file or config.data / "keys.json"
    if not path.exists() and not config.in_production:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(new_ring(), file, indent=1)
        with contextlib.suppress(FileExistsError):  # another process of the same start was first; its ring is the ring
            os.link(draft, path)
        draft.unlink()
    return read_ring(path, config.cipher)
