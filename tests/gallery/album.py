"""The pictures bound together: one page to flip through, and those that README shows."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from PIL import Image

from tests.gallery.studio import Taken

#: Wide enough for where README shows them; together they stay below two megabytes.
README_WIDTH = {"phone": 390, "desk": 1200, "counter": 1024}
README_HEIGHT = {"phone": 844, "desk": 900, "counter": 768}


def bind(taken: Sequence[Taken], folder: Path) -> Path:
    """``index.html`` beside the pictures."""
    page = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True).get_template("album.html")
    regions = list(dict.fromkeys(one.shown.region for one in taken))
    text = page.render(taken=taken, regions=regions, pictures=sum(len(one.pictures) for one in taken), wrong=sum(bool(one.wrong) for one in taken))
    index = folder / "index.html"
    index.write_text(text)
    return index


def hang(taken: Sequence[Taken], folder: Path, wall: Path) -> None:
    """Put the first screen of what README shows into ``wall``; what it no longer shows is taken down."""
    shutil.rmtree(wall, ignore_errors=True)
    wall.mkdir(parents=True)
    for one in taken:
        if one.shown.readme and "light" in one.pictures:
            face = one.shown.face
            with Image.open(folder / one.pictures["light"]) as image:
                framed = image.crop((0, 0, image.width, min(image.height, README_HEIGHT[face])))
                framed.thumbnail((README_WIDTH[face], README_HEIGHT[face]))
                framed.save(wall / f"{one.shown.readme}.webp", "WEBP", quality=80, method=6)
