"""Staff on the phone: the list, the case, and the same buttons as on the desk."""

import re
from datetime import timedelta

import httpx
import pytest

from config import clock, phrases
from config.vocabulary import Action
from models.account import Account
from models.audit import Audit
from models.case import Case, CaseState
from services import dossiers, regions, supervision
from services.cases import engine, progress
from services.cases.engine import Request
from services.regions import Region
from tests import builders, office
from tests.acceptance.test_desk_review import bound_in_shandong, in_weihai, on_paper
from tests.builders import Organisation, a_booking, a_city_staff, a_staff, a_talent, the_actor


@pytest.fixture
async def shandong(database: None) -> Region:
    return await regions.current("shandong")


@pytest.fixture
async def guilin(database: None) -> Region:
    return await regions.current("guilin")


async def log_in(client: httpx.AsyncClient, who: Account, face: str = "phone") -> None:
    client.cookies.update(builders.cookies(await builders.a_session(who, face), face))


async def a_clerk(case: Case, name: str = "李经办") -> Account:
    return await a_staff(organisation=await Organisation.find(case.region, case.handler_org), name=name)


def field(page: str, name: str, form: str = 'id="act"') -> str:
    """Value of a hidden field in a form of the page."""
    part = page[page.index(form):]
    found = re.search(rf'name="{name}" value="([^"]*)"', part)
    assert found is not None, f"no field {name}"
    return found[1]


async def hand_in(client: httpx.AsyncClient, case: Case, action: str, page: str | None = None, **typed: str | list[str]) -> httpx.Response:
    """Fill in the form of an act as it stands on its page, and send it."""
    home = f"/{case.region}/desk-m/cases/{case.id}"
    page = page or (await client.get(f"{home}/{action}")).text
    hidden = {name: field(page, name) for name in ("csrf", "once", "seen")}
    return await client.post(f"{home}/{action}", data={**hidden, **typed})


async def fresh(case: Case) -> Case:
    return await Case.find(case.region, case.id)


@pytest.mark.req("WH-60")
async def test_the_list_shows_what_waits_for_the_clerk_late_first(client: httpx.AsyncClient, region: Region) -> None:
    late = await a_booking(now=clock.now() - timedelta(days=365), need="这一件已经超时很久")
    case = await a_booking()
    await log_in(client, await a_clerk(case))
    page = (await client.get(f"/{region.code}/desk-m")).text
    assert page.index(late.number) < page.index(case.number)
    assert "已超" in page and "周敏" in page
    only_late = (await client.get(f"/{region.code}/desk-m?late=1")).text
    assert late.number in only_late and case.number not in only_late
    assert case.number not in (await client.get(f"/{region.code}/desk-m?step=complete")).text


