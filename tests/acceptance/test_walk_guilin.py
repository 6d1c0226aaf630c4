"""桂林 as its manual tells it (seeds/guilin.txt), chapter by chapter: a unit and its people register, are reviewed, and one of them is recognised."""

import httpx
import pytest

from config.vocabulary import OrganisationKind
from services import regions
from services.regions import Region
from tests import office
from tests.acceptance.office import Browser, File, log_in, printed, register, review, somebody, town_of
from tests.acceptance.phone import last_code
from tests.foreign_files import a_pdf, a_picture

pytestmark = pytest.mark.timeout(180)

UNIT, OPERATOR, PERSON, ENROLLED = "桂林漓江生物制药有限公司", "lijiang", "19900031002", "19900031003"
PASSWORD, HERS, NEW = "Li-Jiang-2026", "Zhou-Li-2026", "Gui-Shan-2026"
RECOGNITION = {"申报类别": "C 类", "所属行业（专业领域）": "生物医药", "申报依据": "国家自然科学基金面上项目主持人",
               "主要业绩成果": "主持国家级项目两项，发表论文二十余篇，成果转化三项。"}


@pytest.fixture
async def guilin(database: None) -> Region:
    return await regions.current("guilin")


@pytest.mark.req("GL-01", "GL-02", "GL-03", "GL-04", "GL-05", "GL-06", "GL-07", "GL-08", "GL-10", "GL-11", "GL-12", "GL-13")
async def test_from_the_registration_of_a_unit_to_the_recognition_of_its_talent(product: str, guilin: Region) -> None:
    async with (somebody(product, guilin) as unit, somebody(product, guilin) as county, somebody(product, guilin) as centre,
                somebody(product, guilin) as person, somebody(product, guilin) as enrolled):
        await staff_log_in(guilin, county, centre)
        await a_unit_registers_and_completes_its_data(unit)
        await nobody_registers_under_a_unit_that_is_not_in_use(person)
        await county_and_centre_review_the_unit(unit, county, centre)
        await a_person_registers_and_her_unit_returns_and_approves(person, unit)
        await what_is_registered_is_not_registered_again(enrolled)
        await the_unit_makes_an_account_with_a_password_for_once(unit, enrolled)
        await she_applies_with_evidence_some_of_it_on_paper(person)
        await unit_and_centre_review_and_recognise(unit, centre)
        await unit_and_person_read_the_result(unit, person)
        await the_form_is_printed(unit, person)
        await account_settings_ask_for_a_new_login(unit, person)


@pytest.mark.req("GL-02")
async def test_an_agency_of_the_city_is_reviewed_by_its_department(product: str, guilin: Region) -> None:
    """2.1 市直机关事业单位选择“主管部门”. It says 城区 by mistake first: returned there, it goes by the department, and the county has it no more."""
    async with town_of(product, guilin) as town:
        unit, county = await town.somebody(), await town.staff("七星区人力资源和社会保障局", "district_clerk", "何经办")
        department = await town.staff("桂林市教育局", "department_clerk", "蒋经办")
        centre = await town.staff("桂林市人才服务中心", "city_staff", "韦经办")
        account = {"单位名称": "桂林漓江职业学院", "统一社会信用代码": office.a_unit_code(), "操作人": "林经办", "手机号码": "19900031011"}
        await register(unit, "单位注册", {**account, "登录账号": OPERATOR, "密码": PASSWORD, "确认密码": PASSWORD})
        await log_in(unit, OPERATOR, PASSWORD)
        await its_data(unit, {"单位性质": "市直", "单位分配管理": "城区", "单位审核归属": "七星区", "单位地址": "桂林市七星区骖鸾路 2 号",
                              "营业执照": File("事业单位法人证书.jpg", a_picture())})
        await unit.press("提交审核")
        await review(county, "单位注册审核", "确认退回", "市直事业单位请选择主管部门", {"单位分配管理有什么问题": "请选择主管部门"})
        await its_data(unit, {"单位分配管理": "主管部门", "单位审核归属": "桂林市教育局"})
        assert not unit.lacks("审核机构桂林市教育局", "桂林市人才服务中心审核")
        await unit.press("重新提交")
        assert "单位注册审核" not in await county.open("/console/todo")
        assert "事业单位法人证书.jpg" in await review(department, "单位注册审核", "审核通过", "属实")
        await review(centre, "单位注册审核", "审核通过", "同意使用")
        assert "单位已入库，可以办理人才业务" in await unit.open("/console/unit")


