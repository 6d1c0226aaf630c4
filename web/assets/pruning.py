"""Leave out of a stylesheet what no page can need: a library of components is several times as large as the few that are used.

A rule stays while some page could match it: every class in one of its selectors is a word of our own templates, scripts or styles. Nothing is
guessed: a class that is put together from parts must stand somewhere as a whole. Then variables and animations go that nobody asks for any more.
"""

import re
from collections.abc import Iterable, Iterator, Set

#: A string, a comment, or one character that means something.
MARKS = re.compile(r"""/\*.*?\*/|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|url\([^)"']*\)|[{};]""", re.DOTALL)
CLASS = re.compile(r"\.(-?[_a-zA-Z][\w-]*)")
WORD = re.compile(r"-?[_a-zA-Z][\w-]*")
#: Parts of a selector that no class is needed for.
ASIDE = re.compile(r""":not\([^)]*\)|\[[^\]]*\]|"[^"]*"|'[^']*'""")
OUTSIDE = re.compile(r",(?![^(\[]*[)\]])")
NESTED = ("@media", "@supports", "@layer")


def words(texts: Iterable[str]) -> frozenset[str]:
    """Whatever could be a class."""
    return frozenset(word for text in texts for word in WORD.findall(text))


def pruned(css: str, used: Set[str], beside: str = "") -> str:
    """``css`` without the rules that no element with only ``used`` classes could match. ``beside``: what stands in the same stylesheet and may ask
    for its variables."""
    kept = "".join(_rule(head, body, used) for head, body in rules(css))
    while (fewer := _asked_for(kept, beside)) != kept:
        kept = fewer
    return kept


def rules(css: str) -> Iterator[tuple[str, str]]:
    """The outermost rules: (what stands before the brace, what is in the braces); a statement without braces has an empty body."""
    start, depth, inside = 0, 0, 0
    for mark in MARKS.finditer(css):
        if mark[0] == "{":
            depth += 1
            inside = mark.end() if depth == 1 else inside
        elif mark[0] == "}":
            depth -= 1
            if depth == 0:
                yield css[start:inside - 1].strip(), css[inside:mark.start()]
                start = mark.end()
        elif mark[0] == ";" and depth == 0:
            yield css[start:mark.end()].strip(), ""
            start = mark.end()
        elif mark[0].startswith("/*") and depth == 0:
            start = mark.end()


def _rule(head: str, body: str, used: Set[str] | None) -> str:
    """What is left of one rule; ``used`` none: all but what is empty."""
    if head.endswith(";"):
        return head
    if head.startswith(NESTED):
        within = "".join(_rule(inner, its, used) for inner, its in rules(body))
        return f"{head}{{{within}}}" if within else ""
    if head.startswith("@"):
        return f"{head}{{{body}}}"
    selectors = [one for one in OUTSIDE.split(head) if used is None or set(CLASS.findall(ASIDE.sub("", one))) <= used]
    return f"{','.join(selectors)}{{{body}}}" if selectors and body else ""


def _asked_for(css: str, beside: str) -> str:
    """One round less: variables that no ``var()`` names, animations that nothing runs, and rules that this leaves empty."""
    named = set(re.findall(r"var\((--[\w-]+)", css + beside))
    css = re.sub(r"(?<=[{;])(--[\w-]+):[^;{}]*(;|(?=\}))", lambda found: found[0] if found[1] in named else "", css)
    run = set(" ".join(re.findall(r"animation(?:-name)?:([^;}]*)", css + beside)).replace(",", " ").split())
    return "".join(_rule(head, body, None) for head, body in rules(css)
                   if not (moved := re.match(r"@(?:-webkit-)?keyframes\s+([\w-]+)", head)) or moved[1] in run)
