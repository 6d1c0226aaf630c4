"""请假代办 at the desk: named in two fields, seen by both, ended by hand or by itself."""

from datetime import timedelta

import httpx
import pytest

from config import clock
from config.vocabulary import Permission
from models.organisation import Organisation
from services.regions import Region
from tests import builders
from tests.acceptance.desk import desk, words


@pytest.fixture
async def pair(database: None, region: Region):
    case = await builders.a_booking()
    window = await Organisation.find(region.code, case.handler_org)
    return case, await builders.a_staff(organisation=window, name="张三"), await builders.a_staff(organisation=window, role="viewer", name="李四")


def days(region: Region) -> dict[str, str]:
    today = clock.now().astimezone(region.profile.tz).date()
    return {"first": today.isoformat(), "last": (today + timedelta(days=2)).isoformat()}


async def test_a_clerk_names_her_deputy_who_then_sees_and_handles_her_cases(client: httpx.AsyncClient, region: Region, pair) -> None:
    case, her, colleague = pair
    mine = await desk(client, her)
    assert "没有安排代办" in words(await mine.get("deputies"))
    named = await mine.post("deputies", deputy=colleague.id, **days(region))
    assert "已安排" in words(await client.get(named.headers["location"])) and "正在代办" in words(await mine.get("deputies"))
    other = await desk(client, colleague)
    listed = words(await other.get("todo"))
    assert "您正在代 张三 办理" in listed and case.number in listed
    done = await other.post(f"cases/{case.id}/", action="approve", seen=case.version, opinion="代为受理")
    assert "李四（代 张三）" in words(await client.get(done.headers["location"]))
    assert "我在代谁办" in words(await other.get("deputies"))


async def test_what_is_wrong_with_the_days_stands_beside_them(client: httpx.AsyncClient, region: Region, pair) -> None:
    _, her, colleague = pair
    refused = await (await desk(client, her)).post("deputies", deputy=colleague.id, first="2020-01-01", last="2020-01-02")
    assert refused.status_code == 400 and "请从今天或以后的日子开始" in words(refused) and "2020-01-02" in refused.text


async def test_an_administrator_names_and_ends_for_somebody_else(client: httpx.AsyncClient, region: Region, pair) -> None:
    _, her, colleague = pair
    keeper = next(role for role, one in region.profile.roles.items() if Permission.MANAGE_ACCOUNTS in one.can)
    at = await desk(client, await builders.a_staff(organisation=await builders.an_organisation("city_bureau"), role=keeper))
    await at.post(f"staff/{her.id}/deputies", deputy=colleague.id, **days(region))
    page = await at.get(f"staff/{her.id}/deputies")
    assert "张三的请假代办" in words(page) and "正在代办" in words(page)
    which = page.text.split(f"staff/{her.id}/deputies/")[1].split("/end")[0]
    await at.post(f"staff/{her.id}/deputies/{which}/end")
    assert "没有安排代办" in words(await at.get(f"staff/{her.id}/deputies"))
    clerk = await desk(client, her)
    assert (await clerk.get(f"staff/{colleague.id}/deputies")).status_code == 403
