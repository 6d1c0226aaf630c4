"""撤销操作: a mistaken act is taken back within a minute, by whoever did it, where nobody has built on it; whoever it concerns never heard of it."""

from datetime import timedelta

import pytest

from config import clock
from config.errors import NotFound
from config.vocabulary import Action, NotificationKind
from models.case import Case, CaseState
from models.database import execute, row, rows
from models.notification import Delivery, Notification
from services import notifications, ratings
from services.cases import engine, progress, undoing
from services.cases.engine import HandledMeanwhile, Request
from services.cases.progress import Stage
from services.cases.undoing import NothingToUndo
from services.figures import counting
from services.regions import Region
from tests import builders
from tests.builders import a_booking, a_staff, an_organisation, the_actor

#: What an undone case has again, whatever happened in between.
PLACE = ("state", "step", "handler_org", "handler_role", "claimed_by", "step_at", "due_at", "due_left", "slot_id", "organisations", "closed_at",
         "remind_plan")


def place_of(case: Case) -> tuple:
    return tuple(getattr(case, name) for name in PLACE)


async def clerk_of(case: Case):
    return await the_actor(await a_staff(organisation=await builders.Organisation.find(case.region, case.handler_org)), "desk")


async def applicant_of(case: Case):
    return await the_actor(await builders.Account.find(case.region, case.applicant_id))


async def done(region: Region, actor, case: Case, action: Action, now=None, **more) -> Case:
    return (await engine.act(region, actor, case.id, Request(action, case.version, "写错了", **more), now or clock.now())).case


async def of_kind(case: Case, kind: NotificationKind) -> Notification:
    found = await Notification.of(case.region, subject_id=case.id, kind=kind).order_by("-created_at").first()
    assert found is not None
    return found


@pytest.mark.parametrize("action", [Action.APPROVE, Action.RETURN, Action.TRANSFER, Action.COMPLETE])
async def test_an_undone_act_leads_the_case_back_as_a_new_version_and_history_keeps_both(region: Region, action: Action) -> None:
    case = await a_booking(step="complete" if action is Action.COMPLETE else "accept")
    case, clerk = await Case.find(region.code, case.id), await clerk_of(case)
    other = await an_organisation(code="rongcheng_window")
    await a_staff(organisation=other)
    more = {"choice": "done"} if action is Action.COMPLETE else {"organisation": other.id} if action is Action.TRANSFER else {}
    mistaken = await done(region, clerk, case, action, **more)
    assert place_of(mistaken) != place_of(case)
    after = await done(region, clerk, mistaken, Action.UNDO)
    assert place_of(after) == place_of(case) and after.version == case.version + 2
    history = await progress.history(region.code, case.id)
    assert [(event.action, event.undone) for event in history[-2:]] == [(action, True), (Action.UNDO, False)]
    assert progress.faults(history) == {}
    route = progress.route(region.matter("booking"), after, history, "")
    assert [view.stage for view in route] == [Stage.DONE] * (len(route) - 1) + [Stage.CURRENT] if action is Action.COMPLETE else \
        [view.stage for view in route] == [Stage.CURRENT, Stage.TODO, Stage.TODO]


async def test_what_an_undone_act_would_have_told_is_never_sent_nor_shown(region: Region) -> None:
    case, now = await a_booking(), clock.now()
    clerk, applicant = await clerk_of(case), await applicant_of(case)
    returned = await done(region, clerk, case, Action.RETURN, now)
    waiting = await of_kind(case, NotificationKind.CASE_RETURNED)
    assert waiting.state is Delivery.PENDING and waiting.next_at == now + timedelta(seconds=region.profile.undo_seconds)
    assert NotificationKind.CASE_RETURNED in [told.kind for told in await notifications.inbox(region, applicant)]
    await done(region, clerk, returned, Action.UNDO, now + timedelta(seconds=30))
    assert (await of_kind(case, NotificationKind.CASE_RETURNED)).state is Delivery.DROPPED
    assert NotificationKind.CASE_RETURNED not in [told.kind for told in await notifications.inbox(region, applicant)]


async def test_an_act_is_for_good_after_a_minute(region: Region) -> None:
    case, now = await a_booking(), clock.now()
    clerk = await clerk_of(case)
    approved = await done(region, clerk, case, Action.APPROVE, now)
    offered = await undoing.offer(region, clerk, case.id, now + timedelta(seconds=2))
    assert offered is not None and (offered.seen, offered.seconds, offered.done) == (approved.version, 58, "已受理")
    late = now + timedelta(seconds=region.profile.undo_seconds)
    assert await undoing.offer(region, clerk, case.id, late) is None
    with pytest.raises(NothingToUndo):
        await done(region, clerk, approved, Action.UNDO, late)


async def test_what_is_on_its_way_already_is_not_undone(region: Region) -> None:
    case = await a_booking()
    clerk = await clerk_of(case)
    returned = await done(region, clerk, case, Action.RETURN)
    await execute("UPDATE notification SET state = 'accepted' WHERE subject_id = $1 AND kind = 'case_returned'", case.id)
    with pytest.raises(NothingToUndo):
        await done(region, clerk, returned, Action.UNDO)
    assert (await Case.find(region.code, case.id)).state is CaseState.RETURNED