async def test_a_search_finds_by_number_subject_or_whole_name_and_puts_no_name_into_an_address(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking(holder=await cardholder("欧阳若兰"))
    other = await a_booking(holder=await cardholder("周敏"))
    await log_in(client, await a_clerk(case))
    csrf = field((await client.get(f"/{region.code}/desk-m")).text, "csrf", "search-line")
    for words in (case.number[-5:], "欧阳若兰"):
        page = (await client.post(f"/{region.code}/desk-m/search", data={"csrf": csrf, "words": words})).text
        assert case.number in page and other.number not in page
    nothing = await client.post(f"/{region.code}/desk-m/search", data={"csrf": csrf, "words": "欧阳"})
    assert case.number not in nothing.text and "没有找到" in nothing.text


async def cardholder(name: str) -> Account:
    holder = await a_talent(name=name)
    await builders.a_card(holder=holder)
    return holder


async def test_a_talent_finds_no_staff_page_and_a_stranger_is_led_to_the_login_and_back(client: httpx.AsyncClient, region: Region) -> None:
    there = f"/{region.code}/desk-m"
    stranger = await client.get(there)
    assert stranger.status_code == 303 and stranger.headers["location"] == f"/{region.code}/login?next=/{region.code}/desk-m"
    await log_in(client, await a_talent())
    assert (await client.get(there)).status_code == 403


async def test_a_case_of_another_window_is_not_found(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking(window="wendeng_window")
    await log_in(client, await a_staff(organisation="rongcheng_window"))
    for path in ("", "/approve", "/transfer"):
        answer = await client.get(f"/{region.code}/desk-m/cases/{case.id}{path}")
        assert answer.status_code == 404 and f'href="/{region.code}/desk-m/"' in answer.text and "返回待办" in answer.text


async def test_opening_a_case_leaves_a_line_in_the_audit_and_refreshing_it_does_not(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    clerk = await a_clerk(case)
    await log_in(client, clerk)
    there = f"/{region.code}/desk-m/cases/{case.id}"
    assert (await client.get(there)).status_code == 200
    part = await client.get(f"{there}?seen={case.version}", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<section") and "这个办件刚刚有变化" not in part.text
    assert await Audit.filter(region=region.code, act="case.view", subject_id=case.id, actor_id=clerk.id).count() == 1


@pytest.mark.req("WH-61")
@pytest.mark.req("WH-62")
@pytest.mark.req("WH-63")
async def test_a_clerk_accepts_pre_reviews_and_completes_from_the_case_page(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    await log_in(client, await a_clerk(case))
    there = f"/{region.code}/desk-m/cases/{case.id}"
    for typed in ({"opinion": "材料齐全，予以受理。"}, {"opinion": ""}, {"opinion": "已安排妥当。", "choice": "done"}):
        page = (await client.get(there)).text
        action = re.search(rf'action="{there}/(approve|complete)"', page)
        assert action is not None
        answer = await hand_in(client, case, action[1], page, **typed)
        assert answer.status_code == 303 and answer.headers["location"] == f"{there}?done=1"
    assert (await fresh(case)).state is CaseState.COMPLETED
    after = (await client.get(f"{there}?done=1")).text
    assert "已办完" in after and "材料齐全，予以受理。" in after
    assert 'id="act"' not in after, "a finished case offers nothing more"


@pytest.mark.req("WH-61")
async def test_a_transfer_offers_only_places_that_can_handle_it_and_leaves_the_case_there(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking(window="wendeng_window")
    await log_in(client, await a_clerk(case))
    able = await a_staff(organisation="rongcheng_window")
    target, unable = await builders.an_organisation(code="rongcheng_window"), await builders.an_organisation(code="rushan_window")
    page = (await client.get(f"/{region.code}/desk-m/cases/{case.id}/transfer")).text
    assert str(target.id) in page and str(unable.id) not in page
    answer = await hand_in(client, case, "transfer", page, organisation=str(target.id), opinion="申请人单位在贵辖区，转请办理。")
    assert answer.status_code == 303
    await log_in(client, able)
    assert case.number in (await client.get(f"/{region.code}/desk-m")).text


@pytest.mark.req("WH-61")
async def test_a_return_marks_the_fields_that_are_to_be_mended(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    await log_in(client, await a_clerk(case))
    await hand_in(client, case, "return", marked=["need"], opinion="请补充具体日期和时间。")
    assert (await fresh(case)).state is CaseState.RETURNED
    assert progress.faults(await progress.history(region.code, case.id)) == {"need": "请补充具体日期和时间。"}


async def test_an_act_without_the_words_that_it_needs_says_so_beside_the_field_and_keeps_the_rest(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    await log_in(client, await a_clerk(case))
    answer = await hand_in(client, case, "return", marked=["need"], opinion="")
    assert answer.status_code == 400
    assert 'id="error-opinion"' in answer.text and "请写明退回的意见" in answer.text
    assert re.search(r'value="need"\s+checked', answer.text)
    assert (await fresh(case)).version == case.version


@pytest.mark.req("WH-60")
async def test_who_comes_second_reads_who_was_first_and_keeps_her_words(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    await log_in(client, await a_clerk(case))
    page = (await client.get(f"/{region.code}/desk-m/cases/{case.id}")).text
    desk = await the_actor(await a_clerk(case, "于晓燕"), "desk")
    await engine.act(region, desk, case.id, Request(Action.APPROVE, case.version, "同意"), clock.now())
    answer = await hand_in(client, case, "approve", page, opinion="我也觉得可以办")
    assert answer.status_code == 409
    assert "于晓燕" in answer.text and "我也觉得可以办" in answer.text
    assert field(answer.text, "seen") == str(case.version + 1), "the form that comes back fits the case as it is now"


@pytest.mark.req("WH-60")
async def test_a_second_click_on_the_same_form_has_one_effect(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    await log_in(client, await a_clerk(case))
    page = (await client.get(f"/{region.code}/desk-m/cases/{case.id}")).text
    first, second = [await hand_in(client, case, "approve", page, opinion="同意") for _ in range(2)]
    assert first.status_code == second.status_code == 303 and second.headers["idempotent-replayed"] == "true"
    assert (await fresh(case)).version == case.version + 1


async def test_claiming_takes_one_tap(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    clerk = await a_clerk(case)
    await log_in(client, clerk)
    there = f"/{region.code}/desk-m/cases/{case.id}"
    for action, holder in (("claim", clerk.id), ("release", None)):
        page = (await client.get(there)).text
        form = f'action="{there}/{action}"'
        answer = await client.post(f"{there}/{action}", data={name: field(page, name, form) for name in ("csrf", "once", "seen")})
        assert answer.status_code == 303
        assert (await fresh(case)).claimed_by == holder


async def test_the_page_offers_exactly_what_the_transition_table_allows(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking(step="complete")
    await log_in(client, await a_clerk(case))
    there = f"/{region.code}/desk-m/cases/{case.id}"
    page = (await client.get(there)).text
    assert f'action="{there}/complete"' in page and f'href="{there}/return"' in page
    assert f"{there}/transfer" not in page, "the route does not list a transfer at the last step"
    assert (await client.get(f"{there}/transfer")).status_code == 404
    assert (await client.get(f"{there}/nonsense")).status_code == 404
    assert all(phrase in page for phrase in region.profile.phrases.of(Action.COMPLETE))


async def test_after_one_case_comes_the_next_most_urgent(client: httpx.AsyncClient, region: Region) -> None:
    first, second = await a_booking(), await a_booking()
    await log_in(client, await a_clerk(first))
    home = f"/{region.code}/desk-m"
    assert (await client.get(f"{home}/next?after={first.id}")).headers["location"] == f"{home}/cases/{second.id}"
    assert (await client.get(f"{home}/next?after={second.id}")).headers["location"] == f"{home}/cases/{first.id}"


async def test_done_and_the_digest_of_the_day_say_what_i_did(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_booking()
    await log_in(client, await a_clerk(case))
    await hand_in(client, case, "approve", (await client.get(f"/{region.code}/desk-m/cases/{case.id}")).text, opinion="同意")
    done = (await client.get(f"/{region.code}/desk-m/done")).text
    assert case.number in done and "已受理" in done
    today = (await client.get(f"/{region.code}/desk-m/today")).text
    assert "今天我办的" in today and "通过" in today
    me = (await client.get(f"/{region.code}/desk-m/me")).text
    assert "李经办" in me and "超时未处理" not in me


@pytest.mark.req("WH-65")
async def test_the_city_window_sees_what_is_late_and_chases_it_by_hand_once_a_day(client: httpx.AsyncClient, region: Region) -> None:
    late = await a_booking(now=clock.now() - timedelta(days=365))
    await log_in(client, await a_clerk(late))
    assert (await client.get(f"/{region.code}/desk-m/overdue")).status_code == 403
    await log_in(client, await a_city_staff())
    page = (await client.get(f"/{region.code}/desk-m/overdue")).text
    assert late.number in page and (await Organisation.find(region.code, late.handler_org)).name in page
    first = await hand_in(client, late, "remind", opinion="请今天内办理并告知申请人。")
    assert first.status_code == 303
    again = await hand_in(client, late, "remind", opinion="请今天内办理并告知申请人。")
    assert again.status_code == 409 and "今天已经督办过" in again.text


def test_every_phrase_is_a_whole_sentence() -> None:
    assert all(phrase.endswith("。") and len(phrase) <= 60 for sentences in phrases.SERVING.values() for phrase in sentences)


@pytest.mark.req("WH-24")
async def test_a_reviewer_reads_on_the_phone_what_was_submitted_and_marks_it_there(client: httpx.AsyncClient, region: Region) -> None:
    """Numbers are whole for whoever handles the case, as on the desk; who only watches over it reads them masked."""
    _, operator, case = await in_weihai(region, city_direct="yes", title="威海市乡村之星")
    await log_in(client, operator)
    there = f"/{region.code}/desk-m/cases/{case.id}"
    page = (await client.get(there)).text
    number = next(iter((await dossiers.version(region, case.dossier_id, case.dossier_number))["basic"]))["phone"]
    assert all(words in page for words in ("基本情况", "主要荣誉称号情况", "威海市乡村之星", number))
    form = (await client.get(f"{there}/return")).text
    assert 'value="basic.phone"' in form and 'value="honours.1.title"' in form
    await hand_in(client, case, "return", form, marked=["basic.phone", "honours.1.title"], opinion="请核对这两项。")
    assert progress.faults(await progress.history(region.code, case.id)).keys() == {"basic.phone", "honours.1.title"}
    await log_in(client, await a_city_staff())
    watched = (await client.get(there)).text
    assert "主要荣誉称号情况" in watched and number not in watched


async def test_attachments_open_on_the_phone_page_by_page_for_who_reviews(client: httpx.AsyncClient, shandong: Region) -> None:
    unit, _, _, case = await bound_in_shandong(shandong)
    await log_in(client, await office.an_operator(shandong, unit))
    page = (await client.get(f"/{shandong.code}/desk-m/cases/{case.id}")).text
    pages = re.findall(rf'src="(/{shandong.code}/files/[0-9a-f-]+/pages/1)"', page)
    assert pages and (await client.get(pages[0])).headers["content-type"] == "image/jpeg"
    await log_in(client, await office.an_operator(shandong, await office.a_unit(shandong, "远山大学")))
    assert (await client.get(pages[0])).status_code == 404


@pytest.mark.req("SD-04")
async def test_a_talent_is_bound_on_the_phone_to_a_specialist_who_is_chosen_there(client: httpx.AsyncClient, shandong: Region) -> None:
    unit, _, specialist, case = await bound_in_shandong(shandong, bound=False)
    await log_in(client, await office.an_operator(shandong, unit))
    page = (await client.get(f"/{shandong.code}/desk-m/cases/{case.id}")).text
    assert "冯专员（现服务 0 人）" in page
    nobody = await hand_in(client, case, "bind", page)
    assert nobody.status_code == 400 and 'id="error-person"' in nobody.text and "冯专员" in nobody.text
    assert (await hand_in(client, case, "bind", nobody.text, person=str(specialist.id))).status_code == 303
    assert (await fresh(case)).claimed_by == specialist.id


@pytest.mark.req("GL-11")
async def test_paper_is_confirmed_with_one_tap_and_only_where_some_is_to_come(client: httpx.AsyncClient, guilin: Region) -> None:
    clerk = await office.a_clerk(guilin, await office.office(guilin, code="talent_centre"), "city_staff")
    for nothing in (True, False):
        _, operator, case = await on_paper(guilin, nothing=nothing)
        await office.act(guilin, operator, case, Action.APPROVE)
        await log_in(client, clerk)
        there = f"/{guilin.code}/desk-m/cases/{case.id}"
        page, form = (await client.get(there)).text, f'action="{there}/confirm_paper"'
        assert (form in page) is not nothing and f'href="{there}/confirm_paper"' not in page
    assert "业绩成果佐证材料" in page
    sent = await client.post(f"{there}/confirm_paper", data={name: field(page, name, form) for name in ("csrf", "once", "seen")})
    assert sent.status_code == 303 and form not in (await client.get(there)).text


async def test_where_a_list_must_be_stamped_first_the_page_says_where_that_is_done(client: httpx.AsyncClient, shandong: Region) -> None:
    unit, _, specialist, case = await bound_in_shandong(shandong)
    leader = await office.an_operator(shandong, unit)
    await office.act(shandong, specialist, case, Action.APPROVE)
    await office.act(shandong, leader, case, Action.APPROVE)
    await log_in(client, leader)
    page = (await client.get(f"/{shandong.code}/desk-m/cases/{case.id}")).text
    assert "名单上报" in page and 'id="act"' not in page


async def test_settings_and_messages_keep_staff_among_their_own_pages(client: httpx.AsyncClient, region: Region) -> None:
    clerk = await a_staff(organisation="wendeng_window")
    case = await a_booking(window="wendeng_window")
    await supervision.remind(region, await the_actor(await a_city_staff(), "desk"), case.id, case.version, "请尽快办理", clock.now())
    await log_in(client, clerk)
    assert (await client.get(f"/{region.code}/me")).headers["location"] == f"/{region.code}/desk-m/me"
    mine = (await client.get(f"/{region.code}/desk-m/me")).text
    assert f'href="/{region.code}/me/messages"' in mine and f'href="/{region.code}/notices"' in mine
    for path in ("me/settings", "me/messages", "notices"):
        assert f'href="/{region.code}/desk-m/done"' in (await client.get(f"/{region.code}/{path}")).text, path
    assert f'href="/{region.code}/desk-m/cases/{case.id}"' in (await client.get(f"/{region.code}/me/messages")).text
