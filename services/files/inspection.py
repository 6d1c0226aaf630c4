"""What a file is, by its content alone: recognised here by its first bytes, opened in quarantine, a few at a time, beside the event loop."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import orjson
import structlog

from config.errors import NotFound
from services.files import quarantine, scanning
from services.files.quarantine import JPEG, PDF, PNG, WEBP
from services.files.refusals import REASONS, Busy, Empty, Heic, TooManyBytes, Unreadable, WrongKind

MOST_BYTES = quarantine.MOST_KEPT_BYTES
THREADS, MOST_WAITING = 2, 40
#: By the clock of the wall; processor time has a limit of its own.
SECONDS = 25
#: How the photos begin that phones keep for themselves. No decoder for them whose licence would let us ship it is at hand; a browser that is told
#: which kinds are taken (``accept``) turns them into JPEG by itself.
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
log = structlog.get_logger(__name__)
_waiting = 0
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Inspected:
    """What is kept of an upload. ``pages``: of a PDF. ``held``: nobody may read it before the virus scanner has seen it."""

    media_type: str
    data: bytes
    pages: int | None
    held: bool = False


class NotDrawn(NotFound):
    """没有这一页。"""

    code = "no_such_page"


async def inspect(field: str, name: str, data: bytes) -> Inspected:
    """The file as it may be kept. Raises a :class:`~services.files.refusals.FileRefused` that stands beside ``field``."""
    known, kept, held = await _opened(field, name, data, "inspect")
    return _inspected(known, kept, held)


async def codes(field: str, name: str, data: bytes) -> tuple[Inspected, list[str]]:
    """The same, and what the QR symbols on the file's first pages say."""
    known, kept, held = await _opened(field, name, data, "codes")
    return _inspected(known, kept, held), [str(text) for text in cast(list[object], known["codes"])]


def _inspected(known: dict[str, object], kept: bytes, held: bool) -> Inspected:
    return Inspected(str(known["media_type"]), kept, cast("int | None", known.get("pages")), held)


async def _opened(field: str, name: str, data: bytes, asked: str) -> tuple[dict[str, object], bytes, bool]:
    if not data:
        raise Empty(field, name)
    if len(data) > MOST_BYTES:
        raise TooManyBytes(field, name)
    media_type = kind_of(data)
    if media_type is None:
        raise (Heic if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS else WrongKind)(field, name)
    held = await scanning.admit(field, name, data)
    known, made = await beside(_run, data, asked, media_type)
    if "refused" in known:
        raise REASONS[str(known["refused"])](field, name)
    return known, made, held


async def draw(data: bytes, media_type: str, page: int, watermark: str) -> bytes:
    """A page of a kept file as a JPEG under ``watermark``. Raises :class:`NotDrawn`, :class:`Unreadable`."""
    known, drawn = await beside(_run, data, "draw", media_type, str(page), watermark)
    if known.get("refused") == "page" or (media_type != PDF and page != 1):
        raise NotDrawn
    if "refused" in known:
        raise Unreadable("", "")
    return drawn


def kind_of(data: bytes) -> str | None:
    """Media type by the first bytes, which a decoder then has to confirm; nothing for what is not taken."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    return PDF if data.startswith(b"%PDF-") else None


async def beside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``work`` in a thread of this module's few. Raises :class:`Busy` when too many wait already."""
    global _waiting
    if _waiting >= MOST_WAITING:
        raise Busy(retry_after=5, extra={"limit": "files waiting"})
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads(), lambda: work(*args, **kwargs))
    finally:
        _waiting -= 1


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="files")


def _run(data: bytes, *asked: str) -> tuple[dict[str, object], bytes]:
    """One run of the quarantine. However it ends, there is an answer: «unreadable» when it gave none."""
    command = [sys.executable, "-I", str(Path(quarantine.__file__)), *asked]
    try:
        ended = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, env={"PYTHONUTF8": "1"}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        log.warning("file_not_read", asked=asked[0], kind=asked[1], cause="time")
        return {"refused": "unreadable"}, b""
    if ended.returncode != 0:
        cause = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0]
        log.warning("file_not_read", asked=asked[0], kind=asked[1], status=ended.returncode, cause=cause[:60])
        return {"refused": "unreadable"}, b""
    known, _, made = ended.stdout.partition(b"\n")
    return orjson.loads(known), made
