"""R9, R8 over HTTP: what one web process stops is stopped on the other; a tap whose process died is answered by the other, and counts once."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from config import clock
from models.account import Account
from models.card import Card
from models.database import new_id, rows
from services import checks
from services.regions import Region
from tests.builders import a_city_staff, a_staff
from tests.conftest import Servers
from tests.security.callers import Caller, caller

from .race import ROOT, Person, figure, holders, report
from .test_r08_replayed_scans import an_open_venue

pytestmark = pytest.mark.timeout(180)
ROUNDS = figure(10, 50)


@dataclass
class Web:
    """One web process, as ``greenlane serve`` starts it."""

    client: httpx.AsyncClient
    process: asyncio.subprocess.Process


@asynccontextmanager
async def a_web_process() -> AsyncIterator[Web]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "cli", "serve", cwd=ROOT, env={**os.environ, "PORT": str(port)},
                                                   stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield Web(client, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def answers(web: Web) -> None:
    """Wait until the process serves."""
    async with asyncio.timeout(60):
        while True:
            try:
                if (await web.client.get("/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
async def webs(orm: Servers) -> AsyncIterator[list[Web]]:
    async with a_web_process() as first, a_web_process() as second:
        await asyncio.gather(answers(first), answers(second))
        yield [first, second]


async def everywhere(webs: list[Web], region: Region, who: Account) -> list[Caller]:
    """One session, used on both processes."""
    known = await caller(webs[0].client, region, who)
    return [known, Caller(webs[1].client, region.code, known.tokens)]


@asynccontextmanager
async def hammering(asks: list[Callable[[], Awaitable[str]]]) -> AsyncIterator[list[tuple[float, float, str]]]:
    """Every ask again and again until the block ends: when it began, when it ended, what came of it."""
    heard: list[tuple[float, float, str]] = []
    on = True

    async def hammer(ask: Callable[[], Awaitable[str]]) -> None:
        while on:
            began = time.monotonic()
            said = await ask()
            heard.append((began, time.monotonic(), said))

    running = [asyncio.ensure_future(hammer(ask)) for ask in asks]
    try:
        yield heard
    finally:
        on = False
        await asyncio.gather(*running)


async def some_answers(heard: list[tuple[float, float, str]], many: int = 8) -> None:
    """Wait until so many asks that begin now or later are answered."""
    now = time.monotonic()
    while sum(began > now for began, *_ in heard) < many:  # noqa: ASYNC110  many at once append to it
        await asyncio.sleep(0.01)


def a_scan(holder: Caller, code: str) -> Callable[[], Awaitable[str]]:
    async def ask() -> str:
        answer = await holder.ask("POST", f"/{holder.region}/api/visits", {"code": code, "nonce": str(new_id()), "companions": 0})
        return str(answer.json().get("verdict", answer.status_code))

    return ask


async def test_r09_a_suspension_answered_by_one_process_holds_on_both(region: Region, webs: list[Web]) -> None:
    code, (person,) = await an_open_venue(region), await holders(region, 1)
    both = await everywhere(webs, region, await Account.find(region.code, person.account_id))
    city = (await everywhere(webs, region, await a_city_staff()))[0]
    off: list[tuple[float, float]] = []
    async with hammering([a_scan(holder, code) for holder in both * 3]) as heard:
        for _ in range(ROUNDS):
            await some_answers(heard)
            since = await switched(city, region, person, "suspend")
            await some_answers(heard)
            off.append((since, time.monotonic()))
            await switched(city, region, person, "enable")
        await some_answers(heard)
    while_off = Counter(verdict for began, ended, verdict in heard for since, until in off if since < began and ended < until)
    report(r09_http=ROUNDS, scans=len(heard), while_off=dict(while_off))
    assert set(while_off) == {"card_suspended"} and while_off["card_suspended"] >= ROUNDS
    assert {verdict for *_, verdict in heard} == {"admitted", "card_suspended"}
    assert await checks.run(clock.now()) == []


async def switched(city: Caller, region: Region, person: Person, what: str) -> float:
    """Suspend or enable the card at the desk; the moment at which that was answered."""
    card = await Card.find(region.code, person.card_id)
    answer = await city.ask("POST", f"/{region.code}/console/cards/{card.id}/{what}", {"seen": card.version, "reason": "资格复核"})
    assert answer.status_code == 303, answer.text
    return time.monotonic()


@pytest.mark.parametrize("how", ["suspended", "logged out"])
async def test_r09_a_session_ended_by_one_process_is_over_on_both(region: Region, webs: list[Web], how: str) -> None:
    clerk = await a_staff()
    both = await everywhere(webs, region, clerk)
    city = (await everywhere(webs, region, await a_city_staff()))[0]

    def look(at: Caller) -> Callable[[], Awaitable[str]]:
        async def ask() -> str:
            return str((await at.ask("GET", f"/{region.code}/console/security")).status_code)

        return ask

    async with hammering([look(at) for at in both * 2]) as heard:
        await some_answers(heard)
        asked = time.monotonic()
        if how == "suspended":
            answer = await city.ask("POST", f"/{region.code}/console/staff/{clerk.id}/suspend", {"reason": "离岗"})
        else:
            answer = await both[0].ask("POST", f"/{region.code}/console/logout")
        assert answer.status_code == 303
        since = time.monotonic()
        await some_answers(heard)
    after = {status for began, _, status in heard if began > since}
    assert after == {"303"} and {status for _, ended, status in heard if ended < asked} == {"200"}


async def test_r08_taps_whose_process_is_killed_are_answered_by_the_other_and_count_once(region: Region, webs: list[Web]) -> None:
    code, people = await an_open_venue(region), await holders(region, 10)
    async with a_web_process() as dying:
        await answers(dying)
        callers = [await everywhere([dying, webs[0]], region, await Account.find(region.code, person.account_id)) for person in people]
        taps = [(callers[number % 10], {"code": code, "nonce": str(new_id()), "companions": 0}) for number in range(figure(100, 500))]
        first = [asyncio.ensure_future(tap(both[0], scan)) for both, scan in taps]
        async with asyncio.timeout(60):
            while len(await rows("SELECT 1 FROM visit LIMIT 10")) < 10:  # noqa: ASYNC110  it is another process that we wait for
                await asyncio.sleep(0.005)
        os.kill(dying.process.pid, signal.SIGKILL)
        heard = await asyncio.gather(*first)
    again = [await tap(both[1], scan) for both, scan in taps]
    report(r08_http=len(taps), lost=heard.count(""))
    assert "" in heard and "" not in again
    assert [text for text in heard if text] == [again[number] for number, text in enumerate(heard) if text]
    assert await rows("SELECT sum(used)::int AS used FROM quota_use") == [{"used": len(taps)}] and await checks.run(clock.now()) == []


async def tap(holder: Caller, scan: dict[str, object]) -> str:
    """The answer; nothing when the process died over it."""
    try:
        return (await holder.ask("POST", f"/{holder.region}/api/visits", scan)).text
    except httpx.TransportError:
        return ""


async def test_r08_taps_whose_answer_is_never_heard_count_once(region: Region, webs: list[Web]) -> None:
    """The line is cut as soon as the tap is sent; then it is sent again, to both processes."""
    code, (person,) = await an_open_venue(region), await holders(region, 1)
    both = await everywhere(webs, region, await Account.find(region.code, person.account_id))
    scans = [{"code": code, "nonce": str(new_id()), "companions": 0} for _ in range(20)]
    unheard = 0
    for patience in (0.002, 0.02, 0.1, 0.5):  # a busy process may not have read what was sent before the line was cut
        for scan in scans:
            await send_and_hang_up(both[0], scan, patience)
        await asyncio.sleep(1)
        if unheard := len(await rows("SELECT 1 FROM visit")):
            break
    for scan in scans:
        first, second = [await tap(holder, scan) for holder in both]
        assert first == second and '"admitted"' in first
    report(unheard=unheard)
    assert unheard > 0 and await rows("SELECT used FROM quota_use") == [{"used": len(scans)}]


async def send_and_hang_up(holder: Caller, scan: dict[str, object], after: float) -> None:
    url = holder.client.base_url
    _, writer = await asyncio.open_connection(url.host, url.port)
    body = json.dumps(scan).encode()
    writer.write(f"POST /{holder.region}/api/visits HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {holder.tokens['mini']}\r\n"
                 f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()
    await asyncio.sleep(after)
    writer.transport.abort()
