"""The case engine on a real database: who may do what, where it goes, by when, and what everybody is told."""

from datetime import timedelta
from uuid import uuid4

import pytest

from config import clock
from config.errors import Invalid, NotFound
from config.vocabulary import Action, NotificationKind
from models.case import Case, CaseState
from models.catalogue import Service, Slot
from models.notification import Notification
from services import bookings, cards, catalogue, regions, slots
from services.cases import engine, progress
from services.cases.engine import HandledMeanwhile, Request, TooManyOpen
from services.cases.progress import Stage
from services.cases.transitions import NotPossible, NotYours, possible
from services.notifications import read_params
from services.regions import Region
from tests import builders
from tests.builders import a_booking, a_card, a_city_staff, a_staff, a_talent, an_organisation, the_actor


async def clerk_of(case: Case):
    organisation = await builders.Organisation.find(case.region, case.handler_org)
    return await the_actor(await a_staff(organisation=organisation), "desk")


async def applicant_of(case: Case):
    return await the_actor(await builders.Account.find(case.region, case.applicant_id))


async def told(case: Case) -> list[NotificationKind]:
    return [one.kind for one in await Notification.of(case.region, subject_id=case.id).order_by("created_at", "id")]


@pytest.mark.req("WH-51")
@pytest.mark.req("WH-61")
@pytest.mark.req("WH-62")
@pytest.mark.req("WH-63")
async def test_a_booking_goes_from_the_window_to_its_end_and_every_turn_is_told(region: Region) -> None:
    case = await a_booking()
    assert (case.state, case.step, case.version) == (CaseState.HANDLING, "accept", 1)
    clerk = await clerk_of(case)
    for step in ("pre_review", "complete"):
        case = (await engine.act(region, clerk, case.id, Request(Action.APPROVE, case.version, "可以办理"), clock.now())).case
        assert case.step == step
    case = (await engine.act(region, clerk, case.id, Request(Action.COMPLETE, case.version, "已办好", choice="done"), clock.now())).case
    assert case.state is CaseState.COMPLETED and case.closed_at is not None and case.due_at is None
    assert await told(case) == [NotificationKind.CASE_SUBMITTED, NotificationKind.CASE_MOVED, NotificationKind.CASE_MOVED,
                                NotificationKind.CASE_COMPLETED]


@pytest.mark.req("WH-52")
async def test_progress_shows_done_current_and_coming_steps_with_their_opinions(region: Region) -> None:
    case = await a_booking(step="pre_review")
    events = await progress.history(region.code, case.id)
    views = progress.route(region.matter("booking"), case, events, "某窗口")
    assert [view.stage for view in views] == [Stage.DONE, Stage.CURRENT, Stage.TODO]
    assert views[0].opinion == "材料齐全" and views[0].actor == "李经办" and views[1].due_at == case.due_at
    assert [event.action for event in events] == [Action.SUBMIT, Action.APPROVE]


async def test_of_two_clerks_one_wins_and_the_other_reads_who_and_when(region: Region) -> None:
    case = await a_booking()
    first, second = await clerk_of(case), await clerk_of(case)
    await engine.act(region, first, case.id, Request(Action.APPROVE, case.version, "受理"), clock.now())
    with pytest.raises(HandledMeanwhile) as lost:
        await engine.act(region, second, case.id, Request(Action.RETURN, case.version, "材料不齐"), clock.now())
    assert first.name in lost.value.text and lost.value.context["action"] == "approve" and lost.value.context["version"] == 2


