"""The desk in real Chromium: pages move by themselves and lose nothing that was typed; a clerk needs no mouse."""

import pytest
from playwright.async_api import Browser, Page, expect

from config import clock
from config.vocabulary import Action
from models.account import Account
from models.case import Case
from models.database import execute
from services.cases import engine
from services.regions import Region
from tests import builders
from tests.acceptance.desk import picture_says

pytestmark = pytest.mark.browser


async def open_desk(browser: Browser, base: str, who: Account, path: str, *, script: bool = True) -> Page:
    """A page of the console; with script it listens already."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=script)
    session = builders.cookies(await builders.a_session(who, "desk"), "desk")
    await context.add_cookies([{"name": name, "value": value, "url": f"{base}/{who.region}/"} for name, value in session.items()])
    page = await context.new_page()
    await page.goto(f"{base}/{who.region}/console/{path}")
    if script:
        await expect(page.locator("#live")).to_have_attribute("data-live", "on")
    return page


@pytest.mark.req("WH-60")
async def test_what_a_colleague_does_appears_while_ones_own_words_stay(browser: Browser, product: str, database: None, region: Region) -> None:
    case = await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), f"cases/{case.id}/")
    await page.fill("#field-opinion", "我正在写的意见")
    colleague = await builders.the_actor(await builders.a_staff(name="赵手机"), "phone")
    await engine.act(region, colleague, case.id, engine.Request(Action.APPROVE, case.version, "手机上受理"), clock.now())
    await expect(page.get_by_text("这个办件刚刚有新进展")).to_be_visible(timeout=20_000)
    await expect(page.locator("#case")).to_contain_text("手机上受理")
    await expect(page.locator("#field-opinion")).to_have_value("我正在写的意见")
    await page.get_by_role("button", name="预审通过").click()
    await expect(page.get_by_text("办件进入下一环节")).to_be_visible()
    await expect(page.locator("#case")).to_contain_text("我正在写的意见")
    await expect(page.locator("#field-opinion")).to_have_value("")


@pytest.mark.req("WH-60")
async def test_a_new_case_joins_the_list_and_ticks_stay(browser: Browser, product: str, database: None, region: Region) -> None:
    first = await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), "todo")
    await page.locator(f"#case-{first.id} [data-check]").check()
    second = await builders.a_booking()
    await expect(page.locator(f"#case-{second.id}")).to_be_visible(timeout=20_000)
    await expect(page.locator(f"#case-{first.id} [data-check]")).to_be_checked()
    await expect(page.locator("[data-selected-count]")).to_have_text("1")


@pytest.mark.req("WH-61")
async def test_a_case_is_accepted_without_a_mouse(browser: Browser, product: str, database: None, region: Region) -> None:
    case = await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), "todo")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(case.number).first).to_be_visible()
    await expect(page.locator("#act-form")).to_be_visible()
    await page.keyboard.press("a")
    await expect(page.get_by_text("办件进入下一环节")).to_be_visible()


@pytest.mark.req("WH-61")
async def test_a_case_is_returned_without_a_mouse(browser: Browser, product: str, database: None, region: Region) -> None:
    case = await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), f"cases/{case.id}/")
    await page.keyboard.press("r")
    await expect(page.locator("#field-opinion")).to_be_focused()
    await page.keyboard.type("请写清日期")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("已退回，申请人会收到您写的原因")).to_be_visible()


@pytest.mark.req("WH-61")
async def test_a_return_works_without_script(browser: Browser, product: str, database: None, region: Region) -> None:
    case = await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), f"cases/{case.id}/", script=False)
    await page.fill("#field-opinion", "请补充")
    await page.locator("summary", has_text="退回").click()
    await page.fill("#field-mark_need", "写明具体日期")
    await page.get_by_role("button", name="确认退回").click()
    await expect(page.get_by_text("已退回，申请人会收到您写的原因")).to_be_visible()


@pytest.mark.req("WH-02")
async def test_enter_logs_in_and_never_asks_for_another_picture(browser: Browser, product: str, database: None, region: Region) -> None:
    staff = await builders.a_staff()
    page = await (await browser.new_context()).new_page()
    await page.goto(f"{product}/{region.code}/console/login")
    challenge = await page.locator("form.form input[name=challenge]").get_attribute("value")
    await page.fill("#field-login_name", staff.login_name)
    await page.fill("#field-password", builders.PASSWORD)
    await page.fill("#field-captcha", picture_says(region, challenge or ""))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="用户中心")).to_be_visible()


@pytest.mark.req("WH-61")
async def test_what_was_typed_outlives_its_session_and_is_not_offered_again_once_it_was_saved(browser: Browser, product: str, region: Region) -> None:
    clerk = await builders.a_staff()
    page = await open_desk(browser, product, clerk, "todo")
    await page.goto(f"{product}/{region.code}/console/phrases?done=phrase_removed")
    words, keep = page.locator("#field-words"), page.get_by_role("button", name="存为常用意见")
    await page.select_option("#field-action", "approve")
    await words.fill("材料齐全，今天就办。")
    await execute("DELETE FROM session WHERE account_id = $1", clerk.id)
    await keep.click()
    await expect(page.get_by_role("heading", name="工作人员登录")).to_be_visible()
    back = await page.locator("input[name=next]").first.get_attribute("value")
    await page.context.add_cookies([{"name": name, "value": value, "url": f"{product}/{region.code}/"}
                                    for name, value in builders.cookies(await builders.a_session(clerk, "desk"), "desk").items()])
    await page.goto(f"{product}{back}")
    await expect(words).to_have_value("材料齐全，今天就办。")
    await keep.click()
    await expect(page.get_by_role("cell", name="材料齐全，今天就办。")).to_be_visible()
    await expect(words).to_have_value("")


@pytest.mark.req("WH-61")
async def test_enter_in_a_field_decides_nothing(browser: Browser, product: str, database: None, region: Region) -> None:
    case = await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), f"cases/{case.id}/")
    await page.keyboard.press("r")
    await page.fill("#field-mark_need", "写明日期")
    await page.keyboard.press("Enter")
    await page.goto(f"{product}/{region.code}/console/todo?step=accept")
    await page.locator(f"#case-{case.id} [data-check]").check()
    await page.locator("input[name=opinion]").fill("齐全")
    await page.keyboard.press("Enter")
    await page.wait_for_timeout(300)
    assert (await Case.find(region.code, case.id)).version == case.version
