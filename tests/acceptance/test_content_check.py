"""Announcements and WeChat's content check, spoken to the sandbox: risky, in doubt, away, and who cannot be asked about."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from config import clock
from models.account import Account
from models.audit import Audit
from models.notice import Notice
from sandbox.faults import Fault, FaultTarget, Kind
from sandbox.state import Person
from sandbox.wechat_account import REVIEW, RISKY
from services import regions
from tests import builders
from tests.acceptance.desk import Desk, desk, words
from tests.conftest import Servers
from tests.wechat_scene import Scene, scene
from tests.writing import TITLE

CLEAN = "各有关单位：请于月底前申报。"
MARK = re.compile(r'name="doubted" value="([0-9a-f]+)"')


@pytest_asyncio.fixture(scope="module")
async def running(orm: Servers) -> AsyncIterator[Scene]:
    async with scene("greenlane-content-check") as found:
        yield found


@pytest_asyncio.fixture
async def wired(running: Scene, database: None) -> AsyncIterator[Scene]:
    """The region wants the check."""
    profile = (await regions.current(running.region)).profile
    await regions.load(profile.model_copy(update={"notices": profile.notices.model_copy(update={"content_check": True})}), clock.now())
    yield running
    running.sandbox.state.faults.clear()
    running.client.cookies.clear()


async def her_desk(wired: Scene) -> tuple[Desk, Person]:
    """An author who has just used the mini program."""
    author: Account = await builders.a_staff(organisation=await builders.an_organisation("department"), role="reviewer")
    person = wired.person()
    await wired.bind(person, author)
    wired.code(person)
    return await desk(wired.client, author), person


def asked(wired: Scene) -> int:
    return sum(call.what == "/wxa/msg_sec_check" for call in wired.sandbox.state.calls)


async def publish(her: Desk, body: str, path: str = "notices/new", **others: object) -> httpx.Response:
    return await her.send(path, **({"title": TITLE, "body": body, "act": "publish"} | others))


async def told() -> list[tuple[str, str, str]]:
    """The audit's lines: act, what the check said, and why it was published all the same."""
    lines = await Audit.of(await builders.a_region(), subject="notice").order_by("at", "id")
    return [(one.act, one.told.get("checked", ""), one.told.get("reason", "")) for one in lines]


async def test_what_is_risky_is_refused_in_words_and_stays_in_the_editor(wired: Scene) -> None:
    her, _ = await her_desk(wired)
    refused = await publish(her, f"{CLEAN}{RISKY}")
    assert refused.status_code == 400
    assert "不宜公开" in words(refused)
    assert f"{CLEAN}{RISKY}" in refused.text
    assert await Notice.of(wired.region).count() == 0
    assert (await publish(her, CLEAN)).headers["location"].endswith("done=published")
    notice = await Notice.of(wired.region).get()
    assert await told() == [("notice.write", "", ""), ("notice.publish", "passed", "")]
    changed = await publish(her, RISKY + CLEAN, f"notices/{notice.id}/edit", seen=notice.version, act="keep")  # public words change at once
    assert (changed.status_code, (await Notice.find(wired.region, notice.id)).version) == (400, notice.version)


async def test_a_doubt_is_answered_by_its_author_for_the_words_that_were_read(wired: Scene) -> None:
    her, _ = await her_desk(wired)
    body, reason = f"{CLEAN}{REVIEW}", "引用的是政策原文"
    first = await publish(her, body, doubted="00" * 16, reason=reason)  # a reason before the question is none
    mark = MARK.search(first.text)
    assert first.status_code == 400
    assert "存疑" in words(first) and body in first.text
    assert mark is not None
    other = await publish(her, f"{body}另一句", doubted=mark[1], reason=reason)
    silent = await publish(her, body, doubted=mark[1], reason=" ")
    assert (other.status_code, silent.status_code, await Notice.of(wired.region).count()) == (400, 400, 0)
    assert (await publish(her, body, doubted=mark[1], reason=reason)).status_code == 303
    assert await told() == [("notice.write", "", ""), ("notice.publish", "doubted", reason)]


@pytest.mark.parametrize("kind", [Kind.CUT, Kind.HANG, Kind.ERROR])
async def test_while_wechat_is_away_it_is_published_and_the_audit_says_that_nobody_judged_it(wired: Scene, kind: Kind,
                                                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    her, _ = await her_desk(wired)
    monkeypatch.setattr("services.content_check.SECONDS", 0.5)
    wired.sandbox.state.faults.add(Fault(target=FaultTarget.WECHAT, kind=kind, code="-1" if kind is Kind.ERROR else "", path="/wxa/msg_sec_check"))
    assert (await publish(her, f"{CLEAN}{RISKY}")).headers["location"].endswith("done=published")
    assert (await told())[-1] == ("notice.publish", "unchecked", "")


async def test_who_cannot_be_asked_about_publishes_too(wired: Scene) -> None:
    her, person = await her_desk(wired)
    del wired.sandbox.state.session_keys[person.mini_openid]  # has not used the mini program for two hours: 61010
    assert (await publish(her, CLEAN)).status_code == 303
    before = asked(wired)
    unbound = await desk(wired.client, await builders.a_staff(organisation=await builders.an_organisation("department"), role="reviewer"))
    assert (await publish(unbound, CLEAN)).status_code == 303
    assert asked(wired) == before
    assert [one for one in await told() if one[0] == "notice.publish"] == [("notice.publish", "unchecked", "")] * 2
    admin = await desk(wired.client, await builders.a_city_staff())
    assert "未经微信内容检测" in words(await admin.get("audit"))


async def test_nobody_is_asked_about_drafts_what_staff_alone_reads_what_did_not_change_and_where_the_region_does_not_want_it(wired: Scene) -> None:
    her, _ = await her_desk(wired)
    before = asked(wired)
    assert (await publish(her, RISKY, act="keep")).status_code == 303
    assert (await publish(her, RISKY, audience="staff")).status_code == 303
    profile = (await regions.current(wired.region)).profile
    await regions.load(profile.model_copy(update={"notices": profile.notices.model_copy(update={"content_check": False})}), clock.now())
    assert (await publish(her, RISKY)).status_code == 303
    assert {checked for _, checked, _ in await told()} == {""}
    await regions.load(profile, clock.now())
    public = (await Notice.of(wired.region, state="published", audience="everyone"))[0]
    same = await publish(her, RISKY, f"notices/{public.id}/edit", seen=public.version, act="keep", pinned="yes")
    assert (same.status_code, asked(wired)) == (303, before)
    wider = (await Notice.of(wired.region, state="published", audience="staff"))[0]
    assert (await publish(her, RISKY, f"notices/{wider.id}/edit", seen=wider.version, act="keep", audience="everyone")).status_code == 400