async def its_data(unit: Browser, typed: dict[str, object]) -> None:
    """单位信息维护, to the page before the submission."""
    await unit.open("/console/unit")
    await unit.follow("修改单位信息")
    await unit.press("保存", typed)
    await unit.follow("核对并")


async def staff_log_in(region: Region, county: Browser, centre: Browser) -> None:
    bureau = await office.office(region, kind=OrganisationKind.DISTRICT_BUREAU, district="qixing")
    await log_in(county, (await office.a_clerk(region, bureau, "district_clerk", "何经办")).login_name)
    said = await log_in(centre, (await office.a_clerk(region, await office.office(region, code="talent_centre"), "city_staff", "韦经办")).login_name)
    assert "韦经办" in said and "没有待办事项" in said


async def a_unit_registers_and_completes_its_data(unit: Browser) -> None:
    """一、2 and 二、1 to 2.1: nothing works before 单位信息 and 营业执照 are there and submitted."""
    account = {"单位名称": UNIT, "统一社会信用代码": office.a_unit_code(), "操作人": "林经办", "手机号码": "19900031001"}
    said = await register(unit, "单位注册", {**account, "登录账号": OPERATOR, "密码": PASSWORD, "确认密码": PASSWORD})
    assert "单位账号已注册" in said and OPERATOR in said
    assert "单位审核通过后才能办理业务" in await log_in(unit, OPERATOR, PASSWORD)
    await unit.follow("去完善单位信息")
    assert "请选择单位分配管理。" in unit.said and "请上传营业执照。" in unit.said
    await unit.follow("修改单位信息")
    assert "企业、中区直事业单位选择“城区”；市直机关事业单位选择“主管部门”。" in unit.said and "请选择单位纳税所属县区" in unit.said
    await unit.press("保存", {"单位性质": "企业", "单位分配管理": "城区", "单位审核归属": "七星区", "单位地址": "桂林市七星区骖鸾路 1 号"})
    await unit.follow("核对并提交审核")
    assert "请上传营业执照。" in unit.said and not unit.offers("提交审核")
    await unit.follow("请上传营业执照。")
    await unit.press("保存", {"营业执照": File("营业执照.jpg", a_picture())})
    assert "已上传 1 个" in unit.said
    await unit.follow("核对并提交审核")
    assert "七星区人力资源和社会保障局" in unit.said
    assert "已提交" in await unit.press("提交审核")


async def nobody_registers_under_a_unit_that_is_not_in_use(person: Browser) -> None:
    """注：单位用户注册审核通过后，个人用户才可进行注册。"""
    await person.open("/register/person")
    assert "单位注册审核通过后，个人才可以注册。本人手机号即为登录账号" in person.said
    await person.press("查找单位", {"查找所在单位": "漓江"})
    assert "没有找到名称含“漓江”的单位" in person.said


async def county_and_centre_review_the_unit(unit: Browser, county: Browser, centre: Browser) -> None:
    """城区/主管部门审核 → 桂林市人才服务中心审核 → 正式使用; a return by the centre goes through both again."""
    await review(county, "单位注册审核", "审核通过", "情况属实")
    await review(centre, "单位注册审核", "确认退回", "请核对单位地址", {"单位地址有什么问题": "请写到门牌号"})
    await unit.open("/console/unit")
    assert "已退回" in unit.said and "请写到门牌号" in unit.said
    await unit.follow("修改单位信息")
    assert "退回时指出：请写到门牌号" in unit.said
    await unit.press("保存", {"单位地址": "桂林市七星区骖鸾路 31 号"})
    await unit.follow("核对并重新提交")
    await unit.press("重新提交")
    assert "31 号" in await review(county, "单位注册审核", "审核通过", "已改正")
    await review(centre, "单位注册审核", "审核通过", "同意使用")
    await unit.open("/console/unit")
    assert "单位已入库，可以办理人才业务" in unit.said


