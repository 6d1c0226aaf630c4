"""``/assets/…``: the built files, kept in memory and served for ever, because a new content has a new name."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request

from config.errors import NotFound

DIST = Path(__file__).parent / "assets" / "dist"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"

assets = Blueprint("assets", url_prefix="/assets")


class AssetsNotBuilt(RuntimeError):
    """The pages' files are not there: run ``make assets``."""


@dataclass(frozen=True)
class Stored:
    body: bytes
    gzipped: bytes
    content_type: str


@dataclass(frozen=True)
class Shelf:
    """``names``: plain name → hashed name; ``files``: hashed name → content. What is not on it does not exist, whatever a path says (T26)."""

    names: dict[str, str]
    files: dict[str, Stored]


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """Everything that ``web.assets.build`` made, read once a process. Raises :class:`AssetsNotBuilt`."""
    try:
        names: dict[str, str] = json.loads((DIST / "manifest.json").read_text())
    except FileNotFoundError:
        raise AssetsNotBuilt(AssetsNotBuilt.__doc__) from None
    files = {name: Stored((DIST / name).read_bytes(), (DIST / f"{name}.gz").read_bytes(), TYPES[Path(name).suffix]) for name in names.values()}
    return Shelf(names, files)


def asset(name: str) -> str:
    """Address of a built file: ``asset("phone.css")`` → ``/assets/phone.<hash>.css``. Raises ``KeyError`` for a name that no bundle has."""
    return f"/assets/{shelf().names[name]}"


@assets.get("/<name:str>", ctx_permission="public", name="serve")
@assets.head("/<name:str>", ctx_permission="public", name="look")
async def serve(request: Request, name: str) -> HTTPResponse:
    """One built file, gzipped for whoever takes it so."""
    stored = shelf().files.get(name)
    if stored is None:
        raise NotFound
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if not takes_gzip(request.headers.get("accept-encoding", "")):
        return HTTPResponse(stored.body, headers=headers, content_type=stored.content_type)
    return HTTPResponse(stored.gzipped, headers=headers | {"Content-Encoding": "gzip"}, content_type=stored.content_type)


def takes_gzip(accept: str) -> bool:
    """Whether an ``Accept-Encoding`` header allows gzip: named, or ``*``, and not with a weight of nought (RFC 9110, 12.5.3)."""
    weights = {}
    for item in accept.lower().split(","):
        coding, _, weight = item.partition(";")
        weights[coding.strip()] = weight.replace(" ", "").removeprefix("q=").rstrip(".0") != "" if weight else True
    return weights.get("gzip", weights.get("*", False))
