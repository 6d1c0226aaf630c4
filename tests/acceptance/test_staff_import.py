"""Accounts of staff come in by a sheet: a verdict for every row, right rows in, wrong ones back with remarks."""

import re
import zipfile
from io import BytesIO

import httpx
import openpyxl
import pytest

from config import clock
from models.account import Account, RoleGrant
from models.organisation import Organisation
from services import regions, staff_import, staff_sheet
from services.regions import Region
from services.staff_import import Verdict
from services.staff_sheet import UnreadableSheet
from tests import builders, office
from tests.acceptance.desk import Desk, desk, words

SHEET = re.compile(r'name="sheet" value="([^"]+)"')


@pytest.fixture
async def admin(client: httpx.AsyncClient, region: Region) -> Desk:
    return await desk(client, await builders.a_city_staff())


async def place(region: Region) -> Organisation:
    return await office.office(region, kind="city_bureau")


def role(region: Region) -> str:
    return next(iter(region.profile.roles.values())).name


def sheet(*lines: tuple[object, ...], titles: tuple[str, ...] = tuple(staff_sheet.COLUMNS)) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(titles)
    for line in lines:
        book.active.append(line)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


async def uploaded(admin: Desk, data: bytes) -> httpx.Response:
    return await admin.client.post(f"{admin.at}/staff/import", data={"csrf": await _token(admin)}, files={"sheet": ("people.xlsx", data)})


async def _token(admin: Desk) -> str:
    await admin.get("staff/import")
    return admin.csrf


async def test_a_sheet_is_checked_brought_in_and_given_back_with_remarks(region: Region, admin: Desk) -> None:
    at, named = (await place(region)).name, role(region)
    there = await builders.a_staff(name="原有人")
    data = sheet(("苏新来", "suxinlai", 19900004801, at, named, None), ("苏新来", "suxinlai", "19900004801", "没有的机构", named),
                 ("高重号", "gaochonghao", "19900004801", at, named), (there.name, there.login_name, there.phone, at, named),
                 ("牛错号", "niu", "12345", at, "没有的角色", "2020-01-01"))
    page = await uploaded(admin, data)
    said = words(page)
    assert "将新建账号 1 行" in said and "已有账号，将授予角色 1 行" in said and "有错，不会导入 3 行" in said
    assert "没有叫“没有的机构”的机构" in said and "手机号和第 2 行的相同" in said and "手机号要 11 位；没有叫“没有的角色”的角色；到期日要写成" in said
    assert not await Account.of(region.code, login_name="suxinlai").exists()
    carried = SHEET.findall(page.text)[0]
    back = await admin.post("staff/import/marked", keyed=False, sheet=carried)
    lines = list(openpyxl.load_workbook(BytesIO(back.content)).worksheets[0].iter_rows(values_only=True))
    assert lines[0][-1] == "核对结果" and lines[1][-1] == "将新建账号" and "没有的机构" in str(lines[2][-1])
    assert [line[:2] for line in lines[1:3]] == [("苏新来", "suxinlai")] * 2
    done = words(await admin.post("staff/import/rows", keyed=False, sheet=carried))
    assert "已新建账号 1 行" in done and "已授予角色 1 行" in done and "新账号用登记的手机号收验证码登录" in done
    made = await Account.of(region.code, login_name="suxinlai").get()
    assert made.phone == "19900004801" and await RoleGrant.of(region.code, account_id=made.id, ended_at=None).count() == 1
    again = words(await admin.post("staff/import/rows", keyed=False, sheet=carried))
    assert "已有账号和角色，不用导入 2 行" in again


async def test_what_was_marked_can_be_mended_and_sent_again(region: Region) -> None:
    at = (await place(region)).name
    data = sheet(("高改好", "gaogaihao", "1990000480", at, role(region)))
    boss = await builders.the_actor(await builders.a_city_staff(), "desk")
    book = openpyxl.load_workbook(BytesIO(await staff_import.marked(region, boss, data, clock.now())))
    book.worksheets[0]["C2"] = "19900004802"
    target = BytesIO()
    book.save(target)
    assert [one.verdict for one in await staff_import.judge(region, boss, target.getvalue(), clock.now())] == [Verdict.NEW]
    lines = list(openpyxl.load_workbook(BytesIO(await staff_import.marked(region, boss, target.getvalue(), clock.now()))).worksheets[0].values)
    assert lines[0].count("核对结果") == 1


async def test_where_no_codes_are_sent_each_new_account_has_a_password_that_is_shown_once(client: httpx.AsyncClient, database: None) -> None:
    dezhou = await regions.current("dezhou")
    boss = await desk(client, await office.a_clerk(dezhou, await office.office(dezhou, code="city_centre"), "city_staff"))
    centre = await office.office(dezhou, code="city_centre")
    data = sheet(("苏新来", "suxinlai", "19900004803", centre.name, dezhou.profile.roles["city_staff"].name))
    page = await uploaded(boss, data)
    done = await boss.post("staff/import/rows", keyed=False, sheet=SHEET.findall(page.text)[0])
    assert "初始密码只显示这一次" in words(done)
    assert len(re.findall(r"<code>(?:\w{4}-){3}\w{4}</code>", done.text)) == 1
    made = await Account.of(dezhou.code, login_name="suxinlai").get()
    assert made.password_once and made.password_hash


async def test_the_template_offers_the_regions_own_offices_and_roles(region: Region, admin: Desk) -> None:
    answer = await admin.get("staff/import/template")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    assert [cell.value for cell in book.worksheets[0][1]] == list(staff_sheet.COLUMNS)
    assert (await place(region)).name in [cell.value for cell in book.worksheets[1]["A"]]
    assert len(book.worksheets[0].data_validations.dataValidation) == 2


@pytest.mark.req("T28")
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing", sheet(), sheet(("a",), titles=("姓名",)), sheet(*[("a",) * 5] * 201)])
async def test_what_is_no_such_sheet_is_refused_in_words(region: Region, admin: Desk, data: bytes) -> None:
    answer = await uploaded(admin, data)
    assert answer.status_code == 400 and "有内容需要修改" in words(answer)


@pytest.mark.req("T28")
def test_a_sheet_that_unpacks_to_too_much_is_not_unpacked() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    with pytest.raises(UnreadableSheet) as refused:
        staff_sheet.read(target.getvalue())
    assert "太大" in refused.value.fields["sheet"]
