"""JSON that is sealed as a whole: it opens in its own row alone (docs/security.md)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from config.keys import keys


def seal(content: Mapping[str, Any], region: str, table: str, column: str, id: UUID | str) -> bytes:
    """JSON that only this row opens again."""
    return keys().seal(orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode(), region, table, column, str(id))


def unseal(sealed: bytes, region: str, table: str, column: str, id: UUID | str) -> dict[str, Any]:
    """Raises :class:`config.keys.CannotOpen`."""
    return dict(orjson.loads(keys().unseal(bytes(sealed), region, table, column, str(id))))
