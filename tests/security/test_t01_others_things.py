"""T01: what belongs to somebody else is answered exactly as what does not exist, on every route that takes an id."""

from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from sanic_routing.route import Route

from config import clock
from config.keys import keys
from models.account import Account
from models.case import Case
from models.database import new_id
from models.venue import Venue
from qr import venue_link
from services import checks, day_passes, deputies, files, visits
from services.asking import keeping
from services.asking.questions import Question
from services.regions import Region
from tests import gathering, office
from tests.builders import a_board, a_booking, a_card, a_staff, a_talent, an_organisation, the_actor
from tests.exporting import an_export
from tests.faults.test_r08_replayed_scans import an_open_venue
from tests.foreign_files import a_picture
from tests.writing import a_letter, a_notice

from .callers import UNKNOWN, Caller, address, alike, body_of, caller
from .test_t03_permissions import routes

pytestmark = [pytest.mark.req("T01"), pytest.mark.timeout(180)]

#: Ids of what belongs to nobody: the public catalogue, and what staff with the permission keep for the whole region (T02 has those of others).
OF_ALL = ("<service_id:uuid>", "console/cards/", "console/catalogue/", "console/staff/", "console/venues/", "console/windows/",
          "console/organisations/", "console/audit/", "information/", "console/offline-checks/")


@dataclass(frozen=True)
class Theirs:
    """What somebody else has."""

    case: UUID
    visit: UUID
    day_pass: UUID
    board: UUID
    file: UUID
    account: UUID
    notice: UUID
    mail: UUID
    roster: UUID
    export: UUID
    deputy: UUID
    question: UUID
    person: UUID
    unit: UUID


def kind_of(route: Route) -> str | None:
    """Whose thing a route's id is; nothing for a route without an id."""
    path = route.path
    if ":uuid>" not in path or any(one in path for one in OF_ALL):
        return None
    if "boards/<id:uuid>" in path:
        return "board"
    if "files/<id:uuid>" in path:
        return "file"
    if "people/" in path or "colleagues/" in path:
        return "account"
    if "notices/" in path:
        return "notice"
    if "mailbox/" in path:
        return "mail"
    if "rosters/" in path:
        return "roster"
    if "exports/" in path:
        return "export"
    if "deputies/" in path:
        return "deputy"
    if "ask/saved/" in path:
        return "question"
    if "persons/" in path:
        return "person"
    if "console/units/" in path:
        return "unit"
    if "approvals/" in path or "data/copies/" in path:
        return "export"
    if "day-pass/" in path:
        return "day_pass"
    if "visit" in path or "passes" in path:
        return "visit"
    assert "cases/" in path or "bookings/" in path, f"whose is the id of /{path}? Say it here."
    return "case"


async def a_unit_with_operator(region: Region) -> Account:
    """Somebody who works for a unit."""
    return await office.an_operator(region, await office.a_unit(region))


async def unit_of(operator: Account) -> UUID:
    return (await the_actor(operator, "desk")).organisations[0]


async def a_deputy(region: Region) -> UUID:
    """Somebody who stands in for a colleague today."""
    her, colleague, today = await a_staff(), await a_staff(), clock.now().astimezone(region.profile.tz).date()
    return await deputies.name(region, await the_actor(her, "desk"), her.id, colleague.id, today, today, clock.now())


async def their_things(region: Region) -> Theirs:
    code, case = await an_open_venue(region), await a_booking()
    owner = await the_actor(await Account.find(region.code, case.applicant_id))
    scan = await visits.admit(region, owner, code, new_id(), clock.now())
    assert scan.admitted
    assert scan.venue_id is not None
    day_pass = await day_passes.prepare(region, owner, scan.venue_id, 0, clock.now())
    file = await files.put(region, owner, files.Subject.CASE, case.id, "proof", "证明.jpg", a_picture(), clock.now())
    city = await a_staff(organisation=await an_organisation("city_bureau"), role="reviewer")
    notice, mail = await a_notice(region, city, publish=False), await a_letter(region, city, await an_organisation("department"))
    operator, clerk = await a_unit_with_operator(region), await a_staff()
    asked = await keeping.keep(region, await the_actor(clerk, "desk"), Question("cases"), "我的查询", clock.now())
    return Theirs(case.id, scan.visit_id, day_pass, (await a_board()).id, file.id, operator.id, notice.id, mail.id,
                  (await gathering.a_roster(region)).id, (await an_export(region, clerk)).id, await a_deputy(region), asked, owner.account_id,
                  await unit_of(operator))


