"""快捷入口 of the user centre: by role first, then as each person puts them (WH-03, BZ-08)."""

import re
from collections.abc import Sequence

import httpx
import pytest
from playwright.async_api import Browser, expect

from console.shortcuts import Arranged, moved
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import desk, words
from tests.acceptance.test_desk_browser import open_desk

pytestmark = [pytest.mark.req("WH-03"), pytest.mark.req("BZ-08")]


def there(page: httpx.Response) -> list[str]:
    """The labels on the user centre, in their order."""
    return re.findall(r"<span>(.+?)</span></a>", page.text.partition('class="shortcuts"')[2].partition("</nav>")[0])


async def test_what_stands_there_goes_by_the_role_until_one_chooses(client: httpx.AsyncClient, database: None, region: Region) -> None:
    at = await desk(client, await builders.a_staff())
    assert there(await at.get()) == ["待办事项", "综合查询", "人才管理", "安全中心"]
    kept = await at.post("shortcuts", keyed=False, page=["todo", "query"], add="mailbox/new")
    assert "照这个次序排列" in words(await client.get(kept.headers["location"]))
    await at.post("shortcuts", keyed=False, page=["todo", "query", "mailbox/new"], up="mailbox/new")
    assert there(await at.get()) == ["待办事项", "写信", "综合查询"]
    colleague = await desk(client, await builders.a_staff())
    assert there(await colleague.get()) == ["待办事项", "综合查询", "人才管理", "安全中心"]
    await colleague.post("shortcuts", keyed=False, page=["todo", "query"], anew="yes")
    assert len(there(await colleague.get())) == 4


async def test_a_page_that_is_not_ones_own_is_not_put_there(client: httpx.AsyncClient, database: None, region: Region) -> None:
    at = await desk(client, await builders.a_staff())
    await at.post("shortcuts", keyed=False, page=["staff", "todo", "https://elsewhere.example", "audit"])
    assert there(await at.get()) == ["待办事项"]
    operator = await desk(client, await office.an_operator(region, await office.a_unit(region)))
    assert "人员管理" in there(await operator.get()) and "邀请注册" in there(await operator.get())


@pytest.mark.parametrize(("asked", "after"), [
    (Arranged(page=("a", "b", "c"), up="c"), ["a", "c", "b"]), (Arranged(page=("a", "b"), down="a"), ["b", "a"]),
    (Arranged(page=("a", "b"), up="a"), ["a", "b"]), (Arranged(page=("a", "b"), down="b"), ["a", "b"]),
    (Arranged(page=("a", "b"), drop="a"), ["b"]), (Arranged(page=("a",), add="b"), ["a", "b"]), (Arranged(page=("a",), up="z"), ["a"])])
def test_each_move_is_one_place(asked: Arranged, after: Sequence[str]) -> None:
    assert moved(asked) == after


@pytest.mark.browser
async def test_a_row_goes_by_keys_and_by_a_drag_and_stays_there(browser: Browser, product: str, database: None, region: Region) -> None:
    page = await open_desk(browser, product, await builders.a_staff(), "shortcuts")
    rows = page.locator("[data-arranged] > li")
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await page.get_by_role("button", name="上移 安全中心").press("ArrowUp")
    await expect(rows.nth(2)).to_contain_text("安全中心")
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await rows.nth(0).locator(".arranged__name").drag_to(rows.nth(3).locator(".arranged__name"), target_position={"x": 5, "y": 15})
    await expect(rows.nth(3)).to_contain_text("待办事项")
    await page.reload()
    assert [(await row.inner_text()).strip() for row in await rows.all()] == ["综合查询", "安全中心", "人才管理", "待办事项"]
