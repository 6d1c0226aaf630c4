"""Texts of a subscription message, fitted to what WeChat accepts: it refuses the whole message for one character too many (47003).

The kind of a value is the name of its key (``thing1``, ``time2``); source: 订阅消息参数值内容限制说明.
"""

import re
from collections.abc import Mapping
from typing import Final

# Characters a kind may hold. What is counted in a mixed way there (name, amount) is held to the stricter count.
LONGEST: Final = {"thing": 20, "number": 32, "letter": 32, "symbol": 5, "character_string": 32, "phone_number": 17, "car_number": 8,
                  "name": 10, "phrase": 5, "amount": 12}
EMPTY: Final = "-"  # an empty value is refused
ELLIPSIS: Final = "…"
# Cutting these would say something else; too long, they are left to be refused.
UNCUTTABLE: Final = frozenset({"number", "amount", "phone_number", "car_number", "letter", "symbol", "phrase"})


def fit(data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The ``data`` object of the call: one line a value, never empty, cut inside its limit with an ellipsis."""
    return {key: {"value": _fitted(key, value)} for key, value in data.items()}


def _fitted(key: str, value: str) -> str:
    kind = key.rstrip("0123456789")
    line = re.sub(r"\s+", " ", value).strip() or EMPTY
    longest = LONGEST.get(kind)
    if longest is None or len(line) <= longest or kind in UNCUTTABLE:
        return line
    if kind == "character_string":  # no Chinese there, and the ellipsis is no letter either
        return line[:longest]
    return line[:longest - 1] + ELLIPSIS
