"""The to-do list 待办事项: most urgent first, by keyset pages, live; and acts on one row or on those that are ticked."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.vocabulary import Action
from console import shell
from console.centre import step_names
from services import todo
from services.cases import several
from services.todo import BEGINNING, Waiting
from web.bodies import Body, parse, query
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_todo", url_prefix="/<region:str>/console")


class Asked(shell.Asked):
    step: str = Field("", max_length=48)
    due: Literal["", "late", "today"] = ""
    words: str = Field("", max_length=60)
    after: str = Field("", max_length=100)


@blueprint.get("/todo", ctx_permission="staff")
async def show(request: Request) -> HTTPResponse:
    asked = query(request, Asked)
    found = await _found(request, asked)
    return await shell.page(
        request, "todo.html", block="list", asked=asked, found=found[:todo.PAGE], more=_mark(found[todo.PAGE - 1]) if len(found) > todo.PAGE else "",
        counts=await todo.counts(region(request), actor(request), now(request)), steps=step_names(request), bulk=_bulk_label(request, asked.step),
        topics=shell.office_topics(request))


class Several(Body):
    """``id``: case and version, ``…uuid….7``; ``one``: the same, from the button of a row."""

    id: tuple[str, ...] = ()
    one: str = ""
    act: Literal[Action.CLAIM, Action.APPROVE] = Action.CLAIM
    opinion: str = Field("", max_length=1000)


@blueprint.post("/todo", ctx_permission="staff")
@once
async def act(request: Request) -> HTTPResponse:
    """The same act on all ticked cases, or a claim on one; if any was refused, the page says which and why."""
    asked = parse(request, Several)
    seen = dict(_seen(text) for text in ([asked.one] if asked.one else asked.id))
    done = await several.act_on_each(region(request), actor(request), asked.act, seen, asked.opinion, now(request))
    if asked.one and not done[0].refusal:
        return shell.away(request, f"cases/{next(iter(seen))}", done=asked.act)
    return await shell.page(request, "several.html", done=done, act=asked.act)


async def _found(request: Request, asked: Asked) -> list[Waiting]:
    """One line more than a page, to know whether there is another."""
    here, who, moment = region(request), actor(request), now(request)
    if asked.words:
        return await todo.search(here, who, asked.words)
    midnight = moment.astimezone(here.profile.tz).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    before = {"late": moment, "today": midnight}.get(asked.due)
    start = _after(asked.after) or ((moment, UUID(int=0)) if asked.due == "today" else BEGINNING)
    return await todo.waiting(here, who, after=start, limit=todo.PAGE + 1, step=asked.step or None, due_before=before)


def _bulk_label(request: Request, step: str) -> str:
    """The word of what brings ticked cases of one step onward; none without a step, where it could mean several things."""
    found = next((one for matter in region(request).profile.matters.values() for one in matter.route if one.step == step), None)
    can = found.allows(Action.APPROVE) if found else None
    return can.button if can and can.opinion != "required" and not can.choices else ""


def _mark(last: Waiting) -> str:
    return f"{last.due_at.isoformat()}~{last.id}"


def _after(text: str) -> tuple[datetime, UUID] | None:
    """Where a page begins. Raises :class:`Invalid` for a mark that no page of ours wrote."""
    if not text:
        return None
    due, _, id = text.partition("~")
    try:
        return datetime.fromisoformat(due), UUID(id)
    except ValueError:
        raise Invalid({"after": "请从第一页重新翻页。"}) from None


def _seen(text: str) -> tuple[UUID, int]:
    id, _, version = text.partition(".")
    try:
        return UUID(id), int(version)
    except ValueError:
        raise Invalid({"id": "请刷新页面后重新勾选。"}) from None
