"""平台邮箱: offices write to each other and to units, with files; each person knows what is new to her."""

import re
from uuid import uuid4

import httpx
import pytest

from config import clock
from config.errors import Invalid, NotFound, NotPermitted
from models.account import Account
from models.audit import Audit
from models.database import row
from models.file import File
from models.notice import Mail, MailDraft
from services import files, letters, live, mailbox
from services.letters import Written
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import Desk, desk, words
from tests.foreign_files import a_pdf, a_picture

pytestmark = pytest.mark.req("WH-40")
BODY = "请于本周五前报送。\n\n详见 https://rsj.example.gov.cn/notice?id=1。<script>alert(1)</script>"


async def at(client: httpx.AsyncClient, account: Account) -> Desk:
    """Another person at the same browser: cookies of the one before are overwritten."""
    return await desk(client, account)


async def letter(her: Desk, attached: list[tuple[str, bytes]] | None = None, *, once: str = "", **fields: object) -> httpx.Response:
    """The form as the page sends it: as parts, with files."""
    await her.get("mailbox/new")
    said = {"csrf": her.csrf, "once": once or uuid4().hex, "subject": "报送三季度名单", "body": BODY} | fields
    parts = [(name, (None, str(one))) for name, value in said.items() for one in (value if isinstance(value, list) else [value])]
    return await her.client.post(f"{her.at}/mailbox/new", files=[*parts, *(("files", one) for one in attached or [])])


async def two_offices() -> tuple[Account, Account]:
    return (await builders.a_staff(organisation=await builders.an_organisation("district_bureau"), role="reviewer", name="丛审核"),
            await builders.a_staff(name="王窗口"))


async def test_a_letter_with_a_file_reaches_every_office_that_it_is_written_to(client: httpx.AsyncClient, region: Region) -> None:
    writer, reader = await two_offices()
    window, city = await builders.an_organisation(), await builders.an_organisation("city_bureau")
    her = await at(client, writer)
    sent = await letter(her, [("名单.pdf", a_pdf()), ("照片.jpg", a_picture())], to=[str(window.id), str(city.id)])
    assert sent.status_code == 303, words(sent)
    page = await client.get(sent.headers["location"])
    assert "已发送" in words(page) and words(page).count("未打开") == 2
    assert "0 / 2" in words(await her.get("mailbox/sent"))

    his = await at(client, reader)
    listed = await his.get("mailbox")
    assert "报送三季度名单" in words(listed) and "未读" in words(listed) and "2 个附件" in words(listed) and "丛审核" in words(listed)
    assert re.search(r'平台邮箱</span><span class="nav-count"[^>]+><span class="count">1</span>', listed.text)
    mail = await Mail.of(region.code).get()
    read = await his.get(f"mailbox/{mail.id}")
    assert '<a href="https://rsj.example.gov.cn/notice?id=1" rel="noopener noreferrer nofollow">' in read.text
    assert "<script>alert" not in read.text and "&lt;script&gt;alert(1)" in read.text
    assert city.name not in words(read)  # whom else it went to is nobody else's to know
    kept = await File.of(region.code, subject="mail").order_by("made_at").first()
    assert kept is not None and (await his.get(f"files/{kept.id}")).content.startswith(b"%PDF")
    again = (await his.get("mailbox")).text
    assert 'class="count"' not in again and 'title-mark' not in again

    her = await at(client, writer)
    assert "1 / 2" in words(await her.get("mailbox/sent"))
    assert words(await her.get(f"mailbox/{mail.id}")).count("未打开") == 1
    assert await Audit.of(region.code, act="mail.send", subject_id=mail.id).count() == 1


async def test_what_is_new_is_each_persons_own_and_began_with_her_role(client: httpx.AsyncClient, region: Region) -> None:
    writer, reader = await two_offices()
    window = await builders.an_organisation()
    assert (await letter(await at(client, writer), to=str(window.id))).status_code == 303
    mail, colleague = await Mail.of(region.code).get(), await builders.a_staff(name="后来的同事")
    now = await builders.the_actor(reader)
    assert await mailbox.unread(region, now) == 1
    await mailbox.read(region, now, mail.id, mail.sent_at)
    assert await mailbox.unread(region, now) == 0
    newcomer = await builders.the_actor(colleague)
    assert await mailbox.unread(region, newcomer) == 0  # she may read it, but nothing is made urgent to her
    assert [one.unread for one in (await mailbox.inbox(region, newcomer)).lines] == [False]


