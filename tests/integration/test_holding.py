"""Who holds a card is offered what fits: nothing before it is time, then its renewal; and who is in charge of a title that nobody declared."""

from datetime import date, timedelta

import httpx
import pytest

from config import clock
from models.card import Card, CardState
from models.case import Case
from models.organisation import Organisation
from services import applications, regions, submitted
from services.applications import NotYet
from services.cases import progress
from services.regions import Region
from tests import builders, office
from tests.acceptance.phone import phone


@pytest.fixture
async def shandong(database: None) -> Region:
    return await regions.current("shandong")


def days(region: Region, ahead: int) -> date:
    return clock.now().astimezone(region.profile.tz).date() + timedelta(days=ahead)


async def a_holder(region: Region, ahead: int, state: CardState = CardState.ACTIVE) -> tuple[applications.Offer, object]:
    person = await office.a_person(region, await office.a_unit(region))
    card = await builders.a_card(holder=person, valid_until=days(region, ahead))
    await Card.of(region.code, id=card.id).update(state=state)
    offers = await applications.offered(region, await builders.the_actor(person), clock.now())
    return next(offer for offer in offers if offer.matter.code == "card"), person


@pytest.mark.req("WH-35")
@pytest.mark.parametrize(("ahead", "renews"), [(61, False), (60, True), (0, True), (-400, True)])
async def test_a_card_is_applied_for_again_when_it_is_time(shandong: Region, ahead: int, renews: bool) -> None:
    offer, _ = await a_holder(shandong, ahead)
    assert (offer.holding.renews, offer.holding.not_yet == "") == (renews, renews)


@pytest.mark.req("WH-35")
async def test_before_that_one_is_told_when_and_why_and_nothing_is_begun(client: httpx.AsyncClient, shandong: Region) -> None:
    offer, person = await a_holder(shandong, 400)
    opens = days(shandong, 340)
    assert f"{opens.year} 年 {opens.month} 月 {opens.day} 日起可以申请续期" in offer.holding.not_yet and shandong.phone in offer.holding.not_yet
    mine = await phone(client, shandong, person)
    await mine.open("/apply/card")
    assert "现在不需要申领" in mine.text and "可以申请续期" in mine.text and "提交申报" not in mine.text
    with pytest.raises(NotYet, match="不需要再次申领"):
        await office.submitted(shandong, person, "card")
    assert await Case.of(shandong.code, applicant_id=person.id).count() == 0


@pytest.mark.req("WH-35")
async def test_whose_card_is_suspended_does_not_apply_for_another(shandong: Region) -> None:
    offer, _ = await a_holder(shandong, 10, CardState.SUSPENDED)
    assert "已停用" in offer.holding.not_yet


@pytest.mark.req("WH-25")
async def test_a_title_that_nobody_is_in_charge_of_goes_where_the_profile_says_and_she_sees_why(region: Region) -> None:
    unit = await office.a_unit(region)
    person = await office.a_person(region, unit)
    form = {"unit": str(unit.id)}
    actor = await builders.the_actor(person)
    await office.fill(region, office.Owner("talent", account_id=person.id), person,
                      basic={"unit_name": unit.name, "city_direct": "yes"}, honours={"title": "某行业协会年度人物"})
    await applications.save_form(region, actor, "talent_pool", form, 0, clock.now())
    ahead = await applications.foresee_route(region, actor, await applications.desk(region, actor, "talent_pool", clock.now()))
    assert ahead[-1].organisation == "威海市人力资源和社会保障局" and "“某行业协会年度人物”没有对应的主管部门" in ahead[-1].why
    case = (await applications.submit(region, actor, "talent_pool", form, clock.now())).case
    case = await builders.acted(case, builders.Action.APPROVE)
    assert (await Organisation.find(region.code, case.handler_org)).code == "weihai_hrss"
    said = await submitted.of_case(region, case, await progress.history(region.code, case.id))
    assert said.why == "“某行业协会年度人物”没有对应的主管部门，由本机构办理"
