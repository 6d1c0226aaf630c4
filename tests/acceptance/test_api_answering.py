"""A case with a dossier over the API: what was submitted as its readers may see it, what a return marked, and the answer to it."""

import httpx
import pytest

from config.vocabulary import Action
from models.account import Account
from models.audit import Audit
from models.case import Case, CaseState
from models.organisation import Organisation
from services import regions
from services.cases import paper
from services.regions import Region
from tests import builders, office
from tests.acceptance.api import Api, logged_in
from tests.acceptance.test_api_applications import a_person
from tests.acceptance.test_correction import FIRST, SECOND, applicant, returned, who_registers
from tests.acceptance.test_desk_review import bound_in_shandong, on_paper
from tests.acceptance.test_phone_applications import unit
from tests.acceptance.test_phone_dossier import honour

__all__ = ["unit"]  # the fixture


async def submitted(mine: Api, unit: Organisation) -> Case:
    sent = await mine.post("apply/talent_pool/submit", {"seen": 0, "form": {"unit": str(unit.id)}}, key="pool-1")
    assert sent.status_code == 201, sent.text
    return await Case.find(mine.region, sent.json()["id"])


@pytest.mark.req("WH-24")
@pytest.mark.req("WH-61")
async def test_a_return_marks_the_row_and_the_answer_goes_to_the_unit_again(client: httpx.AsyncClient, region: Region, unit: Organisation) -> None:
    mine = await a_person(client, region)
    case = await submitted(mine, unit)
    await builders.acted(case, Action.RETURN, "请核对授予时间", marks={"honours.1.granted": "与证书不一致"})
    story = (await mine.get(f"bookings/{case.id}")).json()
    (part,) = [part for part in story["submitted"]["parts"] if part["section"] == "honours"]
    assert [(one["field"], one["fault"]) for one in part["rows"][0]["fields"] if one["fault"]] == [("honours.1.granted", "与证书不一致")]
    assert story["route"][0]["stage"] == "waiting"
    opened = (await mine.get(f"bookings/{case.id}/answer")).json()
    assert opened["allowed"] and opened["returned"] and opened["words"] == "请核对授予时间" and opened["gaps"] == []
    (mark,) = opened["marks"]
    assert (mark["section"], mark["number"], mark["field"], mark["mended"]) == ("honours", 1, "granted", False)
    assert opened["offices"]["unit"] == {str(unit.id): unit.name} and opened["values"]["unit"] == str(unit.id)
    version = (await mine.get("dossier/honours")).json()["version"]
    saved = await mine.post("dossier/honours/rows", {"seen": version, "number": 1, "values": {**honour(granted="2022-12"), "main": True}})
    assert saved.status_code == 200, saved.text
    opened = (await mine.get(f"bookings/{case.id}/answer")).json()
    assert opened["marks"][0]["mended"]
    sent = await mine.post(f"bookings/{case.id}/answer", {"seen": opened["version"], "form": {"unit": str(unit.id)}}, key="answer-1")
    assert sent.status_code == 200, sent.text
    after = await Case.find(region.code, case.id)
    assert (after.state, after.handler_org, after.dossier_number) == (CaseState.HANDLING, unit.id, 2)


@pytest.mark.req("BZ-07")
async def test_what_was_registered_is_corrected_with_the_answer(client: httpx.AsyncClient, database: None) -> None:
    region = await regions.current("binzhou")
    place = await office.a_unit(region)
    case = await returned(region, await who_registers(region, place.id), name="与身份证不一致")
    mine = await logged_in(client, await applicant(case))
    opened = (await mine.get(f"bookings/{case.id}/answer")).json()
    assert opened["faults"] == {"account.name": "与身份证不一致"} and opened["values"]["account.phone"] == FIRST
    own = {one["field"]: opened["values"][one["field"]] for one in opened["registered"]}
    form = {one["field"]: opened["values"][one["field"]] for one in opened["form"] if one["field"] in opened["values"]}
    wrong = await mine.post(f"bookings/{case.id}/answer", {"seen": opened["version"], "form": {**form, **own, "account.name": ""}}, key="answer-1")
    assert wrong.status_code == 400 and "account.name" in wrong.json()["error"]["context"]["fields"]
    right = {**form, **own, "account.name": "周岚", "account.phone": SECOND}
    assert (await mine.post(f"bookings/{case.id}/answer", {"seen": opened["version"], "form": right}, key="answer-2")).status_code == 200
    after = await applicant(case)
    assert (after.name, after.phone) == ("周岚", SECOND)
    again = (await mine.get(f"bookings/{case.id}/answer")).json()
    assert not again["returned"] and again["marks"] == []


