"""What windows and venues have in common on their pages: opening hours as people type them, and days off."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field
from sanic import Request

from config.vocabulary import Permission
from services import windows
from services.cases.calendar import WEEKDAYS
from web.bodies import Body, parse
from web.context import actor, now, region


class HoursForm(Body):
    """One text a weekday; empty is a day off."""

    day_1: str = Field("", max_length=80)
    day_2: str = Field("", max_length=80)
    day_3: str = Field("", max_length=80)
    day_4: str = Field("", max_length=80)
    day_5: str = Field("", max_length=80)
    day_6: str = Field("", max_length=80)
    day_7: str = Field("", max_length=80)

    def by_day(self) -> dict[int, str]:
        return {day: getattr(self, f"day_{day}") for day in range(1, 8)}


class DayOffForm(Body):
    day: date
    reason: str = Field(max_length=60)


class OpenAgainForm(Body):
    day: date


async def save_hours(request: Request, place: Mapping[str, UUID], permission: Permission) -> None:
    hours = windows.read_hours(parse(request, HoursForm).by_day())
    await windows.set_hours(region(request), actor(request), place, hours, permission, now(request))


async def close_on(request: Request, place: Mapping[str, UUID], permission: Permission) -> None:
    asked = parse(request, DayOffForm)
    await windows.close_on(region(request), actor(request), place, asked.day, asked.reason, permission, now(request))


async def open_again(request: Request, place: Mapping[str, UUID], permission: Permission) -> None:
    await windows.open_again_on(region(request), actor(request), place, parse(request, OpenAgainForm).day, permission, now(request))


async def hours_and_days(request: Request, place: Mapping[str, UUID]) -> dict[str, Any]:
    """What the two forms show."""
    here = region(request)
    return {"hours": await windows.typed_hours(here, place), "days_off": await windows.days_off(here, place, now(request)),
            "weekdays": WEEKDAYS}
