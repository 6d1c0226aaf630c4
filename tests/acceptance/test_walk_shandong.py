"""山东 as its manual tells it (seeds/shandong.txt): 惠才卡 from registration to its issue, then 报送专家变动 from the specialist to its effect."""

from dataclasses import dataclass

import pytest

from config.vocabulary import OrganisationKind
from models.card import Card, CardState
from services import regions
from services.regions import Region
from tests import office
from tests.acceptance.office import Browser, File, log_in, printed, register, review, somebody, stamped
from tests.foreign_files import a_pdf, a_picture

pytestmark = pytest.mark.timeout(180)

UNIT, NEXT, PASSWORD, PERSON = "山东齐岳大学", "山东泉城实验室", "Qi-Yue-2026", "周岚"
HONOUR = {"称号或入选工程": "泰山学者特聘专家", "作为申领依据": "是", "称号级别": "省部级", "授予时间": "2023-05", "授予单位": "省人民政府"}


@dataclass
class People:
    """Everybody of the manual, each with a browser."""

    leader: Browser
    specialist: Browser
    talent: Browser
    city: Browser
    province: Browser


@pytest.fixture
async def shandong(database: None) -> Region:
    return await regions.current("shandong")


@pytest.mark.req("SD-01", "SD-02", "SD-03", "SD-04", "SD-05", "SD-06", "SD-07", "SD-10", "SD-11", "SD-12", "SD-13", "SD-14")
async def test_from_the_registration_of_a_talent_to_the_report_that_she_left(product: str, shandong: Region) -> None:
    async with (somebody(product, shandong) as leader, somebody(product, shandong) as specialist, somebody(product, shandong) as talent,
                somebody(product, shandong) as city, somebody(product, shandong) as province):
        all_of_them = People(leader, specialist, talent, city, province)
        await staff_log_in(shandong, all_of_them)
        await the_unit_is_there(all_of_them)
        await talent_and_specialist_register(all_of_them)
        await the_leader_reviews_the_specialist_and_binds(all_of_them)
        await the_talent_applies_for_the_card(all_of_them)
        await the_specialist_completes_the_materials(all_of_them)
        await the_leader_reviews(all_of_them)
        await the_leader_sends_a_stamped_list(all_of_them, "惠才卡申领", "山东惠才卡申领人员汇总表")
        await the_province_issues_the_card(all_of_them)
        await the_specialist_reports_a_change(all_of_them)
        await the_leader_checks_the_report(all_of_them)
        await the_leader_sends_a_stamped_list(all_of_them, "专家变动", "专家变动一览表")
        await the_progress_is_blue_red_and_black(all_of_them)
        await the_change_is_accepted_and_takes_effect(all_of_them)


def account(label: str, name: str, phone: str, login_name: str) -> dict[str, str]:
    return {label: name, "身份证号码": office.an_id_number(), "手机号码": phone, "用户名": login_name, "密码": PASSWORD, "确认密码": PASSWORD}


async def staff_log_in(region: Region, we: People) -> None:
    jinan = await office.office(region, kind=OrganisationKind.DISTRICT_BUREAU, district="jinan")
    await log_in(we.city, (await office.a_clerk(region, jinan, "reviewer", "何市审")).login_name)
    await log_in(we.province, (await office.a_clerk(region, await office.office(region, code="sd_hrss"), "reviewer", "于省审")).login_name)


async def the_unit_is_there(we: People) -> None:
    """The manual begins where units are: their leader registers, the city vouches for them."""
    known = account("联系人姓名", "魏负责", "19900033001", "weifuze")
    assert "单位账号已注册" in await register(we.leader, "用人单位负责人注册", {**known, "单位名称": UNIT, "统一社会信用代码": office.a_unit_code()})
    await log_in(we.leader, "weifuze", PASSWORD)
    await we.leader.open("/console/unit")
    await we.leader.follow("修改单位信息")
    scan = File("扫描件.jpg", a_picture())
    await we.leader.press("保存", {"单位性质": "高等院校", "所在市": "济南市", "详细地址": "经十路 1 号",
                              "营业执照或法人证书": scan, "单位负责人授权书": scan})
    await we.leader.follow("核对并提交审核")
    assert "济南市人力资源和社会保障局" in we.leader.said
    await we.leader.press("提交审核")
    await review(we.city, "用人单位审核", "审核通过", "属实")


