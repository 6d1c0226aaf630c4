"""The mini program scans a board, shows the pass, and says why not (WH-55); the board's address is what the scanner reads."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from config.keys import keys
from config.settings import settings
from models.account import Account
from models.card import Card
from models.database import new_id
from models.organisation import Opening
from models.venue import Board, Venue
from models.visit import Visit
from qr import board_code
from services import venues
from tests import builders
from tests.acceptance.api import Api, logged_in


async def a_board_always_open() -> Board:
    board = await builders.a_board()
    await Opening.of(board.region, venue_id=board.venue_id).delete()
    for weekday in range(1, 8):
        await Opening.create(region=board.region, id=new_id(), venue_id=board.venue_id, weekday=weekday, opens=0, closes=1440)
    return board


def scanned(board: Board) -> str:
    """What ``wx.scanCode`` gives: the whole address on the wall."""
    return venues.board_url(board.region, board, settings().public_url)


async def of_holder(client: httpx.AsyncClient, card: Card) -> Api:
    return await logged_in(client, await Account.find(card.region, card.holder_id))


@pytest.mark.req("WH-55")
async def test_a_scan_is_foreseen_admitted_and_shown(client: httpx.AsyncClient) -> None:
    board = await a_board_always_open()
    mine = await of_holder(client, await builders.a_card(level="c"))
    before = (await mine.get("board", code=scanned(board))).json()
    assert (before["verdict"], before["recent"]) == ("admitted", None)
    answer = await mine.post("visits", {"code": scanned(board), "nonce": str(uuid4()), "companions": before["companions_allowed"]})
    visit = answer.json()
    assert (answer.status_code, visit["admitted"], visit["quota_left"]) == (201, True, before["left"] - 1)
    assert visit["venue"] == (await Venue.find(board.region, board.venue_id)).name
    assert "*" in visit["holder"]
    code = (await mine.get(f"visits/{visit['id']}/code")).json()
    assert (len(code["digits"]), 1 <= code["seconds_left"] <= 30) == (6, True)
    assert (await mine.get("visits")).json()["items"][0] == (await mine.get(f"visits/{visit['id']}")).json() == visit
    left = {one["name"]: one["left"] for one in (await mine.get("me")).json()["entitlements"]}
    assert visit["quota_left"] in left.values()
    assert (await mine.get(f"visits/{visit['id']}")).json()["rated"] is False
    assert (await mine.post(f"visits/{visit['id']}/rating", {"stars": 4})).status_code == 201
    assert [one["rated"] for one in (await mine.get("visits")).json()["items"]] == [True]


@pytest.mark.req("WH-55")
async def test_the_same_tap_has_the_same_answer_and_another_body_none(client: httpx.AsyncClient) -> None:
    board = await a_board_always_open()
    mine = await of_holder(client, await builders.a_card())
    tap = {"code": scanned(board), "nonce": str(uuid4()), "companions": 1}
    assert (await mine.post("visits", tap)).json() == (await mine.post("visits", tap)).json()
    assert await Visit.of(mine.region).count() == 1
    other = await mine.post("visits", tap | {"companions": 2})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "nonce_reused")


@pytest.mark.req("WH-55")
@pytest.mark.req("WH-36")
async def test_a_refusal_says_why_what_to_do_and_whom_to_call(client: httpx.AsyncClient) -> None:
    board = await a_board_always_open()
    mine = await of_holder(client, await builders.a_card(suspended=True))
    refused = (await mine.post("visits", {"code": scanned(board), "nonce": str(uuid4())})).json()
    assert (refused["verdict"], refused["admitted"], refused["shows"]) == ("card_suspended", False, False)
    assert all(refused[part] for part in ("title", "why", "todo", "call"))
    over = await mine.get(f"visits/{refused['id']}/code")
    assert (over.status_code, over.json()["error"]["code"]) == (410, "pass_over")


@pytest.mark.parametrize("companions", [-5, 1_000_000_000, "2", 1.5, True, None])
async def test_companions_are_a_whole_number(client: httpx.AsyncClient, companions: Any) -> None:
    board = await a_board_always_open()
    mine = await of_holder(client, await builders.a_card())
    assert (await mine.post("visits", {"code": scanned(board), "nonce": str(uuid4()), "companions": companions})).status_code == 400
    assert await Visit.of(mine.region).count() == 0


async def test_what_is_no_board_of_ours_is_refused(client: httpx.AsyncClient) -> None:
    board = await a_board_always_open()
    mine = await of_holder(client, await builders.a_card())
    foreign = board_code.url(settings().public_url, "elsewhere", board_code.encode("elsewhere", 1, keys()))
    for code, expected in (("https://evil.example/v/1", "board_code_invalid"), (foreign, "board_of_another_region")):
        answer = await mine.post("visits", {"code": code, "nonce": str(uuid4())})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, expected)
    forged = scanned(board)[:-1] + ("0" if scanned(board)[-1] != "0" else "1")
    assert (await mine.post("visits", {"code": forged, "nonce": str(uuid4())})).json()["verdict"] == "board_unknown"


async def test_a_visit_of_somebody_else_is_not_there(client: httpx.AsyncClient) -> None:
    board = await a_board_always_open()
    mine, other = await of_holder(client, await builders.a_card()), await of_holder(client, await builders.a_card())
    visit = (await mine.post("visits", {"code": scanned(board), "nonce": str(uuid4())})).json()["id"]
    for path in (f"visits/{visit}", f"visits/{visit}/code"):
        assert (await other.get(path)).status_code == 404
    assert (await other.post(f"visits/{visit}/rating", {"stars": 1})).status_code == 404
