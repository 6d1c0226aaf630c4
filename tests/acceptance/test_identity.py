"""The ID number that a dossier asks for is that of the person's account, and exists once in the whole system (BZ-02, GL-04)."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from config import clock
from config.errors import TooMany
from config.vocabulary import Action
from models.account import Account
from models.case import Case, CaseState
from models.organisation import Organisation
from services import applications, dossiers, identity, regions
from services.dossiers import Owner
from services.identity import NumberTaken
from services.masking import masked_id_number
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import desk, words
from tests.acceptance.phone import phone

MATTER = "person_registration"


@pytest.fixture
async def guilin(database: None) -> Region:
    return await regions.current("guilin")


async def a_newcomer(region: Region, name: str = "周漓", **basic: Any) -> Account:
    """Registered by her telephone number alone, with a dossier that lacks nothing."""
    account = await builders.a_talent(name=name, region=region.code)
    account.unit_id, account.provisional = (await office.a_unit(region)).id, True
    await account.save()
    await office.fill(region, Owner("talent", account_id=account.id), account, basic=basic)
    return account


async def submit(region: Region, who: Account) -> Case:
    return (await applications.submit(region, await builders.the_actor(who), MATTER, {}, clock.now())).case


async def write(region: Region, who: Account, values: Mapping[str, Any]) -> None:
    owner = Owner("talent", account_id=who.id)
    dossier = await dossiers.of(region, owner, clock.now())
    row = {**dossier.draft["basic"][0], **values}
    await dossiers.put_row(region, await builders.the_actor(who), owner, "basic", 0, row, dossier.version, clock.now())


async def number_of(account: Account) -> str | None:
    return (await Account.find(account.region, account.id)).id_number


@pytest.mark.req("BZ-02")
@pytest.mark.req("GL-07")
async def test_what_was_submitted_is_the_accounts_and_the_unit_reads_it_masked(client: httpx.AsyncClient, guilin: Region) -> None:
    number = office.an_id_number()
    her = await a_newcomer(guilin, id_number=number)
    assert await number_of(her) is None
    await submit(guilin, her)
    assert await number_of(her) == number
    unit = await Organisation.find(guilin.code, her.unit_id)
    page = await (await desk(client, await office.an_operator(guilin, unit))).get("people")
    assert masked_id_number(number) in page.text and number not in page.text and "女" in words(page)


@pytest.mark.req("BZ-02")
async def test_a_number_of_another_account_is_refused_with_the_way_to_its_field(client: httpx.AsyncClient, guilin: Region) -> None:
    number = office.an_id_number()
    first, second = await a_newcomer(guilin, "周漓", id_number=number), await a_newcomer(guilin, "秦江", id_number=number)
    await submit(guilin, first)
    mine = await phone(client, guilin, second)
    await mine.open(f"/apply/{MATTER}")
    await mine.send(f"/apply/{MATTER}", act="check")
    answer = await mine.send(f"/apply/{MATTER}/submit")
    assert answer.status_code == 400 and "这个证件号码已经登记在另一个个人账号下" in mine.text and "周漓" not in mine.text
    assert f"/{guilin.code}/me/dossier/basic#field-id_number" in mine.text
    assert not await Case.of(guilin.code, applicant_id=second.id).exists() and await number_of(second) is None
    await write(guilin, second, {"id_number": office.an_id_number()})
    assert (await submit(guilin, second)).state is CaseState.HANDLING


@pytest.mark.req("BZ-02")
async def test_a_number_that_was_wrong_and_returned_is_free_again_once_it_is_corrected(guilin: Region) -> None:
    wrong, right = office.an_id_number(), office.an_id_number()
    her = await a_newcomer(guilin, id_number=wrong)
    case = await builders.acted(await submit(guilin, her), Action.RETURN, "请核对证件号码", marks={"basic.id_number": "与证件不一致"})
    await write(guilin, her, {"id_number": right})
    await applications.resubmit(guilin, await builders.the_actor(her), case.id, case.version, {}, clock.now())
    assert await number_of(her) == right
    other = await a_newcomer(guilin, "秦江", id_number=wrong)
    await submit(guilin, other)
    assert await number_of(other) == wrong


@pytest.mark.req("BZ-02")
@pytest.mark.req("GL-08")
async def test_once_a_number_was_reviewed_another_is_hers_when_it_is_reviewed_too(database: None) -> None:
    region = await regions.current("dezhou")  # where the number may be changed after admission
    before, after = office.an_id_number(), office.an_id_number()
    her = await builders.a_talent(name="林知远", region=region.code)
    unit = await office.a_unit(region)
    her.unit_id = unit.id
    await her.save()
    owner = Owner("talent", account_id=her.id)
    await office.fill(region, owner, her, basic={"id_number": before})
    dossier = await dossiers.of(region, owner, clock.now())
    await dossiers.admit(region, dossier.id, await dossiers.freeze(region, dossier, "talent", clock.now()), clock.now())
    assert await number_of(her) == before
    await write(region, her, {"id_number": after})
    dossier = await dossiers.of(region, owner, clock.now())
    number = await dossiers.freeze(region, dossier, "talent", clock.now())
    assert await number_of(her) == before
    await dossiers.admit(region, dossier.id, number, clock.now())
    assert await number_of(her) == after


@pytest.mark.req("BZ-02")
async def test_who_took_the_number_meanwhile_keeps_it_and_the_reviewer_is_told(database: None) -> None:
    region = await regions.current("dezhou")
    wanted = office.an_id_number()
    her = await builders.a_talent(name="林知远", region=region.code)
    await Account.of(region.code, id=her.id).update(unit_id=(await office.a_unit(region)).id)
    owner = Owner("talent", account_id=her.id)
    await office.fill(region, owner, await Account.find(region.code, her.id))
    dossier = await dossiers.of(region, owner, clock.now())
    await dossiers.admit(region, dossier.id, await dossiers.freeze(region, dossier, "talent", clock.now()), clock.now())
    await write(region, her, {"id_number": wanted})
    number = await dossiers.freeze(region, await dossiers.of(region, owner, clock.now()), "talent", clock.now())
    other = await builders.a_talent(name="何人", region=region.code)
    await other.put_id_number(wanted).save()
    with pytest.raises(NumberTaken) as refused:
        await dossiers.admit(region, dossier.id, number, clock.now())
    assert list(refused.value.fields) == ["basic.id_number"]


@pytest.mark.req("BZ-02")
@pytest.mark.parametrize("code", ["weihai", "binzhou", "shandong"])
async def test_where_registration_asked_for_the_number_the_dossier_says_no_other(database: None, code: str) -> None:
    region = await regions.current(code)
    her = await office.a_person(region, await office.a_unit(region))
    owner, registered = Owner("talent", account_id=her.id), her.id_number
    await office.fill(region, owner, her, basic={"id_number": office.an_id_number()})
    with pytest.raises(NumberTaken) as refused:
        await dossiers.freeze(region, await dossiers.of(region, owner, clock.now()), "talent", clock.now())
    assert "与注册时登记的不一致" in refused.value.fields["basic.id_number"]
    await write(region, her, {"id_number": registered})
    await dossiers.freeze(region, await dossiers.of(region, owner, clock.now()), "talent", clock.now())
    assert await number_of(her) == registered


@pytest.mark.req("T11")
async def test_nobody_tries_numbers_by_submitting_them(guilin: Region) -> None:
    her = await builders.the_actor(await a_newcomer(guilin))
    with pytest.raises(TooMany):
        for _ in range(identity.SUBMISSIONS + 1):
            await identity.allow(guilin, her, ["basic"], clock.now())
    await identity.allow(guilin, her, ["education"], clock.now())
