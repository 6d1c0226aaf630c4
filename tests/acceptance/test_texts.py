"""An administrator says in her region's own words what people are told; the profile's words are the ground."""

import httpx
import pytest

from config import clock
from config.errors import Invalid
from config.vocabulary import NotificationKind
from models.audit import Audit
from models.notification import Notification
from services import changes, notifications, regions, texts
from services.regions import Region
from tests import builders
from tests.acceptance.desk import Desk, desk, words

KIND = NotificationKind.CASE_MOVED
OWN = "您的{subject}（{number}）有新进展：{step}。"


@pytest.fixture
async def admin(client: httpx.AsyncClient, region: Region) -> Desk:
    return await desk(client, await builders.a_city_staff())


async def test_a_region_says_it_in_its_own_words_and_open_cases_follow_at_once(region: Region, admin: Desk) -> None:
    case = await builders.a_booking()
    listed = words(await admin.get("texts"))
    assert KIND.label in listed and "本地区改过" not in listed
    assert (await admin.post(f"texts/{KIND.value}", seen="0", text=OWN)).status_code == 303
    fresh, of_case = await regions.current(region.code), await regions.at(region.code, case.profile_version)
    assert notifications.text_of(fresh, KIND).text == notifications.text_of(of_case, KIND).text == OWN
    assert "您的人才公寓申请（YY20261123000128）有新进展：窗口受理。" in words(await admin.get(f"texts/{KIND.value}"))
    assert "本地区改过" in words(await admin.get("texts"))
    late = await admin.post(f"texts/{KIND.value}", seen="0", text="别的文字")
    assert late.status_code == 409
    assert (await admin.post(f"texts/{KIND.value}/back")).status_code == 303
    assert notifications.text_of(await regions.current(region.code), KIND) == notifications.text_of(region, KIND)


async def test_a_changed_text_is_taken_back_like_everything_else(region: Region, admin: Desk) -> None:
    await admin.post(f"texts/{KIND.value}", seen="0", text=OWN)
    line = await Audit.of(region.code, act="text.edit").get()
    boss = await builders.the_actor(await builders.a_city_staff(), "desk")
    await changes.take_back(region, boss, line.id, clock.now())
    assert notifications.text_of(await regions.current(region.code), KIND) == notifications.text_of(region, KIND)


async def test_the_record_of_messages_says_what_was_said_then(region: Region, admin: Desk) -> None:
    sent, waiting = await builders.a_booking(), await builders.a_booking()
    kind = NotificationKind.CASE_SUBMITTED
    await Notification.of(region.code, kind=kind, subject_id=sent.id).update(tried_at=clock.now())
    assert (await admin.post(f"texts/{kind.value}", seen="0", text="新的说法：{编号}")).status_code == 303
    then, now = words(await admin.get("messages", about=sent.number)), words(await admin.get("messages", about=waiting.number))
    assert f"（{sent.number}）" in then and "新的说法" not in then and f"新的说法：{waiting.number}" in now
    await Notification.of(region.code, kind=kind, subject_id=waiting.id).update(tried_at=clock.now())
    assert (await admin.post(f"texts/{kind.value}/back")).status_code == 303
    assert f"新的说法：{waiting.number}" in words(await admin.get("messages", about=waiting.number))


@pytest.mark.parametrize(("text", "told"), [("您好{phone}", "没有 {服务电话} 这一项，可以用：{编号}"), ("您好{", "花括号没有配对"),
                                            ("", "1 到 400 个字"),
                                            ("字" * 401, "1 到 400 个字"), ("{subject!r}", "没有 {事项}"),
                                            ("{subject.__class__}", "没有 {subject.__class__}")])
def test_a_text_that_could_not_be_sent_is_refused(text: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        texts.check(KIND, text)
    assert told in refused.value.fields["text"]


async def test_placeholders_are_read_and_written_in_chinese(region: Region, admin: Desk) -> None:
    await admin.post(f"texts/{KIND.value}", seen="0", text="您的{事项}（{编号}）有新进展：{环节}。")
    assert notifications.text_of(await regions.current(region.code), KIND).text == OWN
    assert "您的{事项}（{编号}）有新进展：{环节}。" in (await admin.get(f"texts/{KIND.value}")).text
    for telling in region.profile.sending.texts.values():
        assert texts.read(texts.labelled(telling.text)) == telling.text


async def test_a_preview_keeps_nothing_and_counts_what_is_paid_for(region: Region, admin: Desk) -> None:
    page = words(await admin.post(f"texts/{KIND.value}", seen="0", act="preview", text="字" * 70))
    sign = f"【{region.profile.sending.sms_sign}】"
    assert f"{70 + len(sign)} 个字，算 2 条短信" in page and "字" * 70 in page
    assert "本地区改过" not in words(await admin.get("texts"))
    assert texts.preview(region, KIND, "字" * (70 - len(sign))).parts == 1


async def test_a_trial_goes_to_ones_own_telephone_and_not_without_end(region: Region, admin: Desk) -> None:
    for _ in range(10):
        assert (await admin.post(f"texts/{KIND.value}/trial")).status_code == 303
    assert (await admin.post(f"texts/{KIND.value}/trial")).status_code == 429
    sent = await Notification.of(region.code, kind=KIND)
    assert len(sent) == 10 and len({one.account_id for one in sent}) == 1


async def test_every_placeholder_has_an_invented_example_and_every_text_a_preview(region: Region) -> None:
    for kind, telling in region.profile.sending.texts.items():
        assert kind.params <= texts.EXAMPLES.keys(), kind
        assert "{" not in texts.preview(region, kind, telling.text).text


async def test_only_who_administers_sees_the_texts(client: httpx.AsyncClient, region: Region) -> None:
    clerk = await desk(client, await builders.a_staff())
    assert (await clerk.get("texts")).status_code == 403
    assert (await clerk.get("texts/no_such")).status_code == 403