@pytest.mark.req("WH-61")
async def test_a_return_stops_the_clock_and_comes_back_to_the_same_window_with_the_time_that_was_left(region: Region) -> None:
    case = await a_booking()
    clerk = await clerk_of(case)
    request = Request(Action.RETURN, case.version, "请写明日期", marks={"need": "缺少日期"})
    returned = (await engine.act(region, clerk, case.id, request, case.created_at)).case
    assert returned.state is CaseState.RETURNED and returned.due_at is None and returned.due_left > 0
    assert progress.faults(await progress.history(region.code, case.id)) == {"need": "缺少日期"}
    later = case.created_at + timedelta(days=30)
    form = {**returned.data, "need": "请协助预约 12 月 1 日的专家门诊"}
    again = (await bookings.resubmit(region, await applicant_of(case), case.id, returned.version, form, later)).case
    assert again.state is CaseState.HANDLING and again.handler_org == case.handler_org and again.step == "accept"
    assert engine.deadlines.calendar_of(region.profile).between(later, again.due_at) == returned.due_left
    assert progress.faults(await progress.history(region.code, case.id)) == {}


async def test_a_resubmission_to_another_window_begins_the_route_there(region: Region) -> None:
    case = await a_booking(returned=True)
    other = await an_organisation(code="rongcheng_window")
    form = {**case.data, "district": other.district, "window": str(other.id)}
    again = (await bookings.resubmit(region, await applicant_of(case), case.id, case.version, form, clock.now())).case
    assert again.handler_org == other.id and again.step == "accept"


@pytest.mark.req("WH-61")
async def test_a_transfer_takes_the_case_to_another_organisation_and_out_of_the_first_ones_hands(region: Region) -> None:
    case = await a_booking()
    clerk, other = await clerk_of(case), await an_organisation(code="rongcheng_window")
    request = Request(Action.TRANSFER, case.version, "应由荣成窗口办理", organisation=other.id)
    with pytest.raises(Invalid):  # nobody works there yet
        await engine.act(region, clerk, case.id, request, clock.now())
    await a_staff(organisation=other)
    moved = (await engine.act(region, clerk, case.id, request, clock.now())).case
    assert moved.handler_org == other.id and set(moved.organisations) == {case.handler_org, other.id}
    with pytest.raises(NotYours):
        await engine.act(region, clerk, case.id, Request(Action.APPROVE, moved.version), clock.now())
    told_to_others = await Notification.of(region.code, subject_id=case.id, kind=NotificationKind.CASE_ARRIVED).first()
    assert NotificationKind.CASE_TRANSFERRED in await told(moved)
    assert told_to_others is None or read_params(told_to_others)["step"] == "受理"  # what they are to do, not what was done


@pytest.mark.parametrize("wrong", [{"opinion": ""}, {"opinion": "x" * 1001}, {"opinion": "好", "marks": {"nothing": "x"}}])
async def test_an_act_that_lacks_what_its_step_asks_for_changes_nothing(region: Region, wrong: dict) -> None:
    case = await a_booking()
    with pytest.raises(Invalid):
        await engine.act(region, await clerk_of(case), case.id, Request(Action.RETURN, case.version, **wrong), clock.now())
    assert (await Case.find(region.code, case.id)).version == 1


async def test_a_case_is_not_found_by_who_has_no_part_in_it(region: Region) -> None:
    case = await a_booking()
    stranger, other_clerk = await the_actor(await a_talent()), await the_actor(await a_staff(organisation="rongcheng_window"), "desk")
    for actor in (stranger, other_clerk):
        with pytest.raises(NotFound):
            await engine.act(region, actor, case.id, Request(Action.APPROVE, case.version), clock.now())


async def test_t23_an_applicant_never_decides_her_own_case_whatever_roles_she_has(region: Region) -> None:
    case = await a_booking()
    organisation = await builders.Organisation.find(case.region, case.handler_org)
    await builders.RoleGrant.create(region=region.code, id=builders.new_id(), account_id=case.applicant_id, organisation_id=organisation.id,
                                    role="clerk", granted_at=clock.now())
    both = await applicant_of(case)
    assert both.has_role(organisation.id, "clerk")
    with pytest.raises(NotYours):
        await engine.act(region, both, case.id, Request(Action.APPROVE, case.version), clock.now())
    assert {row.action for row, _ in possible(region, both, case)} == {Action.WITHDRAW, Action.SUPPLEMENT}


