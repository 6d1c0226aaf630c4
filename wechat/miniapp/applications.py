"""申报 (WH-23, WH-30, DZ-05, GL-10): what a person may apply for, one matter with what it lacks and who will review it, and its submission.

The sections are filled in where the dossier is (``wechat.miniapp.dossier``); a matter's own form stands here.
"""

from dataclasses import replace
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from services import applications, attachments, dossiers
from services.applications import Desk, Foreseen, Offer
from services.dossiers import Gap
from services.regions import Region
from web.bodies import Body, parse
from web.context import actor, now, region
from web.idempotency import once
from wechat.miniapp.answers import Answer, Count, Listing, answer
from wechat.miniapp.cases import Moved
from wechat.miniapp.catalogue import FieldShape, offices_for
from wechat.miniapp.files import FEW, ONE_FILE, Enclosure, Sent, enclosed, taken
from wechat.miniapp.submitted import PartRead

blueprint = Blueprint("api_applications")
MATTER = "/<region:str>/api/apply/<matter:str>"


class MatterOffer(Answer):
    """``lacks``: what she must have first, in words; ``open``: hers that is under way; ``not_yet``: why not now; ``renews``: it renews her card."""

    matter: str
    name: str
    lacks: list[str]
    open: UUID | None
    not_yet: str
    renews: bool

    @classmethod
    def of(cls, one: Offer) -> Self:
        return cls(matter=one.matter.code, name=one.matter.name, lacks=[applications.LACKS[lack] for lack in one.lacks],
                   open=one.open.id if one.open else None, not_yet=one.holding.not_yet, renews=one.holding.renews)


class MatterOffers(Listing[MatterOffer]):
    """In the order of the profile."""


class SectionGap(Answer):
    """One thing that a submission lacks. ``number``: the row; null where the whole section is meant."""

    section: str
    section_name: str
    number: int | None
    sentence: str

    @classmethod
    def of(cls, gap: Gap) -> Self:
        return cls(section=gap.section, section_name=gap.section_name, number=gap.number, sentence=gap.sentence)


class Ahead(Answer):
    """A step that lies ahead: by whom, and why that organisation."""

    organisation: str
    step: str
    why: str

    @classmethod
    def of(cls, one: Foreseen) -> Self:
        return cls(organisation=one.organisation, step=one.step, why=one.why)


class MatterOpened(Answer):
    """``version`` comes back as ``seen``. ``sections``: names of what goes along, ``parts``: what stands there now; ``synchronises``: what goes along
    is the version in force, copied by 数据同步, last number ``synchronised``; ``outdated``: a newer one is in force, and ``changed`` says what is
    otherwise in it. ``full``: one that is under way leaves no room.
    ``files``: field → what its value names; ``offices``: field → id → name; ``districts``: code → name.
    """

    matter: str
    name: str
    version: int
    lacks: list[str]
    gaps: list[SectionGap]
    sections: list[str]
    parts: list[PartRead]
    changed: list[PartRead]
    synchronises: bool
    synchronised: int | None
    outdated: bool
    open: UUID | None
    full: bool
    not_yet: str
    renews: bool
    form: list[FieldShape]
    values: dict[str, Any]
    files: dict[str, list[Enclosure]]
    offices: dict[str, dict[str, str]]
    districts: dict[str, str]
    ahead: list[Ahead]


class Seen(Body):
    seen: Count


class Applied(Seen):
    form: Annotated[dict[str, Any], Field(max_length=50)]


class DraftKept(Answer):
    """``version`` comes back as ``seen``."""

    version: int


@blueprint.get("/<region:str>/api/apply", ctx_permission="talent", ctx_summary="可以申报的事项", ctx_answers=MatterOffers)
async def index(request: Request) -> HTTPResponse:
    found = await applications.offered(region(request), actor(request), now(request))
    return answer(MatterOffers(items=[MatterOffer.of(one) for one in found]))


