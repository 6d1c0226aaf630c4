"""退回修改 of a registration (BZ-07): the applicant corrects what she registered, and submits it again; the reviewer sees what is otherwise."""

from uuid import UUID

import httpx
import pytest

from config import clock
from config.errors import Conflict
from config.vocabulary import Action
from models.account import Account
from models.audit import Audit
from models.case import Case, CaseState
from models.database import rows
from models.organisation import Organisation
from services import dossiers, joining, regions, registration
from services.codes import Sender
from services.dossiers import Owner
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import desk, words
from tests.acceptance.phone import phone

HERE = Sender("127.0.0.1")
PASSWORD = "Lan-Shan-2026"
FIRST, SECOND = "19900016001", "19900016002"


@pytest.fixture
async def binzhou(database: None) -> Region:
    return await regions.current("binzhou")


async def who_registers(region: Region, unit: UUID, name: str = "周蓝", number: str = FIRST, **more: str) -> Case:
    given = {"name": name, "unit": str(unit), "id_number": office.an_id_number(), "phone": number, "login_name": f"person{number[-4:]}",
             "password": PASSWORD, "password_again": PASSWORD, **more}
    assert region.profile.terms is not None
    joined = await joining.join(region, "person", given, region.profile.terms.version, HERE, "phone", clock.now())
    assert joined.case is not None
    return joined.case


async def returned(region: Region, case: Case, **marks: str) -> Case:
    return await builders.acted(case, Action.RETURN, "请更正", marks={f"account.{name}": words for name, words in marks.items()})


async def applicant(case: Case) -> Account:
    return await Account.find(case.region, case.applicant_id)


