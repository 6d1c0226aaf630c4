"""请假代办: who stands in sees and handles what waits for the one who is away, from day to day, and nothing else of hers."""

from datetime import timedelta

import pytest

from config import clock
from config.errors import Invalid, NotFound, NotPermitted
from config.vocabulary import Action, Permission
from models.case import Case
from models.database import row
from models.organisation import Organisation
from services import deputies, live, regions, sessions, todo
from services.cases import engine, progress, telling
from services.cases.engine import Request
from services.cases.scope import may_see
from services.cases.transitions import NotYours, possible
from services.regions import Region
from tests import builders, office
from tests.acceptance.test_desk_review import bound_in_shandong
from tests.builders import a_booking, a_staff, an_organisation, the_actor


def today(region: Region):
    return clock.now().astimezone(region.profile.tz).date()


async def a_pair(case: Case):
    """Who handles the case, and a colleague of another role above her office."""
    window = await Organisation.find(case.region, case.handler_org)
    her = await a_staff(organisation=window, name="张三")
    colleague = await a_staff(organisation=await Organisation.find(case.region, window.parent_id) if window.parent_id else window,
                              role="district_staff" if window.parent_id else "clerk", name="李四")
    return her, colleague


async def stands_in(region: Region, her, colleague, days: int = 3, begins: int = 0) -> None:
    first = today(region) + timedelta(days=begins)
    await deputies.name(region, await the_actor(her, "desk"), her.id, colleague.id, first, first + timedelta(days=days), clock.now())


async def test_a_deputy_sees_and_handles_what_waits_for_her_colleague_and_history_says_for_whom(region: Region) -> None:
    case = await a_booking()
    her, colleague = await a_pair(case)
    assert not (await the_actor(colleague, "desk")).has_role(case.handler_org, case.handler_role)
    with pytest.raises((NotFound, NotYours)):
        await engine.act(region, await the_actor(colleague, "desk"), case.id, Request(Action.APPROVE, case.version), clock.now())
    await stands_in(region, her, colleague)
    deputy = await the_actor(colleague, "desk")
    assert case.id in [one.id for one in await todo.waiting(region, deputy)] and (await todo.counts(region, deputy, clock.now())).all == 1
    assert await live.may_watch(f"org:{case.handler_org}", deputy, region) and not await live.may_watch(f"mail:{case.handler_org}", deputy, region)
    done = await engine.act(region, deputy, case.id, Request(Action.APPROVE, case.version, "代为受理"), clock.now())
    last = (await progress.history(region.code, case.id))[-1]
    office_of_hers = await Organisation.find(region.code, case.handler_org)
    assert (last.actor, last.organisation) == ("李四（代 张三）", office_of_hers.name)
    back = await engine.act(region, deputy, case.id, Request(Action.UNDO, done.case.version), clock.now())
    assert back.case.step == "accept"


async def test_it_begins_on_its_day_and_ends_by_itself(region: Region) -> None:
    case = await a_booking()
    her, colleague = await a_pair(case)
    await stands_in(region, her, colleague, days=1, begins=2)
    assert (await the_actor(colleague, "desk")).standing_in == ()
    for days, hers in ((0, False), (2, True), (3, True), (4, False)):
        moment = clock.now() + timedelta(days=days)
        session = await builders.a_session(colleague, "desk", moment)
        resolved = await sessions.resolve(sessions.hash_token(session), region.code, moment)
        assert (deputies.names(resolved) == ["张三"]) is hers, days


async def test_nothing_but_her_cases_goes_with_it(region: Region) -> None:
    chief = await a_staff(organisation=await an_organisation("city_bureau"), role=region.profile.supervision.watch_role, name="于科长")
    clerk = await a_staff(organisation=await an_organisation("city_bureau"), role="clerk", name="王经办")
    await stands_in(region, chief, clerk)
    deputy = await the_actor(clerk, "desk")
    assert deputies.names(deputy) == ["于科长"] and not deputy.may(Permission.SUPERVISE, region.profile)
    assert not deputy.may(Permission.QUERY_REGION, region.profile)


async def test_nobody_stands_in_for_a_deputy_at_her_colleagues_cases(region: Region) -> None:
    case = await a_booking()
    her, colleague = await a_pair(case)
    third = await a_staff(organisation=await Organisation.find(region.code, (await the_actor(colleague, "desk")).organisations[0]), name="孙五")
    await stands_in(region, her, colleague)
    await stands_in(region, colleague, third)
    assert deputies.names(await the_actor(third, "desk")) == ["李四"]


