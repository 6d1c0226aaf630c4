"""WH-55: a prepared pass opens and is checked with the network away on both sides, and what was let in is counted when it is back."""

import asyncio
import io
import re
from urllib.parse import parse_qs

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, expect

from config import clock
from models.account import Account
from models.card import Card
from models.database import row, rows
from models.venue import Venue
from services import cards, venues
from services.regions import Region
from tests import builders

TABLET, PHONE = {"width": 1024, "height": 768}, {"width": 390, "height": 844}
VENUE = "city_hospital_desk"
pytestmark = pytest.mark.browser


#: The state of the first pass on the list that the counter keeps.
LISTED = """async () => {
    const base = await new Promise((done) => {
        const asked = indexedDB.open("counter:" + document.getElementById("offline").dataset.here);
        asked.onsuccess = () => done(asked.result);
    });
    const kept = await new Promise((done) => {
        const asked = base.transaction("list").objectStore("list").get("list");
        asked.onsuccess = () => done(asked.result);
    });
    return kept?.passes[0]?.state === "stopped";
}"""


async def a_holder(region: Region) -> tuple[Account, Venue]:
    venue = await builders.a_venue(VENUE)
    await builders.a_board(venue)
    holder = await builders.a_talent(name="欧阳若兰")
    await builders.a_card(holder=holder, level="b")
    return holder, venue


async def phone_of(browser: Browser, base: str, holder: Account) -> Page:
    """The holder's phone, on which the pass was prepared while there was a network."""
    context = await browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    session = builders.cookies(await builders.a_session(holder))
    await context.add_cookies([{"name": name, "value": value, "url": f"{base}/{holder.region}/"} for name, value in session.items()])
    page = await context.new_page()
    await page.goto(f"{base}/{holder.region}/day-pass")
    offer = page.locator("section.panel", has_text=(await builders.a_venue(VENUE)).name)
    await offer.locator("summary").click()
    await offer.get_by_role("button", name="增加").click()
    await offer.get_by_role("button", name="准备通行证").click()
    await expect(page.locator("[data-part=digits]")).to_have_text(re.compile(r"\d{3} \d{3}"))
    await expect(page.locator("[data-part=kept]")).to_have_attribute("data-kept", "yes", timeout=60_000)
    return page


async def counter_of(browser: Browser, base: str, region: Region, venue: Venue) -> Page:
    context = await browser.new_context(viewport=TABLET)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(base + venues.link_of(region.code, venue, ""))
    await expect(page.locator("[data-part=age]")).to_have_text("刚刚")
    await expect(page.locator("#offline")).to_have_attribute("data-kept", "yes", timeout=60_000)
    return page


async def until(page: Page, script: str) -> None:
    """The asynchronous `script` resolves to true in the page. (``wait_for_function`` takes the promise itself for the answer.)"""
    async with asyncio.timeout(60):
        while not await page.evaluate(script):  # noqa: ASYNC110  # nothing here hears of what becomes true in the page
            await asyncio.sleep(0.05)


async def away(context: BrowserContext, page: Page) -> None:
    """No network, and the page is opened anew: once it said that it is kept, it opens, also when it was never opened before."""
    await context.set_offline(True)
    await page.reload()


async def shown_text(phone: Page) -> str:
    """What a scanner reads off the screen."""
    drawn = Image.open(io.BytesIO(await phone.locator("[data-part=qr]").screenshot(scale="device")))
    found = zxingcpp.read_barcode(drawn.resize((3 * drawn.width, 3 * drawn.height), Image.Resampling.NEAREST))
    assert found is not None
    return found.text


async def digits_of(phone: Page) -> str:
    return (await phone.locator("[data-part=digits]").inner_text()).replace(" ", "")


async def show_to(counter: Page, text: str) -> None:
    await counter.locator("#field-code").fill(text)
    await counter.locator("#field-code").press("Enter")