async def test_nobody_else_undoes_it(region: Region) -> None:
    case = await a_booking()
    clerk, colleague = await clerk_of(case), await clerk_of(case)
    approved = await done(region, clerk, case, Action.APPROVE)
    stranger = await the_actor(await a_staff(organisation="rongcheng_window"), "desk")
    for actor, refusal in ((colleague, NothingToUndo), (await applicant_of(case), NothingToUndo), (stranger, NotFound)):
        with pytest.raises(refusal):
            await done(region, actor, approved, Action.UNDO)


async def test_once_somebody_went_on_it_is_not_undone_and_says_who(region: Region) -> None:
    case = await a_booking()
    clerk, colleague = await clerk_of(case), await clerk_of(case)
    approved = await done(region, clerk, case, Action.APPROVE)
    await done(region, colleague, approved, Action.CLAIM)
    with pytest.raises(HandledMeanwhile):
        await done(region, clerk, approved, Action.UNDO)
    with pytest.raises(NothingToUndo):
        await done(region, clerk, await Case.find(region.code, case.id), Action.UNDO)


async def test_an_undoing_is_not_undone(region: Region) -> None:
    case = await a_booking()
    clerk = await clerk_of(case)
    back = await done(region, clerk, await done(region, clerk, case, Action.APPROVE), Action.UNDO)
    with pytest.raises(NothingToUndo):
        await done(region, clerk, back, Action.UNDO)
    assert (await done(region, clerk, back, Action.APPROVE)).step == "pre_review"


async def test_acts_that_leave_the_case_where_it_is_keep_no_place(region: Region) -> None:
    case = await a_booking()
    clerk = await clerk_of(case)
    claimed = await done(region, clerk, case, Action.CLAIM)
    assert await undoing.offer(region, clerk, case.id, clock.now()) is None
    with pytest.raises(NothingToUndo):
        await done(region, clerk, claimed, Action.UNDO)


async def test_who_lost_her_role_within_the_minute_undoes_nothing(region: Region) -> None:
    case = await a_booking()
    account = await a_staff(organisation=await builders.Organisation.find(case.region, case.handler_org))
    clerk = await the_actor(account, "desk")
    approved = await done(region, clerk, case, Action.APPROVE)
    await execute("UPDATE role_grant SET ended_at = now() WHERE account_id = $1", account.id)
    with pytest.raises((NothingToUndo, NotFound)):
        await done(region, await the_actor(account, "desk"), approved, Action.UNDO)


async def test_a_transfer_undone_takes_the_case_out_of_the_other_organisations_sight(region: Region) -> None:
    case = await a_booking()
    clerk, other = await clerk_of(case), await an_organisation(code="rongcheng_window")
    there = await the_actor(await a_staff(organisation=other), "desk")
    moved = await done(region, clerk, case, Action.TRANSFER, organisation=other.id)
    back = await done(region, clerk, moved, Action.UNDO)
    with pytest.raises(NotFound):
        await engine.act(region, there, case.id, Request(Action.CLAIM, back.version), clock.now())


async def test_a_completed_case_that_was_rated_stays_completed(region: Region) -> None:
    case = await a_booking(step="complete")
    clerk = await clerk_of(case)
    completed = await done(region, clerk, case, Action.COMPLETE, choice="done")
    await ratings.rate_case(region, await applicant_of(case), case.id, 5, "很好", clock.now())
    with pytest.raises(NothingToUndo):
        await done(region, clerk, completed, Action.UNDO)


async def test_what_was_taken_back_counts_in_no_figure(region: Region) -> None:
    case, now = await a_booking(step="complete"), clock.now()
    clerk = await clerk_of(case)
    today = now.astimezone(region.profile.tz).date()

    async def ended() -> int:
        await counting.count(region, today, today, now + timedelta(minutes=1))
        found = await row("SELECT coalesce(sum(count), 0)::int AS ended FROM figure WHERE region = $1 AND kind = 'ended' AND day = $2",
                          region.code, today)
        return found["ended"]

    before = await ended()
    completed = await done(region, clerk, case, Action.COMPLETE, now, choice="done")
    assert await ended() == before + 1
    await done(region, clerk, completed, Action.UNDO, now + timedelta(seconds=1))
    assert await ended() == before


async def test_a_place_is_cleared_away_when_it_is_over(region: Region) -> None:
    case, now = await a_booking(), clock.now()
    await done(region, await clerk_of(case), case, Action.APPROVE, now)
    await undoing.sweep(now + timedelta(minutes=30))
    assert await rows("SELECT 1 FROM case_undo WHERE case_id = $1", case.id)
    await undoing.sweep(now + timedelta(hours=2))
    assert not await rows("SELECT 1 FROM case_undo WHERE case_id = $1", case.id)
