"""威海 as its manual tells it (../seeds/weihai.txt): 注册, 企业入库, 威海市人才库, 英才卡申领 and 管理, 人才服务绿色通道.

The manual's examples are told too: 张三教授 of a unit in 文登区, another of a city-direct unit whose main honour is 威海市乡村之星, and one of
哈尔滨工业大学.
"""

from collections.abc import AsyncIterator

import pytest

from models.case import Case
from services.regions import Region
from tests import builders, office
from tests.acceptance.office import Browser, File, Town, log_in, printed, register, stamped, town_of
from tests.acceptance.phone import code_on, last_code
from tests.foreign_files import a_picture

UNIT, DISTRICT, CITY = "威海海蓝生物科技有限公司", "文登区人力资源和社会保障局", "威海市人力资源和社会保障局"
PASSWORD = "Hai-Lan-2026"
OWN = {"密码": PASSWORD, "确认密码": PASSWORD}
PERSON = {"姓名": "张三", "身份证号码": office.an_id_number(411), "手机号码": "19900041002", "用户名": "zhangsan", **OWN}
OPERATOR = {"单位名称": UNIT, "联系人姓名": "林经办", "身份证号码": office.an_id_number(412), "手机号码": "19900041001", "用户名": "hailan", **OWN}
#: What stands beside the title.
HONOUR = {"主要依据荣誉称号": "是", "称号级别": "市级", "授予时间": "2023-05", "授予单位": "威海市人民政府"}
CHAIN = ["主管部门审核", "名单上报", "市人社局初审", "市人社局终审"]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def town(product: str, region: Region) -> AsyncIterator[Town]:
    async with town_of(product, region) as everybody:
        yield everybody


@pytest.mark.req("WH-01", "WH-02", "WH-03", "WH-10", "WH-12", "WH-13", "WH-20", "WH-21", "WH-22", "WH-23", "WH-24")
@pytest.mark.req("WH-25", "WH-26", "WH-30", "WH-31", "WH-32", "WH-33", "WH-34", "WH-35", "WH-36", "WH-37")
async def test_the_manual_from_registration_to_the_card_and_its_suspension(town: Town) -> None:
    unit, district = await a_unit_registers(town), await town.staff(DISTRICT, "reviewer", "文登审核")
    she = await a_person_registers(town)
    await she_fills_her_sections(she)
    await her_unit_is_not_found_yet(she)
    await the_unit_is_returned_and_admitted(unit, district)
    await she_submits_to_her_unit(she)
    await the_unit_concludes_and_the_district_admits(unit, district, she)
    await she_synchronises_and_applies_for_the_card(she)
    await the_district_reviews_and_reports_its_list(district)
    city = await the_city_issues_the_card(town, she)
    await a_suspended_card_opens_nothing(city, she)


async def a_unit_registers(town: Town) -> Browser:
    """2.1: 选择个人/单位注册; then user name, password and 验证码 lead to 用户中心 with its 快捷入口."""
    unit = await town.somebody()
    await unit.open("/register")
    assert not unit.lacks("个人注册", "单位注册", "主管部门和服务窗口的账号由系统管理员开通")
    assert "单位账号已注册" in await register(unit, "单位注册", {**OPERATOR, "统一社会信用代码": office.a_unit_code()})
    await unit.open("/console/login")
    assert "验证码" in await unit.press("登录", {"用户名": "hailan", "密码": PASSWORD, "图形验证码": "0000"}) and unit.at == "/console/login"
    await log_in(unit, "hailan", PASSWORD)
    assert not unit.lacks("用户中心", "快捷入口", "待办事项", "单位待提交") and not unit.offers("邀请注册")
    return unit


async def a_person_registers(town: Town) -> Browser:
    she = await town.somebody()
    await register(she, "个人注册", PERSON)
    assert not she.lacks("注册成功", "基本情况", "主要荣誉称号情况", "教育经历", "工作经历", "专利情况", "论文论著")
    assert she.said.count(" 必填 ") == 2
    return she