async def test_a_unit_is_written_to_by_its_name_or_code_reads_and_does_not_write(client: httpx.AsyncClient, region: Region) -> None:
    writer, _ = await two_offices()
    first, second = await office.a_unit(region, "青岚新材料有限公司"), await office.a_unit(region, "远帆海工有限公司")
    her = await at(client, writer)
    unknown = await letter(her, units="青岚新材料有限公司\n没有这家公司")
    assert unknown.status_code == 400 and "没有找到：没有这家公司" in words(unknown)
    assert "报送三季度名单" in unknown.text and "青岚新材料有限公司" in unknown.text  # nothing typed is lost
    assert (await letter(her, units=f"青岚新材料有限公司\r\n{second.unit_code}\r\n")).status_code == 303
    operator = await office.a_clerk(region, first, "unit_operator")
    his = await at(client, operator)
    listed = await his.get("mailbox")
    assert "报送三季度名单" in words(listed) and "写信" not in words(listed)
    assert (await his.get("mailbox/new")).status_code == 403 and (await his.get("mailbox/sent")).status_code == 403
    mail = await Mail.of(region.code).get()
    assert "回复" not in words(await his.get(f"mailbox/{mail.id}"))


async def test_two_units_of_one_name_are_told_apart_by_their_codes(client: httpx.AsyncClient, region: Region) -> None:
    writer, _ = await two_offices()
    await office.a_unit(region, "同名公司")
    second = await office.a_unit(region, "同名公司")
    her = await at(client, writer)
    assert "有几个单位都叫：同名公司" in words(await letter(her, units="同名公司"))
    assert (await letter(her, units=str(second.unit_code))).status_code == 303


async def test_nobody_else_finds_the_letter_or_its_file(client: httpx.AsyncClient, region: Region) -> None:
    writer, _ = await two_offices()
    assert (await letter(await at(client, writer), [("名单.pdf", a_pdf())], to=str((await builders.an_organisation()).id))).status_code == 303
    mail, file = await Mail.of(region.code).get(), await File.of(region.code, subject="mail").get()
    stranger = await builders.a_staff(organisation="rongcheng_window")
    his = await at(client, stranger)
    assert (await his.get(f"mailbox/{mail.id}")).status_code == 404
    assert (await his.get(f"files/{file.id}")).status_code == 404
    assert (await his.get("mailbox/new", reply=mail.id)).status_code == 404
    assert mail.subject not in words(await his.get("mailbox"))
    who = await builders.the_actor(stranger)
    with pytest.raises(NotFound):
        await mailbox.read(region, who, mail.id, mail.sent_at)
    assert not await files.may_read(region, who, file)


async def test_an_answer_begins_with_its_recipient_and_subject(client: httpx.AsyncClient, region: Region) -> None:
    writer, reader = await two_offices()
    assert (await letter(await at(client, writer), to=str((await builders.an_organisation()).id))).status_code == 303
    mail = await Mail.of(region.code).get()
    his = await at(client, reader)
    form = await his.get("mailbox/new", reply=mail.id)
    assert "回复：报送三季度名单" in form.text
    assert re.search(rf'value="{mail.organisation_id}" checked', form.text)


