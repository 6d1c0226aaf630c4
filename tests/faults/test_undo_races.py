"""An undone act never crosses what somebody builds on it: of undo and the next act, of two undos, of undo and rating, one happens."""

from collections import Counter

import pytest

from config import clock
from models.case import Case
from models.database import connection, rows
from services import checks
from services.regions import Region
from tests.builders import Organisation, a_booking

from .race import Crowd, cases_like, clerks, figure, log_in, luck, report, tally

pytestmark = pytest.mark.timeout(180)


def act(region: Region, case: Case, token: str, action: str, **more: object) -> dict:
    return {"region": region.code, "case": str(case.id), "token": token, "seen": case.version, "action": action, **more}


async def just_done(region: Region, crowd: Crowd, many: int, *, action: str = "approve", step: str = "accept") -> tuple[list[Case], str, str]:
    """So many cases on which the first clerk has just acted, as they stand now; her token, and a colleague's."""
    first = await a_booking(step=step)
    first = await Case.find(region.code, first.id)
    ids = [first.id, *await cases_like(first, many - 1)]
    her, colleague = await clerks(region, await Organisation.find(region.code, first.handler_org), 2)
    more = {"choice": "done"} if action == "complete" else {}
    done = await crowd.race("handle", [act(region, case, her, action, **more) for case in await Case.of(region.code, id__in=ids)])
    assert tally(done, "won") == {action: many}
    return await Case.of(region.code, id__in=ids), her, colleague


def winners(answers: list[dict]) -> Counter[str]:
    return Counter(one["case"] for one in answers if "won" in one)


async def test_of_undo_and_the_next_act_one_happens_and_the_other_is_told(region: Region, crowd: Crowd) -> None:
    cases, her, colleague = await just_done(region, crowd, many := figure(100, 2_000))
    wanted = [one for case in cases for one in (act(region, case, her, "undo"), act(region, case, colleague, "approve"))]
    luck().shuffle(wanted)
    answers = await crowd.race("handle", wanted)
    report(undo_or_act=many, **tally(answers, "won"))
    assert winners(answers) == {str(case.id): 1 for case in cases}
    won = {one["case"]: one["won"] for one in answers if "won" in one}
    for case in await Case.of(region.code, id__in=[case.id for case in cases]):
        assert (case.step, case.version) == ({"undo": "accept", "approve": "complete"}[won[str(case.id)]], 3)
    assert await checks.run(clock.now()) == []


async def test_of_two_undos_one_happens(region: Region, crowd: Crowd) -> None:
    cases, her, _ = await just_done(region, crowd, many := figure(100, 2_000))
    answers = await crowd.race("handle", [act(region, case, her, "undo") for case in cases for _ in range(2)])
    report(undo_twice=many, **tally(answers, "won"))
    assert winners(answers) == {str(case.id): 1 for case in cases}
    assert {case.version for case in await Case.of(region.code, id__in=[case.id for case in cases])} == {3}
    assert await checks.run(clock.now()) == []


#: Rated, but not completed any more: what must never be.
_ADRIFT = "SELECT r.case_id FROM rating r JOIN cases c ON (c.region, c.id) = (r.region, r.case_id) WHERE c.state <> 'completed'"


async def race_of_rating(region: Region, crowd: Crowd, many: int, rate: str) -> tuple[dict[str, int], int]:
    cases, her, _ = await just_done(region, crowd, many, action="complete", step="complete")
    (applicant,) = await log_in(region, [cases[0].applicant_id])
    jobs = [one for case in cases for one in (act(region, case, her, "undo"), act(region, case, applicant, rate))]
    luck().shuffle(jobs)
    answers = await crowd.race("undo_or_rate", jobs)
    return dict(tally(answers, "won")), len(await rows(_ADRIFT))


async def test_a_case_is_undone_or_rated_and_never_both(region: Region, crowd: Crowd) -> None:
    told, adrift = await race_of_rating(region, crowd, many := figure(100, 2_000), "rate")
    report(undo_or_rate=many, adrift=adrift, **told)
    assert adrift == 0 and told.get("undo", 0) + told.get("rate", 0) == many


async def test_control_where_rating_holds_nothing_some_are_both(region: Region, crowd: Crowd) -> None:
    told, adrift = await race_of_rating(region, crowd, 200, "rate_unguarded")
    report(control=adrift, **told)
    assert adrift > 0
    await connection().execute_query("DELETE FROM rating")
