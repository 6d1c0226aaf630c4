"""Notices 通报公告 and the lists of information: departments and city staff write, everybody reads, at the desk and on the phone."""

import shutil
from pathlib import Path

import httpx
import pytest

from config import clock
from config.errors import Conflict, NotFound, NotPermitted
from config.loading import WrongProfile, read_profile
from config.settings import settings
from models.account import Account
from models.audit import Audit
from models.notice import Notice, NoticeState
from services import notices
from services.notices import NOTICES, PAGE, Written
from services.regions import Region
from tests import builders
from tests.acceptance.desk import Desk, desk, words
from tests.acceptance.phone import phone
from tests.writing import BODY, TITLE, a_notice


@pytest.fixture
async def author(region: Region) -> Account:
    return await builders.a_staff(organisation=await builders.an_organisation("department"), role="reviewer", name="丛审核")


def fields(title: str = TITLE, **others: object) -> dict[str, object]:
    return {"title": title, "body": BODY, **others}


@pytest.mark.req("WH-41")
async def test_a_department_drafts_publishes_and_withdraws_a_notice_and_everybody_reads_it(client: httpx.AsyncClient, region: Region,
                                                                                           author: Account) -> None:
    her = await desk(client, author)
    assert "还没有发布过通报公告" in words(await her.get("notices"))
    drafted = await her.send("notices/new", **fields(act="keep"))
    assert drafted.status_code == 303 and drafted.headers["location"].endswith("done=drafted")
    notice = await Notice.of(region.code).get()
    assert "这是草稿" in words(await her.get(f"notices/{notice.id}"))
    anybody = await phone(client, region)
    assert (await anybody.open(f"/notices/{notice.id}")).status_code == 404 and TITLE not in (await anybody.open("/notices")).text
    public = await her.send(f"notices/{notice.id}/edit", **fields("关于职称评审的通知", seen=notice.version, act="publish"))
    assert public.headers["location"].endswith("done=published")

    client.cookies.clear()
    listed = await anybody.open("/notices")
    assert "关于职称评审的通知" in listed.text
    read = await anybody.open(f"/notices/{notice.id}")
    assert "&lt;b&gt;不是标记&lt;/b&gt;" in read.text
    assert '<a href="https://rsj.example.gov.cn/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">' in read.text

    her = await desk(client, author)
    seen = (await Notice.find(region.code, notice.id)).version
    assert "请写明撤回原因" in words(await her.post(f"notices/{notice.id}/withdraw", seen=seen, reason=""))
    assert (await her.post(f"notices/{notice.id}/withdraw", seen=seen, reason="时间有误")).status_code == 303
    assert "时间有误" in words(await her.get(f"notices/{notice.id}")) and "已撤回" in words(await her.get("notices/kept"))
    client.cookies.clear()
    gone = await anybody.open(f"/notices/{notice.id}")
    assert gone.status_code == 410 and "已经撤回" in gone.text and "关于职称评审的通知" not in (await anybody.open("/notices")).text
    assert [one.act for one in await Audit.of(region.code, subject="notice").order_by("at", "id")] == [
        "notice.write", "notice.edit", "notice.publish", "notice.withdraw"]


@pytest.mark.req("WH-41")
async def test_a_withdrawn_notice_is_mended_and_published_again_as_new(region: Region, author: Account) -> None:
    who, reader, notice = await builders.the_actor(author), await builders.the_actor(await builders.a_talent()), await a_notice(region, author)
    assert (await notices.published(region, reader, NOTICES, clock.now())).lines[0].unread
    await notices.read(region, reader, NOTICES, notice.id, clock.now())
    assert not (await notices.published(region, reader, NOTICES, clock.now())).lines[0].unread
    seen = (await Notice.find(region.code, notice.id)).version
    await notices.withdraw(region, who, NOTICES, notice.id, seen, "时间有误", clock.now())
    await notices.edit(region, who, NOTICES, notice.id, seen + 1, Written("更正：职称评审", BODY), clock.now(), publish=True)
    line = (await notices.published(region, reader, NOTICES, clock.now())).lines[0]
    assert line.title == "更正：职称评审" and line.unread and line.state is NoticeState.PUBLISHED


