"""单位信息 (WH-10, BZ-03, BZ-06, GL-01): where the unit stands, its sections and materials, and what is still missing before it can be submitted."""

from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid, NotFound, NotPermitted, Refusal
from config.forms import Section
from console import declared, shell
from models.file import File
from services import attachments, dossiers, submitted, units
from services.cases import progress
from services.dossiers import FILED, Owner
from services.files import FileRefused
from services.units import Overview
from web.bodies import Body, check
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_unit", url_prefix="/<region:str>/console/unit")


@blueprint.get("/", ctx_permission="unit")
async def show(request: Request) -> HTTPResponse:
    """For everybody who works for the unit; who keeps its data finds the ways to change them."""
    here, found = region(request), await units.overview(region(request), actor(request), now(request))
    parts = await dossiers.in_words(here, found.sections, found.content, None, marks := await _marks(found))
    files = {id: file for part in found.sections for one in found.content.get(part.section, [])
             for id, file in (await attachments.named(here, actor(request), part.fields, one)).items()}
    return await shell.page(request, "unit.html", found=found, parts=parts, files=files,
                            marks=marks, labels=submitted.labels(here, found.matter, parts) if found.matter else {},
                            materials=_materials(found), missing={gap.section for gap in found.gaps})


def _materials(found: Overview) -> list[dict[str, Any]]:
    """Every kind of material with whether a file is there (BZ-03), of sections that do not repeat."""
    return [{"section": section, "field": field, "there": len(value) if isinstance(value, list) else 0, "offline": isinstance(value, dict)}
            for section in found.sections if not section.repeats for field in section.fields if field.type in FILED
            for value in [next(iter(found.content.get(section.section, [])), {}).get(field.field)]]


async def _marks(found: Overview) -> dict[str, str]:
    return progress.faults(await progress.history(found.case.region, found.case.id)) if found.case else {}


@blueprint.get("/<section:str>/<number:int>", ctx_permission="unit")
async def edit(request: Request, section: str, number: int) -> HTTPResponse:
    """One row, from 1; 0 is a further one. Of a section that does not repeat there is the first alone."""
    found = await _editable(request)
    declared_section = dossiers.section_of(region(request), "unit", section)
    return await _page(request, found, declared_section, number, _values(found, declared_section, number))


class Seen(Body):
    seen: int


@blueprint.post("/<section:str>/<number:int>", ctx_permission="unit", ctx_body=declared.FORM_BYTES, stream=True, ctx_limit=(120, 300))
@once
async def save(request: Request, section: str, number: int) -> HTTPResponse:
    """Save a row, complete or not; files go up with it."""
    here, found, asked = region(request), await _editable(request), dossiers.section_of(region(request), "unit", section)
    given, owner = declared.typed(request, asked.fields), Owner("unit", organisation_id=found.unit.id)

    async def take(field: str, name: str, data: bytes) -> File:
        return await attachments.to_row(here, actor(request), owner, section, field, name, data, now(request))

    try:
        given = await declared.with_uploads(request, asked.fields, given, take)
        seen = check(Seen, declared.said(request, "seen")).seen
        saved = await dossiers.put_row(here, actor(request), owner, section, None if number == 0 else number - 1, given, seen, now(request))
        await attachments.let_go(here, actor(request), saved, section, now(request))
    except (Invalid, Conflict, FileRefused) as refusal:
        return await _page(request, found, asked, number, given, refusal)
    return shell.away(request, "unit", done="kept")


@blueprint.post("/<section:str>/<number:int>/remove", ctx_permission="unit")
@once
async def remove(request: Request, section: str, number: int) -> HTTPResponse:
    found = await _editable(request)
    seen = check(Seen, declared.said(request, "seen")).seen
    saved = await dossiers.remove_row(region(request), actor(request), Owner("unit", organisation_id=found.unit.id), section, number - 1, seen,
                                      now(request))
    await attachments.let_go(region(request), actor(request), saved, section, now(request))
    return shell.away(request, "unit", done="removed")


async def _editable(request: Request) -> Overview:
    found = await units.overview(region(request), actor(request), now(request))
    if not found.may_edit:
        raise NotPermitted("单位信息由单位经办人填写，您可以查看，不能修改。")
    return found


def _values(found: Overview, section: Section, number: int) -> dict[str, Any]:
    rows = found.content.get(section.section, [])
    if number == 0 or (number == 1 and not rows and not section.repeats):
        return {}
    if number > len(rows):
        raise NotFound
    return rows[number - 1]


async def _page(request: Request, found: Overview, section: Section, number: int, given: dict[str, Any],
                refusal: Refusal | None = None) -> HTTPResponse:
    prefix = f"{section.section}.{number}." if section.repeats else f"{section.section}."
    marks = {name.removeprefix(prefix): words for name, words in (await _marks(found)).items() if name.startswith(prefix)}
    errors = shell.told(refusal, {})["errors"] if refusal else {}
    filled = await declared.drawn(region(request), actor(request), section.fields, given, errors=errors, marks=marks)
    return await shell.page(
        request, "section.html", refusal.status_code if refusal else 200, section=section, number=number, filled=filled, errors=errors,
        seen=found.dossier.version, back=("单位信息", shell.address(request, "unit")), to=shell.address(request, f"unit/{section.section}/{number}"),
        removable=section.repeats and number > 0)
