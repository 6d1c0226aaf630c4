"""For whom a matter is applied for, and what she must have first."""

from dataclasses import dataclass
from uuid import UUID

from config.errors import NotFound, NotPermitted
from config.routes import Matter
from config.vocabulary import Effect, Requirement
from models.account import Account, AccountKind
from models.case import Case
from models.database import row
from services import bindings
from services.actors import Actor
from services.dossiers import Owner
from services.regions import Region

_KNOWN = """
SELECT a.provisional, a.unit_id, o.provisional AS unit_provisional, d.admitted, k.state AS card
FROM account a
LEFT JOIN organisation o ON o.region = a.region AND o.id = $3
LEFT JOIN dossier d ON d.region = a.region AND (d.account_id = a.id OR d.organisation_id = $4)
LEFT JOIN card k ON k.region = a.region AND k.holder_id = a.id AND k.state <> 'ended'
WHERE a.region = $1 AND a.id = $2
"""


@dataclass(frozen=True)
class Applicant:
    """For whom a matter is begun: the person or unit whose dossier goes along. ``about``: the person, when somebody of her unit applies."""

    owner: Owner
    person: UUID
    unit: UUID | None
    about: UUID | None = None


async def applicant(region: Region, actor: Actor, matter: Matter, about: UUID | None = None) -> Applicant:
    """Raises :class:`NotPermitted` when the matter is not for such as the actor, :class:`NotFound` for a person who is not hers to apply for, and
    for a matter that nobody applies for."""
    if not matter.is_applied_for:
        raise NotFound
    if matter.who.kind == "talent":
        if not actor.is_talent or actor.account_id is None:
            raise NotPermitted
        account = await Account.find(region.code, actor.account_id)
        return Applicant(Owner("talent", account_id=account.id), account.id, account.unit_id)
    grant = next((one for one in actor.grants if matter.who.role in (None, one.role)), None)
    if actor.kind is not AccountKind.UNIT or grant is None or actor.account_id is None:
        raise NotPermitted
    unit = grant.organisation_id
    if not matter.who.about:
        return Applicant(Owner("unit", organisation_id=unit), actor.account_id, unit)
    if about is None or not any(one.talent_id == about for one in await bindings.talents(region, actor, [unit])):
        raise NotFound
    return Applicant(Owner("talent", account_id=about), about, unit, about)


async def lacking(region: Region, matter: Matter, who: Applicant) -> list[Requirement]:
    """What the applicant must have first and has not."""
    found = await row(_KNOWN, region.code, who.person, who.unit, who.owner.organisation_id)
    if found is None:
        raise NotFound
    has = {
        Requirement.APPROVED_ACCOUNT: not found["provisional"],
        Requirement.ADMITTED_UNIT: found["unit_provisional"] is False,
        Requirement.ADMITTED_DOSSIER: found["admitted"] is not None,
        Requirement.ACTIVE_CARD: found["card"] == "active",
        Requirement.CARD: found["card"] is not None,
    }
    return [requirement for requirement in Requirement if requirement in matter.who.needs and not has[requirement]]


async def under_way(region: Region, matter: Matter, who: Applicant) -> Case | None:
    """The open case of this matter: the person's own, or the unit's."""
    of_unit = who.owner.kind == "unit" and matter.effect is not Effect.OPEN_ACCOUNT  # two of its people may be registering
    mine = {"about_id": who.about} if who.about else {"unit_id": who.unit} if of_unit else {"applicant_id": who.person}
    return await Case.of(region.code, matter=matter.code, closed_at=None, **mine).order_by("-created_at").first()
