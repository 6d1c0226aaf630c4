"""The draft of a matter's own form, saved at any time: what is filled in, and which admitted version was copied last."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from config.routes import Matter
from config.vocabulary import Requirement
from models.database import new_id, row
from models.dossier import Draft
from models.sealed import seal
from services import dossiers
from services.actors import Actor
from services.applications.applicants import applicant
from services.applications.checking import checked, chosen_unit
from services.applications.refusals import LACKS, NotYet
from services.cases.forms import clean_row
from services.regions import Region
from services.verbs import verb

_PUT_DRAFT = """
INSERT INTO draft AS d (region, id, account_id, matter, about_id, data_sealed, dossier_number, updated_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE $9 = 0 OR EXISTS (SELECT 1 FROM draft WHERE region = $1 AND id = $2)
ON CONFLICT ON CONSTRAINT draft_once DO UPDATE
SET data_sealed = EXCLUDED.data_sealed, dossier_number = EXCLUDED.dossier_number, updated_at = EXCLUDED.updated_at, version = d.version + 1
WHERE d.version = $9
RETURNING *
"""


async def draft_of(region: Region, actor: Actor, matter_code: str, about: UUID | None) -> Draft | None:
    """What the actor has begun and not submitted; ``about``: for whom, when that is not herself."""
    return await Draft.of(region.code, account_id=actor.account_id, matter=matter_code, about_id=about).first()


@verb
async def save_form(region: Region, actor: Actor, matter_code: str, given: Mapping[str, Any], seen: int, now: datetime,
                    about: UUID | None = None) -> Draft:
    """Save the matter's own form as a draft, complete or not. Raises :class:`Invalid`, ``ChangedElsewhere``."""
    matter = region.matter(matter_code)
    await applicant(region, actor, matter, about)
    kept = clean_row(region.profile, matter.form, given, whole=False)
    return await _put_draft(region, actor, matter, about, seen, now, data=kept)


@verb
async def complete_form(region: Region, actor: Actor, matter_code: str, given: Mapping[str, Any], seen: int, now: datetime,
                        about: UUID | None = None) -> Draft:
    """Save the matter's own form, then ask whether it could be submitted as it stands.

    Raises :class:`Invalid`; what only lacks something is saved all the same.
    """
    draft = await save_form(region, actor, matter_code, given, seen, now, about)
    matter = region.matter(matter_code)
    await chosen_unit(region, matter, await checked(region, matter, given))
    return draft


@verb
async def synchronise(region: Region, actor: Actor, matter_code: str, seen: int, now: datetime) -> Draft:
    """数据同步: take over the version of the dossier that is in force (WH-30); as often as wanted. Raises :class:`NotYet`."""
    matter = region.matter(matter_code)
    who = await applicant(region, actor, matter)
    dossier = await dossiers.of(region, who.owner, now)
    if dossier.admitted is None:
        raise NotYet(LACKS[Requirement.ADMITTED_DOSSIER])
    return await _put_draft(region, actor, matter, None, seen, now, number=dossier.admitted)


async def _put_draft(region: Region, actor: Actor, matter: Matter, about: UUID | None, seen: int, now: datetime, *,
                     data: Mapping[str, Any] | None = None, number: int | None = None) -> Draft:
    there = await draft_of(region, actor, matter.code, about)
    id = there.id if there else new_id()
    sealed = seal(data if data is not None else there.data if there else {}, region.code, "draft", "data", id)
    found = await row(_PUT_DRAFT, region.code, id, actor.account_id, matter.code, about, sealed,
                      number or (there.dossier_number if there else None), now, seen)
    if found is None:
        raise dossiers.ChangedElsewhere
    return Draft.read(found)
