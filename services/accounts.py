"""Accounts of staff: made by those who may, given roles in organisations, stopped and resumed. Each act is in the audit."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from config.errors import Conflict, Invalid, NotFound, NotPermitted
from config.vocabulary import Permission
from models.account import Account, AccountKind, AccountState, RoleGrant
from models.database import broken_constraint, new_id, rows, transaction
from models.organisation import Organisation
from services import audit, codes, password_reset, passwords, sessions
from services.actors import Actor, Grant
from services.login import spelled
from services.regions import Region
from services.verbs import verb

PLAIN_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class NameTaken(Invalid):
    """这个用户名或手机号已经有账号了，请核对。"""

    code = "account_exists"


class OwnAccount(Conflict):
    """不能停用自己的账号。"""

    code = "own_account"


@dataclass(frozen=True)
class RoleIn:
    """A role in an organisation, as it is asked for."""

    organisation_id: UUID
    role: str


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
        async with transaction():
            await account.save(force_create=True)
            for wanted in roles:
                await _grant(region, actor, account, wanted, now)
            await audit.record(actor, "create", "account", account.id, {"login_name": account.login_name}, now)
    except IntegrityError as error:
        raise _taken(error) from error
    return account


@verb
async def grant(region: Region, actor: Actor, account_id: UUID, wanted: RoleIn, now: datetime) -> None:
    """Give a role; given twice it is one."""
    _require(region, actor)
    async with transaction():
        await _grant(region, actor, await staff(region, account_id), wanted, now)


@verb
async def end_grant(region: Region, actor: Actor, account_id: UUID, wanted: RoleIn, now: datetime) -> None:
    """Take a role back; it is gone from the next request on. Raises :class:`NotFound`."""
    _require(region, actor)
    async with transaction():
        ended = await RoleGrant.of(region.code, account_id=account_id, organisation_id=wanted.organisation_id, role=wanted.role,
                                   ended_at=None).update(ended_at=now)
        if not ended:
            raise NotFound
        await audit.record(actor, "end_grant", "account", account_id, _told(wanted), now)


@verb
async def suspend(region: Region, actor: Actor, account_id: UUID, reason: str, now: datetime) -> None:
    """Stop an account: every session of it is over when this returns (R9). Raises :class:`OwnAccount`, :class:`Invalid` without a reason."""
    _require(region, actor)
    if account_id == actor.account_id:
        raise OwnAccount
    if not reason.strip():
        raise Invalid({"reason": "请写明停用的原因。"})
    async with transaction():
        await _turn(region, account_id, AccountState.ACTIVE, AccountState.SUSPENDED)
        await sessions.end_all(region.code, account_id, now)
        await audit.record(actor, "suspend", "account", account_id, {"reason": reason.strip()}, now)


@verb
async def enable(region: Region, actor: Actor, account_id: UUID, reason: str, now: datetime) -> None:
    """Resume a stopped account; its sessions stay over."""
    _require(region, actor)
    async with transaction():
        await _turn(region, account_id, AccountState.SUSPENDED, AccountState.ACTIVE)
        await audit.record(actor, "enable", "account", account_id, {"reason": reason.strip()}, now)


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
class Listed:
    """One line of the list of staff."""

    account: Account
    roles: tuple[RoleIn, ...]


async def list_staff(region: Region, actor: Actor, *, words: str = "", offset: int = 0, limit: int = 50) -> list[Listed]:
    """Staff of the region by name, with the roles that they have now; ``words`` are looked for in names and login names."""
    _require(region, actor)
    wanted = Account.of(region.code, kind=AccountKind.STAFF)
    if words:
        wanted = wanted.filter(Q(name__contains=words) | Q(login_name__contains=words))
    found = await wanted.order_by("name", "id").offset(offset).limit(limit)
    roles: dict[UUID, list[RoleIn]] = {}
    for one in await RoleGrant.of(region.code, account_id__in=[account.id for account in found], ended_at=None).order_by("granted_at"):
        roles.setdefault(one.account_id, []).append(RoleIn(one.organisation_id, one.role))
    return [Listed(account, tuple(roles.get(account.id, ()))) for account in found]


async def roles_of(region: Region, account_id: UUID) -> list[RoleIn]:
    """The roles that an account has now, oldest first."""
    found = await RoleGrant.of(region.code, account_id=account_id, ended_at=None).order_by("granted_at")
    return [RoleIn(one.organisation_id, one.role) for one in found]


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


async def _grant(region: Region, actor: Actor, account: Account, wanted: RoleIn, now: datetime) -> None:
    if wanted.role not in region.profile.roles:
        raise Invalid({"role": "没有这个角色。"})
    await Organisation.find(region.code, wanted.organisation_id)
    if await RoleGrant.of(region.code, account_id=account.id, organisation_id=wanted.organisation_id, role=wanted.role, ended_at=None).exists():
        return
    await RoleGrant.create(region=region.code, id=new_id(), account_id=account.id, organisation_id=wanted.organisation_id, role=wanted.role,
                           granted_at=now)
    await audit.record(actor, "grant", "account", account.id, _told(wanted), now)


async def _turn(region: Region, account_id: UUID, before: AccountState, after: AccountState) -> None:
    if not await Account.of(region.code, id=account_id, state=before).update(state=after):
        await Account.find(region.code, account_id)  # NotFound, when it is not ours
        raise Conflict


def _require(region: Region, actor: Actor) -> None:
    if not actor.is_system and not actor.may(Permission.MANAGE_ACCOUNTS, region.profile):
        raise NotPermitted


def _taken(error: IntegrityError) -> NameTaken:
    field = "phone" if broken_constraint(error) == "account_phone" else "login_name"
    return NameTaken({field: "已经有账号在使用，请核对。"})


def _told(wanted: RoleIn) -> dict[str, str]:
    return {"organisation": str(wanted.organisation_id), "role": wanted.role}
