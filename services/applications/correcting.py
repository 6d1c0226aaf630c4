"""What is changed after submission: the answer to a return, and what a specialist adds at her step. Each is a new version of the same case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import NotFound
from config.routes import Matter
from config.vocabulary import Action
from models.case import Case, CaseState
from models.database import transaction
from models.dossier import Dossier
from services import dossiers, identity, regions
from services.actors import Actor
from services.applications.checking import checked, refuse_gaps
from services.cases import engine
from services.cases.engine import Outcome
from services.regions import Region
from services.verbs import verb


@verb
async def resubmit(region: Region, actor: Actor, case_id: UUID, seen: int, given: Mapping[str, Any], now: datetime,
                   corrected: tuple[str, ...] = ()) -> Outcome:
    """Answer a return, or change what nobody has reviewed yet (DZ-08): the sections as they stand now go along as a new version.

    ``corrected``: what of the registration was corrected along with it, by name (``joining.resubmit``).
    Raises what :func:`submit` raises, and what :func:`engine.act` raises.
    """
    case = await Case.find(region.code, case_id)
    kept = await regions.at(region.code, case.profile_version)
    matter = kept.matter(case.matter)
    await identity.allow(region, actor, matter.sections, now)
    async with transaction():
        form = await checked(kept, matter, given) if matter.form else dict(case.data)
        await dossiers.check_files(kept, matter.form, form, case.id)
        number = await _new_version(kept, actor, matter, case, now)
        outcome = await engine.apply(region, actor, case_id, engine.Request(Action.RESUBMIT, seen, form=form, number=number,
                                                                                 corrected=corrected), now)
    await engine.announce(region, outcome)
    return outcome


async def _new_version(region: Region, actor: Actor, matter: Matter, case: Case, now: datetime) -> int | None:
    if not matter.sections or case.dossier_id is None:
        return None
    dossier = await Dossier.find(region.code, case.dossier_id)
    if matter.content == "admitted":
        return dossier.admitted
    refuse_gaps(region, matter, matter.who.dossier, dossier.draft)
    return await dossiers.freeze(region, dossier, matter.who.dossier, now)


@verb
async def supplement_dossier(region: Region, actor: Actor, case_id: UUID, seen: int, section: str, number: int | None, given: Mapping[str, Any],
                             now: datetime) -> Outcome:
    """补充材料 by the specialist at her step (SD-05): one row of the talent's sections; a new version stands in the case at once."""
    case = await Case.find(region.code, case_id)
    if case.dossier_id is None or case.dossier_number is None or case.state is not CaseState.HANDLING:
        raise NotFound
    async with transaction():
        dossier = await Dossier.find(region.code, case.dossier_id)
        frozen = await dossiers.supplement(region, dossier, case.dossier_number, section, number, given, now)
        name = dossiers.section_of(region, "talent", section).name
        request = engine.Request(Action.SUPPLEMENT, seen, opinion=f"补充了{name}", number=frozen)
        outcome = await engine.apply(region, actor, case_id, request, now)
    await engine.announce(region, outcome)
    return outcome
