"""What somebody asks again and again, kept under a name: filters of the to-do list 常用筛选 and saved questions 综合查询, her own or shared with her
organisation. What is asked is sealed, for it may name persons; what the asker may see is decided when she asks, never here.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted
from config.keys import keys
from models.database import execute, new_id, row, rows
from services import audit
from services.actors import Actor
from services.regions import Region
from services.verbs import verb

#: What the to-do list asks, as it stands in an address.
TODO = "todo"
#: Of one person and subject.
MOST_SAVED, LONGEST_NAME = 30, 30


@dataclass(frozen=True)
class Saved:
    """``own``: whoever reads it may delete it. ``by``: who shared it. ``asked``: as its subject writes it."""

    id: UUID
    subject: str
    name: str
    own: bool
    shared: bool
    by: str
    asked: str = field(repr=False)


_KEEP = """
INSERT INTO saved_question (region, id, owner_id, shared_with, subject, name, question_sealed, made_at)
SELECT $1, $2, $3, $4::uuid, $5::text, $6::text, $7::bytea, $8::timestamptz
WHERE (SELECT count(*) FROM saved_question WHERE region = $1 AND owner_id = $3 AND subject = $5) < $9
ON CONFLICT (region, owner_id, subject, name) DO NOTHING RETURNING id
"""


@verb
async def keep(region: Region, actor: Actor, subject: str, name: str, asked: str, now: datetime, *, share: bool = False) -> UUID:
    """Keep what is asked of a subject under a name; shared: for everybody of the actor's first organisation. Raises :class:`Invalid`,
    ``NotPermitted``."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid({"name": f"请起一个名称，最多 {LONGEST_NAME} 个字。"})
    if not asked:
        raise Invalid({"name": "请先选择或查找，再把条件存下来。"})
    id = new_id()
    sealed = keys().seal(asked, region.code, "saved_question", "question", str(id))
    made = await row(_KEEP, region.code, id, actor.account_id, _office(actor) if share else None, subject, name, sealed, now, MOST_SAVED)
    if made is None:
        raise Invalid({"name": f"您已有同名的，或已存满 {MOST_SAVED} 个。请换一个名称，或先删除不用的。"})
    if share:
        await audit.record(actor, "question.share", "cases", id, {"for": name}, now)
    return id


def _office(actor: Actor) -> UUID:
    if not actor.organisations:
        raise NotPermitted
    return actor.organisations[0]


_SAVED = """
SELECT s.id, s.subject, s.name, s.owner_id, s.shared_with, s.question_sealed, s.asked, a.name AS by FROM saved_question s
JOIN account a ON (a.region, a.id) = (s.region, s.owner_id)
WHERE s.region = $1 AND (s.owner_id = $2 OR s.shared_with = ANY ($3::uuid[])) AND ($4 = '' OR s.subject = $4) AND ($5::uuid IS NULL OR s.id = $5)
ORDER BY s.owner_id <> $2, s.name
"""


async def of_actor(region: Region, actor: Actor, subject: str) -> list[Saved]:
    """The actor's own, then those that her organisations share."""
    return [_saved(region, actor, one) for one in await rows(_SAVED, region.code, actor.account_id, actor.organisations, subject, None)]


async def find(region: Region, actor: Actor, id: UUID) -> Saved:
    """Raises :class:`NotFound`, also for what nobody shared with the actor (T01)."""
    found = await row(_SAVED, region.code, actor.account_id, actor.organisations, "", id)
    if found is None:
        raise NotFound
    return _saved(region, actor, found)


@verb
async def remove(region: Region, actor: Actor, id: UUID) -> None:
    """Raises :class:`NotFound` for everybody else's."""
    if await execute("DELETE FROM saved_question WHERE region = $1 AND id = $2 AND owner_id = $3", region.code, id, actor.account_id) != 1:
        raise NotFound


def _saved(region: Region, actor: Actor, one: dict[str, Any]) -> Saved:
    asked = one["asked"] or keys().unseal(bytes(one["question_sealed"]), region.code, "saved_question", "question", str(one["id"]))
    return Saved(one["id"], one["subject"], one["name"], one["owner_id"] == actor.account_id, one["shared_with"] is not None, one["by"], asked)
