"""Where the bytes of files lie: a local folder, or S3-compatible storage by ``GREENLANE_FILES_URL``. What lies there is sealed already.

A key is ``region/day/id``: never a name that somebody gave (T26), and the sweep finds the latest without reading the whole store.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from config.errors import Unavailable
from config.settings import settings

CALL_SECONDS = 20
P = ParamSpec("P")
T = TypeVar("T")


class ShelfAway(Unavailable):
    """文件暂时存取不了，您填写的其他内容没有丢失，请过一会儿再试。"""

    code = "files_unavailable"


class Damaged(Unavailable):
    """这个文件在系统中已不完整，无法展示，我们已经记录下来。请上传人重新上传，或联系服务电话。"""

    code = "file_damaged"


@dataclass(frozen=True)
class Lying:
    """What the store itself says of one object."""

    key: str
    since: datetime


def key_for(region: str, id: UUID, now: datetime) -> str:
    return f"{region}/{now:%Y%m%d}/{id}"


def _told(call: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A store that fails or is full is 503 to people, with its cause in the log; one that lacks an object says ``FileNotFoundError``."""
    @wraps(call)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await call(*args, **kwargs)
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as error:
            raise ShelfAway(extra={"cause": f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"}) from error

    return guarded


@_told
async def put(key: str, data: bytes) -> None:
    """Whole or not at all; on a local disk it is there when this returns, also after the power failed."""
    await obstore.put_async(_store(), key, data, use_multipart=False)
    if isinstance(store := _store(), LocalStore) and store.prefix:
        await asyncio.to_thread(_to_the_disk, Path(store.prefix) / key)


@_told
async def get(key: str) -> bytes:
    """Raises ``FileNotFoundError``."""
    found = await obstore.get_async(_store(), key)
    return bytes(await found.bytes_async())


@_told
async def has(key: str) -> bool:
    try:
        await obstore.head_async(_store(), key)
    except FileNotFoundError:
        return False
    return True


@_told
async def discard(key: str) -> None:
    """Harmless twice."""
    try:
        await obstore.delete_async(_store(), key)
    except FileNotFoundError:
        return


async def of_day(region: str, day: datetime | str) -> AsyncIterator[list[Lying]]:
    """Everything that was put on one day, some hundred at a time."""
    async for piece in obstore.list(_store(), prefix=f"{region}/{day if isinstance(day, str) else f'{day:%Y%m%d}'}/", chunk_size=500):
        yield [Lying(one["path"], one["last_modified"]) for one in piece]


async def days_of(region: str) -> set[str]:
    """The days on which something lies there, as keys have them."""
    found = await obstore.list_with_delimiter_async(_store(), prefix=f"{region}/")
    return {prefix.rstrip("/").rpartition("/")[2] for prefix in found["common_prefixes"]}


def _to_the_disk(path: Path) -> None:
    """The file's bytes, then the folder's entry that names it."""
    for one in (path, path.parent):
        opened = os.open(one, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


@lru_cache(maxsize=1)
def _store() -> ObjectStore:
    config = settings()
    if not config.files_url:
        folder = config.data.absolute() / "files"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(folder)
    return from_url(config.files_url, retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=CALL_SECONDS)},
                    client_options={"timeout": timedelta(seconds=10), "allow_http": True})  # inside a house http is common, and all of it is sealed
