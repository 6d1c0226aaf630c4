"""Notices 通报公告 (WH-41) and the lists of information (WH-56) at the desk: read by everybody here, written, published now or at a day, and
withdrawn by who keeps them, who also sees who has read them."""

import contextlib
import functools
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict, Invalid, NotFound, Refusal
from config.vocabulary import Permission
from console import shell
from console.declared import FORM_BYTES
from models.notice import Audience, Notice, NoticeState
from services import notice_checking, notice_keeping, notice_readers, notices, organisations
from services.content_check import Doubted
from services.files import Attached, Subject, of_subject
from services.notice_keeping import FIELD, MOST_FILES, Written
from services.notices import NOTICES, PAGE, Found, Withdrawn
from services.rich_text import WrittenAs
from web import downloads, uploads
from web.access import Handler
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

PUBLISH, INFORM = Permission.PUBLISH_NOTICES, Permission.MANAGE_INFORMATION
blueprint = Blueprint("desk_notices", url_prefix="/<region:str>/console/notices")
information = Blueprint("desk_information", url_prefix="/<region:str>/console/information")


class Asked(shell.Asked):
    words: str = Field("", max_length=40)


class Kept(Asked):
    state: Literal["", "draft", "scheduled", "published", "withdrawn"] = ""


#: What a keeper looks for; «scheduled» is published at a moment that lies ahead.
STATES = [("draft", NoticeState.DRAFT.label), ("scheduled", "定时发布"), ("published", NoticeState.PUBLISHED.label),
          ("withdrawn", NoticeState.WITHDRAWN.label)]


@information.get("/", ctx_permission="staff")
async def first(request: Request) -> HTTPResponse:
    """The lists begin with the first one."""
    if not (lists := region(request).profile.information):
        raise NotFound
    return shell.away(request, _path(lists[0].code))


@blueprint.get("/", ctx_permission="staff")
@information.get("/<category:str>", ctx_permission="staff")
async def every(request: Request, category: str = NOTICES) -> HTTPResponse:
    asked = query(request, Asked)
    found = await notices.published(region(request), actor(request), category, now(request), asked.words, page=asked.page)
    return await _list(request, "notices.html", category, asked, found)


@blueprint.get("/kept", ctx_permission=PUBLISH)
@information.get("/<category:str>/kept", ctx_permission=INFORM)
async def kept(request: Request, category: str = NOTICES) -> HTTPResponse:
    asked = query(request, Kept)
    found = await notices.kept(region(request), actor(request), category, now(request), asked.state, asked.words, page=asked.page)
    return await _list(request, "notices_kept.html", category, asked, found, states=STATES)


@blueprint.get("/<id:uuid>", ctx_permission="staff")
@information.get("/<category:str>/<id:uuid>", ctx_permission="staff")
async def show(request: Request, id: UUID, category: str = NOTICES) -> HTTPResponse:
    return await _show(request, category, id)


@blueprint.get("/new", ctx_permission=PUBLISH)
@information.get("/<category:str>/new", ctx_permission=INFORM)
async def new(request: Request, category: str = NOTICES) -> HTTPResponse:
    return await _form(request, category)


class NoticeForm(Body):
    """``act``: which button was pressed. ``organisation``: in whose name, chosen once. ``written_as``: what the body is, as the editor says.

    ``publish_at``: the region's own time. ``drop``: files that are taken off. Files come up beside it as ``files``.
    ``doubted``: the mark of a doubt that ``reason`` answers.
    """

    seen: int = 0
    title: str = Field(min_length=2, max_length=80)
    body: str = Field(min_length=2, max_length=20_000)
    written_as: WrittenAs = "marks"
    pinned: Literal["", "yes"] = ""
    organisation: UUID | None = None
    audience: Audience = Audience.EVERYONE
    within: UUID | None = None
    publish_at: datetime | None = None
    drop: tuple[UUID, ...] = Field((), max_length=MOST_FILES)
    doubted: str = Field("", max_length=64)
    reason: str = Field("", max_length=200)
    act: Literal["keep", "publish"] = "keep"

    def written(self, request: Request) -> Written:
        at = self.publish_at.replace(tzinfo=region(request).profile.tz) if self.publish_at and self.publish_at.tzinfo is None else self.publish_at
        attached = [Attached(one.name, one.data) for one in uploads.received(request) if one.field == FIELD]
        return Written(self.title, self.body, self.pinned == "yes", self.organisation, self.written_as, self.audience, self.within, at, attached,
                       self.drop, self.doubted, self.reason)


