"""One click to the whole story of a person, and of a unit, within the scope of whoever looks (WH-33, WH-64, BZ-13, T40)."""

from datetime import timedelta

import httpx
import pytest

from config import clock
from config.errors import NotFound
from models.account import Account
from models.audit import Audit
from models.card import Card
from services import whole_story
from services.limits import UsedUp
from services.regions import Region
from services.whole_story import MOST_UNMASKED, Part
from tests import builders
from tests.acceptance.desk import desk, words
from tests.office import a_person, a_unit, an_operator

pytestmark = pytest.mark.req("WH-64")


async def a_holder(name: str = "欧阳密", phone: str = "19900004321") -> Account:
    holder = await builders.a_talent(name=name, phone=phone)
    await builders.a_card(holder=holder)
    return holder


async def parts(region: Region, who: Account, person: Account) -> set[Part]:
    story = await whole_story.of_person(region, await builders.the_actor(who, "desk"), person.id, clock.now())
    assert [one.at for one in story.entries] == sorted((one.at for one in story.entries), reverse=True)
    return {one.part for one in story.entries}


@pytest.mark.req("WH-33")
async def test_each_sees_as_much_of_a_person_as_she_may(region: Region) -> None:
    holder = await a_holder()
    case = await builders.a_booking(holder=holder)
    other = await builders.a_booking(holder=holder, window="wendeng_window")
    city, clerk, stranger = await builders.a_city_staff(), await builders.a_staff(), await builders.a_staff(organisation="rongcheng_window")
    assert await parts(region, city, holder) >= {Part.REGISTERED, Part.CASE, Part.MESSAGE}
    assert Part.VISIT not in await parts(region, clerk, holder)
    story = await whole_story.of_person(region, await builders.the_actor(clerk, "desk"), holder.id, clock.now())
    assert {one.link for one in story.entries if one.part is Part.CASE} == {f"cases/{case.id}/"}
    assert str(other.id) not in str(story.entries)
    with pytest.raises(NotFound):
        await parts(region, stranger, holder)
    with pytest.raises(NotFound):
        await parts(region, city, clerk)
    seen = await Audit.of(region.code, act="person.view", subject_id=holder.id)
    assert {line.actor_id for line in seen} == {city.id, clerk.id}


@pytest.mark.req("BZ-13")
async def test_a_unit_sees_its_own_people_and_not_those_of_another(client: httpx.AsyncClient, region: Region) -> None:
    unit, another = await a_unit(region), await a_unit(region, "海纳生物科技有限公司")
    hers, other = await a_person(region, unit, "周岚"), await a_person(region, another, "吴越")
    operator = await an_operator(region, unit)
    await builders.has_agreed(operator)
    await operator.save(update_fields=["terms_version", "terms_at"])
    mine = await desk(client, operator)
    page = await mine.get(f"units/{unit.id}")
    assert page.status_code == 200
    assert "周岚" in words(page)
    assert "周岚" in words(await mine.get(f"persons/{hers.id}"))
    assert (await mine.get(f"persons/{other.id}")).status_code == 404
    assert (await mine.get(f"units/{another.id}")).status_code == 404


@pytest.mark.req("T40")
async def test_t40_whole_numbers_are_shown_one_at_a_time_with_a_reason(client: httpx.AsyncClient, region: Region) -> None:
    holder = await a_holder()
    await builders.a_booking(holder=holder)
    city = await desk(client, await builders.a_city_staff())
    page = await city.get(f"persons/{holder.id}")
    assert "199****4321" in words(page)
    assert "19900004321" not in page.text
    silent = await city.post(f"persons/{holder.id}/numbers", keyed=False, reason="")
    assert silent.status_code == 400
    assert "19900004321" not in silent.text
    shown = await city.post(f"persons/{holder.id}/numbers", keyed=False, reason="核对社保缴纳记录")
    assert "19900004321" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    noted = await Audit.of(region.code, act="person.unmask").first()
    assert noted is not None
    assert (noted.subject_id, noted.told["reason"]) == (holder.id, "核对社保缴纳记录")
    assert "19900004321" not in str(noted.detail)
    client.cookies.clear()
    clerk = await desk(client, await builders.a_staff())
    assert "查看完整号码" not in words(await clerk.get(f"persons/{holder.id}"))
    assert (await clerk.post(f"persons/{holder.id}/numbers", keyed=False, reason="想看看")).status_code == 403


@pytest.mark.req("T40")
async def test_t40_the_twenty_first_look_within_an_hour_is_refused_and_seen_by_the_auditor(region: Region) -> None:
    holder, now = await a_holder(), clock.now()
    who = await builders.the_actor(await builders.a_city_staff(), "desk")
    for _ in range(MOST_UNMASKED):
        await whole_story.unmask(region, who, holder.id, "电话回访", now)
    with pytest.raises(UsedUp):
        await whole_story.unmask(region, who, holder.id, "电话回访", now + timedelta(minutes=59))
    assert await Audit.of(region.code, act="person.unmask_refused", actor_id=who.account_id).count() == 1
    assert (await whole_story.unmask(region, who, holder.id, "电话回访", now + timedelta(minutes=61))).phone == "19900004321"


@pytest.mark.req("WH-33")
async def test_a_case_and_a_card_lead_to_the_story_with_one_click(client: httpx.AsyncClient, region: Region) -> None:
    holder = await a_holder()
    case = await builders.a_booking(holder=holder)
    card = await Card.of(region.code, holder_id=holder.id).get()
    city = await desk(client, await builders.a_city_staff())
    here = f"/{region.code}/console/persons/{holder.id}"
    assert f'href="{here}"' in (await city.get(f"cases/{case.id}/")).text
    assert f'href="{here}"' in (await city.get(f"cards/{card.id}")).text
    assert f'href="{here}"' in (await city.get("query/ask/cases")).text
    assert "欧阳密" in words(await client.get(here))
