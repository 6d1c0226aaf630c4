"""The venue's counter: whoever has the venue's link sees who arrives, checks passes, undoes mistakes. No account."""

import re
from datetime import datetime
from uuid import uuid4

import httpx
import pytest

from config import clock
from config.keys import keys
from models.account import Account
from models.audit import Audit
from models.card import Card
from models.database import execute
from models.venue import Board, Venue
from models.visit import Visit
from qr import board_code, pass_code
from services import cards, venues, visits
from services.regions import Region
from services.visits import Scan
from tests import builders

#: A desk that is open round the clock, so that the tests may run at any hour.
VENUE = "city_hospital_desk"
SCANNED = {"HX-Request": "true"}


async def a_venue_with_its_link(region: Region, code: str = VENUE) -> tuple[Venue, Board, str]:
    venue = await builders.a_venue(code)
    link = venues.link_of(region.code, venue, "")
    return venue, await builders.a_board(venue), link


async def an_arrival(region: Region, board: Board, *, name: str = "欧阳若兰", companions: int = 0, suspended: bool = False,
                     now: datetime | None = None) -> Scan:
    """A card holder of that name scans the board."""
    holder = await builders.a_talent(name=name)
    await builders.a_card(holder=holder, suspended=suspended)
    code = board_code.encode(region.code, board.serial, keys())
    return await visits.admit(region, await builders.the_actor(holder), code, uuid4(), now or clock.now(), companions=companions)


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def send(client: httpx.AsyncClient, path: str, **typed: str) -> httpx.Response:
    """As the page's own form does."""
    page = (await client.get(path.partition("/check")[0].partition("/names")[0].partition("/visits")[0])).text
    return await client.post(path, data={"csrf": csrf(page), **typed})


@pytest.mark.req("WH-55")
async def test_the_counter_shows_each_arrival_masked_with_the_digits_of_its_pass(client: httpx.AsyncClient, region: Region) -> None:
    _, board, link = await a_venue_with_its_link(region)
    assert "今天还没有到访" in (await client.get(link)).text
    scan = await an_arrival(region, board, companions=1)
    page = await client.get(link)
    shown = re.search(r"(\d{3}) (\d{3})</p>", page.text)
    moments = (clock.now(), clock.now())
    assert shown is not None and "".join(shown.groups()) in {pass_code.digits(keys(), region.code, scan.visit_id, at) for at in moments}
    assert "欧***" in page.text and "欧阳若兰" not in page.text and "随行 1 人" in page.text
    assert page.headers["cache-control"] == "no-store" and "noindex" in page.headers["x-robots-tag"]


@pytest.mark.req("WH-55")
async def test_a_refused_scan_stands_there_with_its_reason_and_without_digits(client: httpx.AsyncClient, region: Region) -> None:
    _, board, link = await a_venue_with_its_link(region)
    await an_arrival(region, board, suspended=True)
    page = (await client.get(link)).text
    assert "未通过：人才卡已停用" in page and "arrival__digits" not in page and "撤销</a>" not in page


@pytest.mark.req("WH-36")
async def test_a_card_that_is_suspended_after_the_scan_opens_no_door(client: httpx.AsyncClient, region: Region) -> None:
    _, board, link = await a_venue_with_its_link(region)
    scan = await an_arrival(region, board)
    city = await builders.the_actor(await builders.a_city_staff(), "desk")
    card = await Card.of(region.code).first()
    await cards.suspend(region, city, card.id, card.version, "资格复核", clock.now())
    page = (await client.get(link)).text
    assert "请勿放行" in page and "arrival__digits" not in page
    shown = visits.rolling(region.code, scan.visit_id, clock.now())
    for typed in (shown.token, shown.digits):
        assert "人才卡刚刚停用" in (await send(client, f"{link}/check", code=typed)).text


async def test_only_the_venues_own_link_opens_its_counter(client: httpx.AsyncClient, region: Region) -> None:
    venue, _, link = await a_venue_with_its_link(region)
    forged = link[:-1] + ("0" if link[-1] != "0" else "1")
    for path in (forged, f"/{region.code}/at/{uuid4().hex}"):
        assert (await client.get(path)).status_code == 404
    await execute("UPDATE venue SET link_version = link_version + 1 WHERE region = $1 AND id = $2", region.code, venue.id)
    replaced = await client.get(link)
    assert replaced.status_code == 404 and "已更换" in replaced.text
    assert (await client.post(f"{link}/check", data={"code": "1"})).status_code in (403, 404)


@pytest.mark.req("WH-55")
@pytest.mark.parametrize("by", ["token", "digits"])
async def test_a_shown_pass_is_answered_green_once_and_red_the_second_time(client: httpx.AsyncClient, region: Region, by: str) -> None:
    _, board, link = await a_venue_with_its_link(region)
    scan = await an_arrival(region, board)
    shown = visits.rolling(region.code, scan.visit_id, clock.now())
    typed = shown.token.lower() if by == "token" else f"{shown.digits[:3]} {shown.digits[3:]}"
    first = await send(client, f"{link}/check", code=typed)
    assert first.status_code == 200 and "answer--yes" in first.text and "核对通过" in first.text
    second = await send(client, f"{link}/check", code=typed)
    assert second.status_code == 400 and "answer--no" in second.text and "已经核对过" in second.text and "上次核对" in second.text


@pytest.mark.parametrize("typed", ["", "不是通行码", "000000", "P" * 49, "1" * 200])
async def test_what_is_no_pass_is_answered_red_in_words(client: httpx.AsyncClient, region: Region, typed: str) -> None:
    _, _, link = await a_venue_with_its_link(region)
    answer = await send(client, f"{link}/check", code=typed)
    assert answer.status_code == 400 and "不能放行" in answer.text


