"""德州 as its manual tells it (seeds/dezhou.txt): registration, nineteen sections, the way from the unit to the city, the classification."""

import httpx
import pytest

from config.vocabulary import OrganisationKind
from sandbox.embedded import running_sandbox
from services import regions
from services.regions import Region
from tests import office
from tests.acceptance.desk import picture_says
from tests.acceptance.office import Browser, File, log_in, printed, register, review, somebody
from tests.acceptance.test_password_reset import LINK, path_of, the_mail
from tests.foreign_files import a_pdf, a_picture

pytestmark = pytest.mark.timeout(180)

UNIT, PERSON, EMAIL = "德州齐鲁生物科技有限公司", "zhouruoxi", "ruoxi@example.com"
PASSWORD, HERS, NEW = "Qi-Lu-2026", "Ruo-Xi-2026", "De-Zhou-2027"
MATTER = "高层次人才库申报"
ACCOUNT = {"用户名": PERSON, "密码": HERS, "确认密码": HERS, "姓名": "周若溪", "手机号码": "19900032002", "人才类型": "专业技术人才",
           "研究方向": "生物基材料", "专业技术职务": "高级工程师", "最高学历": "博士研究生", "最高学位": "博士", "电子邮箱": EMAIL}
BASIC = {"性别": "女", "出生日期": "1988-05-16", "籍贯": "山东德州", "国籍": "中国", "民族": "汉族", "证件类型": "居民身份证",
         "政治面貌": "无党派人士", "出生地": "山东德州", "引进方式": "全职引进", "单位职务": "研发主管",
         "与现工作单位签订的服务期限": "2024 年 7 月至 2029 年 6 月", "主要承担的工作内容": "生物基材料中试",
         "办公电话": "0534-5550000", "通讯地址": "德州市东风东路 1 号"}
EDUCATION = {"学校": "山东大学", "学位": "博士", "学历": "博士研究生", "专业": "材料学", "起始时间": "2010-09", "结束时间": "2016-06"}
WORK = {"起始时间": "2016-07", "结束时间": "2029-06", "职务": "研发主管", "工作单位": UNIT}
SECTIONS = [
    "基本情况", "政治面貌情况", "专业技术职务情况", "教育经历情况", "工作经历情况", "主要学术和社会兼职情况", "参加政治会议情况", "研究方向情况",
    "主要荣誉称号情况", "论文论著情况", "专利情况", "科技成果获奖情况", "承担项目（课题）情况", "享受人才工程资助情况", "其他奖励情况",
    "个人业绩情况", "创办企业情况", "家庭成员情况", "境外居住权情况"]


@pytest.fixture
async def dezhou(database: None) -> Region:
    return await regions.current("dezhou")


@pytest.mark.req("DZ-01", "DZ-02", "DZ-03", "DZ-04", "DZ-05", "DZ-06", "DZ-07", "DZ-08", "DZ-09")
async def test_from_the_registration_of_a_talent_to_her_class_in_the_pool(product: str, dezhou: Region) -> None:
    async with (somebody(product, dezhou) as unit, somebody(product, dezhou) as county, somebody(product, dezhou) as talents,
                somebody(product, dezhou) as centre, somebody(product, dezhou) as city, somebody(product, dezhou) as person):
        await staff_log_in(dezhou, county, talents, centre, city)
        await the_unit_is_admitted_first(unit, county)
        await she_registers_and_logs_in_with_a_captcha(person)
        await she_fills_in_what_must_be_filled_in(person)
        await she_submits_and_changes_while_nobody_has_reviewed(person)
        await the_centre_returns_and_she_submits_to_her_unit_again(person, unit, county, talents, centre)
        await the_city_classifies(person, unit, county, talents, centre, city)
        await her_unit_prints_and_she_logs_out(unit, person)


@pytest.mark.req("DZ-06", "DZ-07")
async def test_of_a_city_owned_unit_the_city_centre_reviews_at_once(product: str, dezhou: Region) -> None:
    async with (somebody(product, dezhou) as unit, somebody(product, dezhou) as centre, somebody(product, dezhou) as city,
                somebody(product, dezhou) as person):
        await log_in(city, (await office.a_clerk(dezhou, await office.office(dezhou, code="city_talent_office"), "talent_clerk")).login_name)
        await log_in(centre, (await office.a_clerk(dezhou, await office.office(dezhou, code="city_centre"), "city_staff")).login_name)
        await a_unit(unit, "市属单位")
        await review(centre, "单位入库", "准予入库", "属实")
        await register(person, "个人用户注册", ACCOUNT, unit=UNIT)
        await she_fills_in_what_must_be_filled_in(person)
        said = await person.open("/apply/talent_pool")
        assert "市人才综合服务中心审核" in said and "市人才办审批" in said and "县（市、区）" not in said
        await person.press("下一步：核对")
        await person.press("提交申报")
        await review(unit, MATTER, "审核通过", "情况属实")
        await review(centre, MATTER, "确认退回", "请补充工作证明")
        await person.open("/me")
        await person.follow("修改申请")
        assert f"{UNIT}正在所在单位审核" in await person.press("重新提交")  # DZ-07: also here by way of the unit
        await review(unit, MATTER, "审核通过", "已补充")
        await review(centre, MATTER, "审核通过", "同意")
        await review(city, MATTER, "分类并通过", "符合条件", {"分类并通过结果": "A 类"})
        await person.open("/me/card")
        assert "A 类" in person.said and "版已审核生效" in await person.open("/me/dossier")
        await person.open("/cases")
        await person.follow("已经结束")
        await person.follow(MATTER)
        assert list(person.route.values()) == ["done"] * 3