async def a_person_registers_and_her_unit_returns_and_approves(person: Browser, unit: Browser) -> None:
    """一、3 and 三、1.1: the mobile number is the login name; 完善个人信息, submit to the unit, used only after its approval."""
    await register(person, "个人注册", {"姓名": "周漓", "手机号码": PERSON, "密码": HERS, "确认密码": HERS}, unit=UNIT)
    assert "注册成功" in person.said and "还有 10 处需要补充" in person.said
    assert "您的注册还没有通过审核" in await person.open("/apply/recognition")
    await person.open("/me/dossier/basic")
    await person.press("上传所选文件", {"近期证件照": File("照片.jpg", a_picture(size=(300, 400)))}, beside="近期证件照")
    await person.press("保存", {"性别": "女", "出生日期": "1988-05-16", "证件类型": "居民身份证", "证件号码": office.an_id_number(), "职务": "研究员",
                              "最高学历": "博士研究生", "最高学位": "博士", "从事专业": "药物化学"})
    await person.follow("提交个人注册审核")
    assert f"{UNIT} 单位审核" in person.said.replace(f"{UNIT}单位审核", f"{UNIT} 单位审核")
    await person.press("下一步：核对")
    assert "申请已提交" in await person.press("提交申报")
    await review(unit, "个人注册审核", "确认退回", "请核对职务", {"职务有什么问题": "请填写劳动合同上的岗位"})
    await person.open("/me")
    assert "退回待修改" in person.said
    await person.follow("修改申请")
    await person.follow("个人基本信息 · 职务")
    assert "请填写劳动合同上的岗位" in person.said
    await person.press("保存", {"职务": "药物研发工程师"})
    await person.press("重新提交")
    await review(unit, "个人注册审核", "审核通过", "情况属实")
    await person.open("/me/dossier/basic")
    assert "已经审核，不能自行修改" in person.said and "申报人才认定时会默认调取个人信息，请谨慎修改" in person.said
    await person.press("保存", {"职务": "高级工程师"})


async def what_is_registered_is_not_registered_again(other: Browser) -> None:
    await register(other, "个人注册", {"姓名": "秦江", "手机号码": PERSON, "密码": PASSWORD, "确认密码": PASSWORD}, unit=UNIT)
    assert "这个手机号码已经注册过个人账号" in other.said and "周漓" not in other.said


async def the_unit_makes_an_account_with_a_password_for_once(unit: Browser, enrolled: Browser) -> None:
    """二、2.3.2 新增单位人员: needs no review; 请及时登陆个人用户后台修改密码."""
    await unit.open("/console/people")
    await unit.follow("新增单位人员")
    assert "由单位新增的账号不需要审核" in unit.said
    await unit.press("新增人员", {"姓名": "秦江", "手机号码": ENROLLED})
    first = unit.page.xpath("//*[contains(@class, 'one-time')]")[0].text_content().strip()
    await enrolled.open("/login?way=password")
    await enrolled.press("登录", {"用户名或手机号": ENROLLED, "密码": first})
    assert enrolled.at == "/me/password" and "设置密码" in enrolled.said
    await enrolled.press("保存新密码", {"新密码": NEW, "再输一次新密码": NEW})
    assert "请用新密码登录" in enrolled.said
    await enrolled.open("/login?way=password")
    await enrolled.press("登录", {"用户名或手机号": ENROLLED, "密码": NEW})
    await enrolled.open("/apply")
    assert enrolled.at == "/terms" and "用户注册协议" in enrolled.said  # she has not seen them before
    assert "现在可以申报" in await enrolled.press("同意并继续", {"我已阅读并同意《用户注册协议》": True})


