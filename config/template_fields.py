"""The fields of WeChat's message templates: what each kind holds, and texts fitted to it. One character too many refuses the whole message (47003).

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

#: When it was told, as ``time`` and ``date`` want it; every text may use it.
AT: Final = "at"
#: Kinds that do not take any words, and the placeholders whose values they do take. What is not here and not in ``LONGEST`` (enum …) takes none.
FILLED_BY: Final = {
    "number": {"due_soon", "due_today", "overdue", "organisations", "minutes"},
    "character_string": {"number", "card"}, "phone_number": {"phone"},
    "name": {"name"}, "time": {AT}, "date": {AT}}
_KEY: Final = re.compile(rf"({'|'.join([*LONGEST, 'time', 'date', 'enum'])})\d{{1,2}}")
_FIXED: Final = {
    "phrase": re.compile("[\u4e00-\u9fff]{1,5}"), "letter": re.compile("[A-Za-z]{1,32}"), "number": re.compile(r"[\d.]{1,32}"),
    "character_string": re.compile(r"[!-~ ]{1,32}"), "time": re.compile(r"(\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}"),
    "date": re.compile(r"\d{4}年\d{1,2}月\d{1,2}日( \d{1,2}:\d{2})?")}


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


def expected(key: str, text: str) -> str | None:
    """What a profile should say instead, when the template's field ``key`` cannot hold ``text``, a text with ``{placeholders}``; None: it can."""
    found = _KEY.fullmatch(key)
    if found is None:
        return f"a field's key such as thing1 or time2, not {key}"
    kind, names, fixed = found[1], set(re.findall(r"\{(\w+)\}", text)), re.sub(r"\{\w+\}", "", text)
    if "\n" in text:
        return "one line"
    if not names:
        pattern = _FIXED.get(kind)
        fits = pattern.fullmatch(text) if pattern else len(text) <= LONGEST.get(kind, len(text))
        return None if fits else f"words that {kind} takes"
    if kind == "thing":
        return None if len(fixed) < LONGEST[kind] else f"fewer than {LONGEST[kind]} characters beside the placeholders"
    allowed = FILLED_BY.get(kind, set())
    if not names <= allowed or (fixed and kind in {"time", "date", "number", "phone_number"}):
        return f"for {kind} nothing but {', '.join(f'{{{name}}}' for name in sorted(allowed)) or 'fixed words'}"
    return None
