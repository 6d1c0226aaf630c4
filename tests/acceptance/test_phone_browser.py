"""The holder's phone in real Chromium: windows and slots come by themselves, an open case moves, and nothing typed is lost."""

import pytest
from playwright.async_api import Browser, Page, expect

from config import clock
from config.vocabulary import Action
from models.account import Account
from models.organisation import Organisation
from services import slots
from services.cases.engine import Request
from services.regions import Region
from tests import builders
from tests.acceptance.test_phone_bookings import NEED, a_service, a_window
from tests.acceptance.test_phone_cases import a_holder, act, fresh

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


async def open_page(browser: Browser, base: str, path: str, who: Account, *, script: bool = True) -> Page:
    context = await browser.new_context(viewport=PHONE, java_script_enabled=script)  # type: ignore[arg-type]
    session = builders.cookies(await builders.a_session(who))
    await context.add_cookies([{"name": name, "value": value, "url": f"{base}/{who.region}/"} for name, value in session.items()])
    page = await context.new_page()
    await page.goto(f"{base}/{who.region}{path}")
    return page


@pytest.mark.req("WH-51")
async def test_windows_and_slots_come_as_soon_as_they_can_be_chosen(browser: Browser, product: str, region: Region) -> None:
    service = await a_service(region, with_slots=True)
    await slots.lay_out(region, clock.now())
    window = await a_window(region, service)
    page = await open_page(browser, product, f"/services/{service.id}/request", await a_holder())
    await page.locator("[name=need]").fill(NEED)
    await page.locator("[name=district]").select_option(window.district)
    await page.get_by_text(window.name).click()
    await page.locator(".slot").first.click()
    await page.get_by_role("button", name="下一步：核对").click()
    await expect(page.get_by_text(NEED)).to_be_visible()
    await page.get_by_role("button", name="提交预约").click()
    await expect(page.get_by_text("预约已提交")).to_be_visible()


@pytest.mark.req("WH-51")
async def test_the_same_way_works_without_script(browser: Browser, product: str, region: Region) -> None:
    service = await a_service(region)
    window = await a_window(region, service)
    page = await open_page(browser, product, f"/services/{service.id}/request", await a_holder(), script=False)
    await page.locator("[name=need]").fill(NEED)
    await page.locator("[name=district]").select_option(window.district)
    await page.get_by_role("button", name="更新窗口和时段").click()
    await page.get_by_text(window.name).click()
    await page.get_by_role("button", name="下一步：核对").click()
    await page.get_by_role("button", name="提交预约").click()
    await expect(page.get_by_text("预约已提交")).to_be_visible()


@pytest.mark.req("WH-60")
@pytest.mark.req("WH-52")
async def test_an_open_case_moves_without_being_reloaded(browser: Browser, product: str, region: Region) -> None:
    holder = await a_holder()
    case = await builders.a_booking(holder=holder)
    page = await open_page(browser, product, f"/cases/{case.id}", holder)
    await expect(page.locator("#live")).to_have_attribute("data-live", "on")
    await page.get_by_text("补充材料").click()
    await page.locator("[name=opinion]").fill("同行两人")
    await act(region, case, Request(Action.APPROVE, case.version, "材料齐全，马上预审"))
    place = await Organisation.find(region.code, case.handler_org)
    await expect(page.get_by_text(f"{place.name}正在预审")).to_be_visible(timeout=20_000)
    await page.get_by_role("button", name="提交补充").click()  # what was being typed is still there, and meets the case as it is now
    await expect(page.get_by_text("补充内容已送到")).to_be_visible()
    await expect(page.locator("#live")).to_have_attribute("data-live", "on")
    await act(region, case, Request(Action.RETURN, (await fresh(case)).version, "请写明科室", marks={"need": "缺少科室"}))
    await expect(page.get_by_role("link", name="修改申请")).to_be_visible(timeout=20_000)


async def test_by_keyboard_alone_one_always_sees_where_one_is(browser: Browser, product: str, region: Region) -> None:
    page = await open_page(browser, product, f"/services/{(await a_service(region)).id}/request", await a_holder())
    seen: dict[str, str] = {}
    while True:
        await page.keyboard.press("Tab")
        what, outline = await page.evaluate("""() => { const one = document.activeElement, look = getComputedStyle(one);
          return [one === document.body ? "" : `${one.tagName} ${one.className} ${one.getAttribute("href") ?? one.name ?? ""}`,
                  look.outlineStyle === "none" ? "0px" : look.outlineWidth]; }""")
        if not what or what in seen:
            break
        seen[what] = outline
    assert any("weui-btn_primary" in what for what in seen), "the button that sends the form is reached"
    assert not [what for what, outline in seen.items() if outline == "0px"]
