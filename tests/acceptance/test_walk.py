"""The walk of a new user, in real Chromium on a freshly started product: phone, desk and the counter at the door, side by side.

Everything is what `greenlane dev` starts: servers, worker, sandbox, demo data. Only the region's clock is bent (open day and night), so
that the walk can be taken at any hour.
"""

import asyncio
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from sandbox.demo.story import read
from tests.product import Product, running

PHONE, DESK, COUNTER = {"width": 390, "height": 844}, {"width": 1440, "height": 900}, {"width": 1024, "height": 768}

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@dataclass
class Eyes:
    """A person before a screen."""

    product: Product
    region: str
    page: Page

    async def open(self, path: str) -> None:
        await self.page.goto(path if path.startswith("http") else f"{self.product.url}/{self.region}{path}")

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=re.compile(rf"^\s*{name}")).first.click()

    async def follow(self, name: str) -> None:
        await self.page.get_by_role("link", name=name).first.click()

    async def see(self, words: str) -> None:
        await expect(self.page.get_by_text(words).first).to_be_visible(timeout=30_000)

    async def look(self, name: str) -> None:
        """Nothing overflows."""
        wide = await self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} px wider than its screen"

    async def log_in_with_code(self, phone: str) -> None:
        before = len([text for text in await self.product.texts(phone) if "验证码" in text])
        await self.page.get_by_label(re.compile("手机号")).fill(phone)
        await self.press("获取验证码")
        text = await self.product.text(phone, "验证码", after=before)
        code = re.search(r"\d{6}", text)
        assert code is not None
        await self.page.get_by_label("短信验证码").fill(code[0])
        await self.press("登录")


