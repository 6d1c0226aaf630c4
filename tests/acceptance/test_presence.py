"""Who else is looking at a case: as long as the page is open, on the case and on the row of the list, for colleagues alone; a hint, never a lock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from config import clock
from models.account import Account
from models.case import Case
from services import presence, store
from services.presence import Onlooker
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import Desk, desk, words

pytestmark = pytest.mark.req("WH-60")


@asynccontextmanager
async def open_page(client: httpx.AsyncClient, who: Account, case: Case) -> AsyncIterator[None]:
    """A colleague has the case open: her page's stream runs, and she has said so."""
    async with httpx.AsyncClient(base_url=client.base_url, headers={"Accept": "text/event-stream"}, timeout=60) as other:
        at = await desk(other, who)
        async with other.stream("GET", f"{at.at}/live?topics=case:{case.id},looking:{case.id}") as stream:
            assert stream.status_code == 200
            lines = stream.aiter_lines()
            while await anext(lines) != "event: looking":
                pass
            yield


async def until_nobody(at: Desk, case: Case) -> None:
    async with asyncio.timeout(60):
        while "正在看" in (await at.get(f"cases/{case.id}/looking")).text:  # noqa: ASYNC110  # the served product notices the hang-up, nobody tells us
            await asyncio.sleep(0.05)


async def test_an_open_page_is_seen_on_case_and_list_until_it_closes(client: httpx.AsyncClient, region: Region) -> None:
    case, other = await builders.a_booking(), await builders.a_booking()
    at = await desk(client, await builders.a_staff())
    assert "正在看" not in words(await at.get("todo"))
    async with open_page(client, await builders.a_staff(name="钱同事"), case):
        assert "钱同事 正在看这个办件" in words(await at.get(f"cases/{case.id}/"))
        assert words(await at.get("todo")).count("钱同事 正在看") == 1
        assert "正在看" not in (await at.get(f"cases/{other.id}/looking")).text
        approved = await at.post(f"cases/{case.id}/", action="approve", seen=case.version, opinion="材料齐全")
        assert approved.status_code == 303  # a hint, and no lock
    await until_nobody(at, case)


async def test_an_applicant_is_told_nothing_of_who_looks(client: httpx.AsyncClient, region: Region) -> None:
    case = await builders.a_booking()
    applicant = await Account.find(region.code, case.applicant_id)
    client.cookies.update(builders.cookies(await builders.a_session(applicant, "phone"), "phone"))
    assert (await client.get(f"/{region.code}/live?topics=looking:{case.id}")).status_code == 403
    stranger = await desk(client, await builders.a_staff(organisation="wendeng_window"))
    assert (await stranger.get("live", topics=f"looking:{case.id}")).status_code == 403
    assert (await stranger.get(f"cases/{case.id}/looking")).status_code == 404


async def test_whose_page_died_is_forgotten_and_a_unit_sees_its_own_people_alone(client: httpx.AsyncClient, region: Region) -> None:
    case, moment = await builders.a_booking(), clock.now()
    her, him = await builders.a_staff(name="钱同事"), await builders.the_actor(await builders.a_staff(), "desk")
    await Onlooker(region.code, her.id, [case.id]).stay(moment)
    assert await presence.among(region, him, [case.id], moment) == {case.id: ["钱同事"]}
    assert await presence.among(region, him, [case.id], moment + timedelta(seconds=presence.SECONDS + 1)) == {}
    assert await presence.among(region, await builders.the_actor(her, "desk"), [case.id], moment) == {}
    operator = await builders.the_actor(await office.an_operator(region, await office.a_unit(region)), "desk")
    assert await presence.among(region, operator, [case.id], moment) == {}


async def test_without_the_store_nobody_is_seen_and_nothing_fails(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    case, moment = await builders.a_booking(), clock.now()
    monkeypatch.setattr(store, "_store", None)
    store.open_store("redis://127.0.0.1:1")
    her, him = await builders.a_staff(), await builders.the_actor(await builders.a_staff(), "desk")
    onlooker = Onlooker(region.code, her.id, [case.id])
    await onlooker.stay(moment)
    assert await presence.among(region, him, [case.id], moment) == {}
    await onlooker.leave()
    await store.close_store()
