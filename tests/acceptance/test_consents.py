"""Consent to subscription messages: asked for what the profile names, told by phone and by WeChat in either order, counted once."""

import asyncio
from datetime import timedelta

import httpx

from config import clock
from config.settings import settings
from config.vocabulary import NotificationKind
from models.account import Account
from models.database import rows
from services import login, subscriptions
from services.regions import Region
from tests import builders
from tests.acceptance.api import Api, logged_in

RACE_SECONDS = 20


async def a_bound(client: httpx.AsyncClient, openid: str) -> tuple[Account, Api]:
    account = await builders.a_talent()
    await login.bind_wechat(await builders.the_actor(account), settings().wechat_app_id, openid, clock.now())
    return account, await logged_in(client, account)


def template(region: Region, kind: NotificationKind) -> str:
    found = region.profile.sending.wechat_of(kind)
    assert found is not None
    return found.template


async def left(region: Region) -> dict[str, int]:
    found = await rows("SELECT template, left_over FROM subscription_credit WHERE region = $1", region.code)
    return {one["template"]: one["left_over"] for one in found}


async def test_what_is_asked_for_is_what_the_profile_names(client: httpx.AsyncClient, region: Region) -> None:
    _, api = await a_bound(client, "m-asked")
    asked = (await api.get("consents")).json()["items"]
    assert region.profile.sending.wechat is not None
    assert [one["template"] for one in asked] == [template(region, kind) for kind in region.profile.sending.wechat.ask_for]
    assert (asked[0]["about"], asked[0]["left"]) == ("办件被退回", 0)
    stranger = await logged_in(client, await builders.a_talent())
    assert (await stranger.get("consents")).json()["items"] == []


async def test_an_accept_counts_once_however_often_it_is_reported(client: httpx.AsyncClient, region: Region) -> None:
    _, api = await a_bound(client, "m-once")
    moved, done = template(region, NotificationKind.CASE_MOVED), template(region, NotificationKind.CASE_COMPLETED)
    given = {"answers": {moved: "accept", done: "reject", "nobody's": "accept"}}
    first = await api.post("consents", given, key="tap-1")
    again = await api.post("consents", given, key="tap-1")
    assert (first.status_code, first.json(), again.json()) == (200, {"counted": 1}, {"counted": 1})
    assert await left(region) == {moved: 1}
    assert (await api.post("consents", {"answers": {moved: "perhaps"}})).status_code == 400
    for tap in ("tap-2", "tap-3"):
        await api.post("consents", {"answers": {moved: "accept"}}, key=tap)
    assert await left(region) == {moved: 3}
    assert moved not in [one["template"] for one in (await api.get("consents")).json()["items"]]  # enough for some time


async def test_the_phone_and_wechat_tell_of_one_tap_in_either_order(client: httpx.AsyncClient, region: Region) -> None:
    account, _ = await a_bound(client, "m-twins")
    who, moved, app_id, now = await builders.the_actor(account), template(region, NotificationKind.CASE_MOVED), settings().wechat_app_id, clock.now()
    told = {moved: "accept"}
    later = now + timedelta(seconds=2)
    counted = [await subscriptions.answered(region, who, app_id, told, now), await subscriptions.happened(region, app_id, "m-twins", told, now),
               await subscriptions.happened(region, app_id, "m-twins", told, now),  # delivered again
               await subscriptions.happened(region, app_id, "m-twins", told, later),
               await subscriptions.answered(region, who, app_id, told, later)]
    assert counted == [1, 0, 0, 1, 0]
    assert await left(region) == {moved: 2}
    await subscriptions.revoked(region, app_id, "m-twins", [moved], now)
    assert await left(region) == {moved: 0}


async def test_two_reports_at_the_same_moment_count_once(client: httpx.AsyncClient, region: Region) -> None:
    account, _ = await a_bound(client, "m-race")
    who, moved, app_id = await builders.the_actor(account), template(region, NotificationKind.CASE_MOVED), settings().wechat_app_id
    for _ in range(10):
        now = clock.now()
        async with asyncio.timeout(RACE_SECONDS):
            await asyncio.gather(subscriptions.answered(region, who, app_id, {moved: "accept"}, now),
                                 subscriptions.happened(region, app_id, "m-race", {moved: "accept"}, now))
    assert await left(region) == {moved: 10}


async def test_a_phone_alone_counts_each_of_its_taps(client: httpx.AsyncClient, region: Region) -> None:
    """The negative control: what is no twin is not taken for one."""
    account, _ = await a_bound(client, "m-alone")
    who, moved = await builders.the_actor(account), template(region, NotificationKind.CASE_MOVED)
    await asyncio.gather(*(subscriptions.answered(region, who, settings().wechat_app_id, {moved: "accept"}, clock.now()) for _ in range(4)))
    assert await left(region) == {moved: 4}