async def test_what_is_wrong_with_a_letter_stands_beside_its_field_and_nothing_is_sent(client: httpx.AsyncClient, region: Region) -> None:
    writer, _ = await two_offices()
    her = await at(client, writer)
    to = str((await builders.an_organisation()).id)
    for wrong, said in (({}, "请至少选择一个收件单位"), ({"to": str(writer.id)}, "请从给出的选项中选择"),
                        ({"to": to, "organisation": to}, "请选择以哪个机构的名义发送"), ({"to": to, "subject": ""}, "请填写这一项")):
        answer = await letter(her, **wrong)
        assert answer.status_code == 400 and said in words(answer), wrong
    refused = await letter(her, [("a.jpg", b"<html>")], to=to)
    assert refused.status_code == 415 and "a.jpg：只能上传照片" in words(refused) and "报送三季度名单" in refused.text
    many = await letter(her, [(f"{number}.jpg", a_picture(size=(100 + number, 100))) for number in range(6)], to=to)
    assert many.status_code == 400 and "文件已经够多了" in words(many)
    assert await Mail.of(region.code).count() == 0 and await File.of(region.code).count() == 0


async def test_a_letter_that_is_sent_twice_by_one_click_is_one_letter(client: httpx.AsyncClient, region: Region) -> None:
    writer, _ = await two_offices()
    her, to, key = await at(client, writer), str((await builders.an_organisation()).id), uuid4().hex
    first, again = [await letter(her, once=key, to=to) for _ in range(2)]
    assert first.headers["location"] == again.headers["location"] and await Mail.of(region.code).count() == 1


async def test_letters_are_found_by_subject_and_by_the_other_side(client: httpx.AsyncClient, region: Region) -> None:
    writer, reader = await two_offices()
    her, window = await at(client, writer), await builders.an_organisation()
    for subject in ("报送三季度名单", "关于年检"):
        assert (await letter(her, subject=subject, to=str(window.id))).status_code == 303
    assert "关于年检" not in words(await her.get("mailbox/sent", words="三季度"))
    assert "关于年检" in words(await her.get("mailbox/sent", words=window.name))
    his = await at(client, reader)
    found = words(await his.get("mailbox", words="年检"))
    assert "关于年检" in found and "报送三季度名单" not in found
    assert "没有符合条件的信" in words(await his.get("mailbox", words="不存在的词"))


async def test_an_empty_mailbox_says_so(client: httpx.AsyncClient, region: Region) -> None:
    his = await at(client, await builders.a_staff())
    assert "收件箱是空的" in words(await his.get("mailbox")) and "还没有发过信" in words(await his.get("mailbox/sent"))


async def test_what_was_written_lies_sealed_and_never_changes(client: httpx.AsyncClient, region: Region) -> None:
    writer, _ = await two_offices()
    assert (await letter(await at(client, writer), to=str((await builders.an_organisation()).id))).status_code == 303
    mail = await Mail.of(region.code).get()
    kept = await row("SELECT mail::text AS whole FROM mail WHERE id = $1", mail.id)
    assert kept is not None and "本周五" not in kept["whole"] and mail.body == BODY
    with pytest.raises(Exception, match="mail"):
        await Mail.filter(region=region.code, id=mail.id).update(subject="别的")


async def test_a_role_that_may_not_write_sends_nothing_from_below_either(region: Region) -> None:
    unit = await office.a_unit(region)
    who = await builders.the_actor(await office.a_clerk(region, unit, "unit_operator"))
    with pytest.raises(NotPermitted):
        await letters.send(region, who, Written("主题", "正文", units=[unit.name]), [], clock.now())
    sender = await builders.the_actor(await builders.a_city_staff())
    with pytest.raises(Invalid):
        await letters.send(region, sender, Written("主题", "正文"), [], clock.now())


async def sent_by(client: httpx.AsyncClient, writer: Account, to: object, **fields: object) -> Mail:
    """The newest letter, after ``writer`` sent one."""
    answer = await letter(await at(client, writer), to=str(to), **fields)
    assert answer.status_code == 303, words(answer)
    return await Mail.find(writer.region, answer.headers["location"].partition("?")[0].rpartition("/")[2])