@pytest.mark.req("DZ-10")
async def test_a_lost_password_is_set_anew_by_the_mail_that_was_registered(product: str, dezhou: Region) -> None:
    """五、密码找回: 账号 and 邮箱, a link by mail, a new password."""
    await office.a_unit(dezhou, UNIT)
    async with somebody(product, dezhou) as person, running_sandbox() as sandbox:
        await register(person, "个人用户注册", ACCOUNT, unit=UNIT)
        await person.open("/me")
        await person.press("退出登录")
        for email, answer in (("other@example.com", "填写的帐号和邮箱不匹配，请核查后重试"), (EMAIL, "邮件已发送")):
            await person.open("/login")
            await person.follow("忘记密码？")
            assert answer in await person.press("确定发送邮件", {"用户名或手机号": PERSON, "登记的邮箱": email, "图形验证码": picture(person)})
        link = path_of(LINK.findall(await the_mail(sandbox))[0], dezhou)
        await person.open(link)
        assert "新密码已设置" in await person.press("保存新密码", {"新密码": NEW, "再输一次新密码": NEW})
        assert "这个链接已经用过" in await person.open(link)
        await enter(person, NEW)
        assert "周*" in await person.open("/me")


async def staff_log_in(region: Region, county: Browser, talents: Browser, centre: Browser, city: Browser) -> None:
    places: dict[Browser, tuple[dict[str, str], str]] = {
        county: ({"kind": OrganisationKind.DISTRICT_BUREAU, "district": "decheng"}, "county_clerk"),
        talents: ({"kind": OrganisationKind.TALENT_OFFICE, "district": "decheng"}, "talent_clerk"),
        centre: ({"code": "city_centre"}, "city_staff"), city: ({"code": "city_talent_office"}, "talent_clerk")}
    for browser, (place, role) in places.items():
        await log_in(browser, (await office.a_clerk(region, await office.office(region, **place), role)).login_name)


async def a_unit(unit: Browser, belongs_to: str) -> None:
    """The manual takes units for granted; here they register and say to whom they belong."""
    known = {"单位名称": UNIT, "统一社会信用代码": office.a_unit_code(), "联系人姓名": "林经办", "手机号码": "19900032001"}
    await register(unit, "单位用户注册", {**known, "用户名": "qilu", "密码": PASSWORD, "确认密码": PASSWORD})
    await log_in(unit, "qilu", PASSWORD)
    await unit.open("/console/unit")
    await unit.follow("修改单位基本信息")
    await unit.press("保存", {"单位性质": "企业", "隶属关系": belongs_to, "单位所在县（市、区）": "德城区", "单位地址": "东风东路 1 号",
                            "营业执照或法人证书": File("执照.jpg", a_picture())})
    await unit.follow("核对并提交审核")
    assert "已提交" in await unit.press("提交审核")


async def the_unit_is_admitted_first(unit: Browser, county: Browser) -> None:
    await a_unit(unit, "县（市、区）属")
    await review(county, "单位入库", "准予入库", "属实")
    assert "单位已入库" in await unit.open("/console/unit")


def picture(her: Browser) -> str:
    """What she reads in the picture on the page."""
    return picture_says(her.region, her.page.xpath("//input[@name='captcha_challenge']/@value")[0])


async def enter(her: Browser, password: str) -> str:
    await her.open("/login")
    return await her.press("登录", {"用户名或手机号": PERSON, "密码": password, "图形验证码": picture(her)})


async def she_registers_and_logs_in_with_a_captcha(person: Browser) -> None:
    """3.1 and 3.2: 账号信息 and 个人基本信息, the terms ticked; then user name, password and 验证码."""
    await person.open("/register/person")
    assert "查不到的，请联系单位先注册入库" in person.said and "用户注册条款" in person.said
    refused = await person.press("注册", ACCOUNT)
    assert "请阅读并同意" in refused and "请选择工作单位" in refused
    assert "注册成功" in await register(person, "个人用户注册", ACCOUNT, unit=UNIT)
    await person.open("/me")
    await person.press("退出登录")
    await person.open("/login")
    refused = await person.press("登录", {"用户名或手机号": PERSON, "密码": HERS, "图形验证码": "WRONG"})
    assert "没有登录成功" in refused
    await enter(person, HERS)
    assert "申报" in person.said


