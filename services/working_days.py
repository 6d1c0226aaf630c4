"""The region's working days 工作日历: what the nation and the profile say of a year, what an administrator says otherwise, and the deadlines that
move with it.

A day that is said otherwise holds from the next deadline on. Those that are computed already are moved by a job of the worker, once every process
knows the day: what was left of the working time is left still. Deadlines that have passed, and clocks that stand still, stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from config.errors import Invalid, NotPermitted
from config.profile import Profile
from config.vocabulary import Permission
from models.database import execute, json_value, row, rows, transaction
from services import audit, changes, regions
from services.actors import Actor
from services.cases.calendar import WorkingCalendar, calendar_of
from services.cases.deadlines import Clock, moved
from services.changes import Rows
from services.own_words import with_days
from services.regions import FRESH_SECONDS, Region
from services.verbs import verb

MANAGE = Permission.MANAGE_ACCOUNTS
AHEAD = timedelta(days=731)
#: By then every process works with the new day.
SETTLED = timedelta(seconds=2 * FRESH_SECONDS)
SATURDAY = 6


@dataclass(frozen=True)
class Day:
    """A day that is not as its weekday says. ``usual``: worked without what the region says; ``reason``: what it says, ``own`` when it does."""

    day: date
    working: bool
    usual: bool
    name: str
    reason: str
    own: bool


@dataclass(frozen=True)
class Foreseen:
    """What a day that is said otherwise would change: open cases whose deadline moves, and the one that moves farthest."""

    cases: int
    before: datetime | None = None
    after: datetime | None = None


async def year(region: Region, actor: Actor, number: int) -> list[Day]:
    """Every day of a year that is not as its weekday says, and every day of the region's own. Raises :class:`NotPermitted`."""
    _require(region, actor)
    own = {one["day"]: one for one in await rows("SELECT day, working, reason FROM own_day WHERE region = $1", region.code)}
    usual, now_in_force = calendar_of(region.written or region.profile), calendar_of(region.profile)
    found = []
    for day in (date(number, 1, 1) + timedelta(days=past) for past in range(366 if number % 4 == 0 else 365)):
        working = now_in_force.is_working_day(day)
        if day in own or working != (day.isoweekday() < SATURDAY):
            found.append(Day(day, working, usual.is_working_day(day), usual.holiday(day), own[day]["reason"] if day in own else "", day in own))
    return found


@verb
async def say(region: Region, actor: Actor, day: date, working: bool, reason: str, now: datetime) -> None:
    """This day is worked, or is not, whatever the nation says. Raises :class:`Invalid`."""
    _check(region, actor, day, working, reason, now)
    id = _id(region, day)
    async with changes.keeping(actor, "day.say", "day", id, MANAGE, now, Rows("own_day", {"id": id}),
                               detail={"day": day.isoformat(), "working": working, "reason": reason.strip()}):
        await execute("INSERT INTO own_day (region, id, day, working, reason) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (region, id) DO UPDATE "
                      "SET working = EXCLUDED.working, reason = EXCLUDED.reason", region.code, id, day, working, reason.strip())
    regions.forget(region.code)


@verb
async def unsay(region: Region, actor: Actor, day: date, now: datetime) -> None:
    """The day is again what the nation and the profile say. Raises :class:`Invalid` for one that is over."""
    _require(region, actor)
    if day < calendar_of(region.profile).day_of(now):
        raise Invalid({"day": "已经过去的日子不能再改。"})
    id = _id(region, day)
    async with changes.keeping(actor, "day.unsay", "day", id, MANAGE, now, Rows("own_day", {"id": id}), detail={"day": day.isoformat()}):
        await execute("DELETE FROM own_day WHERE region = $1 AND id = $2", region.code, id)
    regions.forget(region.code)


async def foresee(region: Region, actor: Actor, day: date, working: bool, reason: str, now: datetime) -> Foreseen:
    """What :func:`say` would change. Raises what it raises."""
    _check(region, actor, day, working, reason, now)
    days = {one["day"]: one["working"] for one in await rows("SELECT day, working FROM own_day WHERE region = $1", region.code)} | {day: working}
    written = region.written or region.profile
    then = region.profile.model_copy(update={"calendar": with_days(written.calendar, days)})
    changed = [(one["due_at"], due, one["cases"]) for one in await rows(_DUE, region.code, now, now)
               if (due := moved(then, one["due_at"], calendar_of(region.profile), now).due_at) and due != one["due_at"]]
    if not changed:
        return Foreseen(0)
    before, after, _ = max(changed, key=lambda one: abs(one[1] - one[0]))
    return Foreseen(sum(cases for *_, cases in changed), before, after)


