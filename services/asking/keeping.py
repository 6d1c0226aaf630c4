"""What somebody keeps of her questions: the columns that she wants to see, and questions under a name, her own or shared with her organisation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from config.errors import NotFound
from models.database import execute, row
from services import saved_lists
from services.actors import Actor
from services.asking.declared import SUBJECTS
from services.asking.questions import Question, checked, columns_of, sorted_by, subject_of
from services.regions import Region
from services.verbs import verb

QUESTION = TypeAdapter(Question)


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


@verb
async def keep(region: Region, actor: Actor, question: Question, name: str, now: datetime, *, share: bool = False) -> UUID:
    """Keep the question under a name (``services.saved_lists``). Raises ``Invalid``, ``NotPermitted``."""
    subject_of(region, actor, question.subject)
    checked(region, question)
    sorted_by(question)
    plain = replace(question, whole=False, large=False)
    return await saved_lists.keep(region, actor, question.subject, name, QUESTION.dump_json(plain).decode(), now, share=share)


async def find(region: Region, actor: Actor, id: UUID) -> Question:
    """Raises :class:`NotFound`, also for what nobody shared with the actor (T01)."""
    found = await saved_lists.find(region, actor, id)
    if found.subject not in SUBJECTS:
        raise NotFound
    return QUESTION.validate_json(found.asked)
