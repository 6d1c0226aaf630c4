"""A case on the desk: accepted, pre-reviewed, completed, transferred, returned; two at once; live (WH-60..63)."""

import asyncio

import httpx
import pytest

from config import clock
from config.vocabulary import Action
from models.audit import Audit
from models.case import Case, CaseState
from services.cases import engine
from services.regions import Region
from tests import builders
from tests.acceptance.desk import Desk, desk, words


async def moved(case: Case) -> Case:
    return await Case.find(case.region, case.id)


async def her_desk(client: httpx.AsyncClient) -> Desk:
    return await desk(client, await builders.a_staff())


@pytest.mark.req("WH-61")
async def test_what_waits_is_listed_most_urgent_first_and_opens_as_it_was_submitted(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking(need="本周五去北京，两人同行")
    her = await her_desk(client)
    listed = await her.get("todo")
    assert f"/{region.code}/console/cases/{case.id}/" in listed.text
    assert case.number in listed.text
    opened = words(await her.get(f"cases/{case.id}/"))
    for expected in ("本周五去北京，两人同行", "周敏", "办理记录", "受理", "转办", "退回", "认领", "还剩"):
        assert expected in opened, expected
    assert await Audit.of(region.code, act="case.view", subject_id=case.id).count() == 1


@pytest.mark.req("WH-61")
async def test_accepting_brings_the_case_to_the_next_step(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking()
    her = await her_desk(client)
    await her.get(f"cases/{case.id}/")
    answer = await her.post(f"cases/{case.id}/", action="approve", seen=case.version, opinion="材料齐全")
    assert answer.status_code == 303
    after = await moved(case)
    assert (after.step, after.state) == ("pre_review", CaseState.HANDLING)
    said = words(await client.get(answer.headers["location"]))
    assert "办件进入下一环节" in said
    assert "材料齐全" in said


@pytest.mark.req("WH-61")
async def test_a_transfer_needs_a_place_and_a_reason_and_then_leaves_the_list(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking()
    elsewhere = await builders.an_organisation(code="wendeng_window")
    await builders.a_staff(organisation=elsewhere)
    her = await her_desk(client)
    opened = await her.get(f"cases/{case.id}/")
    assert f'value="{elsewhere.id}"' in opened.text
    bare = await her.post(f"cases/{case.id}/", action="transfer", seen=case.version)
    assert bare.status_code == 400
    assert 'href="#field-opinion"' in bare.text
    assert 'href="#field-organisation"' in bare.text
    done = await her.post(f"cases/{case.id}/", action="transfer", seen=case.version, opinion="申请人在文登", organisation=str(elsewhere.id))
    assert done.headers["location"] == f"/{region.code}/console/todo?done=transfer&undo={case.id}"
    assert (await moved(case)).handler_org == elsewhere.id
    assert case.number not in (await her.get("todo")).text


@pytest.mark.req("WH-61")
@pytest.mark.req("WH-62")
@pytest.mark.parametrize("step", [None, "pre_review"])
async def test_a_return_names_the_faulted_fields(client: httpx.AsyncClient, region: Region, step: str | None) -> None:
    case = await builders.a_booking(step=step)
    her = await her_desk(client)
    done = await her.post(f"cases/{case.id}/", action="return", seen=case.version, opinion="请补充", mark_need="写明具体日期")
    assert done.status_code == 303
    assert (await moved(case)).state is CaseState.RETURNED
    said = words(await her.get(f"cases/{case.id}/"))
    assert "退回时指出：写明具体日期" in said
    assert "等待申请人修改" in said


@pytest.mark.req("WH-62")
async def test_pre_review_brings_the_case_to_completion(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking(step="pre_review")
    her = await her_desk(client)
    assert "预审通过" in (await her.get(f"cases/{case.id}/")).text
    await her.post(f"cases/{case.id}/", action="approve", seen=case.version)
    assert (await moved(case)).step == "complete"


@pytest.mark.req("WH-63")
async def test_completion_asks_for_a_result_and_an_opinion_and_keeps_what_was_typed(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking(step="complete")
    her = await her_desk(client)
    half = await her.post(f"cases/{case.id}/", action="complete", seen=case.version, opinion="周三上午九点到场")
    assert half.status_code == 400
    assert "请选择办结结果" in words(half)
    assert "周三上午九点到场" in half.text
    done = await her.post(f"cases/{case.id}/", action="complete", seen=case.version, opinion="周三上午九点到场", choice="done")
    assert done.headers["location"].endswith(f"/todo?done=complete&undo={case.id}")
    assert (await moved(case)).state is CaseState.COMPLETED


@pytest.mark.req("WH-60")
async def test_the_second_of_two_clerks_reads_who_was_first_and_keeps_her_words(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking()
    her = await her_desk(client)
    await her.get(f"cases/{case.id}/")
    first = await builders.the_actor(await builders.a_staff(name="赵先办"), "phone")
    await engine.act(region, first, case.id, engine.Request(Action.APPROVE, case.version, "先办了"), clock.now())
    late = await her.post(f"cases/{case.id}/", action="approve", seen=case.version, opinion="我也想受理这一件")
    assert late.status_code == 409
    said = words(late)
    assert "赵先办 刚刚已「通过」" in said
    assert "我也想受理这一件" in late.text
    assert f'name="seen" value="{case.version + 1}"' in late.text


@pytest.mark.req("WH-60")
async def test_an_open_page_hears_of_the_act_and_reads_the_case_anew(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking()
    her = await her_desk(client)
    opened = await her.get(f"cases/{case.id}/")
    assert f'hx-sse:connect="/{region.code}/console/live?topics=case:{case.id},' in opened.text
    watches = asyncio.Event()
    heard = asyncio.create_task(first_event(her, f"case:{case.id}", watches))
    await asyncio.wait_for(watches.wait(), 20)
    other = await builders.the_actor(await builders.a_staff(name="赵手机"), "phone")
    await engine.act(region, other, case.id, engine.Request(Action.APPROVE, case.version, "手机上受理"), clock.now())
    assert await asyncio.wait_for(heard, 20) == "case"
    part = {"HX-Request": "true"}
    anew = await client.get(f"{her.at}/cases/{case.id}/now?seen={case.version}", headers=part)
    assert "赵手机" in words(anew)
    assert "<html" not in anew.text
    assert (await client.get(f"{her.at}/cases/{case.id}/now?seen={case.version + 1}", headers=part)).status_code == 204


async def first_event(her: Desk, topic: str, watches: asyncio.Event) -> str:
    """The first that is told of the topic; ``watches`` is set as soon as nothing can be missed any more."""
    async with her.client.stream("GET", f"{her.at}/live?topics={topic}") as stream:
        async for line in stream.aiter_lines():
            if line == "event: online":
                watches.set()
            if line.startswith("event: ") and line[7:] not in ("online", "offline", "beat"):
                return line[7:]
    return ""


async def test_a_case_of_another_window_is_not_found_and_offers_nothing(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking()
    foreign = await desk(client, await builders.a_staff(organisation="wendeng_window"))
    assert (await foreign.get(f"cases/{case.id}/")).status_code == 404
    assert (await foreign.post(f"cases/{case.id}/", action="approve", seen=case.version)).status_code == 404
    assert (await foreign.post("todo", id=f"{case.id}.{case.version}", act="claim")).status_code == 404
    assert (await moved(case)).version == case.version


async def test_two_clicks_of_one_form_are_one_act(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking()
    her = await her_desk(client)
    sent = {"once": "one-and-the-same", "action": "approve", "seen": case.version, "opinion": "齐全"}
    first, second = await her.post(f"cases/{case.id}/", **sent), await her.post(f"cases/{case.id}/", **sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert (await moved(case)).version == case.version + 1


async def test_claiming_from_the_list_leads_to_the_case(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking()
    staff = await builders.a_staff(name="孙认领")
    her = await desk(client, staff)
    answer = await her.post("todo", one=f"{case.id}.{case.version}")
    assert answer.headers["location"] == f"/{region.code}/console/cases/{case.id}/?done=claim"
    assert (await moved(case)).claimed_by == staff.id


@pytest.mark.req("WH-61")
async def test_ticked_cases_are_accepted_together_and_each_refusal_says_why(client: httpx.AsyncClient, region: Region) -> None:
    cases = [await builders.a_booking() for _ in range(3)]
    her = await her_desk(client)
    assert 'value="approve"' in (await her.get("todo", step="accept")).text
    stale = f"{cases[2].id}.{cases[2].version + 5}"
    answer = await her.post("todo", id=[f"{case.id}.{case.version}" for case in cases[:2]] + [stale], act="approve", opinion="齐全")
    said = words(answer)
    assert "2 件已通过，1 件没有办成" in said
    assert [(await moved(case)).step for case in cases] == ["pre_review", "pre_review", "accept"]


async def test_the_list_goes_on_where_a_page_ends(client: httpx.AsyncClient, region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    from services import todo

    monkeypatch.setattr(todo, "PAGE", 2)
    cases = [await builders.a_booking() for _ in range(3)]
    her = await her_desk(client)
    first = await her.get("todo")
    following = first.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = await client.get(following)
    seen = [[case.number in page.text for case in cases] for page in (first, second)]
    assert sum(seen[0]) == 2
    assert sum(seen[1]) == 1
    assert [one or other for one, other in zip(*seen, strict=True)] == [True] * 3
    assert (await her.get("todo", after="tomorrow")).status_code == 400
