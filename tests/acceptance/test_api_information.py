"""The mini program reads what the region says, and keeps the dossier (WH-20, WH-41, WH-56): the same verbs as the pages, told as JSON."""

import httpx
import pytest

from services.regions import Region
from tests import builders
from tests.acceptance.api import Api, logged_in
from tests.writing import TITLE, a_notice


async def test_a_region_says_who_it_is_whom_to_call_and_how_to_log_in(client: httpx.AsyncClient, region: Region) -> None:
    here = (await Api(client, region.code).get("region")).json()
    assert (here["code"], here["scheme"], here["phone"], here["channel"]) == (region.code, region.scheme, region.phone, True)
    assert here["login"][0] in {"sms_code", "password"}
    assert [one["code"] for one in here["information"]] == [one.code for one in region.profile.information]
    assert (await Api(client, "nowhere").get("region")).status_code == 404


@pytest.mark.req("WH-41")
async def test_a_notice_is_listed_unread_and_read_with_its_form(client: httpx.AsyncClient, region: Region) -> None:
    author = await builders.a_staff(organisation=await builders.an_organisation("department"), role="reviewer", name="丛审核")
    notice = await a_notice(region, author)
    reader = await logged_in(client, await builders.a_talent())
    listed = (await reader.get("notices", words=TITLE)).json()
    assert ([one["title"] for one in listed["items"]], listed["items"][0]["unread"]) == ([TITLE], True)
    found = (await reader.get(f"notices/{notice.id}")).json()
    assert (found["title"], found["files"]) == (TITLE, [])
    assert found["html"].startswith("<")
    assert (await reader.get("notices", words=TITLE)).json()["items"][0]["unread"] is False
    assert (await Api(client, region.code).get("notices", words=TITLE)).json()["items"][0]["unread"] is False


@pytest.mark.req("WH-56")
async def test_a_list_of_information_is_read_under_its_own_name_and_no_other(client: httpx.AsyncClient, region: Region) -> None:
    author = await builders.a_staff(organisation=await builders.an_organisation("city_bureau"), role="city_staff")
    first = region.profile.information[0]
    entry = await a_notice(region, author, category=first.code)
    nobody = Api(client, region.code)
    listed = (await nobody.get("notices", category=first.code, words=TITLE)).json()
    assert (listed["name"], [one["id"] for one in listed["items"]]) == (first.name, [str(entry.id)])
    assert (await nobody.get(f"notices/{entry.id}", category=first.code)).status_code == 200
    assert (await nobody.get(f"notices/{entry.id}")).status_code == 404
    assert (await nobody.get("notices", category="none")).status_code == 404


async def test_a_draft_is_not_there(client: httpx.AsyncClient, region: Region) -> None:
    author = await builders.a_staff(organisation=await builders.an_organisation("department"), role="reviewer")
    draft = await a_notice(region, author, publish=False)
    assert (await (await logged_in(client, await builders.a_talent())).get(f"notices/{draft.id}")).status_code == 404


@pytest.mark.req("WH-20")
async def test_a_dossier_is_filled_row_by_row_and_says_what_it_lacks(client: httpx.AsyncClient, region: Region) -> None:
    mine = await logged_in(client, await builders.a_talent())
    whole = (await mine.get("dossier")).json()
    assert [one["name"] for one in whole["sections"]] == [one.name for one in region.profile.person_sections]
    place = next(one for one in whole["sections"] if one["repeats"])
    opened = (await mine.get(f"dossier/{place['section']}")).json()
    text = next(one for one in opened["form"] if one["type"] == "text" and not one["when"])
    saved = await mine.post(f"dossier/{place['section']}/rows", {"seen": opened["version"], "values": {text["field"]: "甲"}})
    assert saved.status_code == 200
    row = (await mine.get(f"dossier/{place['section']}")).json()
    assert row["filled"][0]["values"] == {text["field"]: "甲"}
    assert row["filled"][0]["answers"] == [{"field": text["field"], "label": text["label"], "value": "甲"}]
    assert next(one["rows"] for one in saved.json()["sections"] if one["section"] == place["section"]) == 1
    old = {"seen": opened["version"], "number": 1, "values": {text["field"]: "乙"}}
    assert (await mine.post(f"dossier/{place['section']}/rows", old)).status_code == 409
    left = await mine.post(f"dossier/{place['section']}/rows/remove", {"seen": row["version"], "number": 1})
    assert next(one["rows"] for one in left.json()["sections"] if one["section"] == place["section"]) == 0


async def test_what_a_dossier_does_not_have_is_refused_beside_its_field(client: httpx.AsyncClient, region: Region) -> None:
    mine = await logged_in(client, await builders.a_talent())
    first = region.profile.person_sections[0].section
    version = (await mine.get("dossier")).json()["version"]
    wrong = await mine.post(f"dossier/{first}/rows", {"seen": version, "values": {"card_level": "a"}})
    assert (wrong.status_code, list(wrong.json()["error"]["context"]["fields"])) == (400, ["card_level"])
    assert (await mine.get("dossier/nothing")).status_code == 404
    assert (await mine.post("dossier/nothing/rows", {"seen": version, "values": {}})).status_code == 404
    assert (await (await logged_in(client, await builders.a_staff())).get("dossier")).status_code == 403
