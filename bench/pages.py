"""``make bench-pages``: what phone pages weigh and when they are there on a slow network, and how long the desk's pages take on the server.

Pages of the phone are opened in Chromium as its «slow 4G» throttle lets them come, once with an empty cache and then one after the other, as a person
does. Bytes are what came over the wire, headers included; the paint and the shifts are what the browser itself reports (PerformanceObserver).
Pages of the desk are asked for one by one, without a browser, from one process as in production that stands on a million cases.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bench import fill, people
from bench.document import put
from bench.ground import Ground, filled, ground, interrupt, process
from bench.rounds import spread
from bench.scan import free_port
from models.database import execute
from tests.acceptance.conftest import CHROMIUM, FLAGS
from tests.gallery.finding import Find, Stage, case, first, found, named, session
from tests.gallery.pages import REGIONS
from tests.product import Product, open_doors, running

BEGIN, END = "<!-- table: make bench-pages -->", "<!-- end of pages -->"
KIB = 1024
#: Chromium's own «slow 4G»: 1.6 Mbit/s down, 750 kbit/s up, less a tenth, and 562.5 ms until an answer begins.
SLOW_4G = {"offline": False, "latency": 150 * 3.75, "downloadThroughput": 1.6e6 / 8 * 0.9, "uploadThroughput": 750e3 / 8 * 0.9}
SCREEN = {"width": 390, "height": 844}
FIRST_KIB, LATER_KIB, PAINT_SECONDS, SHIFT, SERVER_MS = 120, 30, 1.5, 0.05, 80
MANY, PERSONS, UNITS = 1_000_000, 20_000, 2_000
#: Of an office at work one case in so many is open, and the most that there can be.
SHARES = {25: "1,000,000 cases, 40,000 of them open", 1: "1,000,000 open cases"}

#: What the browser noticed since the page began; the last paint counts.
NOTICED = """
() => new Promise(done => {
  const seen = {paint: 0, shift: 0};
  const watch = (type, note) => new PerformanceObserver(list => list.getEntries().forEach(note)).observe({type, buffered: true});
  watch('largest-contentful-paint', one => { seen.paint = one.startTime; });
  watch('layout-shift', one => { if (!one.hadRecentInput) seen.shift += one.value; });
  setTimeout(() => done(seen), 300);
})
"""


@dataclass(frozen=True)
class Visited:
    """A page of the phone. ``path`` behind the region; its places are found in the demo data as the gallery finds them."""

    name: str
    path: str
    places: dict[str, Find] = field(default_factory=dict)


HOLDER, REGION = "sunyuxin", REGIONS[0]
FIRST = Visited("服务 (home), nobody logged in", "")
LATER = (
    Visited("服务 (home), with a card", ""),
    Visited("service", "services/{id}", {"id": named("service", "inpatient")}),
    Visited("request", "services/{id}/request", {"id": named("service", "inpatient")}),
    Visited("scan", "scan"),
    Visited("my cases", "cases"),
    Visited("case", "cases/{id}", {"id": case("booking", HOLDER)}),
    Visited("me", "me"),
    Visited("my card", "me/card"),
    Visited("my dossier", "me/dossier"),
    Visited("a section of it", "me/dossier/basic"),
    Visited("apply", "apply"),
    Visited("visits", "me/visits"),
    Visited("messages", "me/messages"),
    Visited("settings", "me/settings"),
    Visited("windows", "windows"),
    Visited("announcements", "notices"),
    Visited("an announcement", "notices/{id}", {"id": first("notice", category="", state="published")}),
)
CLERK, CHIEF = "clerk1", "clerk2"
#: Who asks, and for what → its name.
DESK = {
    (CLERK, ""): "user centre, a window's clerk", (CLERK, "todo"): "to-do list", (CHIEF, ""): "user centre, the whole region",
    (CHIEF, "query"): "query", (CHIEF, "overdue"): "overdue", (CHIEF, "cards"): "cards", (CHIEF, "talents"): "talents",
    (CLERK, "query"): "query of a window that has 111,000", (CLERK, "query/ask/talents"): "its talents", (CLERK, "query/ask/units"): "its units",
    (CHIEF, "figures"): "figures", (CHIEF, "notices"): "announcements", (CHIEF, "mailbox"): "mailbox", (CHIEF, "audit"): "audit",
}


@dataclass(frozen=True)
class Measured:
    """``weight`` in bytes, ``paint`` in seconds, ``shift`` as the browser counts it."""

    name: str
    weight: int
    most: int
    paints: list[float]
    shift: float

    def __str__(self) -> str:
        met = self.weight <= self.most * KIB and median(self.paints) <= PAINT_SECONDS and self.shift <= SHIFT
        return f"| {self.name} | {self.weight / KIB:.1f} | {self.most} | {spread(self.paints)} | {self.shift:.3f} | {'yes' if met else '**no**'} |"


async def phone(product: Product, rounds: int) -> list[Measured]:
    """The first page with an empty cache, then the others as they follow it."""
    stage = Stage(product, REGION)
    later = [(one, one.path.format(**await found(one.places, stage))) for one in LATER]
    token = await session(stage, HOLDER, "phone")
    taken: dict[str, list[tuple[int, float, float]]] = {}
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for _ in range(rounds):
            async with slow(browser) as (context, page, came):
                taken.setdefault(FIRST.name, []).append(await opened(page, f"{product.url}/{REGION}/", came))
                await context.add_cookies([{"name": "gl_phone", "value": token, "url": f"{product.url}/{REGION}/"}])
                for one, path in later:
                    taken.setdefault(one.name, []).append(await opened(page, f"{product.url}/{REGION}/{path}", came))
        await browser.close()
    return [Measured(name, max(one[0] for one in rows), FIRST_KIB if name == FIRST.name else LATER_KIB, [one[1] for one in rows],
                     max(one[2] for one in rows)) for name, rows in taken.items()]


@asynccontextmanager
async def slow(browser: Browser) -> AsyncIterator[tuple[BrowserContext, Page, list[int]]]:
    """A phone with an empty cache on a slow network; ``came`` collects the bytes of whatever arrives."""
    context: BrowserContext = await browser.new_context(viewport=SCREEN, is_mobile=True, has_touch=True, locale="zh-CN")  # type: ignore[arg-type]
    page = await context.new_page()
    came: list[int] = []
    wire = await context.new_cdp_session(page)
    await wire.send("Network.enable")
    await wire.send("Network.emulateNetworkConditions", SLOW_4G)
    wire.on("Network.loadingFinished", lambda event: came.append(int(event["encodedDataLength"])))
    try:
        yield context, page, came
    finally:
        await context.close()


async def opened(page: Page, address: str, came: list[int]) -> tuple[int, float, float]:
    """Bytes, seconds until the largest part was painted, and how much the page shifted. Raises ``RuntimeError`` for a page that is refused."""
    came.clear()
    answer = await page.goto(address, wait_until="load")
    if answer is None or answer.status != 200 or page.url != address:
        raise RuntimeError(f"{address} leads to {page.url}: {answer.status if answer else 'nothing'}")
    noticed = await page.evaluate(NOTICED)
    return sum(came), noticed["paint"] / 1000, noticed["shift"]


@dataclass(frozen=True)
class Answered:
    """Milliseconds of each time that a page of the desk was asked for, and what it weighs."""

    name: str
    times: list[float]
    weight: int

    def __str__(self) -> str:
        return f"| {self.name} | {self.weight / KIB:.1f} | {spread(self.times, 0)} | {'yes' if median(self.times) <= SERVER_MS else '**no**'} |"


async def desk(on: Ground, times: int, many: int, open_every: int) -> list[Answered]:
    """Each page some times, in turns, the first turn thrown away: a clerk's own list, the rest by whoever watches over the region."""
    async with filled(on) as region:
        await people.units(region, UNITS)
        await people.holders(region, PERSONS)
        await people.clerks(region)
        await fill.cases(on.database_url, region, many, open_every=open_every)
        await execute("UPDATE role_grant g SET role = $2 FROM account a WHERE g.region = $1 AND a.region = $1 AND a.id = g.account_id "
                      "AND a.login_name = $3", region.code, region.profile.supervision.watch_role, CHIEF)
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        with process("-m", "cli", "serve", environment=on.environment(port), ready=f"{address}/healthz"):
            async with httpx.AsyncClient(base_url=f"{address}/{region.code}/console/", timeout=60) as client:
                took: dict[tuple[str, str], list[float]] = {}
                weights: dict[tuple[str, str], int] = {}
                for _ in range(times + 1):
                    for one in DESK:
                        milliseconds, weights[one] = await asked(client, *one)
                        took.setdefault(one, []).append(milliseconds)
    return [Answered(DESK[one], taken[1:], weights[one]) for one, taken in took.items()]


