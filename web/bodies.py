"""What comes in: one parser for JSON and forms, from the same pydantic models that the OpenAPI file shows.

Unknown fields are refused (T04); sizes are bounded before anything is parsed (T34). A mistake stands beside its field, in words for people.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, get_origin

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from sanic import Request
from sanic.exceptions import PayloadTooLarge

from config.errors import Invalid, Refusal
from config.forms import REGISTERED
from web.context import Face, declared

BODY_BYTES = 64 * 1024
LARGEST_PAGE = 100
#: A column of numbers holds no more.
LARGEST = 2**31 - 1
EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
NUL = "\0"
UNKEEPABLE = "含有不能保存的字符，请删去后重新填写。"
FLOOR_FIELDS = frozenset({"csrf", "once"})

#: pydantic's kinds of mistakes → what people read; ``{…}`` are the mistake's own bounds.
SENTENCES = {
    "missing": "请填写这一项。",
    "extra_forbidden": "不认识这一项，请刷新页面后再提交。",
    "string_too_short": "至少 {min_length} 个字。",
    "string_too_long": "最多 {max_length} 个字。",
    "string_pattern_mismatch": "格式不正确，请检查后重新填写。",
    "int_parsing": "请填写整数。", "int_type": "请填写整数。", "int_from_float": "请填写整数。",
    "float_parsing": "请填写数字。", "decimal_parsing": "请填写数字。",
    "greater_than_equal": "不能小于 {ge}。", "less_than_equal": "不能大于 {le}。", "greater_than": "要大于 {gt}。", "less_than": "要小于 {lt}。",
    "date_from_datetime_parsing": "请填写日期，例如 2026-11-23。", "date_parsing": "请填写日期，例如 2026-11-23。",
    "enum": "请从给出的选项中选择。", "literal_error": "请从给出的选项中选择。", "uuid_parsing": "请从给出的选项中选择。",
    "too_long": "最多 {max_length} 项。", "too_short": "至少 {min_length} 项。",
}
OTHERWISE = "请检查这一项。"


class NotAcceptedType(Refusal):
    """提交内容的类型不对，没有受理。"""

    status_code = 415
    code = "unsupported_type"


class Malformed(Refusal):
    """提交的内容无法读取，请检查后再试。"""

    code = "malformed_body"


class Body(BaseModel):
    """Base of everything that comes in."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    @field_validator("*")
    @classmethod
    def within_bounds(cls, kept: Any) -> Any:
        """Numbers that a column holds, and days that a calendar reaches with a zone and a day to spare."""
        if isinstance(kept, int) and not -LARGEST <= kept <= LARGEST:
            raise ValueError("数字太大，请检查后重新填写。")
        if isinstance(kept, date) and not EARLIEST_YEAR <= kept.year <= LATEST_YEAR:
            raise ValueError("请填写日期，例如 2026-11-23。")
        return kept


M = TypeVar("M", bound=BaseModel)


def parse(request: Request, model: type[M]) -> M:
    """The body as ``model``: JSON for the mini program's API, a form for pages. Raises :class:`Invalid`, or a 400 or 415."""
    given = _json(request) if request.ctx.face is Face.MINI else form(request, model)
    return check(model, given)


def query(request: Request, model: type[M]) -> M:
    """The query string as ``model``."""
    return check(model, _scalars(dict(request.args), model))


def check(model: type[M], given: Any) -> M:
    """``given`` as ``model``, or :class:`Invalid` with a sentence for each field."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Invalid(sentences(error)) from None


def form(request: Request, model: type[BaseModel] | None = None) -> dict[str, Any]:
    """The fields of a form, without the floor's own; what was left empty was not given. Several values stay a list where ``model`` has one."""
    if not (request.content_type or "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        raise NotAcceptedType
    fields = {name: values for name, values in (request.form or {}).items() if name not in FLOOR_FIELDS}
    return _scalars(fields, model)


def corrected(request: Request) -> dict[str, str]:
    """What was registered, as it is corrected on this page (``account.…``). What was emptied is there too: it is not left as it was."""
    return {name: values[0].strip() for name, values in (request.form or {}).items() if name.startswith(f"{REGISTERED}.")}


def sentences(error: ValidationError) -> dict[str, str]:
    """Field → sentence, the first mistake of each field."""
    found: dict[str, str] = {}
    for mistake in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in mistake["loc"]) or "form"
        found.setdefault(name, _sentence(mistake["type"], mistake["msg"], mistake.get("ctx", {})))
    return found


def check_text(request: Request) -> None:
    """Refuse, before any handler reads it, the one sign that no text can be kept with, and what is no text at all; nobody types either.

    Of the query and of forms; JSON is asked where it is parsed, and the names of files lose such signs (``services.files.names``).
    """
    if (request.content_type or "").startswith("application/x-www-form-urlencoded") and not _is_text(request.body or b""):
        raise Malformed
    for fields in (request.args, request.form):
        for name, values in (fields or {}).items():
            if any(NUL in part for part in (name, *values)):
                raise Invalid({name.replace(NUL, ""): UNKEEPABLE}, UNKEEPABLE)


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def check_size(request: Request) -> None:
    """A route that takes more says so (``ctx_body=bytes``)."""
    if len(request.body or b"") > declared(request, "body", BODY_BYTES):
        raise PayloadTooLarge


@dataclass(frozen=True)
class Page:
    """Which part of a list; numbers begin at 1."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


def page(request: Request, size: int = 20) -> Page:
    """``?page=`` and ``?page_size=``; at most 100 rows, and no page beyond the ten-thousandth."""
    return Page(_number(request, "page", 1, 10_000), _number(request, "page_size", size, LARGEST_PAGE))


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = str(request.args.get(name) or default)
    if not (text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= most):
        raise Invalid({name: f"请填写 1 到 {most} 的整数。"})
    return int(text)


def _json(request: Request) -> Any:
    if (request.content_type or "").partition(";")[0].strip() != "application/json":
        raise NotAcceptedType
    try:  # orjson itself refuses what is nested deeper than 1,024 levels, halves of characters, and numbers that are none
        given = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise Malformed from None
    if b"\\u0000" in request.body and any(NUL in text for text in _texts(given)):
        raise Invalid({"form": UNKEEPABLE}, UNKEEPABLE)
    return given


def _texts(given: Any) -> Iterator[str]:
    """Every text in a JSON document, names too."""
    waiting = [given]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one


def _scalars(fields: Mapping[str, Any], model: type[BaseModel] | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, values in fields.items():
        kept = [value for value in values if value != ""]
        if _is_list(model, name):
            found[name] = kept
        elif len(kept) == 1:
            found[name] = kept[0]
        elif kept:
            raise Invalid({name: "只能填写一个值。"})
    return found


def _is_list(model: type[BaseModel] | None, name: str) -> bool:
    declared = model.model_fields.get(name) if model else None
    return declared is not None and get_origin(declared.annotation) in (list, tuple, set, frozenset)


def _sentence(kind: str, message: str, bounds: Mapping[str, Any]) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return SENTENCES.get(kind, OTHERWISE).format_map(bounds)
