"""快捷入口 (WH-03, BZ-08): the pages that a person put on her user centre, in her order. Which pages there are is the desk's own matter."""

from collections.abc import Sequence

from models.database import execute, row
from services.actors import Actor
from services.regions import Region
from services.verbs import verb

#: Two rows of them at most: more are no shortcut.
MOST = 12


async def chosen(region: Region, actor: Actor) -> tuple[str, ...]:
    """The addresses below the desk's own that the actor put there; none where she never chose."""
    found = await row("SELECT pages FROM chosen_shortcuts WHERE region = $1 AND account_id = $2", region.code, actor.account_id)
    return tuple(found["pages"]) if found else ()


@verb
async def choose(region: Region, actor: Actor, pages: Sequence[str]) -> None:
    """These, in this order, from now on; the first :data:`MOST` of them. None: those of her roles again."""
    kept = list(dict.fromkeys(pages))[:MOST]
    if not kept:
        await execute("DELETE FROM chosen_shortcuts WHERE region = $1 AND account_id = $2", region.code, actor.account_id)
        return
    await execute("INSERT INTO chosen_shortcuts (region, account_id, pages) VALUES ($1, $2, $3::text[]) "
                  "ON CONFLICT (region, account_id) DO UPDATE SET pages = EXCLUDED.pages", region.code, actor.account_id, kept)
