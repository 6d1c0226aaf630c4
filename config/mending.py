"""Stand-ins for the parts of a profile that cannot be read, so that all the others are still checked against each other.

A mended document is only looked at for further mistakes; nobody ever works by it. A part without a stand-in of its own is
covered by the one that holds it, so a new part of the schema needs a line here only if others refer to its names.
"""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from config.references import Loc

EACH = "*"
NAMED = {"code": "unread", "name": "-"}
STEP = {"step": "unread", "name": "-", "handler": [{"skip": True}], "can": ["approve", "complete"], "limit": "1 working days"}
MATTER = {**NAMED, "prefix": "X", "who": {"kind": "talent"}, "form": [], "route": [STEP]}
SUPERVISION = {"due_soon": "1 working days", "again_after": "1 working days", "leader_after": "1 working days",
               "leader_role": "unread", "digest_at": "08:00", "watch_role": "unread"}
SPAN = {"opens": "08:00", "closes": "12:00"}
SENDING = {"sms_sign": "-", "hours": SPAN, "per_number_a_day": 1, "texts": {}}
CARD = {"name": "-", "levels": [NAMED], "valid_years": 1}
REGION = {**NAMED, "scheme": "-", "help_phone": "-", "login": {"methods": ["password"]}, "calendar": {"hours": [SPAN]}, "card": CARD,
          "districts": [NAMED], "roles": {}, "supervision": SUPERVISION, "sending": SENDING}

COLUMN = {"path": "case.number", "label": "-"}
ROSTER = {"title": "-", "columns": [COLUMN]}
FIELD = {"field": "unread", "type": "text", "label": "-"}
SECTION = {"section": "unread", "name": "-", "fields": [FIELD]}

#: Where a stand-in belongs → its keys. An empty one: entries may simply be left out.
STAND_INS: dict[tuple[str, ...], dict[str, Any]] = {
    (): REGION,
    ("card",): CARD,
    ("card", "levels", EACH): NAMED,
    ("districts", EACH): NAMED,
    ("roles",): {},
    ("roles", EACH): {"name": "-", "can": []},
    ("venue_categories", EACH): NAMED,
    ("terms",): {"version": "-", "title": "-", "text": "-"},
    ("honours", EACH): {"title": "-"},
    ("registration",): {},
    ("registration", EACH): {"name": "-"},
    ("registration", EACH, "asks", EACH): FIELD,
    ("person_sections", EACH): SECTION,
    ("person_sections", EACH, "fields", EACH): FIELD,
    ("unit_sections", EACH): SECTION,
    ("unit_sections", EACH, "fields", EACH): FIELD,
    ("supervision",): SUPERVISION,
    ("sending",): SENDING,
    ("sending", "texts"): {},
    ("sending", "texts", EACH): {"text": "-"},
    ("matters",): {},
    ("matters", EACH): MATTER,
    ("matters", EACH, "form", EACH): FIELD,
    ("matters", EACH, "route", EACH): STEP,
    ("matters", EACH, "route", EACH, "roster"): ROSTER,
    ("matters", EACH, "route", EACH, "roster", "columns", EACH): COLUMN,
    ("content",): {"organisations": []},
    ("content", "organisations", EACH): {**NAMED, "kind": "window"},
    ("content", "catalogue", EACH): NAMED,
    ("content", "catalogue", EACH, "services", EACH): {**NAMED, "summary": "-", "guide": "-"},
    ("content", "venues", EACH): {**NAMED, "category": "unread", "address": "-", "opening": [{"spans": [SPAN]}]},
    ("content", "benefits", EACH): {"category": "unread", "level": "unread", "yearly": None},
}
#: What others call a part by; kept where it can be read.
NAMES = ("code", "step", "field", "section", "title")
#: What others ask of a part that they name.
ASKED = (*NAMES, "type", "fact", "repeats", "main")


def mended(document: dict[str, Any], faults: Iterable[Loc]) -> tuple[dict[str, Any], set[Loc]]:
    """A copy of ``document`` in which everything at ``faults`` is replaced, and the places that were replaced."""
    copy, replaced = deepcopy(document), set[Loc]()
    for loc in sorted(faults, key=len):
        if not stands_under(loc, replaced):
            replaced.add(_replace(copy, loc))
    return copy, replaced


def stands_under(loc: Loc, places: set[Loc]) -> bool:
    return any(loc[:length] in places for length in range(len(loc) + 1))


def is_certain(names: Loc, unknown: set[Loc]) -> bool:
    """Whether a name that is not found in the part at ``names`` is really not there, and not merely among what is ``unknown``."""
    inside = (loc for loc in unknown if len(loc) > len(names) and loc[:len(names)] == names)
    return not stands_under(names, unknown) and not any(isinstance(loc[-1], int) or loc[-1] in ASKED for loc in inside)


def _replace(document: dict[str, Any], loc: Loc) -> Loc:
    """Puts a stand-in at ``loc``, or at the part around it that has one. Gives the place that was replaced."""
    item = _stand_in(loc)
    if item is not None and isinstance(loc[-1], int):
        parent = _at(document, loc[:-1])
        given = parent[loc[-1]]
        known = {key: given[key] for key in NAMES if key in item and isinstance(given, dict) and isinstance(given.get(key), str)}
        parent[loc[-1]] = deepcopy(item | known)
        return loc
    depth = max(length for length in range(len(loc)) if _stand_in(loc[:length]) is not None)
    part, key, stand_in = _at(document, loc[:depth]), loc[depth], _stand_in(loc[:depth]) or {}
    if key in stand_in:
        part[key] = deepcopy(stand_in[str(key)])
    else:
        part.pop(key, None)
    return loc[:depth + 1]


def _stand_in(loc: Loc) -> dict[str, Any] | None:
    kinds = tuple(EACH if isinstance(part, int) else part for part in loc)
    fitting = (stand_in for pattern, stand_in in STAND_INS.items()
               if len(pattern) == len(kinds) and all(want in (EACH, part) for want, part in zip(pattern, kinds, strict=True)))
    return next(fitting, None)


def _at(document: dict[str, Any], loc: Loc) -> Any:
    part: Any = document
    for key in loc:
        part = part[key]
    return part
