"""A declared form as it was filled in, in words: names instead of ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from config.forms import FormField
from config.profile import Profile
from config.vocabulary import FieldType
from models.catalogue import Slot
from models.organisation import Organisation
from services.cases.calendar import day_in_words
from services.regions import Region

#: What stands in a field of files that are handed in on paper instead (GL-11).
OFFLINE = {"offline": True}


@dataclass(frozen=True)
class Answer:
    """One field: what was filled in, in words, and what the last return found wrong with it."""

    field: str
    label: str
    value: str
    fault: str = ""


async def in_words(region: Region, form: tuple[FormField, ...], data: Mapping[str, Any], faults: Mapping[str, str] | None = None) -> list[Answer]:
    """In the order in which the form is declared; what was left empty is left out. ``region``: under the profile that declares the form."""
    filled = [one for one in form if data.get(one.field) not in (None, "", [])]
    names = await _names(region, filled, data)
    return [Answer(one.field, one.label, _value(region.profile, one, data[one.field], names), (faults or {}).get(one.field, "")) for one in filled]


async def _names(region: Region, filled: list[FormField], data: Mapping[str, Any]) -> dict[str, str]:
    """Id → words, of the organisations and slots that were chosen."""
    def chosen(of: FieldType) -> list[UUID]:
        return [UUID(str(data[one.field])) for one in filled if one.type is of]

    organisations, slots = chosen(FieldType.ORGANISATION) + chosen(FieldType.UNIT), chosen(FieldType.SLOT)
    names = {str(one.id): one.name for one in await Organisation.of(region.code, id__in=organisations)} if organisations else {}
    times = {str(one.id): _time(region.profile, one) for one in await Slot.of(region.code, id__in=slots)} if slots else {}
    return names | times


def _value(profile: Profile, declared: FormField, value: Any, names: Mapping[str, str]) -> str:
    match declared.type:
        case FieldType.ORGANISATION | FieldType.UNIT:
            return names.get(str(value), "（机构已撤销）")
        case FieldType.DISTRICT:
            return profile.district_name(str(value))
        case FieldType.SLOT:
            return names.get(str(value), "（时段已取消）")
        case FieldType.CHOICE:
            return declared.options.get(str(value), str(value))
        case FieldType.SEVERAL:
            return "、".join(declared.options.get(one, one) for one in value)
        case FieldType.YES_NO:
            return "是" if value else "否"
        case FieldType.PHOTO | FieldType.FILES:
            return "线下提交纸质材料" if value == OFFLINE else f"{len(value)} 个文件"
        case _:
            return str(value)


def _time(profile: Profile, slot: Slot) -> str:
    """``11月23日 周一 09:00–09:30``, in the region's own time."""
    start, end = slot.starts_at.astimezone(profile.tz), slot.ends_at.astimezone(profile.tz)
    return f"{day_in_words(start)} {start:%H:%M}–{end:%H:%M}"
