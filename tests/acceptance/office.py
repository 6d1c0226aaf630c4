"""The office as people meet it: a browser of one's own, pages read, forms filled in by the words beside their fields, buttons pressed by theirs.

What a form carries without being asked goes along, as in a browser: hidden fields, what is filled in already, boxes that are ticked.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urljoin

import httpx
import pypdfium2
import zxingcpp
from lxml import html
from PIL import Image, ImageDraw

from config import clock
from services import export_writing, registration
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import picture_says
from tests.acceptance.phone import last_code

Element = html.HtmlElement


class File(NamedTuple):
    """A file that somebody chooses in a form."""

    name: str
    data: bytes


@asynccontextmanager
async def somebody(product: str, region: Region) -> AsyncIterator["Browser"]:
    """A browser that nobody has used yet."""
    async with httpx.AsyncClient(base_url=product, headers={"Accept": "text/html", "Accept-Language": "zh-CN"}, timeout=60) as client:
        yield Browser(client, region)


class Browser:
    """One person's browser, on the phone or at the desk. ``said``: the words of the page that is open."""

    def __init__(self, client: httpx.AsyncClient, region: Region) -> None:
        self.client, self.region = client, region
        self.answer = httpx.Response(0)
        self.page: Element = html.fromstring("<p/>")

    @property
    def said(self) -> str:
        return _words(self.page)

    @property
    def at(self) -> str:
        """The path that is open, below the region."""
        return self.answer.url.path.removeprefix(f"/{self.region.code}")

    async def open(self, path: str) -> str:
        """A page by its path below the region; what it says."""
        return await self._read(await self.client.get(path if path.startswith(("/p/", f"/{self.region.code}/")) else f"/{self.region.code}{path}"))

    async def follow(self, words: str) -> str:
        """The link that says just this, else one that begins so, else one that has these words."""
        links = [one for one in self.page.iter("a") if words in _words(one)]
        best = sorted(links, key=lambda one: (_words(one) != words, not _words(one).startswith(words)))
        link = _the_one(best, f"link «{words}»", self.said)
        return await self.open(urljoin(str(self.answer.url.path), link.get("href", "")))

    async def press(self, words: str, typed: Mapping[str, Any] | None = None, beside: str = "", **hidden: str) -> str:
        """Fill in the form by the words beside its fields and press its button; what is said then.

        ``beside``: words of the field that the button belongs to, where several say the same. A radio or a select takes the words of its
        option, a box True or False, a file field one :class:`File` or several.
        """
        button = self._button(words, beside)
        form = _form_of(self.page, button)
        sent = _Sent(self.page, form)
        for label, value in (typed or {}).items():
            sent.fill(label, value)
        target = urljoin(str(self.answer.url.path), button.get("formaction") or form.get("action") or "")
        return await self._read(await sent.send(self.client, target, button, hidden))

    async def open_row(self, words: str) -> str:
        """What the row of a list that says so leads to."""
        rows = [one for one in self.page.iter("tr", "li") if words in _words(one) and one.xpath(".//a[@data-open]")]
        row = _the_one(rows, f"row «{words}»", self.said)
        return await self.open(row.xpath(".//a[@data-open]/@href")[0])

    def ticks(self, *words: str) -> dict[str, bool]:
        """The boxes of the rows that say so, to be ticked."""
        rows = [_the_one([one for one in self.page.iter("tr") if some in _words(one)], f"row «{some}»", self.said) for some in words]
        return {row.xpath(".//input[@data-check]/@aria-label")[0]: True for row in rows}

    async def download(self, words: str) -> httpx.Response:
        """What the link or button that says so gives, beside the page that stays open."""
        links = [one for one in self.page.iter("a") if words in _words(one)]
        if links:
            return await self.client.get(urljoin(str(self.answer.url.path), _the_one(links, words).get("href", "")))
        button = self._button(words, "")
        form = _form_of(self.page, button)
        answer = await _Sent(self.page, form).send(self.client, urljoin(str(self.answer.url.path), form.get("action")), button, {})
        if answer.status_code != 303:
            return answer
        await export_writing.work(clock.now)  # as the worker does; the page of the file would wait for it
        return await self.client.get(f"{answer.headers['location']}/file")

    def offers(self, words: str) -> bool:
        """Whether a button or link says so."""
        return any(words in _words(one) for one in [*self.page.iter("a"), *self.page.iter("button")])

    def lacks(self, *words: str) -> list[str]:
        """Which of these the page does not say: ``assert not her.lacks(…)`` names what is missing."""
        return [one for one in words if one not in self.said]

    @property
    def route(self) -> dict[str, str]:
        """The way of a case as it is drawn: step → «done» blue, «underway» red, «todo» black, or «waiting»."""
        return {(one.find_class("route__name")[0].text or "").strip(): one.get("class", "").rpartition("--")[2]
                for one in self.page.find_class("route__step")}

    def _button(self, words: str, beside: str) -> Element:
        found = [one for one in self.page.iter("button") if words == _words(one) or words == one.get("aria-label")] \
            or [one for one in self.page.iter("button") if words in _words(one)]
        return _the_one([one for one in found if not beside or beside in _words(_place_of(one))], f"button «{words}»", self.said)

    async def _read(self, answer: httpx.Response) -> str:
        while answer.is_redirect:
            answer = await self.client.get(answer.headers["location"])
        self.answer = answer
        self.page = html.fromstring(answer.content if answer.content.strip() else b"<p/>", parser=html.HTMLParser(encoding="utf-8"))
        return self.said


