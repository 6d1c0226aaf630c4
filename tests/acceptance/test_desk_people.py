"""A unit's people at the desk: reviewed, enrolled, invited, engaged, bound to a specialist (BZ-06..08, GL-07, SD-02..04)."""

import re

import httpx
import pytest

from config import clock
from config.errors import Invalid, NotFound
from models.account import Account, AccountState
from models.case import Case
from models.database import execute, new_id
from models.roster import Binding
from services import bindings, joining, login, regions
from services.codes import Sender
from services.login import LoginWrong
from services.masking import masked_id_number
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import desk, words

HERE = Sender("127.0.0.1")
PASSWORD = "Lan-Shan-2026"


@pytest.fixture
async def binzhou(database: None) -> Region:
    return await regions.current("binzhou")


@pytest.fixture
async def guilin(database: None) -> Region:
    return await regions.current("guilin")


@pytest.fixture
async def shandong(database: None) -> Region:
    return await regions.current("shandong")


async def who_registers(region: Region, unit: object, number: int, kind: str = "person", **more: str) -> Account:
    given = {"name": f"周岚{number}", "unit": str(unit), "id_number": office.an_id_number(), "phone": f"199000130{number:02d}",
             "login_name": f"zhoulan{kind}{number}", "password": PASSWORD, "password_again": PASSWORD, **more}
    assert region.profile.terms is not None
    return (await joining.join(region, kind, given, region.profile.terms.version, HERE, "phone", clock.now())).account


