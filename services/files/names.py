"""Names of files: shown to people and put into headers, never a path. Pure."""

import re
import unicodedata
from urllib.parse import quote

from services.files.quarantine import JPEG, PDF, PNG
from services.workbooks import JSON, XLSX

LONGEST = 100
#: A number of a person, as people name their scans after it; in the database it would stand in clear (T36).
NUMBER = re.compile(r"\d{10,}[\dXx]")
ENDINGS = {JPEG: ".jpg", PNG: ".png", PDF: ".pdf", XLSX: ".xlsx", JSON: ".json"}
KNOWN_ENDINGS = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".webp", ".pdf", ".xlsx", ".json", ".heic", ".gif", ".bmp", ".tif", ".tiff"})
UNNAMED = "文件"


def shown(given: str) -> str:
    """What somebody called a file, as it may stand on pages: its last part, without what cannot be seen (T26)."""
    text = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    seen = "".join(" " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return NUMBER.sub("****", " ".join(seen.split()))[:2 * LONGEST]


def clean(given: str, media_type: str) -> str:
    """As :func:`shown`, ending as the content says, whatever the name said."""
    stem, dot, ending = shown(given).rpartition(".")
    if not dot or f".{ending.lower()}" not in KNOWN_ENDINGS:
        stem = f"{stem}{dot}{ending}"
    return f"{stem.strip(' .')[:LONGEST] or UNNAMED}{ENDINGS[media_type]}"


def disposition(name: str, *, inline: bool = False) -> str:
    """``Content-Disposition`` (RFC 6266): the name in RFC 5987's form, beside a plain one for programs that do not read it."""
    plain = f"file.{name.rpartition('.')[2]}" if "." in name else "file"
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
