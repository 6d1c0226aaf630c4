"""The profile in force is drawn at the desk, for who administers the region."""

import httpx
import pytest

from services import regions
from services.regions import Region
from tests import builders, office
from tests.acceptance.desk import desk, words


async def test_every_matter_is_listed_and_drawn(client: httpx.AsyncClient, region: Region) -> None:
    boss = await desk(client, await builders.a_city_staff())
    listed = words(await boss.get("flows"))
    assert f"第 {region.version} 版地区方案" in listed
    for matter in region.profile.matters.values():
        assert matter.name in listed
        page = await boss.get(f"flows/{matter.code}")
        assert page.status_code == 200 and "<svg" in page.text and " style=" not in page.text[page.text.index("<svg"):page.text.index("</svg>")]
        assert all(step.name in words(page) for step in matter.route)
    assert (await boss.get("flows/no_such")).status_code == 404


@pytest.mark.parametrize(("code", "role"), [("dezhou", "city_staff"), ("guilin", "centre"), ("shandong", "admin"), ("binzhou", "city_staff")])
async def test_other_regions_have_theirs(client: httpx.AsyncClient, database: None, code: str, role: str) -> None:
    there = await regions.current(code)
    role = role if role in there.profile.roles else there.profile.supervision.watch_role
    boss = await desk(client, await office.a_clerk(there, await office.office(there), role))
    for path in ("flows", "organisations", "texts", "calendar", "staff/import"):
        answer = await boss.get(path)
        assert answer.status_code == 200, (code, path, words(answer)[:200])
