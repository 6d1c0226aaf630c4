"""Seals what was written before the columns for it were sealed: forms of cases, what is said in histories, words of ratings, reasons.

The keys are in this process and not in the database, so no migration can do it. Until it is done such rows are read where they stand.
Piece by piece, in the order of the keys, beside running work: it may be stopped and begun again at any time, and is harmless twice.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from config.keys import keys
from models.case import read_data, read_said, seal_data, seal_said
from models.database import json_text, rows, transaction
from models.reason import seal_reason
from services import regions
from services.cases.forms import facts_of

PIECE = 500
Piece = list[dict[str, Any]]
NIL = UUID(int=0)

#: Table → where its reasons stood in the open, and what takes them away there.
_REASONS = {"card": ("state_reason", "state_reason = ''"), "card_event": ("reason", "reason = ''"), "visit": ("undone_reason", "undone_reason = ''"),
            "audit": ("detail ->> 'reason'", "detail = detail - 'reason'")}

#: $1 to $3: after which region, id and number of an event. Rows that somebody works on just now are left to the next run.
_PLAIN = {
    "cases": """
        SELECT region, id, 0 AS seq, matter, profile_version, data FROM cases
        WHERE (region, id) > ($1, $2) AND $3::integer IS NOT NULL AND data_sealed IS NULL ORDER BY region, id LIMIT $4 FOR UPDATE SKIP LOCKED""",
    "case_event": """
        SELECT region, case_id AS id, seq, case_id, opinion, detail, said_sealed FROM case_event
        WHERE (region, case_id, seq) > ($1, $2, $3) AND said_sealed IS NULL AND (opinion <> '' OR detail ? 'marks')
        ORDER BY region, case_id, seq LIMIT $4 FOR UPDATE SKIP LOCKED""",
    "rating": """
        SELECT region, id, 0 AS seq, words FROM rating
        WHERE (region, id) > ($1, $2) AND $3::integer IS NOT NULL AND words_sealed IS NULL AND words <> ''
        ORDER BY region, id LIMIT $4 FOR UPDATE SKIP LOCKED""",
    **{table: f"""
        SELECT region, id, 0 AS seq, {words} AS words FROM {table}
        WHERE (region, id) > ($1, $2) AND $3::integer IS NOT NULL AND reason_sealed IS NULL AND {words} <> ''
        ORDER BY region, id LIMIT $4 FOR UPDATE SKIP LOCKED""" for table, (words, _) in _REASONS.items()},  # noqa: S608 - pieces of this file alone
}


async def seal_rest() -> AsyncIterator[tuple[str, int]]:
    """Table and how many rows of it were sealed just now, after each piece."""
    for table, seal in _SEALERS.items():
        after: tuple[Any, ...] = ("", NIL, 0)
        while True:
            async with transaction():
                piece = await rows(_PLAIN[table], *after, PIECE)
                if piece:
                    await seal(piece)
            if not piece:
                break
            after = tuple(piece[-1][name] for name in ("region", "id", "seq"))
            yield table, len(piece)


async def _seal_cases(piece: Piece) -> None:
    sealed, facts = [], []
    for one in piece:
        matter = (await regions.at(one["region"], one["profile_version"])).matter(one["matter"])
        data = read_data(one["region"], one["id"], None, one["data"])
        sealed.append(seal_data(data, one["region"], one["id"]))
        facts.append(json_text(facts_of(matter.form, data)))
    await _write("UPDATE cases c SET data_sealed = s.sealed, facts = s.facts::jsonb, data = '{}' "
                 "FROM unnest($1::text[], $2::uuid[], $3::bytea[], $4::text[]) AS s (region, id, sealed, facts) "
                 "WHERE (c.region, c.id) = (s.region, s.id)", piece, ("region", "id"), sealed, facts)


async def _seal_events(piece: Piece) -> None:
    sealed = [seal_said(*read_said(one), one["region"], one["id"], one["seq"]) for one in piece]
    await _write("UPDATE case_event e SET said_sealed = s.sealed, opinion = '', detail = e.detail - 'marks' "
                 "FROM unnest($1::text[], $2::uuid[], $3::integer[], $4::bytea[]) AS s (region, id, seq, sealed) "
                 "WHERE (e.region, e.case_id, e.seq) = (s.region, s.id, s.seq)", piece, ("region", "id", "seq"), sealed)


async def _seal_ratings(piece: Piece) -> None:
    sealed = [keys().seal(one["words"], one["region"], "rating", "words", str(one["id"])) for one in piece]
    await _write("UPDATE rating r SET words_sealed = s.sealed, words = '' "
                 "FROM unnest($1::text[], $2::uuid[], $3::bytea[]) AS s (region, id, sealed) "
                 "WHERE (r.region, r.id) = (s.region, s.id)", piece, ("region", "id"), sealed)


def _seal_reasons(table: str) -> Callable[[Piece], Awaitable[None]]:
    sql = (f"UPDATE {table} t SET reason_sealed = s.sealed, {_REASONS[table][1]} "  # noqa: S608 - pieces of this file alone
           "FROM unnest($1::text[], $2::uuid[], $3::bytea[]) AS s (region, id, sealed) WHERE (t.region, t.id) = (s.region, s.id)")

    async def seal(piece: Piece) -> None:
        await _write(sql, piece, ("region", "id"), [seal_reason(one["words"], one["region"], table, one["id"]) for one in piece])

    return seal


async def _write(sql: str, piece: Piece, names: tuple[str, ...], *made: list[Any]) -> None:
    await rows(sql, *([one[name] for one in piece] for name in names), *made)


_SEALERS: Mapping[str, Callable[[Piece], Awaitable[None]]] = {"cases": _seal_cases, "case_event": _seal_events, "rating": _seal_ratings,
                                                              **{table: _seal_reasons(table) for table in _REASONS}}
