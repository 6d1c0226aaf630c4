"""扫码服务 on the phone: login with the scan kept, the pass, and each refusal with what to do and whom to call."""

import re
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from config import clock
from config.keys import keys
from models.account import Account
from models.database import execute
from models.venue import Board, Venue
from models.visit import Verdict, Visit
from qr import pass_code
from services import arrivals, cards, verdicts, visits
from services.regions import Region
from tests import builders
from tests.acceptance.phone import Phone, code_on, id_in, last_code, phone

#: Open round the clock, so that the tests may run at any hour.
VENUE = "city_hospital_desk"


async def a_board(*, revoked: bool = False) -> tuple[Venue, Board]:
    venue = await builders.a_venue(VENUE)
    return venue, await builders.a_board(venue, revoked=revoked)


async def a_holder(level: str | None = None) -> Account:
    holder = await builders.a_talent(name="欧阳若兰")
    await builders.a_card(holder=holder, level=level)
    return holder


async def scanned(client: httpx.AsyncClient, region: Region, who: Account, board: Board, **typed: str) -> Phone:
    """``who`` scans a board and confirms."""
    mine = await phone(client, region, who)
    await mine.open(f"/v/{code_on(board)}")
    await mine.send(f"/v/{code_on(board)}", **typed)
    return mine


@pytest.mark.req("WH-05")
@pytest.mark.req("WH-55")
async def test_a_scan_survives_the_login_and_ends_at_the_pass(client: httpx.AsyncClient, region: Region) -> None:
    venue, board = await a_board()
    holder = await a_holder()
    mine = await phone(client, region)
    await mine.open(f"/v/{code_on(board)}")
    assert mine.at == "/login" and "登录后回到：刚才扫码的场所" in mine.text
    await mine.send("/login/code", phone=str(holder.phone))
    await mine.send("/login", phone=str(holder.phone), code=await last_code(region))
    assert mine.at == f"/v/{code_on(board)}" and venue.name in mine.text
    await mine.send(f"/v/{code_on(board)}", companions="1")
    assert mine.at.startswith("/passes/")
    assert all(words in mine.text for words in ("可以通行", venue.name, "欧***", "随行</dt><dd>1 人"))
    assert "欧阳若兰" not in mine.text


@pytest.mark.req("WH-55")
async def test_the_pass_shows_the_digits_that_the_counter_compares_and_a_code_for_its_scanner(client: httpx.AsyncClient, region: Region) -> None:
    _, board = await a_board()
    mine = await scanned(client, region, await a_holder(), board)
    visit = id_in(mine.at)
    shown = re.search(r'rolling__code"[^>]*>(\d{3}) (\d{3})<', mine.text)
    assert shown is not None
    moments = (clock.now(), clock.now() - timedelta(seconds=pass_code.WINDOW_SECONDS))
    assert shown[1] + shown[2] in {visits.rolling(region.code, visit, moment).digits for moment in moments}
    read = zxingcpp.read_barcode(drawn(mine.text.partition('<div class="rolling__qr"')[2]))
    assert read is not None
    assert pass_code.verify_token(keys(), region.code, read.text, clock.now()) == visit
    assert '<noscript><meta http-equiv="refresh"' in mine.text, "without script the page itself asks for the next code"


def drawn(svg: str) -> Image.Image:
    """The QR of a page, painted from its own path."""
    side = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])  # type: ignore[index]
    picture = Image.new("L", (side * 4, side * 4), 255)
    pen = ImageDraw.Draw(picture)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        left, top = int(x) * 4, int(y) * 4
        pen.rectangle((left, top, left + int(length) * 4 - 1, top + 3), fill=0)
    return picture


