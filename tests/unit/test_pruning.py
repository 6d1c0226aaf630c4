"""A library's stylesheet without what no page can need (web/assets/pruning.py)."""

import re

import pytest

from web.assets import build
from web.assets.pruning import pruned, rules, words

USED = frozenset({"btn", "btn_big", "page"})


@pytest.mark.parametrize(("css", "left"), [
    (".btn{color:red}.gone{color:red}", ".btn{color:red}"),
    (".gone,.btn,a{color:red}", ".btn,a{color:red}"),
    (".btn .gone{color:red}.btn.btn_big:hover>a{color:red}", ".btn.btn_big:hover>a{color:red}"),
    (".btn:not(.gone){color:red}", ".btn:not(.gone){color:red}"),
    (":is(.gone,.btn) a{color:red}", ""),
    ('[class^=".gone"]{color:red}', '[class^=".gone"]{color:red}'),
    ("@media (min-width:1px){.gone{color:red}}", ""),
    ("@media (min-width:1px){.gone{color:red}.btn{color:red}}", "@media (min-width:1px){.btn{color:red}}"),
    ('.btn::before{content:"}"}.gone::before{content:"{"}', '.btn::before{content:"}"}'),
    (".btn{background:url(data:image/svg+xml,{})}.gone{}", ".btn{background:url(data:image/svg+xml,{})}"),
    ("@charset 'utf-8';/* .btn{} */.btn{color:red}", "@charset 'utf-8';.btn{color:red}"),
    (":root{--a:1;--b:var(--a);--c:2}.btn{width:var(--b)}", ":root{--a:1;--b:var(--a);}.btn{width:var(--b)}"),
    ("@keyframes run{to{color:red}}@keyframes rest{to{color:red}}.btn{animation:run 1s}", "@keyframes run{to{color:red}}.btn{animation:run 1s}"),
])
def test_what_a_page_can_need_stays_and_nothing_else(css: str, left: str) -> None:
    assert pruned(css, USED) == left


def test_what_the_rest_of_the_stylesheet_asks_for_stays() -> None:
    assert pruned(":root{--a:1;--c:2}", USED, beside=".x{width:var(--c)}") == ":root{--c:2}"


def test_every_class_of_a_library_that_a_page_names_is_still_styled() -> None:
    for part, folders in build.PRUNED.items():
        own = words(file.read_text() for folder in folders for file in folder.rglob("*") if file.suffix in (".html", ".js", ".css", ".py"))
        library, left = part.read_text(), build.needed(part, "").decode()
        plain, still = ({head for head, _ in rules(css) if re.fullmatch(r"\.[\w-]+", head)} for css in (library, left))
        assert sorted(head for head in plain - still if head[1:] in own) == []
        assert len(left) < len(library) / 5
