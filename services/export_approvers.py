"""Who may say yes to an export (T30, T40): told live when one is asked for, and how many wait for her word."""

from uuid import UUID

from config.vocabulary import Permission
from models.database import row, rows
from services import live
from services.actors import Actor
from services.regions import Region


def may_approve(region: Region, actor: Actor) -> bool:
    return actor.may(Permission.APPROVE_EXPORTS, region.profile)


#: $2 the owner, $3 roles that approve, $4 roles that see the whole region: who approves there, and who approves for an organisation of the owner's.
_APPROVERS = """
SELECT DISTINCT g.account_id FROM role_grant g
WHERE g.region = $1 AND g.ended_at IS NULL AND g.role = ANY ($3::text[]) AND g.account_id <> $2 AND EXISTS (
    SELECT 1 FROM role_grant r WHERE (r.region, r.account_id) = (g.region, g.account_id) AND r.ended_at IS NULL AND (
        r.role = ANY ($4::text[]) OR r.organisation_id IN (
            SELECT o.organisation_id FROM role_grant o WHERE o.region = $1 AND o.account_id = $2 AND o.ended_at IS NULL)))
"""


async def tell(region: Region, owner: UUID, export: UUID) -> None:
    """The pages of those who may decide hear that there is one more, or one less. After the commit."""
    found = await rows(_APPROVERS, region.code, owner, _roles(region, Permission.APPROVE_EXPORTS), _roles(region, Permission.QUERY_REGION))
    await live.publish(region.code, *(f"account:{one['account_id']}" for one in found), event="approval", data={"id": str(export)})


def _roles(region: Region, permission: Permission) -> list[str]:
    return [code for code, role in region.profile.roles.items() if permission in role.can]


#: What waits for the actor's word; her own waits for somebody else's. $2 the actor, $3 whether she sees the whole region, $4 her organisations.
_WAITING = """
SELECT count(*) AS waiting FROM export e WHERE e.region = $1 AND e.state = 'asked' AND e.owner_id <> $2
  AND ($3 OR EXISTS (SELECT 1 FROM role_grant g WHERE (g.region, g.account_id) = (e.region, e.owner_id) AND g.ended_at IS NULL
                     AND g.organisation_id = ANY ($4::uuid[])))
"""


async def waiting(region: Region, actor: Actor) -> int:
    """How many exports the actor may decide on now; none for who may not."""
    if not may_approve(region, actor):
        return 0
    everywhere = actor.may(Permission.QUERY_REGION, region.profile)
    found = await row(_WAITING, region.code, actor.account_id, everywhere, actor.organisations)
    return int(found["waiting"]) if found else 0