#: $1 region, $2 now: deadlines that are over stay; $3: steps that began later have the new calendar already. Few rows: deadlines fall together.
_DUE = """
SELECT profile_version, due_at, count(*) AS cases FROM cases
WHERE region = $1 AND state = 'handling' AND due_at > $2 AND step_at <= $3 GROUP BY profile_version, due_at
"""
#: The version stays: nothing happened to the case, and whoever looks at it may act on.
_MOVE = """
UPDATE cases c SET due_at = m.due, remind_plan = ARRAY[m.soon, m.due, m.again, m.leader],
       remind_at = (SELECT min(p) FROM unnest(ARRAY[m.soon, m.due, m.again, m.leader]) p WHERE p > $2)
FROM unnest($4::integer[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[])
     AS m (version, was, soon, due, again, leader)
WHERE c.region = $1 AND c.state = 'handling' AND c.step_at <= $3 AND c.profile_version = m.version AND c.due_at = m.was
"""
_WAITING = "SELECT id, before, at FROM recount WHERE region = $1 AND done_at IS NULL AND at < $2 FOR UPDATE SKIP LOCKED"


async def recount(region: Region, now: datetime) -> int:
    """Move the deadlines that a changed calendar moves; how many cases. All or nothing, harmless twice, beside running work."""
    async with transaction():
        job = await row(_WAITING, region.code, now - SETTLED)
        if job is None:
            return 0
        before = {date.fromisoformat(day): working for day, working in json_value(job["before"]).items()}
        regions.forget(region.code)
        moves = [(one["profile_version"], one["due_at"], clock) for one in await rows(_DUE, region.code, now, job["at"])
                 if (clock := await _moved(region, one, before, now)).due_at != one["due_at"]]
        many = await _move(region, moves, job["at"], now)
        await execute("UPDATE recount SET done_at = $3, cases = $4 WHERE region = $1 AND id = $2", region.code, job["id"], now, many)
        await audit.record(Actor.system(region.code), "day.recount", "day", None, {"rows": many}, now)
    return many


async def _moved(region: Region, one: Mapping[str, Any], before: Mapping[date, bool], now: datetime) -> Clock:
    kept = await regions.at(region.code, one["profile_version"])
    written = kept.written or kept.profile
    return moved(kept.profile, one["due_at"], _calendar(written, before), now)


def _calendar(written: Profile, days: Mapping[date, bool]) -> WorkingCalendar:
    return calendar_of(written.model_copy(update={"calendar": with_days(written.calendar, days)}))


async def _move(region: Region, moves: Sequence[tuple[int, datetime, Clock]], until: datetime, now: datetime) -> int:
    if not moves:
        return 0
    plans = [clock.plan for *_, clock in moves]
    return await execute(_MOVE, region.code, now, until, [version for version, *_ in moves], [was for _, was, _ in moves],
                         *([plan[level] for plan in plans] for level in range(4)))


def _check(region: Region, actor: Actor, day: date, working: bool, reason: str, now: datetime) -> None:
    _require(region, actor)
    wrong: dict[str, str] = {}
    today = calendar_of(region.profile).day_of(now)
    if not today <= day <= today + AHEAD:
        wrong["day"] = "请选择今天以后两年以内的日期；已经过去的日子不能再改。"
    elif calendar_of(region.written or region.profile).is_working_day(day) is working:
        wrong["day"] = f"这一天按国家的安排本来就{'上班' if working else '休息'}，不用登记。"
    if not 2 <= len(reason.strip()) <= 60:
        wrong["reason"] = "请写明原因（2 到 60 字），例如文件名和文号。"
    if wrong:
        raise Invalid(wrong)


def _id(region: Region, day: date) -> UUID:
    return uuid5(NAMESPACE_URL, f"own_day:{region.code}:{day.isoformat()}")


def _require(region: Region, actor: Actor) -> None:
    if not actor.may(MANAGE, region.profile):
        raise NotPermitted
