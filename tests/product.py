"""The whole product as `greenlane dev` starts it, for who looks at it from outside: servers, worker, sandbox and demo data in a folder of its own."""

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
from ruamel.yaml import YAML

from config import clock
from development import ALL_THERE
from models.database import credentials

ROOT = Path(__file__).parents[1]


@dataclass
class Product:
    """A running product and its sandbox."""

    url: str
    sandbox: str
    database_url: str

    async def board(self, name: str) -> str:
        """What the QR on a venue's board says."""
        async with httpx.AsyncClient() as client:
            boards = (await client.get(f"{self.sandbox}/sandbox/boards")).json()
        return next(board["url"] for board in boards if board["name"].startswith(name))

    async def texts(self, phone: str) -> list[str]:
        async with httpx.AsyncClient() as client:
            return [text["text"] for text in (await client.get(f"{self.sandbox}/sandbox/sms", params={"phone": phone})).json()]

    async def text(self, phone: str, words: str, *, after: int = 0) -> str:
        """Wait for an SMS that contains ``words``, beyond the first ``after`` ones that do."""
        for _ in range(200):
            found = [text for text in await self.texts(phone) if words in text]
            if len(found) > after:
                return found[0]
            await asyncio.sleep(0.1)
        raise AssertionError(f"no SMS with «{words}» came; there are {await self.texts(phone)}")

    @property
    def data(self) -> Path:
        """Its data folder."""
        return Path(self.database_url.partition("host=")[2]).parent

    async def sql(self, statement: str, *values: object) -> object:
        connection = await asyncpg.connect(**credentials(self.database_url))
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()


def always_open(folder: Path) -> Path:
    """The shipped regions, with offices, venues and SMS that never close, and acts that hold from the first second."""
    shutil.copytree(ROOT / "config" / "regions", folder)
    yaml = YAML()
    for file in folder.glob("*/region.yaml"):
        document = yaml.load(file.read_text())
        around = [clock.now().date() + timedelta(days=days) for days in range(-60, 30)]
        document["calendar"] = {"hours": [{"opens": "00:00", "closes": "24:00"}], "open": around}
        document["sending"]["hours"] = {"opens": "00:00", "closes": "24:00"}
        document["supervision"]["digest_at"] = "00:00"
        document["undo_seconds"] = 0  # a walk waits for no word that could still be taken back
        with file.open("w") as stream:
            yaml.dump(document, stream)
    return _with_open_doors(folder, yaml)


def open_doors(folder: Path) -> Path:
    """The shipped regions, with venues that never close: a scan can be looked at by night, too."""
    shutil.copytree(ROOT / "config" / "regions", folder)
    return _with_open_doors(folder, YAML())


def _with_open_doors(folder: Path, yaml: YAML) -> Path:
    for file in folder.glob("*/content/venues.yaml"):
        document = yaml.load(file.read_text())
        for venue in document["venues"]:
            venue["opening"] = [{"spans": [{"opens": "00:00", "closes": "24:00"}]}]
        with file.open("w") as stream:
            yaml.dump(document, stream)
    return folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@asynccontextmanager
async def running(folder: Path, *, bent: Callable[[Path], Path] = always_open) -> AsyncIterator[Product]:
    """`greenlane dev` in an empty folder until the block ends; ``bent`` makes the regions that it runs with."""
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GREENLANE_", "DATABASE_URL", "REDIS_URL"))}
    environment = {**inherited, "PORT": str(port), "GREENLANE_DATA": str(folder / "data"), "GREENLANE_REGIONS": str(bent(folder / "regions"))}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "cli", "dev", cwd=ROOT, env=environment, start_new_session=True,
                                                   stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(240):
            while ALL_THERE not in said:
                line = await process.stdout.readline()
                assert line, f"the product did not start:\n{said}"
                said += line.decode()
        asyncio.get_running_loop().create_task(_drain(process.stdout))
        url = f"http://127.0.0.1:{port}"
        await _until_well(url)
        found = re.search(r"sandbox  (http://[\d.:]+)/sandbox/", said)
        assert found is not None
        yield Product(url, found[1], f"postgresql://postgres@/greenlane?host={folder / 'data' / 'postgres'}")
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 80)


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.readline():
        pass


async def _until_well(url: str) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(120):
        while True:
            try:
                if (await client.get(f"{url}/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
