"""常用意见: the sentences that a handler picks instead of typing, one source for desk, phone, chat and API. Her own come first, then her
offices', then the ones that everybody in the region has (:mod:`config.phrases`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted
from config.phrases import WITH_WORDS, Phrases
from config.routes import Matter
from config.vocabulary import Action, Permission
from models.database import execute, new_id, row, rows, transaction
from services import audit
from services.actors import Actor
from services.regions import Region
from services.verbs import verb

#: So many sentences for one act are picked from faster than typed.
MOST = 20
LONGEST = 200


@dataclass(frozen=True)
class Kept:
    """One sentence that was kept. ``organisation``: whose it is; a person's own has none."""

    id: UUID
    action: Action
    words: str
    organisation_id: UUID | None
    organisation: str


@dataclass(frozen=True)
class Library:
    """What a handler has to pick from. ``base``: what everybody in the region has."""

    kept: Sequence[Kept]
    base: Phrases

    def of(self, action: Action, matter: Matter | None = None) -> tuple[str, ...]:
        """``matter``: what is handled, where the act is one of handling."""
        own = [one.words for one in self.kept if one.action is action]
        return tuple(dict.fromkeys([*own, *self.base.of(action, matter)]))


_KEPT = """
SELECT p.id, p.action, p.words, p.organisation_id, coalesce(o.name, '') AS organisation FROM phrase p
LEFT JOIN organisation o ON (o.region, o.id) = (p.region, p.organisation_id)
WHERE p.region = $1 AND (p.account_id = $2 OR p.organisation_id = ANY ($3::uuid[])) ORDER BY p.organisation_id IS NOT NULL, o.name, p.made_at, p.id
"""


async def of_actor(region: Region, actor: Actor) -> Library:
    """Her own sentences, and those of the offices for which she handles cases."""
    found = await rows(_KEPT, region.code, actor.account_id, actor.offices)
    return Library([Kept(**{**one, "action": Action(one["action"])}) for one in found], region.profile.phrases)


def managed(region: Region, actor: Actor) -> dict[UUID, str]:
    """Offices whose sentences the actor keeps: her own ones, where a role of hers there manages accounts or supervises."""
    keeping = {Permission.MANAGE_ACCOUNTS, Permission.SUPERVISE}
    roles = region.profile.roles
    return {grant.organisation_id: grant.organisation_name for grant in actor.grants if grant.role in roles and keeping & set(roles[grant.role].can)}


@verb
async def keep(region: Region, actor: Actor, action: Action, words: str, organisation: UUID | None, now: datetime) -> None:
    """Keep a sentence for oneself, or for an office that one manages. Kept twice is kept once.

    Raises :class:`NotPermitted`, :class:`Invalid`.
    """
    said = " ".join(words.split())
    if action not in WITH_WORDS:
        raise Invalid({"action": "请选择在哪一步使用。"})
    if not 2 <= len(said) <= LONGEST:
        raise Invalid({"words": f"请写 2 到 {LONGEST} 字。"})
    if organisation is not None and organisation not in managed(region, actor):
        raise NotPermitted
    owner = None if organisation else actor.account_id
    async with transaction():
        await row("SELECT 1 FROM account WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, actor.account_id)
        found = await row("SELECT count(*) AS kept FROM phrase WHERE region = $1 AND action = $4 AND (account_id = $2 OR organisation_id = $3)",
                          region.code, owner, organisation, action.value)
        if found is not None and found["kept"] >= MOST:
            raise Invalid({"words": f"这一步已经有 {MOST} 条，请先删除不用的。"})
        await execute("INSERT INTO phrase (region, id, account_id, organisation_id, action, words, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
                      "ON CONFLICT DO NOTHING", region.code, new_id(), owner, organisation, action.value, said, now)
        if organisation is not None:
            await audit.record(actor, "phrase.keep", "organisation", organisation, {"action": action.value}, now)


@verb
async def remove(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    """Keep one's own, or an office's that one manages, no more. Raises :class:`NotFound`."""
    async with transaction():
        gone = await row("DELETE FROM phrase WHERE region = $1 AND id = $2 AND (account_id = $3 OR organisation_id = ANY ($4::uuid[])) "
                         "RETURNING organisation_id, action", region.code, id, actor.account_id, list(managed(region, actor)))
        if gone is None:
            raise NotFound
        if gone["organisation_id"] is not None:
            await audit.record(actor, "phrase.remove", "organisation", gone["organisation_id"], {"action": gone["action"]}, now)
