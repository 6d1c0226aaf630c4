"""督办 (WH-65): who is told how late, and when. Each level once a case, step and person; one digest a person a day; by hand too.

A digest is an SMS, or, to who has the official account's chat open, a message there (``services.chat_digests``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Conflict, Invalid, NotPermitted
from config.vocabulary import Action, NotificationKind, Permission
from models.database import execute, new_id, row, rows, transaction
from services import chat, chat_digests, todo
from services.actors import Actor
from services.cases import engine
from services.cases.calendar import calendar_of
from services.cases.engine import Outcome, Request
from services.cases.scope import organisations_to_query
from services.chat_digests import Listener
from services.notifications import Message, tell_all
from services.regions import Region
from services.todo import LINE, MOST, NAMES, PAGE, Waiting, line_of
from services.verbs import verb

BATCH = 2000

#: $1 region, $2 now, $3 batch, $4 the leader's role. Reads nothing but the index of open cases by their next reminder. «level» is the last one
#: that is reached: levels missed while the service was down are merged into it (R7). The plan is an array from 1. Staff are read once a batch: looked
#: up case by case they cost more than everything else.
_SWEEP = """
WITH due AS (
    SELECT region, id, remind_plan FROM cases WHERE state = 'handling' AND remind_at <= $2 AND region = $1
    ORDER BY remind_at LIMIT $3 FOR UPDATE SKIP LOCKED
), reached AS (
    SELECT region, id, remind_plan, (SELECT count(*)::int FROM unnest(remind_plan) p WHERE p <= $2) AS level FROM due
), moved AS (
    UPDATE cases c SET remind_at = r.remind_plan[r.level + 1] FROM reached r WHERE (c.region, c.id) = (r.region, r.id)
    RETURNING c.region, c.id, c.step_at, c.handler_org, c.handler_role, c.claimed_by, r.level - 1 AS level
), staff AS MATERIALIZED (
    SELECT g.organisation_id, g.role, g.account_id FROM role_grant g JOIN account a ON a.region = g.region AND a.id = g.account_id
    WHERE g.region = $1 AND g.ended_at IS NULL AND a.state = 'active'
), told AS (
    INSERT INTO reminder (region, case_id, step_at, level, account_id, at)
    SELECT m.region, m.id, m.step_at, m.level, g.account_id, $2
    FROM moved m
    JOIN staff g ON g.organisation_id = m.handler_org
         AND (g.role = m.handler_role AND (m.claimed_by IS NULL OR m.claimed_by = g.account_id) OR g.role = $4 AND m.level = 3)
    ON CONFLICT DO NOTHING
)
SELECT count(*) AS moved FROM moved
"""


#: Most minutes nothing has become due: one look at the end of the index, and no statement that is made to write.
_ANY_DUE = "SELECT 1 FROM cases WHERE state = 'handling' AND remind_at <= $2 AND region = $1 ORDER BY remind_at LIMIT 1"


async def sweep(region: Region, now: datetime) -> int:
    """Note who must hear of what has become due or late since the last sweep; how many cases moved to another level."""
    if await row(_ANY_DUE, region.code, now) is None:
        return 0
    total = 0
    while True:
        found = await row(_SWEEP, region.code, now, BATCH, region.profile.supervision.leader_role)
        moved = int(found["moved"]) if found else 0
        total += moved
        if moved < BATCH:
            return total


#: Untold reminders by person: how many cases stand at which level now, still open at the step they were late in.
_UNTOLD = """
SELECT r.account_id, count(*) FILTER (WHERE r.level = 0) AS due_soon, count(*) FILTER (WHERE r.level >= 1) AS overdue,
       count(*) FILTER (WHERE r.level = 3) AS led, count(DISTINCT c.handler_org) FILTER (WHERE r.level >= 1) AS organisations,
       min(c.due_at) AS oldest, array_agg(DISTINCT r.case_id) AS cases
