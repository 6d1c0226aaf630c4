"""Which cases an actor may see; the condition stands inside every query and every download (T01, T02)."""

from uuid import UUID

from config.vocabulary import Permission
from models.case import Case
from services.actors import Actor
from services.regions import Region


def may_see(region: Region, actor: Actor, case: Case) -> bool:
    """Her own, and what is about her, but what the office keeps to itself; what her organisations have or have had, or what their people applied
    for (BZ-13); everything, for those who may query the whole region.

    A role that may not query its organisation sees what it handles now, and of that only what is bound to this very person (SD-05). A deputy sees
    as much of what waits for the one for whom she stands in.
    """
    matter = region.profile.matters.get(case.matter)
    hers = (case.claimed_by,) if matter is not None and matter.is_internal else (case.applicant_id, case.about_id, case.claimed_by)
    if actor.is_system or (actor.account_id is not None and actor.account_id in hers):
        return True
    if actor.is_talent:
        return False
    if {case.unit_id, *case.organisations} & set(organisations_to_query(region, actor)) or actor.may(Permission.QUERY_REGION, region.profile):
        return True
    bound = matter is not None and any(step.step == case.step and step.bound for step in matter.route)
    if bound:
        return any(one.account_id == case.claimed_by and (one.grant.organisation_id, one.grant.role) == (case.handler_org, case.handler_role)
                   for one in actor.standing_in)
    return actor.handles(case.handler_org, case.handler_role)


def organisations_to_query(region: Region, actor: Actor) -> list[UUID]:
    """Those in which one of the actor's roles may query cases."""
    roles = region.profile.roles
    return list(dict.fromkeys(grant.organisation_id for grant in actor.grants
                              if grant.role in roles and Permission.QUERY_OWN in roles[grant.role].can))
