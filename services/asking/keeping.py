"""What somebody keeps of her questions: the columns that she wants to see, and questions under a name, her own or shared with her organisation."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from config.errors import Invalid, NotFound, NotPermitted
from config.keys import keys
from models.database import execute, new_id, row, rows
from services import audit
from services.actors import Actor
from services.asking.questions import Question, checked, columns_of, sorted_by, subject_of
from services.regions import Region
from services.verbs import verb

#: Of one person and subject.
MOST_SAVED, LONGEST_NAME = 30, 30
QUESTION = TypeAdapter(Question)


@dataclass(frozen=True)
class Saved:
    """``own``: whoever reads it may delete it. ``by``: who shared it."""

    id: UUID
    name: str
    own: bool
    shared: bool
    by: str
    question: Question = field(repr=False)


async def columns(region: Region, actor: Actor, subject: str) -> tuple[str, ...]:
    """Those that the actor chose; none where she never chose."""
    found = await row("SELECT columns FROM chosen_columns WHERE region = $1 AND account_id = $2 AND subject = $3",
                      region.code, actor.account_id, subject)
    return tuple(found["columns"]) if found else ()


@verb
async def choose_columns(region: Region, actor: Actor, subject: str, chosen: Sequence[str]) -> None:
    """In this order, from now on; none chosen: as the subject shows itself. What is not declared is left out."""
    subject_of(region, actor, subject)
    if not chosen:
        await execute("DELETE FROM chosen_columns WHERE region = $1 AND account_id = $2 AND subject = $3",
                      region.code, actor.account_id, subject)
        return
    kept = [one.code for one in columns_of(region, Question(subject, columns=tuple(chosen)))]
    await execute("INSERT INTO chosen_columns (region, account_id, subject, columns) VALUES ($1, $2, $3, $4::text[]) "
                  "ON CONFLICT (region, account_id, subject) DO UPDATE SET columns = EXCLUDED.columns", region.code, actor.account_id, subject, kept)


_KEEP = """
INSERT INTO saved_question (region, id, owner_id, shared_with, subject, name, question_sealed, made_at)
SELECT $1, $2, $3, $4::uuid, $5::text, $6::text, $7::bytea, $8::timestamptz
WHERE (SELECT count(*) FROM saved_question WHERE region = $1 AND owner_id = $3 AND subject = $5) < $9
ON CONFLICT (region, owner_id, subject, name) DO NOTHING RETURNING id
"""


@verb
async def keep(region: Region, actor: Actor, question: Question, name: str, now: datetime, *, share: bool = False) -> UUID:
    """Keep the question under a name; shared: for everybody of the actor's first organisation. Raises :class:`Invalid`, ``NotPermitted``."""
    subject_of(region, actor, question.subject)
    checked(region, question)
    sorted_by(question)
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        raise Invalid({"name": f"请给这个查询起一个名称，最多 {LONGEST_NAME} 个字。"})
    id, plain = new_id(), replace(question, whole=False, large=False)
    sealed = keys().seal(QUESTION.dump_json(plain).decode(), region.code, "saved_question", "question", str(id))
    made = await row(_KEEP, region.code, id, actor.account_id, _office(actor) if share else None, question.subject, name.strip(), sealed, now,
                     MOST_SAVED)
    if made is None:
        raise Invalid({"name": f"您已有同名的查询，或已存满 {MOST_SAVED} 个。请换一个名称，或先删除不用的。"})
    if share:
        await audit.record(actor, "question.share", "cases", id, {"for": name.strip()}, now)
    return id


def _office(actor: Actor) -> UUID:
    if not actor.organisations:
        raise NotPermitted
    return actor.organisations[0]


_SAVED = """
SELECT s.id, s.name, s.owner_id, s.shared_with, s.question_sealed, a.name AS by FROM saved_question s
JOIN account a ON (a.region, a.id) = (s.region, s.owner_id)
WHERE s.region = $1 AND (s.owner_id = $2 OR s.shared_with = ANY ($3::uuid[])) AND ($4 = '' OR s.subject = $4) AND ($5::uuid IS NULL OR s.id = $5)
ORDER BY s.owner_id <> $2, s.name
"""


async def saved(region: Region, actor: Actor, subject: str) -> list[Saved]:
    """The actor's own, then those that her organisations share. What the asker may see is decided when it is asked, never here."""
    return [_saved(region, actor, one) for one in await rows(_SAVED, region.code, actor.account_id, actor.organisations, subject, None)]


async def find(region: Region, actor: Actor, id: UUID) -> Saved:
    """Raises :class:`NotFound`, also for what nobody shared with the actor (T01)."""
    found = await row(_SAVED, region.code, actor.account_id, actor.organisations, "", id)
    if found is None:
        raise NotFound
    return _saved(region, actor, found)


@verb
async def forget(region: Region, actor: Actor, id: UUID) -> None:
    """Raises :class:`NotFound` for everybody else's."""
    if not await execute("DELETE FROM saved_question WHERE region = $1 AND id = $2 AND owner_id = $3", region.code, id, actor.account_id):
        raise NotFound


def _saved(region: Region, actor: Actor, one: dict[str, Any]) -> Saved:
    said = keys().unseal(bytes(one["question_sealed"]), region.code, "saved_question", "question", str(one["id"]))
    return Saved(one["id"], one["name"], one["owner_id"] == actor.account_id, one["shared_with"] is not None, one["by"], QUESTION.validate_json(said))