async def talent_and_specialist_register(we: People) -> None:
    """1 高层次人才注册 and 2 服务专员注册, 具体到二级单位; what is taken is said, not whose."""
    hers = account("姓名", PERSON, "19900033003", "zhoulan")
    await we.talent.open("/login")
    await we.talent.follow("没有账号？去注册")
    assert "高层次人才注册" in we.talent.said and "具体到二级单位" in we.talent.said
    assert "注册信息已提交审核" in await register(we.talent, "高层次人才注册", hers, unit=UNIT)
    his = account("姓名", "冯专员", "19900033002", "fengzhuanyuan")
    taken = await register(we.specialist, "用人单位服务专员注册", {**his, "身份证号码": hers["身份证号码"], "二级单位": "材料学院"}, unit=UNIT)
    assert "这个身份证号码已经注册过个人账号" in taken and PERSON not in taken
    assert "注册信息已提交审核" in await register(we.specialist, "用人单位服务专员注册", {**his, "二级单位": "材料学院"}, unit=UNIT)


async def the_leader_reviews_the_specialist_and_binds(we: People) -> None:
    """3 服务专员审核 and 4 高层次人才绑定服务专员."""
    await we.leader.open("/console/")
    assert "单位服务专员注册" in we.leader.said
    assert "材料学院" in await review(we.leader, "单位服务专员注册", "审核通过", "同意")
    await review(we.leader, "高层次人才注册", "审核通过", "同意")
    await we.leader.follow("服务专员")
    assert f"{PERSON}未绑定" in we.leader.said
    await we.leader.press("绑定", {f"选择 {PERSON}": True, "服务专员": "冯专员"})
    assert f"{PERSON}冯专员" in we.leader.said and "现服务 1 人" in we.leader.said


async def the_talent_applies_for_the_card(we: People) -> None:
    """Her data and materials; who will review, and why, before she submits."""
    talent = we.talent
    await talent.open("/me/dossier")
    await talent.follow("基本信息")
    await talent.press("保存", {"性别": "女", "出生日期": "1988-05-16", "最高学历": "博士研究生", "从事专业领域": "新型合金"})
    await talent.open("/me/dossier/standing/new")
    refused = await talent.press("保存", {**HONOUR, "称号或入选工程": "泰山特聘"})
    assert "泰山学者特聘专家" in refused and talent.answer.status_code == 400  # a short title, with what it may mean
    await talent.press("上传所选文件", {"证书或文件": File("证书.pdf", a_pdf(1)), **HONOUR}, beside="证书或文件")
    await talent.press("保存")
    await talent.open("/me/dossier/materials")
    await talent.press("上传所选文件", {"聘用合同或引进协议": File("聘用合同.pdf", a_pdf(2))}, beside="聘用合同或引进协议")
    assert "已填写完整" in await talent.press("保存")
    await talent.open("/apply/card")
    assert "山东省人力资源和社会保障厅" in talent.said and "惠才卡汇总提交" in talent.said
    await talent.press("下一步：核对")
    assert "申请已提交" in await talent.press("提交申报")


async def the_specialist_completes_the_materials(we: People) -> None:
    """5 补充材料: reads what was submitted, completes it, 提交到单位负责人; sees nobody who is not bound to him."""
    at = we.specialist
    assert "惠才卡申领" in await log_in(at, "fengzhuanyuan", PASSWORD)
    await at.open("/console/people")
    assert PERSON in at.said
    await at.open("/console/todo")
    await at.follow("惠才卡申领")
    assert "泰山学者特聘专家" in at.said and "聘用合同.pdf" in at.said
    await at.follow("补充申领材料")
    await at.press("保存", {"单位推荐意见": File("推荐意见.pdf", a_pdf(1))})
    assert "推荐意见.pdf" in at.said
    await at.press("提交到单位负责人", {"意见": "材料已核对"})
    await we.talent.open("/me")
    assert "单位负责人审核" in we.talent.said and "材料已核对" in we.talent.said


async def the_leader_reviews(we: People) -> None:
    """6 单位负责人审核: a return with marks first, answered once; then result and opinion."""
    said = await review(we.leader, "惠才卡申领", "确认退回修改", "请核对授予时间", {"授予时间有什么问题": "与证书不一致"})
    assert "推荐意见.pdf" in said
    await we.talent.open("/me")
    await we.talent.follow("修改申请")
    await we.talent.follow("人才称号第 1 条 · 授予时间")
    assert "与证书不一致" in we.talent.said
    await we.talent.press("保存", {"授予时间": "2022-12"})
    await we.talent.press("重新提交")
    assert "2022-12" in await review(we.specialist, "惠才卡申领", "提交到单位负责人", "已核对")
    await review(we.leader, "惠才卡申领", "审核通过", "")
    assert "有内容需要修改" in we.leader.said  # the manual asks for result and opinion
    await review(we.leader, "惠才卡申领", "审核通过", "同意推荐")


