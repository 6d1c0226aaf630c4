"""T23: no step is skipped and nobody decides her own case: what is not in the table is refused on every face, and leaves no trace."""

import httpx
import pytest

from config import clock
from config.vocabulary import Action
from models.account import Account, RoleGrant
from models.case import Case
from models.database import new_id
from models.organisation import Organisation
from services import bindings, cards, checks, regions
from services.cases.transitions import possible
from services.regions import Region
from tests import office
from tests.acceptance.test_desk_review import on_paper
from tests.builders import a_booking, a_city_staff, a_staff, a_talent, the_actor

from .callers import Caller, caller

pytestmark = [pytest.mark.req("T23"), pytest.mark.timeout(180)]
STAGES = ({}, {"step": "pre_review"}, {"step": "complete"}, {"returned": True}, {"completed": True})


async def cases(region: Region) -> list[Case]:
    """One in every state that a case can be in."""
    made = [await a_booking(**stage) for stage in STAGES]
    held = await a_booking()
    card = await cards.current_card(region, held.applicant_id)
    await cards.suspend(region, await the_actor(await a_city_staff(), "desk"), card.id, card.version, "资格复核", clock.now())
    return [*made, await Case.find(region.code, held.id)]


async def people(case: Case) -> dict[str, Account]:
    return {"applicant": await Account.find(case.region, case.applicant_id), "stranger": await a_talent(),
            "clerk": await a_staff(organisation=await Organisation.find(case.region, case.handler_org)),
            "other clerk": await a_staff(organisation="rongcheng_window"), "leader": await a_staff(role="leader"), "city": await a_city_staff()}


async def ways(who: Caller, case: Case, action: Action) -> list[httpx.Response]:
    """The act by each face that has one; the applicant's own routes where it is hers."""
    at, asked = f"/{case.region}", {"seen": case.version, "opinion": "试一试", "reason": "试一试", "choice": "done"}
    act = {"action": action.value, "seen": case.version, "opinion": "试一试", "choice": "done"}
    answers = [await who.ask("POST", f"{at}/api/desk/cases/{case.id}/acts", act), await who.ask("POST", f"{at}/console/cases/{case.id}", act),
               await who.ask("POST", f"{at}/desk-m/cases/{case.id}/{action.value}", {name: asked[name] for name in ("seen", "opinion", "choice")})]
    if action in (Action.WITHDRAW, Action.SUPPLEMENT):
        body = {"seen": case.version, **({"reason": "试一试"} if action is Action.WITHDRAW else {"words": "试一试"})}
        answers.append(await who.ask("POST", f"{at}/api/bookings/{case.id}/{action.value}", body))
    return answers


async def test_t23_every_act_outside_the_table_is_refused_on_every_face(client: httpx.AsyncClient, region: Region) -> None:
    """Exhaustive: every state × every action × every kind of person."""
    asked, wrong = 0, []
    for case in await cases(region):
        for name, account in (await people(case)).items():
            allowed = {row.action for row, _ in possible(region, await the_actor(account), case)}
            who = await caller(client, region, account)
            for action in set(Action) - allowed - {Action.RELEASE}:  # to release what nobody has changes nothing
                for answer in await ways(who, case, action):
                    asked += 1
                    to_login = answer.status_code == 303 and "login" in answer.headers["location"]
                    if answer.status_code not in {400, 401, 403, 404, 409} and not to_login:
                        wrong.append(f"{case.state} {case.step}, {name}, {action}: {answer.status_code} {answer.request.url.path}")
        assert (await Case.find(region.code, case.id)).version == case.version
    assert wrong == [] and asked > 900
    assert await checks.run(clock.now()) == []


