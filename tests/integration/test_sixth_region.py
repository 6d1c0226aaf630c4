"""A region that nobody has written a line of code for: routes, sections, registrations and logins unlike the shipped ones, by its profile alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from config import clock
from config.errors import Invalid, NotFound
from config.loading import read_profile
from config.vocabulary import Action
from models.account import Account, AccountKind, RoleGrant
from models.case import Case, CaseState
from models.database import new_id
from models.dossier import Dossier
from models.organisation import Organisation
from services import applications, bindings, dossiers, regions, registration
from services.actors import Actor, Grant
from services.applications import Incomplete, NotYet
from services.cases import engine, sheet
from services.cases.routing import NobodyBound
from services.cases.transitions import NotPossible
from services.codes import Sender
from services.dossiers import ChangedElsewhere, Owner
from services.regions import Region
from services.todo import waiting

FOLDER = Path(__file__).parents[1] / "regions" / "yunze"
HERE = Sender("192.0.2.9")
PASSWORD = "Star-Lake-2026"
NUMBER = "110105199003078019"
UNIT_CODE = "91350900MA0000000X"


@pytest.fixture
async def yunze(database: None) -> Region:
    return await regions.load(read_profile(FOLDER), clock.now())


def person(number: str = "19900007001", unit: UUID | None = None, **more: Any) -> dict[str, Any]:
    return {"name": "陆星河", "unit": str(unit), "id_number": NUMBER, "phone": number, "login_name": f"lu{number[-4:]}", "password": PASSWORD,
            "password_again": PASSWORD, "field_of_work": "湖泊生态", **more}


def unit(code: str = UNIT_CODE, phone: str = "19900007900") -> dict[str, Any]:
    return {"unit_name": "云泽星湖大学", "unit_code": code, "name": "乔人事", "phone": phone, "password": PASSWORD, "password_again": PASSWORD}


async def actor(account: Account) -> Actor:
    grants = [Grant(one.organisation_id, "", one.role) for one in await RoleGrant.of(account.region, account_id=account.id, ended_at=None)]
    return Actor(account.region, account.id, account.name, account.kind, tuple(grants), "desk")


async def somebody(region: Region, kind: AccountKind, role: str, place: UUID, name: str) -> Actor:
    account = await Account.create(region=region.code, id=new_id(), kind=kind, name=name, login_name=f"{role}{new_id()}", created_at=clock.now())
    await RoleGrant.create(region=region.code, id=new_id(), account_id=account.id, organisation_id=place, role=role, granted_at=clock.now())
    return await actor(account)


async def place(region: Region, code: str) -> UUID:
    found = await Organisation.of(region.code, code=code).first()
    assert found is not None
    return found.id


async def act(region: Region, who: Actor, case: Case, action: Action, **more: Any) -> Case:
    now = await Case.find(region.code, case.id)
    return (await engine.act(region, who, case.id, engine.Request(action, now.version, **more), clock.now())).case


@dataclass
class Scene:
    """A unit that was admitted, its dean and secretary, and a scholar whose registration was confirmed and whose sections are filled in."""

    region: Region
    unit: UUID
    office: Actor
    dean: Actor
    secretary: Actor
    scholar: Actor

    @property
    def owner(self) -> Owner:
        return Owner("talent", account_id=self.scholar.account_id)

    async def put(self, section: str, number: int | None, values: dict[str, Any]) -> Dossier:
        there = await dossiers.of(self.region, self.owner, clock.now())
        return await dossiers.put_row(self.region, self.scholar, self.owner, section, number, values, there.version, clock.now())


async def an_admitted_unit(region: Region) -> tuple[UUID, Actor]:
    registered = await registration.register(region, "unit", unit(), "3", HERE, clock.now())
    assert registered.unit_id is not None
    office = await actor(registered.account)
    await dossiers.put_row(region, office, Owner("unit", organisation_id=registered.unit_id), "about", 0, {"district": "west", "kind": "school"}, 1,
                           clock.now())
    submitted = await applications.submit(region, office, "entry", {}, clock.now())
    clerk = await somebody(region, AccountKind.STAFF, "clerk", await place(region, "west_bureau"), "西经办")
    await act(region, clerk, submitted.case, Action.COMPLETE)
    return registered.unit_id, office


@pytest.fixture
async def scene(yunze: Region) -> Scene:
    unit_id, office = await an_admitted_unit(yunze)
    dean = await somebody(yunze, AccountKind.UNIT, "dean", unit_id, "方院长")
    secretary = await somebody(yunze, AccountKind.UNIT, "secretary", unit_id, "宋秘书")
    registered = await registration.register(yunze, "person", person(unit=unit_id), "3", HERE, clock.now())
    scholar = await actor(registered.account)
    made = Scene(yunze, unit_id, office, dean, secretary, scholar)
    await act(yunze, office, (await applications.submit(yunze, scholar, "welcome", {}, clock.now())).case, Action.COMPLETE)
    await made.put("who", 0, {"full_name": "陆星河", "number": NUMBER, "born": "1990-03-07", "sex": "m", "abroad": "no", "district": "west"})
    await made.put("works", None, {"title": "湖泊之书", "year": 2024, "chosen": "yes", "prize": "云泽市星湖学术贡献奖"})
    return made


@pytest.mark.req("WH-13")
async def test_a_unit_is_found_only_when_it_is_admitted(yunze: Region) -> None:
    await registration.register(yunze, "unit", unit(), "3", HERE, clock.now())
    assert await registration.units(yunze, "星湖") == []
    with pytest.raises(registration.Taken) as refused:
        await registration.register(yunze, "unit", unit(phone="19900007901"), "3", HERE, clock.now())
    assert "unit_name" in refused.value.fields


async def test_an_admitted_unit_is_found_and_its_district_is_what_it_said(yunze: Region) -> None:
    unit_id, _ = await an_admitted_unit(yunze)
    (found,) = await registration.units(yunze, "星湖大学")
    assert (found.id, found.district) == (unit_id, "湖西区")


@pytest.mark.req("BZ-02")
async def test_a_number_that_is_known_says_which_kind_of_account_has_it_and_not_whose(scene: Scene) -> None:
    with pytest.raises(registration.Taken) as refused:
        await registration.register(scene.region, "person", person("19900007900", scene.unit, id_number="110105199103078016"), "3", HERE, clock.now())
    assert "单位" in refused.value.fields["phone"] and "乔" not in refused.value.fields["phone"]


async def test_everything_that_is_wrong_with_a_registration_is_said_at_once(scene: Scene) -> None:
    with pytest.raises(Invalid) as refused:
        await registration.register(scene.region, "person", person("123", scene.unit, id_number="110105199003078011", password_again="x"), "2", HERE,
                                    clock.now())
    assert {"phone", "id_number", "password_again", "agreed"} <= refused.value.fields.keys()


async def test_what_registration_knew_stands_in_the_dossier_already(yunze: Region) -> None:
    unit_id, _ = await an_admitted_unit(yunze)
    registered = await registration.register(yunze, "person", person(unit=unit_id), "3", HERE, clock.now())
    kept = await dossiers.of(yunze, Owner("talent", account_id=registered.account.id), clock.now())
    assert kept.draft == {"who": [{"field_of_work": "湖泊生态"}]}
    assert "湖泊生态" not in bytes(kept.draft_sealed).decode(errors="ignore")


async def test_who_is_not_approved_yet_may_log_in_and_do_no_business(yunze: Region) -> None:
    unit_id, _ = await an_admitted_unit(yunze)
    registered = await registration.register(yunze, "person", person(unit=unit_id), "3", HERE, clock.now())
    with pytest.raises(NotYet, match="审核"):
        await applications.submit(yunze, await actor(registered.account), "star", {"reason": "研究需要"}, clock.now())


async def test_a_draft_may_lack_what_is_required_and_the_list_of_what_is_missing_is_whole(scene: Scene) -> None:
    await scene.put("works", None, {"title": "第二本书"})
    shown = await applications.desk(scene.region, scene.scholar, "star", clock.now())
    assert [(gap.path, gap.sentence) for gap in shown.gaps] == [("works.2.year", "请填写年份。")]
    with pytest.raises(Incomplete) as refused:
        await applications.submit(scene.region, scene.scholar, "star", {"reason": "研究需要"}, clock.now())
    assert refused.value.fields == {"works.2.year": "请填写年份。"}


@pytest.mark.parametrize(("values", "field"), [
    ({"number": "110105199003078011"}, "number"), ({"born": "1990-03-08"}, "born"), ({"sex": "f"}, "sex"), ({"district": "north"}, "district"),
])
async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(scene: Scene, values: dict[str, Any], field: str) -> None:
    before = await dossiers.of(scene.region, scene.owner, clock.now())
    whole = {"full_name": "陆星河", "number": NUMBER, "born": "1990-03-07", "sex": "m", "abroad": "no", "district": "west", **values}
    with pytest.raises(Invalid) as refused:
        await scene.put("who", 0, whole)
    assert field in refused.value.fields
    assert (await dossiers.of(scene.region, scene.owner, clock.now())).version == before.version


@pytest.mark.parametrize("short", ["星湖奖", "学贡", "星贡"])
@pytest.mark.req("WH-22")
async def test_a_short_title_is_refused_and_the_full_one_is_offered(scene: Scene, short: str) -> None:
    with pytest.raises(Invalid) as refused:
        await scene.put("works", 0, {"title": "湖泊之书", "year": 2024, "prize": short})
    assert "云泽市星湖学术贡献奖" in refused.value.fields["prize"]


async def test_choosing_another_main_work_takes_the_mark_from_the_one_before(scene: Scene) -> None:
    changed = await scene.put("works", None, {"title": "第二本书", "year": 2025, "chosen": "yes"})
    assert [work.get("chosen") for work in changed.draft["works"]] == [False, True]


async def test_two_windows_of_one_person_do_not_overwrite_each_other(scene: Scene) -> None:
    seen = (await dossiers.of(scene.region, scene.owner, clock.now())).version
    await scene.put("works", None, {"title": "第二本书", "year": 2025})
    with pytest.raises(ChangedElsewhere):
        await dossiers.put_row(scene.region, scene.scholar, scene.owner, "works", None, {"title": "第三本书", "year": 2025}, seen, clock.now())


@pytest.mark.req("WH-25")
async def test_the_page_says_who_will_review_it_and_why(scene: Scene) -> None:
    shown = await applications.desk(scene.region, scene.scholar, "star", clock.now())
    foreseen = await applications.foresee(scene.region, scene.scholar, shown)
    assert foreseen is not None
    assert (foreseen.organisation, foreseen.step, foreseen.why) == ("云泽星湖大学", "指定学术秘书", "您所在的单位")


@pytest.mark.req("WH-21")
async def test_the_whole_route_is_shown_before_anything_is_submitted(scene: Scene) -> None:
    await bindings.bind(scene.region, scene.dean, scene.scholar.account_id or scene.unit, scene.secretary.account_id or scene.unit, clock.now())
    shown = await applications.desk(scene.region, scene.scholar, "star", clock.now())
    ahead = await applications.foresee_route(scene.region, scene.scholar, shown)
    assert [(one.step, one.organisation, one.why) for one in ahead] == [
        ("秘书补充", "云泽星湖大学", "您所在的单位"), ("院长汇总", "云泽星湖大学", "您所在的单位"),
        ("学术委员会评议", "云泽市学术委员会", "“云泽市星湖学术贡献奖”的主管部门"), ("市人才办发卡", "云泽市人才办", "固定由该机构办理")]


async def submitted(scene: Scene) -> Case:
    return (await applications.submit(scene.region, scene.scholar, "star", {"reason": "研究需要"}, clock.now())).case


@pytest.mark.req("SD-05")
async def test_the_whole_way_through_a_route_that_no_code_knows(scene: Scene) -> None:
    region = scene.region
    case = await submitted(scene)
    assert (case.step, case.handler_org) == ("assign", scene.unit)
    with pytest.raises(NotPossible):
        await act(region, scene.dean, case, Action.APPROVE)  # the step offers 指定, not 通过
    with pytest.raises(Invalid):
        await act(region, scene.dean, case, Action.BIND, person=scene.scholar.account_id)
    case = await act(region, scene.dean, case, Action.BIND, person=scene.secretary.account_id)
    assert (case.step, case.claimed_by) == ("complete_file", scene.secretary.account_id)

    other = await somebody(region, AccountKind.UNIT, "secretary", scene.unit, "另一秘书")
    assert [one.id for one in await waiting(region, scene.secretary)] == [case.id]
    assert await waiting(region, other) == []
    with pytest.raises(NotFound):
        await sheet.read(region, other, case.id, clock.now())

    await scene.put("who", 0, {"full_name": "陆星河", "number": NUMBER, "abroad": "yes", "district": "east"})  # after submission: not in the case
    now = await Case.find(region.code, case.id)
    extra = {"title": "补充的论文", "year": 2023}
    done = await applications.supplement_dossier(region, scene.secretary, case.id, now.version, "works", None, extra, clock.now())
    supplemented = await dossiers.version(region, now.dossier_id or scene.unit, done.case.dossier_number or 0)
    assert (done.case.dossier_number, len(supplemented["works"]), supplemented["who"][0]["abroad"]) == (2, 2, False)
    case = await act(region, scene.secretary, case, Action.APPROVE)
    assert case.step == "list"
    with pytest.raises(NotPossible):
        await act(region, scene.dean, case, Action.APPROVE)  # from here it goes on with the stamped list alone
    for roster in (None, new_id()):
        with pytest.raises(Invalid):
            await act(region, scene.dean, case, Action.SEND_ON, roster=roster)
    case = await act(region, scene.dean, case, Action.RETURN, opinion="理由再写具体些")
    assert case.state is CaseState.RETURNED


@pytest.mark.req("DZ-08")
async def test_until_the_first_step_has_acted_it_may_be_changed_and_afterwards_only_when_it_is_returned(scene: Scene) -> None:
    case = await submitted(scene)
    await scene.put("works", None, {"title": "第二本书", "year": 2025})
    changed = await applications.resubmit(scene.region, scene.scholar, case.id, case.version, {"reason": "研究更需要"}, clock.now())
    assert (changed.case.dossier_number, changed.case.data["reason"], changed.case.state) == (2, "研究更需要", CaseState.HANDLING)
    moved = await act(scene.region, scene.dean, case, Action.BIND, person=scene.secretary.account_id)
    with pytest.raises(NotPossible):
        await applications.resubmit(scene.region, scene.scholar, case.id, moved.version, {"reason": "还想再改"}, clock.now())
    with pytest.raises(NotPossible):
        await act(scene.region, scene.scholar, case, Action.WITHDRAW)


@pytest.mark.req("SD-04")
async def test_who_is_bound_already_goes_straight_to_her_secretary(scene: Scene) -> None:
    await bindings.bind(scene.region, scene.dean, scene.scholar.account_id or scene.unit, scene.secretary.account_id or scene.unit, clock.now())
    case = await submitted(scene)
    assert (case.step, case.claimed_by) == ("complete_file", scene.secretary.account_id)
    other = await somebody(scene.region, AccountKind.UNIT, "secretary", scene.unit, "另一秘书")
    await bindings.bind(scene.region, scene.dean, scene.scholar.account_id or scene.unit, other.account_id or scene.unit, clock.now())
    assert (await Case.find(scene.region.code, case.id)).claimed_by == other.account_id
    with pytest.raises(NotFound):
        await act(scene.region, scene.secretary, case, Action.APPROVE)


async def test_without_a_specialist_a_bound_step_says_what_is_missing() -> None:
    assert "服务专员" in NobodyBound().text
