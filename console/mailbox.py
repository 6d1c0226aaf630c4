"""平台邮箱 (WH-40): the inbox of the offices and units that one works for, what they sent, and a new letter with its files."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Permission
from console import shell
from console.declared import FORM_BYTES
from services import mailbox, organisations
from services.mailbox import MOST_FILES, PAGE, Attached, Written
from web import uploads
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

SEND = Permission.SEND_MAIL
blueprint = Blueprint("desk_mailbox", url_prefix="/<region:str>/console/mailbox")


class Asked(shell.Asked):
    words: str = Field("", max_length=40)


@blueprint.get("/", ctx_permission="staff")
async def inbox(request: Request) -> HTTPResponse:
    asked = query(request, Asked)
    found = await mailbox.inbox(region(request), actor(request), asked.words, page=asked.page)
    return await _box(request, "mailbox", asked, found)


@blueprint.get("/sent", ctx_permission=SEND)
async def outbox(request: Request) -> HTTPResponse:
    asked = query(request, Asked)
    found = await mailbox.outbox(region(request), actor(request), asked.words, page=asked.page)
    return await _box(request, "mailbox/sent", asked, found)


async def _box(request: Request, path: str, asked: Asked, found: mailbox.Found) -> HTTPResponse:
    here, who = region(request), actor(request)
    return await shell.page(request, "mailbox.html", asked=asked, found=found, sent=path != "mailbox", here=shell.address(request, path),
                            unread=await mailbox.unread(here, who), may_send=who.may(SEND, here.profile),
                            pager=shell.pager(request, path, asked.page, PAGE, found.total, {"words": asked.words}))


@blueprint.get("/<id:uuid>", ctx_permission="staff")
async def show(request: Request, id: UUID) -> HTTPResponse:
    here, who = region(request), actor(request)
    return await shell.page(request, "mail.html", letter=await mailbox.read(here, who, id, now(request)), may_send=who.may(SEND, here.profile))


class Answered(shell.Asked):
    reply: UUID | None = None


@blueprint.get("/new", ctx_permission=SEND)
async def new(request: Request) -> HTTPResponse:
    """``?reply=``: the letter that is answered gives recipient and subject."""
    asked = query(request, Answered)
    if asked.reply is None:
        return await _form(request, {})
    begun = await mailbox.answering(region(request), actor(request), asked.reply, now(request))
    return await _form(request, {"to": [str(begun.to)] if begun.to else [], "units": begun.unit, "subject": begun.subject})


class LetterForm(Body):
    """``units``: names or credit codes, one a line. Files come up beside it as ``files``."""

    subject: str = Field(min_length=2, max_length=80)
    body: str = Field(min_length=1, max_length=6000)
    to: tuple[UUID, ...] = ()
    units: str = Field("", max_length=6000)
    organisation: UUID | None = None

    @property
    def written(self) -> Written:
        return Written(self.subject, self.body, self.to, self.units.splitlines(), self.organisation)


@blueprint.post("/new", ctx_permission=SEND, ctx_body=FORM_BYTES, stream=True, ctx_limit=(30, 300))
@once
async def send(request: Request) -> HTTPResponse:
    try:
        asked = parse(request, LetterForm)
        attached = [Attached(one.name, one.data) for one in uploads.received(request) if one.field == mailbox.FIELD]
        mail = await mailbox.send(region(request), actor(request), asked.written, attached, now(request))
    except Invalid as refusal:
        return await _form(request, form(request, LetterForm), refusal)
    return shell.away(request, f"mailbox/{mail.id}", done="sent")


async def _form(request: Request, typed: dict[str, Any], refusal: Invalid | None = None) -> HTTPResponse:
    here, who = region(request), actor(request)
    offices = [(str(one.id), one.name) for one in await organisations.every(here)]
    return await shell.page(request, "mail_new.html", refusal.status_code if refusal else 200, offices=offices, most_files=MOST_FILES,
                            own=list(mailbox.offices(here, who).items()), errors=refusal.fields if refusal else {}, typed=typed)