@pytest.mark.req("WH-55")
async def test_the_code_rolls_as_a_part_of_the_page(client: httpx.AsyncClient, region: Region) -> None:
    _, board = await a_board()
    mine = await scanned(client, region, await a_holder(), board)
    part = await client.get(f"/{region.code}{mine.at}/code", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div class="rolling"') and "rolling__qr" in part.text


@pytest.mark.req("WH-55")
async def test_the_same_tap_sent_twice_is_one_visit_and_one_pass(client: httpx.AsyncClient, region: Region) -> None:
    _, board = await a_board()
    mine = await phone(client, region, await a_holder(level=region.profile.card.levels[-1].code))
    await mine.open(f"/v/{code_on(board)}")
    first, second = await mine.post(f"/v/{code_on(board)}"), await mine.post(f"/v/{code_on(board)}")
    assert first.headers["location"] == second.headers["location"]
    assert await Visit.of(region.code).count() == 1


@pytest.mark.req("WH-55")
async def test_who_scans_again_at_once_is_led_to_the_pass_that_she_has(client: httpx.AsyncClient, region: Region) -> None:
    _, board = await a_board()
    mine = await scanned(client, region, await a_holder(), board)
    given = mine.at
    await mine.open(f"/v/{code_on(board)}")
    assert "您刚刚已在这里核验通过" in mine.text and given in mine.text


@pytest.mark.req("WH-36")
@pytest.mark.req("WH-55")
async def test_a_suspended_card_is_refused_with_reason_and_whom_to_call(client: httpx.AsyncClient, region: Region) -> None:
    _, board = await a_board()
    holder = await builders.a_talent()
    await builders.a_card(holder=holder, suspended=True)
    mine = await scanned(client, region, holder, board)
    words = verdicts.WORDS[Verdict.CARD_SUSPENDED]
    assert all(text in mine.text for text in (words.title, words.why, words.todo, f"tel:{region.phone}"))
    assert f"tel:{region.phone}" in (await client.get(f"/{region.code}/v/{code_on(board)}")).text
    assert "可以通行" not in mine.text and "rolling" not in mine.text
    assert [visit.verdict for visit in await Visit.of(region.code)] == [Verdict.CARD_SUSPENDED]


@pytest.mark.req("WH-55")
async def test_each_other_refusal_has_its_own_page(client: httpx.AsyncClient, region: Region) -> None:
    venue, board = await a_board()
    _, old = await a_board(revoked=True)
    nobody, expired = await builders.a_talent(), await builders.a_talent()
    await builders.a_card(holder=expired, valid_until=clock.now().date() - timedelta(days=2))
    expected = {Verdict.NO_CARD: (nobody, board), Verdict.CARD_EXPIRED: (expired, board), Verdict.BOARD_REVOKED: (await a_holder(), old)}
    for verdict, (who, wall) in expected.items():
        mine = await scanned(client, region, who, wall)
        assert verdicts.WORDS[verdict].title in mine.text, verdict
    await execute("UPDATE venue SET state = 'closed' WHERE region = $1 AND id = $2", region.code, venue.id)
    mine = await scanned(client, region, await a_holder(), board)
    assert verdicts.WORDS[Verdict.VENUE_CLOSED].title in mine.text and f"tel:{venue.phone}" in mine.text


@pytest.mark.req("WH-55")
async def test_too_many_companions_are_told_how_many_may_come(client: httpx.AsyncClient, region: Region) -> None:
    _, board = await a_board()
    mine = await scanned(client, region, await a_holder(), board, companions="9")
    assert verdicts.WORDS[Verdict.TOO_MANY_COMPANIONS].title in mine.text and "这次填写了 9 人" in mine.text


@pytest.mark.req("WH-55")
async def test_a_forged_code_is_refused_and_kept(client: httpx.AsyncClient, region: Region) -> None:
    mine = await phone(client, region, await a_holder())
    forged = "1" + "0" * 24
    await mine.open(f"/v/{forged}")
    await mine.send(f"/v/{forged}")
    assert verdicts.WORDS[Verdict.BOARD_UNKNOWN].title in mine.text
    assert [visit.verdict for visit in await Visit.of(region.code)] == [Verdict.BOARD_UNKNOWN]


@pytest.mark.req("WH-55")
async def test_the_code_printed_on_a_board_can_be_typed_by_hand(client: httpx.AsyncClient, region: Region) -> None:
    venue, board = await a_board()
    mine = await phone(client, region, await a_holder())
    await mine.open("/scan")
    await mine.open("/scan", code=code_on(board).lower())
    assert mine.at == f"/v/{code_on(board)}" and venue.name in mine.text
    answer = await mine.open("/scan", code="hello")
    assert answer.status_code == 400 and 'value="hello"' in mine.text


@pytest.mark.req("WH-55")
async def test_a_pass_of_another_day_opens_nothing_and_can_be_rated(client: httpx.AsyncClient, region: Region) -> None:
    _, board = await a_board()
    holder = await a_holder()
    scan = await visits.admit(region, await builders.the_actor(holder), code_on(board), uuid4(), clock.now() - timedelta(days=2))
    mine = await phone(client, region, holder)
    await mine.open("/me/visits")
    assert "还没有评价" in mine.text
    await mine.open(f"/passes/{scan.visit_id}")
    assert "凭证已过期" in mine.text and "rolling" not in mine.text and "可以通行" not in mine.text
    await mine.send("/rating", stars="4", words="很方便")
    assert "感谢您的评价" in mine.text and "很方便" in mine.text
    await mine.open("/me/visits")
    assert "还没有评价" not in mine.text


@pytest.mark.req("WH-55")
async def test_a_visit_that_was_undone_says_why(client: httpx.AsyncClient, region: Region) -> None:
    venue, board = await a_board()
    mine = await scanned(client, region, await a_holder(), board)
    await arrivals.undo(region, venue.id, id_in(mine.at), "误扫，本人未进入", clock.now())
    gone = await client.get(f"/{region.code}{mine.at}/code", headers={"HX-Request": "true"})
    assert gone.headers["hx-redirect"].endswith(mine.at)
    await mine.open(mine.at)
    assert "已撤销" in mine.text and "误扫，本人未进入" in mine.text and "rolling" not in mine.text


@pytest.mark.req("WH-36")
async def test_an_open_pass_is_over_when_the_card_is_suspended(client: httpx.AsyncClient, region: Region) -> None:
    _, board = await a_board()
    holder = await a_holder()
    mine = await scanned(client, region, holder, board)
    card = await cards.current_card(region, holder.id)
    assert card is not None and "card from:body" in mine.text  # the page hears of it at once
    city = await builders.the_actor(await builders.a_city_staff(), "desk")
    await cards.suspend(region, city, card.id, card.version, "资格复核", clock.now())
    gone = await client.get(f"/{region.code}{mine.at}/code", headers={"HX-Request": "true"})
    assert gone.headers["hx-redirect"].endswith(mine.at)
    await mine.open(mine.at)
    assert verdicts.WORDS[Verdict.CARD_SUSPENDED].title in mine.text and "rolling" not in mine.text


@pytest.mark.req("WH-55")
async def test_another_persons_pass_is_not_found(client: httpx.AsyncClient, region: Region) -> None:
    _, board = await a_board()
    theirs = await scanned(client, region, await a_holder(), board)
    mine = await phone(client, region, await a_holder())
    assert (await mine.open(theirs.at)).status_code == 404


def test_every_verdict_has_words() -> None:
    assert set(verdicts.WORDS) == set(Verdict)
    assert set(cards.WHY) <= set(Verdict)
