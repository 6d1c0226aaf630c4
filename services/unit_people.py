"""The people of a unit: persons who registered under it or were enrolled by it, and those who work for it here (BZ-06, GL-07, SD-04)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from config.errors import Conflict, Invalid, NotFound, NotPermitted
from config.keys import keys
from config.vocabulary import Effect, Labelled
from models.account import Account, AccountKind, AccountState, RoleGrant, phone_index
from models.database import broken_constraint, new_id, row, rows, transaction
from services import accounts, audit, codes, passwords, registration, sessions, units
from services.actors import Actor
from services.cases.forms import sex_of
from services.login import chosen_name
from services.masking import masked_id_number, masked_phone
from services.regions import Region
from services.verbs import verb

PAGE = 50


class PersonState(Labelled):
    """Where a person stands with her unit."""

    DRAFT = "draft", "未提交"
    WAITING = "waiting", "待审核"
    RETURNED = "returned", "退回修改中"
    OPEN = "active", "已通过"
    REFUSED = "rejected", "不通过"
    SUSPENDED = "suspended", "已停用"


@dataclass(frozen=True)
class Person:
    """One line of the unit's list. Numbers are masked; ``case_id``: her registration, if there was one."""

    id: UUID
    name: str
    id_number: str
    sex: str
    phone: str
    specialist: str
    specialist_phone: str
    state: PersonState
    case_id: UUID | None
    since: datetime


@dataclass(frozen=True)
class Wanted:
    """What is looked for: part of a name, or a whole ID or phone number."""

    words: str = ""
    state: PersonState | None = None


#: $1 region, $2 units, $3 matters that open accounts, $4 words, $5 and $6 their indexes, $7 the specialist who sees only hers, $8 state.
_PEOPLE = """
SELECT * FROM (
    SELECT a.*, s.name AS specialist, s.id AS specialist_id, s.phone_sealed AS specialist_phone, c.id AS case_id,
           CASE WHEN a.state <> 'active' THEN 'suspended' WHEN NOT a.provisional THEN 'active' WHEN c.state IS NULL THEN 'draft'
                WHEN c.state = 'returned' THEN 'returned' WHEN c.state IN ('handling', 'held') THEN 'waiting'
                WHEN c.state = 'rejected' THEN 'rejected' ELSE 'draft' END AS standing
    FROM account a
    LEFT JOIN binding b ON b.region = a.region AND b.talent_id = a.id AND b.ended_at IS NULL
    LEFT JOIN account s ON s.region = b.region AND s.id = b.specialist_id
    LEFT JOIN LATERAL (SELECT id, state FROM cases WHERE region = a.region AND applicant_id = a.id AND matter = ANY($3::text[])
                       ORDER BY created_at DESC LIMIT 1) c ON true
    WHERE a.region = $1 AND a.unit_id = $2 AND a.kind = 'talent' AND a.state <> 'closed'
      AND ($4 = '' OR strpos(a.name, $4) > 0 OR a.id_number_index = $5 OR a.phone_index = $6)
      AND ($7::uuid IS NULL OR b.specialist_id = $7)
) p WHERE $8::text IS NULL OR standing = $8
ORDER BY standing = 'waiting' DESC, created_at DESC, id LIMIT $9 OFFSET $10
"""


async def of_unit(region: Region, actor: Actor, wanted: Wanted, *, limit: int = PAGE, offset: int = 0) -> list[Person]:
    """The unit's persons, those who wait for it first; a specialist finds only those who are bound to her (SD-05)."""
    unit = units.unit_of(actor)
    alone = None if units.keeps_people(region, actor) or units.may_edit(region, actor) else actor.account_id
    words = wanted.words.strip()
    found = await rows(_PEOPLE, region.code, unit, _opening(region), words, keys().blind_index(words, "id_number"), phone_index(words), alone,
                       wanted.state.value if wanted.state else None, min(limit, PAGE + 1), offset)
    return [_person(one) for one in found]


def _opening(region: Region) -> list[str]:
    return [matter.code for matter in region.profile.matters.values() if matter.effect is Effect.OPEN_ACCOUNT]


def _person(found: Mapping[str, Any]) -> Person:
    columns = {name: value for name, value in found.items() if name in Account._meta.fields_map}
    account = Account.read(columns)
    number = account.id_number
    sealed = found["specialist_phone"]
    specialist = keys().unseal(bytes(sealed), account.region, "account", "phone", str(found["specialist_id"])) if sealed else None
    return Person(account.id, account.name, masked_id_number(number), sex_of(number), masked_phone(account.phone), found["specialist"] or "",
                  masked_phone(specialist), PersonState(found["standing"]), found["case_id"], account.created_at)


@verb
async def enrol(region: Region, actor: Actor, given: Mapping[str, Any], password: str, now: datetime) -> Account:
    """新增单位人员 (GL-07). Raises :class:`NotPermitted`, and what ``registration.enrol`` raises."""
    return await registration.enrol(region, actor, units.require_keeper(region, actor), given, password, now)


