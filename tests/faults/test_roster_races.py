"""Rosters at the same moment: two lists of one case, a list that is made or stamped while a member moves, a submission twice."""

import asyncio
import contextvars
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import pytest

from config import clock
from config.errors import Refusal
from config.vocabulary import Action
from models.case import Case, CaseState
from models.database import execute, new_id, row, transaction
from models.file import File
from models.organisation import Organisation
from models.roster import Roster, RosterState
from services import checks, rosters
from services.actors import Actor
from services.cases import effects, engine
from services.regions import Region
from tests.builders import the_actor
from tests.gathering import MATTER, STEP, a_bureau, a_reviewer, ids, waiting_cases

pytestmark = pytest.mark.timeout(180)
ROUNDS = 12
BROKEN = "who stands on a roster waits at its step"


@pytest.fixture
async def bureau(region: Region) -> Organisation:
    return await a_bureau(region)


@pytest.fixture
async def clerk(bureau: Organisation) -> Actor:
    return await the_actor(await a_reviewer(bureau), "desk")


async def together(*acts: Coroutine[Any, Any, Any]) -> list[str]:
    """All at once, each on a connection of its own; what became of each in a word."""
    done = await asyncio.gather(*acts, return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException) and not isinstance(one, Refusal):
            raise one
    return [one.code if isinstance(one, Refusal) else "done" for one in done]


async def a_file(region: Region, roster: Roster, owner: Actor) -> File:
    id = new_id()
    return await File.create(region=region.code, id=id, owner_id=owner.account_id, subject="roster", subject_id=roster.id, field="scan",
                             name="名单.pdf", media_type="application/pdf", size=1, digest=id.bytes, key=f"race/{id}", made_at=clock.now())


def returned(region: Region, clerk: Actor, case: Case) -> Coroutine[Any, Any, Any]:
    return engine.act(region, clerk, case.id, engine.Request(Action.RETURN, case.version, "材料不清楚"), clock.now())


def made(region: Region, clerk: Actor, cases: list[Case]) -> Coroutine[Any, Any, Any]:
    return rosters.make(region, clerk, MATTER, STEP, ids(cases), clock.now())


async def test_of_lists_that_are_made_of_one_case_at_once_one_has_it(region: Region, bureau: Organisation, clerk: Actor) -> None:
    cases = await waiting_cases(region, bureau, 6)
    done = await together(*(made(region, clerk, [cases[0], cases[number % 5 + 1]]) for number in range(8)))
    assert Counter(done) == {"done": 1, "already_listed": 7}
    assert [one.number[-4:] for one in await Roster.of(region.code)] == ["0001"]  # refused ones used no number up
    assert await checks.run(clock.now()) == []


async def test_a_member_that_moves_while_its_list_is_made_is_never_on_it(region: Region, bureau: Organisation, clerk: Actor) -> None:
    for _ in range(ROUNDS):
        cases = await waiting_cases(region, bureau, 2)
        await together(made(region, clerk, cases), returned(region, clerk, cases[0]))
        assert await checks.run(clock.now()) == []


async def test_a_member_that_moves_while_its_list_is_stamped_leaves_no_stamped_list(region: Region, bureau: Organisation, clerk: Actor) -> None:
    for _ in range(ROUNDS):
        cases = await waiting_cases(region, bureau, 2)
        roster = await made(region, clerk, cases)
        file = await a_file(region, roster, clerk)
        await together(rosters.stamp(region, clerk, roster.id, roster.version, file.id, "scan", clock.now()), returned(region, clerk, cases[0]))
        assert (await Roster.find(region.code, roster.id)).state is RosterState.VOID
        assert (await Case.find(region.code, cases[0].id)).state is CaseState.RETURNED
        assert await checks.run(clock.now()) == []


async def test_of_two_stamps_at_once_one_stands(region: Region, bureau: Organisation, clerk: Actor) -> None:
    roster = await made(region, clerk, await waiting_cases(region, bureau, 1))
    scans = [await a_file(region, roster, clerk) for _ in range(4)]
    done = await together(*(rosters.stamp(region, clerk, roster.id, roster.version, file.id, "scan", clock.now()) for file in scans))
    assert Counter(done) == {"done": 1, "roster_changed": 3}
    kept = await File.of(region.code, subject_id=roster.id, removed_at=None)
    assert [file.id for file in kept] == [(await Roster.find(region.code, roster.id)).file_id]


async def test_a_list_that_is_submitted_twice_and_loses_a_member_at_once_goes_on_whole_or_not_at_all(region: Region, bureau: Organisation,
                                                                                                     clerk: Actor) -> None:
    for _ in range(ROUNDS):
        cases = await waiting_cases(region, bureau, 3)
        roster = await made(region, clerk, cases)
        roster = await rosters.stamp(region, clerk, roster.id, roster.version, (await a_file(region, roster, clerk)).id, "scan", clock.now())
        twice = [rosters.submit(region, clerk, roster.id, roster.version, clock.now()) for _ in range(2)]
        done = await together(*twice, returned(region, clerk, cases[1]))
        after = [await Case.find(region.code, case.id) for case in cases]
        went = {case.step != STEP for case in after}
        assert went == {(await Roster.find(region.code, roster.id)).state is RosterState.SUBMITTED}, done
        assert done[:2].count("done") <= 1
        assert await checks.run(clock.now()) == []


async def test_control_lists_that_are_looked_for_before_the_case_is_locked_keep_who_moved(region: Region, bureau: Organisation, clerk: Actor) -> None:
    """So that the races above would have found it: the act looks for lists first and takes the case afterwards, and a list is made in between."""
    case, = await waiting_cases(region, bureau, 1)
    async with transaction():
        await execute(effects._VOID, region.code, case.id, "looked too early")
        await asyncio.create_task(_elsewhere(made(region, clerk, [case])))
        await execute("UPDATE cases SET state = 'returned', due_at = NULL, due_left = 60 WHERE region = $1 AND id = $2", region.code, case.id)
    assert BROKEN in {one.invariant for one in await checks.run(clock.now())}


async def _elsewhere(act: Coroutine[Any, Any, Any]) -> None:
    """On a connection of its own, and not inside the transaction that is open here."""
    await asyncio.get_running_loop().create_task(act, context=contextvars.Context())


async def test_control_two_that_read_first_both_stamp(region: Region, bureau: Organisation, clerk: Actor) -> None:
    roster = await made(region, clerk, await waiting_cases(region, bureau, 1))

    async def unguarded() -> str:
        found = await row("SELECT state FROM roster WHERE region = $1 AND id = $2", region.code, roster.id)
        await asyncio.sleep(0.05)
        assert found is not None
        if found["state"] != "open":
            return "roster_changed"
        file = await a_file(region, roster, clerk)
        await execute("UPDATE roster SET state = 'stamped', file_id = $3 WHERE region = $1 AND id = $2", region.code, roster.id, file.id)
        return "done"

    assert Counter(await asyncio.gather(unguarded(), unguarded()))["done"] == 2


async def test_eight_people_of_one_office_gather_at_once_and_numbers_have_no_gaps(region: Region, bureau: Organisation, clerk: Actor) -> None:
    cases = await waiting_cases(region, bureau, 8)
    people = [await the_actor(await a_reviewer(bureau, f"审核{number}"), "desk") for number in range(8)]
    await together(*(made(region, who, [case]) for who, case in zip(people, cases, strict=True)))
    assert sorted(one.number[-4:] for one in await Roster.of(region.code)) == [f"{number:04d}" for number in range(1, 9)]
