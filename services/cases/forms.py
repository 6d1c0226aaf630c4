"""A form's declaration against what was filled in: every wrong field at once, each with a sentence that stands beside it."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from stdnum.cn import ric, uscc

from config.errors import Invalid
from config.forms import FormField
from config.keys import normalise
from config.profile import Profile
from config.vocabulary import FieldType
from models.database import row

LONGEST = 2000


class Wrong(ValueError):
    """One field's sentence."""


def clean(profile: Profile, form: tuple[FormField, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, in the types that are kept. Raises :class:`Invalid` with all wrong fields; unknown ones are wrong too."""
    return clean_row(profile, form, given, whole=True)


def clean_row(profile: Profile, fields: tuple[FormField, ...], given: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """One row of a section. ``whole``: what is required must be there; a draft may lack it. Raises :class:`Invalid` with all wrong fields."""
    wrong = {name: "这一项不属于本申请。" for name in given if name not in {field.field for field in fields}}
    kept: dict[str, Any] = {}
    for field in fields:
        if not field.is_asked(kept):
            continue
        try:
            kept[field.field] = clean_field(profile, field, given.get(field.field), whole=whole)
        except Wrong as error:
            wrong[field.field] = str(error)
    wrong |= {field.field: sentence for field in fields if field.field not in wrong and (sentence := disagreement(field, kept))}
    if wrong:
        raise Invalid(wrong)
    return {name: value for name, value in kept.items() if value is not None}


def facts_of(form: tuple[FormField, ...], kept: Mapping[str, Any]) -> dict[str, Any]:
    """What lists may know of a form beside its sealed values: the district, by which cases are sought (WH-64)."""
    return {field.field: kept[field.field] for field in form if field.type is FieldType.DISTRICT and field.field in kept}


def disagreement(field: FormField, row: Mapping[str, Any]) -> str:
    """A sentence when a birthday or a sex is not what the ID number says, else nothing."""
    number = row.get(field.agrees_with or "")
    if not number or row.get(field.field) is None:
        return ""
    if field.type is FieldType.DATE:
        return "" if row[field.field] == ric.get_birth_date(number).isoformat() else f"{field.label}与身份证号中的出生日期不一致，请核对。"
    said = field.options.get(str(row[field.field]), str(row[field.field]))
    return "" if said == sex_of(number) else f"{field.label}与身份证号不一致，请核对。"


def sex_of(number: str | None) -> str:
    """男 or 女, as an ID number of 18 characters says it; nothing where there is none."""
    return ("男" if int(number[16]) % 2 else "女") if number and len(number) == 18 else ""


def clean_field(profile: Profile, field: FormField, given: Any, *, whole: bool = True) -> Any:
    """One field. Raises :class:`Wrong`."""
    value = given.strip() if isinstance(given, str) else given
    if value in (None, "", []):
        if field.required and whole:
            raise Wrong(f"请{'选择' if field.type in CHOSEN else '填写'}{field.label}。")
        return None
    return READERS[field.type](profile, field, value)


def _text(profile: Profile, field: FormField, value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(f"{field.label}应为文字。")
    longest = field.max or (200 if field.type is FieldType.TEXT else LONGEST)
    if len(value) > longest:
        raise Wrong(f"{field.label}最多 {longest} 字，现在有 {len(value)} 字。")
    if field.min and len(value) < field.min:
        raise Wrong(f"{field.label}至少写 {field.min} 个字，写清楚便于窗口尽快办理。")
    if "\0" in value:
        raise Wrong(f"{field.label}里有无法保存的字符，请重新输入。")
    return value


def _number(profile: Profile, field: FormField, value: Any) -> int:
    if not re.fullmatch(r"-?\d{1,12}", str(value)) or isinstance(value, bool):
        raise Wrong(f"{field.label}应为整数。")
    number = int(value)
    if (field.min is not None and number < field.min) or (field.max is not None and number > field.max):
        raise Wrong(f"{field.label}应在 {field.min if field.min is not None else '…'} 到 {field.max if field.max is not None else '…'} 之间。")
    return number


def _date(profile: Profile, field: FormField, value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise Wrong(f"{field.label}应为日期，例如 2026-11-23。") from None


def _month(profile: Profile, field: FormField, value: Any) -> str:
    if not re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", str(value)):
        raise Wrong(f"{field.label}应为年月，例如 2026-11。")
    return str(value)


def _choice(profile: Profile, field: FormField, value: Any) -> str:
    if value not in field.options:
        raise Wrong(f"请从列出的选项中选择{field.label}。")
    return str(value)


def _several(profile: Profile, field: FormField, value: Any) -> list[str]:
    chosen = [value] if isinstance(value, str) else list(value)
    if any(one not in field.options for one in chosen):
        raise Wrong(f"请从列出的选项中选择{field.label}。")
    return sorted(set(chosen))


def _district(profile: Profile, field: FormField, value: Any) -> str:
    if value not in {district.code for district in profile.districts}:
        raise Wrong(f"请从列出的区县中选择{field.label}。")
    return str(value)


def _id(profile: Profile, field: FormField, value: Any) -> str:
    if (found := as_id(value)) is None:
        raise Wrong(f"请从列表中选择{field.label}。")
    return str(found)


def _person_id(profile: Profile, field: FormField, value: Any) -> str:
    number = normalise(str(value))
    if not ric.is_valid(number):
        raise Wrong(f"{field.label}不正确，请核对 18 位号码和最后一位校验码。")
    return number


def _unit_code(profile: Profile, field: FormField, value: Any) -> str:
    code = normalise(str(value)).upper()
    if not uscc.is_valid(code):
        raise Wrong(f"{field.label}不正确，请核对 18 位统一社会信用代码。")
    return code


def _phone(profile: Profile, field: FormField, value: Any) -> str:
    number = normalise(str(value))
    if not re.fullmatch(r"1[3-9]\d{9}", number):
        raise Wrong(f"{field.label}应为 11 位手机号。")
    return number


def _email(profile: Profile, field: FormField, value: Any) -> str:
    try:
        return validate_email(str(value), check_deliverability=False).normalized
    except EmailNotValidError:
        raise Wrong(f"{field.label}不正确，例如 name@example.com。") from None


def _yes_no(profile: Profile, field: FormField, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if (answer := {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}.get(str(value).casefold())) is None:
        raise Wrong(f"{field.label}请选择“是”或“否”。")
    return answer


def _honour(profile: Profile, field: FormField, value: Any) -> str:
    """A full title; what is short for listed ones is refused, and they are offered (WH-22)."""
    title = _text(profile, field, value)
    if title in (known := [honour.title for honour in profile.honours]):
        return title
    if meant := [honour.title for honour in profile.honours if title in honour.aliases] or [full for full in known if _is_short_for(title, full)]:
        raise Wrong(f"“{title}”是简称，请填写全称，例如：{'、'.join(meant[:4])}。")
    if len(title) < LEAST_TITLE:
        raise Wrong(f"请填写{field.label}的官方全称，不要使用简称。")
    return title


#: No official title is shorter.
LEAST_TITLE = 5


def _is_short_for(words: str, title: str) -> bool:
    """Whether the characters of ``words`` stand in ``title`` in their order: «突贡» for 有突出贡献的中青年专家."""
    rest = iter(title)
    return len(words) < len(title) / 2 and all(character in rest for character in words)


def _files(profile: Profile, field: FormField, value: Any) -> Any:
    """Ids of uploaded files, or that they are handed in on paper."""
    if value == {"offline": True} or value == "offline":
        if not field.offline:
            raise Wrong(f"{field.label}需要在线上传。")
        return {"offline": True}
    given = [value] if isinstance(value, str) else list(value)
    if len(given) > (field.max or MOST_FILES):
        raise Wrong(f"{field.label}最多 {field.max or MOST_FILES} 个文件。")
    return [_id(profile, field, one) for one in given]


MOST_FILES = 10

CHOSEN = frozenset({FieldType.CHOICE, FieldType.SEVERAL, FieldType.DISTRICT, FieldType.ORGANISATION, FieldType.SLOT, FieldType.YES_NO,
                    FieldType.UNIT})

READERS: dict[FieldType, Callable[[Profile, FormField, Any], Any]] = {
    FieldType.TEXT: _text, FieldType.LONG_TEXT: _text, FieldType.NUMBER: _number, FieldType.DATE: _date, FieldType.MONTH: _month,
    FieldType.CHOICE: _choice, FieldType.SEVERAL: _several, FieldType.DISTRICT: _district, FieldType.ORGANISATION: _id,
    FieldType.SLOT: _id, FieldType.UNIT: _id, FieldType.YES_NO: _yes_no, FieldType.HONOUR: _honour, FieldType.PHOTO: _files, FieldType.FILES: _files,
    FieldType.PERSON_ID: _person_id, FieldType.UNIT_CODE: _unit_code, FieldType.PHONE: _phone, FieldType.EMAIL: _email,
}


async def check_organisations(region: str, form: tuple[FormField, ...], kept: Mapping[str, Any], known: Mapping[UUID, str]) -> None:
    """Chosen organisations exist here, are active and of a kind that the form offers. ``known``: those already read, id → kind.

    Raises :class:`Invalid`.
    """
    for field in form:
        if field.type is FieldType.ORGANISATION and (chosen := kept.get(field.field)):
            kind = known.get(UUID(chosen)) or await _kind(region, UUID(chosen))
            if kind is None or (field.kinds and kind not in field.kinds):
                raise Invalid({field.field: f"请从列表中选择{field.label}。"})


async def _kind(region: str, organisation: UUID) -> str | None:
    found = await row("SELECT kind FROM organisation WHERE region = $1 AND id = $2 AND state = 'active'", region, organisation)
    return None if found is None else str(found["kind"])


def as_id(given: Any) -> UUID | None:
    """What was filled in, when it is an id at all."""
    try:
        return UUID(str(given))
    except ValueError:
        return None
