"""Forms that a profile declares, in real Chromium: units come while one types, files go up by themselves, and fields come when they are asked for."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from config import clock
from config.loading import read_profile
from services import dossiers, regions
from services.dossiers import Owner
from services.regions import Region
from tests import builders
from tests.acceptance.test_phone_browser import PHONE, open_page
from tests.foreign_files import a_pdf, a_picture

FOLDER = Path(__file__).parents[1] / "regions" / "yunze"
pytestmark = pytest.mark.browser


@pytest.fixture
async def yunze(database: None) -> Region:
    return await regions.load(read_profile(FOLDER), clock.now())


@pytest.fixture
async def nineteen(database: None) -> Region:
    return await regions.current("dezhou")


@pytest.mark.req("BZ-07")
async def test_a_unit_is_found_while_one_types_and_what_was_typed_stays(browser: Browser, product: str, yunze: Region) -> None:
    unit = await builders.a_unit(yunze, "云泽星湖大学")
    page = await (await browser.new_context(viewport=PHONE)).new_page()  # type: ignore[arg-type]
    await page.goto(f"{product}/{yunze.code}/register/person")
    await page.locator("[name=name]").fill("陆星河")
    await page.locator("[name='find.unit']").fill("星湖")
    await page.get_by_text(unit.name).click()
    await expect(page.locator("[name=unit]")).to_be_checked()
    for name, value in (("id_number", "110105199003078019"), ("phone", "19900007001"), ("login_name", "luxinghe"), ("field_of_work", "湖泊生态"),
                        ("password", "Star-Lake-2026"), ("password_again", "Star-Lake-2026")):
        await page.locator(f"[name={name}]").fill(value)
    await page.get_by_text("我已阅读并同意").click()
    await page.get_by_role("button", name="注册", exact=True).click()
    await expect(page.get_by_text("注册信息已提交审核")).to_be_visible()


@pytest.mark.req("DZ-04")
async def test_files_go_up_at_once_are_shown_and_taken_off_and_fields_come_when_asked_for(browser: Browser, product: str, nineteen: Region) -> None:
    who = await builders.a_talent(name="陆星河", region=nineteen.code)
    page = await open_page(browser, product, "/me/dossier/basic", who)
    await expect(page.locator("[name=id_number]")).to_be_hidden()
    await page.get_by_text("护照", exact=True).click()
    await expect(page.locator("[name=other_number]")).to_be_visible()
    await page.locator("[name=name]").fill("陆星河")
    await page.locator("[name='upload.photo']").set_input_files({"name": "近照.jpg", "mimeType": "image/jpeg", "buffer": a_picture()})
    await expect(page.get_by_role("img", name="近照.jpg")).to_be_visible()
    await expect(page.get_by_role("img", name="近照.jpg")).not_to_have_js_property("naturalWidth", 0)  # it was drawn, not only promised
    await page.locator("[name='upload.id_scan']").set_input_files([
        {"name": "护照.pdf", "mimeType": "application/pdf", "buffer": a_pdf()},
        {"name": "签证.jpg", "mimeType": "image/jpeg", "buffer": a_picture()}])
    await expect(page.get_by_text("签证.jpg")).to_be_visible()
    await page.get_by_role("button", name="移除护照.pdf").click()
    await page.locator("[name='upload.id_scan']").set_input_files({"name": "坏.jpg", "mimeType": "image/jpeg", "buffer": b"MZ nothing"})
    await expect(page.get_by_text("只能上传照片")).to_be_visible()
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("已保存")).to_be_visible()
    (row,) = (await dossiers.of(nineteen, Owner("talent", account_id=who.id), clock.now())).draft["basic"]
    assert (row["name"], row["id_type"], len(row["photo"]), len(row["id_scan"])) == ("陆星河", "passport", 1, 1)
