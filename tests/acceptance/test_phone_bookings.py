"""在线申请 on the phone: from the need to the case, nothing lost on the way."""

from datetime import timedelta

import httpx
import pytest

from config import clock
from models.account import Account
from models.case import Case
from models.catalogue import Service, Slot
from models.organisation import Organisation
from services import slots
from services.regions import Region
from tests import builders
from tests.acceptance.phone import Phone, id_in, phone

NEED = "家人下周在市立医院住院，请协助安排单人病房。"


async def a_service(region: Region, *, with_slots: bool = False) -> Service:
    found = await Service.of(region.code, bookable=True, slot_minutes__isnull=not with_slots, levels=[]).order_by("code").first()
    assert found is not None
    return found


async def a_holder() -> Account:
    holder = await builders.a_talent()
    await builders.a_card(holder=holder)
    return holder


async def a_window(region: Region, service: Service) -> Organisation:
    code = next(iter(seed.windows for category in region.profile.content.catalogue for seed in category.services if seed.code == service.code))
    return await builders.an_organisation(code=None if code == "all" else code[0])


async def at_the_form(client: httpx.AsyncClient, region: Region, service: Service) -> tuple[Phone, dict[str, str]]:
    """A holder at the open form, and what fills it in rightly."""
    mine = await phone(client, region, await a_holder())
    window = await a_window(region, service)
    await mine.open(f"/services/{service.id}/request")
    return mine, {"need": NEED, "district": window.district or "", "window": str(window.id)}


@pytest.mark.req("WH-51")
async def test_a_need_a_district_and_its_window_become_a_case_after_a_summary(client: httpx.AsyncClient, region: Region) -> None:
    service = await a_service(region)
    mine, typed = await at_the_form(client, region, service)
    await mine.send("/request", act="check", **typed)
    window = await a_window(region, service)
    assert all(words in mine.text for words in (NEED, window.name, region.profile.district_name(typed["district"]), "提交预约"))
    assert not await Case.of(region.code).exists()
    await mine.send("/bookings")
    assert mine.at.startswith("/cases/") and "预约已提交" in mine.text and NEED in mine.text and f"tel:{window.phone}" in mine.text
    case = await Case.find(region.code, id_in(mine.at))
    assert case.data == typed and case.handler_org == window.id and case.number in mine.text


@pytest.mark.req("WH-51")
async def test_a_second_click_makes_no_second_booking(client: httpx.AsyncClient, region: Region) -> None:
    mine, typed = await at_the_form(client, region, await a_service(region))
    await mine.send("/request", act="check", **typed)
    first, second = await mine.post("/bookings"), await mine.post("/bookings")
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert await Case.of(region.code).count() == 1


@pytest.mark.req("WH-51")
async def test_a_form_that_fails_keeps_what_was_typed_beside_its_mistakes(client: httpx.AsyncClient, region: Region) -> None:
    mine, typed = await at_the_form(client, region, await a_service(region))
    answer = await mine.send("/request", act="check", need=NEED, district=typed["district"])
    assert answer.status_code == 400
    assert NEED in mine.text and 'href="#field-window"' in mine.text and "请选择服务窗口" in mine.text
    assert f'value="{typed["district"]}" selected' in mine.text


@pytest.mark.req("WH-51")
async def test_windows_follow_from_the_district_with_and_without_script(client: httpx.AsyncClient, region: Region) -> None:
    service = await a_service(region)
    mine, typed = await at_the_form(client, region, service)
    assert "先选区县" in mine.text
    await mine.send("/request", act="look", need=NEED, district=typed["district"])
    window = await a_window(region, service)
    assert window.name in mine.text and NEED in mine.text and "周一至周五" in mine.text
    token = mine.text.partition('name="csrf" value="')[2].partition('"')[0]
    part = await client.post(f"/{region.code}/services/{service.id}/request", data={"act": "look", "district": typed["district"]},
                             headers={"HX-Request": "true", "X-CSRF-Token": token})
    assert part.text.lstrip().startswith('<div id="places"') and window.name in part.text


@pytest.mark.req("WH-51")
async def test_a_district_without_a_window_of_its_own_is_offered_the_others(client: httpx.AsyncClient, region: Region) -> None:
    service = await a_service(region, with_slots=True)
    served = {(await builders.an_organisation(code=code)).district for category in region.profile.content.catalogue for seed in category.services
              if seed.code == service.code for code in seed.windows}
    lonely = next(district for district in region.profile.districts if district.code not in served)
    mine, _ = await at_the_form(client, region, service)
    await mine.send("/request", act="look", district=lonely.code)
    assert "没有单独的窗口" in mine.text and (await a_window(region, service)).name in mine.text


@pytest.mark.req("WH-51")
async def test_a_slot_that_was_just_taken_is_told_beside_it_and_nothing_is_lost(client: httpx.AsyncClient, region: Region) -> None:
    service = await a_service(region, with_slots=True)
    await slots.lay_out(region, clock.now())
    window = await a_window(region, service)
    slot = (await slots.available(region.code, service.id, window.id, clock.now() + timedelta(hours=1)))[0]
    mine, typed = await at_the_form(client, region, service)
    await mine.send("/request", act="look", **typed)
    assert str(slot.id) in mine.text
    await mine.send("/request", act="check", **typed, slot=str(slot.id))
    await Slot.filter(region=region.code, id=slot.id).update(taken=slot.capacity)
    answer = await mine.send("/bookings")
    assert answer.status_code == 409 and "约满" in mine.text and NEED in mine.text and "下一步：核对" in mine.text
    assert not await Case.of(region.code).exists()


@pytest.mark.req("WH-51")
async def test_the_summary_leads_back_to_the_form_as_it_was(client: httpx.AsyncClient, region: Region) -> None:
    mine, typed = await at_the_form(client, region, await a_service(region))
    await mine.send("/request", act="check", **typed)
    await mine.send("/request", act="edit")
    assert NEED in mine.text and f'value="{typed["window"]}" checked' in mine.text


@pytest.mark.req("WH-51")
async def test_without_an_active_card_nothing_can_be_requested(client: httpx.AsyncClient, region: Region) -> None:
    mine = await phone(client, region, await builders.a_talent())
    answer = await mine.open(f"/services/{(await a_service(region)).id}/request")
    assert answer.status_code == 403 and "您还没有人才卡" in mine.text


async def test_a_field_that_the_form_does_not_have_is_refused(client: httpx.AsyncClient, region: Region) -> None:
    mine, typed = await at_the_form(client, region, await a_service(region))
    assert (await mine.send("/request", act="check", **typed, handler_org="x")).status_code == 400
