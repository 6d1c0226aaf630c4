"""补充材料 (SD-05): the specialist completes the sections of a talent who is bound to her; what was submitted stays as a version of its own."""

from typing import Any
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid, NotFound, Refusal
from config.forms import Section
from config.vocabulary import Action
from console import declared, shell
from models.file import File
from services import applications, attachments, dossiers, regions, submitted
from services.cases import sheet
from services.cases.sheet import Sheet
from services.dossiers import Owner
from services.files import FileRefused
from web.bodies import Body, check
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_completing", url_prefix="/<region:str>/console/cases/<id:uuid>/sections")


class Seen(Body):
    seen: int


@blueprint.get("/<section:str>/<number:int>", ctx_permission="staff")
async def edit(request: Request, id: UUID, section: str, number: int) -> HTTPResponse:
    """One row, from 1, as it was submitted; 0 is a further one."""
    found, part = await _open(request, id, section)
    content = await dossiers.version(region(request), found.case.dossier_id, found.case.dossier_number)  # type: ignore[arg-type]  # asked in _open
    rows = content.get(section, [])
    if number > len(rows):
        raise NotFound
    return await _page(request, found, part, number, rows[number - 1] if number else {})


@blueprint.post("/<section:str>/<number:int>", ctx_permission="staff", ctx_body=declared.FORM_BYTES, stream=True, ctx_limit=(120, 300))
@once
async def save(request: Request, id: UUID, section: str, number: int) -> HTTPResponse:
    found, part = await _open(request, id, section)
    given, owner = declared.typed(request, part.fields), Owner("talent", account_id=found.case.about_id or found.case.applicant_id)

    async def take(field: str, name: str, data: bytes) -> File:
        return await attachments.to_row(region(request), actor(request), owner, section, field, name, data, now(request))

    try:
        given = await declared.with_uploads(request, part.fields, given, take)
        seen = check(Seen, declared.said(request, "seen")).seen
        await applications.supplement_dossier(region(request), actor(request), id, seen, section, number - 1 if number else None, given, now(request))
    except (Invalid, Conflict, FileRefused) as refusal:
        return await _page(request, found, part, number, given, refusal)
    return shell.away(request, f"cases/{id}/", done=Action.SUPPLEMENT)


async def _open(request: Request, id: UUID, section: str) -> tuple[Sheet, Section]:
    """The case and the section, when the reader may complete it. Raises :class:`NotFound`."""
    found = await sheet.read(region(request), actor(request), id, now(request))
    kept = await regions.at(region(request).code, found.case.profile_version)
    part = next((one for one in submitted.sections_of(kept, found.matter) if one.section == section), None)
    button = found.button(Action.SUPPLEMENT)
    if part is None or button is None or not button.as_handler or found.case.dossier_id is None or found.case.dossier_number is None:
        raise NotFound
    return found, part


async def _page(request: Request, found: Sheet, section: Section, number: int, given: dict[str, Any], refusal: Refusal | None = None) -> HTTPResponse:
    errors = shell.told(refusal, {})["errors"] if refusal else {}
    filled = await declared.drawn(region(request), actor(request), section.fields, given, errors=errors)
    here = f"cases/{found.case.id}/"
    return await shell.page(
        request, "section.html", refusal.status_code if refusal else 200, section=section, number=number, filled=filled, errors=errors,
        seen=found.case.version, back=(f"{found.applicant} · {found.case.subject}", shell.address(request, here)),
        to=shell.address(request, f"{here}sections/{section.section}/{number}"), removable=False)