async def test_a_deputy_does_not_decide_on_her_own_case_nor_on_that_of_whom_she_stands_in_for(region: Region) -> None:
    case = await a_booking()
    window = await Organisation.find(region.code, case.handler_org)
    her, colleague = await a_staff(organisation=window, name="张三"), await a_staff(organisation=window, role="district_staff", name="李四")
    await stands_in(region, her, colleague)
    deputy = await the_actor(colleague, "desk")
    for owner in (her, colleague):
        await Case.filter(id=case.id).update(applicant_id=owner.id)
        with pytest.raises((NotYours, NotFound)):
            await engine.act(region, deputy, case.id, Request(Action.APPROVE, case.version), clock.now())


async def test_her_deputy_is_told_of_new_cases_in_her_place(region: Region) -> None:
    other = await an_organisation(code="rongcheng_window")
    there, aide = await a_staff(organisation=other, name="接办"), await a_staff(organisation=other, role="district_staff", name="代办")
    await stands_in(region, there, aide)
    asked = "SELECT " + telling.who("$2::uuid", "$2::uuid", "'clerk'", "$3::timestamptz")
    heard = await row(asked, region.code, other.id, clock.now())
    assert heard is not None
    assert heard["handlers"] == [aide.id]


@pytest.mark.parametrize(("first", "last", "field"), [(-1, 2, "first"), (2, 1, "last"), (0, 400, "last")])
async def test_days_that_make_no_sense_are_refused(region: Region, first: int, last: int, field: str) -> None:
    window = await an_organisation()
    her, colleague = await a_staff(organisation=window), await a_staff(organisation=window)
    with pytest.raises(Invalid) as refused:
        await deputies.name(region, await the_actor(her, "desk"), her.id, colleague.id, today(region) + timedelta(days=first),
                            today(region) + timedelta(days=last), clock.now())
    assert list(refused.value.fields) == [field]


async def test_two_deputies_at_once_are_refused_and_an_ended_one_makes_room(region: Region) -> None:
    window = await an_organisation()
    her, one, other = [await a_staff(organisation=window, name=name) for name in ("张三", "李四", "孙五")]
    actor = await the_actor(her, "desk")
    await stands_in(region, her, one)
    with pytest.raises(Invalid):
        await stands_in(region, her, other)
    (standing,) = await deputies.of_account(region, her.id, clock.now())
    await deputies.end(region, actor, standing.id, clock.now())
    assert (await the_actor(one, "desk")).standing_in == ()
    await stands_in(region, her, other)
    with pytest.raises(NotFound):
        await deputies.end(region, actor, standing.id, clock.now())


async def test_who_may_name_whom(region: Region) -> None:
    window, elsewhere = await an_organisation(), await an_organisation(code="rongcheng_window")
    her, stranger = await a_staff(organisation=window), await a_staff(organisation=elsewhere)
    colleague, day = await a_staff(organisation=window), today(region)
    with pytest.raises(Invalid):
        await deputies.name(region, await the_actor(her, "desk"), her.id, stranger.id, day, day, clock.now())
    with pytest.raises(NotPermitted):
        await deputies.name(region, await the_actor(colleague, "desk"), her.id, colleague.id, day, day, clock.now())
    keeper = next(role for role, one in region.profile.roles.items() if Permission.MANAGE_ACCOUNTS in one.can)
    administrator = await the_actor(await a_staff(organisation=await an_organisation("city_bureau"), role=keeper), "desk")
    await deputies.name(region, administrator, her.id, colleague.id, day, day, clock.now())
    assert deputies.names(await the_actor(colleague, "desk")) == [her.name]


@pytest.mark.req("SD-05")
async def test_what_is_bound_to_a_specialist_who_is_away_is_her_deputys(database: None) -> None:
    region = await regions.current("shandong")
    unit, _, specialist, case = await bound_in_shandong(region)
    aide = await office.a_clerk(region, unit, "specialist", "代专员")
    before = await the_actor(aide, "desk")
    assert await todo.waiting(region, before) == [] and not may_see(region, before, case)
    await stands_in(region, specialist, aide)
    deputy = await the_actor(aide, "desk")
    assert [one.id for one in await todo.waiting(region, deputy)] == [case.id] and may_see(region, deputy, case)
    assert Action.APPROVE in {offered.action for offered, _ in possible(region, deputy, case)}
