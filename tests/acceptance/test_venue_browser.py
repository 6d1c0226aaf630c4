"""The counter and the clerk's phone in real Chromium: they move without being reloaded, and they say when they cannot."""

import pytest
from playwright.async_api import Browser, Page, expect

from config import clock
from config.vocabulary import Action
from models.account import Account
from services import venues, visits
from services.cases import engine
from services.regions import Region
from tests import builders
from tests.acceptance.test_staff_phone_cases import a_clerk
from tests.acceptance.test_venue_counter import VENUE, an_arrival
from tests.builders import a_booking, the_actor

TABLET, PHONE = {"width": 1024, "height": 768}, {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


async def open_page(browser: Browser, base: str, path: str, size: dict[str, int], who: Account | None = None) -> Page:
    """A page that listens already."""
    context = await browser.new_context(viewport=size)  # type: ignore[arg-type]
    if who is not None:
        session = builders.cookies(await builders.a_session(who))
        await context.add_cookies([{"name": name, "value": value, "url": f"{base}/{who.region}/"} for name, value in session.items()])
    page = await context.new_page()
    await page.goto(base + path)
    await expect(page.locator("#live")).to_have_attribute("data-live", "on")
    return page


@pytest.mark.req("WH-55")
async def test_the_counter_sees_an_arrival_checks_it_by_its_digits_and_takes_it_back(browser: Browser, product: str, region: Region) -> None:
    venue = await builders.a_venue(VENUE)
    board = await builders.a_board(venue)
    page = await open_page(browser, product, venues.link_of(region.code, venue, ""), TABLET)
    await expect(page.get_by_text("今天还没有到访")).to_be_visible()
    scan = await an_arrival(region, board, companions=1)
    row = page.locator("li.arrival")
    await expect(row).to_contain_text("随行 1 人", timeout=20_000)
    digits = visits.rolling(region.code, scan.visit_id, clock.now()).digits
    await page.keyboard.type(digits)  # as a scanner gun: nobody has touched the field
    await page.keyboard.press("Enter")
    await expect(page.locator(".answer--yes")).to_contain_text("核对通过")
    await expect(page.locator("#field-code")).to_be_focused()
    await expect(row).to_contain_text("已核对")
    await row.get_by_role("link", name="撤销").click()
    await page.locator("#field-reason").fill("误扫，本人未进入")
    await page.get_by_role("button", name="撤销这次到访").click()
    await expect(page.locator("#undo")).to_contain_text("次数已退还")
    await expect(row).to_contain_text("已撤销")


async def test_what_is_being_typed_at_the_counter_survives_the_next_arrival(browser: Browser, product: str, region: Region) -> None:
    venue = await builders.a_venue(VENUE)
    board = await builders.a_board(venue)
    first = await an_arrival(region, board)
    page = await open_page(browser, product, venues.link_of(region.code, venue, ""), TABLET)
    await page.get_by_role("link", name="撤销").click()
    await page.locator("#field-reason").fill("误扫，本人未")
    await an_arrival(region, board, name="周敏")
    await expect(page.locator("li.arrival")).to_have_count(2)
    await expect(page.locator("#field-reason")).to_have_value("误扫，本人未")
    assert first.admitted


async def test_a_counter_that_lost_the_server_says_what_to_do(browser: Browser, product: str, region: Region) -> None:
    venue = await builders.a_venue(VENUE)
    page = await open_page(browser, product, venues.link_of(region.code, venue, ""), TABLET)
    await expect(page.locator(".away")).to_be_hidden()
    await page.route("**/live?*", lambda route: route.abort())
    await page.context.set_offline(True)
    await page.evaluate("document.getElementById('live')._htmx.sse.reader.cancel()")
    await expect(page.locator(".away")).to_be_visible()
    await expect(page.locator(".away")).to_contain_text(region.phone)
    await page.unroute("**/live?*")
    await page.context.set_offline(False)
    await expect(page.locator(".away")).to_be_hidden(timeout=20_000)


@pytest.mark.req("WH-60")
async def test_the_clerks_list_and_open_case_move_when_the_desk_acts(browser: Browser, product: str, region: Region) -> None:
    case = await a_booking()
    clerk, desk = await a_clerk(case), await the_actor(await a_clerk(case, "于晓燕"), "desk")
    todo = await open_page(browser, product, f"/{region.code}/desk-m", PHONE, clerk)
    page = await open_page(browser, product, f"/{region.code}/desk-m/cases/{case.id}", PHONE, clerk)
    await page.get_by_role("button", name="材料齐全，予以受理。").click()
    await expect(page.locator("#field-opinion")).to_have_value("材料齐全，予以受理。")
    await engine.act(region, desk, case.id, engine.Request(Action.APPROVE, case.version, "同意"), clock.now())
    await expect(todo.locator(".case-line")).to_contain_text("预审", timeout=20_000)
    await expect(page.locator("#progress")).to_contain_text("于晓燕 已「已受理」", timeout=20_000)
    await expect(page.locator("#field-opinion")).to_have_value("材料齐全，予以受理。")


async def test_the_counter_works_without_script(browser: Browser, product: str, region: Region) -> None:
    venue = await builders.a_venue(VENUE)
    board = await builders.a_board(venue)
    scan = await an_arrival(region, board)
    context = await browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(product + venues.link_of(region.code, venue, ""))
    await page.locator("#field-code").fill(visits.rolling(region.code, scan.visit_id, clock.now()).token)
    await page.get_by_role("button", name="核对").click()
    assert "核对通过" in await page.content()
    await page.get_by_role("link", name="撤销").click()
    await page.locator("#field-reason").fill("误扫，本人未进入")
    await page.get_by_role("button", name="撤销这次到访").click()
    assert "次数已退还" in await page.content()
