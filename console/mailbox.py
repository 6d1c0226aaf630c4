"""平台邮箱 (WH-40): the inbox of the offices and units that one works for, what they sent, drafts, what was put away, and a new letter with files."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Permission
from console import shell
from console.declared import FORM_BYTES
from services import letters, mailbox
from services.files import Attached
from services.letters import MOST_FILES, Begun, Written
from services.mailbox import PAGE, Found
from web import uploads
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

SEND = Permission.SEND_MAIL
BOXES = {"": "收件箱", "sent": "发件箱", "drafts": "草稿箱", "away": "已删除"}
blueprint = Blueprint("desk_mailbox", url_prefix="/<region:str>/console/mailbox")


class Asked(shell.Asked):
    words: str = Field("", max_length=40)
    new: Literal["", "yes"] = ""


@blueprint.get("/", ctx_permission="staff")
async def inbox(request: Request) -> HTTPResponse:
    asked = query(request, Asked)
    found = await mailbox.inbox(region(request), actor(request), asked.words, new=bool(asked.new), page=asked.page)
    return await _box(request, "", asked, found)


@blueprint.get("/sent", ctx_permission=SEND)
async def outbox(request: Request) -> HTTPResponse:
    asked = query(request, Asked)
    return await _box(request, "sent", asked, await mailbox.outbox(region(request), actor(request), asked.words, page=asked.page))


@blueprint.get("/away", ctx_permission="staff")
async def put_away(request: Request) -> HTTPResponse:
    asked = query(request, Asked)
    return await _box(request, "away", asked, await mailbox.put_away(region(request), actor(request), asked.words, page=asked.page))


async def _box(request: Request, box: str, asked: Asked, found: Found) -> HTTPResponse:
    path, still = f"mailbox/{box}".rstrip("/"), asked.model_dump(exclude_defaults=True, exclude={"done", "page"})
    return await _page(request, "mailbox.html", box, block="lines", asked=asked, found=found, here=shell.address(request, path), still=still,
                       pager=shell.pager(request, path, asked.page, PAGE, found.total, still))


@blueprint.get("/drafts", ctx_permission=SEND)
async def drafts(request: Request) -> HTTPResponse:
    return await _page(request, "mail_drafts.html", "drafts", drafts=await letters.drafts(region(request), actor(request)))


async def _page(request: Request, template: str, box: str, *, block: str | None = None, **context: Any) -> HTTPResponse:
    """A page of the mailbox, with its boxes as tabs."""
    here, who = region(request), actor(request)
    may_send, unread = who.may(SEND, here.profile), await mailbox.unread(here, who)
    boxes = [{"href": shell.address(request, f"mailbox/{code}".rstrip("/")), "label": label, "count": (unread or None) if not code else None,
              "current": code == box} for code, label in BOXES.items() if may_send or code in ("", "away")]
    return await shell.page(request, template, block=block, box=box, boxes=boxes, unread=unread, may_send=may_send, **context)


@blueprint.get("/unread", ctx_permission="staff")
async def unread(request: Request) -> HTTPResponse:
    """The number beside the menu's entry, for a page that hears that it changed."""
    return await shell.page(request, "count.html", count=await mailbox.unread(region(request), actor(request)))


@blueprint.get("/<id:uuid>", ctx_permission="staff")
async def show(request: Request, id: UUID) -> HTTPResponse:
    here, who = region(request), actor(request)
    letter = await mailbox.read(here, who, id, now(request))
    return await shell.page(request, "mail.html", letter=letter, may_send=who.may(SEND, here.profile))


class ActsForm(Body):
    """What is done with the letters that were ticked, or with the one that is open. ``box``: where they were."""

    act: Literal["away", "back", "read"]
    id: tuple[UUID, ...] = Field((), max_length=PAGE)
    box: Literal["", "sent", "away"] = ""


@blueprint.post("/acts", ctx_permission="staff")
@once
async def act(request: Request) -> HTTPResponse:
    asked, here, who = parse(request, ActsForm), region(request), actor(request)
    if asked.act == "away":
        await mailbox.keep_away(here, who, asked.id, now(request))
    elif asked.act == "back":
        await mailbox.bring_back(here, who, asked.id)
    else:
        await mailbox.call_read(here, who, asked.id, now(request))
    return shell.away(request, f"mailbox/{asked.box}".rstrip("/"), done=f"mail_{asked.act}" if asked.id else "mail_none")


