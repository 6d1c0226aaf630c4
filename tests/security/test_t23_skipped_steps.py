"""T23: no step is skipped and nobody decides her own case: what is not in the table is refused on every face, and leaves no trace."""

import httpx
import pytest

from config import clock
from config.vocabulary import Action
from models.account import Account, RoleGrant
from models.case import Case
from models.database import new_id
from models.organisation import Organisation
from services import cards, checks
from services.cases.transitions import possible
from services.regions import Region
from tests.builders import a_booking, a_city_staff, a_staff, a_talent, the_actor

from .callers import Caller, caller

pytestmark = [pytest.mark.req("T23"), pytest.mark.timeout(90)]
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