@pytest.mark.req("WH-55")
async def test_without_a_network_on_both_sides_a_pass_is_let_in_once_and_counted_later(browser: Browser, product: str, region: Region) -> None:
    holder, venue = await a_holder(region)
    phone, counter = await phone_of(browser, product, holder), await counter_of(browser, product, region, venue)
    await away(phone.context, phone)
    await away(counter.context, counter)
    await expect(phone.locator("[data-when=offline]")).to_be_visible()
    await expect(counter.locator("#offline [data-when=offline]")).to_be_visible()
    await show_to(counter, await digits_of(phone))
    await expect(counter.locator(".answer--yes")).to_contain_text("欧*** 离线核对通过")
    await expect(counter.locator(".answer--yes")).to_contain_text("随行 1 人")
    await expect(counter.locator("[data-part=waiting]")).to_have_text("1")
    await show_to(counter, await digits_of(phone))
    await expect(counter.locator(".answer--no")).to_contain_text("已经用过")
    assert await rows("SELECT 1 FROM visit WHERE region = $1", region.code) == []
    await counter.context.set_offline(False)
    await expect(counter.locator("[data-part=some]")).to_be_hidden(timeout=60_000)
    await expect(counter.locator("li.arrival")).to_contain_text("离线核验", timeout=60_000)
    kept_row = await row("SELECT outcome FROM offline_check WHERE region = $1", region.code)
    assert kept_row is not None and kept_row["outcome"] == "counted"
    await phone.context.set_offline(False)
    await expect(phone.locator(".notice")).to_contain_text("核对使用", timeout=60_000)


@pytest.mark.req("WH-55")
async def test_a_pass_that_the_counter_never_heard_of_is_believed_by_its_signature(browser: Browser, product: str, region: Region) -> None:
    holder, venue = await a_holder(region)
    counter = await counter_of(browser, product, region, venue)
    await away(counter.context, counter)
    phone = await phone_of(browser, product, holder)
    await away(phone.context, phone)
    text = await shown_text(phone)
    forged = text[:180] + ("0" if text[180] != "0" else "1") + text[181:]
    await show_to(counter, forged)
    await expect(counter.locator(".answer--no")).to_contain_text("签名不符")
    await show_to(counter, text)
    await expect(counter.locator(".answer--yes")).to_contain_text("欧***")


@pytest.mark.req("WH-36")
async def test_a_card_that_was_stopped_while_the_counter_was_on_line_stays_out_when_it_is_not(browser: Browser, product: str, region: Region) -> None:
    holder, venue = await a_holder(region)
    phone, counter = await phone_of(browser, product, holder), await counter_of(browser, product, region, venue)
    await phone.context.set_offline(True)
    card = await Card.of(region.code, holder_id=holder.id).get()
    await cards.suspend(region, await builders.the_actor(await builders.a_city_staff(), "desk"), card.id, card.version, "资格复核", clock.now())
    await until(counter, LISTED)
    await counter.context.set_offline(True)
    await show_to(counter, await digits_of(phone))
    await expect(counter.locator(".answer--no")).to_contain_text("已经停用")


async def test_a_report_says_what_the_server_understands_and_is_forgotten_once_it_arrived(browser: Browser, product: str, region: Region) -> None:
    holder, venue = await a_holder(region)
    phone, counter = await phone_of(browser, product, holder), await counter_of(browser, product, region, venue)
    await counter.context.set_offline(True)
    await expect(counter.locator("#offline [data-when=offline]")).to_be_visible()
    await show_to(counter, await digits_of(phone))
    await expect(counter.locator("[data-part=waiting]")).to_have_text("1")
    async with counter.expect_request(lambda asked: asked.method == "POST" and asked.url.endswith("/offline"), timeout=60_000) as sent:
        await counter.context.set_offline(False)
    said = parse_qs((await sent.value).post_data or "")
    assert set(said) == {"nonce", "checked_at", "pass_id", "digits"}
    await expect(counter.locator("[data-part=some]")).to_be_hidden(timeout=60_000)
