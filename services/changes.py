"""What an administrator changed is kept, before and after, and taken back with one click while nothing newer was built on it.

One mechanism for all of administration. A verb says which rows it may touch (:class:`Rows`) and writes within :func:`keeping`; whatever of them is
otherwise afterwards is kept with the line in the audit. Taking back compares: a row that is no longer as the change left it is left alone, and so
is one that others point at. It is a change itself, so it can be taken back too.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from config.errors import Conflict, NotFound, NotPermitted
from config.vocabulary import Permission
from models.account import Account
from models.audit import Audit
from models.database import execute, json_text, json_value, row, rows, transaction
from models.sealed import seal, unseal
from services import audit, new_numbers, regions, sessions
from services.actors import Actor
from services.cases.calendar import day_in_words
from services.regions import Region
from services.verbs import verb

#: Every table that administration changes → what its rows are known by, beside the region. No other name gets into a statement of this file.
KEYS: Mapping[str, tuple[str, ...]] = {
    "organisation": ("id",), "account": ("id",), "role_grant": ("id",), "role_to_come": ("id",), "category": ("id",), "service": ("id",),
    "service_window": ("service_id", "organisation_id"), "venue": ("id",), "opening": ("id",), "closed_day": ("id",), "benefit": ("id",),
    "own_text": ("id",), "own_day": ("id",), "sms_block": ("id",),
}
#: Columns that count or are nobody's business: neither kept nor compared.
PASSED_OVER = frozenset({"version", "password_hash", "password_once", "last_login_at"})
Photograph = dict[tuple[str, ...], dict[str, Any]]


class BuiltUpon(Conflict):
    """这项修改之后又有新的改动，不能直接撤销。请先撤销后来的改动，或者直接修改成您要的样子。"""

    code = "built_upon"


class TakenBackAlready(Conflict):
    """这项修改已经撤销过了，请刷新页面。"""

    code = "taken_back_already"


class OwnRights(Conflict):
    """这项修改关系到您自己的账号，请由另一位管理员撤销。"""

    code = "own_rights"


@dataclass(frozen=True)
class Rows:
    """Rows of one table that a verb may touch: those with these values, now or afterwards."""

    table: str
    where: Mapping[str, UUID | str]


@dataclass(frozen=True)
class Step:
    """One row that became otherwise. ``before`` is none for one that was made, ``after`` for one that was removed; else both have what changed."""

    table: str
    key: dict[str, str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def touched(self) -> str:
        return ":".join((self.table, *(self.key[name] for name in KEYS[self.table])))

    def turned(self) -> "Step":
        return Step(self.table, self.key, self.after, self.before)


@asynccontextmanager
async def keeping(actor: Actor, act: str, subject: str, subject_id: UUID | None, permission: Permission, now: datetime, *touched: Rows,
                  detail: Mapping[str, Any] | None = None) -> AsyncIterator[None]:
    """A transaction whose changes to these rows stand in the audit and can be taken back by who has ``permission``; nothing changed is no line.

    ``detail`` may be filled while the block runs. Rows that another writer holds are waited for.
    """
    async with transaction():
        before = [await _photograph(actor.region, one) for one in touched]
        yield
        after = [await _photograph(actor.region, one) for one in touched]
        steps = [step for one, old, new in zip(touched, before, after, strict=True) for step in _differences(one.table, old, new)]
        if steps:
            line = await audit.record(actor, act, subject, subject_id, detail or {}, now)
            await _keep(actor.region, line, permission, steps, now)


@verb
async def take_back(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    """Put everything as it was before the change of this audit line, all or nothing.

    Raises :class:`NotFound`, :class:`NotPermitted`, :class:`TakenBackAlready`, :class:`OwnRights`, :class:`BuiltUpon`.
    """
    async with transaction():
        found = await row("SELECT permission, steps_sealed, taken_back_in FROM change WHERE region = $1 AND id = $2 FOR UPDATE", region.code, id)
        if found is None:
            raise NotFound
        if not _may(region, actor, found["permission"]):
            raise NotPermitted
        if found["taken_back_in"] is not None:
            raise TakenBackAlready
        steps = _read(region.code, id, found["steps_sealed"])
        _leave_oneself_alone(actor, steps)
        turned = [step.turned() for step in reversed(steps)]
        for step in turned:
            await _apply(region, id, step)
        line = await Audit.find(region.code, id)
        done = await audit.record(actor, "take_back", line.subject, line.subject_id, {"act": line.act, "line": str(id)}, now)
        await _keep(region.code, done, Permission(found["permission"]), turned, now)
        await execute("UPDATE change SET taken_back_in = $3 WHERE region = $1 AND id = $2", region.code, id, done)
        await _stop_sessions(region.code, turned, now)
        await _tell_of_numbers(region, turned, done, now)
    regions.forget(region.code)


async def among(region: Region, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Of these audit lines, those that changed something → whether the actor may still take it back."""
    found = await rows("SELECT id, permission, taken_back_in FROM change WHERE region = $1 AND id = ANY($2::uuid[])", region.code, list(ids))
    return {one["id"]: one["taken_back_in"] is None and _may(region, actor, one["permission"]) for one in found}


def _may(region: Region, actor: Actor, permission: str) -> bool:
    return actor.may(Permission.MANAGE_ACCOUNTS, region.profile) and actor.may(Permission(permission), region.profile)


def _leave_oneself_alone(actor: Actor, steps: Sequence[Step]) -> None:
    """Nobody gives herself a role back, nor shuts herself out."""
    concerned = {(step.before or step.after or {}).get("account_id") or step.key.get("id") for step in steps}
    if str(actor.account_id) in concerned:
        raise OwnRights