@dataclass(frozen=True)
class Colleague:
    """Somebody who works for the unit here, with the names of her roles."""

    account: Account
    roles: tuple[str, ...]


async def colleagues(region: Region, actor: Actor) -> list[Colleague]:
    """The unit's own users, by name (BZ-06)."""
    unit = units.require_keeper(region, actor)
    granted: dict[UUID, list[str]] = {}
    for one in await RoleGrant.of(region.code, organisation_id=unit, ended_at=None).order_by("granted_at"):
        granted.setdefault(one.account_id, []).append(region.profile.roles[one.role].name if one.role in region.profile.roles else one.role)
    found = await Account.of(region.code, id__in=list(granted), kind=AccountKind.UNIT).exclude(state=AccountState.CLOSED).order_by("name", "id")
    return [Colleague(account, tuple(granted[account.id])) for account in found]


async def colleague(region: Region, actor: Actor, id: UUID) -> Colleague:
    """Raises :class:`NotFound` for who does not work for the unit whose people the actor keeps (T01)."""
    if not units.keeps_people(region, actor):
        raise NotFound
    if (found := next((one for one in await colleagues(region, actor) if one.account.id == id), None)) is None:
        raise NotFound
    return found


@verb
async def engage(region: Region, actor: Actor, *, name: str, login_name: str, phone: str, role: str, password: str, now: datetime) -> Account:
    """An account for somebody who works for the unit; its ``password`` opens it once. Raises :class:`Invalid`, ``accounts.NameTaken``."""
    unit = units.require_keeper(region, actor)
    if role not in units.roles_in_units(region):
        raise Invalid({"role": "请从列出的角色中选择。"})
    number = codes.mobile(phone)
    account = Account(region=region.code, id=new_id(), kind=AccountKind.UNIT, name=name, login_name=chosen_name(login_name, number), unit_id=unit,
                      password_hash=await passwords.hash_password(password), password_once=True, created_at=now).put_phone(number)
    try:
        async with transaction():
            await account.save(force_create=True)
            await RoleGrant.create(region=region.code, id=new_id(), account_id=account.id, organisation_id=unit, role=role, granted_at=now)
            await audit.record(actor, "create", "account", account.id, {"login_name": account.login_name, "role": role}, now)
    except IntegrityError as error:
        field = "phone" if broken_constraint(error) == "account_phone" else "login_name"
        raise accounts.NameTaken({field: "已经有账号在使用，请核对。"}) from error
    return account


@verb
async def switch(region: Region, actor: Actor, id: UUID, *, stop: bool, reason: str, now: datetime) -> None:
    """Stop or resume the account of a colleague; her sessions are over when she is stopped. Raises ``accounts.OwnAccount``, :class:`Invalid`."""
    found = await colleague(region, actor, id)
    if id == actor.account_id:
        raise accounts.OwnAccount
    if stop and not reason.strip():
        raise Invalid({"reason": "请写明停用的原因。"})
    before, after = (AccountState.ACTIVE, AccountState.SUSPENDED) if stop else (AccountState.SUSPENDED, AccountState.ACTIVE)
    async with transaction():
        if not await Account.of(region.code, id=found.account.id, state=before).update(state=after):
            raise Conflict
        if stop:
            await sessions.end_all(region.code, id, now)
        await audit.record(actor, "suspend" if stop else "enable", "account", id, {"reason": reason.strip()}, now)


@verb
async def renew_password(region: Region, actor: Actor, id: UUID, password: str, now: datetime) -> Account:
    """Another one-time password: for a colleague, and for a person whom the unit enrolled and who has not used her first one yet.

    Whoever has a password of her own keeps it from her unit. Raises :class:`NotFound`, :class:`NotPermitted`.
    """
    account = await _renewable(region, actor, id)
    hashed = await passwords.hash_password(password)
    async with transaction():
        await Account.of(region.code, id=id).update(password_hash=hashed, password_once=True, version=account.version + 1)
        await sessions.end_all(region.code, id, now)
        await audit.record(actor, "reset_password", "account", id, {"login_name": account.login_name}, now)
    return account


async def _renewable(region: Region, actor: Actor, id: UUID) -> Account:
    if not units.keeps_people(region, actor):
        raise NotFound
    if id == actor.account_id:
        raise NotPermitted("自己的密码请在安全中心修改。")
    found = await row("SELECT * FROM account WHERE region = $1 AND id = $2 AND kind = 'talent' AND unit_id = $3 AND password_once",
                      region.code, id, units.unit_of(actor))
    return Account.read(found) if found else (await colleague(region, actor, id)).account


async def waiting(region: Region, actor: Actor) -> Sequence[tuple[str, str]]:
    """(matter, step) at which registrations wait for the actor's unit."""
    return [(matter.code, step) for matter, step in units.registration_steps(region)
            if any(handler.role == grant.role for handler in matter.step(step).handler for grant in actor.grants)]
