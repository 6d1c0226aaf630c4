"""撤销 on every face: offered right after an act, for a minute; with and without script."""

import httpx
import pytest
from playwright.async_api import Browser, expect

from config.vocabulary import Action
from models.account import Account
from models.case import Case
from services.regions import Region
from tests import builders
from tests.acceptance.desk import desk, words
from tests.acceptance.test_desk_browser import open_desk

pytestmark = pytest.mark.browser


async def test_after_an_act_the_desk_offers_to_take_it_back(client: httpx.AsyncClient, database: None, region: Region) -> None:
    case, clerk = await builders.a_booking(), await builders.a_staff()
    at = await desk(client, clerk)
    gone = await at.post(f"cases/{case.id}/", action="return", seen=case.version, opinion="写错了")
    page = await client.get(gone.headers["location"])
    assert "撤销" in words(page) and case.number in words(page)
    back = await at.post(f"cases/{case.id}/", action="undo", seen=case.version + 1)
    page = await client.get(back.headers["location"])
    assert "已撤销，办件回到原来的环节" in words(page) and "（已撤销）" in words(page)
    assert 'data-undo="' not in page.text
    assert (await Case.find(region.code, case.id)).step == "accept"


async def test_the_applicant_does_not_read_what_was_said_by_mistake(client: httpx.AsyncClient, database: None, region: Region) -> None:
    case = await builders.a_booking()
    at = await desk(client, await builders.a_staff())
    await at.post(f"cases/{case.id}/", action="return", seen=case.version, opinion="这是写给别人的话")
    await at.post(f"cases/{case.id}/", action="undo", seen=case.version + 1)
    holder = await builders.Account.find(region.code, case.applicant_id)
    client.cookies.update(builders.cookies(await builders.a_session(holder, "phone"), "phone"))
    page = await client.get(f"/{region.code}/cases/{case.id}")
    assert "已撤销" in words(page) and "这是写给别人的话" not in page.text


async def test_the_desk_takes_back_without_script(browser: Browser, product: str, database: None, region: Region) -> None:
    case = await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), f"cases/{case.id}/", script=False)
    await page.get_by_role("button", name="受理").first.click()
    await page.get_by_role("button", name="撤销").click()
    await expect(page.get_by_text("已撤销，办件回到原来的环节")).to_be_visible()
    assert (await Case.find(region.code, case.id)).version == 3


async def test_a_clerk_takes_back_with_one_key_and_sees_the_seconds_run(browser: Browser, product: str, database: None, region: Region) -> None:
    case = await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), f"cases/{case.id}/")
    await page.keyboard.press("a")
    left = page.locator("[data-undo-left]")
    await expect(left).to_be_visible()
    first = int(await left.inner_text())
    await expect(left).not_to_have_text(str(first), timeout=20_000)
    await page.keyboard.press("z")
    await expect(page.get_by_text("已撤销，办件回到原来的环节")).to_be_visible()
    await expect(left).to_have_count(0)


async def test_the_offer_goes_when_its_seconds_are_over(browser: Browser, product: str, database: None, region: Region) -> None:
    case = await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), f"cases/{case.id}/")
    await page.clock.install()
    await page.keyboard.press("a")
    await expect(page.locator("[data-undo]")).to_be_visible()
    await page.clock.fast_forward(61_000)
    await expect(page.locator("[data-undo]")).to_have_count(0)


async def phone_page(browser: Browser, base: str, who: Account, path: str):
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    session = builders.cookies(await builders.a_session(who, "phone"), "phone")
    await context.add_cookies([{"name": name, "value": value, "url": f"{base}/{who.region}/"} for name, value in session.items()])
    page = await context.new_page()
    await page.goto(f"{base}/{who.region}/desk-m/{path}")
    return page


async def test_staff_take_back_on_the_phone(browser: Browser, product: str, database: None, region: Region) -> None:
    case = await builders.a_booking()
    page = await phone_page(browser, product, await builders.a_staff(), f"cases/{case.id}")
    await page.get_by_role("button", name="受理", exact=True).click()
    await page.get_by_role("button", name="撤销").click()
    await expect(page.get_by_text("撤销操作").first).to_be_visible()
    assert (await Case.find(region.code, case.id)).step == "accept"


async def test_the_api_says_how_long_and_takes_back(client: httpx.AsyncClient, database: None, region: Region) -> None:
    case, clerk = await builders.a_booking(), await builders.a_staff()
    carried = {"Authorization": f"Bearer {await builders.a_session(clerk, 'mini')}"}
    at = f"/{region.code}/api/desk/cases/{case.id}"
    for action, seen in ((Action.APPROVE, 1), (Action.UNDO, 2)):
        story = (await client.get(at, headers=carried)).json()
        assert (story["undo_seconds"] > 0) is (action is Action.UNDO) and story["version"] == seen
        done = await client.post(f"{at}/acts", headers={**carried, "Idempotency-Key": f"undo-test-{seen}-{case.id}"},
                                 json={"action": action.value, "seen": seen, "opinion": "好"})
        assert done.status_code == 200, done.text
    assert done.json()["step"] == "受理"
