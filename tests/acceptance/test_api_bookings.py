"""The mini program books, looks, corrects and rates; staff handle from their phones; the pages see the same (WH-51..53, WH-60..63)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from config import clock
from models.account import Account
from models.case import Case
from models.catalogue import Service
from models.organisation import Organisation
from services import regions, slots
from tests import builders
from tests.acceptance.api import Api, logged_in


async def a_holder() -> Account:
    card = await builders.a_card()
    return await Account.find(card.region, card.holder_id)


async def a_service(**conditions: Any) -> Service:
    offered = Service.of(await builders.a_region(), state="active", bookable=True, every_window=True, levels=[], **conditions)
    found = await offered.order_by("code").first()
    assert found is not None
    return found


async def a_request(window: Organisation, **changes: Any) -> dict[str, Any]:
    service = await a_service(slot_minutes__isnull=True)
    form = {"need": "想预约心内科专家门诊，下周三上午。", "district": window.district, "window": str(window.id)}
    return {"service": str(service.id), "form": form} | changes


async def handled(staff: Api, case: str, action: str, **more: Any) -> httpx.Response:
    """Read the case as it is now, and act on it."""
    seen = (await staff.get(f"desk/cases/{case}")).json()["version"]
    return await staff.post(f"desk/cases/{case}/acts", {"action": action, "seen": seen, **more})


@pytest.mark.req("WH-51")
@pytest.mark.req("WH-52")
@pytest.mark.req("WH-53")
@pytest.mark.req("WH-61")
@pytest.mark.req("WH-62")
@pytest.mark.req("WH-63")
async def test_a_booking_goes_from_request_to_rating(client: httpx.AsyncClient) -> None:
    window = await builders.an_organisation("window")
    mine = await logged_in(client, await a_holder())
    staff = await logged_in(client, await builders.a_staff(organisation=window))

    asked = await mine.post("bookings", await a_request(window))
    assert asked.status_code == 201, asked.text
    case = asked.json()["id"]
    assert case in [line["id"] for line in (await staff.get("desk/todo")).json()["items"]]

    for action, more in (("approve", {"opinion": "材料齐全"}), ("approve", {"opinion": "已与医院确认"})):
        assert (await handled(staff, case, action, **more)).status_code == 200
    missing = await handled(staff, case, "complete")
    assert set(missing.json()["error"]["context"]["fields"]) == {"opinion", "choice"}
    early = await mine.post(f"bookings/{case}/rating", {"stars": 5})
    assert (early.status_code, early.json()["error"]["code"]) == (409, "not_yet_finished")
    finished = await handled(staff, case, "complete", opinion="周三上午八点半，门诊楼一层有人等您。", choice="done")
    assert finished.json()["state"] == "completed"

    story = (await mine.get(f"bookings/{case}")).json()
    assert [step["stage"] for step in story["route"]] == ["done", "done", "done"]
    opinions = ["材料齐全", "已与医院确认", "周三上午八点半，门诊楼一层有人等您。"]
    assert [line["opinion"] for line in story["history"] if line["organisation"]] == opinions
    assert all(line["organisation"] == window.name for line in story["history"] if line["opinion"])
    assert [line["actor"] for line in story["history"]] == [""] * len(story["history"])
    assert (await mine.post(f"bookings/{case}/rating", {"stars": 5, "words": "很快"})).status_code == 201
    again = await mine.post(f"bookings/{case}/rating", {"stars": 1})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "rated_already")
    assert (await staff.get(f"desk/cases/{case}")).json()["rating"]["words"] == "很快"
    assert [line["done"] for line in (await staff.get("desk/done")).json()["items"]] == ["已办结", "预审通过", "已受理"]


@pytest.mark.req("WH-61")
async def test_a_return_marks_the_fields_and_the_correction_goes_back(client: httpx.AsyncClient) -> None:
    window = await builders.an_organisation("window")
    mine = await logged_in(client, await a_holder())
    staff = await logged_in(client, await builders.a_staff(organisation=window))
    request = await a_request(window)
    case = (await mine.post("bookings", request)).json()["id"]
    await handled(staff, case, "return", opinion="请写明科室", marks={"need": "缺少科室"})
    story = (await mine.get(f"bookings/{case}")).json()
    assert (story["state"], story["due_at"]) == ("returned", None)
    assert {field["field"]: field["fault"] for field in story["form"]}["need"] == "缺少科室"
    corrected = story["values"] | {"need": "想预约心内科专家门诊，下周三上午，第一次就诊。"}
    answer = await mine.post(f"bookings/{case}/resubmit", {"seen": story["version"], "form": corrected})
    assert (answer.status_code, answer.json()["state"]) == (200, "handling")
    assert (await staff.get(f"desk/cases/{case}")).json()["form"][0]["value"] == corrected["need"]


@pytest.mark.req("WH-61")
async def test_a_transfer_goes_where_it_can_be_handled(client: httpx.AsyncClient) -> None:
    windows = await Organisation.of(await builders.a_region(), kind="window").order_by("code").limit(2)
    here, there = [await logged_in(client, await builders.a_staff(organisation=window)) for window in windows]
    mine = await logged_in(client, await a_holder())
    case = (await mine.post("bookings", await a_request(windows[0]))).json()["id"]
    offered = (await here.get(f"desk/cases/{case}/destinations")).json()["items"]
    assert [one["id"] for one in offered] == [str(windows[1].id)]
    sent = await handled(here, case, "transfer", organisation=offered[0]["id"], opinion="申请人单位在贵辖区")
    assert sent.status_code == 200
    assert [line["id"] for line in (await there.get("desk/todo")).json()["items"]] == [case]
    assert (await here.get("desk/todo")).json()["items"] == []


@pytest.mark.req("WH-60")
async def test_of_two_clerks_the_second_reads_who_was_first(client: httpx.AsyncClient) -> None:
    window = await builders.an_organisation("window")
    first = await logged_in(client, await builders.a_staff(organisation=window, name="孙立新"))
    second = await logged_in(client, await builders.a_staff(organisation=window, name="许晴川"))
    mine = await logged_in(client, await a_holder())
    case = (await mine.post("bookings", await a_request(window))).json()["id"]
    seen = (await second.get(f"desk/cases/{case}")).json()["version"]
    await handled(first, case, "approve")
    late = await second.post(f"desk/cases/{case}/acts", {"action": "return", "seen": seen, "opinion": "请补充"})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "handled_meanwhile")
    assert "孙立新" in late.json()["error"]["message"]


async def test_the_same_key_books_once(client: httpx.AsyncClient) -> None:
    window = await builders.an_organisation("window")
    mine, request = await logged_in(client, await a_holder()), await a_request(window)
    first, second = [await mine.post("bookings", request, key="tap-1") for _ in range(2)]
    assert first.json() == second.json()
    assert await Case.of(mine.region).count() == 1
    changed = await mine.post("bookings", await a_request(window, form=request["form"] | {"need": "另外一件事，请另外受理。"}), key="tap-1")
    assert (changed.status_code, changed.json()["error"]["code"]) == (422, "key_reused")


async def test_a_slot_is_chosen_from_what_is_free(client: httpx.AsyncClient) -> None:
    region = await regions.current(await builders.a_region())
    await slots.lay_out(region, clock.now())
    service = await Service.of(region.code, slot_minutes__isnull=False, levels=[]).order_by("code").first()
    assert service is not None
    mine = await logged_in(client, await a_holder())
    detail = (await mine.get(f"services/{service.id}")).json()
    assert {field["field"]: field["required"] for field in detail["form"]}["slot"]
    window = (await mine.get(f"services/{service.id}/windows")).json()["items"][0]
    free = (await mine.get(f"services/{service.id}/slots", window=window["id"])).json()["items"]
    form = {"need": "办理护照换发，一个人。", "district": next(iter(detail["districts"])), "window": window["id"], "slot": free[0]["id"]}
    assert (await mine.post("bookings", {"service": str(service.id), "form": form})).status_code == 201
    left = (await mine.get(f"services/{service.id}/slots", window=window["id"])).json()["items"]
    assert left[0]["id"] != free[0]["id"] or left[0]["free"] == free[0]["free"] - 1


@pytest.mark.req("WH-51")
async def test_without_an_active_card_the_reason_is_told(client: httpx.AsyncClient) -> None:
    card = await builders.a_card(suspended=True)
    mine = await logged_in(client, await Account.find(card.region, card.holder_id))
    refused = await mine.post("bookings", await a_request(await builders.an_organisation("window")))
    assert (refused.status_code, refused.json()["error"]["context"]["reason"]) == (403, "card_suspended")
    assert (await mine.get("me")).json()["card"]["usable"] is False


@pytest.mark.parametrize(("change", "field"), [
    ({"state": "completed"}, "state"), ({"applicant_id": "x"}, "applicant_id"), ({"form": []}, "form"), ({"service": "x"}, "service"),
])
async def test_a_body_with_anything_else_in_it_is_refused(client: httpx.AsyncClient, change: dict[str, Any], field: str) -> None:
    mine = await logged_in(client, await a_holder())
    refused = await mine.post("bookings", await a_request(await builders.an_organisation("window"), **change))
    assert refused.status_code == 400
    assert set(refused.json()["error"]["context"]["fields"]) == {field}
    assert await Case.of(mine.region).count() == 0


@pytest.mark.parametrize("stars", [0, 6, "5", 4.5, True, None])
async def test_stars_are_whole_numbers_from_one_to_five(client: httpx.AsyncClient, stars: Any) -> None:
    holder = await a_holder()
    case = await builders.a_booking(holder=holder, completed=True)
    mine = await logged_in(client, holder)
    assert (await mine.post(f"bookings/{case.id}/rating", {"stars": stars})).status_code == 400


async def test_what_belongs_to_others_is_not_there(client: httpx.AsyncClient) -> None:
    case = await builders.a_booking()
    other = await logged_in(client, await a_holder())
    stranger = await logged_in(client, await builders.a_staff(organisation=await builders.an_organisation("venue_operator")))
    for answer in (await other.get(f"bookings/{case.id}"), await other.post(f"bookings/{case.id}/withdraw", {"seen": 1}),
                   await other.post(f"bookings/{case.id}/rating", {"stars": 5}), await stranger.get(f"desk/cases/{case.id}"),
                   await stranger.post(f"desk/cases/{case.id}/acts", {"action": "approve", "seen": 1})):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_a_withdrawn_booking_is_over(client: httpx.AsyncClient) -> None:
    holder = await a_holder()
    case = await builders.a_booking(holder=holder)
    mine = await logged_in(client, holder)
    assert "withdraw" in [button["action"] for button in (await mine.get(f"bookings/{case.id}")).json()["buttons"]]
    withdrawn = await mine.post(f"bookings/{case.id}/withdraw", {"seen": case.version, "reason": "行程取消"})
    assert withdrawn.json()["state"] == "withdrawn"
    assert (await mine.get(f"bookings/{case.id}")).json()["buttons"] == []


async def test_the_to_do_list_has_pages(client: httpx.AsyncClient) -> None:
    holder = await a_holder()
    cases = [str((await builders.a_booking(holder=holder)).id) for _ in range(3)]
    staff = await logged_in(client, await builders.a_staff(organisation=await builders.an_organisation("window")))
    first = (await staff.get("desk/todo", page_size=2)).json()
    rest = (await staff.get("desk/todo", page_size=2, after=first["next"])).json()
    assert (first["all"], rest["next"]) == (3, None)
    assert [line["id"] for line in first["items"] + rest["items"]] == cases
    assert (await staff.get("desk/todo", page_size=101)).status_code == 400
    assert (await staff.get("desk/todo", after="1;--")).status_code == 400


@pytest.mark.req("WH-65")
async def test_staff_read_their_day_and_the_city_what_is_late(client: httpx.AsyncClient) -> None:
    late = await builders.a_booking(now=clock.now() - timedelta(days=365))
    window = await Organisation.find(late.region, late.handler_org)
    staff, city = await logged_in(client, await builders.a_staff(organisation=window)), await logged_in(client, await builders.a_city_staff())
    await handled(staff, str((await builders.a_booking(window=window.code)).id), "approve", opinion="材料齐全")
    today = (await staff.get("desk/today")).json()
    assert (today["acts"], sum(today["done"].values()), today["late"]) == (1, 1, 1)
    assert (await staff.get("me")).json()["supervises"] is False and (await city.get("me")).json()["supervises"] is True
    assert (await staff.get("desk/overdue")).status_code == 403
    overdue = (await city.get("desk/overdue")).json()
    assert [line["number"] for line in overdue["items"]] == [late.number]
    assert [(one["name"], one["late"]) for one in overdue["organisations"]] == [(window.name, 1)]
    assert (await city.get("desk/overdue", organisation=str((await builders.an_organisation("city_bureau")).id))).json()["items"] == []
