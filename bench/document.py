"""Where tables go: docs/performance.md, between two marks."""

from pathlib import Path

DOCUMENT = Path("docs/performance.md")


def put(begin: str, end: str, table: str) -> None:
    """Write a table in the place of what stands between its marks. Raises ``ValueError`` where there are none."""
    before, found, rest = DOCUMENT.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"{DOCUMENT} has no place between «{begin}» and «{end}»")
    DOCUMENT.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")
