"""差评跟进: a bad rating begins a case of the office's own; deadline, supervision and history are the engine's."""

from datetime import timedelta

import pytest

from config import clock
from config.errors import NotFound
from config.vocabulary import Action, NotificationKind
from models.account import Account
from models.case import Case, CaseState
from models.database import new_id, row, rows
from models.notification import Notification
from models.organisation import Organisation
from models.venue import Venue
from models.visit import Rating
from services import checks, follow_ups, ratings, supervision, todo, visits
from services.cases import engine, own, sheet
from services.cases.engine import Request
from services.notifications import read_params
from services.regions import Region
from tests.builders import a_booking, a_card, a_city_staff, a_staff, an_organisation, the_actor
from tests.faults.test_r08_replayed_scans import an_open_venue

pytestmark = pytest.mark.req("WH-53")


async def a_bad_rating(region: Region, stars: int = 1) -> Rating:
    case = await a_booking(completed=True)
    holder = await the_actor(await Account.find(region.code, case.applicant_id))
    return await ratings.rate_case(region, holder, case.id, stars, "等了很久", clock.now())


async def begun_by(region: Region, rating: Rating) -> Case:
    assert rating.follow_up_id is not None
    return await Case.find(region.code, rating.follow_up_id)


@pytest.mark.parametrize(("stars", "begins"), [(1, True), (2, True), (3, False), (5, False)])
async def test_a_rating_at_or_below_the_profiles_stars_begins_a_follow_up_at_whoever_served(region: Region, stars: int, begins: bool) -> None:
    rating = await a_bad_rating(region, stars)
    assert (rating.follow_up_id is not None) is begins
    if begins:
        case, rated = await begun_by(region, rating), await Case.find(region.code, rating.case_id)
        matter = follow_ups.matter_of(region)
        assert matter is not None
        assert (case.matter, case.handler_org, case.handler_role) == (matter.code, rated.handler_org, matter.route[0].handler[0].role)
        assert case.due_at is not None and case.due_at > clock.now() + timedelta(days=4)
    assert await checks.run(clock.now()) == []


async def test_where_nobody_of_the_venue_works_here_the_city_follows_it_up(region: Region) -> None:
    holder = await the_actor(await Account.find(region.code, (await a_card()).holder_id))
    scan = await visits.admit(region, holder, await an_open_venue(region), new_id(), clock.now())
    rating = await ratings.rate_visit(region, holder, scan.visit_id, 2, "没有人接待", clock.now())
    case, matter = await begun_by(region, rating), follow_ups.matter_of(region)
    assert matter is not None and case.handler_role == matter.route[0].handler[-1].role
    assert case.data["handled_there"] is False and scan.venue in case.subject


async def test_who_served_reads_the_follow_up_that_somebody_else_answers(region: Region) -> None:
    holder = await the_actor(await Account.find(region.code, (await a_card()).holder_id))
    scan = await visits.admit(region, holder, await an_open_venue(region), new_id(), clock.now())
    case = await begun_by(region, await ratings.rate_visit(region, holder, scan.visit_id, 1, "没有人接待", clock.now()))
    venue = await Venue.find(region.code, scan.venue_id)
    served = await Organisation.find(region.code, venue.operator_id)
    assert served.id != case.handler_org
    her = await the_actor(await a_staff(organisation=served, role="leader"), "desk")
    found = await sheet.open_case(region, her, case.id, clock.now())
    assert found.rating is not None and found.buttons == []
    with pytest.raises(NotFound):
        await sheet.read(region, await the_actor(await a_staff(organisation="rongcheng_window"), "desk"), case.id, clock.now())


async def test_the_office_records_what_it_did_and_whoever_rated_reads_only_the_reply(region: Region) -> None:
    rating = await a_bad_rating(region)
    case = await begun_by(region, rating)
    clerk, holder = await the_actor(await a_clerk_of(region, case)), await the_actor(await Account.find(region.code, case.applicant_id))
    assert [waiting.id for waiting in await todo.waiting(region, clerk)] == [case.id]
    told = await engine.act(region, clerk, case.id, Request(Action.SUPPLEMENT, case.version, "给您添麻烦了，已改进。"), clock.now())
    await engine.act(region, clerk, case.id, Request(Action.COMPLETE, told.case.version, "当班人员已提醒。", "mended"), clock.now())
    found = await sheet.read(region, holder, rating.case_id, clock.now())
    assert found.followed_up is not None and not found.followed_up.under_way
    assert [reply.opinion for reply in found.followed_up.replies] == ["给您添麻烦了，已改进。"]
    with pytest.raises(NotFound):
        await sheet.read(region, holder, case.id, clock.now())
    assert case.id not in [line.id for line in await own.lines(region, holder)]
    heard = await Notification.of(region.code, account_id=holder.account_id, subject_id=case.id)
    assert [one.kind for one in heard] == [NotificationKind.RATING_ANSWERED]
    assert read_params(heard[0])["opinion"] == "给您添麻烦了，已改进"
    assert (await Case.find(region.code, case.id)).state is CaseState.COMPLETED


async def a_clerk_of(region: Region, case: Case) -> Account:
    found = await row("SELECT account_id FROM role_grant WHERE region = $1 AND organisation_id = $2 AND role = $3", region.code, case.handler_org,
                      case.handler_role)
    assert found is not None
    return await Account.find(region.code, found["account_id"])


@pytest.mark.req("WH-65")
async def test_a_late_follow_up_is_supervised_like_any_case_and_its_leader_is_told(region: Region) -> None:
    window = await an_organisation(code=None)
    leader = await a_staff(organisation=window, name="刘主任", role=region.profile.supervision.leader_role)
    case = await begun_by(region, await a_bad_rating(region))
    assert case.due_at is not None
    late = case.due_at + timedelta(days=10)
    await supervision.sweep(region, late)
    noted = await rows("SELECT account_id FROM reminder WHERE region = $1 AND case_id = $2 AND level = 3", region.code, case.id)
    assert leader.id in {one["account_id"] for one in noted}
    chief = await the_actor(await a_city_staff())
    assert case.id in [one.id for one in (await supervision.late(region, chief, late))[0]]


async def test_however_many_bad_ratings_none_is_refused(region: Region) -> None:
    holder = await the_actor(await Account.find(region.code, (await a_card()).holder_id))
    for _ in range(12):
        scan = await visits.admit(region, holder, await an_open_venue(region), new_id(), clock.now())
        await ratings.rate_visit(region, holder, scan.visit_id, 1, "", clock.now())
    assert len(await rows("SELECT 1 FROM rating WHERE follow_up_id IS NOT NULL")) == 12