async def she_fills_her_sections(she: Browser) -> None:
    """2.2.1 信息维护: 是否市直 and 单位所在地 decide; 主要依据荣誉称号; no 简称 such as 突贡."""
    await she.open("/me/dossier/basic")
    assert not she.lacks("决定由哪个部门审核", "是否市直", "单位所在地")
    await she.press("保存", {"性别": "女", "出生日期": "1988-05-16", "工作单位": UNIT, "是否市直": "否", "单位所在地": "文登区",
                           "最高学历": "博士研究生"})
    await she.open("/me/dossier/honours/new")
    refused = await she.press("保存", {"荣誉称号": "突贡", **HONOUR})
    assert "山东省有突出贡献的中青年专家" in refused and "威海市有突出贡献的中青年专家" in refused
    await she.press("保存", {"荣誉称号": "威海市有突出贡献的中青年专家", **HONOUR, "主要依据荣誉称号": "否"})
    await she.open("/me/dossier")
    assert "选定一条" in she.said  # 必须完善“主要依据荣誉称号”,否则无法提交
    await she.open("/me/dossier/honours/1")
    await she.press("保存", {"主要依据荣誉称号": "是"})
    await she.open("/me/dossier/education/new")
    await she.press("保存", {"入学时间": "2008-09", "毕业院校": "中国海洋大学", "学历": "博士研究生"})
    await she.open("/me/dossier")
    assert "已填写完整" in she.said


async def her_unit_is_not_found_yet(she: Browser) -> None:
    """2.2.2: 如果未搜索到企业，是因为企业未审核通过."""
    await she.open("/apply/card")
    assert "您的人才信息还没有入库" in she.said
    await she.open("/apply/talent_pool")
    assert not she.lacks("没有搜索到，是因为单位还没有审核入库")
    assert "没有找到名称含“海蓝生物”的单位" in await she.press("查找单位", {"查找审核单位": "海蓝生物"})


async def the_unit_is_returned_and_admitted(unit: Browser, district: Browser) -> None:
    """2.3.1 企业信息入库: 基本信息、科技创新平台、发明专利, 选择提交单位; 2.4.4: 入库或退回修改."""
    await unit.follow("单位信息")
    assert not unit.lacks("待提交", "基本信息", "科技创新平台", "发明专利")
    await unit.follow("修改基本信息")
    await unit.press("保存", {"单位性质": "企业", "单位所在地": "文登区", "详细地址": "昆嵛路 8 号", "法定代表人": "林海",
                            "营业执照或法人证书": File("执照.jpg", a_picture(size=(120, 160)))})
    await unit.open("/console/unit/platforms/0")
    await unit.press("保存", {"平台名称": "海洋生物工程技术研究中心", "平台级别": "省级"})
    await unit.open("/console/unit/patents/0")
    await unit.press("保存", {"专利名称": "一种海藻纤维", "专利号": "ZL202010000001.0"})
    await unit.follow("核对并提交审核")
    await unit.press("提交审核", {"提交单位": DISTRICT})
    assert unit.route == {"入库审核": "underway"}
    await district.open("/console/todo")
    await district.open_row("企业信息入库")
    assert not district.lacks(UNIT, "海洋生物工程技术研究中心", "一种海藻纤维", "执照.jpg")
    await district.press("确认退回修改", {"意见": "请核对专利号", "专利号有什么问题": "与证书不一致"})
    await unit.open("/console/unit")
    assert not unit.lacks("已退回", "与证书不一致")
    await unit.open("/console/unit/patents/1")
    await unit.press("保存", {"专利号": "ZL202010000001.8"})
    await unit.follow("核对并重新提交")
    await unit.press("重新提交", {"提交单位": DISTRICT})
    await district.open("/console/todo")
    await district.open_row("企业信息入库")
    await district.press("入库", {"意见": "材料齐全，同意入库"})
    await unit.open("/console/unit")
    assert "已入库" in unit.said


async def she_submits_to_her_unit(she: Browser) -> None:
    """信息提交: 选择审核单位; who reviews, and why, is said before."""
    await she.open("/apply/talent_pool")
    await she.press("查找单位", {"查找审核单位": "海蓝生物"})
    await she.press("下一步：核对", {"审核单位": UNIT})
    assert not she.lacks(UNIT, DISTRICT, "单位所在地为文登区")
    await she.press("提交申报")
    assert she.route == {"单位审核": "underway", "主管部门审核": "todo"}


async def the_unit_concludes_and_the_district_admits(unit: Browser, district: Browser, she: Browser) -> None:
    """2.4.6 结论意见: to the organisation above, which the system computes; 退回修改 goes the whole way again; 入库."""
    for turn in ("证书时间有误", ""):
        await unit.open("/console/")
        await unit.follow("您有【1】个威海市人才库入库 · 单位审核待审核")
        await unit.open_row("张三")
        assert not unit.lacks(PERSON["身份证号码"], "威海市有突出贡献的中青年专家") and not unit.page.xpath("//select[@name='organisation']")
        await unit.press("提交主管部门", {"意见": "情况属实"})
        await district.open("/console/todo")
        await district.open_row("张三")
        assert not district.lacks("情况属实", "单位所在地为文登区")
        if turn:
            await district.press("确认退回修改", {"意见": turn, "授予时间有什么问题": "与证书不一致"})
            await she.open("/cases")
            await she.follow("威海市人才库入库")
            await she.follow("修改申请")
            await she.follow("授予时间")
            await she.press("保存", {"授予时间": "2022-12"})
            await she.press("重新提交", {"审核单位": UNIT})
    await district.press("入库", {"意见": "同意入库"})
    await she.open("/me/dossier")
    assert "第 2 版已审核生效" in she.said


