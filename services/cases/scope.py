"""Which cases an actor may see; the condition stands inside every query and every download (T01, T02)."""

from config.vocabulary import Permission
from models.case import Case
from services.actors import Actor
from services.regions import Region


def may_see(region: Region, actor: Actor, case: Case) -> bool:
    """Her own; what her organisations have or have had; everything, for those who may query the whole region."""
    if actor.is_system or (actor.account_id is not None and actor.account_id == case.applicant_id):
        return True
    if not actor.is_staff:
        return False
    return bool(set(actor.organisations) & set(case.organisations)) or actor.may(Permission.QUERY_REGION, region.profile)
