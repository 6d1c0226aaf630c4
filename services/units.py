"""A unit 单位 as its own people see it: where its admission stands, and who of them may do what for it.

Which roles a unit's people have is the region's own; what they may do follows from the routes: who submits for the unit keeps its data, and who
decides on its people's registrations keeps their accounts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from config.errors import NotPermitted
from config.forms import Section
from config.routes import Matter
from config.vocabulary import Action, Effect, Labelled
from models.account import AccountKind
from models.case import Case, CaseState
from models.database import row
from models.dossier import Content, Dossier
from models.organisation import Organisation
from services import dossiers
from services.actors import Actor
from services.bindings import binding_roles, specialist_roles
from services.dossiers import Gap, Owner
from services.regions import Region


class UnitState(Labelled):
    """The four states that the manuals name (WH-12, BZ-03)."""

    DRAFT = "draft", "待提交"
    WAITING = "waiting", "待审核"
    RETURNED = "returned", "已退回"
    ADMITTED = "admitted", "已入库"


@dataclass(frozen=True)
class Overview:
    """The unit's own page. ``case``: the one under way; ``matter``: by which it is admitted, none in a region that admits no units."""

    unit: Organisation
    state: UnitState
    matter: Matter | None
    sections: Sequence[Section]
    dossier: Dossier
    content: Content
    gaps: Sequence[Gap]
    case: Case | None
    may_edit: bool

    @property
    def changed_since(self) -> bool:
        """Whether a change is on its way although the unit is admitted: what was admitted stays in force until then (WH-27)."""
        return self.state is UnitState.ADMITTED and self.case is not None


def admission(region: Region) -> Matter | None:
    """The matter at whose end a unit is admitted."""
    return next((matter for matter in region.profile.matters.values() if matter.effect is Effect.ADMIT_UNIT), None)


def unit_of(actor: Actor) -> UUID:
    """The unit that the actor works for. Raises :class:`NotPermitted` for everybody else."""
    if actor.kind is not AccountKind.UNIT or not actor.grants:
        raise NotPermitted
    return actor.grants[0].organisation_id


async def is_approved(region: Region, actor: Actor) -> bool:
    """Whether the actor may do business at the desk (BZ-04): a unit is to be admitted first, and who registered to work for it approved."""
    if not actor.is_of_unit:
        return True
    found = await row("SELECT 1 FROM account a JOIN organisation o ON o.region = a.region AND o.id = $3 "
                      "WHERE a.region = $1 AND a.id = $2 AND NOT a.provisional AND NOT o.provisional", region.code, actor.account_id, unit_of(actor))
    return found is not None


def may_edit(region: Region, actor: Actor) -> bool:
    """Whether the actor keeps the unit's data: who has the role that submits them."""
    matter = admission(region)
    role = matter.who.role if matter else None
    return actor.kind is AccountKind.UNIT and any(role in (None, grant.role) for grant in actor.grants)


def keeping_roles(region: Region) -> frozenset[str]:
    """Roles that keep the accounts of the unit's people (BZ-06, GL-07): who registered it, who decides on registrations in it, who binds."""
    own = region.profile.registration.get("unit")
    deciding = {handler.role for matter in region.profile.matters.values() if matter.effect is Effect.OPEN_ACCOUNT for step in matter.route
                for handler in step.handler if handler.organisation and handler.organisation.unit_of and handler.role}
    return frozenset(deciding | binding_roles(region) | ({own.role} if own and own.role else set()))


def roles_in_units(region: Region) -> list[str]:
    """Every role that somebody of a unit may have, in the order of the profile."""
    routed = {handler.role for matter in region.profile.matters.values() for step in matter.route for handler in step.handler
              if handler.organisation and (handler.organisation.unit_of or handler.organisation.at == "form.unit")}
    starting = {matter.who.role for matter in region.profile.matters.values() if matter.who.kind == "unit"}
    registering = {way.role for kind, way in region.profile.registration.items() if kind != "person"}
    known = routed | starting | registering | keeping_roles(region) | specialist_roles(region)
    return [role for role in region.profile.roles if role in known]


def keeps_people(region: Region, actor: Actor) -> bool:
    return actor.kind is AccountKind.UNIT and any(grant.role in keeping_roles(region) for grant in actor.grants)


def require_keeper(region: Region, actor: Actor) -> UUID:
    """The unit whose people the actor keeps. Raises :class:`NotPermitted`."""
    if not keeps_people(region, actor):
        raise NotPermitted
    return unit_of(actor)


async def overview(region: Region, actor: Actor, now: datetime) -> Overview:
    """Raises :class:`NotPermitted` for who works for no unit."""
    unit = await Organisation.find(region.code, unit_of(actor))
    dossier = await dossiers.of(region, Owner("unit", organisation_id=unit.id), now)
    matter, sections, content = admission(region), region.profile.unit_sections, dossier.draft
    case = await Case.of(region.code, matter=matter.code, unit_id=unit.id, closed_at=None).order_by("-created_at").first() if matter else None
    asked = [section for section in sections if matter is None or section.section in matter.sections]
    return Overview(unit, _state(unit, case), matter, sections, dossier, content, dossiers.missing(asked, content), case, may_edit(region, actor))


def _state(unit: Organisation, case: Case | None) -> UnitState:
    if not unit.provisional:
        return UnitState.ADMITTED
    if case is None:
        return UnitState.DRAFT
    return UnitState.RETURNED if case.state is CaseState.RETURNED else UnitState.WAITING


def starts(region: Region, actor: Actor) -> list[Matter]:
    """The matters that the actor may begin for her unit, or for a person of it."""
    return [matter for matter in region.profile.matters.values() if matter.who.kind == "unit" and matter.effect is not Effect.OPEN_ACCOUNT
            and any(matter.who.role in (None, grant.role) for grant in actor.grants)] if actor.kind is AccountKind.UNIT else []


def registration_steps(region: Region) -> list[tuple[Matter, str]]:
    """Where registrations of the unit's people wait for the unit itself: what is reviewed several at once (BZ-07)."""
    return [(matter, step.step) for matter in region.profile.matters.values() if matter.effect is Effect.OPEN_ACCOUNT for step in matter.route
            if step.allows(Action.COMPLETE) or step.allows(Action.APPROVE)]