@pytest.mark.req("BZ-07")
async def test_marks_stand_beside_what_was_registered_and_corrections_go_to_the_unit(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    case = await who_registers(binzhou, unit.id)
    her = await desk(client, await office.an_operator(binzhou, unit))
    page = await her.get(f"cases/{case.id}/")
    assert 'name="mark_account.name"' in page.text and 'name="mark_account.phone"' in page.text and "注册信息" in words(page)
    done = await her.post(f"cases/{case.id}/", action="return", seen=case.version, opinion="请更正姓名和手机号",
                          **{"mark_account.name": "与身份证不一致", "mark_account.phone": "是空号"})
    assert done.status_code == 303
    client.cookies.clear()
    mine = await phone(client, binzhou, before := await applicant(case))
    await mine.open(f"/cases/{case.id}")
    assert "与身份证不一致" in mine.text and "是空号" in mine.text
    await mine.open(f"/cases/{case.id}/answer")
    assert 'value="周蓝"' in mine.text and mine.text.index("与身份证不一致") < mine.text.index('name="account.name"')
    right = {"account.name": "周岚", "account.id_number": str(before.id_number), "account.phone": SECOND}
    await mine.send("/answer", **right)
    assert "已重新提交" in mine.text
    after = await applicant(case)
    assert (after.name, after.phone, after.id_number, after.login_name) == ("周岚", SECOND, before.id_number, before.login_name)
    assert (await Case.find(binzhou.code, case.id)).state is CaseState.HANDLING
    page = await (await desk(client, await office.an_operator(binzhou, unit))).get(f"cases/{case.id}/")
    assert "申请人已更正" in words(page) and page.text.count("已更正</") == 3 and SECOND in page.text  # the box, the name, the number
    (line,) = await Audit.of(binzhou.code, act="correct")
    assert line.detail == {"changed": ["account.name", "account.phone"]}
    draft = (await dossiers.of(binzhou, Owner("talent", account_id=after.id), clock.now())).draft["basic"][0]
    assert (draft["name"], draft["phone"]) == ("周岚", SECOND)


@pytest.mark.req("BZ-07")
async def test_everything_is_asked_as_at_registration_and_what_was_typed_stays(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    case = await returned(binzhou, await who_registers(binzhou, unit.id))
    mine = await phone(client, binzhou, await applicant(case))
    await mine.open(f"/cases/{case.id}/answer")
    answer = await mine.send("/answer", **{"account.name": "", "account.phone": "123", "account.id_number": "110105199003078011"})
    assert answer.status_code == 400
    for name in ("name", "phone", "id_number"):
        assert f'href="#field-account.{name}"' in mine.text
    assert "请填写姓名。" in mine.text and 'value="123"' in mine.text
    assert (await Case.find(binzhou.code, case.id)).state is CaseState.RETURNED


@pytest.mark.req("BZ-02")
@pytest.mark.req("BZ-07")
async def test_a_number_of_somebody_elses_is_refused_and_nothing_is_changed(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    other = await applicant(await who_registers(binzhou, unit.id, "吴川", SECOND))
    case = await returned(binzhou, await who_registers(binzhou, unit.id))
    mine = await phone(client, binzhou, before := await applicant(case))
    await mine.open(f"/cases/{case.id}/answer")
    answer = await mine.send("/answer", **{"account.name": "周岚", "account.phone": SECOND, "account.id_number": str(other.id_number)})
    assert answer.status_code == 400 and "吴川" not in mine.text
    assert "这个手机号码已经注册过个人账号" in mine.text and "这个身份证号码已经注册过个人账号" in mine.text
    after = await applicant(case)
    assert (after.name, after.phone, after.version) == (before.name, before.phone, before.version)
    assert not await Audit.of(binzhou.code, act="correct").exists()


@pytest.mark.req("BZ-07")
async def test_only_while_it_is_with_her_and_only_by_herself(binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    case = await who_registers(binzhou, unit.id)
    her = await builders.the_actor(await applicant(case))
    given = {"account.name": "周岚", "account.phone": FIRST, "account.id_number": str((await applicant(case)).id_number)}
    with pytest.raises(Conflict):
        await joining.resubmit(binzhou, her, case.id, case.version, given, clock.now())
    case = await returned(binzhou, case)
    stranger = await builders.the_actor(await office.a_person(binzhou, unit))
    with pytest.raises(Conflict):
        await joining.resubmit(binzhou, stranger, case.id, case.version, given, clock.now())
    assert (await applicant(case)).name == "周蓝"
    await joining.resubmit(binzhou, her, case.id, case.version, given, clock.now())
    with pytest.raises(Conflict):  # a second window, with the page of before
        await joining.resubmit(binzhou, her, case.id, case.version, given | {"account.name": "周兰"}, clock.now())
    assert (await applicant(case)).name == "周岚"
    await builders.acted(await Case.find(binzhou.code, case.id), Action.COMPLETE)
    account = await applicant(case)
    with pytest.raises(Conflict):
        await registration.correct(binzhou, her, "person", account, given | {"account.name": "周兰"}, clock.now())


async def test_what_disagrees_with_a_corrected_number_is_asked_for_anew(binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    case = await who_registers(binzhou, unit.id, id_number="110105199003078019")
    account, now = await applicant(case), clock.now()
    her, owner = await builders.the_actor(account), Owner("talent", account_id=account.id)
    dossier = await dossiers.of(binzhou, owner, now)
    await dossiers.put_row(binzhou, her, owner, "basic", 0, {**dossier.draft["basic"][0], "birthday": "1990-03-07", "ethnicity": "汉族"},
                           dossier.version, now)
    case = await returned(binzhou, case)
    right = office.an_id_number()
    await joining.resubmit(binzhou, her, case.id, case.version, {"account.name": "周蓝", "account.phone": FIRST, "account.id_number": right}, now)
    row = (await dossiers.of(binzhou, owner, now)).draft["basic"][0]
    assert row["id_number"] == right and "birthday" not in row and row["ethnicity"] == "汉族"


@pytest.mark.req("GL-04")
async def test_who_logs_in_by_her_number_does_so_by_the_corrected_one_and_other_sessions_end(client: httpx.AsyncClient, database: None) -> None:
    region = await regions.current("guilin")
    unit = await office.a_unit(region)
    assert region.profile.terms is not None
    given = {"name": "周漓", "unit": str(unit.id), "phone": FIRST, "password": PASSWORD, "password_again": PASSWORD}
    account = (await registration.register(region, "person", given, region.profile.terms.version, HERE, clock.now())).account
    case = await returned(region, await office.submitted(region, account, "person_registration", basic={"name": "周漓", "phone": FIRST}),
                          phone="是空号")
    mine = await phone(client, region, account)
    await mine.open(f"/cases/{case.id}/answer")
    assert "是空号" in mine.text and "改后请用新号码登录" in mine.text and "account.id_number" not in mine.text
    await mine.send("/answer", **{"account.name": "周漓", "account.phone": SECOND})
    assert "已重新提交" in mine.text  # this session stays
    after = await applicant(case)
    assert (after.login_name, after.phone) == (SECOND, SECOND)
    found = await rows("SELECT 1 FROM session WHERE account_id = $1 AND ended_at IS NULL", account.id)
    assert len(found) == 1
    submitted = await Case.find(region.code, case.id)
    assert submitted.dossier_id and submitted.dossier_number == 2
    assert (await dossiers.version(region, submitted.dossier_id, 2))["basic"][0]["phone"] == SECOND


@pytest.mark.req("BZ-04")
@pytest.mark.req("BZ-07")
async def test_a_unit_corrects_its_name_and_its_contact_at_the_desk(client: httpx.AsyncClient, binzhou: Region) -> None:
    bureau = await office.office(binzhou, kind="district_bureau")
    assert binzhou.profile.terms is not None
    given = {"unit_name": "青蓝新材料有限公司", "unit_code": office.a_unit_code(), "name": "林经办", "id_number": office.an_id_number(),
             "phone": FIRST, "login_name": "qinglan", "password": PASSWORD, "password_again": PASSWORD, "parent": str(bureau.id)}
    account = (await registration.register(binzhou, "unit", given, binzhou.profile.terms.version, HERE, clock.now())).account
    known = {name: given[name] for name in ("unit_name", "unit_code", "name", "phone", "parent")}
    case = await office.submitted(binzhou, account, "unit_admission", basic=known)
    case = await returned(binzhou, case, unit_name="与执照不一致", id_number="请核对")
    her = await desk(client, account)
    page = await her.get("apply/unit_admission")
    assert "注册信息" in words(page) and "与执照不一致" in words(page) and 'value="青蓝新材料有限公司"' in page.text
    assert 'value="账' not in page.text
    typed = {f"account.{name}": given[name] for name in ("unit_code", "name", "id_number", "phone")}
    await office.a_unit(binzhou, "青岚实业有限公司")
    seen = (await Case.find(binzhou.code, case.id)).version
    taken = await her.post("apply/unit_admission", case=case.id, seen=seen, **typed, **{"account.unit_name": "青岚实业有限公司"})
    assert taken.status_code == 400 and "这个单位已经注册过" in words(taken)
    done = await her.post("apply/unit_admission", case=case.id, seen=seen, **typed, **{"account.unit_name": "青岚新材料有限公司"})
    assert done.status_code == 303, words(done)
    unit = await Organisation.find(binzhou.code, account.unit_id)
    assert unit.name == "青岚新材料有限公司"
    clerk = await desk(client, await office.a_clerk(binzhou, bureau, "specialist"))
    said = await clerk.get(f"cases/{case.id}/")
    assert "申请人已更正" in words(said) and words(said).count("青岚新材料有限公司") >= 2  # what was registered, and 单位信息


@pytest.mark.req("SD-03")
async def test_two_who_register_with_one_unit_answer_their_own_returns(client: httpx.AsyncClient, database: None) -> None:
    region = await regions.current("shandong")
    unit = await office.a_unit(region)
    assert region.profile.terms is not None
    cases = []
    for number, name in ((FIRST, "冯一"), (SECOND, "冯二")):
        given = {"name": name, "unit": str(unit.id), "id_number": office.an_id_number(), "phone": number, "login_name": f"feng{number}",
                 "password": PASSWORD, "password_again": PASSWORD, "second_unit": "材料学院"}
        joined = await joining.join(region, "reviewer", given, region.profile.terms.version, HERE, "phone", clock.now())
        assert joined.case is not None
        cases.append(await returned(region, joined.case, name=f"{name}不对"))
    first = await applicant(cases[0])
    her = await desk(client, first)
    page = words(await her.get("apply/reviewer_registration"))
    assert "冯一不对" in page and "冯二不对" not in page
    typed = {"account.name": "冯壹", "account.id_number": str(first.id_number), "account.phone": FIRST, "second_unit": "物理学院"}
    done = await her.post("apply/reviewer_registration", case=cases[0].id, seen=cases[0].version, **typed)
    assert done.status_code == 303 and (await applicant(cases[0])).name == "冯壹"