async def test_t23_nothing_outside_the_table_can_be_done_in_any_state_by_anybody(region: Region) -> None:
    """Exhaustive: every state × action × role; what is not in the table of the case is refused and leaves no trace."""
    made = [await a_booking(), await a_booking(step="complete"), await a_booking(returned=True), await a_booking(completed=True)]
    for case in made:
        actors = [await applicant_of(case), await clerk_of(case), await the_actor(await a_city_staff(), "desk")]
        for actor in actors:
            allowed = {row.action for row, _ in possible(region, actor, case)}
            for action in set(Action) - allowed - {Action.RELEASE, Action.SUBMIT}:
                with pytest.raises((NotPossible, NotYours)):
                    await engine.act(region, actor, case.id, Request(action, case.version, "试一试"), clock.now())
        assert (await Case.find(region.code, case.id)).version == case.version


@pytest.mark.req("WH-36")
async def test_suspending_a_card_holds_open_bookings_and_enabling_lets_them_go_on(region: Region) -> None:
    card = await a_card()
    holder = await builders.Account.find(region.code, card.holder_id)
    case, city = await a_booking(holder=holder), await the_actor(await a_city_staff(), "desk")
    await cards.suspend(region, city, card.id, card.version, "资格复核", clock.now())
    held = await Case.find(region.code, case.id)
    assert held.state is CaseState.HELD and held.due_at is None
    with pytest.raises(NotPossible):
        await engine.act(region, await clerk_of(case), case.id, Request(Action.APPROVE, held.version), clock.now())
    with pytest.raises(cards.CardRefused):
        await a_booking(holder=holder)
    await cards.enable(region, city, card.id, card.version + 1, "复核通过", clock.now())
    going = await Case.find(region.code, case.id)
    assert going.state is CaseState.HANDLING and going.due_at is not None


async def test_a_case_keeps_the_route_that_it_was_started_under(region: Region) -> None:
    case = await a_booking()
    booking = region.matter("booking")
    last = booking.route[2].model_copy(update={"handler": booking.route[1].handler})
    shorter = region.profile.model_copy(update={"matters": {"booking": booking.model_copy(update={"route": (booking.route[0], last)})}})
    fresh = await regions.load(shorter, clock.now())
    assert fresh.version > case.profile_version
    moved = (await engine.act(fresh, await clerk_of(case), case.id, Request(Action.APPROVE, case.version, "受理"), clock.now())).case
    assert moved.step == "pre_review"
    newer = await a_booking(step="complete")
    assert newer.profile_version == fresh.version and newer.version == 2


async def test_t22_a_person_has_no_more_open_cases_than_the_profile_allows(region: Region) -> None:
    holder = await builders.Account.find(region.code, (await a_card()).holder_id)
    cap = region.matter("booking").who.open_at_once.value
    for _ in range(cap):
        await a_booking(holder=holder)
    with pytest.raises(TooManyOpen):
        await a_booking(holder=holder)


async def test_a_withdrawn_booking_gives_its_place_back(region: Region) -> None:
    await slots.lay_out(region, clock.now())
    service = await Service.of(region.code, slot_minutes__not_isnull=True).first()
    window = (await catalogue.windows_for(region, service))[0]
    slot = (await slots.available(region.code, service.id, window.id, clock.now()))[0]
    holder = await the_actor(await builders.Account.find(region.code, (await a_card()).holder_id))
    form = {"need": "办理出入境证件", "district": region.profile.districts[0].code, "window": str(window.id), "slot": str(slot.id)}
    case = (await bookings.request(region, holder, service.id, form, clock.now())).case
    assert (await Slot.find(region.code, slot.id)).taken == 1
    with pytest.raises(Invalid):
        await bookings.request(region, holder, service.id, {**form, "slot": str(uuid4())}, clock.now())
    await bookings.withdraw(region, holder, case.id, case.version, "行程有变", clock.now())
    assert (await Slot.find(region.code, slot.id)).taken == 0
