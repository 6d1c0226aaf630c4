"""What goes wrong on a phone: the back button, a second tap, a session that ends in the middle of a form, two tabs, a script that never arrives."""

import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from models.account import Account
from models.case import Case
from models.database import execute
from services.regions import Region
from tests import builders
from tests.acceptance.test_phone_bookings import NEED, a_service, a_window
from tests.acceptance.test_phone_browser import open_page
from tests.acceptance.test_phone_cases import a_holder
from tests.foreign_files import a_pdf

pytestmark = [pytest.mark.browser, pytest.mark.req("WH-51")]


async def _filled(browser: Browser, product: str, region: Region, who: Account) -> Page:
    """The form of a booking with everything in it, not yet sent."""
    service = await a_service(region)
    window = await a_window(region, service)
    page = await open_page(browser, product, f"/services/{service.id}/request", who)
    await page.locator("[name=need]").fill(NEED)
    await page.locator("[name=district]").select_option(window.district)
    await page.get_by_text(window.name).click()
    await expect(page.locator("[name=window]:checked")).to_have_count(1)
    return page


async def _summary(browser: Browser, product: str, region: Region, who: Account) -> Page:
    page = await _filled(browser, product, region, who)
    await page.get_by_role("button", name="下一步：核对").click()
    await expect(page.get_by_role("button", name="提交预约")).to_be_visible()
    return page


async def _log_in_again(page: Page, product: str, who: Account) -> None:
    """As the login page does it: a new session, and the way back that it says."""
    await expect(page).to_have_url(re.compile(r"/login\?next="))
    back = await page.locator("input[name=next]").first.get_attribute("value")
    await page.context.add_cookies([{"name": name, "value": value, "url": f"{product}/{who.region}/"}
                                    for name, value in builders.cookies(await builders.a_session(who)).items()])
    await page.goto(f"{product}{back}")


async def _all_there(page: Page) -> None:
    await expect(page.locator("[name=need]")).to_have_value(NEED)
    await expect(page.locator("[name=window]:checked")).to_have_count(1)


async def test_back_from_the_summary_nothing_that_was_typed_is_lost(browser: Browser, product: str, region: Region) -> None:
    page = await _summary(browser, product, region, await a_holder())
    await page.go_back()
    await _all_there(page)


async def test_two_taps_and_the_back_button_make_one_booking(browser: Browser, product: str, region: Region) -> None:
    page = await _summary(browser, product, region, await a_holder())
    await page.get_by_role("button", name="提交预约").dblclick(no_wait_after=True)
    await expect(page.get_by_text("预约已提交")).to_be_visible()
    assert await Case.of(region.code).count() == 1
    await page.go_back()
    assert await Case.of(region.code).count() == 1
    await expect(page.locator("[name=need]")).to_have_value("")


async def test_a_session_that_ends_while_one_types_costs_a_login_and_nothing_else(browser: Browser, product: str, region: Region) -> None:
    who = await a_holder()
    page = await _filled(browser, product, region, who)
    await page.locator("input[type=file]").set_input_files({"name": "行程单.pdf", "mimeType": "application/pdf", "buffer": a_pdf()})
    await expect(page.get_by_role("link", name="行程单.pdf")).to_be_visible()
    await execute("DELETE FROM session WHERE account_id = $1", who.id)
    await page.get_by_role("button", name="下一步：核对").click()
    await _log_in_again(page, product, who)
    await _all_there(page)
    await expect(page.get_by_role("link", name="行程单.pdf")).to_be_visible()
    await page.get_by_role("button", name="下一步：核对").click()
    await page.get_by_role("button", name="提交预约").click()
    await expect(page.get_by_text("预约已提交")).to_be_visible()
    assert len((await Case.of(region.code).get()).data["attachments"]) == 1


async def test_a_session_that_ends_at_the_summary_leads_back_to_the_form_as_it_was(browser: Browser, product: str, region: Region) -> None:
    who = await a_holder()
    page = await _summary(browser, product, region, who)
    await execute("DELETE FROM session WHERE account_id = $1", who.id)
    await page.get_by_role("button", name="提交预约").click()
    await _log_in_again(page, product, who)
    await _all_there(page)
    assert not await Case.of(region.code).exists()


async def test_what_one_typed_is_not_shown_to_who_logs_in_after_her(browser: Browser, product: str, region: Region) -> None:
    who = await a_holder()
    page = await _filled(browser, product, region, who)
    await execute("DELETE FROM session WHERE account_id = $1", who.id)
    await page.get_by_role("button", name="下一步：核对").click()
    await _log_in_again(page, product, await a_holder())
    await expect(page.locator("[name=need]")).to_have_value("")


async def test_what_was_done_in_another_tab_is_said_and_what_was_typed_stays(browser: Browser, product: str, region: Region) -> None:
    who = await a_holder()
    case = await builders.a_booking(holder=who)
    page = await open_page(browser, product, f"/cases/{case.id}", who)
    await page.route("**/live**", lambda route: route.abort())  # a tab that hears nothing of the other
    await page.reload()
    await page.get_by_text("补充材料").first.click()
    await page.locator("#acts [name=opinion]").fill("航班改到 18:05")
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.get_by_text("撤回预约").first.click()
    await other.locator("#acts").get_by_role("button", name="撤回预约").click()
    await expect(other.get_by_text("预约已撤回")).to_be_visible()
    await page.get_by_role("button", name="提交补充").click()
    await expect(page.locator("#error-summary")).to_be_visible()


async def test_a_booking_is_made_when_the_script_never_arrives(browser: Browser, product: str, region: Region) -> None:
    service = await a_service(region)
    window = await a_window(region, service)
    page = await open_page(browser, product, "", await a_holder())

    async def lost(route: Route) -> None:
        await route.abort()

    await page.route("**/*.js", lost)
    await page.goto(f"{product}/{region.code}/services/{service.id}")
    await page.get_by_role("link", name="在线申请").click()
    await page.locator("[name=need]").fill(NEED)
    await page.locator("[name=district]").select_option(window.district)
    await page.get_by_role("button", name="更新窗口和时段").click()
    await page.get_by_text(window.name).click()
    await page.locator("input[type=file]").set_input_files({"name": "行程单.pdf", "mimeType": "application/pdf", "buffer": a_pdf()})
    await page.get_by_role("button", name="上传所选文件").click()
    await expect(page.get_by_role("link", name="行程单.pdf")).to_be_visible()
    await page.get_by_role("button", name="下一步：核对").click()
    await page.get_by_role("button", name="提交预约").click()
    await expect(page.get_by_text("预约已提交")).to_be_visible()
