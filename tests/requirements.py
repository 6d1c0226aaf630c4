"""Ids of the requirements that no test is marked with: ``python -m tests.requirements FOLDER``."""

import contextlib
import io
import re
import sys
from pathlib import Path

import pytest

ID = re.compile(r"^- ([A-Z]{2}-\d+)\b", re.MULTILINE)


class Marks:
    """Collects the ids of all ``req`` marks."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.found |= {id for item in items for mark in item.iter_markers("req") for id in mark.args}


def wanted(folder: Path) -> list[str]:
    """All ids that the files declare, in their order."""
    return [id for file in sorted(folder.glob("*.md")) for id in ID.findall(file.read_text(encoding="utf-8"))]


def main(folder: Path) -> int:
    if not folder.is_dir():
        sys.stdout.write(f"{folder} is not here; nothing to compare with\n")
        return 0
    marks = Marks()
    with contextlib.redirect_stdout(io.StringIO()):
        done = pytest.main(["--collect-only", "-qq"], plugins=[marks])
    if done != pytest.ExitCode.OK:
        sys.stdout.write("the tests could not all be collected; what follows may be too much\n")
    ids = wanted(folder)
    missing = [id for id in ids if id not in marks.found]
    sys.stdout.write("".join(f"{id}\n" for id in missing) + f"{len(ids) - len(missing)} of {len(ids)} requirements have a test\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
