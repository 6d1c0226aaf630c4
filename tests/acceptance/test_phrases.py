"""常用意见: kept once, there on every face; an office's are kept by who manages it."""

import httpx
import pytest
from playwright.async_api import Browser, expect

from config import clock
from config.errors import Invalid, NotFound, NotPermitted
from config.phrases import Phrases
from config.vocabulary import Action, Permission
from models.organisation import Organisation
from services.cases import library
from services.regions import Region
from tests import builders
from tests.acceptance.desk import desk, words
from tests.acceptance.test_desk_browser import open_desk


def keeper(region: Region) -> str:
    return next(role for role, one in region.profile.roles.items() if Permission.SUPERVISE in one.can)


async def test_her_own_sentence_comes_first_on_desk_phone_and_api(client: httpx.AsyncClient, database: None, region: Region) -> None:
    case, clerk = await builders.a_booking(), await builders.a_staff()
    at = await desk(client, clerk)
    kept = await at.post("phrases", action="approve", words="  请带身份证原件到  二楼窗口。")
    assert "已存为常用意见" in words(await client.get(kept.headers["location"]))
    own = "请带身份证原件到 二楼窗口。"
    page = await at.get(f"cases/{case.id}/")
    assert page.text.index(own) < page.text.index("材料齐全，予以受理。")
    assert "请补充具体日期和时间。" in page.text.partition("退回申请人修改")[2]  # what is said with a return stands where one returns
    carried = {"Authorization": f"Bearer {await builders.a_session(clerk, 'mini')}"}
    assert (await client.get(f"/{region.code}/api/desk/phrases", headers=carried)).json()["phrases"]["approve"][0] == own
    client.cookies.update(builders.cookies(await builders.a_session(clerk, "phone"), "phone"))
    assert own in (await client.get(f"/{region.code}/desk-m/cases/{case.id}")).text


async def test_an_offices_sentences_are_its_peoples_and_kept_by_who_manages_it(database: None, region: Region) -> None:
    window = await builders.an_organisation()
    chief = await builders.the_actor(await builders.a_staff(organisation=window, role=keeper(region)), "desk")
    clerk, stranger = [await builders.the_actor(await builders.a_staff(organisation=place), "desk") for place in (window, "rongcheng_window")]
    with pytest.raises(NotPermitted):
        await library.keep(region, clerk, Action.RETURN, "请补充证明。", window.id, clock.now())
    await library.keep(region, chief, Action.RETURN, "请补充证明。", window.id, clock.now())
    await library.keep(region, chief, Action.RETURN, "请补充证明。", window.id, clock.now())
    (kept,) = (await library.of_actor(region, clerk)).kept
    assert kept.organisation == (await Organisation.find(region.code, window.id)).name and (await library.of_actor(region, stranger)).kept == []
    for other in (clerk, stranger):
        with pytest.raises(NotFound):
            await library.remove(region, other, kept.id, clock.now())
    await library.remove(region, chief, kept.id, clock.now())
    assert (await library.of_actor(region, clerk)).kept == []


@pytest.mark.parametrize(("action", "said", "field"), [(Action.CLAIM, "好的", "action"), (Action.APPROVE, " ", "words"),
                                                      (Action.APPROVE, "长" * 201, "words")])
async def test_what_nobody_would_pick_is_not_kept(database: None, region: Region, action: Action, said: str, field: str) -> None:
    clerk = await builders.the_actor(await builders.a_staff(), "desk")
    with pytest.raises(Invalid) as refused:
        await library.keep(region, clerk, action, said, None, clock.now())
    assert list(refused.value.fields) == [field]


async def test_a_region_says_its_own_sentences_act_by_act_and_keeps_the_rest(database: None, region: Region) -> None:
    said = Phrases.model_validate({"serving": {"approve": ["收到，今天办。"]}, "reviewing": {"return": []}})
    booking, card = region.matter("booking"), region.matter("card")
    assert said.of(Action.APPROVE, booking) == ("收到，今天办。",) and said.of(Action.RETURN, card) == ()
    assert said.of(Action.RETURN, booking) == Phrases().of(Action.RETURN, booking) != ()
    assert said.of(Action.APPROVE, card) == Phrases().of(Action.APPROVE, card) != said.of(Action.APPROVE, booking)


@pytest.mark.browser
async def test_a_number_puts_a_sentence_in_while_one_is_writing(browser: Browser, product: str, database: None, region: Region) -> None:
    case = await builders.a_booking()
    page = await open_desk(browser, product, await builders.a_staff(), f"cases/{case.id}/")
    await page.fill("#field-opinion", "您好，")
    await page.keyboard.press("Alt+1")
    await expect(page.locator("#field-opinion")).to_have_value("您好，材料齐全，予以受理。")
    await page.keyboard.press("Alt+1")
    await expect(page.locator("#field-opinion")).to_have_value("您好，")
