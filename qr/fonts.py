"""The fonts that printed pages are set in: those of one folder alone, so that a page looks the same on every machine."""

from functools import lru_cache
from pathlib import Path

import typst

#: Where ``npm ci`` puts them.
FONTS = Path(__file__).parent.parent / "node_modules" / "source-han-sans-cn"


class FontsMissing(RuntimeError):
    """No Chinese font in the folder: the page would be empty boxes. ``npm ci`` brings them."""


@lru_cache(maxsize=4)
def fonts_in(folder: Path = FONTS) -> typst.Fonts:
    """Read once a process. Raises :class:`FontsMissing`."""
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    if not found.families():
        raise FontsMissing(f"no fonts in {folder.name}: run npm ci")
    return found
