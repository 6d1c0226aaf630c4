"""What people write lies sealed: forms of cases, opinions and marks, words of ratings. Rows from before are read, and sealed when asked."""

from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from config import clock
from config.keys import CannotOpen
from config.vocabulary import Action, Permission
from models.account import Account
from models.card import Card
from models.case import Case, read_said
from models.database import execute, json_text, rows, transaction
from models.visit import Rating
from services import audit, card_lists, cards, checks, ratings
from services.actors import Actor
from services.asking import answers
from services.asking.questions import Question, Simple
from services.card_lists import Wanted
from services.cases import engine, progress
from services.regions import Region
from services.sealing import seal_rest
from tests import builders
from tests.conftest import Servers
from tests.security.canaries import database_dump

NEED, OPINION, MARK, WORDS = "请协助预约金丝雀专科门诊", "金丝雀意见：缺少科室", "金丝雀批注", "金丝雀很满意"


async def a_returned_and_a_rated(region: Region) -> tuple[Case, Case]:
    """One case with a form, an opinion and a mark of its own; another that was completed and rated."""
    staff = await builders.a_staff()
    case = await builders.a_booking(need=NEED)
    clerk = await builders.the_actor(staff)
    await engine.act(region, clerk, case.id, engine.Request(Action.RETURN, case.version, OPINION, marks={"need": MARK}), clock.now())
    finished = await builders.a_booking(completed=True)
    holder = await builders.the_actor(await Account.find(region.code, finished.applicant_id))
    await ratings.rate_case(region, holder, finished.id, 5, WORDS, clock.now())
    return await Case.find(region.code, case.id), finished


async def read(region: Region, case: Case, finished: Case) -> tuple[str, str, dict[str, str], str]:
    """All of it, as the product reads it."""
    case = await Case.find(region.code, case.id)
    last = (await progress.history(region.code, case.id))[-1]
    rating = await ratings.of_case(region, finished.id)
    assert rating is not None
    return case.data["need"], last.opinion, last.marks, rating.words


AS_WRITTEN = (NEED, OPINION, {"need": MARK}, WORDS)


@pytest.mark.req("T36")
async def test_what_people_write_is_read_as_written_and_stands_nowhere_in_the_open(region: Region, servers: Servers) -> None:
    case, finished = await a_returned_and_a_rated(region)
    assert await read(region, case, finished) == AS_WRITTEN
    dump = await database_dump(servers.database_url)
    assert [words for words in (NEED, OPINION, MARK, WORDS) if words.encode() in dump] == []
    assert await checks.run(clock.now()) == []


def of_district(district: str) -> Question:
    return Question("cases", (Simple("district", "is", (district,)),))


@pytest.mark.req("WH-64")
async def test_a_query_finds_a_case_by_its_district_and_shows_the_words_of_its_rating(region: Region) -> None:
    case, finished = await a_returned_and_a_rated(region)
    city = await builders.the_actor(await builders.a_city_staff())
    assert city.may(Permission.QUERY_REGION, region.profile)
    district = case.data["district"]
    found = await answers.ask(region, city, of_district(district), clock.now())
    assert {one.id for one in found.found} == {one.id for one in await Case.of(region.code) if one.data["district"] == district}
    rated = Question("cases", (Simple("stars", "is", ("5",)),), ("number", "words"))
    assert WORDS in {one.cells[1].text for one in (await answers.ask(region, city, rated, clock.now())).found}
    elsewhere = next(one.code for one in region.profile.districts if one.code not in (district, finished.data["district"]))
    assert (await answers.ask(region, city, of_district(elsewhere), clock.now())).found == []
    assert finished.facts == {"district": finished.data["district"]}


async def test_a_form_that_was_moved_to_another_case_does_not_open(region: Region) -> None:
    case, finished = await a_returned_and_a_rated(region)
    await execute("UPDATE cases SET data_sealed = (SELECT data_sealed FROM cases WHERE id = $2) WHERE id = $1", case.id, finished.id)
    await execute("UPDATE rating SET words_sealed = (SELECT data_sealed FROM cases WHERE id = $1)", case.id)
    with pytest.raises(CannotOpen):
        _ = (await Case.find(region.code, case.id)).data
    with pytest.raises(CannotOpen):
        _ = (await Rating.of(region.code).get()).words
    assert {finding.where.partition(" ")[0] for finding in await checks.run(clock.now())} == {"cases", "rating"}


async def as_before(case: Case) -> None:
    """The case and all that is said, as in a database that was filled before the words were sealed; the guard of the history is off meanwhile."""
    events = [(one["case_id"], one["seq"], *read_said(one)) for one in await rows("SELECT * FROM case_event WHERE said_sealed IS NOT NULL")]
    async with transaction() as past:
        await past.execute_script("SET LOCAL session_replication_role = replica")
        for one in await Case.all():
            await execute("UPDATE cases SET data_sealed = NULL, facts = NULL, data = $2::jsonb WHERE id = $1", one.id, json_text(one.data))
        for id, seq, opinion, marks in events:
            await execute("UPDATE case_event SET said_sealed = NULL, opinion = $3, detail = detail || $4::jsonb WHERE case_id = $1 AND seq = $2",
                          id, seq, opinion, json_text({"marks": marks} if marks else {}))
        for rating in await Rating.all():
            await execute("UPDATE rating SET words_sealed = NULL, words = $2 WHERE id = $1", rating.id, rating.words)
    assert (await Case.find(case.region, case.id)).data_sealed is None


