"""滨州 as its manual tells it (../seeds/binzhou.txt): 单位注册, 个人注册, 渤海英才卡申请 through unit, county and city, 打印, 注销."""


from collections.abc import AsyncIterator

import pytest

from models.account import Account
from models.case import Case
from services import regions
from tests import office
from tests.acceptance.office import Browser, File, Town, log_in, log_in_by_code, printed, register, stamped, town_of
from tests.foreign_files import a_pdf, a_picture

UNIT, COUNTY, CITY = "邹平黄河铝业有限公司", "邹平市人力资源和社会保障局", "滨州市人力资源和社会保障局"
PASSWORD = "Bo-Hai-2026"
OPERATOR_PHONE, OPERATOR_NUMBER = "19900031001", office.an_id_number(401)
PEOPLE = {"周岚": ("19900031002", office.an_id_number(402)), "吴川": ("19900031003", office.an_id_number(403))}
CHAIN = ["单位负责人审核", "上传汇总表", "县区服务专员审核", "县区负责人审核", "市服务专员审核", "市负责人审核"]
SPECIALIST = {"服务专员姓名": "冯专员", "服务专员联系方式": "19900031009"}

pytestmark = pytest.mark.timeout(180)


def a_scan(name: str, width: int = 120) -> File:
    return File(name, a_picture(size=(width, 160)))


@pytest.fixture
async def town(product: str, database: None) -> AsyncIterator[Town]:
    async with town_of(product, await regions.current("binzhou")) as everybody:
        yield everybody


@pytest.mark.req("BZ-01", "BZ-02", "BZ-03", "BZ-04", "BZ-05", "BZ-06", "BZ-07", "BZ-08")
@pytest.mark.req("BZ-10", "BZ-11", "BZ-12", "BZ-13", "BZ-14", "BZ-15")
async def test_the_manual_from_the_units_registration_to_the_card(town: Town) -> None:
    unit, county = await a_unit_registers(town), await town.staff(COUNTY, "specialist", "县区专员")
    await its_materials_are_submitted(unit)
    await the_county_returns_and_admits_it(county, unit)
    await the_unit_keeps_its_own_accounts(town, unit)
    people = {name: await a_person_registers(town, name) for name in PEOPLE}
    await the_unit_reviews_registrations(unit, people["吴川"])
    await she_applies(people["周岚"])
    he = await Account.of(town.region.code, name="吴川").get()
    await office.submitted(town.region, he, "card", {"specialist_name": "冯专员", "specialist_phone": "19900031009"})
    await the_unit_reviews_applications(unit, people["吴川"])
    await the_list_is_stamped_and_uploaded(unit, county)
    await county_and_city_review_one_after_another(town, county, people["周岚"])
    await she_reads_that_she_has_the_card(people["周岚"])
    await the_unit_asks_for_states_and_prints_the_form(town, unit)
    await they_log_out(unit, people["周岚"])


async def a_unit_registers(town: Town) -> Browser:
    """2. 注册: 用户须知, then name, 所属机构, user name, password, contact, ID number, phone number."""
    unit = await town.somebody()
    typed = {"单位名称": UNIT, "统一社会信用代码": office.a_unit_code(), "联系人姓名": "林经办", "身份证号码": OPERATOR_NUMBER,
             "手机号码": OPERATOR_PHONE, "用户名": "huanghe", "密码": PASSWORD, "确认密码": PASSWORD, "所属机构": COUNTY}
    await unit.open("/register/unit")
    assert not unit.lacks("用户须知", "不可重复出现", "我已阅读并同意")
    assert "请阅读并同意《用户须知》" in await unit.press("注册", typed)
    assert "单位账号已注册" in await register(unit, "单位注册", typed)
    other = {"单位名称": "邹平长山机械有限公司", "统一社会信用代码": office.a_unit_code(), "用户名": "changshan"}
    again = await register(unit, "单位注册", typed | other)
    assert "这个手机号码已经注册过单位账号" in again and "这个身份证号码已经注册过单位账号" in again and UNIT not in again
    await log_in(unit, "huanghe", PASSWORD)
    assert not unit.lacks("单位待提交", "审核通过后才能办理业务") and not unit.offers("邀请注册")
    return unit