class _Sent:
    """What a form sends: its controls as they stand, and what is typed into them."""

    def __init__(self, page: Element, form: Element) -> None:
        own = form.get("id")
        outside = [one for one in page.iter("input", "select", "textarea") if own and one.get("form") == own]
        self.form = form
        self.controls = [one for one in [*form.iter("input", "select", "textarea"), *outside] if one.get("name") and one.get("disabled") is None]
        self.values: dict[int, list[str]] = {number: list(_standing(one)) for number, one in enumerate(self.controls)}
        self.files: list[tuple[str, File]] = []

    def fill(self, label: str, value: Any) -> None:
        found = [number for number, one in enumerate(self.controls) if one.get("type") != "hidden" and label in _labels(one)]
        assert found, f"no field «{label}» among {sorted({words for one in self.controls if one.get('type') != 'hidden' for words in _labels(one)})}"
        kind = self.controls[found[0]].get("type")
        boxes = [number for number in found if self.controls[number].get("type") in ("radio", "checkbox")]
        if isinstance(value, File) or (isinstance(value, list) and value and isinstance(value[0], File)):
            name = next(self.controls[number].get("name") for number in found if self.controls[number].get("type") == "file")
            self.files += [(name, one) for one in ([value] if isinstance(value, File) else value)]
        elif boxes and not isinstance(value, bool):
            self._choose(boxes, label, [value] if isinstance(value, str) else value)
        elif kind == "checkbox":
            self.values[found[0]] = [self.controls[found[0]].get("value", "on")] if value else []
        elif self.controls[found[0]].tag == "select":
            number, option = self._offering(found, label, value)
            self.values[number] = [option.get("value", "")]
        else:
            self.values[found[0]] = [str(value)]

    def _offering(self, found: Sequence[int], label: str, value: str) -> tuple[int, Element]:
        """Of several choices under one label, of which a script shows the one that is asked for, the one that offers it."""
        offered = [(number, one) for number in found for one in self.controls[number].iter("option") if value in _words(one)]
        assert offered, f"no «{value}» of «{label}»: {[_words(self.controls[number]) for number in found]}"
        return offered[0]

    def _choose(self, found: Sequence[int], label: str, wanted: Sequence[str]) -> None:
        for number in found:
            self.values[number] = []
        for words in wanted:
            fitting = [number for number in found if _option(self.controls[number]).startswith(words)]
            assert fitting, f"«{label}» offers {[_option(self.controls[number]) for number in found]}, not «{words}»"
            self.values[fitting[0]] = [self.controls[fitting[0]].get("value", "on")]

    async def send(self, client: httpx.AsyncClient, target: str, button: Element, hidden: Mapping[str, str]) -> httpx.Response:
        fields: dict[str, list[str]] = {}
        for number, one in enumerate(self.controls):
            fields.setdefault(one.get("name"), []).extend(self.values[number])
        if button.get("name"):
            fields.setdefault(button.get("name"), []).append(button.get("value", ""))
        fields |= {name: [value] for name, value in hidden.items()}
        fields = {name: values for name, values in fields.items() if values}
        if (self.form.get("method") or "get").lower() == "get":
            return await client.get(target, params=fields)
        if "multipart" in (button.get("formenctype") or self.form.get("enctype") or ""):
            return await client.post(target, files=[*((name, (None, value)) for name, values in fields.items() for value in values),
                                                    *((name, tuple(file)) for name, file in self.files)])
        assert not self.files, "this form takes no files"
        return await client.post(target, data=fields)


def _standing(control: Element) -> Iterator[str]:
    if control.tag == "textarea":
        yield control.text_content().removeprefix("\n")
    elif control.tag == "select":
        options = list(control.iter("option"))
        yield from [one.get("value", "") for one in options if one.get("selected") is not None] or [one.get("value", "") for one in options[:1]]
    elif control.get("type") in ("radio", "checkbox"):
        yield from [control.get("value", "on")] if control.get("checked") is not None else []
    elif control.get("type") != "file":
        yield control.get("value", "")


def _labels(control: Element) -> set[str]:
    """The words that stand beside a control: its label, the legend or title of its field, what it says for those who cannot see."""
    if control.get("aria-label"):  # the search beside a choice is not the choice
        return {control.get("aria-label", "")}
    said = {*(_plain(one) for one in control.getroottree().xpath("//label[@for=$id]", id=control.get("id") or "-"))}
    for above in control.iterancestors():
        said |= {_plain(one) for one in above if one.tag in ("legend", "label", "p") and "field__label" in (one.get("class") or "")}
        if above.tag == "label":
            said |= {_option(control), " ".join("".join(above.xpath(".//text()[not(ancestor::select or ancestor::textarea)]")).split())}
        if above.tag in ("fieldset", "form") or "field" in (above.get("class") or "").split():
            break
    return said - {""}


