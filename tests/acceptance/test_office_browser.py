"""Announcements and letters in real Chromium: written as they will look, without breaking the policy of the page; new letters come by themselves."""

import pytest
from playwright.async_api import Browser, Page, expect

from models.notice import Notice
from services.regions import Region
from tests import builders, office
from tests.acceptance.test_desk_browser import open_desk
from tests.writing import a_letter, a_notice

pytestmark = pytest.mark.browser
FROM_ELSEWHERE = ('<h1 style="color:red">大标题</h1><div class="x">第一段<span style="font-size:9px">小字</span></div>'
                  '<ul><li>一项</li></ul><script>window.hit = 1</script><img src="https://evil.example/x.png" onerror="window.hit = 1">')
PASTE = """html => { const data = new DataTransfer(); data.setData("text/html", html); data.setData("text/plain", "x");
document.querySelector(".rich__sheet").dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})); }"""


async def a_form(browser: Browser, base: str, path: str = "notices/new", *, script: bool = True) -> tuple[Page, list[str]]:
    """The form of an announcement, and what the browser complains of meanwhile."""
    author = await builders.a_staff(organisation=await builders.an_organisation("department"), role="reviewer")
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=script)
    session = builders.cookies(await builders.a_session(author, "desk"), "desk")
    await context.add_cookies([{"name": name, "value": value, "url": f"{base}/{author.region}/"} for name, value in session.items()])
    page, said = await context.new_page(), list[str]()
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    await page.goto(f"{base}/{author.region}/console/{path}")
    return page, said


@pytest.mark.req("WH-41")
@pytest.mark.req("T31")
async def test_an_announcement_is_written_as_it_will_look(browser: Browser, product: str, database: None, region: Region) -> None:
    page, said = await a_form(browser, product)
    await page.fill("#field-title", "关于开展体检的通知")
    sheet = page.locator(".rich__sheet")
    await sheet.click()
    await page.keyboard.type("体检安排")
    await page.locator("[data-rich-do=h3]").click()
    await page.keyboard.press("Enter")
    await page.keyboard.type("请于月底前参加")
    await page.keyboard.press("Enter")
    await page.locator("[data-rich-do=ul]").click()
    await page.keyboard.type("空腹")
    await expect(page.locator("[data-rich-do=ul]")).to_have_attribute("aria-pressed", "true")
    assert said == []  # the policy of the page was kept; of what is pasted it says itself what it did not let through
    await page.evaluate(PASTE, FROM_ELSEWHERE)
    await page.get_by_role("button", name="发布", exact=True).click()
    await expect(page.locator(".flash, .notice").first).to_contain_text("已发布")
    notice = await Notice.of(region.code).get()
    assert notice.written_as == "html" and "<h3>体检安排</h3>" in notice.body and "<li>空腹" in notice.body and "第一段小字" in notice.body
    assert all(wrong not in notice.body for wrong in ("style", "script", "img", "span", "class"))
    assert await page.evaluate("window.hit") is None


@pytest.mark.req("WH-41")
async def test_what_was_published_is_edited_in_its_form_and_nothing_is_lost(browser: Browser, product: str, database: None, region: Region) -> None:
    author = await builders.a_staff(organisation=await builders.an_organisation("department"), role="reviewer")
    notice = await a_notice(region, author)
    page, said = await a_form(browser, product, f"notices/{notice.id}/edit")
    sheet = page.locator(".rich__sheet")
    await expect(sheet.locator("p").first).to_have_text("各有关单位：")
    await sheet.click()
    await page.keyboard.press("Control+End")
    await page.keyboard.type("补充一句")
    await page.reload()
    await expect(page.locator(".rich__sheet")).to_contain_text("补充一句")
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator("article.prose")).to_contain_text("补充一句")
    assert said == []


@pytest.mark.req("WH-41")
async def test_without_script_an_announcement_is_written_with_marks(browser: Browser, product: str, database: None, region: Region) -> None:
    page, _ = await a_form(browser, product, script=False)
    await page.fill("#field-title", "关于开展体检的通知")
    await page.fill("#field-body", "# 体检安排\n\n- 空腹")
    await page.get_by_role("button", name="发布", exact=True).click()
    await expect(page.locator("article.prose h3")).to_have_text("体检安排")
    await expect(page.locator("article.prose li")).to_have_text("空腹")


@pytest.mark.req("WH-40")
async def test_a_new_letter_comes_into_the_box_and_the_menu_by_itself(browser: Browser, product: str, database: None, region: Region) -> None:
    window = await builders.an_organisation()
    page = await open_desk(browser, product, await builders.a_staff(organisation=window), "mailbox")
    unread = page.get_by_role("link", name="平台邮箱").locator(".nav-count")
    await expect(unread).to_have_text("")
    await a_letter(region, await builders.a_city_staff(), window, "刚刚寄来的信")
    await expect(page.locator("#lines")).to_contain_text("刚刚寄来的信", timeout=20_000)
    await expect(unread).to_have_text("1", timeout=20_000)
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("刚刚寄来的信")
    unread = page.get_by_role("link", name="平台邮箱").locator(".nav-count")
    await expect(unread).to_have_text("")


@pytest.mark.req("WH-40")
async def test_recipients_are_picked_from_the_tree_and_from_what_is_found(browser: Browser, product: str, database: None, region: Region) -> None:
    unit, window = await office.a_unit(region, "青岚新材料有限公司"), await builders.an_organisation()
    other = await builders.an_organisation("department")
    page, said = await a_form(browser, product, "mailbox/new")
    await page.fill("#recipients-search", "青岚")
    await page.locator(f"#found-units input[value='{unit.id}']").check()
    await page.fill("#recipients-search", window.name)
    await expect(page.locator(f"[data-recipients-tree] input[value='{other.id}']")).to_be_hidden()
    await page.locator(f"[data-recipients-tree] input[value='{window.id}']").check()
    await expect(page.locator("[data-recipients-count]")).to_have_text("已选 2 个")
    await page.fill("#field-subject", "给两家的信")
    await page.fill("#field-body", "请查收。")
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator("body")).to_contain_text("0 / 2 个已打开")
    assert said == []