def checked(handler: Handler) -> Handler:
    """Decorator outside of ``once``, which holds a connection: WeChat is asked before, where the region wants it (``request.ctx.judged``)."""
    @functools.wraps(handler)
    async def asking(request: Request, category: str = NOTICES, **places: Any) -> HTTPResponse:
        request.ctx.judged = None
        with contextlib.suppress(Invalid):  # the handler says what is wrong
            asked = parse(request, NoticeForm)
            here = region(request)
            request.ctx.judged = await notice_checking.judged(
                request.app.ctx.text_check(here.code), here, actor(request), category, places.get("id"), asked.written(request), now(request),
                publish=asked.act == "publish")
        return await handler(request, category=category, **places)

    return asking


@blueprint.post("/new", ctx_permission=PUBLISH, ctx_body=FORM_BYTES, stream=True, ctx_limit=(60, 300))
@information.post("/<category:str>/new", ctx_permission=INFORM, ctx_body=FORM_BYTES, stream=True, ctx_limit=(60, 300))
@checked
@once
async def write(request: Request, category: str = NOTICES) -> HTTPResponse:
    try:
        asked = parse(request, NoticeForm)
        written = asked.written(request)
        notice = await notice_keeping.write(region(request), actor(request), category, written, now(request), publish=asked.act == "publish",
                                     judged=request.ctx.judged)
    except Invalid as refusal:
        return await _form(request, category, refusal=refusal)
    return _done(request, notice)


@blueprint.get("/<id:uuid>/edit", ctx_permission=PUBLISH)
@information.get("/<category:str>/<id:uuid>/edit", ctx_permission=INFORM)
async def edit(request: Request, id: UUID, category: str = NOTICES) -> HTTPResponse:
    return await _form(request, category, id)


@blueprint.post("/<id:uuid>/edit", ctx_permission=PUBLISH, ctx_body=FORM_BYTES, stream=True, ctx_limit=(60, 300))
@information.post("/<category:str>/<id:uuid>/edit", ctx_permission=INFORM, ctx_body=FORM_BYTES, stream=True, ctx_limit=(60, 300))
@checked
@once
async def save(request: Request, id: UUID, category: str = NOTICES) -> HTTPResponse:
    try:
        asked = parse(request, NoticeForm)
        notice = await notice_keeping.edit(region(request), actor(request), category, id, asked.seen, asked.written(request), now(request),
                                    publish=asked.act == "publish", judged=request.ctx.judged)
    except (Invalid, Conflict) as refusal:
        return await _form(request, category, id, refusal)
    return _done(request, notice)


class WithdrawForm(Body):
    seen: int
    reason: str = Field("", max_length=200)


@blueprint.post("/<id:uuid>/withdraw", ctx_permission=PUBLISH)
@information.post("/<category:str>/<id:uuid>/withdraw", ctx_permission=INFORM)
@once
async def withdraw(request: Request, id: UUID, category: str = NOTICES) -> HTTPResponse:
    try:
        asked = parse(request, WithdrawForm)
        await notice_keeping.withdraw(region(request), actor(request), category, id, asked.seen, asked.reason, now(request))
    except (Invalid, Conflict) as refusal:
        return await _show(request, category, id, refusal)
    return shell.away(request, f"{_path(category)}/{id}", done="withdrawn")


@blueprint.get("/<id:uuid>/readers", ctx_permission=PUBLISH)
@information.get("/<category:str>/<id:uuid>/readers", ctx_permission=INFORM)
async def readers(request: Request, id: UUID, category: str = NOTICES) -> HTTPResponse:
    """Who of those addressed has opened it."""
    asked = query(request, shell.Asked)
    found = await notice_readers.of_notice(region(request), actor(request), category, id, page=asked.page)
    pager = shell.pager(request, f"{_path(category)}/{id}/readers", asked.page, notice_readers.PAGE, found.total, {})
    return await _page(request, "notice_readers.html", category, found=found, notice=found.notice, pager=pager)


