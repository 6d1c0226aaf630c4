"""当日通行证 over the API (WH-55): offered, prepared once, shown with what rolls, and over when it was used."""

import httpx
import pytest

from config import clock
from qr import day_pass
from services import day_passes
from services.regions import Region
from tests import builders
from tests.acceptance.api import logged_in
from tests.acceptance.test_day_pass_pages import VENUE


@pytest.mark.req("WH-55")
async def test_a_pass_of_today_is_prepared_shown_and_used(client: httpx.AsyncClient, region: Region) -> None:
    venue, holder = await builders.a_venue(VENUE), await builders.a_talent(name="欧阳若兰")
    await builders.a_board(venue)
    await builders.a_card(holder=holder)
    mine = await logged_in(client, holder)
    offered = next(one for one in (await mine.get("day-pass")).json()["items"] if one["venue"] == str(venue.id))
    assert offered["open_pass"] is None and offered["name"] == venue.name
    first, again = [(await mine.post("day-pass", {"venue": str(venue.id), "companions": 0}, key="one-key")).json() for _ in range(2)]
    assert first == again
    shown = (await mine.get(f"day-pass/{first['id']}")).json()
    assert (shown["state"], shown["holder"], shown["window"]) == ("open", "欧***", 30)
    text = day_pass.text(shown["token"], bytes.fromhex(shown["own"]), clock.now())
    await day_passes.check(region, venue, text, clock.now())
    used = (await mine.get(f"day-pass/{first['id']}")).json()
    assert (used["state"], used["token"], used["own"]) == ("used", "", "") and used["visit"]


async def test_who_has_no_card_hears_why_there_is_no_pass(client: httpx.AsyncClient, region: Region) -> None:
    refused = await (await logged_in(client, await builders.a_talent(name="无卡人"))).get("day-pass")
    assert refused.status_code == 403 and "人才卡" in refused.json()["error"]["message"]
