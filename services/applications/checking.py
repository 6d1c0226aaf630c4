"""What is asked of a form and of the sections before they go along."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from config.errors import Invalid
from config.routes import Matter
from config.vocabulary import Effect, FieldType
from models.database import row
from models.dossier import Content
from services import dossiers, expert_changes
from services.applications.refusals import Incomplete
from services.cases.forms import check_organisations, clean
from services.regions import Region


async def checked(region: Region, matter: Matter, given: Mapping[str, Any]) -> dict[str, Any]:
    form = clean(region.profile, matter.form, given)
    await check_organisations(region.code, matter.form, form, {})
    if matter.effect is Effect.CHANGE_EXPERT:
        await expert_changes.check_new_unit(region, matter, form)
    return form


async def chosen_unit(region: Region, matter: Matter, form: Mapping[str, Any]) -> UUID | None:
    """The unit that the form chooses (WH-23): an admitted one. Raises :class:`Invalid`."""
    for field in matter.form:
        if field.type is FieldType.UNIT and field.field in form:
            found = await row("SELECT 1 FROM organisation WHERE region = $1 AND id = $2 AND kind = 'unit' AND NOT provisional AND state = 'active'",
                              region.code, UUID(form[field.field]))
            if found is None:
                raise Invalid({field.field: "这个单位还没有审核入库，暂时不能选择。请联系单位先提交审核，通过后再选。"})
            return UUID(form[field.field])
    return None


def refuse_gaps(region: Region, matter: Matter, kind: str, content: Content) -> None:
    sections = [section for section in region.profile.sections_of(kind) if section.section in matter.sections]
    if gaps := dossiers.missing(sections, content):
        raise Incomplete({gap.path: gap.sentence for gap in gaps})