async def test_t23_an_applicant_who_is_also_a_clerk_does_not_decide_her_own_case(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    await RoleGrant.create(region=region.code, id=new_id(), account_id=case.applicant_id, organisation_id=case.handler_org, role="clerk",
                           granted_at=clock.now())
    who = await caller(client, region, await Account.find(region.code, case.applicant_id))
    for action in (Action.APPROVE, Action.COMPLETE, Action.RETURN, Action.TRANSFER, Action.CLAIM):
        assert {answer.status_code for answer in await ways(who, case, action)} <= {400, 403, 404, 409}
    assert (await Case.find(region.code, case.id)).version == 1


async def test_t23_control_what_the_table_allows_is_done(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    clerk = await a_staff(organisation=await Organisation.find(case.region, case.handler_org))
    answers = await ways(await caller(client, region, clerk), case, Action.APPROVE)
    assert answers[0].status_code == 200 and {answer.status_code for answer in answers[1:]} == {409}  # done once, and meanwhile for the others
    assert (await Case.find(region.code, case.id)).version == 2


async def in_shandong() -> tuple[Region, Account, Account, Case]:
    """The leader of a unit who is also a talent of it, a specialist of hers, and the talent's application at the specialist's step."""
    region = await regions.current("shandong")
    unit = await office.a_unit(region)
    person, leader = await office.a_person(region, unit), await office.an_operator(region, unit)
    specialist = await office.a_clerk(region, unit, "specialist")
    await bindings.bind(region, await the_actor(leader, "desk"), person.id, specialist.id, clock.now())
    return region, leader, specialist, await office.submitted(region, person, "card")


@pytest.mark.req("SD-05")
async def test_t23_only_the_bound_specialist_acts_on_a_talents_case_whatever_else_she_is(client: httpx.AsyncClient, database: None) -> None:
    region, leader, specialist, case = await in_shandong()
    unit = await Organisation.find(region.code, case.unit_id)
    other, stranger = await office.a_clerk(region, unit, "specialist"), await office.an_operator(region, await office.a_unit(region, "远山大学"))
    for account in (other, leader, stranger):
        who = await caller(client, region, account)
        for action in (Action.APPROVE, Action.SUPPLEMENT, Action.RETURN, Action.CLAIM, Action.SEND_ON, Action.COMPLETE):
            answers = await ways(who, case, action)
            assert {answer.status_code for answer in answers} <= {303, 400, 401, 403, 404, 409}, (account.name, action)
            assert not any(answer.status_code == 303 and "login" not in answer.headers["location"] for answer in answers), (account.name, action)
    assert (await Case.find(region.code, case.id)).version == case.version
    done = await ways(await caller(client, region, specialist), case, Action.APPROVE)
    assert done[0].status_code == 200 and (await Case.find(region.code, case.id)).step == "unit_review"


async def test_t23_a_units_operator_does_not_decide_on_the_unit_whatever_roles_she_has(client: httpx.AsyncClient, region: Region) -> None:
    unit = await office.a_unit(region, provisional=True)
    operator, bureau = await office.an_operator(region, unit), await office.office(region, kind="district_bureau")
    await RoleGrant.create(region=region.code, id=new_id(), account_id=operator.id, organisation_id=bureau.id, role="reviewer",
                           granted_at=clock.now())
    case = await office.submitted(region, operator, "unit_admission", {"reviewer": str(bureau.id)})
    assert case.handler_org == bureau.id
    who = await caller(client, region, operator)
    for action in (Action.COMPLETE, Action.RETURN, Action.CLAIM):
        assert {answer.status_code for answer in await ways(who, case, action)} <= {400, 403, 404, 409}
    several = await who.ask("POST", f"/{region.code}/console/todo", {"id": f"{case.id}.{case.version}", "act": "complete", "opinion": "同意"})
    assert "1 件没有办成" in several.text.replace(" ", "") or "1 件没有办成" in several.text
    assert (await Case.find(region.code, case.id)).version == case.version and (await Organisation.find(region.code, unit.id)).provisional


async def test_t23_what_waits_for_paper_is_not_passed_by_any_face(client: httpx.AsyncClient, database: None) -> None:
    region = await regions.current("guilin")
    _, operator, case = await on_paper(region)
    await office.act(region, operator, case, Action.APPROVE)
    at_centre = await Case.find(region.code, case.id)
    clerk = await office.a_clerk(region, await Organisation.find(region.code, at_centre.handler_org), "city_staff")
    who = await caller(client, region, clerk)
    act = {"action": "complete", "seen": at_centre.version, "opinion": "同意", "choice": "c"}
    answers = [await who.ask("POST", f"/{region.code}/api/desk/cases/{case.id}/acts", act),
               await who.ask("POST", f"/{region.code}/console/cases/{case.id}", act),
               await who.ask("POST", f"/{region.code}/desk-m/cases/{case.id}/complete", {name: act[name] for name in ("seen", "opinion", "choice")})]
    assert {answer.status_code for answer in answers} == {409}
    assert (await Case.find(region.code, case.id)).version == at_centre.version