async def its_materials_are_submitted(unit: Browser) -> None:
    """上传材料, each kind with whether a file is there; then 提交申请."""
    await unit.follow("单位信息")
    assert not unit.lacks("待提交", "单位材料", "未上传", "请填写单位材料")
    await unit.follow("修改单位信息")
    await unit.press("保存", {"所在县区": "邹平市", "详细地址": "会仙五路"})
    await unit.follow("填写单位材料")
    poison = await unit.press("保存", {"营业执照或法人证书": File("执照.jpg", b"MZ this is a program")})
    assert "有内容需要修改" in poison or "没有办成" in poison
    await unit.press("保存", {"营业执照或法人证书": a_scan("执照.jpg"), "单位承诺书（盖章）": File("承诺书.pdf", a_pdf(1)),
                            "经办人授权委托书（盖章）": a_scan("委托书.jpg", 121),
                            "经办人身份证正反面": [a_scan("正面.jpg", 122), a_scan("反面.jpg", 123)]})
    assert unit.said.count("已上传 1 个") == 3 and "已上传 2 个" in unit.said
    await unit.follow("核对并提交审核")
    assert not unit.lacks("县区人社局审核", COUNTY)
    await unit.press("提交审核")
    assert unit.route == {"县区人社局审核": "underway"}
    await unit.open("/console/")  # BZ-04: 审核期间可以登陆系统但不能办理业务
    assert "单位待审核" in unit.said and not unit.offers("邀请注册")


async def the_county_returns_and_admits_it(county: Browser, unit: Browser) -> None:
    """县区人社局 finds it in 待办事项; 退回 with what is wrong, once; edited, submitted again, 审核通过."""
    await county.open("/console/")
    await county.follow("您有【1】个单位注册审核")
    await county.open_row("单位注册审核")
    assert not county.lacks(UNIT, "执照.jpg", "承诺书.pdf", "会仙五路")
    await county.press("确认退回修改")
    assert county.answer.status_code == 400  # 退回 says why
    await county.press("确认退回修改", {"意见": "地址不完整，请修改", "详细地址有什么问题": "请写到门牌号"})
    await unit.open("/console/unit")
    assert not unit.lacks("已退回", "详细地址：请写到门牌号")
    await unit.follow("修改单位信息")
    await unit.press("保存", {"详细地址": "会仙五路 18 号"})
    await unit.follow("核对并重新提交")
    await unit.press("重新提交")
    await county.open("/console/todo")
    await county.open_row("单位注册审核")
    assert "会仙五路 18 号" in county.said
    await county.press("审核通过")
    await unit.open("/console/")
    assert unit.offers("邀请注册") and "单位待审核" not in unit.said  # 单位再次登录后可看到更多的功能


async def the_unit_keeps_its_own_accounts(town: Town, unit: Browser) -> None:
    """5.1 系统管理: 单位信息维护, 单位用户管理."""
    await unit.follow("单位用户")
    shown = await unit.press("新建账号", {"姓名": "钱同事", "登录账号": "qiantongshi", "手机号": "19900031004", "角色": "单位经办人"})
    assert "钱同事" in shown
    (password,) = unit.page.xpath("//*[@class='one-time']/text()")
    colleague = await town.somebody()
    await log_in(colleague, "qiantongshi", password.strip())
    assert "修改" in colleague.said and "密码" in colleague.said  # the initial password opens it once: she chooses her own first
    await unit.open("/console/colleagues")
    assert "已停用" in await unit.press("停用账号", {"原因": "离岗"})


async def a_person_registers(town: Town, name: str) -> Browser:
    """5.2: 单位注册且人社局审核通过之后，人员就可以注册. A number of the unit's is nobody else's."""
    she, (phone, number) = await town.somebody(), PEOPLE[name]
    typed = {"姓名": name, "身份证号码": number, "手机号码": phone, "用户名": f"person{phone[-4:]}", "密码": PASSWORD, "确认密码": PASSWORD}
    refused = await register(she, "个人注册", typed | {"手机号码": OPERATOR_PHONE, "身份证号码": OPERATOR_NUMBER}, UNIT)
    assert "这个手机号码已经注册过单位账号" in refused and "这个身份证号码已经注册过单位账号" in refused
    await register(she, "个人注册", typed, UNIT)
    assert not she.lacks("注册信息已提交审核", UNIT, "单位审核") and she.route == {"单位审核": "underway"}
    await she.open("/apply/card")
    assert "您的注册还没有通过审核" in she.said
    return she


