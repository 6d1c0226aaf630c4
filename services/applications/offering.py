"""What a person may apply for herself."""

from dataclasses import dataclass
from datetime import datetime

from config.routes import Matter
from config.vocabulary import Requirement
from models.account import Account
from models.case import Case
from services.actors import Actor
from services.applications.applicants import applicant, lacking, under_way
from services.applications.holding import Holding, holding
from services.regions import Region


@dataclass(frozen=True)
class Offer:
    """A matter that a person may apply for herself. ``lacks``: what she must have first; ``open``: hers that is under way; ``holding``: what a card
    that she has already means for it."""

    matter: Matter
    lacks: tuple[Requirement, ...]
    open: Case | None
    holding: Holding


async def offered(region: Region, actor: Actor, now: datetime) -> list[Offer]:
    """Matters for persons, in the order of the profile; the one that opens an account only as long as the account is not open."""
    account = await Account.find(region.code, actor.account_id) if actor.is_talent and actor.account_id else None
    if account is None:
        return []
    opening = {way.matter for way in region.profile.registration.values()}
    found = []
    for matter in region.profile.matters.values():
        if matter.who.kind != "talent" or not (matter.sections or matter.code in opening) or (matter.code in opening and not account.provisional):
            continue
        who = await applicant(region, actor, matter)
        found.append(Offer(matter, tuple(await lacking(region, matter, who)), await under_way(region, matter, who),
                           await holding(region, matter, who.person, now)))
    return found
