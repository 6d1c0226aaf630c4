"""What follows from an act beside the case itself: places in slots are taken and given back; a route's end has its effect."""

from operator import itemgetter
from uuid import UUID

from config.errors import Conflict
from models.case import Case
from models.database import execute


class SlotFull(Conflict):
    """这个时段刚刚约满了，您填写的内容没有丢失，请换一个时段。"""

    code = "slot_full"


async def take_slot(region: str, slot_id: UUID) -> None:
    """Take one place; the constraint on the row decides races (R1). Raises :class:`SlotFull`."""
    taken = await execute("UPDATE slot SET taken = taken + 1 WHERE region = $1 AND id = $2 AND taken < capacity", region, slot_id)
    if taken != 1:
        raise SlotFull


async def give_back_slot(region: str, slot_id: UUID) -> None:
    await execute("UPDATE slot SET taken = taken - 1 WHERE region = $1 AND id = $2", region, slot_id)


async def settle_slot(case: Case, wanted: UUID | None, *, released: bool) -> UUID | None:
    """The slot that the case holds after an act: another one when asked for, none when the case ended without service."""
    if released:
        if case.slot_id is not None:
            await give_back_slot(case.region, case.slot_id)
        return None
    if wanted is None or wanted == case.slot_id:
        return case.slot_id
    changes = [(wanted, take_slot)] if case.slot_id is None else [(wanted, take_slot), (case.slot_id, give_back_slot)]
    for slot_id, change in sorted(changes, key=itemgetter(0)):  # always the same one first: two that exchange their slots would lock each other out
        await change(case.region, slot_id)
    return wanted
