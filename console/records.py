"""What was done and what was sent: the audit 操作日志, from which a change is taken back, and the ledger of messages 短信记录, from
which one that WeChat says nothing of is sent as SMS."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Conflict
from config.vocabulary import NotificationKind, Permission
from console import shell
from console.wording import ACTS, DETAILS, SUBJECTS, TONES, ids_in, told
from models.notification import Delivery
from services import audit, catalogue, changes, deliveries, organisations, wechat_delivery
from services.audit import Wanted
from web.bodies import Body, parse, query
from web.context import actor, now, region
from web.idempotency import once

PAGE = 50
blueprint = Blueprint("desk_records", url_prefix="/<region:str>/console")


class AuditAsked(shell.Asked):
    actor: str = Field("", max_length=40)
    act: str = Field("", max_length=48)
    about: str = Field("", max_length=60)
    since: date | None = None
    until: date | None = None
    older: UUID | None = None


@blueprint.get("/audit", ctx_permission=Permission.MANAGE_ACCOUNTS)
async def audited(request: Request) -> HTTPResponse:
    return await _audit(request, query(request, AuditAsked))


@blueprint.post("/audit/<id:uuid>/take-back", ctx_permission=Permission.MANAGE_ACCOUNTS)
@once
async def take_back(request: Request, id: UUID) -> HTTPResponse:
    """Of a line that was found by the conditions of the address, which stay."""
    asked = query(request, AuditAsked)
    try:
        await changes.take_back(region(request), actor(request), id, now(request))
    except Conflict as refusal:
        return await _audit(request, asked, status=refusal.status_code, errors={"": refusal.text})
    return shell.away(request, "audit", **_kept(asked), done="taken_back")


async def _audit(request: Request, asked: AuditAsked, status: int = 200, **context: Any) -> HTTPResponse:
    here, who = region(request), actor(request)
    wanted = Wanted(asked.actor, asked.act, asked.about, asked.since, asked.until, asked.older)
    found = await audit.search(here, who, wanted, limit=PAGE + 1)
    kept = _kept(asked)
    names = await organisations.named(here, {id for one in found for id in ids_in(one.detail)}) | await catalogue.names(here)
    names |= dict(shell.level_options(request)) | {one.code: one.name for one in here.profile.venue_categories}
    return await shell.page(
        request, "audit.html", status, asked=asked, found=found[:PAGE], acts=ACTS, subjects=SUBJECTS, details=DETAILS,
        told=lambda value: told(value, names, now(request)), conditions=kept, changed=await changes.among(here, who, [one.id for one in found]),
        newest=shell.address(request, "audit", **kept) if asked.older else None,
        older=shell.address(request, "audit", **kept, older=found[PAGE - 1].id) if len(found) > PAGE else None, **context)


def _kept(asked: AuditAsked) -> dict[str, Any]:
    """The conditions, without the place to which one had turned the pages."""
    return asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "undo", "page", "older"})


class MessagesAsked(shell.Asked):
    about: str = Field("", max_length=60)
    state: Delivery | Literal[""] = ""
    kind: NotificationKind | Literal[""] = ""


class Named(Body):
    id: UUID


#: Where stands what somebody is to decide about.
IN_DOUBT = MessagesAsked(state=Delivery.UNKNOWN)


@blueprint.get("/messages", ctx_permission=Permission.SUPERVISE)
async def messages(request: Request) -> HTTPResponse:
    return await _messages(request, query(request, MessagesAsked))


@blueprint.post("/messages/by-sms", ctx_permission=Permission.SUPERVISE)
@once
async def send_as_sms(request: Request) -> HTTPResponse:
    try:
        await wechat_delivery.send_as_sms(region(request), actor(request), parse(request, Named).id, now(request))
    except Conflict as refusal:
        return await _messages(request, IN_DOUBT, refusal.status_code, errors={"": refusal.text})
    return shell.away(request, "messages", done="sent_as_sms", state=IN_DOUBT.state)


async def _messages(request: Request, asked: MessagesAsked, status: int = 200, **context: Any) -> HTTPResponse:
    found = await deliveries.search(region(request), actor(request), about=asked.about, state=asked.state, kind=asked.kind,
                                    limit=PAGE + 1, offset=(asked.page - 1) * PAGE)
    return await shell.page(request, "messages.html", status, asked=asked, found=found[:PAGE], tones=TONES,
                            in_doubt=await wechat_delivery.in_doubt(region(request), now(request)),
                            to_doubtful=shell.address(request, "messages", state=IN_DOUBT.state),
                            state_options=[(state.value, state.label) for state in Delivery],
                            kind_options=[(kind.value, kind.label) for kind in NotificationKind],
                            ways=_ways(request, "messages", asked, found), **context)


def _ways(request: Request, path: str, asked: shell.Asked, found: Sequence[object]) -> dict[str, str | None]:
    """Addresses of the page before and the page after: these lists are too long to count."""
    kept = asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})
    return {"before": shell.address(request, path, **kept, page=asked.page - 1) if asked.page > 1 else None,
            "after": shell.address(request, path, **kept, page=asked.page + 1) if len(found) > PAGE else None}
