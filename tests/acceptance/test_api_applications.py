"""申报 over the API (WH-20, WH-23, WH-30): what is lacking, who will review it, files of the form, one case."""

import httpx
import pytest

from config.vocabulary import Action
from models.case import Case
from models.organisation import Organisation
from services.regions import Region
from tests import builders
from tests.acceptance.api import Api, logged_in
from tests.acceptance.test_phone_applications import put, unit, whole
from tests.acceptance.test_phone_dossier import BASIC

__all__ = ["unit"]  # the fixture


async def a_person(client: httpx.AsyncClient, region: Region, *, lacking: bool = False, admitted: bool = False) -> Api:
    who = await builders.a_talent(name="陆星河", region=region.code)
    await put(who, {"basic": [dict(BASIC)]} if lacking else whole(region), admitted=admitted)
    return Api(client, region.code, await builders.a_session(who, "mini"))


@pytest.mark.req("WH-20", "WH-23")
async def test_what_is_lacking_is_listed_and_a_whole_dossier_becomes_one_case(client: httpx.AsyncClient, region: Region, unit: Organisation) -> None:
    mine = await a_person(client, region, lacking=True)
    assert "talent_pool" in [one["matter"] for one in (await mine.get("apply")).json()["items"]]
    shown = (await mine.get("apply/talent_pool")).json()
    assert {gap["section"] for gap in shown["gaps"]} == {"basic", "honours"} and shown["version"] == 0
    refused = await mine.post("apply/talent_pool/submit", {"seen": 0, "form": {"unit": str(unit.id)}}, key="first")
    assert refused.status_code == 400 and (await mine.get("apply/talent_pool")).json()["version"] == 0
    ready = await a_person(client, region)
    saved = await ready.post("apply/talent_pool", {"seen": 0, "form": {"unit": str(unit.id)}})
    assert saved.json() == {"version": 1}
    shown = (await ready.get("apply/talent_pool")).json()
    assert shown["values"] == {"unit": str(unit.id)} and shown["ahead"][0]["organisation"] == unit.name and shown["gaps"] == []
    asked = {"seen": 1, "form": {"unit": str(unit.id)}}
    first, again = [(await ready.post("apply/talent_pool/submit", asked, key="one-key")).json() for _ in range(2)]
    assert first == again and first["number"]
    assert (await ready.get("apply/talent_pool")).json()["open"] == first["id"]
    assert (await ready.post("apply/talent_pool", {"seen": 7, "form": {}})).status_code == 409
    case = await builders.acted(await Case.find(region.code, first["id"]), Action.RETURN, "请补充学历")
    story = (await ready.get(f"bookings/{case.id}")).json()
    assert "resubmit" in [one["action"] for one in story["buttons"]] and story["service_id"] is None
    back = await ready.post(f"bookings/{case.id}/answer", {"seen": story["version"], "form": story["values"]})
    assert back.status_code == 200 and back.json()["state"] == "handling", back.text


@pytest.mark.req("WH-30")
async def test_what_is_in_force_is_copied_by_one_tap(client: httpx.AsyncClient, region: Region) -> None:
    mine = await a_person(client, region, admitted=True)
    shown = (await mine.get("apply/card")).json()
    assert shown["synchronises"] is True
    assert shown["synchronised"] is None
    assert (await mine.post("apply/card/sync", {"seen": shown["version"]})).status_code == 200
    after = (await mine.get("apply/card")).json()
    assert after["synchronised"] == 1 and after["outdated"] is False


@pytest.mark.req("WH-30")
async def test_what_goes_along_is_read_before_it_is_submitted_and_what_changed_since_it_was_copied(client: httpx.AsyncClient, region: Region) -> None:
    who = await builders.a_talent(name="陆星河", region=region.code)
    await put(who, whole(region), admitted=True)
    mine = await logged_in(client, who)
    await mine.post("apply/card/sync", {"seen": (await mine.get("apply/card")).json()["version"]})
    assert {part["section"] for part in (await mine.get("apply/card")).json()["parts"]} == {"basic", "honours"}
    await put(who, whole(region, post="首席科学家"), admitted=True)
    shown = (await mine.get("apply/card")).json()
    (part,) = shown["changed"]
    assert shown["outdated"] and [(one["value"], one["was"]) for one in part["rows"][0]["fields"] if one["was"] is not None] == [
        ("首席科学家", BASIC.get("post", "（未填）"))]
    await mine.post("apply/card/sync", {"seen": shown["version"]})
    assert (await mine.get("apply/card")).json()["changed"] == []
    assert (await mine.get("apply/no_such_matter")).status_code == 404