async def asked(client: httpx.AsyncClient, who: str, path: str) -> tuple[float, int]:
    """Milliseconds until the whole answer was there, and its bytes. Raises ``RuntimeError`` for anything but the page."""
    headers = {"Accept": "text/html", "Accept-Encoding": "gzip", "Cookie": f"gl_desk={people.token(who)}"}
    began = time.perf_counter()
    answer = await client.get(path, headers=headers)
    took = 1000 * (time.perf_counter() - began)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} of {who}: {answer.status_code} {answer.headers.get('location', '')}")
    return took, answer.num_bytes_downloaded


PHONE_HEAD = "| page of the phone | KiB | at most | largest paint, s | shift | met |\n|---|---|---|---|---|---|"
DESK_HEAD = "| page of the desk, {} | KiB | server time, ms | ≤ 80 ms |\n|---|---|---|---|"


def measured(rounds: int, times: int, many: int) -> Iterator[str]:
    """All tables, each as soon as it is there."""
    with tempfile.TemporaryDirectory(prefix="greenlane-pages-") as folder:
        Path(folder).chmod(0o755)  # the database server does not run as root, and must reach its own part
        yield "\n".join([PHONE_HEAD, *map(str, asyncio.run(_phone(Path(folder), rounds)))])
    for open_every, said in SHARES.items():
        with ground() as on:
            yield "\n".join([DESK_HEAD.format(said), *map(str, asyncio.run(desk(on, times, many, open_every)))])


async def _phone(folder: Path, rounds: int) -> list[Measured]:
    async with running(folder, bent=open_doors) as product:
        return await phone(product, rounds)


def main() -> None:
    asked_for = argparse.ArgumentParser(description=__doc__)
    asked_for.add_argument("--rounds", type=int, default=5, help="how often each page of the phone is opened")
    asked_for.add_argument("--times", type=int, default=15, help="how often each page of the desk is asked for")
    asked_for.add_argument("--cases", type=int, default=MANY)
    given = asked_for.parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    tables = []
    for table in measured(given.rounds, given.times, given.cases):
        sys.stdout.write(f"{table}\n\n")
        sys.stdout.flush()
        tables.append(table)
    put(BEGIN, END, "\n\n".join(tables))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
