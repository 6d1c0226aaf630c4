"""The pass in Chromium: alive by its own code, bright whatever the phone prefers, and the screen stays on."""

import pytest
from playwright.async_api import Browser, Page, expect

from services.regions import Region
from tests import builders
from tests.acceptance.phone import code_on
from tests.acceptance.test_phone_browser import open_page
from tests.acceptance.test_phone_cases import a_holder
from tests.acceptance.test_venue_counter import VENUE

pytestmark = [pytest.mark.browser, pytest.mark.req("WH-55")]
#: Relative luminance of both colours of an element, as WCAG counts contrast.
CONTRAST = """element => {
  const light = (words) => { const [r, g, b] = words.match(/[\\d.]+/g).map(Number).map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const under = (one) => { const found = getComputedStyle(one).backgroundColor; return /, 0\\)$/.test(found) ? under(one.parentElement) : found; };
  const [ink, paper] = [light(getComputedStyle(element).color), light(under(element))];
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
}"""
WATCHED = "window.held = []; navigator.wakeLock && (navigator.wakeLock.request = async (what) => { held.push(what); return {released: false}; });"


async def _pass(browser: Browser, product: str, region: Region) -> Page:
    board = await builders.a_board(await builders.a_venue(VENUE))
    page = await open_page(browser, product, "/scan", await a_holder())
    await page.context.add_init_script(WATCHED)
    await page.emulate_media(color_scheme="dark")
    await page.goto(f"{product}/{region.code}/v/{code_on(board)}")
    await page.get_by_role("button", name="核验").first.click()
    await expect(page.get_by_text("可以通行")).to_be_visible()
    return page


async def test_a_digit_is_lit_and_wanders_and_the_screen_is_kept_on(browser: Browser, product: str, region: Region) -> None:
    page = await _pass(browser, product, region)
    lit = "() => [...document.querySelectorAll('.digit')].findIndex(one => one.classList.contains('is-lit'))"
    await expect(page.locator(".digit")).to_have_count(6)
    before = await page.evaluate(lit)
    await page.wait_for_function(f"was => ({lit})() !== was", arg=before, timeout=20_000)
    assert await page.evaluate("held") in (["screen"], [])  # none where the browser cannot: a page that is not secure


async def test_while_the_network_is_bad_it_says_that_its_digits_are_old_and_asks_until_it_has_new_ones(browser: Browser, product: str,
                                                                                                       region: Region) -> None:
    page = await _pass(browser, product, region)
    old, there = page.get_by_text("数字没有更新，正在重试"), page.locator("#rolling")
    await expect(old).to_be_hidden()
    await page.route("**/code", lambda route: route.abort())
    await there.dispatch_event("roll")
    await expect(old).to_be_visible(timeout=20_000)
    await expect(page.locator("[data-toast=error]")).to_have_count(0)
    await page.unroute("**/code")
    await expect(old).to_be_hidden(timeout=20_000)


async def test_it_is_read_in_the_sun_whatever_the_phone_prefers(browser: Browser, product: str, region: Region) -> None:
    page = await _pass(browser, product, region)
    for words in (".rolling__code .digit", ".verdict__body dd", ".verdict__body dt", ".rolling__words", ".verdict__body .weui-btn"):
        assert await page.locator(words).first.evaluate(CONTRAST) >= 7, words
