"""One click to the whole story of a person, and of a unit (WH-33, WH-64, BZ-13): in the order of time, within the scope of whoever looks."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid, TooMany
from config.vocabulary import Permission
from console import shell
from services import whole_story
from services.whole_story import Part
from web.bodies import Body, parse, query
from web.context import actor, now, region

blueprint = Blueprint("desk_stories", url_prefix="/<region:str>/console")


class Asked(shell.Asked):
    only: str = Field("", max_length=12)


@blueprint.get("/persons/<id:uuid>", ctx_permission="staff", name="person")
async def person(request: Request, id: UUID) -> HTTPResponse:
    return await _person(request, id, only=query(request, Asked).only)


class Reason(Body):
    reason: str = ""


@blueprint.post("/persons/<id:uuid>/numbers", ctx_permission=Permission.SEE_NUMBERS, name="numbers")
async def numbers(request: Request, id: UUID) -> HTTPResponse:
    """Her whole numbers, on this one page and no other; asked again they are asked for again (T40)."""
    typed = parse(request, Reason)
    try:
        shown = await whole_story.unmask(region(request), actor(request), id, typed.reason, now(request))
    except Invalid as refusal:
        return await _person(request, id, status=refusal.status_code, errors=refusal.fields, typed=typed.model_dump())
    except TooMany as refusal:
        return await _person(request, id, status=refusal.status_code, errors={"reason": refusal.text}, typed=typed.model_dump())
    return await _person(request, id, numbers=shown)


async def _person(request: Request, id: UUID, *, status: int = 200, only: str = "", **context: Any) -> HTTPResponse:
    story = await whole_story.of_person(region(request), actor(request), id, now(request))
    here = f"persons/{id}"
    tabs = [{"href": shell.address(request, here, only=part), "label": label, "current": only == part,
             "count": sum(not part or entry.part == part for entry in story.entries)}
            for part, label in [("", "全部"), *((part.value, part.label) for part in Part)]]
    shown = [entry for entry in story.entries if not only or entry.part == only]
    return await shell.page(request, "person.html", status, story=story, entries=shown, **{"numbers": None} | context,
                            tabs=[tab for tab in tabs if tab["count"] or tab["current"]])


@blueprint.get("/units/<id:uuid>", ctx_permission="staff", name="unit")
async def unit(request: Request, id: UUID) -> HTTPResponse:
    story = await whole_story.of_unit(region(request), actor(request), id, now(request))
    everyone = shell.address(request, "query/ask/talents", f1="unit", o1="is", v1=story.unit.name)
    return await shell.page(request, "unit_story.html", story=story, everyone=everyone)
