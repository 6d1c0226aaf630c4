"""我的数据: a person takes a copy of everything that is kept of her, and has her account closed."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from config import clock
from config.vocabulary import Action
from models.account import Account, AccountState, openid_index
from models.case import Case, CaseState
from models.database import execute, row, rows
from services import cleaning, closing, consents, dossiers, export_writing, files, ratings, whole_story
from services.codes import Given, Sender
from services.regions import Region
from tests.acceptance.api import Api
from tests.acceptance.phone import Phone, last_code, phone
from tests.builders import a_booking, a_card, a_city_staff, a_session, a_talent, acted, the_actor
from tests.foreign_files import a_picture
from tests.unit.test_printing import text_of

CANARY = "海月草稿路九号"
WORDS = "等了很久，我叫海月明"
OPENID = openid_index("wx1", "o-haiyueming")
PHONE, ID, EMAIL = "19900077001", "370102199003076521", "haiyueming@example.com"


async def somebody(region: Region) -> Account:
    """A holder with something of every kind."""
    who = await a_talent(name="海月明", phone=PHONE)
    await execute("UPDATE account SET id_number_sealed = $2, id_number_index = $3, email_sealed = $4, email_index = $5 WHERE id = $1", who.id,
                  *(lambda it: (it.id_number_sealed, it.id_number_index, it.email_sealed, it.email_index))(who.put_id_number(ID).put_email(EMAIL)))
    await a_card(holder=who)
    case = await a_booking(holder=who, completed=True)
    me = await the_actor(who)
    await ratings.rate_case(region, me, case.id, 5, WORDS, clock.now())
    await draft(region, who)
    await consents.choose_sms(region, me, [], clock.now())
    await in_wechat(region, who)
    return who


async def in_wechat(region: Region, who: Account) -> None:
    """Bound, with a message that she allowed and a chat that has not ended."""
    await execute("INSERT INTO wechat_binding (region, id, account_id, app_id, openid_sealed, openid_index, bound_at) "
                  "VALUES ($1, uuidv7(), $2, 'wx1', 'sealed', $3, $4)", region.code, who.id, OPENID, clock.now())
    for table, columns, values in (("subscription_credit", "template, left_over, changed_at", "'T1', 1, $3"), ("talk", "changed_at", "$3")):
        await execute(f"INSERT INTO {table} (region, app_id, openid_index, {columns}) VALUES ($1, 'wx1', $2, {values})", region.code, OPENID,
                      clock.now())


async def draft(region: Region, who: Account) -> None:
    owner = dossiers.owner_of(await the_actor(who))
    mine = await dossiers.of(region, owner, clock.now())
    section = region.profile.person_sections[0]
    text = next(field.field for field in section.fields if field.type == "text")
    await execute("UPDATE dossier SET draft_sealed = $2 WHERE id = $1", mine.id, mine.put_draft({section.section: [{text: CANARY}]}).draft_sealed)
    await files.put(region, await the_actor(who), files.Subject.DOSSIER, mine.id, "proof", "海月明的证书.jpg", a_picture(), clock.now())


async def written(mine: Phone, kind: str) -> bytes:
    await mine.open("/me/data")
    await mine.send("/me/data/copies", kind=kind)
    assert mine.at == "/me/data" and "排队中" in mine.text
    await export_writing.work(clock.now)
    await mine.open("/me/data")
    path = mine.text.split("/me/data/copies/")[1].partition('"')[0]
    answer = await mine.client.get(f"/{mine.region}/me/data/copies/{path}")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    return answer.content


async def test_her_copy_has_everything_and_says_who_looked(client: httpx.AsyncClient, region: Region, tmp_path: Path) -> None:
    who = await somebody(region)
    await whole_story.of_person(region, await the_actor(await a_city_staff(), "desk"), who.id, clock.now())
    mine = await phone(client, region, who)
    copy = json.loads(await written(mine, "mine.json"))["内容"]
    assert copy["账号"][0]["手机号"] == PHONE and copy["账号"][0]["身份证号码"] == ID and copy["账号"][0]["电子邮箱"] == EMAIL
    assert any(line["内容"] == CANARY for line in copy["人才信息"]) and copy["评价"][0]["内容"] == WORDS
    assert {line["选择"] for line in copy["同意和选择"]} == {"同意", "不同意"}
    for chapter in ("办件", "办件里填写的内容", "办件经过", "消息", "上传的文件", "登录和绑定"):
        assert copy[chapter], chapter
    assert [(line["方式"], line["次数"]) for line in copy["谁查看过"]] == [("查看个人全部情况", 1)]
    await mine.open("/me/data")
    assert "查看个人全部情况 1 次" in mine.text
    paper = text_of(await written(mine, "mine.pdf"), tmp_path)
    assert "个人信息副本" in paper and PHONE in paper and CANARY in paper


async def test_her_copy_is_hers_alone_and_gone_after_a_day(client: httpx.AsyncClient, region: Region) -> None:
    mine = await phone(client, region, await a_talent())
    await written(mine, "mine.json")
    path = f"/{region.code}/me/data/copies/" + mine.text.split("/me/data/copies/")[1].partition('"')[0]
    client.cookies.set("gl_phone", await a_session(await a_talent()))
    assert (await client.get(path)).status_code == 404
    found = await row("SELECT owner_id FROM export WHERE region = $1", region.code)
    assert found is not None
    late = clock.now() + timedelta(days=2)
    assert await export_writing.clear(late) == 1
    client.cookies.set("gl_phone", await a_session(await Account.find(region.code, found["owner_id"])))
    assert (await client.get(path)).status_code == 410


async def asks(mine: Phone, region: Region) -> None:
    await mine.open("/me/data/closing")
    await mine.send("/closing/code")
    await mine.send("/me/data/closing", reason="已离开本市", code=await last_code(region))


async def test_open_cases_and_a_card_in_force_stand_in_the_way_with_a_sentence(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    mine = await phone(client, region, await Account.find(region.code, case.applicant_id))
    await mine.open("/me/data/closing")
    assert case.number in mine.text and "还有效" in mine.text and "申请注销账号" not in mine.text
    with pytest.raises(closing.StandsInTheWay):
        await closing.ask(region, await the_actor(await Account.find(region.code, case.applicant_id)), "", Given("", ""), clock.now())
    assert (await client.get(f"/{region.code}/apply/closing")).status_code == 404  # there is one way, with a code


async def test_nobody_asks_without_the_code_to_her_number(client: httpx.AsyncClient, region: Region) -> None:
    who = await a_talent()
    mine = await phone(client, region, who)
    await mine.open("/me/data/closing")
    await mine.send("/me/data/closing", reason="", code="123456")
    assert mine.answer.status_code == 401 and "验证码不正确" in mine.text
    assert await Case.of(region.code, applicant_id=who.id).count() == 0


async def closed(region: Region, case: Case) -> Case:
    return await acted(case, Action.COMPLETE)


async def test_when_the_office_completes_it_nothing_that_need_not_be_kept_is_left(client: httpx.AsyncClient, region: Region) -> None:
    who = await somebody(region)
    await execute("UPDATE card SET state = 'ended' WHERE holder_id = $1", who.id)
    mine = await phone(client, region, who)
    await asks(mine, region)
    assert "注销账号" in mine.text and mine.at.startswith("/cases/")
    case = await Case.of(region.code, applicant_id=who.id, closed_at=None).get()
    assert (await closed(region, case)).state is CaseState.COMPLETED
    left = await Account.find(region.code, who.id)
    assert (left.state, left.name, left.phone, left.id_number, left.email, left.password_hash) == (AccountState.CLOSED, closing.LEFT, *[None] * 4)
    mine_now = await client.get(f"/{region.code}/me")
    assert mine_now.status_code == 303 and "/login" in mine_now.headers["location"]  # every session is over
    await cleaning.clean(clock.now() + timedelta(days=8))
    await _nothing_left(region, who)
    assert await Case.of(region.code, applicant_id=who.id).count() == 2  # the archive stays
    sure = await a_talent(name="海月明", phone=PHONE)  # her number is free: she may register again
    assert sure.id != who.id


#: History and audit only grow: a name stands where somebody acted.
GROWING = {"case_event", "audit"}


async def _nothing_left(region: Region, who: Account) -> None:
    """Over every table and column of the database: no number, name or word of hers in the clear, none of her indexes, and no draft to unseal."""
    tables = [one["name"] for one in await rows("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'")]
    before = await Account.find(region.code, who.id)
    marks = [PHONE, ID, EMAIL, CANARY, WORDS, who.login_name, *(bytes(index).hex() for index in (*_indexes(who), OPENID))]
    for table in tables:
        for mark in marks + ([] if table in GROWING else ["海月明"]):
            found = await rows(f"SELECT 1 FROM {table} t WHERE t::text LIKE '%' || $1 || '%' LIMIT 1", mark)
            assert not found, f"{mark} stands in {table}"
    mine = await row("SELECT * FROM dossier WHERE account_id = $1", before.id)
    assert mine is not None and dossiers.Dossier.read(mine).draft == {}
    for one in await rows("SELECT params_sealed, state FROM notification WHERE account_id = $1 AND kind <> 'case_completed'", who.id):
        assert one["params_sealed"] == b"" and one["state"] != "pending"


def _indexes(who: Account) -> Sequence[bytes]:
    return [bytes(index) for index in (who.phone_index, who.put_id_number(ID).id_number_index, who.put_email(EMAIL).email_index) if index]


async def test_what_begins_meanwhile_stands_in_the_way_of_the_office_too(region: Region) -> None:
    who = await a_talent()
    me = await the_actor(who)
    challenge = await closing.request_code(region, me, Sender("127.0.0.1"), clock.now())
    case = (await closing.ask(region, me, "", Given(str(challenge), await last_code(region)), clock.now())).case
    await a_card(holder=who)
    with pytest.raises(closing.StandsInTheWay, match="还有效"):
        await closed(region, case)
    assert (await Account.find(region.code, who.id)).state is AccountState.ACTIVE
    assert (await Case.find(region.code, case.id)).state is CaseState.HANDLING


async def test_every_table_that_points_at_an_account_is_said_to_be_erased_or_kept(database: None) -> None:
    found = await rows("SELECT DISTINCT c.conrelid::regclass::text AS name FROM pg_constraint c WHERE c.contype = 'f' "
                       "AND c.confrelid = 'account'::regclass")
    said = set(closing.ERASED) | {table for tables in closing.KEPT.values() for table in tables.split()}
    assert {one["name"] for one in found} - said == set(), "say in services/closing.py what becomes of it when she leaves"


async def test_the_mini_program_orders_a_copy_and_asks_to_leave_in_the_same_words(client: httpx.AsyncClient, region: Region) -> None:
    who = await a_talent(name="海月明", phone=PHONE)
    mine = Api(client, region.code, await a_session(who, "mini"))
    assert (await mine.post("me/data/copies", {"kind": "mine.json"})).status_code == 200
    (copy,) = (await mine.get("me/data")).json()["copies"]
    assert copy["open"] and not copy["ready"] and copy["label"].startswith("我的数据")
    await export_writing.work(clock.now)
    (copy,) = (await mine.get("me/data")).json()["copies"]
    assert copy["ready"]
    file = await mine.get(f"me/data/copies/{copy['id']}")
    assert json.loads(file.content)["内容"]["账号"][0]["手机号"] == PHONE and "attachment" in file.headers["content-disposition"]
    before = (await mine.get("me/closing")).json()
    assert (before["offered"], before["under_way"], before["in_the_way"]) == (True, None, []) and PHONE not in before["phone"]
    challenge = (await mine.post("me/closing/code")).json()["challenge"]
    wrong = await mine.post("me/closing", {"challenge": challenge, "code": "000000"})
    assert wrong.json()["error"]["code"].startswith("code_")
    asked = await mine.post("me/closing", {"challenge": challenge, "code": await last_code(region), "reason": "不再需要"})
    assert asked.status_code == 201, asked.text
    after = (await mine.get("me/closing")).json()
    assert after["under_way"] == asked.json()["id"] and after["in_the_way"] == []
