"""Who comes first, decided by the database: one number one account, one person one open application, one draft one writer."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from config import clock
from config.errors import Refusal
from config.loading import read_profile
from config.vocabulary import Action
from models.account import Account, AccountKind
from models.audit import Audit
from models.case import Case
from models.database import connection, credentials, new_id, row
from models.organisation import Organisation
from services import applications, dossiers, joining, regions, registration
from services.actors import Actor
from services.codes import Sender
from services.dossiers import Owner
from services.regions import Region
from tests import builders, office
from tests.conftest import Servers, clean

YUNZE = Path(__file__).parents[1] / "regions" / "yunze"
TOGETHER, MANY = 12, 4
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def yunze(database: None) -> Region:
    return await regions.load(read_profile(YUNZE), clock.now())


async def verdicts(work: list[Awaitable[Any]]) -> Counter[str]:
    """How each of those who began together ended: won, or the code of its refusal."""
    done = await asyncio.wait_for(asyncio.gather(*work, return_exceptions=True), 50)
    return Counter(one.code if isinstance(one, Refusal) else type(one).__name__ if isinstance(one, BaseException) else "won" for one in done)


def a_unit(number: int) -> dict[str, Any]:
    """Units of different names, all with one telephone and one code."""
    return {"unit_name": f"云泽第{number}中学", "unit_code": "91350900MA0000000X", "name": "乔人事", "phone": "19900007900",
            "password": "Star-Lake-2026", "password_again": "Star-Lake-2026"}


async def at_once(servers: Servers, table: str, works: list[Awaitable[Any]]) -> Counter[str]:
    """All have asked whether the number is free before the first of them may commit: its row of ``table`` waits for a lock.

    Who waits is asked by a session of its own: within a transaction, such as the gate's, the server keeps showing the sessions that it showed first.
    """
    gate, watch = [await asyncpg.connect(**credentials(servers.database_url)) for _ in range(2)]
    await gate.execute(f"BEGIN; LOCK TABLE {table} IN SHARE MODE")
    work = asyncio.create_task(verdicts(works))
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(40):
        while await watch.fetchval(waiting) < MANY:  # noqa: ASYNC110  # the server tells nobody who waits
            await asyncio.sleep(0.02)
    await gate.close()
    await watch.close()
    return await work


async def register_at_once(region: Region, servers: Servers) -> Counter[str]:
    return await at_once(servers, "audit", [registration.register(region, "unit", a_unit(number), "3", Sender(f"192.0.2.{number}"), clock.now())
                                            for number in range(TOGETHER)])


@pytest.mark.req("BZ-02")
async def test_of_many_that_register_with_one_number_at_once_one_has_it(yunze: Region, servers: Servers) -> None:
    assert await register_at_once(yunze, servers) == {"won": 1, "already_registered": TOGETHER - 1}
    assert len(await Account.of(yunze.code)) == 1
    assert len(await Organisation.of(yunze.code, kind="unit")) == 1  # who lost has left no unit behind


@asynccontextmanager
async def without_the_indexes() -> AsyncIterator[None]:
    """The tables as somebody would make them who only asks first; put back, emptied, when the block ends."""
    await connection().execute_script("""
        DROP INDEX account_phone; DROP INDEX organisation_unit_code;
        ALTER TABLE account DROP CONSTRAINT account_region_login_name_key; ALTER TABLE organisation DROP CONSTRAINT organisation_region_code_key""")
    try:
        yield
    finally:
        await clean()
        await connection().execute_script("""
            CREATE UNIQUE INDEX account_phone ON account (region, phone_index) WHERE phone_index IS NOT NULL;
            CREATE UNIQUE INDEX organisation_unit_code ON organisation (region, unit_code) WHERE unit_code IS NOT NULL;
            ALTER TABLE account ADD CONSTRAINT account_region_login_name_key UNIQUE (region, login_name);
            ALTER TABLE organisation ADD CONSTRAINT organisation_region_code_key UNIQUE (region, code)""")


async def test_without_the_indexes_several_would_have_it(yunze: Region, servers: Servers) -> None:
    """The negative control: asking first is not enough."""
    async with without_the_indexes():
        assert (await register_at_once(yunze, servers))["won"] > 1


async def a_scholar(region: Region) -> Actor:
    unit = await Organisation.create(region=region.code, id=new_id(), code="u", name="云泽大学", kind="unit", contact="", phone="", address="",
                                     district="west")
    account = await Account.create(region=region.code, id=new_id(), kind=AccountKind.TALENT, name="陆星河", login_name="lu", unit_id=unit.id,
                                   created_at=clock.now())
    return Actor(region.code, account.id, account.name, account.kind, channel="phone")


async def test_of_two_windows_that_submit_at_once_one_case_comes(yunze: Region) -> None:
    scholar = await a_scholar(yunze)
    found = await verdicts([applications.submit(yunze, scholar, "welcome", {}, clock.now()) for _ in range(TOGETHER)])
    assert found == {"won": 1, "too_many_open": TOGETHER - 1}
    assert len(await Case.of(yunze.code, matter="welcome")) == 1


async def test_of_many_that_save_one_draft_at_once_each_but_one_is_told(yunze: Region) -> None:
    scholar = await a_scholar(yunze)
    owner = Owner("talent", account_id=scholar.account_id)
    await dossiers.of(yunze, owner, clock.now())
    found = await verdicts([dossiers.put_row(yunze, scholar, owner, "works", None, {"title": f"第{number}本"}, 1, clock.now())
                            for number in range(TOGETHER)])
    assert found == {"won": 1, "dossier_changed": TOGETHER - 1}
    assert len((await dossiers.of(yunze, owner, clock.now())).draft["works"]) == 1


async def test_a_dossier_that_is_opened_by_many_at_once_is_begun_once(yunze: Region) -> None:
    scholar = await a_scholar(yunze)
    owner = Owner("talent", account_id=scholar.account_id)
    found = await asyncio.gather(*(dossiers.of(yunze, owner, clock.now()) for _ in range(TOGETHER)))
    assert len({one.id for one in found}) == 1
    assert await row("SELECT 1 FROM dossier WHERE region = $1 HAVING count(*) = 1", yunze.code)


async def correct_at_once(region: Region, servers: Servers) -> Counter[str]:
    """Registrations that were returned, all corrected to one telephone number."""
    unit = await office.a_unit(region)
    assert region.profile.terms is not None
    works = []
    for number in range(TOGETHER):
        given = {"name": "周岚", "unit": str(unit.id), "id_number": office.an_id_number(), "phone": f"199000171{number:02d}",
                 "login_name": f"race{number:02d}", "password": "Star-Lake-2026", "password_again": "Star-Lake-2026"}
        made = await joining.join(region, "person", given, region.profile.terms.version, Sender("192.0.2.9"), "phone", clock.now())
        assert made.case is not None
        case, her = await builders.acted(made.case, Action.RETURN), await builders.the_actor(made.account)
        right = {"account.name": "周岚", "account.id_number": given["id_number"], "account.phone": "19900017999"}
        works.append(joining.resubmit(region, her, case.id, case.version, right, clock.now()))
    return await at_once(servers, "audit", works)


@pytest.mark.req("BZ-07")
@pytest.mark.req("BZ-02")
async def test_of_many_that_correct_to_one_number_at_once_one_has_it_and_the_others_stay_returned(database: None, servers: Servers) -> None:
    region = await regions.current("binzhou")
    assert await correct_at_once(region, servers) == {"won": 1, "already_registered": TOGETHER - 1}
    assert await Case.of(region.code, state="returned").count() == TOGETHER - 1
    assert await Audit.of(region.code, act="correct").count() == 1


@asynccontextmanager
async def without_index(name: str, column: str) -> AsyncIterator[None]:
    await connection().execute_script(f"DROP INDEX {name}")
    try:
        yield
    finally:
        await clean()
        await connection().execute_script(f"CREATE UNIQUE INDEX {name} ON account (region, {column}) WHERE {column} IS NOT NULL")


async def test_without_the_index_several_would_have_corrected_to_it(database: None, servers: Servers) -> None:
    """The negative control."""
    async with without_index("account_phone", "phone_index"):
        assert (await correct_at_once(await regions.current("binzhou"), servers))["won"] > 1


async def submit_one_number_at_once(region: Region, servers: Servers) -> Counter[str]:
    """Persons of a region that asks for the ID number in the dossier alone, all with the same one."""
    unit, number, works = await office.a_unit(region), office.an_id_number(), []
    for _ in range(TOGETHER):
        account = await builders.a_talent(region=region.code)
        account.unit_id, account.provisional = unit.id, True
        await account.save()
        await office.fill(region, Owner("talent", account_id=account.id), account, basic={"id_number": number})
        works.append(applications.submit(region, await builders.the_actor(account), "person_registration", {}, clock.now()))
    return await at_once(servers, "cases", works)


@pytest.mark.req("BZ-02")
@pytest.mark.req("GL-04")
async def test_of_many_that_submit_one_id_number_at_once_one_has_it(database: None, servers: Servers) -> None:
    region = await regions.current("guilin")
    assert await submit_one_number_at_once(region, servers) == {"won": 1, "id_number_taken": TOGETHER - 1}
    assert await Account.of(region.code, id_number_index__not_isnull=True).count() == 1
    assert await Case.of(region.code).count() == 1


async def test_without_the_index_several_would_have_submitted_it(database: None, servers: Servers) -> None:
    """The negative control."""
    async with without_index("account_id_number", "id_number_index"):
        assert (await submit_one_number_at_once(await regions.current("guilin"), servers))["won"] > 1