class Answered(shell.Asked):
    """``reply``, ``forward``: the letter that is answered or passed on; ``draft``: what goes on."""

    reply: UUID | None = None
    forward: UUID | None = None
    draft: UUID | None = None


@blueprint.get("/new", ctx_permission=SEND)
async def new(request: Request) -> HTTPResponse:
    asked, here, who = query(request, Answered), region(request), actor(request)
    if asked.reply:
        begun = await letters.answering(here, who, asked.reply, now(request))
    elif asked.forward:
        begun = await letters.passing_on(here, who, asked.forward, now(request))
    else:
        begun = await letters.going_on(here, who, asked.draft) if asked.draft else Begun()
    return await _form(request, _typed(begun))


def _typed(begun: Begun) -> dict[str, Any]:
    return {"to": [str(one) for one in begun.to], "subject": begun.subject, "body": begun.body, "organisation": begun.organisation or "",
            "answers": begun.answers or "", "draft": begun.draft or "", "carried": [str(one.id) for one in begun.files]}


class DraftForm(Body):
    """``units``: names or credit codes, one a line. ``carried``: files of another letter that go along. Files come up beside it as ``files``.

    ``act``: which button was pressed; a draft needs nothing.
    """

    subject: str = Field("", max_length=80)
    body: str = Field("", max_length=6000)
    to: tuple[UUID, ...] = Field((), max_length=letters.MOST_RECIPIENTS)
    units: str = Field("", max_length=6000)
    organisation: UUID | None = None
    answers: UUID | None = None
    carried: tuple[UUID, ...] = Field((), max_length=MOST_FILES)
    draft: UUID | None = None
    act: Literal["send", "keep"] = "send"

    @property
    def written(self) -> Written:
        return Written(self.subject, self.body, self.to, self.units.splitlines(), self.organisation, self.answers, self.carried, self.draft)


class LetterForm(DraftForm):
    subject: str = Field(min_length=2, max_length=80)
    body: str = Field(min_length=1, max_length=6000)


@blueprint.post("/new", ctx_permission=SEND, ctx_body=FORM_BYTES, stream=True, ctx_limit=(60, 300))
@once
async def send(request: Request) -> HTTPResponse:
    here, who = region(request), actor(request)
    keeps = form(request, DraftForm).get("act") == "keep"
    try:
        written = parse(request, DraftForm if keeps else LetterForm).written
        attached = [Attached(one.name, one.data) for one in uploads.received(request) if one.field == letters.FIELD]
        if keeps:
            draft = await letters.keep(here, who, written, attached, now(request))
            return shell.away(request, "mailbox/new", draft=draft.id, done="mail_kept")
        mail = await letters.send(here, who, written, attached, now(request))
    except Invalid as refusal:
        return await _form(request, form(request, DraftForm), refusal)
    return shell.away(request, f"mailbox/{mail.id}", done="sent")


@blueprint.post("/drafts/<id:uuid>/drop", ctx_permission=SEND)
@once
async def drop(request: Request, id: UUID) -> HTTPResponse:
    await letters.drop(region(request), actor(request), id, now(request))
    return shell.away(request, "mailbox/drafts", done="mail_dropped")


class Sought(Body):
    words: str = Field("", max_length=40)


@blueprint.get("/recipients", ctx_permission=SEND)
async def recipients(request: Request) -> HTTPResponse:
    """Units to choose from, while somebody types."""
    asked = query(request, Sought)
    return await shell.page(request, "mail_recipients.html", words=asked.words.strip(),
                            units=await letters.found_units(region(request), actor(request), asked.words))


async def _form(request: Request, typed: dict[str, Any], refusal: Invalid | None = None) -> HTTPResponse:
    here, who = region(request), actor(request)
    chosen, tree = shell.ids(typed.get("to")), await letters.tree(here)
    return await shell.page(
        request, "mail_new.html", refusal.status_code if refusal else 200, tree=tree, chosen=chosen, most_files=MOST_FILES,
        units=await letters.named(here, [one for one in chosen if one not in letters.ids_in(tree)]),
        carried=await letters.carriable(here, who, shell.ids(typed.get("carried"))), own=list(mailbox.offices(here, who).items()),
        errors=refusal.fields if refusal else {}, typed=typed)