async def the_leader_sends_a_stamped_list(we: People, matter: str, title: str) -> None:
    """7 and 变动汇总提交: export, stamp, upload, 提交; the scan of a list that is void is not taken."""
    leader = we.leader
    before = await a_list(leader, title)
    await leader.press("确认作废", {"原因": "漏了一人"})
    sheet = await a_list(leader, title)
    assert title in printed(sheet).words and PERSON in printed(sheet).words
    assert "不是这份名单" in await leader.press("上传扫描件", {"扫描件或照片": File("名单.pdf", stamped(before))})
    await leader.press("上传扫描件", {"扫描件或照片": File("名单.pdf", stamped(sheet))})
    assert "二维码核对无误" in leader.said
    assert "已汇总提交" in await leader.press("汇总提交")


async def a_list(leader: Browser, title: str) -> bytes:
    """The list of everybody who waits, exported; reports of change name somebody to be called (SD-12)."""
    await leader.open("/console/rosters/")
    await leader.follow(title)
    await leader.press("全部生成一份名单")
    if leader.offers("保存联系人"):
        await leader.press("保存联系人", {"联系人": "魏负责", "联系电话": "0531-55501001"})
    return (await leader.download("导出 PDF")).content


async def the_province_issues_the_card(we: People) -> None:
    await review(we.province, "惠才卡申领", "颁发", "", {"颁发结果": "惠才卡"})
    await we.talent.open("/me/card")
    assert "山东惠才卡" in we.talent.said and "启用" in we.talent.said and "HC202600****" in we.talent.said
    await we.talent.open("/me/messages")
    assert "惠才卡" in we.talent.said and "颁发" in we.talent.said


async def the_specialist_reports_a_change(we: People) -> None:
    """1 申请专家变动: her data stand there; type, date and description are asked for, for a transfer the new unit as well."""
    at = we.specialist
    await at.open("/console/people")
    await at.follow("专家变动")
    assert PERSON in at.said and "个人基本信息" in at.said and "变动类型" in at.said and "变动发生日期" in at.said
    refused = await at.press("提交审核", {"变动类型": "工作调动"})
    assert "变动发生日期" in refused and "调入单位名称" in refused and "有内容需要修改" in refused
    assert "已提交" in await at.press("提交审核", {"变动类型": "离开山东", "变动发生日期": "2026-11-01", "变动情况描述": "受聘到外省工作"})


async def the_leader_checks_the_report(we: People) -> None:
    """2 专家变动汇总审核: 通过, or 不通过 with its reason."""
    await review(we.leader, "专家变动", "确认不通过", "")
    assert "有内容需要修改" in we.leader.said
    said = await review(we.leader, "专家变动", "通过", "属实")
    assert "受聘到外省工作" in said and "离开山东" in said and "冯专员" in said


async def the_progress_is_blue_red_and_black(we: People) -> None:
    """4 审核进度查询 · 查看审核流程: done, under way, not begun."""
    await we.leader.open("/console/query")
    await we.leader.press("查询", {"事项": "专家变动"})
    await we.leader.open_row("专家变动")
    tones = [one.get("class").split("--")[1].split()[0] for one in we.leader.page.xpath("//*[contains(@class, 'route__step--')]")]
    assert tones == ["done", "done", "underway"]
    paper = printed((await we.leader.download("打印申请表")).content) if we.leader.offers("打印申请表") else None
    assert paper is None or paper.code


async def the_change_is_accepted_and_takes_effect(we: People) -> None:
    """What an accepted change does by itself: whoever left the province has a card no longer, and is told."""
    await review(we.province, "专家变动", "通过", "同意")
    card = await Card.of(we.talent.region.code).get()
    assert card.state in (CardState.ENDED, CardState.SUSPENDED)
    await we.talent.open("/me/messages")
    assert "惠才卡已终止" in we.talent.said or "惠才卡已停用" in we.talent.said
    await we.talent.open("/me")
    await we.talent.press("退出登录")
    await we.leader.press("退出登录")
    assert we.leader.at == "/console/login"