@blueprint.get("/<id:uuid>/files/<file:uuid>", ctx_permission="staff", ctx_limit=(60, 60))
@information.get("/<category:str>/<id:uuid>/files/<file:uuid>", ctx_permission="staff", ctx_limit=(60, 60))
async def download(request: Request, id: UUID, file: UUID, category: str = NOTICES) -> HTTPResponse:
    return downloads.out(await notices.attachment(region(request), actor(request), category, id, file, now(request)), inline=False)


@blueprint.get("/<id:uuid>/files/<file:uuid>/pages/<page:int>", ctx_permission="staff", ctx_limit=(240, 60))
@information.get("/<category:str>/<id:uuid>/files/<file:uuid>/pages/<page:int>", ctx_permission="staff", ctx_limit=(240, 60))
async def preview(request: Request, id: UUID, file: UUID, page: int, category: str = NOTICES) -> HTTPResponse:
    return downloads.out(await notices.attachment(region(request), actor(request), category, id, file, now(request), page=page), inline=True)


def _path(category: str) -> str:
    return "notices" if category == NOTICES else f"information/{category}"


def _done(request: Request, notice: Notice) -> HTTPResponse:
    said = {NoticeState.PUBLISHED: "published", NoticeState.DRAFT: "drafted", NoticeState.WITHDRAWN: "saved"}[notice.state]
    done = "scheduled" if notice.is_scheduled(now(request)) else said
    return shell.away(request, f"{_path(notice.category)}/{notice.id}", done=done)


async def _list(request: Request, template: str, category: str, asked: Asked, found: Found, **context: Any) -> HTTPResponse:
    path = _path(category) + ("/kept" if isinstance(asked, Kept) else "")
    still = asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})
    return await _page(request, template, category, asked=asked, found=found, here=shell.address(request, path),
                       pager=shell.pager(request, path, asked.page, PAGE, found.total, still), **context)


async def _show(request: Request, category: str, id: UUID, refusal: Refusal | None = None) -> HTTPResponse:
    try:
        found = await notices.read(region(request), actor(request), category, id, now(request))
    except Withdrawn as gone:
        return await _page(request, "notice_gone.html", category, gone.status_code)
    return await _page(request, "notice.html", category, refusal.status_code if refusal else 200, found=found, notice=found.notice,
                       **_told(request, refusal))


async def _form(request: Request, category: str, id: UUID | None = None, refusal: Refusal | None = None) -> HTTPResponse:
    """``notice``: none for a new one."""
    here, who = region(request), actor(request)
    notice = await notices.keeping(here, who, category, id) if id else None
    return await _page(
        request, "notice_form.html", category, refusal.status_code if refusal else 200, notice=notice, most_files=MOST_FILES,
        files=await of_subject(here.code, Subject.NOTICE, id) if id else [], scheduled=notice is not None and notice.is_scheduled(now(request)),
        withins=[(one.id, one.name) for one in await organisations.every(here)], audiences=[(one.value, one.label) for one in Audience],
        office_options=list(notices.offices(here, who, category).items()), **_told(request, refusal))


def _told(request: Request, refusal: Refusal | None) -> dict[str, Any]:
    if refusal is None:
        return {}
    typed = form(request, NoticeForm)
    return shell.told(refusal, typed | {"doubted": refusal.mark} if isinstance(refusal, Doubted) else typed)


async def _page(request: Request, template: str, category: str, status: int = 200, **context: Any) -> HTTPResponse:
    here = region(request)
    lists = [{"href": shell.address(request, _path(one.code)), "label": one.name, "current": one.code == category}
             for one in here.profile.information]
    return await shell.page(request, template, status, root=shell.address(request, _path(category)), list_name=notices.name_of(here, category),
                            lists=lists if category != NOTICES else [], may_keep=bool(notices.offices(here, actor(request), category)), **context)