async def test_an_answer_quotes_its_letter_and_both_sides_see_how_they_hang_together(client: httpx.AsyncClient, region: Region) -> None:
    writer, reader = await two_offices()
    mail = await sent_by(client, writer, (await builders.an_organisation()).id)
    his = await at(client, reader)
    form = await his.get("mailbox/new", reply=mail.id)
    assert "&gt; 请于本周五前报送。" in form.text and "丛审核 写道" in words(form)
    answer = await sent_by(client, reader, mail.organisation_id, subject="回复：报送三季度名单", answers=str(mail.id))
    assert "回复的是" in words(await his.get(f"mailbox/{answer.id}"))
    her = await at(client, writer)
    page = words(await her.get(f"mailbox/{mail.id}"))
    assert "回复（1 封）" in page and "王窗口" in page  # who opened it there
    stranger = await builders.a_staff(organisation="rongcheng_window")
    refused = await letter(await at(client, stranger), to=str(mail.organisation_id), answers=str(mail.id))
    assert refused.status_code == 404


async def test_a_letter_is_passed_on_with_its_files(client: httpx.AsyncClient, region: Region) -> None:
    writer, reader = await two_offices()
    her = await at(client, writer)
    sent = await letter(her, [("名单.pdf", a_pdf())], to=str((await builders.an_organisation()).id))
    mail, file = await Mail.of(region.code).get(), await File.of(region.code, subject="mail").get()
    assert sent.status_code == 303
    his = await at(client, reader)
    form = await his.get("mailbox/new", forward=mail.id)
    assert "转发：报送三季度名单" in form.text and f'name="carried" value="{file.id}" checked' in form.text
    further = await sent_by(client, reader, (await builders.an_organisation("city_bureau")).id, subject="转发：报送三季度名单", carried=str(file.id))
    copy = await File.of(region.code, subject="mail", subject_id=further.id).get()
    assert copy.name == "名单.pdf" and await files.content(copy) == await files.content(file)
    stranger = await builders.a_staff(organisation="rongcheng_window")
    assert (await (await at(client, stranger)).get("mailbox/new", forward=mail.id)).status_code == 404
    stolen = await letter(await at(client, stranger), to=str(mail.organisation_id), carried=str(file.id))
    assert stolen.status_code == 404 and await File.of(region.code, subject="mail").count() == 2


async def test_a_draft_is_its_authors_alone_keeps_its_files_and_becomes_the_letter(client: httpx.AsyncClient, region: Region) -> None:
    writer, colleague = await two_offices()
    window = await builders.an_organisation()
    her = await at(client, writer)
    kept = await letter(her, [("名单.pdf", a_pdf())], subject="", body="写到一半", to=str(window.id), act="keep")
    assert kept.status_code == 303, words(kept)
    draft, file = await MailDraft.of(region.code).get(), await File.of(region.code, subject="mail_draft").get()
    raw = await row("SELECT d::text AS whole FROM mail_draft d WHERE id = $1", draft.id)
    assert raw is not None and "写到一半" not in raw["whole"]
    assert "1 个附件" in words(await her.get("mailbox/drafts")) and window.name in words(await her.get("mailbox/drafts"))
    form = await her.get("mailbox/new", draft=draft.id)
    assert "写到一半" in form.text and f'value="{window.id}" checked' in form.text and f'value="{file.id}" checked' in form.text
    mate = await builders.a_staff(organisation=await builders.an_organisation("district_bureau"), role="reviewer", name="同事")
    for other in (colleague, mate):
        his = await at(client, other)
        assert (await his.get("mailbox/new", draft=draft.id)).status_code == 404
        assert (await his.post(f"mailbox/drafts/{draft.id}/drop")).status_code == 404 and (await his.get(f"files/{file.id}")).status_code == 404
    her = await at(client, writer)
    assert (await letter(her, to=str(window.id), draft=str(draft.id), carried=str(file.id))).status_code == 303
    assert await MailDraft.of(region.code).count() == 0 and await Mail.of(region.code).count() == 1
    assert [one.name for one in await File.of(region.code, subject="mail")] == ["名单.pdf"]
    assert "没有草稿" in words(await her.get("mailbox/drafts"))


