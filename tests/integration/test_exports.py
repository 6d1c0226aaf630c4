"""Exports: ordered, written by the worker, their owner's alone for a day (WH-64, T30)."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from config import clock
from config.errors import NotFound, NotPermitted
from config.keys import CannotOpen
from config.settings import settings
from models.account import Account
from models.audit import Audit
from models.database import execute, new_id, rows
from models.export import Export, ExportState
from models.file import File
from services import accounts, checks, cleaning, export_writing, exports
from services.accounts import RoleIn
from services.actors import Actor
from services.asking.questions import Simple
from services.exports import ExportGone, ScopeChanged, TooManyExports
from services.regions import Region
from tests.builders import a_booking, a_card, a_city_staff, a_staff, a_talent, an_organisation, system, the_actor
from tests.exporting import an_export, as_it_stands, ordered

pytestmark = [pytest.mark.req("WH-64"), pytest.mark.timeout(120)]
SOON = 30


@pytest.fixture
async def clerk(database: None) -> Account:
    await a_booking()
    return await a_staff()


async def numbers(region: Region, who: Actor, export: Export) -> set[str]:
    _, data = await exports.download(region, who, export.id, clock.now())
    sheet = openpyxl.load_workbook(BytesIO(data)).active
    assert sheet is not None
    return {str(line[0].value) for line in sheet.iter_rows(min_row=2) if line[0].value}


async def lying(export: Export) -> Path:
    """Where the bytes are."""
    return settings().data / "files" / (await File.find(export.region, str(export.file_id))).key


async def test_an_order_waits_is_written_and_fetched_and_each_leaves_a_line(region: Region, clerk: Account) -> None:
    who = await the_actor(clerk, "desk")
    waiting = await ordered(region, who)
    assert (waiting.state, waiting.total_rows) == (ExportState.WAITING, 1)
    with pytest.raises(NotFound):
        await exports.download(region, who, waiting.id, clock.now())
    assert await export_writing.work(clock.now) == 1
    done = await exports.find(region, who, waiting.id)
    assert (done.state, done.done_rows) == (ExportState.DONE, 1)
    assert len(await numbers(region, who, done)) == 1
    assert {line.act for line in await Audit.of(region.code, actor_id=clerk.id)} == {"cases.export", "export.download"}
    assert await export_writing.work(clock.now) == 0
    assert await checks.run(clock.now()) == []


async def test_neither_the_question_nor_the_file_can_be_read_where_it_lies(region: Region) -> None:
    holder = await a_talent(name="欧阳密")
    await a_card(holder=holder)
    case = await a_booking(holder=holder)
    who = await the_actor(await a_city_staff(), "desk")
    waiting = await ordered(region, who, conditions=(Simple("person", "is", ("欧阳密",)),))
    assert "欧阳密".encode() not in bytes(waiting.question_sealed)
    await export_writing.work(clock.now)
    done = await as_it_stands(waiting.id)
    assert await numbers(region, who, done) == {case.number}
    assert not (await lying(done)).read_bytes().startswith(b"PK")


async def test_what_may_be_seen_is_decided_when_it_is_written_not_when_it_was_ordered(region: Region) -> None:
    mine, other = await a_booking(), await a_booking(window="rongcheng_window")
    clerk, admin = await a_staff(), system(region.code)
    away = RoleIn((await an_organisation(code="rongcheng_window")).id, "clerk")
    await accounts.grant(region, admin, clerk.id, away, clock.now())
    both = await the_actor(clerk, "desk")
    first, second = await ordered(region, both), await ordered(region, both)
    await execute("UPDATE export SET made_at = made_at - interval '1 minute' WHERE id = $1", first.id)
    await export_writing.work(clock.now)
    assert await numbers(region, both, first) == {mine.number, other.number}
    await execute("UPDATE export SET state = 'waiting', file_id = NULL WHERE id = $1", second.id)
    await accounts.end_grant(region, admin, clerk.id, away, clock.now())
    await export_writing.work(clock.now)
    now = await the_actor(clerk, "desk")
    assert await numbers(region, now, second) == {mine.number}
    with pytest.raises(ScopeChanged):  # it holds what she may not see any more
        await exports.download(region, now, first.id, clock.now())


async def test_who_may_ask_nothing_any_more_gets_nothing_and_is_told_why(region: Region, clerk: Account) -> None:
    waiting = await ordered(region, await the_actor(clerk, "desk"))
    await execute("UPDATE role_grant SET ended_at = now() WHERE account_id = $1", clerk.id)
    await export_writing.work(clock.now)
    failed = await as_it_stands(waiting.id)
    assert (failed.state, failed.reason) == (ExportState.FAILED, NotPermitted().text)


async def test_for_a_suspended_owner_nothing_is_written(region: Region, clerk: Account) -> None:
    waiting = await ordered(region, await the_actor(clerk, "desk"))
    await execute("UPDATE account SET state = 'suspended' WHERE id = $1", clerk.id)
    await export_writing.work(clock.now)
    assert (await as_it_stands(waiting.id)).state is ExportState.FAILED
    assert await File.of(region.code, subject="export").count() == 0


@pytest.mark.req("T30")
async def test_t30_a_link_is_its_owners_alone_also_among_those_who_may_see_the_same(region: Region, clerk: Account) -> None:
    done = await an_export(region, clerk)
    for other in (await a_staff(name="同窗口"), await a_city_staff()):
        with pytest.raises(NotFound):
            await exports.download(region, await the_actor(other, "desk"), done.id, clock.now())


@pytest.mark.req("T30")
async def test_t30_after_a_day_the_link_is_dead_and_its_bytes_are_destroyed(region: Region, clerk: Account) -> None:
    who, done = await the_actor(clerk, "desk"), await an_export(region, clerk)
    later, bytes_at = clock.now() + timedelta(hours=25), await lying(done)
    assert bytes_at.exists()
    with pytest.raises(ExportGone):
        await exports.download(region, who, done.id, later)
    for _ in range(2):  # harmless twice
        await cleaning.clean(later)
    assert ((await as_it_stands(done.id)).state, bytes_at.exists()) == (ExportState.EXPIRED, False)
    assert await File.of(region.code, subject="export").count() == 0
    with pytest.raises(ExportGone):
        await exports.download(region, who, done.id, clock.now())
    await cleaning.clean(clock.now() + export_writing.REMEMBERED + timedelta(days=1))
    assert await Export.of(region.code).count() == 0


@pytest.mark.req("R17")
async def test_several_workers_at_once_write_each_order_once(region: Region) -> None:
    await a_booking()
    waiting = [await ordered(region, await the_actor(await a_staff(), "desk")) for _ in range(8)]
    taken = await asyncio.gather(*(export_writing.work(clock.now) for _ in range(4)))
    assert sum(taken) == len(waiting)
    stand = [await as_it_stands(one.id) for one in waiting]
    assert {(one.state, one.attempts) for one in stand} == {(ExportState.DONE, 1)}
    assert await File.of(region.code, subject="export").count() == len(waiting)


async def killed(waiting: Export) -> Export:
    """A worker took it, and was never heard of again."""
    await execute("UPDATE export SET state = 'working', lease = $2, lease_until = now() - interval '1 second', attempts = 1 WHERE id = $1",
                  waiting.id, new_id())
    return await as_it_stands(waiting.id)


@pytest.mark.req("R17")
async def test_what_a_killed_worker_left_is_written_anew_and_what_it_brings_too_late_is_thrown_away(region: Region, clerk: Account) -> None:
    who = await the_actor(clerk, "desk")
    late = await killed(await ordered(region, who))
    assert await export_writing.work(clock.now) == 1
    done = await as_it_stands(late.id)
    made = await exports.KINDS["ask.cases"].write(region, who, exports.question_of(late), clock.now(), lambda done, total: None)
    await export_writing._finish(region, who, late, made, clock.now())
    assert (await as_it_stands(late.id)).file_id == done.file_id
    assert await File.of(region.code, subject="export").count() == 1


async def test_control_a_lease_that_still_runs_is_left_alone(region: Region, clerk: Account) -> None:
    held = await killed(await ordered(region, await the_actor(clerk, "desk")))
    await execute("UPDATE export SET lease_until = now() + interval '1 minute' WHERE id = $1", held.id)
    assert await export_writing.work(clock.now) == 0


@pytest.mark.req("R16")
async def test_an_order_that_cannot_be_written_is_given_up_in_words_and_holds_up_nobody(region: Region, clerk: Account) -> None:
    who = await the_actor(clerk, "desk")
    poison = await ordered(region, who)
    await execute("UPDATE export SET question_sealed = $2 WHERE id = $1", poison.id, bytes(64))
    other = await ordered(region, who)
    begun = clock.now()
    for attempt in range(export_writing.MOST_ATTEMPTS):
        with pytest.raises(CannotOpen):
            await export_writing.work(partial(_later, begun, attempt))
        await export_writing.work(partial(_later, begun, attempt))  # its turn comes a little later
    await export_writing.work(partial(_later, begun, export_writing.MOST_ATTEMPTS))
    given_up = await as_it_stands(poison.id)
    assert (given_up.state, given_up.attempts) == (ExportState.FAILED, export_writing.MOST_ATTEMPTS)
    assert "重新导出" in given_up.reason
    assert (await as_it_stands(other.id)).state is ExportState.DONE


def _later(begun: datetime, attempt: int) -> datetime:
    return begun + attempt * (export_writing.AGAIN_AFTER + timedelta(seconds=1))


async def test_the_row_says_how_far_it_is_while_it_is_written_and_the_lease_is_renewed(region: Region, clerk: Account) -> None:
    held = await killed(await ordered(region, await the_actor(clerk, "desk")))
    async with asyncio.timeout(SOON), export_writing._held(held, clock.now) as progress:
        progress(250, 5000)
        while (now := await as_it_stands(held.id)).done_rows != 250:  # noqa: ASYNC110  # a row tells nobody when it changes
            await asyncio.sleep(0.05)
    assert now.total_rows == 5000
    assert now.lease_until is not None and now.lease_until > clock.now()


async def test_nobody_orders_more_at_once_than_a_few_also_not_in_parallel(region: Region, clerk: Account) -> None:
    who = await the_actor(clerk, "desk")
    asked = await asyncio.gather(*(ordered(region, who) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(one, Export) for one in asked) == exports.MOST_OPEN
    assert {type(one) for one in asked} == {Export, TooManyExports}
    assert len(await rows("SELECT 1 FROM audit WHERE act = 'cases.export'")) == exports.MOST_OPEN
    await export_writing.work(clock.now)
    assert (await ordered(region, who)).state is ExportState.WAITING