async def sealed_now() -> dict[str, int]:
    return {table: count async for table, count in seal_rest()}


@pytest.mark.req("R23")
async def test_rows_from_before_are_read_and_sealed_once(region: Region, servers: Servers) -> None:
    case, finished = await a_returned_and_a_rated(region)
    assert await sealed_now() == {}
    await as_before(case)
    assert await read(region, case, finished) == AS_WRITTEN
    assert NEED.encode() in await database_dump(servers.database_url)
    city = await builders.the_actor(await builders.a_city_staff())
    asked = of_district(case.data["district"])
    before = {one.id for one in (await answers.ask(region, city, asked, clock.now())).found}
    assert await sealed_now() == {"cases": 2, "case_event": 4, "rating": 1}
    assert await sealed_now() == {}
    assert await read(region, case, finished) == AS_WRITTEN
    dump = await database_dump(servers.database_url)
    assert [words for words in (NEED, OPINION, MARK, WORDS) if words.encode() in dump] == []
    assert case.id in before == {one.id for one in (await answers.ask(region, city, asked, clock.now())).found}
    assert await checks.run(clock.now()) == []


REASON = "金丝雀原因：本人来电要求"


@pytest.mark.req("T36", "R23")
async def test_why_staff_did_something_stands_nowhere_in_the_open_and_is_sealed_where_it_did(region: Region, servers: Servers) -> None:
    city = await builders.the_actor(await builders.a_city_staff(), "desk")
    card = await builders.a_card()
    await cards.suspend(region, city, card.id, card.version, REASON, clock.now())
    assert await reasons(region, city, card.id) == [REASON] * 4
    assert REASON.encode() not in await database_dump(servers.database_url)
    async with transaction() as past:
        await past.execute_script("SET LOCAL session_replication_role = replica")
        await execute("UPDATE card SET reason_sealed = NULL, state_reason = $1", REASON)
        await execute("UPDATE card_event SET reason_sealed = NULL, reason = $1", REASON)
        await execute("UPDATE audit SET reason_sealed = NULL, detail = detail || jsonb_build_object('reason', $1::text) WHERE act = 'card.suspend'",
                      REASON)
    assert await reasons(region, city, card.id) == [REASON] * 4
    assert await sealed_now() == {"card": 1, "card_event": 1, "audit": 1}
    assert await reasons(region, city, card.id) == [REASON] * 4
    assert REASON.encode() not in await database_dump(servers.database_url)
    assert await checks.run(clock.now()) == []
    with pytest.raises(IntegrityError):
        await execute("UPDATE audit SET reason_sealed = 'x', actor_name = 'x'")


async def reasons(region: Region, city: Actor, card: UUID) -> list[str]:
    """As the card's row, its page, the list and the audit say it."""
    listed, _ = await card_lists.search(region, city, Wanted(), clock.now())
    (line,) = await audit.search(region, city, audit.Wanted(act="card.suspend"))
    sheet = await card_lists.open_card(region, city, card, clock.now())
    return [(await Card.find(region.code, card)).state_reason, sheet.story[-1].reason, listed[0].state_reason, line.told["reason"]]


async def test_an_answer_to_a_case_from_before_leaves_nothing_in_the_open(region: Region, servers: Servers) -> None:
    case, _ = await a_returned_and_a_rated(region)
    await as_before(case)
    mine = await builders.the_actor(await Account.find(region.code, case.applicant_id))
    answer = {**case.data, "need": NEED + "，下周一上午"}
    case = (await engine.act(region, mine, case.id, engine.Request(Action.RESUBMIT, case.version, form=answer), clock.now())).case
    assert (case.data, case.plain, case.facts) == (answer, {}, {"district": answer["district"]})
    assert (await Case.find(region.code, case.id)).data["need"] == answer["need"]


@pytest.mark.parametrize("change", ["opinion = 'x'", "said_sealed = 'x'", "said_sealed = 'x', opinion = '', actor_name = 'x'",
                                    "said_sealed = 'x', opinion = '', detail = '{}'", "said_sealed = NULL"])
async def test_sealing_is_the_one_change_that_a_history_lets_happen(region: Region, change: str) -> None:
    case, _ = await a_returned_and_a_rated(region)
    if "NULL" not in change:
        await as_before(case)
    with pytest.raises(IntegrityError):
        await execute(f"UPDATE case_event SET {change} WHERE case_id = $1 AND seq = 2", case.id)