FROM (SELECT DISTINCT ON (case_id, account_id) * FROM reminder WHERE region = $1 AND told_in IS NULL ORDER BY case_id, account_id, level DESC) r
JOIN cases c ON c.region = r.region AND c.id = r.case_id AND c.state = 'handling' AND c.step_at = r.step_at
GROUP BY r.account_id
"""


@verb
async def send_digests(region: Region, now: datetime) -> int:
    """One message a person a day, from the profile's hour on, on working days; how many people are told. Harmless twice, and by many at once: the
    day's key of a person is used by one message."""
    local = now.astimezone(region.profile.tz)
    if local.time() < region.profile.supervision.digest_at.value or not calendar_of(region.profile).is_working_day(local.date()):
        return 0
    told, day, listening = 0, f"{local:%Y-%m-%d}", await chat_digests.listeners(region, now)
    open_to = {one.account_id for one in listening if one.open}
    for found in await rows(_UNTOLD, region.code):
        told += await _digest(region, found, day, now, in_chat=found["account_id"] in open_to)
    with_template = region.profile.sending.chat_template(NotificationKind.DAY_DIGEST) is not None
    return told + sum([await _day_digest(region, one, day, now) for one in listening if one.due and (one.open or with_template)])


async def _digest(region: Region, found: dict[str, Any], day: str, now: datetime, *, in_chat: bool) -> int:
    """One person's digest; what comes after it waits for tomorrow's, because the day's key is used."""
    kind = NotificationKind.LEADER_DIGEST if found["led"] else NotificationKind.DUE_DIGEST
    oldest = found["oldest"].astimezone(region.profile.tz)
    words = {"due_soon": str(found["due_soon"]), "overdue": str(found["overdue"]), "organisations": str(found["organisations"]),
             "oldest": f"{oldest.month}月{oldest.day}日"}
    async with transaction():
        message = Message(kind, _key(found["account_id"], day), {name: words[name] for name in kind.params}, found["account_id"], in_chat=in_chat)
        if not await tell_all(region, [message], now):
            return 0
        await execute("UPDATE reminder SET told_in = $3 WHERE region = $1 AND account_id = $2 AND told_in IS NULL AND at <= $4",
                      region.code, found["account_id"], new_id(), now)
    return 1


async def _day_digest(region: Region, listener: Listener, day: str, now: datetime) -> int:
    """What is late or due today, of those included for whom she stands in; nothing where it is bound to somebody else, or an SMS told of the day."""
    who = await chat.writer(region, chat_digests.app_of(region), listener.openid, now)
    if who is None:
        return 0
    waits = await todo.counts(region, who, now)
    if not waits.late and not waits.due_today:
        return 0
    words = {"overdue": str(waits.late), "due_today": str(waits.due_today)}
    message = Message(NotificationKind.DAY_DIGEST, _key(listener.account_id, day), words, listener.account_id, in_chat=True)
    return await tell_all(region, [message], now)


def _key(account: UUID, day: str) -> str:
    return f"digest:{account}:{day}"


class RemindedToday(Conflict):
    """今天已经督办过这个办件，明天仍未处理可再次督办。"""

    code = "reminded_today"


@verb
async def remind(region: Region, actor: Actor, case_id: UUID, seen: int, words: str, now: datetime) -> Outcome:
    """Chase one case by hand, at once, once a day. Raises :class:`RemindedToday` and what the engine raises."""
    if not actor.may(Permission.SUPERVISE, region.profile):
        raise NotPermitted
    if not 2 <= len(words.strip()) <= 200:
        raise Invalid({"words": "请写明督办要求（2 到 200 字），承办机构会收到短信。"})
    start = now.astimezone(region.profile.tz).replace(hour=0, minute=0, second=0, microsecond=0)
    async with transaction():
        await row("SELECT 1 FROM cases WHERE region = $1 AND id = $2 FOR UPDATE", region.code, case_id)
        if await row("SELECT 1 FROM case_event WHERE region = $1 AND case_id = $2 AND action = 'remind' AND at >= $3", region.code, case_id, start):
            raise RemindedToday
        outcome = await engine.apply(region, actor, case_id, Request(Action.REMIND, seen, words), now)
    await engine.announce(region, outcome)
    return outcome


@dataclass(frozen=True)
class LateByOrganisation:
    """``late`` stops counting at :data:`services.todo.MOST`."""

    organisation_id: UUID
    name: str
    late: int
    oldest: datetime


