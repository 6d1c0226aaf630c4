"""What was done and what was sent: the audit 操作日志 and the ledger of text messages 短信记录, both to be read only."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.vocabulary import NotificationKind, Permission
from console import shell
from console.wording import ACTS, DETAILS, SUBJECTS, TONES, VALUES
from models.notification import Delivery
from services import audit, deliveries
from services.audit import Wanted
from web.bodies import query
from web.context import actor, region

PAGE = 50
blueprint = Blueprint("desk_records", url_prefix="/<region:str>/console")


class AuditAsked(shell.Asked):
    actor: str = Field("", max_length=40)
    act: str = Field("", max_length=48)
    since: date | None = None
    until: date | None = None


@blueprint.get("/audit", ctx_permission=Permission.MANAGE_ACCOUNTS)
async def audited(request: Request) -> HTTPResponse:
    asked = query(request, AuditAsked)
    found = await audit.search(region(request), actor(request), Wanted(asked.actor, asked.act, asked.since, asked.until), limit=PAGE + 1,
                               offset=(asked.page - 1) * PAGE)
    return await shell.page(request, "audit.html", asked=asked, found=found[:PAGE], acts=ACTS, subjects=SUBJECTS, details=DETAILS, values=VALUES,
                            ways=_ways(request, "audit", asked, found))


class MessagesAsked(shell.Asked):
    state: Delivery | Literal[""] = ""
    kind: NotificationKind | Literal[""] = ""


@blueprint.get("/messages", ctx_permission=Permission.SUPERVISE)
async def messages(request: Request) -> HTTPResponse:
    asked = query(request, MessagesAsked)
    found = await deliveries.search(region(request), actor(request), state=asked.state, kind=asked.kind, limit=PAGE + 1,
                                    offset=(asked.page - 1) * PAGE)
    return await shell.page(request, "messages.html", asked=asked, found=found[:PAGE], tones=TONES,
                            state_options=[(state.value, state.label) for state in Delivery],
                            kind_options=[(kind.value, kind.label) for kind in NotificationKind],
                            ways=_ways(request, "messages", asked, found))


def _ways(request: Request, path: str, asked: shell.Asked, found: Sequence[object]) -> dict[str, str | None]:
    """Addresses of the page before and the page after: these lists are too long to count."""
    kept = asked.model_dump(mode="json", exclude_defaults=True, exclude={"done", "page"})
    return {"before": shell.address(request, path, **kept, page=asked.page - 1) if asked.page > 1 else None,
            "after": shell.address(request, path, **kept, page=asked.page + 1) if len(found) > PAGE else None}
