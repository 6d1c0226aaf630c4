"""Opens every page of the list in Chromium, says what is wrong with it, and takes its pictures when pictures are wanted."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, BrowserContext, Error, Page

from tests.gallery.finding import Stage, end, found, session
from tests.gallery.pages import Shown
from tests.product import ROOT, Product

SCREENS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1440, "height": 900}, "counter": {"width": 1024, "height": 768}}
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
FITNESS = (Path(__file__).parent / "fitness.js").read_text()
LETTERS, LARGE_LETTERS, FINGER = 16, 20, 44
#: Latin words that every clerk knows.
KNOWN = (
    "Excel", "PDF", "Word", "JPG", "JPEG", "PNG", "SVG", "WebP", "WEBP", "HEIC", "SCI", "SSCI", "CSSCI",
    "Ctrl", "Enter", "Esc", "Shift", "Alt", "CSV", "APP", "App",
)
AT_ONCE = 4
#: What changes how the page looks takes a frame, also where nothing moves.
SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
#: A picture shows so much of a long page, in heights of the screen.
LONGEST = 4
GRAVE = {"serious", "critical"}


@dataclass(frozen=True)
class Taken:
    """One page that was looked at. ``pictures``: theme → file name; ``wrong``: what was found, in words."""

    shown: Shown
    name: str
    address: str = ""
    pictures: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Studio:
    """``album``: the folder for pictures; nothing is drawn without one."""

    product: Product
    browser: Browser
    album: Path | None = None
    known: Sequence[str] = KNOWN

    async def look_at(self, pages: Iterable[Shown]) -> list[Taken]:
        """All of them, some at once; those that others build on come first."""
        counted: Counter[str] = Counter()
        named = [(page, _name(page, counted)) for page in pages]
        taken = [await self._one(page, name) for page, name in named if page.early]
        seats = asyncio.Semaphore(AT_ONCE)

        async def seated(page: Shown, name: str) -> Taken:
            async with seats:
                return await self._one(page, name)

        return taken + await asyncio.gather(*(seated(page, name) for page, name in named if not page.early))

    async def _one(self, shown: Shown, name: str) -> Taken:
        stage, taken = Stage(self.product, shown.region), Taken(shown, name)
        try:
            path = _address(shown, await found(dict(shown.places), stage))
        except (LookupError, StopIteration) as nothing:
            return Taken(shown, name, wrong=[str(nothing) or "the demo has no such thing"])
        token = await session(stage, shown.who, shown.face, confirmed=not shown.doubted) if shown.who else ""
        context = await self._context(shown, token)
        try:
            page = await context.new_page()
            page.set_default_timeout(60_000)
            page.on("console", lambda message: taken.wrong.append(f"console: {message.text}") if _fault(message, shown) else None)
            page.on("pageerror", lambda error: taken.wrong.append(f"script: {error}"))
            await self._open(page, shown, f"{self.product.url}/{shown.region}/{path}", taken)
            await self._look(page, taken)
            return Taken(shown, name, path, taken.pictures, list(dict.fromkeys(taken.wrong)))
        except Error as failed:
            return Taken(shown, name, path, taken.pictures, [*taken.wrong, f"could not be opened: {failed.message.splitlines()[0]}"])
        finally:
            await context.close()
            await end(stage, token)

    async def _context(self, shown: Shown, token: str) -> BrowserContext:
        phone = shown.face == "phone"
        context = await self.browser.new_context(viewport=SCREENS[shown.face], locale="zh-CN", timezone_id="Asia/Shanghai", is_mobile=phone,  # type: ignore[arg-type]
                                                 has_touch=phone, reduced_motion="reduce", color_scheme="light")
        if token:
            await context.add_cookies([{"name": f"gl_{shown.face}", "value": token, "url": f"{self.product.url}/{shown.region}/"}])
        return context

    async def _open(self, page: Page, shown: Shown, address: str, taken: Taken) -> None:
        answers: list[int] = []
        page.on("response", lambda answer: answers.append(answer.status) if answer.request.is_navigation_request() else None)
        await page.goto(address)
        for step in shown.then:
            await step(page)
        await page.wait_for_load_state()
        await page.evaluate("document.fonts.ready.then(() => null)")
        last = next((status for status in reversed(answers) if not 300 <= status < 400), 0)
        if last != shown.status:
            taken.wrong.append(f"answered {last} instead of {shown.status} at {page.url}")

    async def _look(self, page: Page, taken: Taken) -> None:
        """Light, dark, and on the phone in large letters: the same page, as it stands."""
        phone = taken.shown.face == "phone"
        await self._fit(page, taken, LETTERS if phone else 0, "")
        await self._axe(page, taken, "")
        await self._picture(page, taken, "light")
        await page.emulate_media(color_scheme="dark")
        await page.evaluate(SETTLED)
        await self._axe(page, taken, "dark")
        await self._picture(page, taken, "dark")
        if phone:
            await page.emulate_media(color_scheme="light")
            await page.evaluate("document.documentElement.classList.add('large-type')")
            await page.evaluate(SETTLED)
            await self._fit(page, taken, LARGE_LETTERS, "large letters")
            await self._picture(page, taken, "large")

    async def _fit(self, page: Page, taken: Taken, least: int, mode: str) -> None:
        phone = taken.shown.face == "phone"
        wrong = await page.evaluate(FITNESS, {"least": least, "touch": FINGER if phone else 0, "known": list(self.known)})
        taken.wrong.extend(_in(mode, one) for one in wrong)

    async def _axe(self, page: Page, taken: Taken, mode: str) -> None:
        await page.evaluate(f"window.axe || ({{}} , (() => {{ {AXE} }})())")
        only: dict[str, Any] = {"runOnly": ["color-contrast"]} if mode else {}
        result = await page.evaluate("options => axe.run(document, {resultTypes: ['violations'], ...options}).then(found => found.violations)", only)
        for violation in result:
            if violation["impact"] in GRAVE:
                nodes = violation["nodes"]
                taken.wrong.append(_in(mode, f"axe {violation['id']} ×{len(nodes)}: {_short(nodes[0])}"))

    async def _picture(self, page: Page, taken: Taken, theme: str) -> None:
        if self.album is None:
            return
        await page.evaluate("scrollTo(0, 0)")
        size = SCREENS[taken.shown.face]
        height = min(await page.evaluate("document.documentElement.scrollHeight"), size["height"] * LONGEST)
        await page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
        drawn = await page.screenshot(animations="disabled")
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        taken.pictures[theme] = f"{taken.name}-{theme}.webp"
        await asyncio.to_thread(_keep, drawn, self.album / taken.pictures[theme])


def _keep(drawn: bytes, file: Path) -> None:
    with Image.open(BytesIO(drawn)) as image:
        image.convert("RGB").save(file, "WEBP", quality=82, method=2)


def _name(shown: Shown, counted: Counter[str]) -> str:
    """A file name that stays the same as long as the list does."""
    words = re.sub(r"<\w+:?[^>]*>", "", shown.route).split("/")
    name = "-".join([shown.region, shown.face, *(one for one in words if one and one != "console")])
    counted[name] += 1
    return name if counted[name] == 1 else f"{name}-{counted[name]}"


def _address(shown: Shown, places: dict[str, str]) -> str:
    path = shown.way.format(**places) if shown.way else re.sub(r"<(\w+):?[^>]*>", lambda place: places[place[1]], shown.route)
    return path + shown.query.format(**places)


def _fault(message: Any, shown: Shown) -> bool:
    """What the browser complains about; a refusal that the page is meant to be, is none."""
    return message.type == "error" and not (shown.status >= 400 and str(shown.status) in message.text)


def _in(mode: str, words: str) -> str:
    return f"{mode}: {words}" if mode else words


def _short(node: dict[str, Any]) -> str:
    data = next((check.get("data") for check in node.get("any", []) if check.get("data")), None)
    contrast = f" {data['fgColor']} on {data['bgColor']} = {data['contrastRatio']}" if isinstance(data, dict) and "fgColor" in data else ""
    return f"{' '.join(map(str, node['target']))}{contrast} {node['html'][:110]}"
