"""人才认定分类: what recognition gave stands where one looks for it, on the phone and at the desk."""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

import httpx
import openpyxl
import pytest

from config import clock
from config.vocabulary import Action
from models.account import Account
from models.audit import Audit
from models.case import Case
from services import regions, standings
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import desk, words
from tests.acceptance.phone import phone


@dataclass
class Classified:
    region: Region
    person: Account
    case: Case
    city: Account


async def classified(region: Region, code: str, name: str = "周岚", unit_name: str = "齐河云舟新材料有限公司") -> Classified:
    """A person of a city-owned unit whom the city classified."""
    unit = await builders.a_unit(region, unit_name, belongs_to="city", district=region.profile.districts[0].code)
    person = await office.a_person(region, unit, name)
    case = await office.submitted(region, person, "talent_pool")
    for action in (Action.APPROVE, Action.APPROVE):
        case = await builders.acted(case, action)
    city = await office.a_clerk(region, await office.office(region, code="city_centre"), "city_staff")
    return Classified(region, person, await builders.acted(case, Action.COMPLETE, choice=code), city)


@pytest.fixture
async def dezhou(database: None) -> Region:
    return await regions.current("dezhou")


@pytest.mark.req("DZ-06")
@pytest.mark.req("WH-37")
async def test_her_class_stands_on_her_own_pages_with_who_gave_it(client: httpx.AsyncClient, dezhou: Region) -> None:
    scene = await classified(dezhou, "b")
    mine = await phone(client, dezhou, scene.person)
    for path in ("/me", "/me/card", "/me/dossier"):
        await mine.open(path)
        assert "B 类" in mine.text and "您还没有" not in mine.text, path
    await mine.open("/me/card")
    assert scene.case.number in mine.text and "市人才办" in mine.text


@pytest.mark.req("DZ-06")
async def test_who_is_not_classified_is_told_what_leads_there(client: httpx.AsyncClient, dezhou: Region) -> None:
    person = await office.a_person(dezhou, await builders.a_unit(dezhou, "齐河云舟新材料有限公司"))
    mine = await phone(client, dezhou, person)
    await mine.open("/me/card")
    assert "申报审核通过后" in mine.text and "/apply" in mine.text and "领卡" not in mine.text


@pytest.mark.req("DZ-06")
async def test_the_list_of_the_classified_is_found_by_class_name_unit_and_day(client: httpx.AsyncClient, dezhou: Region) -> None:
    first, second = await classified(dezhou, "b"), await classified(dezhou, "d", "吴川", "德州运河装备有限公司")
    theirs = await desk(client, first.city)
    assert "德州市高层次人才资格管理" in words(await theirs.get(""))
    said = words(await theirs.get("standings"))
    assert "共 2 人" in said and "周岚" in said and "吴川" in said and "D 类" in said
    tomorrow = (clock.now() + timedelta(days=2)).date().isoformat()
    for asked in ({"standing": "b"}, {"words": "周岚"}, {"words": first.case.number}, {"unit": "云舟"}):
        said = words(await theirs.get("standings", **asked))
        assert "周岚" in said and "吴川" not in said, asked
    assert "没有找到这样的人才" in words(await theirs.get("standings", since=tomorrow))
    assert (await theirs.get("standings", since=tomorrow, until="2020-01-01")).status_code == 400
    assert (await theirs.get(f"cases/{second.case.id}/")).status_code == 200


@pytest.mark.req("DZ-06")
@pytest.mark.req("WH-33")
async def test_the_search_of_talents_shows_and_narrows_by_class(client: httpx.AsyncClient, dezhou: Region) -> None:
    first, second = await classified(dezhou, "b"), await classified(dezhou, "d", "吴川", "德州运河装备有限公司")
    theirs = await desk(client, first.city)
    said = words(await theirs.get("talents"))
    assert "认定类别" in said and "B 类" in said and "D 类" in said
    found = await theirs.get("talents", standing="d")
    assert second.case.number in found.text and first.case.number not in found.text
    assert read(await theirs.exported("talents/export?standing=d"), "认定类别") == ["D 类"]


@pytest.mark.req("DZ-06")
async def test_the_list_leaves_as_excel_with_a_line_in_the_audit_that_repeats_no_name(client: httpx.AsyncClient, dezhou: Region) -> None:
    scene = await classified(dezhou, "b")
    theirs = await desk(client, scene.city)
    file = await theirs.exported("standings/export?words=周岚")
    assert (read(file, "姓名"), read(file, "认定类别")) == (["周岚"], ["B 类"])
    noted = await Audit.of(dezhou.code, act="standings.export").get()
    assert "周岚" not in str(noted.detail)


def read(file: httpx.Response, column: str) -> list[object]:
    """A column of a workbook, without its title."""
    title, *lines = openpyxl.load_workbook(BytesIO(file.content)).active.iter_rows(values_only=True)
    return [line[title.index(column)] for line in lines]


@pytest.mark.req("DZ-06")
async def test_another_office_does_not_see_the_list(client: httpx.AsyncClient, dezhou: Region) -> None:
    await classified(dezhou, "b")
    county = await office.a_clerk(dezhou, await office.office(dezhou, kind="district_bureau"), "county_clerk")
    assert (await (await desk(client, county)).get("standings")).status_code == 403


@pytest.mark.req("GL-13")
async def test_a_class_names_the_case_that_gave_it_and_counts_in_its_own_region_alone(dezhou: Region) -> None:
    scene = await classified(dezhou, "b")
    held = await standings.of_person(dezhou, scene.person.id)
    assert held is not None and (held.code, held.label, held.case_id) == ("b", "B 类", scene.case.id)
    assert await standings.of_person(await regions.current("weihai"), scene.person.id) is None
