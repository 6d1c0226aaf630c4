"""T26: a name that somebody gave is never a path, never a header, and never more than words on a page."""

from urllib.parse import unquote

import httpx
import pytest

from config import clock
from config.settings import settings
from services import files
from services.files import Subject, names, shelf
from services.regions import Region
from tests import builders
from tests.foreign_files import a_picture

pytestmark = pytest.mark.req("T26")

NAMES = {
    "../../etc/passwd": "passwd.jpg", "..%2f..%2fetc%2fpasswd": "..%2f..%2fetc%2fpasswd", "%252e%252e": "%252e%252e.jpg",
    "C:\\Windows\\win.ini": "win.ini.jpg", "a\0b.jpg": "ab.jpg", "证" * 300 + ".png": "证" * 100 + ".jpg", "gpj.\u202efdp.exe": "gpj.fdp.exe.jpg",
    "a\r\nSet-Cookie: gl_desk=x": "a Set-Cookie: gl_desk=x.jpg", "": "文件.jpg", "   . ": "文件.jpg", "..": "文件.jpg", "a.jpg.php": "a.jpg.php.jpg",
    "身份证37100019870615123X.jpg": "身份证****.jpg", "\u200b照片\ufeff.WEBP": "照片.jpg", "<script>alert(1)</script>": "script>.jpg",
    "学位证（2026）.jpeg": "学位证（2026）.jpg", "e\u0301tude.jpg": "étude.jpg", "\ud800.jpg": "文件.jpg",
}


@pytest.mark.parametrize("given", NAMES, ids=ascii)
def test_t26_a_name_is_words_and_a_header_carries_it_whole(given: str) -> None:
    cleaned = names.clean(given, "image/jpeg")
    assert cleaned.removesuffix(".jpg") == NAMES[given].removesuffix(".jpg").strip(" .") and cleaned.endswith(".jpg")
    header = names.disposition(cleaned)
    assert header.isascii() and header.isprintable() and header.count('"') == 2
    assert unquote(header.partition("filename*=UTF-8''")[2]) == cleaned


@pytest.mark.timeout(180)
async def test_t26_whatever_the_name_says_the_bytes_lie_in_their_place(region: Region) -> None:
    owner = await builders.a_talent()
    who, folder = await builders.the_actor(owner), settings().data / "files"
    before = {path for path in settings().data.rglob("*") if folder not in (path, *path.parents)}
    for number, name in enumerate(list(NAMES)[:6]):
        kept = await files.put(region, who, Subject.ACCOUNT, owner.id, "photo", name, a_picture(size=(64 + number, 64)), clock.now())
        assert (folder / kept.key).read_bytes() and kept.key == f"{region.code}/{kept.made_at:%Y%m%d}/{kept.id}"
    assert {path for path in settings().data.rglob("*") if folder not in (path, *path.parents)} == before


@pytest.mark.parametrize("key", ["../outside", "a/../../outside", "a\0b", "/../outside"])
async def test_t26_the_store_itself_leaves_its_folder_for_no_key(region: Region, key: str) -> None:
    with pytest.raises((ValueError, files.ShelfAway)):
        await shelf.put(key, b"x")
    assert not (settings().data / "outside").exists() and not (settings().data.parent / "outside").exists()


@pytest.mark.parametrize("path", ["files/..%2f..%2fkeys.json", "files/../keys.json", "files/%252e%252e%252fkeys.json", "files/%00"])
async def test_t26_no_address_leads_to_anything_else(client: httpx.AsyncClient, region: Region, path: str) -> None:
    owner = await builders.a_talent()
    client.cookies.set("gl_phone", await builders.a_session(owner))
    assert (await client.get(f"/{region.code}/{path}")).status_code in {400, 404}
