"""Text and code in step: what the docs list is what the code has."""

import re
from pathlib import Path

import pytest

from config.settings import described

DOCS = Path(__file__).parents[2] / "docs"


def test_operations_lists_every_setting_as_the_code_describes_it() -> None:
    text = (DOCS / "operations.md").read_text()
    begin, end = "<!-- settings:begin -->\n", "\n<!-- settings:end -->"
    assert text[text.index(begin) + len(begin):text.index(end)] == described()


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_every_path_that_the_docs_name_exists(page: Path) -> None:
    named = re.findall(r"`((?:config|models|services|sms|qr|web|wechat|console|sandbox|migrations|docs|bench|tests)/[\w/.]+\.\w+)`", page.read_text())
    assert [path for path in named if not (DOCS.parent / path).exists()] == []
