"""The to-do list 待办事项: most urgent first, by keyset pages, live; and acts on one row or on those that are ticked."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from config.routes import Can
from config.vocabulary import Action
from console import shell
from console.centre import waiting_lines
from services import presence, roster_sheet, saved_lists, todo
from services.cases import several
from services.regions import Region
from services.todo import BEGINNING, Waiting
from web.bodies import Body, check, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

blueprint = Blueprint("desk_todo", url_prefix="/<region:str>/console")


class Asked(shell.Asked):
    """``all``: as many on the page as can be acted on at once."""

    matter: str = Field("", max_length=48)
    step: str = Field("", max_length=48)
    all: Literal["", "yes"] = ""
    due: Literal["", "late", "today"] = ""
    words: str = Field("", max_length=60)
    after: str = Field("", max_length=100)

    @property
    def kept(self) -> str:
        """The conditions that were set, as they stand in an address."""
        return urlencode(self.model_dump(mode="json", exclude_defaults=True, exclude={"done", "undo", "page"}))

    @property
    def lasting(self) -> str:
        """What of them means the same tomorrow: not where a page begins."""
        return urlencode(self.model_dump(mode="json", exclude_defaults=True, exclude={"done", "undo", "page", "after"}))


@blueprint.get("/todo", ctx_permission="staff")
async def show(request: Request) -> HTTPResponse:
    return await _list(request, query(request, Asked))


async def _list(request: Request, asked: Asked, status: int = 200, **context: Any) -> HTTPResponse:
    size = _size(asked)
    found = await _found(request, asked, size + 1)
    counts = await todo.counts(region(request), actor(request), now(request))
    columns, told = await _columns(region(request), asked, found[:size])
    return await shell.page(
        request, "todo.html", status, block="list", asked=asked, found=found[:size], more=_mark(found[size - 1]) if len(found) > size else "",
        counts=counts, waiting=waiting_lines(region(request), counts.by_matter), bulk=bulk_acts(request, asked.matter, asked.step),
        topics=shell.office_topics(request), most=several.MOST, kept_ask=asked.kept, columns=columns, told=told,
        looking=await presence.among(region(request), actor(request), [one.id for one in found[:size]], now(request)),
        saved=await saved_lists.of_actor(region(request), actor(request), saved_lists.TODO), **context)


async def _columns(here: Region, asked: Asked, found: list[Waiting]) -> tuple[list[str], dict[UUID, tuple[str, ...]]]:
    """Of one step of one matter, what the region wants to see of each beside the name (BZ-11): the headings, and case → cells."""
    matter = here.profile.matters.get(asked.matter)
    step = next((one for one in matter.route if one.step == asked.step), None) if matter else None
    if matter is None or step is None or not step.columns:
        return [], {}
    return [column.label for column in step.columns], await roster_sheet.masked(here, matter, step.columns, [one.id for one in found])


def narrowed(text: str) -> Asked:
    """The list that ``text``, a query string that came back in an address or a form, asks for; the whole one where it is none of ours."""
    try:
        return check(Asked, dict(parse_qsl(text)))
    except Invalid:
        return Asked()


class After(Body):
    """``after``: the case at hand; ``back``: the list from which it was opened (:attr:`Asked.lasting`)."""

    after: UUID | None = None
    back: str = ""


@blueprint.get("/todo/next", ctx_permission="staff")
async def following(request: Request) -> HTTPResponse:
    """Straight to the most urgent case of the list other than the one at hand; to the list where there is none."""
    given = query(request, After)
    asked = narrowed(given.back)
    other = next((one for one in await _found(request, asked, 2) if one.id != given.after), None)
    return shell.away(request, f"cases/{other.id}/", back=asked.lasting) if other else back_to(request, asked)


def back_to(request: Request, asked: Asked, **said: Any) -> HTTPResponse:
    """Lead to the list as it was narrowed."""
    return shell.away(request, "todo", **dict(parse_qsl(asked.lasting)), **said)


class Naming(Body):
    name: str = Field("", max_length=40)
    share: str = Field("", max_length=4)


@blueprint.post("/todo/saved", ctx_permission="staff")
@once
async def keep(request: Request) -> HTTPResponse:
    """Keep the conditions of the address under a name."""
    asked = query(request, Asked)
    try:
        typed = parse(request, Naming)
        await saved_lists.keep(region(request), actor(request), saved_lists.TODO, typed.name, asked.lasting, now(request), share=bool(typed.share))
    except Invalid as refusal:
        return await _list(request, asked, refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, "todo" + (f"?{asked.lasting}&done=list_kept" if asked.lasting else ""))


class Removed(Body):
    id: UUID


@blueprint.post("/todo/saved/remove", ctx_permission="staff")
@once
async def remove(request: Request) -> HTTPResponse:
    await saved_lists.remove(region(request), actor(request), parse(request, Removed).id)
    return shell.away(request, "todo", done="list_removed")


class Several(Body):
    """``id``: case and version, ``…uuid….7``; ``one``: the same, from the button of a row."""

    id: tuple[str, ...] = ()
    one: str = ""
    act: Literal[Action.CLAIM, Action.APPROVE, Action.COMPLETE, Action.RETURN] = Action.CLAIM
    opinion: str = Field("", max_length=1000)


@blueprint.post("/todo", ctx_permission="staff")
@once
async def act(request: Request) -> HTTPResponse:
    """The same act on all ticked cases, or a claim on one; if any was refused, the page says which and why. With nothing ticked the list stays."""
    asked = parse(request, Several)
    seen = dict(_seen(text) for text in ([asked.one] if asked.one else asked.id))
    try:
        if asked.act is Action.RETURN and not asked.opinion:
            raise Invalid({"opinion": "请在意见里写明为什么退回，申请人会看到。"})  # said once, not of each of them
        done = await several.act_on_each(region(request), actor(request), asked.act, seen, asked.opinion, now(request))
    except Invalid as refusal:
        return await _list(request, query(request, Asked), refusal.status_code, **shell.told(refusal, form(request, Several)))
    back = query(request, Asked).lasting
    if asked.one and not done[0].refusal:
        return shell.away(request, f"cases/{next(iter(seen))}/", back=back, done=asked.act)
    return await shell.page(request, "several.html", done=done, act=asked.act, back=back)


async def _found(request: Request, asked: Asked, limit: int) -> list[Waiting]:
    """The most urgent ``limit`` of what was asked for, from where the page begins."""
    here, who, moment = region(request), actor(request), now(request)
    midnight = moment.astimezone(here.profile.tz).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    before = {"late": moment, "today": midnight}.get(asked.due)
    start = _after(asked.after) or ((moment, UUID(int=0)) if asked.due == "today" else BEGINNING)
    look = partial(todo.search, words=asked.words) if asked.words else todo.waiting
    return await look(here, who, after=start, limit=limit, step=asked.step or None, matter=asked.matter or None, due_before=before)


def _size(asked: Asked) -> int:
    return several.MOST if asked.all else todo.PAGE


def bulk_acts(request: Request, matter: str, step: str) -> list[Can]:
    """What can be done to ticked cases of one step, as the step words it; nothing without a step, where it could mean several things, nor what asks
    for a result of each."""
    routes = [one.route for one in region(request).profile.matters.values() if matter in ("", one.code)]
    found = next((one for route in routes for one in route if one.step == step), None)
    return [can for can in found.can if can.action in BULK and not can.choices] if found and not found.bound else []


BULK = (Action.APPROVE, Action.COMPLETE, Action.RETURN)


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
