"""What pages load: built twice the same, under names that are their content, and nothing else is served."""

import gzip
import hashlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sanic import HTTPResponse
from sanic.compat import Header

from config.errors import NotFound
from web import static
from web.assets import build

TOKENS = (build.SOURCES / "tokens.css").read_text()
INKS = ("--ink", "--ink-2", "--ink-3", "--brand", "--done", "--underway", "--todo", "--late", "--waiting", "--ok", "--closed", "--error")
SOFT = ("--done", "--underway", "--todo", "--late", "--waiting", "--ok", "--closed", "--error")


@pytest.fixture(scope="module")
def manifest() -> dict[str, str]:
    return build.build()


async def ask(name: str, accept: str = "") -> HTTPResponse:
    static.shelf.cache_clear()
    request: Any = SimpleNamespace(headers=Header({"Accept-Encoding": accept}))
    return await static.serve(request, name)


def test_building_again_changes_nothing(manifest: dict[str, str]) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in build.DIST.iterdir() if path.name != "manifest.json"}
    assert build.build() == manifest
    assert {path.name: path.stat().st_mtime_ns for path in build.DIST.iterdir() if path.name != "manifest.json"} == before


def test_a_name_carries_the_hash_of_its_content_and_lies_beside_its_gzip(manifest: dict[str, str]) -> None:
    for name in manifest.values():
        body = (build.DIST / name).read_bytes()
        assert hashlib.sha256(body).hexdigest().startswith(name.split(".")[1])
        assert gzip.decompress((build.DIST / f"{name}.gz").read_bytes()) == body


def test_the_sprite_draws_every_icon_that_is_named() -> None:
    names = build.icon_names()
    assert len(names) == len(set(names))
    assert all(f'<symbol id="{name}" viewBox="0 0 24 24"><' in build.sprite(names).decode() for name in names)


@pytest.mark.parametrize("bundle", ["phone.css", "desk.css", "phone.js", "desk.js", "icons.svg"])
def test_nothing_is_loaded_from_elsewhere(manifest: dict[str, str], bundle: str) -> None:
    text = (build.DIST / manifest[bundle]).read_text()
    assert not re.search(r"(url\(|@import\s+|src=|importScripts\()[\"']?(https?:)?//", text)
    assert "sourceMappingURL" not in text


async def test_a_built_file_is_kept_for_ever_and_comes_gzipped_to_whoever_takes_it(manifest: dict[str, str]) -> None:
    plain, small = await ask(manifest["phone.css"], "identity"), await ask(manifest["phone.css"], "gzip, br")
    assert plain.body == gzip.decompress(small.body)
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["x-content-type-options"] == "nosniff"
    assert plain.content_type.startswith("text/css")


@pytest.mark.parametrize("name", ["phone.css", "manifest.json", "../build.py", "..%2Fbuild.py", "/etc/passwd", "", "....//build.py", "..\\build.py",
                                  "phone.css\0.css"])
async def test_what_is_not_on_the_shelf_does_not_exist(manifest: dict[str, str], name: str) -> None:
    with pytest.raises(NotFound):
        await ask(name)


@pytest.mark.parametrize(("accept", "taken"), [
    ("gzip", True), ("br, gzip;q=0.8", True), ("GZIP", True), ("*", True), ("gzip;q=1.0", True),
    ("*;q=0", False), ("gzip;q=0", False), ("gzip; q=0.000, br", False), ("", False), ("br", False), ("identity", False),
])
def test_gzip_goes_to_those_who_say_so(accept: str, taken: bool) -> None:
    assert static.takes_gzip(accept) is taken


def test_pages_without_built_assets_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static, "DIST", tmp_path)
    static.shelf.cache_clear()
    with pytest.raises(static.AssetsNotBuilt, match="make assets"):
        static.asset("phone.css")
    static.shelf.cache_clear()


def palettes() -> dict[str, dict[str, str]]:
    """Light and both dark sets of the tokens, as names to hex colours."""
    blocks = re.findall(r"(:root[^{]*)\{([^}]*)\}", TOKENS)
    read = [dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{3,6})", body)) for _, body in blocks]
    return {"light": read[0], "dark by choice": read[0] | read[1], "dark by the system": read[0] | read[2]}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
        parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark by choice", "dark by the system"])
def test_every_ink_can_be_read_on_every_ground(name: str) -> None:
    colours = palettes()[name]
    pairs = [(ink, ground) for ink in INKS for ground in ("--surface", "--paper", "--sunk")] + [(tone, f"{tone}-soft") for tone in SOFT]
    pairs += [("--brand", "--brand-soft"), ("--ink", "--brand-soft"), ("--ink-2", "--brand-soft"), ("--on-brand", "--brand-fill")]
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5}
    assert not weak


def test_both_dark_sets_are_the_same() -> None:
    sets = palettes()
    assert sets["dark by choice"] == sets["dark by the system"]
