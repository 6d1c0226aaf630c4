"""办件 on the phone: progress with every opinion, and what the applicant can do about it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from config import clock
from config.vocabulary import Action
from models.account import Account
from models.case import Case, CaseState
from models.organisation import Organisation
from models.visit import Rating
from services import cards
from services.cases import engine
from services.cases.engine import Request
from services.regions import Region
from tests import builders
from tests.acceptance.phone import Phone, phone

BETTER = "请预约下周三上午市立医院心内科专家门诊，本人就诊。"


async def a_holder() -> Account:
    holder = await builders.a_talent()
    await builders.a_card(holder=holder)
    return holder


async def a_phone_with(client: httpx.AsyncClient, region: Region, **traits: bool | str) -> tuple[Phone, Case]:
    """A holder's phone, open at a booking of hers with these traits."""
    holder = await a_holder()
    case = await builders.a_booking(holder=holder, **traits)  # type: ignore[arg-type]
    mine = await phone(client, region, holder)
    await mine.open(f"/cases/{case.id}")
    return mine, case


async def act(region: Region, case: Case, request: Request) -> Case:
    place = await Organisation.find(region.code, case.handler_org)
    clerk = await builders.the_actor(await builders.a_staff(organisation=place, name="李经办"), "desk")
    return (await engine.act(region, clerk, case.id, request, clock.now())).case


async def fresh(case: Case) -> Case:
    return await Case.find(case.region, case.id)


@pytest.mark.req("WH-52")
async def test_the_page_says_who_has_it_what_comes_next_by_when_and_whom_to_call(client: httpx.AsyncClient, region: Region) -> None:
    mine, case = await a_phone_with(client, region)
    window = await Organisation.find(region.code, case.handler_org)
    assert f"<b>{window.name}</b>正在受理。" in mine.text and "受理完成后进入预审，您现在不用做什么" in mine.text
    assert "承诺完成时间" in mine.text and "还剩" in mine.text and f"tel:{window.phone}" in mine.text


@pytest.mark.req("WH-52")
async def test_every_opinion_stands_in_the_progress_but_no_clerk_by_name(client: httpx.AsyncClient, region: Region) -> None:
    mine, case = await a_phone_with(client, region, completed=True)
    window = await Organisation.find(region.code, case.handler_org)
    assert mine.text.count("材料齐全") >= 2 and "已安排妥当" in mine.text and window.name in mine.text and "办理结果：<b>办理成功</b>" in mine.text
    assert "李经办" not in mine.text
    assert mine.text.count("route__step--done") == len(region.matter("booking").route)


@pytest.mark.req("WH-52")
async def test_the_list_shows_mine_open_and_closed_and_nobody_elses(client: httpx.AsyncClient, region: Region) -> None:
    mine, case = await a_phone_with(client, region)
    other = await builders.a_booking(holder=await a_holder())
    await mine.open("/cases")
    assert case.number in mine.text and other.number not in mine.text
    await mine.open("/cases", show="closed")
    assert case.number not in mine.text and "还没有办结的办件" in mine.text


@pytest.mark.req("WH-52")
async def test_another_persons_case_is_not_found_on_any_page(client: httpx.AsyncClient, region: Region) -> None:
    other = await builders.a_booking(holder=await a_holder(), returned=True)
    mine = await phone(client, region, await a_holder())
    for path in (f"/cases/{other.id}", f"/cases/{other.id}/correction"):
        assert (await mine.open(path)).status_code == 404
        assert other.number not in mine.text


@pytest.mark.req("WH-51")
async def test_a_booking_can_be_withdrawn_once_with_a_reason(client: httpx.AsyncClient, region: Region) -> None:
    mine, case = await a_phone_with(client, region)
    await mine.send("/withdraw", reason="行程取消了")
    assert "预约已撤回" in mine.text and "行程取消了" in mine.text
    assert (await fresh(case)).state is CaseState.WITHDRAWN
    assert "/withdraw" not in mine.text


@pytest.mark.req("WH-51")
async def test_an_addition_reaches_the_window_and_an_empty_one_is_refused(client: httpx.AsyncClient, region: Region) -> None:
    mine, _ = await a_phone_with(client, region)
    assert (await mine.send("/supplement", opinion=" ")).status_code == 400
    assert "请写明要补充的内容" in mine.text
    await mine.send("/supplement", opinion="补充：同行两人")
    assert "补充内容已送到" in mine.text and "补充：同行两人" in mine.text


