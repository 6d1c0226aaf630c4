"""The virus scanner, where an office has one: a clamd that every upload is shown to before it is opened. Never passed is what it has not seen.

Spoken over the wire as clamd(8) says: ``zINSTREAM``, pieces with their length, an empty one, and one line of answer. There is a client on PyPI that
is well kept, but it knows no socket of this machine, where most offices run theirs.
"""

import asyncio
import struct
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import structlog

from config.keys import CannotOpen
from config.settings import settings
from models.database import execute, rows, transaction
from models.file import File
from services import audit
from services.actors import Actor
from services.files import shelf
from services.files.refusals import Infected, ScannerAway

SECONDS: Final = 20
PIECE: Final = 64 * 1024
LONGEST_ANSWER: Final = 4096
#: So many waiting files are shown to the scanner in one go.
AT_ONCE: Final = 100
log = structlog.get_logger(__name__)


class Away(Exception):
    """No scanner answers, or not as one does; the cause is for the log."""


async def admit(field: str, name: str, data: bytes) -> bool:
    """Whether the file must wait, because the scanner is away and the office lets files wait. Raises :class:`Infected`, :class:`ScannerAway`."""
    if not settings().clamd_url:
        return False
    try:
        found = await look(data)
    except Away as cause:
        if settings().clamd_away == "hold":
            log.warning("file_held", cause=str(cause))
            return True
        raise ScannerAway(extra={"cause": str(cause)}) from cause
    if found:
        log.warning("file_infected", found=found)
        raise Infected(field, name, found)
    return False


async def look(data: bytes) -> str:
    """What is in it, as the scanner calls it; empty where nothing is. Raises :class:`Away`."""
    said = await _ask(b"zINSTREAM\0", data)
    if said == "stream: OK":
        return ""
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    raise Away(f"said {said[:80]!r}")


async def ready() -> bool:
    """Whether the scanner answers."""
    try:
        return await _ask(b"zPING\0") == "PONG"
    except Away:
        return False


async def _ask(command: bytes, data: bytes | None = None) -> str:
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await _opened(settings().clamd_url)
            try:
                writer.write(command)
                for start in range(0, len(data or b""), PIECE):
                    piece = memoryview(data or b"")[start:start + PIECE]
                    writer.write(struct.pack("!L", len(piece)))
                    writer.write(piece)
                    await writer.drain()
                if data is not None:
                    writer.write(struct.pack("!L", 0))
                return (await reader.readuntil(b"\0"))[:-1].decode(errors="replace").strip()
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise Away(type(error).__name__) from error


async def _opened(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    where = urlsplit(url)
    if where.scheme == "unix":
        return await asyncio.open_unix_connection(where.path, limit=LONGEST_ANSWER)
    return await asyncio.open_connection(where.hostname, where.port, limit=LONGEST_ANSWER)


async def release(now: datetime) -> int:
    """Show the waiting files to the scanner: what is clean may be read, what is infected is destroyed and its row stays. How many were looked at.

    Harmless twice. While the scanner is away, or an office took it away, they go on waiting.
    """
    looked = 0
    if settings().clamd_url and await ready():
        for one in await rows("SELECT * FROM file WHERE held_at IS NOT NULL AND removed_at IS NULL ORDER BY held_at LIMIT $1", AT_ONCE):
            try:
                await _judge(File.read(one), now)
            except Away:
                break
            looked += 1
    return looked


async def _judge(file: File, now: datetime) -> None:
    from services.files import keeping  # it is built on this module

    try:
        found = await look(await keeping.unsealed(file))
    except (FileNotFoundError, CannotOpen):
        return  # said by ``greenlane check``; nobody may read it
    if not found:
        await execute("UPDATE file SET held_at = NULL WHERE region = $1 AND id = $2", file.region, file.id)
        return
    log.warning("file_infected", found=found)
    async with transaction():
        await execute("UPDATE file SET removed_at = coalesce(removed_at, $3) WHERE region = $1 AND id = $2", file.region, file.id, now)
        await audit.record(Actor.system(file.region), "file.infected", "file", file.id, {"field": file.field, "found": found}, now)
    await shelf.discard(file.key)
