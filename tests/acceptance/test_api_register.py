"""个人注册 from the mini program (BZ-07, DZ-01): the region's form, her unit by name, her WeChat bound, and in she is."""

from pathlib import Path

import httpx
import pytest

from config import clock
from config.loading import read_profile
from models.account import Account
from services import regions
from services.regions import Region
from tests import builders
from tests.acceptance.api import Api
from tests.acceptance.test_phone_register import FOLDER, NUMBER, PASSWORD

UNIT = "云泽星湖大学"


@pytest.fixture
async def yunze(database: None) -> Region:
    return await regions.load(read_profile(Path(FOLDER)), clock.now())


@pytest.mark.req("BZ-02", "GL-04")
async def test_a_person_registers_under_her_unit_and_is_logged_in(client: httpx.AsyncClient, yunze: Region) -> None:
    unit = await builders.a_unit(yunze, UNIT)
    nobody = Api(client, yunze.code)
    assert (await nobody.get("region")).json()["registers"] is True
    asked = (await nobody.get("register")).json()
    assert {"name", "unit", "phone", "password", "password_again"} <= {one["field"] for one in asked["form"]} and asked["terms"]["version"]
    assert [(one["id"], one["name"]) for one in (await nobody.get("register/units", words="星湖")).json()["items"]] == [(str(unit.id), UNIT)]
    form = {"name": "陆星河", "unit": str(unit.id), "id_number": NUMBER, "phone": "19900007001", "login_name": "luxinghe", "password": PASSWORD,
            "password_again": PASSWORD, "field_of_work": "湖泊生态"}
    wrong = await nobody.post("register", {"form": {**form, "password_again": "other"}})
    assert wrong.status_code == 400 and {"password_again", "agreed"} <= set(wrong.json()["error"]["context"]["fields"])
    made = await nobody.post("register", {"form": form, "terms_version": asked["terms"]["version"]})
    assert made.status_code == 201, made.text
    assert made.json()["kind"] == "talent"
    hers = Api(client, yunze.code, made.json()["token"])
    assert (await hers.get("me")).json()["name"] == "陆星河"
    assert await Account.of(yunze.code, login_name="luxinghe").count() == 1
    again = await nobody.post("register", {"form": form, "terms_version": asked["terms"]["version"]})
    assert again.json()["error"]["code"] == "already_registered"


async def test_where_nobody_registers_herself_there_is_no_form(client: httpx.AsyncClient, region: Region) -> None:
    nobody, registers = Api(client, region.code), "person" in region.profile.registration
    assert (await nobody.get("region")).json()["registers"] is registers
    assert (await nobody.get("register")).status_code == (200 if registers else 404)
