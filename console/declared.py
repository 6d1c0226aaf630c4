"""Forms that a profile declares, on the desk: what was typed, what can be chosen, and the files that come along with it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sanic import Request

from config.forms import FormField
from config.vocabulary import FieldType
from models.file import File
from services import attachments, organisations
from services.actors import Actor
from services.cases.forms import as_id
from services.dossiers import FILED
from services.regions import Region
from web import uploads
from web.bodies import FLOOR_FIELDS, NotAcceptedType

#: Before the name of a field: a file that goes up with the form. ``drop``: ids of files that are taken off.
UPLOAD, DROP = "upload.", "drop"
PAGE_FIELDS = FLOOR_FIELDS | {"seen", "about", "case", DROP}
LISTED = FILED | {FieldType.SEVERAL}
MIB = 1024 * 1024
#: Of a whole form with its files.
FORM_BYTES = 40 * MIB

#: Takes one uploaded file in: (field, name as the sender calls it, bytes).
Taking = Callable[[str, str, bytes], Awaitable[File]]


@dataclass(frozen=True)
class Filled:
    """A declared form as a page draws it. ``choices``: field → organisations to choose from; ``files``: id → what was uploaded;
    ``fixed``: fields that stay as they were reviewed; ``marks``: field → what the last return found wrong with it.
    """

    form: tuple[FormField, ...]
    typed: Mapping[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    choices: Mapping[str, Sequence[tuple[UUID, str]]] = field(default_factory=dict)
    honours: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()

    @property
    def takes_files(self) -> bool:
        return any(one.type in FILED for one in self.form)


def typed(request: Request, form: tuple[FormField, ...]) -> dict[str, Any]:
    """What was filled in, also fields that the form does not have: those are refused where it is checked (T04)."""
    if not (request.content_type or "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        raise NotAcceptedType
    listed, filed = {one.field for one in form if one.type in LISTED}, {one.field for one in form if one.type in FILED}
    dropped = set(request.form.getlist(DROP, [])) if request.form else set()
    sent = {name: [value for value in values if value != "" and not (name in filed and value in dropped)]
            for name, values in (request.form or {}).items() if name not in PAGE_FIELDS and not name.startswith(UPLOAD)}
    return {name: "offline" if name in filed and "offline" in values else values if name in listed else values[0]
            for name, values in sent.items() if values}


def said(request: Request, *names: str) -> dict[str, str]:
    """What the page itself sent along, of what was not left empty."""
    return {name: str(value) for name in names if request.form and (value := request.form.get(name))}


async def with_uploads(request: Request, form: tuple[FormField, ...], given: dict[str, Any], take: Taking) -> dict[str, Any]:
    """``given`` with the files that came along, each taken in by ``take``; of a photo the last one counts. Raises ``FileRefused``."""
    kinds = {one.field: one.type for one in form if one.type in FILED}
    for one in uploads.received(request):
        name = one.field.removeprefix(UPLOAD)
        if name not in kinds or not one.field.startswith(UPLOAD):
            continue
        kept = str((await take(name, one.name, one.data)).id)
        before = given.get(name) if isinstance(given.get(name), list) else []
        given[name] = [kept] if kinds[name] is FieldType.PHOTO else list(dict.fromkeys([*(before or []), kept]))
    return given


async def drawn(region: Region, actor: Actor, form: tuple[FormField, ...], given: Mapping[str, Any], *, errors: Mapping[str, str] | None = None,
                marks: Mapping[str, str] | None = None, fixed: frozenset[str] = frozenset()) -> Filled:
    """The form with what its values name: files, organisations of the kinds that a field takes."""
    choices = {one.field: await _choices(region, one, str(given.get(one.field) or "")) for one in form
               if one.type in (FieldType.ORGANISATION, FieldType.UNIT)}
    honours = tuple(one.title for one in region.profile.honours) if any(one.type is FieldType.HONOUR for one in form) else ()
    return Filled(form, given, errors or {}, marks or {}, await attachments.named(region, actor, form, given), choices, honours, fixed)


async def _choices(region: Region, declared: FormField, chosen: str) -> list[tuple[UUID, str]]:
    """Of units the chosen one alone: they are thousands, and at the desk nobody changes to another."""
    if declared.type is FieldType.UNIT:
        id = as_id(chosen)
        return [(id, await organisations.name_of(region, id))] if id else []
    return [(one.id, one.name) for one in await organisations.every(region) if not declared.kinds or one.kind in declared.kinds]
