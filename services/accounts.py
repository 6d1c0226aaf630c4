"""Accounts of staff: made by those who may, given roles in organisations, stopped and resumed. Each act is in the audit."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from tortoise.exceptions import IntegrityError

from config.errors import Conflict, Invalid, NotFound, NotPermitted
from config.vocabulary import Permission
from models.account import Account, AccountKind, AccountState, RoleGrant, RoleToCome, phone_index
from models.database import broken_constraint, new_id, rows, transaction
from models.organisation import Organisation
from services import audit, changes, codes, password_reset, passwords, sessions
from services.actors import Actor, Grant
from services.cases.calendar import calendar_of
from services.changes import Rows
from services.login import spelled
from services.regions import Region
from services.verbs import verb

PLAIN_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
MANAGE = Permission.MANAGE_ACCOUNTS
LONGEST = timedelta(days=5 * 366)
#: A role may be said to begin so long before.
AHEAD = timedelta(days=366)
log = structlog.get_logger(__name__)


class NameTaken(Invalid):
    """这个用户名或手机号已经有账号了，请核对。"""

    code = "account_exists"


class OwnAccount(Conflict):
    """不能停用自己的账号。"""

    code = "own_account"


@dataclass(frozen=True)
class RoleIn:
    """A role in an organisation, as it is asked for: from ``starts_on``, else at once; without ``ends_on`` for good."""

    organisation_id: UUID
    role: str
    ends_on: date | None = None
    starts_on: date | None = None


@verb
async def create_staff(region: Region, actor: Actor, *, login_name: str, name: str, phone: str, roles: Sequence[RoleIn], now: datetime,
                       password: str | None = None, one_time: bool = False) -> Account:
    """A new account of staff. Without a password it is opened by a code to its phone; a ``one_time`` password opens it once.

    Raises :class:`NameTaken`, :class:`Invalid`.
    """
    _require(region, actor)
    number = codes.mobile(phone)
    hashed = await passwords.hash_password(password) if password else None
    account = Account(region=region.code, id=new_id(), kind=AccountKind.STAFF, name=name, login_name=spelled(login_name), password_hash=hashed,
                      password_once=one_time, created_at=now).put_phone(number)
    try:
        async with changes.keeping(actor, "create", "account", account.id, MANAGE, now, Rows("account", {"id": account.id}),
                                   Rows("role_grant", {"account_id": account.id}), detail={"login_name": account.login_name}):
            await account.save(force_create=True)
            for wanted in roles:
                await _grant(region, account, wanted, now)
                await audit.record(actor, "grant", "account", account.id, _told(wanted), now)
    except IntegrityError as error:
        raise _taken(error) from error
    return account


@verb
async def grant(region: Region, actor: Actor, account_id: UUID, wanted: RoleIn, now: datetime) -> None:
    """Give a role, at once or from a day on, for good or until ``wanted.ends_on``; given twice it is one, with the days that were said last. Raises
    :class:`Invalid`."""
    _require(region, actor)
    today = calendar_of(region.profile).day_of(now)
    if wanted.starts_on and not today <= wanted.starts_on <= today + AHEAD:
        raise Invalid({"starts_on": "请选择今天以后一年以内的日期，即刻生效请留空。"})
    if wanted.ends_on and not (wanted.starts_on or today) <= wanted.ends_on <= today + LONGEST:
        raise Invalid({"ends_on": "请选择今天以后五年以内的日期，长期有效请留空。"})
    account = await staff(region, account_id)
    async with changes.keeping(actor, "grant", "account", account_id, MANAGE, now, *_roles_of(account_id), detail=_told(wanted)):
        await (_plan if wanted.starts_on and wanted.starts_on > today else _grant)(region, account, wanted, now)


@verb
async def end_grant(region: Region, actor: Actor, account_id: UUID, wanted: RoleIn, now: datetime) -> None:
    """Take a role back; it is gone from the next request on. With ``starts_on`` it is one that has not begun, and never will. Raises
    :class:`NotFound`."""
    _require(region, actor)
    same = {"account_id": account_id, "organisation_id": wanted.organisation_id, "role": wanted.role}
    async with changes.keeping(actor, "end_grant", "account", account_id, MANAGE, now, *_roles_of(account_id), detail=_told(wanted)):
        if wanted.starts_on:
            ended = await RoleToCome.of(region.code, **same, starts_on=wanted.starts_on).delete()
        else:
            ended = await RoleGrant.of(region.code, **same, ended_at=None).update(ended_at=now)
        if not ended:
            raise NotFound


_END_DUE = """
UPDATE role_grant g SET ended_at = $2 FROM account a
WHERE g.region = $1 AND g.ends_on < $3 AND g.ended_at IS NULL AND (a.region, a.id) = (g.region, g.account_id)
RETURNING g.account_id, g.organisation_id, g.role, g.ends_on
"""


async def end_due(region: Region, now: datetime) -> int:
    """Take back the roles whose last day is over; how many. Harmless twice."""
    async with transaction():
        ended = await rows(_END_DUE, region.code, now, calendar_of(region.profile).day_of(now))
        for one in ended:
            told = _told(RoleIn(one["organisation_id"], one["role"], one["ends_on"]))
            await audit.record(Actor.system(region.code), "end_grant", "account", one["account_id"], told, now)
    return len(ended)


_BEGIN_DUE = "DELETE FROM role_to_come WHERE region = $1 AND starts_on <= $2 RETURNING account_id, organisation_id, role, starts_on, ends_on"


async def begin_due(region: Region, now: datetime) -> int:
    """Give the roles whose first day has come; how many. Harmless twice. One whose office or role is there no more is not given, which is logged."""
    begun = 0
    async with transaction():
        for one in await rows(_BEGIN_DUE, region.code, calendar_of(region.profile).day_of(now)):
            wanted = RoleIn(one["organisation_id"], one["role"], one["ends_on"], one["starts_on"])
            try:
                await _grant(region, await staff(region, one["account_id"]), wanted, now)
            except Invalid as refusal:
                log.error("role_not_begun", account=str(one["account_id"]), role=wanted.role, fields=list(refusal.fields))
                continue
            await audit.record(Actor.system(region.code), "grant", "account", one["account_id"], _told(wanted), now)
            begun += 1
    return begun


@verb
async def suspend(region: Region, actor: Actor, account_id: UUID, reason: str, now: datetime) -> None:
    """Stop an account: every session of it is over when this returns (R9). Raises :class:`OwnAccount`, :class:`Invalid` without a reason."""
    _require(region, actor)
    if account_id == actor.account_id:
        raise OwnAccount
    if not reason.strip():
        raise Invalid({"reason": "请写明停用的原因。"})
    async with changes.keeping(actor, "suspend", "account", account_id, MANAGE, now, Rows("account", {"id": account_id}),
                               detail={"reason": reason.strip()}):
        await _turn(region, account_id, AccountState.ACTIVE, AccountState.SUSPENDED)
        await sessions.end_all(region.code, account_id, now)


@verb
async def enable(region: Region, actor: Actor, account_id: UUID, reason: str, now: datetime) -> None:
    """Resume a stopped account; its sessions stay over."""
    _require(region, actor)
    async with changes.keeping(actor, "enable", "account", account_id, MANAGE, now, Rows("account", {"id": account_id}),
                               detail={"reason": reason.strip()}):
        await _turn(region, account_id, AccountState.SUSPENDED, AccountState.ACTIVE)


def one_time_password() -> str:
    """For the first login only: sixteen letters and digits in groups, none that people take for one another; about 78 bits."""
    drawn = "".join(secrets.choice(PLAIN_LETTERS) for _ in range(16))
    return "-".join(drawn[start:start + 4] for start in range(0, 16, 4))


@verb
async def reset_password(region: Region, actor: Actor, account_id: UUID, now: datetime) -> str:
    """Put a new one-time password in the place of the old; every session of the account is over. It exists in this answer alone."""
    _require(region, actor)
    account = await staff(region, account_id)
    password = one_time_password()
    hashed = await passwords.hash_password(password)
    async with transaction():
        await Account.of(region.code, id=account.id).update(password_hash=hashed, password_once=True, version=account.version + 1)
        await password_reset.void(region.code, account.id, now)
        await sessions.end_all(region.code, account.id, now)
        await audit.record(actor, "reset_password", "account", account.id, {"login_name": account.login_name}, now)
    return password


async def staff(region: Region, account_id: UUID) -> Account:
    """The account, when it is one of staff. Raises :class:`NotFound`."""
    found = await Account.find(region.code, account_id)
    if found.kind is not AccountKind.STAFF:
        raise NotFound
    return found


@dataclass(frozen=True)
class Sought:
    """Which accounts are looked for: part of a name or user name, or a whole telephone number; an office, a role, a state."""

    words: str = ""
    organisation: UUID | None = None
    role: str = ""
    state: str = ""


@dataclass(frozen=True)
class Listed:
    """One line of the list of staff."""

    account: Account
    roles: tuple[RoleIn, ...]


_STAFF = """
SELECT a.* FROM account a
WHERE a.region = $1 AND a.kind = 'staff' AND ($2 = '' OR strpos(a.name, $2) > 0 OR strpos(a.login_name, $2) > 0 OR a.phone_index = $3)
  AND ($4 = '' OR a.state = $4)
  AND ($5::uuid IS NULL AND $6 = '' OR EXISTS (
       SELECT 1 FROM role_grant g WHERE (g.region, g.account_id) = (a.region, a.id) AND g.ended_at IS NULL
       AND ($5 IS NULL OR g.organisation_id = $5) AND $6 IN ('', g.role)))