async def she_synchronises_and_applies_for_the_card(she: Browser) -> None:
    """3.1: 数据同步, then 信息提交: 张三->文登区人社局->市人社局初审->市人社局终审->领卡."""
    await she.open("/apply/card")
    assert not she.offers("下一步：核对")
    await she.press("数据同步")
    assert not she.lacks("数据已同步", "与入库版本一致", DISTRICT, CITY)
    await she.press("下一步：核对")
    assert not she.lacks("中国海洋大学", "2022-12")
    await she.press("提交申报")
    await she.open("/me")
    assert she.route == dict(zip(CHAIN, ["underway", "todo", "todo", "todo"], strict=True))


async def the_district_reviews_and_reports_its_list(district: Browser) -> None:
    """3.2.1: 审核; 人才管理 and its Excel, 本单位上报的名单; 盖章 and 附件上传."""
    await district.open("/console/todo")
    await district.open_row("张三")
    await district.press("审核通过", {"意见": "符合申领条件"})
    await district.open("/console/talents")
    assert not district.lacks("张三", UNIT, "名单上报")
    assert (await district.download("导出 Excel")).content.startswith(b"PK")
    await district.open("/console/rosters")
    assert not district.lacks("威海英才卡申领人员上报名单", "等待上报（1 人）")
    await district.press("全部生成一份名单")
    before = (await district.download("导出 PDF 打印")).content
    await district.press("确认作废", {"原因": "盖章不清晰"})
    await district.press("全部生成一份名单")
    sheet = (await district.download("导出 PDF 打印")).content
    assert all(one in printed(sheet).words for one in ("张三", PERSON["身份证号码"], UNIT, "威海市有突出贡献的中青年专家"))
    assert "不是这份名单" in await district.press("上传扫描件", {"扫描件或照片": File("名单.pdf", stamped(before))})
    await district.press("上传扫描件", {"扫描件或照片": File("名单.pdf", stamped(sheet))})
    assert "已汇总提交" in await district.press("汇总提交")


async def the_city_issues_the_card(town: Town, she: Browser) -> Browser:
    """3.2.2: 初审, 终审, 颁发; 英才卡管理 with search and Excel; her progress in three colours meanwhile."""
    first, city = await town.staff(CITY, "reviewer", "初审"), await town.staff(CITY, "city_staff", "于科长")
    for number, (step, at, word) in enumerate([("市人社局初审", first, "初审通过"), ("市人社局终审", city, "颁发")], 2):
        await she.open("/me")
        assert she.route == dict(zip(CHAIN, (["done"] * number + ["underway"] + ["todo"])[:4], strict=True))
        await at.open("/console/")
        await at.follow(f"您有【1】个威海英才卡申领 · {step}待审核")
        await at.open_row("张三")
        await at.press(word, {"意见": "同意"} | ({"颁发结果": "A 类"} if word == "颁发" else {}))
    await city.open("/console/cards")
    await city.press("查询", {"卡号或持卡人姓名": "张三", "等级": "A 类"})
    assert not city.lacks("共 1 张", UNIT)
    assert (await city.download("导出 Excel")).content.startswith(b"PK")
    await she.open("/me/card")
    assert not she.lacks("威海英才卡", "A 类", "扫码服务")
    await she.open("/me/messages")
    assert "您的威海英才卡已颁发：A 类" in she.said
    return city


async def a_suspended_card_opens_nothing(city: Browser, she: Browser) -> None:
    """3.2.2.2: 英才卡停用后，则移动端停止对持卡人的一切绿色通道服务; 启用 lets it go on."""
    board = await builders.a_board()
    await city.open_row("张三")
    assert "请" in await city.press("停用这张卡") and city.answer.status_code == 400
    await city.press("停用这张卡", {"原因": "资格复核"})
    await she.open("/")
    await she.follow("专家门诊预约")
    assert "停用" in she.said and not she.offers("在线申请")
    await she.open(f"/v/{code_on(board)}")
    assert "停用" in she.said
    await city.press("启用这张卡", {"原因": "复核通过"})
    await she.open("/")
    await she.follow("专家门诊预约")
    assert she.offers("在线申请")


