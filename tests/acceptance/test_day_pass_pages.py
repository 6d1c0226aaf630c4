"""WH-55: the pages around the day pass, over HTTP: who may prepare one, what the counter is given, what the office sees."""

import re
from datetime import datetime
from uuid import UUID, uuid4

import httpx
import pytest

from config import clock
from models.account import Account
from models.venue import Venue
from qr import day_pass
from services import day_passes, venues
from services.day_passes import OwnPass
from services.regions import Region
from tests import builders

VENUE = "city_hospital_desk"


async def a_pass(region: Region, now: datetime) -> tuple[Account, Venue, OwnPass]:
    venue = await builders.a_venue(VENUE)
    await builders.a_board(venue)
    holder = await builders.a_talent(name="欧阳若兰")
    await builders.a_card(holder=holder)
    actor = await builders.the_actor(holder)
    id = await day_passes.prepare(region, actor, venue.id, 0, now)
    return holder, venue, await day_passes.own(region, actor, id, now)


def report(own: OwnPass, now: datetime) -> dict[str, str]:
    return {"nonce": str(uuid4()), "checked_at": str(int(now.timestamp())), "text": day_pass.text(own.token, own.own, now)}


async def test_the_pass_is_the_holders_own_and_is_kept_only_while_it_stands(client: httpx.AsyncClient, region: Region) -> None:
    now = clock.now()
    holder, venue, own = await a_pass(region, now)
    client.cookies.update(builders.cookies(await builders.a_session(holder)))
    page = await client.get(f"/{region.code}/day-pass/{own.id}")
    assert page.status_code == 200 and page.headers["x-keep"] == "1" and "欧***" in page.text and "欧阳若兰" not in page.text
    await day_passes.check(region, venue, day_pass.text(own.token, own.own, now), now)
    used = await client.get(f"/{region.code}/day-pass/{own.id}")
    assert "x-keep" not in used.headers and "data-token" not in used.text and "核对使用" in used.text
    client.cookies.clear()
    client.cookies.update(builders.cookies(await builders.a_session(await builders.a_talent(name="旁人"))))
    assert (await client.get(f"/{region.code}/day-pass/{own.id}")).status_code == 404


async def test_who_has_no_card_reads_why_there_is_no_pass(client: httpx.AsyncClient, region: Region) -> None:
    client.cookies.update(builders.cookies(await builders.a_session(await builders.a_talent(name="无卡人"))))
    page = await client.get(f"/{region.code}/day-pass")
    assert page.status_code == 200 and "还没有人才卡" in page.text


async def test_the_counter_is_given_no_name_and_takes_a_report_once(client: httpx.AsyncClient, region: Region) -> None:
    now = clock.now()
    _, venue, own = await a_pass(region, now)
    link = venues.link_of(region.code, venue, "")
    given = await client.get(f"{link}/offline")
    assert given.headers["cache-control"] == "no-store" and "欧阳若兰" not in given.text
    assert [(one["id"], one["state"]) for one in given.json()["passes"]] == [(own.id.hex, "open")] and len(given.json()["days"]) == 3
    said = report(own, now)
    for _ in range(2):
        assert (await client.post(f"{link}/offline", data=said)).json() == {"outcome": "counted"}
    assert (await client.post(f"{link}/offline", data={**said, "nonce": "x"})).status_code == 400
    assert "离线核验" in (await client.get(link)).text
    for path in ("offline", "keeper.js"):
        assert (await client.get(f"/{region.code}/at/{uuid4().hex}/{path}")).status_code == 404


async def test_the_service_worker_may_keep_its_own_pages_alone(client: httpx.AsyncClient, region: Region) -> None:
    venue = await builders.a_venue(VENUE)
    link = venues.link_of(region.code, venue, "")
    for path, scope in ((f"/{region.code}/day-pass/keeper.js", f"/{region.code}/day-pass/"), (f"{link}/keeper.js", link)):
        answer = await client.get(path)
        assert answer.headers["service-worker-allowed"] == scope and answer.headers["content-type"].startswith("text/javascript")
    assert "camera=(self)" in (await client.get(link)).headers["permissions-policy"]
    assert "unsafe" not in (await client.get(link)).headers["content-security-policy"]


@pytest.mark.req("WH-55")
async def test_the_office_sees_what_does_not_fit_and_says_what_came_of_it(client: httpx.AsyncClient, region: Region) -> None:
    now = clock.now()
    _, venue, own = await a_pass(region, now)
    for _ in range(2):
        await day_passes.take_in(region, venue, day_passes.Report(uuid4(), now, day_pass.text(own.token, own.own, now)), now)
    client.cookies.update(builders.cookies(await builders.a_session(await builders.a_city_staff(), "desk"), "desk"))
    there = f"/{region.code}/console/offline-checks"
    page = (await client.get(there)).text
    assert "同一张通行证已经用过一次" in page and "欧***" in page and "欧阳若兰" not in page
    token, once = (re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("csrf", "once"))  # type: ignore[index]
    id = UUID(re.search(r"offline-checks/([0-9a-f-]{36})", page)[1])  # type: ignore[index]
    assert (await client.post(f"{there}/{id}", data={"csrf": token, "once": f"{once}x", "words": "无"})).status_code == 400
    done = await client.post(f"{there}/{id}", data={"csrf": token, "once": once, "words": "已电话核实，同一人"}, follow_redirects=True)
    assert "已电话核实，同一人" in done.text and "保存核实结果" not in done.text