@pytest.mark.req("WH-41")
async def test_what_is_new_is_marked_for_who_is_logged_in_on_both_faces(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    notice = await a_notice(region, author)
    hers = await phone(client, region, await builders.a_talent())
    assert "未读" in (await hers.open("/notices")).text
    await hers.open(f"/notices/{notice.id}")
    assert "未读" not in (await hers.open("/notices")).text
    his = await desk(client, await builders.a_staff())
    assert "未读" in words(await his.get("notices"))
    assert TITLE in words(await his.get(f"notices/{notice.id}")) and "未读" not in words(await his.get("notices"))
    client.cookies.clear()
    assert "未读" not in (await (await phone(client, region)).open("/notices")).text


@pytest.mark.req("WH-41")
async def test_an_office_keeps_its_own_notices_alone(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    draft, public = await a_notice(region, author, publish=False), await a_notice(region, author)
    his = await desk(client, await builders.a_staff(organisation=await builders.an_organisation("district_bureau"), role="reviewer"))
    assert (await his.get(f"notices/{draft.id}")).status_code == 404 and (await his.get(f"notices/{draft.id}/edit")).status_code == 404
    assert (await his.get(f"notices/{public.id}")).status_code == 200 and (await his.get(f"notices/{public.id}/edit")).status_code == 404
    assert (await his.send(f"notices/{public.id}/edit", **fields("改了", seen=public.version))).status_code == 404
    assert (await his.post(f"notices/{public.id}/withdraw", seen=public.version, reason="不该由我撤")).status_code == 404
    assert TITLE not in words(await his.get("notices/kept"))
    colleague = await desk(client, await builders.a_staff(organisation=await builders.an_organisation("department"), role="leader"))
    assert TITLE in words(await colleague.get("notices/kept"))


@pytest.mark.req("WH-41")
async def test_who_may_not_publish_reads_and_finds_no_button(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    await a_notice(region, author)
    clerk = await builders.a_staff()
    his = await desk(client, clerk)
    page = words(await his.get("notices"))
    assert TITLE in page and "发布通报公告" not in page
    assert (await his.get("notices/new")).status_code == 403 and (await his.send("notices/new", **fields())).status_code == 403
    with pytest.raises(NotPermitted):
        await a_notice(region, clerk)


@pytest.mark.req("WH-41")
async def test_pinned_ones_come_first_and_words_are_sought_in_title_and_text(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    await a_notice(region, author, "置顶的旧通知", pinned=True)
    for number in range(PAGE + 1):
        await a_notice(region, author, f"第{number}号通知")
    hers = await phone(client, region)
    first = (await hers.open("/notices")).text
    assert first.index("置顶的旧通知") < first.index(f"第{PAGE}号通知") < first.index("第19号通知")
    assert f"共 {PAGE + 2} 条" in first and "第0号通知" in (await hers.open("/notices", page="2")).text
    assert "第7号通知" in (await hers.open("/notices", words="第7号")).text and "第8号通知" not in hers.text
    assert "第8号通知" in (await hers.open("/notices", words="月底前")).text
    assert "没有找到相关内容" in (await hers.open("/notices", words="100%_")).text


@pytest.mark.req("WH-41")
async def test_of_two_who_edit_one_notice_the_second_is_told_and_loses_nothing(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    notice = await a_notice(region, author, publish=False)
    her = await desk(client, author)
    assert (await her.send(f"notices/{notice.id}/edit", **fields("先保存的", seen=1))).status_code == 303
    late = await her.send(f"notices/{notice.id}/edit", **fields("后保存的", seen=1, act="publish"))
    assert late.status_code == 409 and "后保存的" in late.text and "刚刚被其他人修改过" in words(late)
    assert (await Notice.find(region.code, notice.id)).title == "先保存的"


async def test_what_is_wrong_with_a_notice_stands_beside_its_field(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    her = await desk(client, author)
    answer = await her.send("notices/new", title="", body=BODY, act="publish")
    assert answer.status_code == 400 and "请填写这一项" in words(answer) and "请于月底前申报" in answer.text
    long = await her.send("notices/new", title=TITLE, body="通" * 20_001)
    assert long.status_code == 400 and "最多 20000 个字" in words(long)
    assert (await her.send("notices/new", title=TITLE, body="通" * 20_000)).status_code == 303
    nul = await her.send("notices/new", title=TITLE, body="正文\0正文")
    assert nul.status_code == 400 and "含有不能保存的字符" in words(nul)
    assert (await her.get("notices", words="\0")).status_code == 400


@pytest.mark.req("WH-56")
async def test_city_staff_keep_the_five_lists_and_everybody_searches_and_reads_them(client: httpx.AsyncClient, region: Region) -> None:
    lists = [one.name for one in region.profile.information]
    assert lists == ["项目申报", "其他服务", "企业需求查询", "人才项目资源", "平台载体资源"]
    city = await desk(client, await builders.a_city_staff())
    for one in region.profile.information:
        assert (await city.send(f"information/{one.code}/new", **fields(f"{one.name}第一条", act="publish"))).status_code == 303
        assert f"{one.name}第一条" in words(await city.get(f"information/{one.code}"))
    client.cookies.clear()
    anybody = await phone(client, region)
    home = (await anybody.open("/")).text
    for one in region.profile.information:
        assert one.name in home
        listed = (await anybody.open(f"/information/{one.code}", words="第一条")).text
        assert [other.name for other in region.profile.information if f"{other.name}第一条" in listed] == [one.name]
        notice = await Notice.of(region.code, category=one.code).get()
        assert "请于月底前申报" in (await anybody.open(f"/information/{one.code}/{notice.id}")).text
        assert (await anybody.open(f"/notices/{notice.id}")).status_code == 404  # of another list
    assert (await anybody.open("/information/none")).status_code == 404


@pytest.mark.req("WH-56")
async def test_any_of_the_citys_staff_keep_an_entry_and_a_department_does_not(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    code = region.profile.information[0].code
    entry = await a_notice(region, await builders.a_city_staff(), category=code)
    her = await desk(client, author)
    assert (await her.get(f"information/{code}/new")).status_code == 403 and (await her.get(f"information/{code}/{entry.id}")).status_code == 200
    assert (await her.get("information")).status_code == 303
    other = await builders.a_city_staff("另一位")
    his = await desk(client, other)
    seen = (await Notice.find(region.code, entry.id)).version
    assert (await his.send(f"information/{code}/{entry.id}/edit", **fields("改好的", seen=seen))).status_code == 303
    with pytest.raises(Conflict):
        await notices.withdraw(region, await builders.the_actor(other), code, entry.id, seen, "已过期", clock.now())
    with pytest.raises(NotFound):
        await notices.read(region, None, NOTICES, entry.id, clock.now())


@pytest.mark.req("WH-56")
def test_a_list_that_stands_twice_in_a_profile_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / builders.REGION
    shutil.copytree(settings().regions / builders.REGION, folder)
    file = folder / "region.yaml"
    file.write_text(file.read_text().replace("{code: platforms,", "{code: projects,"))
    with pytest.raises(WrongProfile, match="projects only once"):
        read_profile(folder)


async def test_a_second_click_publishes_nothing_twice(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    her: Desk = await desk(client, author)
    answers = [await her.send("notices/new", once="one-click", **fields(act="publish")) for _ in range(2)]
    assert len({answer.headers["location"] for answer in answers}) == 1 and await Notice.of(region.code).count() == 1