@pytest.mark.req("BZ-07")
@pytest.mark.req("BZ-08")
async def test_a_unit_reviews_registrations_singly_or_several_at_once(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    people = [await who_registers(binzhou, unit.id, number) for number in range(1, 5)]
    her = await desk(client, await office.an_operator(binzhou, unit))
    centre = await her.get()
    assert "您有【4】个个人注册审核 · 单位审核待审核" in words(centre).replace("【 4 】", "【4】")
    assert f'href="/{binzhou.code}/console/todo?matter=person_registration&amp;step=review"' in centre.text
    listed = await her.get("people")
    assert words(listed).count("待审核") >= 4 and "批量审核" in words(listed)
    page = await her.get("todo", matter="person_registration", step="review")
    rows = re.findall(r'name="id" value="([^"]+)"', page.text)
    assert len(rows) == 4 and 'value="complete"' in page.text and 'value="return"' in page.text
    silent = await her.post("todo", id=rows[:1], act="return")
    assert silent.status_code == 400 and "请在意见里写明为什么退回" in words(silent)
    done = await her.post("todo", id=rows[:3], act="complete", opinion="属实")
    assert "3 件均已办结" in words(done)
    returned = await her.post("todo", id=rows[3:], act="return", opinion="身份证号有误")
    assert "1 件均已退回" in words(returned)
    states = [(await Account.find(binzhou.code, one.id)).provisional for one in people]
    assert sorted(states) == [False, False, False, True]
    said = words(await her.get("people"))
    assert "退回修改中" in said and said.count("已通过") >= 3


@pytest.mark.req("BZ-11")
async def test_the_list_of_people_masks_numbers_and_finds_whole_ones(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    person, other = await office.a_person(binzhou, unit, "周岚"), await office.a_person(binzhou, unit, "吴川")
    await office.a_person(binzhou, await office.a_unit(binzhou, "远山机械有限公司"), "郑远")
    her = await desk(client, await office.an_operator(binzhou, unit))
    page = await her.get("people")
    assert person.id_number and person.id_number not in page.text and person.phone not in page.text
    assert f"110{'*' * 11}{person.id_number[-4:]}" in page.text and "郑远" not in page.text
    for asked in (person.id_number, person.phone, "周"):
        found = words(await her.get("people", words=asked))
        assert "周岚" in found and other.name not in found


@pytest.mark.req("BZ-11")
async def test_the_list_of_applications_says_who_it_is_and_who_serves_her_with_numbers_masked(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    person = await office.a_person(binzhou, unit, "周岚")
    await office.submitted(binzhou, person, "card", {"specialist_name": "冯专员", "specialist_phone": "19900018009"})
    her = await desk(client, await office.an_operator(binzhou, unit))
    page = await her.get("todo", matter="card", step="unit")
    said = words(page)
    assert all(one in said for one in ("证件号码", "性别", "服务专员姓名", "服务专员联系方式", "周岚", "女", "冯专员", "199****8009"))
    assert person.id_number and masked_id_number(person.id_number) in said
    assert person.id_number not in page.text and "19900018009" not in page.text
    assert "服务专员姓名" not in words(await her.get("todo"))  # what is asked of one step says nothing of others


@pytest.mark.req("GL-07")
async def test_an_account_that_the_unit_makes_needs_no_review_and_its_password_opens_it_once(client: httpx.AsyncClient, guilin: Region) -> None:
    unit = await office.a_unit(guilin)
    her = await desk(client, await office.an_operator(guilin, unit))
    wrong = await her.post("people/new", keyed=False, name="周岚", phone="123")
    assert wrong.status_code == 400 and "手机号码应为 11 位手机号" in words(wrong) and "周岚" in wrong.text
    made = await her.post("people/new", keyed=False, name="周岚", phone="19900014001")
    password = made.text.partition('class="one-time">')[2].partition("<")[0]
    assert made.status_code == 200 and len(password) == 19 and "19900014001" in words(made)
    account = await Account.of(guilin.code, login_name="19900014001").get()
    assert (account.provisional, account.unit_id, account.password_once) == (False, unit.id, True)
    assert not await Case.of(guilin.code, applicant_id=account.id).exists()
    entered = await login.by_password(guilin, "19900014001", password, HERE, "phone", clock.now())
    assert entered.used_up
    with pytest.raises(LoginWrong):
        await login.by_password(guilin, "19900014001", password, HERE, "phone", clock.now())
    again = await her.post("people/new", keyed=False, name="周岚", phone="19900014001")
    assert again.status_code == 400 and "已经注册过" in words(again)
    people = await her.get("people")
    assert password not in people.text and f"persons/{account.id}" in people.text  # whom no case registered is opened all the same


@pytest.mark.req("GL-07")
async def test_units_make_accounts_only_where_their_region_says_so(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit = await office.a_unit(binzhou)
    her = await desk(client, await office.an_operator(binzhou, unit))
    assert "新增单位人员" not in words(await her.get("people"))
    assert (await her.get("people/new")).status_code == 404
    assert (await her.post("people/new", keyed=False, name="周岚", phone="19900014002")).status_code == 404


@pytest.mark.req("BZ-07")
async def test_an_invitation_leads_to_registration_under_its_unit_and_ends(client: httpx.AsyncClient, guilin: Region) -> None:
    unit = await office.a_unit(guilin)
    her = await desk(client, await office.an_operator(guilin, unit))
    page = await her.get("people/invitation")
    link = page.text.partition('id="invitation">')[2].partition("<")[0]
    path = "/" + link.split("/", 3)[3]
    opened = await client.get(path)
    assert opened.headers["location"] == f"/{guilin.code}/register/person?unit={unit.id}"
    assert unit.name in words(await client.get(opened.headers["location"]))
    assert (await client.get(path[:-1] + ("0" if path[-1] != "0" else "1"))).status_code == 404
    assert (await client.get(path.replace(f"/{guilin.code}/", "/binzhou/"))).status_code == 404
    await execute("UPDATE organisation SET state = 'closed' WHERE id = $1", unit.id)
    assert (await client.get(path)).status_code == 404


@pytest.mark.req("BZ-06")
async def test_a_unit_makes_stops_and_resets_accounts_of_its_own_alone(client: httpx.AsyncClient, binzhou: Region) -> None:
    unit, elsewhere = await office.a_unit(binzhou), await office.a_unit(binzhou, "远山机械有限公司")
    operator = await office.an_operator(binzhou, unit)
    stranger = await office.an_operator(binzhou, elsewhere, "郑远")
    her = await desk(client, operator)
    made = await her.post("colleagues", keyed=False, name="钱同事", login_name="qiantongshi", phone="19900014003", role="unit_operator")
    password = made.text.partition('class="one-time">')[2].partition("<")[0]
    assert made.status_code == 200 and password
    colleague = await Account.of(binzhou.code, login_name="qiantongshi").get()
    assert (await login.by_password(binzhou, "qiantongshi", password, HERE, "desk", clock.now())).used_up
    for role in ("leader", "city_staff", "nobody"):  # roles of offices are nobody's to give in a unit
        refused = await her.post("colleagues", keyed=False, name="孙同事", login_name="suntongshi", phone="19900014004", role=role)
        assert refused.status_code == 400, role
    reset = await her.post(f"people/{colleague.id}/password", keyed=False)
    assert reset.status_code == 200 and password not in reset.text
    assert (await her.post(f"colleagues/{colleague.id}/suspend", reason="离岗")).status_code == 303
    assert (await Account.find(binzhou.code, colleague.id)).state is AccountState.SUSPENDED
    assert (await her.post(f"colleagues/{colleague.id}/enable")).status_code == 303
    for path in (f"people/{stranger.id}/password", f"colleagues/{stranger.id}/suspend", f"people/{new_id()}/password"):
        assert (await her.post(path, reason="试试")).status_code == 404
    assert (await her.post(f"colleagues/{operator.id}/suspend", reason="自己")).status_code == 409
    assert "郑远" not in words(await her.get("colleagues"))


@pytest.mark.req("BZ-06")
async def test_whoever_has_a_password_of_her_own_keeps_it_from_her_unit(client: httpx.AsyncClient, guilin: Region) -> None:
    unit = await office.a_unit(guilin)
    person = await office.a_person(guilin, unit)
    her = await desk(client, await office.an_operator(guilin, unit))
    assert (await her.post(f"people/{person.id}/password", keyed=False)).status_code == 404


@pytest.mark.req("SD-02")
@pytest.mark.req("SD-03")
@pytest.mark.req("SD-04")
async def test_a_leader_approves_a_specialist_and_binds_talents_to_her_and_to_another(client: httpx.AsyncClient, shandong: Region) -> None:
    unit = await office.a_unit(shandong)
    leader = await office.an_operator(shandong, unit, "魏负责")
    registered = await who_registers(shandong, unit.id, 21, "reviewer", second_unit="材料学院")
    talents = [await office.a_person(shandong, unit, name) for name in ("周岚", "吴川")]
    her = await desk(client, leader)
    assert "还没有审核通过的服务专员" in words(await her.get("bindings"))
    case = await Case.of(shandong.code, applicant_id=registered.id).get()
    said = words(await her.get(f"cases/{case.id}/"))
    assert "材料学院" in said and "审核通过" in said  # SD-02: down to the second-level unit
    await her.post(f"cases/{case.id}/", action="complete", seen=case.version, opinion="同意")
    assert not (await Account.find(shandong.code, registered.id)).provisional
    other = await office.a_clerk(shandong, unit, "specialist", "冯专员")
    none = await her.post("bindings", specialist=registered.id)
    assert none.status_code == 400 and "请勾选人才" in words(none)
    done = await her.post("bindings", id=[str(one.id) for one in talents], specialist=registered.id)
    assert done.status_code == 303
    assert words(await her.get("bindings")).count(registered.name) >= 2
    await her.post("bindings", id=[str(talents[0].id)], specialist=other.id)
    now_bound = {one.talent_id: one.specialist_id for one in await Binding.of(shandong.code, ended_at=None)}
    assert now_bound == {talents[0].id: other.id, talents[1].id: registered.id}
    mine = await desk(client, other)
    seen = words(await mine.get("people"))
    assert "周岚" in seen and "吴川" not in seen  # SD-05: only those who are bound to her
    assert (await mine.post("bindings", id=[str(talents[1].id)], specialist=other.id)).status_code == 403


@pytest.mark.req("SD-04")
async def test_nobody_is_bound_to_who_is_no_specialist_of_the_unit_nor_is_anybody_elses_talent(shandong: Region) -> None:
    unit, elsewhere = await office.a_unit(shandong), await office.a_unit(shandong, "远山大学")
    leader = await builders.the_actor(await office.an_operator(shandong, unit), "desk")
    talent, stranger = await office.a_person(shandong, unit), await office.a_person(shandong, elsewhere)
    specialist, foreign = [await office.a_clerk(shandong, place, "specialist") for place in (unit, elsewhere)]
    with pytest.raises(Invalid):
        await bindings.bind(shandong, leader, talent.id, foreign.id, clock.now())
    with pytest.raises(NotFound):
        await bindings.bind_each(shandong, leader, [talent.id, stranger.id], specialist.id, clock.now())
    assert not await Binding.of(shandong.code).exists()  # all of them or none

