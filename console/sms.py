"""Text messages beside their ledger 短信记录: what they cost 短信费用, what people answered 短信回复, numbers that get none 停发号码."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Permission
from console import shell
from console.exports import ordered
from services import blocks, costs, replies
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_sms", url_prefix="/<region:str>/console")
MONTH = r"^(\d{4}-(0[1-9]|1[0-2]))?$"


class CostsAsked(shell.Asked):
    """Months as ``2026-11``; empty: this one."""

    since: str = Field("", pattern=MONTH)
    until: str = Field("", pattern=MONTH)


def _wanted(request: Request, asked: CostsAsked) -> costs.Wanted:
    today = now(request).astimezone(region(request).profile.tz).date()
    since, until = (date.fromisoformat(f"{month}-01") if month else today.replace(day=1) for month in (asked.since, asked.until))
    return costs.Wanted(since=since, until=until)


@blueprint.get("/messages/costs", ctx_permission=Permission.SUPERVISE)
async def costs_page(request: Request) -> HTTPResponse:
    asked = query(request, CostsAsked)
    wanted = _wanted(request, asked)
    months = costs.months_until(now(request).astimezone(region(request).profile.tz).date())
    shown: dict[str, Any] = {"since": f"{wanted.since:%Y-%m}", "until": f"{wanted.until:%Y-%m}", "months": months}
    try:
        found = await costs.spent(region(request), actor(request), wanted)
    except Invalid as refusal:
        return await shell.page(request, "sms_costs.html", refusal.status_code, found=[], errors=refusal.fields, **shown)
    return await shell.page(request, "sms_costs.html", found=found, total=costs.total(found), price=region(request).profile.sending.price.value,
                            export=shell.address(request, "messages/costs/export", since=shown["since"], until=shown["until"]), **shown)


@blueprint.post("/messages/costs/export", ctx_permission=Permission.SUPERVISE)
@once
async def export_costs(request: Request) -> HTTPResponse:
    return await ordered(request, "sms.costs", _wanted(request, query(request, CostsAsked)))


@blueprint.get("/messages/blocks", ctx_permission=Permission.MANAGE_ACCOUNTS)
async def blocks_page(request: Request) -> HTTPResponse:
    return await _blocks(request)


class Blocked(Body):
    phone: str = Field("", max_length=40)
    reason: str = Field("", max_length=400)


@blueprint.post("/messages/blocks", ctx_permission=Permission.MANAGE_ACCOUNTS)
@once
async def block(request: Request) -> HTTPResponse:
    try:
        asked = parse(request, Blocked)
        await blocks.put(region(request), actor(request), asked.phone, asked.reason, now(request))
    except Invalid as refusal:
        return await _blocks(request, refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, "messages/blocks", done="number_blocked")


class Named(Body):
    id: UUID


@blueprint.post("/messages/blocks/lift", ctx_permission=Permission.MANAGE_ACCOUNTS)
@once
async def lift(request: Request) -> HTTPResponse:
    await blocks.lift(region(request), actor(request), parse(request, Named).id, now(request))
    return shell.away(request, "messages/blocks", done="number_lifted")


async def _blocks(request: Request, status: int = 200, **context: Any) -> HTTPResponse:
    return await shell.page(request, "sms_blocks.html", status, found=await blocks.every(region(request), actor(request)), **context)


class RepliesAsked(shell.Asked):
    seen: bool = False


@blueprint.get("/replies", ctx_permission="staff")
async def replies_page(request: Request) -> HTTPResponse:
    asked = query(request, RepliesAsked)
    found = await replies.search(region(request), actor(request), seen=asked.seen, limit=replies.PAGE + 1, offset=(asked.page - 1) * replies.PAGE)
    return await shell.page(request, "sms_replies.html", asked=asked, found=found[:replies.PAGE],
                            ways=shell.ways(request, "replies", asked.page, len(found) > replies.PAGE, {"seen": asked.seen}))


@blueprint.post("/replies/seen", ctx_permission="staff")
@once
async def seen(request: Request) -> HTTPResponse:
    await replies.mark_seen(region(request), actor(request), parse(request, Named).id, now(request))
    return shell.away(request, "replies", done="reply_seen")
