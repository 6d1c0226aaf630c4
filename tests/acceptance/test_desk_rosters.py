"""名单上报 at the desk: tick, export, stamp, upload, send on; and the city's cards with their whole life (WH-33..36, BZ-12, SD-12)."""

import re
from io import BytesIO
from uuid import uuid4

import httpx
import openpyxl
import pytest

from config import clock
from models.audit import Audit
from models.card import Card, CardState
from models.case import Case
from models.roster import Roster, RosterState
from services import roster_sheet
from services.regions import Region
from tests import builders
from tests.acceptance.desk import Desk, desk, words
from tests.gathering import STEP, a_bureau, a_reviewer, a_scan, waiting_cases

pytestmark = pytest.mark.timeout(180)


async def the_list(region: Region) -> Roster:
    found = await Roster.of(region.code).order_by("-made_at").first()
    assert found is not None
    return found


async def send_scan(at: Desk, roster: Roster, data: bytes, **fields: str) -> httpx.Response:
    await at.get(f"rosters/{roster.id}")
    return await at.client.post(f"{at.at}/rosters/{roster.id}/scan", files={"scan": ("名单.pdf", data, "application/pdf")},
                                data={"csrf": at.csrf, "once": uuid4().hex, "seen": str(roster.version), **fields})


async def scan_of(region: Region, roster: Roster, *, hide_code: bool = False) -> bytes:
    sheet = await roster_sheet.read(region, await builders.the_actor(await builders.a_city_staff(), "desk"), roster.id, clock.now())
    return a_scan(roster_sheet.paper(region, sheet), hide_code=hide_code)


@pytest.fixture
async def office(client: httpx.AsyncClient, region: Region) -> Desk:
    bureau = await a_bureau(region)
    await waiting_cases(region, bureau, 3)
    return await desk(client, await a_reviewer(bureau))


@pytest.mark.req("WH-33", "WH-34", "BZ-12", "SD-07")
async def test_a_list_is_made_exported_stamped_uploaded_and_sent_on(office: Desk, region: Region) -> None:
    page = words(await office.get("rosters/"))
    assert "等待上报（3 人）" in page and "名单上报" in page
    waiting = await office.client.get(re.search(r'data-open href="([^"]+/cases/[^"]+)"', (await office.get("rosters/")).text)[1])
    assert "这一环节随名单一起上报" in words(waiting) and f'href="{office.at}/rosters"' in waiting.text
    assert (await office.post("rosters/")).status_code == 400  # nobody ticked
    made = await office.post("rosters/", all="yes")
    roster = await the_list(region)
    assert made.headers["location"].startswith(f"{office.at}/rosters/{roster.id}")
    told = words(await office.get(f"rosters/{roster.id}"))
    assert roster.number in told and "上传盖章扫描件" in told
    assert f"已列入名单 {roster.number}（{roster.state.label}）" in words(await office.client.get(waiting.url.path))
    file = await office.exported(f"rosters/{roster.id}/sheet/xlsx")
    assert openpyxl.load_workbook(BytesIO(file.content)).active is not None
    assert (await office.exported(f"rosters/{roster.id}/sheet/pdf")).content.startswith(b"%PDF")
    lines = await Audit.of(region.code, act="roster.export").order_by("at")
    assert [line.detail for line in lines] == [{"number": roster.number, "form": form, "rows": 3} for form in ("xlsx", "pdf")]
    assert (await send_scan(office, roster, await scan_of(region, roster))).status_code == 303
    roster = await the_list(region)
    assert roster.state is RosterState.STAMPED
    page = await office.get(f"rosters/{roster.id}")
    file = await office.client.get(f"{office.at}/files/{roster.file_id}")
    assert file.content.startswith(b"%PDF") and str(roster.file_id) in page.text
    assert (await office.post(f"rosters/{roster.id}/submit", seen=roster.version)).status_code == 303
    assert {case.step for case in await Case.of(region.code)} != {STEP}
    again = await office.post(f"rosters/{roster.id}/submit", seen=roster.version)
    assert again.status_code == 409 and "已经汇总提交" in words(again)


