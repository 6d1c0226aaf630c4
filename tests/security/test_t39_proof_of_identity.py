"""T39: what proves who she is, how often it may be tried, who hears of it, and what waits for a day behind an ID number."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import pytest_asyncio

from config import clock
from config.vocabulary import NotificationKind
from models.account import Account, WechatBinding
from models.audit import Audit
from models.database import execute
from models.notification import Notification
from sandbox.state import Person
from services import regions
from services.notifications import read_params, read_recipient
from services.regions import Region
from tests import builders
from tests.acceptance.api import Api
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene

from .callers import Caller
from .changed_hands import EMAIL, ID_NUMBER, a_finder, an_owner, confirm

pytestmark = [pytest.mark.req("T39")]
WRONG = "110105194912310038"


@pytest_asyncio.fixture(scope="module")
async def wired(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-t39-proof") as running:
        yield running


@pytest.fixture
async def region(database: None) -> Region:
    return await regions.current(builders.REGION)


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


async def told(region: Region, kind: NotificationKind = NotificationKind.ACCOUNT_ALERT) -> list[Notification]:
    return await Notification.of(region.code, kind=kind).order_by("created_at")


@pytest.mark.parametrize("given", [ID_NUMBER, "11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ"])
async def test_her_id_number_proves_her_however_it_is_typed(wired: Scene, region: Region, given: str) -> None:
    her = await confirm(await a_finder(wired, await an_owner(wired)).mini(), "id_number", given)
    assert (await her.get("dossier")).status_code == 200
    assert (await her.get("me")).json()["name"] == "黄月"


async def test_the_token_from_before_the_proof_opens_nothing_any_more(wired: Scene, region: Region) -> None:
    before = await a_finder(wired, await an_owner(wired)).mini()
    after = await confirm(before, "password", builders.PASSWORD)
    assert ((await before.get("me")).status_code, (await after.get("me")).status_code) == (401, 200)


async def test_five_wrong_tries_end_the_day_and_the_owner_hears_of_the_third(wired: Scene, region: Region) -> None:
    owner = await an_owner(wired)
    thief = await a_finder(wired, owner).mini()
    heard = []
    for _ in range(5):
        answer = await thief.post("me/confirm", {"by": "id_number", "given": WRONG})
        assert (answer.status_code, list(answer.json()["error"]["context"]["fields"])) == (400, ["id_number"])
        heard.append((len(await told(region)), len(await told(region, NotificationKind.ALERT_LETTER))))
    assert heard == [(0, 0), (0, 0), (1, 1), (1, 1), (1, 1)]
    for by, given in (("id_number", ID_NUMBER), ("password", builders.PASSWORD)):
        spent = await thief.post("me/confirm", {"by": by, "given": given})
        assert (spent.status_code, code_of(spent)) == (429, "confirm_tries_used_up")
    assert (await thief.get("dossier")).status_code == 403
    assert await Audit.of(region.code, act="confirm_wrong", subject_id=owner.id).count() == 5
    (letter,) = await told(region, NotificationKind.ALERT_LETTER)
    assert read_recipient(letter) == EMAIL and "没有通过身份核实" in read_params(letter)["what"]
    by_password = await Api(wired.client, region.code).post("login/password", {"login_name": owner.login_name, "password": builders.PASSWORD})
    assert by_password.json()["confirmed"] is True, "the owner is not shut out"


async def test_tries_are_counted_over_all_sessions_of_the_account(wired: Scene, region: Region) -> None:
    finder = a_finder(wired, await an_owner(wired))
    for _ in range(5):
        await (await finder.mini()).post("me/confirm", {"by": "password", "given": "Not-Hers-2026"})
    assert (await (await finder.mini()).post("me/confirm", {"by": "password", "given": builders.PASSWORD})).status_code == 429


async def to_wechat_and_back(wired: Scene, browser: Caller, person: Person) -> httpx.Response:
    """By the button of the page, in the WeChat of ``person``."""
    at = f"/{wired.region}/login/wechat"
    left = await browser.ask("GET", at)
    state = dict(parse_qsl(urlsplit(left.headers["location"]).query))["state"]
    came = wired.code(person, "oauth", wired.sandbox.state.options.official_app_id)
    back = await wired.client.get(f"{at}/back", params={"code": came, "state": state}, headers={
        "Accept": "text/html", "Cookie": f"gl_phone={browser.tokens['phone']}; gl_wechat={left.cookies['gl_wechat']}"})
    wired.client.cookies.clear()
    return back


async def test_the_wechat_that_is_bound_proves_her_in_a_browser_too(wired: Scene, region: Region) -> None:
    owner = await an_owner(wired, wechat=False)
    person = wired.person("黄月", owner.phone or "")
    await wired.bind(person, owner)
    browser = await a_finder(wired, owner).by_code()
    back = await to_wechat_and_back(wired, browser, person)
    her = Caller(wired.client, region.code, {"phone": back.cookies["gl_phone"]})
    assert (await her.ask("GET", f"/{region.code}/me/dossier")).status_code == 200


async def test_a_wechat_is_bound_by_nobody_who_is_in_doubt(wired: Scene, region: Region) -> None:
    owner = await an_owner(wired)
    finder = a_finder(wired, owner)
    thief = await finder.mini()
    answer = await thief.post("me/wechat", {"code": wired.code(finder.person)})
    assert (answer.status_code, code_of(answer)) == (403, "identity_unconfirmed")
    back = await to_wechat_and_back(wired, await finder.by_code(), finder.person)
    assert back.status_code == 401 and "还没有绑定账号" in back.text
    assert [one.account_id for one in await WechatBinding.of(region.code)] == [owner.id] * 2, "those of the owner, and no other"


async def test_another_wechat_than_before_is_told_to_number_and_mail(wired: Scene, region: Region) -> None:
    owner = await an_owner(wired)
    answer = await Api(wired.client, region.code).post("login/password", {
        "login_name": owner.login_name, "password": builders.PASSWORD, "wechat_code": wired.code(wired.person())})
    assert answer.json()["bound"] is True
    (alert,), (letter,) = await told(region), await told(region, NotificationKind.ALERT_LETTER)
    assert (read_recipient(alert), alert.channel, read_recipient(letter), letter.channel) == (owner.phone, "sms", EMAIL, "mail")
    assert "绑定了另一个微信" in read_params(alert)["what"]


async def test_the_same_wechat_again_and_a_first_one_are_told_to_nobody(wired: Scene, region: Region) -> None:
    owner, person = await an_owner(wired, wechat=False), wired.person()
    for _ in range(2):
        her = Api(wired.client, region.code, await builders.a_session(owner, "mini"))
        assert (await her.post("me/wechat", {"code": wired.code(person)})).status_code == 200
        await wired.client.delete(f"/{region.code}/api/me/wechat", headers={"Authorization": f"Bearer {her.token}"})
    assert await told(region) == []


#: What could hand the account over, or takes along all that is kept: path, body.
WAITS = [("me/data/copies", {"kind": "mine.json"}), ("me/phone/present/code", {}), ("me/phone/code", {"phone": "19900009998"}),
         ("me/email/code", {"email": "other@example.com"}), ("me/closing/code", {}),
         ("me/closing", {"reason": "", "challenge": "01970000-0000-7000-8000-000000000000", "code": "123456"})]


async def cooling(api: Api, wired: Scene) -> dict[str, str]:
    """How each answers, with the binding and unbinding of a WeChat."""
    found = {path: await api.post(path, body) for path, body in WAITS}
    found["bind"] = await api.post("me/wechat", {"code": wired.code(wired.person())})
    found["unbind"] = await api.client.delete(f"/{api.region}/api/me/wechat", headers={"Authorization": f"Bearer {api.token}"})
    return {name: code_of(answer) if answer.status_code == 403 else "" for name, answer in found.items()}


async def test_behind_an_id_number_alone_a_day_passes_before_the_account_can_be_handed_over(wired: Scene, region: Region) -> None:
    her = await confirm(await a_finder(wired, await an_owner(wired)).mini(), "id_number", ID_NUMBER)
    assert set((await cooling(her, wired)).values()) == {"cooling_down"}
    refusal = (await her.post("me/closing/code")).json()["error"]
    assert region.phone in refusal["message"] and refusal["context"]["until"] > (clock.now() + timedelta(hours=23)).isoformat()
    (alert,) = await told(region)
    assert "凭证件号码" in read_params(alert)["what"]
    await execute("UPDATE session SET cools_until = $1 WHERE cools_until IS NOT NULL", clock.now())
    assert set((await cooling(her, wired)).values()) == {""}


async def test_a_password_has_no_such_day_and_ends_one(wired: Scene, region: Region) -> None:
    finder = a_finder(wired, await an_owner(wired))
    at_once = await confirm(await finder.mini(), "password", builders.PASSWORD)
    assert set((await cooling(at_once, wired)).values()) == {""}
    by_number = await confirm(await finder.mini(), "id_number", ID_NUMBER)
    assert (await by_number.get("me/confirm")).json()["ways"] == ["password"]
    after = await confirm(by_number, "password", builders.PASSWORD)
    assert set((await cooling(after, wired)).values()) == {""}


async def test_logging_in_again_by_the_number_is_no_way_around_the_day(wired: Scene, region: Region) -> None:
    """The proof made the account lively again; so a second login leaves no doubt, and waits all the same, also after the first one is over."""
    owner = await an_owner(wired, wechat=False)
    await execute("UPDATE account SET created_at = $2 WHERE id = $1", owner.id, clock.now() - timedelta(days=100))
    finder = a_finder(wired, owner)
    first = await confirm(await finder.mini(), "id_number", ID_NUMBER)
    assert (await first.post("logout")).status_code == 200
    entered = await finder.by_button()
    assert (entered["confirmed"], entered["bound"]) == (True, False)
    assert set((await cooling(Api(wired.client, region.code, str(entered["token"])), wired)).values()) == {"cooling_down"}
    hers = Api(wired.client, region.code, await builders.a_session(owner, "mini"))
    assert set((await cooling(hers, wired)).values()) == {""}, "her own password is stopped by nobody"


@pytest.mark.parametrize(("path", "body"), [("me/phone/present/code", {}), ("me/phone/code", {"phone": "19900009998"}),
                                            ("me/email/code", {"email": "other@example.com"}), ("me/password", {"password": "x", "again": "x"})])
async def test_number_address_and_a_first_password_wait_on_the_pages_in_words(wired: Scene, region: Region, path: str, body: dict[str, str]) -> None:
    owner = await an_owner(wired, password=False)
    browser = await a_finder(wired, owner).by_code()
    proved = await browser.ask("POST", f"/{region.code}/me/confirm", {"way": "id_number", "id_number": ID_NUMBER})
    wired.client.cookies.clear()
    her = Caller(wired.client, region.code, {"phone": proved.cookies["gl_phone"]})
    answer = await her.ask("POST", f"/{region.code}/{path}", body)
    assert answer.status_code == 403 and "以后才能办理这一项" in answer.text and region.phone in answer.text
    assert (await Account.find(region.code, owner.id)).phone == owner.phone


async def test_the_page_leads_on_to_where_she_was_going_and_to_no_other_site(wired: Scene, region: Region) -> None:
    browser = await a_finder(wired, await an_owner(wired)).by_code()
    led = await browser.ask("GET", f"/{region.code}/me/dossier?part=1")
    assert led.headers["location"] == f"/{region.code}/me/confirm?next=/{region.code}/me/dossier%3Fpart%3D1"
    page = await browser.ask("GET", led.headers["location"])
    assert page.status_code == 200 and f'name="next" value="/{region.code}/me/dossier?part=1"' in page.text
    wrong = await browser.ask("POST", f"/{region.code}/me/confirm", {"way": "id_number", "id_number": WRONG, "next": "//evil.example/"})
    assert wrong.status_code == 400 and "证件号码不正确" in wrong.text and "evil.example" not in wrong.text and WRONG not in wrong.text
    given = {"way": "id_number", "id_number": ID_NUMBER, "next": f"/{region.code}/me/dossier"}
    right = await browser.ask("POST", f"/{region.code}/me/confirm", given)
    wired.client.cookies.clear()
    assert (right.status_code, right.headers["location"]) == (303, f"/{region.code}/me/dossier")
