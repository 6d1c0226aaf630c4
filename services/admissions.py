"""What the end of an admission does: a unit may do business, an account is opened, a dossier is in force."""

from datetime import datetime
from typing import Any

from config.forms import Section
from config.vocabulary import FieldType
from models.case import Case
from models.database import execute, json_value, row
from services import audit, dossiers
from services.actors import Actor
from services.regions import Region


async def admit_unit(region: Region, actor: Actor, case: Case, choice: str, now: datetime) -> None:
    """The unit is 已入库 (WH-12, BZ-04, GL-02): its people may register, its accounts do business; its data are in force."""
    facts = await _put_in_force(region, case, now)
    district = _first(region.profile.unit_sections, facts, FieldType.DISTRICT)
    await execute("UPDATE organisation SET provisional = false, district = coalesce($3, district), version = version + 1 "
                  "WHERE region = $1 AND id = $2", region.code, case.unit_id, district)
    await execute("UPDATE account SET provisional = false, version = version + 1 WHERE region = $1 AND id = $2", region.code, case.applicant_id)
    await audit.record(actor, "admit_unit", "organisation", case.unit_id, {"case": case.number}, now)


async def open_account(region: Region, actor: Actor, case: Case, choice: str, now: datetime) -> None:
    """The account that registered may do business (BZ-07, SD-03, GL-04); the personal data that were reviewed with it are in force (GL-08)."""
    if region.matter(case.matter).sections:
        await _put_in_force(region, case, now)
    await execute("UPDATE account SET provisional = false, version = version + 1 WHERE region = $1 AND id = $2", region.code, case.applicant_id)
    await audit.record(actor, "open_account", "account", case.applicant_id, {"case": case.number}, now)


async def admit_dossier(region: Region, actor: Actor, case: Case, choice: str, now: datetime) -> None:
    """The submitted version is in force from now on (WH-27), classified as the last step chose (DZ-06)."""
    await _put_in_force(region, case, now)
    await _classify(region, case, choice)
    if case.unit_id is not None:  # the unit that reviewed her is hers from now on: the card's route asks for it (WH-25, WH-31)
        await execute("UPDATE account SET unit_id = $3 WHERE region = $1 AND id = $2", region.code, case.applicant_id, case.unit_id)
    await audit.record(actor, "admit_dossier", "dossier", case.dossier_id, {"case": case.number, "number": case.dossier_number}, now)


async def recognise(region: Region, actor: Actor, case: Case, choice: str, now: datetime) -> None:
    """The person is recognised 认定 at the level that was chosen (GL-12, GL-13)."""
    await _put_in_force(region, case, now)
    await _classify(region, case, choice)
    await audit.record(actor, "recognise", "account", case.applicant_id, {"case": case.number, "level": choice}, now)


async def _put_in_force(region: Region, case: Case, now: datetime) -> dict[str, Any]:
    if case.dossier_id is None or case.dossier_number is None:
        return {}
    await dossiers.admit(region, case.dossier_id, case.dossier_number, now)
    found = await row("SELECT facts FROM dossier_version WHERE region = $1 AND dossier_id = $2 AND number = $3",
                      region.code, case.dossier_id, case.dossier_number)
    return json_value(found["facts"]) if found else {}


async def _classify(region: Region, case: Case, choice: str) -> None:
    if choice and case.dossier_id is not None:
        await execute("UPDATE dossier SET standing = $3 WHERE region = $1 AND id = $2", region.code, case.dossier_id, choice)


def _first(sections: tuple[Section, ...], facts: dict[str, Any], kind: FieldType) -> str | None:
    """The first fact of a type, e.g. the district in which a unit is."""
    values = (facts.get(section.section, {}).get(field.field) for section in sections if not section.repeats for field in section.facts
              if field.type is kind)
    return next((str(value) for value in values if value), None)