@blueprint.get(MATTER, ctx_permission="talent", ctx_summary="一个申报事项", ctx_answers=MatterOpened)
async def show(request: Request, matter: str) -> HTTPResponse:
    here, who = region(request), actor(request)
    shown = await applications.desk(here, who, matter, now(request))
    files = enclosed(shown.matter.form, shown.form, await attachments.named(here, who, shown.matter.form, shown.form))
    ahead = [Ahead.of(one) for one in await applications.foresee_route(here, who, shown)]
    parts, changed = await _sections(request, shown)
    return answer(_opened(here, shown, files, await offices_for(here, shown.matter.form, shown.form), ahead, parts, changed))


async def _sections(request: Request, shown: Desk) -> tuple[list[PartRead], list[PartRead]]:
    """What would go along as it stands; and, where a newer version is in force than was copied, the rows that are otherwise in that one."""
    here, who = region(request), actor(request)
    there = await attachments.in_sections(here, who, shown.sections, shown.content)
    parts = [PartRead.of(part, there, whole=True) for part in await dossiers.in_words(here, shown.sections, shown.content) if part.rows]
    if not (shown.outdated and shown.synchronised):
        return parts, []
    newer = await attachments.in_sections(here, who, shown.sections, await applications.admitted(here, shown))
    changed = [replace(part, rows=tuple(row for row in part.rows if row.added or row.changed)) for part in await applications.difference(here, shown)]
    return parts, [PartRead.of(part, newer, whole=True) for part in changed]


@blueprint.post(MATTER, ctx_permission="talent", ctx_summary="保存申报表", ctx_accepts=Applied, ctx_answers=DraftKept)
async def save(request: Request, matter: str) -> HTTPResponse:
    asked = parse(request, Applied)
    kept = await applications.save_form(region(request), actor(request), matter, asked.form, asked.seen, now(request))
    return answer(DraftKept(version=kept.version))


@blueprint.post(f"{MATTER}/sync", ctx_permission="talent", ctx_summary="数据同步", ctx_accepts=Seen, ctx_answers=DraftKept)
async def synchronise(request: Request, matter: str) -> HTTPResponse:
    kept = await applications.synchronise(region(request), actor(request), matter, parse(request, Seen).seen, now(request))
    return answer(DraftKept(version=kept.version))


@blueprint.post(f"{MATTER}/submit", ctx_permission="talent", ctx_summary="提交申报", ctx_accepts=Applied, ctx_answers=Moved, ctx_status=201)
@once
async def submit(request: Request, matter: str) -> HTTPResponse:
    """The form is saved with it, so that nothing goes out which was changed elsewhere meanwhile; under a key neither is kept without the other."""
    asked, here, who = parse(request, Applied), region(request), actor(request)
    await applications.complete_form(here, who, matter, asked.form, asked.seen, now(request))
    return answer(Moved.of(here, await applications.submit(here, who, matter, asked.form, now(request))), 201)


@blueprint.post(f"{MATTER}/files", ctx_permission="talent", ctx_summary="上传申报的附件", ctx_answers=Enclosure, ctx_status=201, stream=True,
                ctx_body=ONE_FILE, ctx_limit=FEW, ctx_sends=Sent)
async def upload(request: Request, matter: str) -> HTTPResponse:
    return await taken(request, lambda field, name, data: attachments.to_draft(
        region(request), actor(request), matter, field, name, data, now(request)))


def _opened(here: Region, shown: Desk, files: dict[str, list[Enclosure]], offices: dict[str, dict[str, str]], ahead: list[Ahead],
            parts: list[PartRead], changed: list[PartRead]) -> MatterOpened:
    matter, holding = shown.matter, shown.holding
    return MatterOpened(
        matter=matter.code, name=matter.name, version=shown.draft_version, lacks=[applications.LACKS[lack] for lack in shown.lacks],
        gaps=[SectionGap.of(gap) for gap in shown.gaps], sections=[section.name for section in shown.sections],
        parts=parts, changed=changed, synchronises=matter.content == "admitted", synchronised=shown.synchronised, outdated=shown.outdated,
        open=shown.open.id if shown.open else None, full=shown.open is not None and matter.who.open_at_once.value == 1,
        not_yet=holding.not_yet, renews=holding.renews, form=[FieldShape.of(one) for one in matter.form], values=dict(shown.form), files=files,
        offices=offices, districts={one.code: one.name for one in here.profile.districts}, ahead=ahead)
