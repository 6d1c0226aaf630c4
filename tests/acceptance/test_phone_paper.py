"""核验打印件: whoever holds a printed paper asks by its QR whether it is ours and still holds; nothing more is told than stands on it."""

import io
import re

import httpx
import pytest
import zxingcpp
from PIL import Image

from config import clock
from config.vocabulary import Action
from models.account import Account
from models.case import Case
from models.organisation import Organisation
from services import bookings, printing, regions
from services.cases import engine, progress, sheet
from services.printing import typeset
from services.regions import Region
from tests import builders
from tests.acceptance.phone import phone

pytestmark = pytest.mark.req("BZ-14")
NEED = "请协助预约专家门诊"


async def a_case() -> Case:
    holder = await builders.a_talent(name="欧阳若兰")
    await builders.a_card(holder=holder)
    return await builders.a_booking(holder=holder, need=NEED)


async def the_applicant(case: Case) -> Account:
    return await Account.find(case.region, case.applicant_id)


async def paper_of(region: Region, case: Case) -> printing.Paper:
    """As its applicant prints it."""
    seen = await sheet.read(region, await builders.the_actor(await the_applicant(case)), case.id, clock.now())
    kept = await regions.at(region.code, case.profile_version)
    return printing.build(region, seen.case, "预约申请表", [printing.facts_of("申请内容", seen.answers)], clock.now(),
                          reviews=printing.reviews_of(kept, case.matter, await progress.history(region.code, case.id)))


def scanned(paper: printing.Paper) -> str:
    """The path that the QR on the printed page says."""
    read = zxingcpp.read_barcode(Image.open(io.BytesIO(typeset.pictures(paper, 150)[0])))
    assert read is not None
    return "/" + read.text.split("/", 3)[3]


async def act(region: Region, case: Case, action: Action, opinion: str) -> Case:
    clerk = await builders.the_actor(await builders.a_staff(organisation=await Organisation.find(region.code, case.handler_org)), "desk")
    return (await engine.act(region, clerk, case.id, engine.Request(action, case.version, opinion), clock.now())).case


async def test_a_printed_paper_is_proven_to_anybody_who_holds_it(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_case()
    paper = await paper_of(region, case)
    anybody = await phone(client, region)
    answer = await anybody.open(scanned(paper))
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    told = ("与系统记录一致", case.number, "欧***", paper.check, region.phone, region.matter(case.matter).name)
    assert [words for words in told if words not in anybody.text] == []
    assert not any(words in anybody.text for words in ("欧阳若兰", NEED, str(case.id)))


async def test_the_paper_says_what_was_decided_since_and_the_page_that_it_went_on(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_case()
    before = await paper_of(region, case)
    case = await act(region, case, Action.APPROVE, "材料齐全，予以受理。")
    anybody = await phone(client, region)
    await anybody.open(scanned(before))
    assert "申请内容一致，打印后办理有进展" in anybody.text
    after = await paper_of(region, case)
    assert [review.opinion for review in after.reviews] == ["材料齐全，予以受理。"] and before.reviews == ()
    await anybody.open(scanned(after))
    assert "与系统记录一致" in anybody.text


async def test_a_paper_from_before_a_correction_is_called_outdated(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_case()
    paper = await paper_of(region, case)
    case = await act(region, case, Action.RETURN, "请写明就诊日期。")
    mine = await builders.the_actor(await the_applicant(case))
    await bookings.resubmit(region, mine, case.id, case.version, {**case.data, "need": NEED + "，11月30日上午"}, clock.now())
    anybody = await phone(client, region)
    await anybody.open(scanned(paper))
    assert "打印后申请内容有修改" in anybody.text


async def test_those_who_may_see_the_case_are_led_to_it_and_nobody_else_is(client: httpx.AsyncClient, region: Region) -> None:
    case = await a_case()
    path = scanned(await paper_of(region, case))
    window = await Organisation.find(region.code, case.handler_org)
    elsewhere = await Organisation.of(region.code, kind="window").exclude(id=window.id).order_by("code").first()
    people = {await the_applicant(case): "cases", await builders.a_staff(organisation=window): "desk-m/cases",
              await builders.a_talent(name="孙宁"): "", await builders.a_staff(organisation=elsewhere): ""}
    for who, leads in people.items():
        page = await phone(client, region, who)
        await page.open(path)
        assert re.findall(rf'href="/{region.code}/([\w/-]*cases)/{case.id}"', page.text) == [leads] * bool(leads)


@pytest.mark.parametrize("code", ["none", "F" * 81, "1000000078BQAHR0NA53XN0QW", "%00", "F" * 5000])
async def test_what_we_did_not_print_is_refused_in_words(client: httpx.AsyncClient, region: Region, code: str) -> None:
    anybody = await phone(client, region)
    answer = await anybody.open(f"/p/{code}")
    assert answer.status_code == 400
    assert "不是本系统打印的" in anybody.text and f"tel:{region.phone}" in anybody.text
