"""The chief's page: charts over their own tables, Excel, a report; what follows from a bad rating, at the desk and on the phone."""

import re
from io import BytesIO

import httpx
import openpyxl
import pytest
from playwright.async_api import Browser, expect

from config import clock
from models.account import Account
from models.audit import Audit
from models.case import Case
from models.database import rows
from models.visit import Rating
from services import ratings
from services.cases.calendar import day_in_words
from services.figures import counting
from services.regions import Region
from tests import builders
from tests.acceptance.desk import desk, words

pytestmark = pytest.mark.req("WH-64", "WH-65")


async def a_bad_day(region: Region) -> Rating:
    case = await builders.a_booking(completed=True)
    holder = await builders.the_actor(await Account.find(region.code, case.applicant_id))
    rating = await ratings.rate_case(region, holder, case.id, 1, "等了很久", clock.now())
    await counting.sweep(region, clock.now())
    return rating


async def test_the_page_says_the_same_as_its_workbook_and_names_nobody(client: httpx.AsyncClient, region: Region) -> None:
    rating = await a_bad_day(region)
    case = await Case.find(region.code, rating.case_id)
    chief = await desk(client, await builders.a_city_staff())
    page = await chief.get("figures/")
    assert page.status_code == 200 and case.subject in words(page) and "等了很久" not in page.text
    assert (await Account.find(region.code, case.applicant_id)).name not in page.text
    book = openpyxl.load_workbook(BytesIO((await chief.post("figures/export", keyed=False)).content))
    assert {"预约和申请", "各环节用时", "满意度", "差评和跟进结果"} <= set(book.sheetnames)
    one = await client.post(f"{chief.at}/figures/export?sheet=stars", data={"csrf": chief.csrf})
    assert "filename*=UTF-8''" in one.headers["content-disposition"]
    lines = list(openpyxl.load_workbook(BytesIO(one.content)).active.iter_rows(values_only=True))
    assert lines[1][:7] == ("预约服务", 0, 0, 0, 0, 1, 1)
    assert {line.act for line in await Audit.of(region.code, act="figures.export")} == {"figures.export"}
    printed = await chief.get("figures/print")
    assert printed.headers["content-type"] == "application/pdf" and printed.content.startswith(b"%PDF")


async def test_from_a_large_number_one_comes_to_its_table_and_from_there_to_the_cases_one_by_one(client: httpx.AsyncClient, region: Region) -> None:
    rating = await a_bad_day(region)
    chief = await desk(client, await builders.a_city_staff())
    page = await chief.get("figures/")
    assert 'href="#sheet-bad"' in page.text and 'id="sheet-bad"' in page.text
    behind = re.search(r'href="([^"]+)" aria-label="差评和跟进结果逐件查看"', page.text)[1].replace("&amp;", "&")
    follow_up = await Case.find(region.code, (await Rating.of(region.code, id=rating.id).get()).follow_up_id)
    assert follow_up.number in words(await client.get(behind))
    visits = re.search(r'href="([^"]+)" aria-label="现场服务的场所和时段逐件查看"', page.text)
    assert visits is None or (await client.get(visits[1].replace("&amp;", "&"))).status_code == 200


async def test_only_who_supervises_sees_it_and_finds_it_in_her_menu(client: httpx.AsyncClient, region: Region) -> None:
    clerk = await desk(client, await builders.a_staff())
    assert (await clerk.get("figures/")).status_code == 403 and "figures" not in (await clerk.get("")).text
    client.cookies.clear()
    chief = await desk(client, await builders.a_city_staff())
    assert f"{chief.at}/figures" in (await chief.get("")).text


async def test_days_that_make_no_period_are_told_beside_their_field_and_what_was_typed_stays(client: httpx.AsyncClient, region: Region) -> None:
    chief = await desk(client, await builders.a_city_staff())
    page = await chief.get("figures/", since="2026-03-05", until="2026-03-01")
    assert page.status_code == 400 and "结束日期应不早于开始日期" in page.text and 'value="2026-03-05"' in page.text
    assert (await chief.get("figures/", span="century")).status_code == 400
    assert (await chief.post("figures/export?sheet=secrets", keyed=False)).status_code == 404


async def test_the_clerk_reads_the_rating_and_replies_and_the_holder_reads_the_reply_alone(client: httpx.AsyncClient, region: Region) -> None:
    rating = await a_bad_day(region)
    found = await rows("SELECT g.account_id FROM role_grant g JOIN cases c ON c.handler_org = g.organisation_id AND c.handler_role = g.role "
                       "WHERE c.id = $1", rating.follow_up_id)
    clerk = await desk(client, await Account.find(region.code, found[0]["account_id"]))
    page = await clerk.get(f"cases/{rating.follow_up_id}/")
    assert "等了很久" in page.text and "回复评价人" in page.text and "只有工作人员看到" in page.text
    done = await clerk.post(f"cases/{rating.follow_up_id}/", action="supplement", seen=1, opinion="已改进，向您致歉。")
    assert done.status_code == 303
    client.cookies.clear()
    holder = await Account.find(region.code, rating.rater_id)
    client.cookies.update(builders.cookies(await builders.a_session(holder)))
    told = await client.get(f"/{region.code}/cases/{rating.case_id}")
    assert "已改进，向您致歉。" in told.text and day_in_words(clock.now().astimezone(region.profile.tz)) in told.text
    assert (await client.get(f"/{region.code}/cases/{rating.follow_up_id}")).status_code == 404
    assert "差评" not in (await client.get(f"/{region.code}/cases")).text


@pytest.mark.browser
async def test_charts_are_drawn_from_their_tables_and_without_script_the_tables_stand_open(browser: Browser, product: str, database: None,
                                                                                          region: Region) -> None:
    await a_bad_day(region)
    chief = await builders.a_city_staff()
    session = builders.cookies(await builders.a_session(chief, "desk"), "desk")
    refused: list[str] = []
    for script in (True, False):
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=script)
        await context.add_cookies([{"name": name, "value": value, "url": f"{product}/{region.code}/"} for name, value in session.items()])
        page = await context.new_page()
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: refused.append(str(error)))
        await page.goto(f"{product}/{region.code}/console/figures/")
        table, chart = page.locator("#table-begun"), page.locator("[data-of=table-begun]")
        if script:
            await expect(chart.locator("canvas")).to_be_visible(timeout=20_000)
            await expect(table).to_be_hidden()
            await page.locator("#sheet-begun summary").click()
        else:
            await expect(chart).to_be_hidden()
        await expect(table).to_be_visible()
        assert refused == []
        await context.close()
