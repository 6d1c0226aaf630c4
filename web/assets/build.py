"""Make ``web/assets/dist``: what pages load, under names that carry the hash of their content (``make assets``).

A bundle is a list of files put one behind the other; nothing is transpiled, so what the browser runs can be read in ``src``. What imports from
packages is woven by esbuild, so that a page loads the parts of them that it uses and no more.
Every file lies there twice, as it is and gzipped, because it is compressed once here and served ten thousand times. Running it again changes nothing.
"""

import gzip
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree

from web.assets.pruning import pruned, words

HERE = Path(__file__).parent
SOURCES, DIST = HERE / "src", HERE / "dist"
ROOT = HERE.parents[1]
VENDOR = ROOT / "node_modules"
ICONS = VENDOR / "@tabler/icons/icons/outline"

_HTMX = (VENDOR / "htmx.org/dist/htmx.min.js", VENDOR / "htmx.org/dist/ext/hx-sse.min.js")
_SHARED = (SOURCES / "tokens.css", SOURCES / "shared.css")

BUNDLES: dict[str, tuple[Path, ...]] = {
    "phone.css": (VENDOR / "weui/dist/style/weui.min.css", *_SHARED, SOURCES / "phone.css", SOURCES / "holder.css", SOURCES / "staff.css"),
    "desk.css": (VENDOR / "@tabler/core/dist/css/tabler.min.css", *_SHARED, SOURCES / "desk.css", SOURCES / "figures.css", SOURCES / "asking.css"),
    "phone.js": (*_HTMX, SOURCES / "app.js", SOURCES / "phrases.js", SOURCES / "declared.js"),
    "desk.js": (*_HTMX, SOURCES / "app.js", SOURCES / "phrases.js", SOURCES / "declared.js", SOURCES / "desk.js", SOURCES / "viewer.js",
                SOURCES / "letters.js"),
    "editor.js": (VENDOR / "squire-rte/dist/squire.js", SOURCES / "editor.js"),
    "counter.css": (SOURCES / "counter.css",),
    "counter.js": (SOURCES / "counter.js",),
    "keeper.js": (SOURCES / "keeper.js",),
    "mark.svg": (SOURCES / "mark.svg",),
}
#: What imports from packages: woven into one file, with nothing of them but what it uses.
WOVEN: dict[str, Path] = {name: SOURCES / name for name in ("figures.js", "daypass.js", "offline.js")}
#: A library of which the pages use little → where the words of these pages stand (web/assets/pruning.py).
PRUNED: dict[Path, tuple[Path, ...]] = {
    VENDOR / "weui/dist/style/weui.min.css": (ROOT / "web/templates/shared", ROOT / "web/templates/phone", ROOT / "wechat/pages", SOURCES),
}
WEAVER = VENDOR / ".bin/esbuild"
SOURCE_MAP = re.compile(rb"\s*(?://|/\*)# sourceMappingURL=\S+(?:\s*\*/)?")


class Missing(SystemExit):
    """A file that the pages are made of is not there: exit status 1, with its name and what to do."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.relative_to(ROOT)} is missing: run `npm ci` first")


def build() -> dict[str, str]:
    """Write every bundle and the icon sprite; returns the manifest, plain name → hashed name."""
    DIST.mkdir(exist_ok=True)
    contents = {name: joined(parts) for name, parts in BUNDLES.items()} | {name: woven(entry) for name, entry in WOVEN.items()}
    contents["icons.svg"] = sprite(icon_names())
    manifest = {name: hashed(name, body) for name, body in sorted(contents.items())}
    for name, body in contents.items():
        store(manifest[name], body)
    remove_stale(manifest.values())
    draft = DIST / "manifest.json.new"
    draft.write_text(json.dumps(manifest, indent=1) + "\n")
    draft.replace(DIST / "manifest.json")  # last and at once: a manifest never names a file that is not there yet
    return manifest


def joined(parts: Sequence[Path]) -> bytes:
    own = "\n".join(read(part).decode() for part in parts if part not in PRUNED)
    texts = (needed(part, own) if part in PRUNED else read(part) for part in parts)
    return b"\n".join(SOURCE_MAP.sub(b"", text).strip() for text in texts) + b"\n"


def needed(part: Path, beside: str) -> bytes:
    """Of a library what its pages can use: a class that they name in a template, a script or a handler. ``beside``: the rest of its bundle."""
    own = (file.read_text() for folder in PRUNED[part] for file in sorted(folder.rglob("*")) if file.suffix in (".html", ".js", ".css", ".py"))
    return pruned(read(part).decode(), words(own), beside).encode()


def woven(entry: Path) -> bytes:
    """One file with all that it imports; the licences of the packages stand at its end."""
    if not WEAVER.exists():
        raise Missing(WEAVER)
    asked = (WEAVER, entry, "--bundle", "--minify", "--format=iife", "--target=es2020", "--legal-comments=eof", "--log-level=error")
    return subprocess.run(asked, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603  # our own program on our own file


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Missing(path) from None


def icon_names() -> list[str]:
    """The names in ``icons.txt``, which both the sprite and the templates' ``icon()`` know."""
    lines = (line.strip() for line in (HERE / "icons.txt").read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def sprite(names: Iterable[str]) -> bytes:
    """One SVG with a ``<symbol>`` an icon, so that a page loads all of them once and paints them in its own colours."""
    symbols = "".join(f'<symbol id="{name}" viewBox="0 0 24 24">{strokes(ICONS / f"{name}.svg")}</symbol>' for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n'.encode()


def strokes(path: Path) -> str:
    """The drawing inside one icon, without the invisible square that gives it its size."""
    root = ElementTree.fromstring(read(path))  # noqa: S314  # a file of our own lock, not somebody's upload
    drawn = [child for child in root if child.get("stroke") != "none"]
    return "".join(ElementTree.tostring(child, encoding="unicode").replace(' xmlns:ns0="http://www.w3.org/2000/svg"', "").replace("ns0:", "").strip()
                   for child in drawn)


def hashed(name: str, body: bytes) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{suffix}"


def store(name: str, body: bytes) -> None:
    path = DIST / name
    if not path.exists():  # the name is the content
        path.with_name(name + ".gz").write_bytes(gzip.compress(body, 9, mtime=0))
        path.write_bytes(body)


def remove_stale(current: Iterable[str]) -> None:
    keep = {"manifest.json"} | {kept for name in current for kept in (name, name + ".gz")}
    for path in DIST.iterdir():
        if path.name not in keep:
            path.unlink()


if __name__ == "__main__":
    for plain, stored in build().items():
        size, small = (DIST / stored).stat().st_size, (DIST / f"{stored}.gz").stat().st_size
        sys.stdout.write(f"{plain:12} {stored:32} {size:>9,} bytes, {small:>7,} gzipped\n")