async def different(who: Caller, theirs: Theirs, permission: set[str], **fixed: str) -> list[str]:
    """Routes whose answer tells another person's thing from one that is not there, or is no «not found»."""
    wrong, asked = [], 0
    for route, method in routes():
        kind = kind_of(route)
        if kind is None or str(route.ctx.permission) not in permission:
            continue
        name = next(name for name in ("case_id", "visit_id", "pass_id", "id") if f"<{name}:uuid>" in route.path)
        words = {"word": "approve"} if "<word" in route.path else {}
        other, unknown = [await who.ask(method, address(route, who.region, **{name: id}, **words, **fixed), body_of(route))
                          for id in (getattr(theirs, kind), UNKNOWN)]
        asked += 1
        if alike(other, getattr(theirs, kind)) != alike(unknown, UNKNOWN) or other.status_code != 404:
            wrong.append(f"{method} /{route.path}: {other.status_code} against {unknown.status_code}")
    assert asked >= 3
    return wrong


async def test_t01_a_persons_things_are_not_there_for_another_person(client: httpx.AsyncClient, region: Region) -> None:
    theirs, card = await their_things(region), await a_card(holder=await a_talent(name="孙宁"))
    other = await caller(client, region, await Account.find(region.code, card.holder_id))
    assert await different(other, theirs, {"talent", "person"}) == []
    assert await checks.run(clock.now()) == []


async def test_t01_a_case_is_not_there_for_another_window(client: httpx.AsyncClient, region: Region) -> None:
    theirs = await their_things(region)
    other = await caller(client, region, await a_staff(organisation="rongcheng_window"))
    assert await different(other, theirs, {"staff"}) == []


async def test_t01_what_belongs_to_one_unit_is_not_there_for_another(client: httpx.AsyncClient, region: Region) -> None:
    theirs = await their_things(region)
    other = await office.an_operator(region, await office.a_unit(region, "远山机械有限公司"))
    assert await different(await caller(client, region, other), theirs, {"staff", "unit"}) == []


async def test_t01_what_one_office_drafts_is_not_there_for_another_that_publishes(client: httpx.AsyncClient, region: Region) -> None:
    theirs = await their_things(region)
    other = await caller(client, region, await a_staff(organisation=await an_organisation("district_bureau"), role="reviewer"))
    assert await different(other, theirs, {"publish_notices"}) == []


async def test_t01_a_visit_is_not_there_for_another_venue(client: httpx.AsyncClient, region: Region) -> None:
    theirs = await their_things(region)
    venue = await Venue.of(region.code).exclude(category="airport").order_by("serial").first()
    link = venue_link.encode(keys(), region.code, venue.serial, venue.link_version)
    assert await different(await caller(client, region), theirs, {"venue"}, link=link) == []


async def test_t01_control_the_owner_finds_what_is_hers(client: httpx.AsyncClient, region: Region) -> None:
    """So that «not found» above is not everybody's answer."""
    theirs = await their_things(region)
    owner = await caller(client, region, await Account.find(region.code, (await Case.find(region.code, theirs.case)).applicant_id))
    found = [await owner.ask("GET", address(route, region.code, case_id=theirs.case, visit_id=theirs.visit, pass_id=theirs.day_pass, id=theirs.file))
             for route, method in routes() if method == "GET" and str(route.ctx.permission) in {"talent", "person"}
             and kind_of(route) not in (None, "export")]  # that is a clerk's
    assert len(found) >= 5 and {answer.status_code for answer in found} <= {200, 303}
