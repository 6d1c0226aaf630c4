"""T02: nothing of one region can be reached, named or pointed at from another."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sanic_routing.route import Route
from tortoise.exceptions import IntegrityError

from config import clock
from config.keys import keys
from config.loading import read_profile
from config.settings import settings
from models.account import Account, AccountKind
from models.card import Card
from models.case import Case
from models.catalogue import Service
from models.database import execute, new_id, rows
from models.organisation import Organisation
from models.venue import Venue
from qr import board_code
from services import audit, bookings, day_passes, deputies, files, regions, visits
from services.asking import keeping
from services.asking.questions import Question
from services.regions import Region
from tests import builders, gathering, office
from tests.builders import a_card, a_city_staff, a_talent, the_actor
from tests.exporting import an_export
from tests.foreign_files import a_picture
from tests.writing import a_letter, a_notice

from .callers import UNKNOWN, Caller, address, alike, body_of, caller
from .test_t01_others_things import kind_of
from .test_t03_permissions import routes

pytestmark = [pytest.mark.req("T02"), pytest.mark.timeout(180)]
#: A name that nothing in the shipped region has.
FOREIGN = "异地林深"


@pytest.fixture
async def other(region: Region, tmp_path: Path) -> AsyncIterator[Region]:
    """A second region in the same database: the shipped profile under another code, which sorts behind it."""
    folder = tmp_path / f"z_{region.code}_too"
    shutil.copytree(settings().regions / region.code, folder)
    text = (folder / "region.yaml").read_text(encoding="utf-8")
    (folder / "region.yaml").write_text(text.replace(f"code: {region.code}\n", f"code: {folder.name}\n", 1), encoding="utf-8")
    yield await regions.load(read_profile(folder), clock.now())
    regions._current.pop(folder.name, None)


@dataclass(frozen=True)
class There:
    """What the other region has, one of each."""

    person: Account
    staff: Account
    card: UUID
    case: Case
    visit: UUID
    venue: Venue
    board: UUID
    service: Service
    window: Organisation
    file: UUID
    operator: Account
    notice: UUID
    information: UUID
    mail: UUID
    roster: UUID
    export: UUID
    unit: UUID
    deputy: UUID
    question: UUID
    day_pass: UUID
    noted: UUID
    offline_check: UUID

    def id_for(self, route: Route, name: str) -> UUID:
        path = route.path
        if kind_of(route):
            return {"case": self.case.id, "visit": self.visit, "board": self.board, "file": self.file,
                    "account": self.operator.id, "notice": self.notice, "mail": self.mail, "roster": self.roster,
                    "export": self.export, "person": self.person.id, "unit": self.unit, "deputy": self.deputy, "question": self.question,
                    "day_pass": self.day_pass}[str(kind_of(route))]
        places = {"service_id": self.service.id, "console/cards/": self.card, "console/catalogue/categories/": self.service.category_id,
                  "console/catalogue/": self.service.id, "console/staff/": self.staff.id,
                  "console/windows/": self.window.id, "console/venues/": self.board if name == "board" else self.venue.id,
                  "information/": self.information, "console/organisations/": self.window.id, "console/audit/": self.noted,
                  "console/offline-checks/": self.offline_check}
        return next(id for place, id in places.items() if place in path)


async def there(other: Region) -> There:
    """The other region at work: a holder with a case and a visit, staff, a board."""
    person = await a_talent(name=FOREIGN, region=other.code)
    card, window = await a_card(holder=person), await Organisation.of(other.code, kind="window").order_by("code").first()
    service = await Service.of(other.code, bookable=True, every_window=True, slot_minutes__isnull=True, levels=[]).order_by("code").first()
    form = {"need": f"{FOREIGN}的需求，请协助", "district": window.district or other.profile.districts[0].code, "window": str(window.id)}
    case = (await bookings.request(other, await the_actor(person), service.id, form, clock.now())).case
    staff = await builders.an_account(AccountKind.STAFF, name=FOREIGN, region=other.code)
    await builders.RoleGrant.create(region=other.code, id=new_id(), account_id=staff.id, organisation_id=window.id, role="clerk",
                                    granted_at=clock.now())
    venue = await Venue.of(other.code).order_by("serial").first()
    board = await builders.a_board(venue)
    scan = await visits.admit(other, await the_actor(person), board_code.encode(other.code, board.serial, keys()), new_id(), clock.now())
    unit = await office.a_unit(other, f"{FOREIGN}公司")
    operator = await office.an_operator(other, unit, FOREIGN)
    file = await files.put(other, await the_actor(person), files.Subject.CASE, case.id, "proof", "证明.jpg", a_picture(), clock.now())
    bureau = await office.office(other, kind="city_bureau")
    city = await office.a_clerk(other, bureau, other.profile.supervision.watch_role, FOREIGN)
    notice, mail = await a_notice(other, city, f"{FOREIGN}的公告"), await a_letter(other, city, window, f"致{FOREIGN}")
    entry = await a_notice(other, city, f"{FOREIGN}的信息", category=other.profile.information[0].code)
    roster = await gathering.a_roster(other, FOREIGN)
    return There(person, staff, card.id, case, scan.visit_id, venue, board.id, service, window, file.id, operator, notice.id, entry.id, mail.id,
                 roster.id, (await an_export(other, city)).id, unit.id, **await kept(other, person, city, venue))


async def kept(other: Region, person: Account, city: Account, venue: Venue) -> dict[str, UUID]:
    """What people of the other region keep beside their work, and what is noted of them."""
    today, her = clock.now().astimezone(other.profile.tz).date(), await the_actor(city, "desk")
    colleague = await office.a_clerk(other, await office.office(other, kind="city_bureau"), other.profile.supervision.watch_role, FOREIGN)
    found = {"deputy": await deputies.name(other, her, city.id, colleague.id, today, today, clock.now()),
             "question": await keeping.keep(other, her, Question("cases"), FOREIGN, clock.now()),
             "day_pass": await day_passes.prepare(other, await the_actor(person), venue.id, 0, clock.now()),
             "noted": await audit.record(her, "account.grant", "account", city.id, {}, clock.now())}
    report = day_passes.Report(new_id(), clock.now(), "nonsense")
    await day_passes.take_in(other, venue, report, clock.now())
    (unclear,) = await rows("SELECT id FROM offline_check WHERE region = $1", other.code)
    return found | {"offline_check": unclear["id"]}


async def mighty(client: httpx.AsyncClient, region: Region) -> list[Caller]:
    """Who may most: the city's own staff, a holder of a card, and who keeps a unit's people."""
    holder = await Account.find(region.code, (await a_card()).holder_id)
    operator = await office.an_operator(region, await office.a_unit(region))
    return [await caller(client, region, who) for who in (await a_city_staff(), holder, operator)]


async def test_t02_an_id_of_another_region_is_not_there_on_any_route(client: httpx.AsyncClient, region: Region, other: Region) -> None:
    far, wrong, asked = await there(other), [], 0
    for who in await mighty(client, region):
        for route, method in routes():
            names = [name for name in ("case_id", "visit_id", "service_id", "id") if f"<{name}:uuid>" in route.path]
            if names and "<link" not in route.path:
                fixed = {"word": "approve", "board": far.board, "category": region.profile.information[0].code}
                id = far.id_for(route, names[0])
                foreign, unknown = [await who.ask(method, address(route, region.code, **fixed, **{names[0]: asked_for}), body_of(route))
                                    for asked_for in (id, UNKNOWN)]
                asked += 1
                if alike(foreign, id) != alike(unknown, UNKNOWN) or foreign.status_code not in {401, 403, 404}:
                    wrong.append(f"{method} /{route.path}: {foreign.status_code} against {unknown.status_code}")
    assert wrong == [] and asked > 80


async def test_t02_no_list_of_one_region_shows_a_row_of_another(client: httpx.AsyncClient, region: Region, other: Region) -> None:
    far = await there(other)
    words = (FOREIGN, str(far.case.id), far.case.number + "\"", str(far.person.id))
    shown = []
    for who in await mighty(client, region):
        for route, method in routes():
            if method == "GET" and "<" not in route.path.removeprefix("<region:str>") and not route.path.endswith("/live"):
                for query in ("", f"?words={FOREIGN}", f"?region={other.code}", f"?city_id={other.code}"):
                    text = (await who.ask("GET", address(route, region.code) + query)).text.replace(f"words={FOREIGN}", "")
                    shown += [f"/{route.path}{query}: {word}" for word in words if word in text and not (word == FOREIGN and FOREIGN in query)]
    assert shown == []
    hers = await (await caller(client, other, far.person)).ask("GET", f"/{other.code}/api/bookings")
    assert far.case.number in hers.text  # the same words are found where they belong


async def test_t02_a_session_of_one_region_is_nobody_in_another(client: httpx.AsyncClient, region: Region, other: Region) -> None:
    for who in await mighty(client, region):
        stranger = Caller(client, other.code, who.tokens)
        for path in ("api/me", "me", "console", "console/query", "api/bookings"):
            answer = await stranger.ask("GET", f"/{other.code}/{path}")
            assert answer.status_code == 401 or (answer.status_code == 303 and "login" in answer.headers["location"]), (path, answer.status_code)


async def test_t02_a_board_of_another_region_is_unknown_here(client: httpx.AsyncClient, region: Region, other: Region) -> None:
    far = await there(other)
    _, holder, _ = await mighty(client, region)
    board = (await rows("SELECT serial FROM board WHERE id = $1", far.board))[0]
    scan = {"code": board_code.encode(other.code, board["serial"], keys()), "nonce": str(new_id()), "companions": 0}
    answer = await holder.ask("POST", f"/{region.code}/api/visits", scan)
    assert answer.status_code in {201, 400, 404} and "admitted" not in answer.json().get("verdict", "")


async def test_t02_every_foreign_key_carries_the_region(database: None) -> None:
    """Of every two tables that know regions, the key between them names the region too: no row can point into another one."""
    found = await rows("""
        SELECT c.conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        WHERE c.contype = 'f' AND t.relnamespace = 'public'::regnamespace AND c.confrelid <> 'region'::regclass AND NOT EXISTS (
            SELECT 1 FROM unnest(c.conkey, c.confkey) AS k (own, theirs)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
            JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.theirs
            WHERE a.attname = 'region' AND b.attname = 'region')
        AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.confrelid AND a.attname = 'region')""")
    assert [one["conname"] for one in found] == []


@pytest.mark.parametrize("statement", [
    "UPDATE cases SET handler_org = $2 WHERE region = $1",
    "UPDATE cases SET service_id = $3 WHERE region = $1",
    "UPDATE card SET holder_id = $4 WHERE region = $1",
    "INSERT INTO role_grant (region, id, account_id, organisation_id, role, granted_at) VALUES ($1, uuidv7(), $4, $2, 'clerk', now())",
    "INSERT INTO board (region, id, venue_id, issued_at) VALUES ($1, uuidv7(), $5, now())",
    "UPDATE venue SET operator_id = $2 WHERE region = $1",
])
async def test_t02_the_database_itself_refuses_a_row_that_points_into_another_region(region: Region, other: Region, statement: str) -> None:
    far = await there(other)
    await builders.a_booking()
    used = statement.replace("$2", f"'{far.window.id}'").replace("$3", f"'{far.service.id}'").replace("$4", f"'{far.person.id}'"
                             ).replace("$5", f"'{far.venue.id}'")
    with pytest.raises(IntegrityError):
        await execute(used, region.code)
    assert await Card.of(region.code, holder_id=far.person.id).count() == 0