async def test_a_pass_of_another_venue_is_answered_red(client: httpx.AsyncClient, region: Region) -> None:
    _, board, _ = await a_venue_with_its_link(region)
    scan = await an_arrival(region, board)
    _, _, elsewhere = await a_venue_with_its_link(region, "weihai_station")
    shown = visits.rolling(region.code, scan.visit_id, clock.now())
    for typed in (shown.token, shown.digits):
        assert "不能放行" in (await send(client, f"{elsewhere}/check", code=typed)).text
    assert (await Visit.find(region.code, scan.visit_id)).confirmed_at is None


async def test_the_scanner_gets_its_part_of_the_page_alone_with_an_empty_field_for_the_next_one(client: httpx.AsyncClient, region: Region) -> None:
    _, board, link = await a_venue_with_its_link(region)
    scan = await an_arrival(region, board)
    token = csrf((await client.get(link)).text)
    shown = visits.rolling(region.code, scan.visit_id, clock.now())
    part = await client.post(f"{link}/check", data={"code": shown.token}, headers={**SCANNED, "X-CSRF-Token": token})
    assert "<html" not in part.text and "answer--yes" in part.text
    assert re.search(r'name="code" type="text" value=""', part.text) and "data-focus" in part.text


async def test_an_undone_visit_keeps_its_reason_and_a_reason_is_required(client: httpx.AsyncClient, region: Region) -> None:
    _, board, link = await a_venue_with_its_link(region)
    scan = await an_arrival(region, board)
    there = f"{link}/visits/{scan.visit_id}/undo"
    assert "撤销 欧***" in (await client.get(there)).text
    short = await send(client, there, reason="误")
    assert short.status_code == 400 and 'id="error-reason"' in short.text and 'value="误"' in short.text
    done = await send(client, there, reason="误扫，本人未进入")
    assert done.status_code == 200 and "已撤销" in done.text
    assert (await Visit.find(region.code, scan.visit_id)).undone_reason == "误扫，本人未进入"
    assert (await send(client, there, reason="再撤销一次")).status_code == 404


async def test_a_visit_of_another_venue_cannot_be_undone_or_seen(client: httpx.AsyncClient, region: Region) -> None:
    _, board, _ = await a_venue_with_its_link(region)
    scan = await an_arrival(region, board)
    _, _, elsewhere = await a_venue_with_its_link(region, "weihai_station")
    there = f"{elsewhere}/visits/{scan.visit_id}/undo"
    assert (await client.get(there)).status_code == 404
    assert (await send(client, there, reason="不是我们的")).status_code == 404
    assert (await Visit.find(region.code, scan.visit_id)).undone_at is None


async def test_only_a_whole_name_finds_the_last_visits_here_and_who_asked_is_recorded(client: httpx.AsyncClient, region: Region) -> None:
    venue, board, link = await a_venue_with_its_link(region)
    scan = await an_arrival(region, board, name="欧阳若兰")
    await execute("UPDATE visit SET at = at - interval '20 days' WHERE id = $1", scan.visit_id)
    found = (await send(client, f"{link}/names", name="欧阳若兰")).text
    assert "没有这个姓名的到访" not in found and "欧***" in found and "欧阳若" not in found.replace('value="欧阳若兰"', "")
    for name in ("欧阳", "欧阳若", "%", "周敏"):
        assert "没有这个姓名的到访" in (await send(client, f"{link}/names", name=name)).text
    assert "请填写" not in (await send(client, f"{link}/names", name="")).text
    lines = await Audit.of(region.code, act="visit.look_up", subject_id=venue.id).order_by("at")
    assert [line.detail for line in lines] == [{"found": 1}] + [{"found": 0}] * 4
    await execute("UPDATE visit SET at = at - interval '11 days' WHERE id = $1", scan.visit_id)
    assert "没有这个姓名的到访" in (await send(client, f"{link}/names", name="欧阳若兰")).text


async def test_the_poster_is_printed_again_only_for_the_venues_own_boards(client: httpx.AsyncClient, region: Region) -> None:
    _, board, link = await a_venue_with_its_link(region)
    poster = await client.get(f"{link}/boards/{board.id}/poster")
    assert poster.status_code == 200 and poster.content.startswith(b"%PDF") and "attachment" in poster.headers["content-disposition"]
    foreign = await builders.a_board(await builders.a_venue("weihai_station"))
    assert (await client.get(f"{link}/boards/{foreign.id}/poster")).status_code == 404
    revoked = await builders.a_board(await builders.a_venue(VENUE), revoked=True)
    assert (await client.get(f"{link}/boards/{revoked.id}/poster")).status_code == 409


async def test_the_page_says_what_to_do_without_network_and_whom_to_call(client: httpx.AsyncClient, region: Region) -> None:
    _, _, link = await a_venue_with_its_link(region)
    page = (await client.get(link)).text
    assert "没有网络时怎么办" in page and f"tel:{region.phone}" in page


async def test_an_attendant_needs_no_account_and_an_account_is_no_attendant(client: httpx.AsyncClient, region: Region) -> None:
    _, _, link = await a_venue_with_its_link(region)
    talent: Account = await builders.a_talent()
    client.cookies.update(builders.cookies(await builders.a_session(talent)))
    assert (await client.get(link)).status_code == 200
    assert (await client.get(f"/{region.code}/at/nothing")).status_code == 404
