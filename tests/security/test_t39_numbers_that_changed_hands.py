"""T39: a login by a number that may have changed hands opens nothing of a person's own until whoever came in proved that it is she."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from config import clock
from config.keys import keys
from config.vocabulary import Action
from models.account import Account
from models.case import Case
from models.database import execute
from qr import board_code
from services import dossiers, files, login, regions
from services.regions import Region
from tests import builders, office
from tests.acceptance.api import Api
from tests.acceptance.test_api_visits import a_board_always_open
from tests.conftest import Servers
from tests.foreign_files import a_picture
from tests.wechat_scene import Scene, scene

from .callers import Caller, address, body_of
from .canaries import Canaries
from .changed_hands import EMAIL, ID_NUMBER, Finder, a_finder, an_owner, confirm
from .test_t03_permissions import routes

pytestmark = [pytest.mark.req("T39"), pytest.mark.timeout(180)]

#: Routes that open all the same → why they may: nothing that they show of a person is whole, and nothing of her account changes.
OPEN = {
    "v/<code:str>": "a scan, for whoever stands at the lounge",
    "passes/<visit_id:uuid>": "the pass, its holder masked",
    "passes/<visit_id:uuid>/code": "what rolls on it",
    "day-pass": "a pass without a network",
    "day-pass/<pass_id:uuid>": "the pass, its holder masked",
    "me": "the card, the number masked, and the ways to the rest",
    "me/card": "level, masked number, what is left this year",
    "cases": "what is under way, and how far",
    "me/confirm": "where it is proved",
    "console/confirm": "where it is proved",
    "api/me": "as the page",
    "api/me/confirm": "where it is proved",
    "api/logout": "out again",
    "api/board": "before a scan",
    "api/visits/<visit_id:uuid>": "the pass, its holder masked",
    "api/visits/<visit_id:uuid>/code": "what rolls on it",
    "api/day-pass": "a pass without a network",
    "api/day-pass/<pass_id:uuid>": "the pass, its holder masked",
}
#: Of these paths one method alone.
OPEN_METHODS = {("POST", "api/visits"): "a scan", ("GET", "api/bookings"): "what is under way, and how far"}
#: These stay open, end the session that the walk goes by, or spend a code of WeChat.
NOT_WALKED = ("live", "logout", "log-out-everywhere", "me/wechat")


def path_of(route: object) -> str:
    return str(getattr(route, "path", "")).removeprefix("<region:str>/")


def is_open(method: str, path: str) -> bool:
    return path in OPEN or (method, path) in OPEN_METHODS


@pytest_asyncio.fixture(scope="module")
async def wired(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-t39") as running:
        yield running


@pytest.fixture
async def region(database: None) -> Region:
    return await regions.current(builders.REGION)


def test_every_route_that_opens_to_whom_it_is_not_sure_is_named_here_with_its_reason() -> None:
    unconfirmed = {(method, path_of(route)) for route, method in routes() if getattr(route.ctx, "unconfirmed", False)}
    assert {one for one in unconfirmed if not is_open(*one)} == set()
    assert {path for path in OPEN if not any(path == one for _, one in unconfirmed)} == set()
    assert set(OPEN_METHODS) <= unconfirmed


async def planted(wired: Scene, region: Region) -> tuple[Account, Canaries, dict[str, object]]:
    """An owner whose every datum is a canary, and the ids of what she has."""
    canaries = Canaries([ID_NUMBER, EMAIL], ["金丝雀甲", "金丝雀草稿", "金丝雀病情", "金丝雀意见", "canary-login"])
    name, drafted, need, opinion, login_name = canaries.names
    owner = await an_owner(wired, name=name)
    canaries.numbers.append(str(owner.phone))
    await execute("UPDATE account SET login_name = $2 WHERE id = $1", owner.id, login_name)
    who = await builders.the_actor(owner)
    card = await builders.a_card(holder=owner)
    case = await builders.acted(await builders.a_booking(holder=owner, need=need), Action.APPROVE, opinion)
    section = region.profile.person_sections[0]
    text = next(field.field for field in section.fields if field.type == "text")
    mine = await dossiers.of(region, dossiers.owner_of(who), clock.now())
    await execute("UPDATE dossier SET draft_sealed = $2 WHERE id = $1", mine.id, mine.put_draft({section.section: [{text: drafted}]}).draft_sealed)
    file = await files.put(region, who, files.Subject.ACCOUNT, owner.id, "proof", "证明.jpg", a_picture(), clock.now())
    board = await a_board_always_open()
    return owner, canaries, {"case_id": case.id, "id": file.id, "service_id": case.service_id, "section": section.section, "number": "1", "page": "1",
                             "matter": "card", "code": board_code.encode(region.code, board.serial, keys()), "card": card.id}


async def hers(who: Caller, region: str, there: dict[str, object], *, only_read: bool = False) -> list[tuple[str, str, httpx.Response]]:
    """Every route of a person, asked on the face that it belongs to: method, path, answer."""
    found = []
    for route, method in routes():
        path = path_of(route)
        if route.ctx.permission not in ("person", "talent") or path.startswith("console/") or path.endswith(NOT_WALKED) \
                or path in ("me/confirm", "api/me/confirm") or (only_read and method != "GET"):
            continue
        found.append((method, path, await who.ask(method, address(route, region, **there), body_of(route))))
    return found


async def everybodys(who: Caller, region: str, there: dict[str, object]) -> list[tuple[str, httpx.Response]]:
    """What is open to all, the first page above all, as it looks to whoever is logged in."""
    return [(path_of(route), await who.ask("GET", address(route, region, **there))) for route, method in routes()
            if method == "GET" and route.ctx.permission == "public" and not path_of(route).endswith(("live", "callback"))]


def refused(path: str, answer: httpx.Response, region: str) -> bool:
    if path.startswith("api/"):
        return answer.status_code == 403 and answer.json()["error"]["code"] == "identity_unconfirmed"
    return answer.status_code == 303 and answer.headers["location"].startswith(f"/{region}/me/confirm?next=/{region}/")


async def scanned(who: Caller, region: str, there: dict[str, object]) -> str:
    answer = await who.ask("POST", f"/{region}/api/visits", {"code": there["code"], "nonce": str(uuid4()), "companions": 0})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_t39_whoever_has_her_number_now_reads_nothing_of_hers_and_still_goes_through_the_door(wired: Scene, region: Region) -> None:
    owner, canaries, there = await planted(wired, region)
    finder = a_finder(wired, owner)
    entered = await finder.by_button()
    assert (entered["confirmed"], entered["bound"], entered["name"]) == (False, False, "金***")
    thief = Caller(wired.client, region.code, {"mini": str(entered["token"]), **(await finder.by_code()).tokens})
    there["visit_id"] = await scanned(thief, region.code, there)
    walk = await hers(thief, region.code, there)
    assert [(method, path, answer.status_code) for method, path, answer in walk
            if refused(path, answer, region.code) is is_open(method, path)] == []
    heard = [(path, answer) for _, path, answer in walk] + await everybodys(thief, region.code, there)
    assert {path: sung for path, answer in heard if (sung := canaries.sung(answer.content + str(answer.headers).encode()))} == {}
    assert sum(is_open(method, path) and answer.status_code == 200 for method, path, answer in walk) >= 10
    assert sum(refused(path, answer, region.code) for _, path, answer in walk) > 60


async def test_t39_control_the_same_walk_shows_it_all_after_she_proved_who_she_is(wired: Scene, region: Region) -> None:
    owner, canaries, there = await planted(wired, region)
    finder = a_finder(wired, owner)
    her, browser = await confirm(await finder.mini(), "password", builders.PASSWORD), await finder.by_code()
    proved = await browser.ask("POST", f"/{region.code}/me/confirm", {"way": "password", "password": builders.PASSWORD})
    there_she_is = Caller(wired.client, region.code, {"mini": her.token, "phone": proved.cookies["gl_phone"]})
    wired.client.cookies.clear()
    walk = await hers(there_she_is, region.code, there, only_read=True)
    assert [path for _, path, answer in walk if refused(path, answer, region.code)] == []
    assert {sung for _, _, answer in walk for sung in canaries.sung(answer.content)} >= set(canaries.names)


async def an_operator_in_wechat(wired: Scene, region: Region) -> Account:
    operator = await office.an_operator(region, await office.a_unit(region))
    await wired.bind(wired.person(), operator)
    return operator


async def a_chief_long_away(wired: Scene, region: Region) -> Account:
    chief = await builders.a_city_staff()
    await execute("UPDATE account SET last_login_at = $2 WHERE id = $1", chief.id, clock.now() - timedelta(days=91))
    return chief


@pytest.mark.parametrize("make", [an_operator_in_wechat, a_chief_long_away], ids=["unit", "city"])
async def test_t39_no_route_of_the_desk_opens_to_whom_has_the_number_of_who_works_there(
        wired: Scene, region: Region, make: Callable[[Scene, Region], Awaitable[Account]]) -> None:
    desk = await a_finder(wired, await make(wired, region)).by_code("desk")
    wrong = []
    for route, method in routes():
        path = path_of(route)
        if path.startswith("console/") and route.ctx.permission not in ("public", "person") and not path.endswith("live"):
            answer = await desk.ask(method, address(route, region.code))
            led = answer.status_code == 303 and answer.headers["location"].startswith(f"/{region.code}/console/confirm?next=")
            if not led and not (answer.status_code == 403 and route.ctx.permission not in ("staff",)):
                wrong.append((method, path, answer.status_code))
    assert wrong == []
    proved = await desk.ask("POST", f"/{region.code}/console/confirm", {"way": "password", "password": builders.PASSWORD})
    wired.client.cookies.clear()
    inside = Caller(wired.client, region.code, {"desk": proved.cookies["gl_desk"]})
    assert (await inside.ask("GET", f"/{region.code}/console/")).status_code == 200


async def test_a_code_alone_opens_the_desk_to_a_clerk_whose_chat_is_bound(wired: Scene, region: Region) -> None:
    """WH-02: it is a way in by itself, and some have no other."""
    clerk = await builders.a_staff()
    await wired.bind(wired.person(), clerk)
    desk = await a_finder(wired, clerk).by_code("desk")
    assert (await desk.ask("GET", f"/{region.code}/console/")).status_code == 200


async def test_her_own_wechat_and_a_code_are_enough(wired: Scene, region: Region) -> None:
    owner = await an_owner(wired, wechat=False)
    person = wired.person("黄月", owner.phone or "")
    await wired.bind(person, owner)
    entered = await Finder(wired, owner, person).by_button()
    assert (entered["confirmed"], entered["bound"], entered["name"]) == (True, True, "黄月")
    assert (await Api(wired.client, region.code, str(entered["token"])).get("dossier")).status_code == 200


async def test_who_never_had_a_wechat_binds_one_as_before(wired: Scene, region: Region) -> None:
    entered = await a_finder(wired, await an_owner(wired, wechat=False)).by_button()
    assert (entered["confirmed"], entered["bound"]) == (True, True)


async def test_a_wechat_that_was_unbound_long_ago_still_leaves_the_number_in_doubt(wired: Scene, region: Region) -> None:
    owner = await an_owner(wired)
    await login.unbind_wechat(await builders.the_actor(owner), clock.now())
    assert (await a_finder(wired, owner).by_button())["confirmed"] is False


@pytest.mark.parametrize(("quiet", "sure"), [(timedelta(days=89), True), (timedelta(days=90), False)], ids=["89 days", "90 days"])
@pytest.mark.parametrize("ever", [True, False], ids=["since she logged in", "since she has the account"])
async def test_a_number_that_was_long_quiet_may_be_somebody_elses(wired: Scene, region: Region, quiet: timedelta, sure: bool, ever: bool) -> None:
    owner = await an_owner(wired, wechat=False)
    at = clock.now() - quiet + timedelta(minutes=5 if sure else -5)
    created, came = (at - timedelta(days=200), at) if ever else (at, None)
    await execute("UPDATE account SET created_at = $2, last_login_at = $3 WHERE id = $1", owner.id, created, came)
    finder = a_finder(wired, owner)
    assert (await finder.by_button())["confirmed"] is sure
    assert (await finder.by_button())["confirmed"] is sure, "a login that is in doubt vouches for no other"


@pytest.mark.parametrize("face", ["the page", "the API"])
async def test_who_has_nothing_to_prove_with_is_told_whom_to_call(wired: Scene, region: Region, face: str) -> None:
    finder = a_finder(wired, await an_owner(wired, id_number=None, password=False))
    if face == "the API":
        told = (await (await finder.mini()).get("me/confirm")).json()
        assert (told["confirmed"], told["ways"]) == (False, [])
    else:
        page = (await (await finder.by_code()).ask("GET", f"/{region.code}/me/confirm")).text
        assert region.phone in page and "核实不了" in page and 'name="way"' not in page


async def test_a_stream_of_her_cases_is_closed_to_whom_it_is_not_sure(wired: Scene, region: Region) -> None:
    owner = await an_owner(wired)
    case: Case = await builders.a_booking(holder=(await builders.a_card(holder=owner)) and owner)
    browser = await a_finder(wired, owner).by_code()
    assert (await browser.ask("GET", f"/{region.code}/live?topics=case:{case.id}")).status_code == 403