async def she_applies_with_evidence_some_of_it_on_paper(person: Browser) -> None:
    """三、2.1 高层次人才认定申报: 保存, 附件, 提交; what is classified is handed in on paper."""
    await person.open("/me/dossier/education/new")
    await person.press("保存", {"起始时间": "2010-09", "结束时间": "2016-06", "毕业院校": "广西师范大学", "专业": "药物化学", "学历": "博士研究生"})
    await person.open("/me/dossier/work/new")
    await person.press("保存", {"起始时间": "2016-07", "工作单位": UNIT, "职务（岗位）": "药物研发工程师"})
    await person.open("/apply")
    await person.follow("高层次人才认定申报")
    assert "桂林市人才服务中心" in person.said and UNIT in person.said
    assert "已保存，可以下次接着填" in await person.press("保存，以后再填", RECOGNITION)
    for label in ("身份证明", "学历、学位和职称证明", "劳动（聘用）合同和社会保险证明"):
        await person.press("上传所选文件", {label: File(f"{label}.pdf", a_pdf())}, beside=label)
        assert f"{label}.pdf" in person.said
    assert "请填写业绩成果佐证材料" in await person.press("下一步：核对")
    assert "线下提交纸质材料" in await person.press("下一步：核对", {"业绩成果佐证材料": "线下提交"})
    assert "高级工程师" in person.said  # GL-08: taken from her data as they stand
    assert "申请已提交" in await person.press("提交申报")


async def unit_and_centre_review_and_recognise(unit: Browser, centre: Browser) -> None:
    """二、3.1 操作——审核; the centre confirms what came on paper, then recognises."""
    said = await review(unit, "高层次人才认定申报", "审核通过", "同意推荐")
    assert "线下提交的纸质材料" in said and "劳动（聘用）合同和社会保险证明.pdf" in said
    await review(centre, "高层次人才认定申报", "认定", "符合 C 类认定标准", {"认定结果": "C 类"})
    assert "还有线下提交的纸质材料没有确认收到" in centre.said
    await centre.press("确认收到纸质材料")
    assert "已确认收到纸质材料，可以继续审核" in centre.said
    await review(centre, "高层次人才认定申报", "认定", "符合 C 类认定标准", {"认定结果": "C 类"})
    assert "已审核通过，申请人会收到通知" in centre.said


async def unit_and_person_read_the_result(unit: Browser, person: Browser) -> None:
    """4.1 and 三、3.1 人才认定情况查询: 审核结果, for the unit and for the person, with the progress in its colours and what she was told."""
    await unit.open("/console/query")
    await unit.press("查询", {"事项": "高层次人才认定申报"})
    assert "周漓" in unit.said and "共 1 件" in unit.said
    await unit.open_row("高层次人才认定申报")
    assert "认定通过" in unit.said and "符合 C 类认定标准" in unit.said
    await person.open("/cases")
    await person.follow("已经结束")
    await person.follow("高层次人才认定申报")
    assert "办理结果：C 类" in person.said and "符合 C 类认定标准" in person.said and "林经办" not in person.said
    assert len(person.page.xpath("//*[contains(@class, 'route__step--done')]")) == 2
    assert "您还没有" not in await person.open("/me")  # recognition is a standing, not a card
    await person.open("/me/messages")
    assert "审核通过：符合 C 类认定标准。可登录查看审核结果。" in person.said and "已提交至" in person.said


async def the_form_is_printed(unit: Browser, person: Browser) -> None:
    paper = printed((await unit.download("打印申请表")).content)
    assert paper.pages == 2 and "六、审核意见" in paper.words and "符合C类认定标准" in paper.words and "劳动" in paper.words
    assert "与系统记录一致" in await person.open(httpx.URL(paper.code).path)


async def account_settings_ask_for_a_new_login(unit: Browser, person: Browser) -> None:
    """2.2 and 三、1.2 账号信息设置: 修改后需重新登录方可进行使用; units have the password alone, persons a code as well."""
    await unit.open("/console/security/account")
    await unit.press("修改用户名", {"新用户名": "lijiang_2026", "登录密码": PASSWORD})
    assert unit.at == "/console/login" and "请用新用户名" in unit.said
    await log_in(unit, "lijiang_2026", PASSWORD)
    assert "用户中心" in unit.said
    await unit.press("退出登录")
    assert unit.at == "/console/login"
    await person.open("/me")
    await person.press("退出登录")
    await person.open("/login")
    await person.press("获取验证码", {"手机号": PERSON})
    await person.press("登录", {"短信验证码": await last_code(person.region)})
    assert "周*" in await person.open("/me")
    await person.press("退出登录")

