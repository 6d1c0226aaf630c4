"""Every page of the desk opens for who may, is refused to who may not, and says nothing that its reader should not see."""

import httpx
import pytest

from config import clock
from services.regions import Region
from tests import builders

EVERYBODY = ["", "todo", "query", "security", "security/phone"]
CITY = ["overdue", "figures/", "cards", "venues", "benefits", "windows", "catalogue", "staff", "staff/new", "audit", "messages"]


async def enter(client: httpx.AsyncClient, account: object) -> None:
    client.cookies.update(builders.cookies(await builders.a_session(account, "desk"), "desk"))


@pytest.mark.parametrize("path", EVERYBODY)
async def test_a_clerk_opens_what_is_for_everybody(client: httpx.AsyncClient, region: Region, path: str) -> None:
    await enter(client, await builders.a_staff())
    answer = await client.get(f"/{region.code}/console/{path}")
    assert answer.status_code == 200, answer.text
    assert "操作日志" not in answer.text


@pytest.mark.parametrize("path", EVERYBODY + CITY)
async def test_city_staff_open_everything(client: httpx.AsyncClient, region: Region, path: str) -> None:
    await builders.a_booking()
    await enter(client, await builders.a_city_staff())
    answer = await client.get(f"/{region.code}/console/{path}")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", CITY)
async def test_a_clerk_is_refused_what_is_for_the_city(client: httpx.AsyncClient, region: Region, path: str) -> None:
    await enter(client, await builders.a_staff())
    assert (await client.get(f"/{region.code}/console/{path}")).status_code == 403


@pytest.mark.parametrize("path", EVERYBODY + CITY)
async def test_nobody_gets_in_without_a_session(client: httpx.AsyncClient, region: Region, path: str) -> None:
    answer = await client.get(f"/{region.code}/console/{path}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/{region.code}/console/login?next=")
    assert clock.now()
