"""What a scan would find, told before it is made: it keeps nothing, and the scan then says the same."""

from datetime import timedelta
from uuid import uuid4

from config import clock
from config.keys import keys
from models.account import Account
from models.database import execute
from models.visit import Verdict, Visit
from qr import board_code
from services import visits
from services.regions import Region
from tests import builders

#: Open round the clock, so that the tests may run at any hour.
VENUE = "city_hospital_desk"


async def a_code(*, revoked: bool = False) -> str:
    board = await builders.a_board(await builders.a_venue(VENUE), revoked=revoked)
    return board_code.encode(board.region, board.serial, keys())


async def a_holder(*, suspended: bool = False, days_left: int = 900) -> Account:
    holder = await builders.a_talent()
    await builders.a_card(holder=holder, suspended=suspended, valid_until=clock.now().date() + timedelta(days=days_left))
    return holder


async def test_a_prospect_and_the_scan_after_it_agree(region: Region) -> None:
    code, old = await a_code(), await a_code(revoked=True)
    tried = [(await a_holder(), code), (await a_holder(suspended=True), code), (await a_holder(days_left=-2), code),
             (await builders.a_talent(), code), (await a_holder(), old), (await a_holder(), "1" + "0" * 24)]
    verdicts = []
    for who, wall in tried:
        actor = await builders.the_actor(who)
        foreseen = await visits.foresee(region, actor, wall, clock.now())
        assert not await Visit.of(region.code, holder_id=who.id).exists()
        assert foreseen.verdict is (await visits.admit(region, actor, wall, uuid4(), clock.now())).verdict
        verdicts.append(foreseen.verdict)
    assert verdicts == [Verdict.ADMITTED, Verdict.CARD_SUSPENDED, Verdict.CARD_EXPIRED, Verdict.NO_CARD, Verdict.BOARD_REVOKED,
                        Verdict.BOARD_UNKNOWN]


async def test_a_prospect_counts_what_is_left_and_knows_the_pass_just_given(region: Region) -> None:
    code, holder = await a_code(), await builders.a_talent()
    await builders.a_card(holder=holder, level=region.profile.card.levels[-1].code)
    actor = await builders.the_actor(holder)
    before = await visits.foresee(region, actor, code, clock.now())
    given = await visits.admit(region, actor, code, uuid4(), clock.now())
    after = await visits.foresee(region, actor, code, clock.now())
    assert before.recent is None and after.recent == given.visit_id
    assert before.left is not None and after.left == before.left - 1 == given.quota_left
    assert (await visits.foresee(region, actor, code, clock.now() + visits.RECENT + timedelta(minutes=1))).recent is None


async def test_a_used_up_quota_is_foreseen(region: Region) -> None:
    code, holder = await a_code(), await builders.a_talent()
    await builders.a_card(holder=holder, level=region.profile.card.levels[-1].code)
    actor = await builders.the_actor(holder)
    await visits.admit(region, actor, code, uuid4(), clock.now())
    await execute("UPDATE quota_use SET used = 1000 WHERE region = $1", region.code)
    found = await visits.foresee(region, actor, code, clock.now())
    assert (found.verdict, found.left) == (Verdict.QUOTA_USED_UP, 0)