ORDER BY a.name, a.id LIMIT $7 OFFSET $8
"""


async def list_staff(region: Region, actor: Actor, sought: Sought, *, offset: int = 0, limit: int = 50) -> list[Listed]:
    """Staff of the region by name, with the roles that they have now."""
    _require(region, actor)
    words = sought.words.strip()
    found = [Account.read(one) for one in await rows(_STAFF, region.code, words, phone_index(words), sought.state, sought.organisation, sought.role,
                                                     limit, offset)]
    roles: dict[UUID, list[RoleIn]] = {}
    for one in await RoleGrant.of(region.code, account_id__in=[account.id for account in found], ended_at=None).order_by("granted_at"):
        roles.setdefault(one.account_id, []).append(RoleIn(one.organisation_id, one.role, one.ends_on))
    return [Listed(account, tuple(roles.get(account.id, ()))) for account in found]


async def grants_of(region: Region, account_id: UUID) -> list[RoleGrant]:
    """Every role that an account ever had: those of now first, then what is over, newest first."""
    found = await RoleGrant.of(region.code, account_id=account_id).order_by("-granted_at")
    return sorted(found, key=lambda one: one.ended_at is not None)


async def roles_to_come(region: Region, account_id: UUID) -> list[RoleToCome]:
    """Roles that an account will have, the next first."""
    return await RoleToCome.of(region.code, account_id=account_id).order_by("starts_on")


_AS_ACTOR = """
SELECT a.name, a.kind, r.organisation_id, o.name AS organisation, r.role
FROM account a
LEFT JOIN (role_grant r JOIN organisation o ON (o.region, o.id) = (r.region, r.organisation_id) AND o.state = 'active')
       ON (r.region, r.account_id) = (a.region, a.id) AND r.ended_at IS NULL