async def the_unit_reviews_registrations(unit: Browser, he: Browser) -> None:
    """您有【2】个个人注册账号待审核: singly, or several at once; 退回修改则去修改后再提交."""
    await unit.open("/console/people")
    assert all(f"{number[:3]}" in unit.said for _, number in PEOPLE.values()) and "待审核" in unit.said
    await unit.open("/console/")
    await unit.follow("您有【2】个个人注册审核")
    await unit.open_row("周岚")
    assert not unit.lacks("person1002", *PEOPLE["周岚"])  # 账号、证件号码等信息
    await unit.open("/console/todo?matter=person_registration&step=review")
    await unit.press("退回修改", {**unit.ticks("吴川"), "意见": "请与身份证核对姓名"})
    await he.open("/cases")
    await he.follow("个人注册审核")
    assert not he.lacks("退回待修改", "请与身份证核对姓名")
    await he.follow("修改申请")
    await he.press("重新提交")
    await unit.open("/console/")
    await unit.follow("您有【2】个个人注册审核")
    assert "2 件均已" in await unit.press("审核通过", unit.ticks("周岚", "吴川"))
    await unit.open("/console/people")
    assert "待审核" not in unit.said.partition("登记时间")[2]


async def she_applies(she: Browser) -> None:
    """整体申报流程 三: 个人登录 (短信登录), 个人补助申请; who will review it is said before."""
    she.client.cookies.clear()
    await log_in_by_code(she, PEOPLE["周岚"][0])
    await she.open("/me/dossier/basic")
    await she.press("上传所选文件", {"证件照": a_scan("证件照.jpg")}, beside="证件照")
    await she.press("保存", {"性别": "女", "出生日期": "1988-05-16", "最高学历": "博士研究生", "来本单位时间": "2020-07"})
    await she.open("/apply/card")
    assert not she.lacks("请填写教育经历", "请填写个人材料") and not she.offers("下一步：核对")
    await she.open("/me/dossier/education/new")
    await she.press("保存", {"入学时间": "2008-09", "毕业院校": "山东理工大学", "所学专业": "材料学", "学历": "博士研究生"})
    await she.open("/me/dossier/materials")
    await she.press("上传所选文件", beside="身份证正反面", typed={
        "身份证正反面": [a_scan("正面.jpg"), a_scan("反面.jpg", 121)], "学历学位证书": a_scan("证书.jpg", 122),
        "劳动（聘用）合同": File("合同.pdf", a_pdf(1)), "社会保险缴费证明": a_scan("社保.jpg", 123)})
    await she.press("保存")
    await she.open("/apply/card")
    assert not she.lacks(*CHAIN, UNIT, COUNTY, CITY)
    await she.press("下一步：核对", SPECIALIST)
    await she.press("提交申报")
    assert "申请已提交" in she.said and she.route == dict(zip(CHAIN, ["underway"] + ["todo"] * 5, strict=True))


async def the_unit_reviews_applications(unit: Browser, he: Browser) -> None:
    """5.3 单位负责人审核: 查看详情, materials previewed and downloaded; 审核通过, or 退回修改 with marks, once."""
    await unit.open("/console/")
    await unit.follow("您有【2】个渤海英才卡申请 · 单位负责人审核待审核")
    await unit.open_row("周岚")
    assert not unit.lacks(PEOPLE["周岚"][1], "女", "冯专员", SPECIALIST["服务专员联系方式"], "合同.pdf", "1 页")
    preview = await unit.client.get(next(one for one in unit.page.xpath("//img/@src") if "/pages/1" in one))
    assert preview.headers["content-type"].startswith("image/")
    assert (await unit.download("下载原件")).status_code == 200
    await unit.open("/console/todo?matter=card&step=unit")
    await unit.open_row("吴川")
    await unit.press("确认退回修改", {"意见": "请更正来本单位时间", "来本单位时间有什么问题": "与合同不一致"})
    await he.open("/cases")
    await he.follow("渤海英才卡申请")
    assert not he.lacks("请更正来本单位时间", "与合同不一致")
    await he.follow("修改申请")
    await he.follow("来本单位时间")
    assert "修改意见：与合同不一致" in he.said
    await he.press("保存", {"来本单位时间": "2019-03"})
    await he.press("重新提交", SPECIALIST)
    assert "已重新提交" in he.said
    await unit.open("/console/todo?matter=card&step=unit")
    assert "2 件均已" in await unit.press("审核通过", unit.ticks("周岚", "吴川"))


