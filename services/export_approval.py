"""A second pair of eyes (T30, T40): whole numbers, and more rows than one may take alone, are written when somebody else approved this one file.

Who asks writes what it is for; who may approve reads that, the question in words and how many rows it has. Both stand in the audit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from config.errors import Conflict, Invalid, NotFound, NotPermitted
from config.vocabulary import Permission
from models.database import row, rows, transaction
from models.export import Export
from services import audit, export_approvers, live
from services.actors import Actor
from services.export_approvers import may_approve
from services.exports import KINDS, LONGEST_PURPOSE, question_of
from services.regions import Region
from services.verbs import verb


class DecidedMeanwhile(Conflict):
    """这份申请已经由别人处理，或已过期。"""

    code = "export_decided"


class OwnExport(NotPermitted):
    """自己申请的导出不能由自己批准，请让另一位有批准权限的同事处理。"""

    code = "own_export"


@dataclass(frozen=True)
class Asking:
    """One that waits. ``words``: what is asked, as people say it; ``whole``: with whole numbers."""

    export: Export
    by: str
    office: str
    label: str
    purpose: str = field(repr=False)
    words: str = field(repr=False)
    whole: bool
    own: bool


#: An approver of the whole region sees all; another those of her own organisations' people.
_WAITING = """
SELECT e.*, a.name AS by, coalesce(string_agg(DISTINCT o.name, '、'), '') AS office FROM export e
JOIN account a ON (a.region, a.id) = (e.region, e.owner_id)
LEFT JOIN role_grant g ON g.region = e.region AND g.account_id = e.owner_id AND g.ended_at IS NULL
LEFT JOIN organisation o ON (o.region, o.id) = (g.region, g.organisation_id)
WHERE e.region = $1 AND e.state = 'asked' AND ($2 OR g.organisation_id = ANY ($3::uuid[]))
GROUP BY e.region, e.id, a.name ORDER BY e.made_at LIMIT 100
"""


async def waiting(region: Region, actor: Actor) -> Sequence[Asking]:
    """What waits for a word, oldest first. Raises :class:`NotPermitted`."""
    if not may_approve(region, actor):
        raise NotPermitted
    everywhere = actor.may(Permission.QUERY_REGION, region.profile)
    return [await _asking(region, actor, one) for one in await rows(_WAITING, region.code, everywhere, actor.organisations)]


async def _asking(region: Region, actor: Actor, one: dict[str, object]) -> Asking:
    export = Export.read({name: value for name, value in one.items() if name not in ("by", "office")})
    kind, question = KINDS[export.kind], question_of(export)
    words = await kind.words(region, question) if kind.words else ""
    return Asking(export, str(one["by"]), str(one["office"]), kind.label, export.purpose, words, bool(getattr(question, "whole", False)),
                  export.owner_id == actor.account_id)


_DECIDE = """
UPDATE export SET state = $4, decided_by = $3, decided_at = $5::timestamptz, reason = $6, ended_at = CASE WHEN $4 = 'declined' THEN $5 END
WHERE region = $1 AND id = $2 AND state = 'asked' RETURNING *
"""


@verb
async def approve(region: Region, actor: Actor, id: UUID, now: datetime) -> Export:
    """The worker writes it now, for its owner alone. Raises :class:`NotPermitted`, :class:`OwnExport`, ``NotFound``, :class:`DecidedMeanwhile`."""
    return await _decide(region, actor, id, "waiting", "", now)


@verb
async def decline(region: Region, actor: Actor, id: UUID, reason: str, now: datetime) -> Export:
    """It is never written; its owner reads why. Raises as :func:`approve`, and ``Invalid`` without a reason."""
    if not 2 <= len(reason.strip()) <= LONGEST_PURPOSE:
        raise Invalid({"reason": f"请写明不批准的原因（2 到 {LONGEST_PURPOSE} 字），申请人会看到。"})
    return await _decide(region, actor, id, "declined", reason.strip(), now)


#: One that was guarded, for whom it is there: the same scope as of those that wait.
_GUARDED = """
SELECT e.owner_id, e.state FROM export e WHERE e.region = $1 AND e.id = $2 AND e.guarded AND ($3 OR EXISTS
 (SELECT 1 FROM role_grant g WHERE g.region = e.region AND g.account_id = e.owner_id AND g.organisation_id = ANY ($4::uuid[]) AND g.ended_at IS NULL))
"""


async def _decide(region: Region, actor: Actor, id: UUID, state: str, reason: str, now: datetime) -> Export:
    if not may_approve(region, actor):
        raise NotPermitted
    found = await row(_GUARDED, region.code, id, actor.may(Permission.QUERY_REGION, region.profile), actor.organisations)
    if found is None:
        raise NotFound
    if found["state"] == "asked" and found["owner_id"] == actor.account_id:
        raise OwnExport
    async with transaction():
        decided = await row(_DECIDE, region.code, id, actor.account_id, state, now, reason)
        if decided is None:
            raise DecidedMeanwhile
        export = Export.read(decided)
        told = {"for": KINDS[export.kind].label, "rows": export.total_rows, **({"reason": reason} if reason else {})}
        await audit.record(actor, "export.approve" if state == "waiting" else "export.decline", "export", id, told, now)
    await live.publish(region.code, f"account:{export.owner_id}", event="export", data={"id": str(id), "state": state})
    await export_approvers.tell(region, export.owner_id, id)
    return export