@pytest.mark.req("WH-24")
@pytest.mark.req("T36")
async def test_who_handles_it_reads_the_sections_whole_who_looks_on_reads_numbers_masked_and_each_look_is_recorded(
        client: httpx.AsyncClient, region: Region, unit: Organisation) -> None:
    mine = await a_person(client, region)
    case = await submitted(mine, unit)
    operator = await office.an_operator(region, unit)
    hers = await told(client, await applicant(case), case, "basic.phone")
    assert await told(client, operator, case, "basic.phone") == hers
    assert await Audit.of(region.code, act="case.view", actor_id=operator.id).count() == 1
    await office.act(region, operator, case, Action.APPROVE)
    masked = await told(client, operator, case, "basic.phone")
    assert masked == f"{hers[:3]}****{hers[-4:]}"
    assert "*" in await told(client, operator, case, "basic.id_number")


async def told(client: httpx.AsyncClient, reader: Account, case: Case, field: str) -> str:
    """What stands in a field of the sections for this reader."""
    path = f"bookings/{case.id}" if reader.id == case.applicant_id else f"desk/cases/{case.id}"
    story = (await (await logged_in(client, reader)).get(path)).json()
    return str(next(one["value"] for part in story["submitted"]["parts"] for row in part["rows"] for one in row["fields"] if one["field"] == field))


@pytest.mark.req("BZ-14")
async def test_an_application_is_taken_along_as_paper_by_the_applicant_alone(client: httpx.AsyncClient, region: Region, unit: Organisation) -> None:
    mine = await a_person(client, region)
    case = await submitted(mine, unit)
    drawn = await mine.get(f"bookings/{case.id}/print")
    assert drawn.status_code == 200 and drawn.content.startswith(b"%PDF")
    other = await logged_in(client, await builders.a_talent())
    assert (await other.get(f"bookings/{case.id}/print")).status_code == 404


@pytest.mark.req("GL-11")
async def test_paper_is_confirmed_from_the_mini_program(client: httpx.AsyncClient, database: None) -> None:
    region = await regions.current("guilin")
    _, operator, case = await on_paper(region)
    await office.act(region, operator, case, Action.APPROVE)
    centre = await logged_in(client, await office.a_clerk(region, await office.office(region, code="talent_centre"), "city_staff"))
    story = (await centre.get(f"desk/cases/{case.id}")).json()
    assert story["submitted"]["paper"] and not story["submitted"]["paper_confirmed"]
    done = await centre.post(f"desk/cases/{case.id}/acts", {"action": "confirm_paper", "seen": story["version"]}, key="paper-1")
    assert done.status_code == 200, done.text
    assert await paper.is_confirmed(await Case.find(region.code, case.id))


@pytest.mark.req("SD-05")
async def test_the_leader_binds_a_specialist_whom_nobody_else_is_offered(client: httpx.AsyncClient, database: None) -> None:
    region = await regions.current("shandong")
    place, _, specialist, case = await bound_in_shandong(region, bound=False)
    leader = await logged_in(client, await office.an_operator(region, place))
    (offered,) = (await leader.get(f"desk/cases/{case.id}/specialists")).json()["items"]
    assert offered == {"id": str(specialist.id), "name": "冯专员", "bound": 0}
    stranger = await logged_in(client, await office.an_operator(region, await office.a_unit(region, "别家单位")))
    assert (await stranger.get(f"desk/cases/{case.id}/specialists")).status_code == 404
    done = await leader.post(f"desk/cases/{case.id}/acts", {"action": "bind", "seen": case.version, "person": str(specialist.id)}, key="bind-1")
    assert done.status_code == 200, done.text
    assert (await Case.find(region.code, case.id)).claimed_by == specialist.id
