"""The to-do list of a clerk on her two-hundredth case: filters that she named, the next case by one key, and no mouse at all."""

import re

import httpx
import pytest
from playwright.async_api import Browser, expect

from models.case import Case
from services.regions import Region
from tests import builders
from tests.acceptance.desk import desk, words
from tests.acceptance.test_desk_browser import open_desk


async def test_a_filter_that_was_named_is_there_the_next_time_and_for_nobody_else(client: httpx.AsyncClient, database: None, region: Region) -> None:
    await builders.a_booking()
    clerk = await builders.a_staff()
    at = await desk(client, clerk)
    assert "存为常用筛选" not in words(await at.get("todo"))
    kept = await at.post("todo/saved?due=late&after=nonsense", name="先办超时的")
    assert kept.status_code == 303 and "after" not in kept.headers["location"]
    page = await at.get("todo")
    assert "先办超时的" in words(page) and "todo?due=late" in page.text
    id = re.search(r'name="id" value="([0-9a-f-]{36})"', page.text)[1]
    colleague = await desk(client, await builders.a_staff())
    assert "先办超时的" not in words(await colleague.get("todo"))
    assert (await colleague.post("todo/saved/remove", id=id)).status_code == 404
    again = await desk(client, clerk)
    await again.post("todo/saved/remove", id=id)
    assert "先办超时的" not in words(await again.get("todo"))


async def test_a_filter_without_name_or_conditions_is_refused_beside_its_field(client: httpx.AsyncClient, database: None, region: Region) -> None:
    at = await desk(client, await builders.a_staff())
    for path, name, sentence in (("todo/saved?due=late", "", "请起一个"), ("todo/saved", "全部", "请先选择或查找")):
        refused = await at.post(path, name=name)
        assert refused.status_code == 400 and sentence in words(refused)


async def test_a_filter_that_was_shared_is_her_organisations_and_hers_to_delete(client: httpx.AsyncClient, database: None, region: Region) -> None:
    await builders.a_booking()
    at = await desk(client, await builders.a_staff(name="陈静"))
    await at.post("todo/saved?due=today", name="今天到期的", share="yes")
    page = await at.get("todo")
    assert "今天到期的已共享" in words(page)
    id = re.search(r'name="id" value="([0-9a-f-]{36})"', page.text)[1]
    colleague = await desk(client, await builders.a_staff())
    seen = await colleague.get("todo")
    assert "今天到期的陈静 共享" in words(seen) and id not in seen.text
    assert (await colleague.post("todo/saved/remove", id=id)).status_code == 404
    elsewhere = await desk(client, await builders.a_staff(organisation="rongcheng_window"))
    assert "今天到期的" not in words(await elsewhere.get("todo"))


async def test_a_search_stays_within_the_list_that_is_open(client: httpx.AsyncClient, database: None, region: Region) -> None:
    accepted, fresh = await builders.a_booking(step="pre_review"), await builders.a_booking()
    at = await desk(client, await builders.a_staff())
    both = await at.get("todo", words=fresh.subject)
    assert accepted.number in both.text and fresh.number in both.text
    narrowed = await at.get("todo", words=fresh.subject, matter="booking", step="pre_review")
    assert accepted.number in narrowed.text and fresh.number not in narrowed.text
    assert fresh.number not in (await at.get("todo", words=fresh.subject, due="late")).text


async def test_a_return_of_several_without_a_reason_keeps_what_was_ticked(client: httpx.AsyncClient, database: None, region: Region) -> None:
    case, other = await builders.a_booking(), await builders.a_booking()
    at = await desk(client, await builders.a_staff())
    refused = await at.post("todo?matter=booking&step=accept", id=f"{case.id}.{case.version}", act="return")
    assert refused.status_code == 400 and "请在意见里写明为什么退回" in words(refused)
    assert re.search(rf'value="{case.id}\.{case.version}"[^>]* checked', refused.text)
    assert not re.search(rf'value="{other.id}\.{other.version}"[^>]* checked', refused.text)
    assert (await Case.find(region.code, case.id)).version == case.version


async def test_from_a_case_one_comes_back_to_the_list_from_which_it_was_opened(client: httpx.AsyncClient, database: None, region: Region) -> None:
    first, second = await builders.a_booking(step="pre_review"), await builders.a_booking(step="pre_review")
    await builders.a_booking()
    at = await desk(client, await builders.a_staff())
    narrowed = "matter=booking&step=pre_review"
    page = await at.get("todo", matter="booking", step="pre_review")
    opened = await at.client.get(re.search(rf'data-open href="([^"]+{first.id}[^"]+)"', page.text)[1])
    assert f'{at.at}/todo?{narrowed.replace("&", "&amp;")}"' in opened.text
    following = await at.get("todo/next", after=str(first.id), back=narrowed)
    assert f"cases/{second.id}/?" in following.headers["location"]
    returned = await at.post(f"cases/{first.id}/", action="return", seen=first.version, opinion="请写清日期", back=narrowed)
    assert f"todo?{narrowed}&" in returned.headers["location"]
    last = await at.get("todo/next", after=str(second.id), back=narrowed)
    assert last.headers["location"] == f"{at.at}/todo?{narrowed}"
    stranger = await at.get("todo/next", after=str(second.id), back="next=//elsewhere.example&step=pre_review")
    assert "elsewhere" not in stranger.headers["location"]


async def test_the_next_case_is_the_most_urgent_other_one(client: httpx.AsyncClient, database: None, region: Region) -> None:
    first, second = await builders.a_booking(), await builders.a_booking()
    at = await desk(client, await builders.a_staff())
    for here, there in ((first, second), (second, first)):
        assert (await at.get("todo/next", after=str(here.id))).headers["location"].endswith(f"cases/{there.id}/")


@pytest.mark.browser
@pytest.mark.req("WH-61")
async def test_a_case_is_handled_from_list_to_done_by_keyboard_alone(browser: Browser, product: str, database: None, region: Region) -> None:
    case, other = await builders.a_booking(step="complete"), await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), "todo")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("下一件")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("j")
    while case.number not in await page.locator("[data-row].is-here").inner_text():
        await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("#act-form")).to_be_visible()
    await page.locator("#act-form input[type=radio]").first.focus()
    await page.keyboard.press("Space")
    await page.locator("#field-opinion").focus()
    await page.keyboard.press("Alt+1")
    await page.keyboard.press("Escape")
    await page.keyboard.press("a")
    await expect(page.locator("[data-undo]")).to_be_visible()
    assert (await Case.find(region.code, case.id)).state == "completed"
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(other.number).first).to_be_visible()
