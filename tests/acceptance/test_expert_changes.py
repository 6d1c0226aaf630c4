"""报送专家变动 to its end, once for each kind (SD-14): the specialist reports four of her experts, one stamped list carries them to the province."""

import pytest

from config import clock
from models.account import Account
from models.card import Card, CardState
from models.database import new_id
from models.organisation import Organisation
from models.roster import Binding
from services import regions
from services.regions import Region
from tests import builders, office
from tests.acceptance.office import Browser, File, Town, log_in, review, stamped, town_of
from tests.acceptance.test_walk_shandong import a_list

pytestmark = pytest.mark.timeout(240)

OLD, NEW = "泉城大学", "海湾研究院"
#: Kind of the change → whom it is about, and what is said of it.
REPORTS = {"工作调动": ("周调动", "调入海湾研究院"), "离开山东": ("钱离鲁", "受聘到外省工作"), "去世": ("孙故去", "因病去世"),
           "丧失资格": ("李失格", "称号已撤销")}


@pytest.fixture
async def shandong(database: None) -> Region:
    return await regions.current("shandong")


@pytest.mark.req("SD-10", "SD-12", "SD-14")
async def test_each_kind_of_an_accepted_change_does_what_follows_from_it(product: str, shandong: Region) -> None:
    old, new = await office.a_unit(shandong, OLD), await office.a_unit(shandong, NEW)
    specialist = await office.a_clerk(shandong, old, "specialist", "冯专员")
    experts = {kind: await an_expert(shandong, old, specialist, name) for kind, (name, _) in REPORTS.items()}
    async with town_of(product, shandong) as town:
        reporting, leader, receiving = await at_desk(town, specialist), await a_leader(town, old), await a_leader(town, new)
        phones = {kind: await on_phone(town, expert) for kind, expert in experts.items()}
        for kind, expert in experts.items():
            more = {"调入单位名称": NEW, "调入单位统一社会信用代码": new.unit_code} if kind == "工作调动" else {}
            await reporting.open(f"/console/apply/expert_change?about={expert.id}")
            reported = {"变动类型": kind, "变动发生日期": "2026-11-01", "变动情况描述": REPORTS[kind][1]}
            assert "已提交" in await reporting.press("提交审核", {**reported, **more})
            await review(leader, "专家变动", "通过", "属实")
        sheet = await a_list(leader, "专家变动一览表")
        await leader.press("上传扫描件", {"扫描件或照片": File("名单.pdf", stamped(sheet))})
        assert "已汇总提交" in await leader.press("汇总提交")
        province = await town.staff("山东省人力资源和社会保障厅", "reviewer", "于省审")
        for _ in REPORTS:
            await review(province, "专家变动", "通过", "同意")
        await she_works_elsewhere_and_keeps_her_card(shandong, phones["工作调动"], experts["工作调动"], leader, receiving)
        await her_card_is(shandong, phones["离开山东"], experts["离开山东"], CardState.ENDED, "惠才卡已终止")
        await her_card_is(shandong, phones["丧失资格"], experts["丧失资格"], CardState.SUSPENDED, "已停用：丧失资格")
        await nobody_is_written_to_who_died(shandong, phones["去世"], experts["去世"])
        await her_specialist_reads_what_came_of_it(reporting)


async def an_expert(region: Region, unit: Organisation, specialist: Account, name: str) -> Account:
    """Who holds a card and is looked after by the specialist, as the first half of the manual leaves her."""
    expert = await office.a_person(region, unit, name)
    await builders.a_card(holder=expert)
    await Binding.create(region=region.code, id=new_id(), talent_id=expert.id, specialist_id=specialist.id, unit_id=expert.unit_id,
                         bound_by=specialist.id, bound_at=clock.now())
    return expert


async def at_desk(town: Town, account: Account) -> Browser:
    browser = await town.somebody()
    await log_in(browser, account.login_name)
    return browser


async def a_leader(town: Town, unit: Organisation) -> Browser:
    return await at_desk(town, await office.a_clerk(town.region, unit, "unit_leader", "魏负责"))


async def on_phone(town: Town, expert: Account) -> Browser:
    browser = await town.somebody()
    await browser.open("/login")
    await browser.press("登录", {"用户名或手机号": expert.login_name, "密码": builders.PASSWORD})
    return browser


async def she_works_elsewhere_and_keeps_her_card(region: Region, phone: Browser, expert: Account, leader: Browser, receiving: Browser) -> None:
    """A transfer moves her: from the old unit's people to those of the new one, which is told; nobody there is bound to her yet."""
    assert NEW in await phone.open("/me/messages")
    assert "启用" in await phone.open("/me/card")
    assert expert.name not in await leader.open("/console/people")
    assert f"{expert.name}未绑定" in await receiving.open("/console/bindings")
    assert await Binding.of(region.code, talent_id=expert.id, ended_at=None).count() == 0


async def her_card_is(region: Region, phone: Browser, expert: Account, state: CardState, told: str) -> None:
    assert (await Card.of(region.code, holder_id=expert.id).get()).state is state
    assert told in await phone.open("/me/messages")
    bound = await Binding.of(region.code, talent_id=expert.id, ended_at=None).count()
    assert bound == (1 if state is CardState.SUSPENDED else 0)  # who may get her standing back is still looked after


async def nobody_is_written_to_who_died(region: Region, phone: Browser, expert: Account) -> None:
    """The account is closed: what is still open on a phone leads to the login page."""
    await phone.open("/me/messages")
    assert phone.at.startswith("/login")
    assert (await Card.of(region.code, holder_id=expert.id).get()).state is CardState.ENDED


async def her_specialist_reads_what_came_of_it(reporting: Browser) -> None:
    """Who reported hears of each decision, and has no longer those who left her care."""
    said = await reporting.open("/console/people")
    assert REPORTS["丧失资格"][0] in said and not [name for kind, (name, _) in REPORTS.items() if kind != "丧失资格" and name in said]