@pytest.mark.req("WH-11", "WH-25", "WH-31")
@pytest.mark.parametrize(("unit_name", "city_direct", "handlers"), [
    ("威海田园牧歌农业有限公司", "是", ["威海市农业农村局", CITY, CITY]),
    ("文登昆嵛山茶业有限公司", "否", [DISTRICT, CITY, CITY]),
    ("哈尔滨工业大学（威海）", "否", [CITY, CITY]),
])
async def test_who_reviews_is_the_manuals_example_in_the_pool_and_for_the_card(town: Town, unit_name: str, city_direct: str,
                                                                            handlers: list[str]) -> None:
    unit = await office.a_unit(town.region, unit_name)
    who = await office.a_person(town.region, None, "张三")
    known = {"basic": {"city_direct": "yes" if city_direct == "是" else "no", "district": "wendeng", "unit_name": unit_name},
             "honours": {"title": "威海市乡村之星"}}
    case = await office.submitted(town.region, who, "talent_pool", {"unit": str(unit.id)}, **known)
    at = await town.somebody()
    await log_in(at, (await office.an_operator(town.region, unit)).login_name)
    await at.open("/console/todo")
    await at.open_row("张三")
    await at.press("提交主管部门", {"意见": "情况属实"})
    above = await town.staff(handlers[0], "reviewer", "审核")
    await above.open("/console/todo")
    await above.open_row("张三")
    assert not above.lacks("情况属实", handlers[0], "为什么在这里")
    await above.press("入库", {"意见": "同意入库"})
    assert (await Case.find(town.region.code, case.id)).closed_at is not None
    she = await town.somebody()
    await she.open("/login?way=password")
    await she.press("登录", {"用户名或手机号": who.login_name, "密码": builders.PASSWORD})
    await she.open("/apply/card")
    await she.press("数据同步")
    panel = next(one.text_content() for one in she.page.find_class("panel") if "由谁审核" in one.text_content())
    assert all(place in panel for place in handlers) and (DISTRICT in panel) == (DISTRICT in handlers)


@pytest.mark.req("WH-05", "WH-50", "WH-51", "WH-52", "WH-53", "WH-54", "WH-55", "WH-60")
@pytest.mark.req("WH-61", "WH-62", "WH-63", "WH-64")
async def test_a_holder_books_a_service_follows_it_and_rates_it(town: Town) -> None:
    """4. 人才服务绿色通道: 登录 when it is needed, 在线申请, 受理 预审 办结 at either side, 进度查看, 满意度评价, 综合查询, 扫码服务."""
    holder = await builders.a_talent(name="张三", phone="19900042001")
    await builders.a_card(holder=holder)
    she, window = await town.somebody(), await town.staff("文登区人才服务窗口", "clerk", "窗口经办")
    await she.open("/")
    await she.follow("专家门诊预约")
    await she.follow("在线申请")
    assert she.at == "/login"  # 自动跳转至登录页面
    await she.press("获取验证码", {"手机号": "19900042001"})
    await she.press("登录", {"短信验证码": await last_code(town.region)})
    assert she.at.endswith("/request")
    need = {"预约需求": "想预约市立医院心内科专家门诊，下周三上午。", "所属区县": "文登区"}
    await she.press("更新窗口和时段", need)
    await she.press("下一步：核对", {**need, "服务窗口": "文登区人才服务窗口"})
    await she.press("提交预约")
    assert "预约已提交" in she.said
    case = await Case.of(town.region.code, matter="booking").get()
    for word, opinion in (("受理", "材料齐全，予以受理"), ("预审通过", "专家号源已确认")):
        await window.open("/console/todo")
        await window.open_row("张三")
        await window.press(word, {"意见": opinion})
        await she.open(f"/cases/{case.id}")
        assert opinion in she.said
    await window.open("/console/todo")
    await window.open_row("张三")
    await window.press("办结", {"意见": "下周三上午九点，门诊楼三层", "办结结果": "办理成功"})
    await she.open(f"/cases/{case.id}")
    assert not she.lacks("办理结果：办理成功", "请您评价这次服务")
    assert "感谢您的评价" in await she.press("提交评价", {"想说的话": "很周到"}, stars="5") and not she.offers("提交评价")
    await window.open("/console/query")
    assert not window.lacks("专家门诊预约", "5 星", "很周到")
    await she.open("/windows")
    assert not she.lacks("文登区人才服务窗口", "姜海燕", "0631-5550113")
    board = await builders.a_board(await builders.a_venue())
    await she.open(f"/v/{code_on(board)}")
    assert she.offers("核验")
