"""凭卡可享 on the phone: what a card opens, where, and what is left of it; without login what each level gives."""

import httpx
import pytest

from models.catalogue import Service
from models.database import execute, row
from models.venue import Venue
from services.regions import Region
from tests import builders


async def _as(client: httpx.AsyncClient, **card: bool) -> None:
    holder = await builders.a_talent()
    await builders.a_card(holder=holder, level="b", **card)
    client.cookies.update(builders.cookies(await builders.a_session(holder)))


async def _used(region: Region, category: str, times: int) -> None:
    card = await row("SELECT id FROM card WHERE region = $1", region.code)
    assert card is not None
    year = await row("SELECT extract(year FROM now() AT TIME ZONE 'Asia/Shanghai')::int AS this")
    assert year is not None
    await execute("INSERT INTO quota_use (region, card_id, category, year, used) VALUES ($1, $2, $3, $4, $5)",
                  region.code, card["id"], category, year["this"], times)


@pytest.mark.req("WH-50", "WH-55")
async def test_who_has_no_card_sees_what_each_level_gives(client: httpx.AsyncClient, region: Region) -> None:
    for level in region.profile.card.levels:
        page = (await client.get(f"/{region.code}/privileges", params={"level": level.code})).text
        assert f"持{level.name}" in page
    assert (await Venue.of(region.code).first()).name in page  # type: ignore[union-attr]
    assert "还剩 <b" not in page
    assert (await client.get(f"/{region.code}/privileges", params={"level": "nonsense"})).status_code == 200


@pytest.mark.req("WH-55")
async def test_a_holder_sees_what_is_left_on_the_first_page_the_list_and_the_service(client: httpx.AsyncClient, region: Region) -> None:
    await _as(client)
    await _used(region, "airport", 5)
    service = await Service.of(region.code, used_at="airport").get()
    for path in ("", "privileges", f"services/{service.id}"):
        page = (await client.get(f"/{region.code}/{path}")).text
        assert '还剩 <b class="quotas__left">7</b> 次' in page, path


@pytest.mark.req("WH-36")
async def test_a_card_that_is_stopped_promises_nothing(client: httpx.AsyncClient, region: Region) -> None:
    await _as(client, suspended=True)
    page = (await client.get(f"/{region.code}/privileges")).text
    assert "人才卡已停用" in page
    assert "还剩 <b" not in page
    for path in ("", "me/card"):
        page = (await client.get(f"/{region.code}/{path}")).text
        assert "还剩" not in page and f"tel:{region.phone}" in page, path
    assert f"tel:{region.phone}" in (await client.get(f"/{region.code}/day-pass")).text


async def test_a_region_without_venues_has_no_such_page(client: httpx.AsyncClient, region: Region) -> None:
    assert (await client.get("/dezhou/privileges")).status_code == 404
    assert "/privileges" not in (await client.get("/dezhou/")).text