async def _photograph(region: str, wanted: Rows) -> Photograph:
    """The rows as they are, by key, held until the transaction ends."""
    keys = KEYS[wanted.table]
    conditions = "".join(f" AND {name} = ${number}" for number, name in enumerate(wanted.where, 2))
    sql = f"SELECT to_jsonb(t) AS kept FROM {wanted.table} t WHERE region = $1{conditions} ORDER BY {', '.join(keys)} FOR NO KEY UPDATE"  # noqa: S608
    kept = [json_value(found["kept"]) for found in await rows(sql, region, *wanted.where.values())]
    return {tuple(one[name] for name in keys): {name: value for name, value in one.items() if name not in PASSED_OVER} for one in kept}


def _differences(table: str, before: Photograph, after: Photograph) -> Iterable[Step]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if old and new:
            changed = [name for name in new if old.get(name) != new[name]]
            old, new = {name: old.get(name) for name in changed}, {name: new[name] for name in changed}
        yield Step(table, dict(zip(KEYS[table], key, strict=True)), old, new)


async def _keep(region: str, line: UUID, permission: Permission, steps: Sequence[Step], now: datetime) -> None:
    said = {"steps": [[step.table, step.key, step.before, step.after] for step in steps]}
    await execute("INSERT INTO change (region, id, permission, steps_sealed, touched, at) VALUES ($1, $2, $3, $4, $5, $6)",
                  region, line, permission.value, seal(said, region, "change", "steps", line), [step.touched for step in steps], now)


def _read(region: str, line: UUID, sealed: bytes) -> list[Step]:
    return [Step(*one) for one in unseal(sealed, region, "change", "steps", line)["steps"]]


async def _apply(region: Region, line: UUID, step: Step) -> None:
    """Make a row ``after``, when it is ``before`` just now. Raises :class:`BuiltUpon`."""
    where = " AND ".join(f"t.{name} = ${number}::uuid" for number, name in enumerate(KEYS[step.table], 2))
    keys = [UUID(step.key[name]) for name in KEYS[step.table]]  # what was kept is sorted by name
    found = await row(f"SELECT to_jsonb(t) AS kept FROM {step.table} t WHERE t.region = $1 AND {where} FOR UPDATE", region.code, *keys)  # noqa: S608
    as_it_is = json_value(found["kept"]) if found else {}
    if bool(found) != (step.before is not None) or any(as_it_is.get(name) != value for name, value in (step.before or {}).items()):
        raise await _built_upon(region, line, step)
    try:
        async with transaction():  # a savepoint: who else changed it is asked after this failed
            await execute(*_statement(region.code, step, where, keys))
    except IntegrityError as error:  # somebody points at it, or something else is in its place
        raise await _built_upon(region, line, step) from error


def _statement(region: str, step: Step, where: str, keys: Sequence[UUID]) -> tuple[Any, ...]:
    table, last = step.table, f"${len(keys) + 2}::jsonb"
    if step.after is None:
        return f"DELETE FROM {table} t WHERE t.region = $1 AND {where}", region, *keys  # noqa: S608 - names of KEYS
    columns = ", ".join(step.after)
    if step.before is None:
        sql = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $1::jsonb)"  # noqa: S608
        return sql, json_text(step.after)
    counted = ", version = t.version + 1" if table in COUNTED else ""
    fresh = ", ".join(f"{name} = r.{name}" for name in step.after)
    sql = f"UPDATE {table} t SET {fresh}{counted} FROM jsonb_populate_record(NULL::{table}, {last}) r WHERE t.region = $1 AND {where}"  # noqa: S608
    return sql, region, *keys, json_text(step.after)


#: Tables whose rows count how often they were changed, for those who edit them at the same time.
COUNTED = frozenset({"organisation", "account", "category", "service", "venue", "benefit", "own_text"})


async def _built_upon(region: Region, line: UUID, step: Step) -> Conflict:
    """Who changed it since, when one of us did."""
    found = await row("SELECT a.actor_name, a.at FROM change c JOIN audit a ON (a.region, a.id) = (c.region, c.id) WHERE c.region = $1 "
                      "AND c.touched && ARRAY[$2] AND c.id > $3 AND c.taken_back_in IS NULL ORDER BY c.id DESC LIMIT 1",
                      region.code, step.touched, line)
    if found is None:
        return BuiltUpon("这项修改之后已经有别的内容用到它，不能撤销。请直接修改成您要的样子。")
    at = found["at"].astimezone(region.profile.tz)
    return BuiltUpon(f"{found['actor_name']}在 {day_in_words(at.date())} {at:%H:%M} 又改过它，请先撤销那一项，或者直接修改成您要的样子。")


async def _stop_sessions(region: str, steps: Sequence[Step], now: datetime) -> None:
    """Whom taking back suspended, or gave another number, is out at once, as by the verb itself (R9)."""
    for step in steps:
        if step.table == "account" and step.after is not None and (step.after.get("state", "active") != "active" or "phone_index" in step.after):
            await sessions.end_all(region, UUID(step.key["id"]), now)


async def _tell_of_numbers(region: Region, steps: Sequence[Step], line: UUID, now: datetime) -> None:
    """A number that is put back is a number that was changed: both hear of it."""
    for step in steps:
        if step.table == "account" and step.before and step.after and "phone_sealed" in step.after:
            before, after = [_number(region.code, step.key["id"], one["phone_sealed"]) for one in (step.before, step.after)]
            await new_numbers.tell(region, UUID(step.key["id"]), before, after, line, now)


def _number(region: str, account: str, sealed: str | None) -> str | None:
    """``sealed``: as the database writes bytes in JSON."""
    return Account(region=region, id=UUID(account), phone_sealed=sealed and bytes.fromhex(sealed.removeprefix("\\x"))).phone
