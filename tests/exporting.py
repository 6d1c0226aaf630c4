"""Exports as people order them and as the worker writes them."""

from typing import Any
from uuid import UUID

from config import clock
from models.account import Account
from models.database import row
from models.export import Export
from services import export_writing, exports
from services.actors import Actor
from services.asking.questions import Question
from services.regions import Region
from tests.builders import the_actor


async def ordered(region: Region, who: Actor, **asked: Any) -> Export:
    """An answer of 综合查询 that waits to be written."""
    return await exports.order(region, who, "ask.cases", Question("cases", **asked), clock.now())


async def an_export(region: Region, owner: Account) -> Export:
    """One that its owner may fetch."""
    waiting = await ordered(region, await the_actor(owner, "desk"))
    await export_writing.work(clock.now)
    return await as_it_stands(waiting.id)


async def as_it_stands(id: UUID) -> Export:
    found = await row("SELECT * FROM export WHERE id = $1", id)
    assert found is not None
    return Export.read(found)
