"""我的人才信息 on the phone: sections and rows, drafts saved at any time, one list of what is missing, files that come and go."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from config import clock
from models.account import Account
from models.dossier import Content
from services import dossiers, files, regions
from services.dossiers import Owner
from services.files import Subject
from services.regions import Region
from tests import builders
from tests.acceptance.phone import Phone, phone
from tests.foreign_files import a_pdf, a_picture

NUMBER = "110105199003078019"
BASIC: dict[str, str | list[str]] = {
    "name": "陆星河", "id_number": NUMBER, "sex": "male", "birthday": "1990-03-07", "phone": "19900007001", "unit_name": "海滨生物科技有限公司",
    "city_direct": "no", "degree": "doctor"}
FULL = "山东省有突出贡献的中青年专家"


def basic(region: Region) -> dict[str, str | list[str]]:
    return BASIC | {"district": region.profile.districts[0].code}


def honour(**more: str) -> dict[str, str | list[str]]:
    return {"title": FULL, "main": "yes", "level": "province", "granted": "2023-05", "granted_by": "省人民政府", **more}


async def a_phone(client: httpx.AsyncClient, region: Region, path: str = "/me/dossier") -> tuple[Phone, Account]:
    who = await builders.a_talent(name="陆星河", region=region.code)
    mine = await phone(client, region, who)
    await mine.open(path)
    return mine, who


async def draft(who: Account) -> Content:
    return (await dossiers.of(await regions.current(who.region), Owner("talent", account_id=who.id), clock.now())).draft


@pytest.fixture
async def nineteen(database: None) -> Region:
    """The region whose dossier has nineteen sections."""
    return await regions.current("dezhou")


@pytest.mark.req("WH-20")
async def test_the_sections_stand_in_order_and_those_that_must_be_filled_in_say_so(client: httpx.AsyncClient, region: Region) -> None:
    mine, _ = await a_phone(client, region)
    places = [mine.text.index(section.name) for section in region.profile.person_sections]
    assert len(places) >= 6 and "请填写基本情况。" in mine.text and "请填写主要荣誉称号情况。" in mine.text
    assert mine.text.count("必填</span>") == 2 and "还有 2 处需要补充" in mine.text
    for section in region.profile.person_sections:  # a ring each, which is heard, too
        asked = sum(field.required for field in section.fields) if section.required else 0
        assert f'aria-label="{section.name}：{asked} 项中已完成 0 项"' in mine.text


@pytest.mark.req("DZ-03")
@pytest.mark.req("DZ-04")
async def test_all_nineteen_sections_open_and_one_list_says_what_is_missing(client: httpx.AsyncClient, nineteen: Region) -> None:
    mine, who = await a_phone(client, nineteen)
    assert len(nineteen.profile.person_sections) == 19
    for section in nineteen.profile.person_sections:
        assert section.name in mine.text
        assert (await mine.client.get(f"/{nineteen.code}/me/dossier/{section.section}{'/new' if section.repeats else ''}")).status_code == 200
    await mine.open("/me/dossier/basic")
    await mine.send("/me/dossier/basic/1", name="陆星河")
    assert (await draft(who))["basic"] == [{"name": "陆星河"}]
    for label in ("性别", "近期免冠正面彩色数码照片", "证件扫描件", "与现工作单位签订的服务期限", "通讯地址"):
        assert label in mine.text
    assert f'href="/{nineteen.code}/me/dossier/basic#field-address"' in mine.text
    await mine.open("/me/dossier/education/new")
    await mine.send("/me/dossier/education/new", school="云泽大学")
    assert f'href="/{nineteen.code}/me/dossier/education/1#field-subject"' in mine.text and "请上传证明材料。" in mine.text


async def test_what_is_wrong_is_marked_beside_its_field_and_nothing_typed_is_lost(client: httpx.AsyncClient, region: Region) -> None:
    mine, who = await a_phone(client, region, "/me/dossier/basic")
    answer = await mine.send("/me/dossier/basic/1", **basic(region) | {"id_number": "110105199003078011", "phone": "12", "brief": "研究湖泊"})
    assert answer.status_code == 400 and 'href="#field-id_number"' in mine.text and 'href="#field-phone"' in mine.text
    assert 'value="110105199003078011"' in mine.text and "研究湖泊" in mine.text
    assert await draft(who) == {}
    answer = await mine.send("/me/dossier/basic/1", **basic(region) | {"birthday": "1990-03-08", "sex": "female"})
    assert answer.status_code == 400 and "与身份证号中的出生日期不一致" in mine.text and "性别与身份证号不一致" in mine.text


@pytest.mark.req("WH-21")
async def test_the_form_says_that_two_answers_decide_who_reviews(client: httpx.AsyncClient, region: Region) -> None:
    mine, who = await a_phone(client, region, "/me/dossier/basic")
    assert "决定由哪个部门审核" in mine.text and "是否市直" in mine.text and "单位所在地" in mine.text
    await mine.send("/me/dossier/basic/1", **basic(region))
    assert "已保存" in mine.text and (await draft(who))["basic"][0]["city_direct"] is False
    await mine.open("/me/dossier/basic")
    assert 'name="city_direct" value="no" checked' in mine.text


@pytest.mark.req("WH-22")
async def test_a_short_title_is_refused_with_what_it_may_mean_and_titles_are_offered(client: httpx.AsyncClient, region: Region) -> None:
    mine, who = await a_phone(client, region, "/me/dossier/honours/new")
    assert '<datalist id="list-title">' in mine.text and f'<option value="{FULL}">' in mine.text
    answer = await mine.send("/me/dossier/honours/new", **honour(title="突贡"))
    assert answer.status_code == 400 and FULL in mine.text and 'value="突贡"' in mine.text
    await mine.send("/me/dossier/honours/new", **honour())
    assert FULL in mine.text and "主要依据荣誉称号" in mine.text
    assert len((await draft(who))["honours"]) == 1


@pytest.mark.req("WH-22")
async def test_exactly_one_honour_is_the_main_one(client: httpx.AsyncClient, region: Region) -> None:
    mine, who = await a_phone(client, region, "/me/dossier/honours/new")
    await mine.send("/me/dossier/honours/new", **honour(main="no"))
    assert "请在主要荣誉称号情况中选定一条" in mine.text
    for title in (FULL, "泰山学者特聘专家"):
        await mine.open("/me/dossier/honours/new")
        await mine.send("/me/dossier/honours/new", **honour(title=title))
    assert [one["main"] for one in (await draft(who))["honours"]] == [False, False, True]


async def test_a_row_is_changed_and_taken_out(client: httpx.AsyncClient, region: Region) -> None:
    mine, who = await a_phone(client, region, "/me/dossier/education/new")
    await mine.send("/me/dossier/education/new", began="2008-09", school="云泽大学", diploma="bachelor")
    await mine.open("/me/dossier/education/1")
    assert 'value="云泽大学"' in mine.text
    await mine.send("/me/dossier/education/1", began="2008-09", school="云泽理工大学", diploma="bachelor")
    assert (await draft(who))["education"][0]["school"] == "云泽理工大学"
    await mine.send("/me/dossier/education/1/remove")
    assert "已删除这一条" in mine.text and (await draft(who))["education"] == []


@pytest.mark.parametrize("path", ["/me/dossier/nothing", "/me/dossier/basic/2", "/me/dossier/basic/new", "/me/dossier/education/1",
                                  "/me/dossier/education/-1", "/me/dossier/education/x", "/me/dossier/education/0"])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, region: Region, path: str) -> None:
    mine, _ = await a_phone(client, region)
    assert (await mine.open(path)).status_code == 404


async def test_a_second_window_is_told_that_something_was_saved_meanwhile(client: httpx.AsyncClient, region: Region) -> None:
    mine, who = await a_phone(client, region, "/me/dossier/basic")
    other = replace(mine)
    await other.open("/me/dossier/education/new")
    await other.send("/me/dossier/education/new", school="云泽大学")
    answer = await mine.send("/me/dossier/basic/1", **basic(region))
    assert answer.status_code == 409 and "刚刚在另一个页面保存过" in mine.text and 'value="陆星河"' in mine.text
    await mine.send("/me/dossier/basic/1", **basic(region))
    assert {"basic", "education"} <= set(await draft(who))


# Files


async def names(who: Account) -> list[str]:
    dossier = await dossiers.of(await regions.current(who.region), Owner("talent", account_id=who.id), clock.now())
    return [one.name for one in await files.of_subject(who.region, Subject.DOSSIER, dossier.id)]


@pytest.mark.req("DZ-04")
async def test_files_go_up_are_seen_saved_and_taken_off_without_script(client: httpx.AsyncClient, nineteen: Region) -> None:
    mine, who = await a_phone(client, nineteen, "/me/dossier/education/new")
    await mine.upload("/education/new/files", "evidence", "博士学位证.jpg", a_picture(), school="云泽大学")
    assert "博士学位证.jpg" in mine.text and 'value="云泽大学"' in mine.text
    await mine.upload("/education/new/files", "evidence", "认证书.pdf", a_pdf(), school="云泽大学")
    await mine.send("/education/new", school="云泽大学")
    (row,) = (await draft(who))["education"]
    assert len(row["evidence"]) == 2
    assert (await client.get(f"/{nineteen.code}/files/{row['evidence'][0]}/pages/1")).headers["content-type"] == "image/jpeg"
    await mine.open("/me/dossier/education/1")
    await mine.send("/education/1", act=f"drop:{row['evidence'][1]}", school="云泽大学")
    assert "认证书.pdf" not in mine.text
    await mine.send("/education/1", school="云泽大学")
    assert (await draft(who))["education"][0]["evidence"] == row["evidence"][:1] and await names(who) == ["博士学位证.jpg"]


async def test_a_wrong_file_is_refused_beside_its_field_and_the_rest_stays(client: httpx.AsyncClient, nineteen: Region) -> None:
    mine, _ = await a_phone(client, nineteen, "/me/dossier/basic")
    refused: list[tuple[str, str, bytes, str]] = [
        ("id_scan", "证件.jpg", b"MZ" + b"\0" * 100, "只能上传照片"),
        ("photo", "照片.pdf", a_pdf(), "这里需要照片"), ("photo", "照片.jpg", b"", "空文件")]
    for field, name, data, words in refused:
        answer = await mine.upload("/basic/1/files", field, name, data, name="陆星河")
        assert 400 <= answer.status_code < 500 and words in mine.text and f'href="#field-{field}"' in mine.text and 'value="陆星河"' in mine.text


async def test_a_new_photo_takes_the_place_of_the_one_before(client: httpx.AsyncClient, nineteen: Region) -> None:
    mine, who = await a_phone(client, nineteen, "/me/dossier/basic")
    for number in (1, 2):
        await mine.upload("/basic/1/files", "photo", f"照片{number}.jpg", a_picture(size=(200 + number, 300)))
    await mine.send("/basic/1", name="陆星河")
    assert len((await draft(who))["basic"][0]["photo"]) == 1 and await names(who) == ["照片2.jpg"]


async def test_a_field_that_takes_no_files_is_not_found(client: httpx.AsyncClient, nineteen: Region) -> None:
    mine, _ = await a_phone(client, nineteen, "/me/dossier/basic")
    assert (await mine.upload("/basic/1/files", "name", "照片.jpg", a_picture())).status_code == 404


@pytest.mark.req("T01")
async def test_another_persons_file_is_neither_shown_nor_named(client: httpx.AsyncClient, nineteen: Region) -> None:
    mine, who = await a_phone(client, nineteen, "/me/dossier/basic")
    await mine.upload("/basic/1/files", "photo", "本人近照.jpg", a_picture())
    await mine.send("/basic/1", name="陆星河")
    id = (await draft(who))["basic"][0]["photo"][0]
    other, _ = await a_phone(client, nineteen, "/me/dossier/basic")
    await other.send("/basic/1", act="look", photo=id)
    assert "本人近照" not in other.text and (await client.get(f"/{nineteen.code}/files/{id}")).status_code == 404


async def test_a_field_that_another_one_asks_for_is_kept_only_then(client: httpx.AsyncClient, nineteen: Region) -> None:
    mine, who = await a_phone(client, nineteen, "/me/dossier/basic")
    assert 'data-when="' in mine.text and "只在“证件类型”选“居民身份证”时填写" in mine.text
    await mine.send("/basic/1", id_type="passport", id_number="nonsense", other_number="E12345678")
    assert (await draft(who))["basic"] == [{"id_type": "passport", "other_number": "E12345678"}]


# What was reviewed stays (GL-08)


@pytest.mark.req("GL-08")
async def test_after_approval_some_basic_data_may_be_changed_and_some_stay_as_reviewed(client: httpx.AsyncClient, database: None) -> None:
    here = await regions.current("guilin")
    mine, who = await a_phone(client, here, "/me/dossier/basic")
    values: dict[str, Any] = {"name": "陆星河", "post": "讲师"}
    await mine.send("/basic/1", **values)
    dossier = await dossiers.of(here, Owner("talent", account_id=who.id), clock.now())
    await dossiers.admit(here, dossier.id, await dossiers.freeze(here, dossier, "talent", clock.now()), clock.now())
    await mine.open("/me/dossier/basic")
    assert "已经审核，不能自行修改" in mine.text
    answer = await mine.send("/basic/1", name="另一人", post="教授")
    assert answer.status_code == 400 and "姓名已经审核" in mine.text
    await mine.open("/me/dossier/basic")
    await mine.send("/basic/1", name="陆星河", post="教授")
    assert (await draft(who))["basic"] == [values | {"post": "教授"}]
