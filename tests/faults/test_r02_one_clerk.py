"""R2: a request is accepted by one clerk; transfer and return never leave it with two owners, or with none."""

from collections import Counter

import pytest

from config import clock
from models.case import Case
from models.database import connection, rows
from services import checks
from services.regions import Region
from tests.builders import Organisation, a_booking, an_organisation

from .race import Crowd, cases_like, clerks, figure, luck, report, tally

#: The control is a matter of luck where two processes share one core: it has so many rounds to show what happens.
MOST_TRIES = 10

pytestmark = pytest.mark.timeout(180)


async def many_cases(region: Region, many: int) -> tuple[list[Case], Organisation]:
    """Cases that wait for their first act, and the window that has them."""
    first = await a_booking()
    ids = [first.id, *await cases_like(first, many - 1)]
    return await Case.of(region.code, id__in=ids), await Organisation.find(region.code, first.handler_org)


def act(region: Region, case: Case, token: str, action: str, **more: object) -> dict:
    return {"region": region.code, "case": str(case.id), "token": token, "seen": case.version, "action": action, **more}


def winners(answers: list[dict]) -> Counter[str]:
    return Counter(one["case"] for one in answers if "won" in one)


@pytest.mark.parametrize(("many", "at_once"), [(figure(200, 2_000), 2), (figure(50, 2_000), 20)])
async def test_r02_of_clerks_who_accept_at_once_one_wins_and_every_other_is_told(region: Region, crowd: Crowd, many: int, at_once: int) -> None:
    cases, window = await many_cases(region, many)
    tokens = await clerks(region, window, at_once)
    answers = await crowd.race("handle", [act(region, case, token, "approve") for case in cases for token in tokens])
    report(r02=many, clerks=at_once, **tally(answers, "won"))
    assert tally(answers, "won") == {"approve": many, "handled_meanwhile": many * (at_once - 1)}
    assert winners(answers) == {str(case.id): 1 for case in cases} and await checks.run(clock.now()) == []


async def test_r02_accept_return_and_transfer_at_once_leave_one_owner(region: Region, crowd: Crowd) -> None:
    cases, window = await many_cases(region, many := figure(100, 5_000))
    other = await an_organisation(code="rongcheng_window")
    await clerks(region, other, 1)
    first, second, third = await clerks(region, window, 3)
    wanted = [one for case in cases for one in (act(region, case, first, "approve"), act(region, case, second, "return"),
                                                act(region, case, third, "transfer", to=str(other.id)))]
    luck().shuffle(wanted)
    answers = await crowd.race("handle", wanted)
    report(mixed=many, **tally(answers, "won"))
    assert winners(answers) == {str(case.id): 1 for case in cases} and tally(answers, "won")["handled_meanwhile"] == 2 * many
    won = {one["case"]: one["won"] for one in answers if "won" in one}
    for case in await Case.of(region.code, id__in=[case.id for case in cases]):
        stands = {"approve": ("handling", "pre_review", window.id), "return": ("returned", "accept", window.id),
                  "transfer": ("handling", "accept", other.id)}[won[str(case.id)]]
        assert (case.state.value, case.step, case.handler_org) == stands and case.version == 2
    assert await checks.run(clock.now()) == []


async def test_r02_control_without_the_condition_of_the_update_two_clerks_win(region: Region, crowd: Crowd) -> None:
    cases, window = await many_cases(region, 200)
    await connection().execute_script("CREATE UNLOGGED TABLE cases_unguarded AS SELECT id, version FROM cases")
    try:
        tokens, twice = await clerks(region, window, 2), 0
        for _ in range(MOST_TRIES):
            await connection().execute_script("UPDATE cases_unguarded SET version = 1")
            answers = await crowd.race("handle_unguarded", [act(region, case, token, "approve") for case in cases for token in tokens])
            if twice := sum(count > 1 for count in winners(answers).values()):
                break
        report(control=twice)
        assert twice > 0
    finally:
        await connection().execute_script("DROP TABLE cases_unguarded")
    assert all(one["version"] == 1 for one in await rows("SELECT version FROM cases"))