async def test_what_somebody_puts_away_is_away_for_her_alone_and_comes_back(client: httpx.AsyncClient, region: Region) -> None:
    writer, reader = await two_offices()
    mate = await builders.a_staff(name="窗口同事")
    mail = await sent_by(client, writer, (await builders.an_organisation()).id)
    his = await at(client, reader)
    for _ in range(2):  # harmless twice
        assert (await his.post("mailbox/acts", act="away", id=str(mail.id))).headers["location"].endswith("done=mail_away")
    assert mail.subject not in words(await his.get("mailbox")) and mail.subject in words(await his.get("mailbox/away"))
    assert await mailbox.unread(region, await builders.the_actor(reader)) == 0
    assert [line.id for line in (await mailbox.inbox(region, await builders.the_actor(mate))).lines] == [mail.id]
    assert (await his.get(f"mailbox/{mail.id}")).status_code == 200
    assert (await his.post("mailbox/acts", act="back", id=str(mail.id), box="away")).status_code == 303
    assert mail.subject in words(await his.get("mailbox")) and mail.subject not in words(await his.get("mailbox/away"))
    stranger = await at(client, await builders.a_staff(organisation="rongcheng_window"))
    for act in ("away", "back", "read"):
        assert (await stranger.post("mailbox/acts", act=act, id=str(mail.id))).status_code == 404
    assert "请先勾选" in words(await client.get((await stranger.post("mailbox/acts", act="away")).headers["location"]))


async def test_called_read_is_not_opened_and_the_unread_alone_can_be_seen(client: httpx.AsyncClient, region: Region) -> None:
    writer, reader = await two_offices()
    window = await builders.an_organisation()
    first, second = await sent_by(client, writer, window.id), await sent_by(client, writer, window.id, subject="第二封")
    his = await at(client, reader)
    assert (await his.post("mailbox/acts", act="read", id=str(first.id))).status_code == 303
    left = words(await his.get("mailbox", new="yes"))
    assert second.subject in left and first.subject not in left
    assert re.search(r'<span class="count">1</span>', (await his.get("mailbox/unread")).text)
    her = await at(client, writer)
    assert words(await her.get(f"mailbox/{first.id}")).count("未打开") == 1  # its sender is told nothing


async def test_recipients_are_found_by_words_and_may_be_offices_and_units_in_one_letter(client: httpx.AsyncClient, region: Region) -> None:
    writer, _ = await two_offices()
    unit, window = await office.a_unit(region, "青岚新材料有限公司"), await builders.an_organisation()
    her = await at(client, writer)
    found = await her.get("mailbox/recipients", words="青岚")
    assert f'name="to" value="{unit.id}"' in found.text and "没有找到" in words(await her.get("mailbox/recipients", words="不存在的"))
    tree = (await her.get("mailbox/new")).text
    assert tree.index((await builders.an_organisation("city_bureau")).name) < tree.index(f'value="{window.id}"')
    assert (await letter(her, to=[str(unit.id), str(window.id)])).status_code == 303
    assert "等 2 个单位" in words(await her.get("mailbox/sent"))
    operator = await at(client, await office.an_operator(region, unit))
    assert (await operator.get("mailbox/recipients", words="青岚")).status_code == 403


async def test_a_letter_is_found_by_the_name_of_its_file(client: httpx.AsyncClient, region: Region) -> None:
    writer, reader = await two_offices()
    her = await at(client, writer)
    assert (await letter(her, [("三季度汇总表.pdf", a_pdf())], to=str((await builders.an_organisation()).id))).status_code == 303
    his = await at(client, reader)
    assert "报送三季度名单" in words(await his.get("mailbox", words="汇总表")) and "没有符合条件" in words(await his.get("mailbox", words="年度表"))


async def test_whoever_works_for_an_office_hears_of_its_letters_and_of_no_others(region: Region) -> None:
    writer, reader = await two_offices()
    window = await builders.an_organisation()
    here, there = await builders.the_actor(reader, "desk"), await builders.the_actor(writer, "desk")
    assert await live.may_watch(f"mail:{window.id}", here, region) and not await live.may_watch(f"mail:{window.id}", there, region)
    city = await builders.the_actor(await builders.a_city_staff(), "desk")
    assert not await live.may_watch(f"mail:{window.id}", city, region)  # whoever sees every case reads no other office's letters