@pytest.mark.req("WH-61")
async def test_a_return_marks_the_fields_and_the_correction_goes_back_to_the_window(client: httpx.AsyncClient, region: Region) -> None:
    mine, case = await a_phone_with(client, region)
    await act(region, case, Request(Action.RETURN, case.version, "请写明科室", marks={"need": "缺少科室和日期"}))
    await mine.open(f"/cases/{case.id}")
    assert "缺少科室和日期" in mine.text and "请写明科室" in mine.text and "等您处理" in mine.text
    await mine.open(f"/cases/{case.id}/correction")
    assert "修改意见：缺少科室和日期" in mine.text and case.data["need"] in mine.text
    await mine.send("/correction", **{**case.data, "need": BETTER})
    assert "已重新提交" in mine.text and "缺少科室和日期" not in mine.text
    after = await fresh(case)
    assert (after.state, after.data["need"]) == (CaseState.HANDLING, BETTER)


@pytest.mark.req("WH-53")
async def test_the_first_page_says_what_waits_for_her_and_leads_there(client: httpx.AsyncClient, region: Region) -> None:
    mine, case = await a_phone_with(client, region)
    await mine.open("/")
    assert "等您处理" not in mine.text, "nothing is asked of her"
    await act(region, case, Request(Action.RETURN, case.version, "请写明科室"))
    await mine.open("/")
    waiting = mine.text[mine.text.index("等您处理"):]
    assert f"/cases/{case.id}" in waiting and "退回待修改" in waiting


@pytest.mark.req("WH-61")
async def test_a_correction_with_mistakes_keeps_what_was_typed(client: httpx.AsyncClient, region: Region) -> None:
    mine, case = await a_phone_with(client, region, returned=True)
    await mine.open(f"/cases/{case.id}/correction")
    answer = await mine.send("/correction", **{**case.data, "need": "短"})
    assert answer.status_code == 400 and ">\n短</textarea>" in mine.text and 'href="#field-need"' in mine.text
    assert (await fresh(case)).state is CaseState.RETURNED


@pytest.mark.req("WH-60")
async def test_an_act_on_a_case_that_moved_meanwhile_says_who_did_what_and_keeps_the_words(client: httpx.AsyncClient, region: Region) -> None:
    mine, case = await a_phone_with(client, region)
    await act(region, case, Request(Action.APPROVE, case.version, "材料齐全"))
    answer = await mine.send("/supplement", opinion="补充：同行两人")
    assert answer.status_code == 409 and "刚刚已「通过」" in mine.text and "补充：同行两人" in mine.text


@pytest.mark.req("WH-53")
async def test_a_finished_booking_is_rated_once_with_stars_and_words(client: httpx.AsyncClient, region: Region) -> None:
    mine, _ = await a_phone_with(client, region, completed=True)
    assert (await mine.send("/rating", words="很好")).status_code == 400
    assert "很好" in mine.text
    page = replace(mine)
    await mine.send("/rating", stars="5", words="导诊很耐心")
    assert "感谢您的评价" in mine.text and "导诊很耐心" in mine.text and "/rating" not in mine.text
    again = await page.post("/rating", stars="1", words="改主意了", once="another")
    assert again.status_code == 409 and "已经评价过了" in again.text
    assert [(rating.stars, rating.words) for rating in await Rating.of(region.code)] == [(5, "导诊很耐心")]


@pytest.mark.req("WH-53")
async def test_six_stars_are_not_to_be_had(client: httpx.AsyncClient, region: Region) -> None:
    mine, _ = await a_phone_with(client, region, completed=True)
    for stars in ("0", "6", "five"):
        assert (await mine.post("/rating", stars=stars)).status_code == 400
    assert not await Rating.of(region.code).exists()


@pytest.mark.req("WH-36")
async def test_a_suspended_card_holds_the_booking_and_the_page_says_so(client: httpx.AsyncClient, region: Region) -> None:
    mine, case = await a_phone_with(client, region)
    city = await builders.the_actor(await builders.a_city_staff(), "desk")
    card = await cards.current_card(region, case.applicant_id)
    assert card is not None
    await cards.suspend(region, city, card.id, card.version, "资格复核", clock.now())
    await mine.open(f"/cases/{case.id}")
    assert "人才卡停用期间暂停办理" in mine.text and "已暂停" in mine.text


@pytest.fixture
async def stream(client: httpx.AsyncClient, region: Region) -> AsyncIterator[tuple[Case, httpx.Response]]:
    """A holder's case page listens."""
    mine, case = await a_phone_with(client, region)
    path = mine.text.partition('hx-sse:connect="')[2].partition('"')[0]
    async with mine.client.stream("GET", path) as response:
        yield case, response


@pytest.mark.req("WH-60")
async def test_what_the_window_does_reaches_the_open_page(stream: tuple[Case, httpx.Response], region: Region) -> None:
    case, response = stream
    heard = []
    async for line in response.aiter_lines():
        if line == "event: online":
            await act(region, case, Request(Action.APPROVE, case.version, "材料齐全"))
        if line.startswith("event: case"):
            heard.append(line)
            break
    assert heard == ["event: case"]
