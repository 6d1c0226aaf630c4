"""One contract for both stores of files: the local folder, and S3-compatible storage spoken to over the wire."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from aiohttp import web

from config.settings import settings
from models.database import new_id
from services.files import Damaged, ShelfAway, shelf

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Bucket:
    """As much of S3 as a store of files needs: put, get, delete, list by prefix. Asks for a signature, and does not check it."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.full = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256")
        match request.method:
            case "PUT" if self.full:
                return web.Response(status=507)
            case "PUT":
                self.objects[key] = await request.read()
                return web.Response(headers={"ETag": '"1"'})
            case "POST":  # DeleteObjects, which says «deleted» also of what was not there
                asked = re.findall(r"<Key>([^<]+)</Key>", await request.text())
                for name in asked:
                    self.objects.pop(name, None)
                gone = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in asked)
                return web.Response(text=f"<DeleteResult>{gone}</DeleteResult>", content_type="application/xml")
            case "GET" if "list-type" in request.query:
                return web.Response(text=self._listed(request.query.get("prefix", "")), content_type="application/xml")
            case _ if key in self.objects:
                return web.Response(body=self.objects[key], headers={"ETag": '"1"', "Last-Modified": format_datetime(NOW, usegmt=True)})
        return web.Response(status=404)

    def _listed(self, prefix: str) -> str:
        found = "".join(f"<Contents><Key>{escape(key)}</Key><LastModified>{NOW:%Y-%m-%dT%H:%M:%S.000Z}</LastModified><Size>{len(data)}</Size>"
                        f"<ETag>1</ETag></Contents>" for key, data in sorted(self.objects.items()) if key.startswith(prefix))
        return f"<?xml version='1.0'?><ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"


@contextmanager
def settled() -> Iterator[None]:
    """The store is opened anew from the environment, and again afterwards."""
    settings.cache_clear()
    shelf._store.cache_clear()
    yield
    settings.cache_clear()
    shelf._store.cache_clear()


@pytest.fixture(params=["folder", "bucket"])
async def a_shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bucket | None]:
    if request.param == "folder":
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("GREENLANE_DATA", str(tmp_path))
            with settled():
                yield None
        return
    bucket, app = Bucket(), web.Application(client_max_size=20 * 1024 * 1024)
    app.router.add_route("*", "/office{slash:/?}{key:.*}", bucket.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {"GREENLANE_FILES_URL": "s3://office/greenlane", "AWS_ENDPOINT": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "key",
                            "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "cn-north-1"}.items():
            environment.setenv(name, value)
        with settled():
            yield bucket
    await runner.cleanup()


async def everything() -> list[str]:
    return [lying.key async for piece in shelf.of_day("somewhere", NOW) for lying in piece]


async def test_what_is_put_is_there_is_listed_and_can_be_discarded_twice(a_shelf: Bucket | None) -> None:
    key, data = shelf.key_for("somewhere", new_id(), NOW), bytes(range(256)) * 8_000
    await shelf.put(key, data)
    assert await shelf.get(key) == data and await everything() == [key]
    await shelf.discard(key)
    await shelf.discard(key)
    assert await everything() == []
    with pytest.raises(FileNotFoundError):
        await shelf.get(key)


async def test_a_store_that_refuses_is_said_to_be_away(a_shelf: Bucket | None, tmp_path: Path) -> None:
    if a_shelf is None:
        await everything()
        (tmp_path / "files" / "somewhere").write_text("a file stands where the folder must be")
    else:
        a_shelf.full = True
    with pytest.raises(ShelfAway) as away:
        await shelf.put(shelf.key_for("somewhere", new_id(), NOW), b"x")
    assert away.value.status_code == 503 and away.value.code != Damaged.code