#: Each (organisation, role) at which something waits is found by one step along the index of the to-do list, and what is late there is its beginning:
#: the cost is that of the organisations, however many cases are late.
_BY_ORGANISATION = """
WITH RECURSIVE lane AS (
    (SELECT handler_org, handler_role FROM cases WHERE region = $1 AND state = 'handling' ORDER BY handler_org, handler_role LIMIT 1)
    UNION ALL
    SELECT following.* FROM lane CROSS JOIN LATERAL (
        SELECT handler_org, handler_role FROM cases
        WHERE region = $1 AND state = 'handling' AND (handler_org, handler_role) > (lane.handler_org, lane.handler_role)
        ORDER BY handler_org, handler_role LIMIT 1) following
)
SELECT lane.handler_org, o.name, least(sum(l.late), $3)::int AS late, min(l.oldest) AS oldest
FROM lane JOIN organisation o ON o.region = $1 AND o.id = lane.handler_org
CROSS JOIN LATERAL (
    SELECT count(*) AS late, min(due_at) AS oldest FROM (
        SELECT due_at FROM cases WHERE region = $1 AND handler_org = lane.handler_org AND handler_role = lane.handler_role AND state = 'handling'
          AND due_at < $2 ORDER BY due_at LIMIT $3) first) l
GROUP BY lane.handler_org, o.name HAVING sum(l.late) > 0 ORDER BY late DESC, oldest
"""


async def late_by_organisation(region: Region, now: datetime) -> list[LateByOrganisation]:
    """What is late, counted by who has it: the city window's overview."""
    found = await rows(_BY_ORGANISATION, region.code, now, MOST)
    return [LateByOrganisation(one["handler_org"], one["name"], one["late"], one["oldest"]) for one in found]


MOST_PAGES = 200
_LATE = "\n".join((LINE, """FROM (SELECT * FROM cases WHERE region = $1 AND state = 'handling' AND due_at < $2 AND ($5 OR organisations && $6::uuid[])
      ORDER BY due_at, id LIMIT $3 OFFSET $4) c""", NAMES, """ORDER BY c.due_at, c.id"""))
#: The same of one organisation, $5, through its own ends of the to-do list's index, one of each role.
_LATE_AT = "\n".join(("""WITH RECURSIVE lane AS (
    (SELECT handler_role FROM cases WHERE region = $1 AND handler_org = $5 AND state = 'handling' ORDER BY handler_role LIMIT 1)
    UNION ALL
    SELECT following.* FROM lane CROSS JOIN LATERAL (
        SELECT handler_role FROM cases WHERE region = $1 AND handler_org = $5 AND state = 'handling' AND handler_role > lane.handler_role
        ORDER BY handler_role LIMIT 1) following
)""", LINE, """FROM (SELECT found.* FROM lane CROSS JOIN LATERAL (
          SELECT * FROM cases WHERE region = $1 AND handler_org = $5 AND handler_role = lane.handler_role AND state = 'handling' AND due_at < $2
          ORDER BY due_at, id LIMIT $3::bigint + $4::bigint) found
      ORDER BY due_at, id LIMIT $3 OFFSET $4) c""", NAMES, """ORDER BY c.due_at, c.id"""))


async def late(region: Region, actor: Actor, now: datetime, organisation: UUID | None = None, *, page: int = 1) -> tuple[list[Waiting], bool]:
    """A page of what is late, longest first, everywhere or at one organisation; whether there is more. Who may not query the whole region sees what
    is or was at her own organisations. Raises :class:`NotPermitted`."""
    if not actor.may(Permission.SUPERVISE, region.profile):
        raise NotPermitted
    everywhere, own = actor.may(Permission.QUERY_REGION, region.profile), organisations_to_query(region, actor)
    window = PAGE + 1, (min(page, MOST_PAGES) - 1) * PAGE
    if organisation is None:
        found = await rows(_LATE, region.code, now, *window, everywhere, own)
    elif everywhere or organisation in own:
        found = await rows(_LATE_AT, region.code, now, *window, organisation)
    else:
        found = []
    return [line_of(region, one) for one in found[:PAGE]], len(found) > PAGE and page < MOST_PAGES
