"""常用筛选: conditions of the to-do list that a person named and kept; nobody else sees them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.errors import Invalid, NotFound
from models.database import execute, new_id, row, rows, transaction
from services.actors import Actor
from services.regions import Region
from services.verbs import verb

#: As many as stand in one line above the list.
MOST = 12
LONGEST_NAME = 12


@dataclass(frozen=True)
class Saved:
    """``asked``: the conditions as they stand in an address."""

    id: UUID
    name: str
    asked: str


async def of_actor(region: Region, actor: Actor) -> list[Saved]:
    """Hers, in the order in which she kept them."""
    found = await rows("SELECT id, name, asked FROM saved_list WHERE region = $1 AND account_id = $2 ORDER BY made_at, id",
                       region.code, actor.account_id)
    return [Saved(**one) for one in found]


@verb
async def keep(region: Region, actor: Actor, name: str, asked: str, now: datetime) -> None:
    """Keep conditions under a name; one that is there already means these from now on. Raises :class:`Invalid`."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid({"name": f"请起一个 {LONGEST_NAME} 字以内的名称。"})
    if not asked:
        raise Invalid({"name": "请先选择或查找，再把条件存下来。"})
    async with transaction():
        await row("SELECT 1 FROM account WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, actor.account_id)
        others = await row("SELECT count(*) AS kept FROM saved_list WHERE region = $1 AND account_id = $2 AND name <> $3",
                           region.code, actor.account_id, name)
        if others is not None and others["kept"] >= MOST:
            raise Invalid({"name": f"最多存 {MOST} 个，请先删除不用的。"})
        await execute("INSERT INTO saved_list (region, id, account_id, name, asked, made_at) VALUES ($1, $2, $3, $4, $5, $6) "
                      "ON CONFLICT (region, account_id, name) DO UPDATE SET asked = EXCLUDED.asked", region.code, new_id(), actor.account_id, name,
                      asked, now)


@verb
async def remove(region: Region, actor: Actor, id: UUID) -> None:
    """Raises :class:`NotFound` for what is not hers."""
    if await execute("DELETE FROM saved_list WHERE region = $1 AND id = $2 AND account_id = $3", region.code, id, actor.account_id) != 1:
        raise NotFound