WHERE a.region = $1 AND a.id = $2 AND a.state = 'active' ORDER BY r.granted_at
"""


async def as_actor(region: Region, account_id: UUID) -> Actor | None:
    """An active account with its roles as they are now, for what the product does in her name later; ``None`` when she may do nothing any more."""
    found = await rows(_AS_ACTOR, region.code, account_id)
    if not found:
        return None
    grants = tuple(Grant(one["organisation_id"], one["organisation"], one["role"]) for one in found if one["role"])
    return Actor(region.code, account_id, found[0]["name"], AccountKind(found[0]["kind"]), grants)


async def _grant(region: Region, account: Account, wanted: RoleIn, now: datetime) -> None:
    await _check(region, wanted)
    if await RoleGrant.of(region.code, account_id=account.id, organisation_id=wanted.organisation_id, role=wanted.role,
                          ended_at=None).update(ends_on=wanted.ends_on):
        return
    await RoleGrant.create(region=region.code, id=new_id(), account_id=account.id, organisation_id=wanted.organisation_id, role=wanted.role,
                           granted_at=now, ends_on=wanted.ends_on)


async def _plan(region: Region, account: Account, wanted: RoleIn, now: datetime) -> None:
    await _check(region, wanted)
    there = RoleToCome.of(region.code, account_id=account.id, organisation_id=wanted.organisation_id, role=wanted.role)
    if not await there.update(starts_on=wanted.starts_on, ends_on=wanted.ends_on):
        await RoleToCome.create(region=region.code, id=new_id(), account_id=account.id, organisation_id=wanted.organisation_id, role=wanted.role,
                                starts_on=wanted.starts_on, ends_on=wanted.ends_on, made_at=now)


async def _check(region: Region, wanted: RoleIn) -> None:
    if wanted.role not in region.profile.roles:
        raise Invalid({"role": "没有这个角色。"})
    if (await Organisation.find(region.code, wanted.organisation_id)).state != "active":
        raise Invalid({"organisation": "这个机构已经撤销，请选择别的机构。"})


def _roles_of(account_id: UUID) -> tuple[Rows, Rows]:
    return Rows("role_grant", {"account_id": account_id}), Rows("role_to_come", {"account_id": account_id})


async def _turn(region: Region, account_id: UUID, before: AccountState, after: AccountState) -> None:
    if not await Account.of(region.code, id=account_id, state=before).update(state=after):
        await Account.find(region.code, account_id)  # NotFound, when it is not ours
        raise Conflict


def _require(region: Region, actor: Actor) -> None:
    if not actor.is_system and not actor.may(MANAGE, region.profile):
        raise NotPermitted


def _taken(error: IntegrityError) -> NameTaken:
    field = "phone" if broken_constraint(error) == "account_phone" else "login_name"
    return NameTaken({field: "已经有账号在使用，请核对。"})


def _told(wanted: RoleIn) -> dict[str, str]:
    told = {"organisation": str(wanted.organisation_id), "role": wanted.role}
    days = {"from": wanted.starts_on, "until": wanted.ends_on}
    return told | {word: day.isoformat() for word, day in days.items() if day}
