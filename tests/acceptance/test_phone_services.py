"""The catalogue and the directory of windows on the phone: for everybody, also without login."""

from datetime import UTC, date, datetime

import httpx
import pytest

from config.vocabulary import Permission
from models.catalogue import Service
from services import windows
from services.regions import Region
from tests import builders
from tests.acceptance.phone import phone


@pytest.mark.req("WH-50")
async def test_the_first_page_shows_every_category_with_its_services_to_anybody(client: httpx.AsyncClient, region: Region) -> None:
    mine = await phone(client, region)
    await mine.open("/")
    for category in region.profile.content.catalogue:
        assert category.name in mine.text
        assert all(service.name in mine.text for service in category.services)
    assert "扫码服务" in mine.text and "登录查看我的" in mine.text


@pytest.mark.req("WH-50")
async def test_a_category_narrows_the_catalogue_and_words_search_it(client: httpx.AsyncClient, region: Region) -> None:
    first, second, *_ = region.profile.content.catalogue
    mine = await phone(client, region)
    await mine.open("/", category=second.code)
    assert second.services[0].name in mine.text and first.services[0].name not in mine.text
    await mine.open("/", words=first.services[0].name)
    assert first.services[0].name in mine.text and second.services[0].name not in mine.text
    await mine.open("/", words="没有这种服务")
    assert "没有找到相关服务" in mine.text and region.phone in mine.text


@pytest.mark.req("WH-50")
async def test_several_words_must_all_stand_somewhere_in_any_order(client: httpx.AsyncClient, region: Region) -> None:
    one = next(service for category in region.profile.content.catalogue for service in category.services if service.materials)
    mine = await phone(client, region)
    for words in (f"{one.materials[0][:4]} {one.name}", f"{one.name}\u3000{one.summary[:4]}"):
        await mine.open("/", words=words)
        assert one.name in mine.text
    await mine.open("/", words=f"{one.name} 没有这种服务")
    assert "没有同时符合的服务" in mine.text and "少写一个词" in mine.text


@pytest.mark.req("WH-50")
async def test_search_as_one_types_brings_the_catalogue_alone(client: httpx.AsyncClient, region: Region) -> None:
    part = await client.get(f"/{region.code}/", params={"words": "门诊"}, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="catalogue"')


@pytest.mark.req("WH-50")
async def test_a_service_says_what_it_is_for_whom_with_what_how_long_and_where(client: httpx.AsyncClient, region: Region) -> None:
    seed = next(one for category in region.profile.content.catalogue for one in category.services if one.materials and one.takes and one.bookable)
    service = await Service.of(region.code, code=seed.code).first()
    assert service is not None
    mine = await phone(client, region)
    await mine.open(f"/services/{service.id}")
    assert all(words in mine.text for words in (seed.name, seed.summary, seed.takes, *seed.materials, "在线申请", "谁来办理"))
    assert seed.guide.splitlines()[0] in mine.text


@pytest.mark.req("WH-36")
async def test_a_suspended_card_is_told_on_the_service_and_offers_no_request(client: httpx.AsyncClient, region: Region) -> None:
    holder = await builders.a_talent()
    await builders.a_card(holder=holder, suspended=True)
    service = await Service.of(region.code, bookable=True).first()
    assert service is not None
    mine = await phone(client, region, holder)
    await mine.open(f"/services/{service.id}")
    assert "已停用" in mine.text and f"/services/{service.id}/request" not in mine.text and f"tel:{region.phone}" in mine.text
    assert (await mine.open(f"/services/{service.id}/request")).status_code == 403


async def test_a_request_is_offered_to_who_may_make_one_or_may_still_log_in_as_such(client: httpx.AsyncClient, region: Region) -> None:
    service = await Service.of(region.code, bookable=True).first()
    assert service is not None
    for who, offered in ((None, True), (await builders.a_staff(), False)):
        mine = await phone(client, region, who)
        await mine.open(f"/services/{service.id}")
        assert (f"/services/{service.id}/request" in mine.text) is offered


async def test_a_withdrawn_service_is_not_found(client: httpx.AsyncClient, region: Region) -> None:
    service = await Service.of(region.code).first()
    assert service is not None
    await Service.filter(region=region.code, id=service.id).update(state="withdrawn")
    mine = await phone(client, region)
    assert (await mine.open(f"/services/{service.id}")).status_code == 404


@pytest.mark.req("WH-54")
async def test_the_directory_names_contact_telephone_hours_address_and_map_of_every_window(client: httpx.AsyncClient, region: Region) -> None:
    mine = await phone(client, region)
    await mine.open("/windows")
    for seed in region.profile.content.organisations:
        if seed.kind == "window":
            assert all(words in mine.text for words in (seed.name, seed.contact, f"tel:{seed.phone}", seed.address))
    assert "周一至周五" in mine.text and "https://apis.map.qq.com/uri/v1/marker?" in mine.text


@pytest.mark.req("WH-54")
async def test_the_directory_narrows_to_a_district(client: httpx.AsyncClient, region: Region) -> None:
    mine = await phone(client, region)
    chosen, other = [seed for seed in region.profile.content.organisations if seed.kind == "window" and seed.district][-2:]
    await mine.open("/windows", district=str(chosen.district))
    assert chosen.name in mine.text and other.name not in mine.text




@pytest.mark.req("WH-54")
async def test_a_window_says_when_it_opens_next_and_which_days_it_is_closed(region: Region) -> None:
    window, friday = await builders.an_organisation(), datetime(2026, 11, 27, 12, 0, tzinfo=UTC)  # eight in the evening there
    city = await builders.the_actor(await builders.a_city_staff())
    for day in (date(2026, 11, 30), date(2026, 12, 4)):
        await windows.close_on(region, city, {"organisation_id": window.id}, day, "盘点", Permission.MANAGE_WINDOWS, friday)
    found = next(one for one in await windows.directory(region, friday) if one.organisation.id == window.id)
    assert not found.open_now and [one.day for one in found.closed] == [date(2026, 11, 30), date(2026, 12, 4)]
    opens = found.opens_next.astimezone(region.profile.tz)
    assert opens.date() == date(2026, 12, 1)  # not on the weekend, and not on the day of stocktaking
    there = next(one for one in await windows.directory(region, opens) if one.organisation.id == window.id)
    assert there.open_now and there.opens_next is None


@pytest.mark.req("WH-54")
async def test_a_window_is_sought_by_its_words_and_found_on_the_maps_that_people_have(client: httpx.AsyncClient, region: Region) -> None:
    mine, seed = await phone(client, region), next(one for one in region.profile.content.organisations if one.kind == "window")
    await mine.open("/windows", words=seed.name)
    assert seed.name in mine.text and mine.text.count('class="panel window"') == 1
    assert f"https://uri.amap.com/marker?position={seed.position[1]}%2C{seed.position[0]}" in mine.text.replace("&amp;", "&")
    await mine.open("/windows", words="没有这个窗口")
    assert "没有找到这样的窗口" in mine.text