def _option(control: Element) -> str:
    label = next(control.iterancestors("label"), None)
    return control.get("aria-label") or "" if label is None else _words(label)


def _plain(label: Element) -> str:
    return _words(label).removesuffix("（选填）").strip()


def _words(element: Element) -> str:
    return re.sub(r"\s+", " ", "".join(element.xpath(".//text()[not(ancestor::script or ancestor::style or ancestor::kbd)]"))).strip()


def _place_of(button: Element) -> Element:
    return next((above for above in button.iterancestors() if above.tag in ("tr", "li", "fieldset", "details")
                 or "field" in (above.get("class") or "").split()), button)


def _form_of(page: Element, button: Element) -> Element:
    if button.get("form"):
        return _the_one(page.xpath("//form[@id=$id]", id=button.get("form")), "form")
    return next(button.iterancestors("form"))


def _the_one(found: Sequence[Element], what: str, said: str = "") -> Element:
    assert found, f"no {what}: {said}"
    return found[0]


# Ways that everybody goes


async def register(her: Browser, way: str, typed: Mapping[str, Any], unit: str = "") -> str:
    """注册 from the first page: 我已阅读并同意 is ticked, the unit is sought by its name."""
    await her.open("/register")
    await her.follow(way)
    if unit:
        label = her.page.xpath("//input[starts-with(@name, 'find.')]/@aria-label")[0].removeprefix("查找")
        await her.press("查找单位", {f"查找{label}": unit[2:6], **typed})
        typed = {**typed, label: unit}
    agreed = {f"我已阅读并同意《{her.region.profile.terms.title}》": True} if her.region.profile.terms else {}
    return await her.press("注册", {**typed, **agreed})


async def log_in(her: Browser, name: str, password: str = builders.PASSWORD) -> str:
    """At the desk: user name, password, and what stands in the picture."""
    await her.open("/console/login")
    (challenge,) = her.page.xpath("//input[@name='challenge']/@value")
    named = registration.label_of(her.region, "unit", "login_name")
    return await her.press("登录", {named: name, "密码": password, "图形验证码": picture_says(her.region, challenge)})


async def log_in_by_code(her: Browser, number: str) -> str:
    """On the phone: 短信登录, with the code that came to it."""
    await her.open("/login")
    await her.press("获取验证码", {"手机号": number})
    return await her.press("登录", {"短信验证码": await last_code(her.region)})


class Town:
    """A region with everybody's browsers, which end together with it."""

    def __init__(self, product: str, region: Region, doors: AsyncExitStack) -> None:
        self.product, self.region, self.doors = product, region, doors

    async def somebody(self) -> Browser:
        return await self.doors.enter_async_context(somebody(self.product, self.region))

    async def staff(self, place: str, role: str, name: str) -> Browser:
        """Somebody who works in an office of the region, by its name: logged in at the desk."""
        account = await office.a_clerk(self.region, await office.office(self.region, name=place), role, name)
        at = await self.somebody()
        await log_in(at, account.login_name)
        return at


@asynccontextmanager
async def town_of(product: str, region: Region) -> AsyncIterator[Town]:
    async with AsyncExitStack() as doors:
        yield Town(product, region, doors)


async def review(at: Browser, matter: str, button: str, opinion: str, typed: Mapping[str, Any] | None = None) -> str:
    """待办事项, the case, the button; what stood on the page of the case."""
    await at.open("/console/todo")
    said = await at.follow(matter)
    await at.press(button, {"意见": opinion, **(typed or {})})
    return said


# Paper


def stamped(sheet: bytes) -> bytes:
    """The exported sheet as it comes back: printed, stamped in red, scanned a little askew."""
    pages = [_stamp(page.render(scale=150 / 72).to_pil().convert("RGB")) for page in pypdfium2.PdfDocument(sheet)]
    target = BytesIO()
    pages[0].save(target, "PDF", resolution=150, save_all=True, append_images=pages[1:])
    return target.getvalue()


def _stamp(page: Image.Image) -> Image.Image:
    right, foot = page.width * 3 // 4, page.height * 3 // 4
    ImageDraw.Draw(page).ellipse((right - 120, foot - 120, right + 120, foot + 120), outline=(200, 20, 30), width=6)
    return page.rotate(1, fillcolor="white")


class Printed(NamedTuple):
    """A printed paper: how many pages, the words on them, and what its QR says."""

    pages: int
    words: str
    code: str


def printed(paper: bytes) -> Printed:
    document = pypdfium2.PdfDocument(paper)
    read = zxingcpp.read_barcode(document[0].render(scale=150 / 72).to_pil())
    words = "".join(page.get_textpage().get_text_range() for page in document)
    return Printed(len(document), re.sub(r"\s", "", words), read.text if read else "")
