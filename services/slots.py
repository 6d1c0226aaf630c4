"""Slots 时段 of the services that declare them: laid out ahead for each window, taken and given back by ``cases.effects``."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import F

from models.catalogue import Service, Slot
from models.database import execute
from services.cases.calendar import WorkingCalendar, calendar_of
from services.regions import Region


@dataclass(frozen=True)
class Plan:
    """What a service declares: minutes a slot, people a slot, days ahead."""

    minutes: int
    capacity: int
    days_ahead: int


async def lay_out(region: Region, now: datetime) -> int:
    """Make the slots that are missing for the days ahead; how many were made. Harmless twice."""
    made = 0
    for service in await Service.of(region.code, state="active", slot_minutes__not_isnull=True):
        assert service.slot_minutes is not None and service.slot_capacity is not None and service.slot_days_ahead is not None
        plan = Plan(service.slot_minutes, service.slot_capacity, service.slot_days_ahead)
        made += await _lay_out_service(region.code, service, list(starts(calendar_of(region.profile), plan, now)), plan, region.profile.zone)
    return made


def starts(calendar: WorkingCalendar, plan: Plan, now: datetime) -> Iterator[datetime]:
    """The beginnings of all slots after ``now``: back to back within the office hours of each working day."""
    length = timedelta(minutes=plan.minutes)
    for ahead in range(plan.days_ahead + 1):
        for opens, closes in calendar.spans(calendar.day_of(now) + timedelta(days=ahead)):
            start = opens
            while start + length <= closes:
                if start > now:
                    yield start
                start += length


async def _lay_out_service(region: str, service: Service, beginnings: list[datetime], plan: Plan, zone: str) -> int:
    return await execute(
        "INSERT INTO slot (region, id, service_id, organisation_id, starts_at, ends_at, capacity) "
        "SELECT $1, uuidv7(), $2, o.id, s, s + make_interval(mins => $4), $5 "
        "FROM unnest($3::timestamptz[]) s CROSS JOIN organisation o "
        "WHERE o.region = $1 AND o.kind = 'window' AND o.state = 'active' AND ($6 OR EXISTS (SELECT 1 FROM service_window w "
        "WHERE w.region = $1 AND w.service_id = $2 AND w.organisation_id = o.id)) "
        "AND NOT EXISTS (SELECT 1 FROM closed_day c WHERE c.region = $1 AND c.organisation_id = o.id AND c.day = (s AT TIME ZONE $7)::date) "
        "ON CONFLICT (region, service_id, organisation_id, starts_at) DO NOTHING",
        region, service.id, beginnings, plan.minutes, plan.capacity, service.every_window, zone)


async def available(region: str, service_id: UUID, window_id: UUID, now: datetime) -> list[Slot]:
    """Slots that still have room, soonest first."""
    return await Slot.of(region, service_id=service_id, organisation_id=window_id, starts_at__gt=now,
                         taken__lt=F("capacity")).order_by("starts_at").limit(200)
