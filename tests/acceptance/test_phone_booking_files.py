"""What somebody takes along to a booking 附件, and the window that is nearest to her."""

import re

import httpx
import pytest
from playwright.async_api import Browser, expect

from models.case import Case
from models.file import File
from services.regions import Region
from tests import builders
from tests.acceptance.phone import Phone, id_in, phone
from tests.acceptance.test_phone_bookings import a_holder, a_service, a_window, at_the_form
from tests.foreign_files import a_pdf, a_photo_from_a_phone

FIELD = "attachments"


async def _with_a_file(mine: Phone, typed: dict[str, str]) -> None:
    await mine.upload("/request/files", FIELD, "行程单.pdf", a_pdf(), **typed)


@pytest.mark.req("WH-51")
async def test_files_go_along_from_the_form_over_the_summary_to_the_case(client: httpx.AsyncClient, region: Region) -> None:
    mine, typed = await at_the_form(client, region, await a_service(region))
    await _with_a_file(mine, typed)
    assert "行程单.pdf" in mine.text and typed["need"] in mine.text
    await mine.upload("/request/files", FIELD, "票.jpg", a_photo_from_a_phone(), **typed)
    await mine.send("/request", act="check", **typed)
    assert "2 个文件" in mine.text
    await mine.send("/bookings")
    case = await Case.find(region.code, id_in(mine.at))
    kept = await File.of(region.code, subject="case", subject_id=case.id)
    assert sorted(str(one.id) for one in kept) == sorted(case.data[FIELD]) and len(kept) == 2
    assert all(f"/files/{one.id}/" in mine.text for one in kept)


@pytest.mark.req("WH-51", "T26")
async def test_a_file_that_is_none_is_refused_beside_its_field_and_nothing_typed_is_lost(client: httpx.AsyncClient, region: Region) -> None:
    mine, typed = await at_the_form(client, region, await a_service(region))
    answer = await mine.upload("/request/files", FIELD, "行程单.pdf", b"MZ no document", **typed)
    assert answer.status_code in (400, 415) and typed["need"] in mine.text
    assert not await File.of(region.code).exists()


@pytest.mark.req("WH-51")
async def test_a_file_can_be_taken_off_again(client: httpx.AsyncClient, region: Region) -> None:
    mine, typed = await at_the_form(client, region, await a_service(region))
    await _with_a_file(mine, typed)
    file = await File.of(region.code).get()
    await mine.send("/request", act=f"drop:{file.id}", **typed)
    assert "行程单.pdf" not in mine.text and typed["need"] in mine.text


@pytest.mark.req("T01")
async def test_nobody_takes_along_what_somebody_else_uploaded(client: httpx.AsyncClient, region: Region) -> None:
    service = await a_service(region)
    theirs, typed = await at_the_form(client, region, service)
    await _with_a_file(theirs, typed)
    file = await File.of(region.code).get()
    mine = await phone(client, region, await a_holder())
    await mine.open(f"/services/{service.id}/request")
    answer = await mine.send("/request", act="check", **typed, **{FIELD: str(file.id)})
    assert answer.status_code == 400 and "行程单.pdf" not in mine.text and "重新上传" in mine.text


@pytest.mark.req("WH-61")
async def test_a_returned_booking_takes_another_file(client: httpx.AsyncClient, region: Region) -> None:
    from config.vocabulary import Action

    mine, typed = await at_the_form(client, region, await a_service(region))
    await mine.send("/request", act="check", **typed)
    await mine.send("/bookings")
    case = await builders.acted(await Case.find(region.code, id_in(mine.at)), Action.RETURN, "请补行程单")
    await mine.open(f"/cases/{case.id}/correction")
    await mine.upload("/correction/files", FIELD, "行程单.pdf", a_pdf(), **typed)
    assert "行程单.pdf" in mine.text
    first = re.search(r"<button[^>]*>", mine.text[mine.text.index('data-draft="correction"'):])
    assert first and "name=" not in first[0], "Enter presses the first button: it submits, and takes no file away"
    await mine.send("/correction", **typed)
    assert "已重新提交" in mine.text
    assert len((await Case.find(region.code, case.id)).data[FIELD]) == 1


@pytest.mark.browser
@pytest.mark.req("WH-54")
async def test_the_nearest_window_is_found_in_the_phone_and_nobody_is_told_where_it_is(browser: Browser, product: str, region: Region,
                                                                                        database: None) -> None:
    service = await a_service(region)
    window = await builders.an_organisation(code="rongcheng_window")
    context = await browser.new_context(base_url=product, geolocation={"latitude": window.latitude, "longitude": window.longitude},  # type: ignore[typeddict-item]
                                        permissions=["geolocation"], viewport={"width": 390, "height": 844})
    token = await builders.a_session(await a_holder())
    await context.add_cookies([{"name": "gl_phone", "value": token, "url": f"{product}/{region.code}/"}])
    page = await context.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    await page.goto(f"/{region.code}/services/{service.id}/request")
    await page.get_by_role("button", name="找离我最近的窗口").click()
    await expect(page.locator(f"input[value='{window.id}']")).to_be_checked()
    await expect(page.locator(".distance").first).to_have_text("约 100 米")
    assert not [one for one in sent if str(window.latitude) in one or "latitude" in one]


@pytest.mark.browser
async def test_whoever_does_not_say_where_she_is_chooses_by_district(browser: Browser, product: str, region: Region, database: None) -> None:
    service = await a_service(region)
    context = await browser.new_context(base_url=product, permissions=[], viewport={"width": 390, "height": 844})
    token = await builders.a_session(await a_holder())
    await context.add_cookies([{"name": "gl_phone", "value": token, "url": f"{product}/{region.code}/"}])
    page = await context.new_page()
    await page.goto(f"/{region.code}/services/{service.id}/request")
    await page.get_by_role("button", name="找离我最近的窗口").click()
    await expect(page.get_by_text("请按区县选择窗口")).to_be_visible()
    window = await a_window(region, service)
    await page.get_by_label("所属区县").select_option(window.district)
    await expect(page.get_by_label(window.name)).to_be_visible()
