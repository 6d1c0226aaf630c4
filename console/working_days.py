"""The region's working days 工作日历, as its administrator keeps them."""

from datetime import date
from typing import Any, Literal

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from config.errors import Invalid
from console import shell
from services import working_days
from services.cases.calendar import calendar_of
from services.working_days import MANAGE
from web.bodies import Body, form, parse, query
from web.context import actor, now, region
from web.idempotency import once

YEARS_AHEAD = 2
blueprint = Blueprint("desk_working_days", url_prefix="/<region:str>/console/calendar")


class Asked(shell.Asked):
    year: int | None = Field(None, ge=2020, le=2100)


@blueprint.get("/", ctx_permission=MANAGE)
async def show(request: Request) -> HTTPResponse:
    return await _page(request, query(request, Asked).year)


class DayForm(Body):
    """``act``: what would change is asked for before it is said, also without script."""

    day: date
    working: Literal["yes", "no"]
    reason: str = Field("", max_length=100)
    act: Literal["say", "preview"] = "say"


@blueprint.post("/", ctx_permission=MANAGE)
@once
async def say(request: Request) -> HTTPResponse:
    here, who = region(request), actor(request)
    try:
        asked = parse(request, DayForm)
        said = (asked.day, asked.working == "yes", asked.reason, now(request))
        if asked.act == "preview":
            foreseen = await working_days.foresee(here, who, *said)
            return await _page(request, asked.day.year, foreseen=foreseen, typed=form(request))
        await working_days.say(here, who, *said)
    except Invalid as refusal:
        return await _page(request, None, status=refusal.status_code, **shell.told(refusal, form(request)))
    return shell.away(request, "calendar", year=asked.day.year, done="day_said")


class UnsayForm(Body):
    day: date


@blueprint.post("/unsay", ctx_permission=MANAGE)
@once
async def unsay(request: Request) -> HTTPResponse:
    try:
        day = parse(request, UnsayForm).day
        await working_days.unsay(region(request), actor(request), day, now(request))
    except Invalid as refusal:
        return await _page(request, None, status=refusal.status_code, errors=refusal.fields)
    return shell.away(request, "calendar", year=day.year, done="day_said")


async def _page(request: Request, year: int | None, *, status: int = 200, **context: Any) -> HTTPResponse:
    here = region(request)
    today = calendar_of(here.profile).day_of(now(request))
    number = year or today.year
    return await shell.page(
        request, "calendar.html", status, days=await working_days.year(here, actor(request), number), today=today, hours=here.profile.calendar.hours,
        years=[{"href": shell.address(request, "calendar", year=one), "label": f"{one} 年", "current": one == number}
               for one in range(today.year - 1, today.year + YEARS_AHEAD + 1)], **context)
