"""A route as officials read it: who applies, who handles each step by when, what comes back and where it ends.

``plan_of`` says it in words, ``as_svg`` and ``as_mermaid`` draw these words. All three are pure.
"""

from collections.abc import Callable

from config.drawing.mermaid import as_mermaid
from config.drawing.plan import Plan, plan_of
from config.drawing.svg import as_svg

#: Name → how its files end, and what draws it.
FORMATS: dict[str, tuple[str, Callable[[Plan], str]]] = {"svg": ("svg", as_svg), "mermaid": ("mmd", as_mermaid)}

__all__ = ["FORMATS", "Plan", "as_mermaid", "as_svg", "plan_of"]
