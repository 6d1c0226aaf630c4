"""Answering a return 修改后重新提交 of what was applied for (WH-61, BZ-07): what was marked, where it is mended, and the forms that go along.

The sections are mended where the dossier is (``wechat.miniapp.dossier``); the matter's own form, and what was registered, stand here.
"""

from typing import Any, Self
from uuid import UUID

from sanic import Blueprint, HTTPResponse, Request

from services import answering, attachments, joining
from services.answering import Answering, Mark
from services.regions import Region
from web.bodies import parse
from web.context import actor, now, region
from web.idempotency import once
from wechat.miniapp.answers import Answer, answer
from wechat.miniapp.applications import SectionGap
from wechat.miniapp.bookings import BOOKING, Correction
from wechat.miniapp.cases import Moved
from wechat.miniapp.catalogue import FieldShape, offices_for
from wechat.miniapp.files import Enclosure, enclosed

blueprint = Blueprint("api_answering")


class ToMend(Answer):
    """One thing of a section that was marked. ``number``: its row, null where a section is meant or the row is gone; ``mended``: otherwise by now."""

    section: str
    number: int | None
    field: str
    label: str
    sentence: str
    mended: bool

    @classmethod
    def of(cls, one: Mark) -> Self:
        return cls(section=one.section, number=one.number, field=one.field, label=one.label, sentence=one.sentence, mended=one.mended)


class SectionNamed(Answer):
    section: str
    name: str


class ReturnOpened(Answer):
    """``allowed``: whether it may be answered, or changed because nobody has begun on it (``returned`` false). ``version`` comes back as ``seen``.

    ``sections``: to be mended in the dossier; where what is in force goes along instead, ``admitted`` is its number. ``registered``: fields of the
    registration that may be corrected, ``logs_in_by_phone``: their number is also how she logs in. ``values``, ``faults``, ``files``, ``offices``: of
    both forms, by field.
    """

    allowed: bool
    returned: bool
    version: int
    organisation: str
    words: str
    marks: list[ToMend]
    gaps: list[SectionGap]
    sections: list[SectionNamed]
    admitted: int | None
    registered: list[FieldShape]
    logs_in_by_phone: bool
    form: list[FieldShape]
    values: dict[str, Any]
    faults: dict[str, str]
    files: dict[str, list[Enclosure]]
    offices: dict[str, dict[str, str]]
    districts: dict[str, str]


@blueprint.get(f"{BOOKING}/answer", ctx_permission="talent", ctx_summary="退回的申报", ctx_answers=ReturnOpened)
async def show(request: Request, case_id: UUID) -> HTTPResponse:
    here, who = region(request), actor(request)
    found = await answering.of(here, who, case_id, now(request))
    form, given = found.sheet.matter.form, found.sheet.case.data
    files = enclosed(form, given, await attachments.named(here, who, form, given))
    return answer(_opened(here, found, files, await offices_for(here, form, given)))


@blueprint.post(f"{BOOKING}/answer", ctx_permission="talent", ctx_summary="修改后重新提交申报", ctx_accepts=Correction, ctx_answers=Moved)
@once
async def resubmit(request: Request, case_id: UUID) -> HTTPResponse:
    """The matter's own form and what was registered, with the sections as they stand now, go to whoever returned it."""
    asked = parse(request, Correction)
    await answering.of(region(request), actor(request), case_id, now(request))  # a case of somebody else is not there, whatever was typed
    outcome = await joining.resubmit(region(request), actor(request), case_id, asked.seen, asked.form, now(request), keep=request.ctx.session)
    return answer(Moved.of(region(request), outcome))


def _opened(here: Region, found: Answering, files: dict[str, list[Enclosure]], offices: dict[str, dict[str, str]]) -> ReturnOpened:
    sheet, joined = found.sheet, found.correction
    fields = (*(joined.fields if joined else ()), *sheet.matter.form)
    mended_in_dossier = sheet.matter.content == "draft"
    return ReturnOpened(
        allowed=found.allowed and sheet.case.service_id is None, returned=sheet.returned, version=sheet.case.version, organisation=sheet.office.name,
        words=sheet.returned_with, marks=[ToMend.of(one) for one in found.marks], gaps=[SectionGap.of(one) for one in found.gaps],
        sections=[SectionNamed(section=one.section, name=one.name) for one in found.sections] if mended_in_dossier else [],
        admitted=found.dossier.admitted if found.dossier and not mended_in_dossier else None,
        registered=[FieldShape.of(one) for one in joined.fields] if joined else [],
        logs_in_by_phone=joined is not None and joined.values.get("account.phone") == joined.account.login_name,
        form=[FieldShape.of(one) for one in sheet.matter.form], values={**sheet.case.data, **(joined.values if joined else {})},
        faults={one.field: sheet.faults[one.field] for one in fields if one.field in sheet.faults}, files=files, offices=offices,
        districts={one.code: one.name for one in here.profile.districts})
