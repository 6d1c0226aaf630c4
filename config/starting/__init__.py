"""The profile that a new region begins with: complete, valid, and explained line by line for somebody who is no programmer."""

import re
from pathlib import Path
from string import Template

from pydantic import TypeAdapter, ValidationError

from config.said import Code

FILES = ("region.yaml", *(f"matters/{name}.yaml" for name in ("admission", "registration", "pool", "card", "booking", "follow_up", "closing")),
         *(f"content/{name}.yaml" for name in ("organisations", "catalogue", "venues")))
#: Of what a region's name may consist: it stands in the middle of sentences, titles and quoted words.
_NAME = re.compile(r"[\w（）·]{1,20}")


class CannotBegin(Exception):
    """Why no profile can be written; the message is for whoever typed the command."""


def write_profile(within: Path, code: str, name: str) -> list[Path]:
    """The folder ``within/code`` with a profile of its own. Raises :class:`CannotBegin`; what is there already is never touched."""
    try:
        TypeAdapter(Code).validate_python(code)
    except ValidationError:
        raise CannotBegin(f"{code}: small letters, digits and _ only, beginning with a letter, at most 48") from None
    if not _NAME.fullmatch(name):
        raise CannotBegin(f"{name}: a name of at most 20 letters, without blanks and quotation marks")
    folder = within / code
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise CannotBegin(f"{folder} is there already; nothing was written") from None
    return [_write(file, folder, code, name) for file in FILES]


def _write(file: str, folder: Path, code: str, name: str) -> Path:
    text = Template((Path(__file__).parent / file).read_text(encoding="utf-8")).substitute(code=code, name=name)
    written = folder / file
    written.parent.mkdir(exist_ok=True)
    written.write_text(text, encoding="utf-8")
    return written
