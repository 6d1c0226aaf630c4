"""Why somebody did something, in her own words: sealed, for they may name people. Those from before that stand where they stood."""

from uuid import UUID

from config.keys import keys


def seal_reason(words: str, region: str, table: str, id: UUID) -> bytes | None:
    """For ``reason_sealed`` of the row ``id``; nothing of no words."""
    return keys().seal(words, region, table, "reason", str(id)) if words else None


def read_reason(sealed: bytes | None, plain: str, region: str, table: str, id: UUID) -> str:
    """The words, from ``reason_sealed`` and the column of before."""
    return plain if sealed is None else keys().unseal(bytes(sealed), region, table, "reason", str(id))
