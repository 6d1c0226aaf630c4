"""名单上报 (WH-33, WH-34, BZ-12, SD-07, SD-12): tick what was approved, export the list, upload it stamped, send it on."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid, NotFound
from console import shell
from console.exports import ordered
from services import roster_lists, rosters
from services.files import MOST_BYTES
from services.roster_lists import Gathering
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once
from web.uploads import received

#: What is shown to be ticked; 全部 takes what lies behind it along.
MOST_SHOWN = 200
#: A scan, and the few fields beside it.
UPLOAD_BYTES = MOST_BYTES + 16 * 1024
#: So many ids of cases in one form.
LIST_BYTES = 512 * 1024
blueprint = Blueprint("desk_rosters", url_prefix="/<region:str>/console/rosters")


class Asked(shell.Asked):
    """``at``: matter, step and organisation of what is gathered, for who gathers several things."""

    at: str = Field("", max_length=160)


def key(at: Gathering) -> str:
    return f"{at.matter.code}.{at.step.step}.{at.organisation}"


@blueprint.get("/", ctx_permission="staff")
async def show(request: Request) -> HTTPResponse:
    return await _list(request, query(request, Asked).at)


class MakeForm(Body):
    at: str = Field("", max_length=160)
    id: tuple[UUID, ...] = ()
    all: str = ""


@blueprint.post("/", ctx_permission="staff", ctx_body=LIST_BYTES)
@once
async def make(request: Request) -> HTTPResponse:
    here, who, asked = region(request), actor(request), parse(request, MakeForm)
    at = _gathering(request, asked.at)
    try:
        ids = [line.id for line in await roster_lists.waiting(here, who, at)] if asked.all else asked.id
        made = await rosters.make(here, who, at.matter.code, at.step.step, ids, now(request))
    except (Invalid, Conflict) as refusal:
        return await _list(request, asked.at, status=refusal.status_code, **shell.told(refusal, {}))
    return shell.away(request, f"rosters/{made.id}", done="roster_made")


def _gathering(request: Request, wanted: str) -> Gathering:
    """The one that is asked for, else the first. Raises :class:`NotFound` for who gathers nothing."""
    found = roster_lists.gatherings(region(request), actor(request))
    if not found:
        raise NotFound
    return next((at for at in found if key(at) == wanted), found[0])


async def _list(request: Request, wanted: str, *, status: int = 200, **context: Any) -> HTTPResponse:
    here, who, at = region(request), actor(request), _gathering(request, wanted)
    waiting = await roster_lists.waiting(here, who, at)
    return await shell.page(
        request, "rosters.html", status, at=at, at_key=key(at), waiting=waiting[:MOST_SHOWN], total=len(waiting),
        tabs=[{"href": shell.address(request, "rosters", at=key(one)), "label": one.rules.title, "count": None, "current": one == at}
              for one in roster_lists.gatherings(here, who)],
        made=await roster_lists.of_office(here, who), **context)


@blueprint.get("/<id:uuid>", ctx_permission="staff")
async def open_one(request: Request, id: UUID) -> HTTPResponse:
    return await _page(request, id)


@blueprint.post("/<id:uuid>/sheet/<kind:(xlsx|pdf)>", ctx_permission="staff", ctx_limit=(30, 300))
@once
async def sheet(request: Request, id: UUID, kind: str) -> HTTPResponse:
    """The list as a file; a line in the audit says who ordered it."""
    return await ordered(request, f"roster.{kind}", id, subject=id)


class Seen(Body):
    seen: int


class ContactForm(Seen):
    contact: str = Field("", max_length=30)
    contact_phone: str = Field("", max_length=20)


@blueprint.post("/<id:uuid>/contact", ctx_permission="staff")
@once
async def contact(request: Request, id: UUID) -> HTTPResponse:
    try:
        asked = parse(request, ContactForm)
        await rosters.say_contact(region(request), actor(request), id, asked.seen, asked.contact, asked.contact_phone, now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, tried="contact", **shell.told(refusal, form(request)))
    return shell.away(request, f"rosters/{id}", done="roster_contact")


class UploadForm(Seen):
    number: str = Field("", max_length=40)
    check: str = Field("", max_length=20)


@blueprint.post("/<id:uuid>/scan", ctx_permission="staff", ctx_body=UPLOAD_BYTES, stream=True, ctx_limit=(30, 300))
async def upload(request: Request, id: UUID) -> HTTPResponse:
    """No key of its own: the roster takes one scan."""
    try:
        asked, sent = parse(request, UploadForm), received(request)
        if not sent:
            raise Invalid({"scan": "请选择盖章后的扫描件（PDF 或照片）。"})
        await rosters.upload(region(request), actor(request), id, asked.seen, sent[0].name, sent[0].data, now(request), number=asked.number,
                             check=asked.check)
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, tried="scan", **shell.told(refusal, form(request)))
    return shell.away(request, f"rosters/{id}", done="roster_stamped")


@blueprint.post("/<id:uuid>/submit", ctx_permission="staff")
@once
async def submit(request: Request, id: UUID) -> HTTPResponse:
    try:
        await rosters.submit(region(request), actor(request), id, parse(request, Seen).seen, now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, tried="submit", **shell.told(refusal, form(request)))
    return shell.away(request, f"rosters/{id}", done="roster_submitted")


class VoidForm(Seen):
    reason: str = Field("", max_length=200)


@blueprint.post("/<id:uuid>/void", ctx_permission="staff")
@once
async def void(request: Request, id: UUID) -> HTTPResponse:
    try:
        asked = parse(request, VoidForm)
        await rosters.void(region(request), actor(request), id, asked.seen, asked.reason, now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, tried="void", **shell.told(refusal, form(request)))
    return shell.away(request, "rosters", done="roster_void")


class RemoveForm(Seen):
    case: UUID


@blueprint.post("/<id:uuid>/remove", ctx_permission="staff")
@once
async def remove(request: Request, id: UUID) -> HTTPResponse:
    """The others are on a new list from now on, which is where the next page leads."""
    try:
        asked = parse(request, RemoveForm)
        made = await rosters.remove(region(request), actor(request), id, asked.case, asked.seen, now(request))
    except (Invalid, Conflict) as refusal:
        return await _page(request, id, status=refusal.status_code, tried="remove", **shell.told(refusal, form(request)))
    return shell.away(request, f"rosters/{made.id}" if made else "rosters", done="roster_remade" if made else "roster_void")


async def _page(request: Request, id: UUID, *, status: int = 200, **context: Any) -> HTTPResponse:
    found = await roster_lists.open_roster(region(request), actor(request), id)
    scan = shell.address(request, f"files/{found.roster.file_id}") if found.roster.file_id else ""
    return await shell.page(request, "roster.html", status, opened=found, roster=found.roster, scan=scan, **{"tried": ""} | context)
