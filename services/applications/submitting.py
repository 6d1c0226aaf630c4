"""Submission: what goes along is frozen with it, and everything that is missing is said at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from config.routes import Matter
from models.database import execute, row, transaction
from services import dossiers, files, identity
from services.actors import Actor
from services.applications.applicants import Applicant, applicant, lacking
from services.applications.checking import checked, chosen_unit, refuse_gaps
from services.applications.holding import holding
from services.applications.refusals import LACKS, NotSynchronised, NotYet
from services.applications.saving import draft_of
from services.cases import engine
from services.cases.engine import Concerning, Outcome
from services.regions import Region
from services.verbs import verb


@verb
async def submit(region: Region, actor: Actor, matter_code: str, given: Mapping[str, Any], now: datetime, about: UUID | None = None) -> Outcome:
    """Submit: everything that is missing is said at once; what goes along is frozen with it.

    Raises :class:`Incomplete` (path of each gap → sentence), :class:`Invalid`, :class:`NotYet`, :class:`NotSynchronised`, ``NoHandler``,
    ``TooManyOpen``.
    """
    matter = region.matter(matter_code)
    await identity.allow(region, actor, matter.sections, now)
    async with transaction():
        await row("SELECT 1 FROM account WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, about or actor.account_id)
        who = await applicant(region, actor, matter, about)
        if lacks := await lacking(region, matter, who):
            raise NotYet(LACKS[lacks[0]], context={"lacks": [one.value for one in lacks]})
        if not_yet := (await holding(region, matter, who.person, now)).not_yet:
            raise NotYet(not_yet)
        form = await checked(region, matter, given)
        draft = await draft_of(region, actor, matter.code, about)
        await dossiers.check_files(region, matter.form, form, draft.id if draft else None)
        who = replace(who, unit=await chosen_unit(region, matter, form) or who.unit)
        concerning = await _along(region, actor, matter, who, now)
        outcome = await engine.start(region, actor, matter, form, subject=matter.name, concerning=concerning, now=now)
        if draft is not None:
            await files.hand_over(region, files.Subject.DRAFT, draft.id, files.Subject.CASE, outcome.case.id)
        await execute("DELETE FROM draft WHERE region = $1 AND account_id = $2 AND matter = $3 AND about_id IS NOT DISTINCT FROM $4",
                      region.code, actor.account_id, matter.code, about)
    await engine.announce(region, outcome)
    return outcome


async def _along(region: Region, actor: Actor, matter: Matter, who: Applicant, now: datetime) -> Concerning:
    """The version that goes along: frozen now, or the admitted one that was copied."""
    if not matter.sections:
        return Concerning(who.about, who.unit)
    dossier = await dossiers.of(region, who.owner, now)
    if matter.content == "admitted":
        draft = await draft_of(region, actor, matter.code, who.about)
        if draft is None or draft.dossier_number is None:
            raise NotSynchronised
        return Concerning(who.about, who.unit, dossier.id, draft.dossier_number)
    refuse_gaps(region, matter, who.owner.kind, dossier.draft)
    return Concerning(who.about, who.unit, dossier.id, await dossiers.freeze(region, dossier, who.owner.kind, now))
