"""Who would review what stands there now, and why that organisation (WH-21, WH-25)."""

from dataclasses import dataclass, replace
from uuid import UUID

from config.routes import Handler
from config.vocabulary import FieldType
from models.organisation import Organisation
from services import dossiers
from services.actors import Actor
from services.applications.applicants import applicant
from services.applications.showing import Desk
from services.cases import facts, routing
from services.cases.forms import as_id
from services.regions import Region


@dataclass(frozen=True)
class Foreseen:
    """Who would handle it first, and why that organisation (WH-21, WH-25): shown before submission."""

    organisation: str
    step: str
    why: str


async def foresee(region: Region, actor: Actor, shown: Desk, about: UUID | None = None) -> Foreseen | None:
    """Who will review what stands there now; nothing as long as the facts do not say it yet."""
    return next(iter(await foresee_route(region, actor, shown, about)), None)


async def foresee_route(region: Region, actor: Actor, shown: Desk, about: UUID | None = None) -> list[Foreseen]:
    """Every step that lies ahead with its organisation and the reason (WH-21, WH-25), as far as the facts say it now."""
    known = await _facts_ahead(region, actor, shown, about)
    found: list[Foreseen] = []
    try:
        placed: routing.Placed | None = await routing.first(shown.matter, known)
        while placed is not None:
            organisation = await Organisation.find(region.code, placed.organisation)
            found.append(Foreseen(organisation.name, placed.step.name, await _why(region, routing.branch(placed.step, known), known)))
            known = replace(known, handled_by={**known.handled_by, placed.step.step: placed.organisation})
            placed = await routing.after(shown.matter, placed.step.step, known)
    except routing.NoHandler:
        return found
    return found


async def _facts_ahead(region: Region, actor: Actor, shown: Desk, about: UUID | None) -> routing.Facts:
    """What routing would know if it were submitted now: the unit that the form chooses, and the sections as they stand."""
    who = await applicant(region, actor, shown.matter, about)
    chosen = next((as_id(shown.form.get(field.field)) for field in shown.matter.form if field.type is FieldType.UNIT), None)
    known = await facts.around(region.code, shown.matter, shown.form, person=who.person, unit=chosen or who.unit, dossier=None, number=None)
    own = dossiers.facts_of(region.profile.sections_of(who.owner.kind), shown.content)
    others = {**known.others, "dossier": own}
    if who.owner.kind == "unit":
        others["unit"] = {**known.others.get("unit", {}), **own}
    return replace(known, others=others)


async def _why(region: Region, branch: Handler, known: routing.Facts) -> str:
    """The reason in words, from the branch that was taken."""
    if branch.organisation is None:
        return ""
    way, path = branch.organisation.way
    value = known.at(path)
    if branch.organisation.otherwise and await routing.looked_up(branch.organisation, known) is None:
        return _otherwise(region, way, str(value or ""))
    match way:
        case "district_bureau_of" | "talent_office_of":
            return f"单位所在地为{region.profile.district_name(str(value or ''))}"
        case "in_charge_of":
            return f"“{value}”的主管部门"
        case "unit_of":
            return "您所在的单位"
        case "at" if not path.startswith("form."):
            return "按您和单位填写的内容确定"
        case "chosen" | "at":
            return "您选择的审核机构"
        case _:
            return "固定由该机构办理"


def _otherwise(region: Region, way: str, value: str) -> str:
    """Where what was filled in leads to no organisation, and the profile names one for such."""
    if way == "in_charge_of":
        return f"“{value}”没有对应的主管部门，按规定由该机构审核"
    return f"{region.profile.district_name(value)}没有对应的审核机构，按规定由该机构审核"
