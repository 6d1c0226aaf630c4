"""我的人才信息 (WH-20, DZ-03): the sections that the profile declares, what each lacks, and their rows, saved at any time, complete or not.

Rows have numbers from 1, as people count. A file is uploaded first (``wechat.miniapp.files``), then the row that names it is saved.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.forms import FormField, Section
from models.dossier import Dossier
from models.file import File
from services import attachments, dossiers
from services.dossiers import Gap, Owner, Row
from web.bodies import Body, parse
from web.context import actor, now, region
from wechat.miniapp.answers import Answer, Count, answer
from wechat.miniapp.catalogue import FieldShape
from wechat.miniapp.files import Enclosure, enclosed

blueprint = Blueprint("api_dossier")
SECTION = "/<region:str>/api/dossier/<section:str>"


class Lack(Answer):
    """One thing that a submission lacks. ``number``: the row; null where the whole section is meant."""

    number: int | None
    field: str
    sentence: str

    @classmethod
    def of(cls, gap: Gap) -> Self:
        return cls(number=gap.number, field=gap.field, sentence=gap.sentence)


class Place(Answer):
    """One section: how many rows it has, and what it lacks."""

    section: str
    name: str
    required: bool
    repeats: bool
    rows: int
    lacks: list[Lack]

    @classmethod
    def of(cls, section: Section, dossier: Dossier) -> Self:
        lacks = dossiers.missing([section], dossier.draft)
        return cls(section=section.section, name=section.name, required=section.required, repeats=section.repeats,
                   rows=len(dossier.draft.get(section.section, [])), lacks=[Lack.of(gap) for gap in lacks])


class MyDossier(Answer):
    """``admitted``: number of the version that is in force; ``version`` comes back as ``seen`` with every change."""

    version: int
    admitted: int | None
    sections: list[Place]


class InWords(Answer):
    field: str
    label: str
    value: str


class DossierRow(Answer):
    """``answers``: in words, what is filled in; ``values``: as it was typed; ``files``: field → what its value names."""

    number: int
    answers: list[InWords]
    values: dict[str, Any]
    files: dict[str, list[Enclosure]]

    @classmethod
    def of(cls, row: Row, values: dict[str, Any], files: dict[str, list[Enclosure]]) -> Self:
        return cls(number=row.number, answers=[InWords(field=one.field, label=one.label, value=one.value) for one in row.answers], values=values,
                   files=files)


class SectionOpened(Place):
    """``most``: rows at most; ``fixed``: fields that stay as they were reviewed; ``honours``: titles to choose from; ``districts``: code → name."""

    version: int
    hint: str
    most: int
    form: list[FieldShape]
    fixed: list[str]
    honours: list[str]
    districts: dict[str, str]
    filled: list[DossierRow]


class RowWritten(Body):
    """``number``: the row that is replaced; null: a further one, or the only one of a section that does not repeat."""

    seen: Count
    number: Annotated[Count, Field(ge=1, le=200)] | None = None
    values: Annotated[dict[str, Any], Field(max_length=100)]


class RowRemoved(Body):
    seen: Count
    number: Annotated[Count, Field(ge=1, le=200)]


@blueprint.get("/<region:str>/api/dossier", ctx_permission="talent", ctx_summary="我的人才信息", ctx_answers=MyDossier)
async def index(request: Request) -> HTTPResponse:
    return answer(_whole(request, await dossiers.of(region(request), _owner(request), now(request))))


@blueprint.get(SECTION, ctx_permission="talent", ctx_summary="人才信息的一个部分", ctx_answers=SectionOpened)
async def show(request: Request, section: str) -> HTTPResponse:
    here, owner = region(request), _owner(request)
    declared = dossiers.section_of(here, owner.kind, section)
    dossier = await dossiers.of(here, owner, now(request))
    values = dossier.draft.get(section, [])
    (part,) = await dossiers.in_words(here, [declared], dossier.draft)
    there = await _files(request, declared.fields, values)
    return answer(SectionOpened(
        **Place.of(declared, dossier).model_dump(), version=dossier.version, hint=declared.hint, most=declared.most,
        form=[FieldShape.of(field) for field in declared.fields], fixed=sorted(await dossiers.fixed_fields(here, dossier, declared)),
        honours=[honour.title for honour in here.profile.honours], districts={one.code: one.name for one in here.profile.districts},
        filled=[DossierRow.of(row, given, enclosed(declared.fields, given, there)) for row in part.rows for given in [values[row.number - 1]]]))


async def _files(request: Request, fields: Sequence[FormField], rows: Sequence[Mapping[str, Any]]) -> dict[str, File]:
    """Those that any row names, in one question."""
    named = {one.field: [id for row in rows if isinstance(row.get(one.field), list) for id in row[one.field]] for one in fields}
    return await attachments.named(region(request), actor(request), fields, named)


@blueprint.post(f"{SECTION}/rows", ctx_permission="talent", ctx_summary="保存人才信息的一条", ctx_accepts=RowWritten, ctx_answers=MyDossier)
async def save(request: Request, section: str) -> HTTPResponse:
    asked, here, who = parse(request, RowWritten), region(request), actor(request)
    number = asked.number - 1 if asked.number else None
    saved = await dossiers.put_row(here, who, _owner(request), section, number, asked.values, asked.seen, now(request))
    await attachments.let_go(here, who, saved, section, now(request))
    return answer(_whole(request, saved))


@blueprint.post(f"{SECTION}/rows/remove", ctx_permission="talent", ctx_summary="删除人才信息的一条", ctx_accepts=RowRemoved, ctx_answers=MyDossier)
async def remove(request: Request, section: str) -> HTTPResponse:
    asked, here, who = parse(request, RowRemoved), region(request), actor(request)
    left = await dossiers.remove_row(here, who, _owner(request), section, asked.number - 1, asked.seen, now(request))
    await attachments.let_go(here, who, left, section, now(request))
    return answer(_whole(request, left))


def _owner(request: Request) -> Owner:
    return dossiers.owner_of(actor(request))


def _whole(request: Request, dossier: Dossier) -> MyDossier:
    sections = region(request).profile.sections_of(_owner(request).kind)
    return MyDossier(version=dossier.version, admitted=dossier.admitted, sections=[Place.of(section, dossier) for section in sections])