async def she_fills_in_what_must_be_filled_in(person: Browser) -> None:
    """3.3: all the sections stand there; those that must be filled in say what they lack."""
    await person.open("/me/dossier")
    assert [name for name in SECTIONS if name not in person.said] == []
    assert "请上传近期免冠正面彩色数码照片。" in person.said and "请填写教育经历情况。" in person.said
    await person.follow("基本情况")
    for label in ("近期免冠正面彩色数码照片", "证件扫描件"):
        await person.press("上传所选文件", {label: File(f"{label}.jpg", a_picture(size=(300, 400)))}, beside=label)
    wrong = await person.press("保存", {**BASIC, "证件号码": "110105198805160021"})
    assert "证件号码" in wrong and "有内容需要修改" in wrong
    await person.press("保存", {**BASIC, "证件号码": office.an_id_number()})
    for section, row in (("education", EDUCATION), ("work", WORK)):
        await person.open(f"/me/dossier/{section}/new")
        await person.press("上传所选文件", {"证明材料": File("证明材料.pdf", a_pdf()), **row}, beside="证明材料")
        assert "已保存" in await person.press("保存")
    assert "已填写完整" in await person.open("/me/dossier")


async def she_submits_and_changes_while_nobody_has_reviewed(person: Browser) -> None:
    """3.4 信息提交: the unit is shown; 4: 单位没有审核之前，可以自己修改信息，保存后，再次提交至单位."""
    await person.follow("去申报")
    await person.follow(MATTER)
    assert UNIT in person.said and "德城区人力资源和社会保障局" in person.said and "德城区人才办" in person.said and "市人才办审批" in person.said
    await person.press("下一步：核对")
    assert "申请已提交" in await person.press("提交申报")
    await person.follow("修改申请")
    await person.follow("基本情况")
    await person.press("保存", {"单位职务": "研发总监"})
    assert "已重新提交" in await person.press("重新提交") and "研发总监" in person.said


async def the_centre_returns_and_she_submits_to_her_unit_again(person: Browser, unit: Browser, county: Browser, talents: Browser,
                                                               centre: Browser) -> None:
    """3.5: what is not approved goes back to her, and from her to the unit again."""
    assert "研发总监" in await review(unit, MATTER, "审核通过", "情况属实")
    await person.open("/me")
    await person.follow("查看详情")
    assert not person.offers("修改申请")  # 4: 如果已进行审核，需给予退回，方可修改
    await review(county, MATTER, "审核通过", "同意上报")
    await review(talents, MATTER, "审核同意", "同意上报")
    await review(centre, MATTER, "确认退回", "请补充工作证明", {"证明材料有什么问题": "看不清"})
    await person.open("/me")
    assert "退回待修改" in person.said
    await person.follow("修改申请")
    assert "德州市人才综合服务中心请您修改" in person.said and "看不清" in person.said
    await person.press("重新提交")
    assert f"{UNIT}正在所在单位审核" in person.said


async def the_city_classifies(person: Browser, unit: Browser, county: Browser, talents: Browser, centre: Browser, city: Browser) -> None:
    """人才认定分类: 分类完成并审核通过后，成为高层次人才用户; she follows the progress at any time."""
    await review(unit, MATTER, "审核通过", "已补充")
    await review(county, MATTER, "审核通过", "同意")
    await person.open("/me")
    tones = [one.get("class") for one in person.page.xpath("//*[contains(@class, 'route__step--')]")]
    assert [tone.split("--")[1].split()[0] for tone in tones] == ["done", "done", "underway", "todo", "todo"]
    await review(talents, MATTER, "审核同意", "同意")
    await review(centre, MATTER, "审核通过", "同意")
    await review(city, MATTER, "分类并通过", "符合条件")
    assert "请选择" in city.said  # no class was chosen
    await review(city, MATTER, "分类并通过", "符合条件", {"分类并通过结果": "B 类"})
    await person.open("/cases")
    await person.follow("已经结束")
    await person.follow(MATTER)
    assert "办理结果：B 类" in person.said
    await person.open("/me/messages")
    assert "退回：请补充工作证明" in person.said and "符合条件" in person.said
    assert "版已审核生效" in await person.open("/me/dossier")


async def her_unit_prints_and_she_logs_out(unit: Browser, person: Browser) -> None:
    await unit.open("/console/query")
    await unit.press("查询", {"事项": MATTER})
    await unit.open_row(MATTER)
    paper = printed((await unit.download("打印申请表")).content)
    assert paper.pages >= 2 and "基本情况" in paper.words and "市人才办审批" in paper.words
    assert "与系统记录一致" in await person.open(httpx.URL(paper.code).path)
    await person.open("/me")
    await person.press("退出登录")
    assert "登录德州市高层次人才库" in person.said