async def the_list_is_stamped_and_uploaded(unit: Browser, county: Browser) -> None:
    """5.3(5): 导出《“渤海英才服务卡”申领人员汇总表》, 盖章, 上传汇总表: of exactly these persons, once, and the bureau waits for it."""
    await county.open("/console/todo")
    assert "没有待办事项" in county.said
    await unit.open("/console/rosters")
    assert not unit.lacks("“渤海英才服务卡”申领人员汇总表", "等待上报（2 人）")
    await unit.press("生成名单", unit.ticks("周岚"))
    of_one = (await unit.download("导出 PDF 打印")).content
    await unit.press("确认作废", {"原因": "漏了吴川"})
    await unit.press("全部生成一份名单")
    sheet = (await unit.download("导出 PDF 打印")).content
    words = printed(sheet).words
    assert all(one in words for one in ("申领人员汇总表", "周岚", "吴川", PEOPLE["周岚"][1], "冯专员", "单位（盖章）"))
    assert (await unit.download("导出 Excel")).content.startswith(b"PK")
    await unit.press("上传扫描件", {"扫描件或照片": File("汇总表.pdf", stamped(of_one))})
    assert "不是这份名单" in unit.said and not unit.offers("汇总提交")
    await unit.press("上传扫描件", {"扫描件或照片": File("汇总表.pdf", stamped(sheet))})
    assert "二维码核对无误" in unit.said and not unit.offers("上传扫描件")  # 不能重复上传
    await unit.press("汇总提交")
    assert "已汇总提交" in unit.said


async def county_and_city_review_one_after_another(town: Town, county: Browser, she: Browser) -> None:
    """县区服务专员 → 县区负责人 → 市服务专员 → 市负责人; 吴川 still waits at the first."""
    chain = {"县区服务专员审核": county, "县区负责人审核": await town.staff(COUNTY, "leader", "县区负责人"),
             "市服务专员审核": await town.staff(CITY, "specialist", "市专员"), "市负责人审核": await town.staff(CITY, "leader", "市负责人")}
    for number, (step, at) in enumerate(chain.items(), 2):
        await she.open("/me")
        assert she.route == dict(zip(CHAIN, ["done"] * number + ["underway"] + ["todo"] * (5 - number), strict=True))
        await at.open("/console/")
        await at.follow(f"您有【{2 if at is county else 1}】个渤海英才卡申请 · {step}待审核")
        await at.open_row("周岚")
        assert not at.lacks(UNIT, "合同.pdf")
        await at.press("审核通过", {"意见": f"{step}，同意"} | ({"审核通过结果": "B 类"} if step == CHAIN[-1] else {}))
        assert "周岚" not in at.said


async def she_reads_that_she_has_the_card(she: Browser) -> None:
    await she.open("/cases?show=closed")
    await she.follow("渤海英才卡申请")
    assert set(she.route.values()) == {"done"} and not she.lacks("市负责人审核，同意", "全部经过")
    await she.open("/me/card")
    assert not she.lacks("渤海英才卡", "B 类")
    await she.open("/me/messages")
    assert not she.lacks("您的渤海英才卡已颁发：B 类")


async def the_unit_asks_for_states_and_prints_the_form(town: Town, unit: Browser) -> None:
    """5.4 单位端申报信息查询, and 打印: the form with its review trail, whose QR says that it is ours."""
    await unit.open("/console/")
    await unit.follow("申报信息查询")
    assert not unit.lacks("周岚", "吴川", "已办结", "办理中", "县区服务专员审核")
    await unit.press("查询", {"姓名、身份证号或手机号": PEOPLE["周岚"][1]})
    await unit.open_row("渤海英才卡申请")
    paper = printed((await unit.download("打印申请表")).content)
    case = await Case.of(town.region.code, matter="card", applicant_id=(await Account.of(town.region.code, name="周岚").get()).id).get()
    assert paper.pages >= 1 and all(one in paper.words for one in (case.number, "周岚", "山东理工大学", "市负责人审核"))
    anybody = await town.somebody()
    await anybody.open("/" + paper.code.split("/", 3)[3])
    assert not anybody.lacks("与系统记录一致", case.number) and "周岚" not in anybody.said


async def they_log_out(unit: Browser, she: Browser) -> None:
    """6. 退出系统."""
    await unit.open("/console/")
    await unit.press("注销")
    assert unit.at == "/console/login"
    await unit.open("/console/todo")
    assert unit.at == "/console/login"
    await she.open("/me")
    await she.press("注销")
    await she.open("/me")
    assert she.at == "/login"
