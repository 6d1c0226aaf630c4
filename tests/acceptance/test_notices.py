"""Notices 通报公告 and the lists of information: departments and city staff write, everybody reads, at the desk and on the phone."""

import shutil
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from config import clock
from config.errors import Conflict, Invalid, NotFound, NotPermitted
from config.loading import WrongProfile, read_profile
from config.settings import settings
from models.account import Account
from models.audit import Audit
from models.database import rows
from models.file import File
from models.notice import Audience, Notice, NoticeState
from models.organisation import Organisation
from services import notice_keeping, notice_readers, notices
from services.notice_keeping import Written
from services.notices import NOTICES, PAGE
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import Desk, desk, words
from tests.acceptance.phone import phone
from tests.foreign_files import a_pdf
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
    await notice_keeping.withdraw(region, who, NOTICES, notice.id, seen, "时间有误", clock.now())
    await notice_keeping.edit(region, who, NOTICES, notice.id, seen + 1, Written("更正：职称评审", BODY), clock.now(), publish=True)
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
        await notice_keeping.withdraw(region, await builders.the_actor(other), code, entry.id, seen, "已过期", clock.now())
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


@pytest.mark.req("WH-41")
async def test_form_of_the_editor_is_cleaned_when_kept_and_when_shown(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    her = await desk(client, author)
    html = '<h3>一、条件</h3><p onclick="x()">请于<b>月底前</b>申报<script>alert(1)</script></p><img src="https://evil.example/x.png">'
    sent = await her.send("notices/new", title=TITLE, body=html, written_as="html", act="publish")
    assert sent.status_code == 303
    notice = await Notice.of(region.code).get()
    assert notice.body == "<h3>一、条件</h3><p>请于<b>月底前</b>申报</p>" and notice.plain == "一、条件\n\n请于月底前申报"
    await Notice.filter(region=region.code, id=notice.id).update(body="<p>手改<script>alert(2)</script></p>")
    shown = (await her.get(f"notices/{notice.id}")).text
    assert "<p>手改</p>" in shown and "alert(2)" not in shown
    edited = await her.get(f"notices/{notice.id}/edit")
    assert "手改</textarea>" in edited.text and '<template id="rich-begun"><p>手改</p></template>' in edited.text
    empty = await her.send("notices/new", title=TITLE, body="<p><br></p>", written_as="html", act="publish")
    assert empty.status_code == 400 and "请填写正文" in words(empty)


@pytest.mark.req("WH-41")
async def test_only_those_whom_a_notice_addresses_find_and_read_it(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    said = {Audience.STAFF: "只给工作人员", Audience.UNITS: "只给单位", Audience.TALENTS: "只给个人", Audience.EVERYONE: "给所有人"}
    who = await builders.the_actor(author)
    made = {audience: await notice_keeping.write(region, who, NOTICES, Written(title, BODY, audience=audience), clock.now(), publish=True)
            for audience, title in said.items()}
    unit = await office.a_unit(region)
    readers = {Audience.STAFF: await builders.a_staff(), Audience.UNITS: await office.an_operator(region, unit),
               Audience.TALENTS: await builders.a_talent()}
    for own, account in readers.items():
        actor = await builders.the_actor(account)
        lines = {line.title for line in (await notices.published(region, actor, NOTICES, clock.now())).lines}
        assert lines == {said[own], said[Audience.EVERYONE]} and await notices.unread(region, actor, clock.now()) == 2
        for audience, notice in made.items():
            if audience in (own, Audience.EVERYONE):
                await notices.read(region, actor, NOTICES, notice.id, clock.now())
            else:
                with pytest.raises(NotFound):
                    await notices.read(region, actor, NOTICES, notice.id, clock.now())
    anybody = await phone(client, region)
    listed = (await anybody.open("/notices")).text
    assert [title for title in said.values() if title in listed] == [said[Audience.EVERYONE]]
    assert (await anybody.open(f"/notices/{made[Audience.STAFF].id}")).status_code == 404


@pytest.mark.req("WH-41")
async def test_a_notice_for_one_branch_of_offices_is_read_in_that_branch_alone(region: Region) -> None:
    city, branch = await builders.an_organisation("city_bureau"), await builders.an_organisation("district_bureau")
    below = await Organisation.of(region.code, parent_id=branch.id).first()
    assert below is not None
    said = Written("只给这个区", BODY, audience=Audience.STAFF, within=branch.id)
    who = await builders.the_actor(await builders.a_staff(organisation=city, role="reviewer"))
    notice = await notice_keeping.write(region, who, NOTICES, said, clock.now(), publish=True)
    within = await builders.the_actor(await builders.a_staff(organisation=below))
    beside = await builders.the_actor(await builders.a_staff(organisation="rongcheng_window"))
    assert [line.id for line in (await notices.published(region, within, NOTICES, clock.now())).lines] == [notice.id]
    assert (await notices.published(region, beside, NOTICES, clock.now())).lines == []
    with pytest.raises(NotFound):
        await notices.read(region, beside, NOTICES, notice.id, clock.now())
    with pytest.raises(Invalid):
        await notice_keeping.write(region, who, NOTICES, Written("错", BODY, audience=Audience.STAFF, within=notice.id), clock.now(), publish=True)


@pytest.mark.req("WH-41")
async def test_a_scheduled_notice_is_there_at_its_moment_and_not_before(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    her, now = await desk(client, author), clock.now()
    wrong = await her.send("notices/new", **fields(act="publish", publish_at="2020-01-01T09:00"))
    assert wrong.status_code == 400 and "应在现在以后" in words(wrong)
    day = (now + timedelta(days=2)).astimezone(region.profile.tz)
    sent = await her.send("notices/new", **fields(act="publish", publish_at=f"{day:%Y-%m-%dT%H:%M}"))
    assert sent.headers["location"].endswith("done=scheduled")
    notice = await Notice.of(region.code).get()
    assert notice.published_at == day.replace(second=0, microsecond=0)
    assert "已定时发布" in words(await her.get(f"notices/{notice.id}")) and "定时发布" in words(await her.get("notices/kept", state="scheduled"))
    assert "没有符合条件" in words(await her.get("notices/kept", state="published"))
    reader = await builders.the_actor(await builders.a_talent())
    assert (await notices.published(region, reader, NOTICES, now)).lines == []
    with pytest.raises(NotFound):
        await notices.read(region, reader, NOTICES, notice.id, now)
    later = now + timedelta(days=3)
    assert [line.title for line in (await notices.published(region, reader, NOTICES, later)).lines] == [TITLE]
    assert (await notices.read(region, reader, NOTICES, notice.id, later)).notice.title == TITLE
    back = await her.send(f"notices/{notice.id}/edit", **fields(seen=notice.version, act="keep"))
    assert back.headers["location"].endswith("done=drafted")
    kept = await Notice.find(region.code, notice.id)
    assert kept.state is NoticeState.DRAFT and kept.published_at is None


@pytest.mark.req("WH-41")
async def test_read_marks_are_made_once_and_told_by_office_to_its_keepers(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    notice = await a_notice(region, author)
    clerk, _, talent = await builders.a_staff(name="已看的人"), await builders.a_staff(name="没看的人"), await builders.a_talent(name="周敏")
    for account in (clerk, talent):
        for _ in range(3):
            await notices.read(region, await builders.the_actor(account), NOTICES, notice.id, clock.now())
    marks = await rows("SELECT 1 FROM notice_read WHERE notice_id = $1", notice.id)
    assert len(marks) == 2
    window = await builders.an_organisation()
    found = await notice_readers.of_notice(region, await builders.the_actor(author), NOTICES, notice.id)
    here = next(one for one in found.offices if one.name == window.name)
    assert (here.read, here.addressed, list(here.missing)) == (1, 2, ["没看的人"])
    assert {one.label: (one.read, one.addressed) for one in found.tallies} == {"工作人员": (1, 3), "个人": (1, 1)}
    her = await desk(client, author)
    page = words(await her.get(f"notices/{notice.id}/readers"))
    assert "没看的人" in page and "周敏" not in page  # of persons only numbers
    other = await builders.a_staff(organisation=await builders.an_organisation("district_bureau"), role="reviewer")
    assert (await (await desk(client, other)).get(f"notices/{notice.id}/readers")).status_code == 404


@pytest.mark.req("WH-41")
async def test_files_of_a_notice_go_to_whoever_may_read_it(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    her = await desk(client, author)
    assert (await her.send("notices/new", [("日程表.pdf", a_pdf())], **fields(act="publish"))).status_code == 303
    notice, file = await Notice.of(region.code).get(), await File.of(region.code, subject="notice").get()
    client.cookies.clear()
    anybody = await phone(client, region)
    assert "日程表.pdf" in (await anybody.open(f"/notices/{notice.id}")).text and "1 个附件" in (await anybody.open("/notices")).text
    at = f"/{region.code}/notices/{notice.id}/files/{file.id}"
    whole, page = await client.get(at), await client.get(f"{at}/pages/1")
    assert whole.content.startswith(b"%PDF") and "attachment" in whole.headers["content-disposition"]
    assert page.headers["content-type"] == "image/jpeg"
    assert (await client.get(f"/{region.code}/notices/{notice.id}/files/{notice.id}")).status_code == 404
    her = await desk(client, author)
    assert (await her.get(f"files/{file.id}")).status_code == 404  # only beside its notice
    seen = (await Notice.find(region.code, notice.id)).version
    assert (await her.send(f"notices/{notice.id}/edit", **fields(seen=seen, audience="staff", drop=str(file.id)))).status_code == 303
    assert "日程表" not in words(await her.get(f"notices/{notice.id}"))
    client.cookies.clear()
    assert (await client.get(at)).status_code == 404
    refused = await (await desk(client, author)).send("notices/new", [("a.jpg", b"<html>")], **fields())
    assert refused.status_code == 415 and "只能上传照片" in words(refused) and TITLE in refused.text


@pytest.mark.req("WH-41")
async def test_the_address_of_a_withdrawn_notice_says_so_to_those_who_could_read_it(client: httpx.AsyncClient, region: Region,
                                                                                    author: Account) -> None:
    who = await builders.the_actor(author)
    notice = await notice_keeping.write(region, who, NOTICES, Written(TITLE, BODY, audience=Audience.STAFF), clock.now(), publish=True)
    await notice_keeping.withdraw(region, who, NOTICES, notice.id, notice.version, "时间有误", clock.now())
    his = await desk(client, await builders.a_staff())
    gone = await his.get(f"notices/{notice.id}")
    assert gone.status_code == 410 and "这条内容已经撤回" in words(gone) and TITLE not in words(gone) and "时间有误" not in words(gone)
    assert TITLE not in words(await his.get("notices"))
    client.cookies.clear()
    assert (await (await phone(client, region)).open(f"/notices/{notice.id}")).status_code == 404  # it never spoke to her


@pytest.mark.req("WH-03")
@pytest.mark.req("WH-41")
async def test_the_newest_stands_where_people_land(client: httpx.AsyncClient, region: Region, author: Account) -> None:
    for title in ("旧的通知", "最新的通知"):
        await a_notice(region, author, title)
    centre = words(await (await desk(client, await builders.a_staff())).get())
    assert centre.index("最新的通知") < centre.index("旧的通知")
    home = (await (await phone(client, region, await builders.a_talent())).open("/")).text
    assert "最新的通知" in home and "旧的通知" not in home and "2 条未读" in home
