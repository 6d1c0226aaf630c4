"""Numbers to which nothing is sent 停发号码, codes neither: somebody got a stranger's number, or its owner asked the office to be left alone.

Kept by administrators with a reason; each change stands in the audit and can be taken back there.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted
from config.keys import keys
from config.vocabulary import Permission
from models.account import phone_index
from models.database import execute, new_id, row, rows
from services import codes
from services.actors import Actor
from services.changes import Rows, keeping
from services.masking import masked_phone
from services.regions import Region
from services.verbs import verb

SHORTEST_REASON, LONGEST_REASON = 2, 200
#: More than these are no exceptions any more; the page shows all of them.
MOST: Final = 1000


@dataclass(frozen=True)
class Block:
    """``phone``: masked."""

    id: UUID
    phone: str
    reason: str
    by: str
    at: datetime


async def every(region: Region, actor: Actor) -> list[Block]:
    """Newest first. Raises :class:`NotPermitted`."""
    _require(region, actor)
    found = await rows("SELECT b.*, coalesce(a.name, '') AS by FROM sms_block b LEFT JOIN account a ON (a.region, a.id) = (b.region, b.made_by) "
                       "WHERE b.region = $1 ORDER BY b.made_at DESC LIMIT $2", region.code, MOST)
    return [Block(one["id"], masked_phone(_open(one, "phone")), _open(one, "reason"), one["by"], one["made_at"]) for one in found]


@verb
async def put(region: Region, actor: Actor, phone: str, reason: str, now: datetime) -> None:
    """Nothing goes to this number from now on. Put twice is put once. Raises :class:`NotPermitted`, :class:`Invalid` beside the field at fault."""
    _require(region, actor)
    number, words, id = codes.mobile(phone), " ".join(reason.split()), new_id()
    if not SHORTEST_REASON <= len(words) <= LONGEST_REASON:
        raise Invalid({"reason": f"请写明原因，{SHORTEST_REASON} 到 {LONGEST_REASON} 字。"})
    if (await row("SELECT count(*) AS kept FROM sms_block WHERE region = $1", region.code) or {"kept": 0})["kept"] >= MOST:
        raise Invalid({"phone": f"已经有 {MOST} 个停发号码，请先恢复不用停发的。"})
    sealed = {name: keys().seal(value, region.code, "sms_block", name, str(id)) for name, value in (("phone", number), ("reason", words))}
    async with _kept(actor, "sms.block", id, number, now):
        await execute("INSERT INTO sms_block (region, id, phone_index, phone_sealed, reason_sealed, made_by, made_at) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT ON CONSTRAINT sms_block_once DO NOTHING",
                      region.code, id, phone_index(number), sealed["phone"], sealed["reason"], actor.account_id, now)


@verb
async def lift(region: Region, actor: Actor, id: UUID, now: datetime) -> None:
    """The number gets messages again. Raises :class:`NotPermitted`, :class:`NotFound`."""
    _require(region, actor)
    found = await row("SELECT * FROM sms_block WHERE region = $1 AND id = $2", region.code, id)
    if found is None:
        raise NotFound
    async with _kept(actor, "sms.unblock", id, _open(found, "phone"), now):
        await execute("DELETE FROM sms_block WHERE region = $1 AND id = $2", region.code, id)


def _kept(actor: Actor, act: str, id: UUID, number: str, now: datetime) -> AbstractAsyncContextManager[None]:
    touched, detail = Rows("sms_block", {"id": id}), {"phone": masked_phone(number)}
    return keeping(actor, act, "sms_block", id, Permission.MANAGE_ACCOUNTS, now, touched, detail=detail)


def _require(region: Region, actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_ACCOUNTS, region.profile):
        raise NotPermitted


def _open(found: dict[str, Any], column: str) -> str:
    return keys().unseal(bytes(found[f"{column}_sealed"]), found["region"], "sms_block", column, str(found["id"]))