async def eyes(browser: Browser, product: Product, region: str, screen: dict[str, int]) -> tuple[Eyes, list[str]]:
    context: BrowserContext = await browser.new_context(viewport=screen, locale="zh-CN", is_mobile=screen is PHONE, has_touch=screen is PHONE)
    page = await context.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(f"{page.url}: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    return Eyes(product, region, page), errors


HOLDER, CLERK, OTHER, CITY = "19900001002", "19900002007", "19900002004", "19900002001"


@pytest.mark.req("WH-05")
@pytest.mark.req("WH-36")
@pytest.mark.req("WH-51")
@pytest.mark.req("WH-52")
@pytest.mark.req("WH-53")
@pytest.mark.req("WH-55")
@pytest.mark.req("WH-60")
@pytest.mark.req("WH-61")
@pytest.mark.req("WH-62")
@pytest.mark.req("WH-63")
@pytest.mark.req("WH-65")
async def test_the_walk_of_a_new_user(browser: Browser) -> None:
    with tempfile.TemporaryDirectory(prefix="greenlane-walk-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101  the database's own user must enter it
        async with running(Path(folder)) as product:
            phone, on_phone = await eyes(browser, product, "weihai", PHONE)
            desk, on_desk = await eyes(browser, product, "weihai", DESK)
            await scan_the_lounge(phone, browser)
            number = await book_a_service(phone)
            await handle_it(phone, desk, number, browser)
            await let_one_grow_late(product, desk)
            await suspend_the_card(phone, desk)
            assert on_phone + on_desk == []


async def scan_the_lounge(phone: Eyes, browser: Browser) -> None:
    """The board leads to the login and straight back; the pass and the counter show the same six digits."""
    await phone.open("/")
    await phone.look("phone-home")
    await phone.open(await phone.product.board("威海国际机场商务贵宾区"))
    await phone.look("phone-login")
    await phone.log_in_with_code(HOLDER)
    await phone.see("威海国际机场商务贵宾区")
    await phone.look("phone-scan")
    await phone.press("核验并使用")
    await phone.see("可以通行")
    await phone.look("phone-pass")
    link = await phone.product.sql("SELECT link_version FROM venue WHERE code = 'airport_business_lounge'")
    assert link == 1
    counter, errors = await eyes(browser, phone.product, "weihai", COUNTER)
    await counter.open(await venue_link(phone.product))
    await counter.see("丛**")
    shown = re.sub(r"\D", "", await phone.page.locator(".rolling__code").inner_text())[:6]
    await counter.see(f"{shown[:3]} {shown[3:]}")
    await counter.look("counter")
    assert errors == []


async def venue_link(product: Product) -> str:
    """What the administrator copies from the venue's page: made from the key ring of this product's data folder."""
    from config.keys import read_ring
    from qr import venue_link as links

    data = Path(product.database_url.partition("host=")[2]).parent
    serial = await product.sql("SELECT serial FROM venue WHERE code = 'airport_business_lounge'")
    assert isinstance(serial, int)
    return f"/at/{links.encode(read_ring(data / 'keys.json', 'aes'), 'weihai', serial, 1)}"


async def book_a_service(phone: Eyes) -> str:
    """From the catalogue to the case; its number."""
    await phone.open("/")
    await phone.look("phone-home-card")
    await phone.follow("住院协调")
    await phone.look("phone-service")
    await phone.follow("在线申请")
    await prove(phone)
    await phone.page.get_by_label("预约需求").fill("家人下周在市立医院住院，请协助安排单人病房。")
    await phone.page.get_by_label("所属区县").select_option(label="环翠区")
    await phone.page.get_by_label(re.compile("环翠区人才服务窗口")).check()
    await phone.look("phone-request")
    await phone.press("下一步：核对")
    await phone.look("phone-review")
    await phone.press("提交预约")
    await phone.see("预约已提交")
    await phone.look("phone-case")
    number = re.search(r"YY\d+", await phone.page.inner_text("main"))
    assert number is not None
    return number[0]


async def prove(phone: Eyes) -> None:
    """Her WeChat is bound, and a browser with a code is not it: what is her own opens when she has proved who she is (T39)."""
    await phone.see("请核实是您本人")
    await phone.look("phone-confirm")
    await phone.follow("登录密码")
    await phone.page.get_by_label("登录密码", exact=True).fill(read("weihai").password)
    await phone.press("核实身份")


async def handle_it(phone: Eyes, desk: Eyes, number: str, browser: Browser) -> None:
    """Accepted on the desk while the phone looks on; transferred, returned, corrected, completed, rated."""
    await desk.open("/console/login?way=code")
    await desk.look("desk-login")
    await desk.log_in_with_code(CLERK)
    await desk.look("desk-centre")
    await desk.open(f"/console/todo?words={number}")
    await desk.look("desk-todo")
    await desk.page.locator("a[data-open]").first.click()
    await desk.page.get_by_label("意见").first.fill("材料齐全，予以受理。")
    await desk.look("desk-case")
    await desk.press("受理")
    await phone.see("材料齐全，予以受理。")  # without a reload
    await phone.look("phone-case-accepted")
    await phone.product.text(HOLDER, "已受理")
    await desk.page.get_by_label("意见").first.fill("住院协调由市级窗口统一办理。")
    await desk.page.locator("summary", has_text="转办").click()
    places = desk.page.get_by_label("转给")
    await places.select_option(value=await places.locator("option", has_text="威海市人才服务窗口").first.get_attribute("value"))
    await desk.press("确认转办")
    await phone.see("威海市人才服务窗口")
    staff, errors = await eyes(browser, phone.product, "weihai", PHONE)
    await staff.open("/login?next=/weihai/desk-m")
    await staff.log_in_with_code(OTHER)
    await staff.look("staff-todo")
    case = str(await phone.product.sql("SELECT id::text FROM cases WHERE number = $1", number))
    await staff.open(f"/desk-m/cases/{case}")
    await staff.look("staff-case")
    await return_on_the_phone(staff)
    await phone.product.text(HOLDER, "请写明住院日期")
    await phone.see("请写明住院日期")
    await phone.look("phone-returned")
    await phone.follow("修改申请")
    await phone.page.get_by_label("预约需求").fill("家人 12 月 1 日在市立医院住院，请协助安排单人病房。")
    await phone.look("phone-correction")
    await phone.press("重新提交")
    await phone.see("已重新提交")
    await staff.open(f"/desk-m/cases/{case}")
    await staff.press("预审通过")
    await staff.see("下一环节是办结")
    await staff.page.get_by_label("办结意见").fill("已安排 12 月 1 日单人病房，请带身份证入住。")
    await staff.page.get_by_label("办理成功").check()
    await staff.look("staff-complete")
    await staff.press("办结")
    await phone.see("请您评价这次服务")
    await phone.product.text(HOLDER, "办结")
    await phone.page.locator("label", has_text="5").first.click()
    await phone.page.get_by_label("想说的话").fill("很快，谢谢！")
    await phone.look("phone-rating")
    await phone.press("提交评价")
    await phone.see("感谢您的评价")
    assert errors == []


async def return_on_the_phone(staff: Eyes) -> None:
    """A clerk, one hand, in WeChat: mark the field, say why, send it back."""
    await staff.follow("退回")
    await staff.page.get_by_label("预约需求").check()
    await staff.page.get_by_label("退回原因").fill("请写明住院日期。")
    await staff.look("staff-return")
    await staff.press("退回")
    await staff.see("退回待修改")


async def let_one_grow_late(product: Product, desk: Eyes) -> None:
    """Time passes over one case: the sweep tells its clerk by SMS, and the city window chases it by hand."""
    late = """
        UPDATE cases SET due_at = now() - interval '9 days', remind_at = now() - interval '9 days',
               remind_plan = (SELECT array_agg(now() - interval '9 days') FROM generate_series(1, 4))
        WHERE id = (SELECT c.id FROM cases c JOIN organisation o ON (o.region, o.id) = (c.region, c.handler_org)
                    WHERE c.state = 'handling' AND o.code = 'huancui_window' LIMIT 1)
        RETURNING number"""
    digests = len([text for text in await product.texts(CLERK) if "超时" in text])
    number = await product.sql(late)
    await product.sql("DELETE FROM reminder RETURNING 1")
    await product.sql("DELETE FROM notification WHERE kind IN ('due_digest', 'leader_digest') RETURNING 1")
    await desk.open("/console/")
    await desk.page.get_by_role("button", name="退出登录").click()
    await desk.open("/console/login?way=code")
    await desk.log_in_with_code(CITY)
    await desk.see("用户中心")
    await desk.open("/console/overdue")
    await desk.look("desk-overdue")
    row = desk.page.locator("tr", has_text=str(number))
    await row.locator("summary").click()
    await row.get_by_label("督办要求").fill("请今天内受理并联系申请人。")
    await row.get_by_role("button", name="发送督办").click()
    await product.text(CLERK, str(number))
    for _ in range(90):
        if len([text for text in await product.texts(CLERK) if "超时" in text]) > digests:
            return
        await asyncio.sleep(1)
    raise AssertionError("the supervision SMS did not come")


async def suspend_the_card(phone: Eyes, desk: Eyes) -> None:
    """The moment the desk has its answer, the door stays shut and says why, what to do, and whom to call."""
    await desk.open("/console/cards?words=丛志远")
    await desk.look("desk-cards")
    await desk.page.locator("a[data-open]").first.click()
    await desk.page.get_by_label("原因").fill("资格复核期间暂停使用")
    await desk.look("desk-card")
    await desk.press("停用这张卡")
    await desk.see("启用这张卡")
    await phone.open(await phone.product.board("威海国际机场商务贵宾区"))
    await phone.page.get_by_role("button", name=re.compile("核验|使用")).first.click()
    await phone.see("停用")
    await phone.look("phone-refused")
    await phone.product.text(HOLDER, "停用")
    await desk.open("/console/venues")
    await desk.look("desk-venues")
    await desk.open("/console/query")
    await desk.look("desk-query")
    await phone.open("/me")
    await phone.look("phone-me")