async def test_a_poor_scan_is_explained_and_the_printed_letters_are_asked_for(office: Desk, region: Region) -> None:
    await office.post("rosters/", all="yes")
    roster = await the_list(region)
    assert "空文件" in words(await send_scan(office, roster, b""))
    poor = await scan_of(region, roster, hide_code=True)
    refused = await send_scan(office, roster, poor)
    assert refused.status_code == 400 and "校验码" in words(refused) and 'name="check"' in refused.text
    letters = re.search(r"校验码\s*([0-9A-Z]{4} [0-9A-Z]{4})", words(await office.get(f"rosters/{roster.id}")))
    assert letters is not None
    assert (await send_scan(office, roster, poor, number=roster.number, check=letters[1])).status_code == 303


async def test_taking_one_off_leads_to_the_new_list_and_void_asks_for_a_reason(office: Desk, region: Region) -> None:
    await office.post("rosters/", all="yes")
    roster, member = await the_list(region), await Case.of(region.code).first()
    assert member is not None
    away = await office.post(f"rosters/{roster.id}/remove", seen=roster.version, case=str(member.id))
    new = await the_list(region)
    assert new.id != roster.id and str(new.id) in away.headers["location"]
    assert "已作废" in words(await office.get(f"rosters/{roster.id}"))
    silent = await office.post(f"rosters/{new.id}/void", seen=new.version, reason="")
    assert silent.status_code == 400 and "原因" in words(silent)
    assert (await office.post(f"rosters/{new.id}/void", seen=new.version, reason="漏了人")).status_code == 303
    assert "等待上报（3 人）" in words(await office.get("rosters/"))


async def test_a_list_is_not_there_for_another_office_and_the_page_is_not_for_who_gathers_nothing(client: httpx.AsyncClient, office: Desk,
                                                                                                  region: Region) -> None:
    await office.post("rosters/", all="yes")
    roster = await the_list(region)
    other = await desk(client, await a_reviewer(await a_bureau(region, 1)))
    asked = [await other.get(f"rosters/{roster.id}")] + [await other.post(f"rosters/{roster.id}/{what}", seen=1, **more) for what, more in (
        ("submit", {}), ("void", {"reason": "不是我的"}), ("contact", {"contact": "张三", "contact_phone": "0631-5230000"}),
        ("remove", {"case": str(roster.id)}), ("sheet/xlsx", {}))]
    assert {answer.status_code for answer in asked} == {404}
    clerk = await desk(client, await builders.a_staff())
    assert (await clerk.get("rosters/")).status_code == 404
    assert "名单上报" not in words(await clerk.get(""))


@pytest.mark.req("WH-35", "WH-36")
async def test_the_city_finds_renews_replaces_and_ends_cards(client: httpx.AsyncClient, region: Region) -> None:
    city = await desk(client, await builders.a_city_staff())
    card = await builders.a_card(holder=await builders.a_talent(name="宋续期"))
    found = await city.get("cards", words="宋续期", validity="valid")
    assert card.number in found.text
    assert card.number not in (await city.get("cards", validity="expired")).text
    file = await city.exported("cards/export?validity=valid")
    sheet = openpyxl.load_workbook(BytesIO(file.content)).active
    assert sheet is not None and card.number in {line[0].value for line in sheet.iter_rows()}
    assert (await city.get("cards", since="2026-02-01", until="2026-01-01")).status_code == 400
    assert (await city.post(f"cards/{card.id}/renew", seen=card.version, reason="")).status_code == 400
    for seen, what in enumerate(("renew", "replace", "end"), card.version):
        assert (await city.post(f"cards/{card.id}/{what}", seen=seen, reason="到期办理")).status_code == 303
    after = await Card.find(region.code, card.id)
    assert after.state is CardState.ENDED and after.number != card.number
    story = words(await city.get(f"cards/{card.id}"))
    assert all(word in story for word in ("续期", "换发", "终止"))
    assert card.number in (await city.get("cards", words=card.number)).text
