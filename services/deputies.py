"""请假代办: while somebody is away another one handles her cases, from day to day, and it ends by itself.

A deputy stands in at cases and nowhere else: she sees and handles what waits for the one who is away, also what is bound to her, and history says for
whom. No other permission goes with it, and it is not passed on: whoever stands in for a deputy does not stand in for her absent colleague.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted
from config.vocabulary import Permission
from models.account import Account, AccountKind
from models.database import execute, new_id, row, rows, transaction
from services import audit, live
from services.actors import Actor
from services.regions import Region
from services.verbs import verb

#: So many days at a time: who is away for longer gives her role back.
LONGEST = 180

#: Active colleagues with a role in an organisation of hers or right above it, each with the one where.
_CANDIDATES = """
SELECT DISTINCT ON (a.name, a.id) a.id, a.name, o.name AS organisation
FROM role_grant mine JOIN organisation own ON (own.region, own.id) = (mine.region, mine.organisation_id)
JOIN organisation o ON o.region = own.region AND o.id IN (own.id, own.parent_id) AND o.state = 'active'
JOIN role_grant g ON (g.region, g.organisation_id) = (o.region, o.id) AND g.ended_at IS NULL
JOIN account a ON (a.region, a.id) = (g.region, g.account_id) AND a.state = 'active' AND NOT a.provisional
JOIN account her ON (her.region, her.id) = (mine.region, mine.account_id) AND her.kind = a.kind
WHERE mine.region = $1 AND mine.account_id = $2 AND mine.ended_at IS NULL AND a.id <> $2
ORDER BY a.name, a.id, o.id = own.id DESC
"""


@dataclass(frozen=True)
class Candidate:
    """Somebody who may stand in, and where she works."""

    id: UUID
    name: str
    organisation: str


async def candidates(region: Region, account_id: UUID) -> list[Candidate]:
    """Who may stand in for an account, by name."""
    return [Candidate(**one) for one in await rows(_CANDIDATES, region.code, account_id)]


@dataclass(frozen=True)
class Deputy:
    """Who stands in for whom, on which days, the last one included. ``now``: today is one of them."""

    id: UUID
    account_id: UUID
    account: str
    deputy_id: UUID
    deputy: str
    first: date
    last: date
    now: bool


_OF = """
SELECT d.*, a.name AS account, s.name AS deputy FROM deputy d
JOIN account a ON (a.region, a.id) = (d.region, d.account_id) JOIN account s ON (s.region, s.id) = (d.region, d.deputy_id)
WHERE d.region = $1 AND (d.account_id = $2 OR d.deputy_id = $2) AND d.ended_at IS NULL AND d.until_at > $3 ORDER BY d.from_at, d.id
"""


async def of_account(region: Region, account_id: UUID, now: datetime) -> list[Deputy]:
    """Who stands in for her, and for whom she does, now and later; what begins first, first."""
    zone = region.profile.tz
    return [Deputy(one["id"], one["account_id"], one["account"], one["deputy_id"], one["deputy"], one["from_at"].astimezone(zone).date(),
                   (one["until_at"].astimezone(zone) - timedelta(days=1)).date(), one["from_at"] <= now)
            for one in await rows(_OF, region.code, account_id, now)]


@verb
async def name(region: Region, actor: Actor, account_id: UUID, deputy_id: UUID, first: date, last: date, now: datetime) -> UUID:
    """Name a deputy from one day to another, both included: for oneself, or, by whoever manages accounts, for anybody of staff.

    Raises :class:`NotPermitted`, :class:`NotFound`, :class:`Invalid`.
    """
    await _require(region, actor, account_id)
    _check_days(first, last, now.astimezone(region.profile.tz).date())
    if deputy_id not in {one.id for one in await candidates(region, account_id)}:
        raise Invalid({"deputy": "请从本机构或上级机构的同事中选择代办人。"})
    id, start, end = new_id(), _midnight(region, first), _midnight(region, last + timedelta(days=1))
    async with transaction():
        await row("SELECT 1 FROM account WHERE region = $1 AND id = $2 FOR NO KEY UPDATE", region.code, account_id)
        if await row("SELECT 1 FROM deputy WHERE region = $1 AND account_id = $2 AND ended_at IS NULL AND from_at < $4 AND until_at > $3",
                     region.code, account_id, start, end):
            raise Invalid({"first": "这段时间已经安排了代办人，请先结束原来的安排，或换一段时间。"})
        await execute("INSERT INTO deputy (region, id, account_id, deputy_id, from_at, until_at, named_by, named_at) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", region.code, id, account_id, deputy_id, start, end, actor.account_id, now)
        await audit.record(actor, "deputy.name", "account", account_id,
                           {"deputy": str(deputy_id), "first": first.isoformat(), "last": last.isoformat()}, now)
    await _tell(region, account_id, deputy_id)
    return id


def _check_days(first: date, last: date, today: date) -> None:
    wrong = {}
    if first < today:
        wrong["first"] = "请从今天或以后的日子开始。"
    if last < first:
        wrong["last"] = "结束的日子不能早于开始的日子。"
    elif (last - first).days >= LONGEST:
        wrong["last"] = f"一次最多安排 {LONGEST} 天；离岗更久请由管理员调整角色。"
    if wrong:
        raise Invalid(wrong)


def _midnight(region: Region, day: date) -> datetime:
    return datetime.combine(day, time(), region.profile.tz)


@verb
async def end(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    """End it now, or before it began. Raises :class:`NotFound` for what is over, and for what others have arranged."""
    found = await row("SELECT account_id, deputy_id FROM deputy WHERE region = $1 AND id = $2 AND ended_at IS NULL AND until_at > $3",
                      region.code, id, now)
    if found is None or (found["account_id"] != actor.account_id and not actor.may(Permission.MANAGE_ACCOUNTS, region.profile)):
        raise NotFound
    async with transaction():
        await execute("UPDATE deputy SET ended_at = $3 WHERE region = $1 AND id = $2 AND ended_at IS NULL", region.code, id, now)
        await audit.record(actor, "deputy.end", "account", found["account_id"], {"deputy": str(found["deputy_id"])}, now)
    await _tell(region, found["account_id"], found["deputy_id"])


async def _require(region: Region, actor: Actor, account_id: UUID) -> None:
    if actor.account_id == account_id:
        return
    if not actor.may(Permission.MANAGE_ACCOUNTS, region.profile):
        raise NotPermitted
    if (await Account.find(region.code, account_id)).kind is AccountKind.TALENT:
        raise NotFound


async def _tell(region: Region, *accounts: UUID) -> None:
    """Their open lists look again."""
    await live.publish(region.code, *(f"account:{one}" for one in accounts), event="case", data={"action": "deputy"})


#: For the statements that say who somebody is: the column ``standing_in`` of hers, roles of those for whom she stands in now.
#: {region}, {account}, {now}: SQL.
STANDING_IN = """LEFT JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_array(away.id, away.name, r.organisation_id, o.name, r.role) ORDER BY d.from_at, r.granted_at) AS standing_in
         FROM deputy d JOIN account away ON away.region = d.region AND away.id = d.account_id AND away.state = 'active'
         JOIN role_grant r ON r.region = away.region AND r.account_id = away.id AND r.ended_at IS NULL
         JOIN organisation o ON o.region = r.region AND o.id = r.organisation_id AND o.state = 'active'
        WHERE d.region = {region} AND d.deputy_id = {account} AND d.ended_at IS NULL AND d.from_at <= {now} AND {now} < d.until_at) stands ON true"""


def names(actor: Actor) -> Sequence[str]:
    """For whom she stands in now."""
    return list(dict.fromkeys(one.name for one in actor.standing_in))
