"""Every page of the product, and how to reach it in the demo data.

To add a page, add one line to :data:`PAGES`::

    Shown("cases/<case_id:uuid>", WEIHAI, "sunyuxin", "已办结，待评价", case_id=case("booking", "sunyuxin", "completed")),

The first word is the route as the router spells it, without the region; then the region, the login of somebody of its demo ("" for nobody), and in
words what the picture shows when that is not plain. Each place of the route is filled by its name: with a word, or with something of
``tests/gallery/finding.py`` that finds it in the demo data. ``query`` is what stands behind the address; ``then`` is what is done before the picture
is taken (``tests/gallery/steps.py``). A page that is reached by a button belongs to the route of the page where the button is.

A GET route that no line shows must stand in :data:`EXCUSED` with a reason: ``test_list.py`` asks the router. ``readme`` names the picture that
README shows; those alone are kept in docs/screenshots.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.gallery.finding import Find, account, arrival, board, card_of, case, counter, first, named, one, paper, reset_link, visit
from tests.gallery.steps import Step, fill, pick, press, submit_empty, tick, unfold

WEIHAI, BINZHOU, SHANDONG, DEZHOU, GUILIN = REGIONS = ("weihai", "binzhou", "shandong", "dezhou", "guilin")

#: Route, or how it begins when a star ends it → why no picture of it is taken.
EXCUSED = {
    "api/*": "for the mini program, not for people",
    "notices/<id:uuid>/files/*": "a file, shown where it belongs",
    "information/<category:str>/<id:uuid>/files/*": "a file, shown where it belongs",
    "console/notices/<id:uuid>/files/*": "a file, shown where it belongs",
    "console/information/<category:str>/<id:uuid>/files/*": "a file, shown where it belongs",
    "console/exports/<id:uuid>/file": "a file to take along",
    "me/data/copies/<id:uuid>": "a file to take along",
    "console/figures/print": "a PDF",
    "console/staff/import/template": "a file to take along",
    "console/mailbox/unread": "a part of the menu",
    "console/approvals/waiting": "a part of the menu",
    "console/exports/unheard": "a part of the menu",
    "console/mailbox/recipients": "a part of a new letter",
    "live": "a stream of events",
    "console/live": "a stream of events",
    "files/*": "a file, shown where it belongs",
    "console/files/*": "a file, shown where it belongs",
    "login/captcha/<challenge:str>": "a picture, shown on the login page",
    "console/captcha/<challenge:str>": "a picture, shown on the login page",
    "login/wechat": "leads to WeChat",
    "login/wechat/back": "leads on from WeChat",
    "login/reset/link/<token:str>": "leads to the new password",
    "console/login/reset/link/<token:str>": "leads to the new password",
    "wechat/callback": "asked by WeChat's servers",
    "wechat/mini/callback": "asked by WeChat's servers",
    "bind/<text:str>": "its link is sealed in a chat; the page is walked in tests/acceptance/test_bot_chat.py",
    "enter/<text:str>": "its link is sealed in a chat; the page is walked in tests/acceptance/test_bot_staff_link.py",
    "i/<code:str>": "leads to the registration",
    "register/units": "a part of the registration",
    "passes/<visit_id:uuid>/code": "a part of the pass",
    "day-pass/keeper.js": "a script",
    "day-pass/<pass_id:uuid>": "shown by the button of the page before",
    "at/<link:str>/keeper.js": "a script",
    "at/<link:str>/offline": "for the counter's script",
    "desk-m/next": "leads to the next case",
    "console/todo/next": "leads to the next case",
    "at/<link:str>/boards/<id:uuid>/poster": "a PDF",
    "console/cases/<id:uuid>/print": "a PDF",
    "cases/<case_id:uuid>/print": "a PDF",
    "console/cases/<id:uuid>/now": "a part of the case",
    "console/cases/<id:uuid>/looking": "a part of the case",
    "console/venues/<id:uuid>/boards/<board:uuid>/poster/<kind:(pdf|png|svg)>": "a file to print",
}


@dataclass(frozen=True)
class Shown:
    """One page in one state. ``status``: what it is answered with."""

    route: str
    region: str
    who: str = ""
    state: str = ""
    query: str = ""
    then: Sequence[Step] = ()
    status: int = 200
    readme: str = ""
    early: bool = False
    way: str = ""
    doubted: bool = False
    places: Mapping[str, Find] = field(default_factory=dict)

    def __init__(self, route: str, region: str, who: str = "", state: str = "", *, query: str = "", then: Sequence[Step] = (), status: int = 200,
                 readme: str = "", early: bool = False, way: str = "", doubted: bool = False, **places: Find) -> None:
        """``early``: before all others, which see what it did. ``way``: an address that leads to the page, where its own would not. ``doubted``: she
        came in by a number that may have changed hands."""
        for name, value in {"route": route, "region": region, "who": who, "state": state, "query": query, "then": then, "status": status,
                            "readme": readme, "early": early, "way": way, "doubted": doubted, "places": places}.items():
            object.__setattr__(self, name, value)

    @property
    def face(self) -> str:
        """phone, desk, or the counter of a venue."""
        return "desk" if self.route.split("/")[0] == "console" else "counter" if self.route.startswith("at/") else "phone"


AIRPORT = "airport_business_lounge"
NEED = "家人下周在市立医院住院，请协助安排单人病房。"
#: Of each region: a person who has come far, one whose application was returned, and the matter that it was.
PERSONS = {WEIHAI: ("tengyue", "xunmei", "talent_pool"), BINZHOU: ("fangyuan", "shangmo", "card"), SHANDONG: ("linhaitang", "yuwen", "card"),
           DEZHOU: ("xiangqian", "suyuan", "talent_pool"), GUILIN: ("19900006001", "19900006004", "recognition")}
#: Of each region: who works for a unit, who reviews, who watches over the region.
OFFICES = {WEIHAI: ("xinghai", "huancuihr1", "city1"), BINZHOU: ("haiyue", "bincheng1", "city1"), SHANDONG: ("luda", "province1", "admin1"),
           DEZHOU: ("longli", "yucheng1", "centre1"), GUILIN: ("lijiang", "qixing1", "centre1")}


def _of_persons(region: str) -> list[Shown]:
    """What a person sees in every region."""
    whole, returned, matter = PERSONS[region]
    back = case(matter, returned, "returned")
    return [
        Shown("", region, "", "未登录"),
        Shown("", region, whole),
        Shown("login", region),
        Shown("register", region),
        Shown("register/<kind:(person|unit|reviewer)>", region, "", "个人", kind="person"),
        Shown("register/<kind:(person|unit|reviewer)>", region, "", "单位", kind="unit"),
        Shown("register/<kind:(person|unit|reviewer)>", region, "", "漏填", kind="person", then=[submit_empty("注册")], status=400),
        Shown("me", region, whole),
        Shown("me/card", region, whole),
        Shown("me/dossier", region, whole),
        Shown("me/dossier/<section:str>", region, whole, "基本信息", section="basic"),
        Shown("me/dossier/<section:str>", region, whole, "一个子集", section="education"),
        Shown("me/dossier/<section:str>/<number:str>", region, whole, "一条", section="education", number="1"),
        Shown("apply", region, whole),
        Shown("apply/<matter:str>", region, whole, matter=matter),
        Shown("cases", region, whole),
        Shown("cases/<case_id:uuid>", region, whole, "办理中或已办结", case_id=case(matter, whole)),
        Shown("cases/<case_id:uuid>", region, returned, "被退回", case_id=back, readme="phone-returned" if region == DEZHOU else ""),
        Shown("cases/<case_id:uuid>/answer", region, returned, case_id=back),
        Shown("windows", region, whole),
        Shown("notices", region),
    ]


def _of_offices(region: str) -> list[Shown]:
    """What units and offices see in every region."""
    unit, reviewer, city = OFFICES[region]
    matter = PERSONS[region][2]
    return [
        Shown("console/login", region),
        Shown("console", region, unit, "单位"),
        Shown("console", region, reviewer, "审核"),
        Shown("console", region, city, "全域"),
        Shown("console/unit", region, unit),
        Shown("console/unit/<section:str>/<number:int>", region, unit, section="basic", number="1"),
        Shown("console/people", region, unit),
        Shown("console/people/invitation", region, unit),
        Shown("console/colleagues", region, unit),
        Shown("console/todo", region, unit, "单位"),
        Shown("console/todo", region, reviewer, "审核"),
        Shown("console/todo", region, city, "全域"),
        Shown("console/cases/<id:uuid>", region, city, "已办结", id=case(matter, state="completed")),
        Shown("console/query", region, city, query="?late="),
        Shown("console/talents", region, city),
        Shown("console/overdue", region, city, readme="desk-overdue" if region == WEIHAI else ""),
        Shown("console/figures", region, city, query="?span=quarter"),
        Shown("console/staff", region, city),
        Shown("console/messages", region, city),
        Shown("console/audit", region, city),
    ]


_WEIHAI = [
    Shown("console/messages/costs", WEIHAI, "city1"),
    Shown("console/messages/blocks", WEIHAI, "city1"),
    Shown("console/replies", WEIHAI, "city1"),
    Shown("", WEIHAI, "congzhiyuan", "持卡人", readme="phone-home-card"),
    Shown("login", WEIHAI, query="?way=password"),
    Shown("login/reset", WEIHAI, "", "这里不用邮箱找回密码", status=403),
    Shown("login/wechat/offer", WEIHAI, "sunyuxin"),
    Shown("services/<service_id:uuid>", WEIHAI, "sunyuxin", service_id=named("service", "inpatient")),
    Shown("services/<service_id:uuid>", WEIHAI, "sunyuxin", "现场服务", service_id=named("service", "airport_lounge")),
    Shown("services/<service_id:uuid>/request", WEIHAI, "sunyuxin", service_id=named("service", "inpatient"), readme="phone-request",
          then=[fill("预约需求", NEED), pick("所属区县", "环翠区"), tick("环翠区人才服务窗口")]),
    Shown("services/<service_id:uuid>/request", WEIHAI, "sunyuxin", "漏填", service_id=named("service", "inpatient"), status=400,
          then=[submit_empty("下一步：核对")]),
    Shown("services/<service_id:uuid>/request", WEIHAI, "sunyuxin", "选时段", service_id=one(
          "SELECT id FROM service WHERE region = $1 AND slot_minutes IS NOT NULL AND bookable ORDER BY code LIMIT 1"),
          then=[pick("所属区县", "环翠区")]),
    Shown("services/<service_id:uuid>/request", WEIHAI, "sunyuxin", "核对", service_id=named("service", "inpatient"),
          then=[fill("预约需求", NEED), pick("所属区县", "环翠区"), tick("环翠区人才服务窗口"), press("下一步：核对")]),
    Shown("cases", WEIHAI, "sunyuxin", "持卡人"),
    Shown("cases", WEIHAI, "zouliqun", "还没有"),
    Shown("cases/<case_id:uuid>", WEIHAI, "congzhiyuan", "预约办理中", case_id=case("booking", "congzhiyuan", "handling"), readme="phone-case"),
    Shown("cases/<case_id:uuid>", WEIHAI, "sunyuxin", "预约已办结", case_id=case("booking", "sunyuxin", "completed"), readme="phone-rating"),
    Shown("cases/<case_id:uuid>", WEIHAI, "zhaoqiming", "预约被退回", case_id=case("booking", "zhaoqiming", "returned")),
    Shown("cases/<case_id:uuid>", WEIHAI, "songjiayi", "卡停用，暂停办理", case_id=case("booking", "songjiayi", "held")),
    Shown("cases/<case_id:uuid>/correction", WEIHAI, "zhaoqiming", case_id=case("booking", "zhaoqiming", "returned")),
    Shown("privileges", WEIHAI, "sunyuxin", "持卡人"),
    Shown("privileges", WEIHAI, "", "未登录", query="?level={level}", level=one("SELECT min(level) FROM benefit WHERE region = $1")),
    Shown("privileges", WEIHAI, "songjiayi", "卡停用"),
    Shown("scan", WEIHAI, "sunyuxin"),
    Shown("v/<code:str>", WEIHAI, "sunyuxin", code=board(AIRPORT), readme="phone-scan"),
    Shown("v/<code:str>", WEIHAI, "congzhiyuan", "可以通行", code=board(AIRPORT), then=[press("核验并使用")], early=True, readme="phone-pass"),
    Shown("v/<code:str>", WEIHAI, "songjiayi", "卡已停用", code=board(AIRPORT), then=[press("核验")], readme="phone-refused"),
    Shown("day-pass", WEIHAI, "sunyuxin"),
    Shown("passes/<visit_id:uuid>", WEIHAI, "linzimo", "用过的通行", visit_id=visit("linzimo", "admitted")),
    Shown("at/<link:str>", WEIHAI, link=counter(AIRPORT), readme="counter"),
    Shown("at/<link:str>/visits/<id:uuid>/undo", WEIHAI, link=counter(AIRPORT), id=arrival(AIRPORT)),
    Shown("information/<category:str>", WEIHAI, category="projects"),
    Shown("information/<category:str>/<id:uuid>", WEIHAI, category="projects", id=first("notice", category="projects", state="published")),
    Shown("me", WEIHAI, "sunyuxin", "持卡人"),
    Shown("me/card", WEIHAI, "sunyuxin", "持卡人"),
    Shown("me/card", WEIHAI, "songjiayi", "停用"),
    Shown("me/visits", WEIHAI, "linzimo"),
    Shown("me/messages", WEIHAI, "sunyuxin"),
    Shown("me/settings", WEIHAI, "sunyuxin"),
    Shown("me/sms", WEIHAI, "sunyuxin"),
    Shown("me/consents", WEIHAI, "sunyuxin"),
    Shown("me/data", WEIHAI, "sunyuxin"),
    Shown("me/data/closing", WEIHAI, "sunyuxin", "有卡有办件，还不能"),
    Shown("me/data/closing", DEZHOU, "kangle", "可以申请"),
    Shown("me/account", WEIHAI, "sunyuxin"),
    Shown("me/password", WEIHAI, "sunyuxin"),
    Shown("me/confirm", WEIHAI, "sunyuxin", "凭证件号码", doubted=True),
    Shown("me", WEIHAI, "sunyuxin", "手机号可能换过机主", doubted=True),
    Shown("me/phone", WEIHAI, "sunyuxin"),
    Shown("me/email", WEIHAI, "sunyuxin"),
    Shown("p/<code:str>", WEIHAI, code=paper("card", "quanlin")),
    Shown("desk-m", WEIHAI, "huancui1"),
    Shown("desk-m/cases/<id:uuid>", WEIHAI, "huancui1", id=case("booking", "sunyuxin", "handling"), readme="staff-case"),
    Shown("desk-m/cases/<id:uuid>", WEIHAI, "cityhr1", "初审英才卡", id=case("card", "mengfan")),
    Shown("desk-m/cases/<id:uuid>/<word:str>", WEIHAI, "cityhr1", "退回英才卡", id=case("card", "mengfan"), word="return"),
    Shown("desk-m/cases/<id:uuid>/<word:str>", WEIHAI, "huancui1", "退回", id=case("booking", "sunyuxin", "handling"), word="return"),
    Shown("desk-m/cases/<id:uuid>/<word:str>", WEIHAI, "huancui1", "转办", id=case("booking", "sunyuxin", "handling"), word="transfer"),
    Shown("desk-m/done", WEIHAI, "huancui1"),
    Shown("desk-m/today", WEIHAI, "city1"),
    Shown("desk-m/me", WEIHAI, "huancui1"),
    Shown("desk-m/overdue", WEIHAI, "city1"),
    Shown("console", WEIHAI, "huancui1", "窗口"),
    Shown("console/login", WEIHAI, query="?way=code"),
    Shown("console/todo", WEIHAI, "huancui1", "窗口"),
    Shown("console/cases/<id:uuid>", WEIHAI, "huancui1", "受理", id=case("booking", "sunyuxin", "handling"), readme="desk-case"),
    Shown("console/cases/<id:uuid>", WEIHAI, "huancui1", "转办", id=case("booking", "sunyuxin", "handling"), then=[unfold("转办")]),
    Shown("console/cases/<id:uuid>", WEIHAI, "cityhr1", "初审英才卡", id=case("card", "mengfan")),
    Shown("console/cases/<id:uuid>", WEIHAI, "huancuihr1", "单位入库", id=case("unit_admission", "haixia")),
    Shown("console/cards", WEIHAI, "city1"),
    Shown("console/query/ask/<code:str>", WEIHAI, "city1", "办件", code="cases", query="?f1=state&o1=is&v1=handling&j2=or&f2=late&o2=is&v2=true"),
    Shown("console/query/ask/<code:str>", WEIHAI, "city1", "人才", code="talents"),
    Shown("console/approvals", WEIHAI, "city1"),
    Shown("console/persons/<id:uuid>", WEIHAI, "city1", id=account("sunyuxin")),
    Shown("console/units/<id:uuid>", WEIHAI, "city1", id=first("organisation", kind="unit", provisional="false")),
    Shown("console/cards/<id:uuid>", WEIHAI, "city1", "使用中", id=card_of("sunyuxin"), readme="desk-card"),
    Shown("console/cards/<id:uuid>", WEIHAI, "city1", "已停用", id=card_of("songjiayi")),
    Shown("console/rosters", WEIHAI, "huancuihr1"),
    Shown("console/rosters/<id:uuid>", WEIHAI, "huancuihr1", id=first("roster", "made_at DESC")),
    Shown("console/catalogue", WEIHAI, "city1"),
    Shown("console/catalogue/new", WEIHAI, "city1"),
    Shown("console/catalogue/categories/new", WEIHAI, "city1"),
    Shown("console/catalogue/categories/<id:uuid>", WEIHAI, "city1", id=one("SELECT id FROM category WHERE region = $1 ORDER BY position LIMIT 1")),
    Shown("console/catalogue/<id:uuid>", WEIHAI, "city1", id=named("service", "inpatient")),
    Shown("console/windows", WEIHAI, "city1"),
    Shown("console/windows/<id:uuid>", WEIHAI, "city1", id=named("organisation", "huancui_window")),
    Shown("console/offline-checks", WEIHAI, "city1"),
    Shown("console/venues", WEIHAI, "city1"),
    Shown("console/venues/new", WEIHAI, "city1"),
    Shown("console/venues/new", WEIHAI, "city1", "漏填", then=[submit_empty("新增场所")], status=400),
    Shown("console/venues/<id:uuid>", WEIHAI, "city1", id=named("venue", AIRPORT)),
    Shown("console/benefits", WEIHAI, "city1"),
    Shown("console/organisations", WEIHAI, "city1"),
    Shown("console/organisations/new", WEIHAI, "city1"),
    Shown("console/organisations/<id:uuid>", WEIHAI, "city1", "还不能撤销", id=named("organisation", "huancui_window")),
    Shown("console/organisations/<id:uuid>", WEIHAI, "city1", "部门", id=named("organisation", "education")),
    Shown("console/flows", WEIHAI, "city1"),
    Shown("console/flows/<matter:str>", WEIHAI, "city1", matter="card"),
    Shown("console/calendar", WEIHAI, "city1"),
    Shown("console/texts", WEIHAI, "city1"),
    Shown("console/texts/<kind:str>", WEIHAI, "city1", kind="case_returned"),
    Shown("console/staff/import", WEIHAI, "city1"),
    Shown("console/staff/new", WEIHAI, "city1"),
    Shown("console/staff/<id:uuid>", WEIHAI, "city1", id=account("huancui1")),
    Shown("console/deputies", WEIHAI, "huancui1"),
    Shown("console/staff/<id:uuid>/deputies", WEIHAI, "city1", id=account("huancui1")),
    Shown("console/phrases", WEIHAI, "city1"),
    Shown("console/shortcuts", WEIHAI, "city1"),
    Shown("console/security", WEIHAI, "city1"),
    Shown("console/security/account", WEIHAI, "city1"),
    Shown("console/security/phone", WEIHAI, "city1"),
    Shown("console/security/email", WEIHAI, "city1"),
    Shown("console/mailbox", WEIHAI, "city1"),
    Shown("console/mailbox/sent", WEIHAI, "city1"),
    Shown("console/mailbox/new", WEIHAI, "city1"),
    Shown("console/mailbox/<id:uuid>", WEIHAI, "city1", id=one("SELECT id FROM mail WHERE region = $1 AND organisation_id = "
          "(SELECT id FROM organisation WHERE region = $1 AND code = 'weihai_hrss') ORDER BY sent_at DESC LIMIT 1")),
    Shown("console/mailbox/drafts", WEIHAI, "city1"),
    Shown("console/mailbox/away", WEIHAI, "city1"),
    Shown("console/exports", WEIHAI, "city1", "还没有"),
    Shown("console/exports/<id:uuid>", WEIHAI, "city2", way="console/query", then=[press("导出 Excel")]),
    Shown("console/figures", WEIHAI, "city1", readme="desk-figures"),
    Shown("console/terms", WEIHAI, "xinghai2"),
    Shown("console/confirm", WEIHAI, "huancuihr1", doubted=True),
    Shown("console/notices", WEIHAI, "city1"),
    Shown("console/notices/<id:uuid>/readers", WEIHAI, "city1", id=first("notice", category="", state="published")),
    Shown("console/information/<category:str>/<id:uuid>/readers", WEIHAI, "city1", category="projects",
          id=first("notice", category="projects", state="published")),
    Shown("console/notices/kept", WEIHAI, "city1"),
    Shown("console/notices/new", WEIHAI, "city1"),
    Shown("console/notices/<id:uuid>", WEIHAI, "city1", id=first("notice", category="", state="published")),
    Shown("console/notices/<id:uuid>/edit", WEIHAI, "city1", id=first("notice", category="", state="published")),
    Shown("console/information", WEIHAI, "city1"),
    Shown("console/information/<category:str>", WEIHAI, "city1", category="projects"),
    Shown("console/information/<category:str>/kept", WEIHAI, "city1", category="projects"),
    Shown("console/information/<category:str>/new", WEIHAI, "city1", category="projects"),
    Shown("console/information/<category:str>/<id:uuid>", WEIHAI, "city1", category="projects",
          id=first("notice", category="projects", state="published")),
    Shown("console/information/<category:str>/<id:uuid>/edit", WEIHAI, "city1", category="projects",
          id=first("notice", category="projects", state="published")),
    Shown("notices/<id:uuid>", WEIHAI, id=first("notice", category="", state="published")),
    Shown("cases/<case_id:uuid>", WEIHAI, "sunyuxin", "没有这一页", case_id="01970000-0000-7000-8000-000000000000", status=404),
    Shown("console/cases/<id:uuid>", WEIHAI, "city1", "没有这一页", id="01970000-0000-7000-8000-000000000000", status=404),
]

_DEZHOU = [
    Shown("me/dossier", DEZHOU, "kangle", "草稿未填完", readme="phone-dossier"),
    Shown("me/dossier/<section:str>", DEZHOU, "xiangqian", "论文论著", section="papers"),
    Shown("me/dossier/<section:str>/<number:str>", DEZHOU, "xiangqian", "专利", section="patents", number="1"),
    Shown("me/dossier/<section:str>/<number:str>", DEZHOU, "kangle", "新的一条", section="family", number="new"),
    Shown("me", DEZHOU, "kangle", "刚注册"),
    Shown("me/card", DEZHOU, "xiangqian", "认定结果"),
    Shown("console/standings", DEZHOU, "centre1"),
    Shown("apply/<matter:str>", DEZHOU, "kangle", "还缺的", matter="talent_pool"),
    Shown("cases/<case_id:uuid>", DEZHOU, "tansong", "审核中", case_id=case("talent_pool", "tansong")),
    Shown("register/<kind:(person|unit|reviewer)>", DEZHOU, "", "个人，大图", kind="person", readme="phone-register"),
    Shown("login/reset", DEZHOU),
    Shown("login/reset/password", DEZHOU, "", "链接已过期", status=410),
    Shown("console/login/reset", DEZHOU),
    Shown("console/login/reset/password", DEZHOU, "", "链接已过期", status=410),
    Shown("login/reset/password", DEZHOU, "", "设置新密码", way="login/reset/link/{token}", token=reset_link("xiangqian")),
    Shown("console/login/reset/password", DEZHOU, "", "设置新密码", way="console/login/reset/link/{token}", token=reset_link("longli")),
    Shown("console/cases/<id:uuid>", DEZHOU, "longli", "单位审核", id=case("talent_pool", "zhanlu")),
    Shown("console/cases/<id:uuid>", DEZHOU, "yucheng1", "县级审核，超时", id=case("talent_pool", "tansong")),
    Shown("console/cases/<id:uuid>", DEZHOU, "yuchengtalent", "人才办", id=case("talent_pool", "langyue")),
    Shown("console/cases/<id:uuid>", DEZHOU, "citytalent", "分类认定", id=case("talent_pool", "juanxiu"), readme="desk-review"),
    Shown("console/cases/<id:uuid>", DEZHOU, "decheng1", "单位注册", id=case("unit_admission", "zaoxiang")),
    Shown("console", DEZHOU, "taiyang", "单位被退回"),
    Shown("console/unit", DEZHOU, "taiyang", "单位被退回"),
    Shown("console/apply/<matter:str>", DEZHOU, "taiyang", "单位被退回", matter="unit_admission"),
    Shown("console/todo", DEZHOU, "yuchenghead", "负责人"),
    Shown("desk-m", DEZHOU, "yucheng1"),
    Shown("desk-m/cases/<id:uuid>", DEZHOU, "yucheng1", id=case("talent_pool", "tansong")),
]

_SHANDONG = [
    Shown("me/card", SHANDONG, "gongshu", "惠才卡"),
    Shown("me/dossier/<section:str>/<number:str>", SHANDONG, "yuwen", "称号", section="standing", number="1"),
    Shown("me/dossier/<section:str>", SHANDONG, "yuwen", "佐证材料", section="materials"),
    Shown("register/<kind:(person|unit|reviewer)>", SHANDONG, "", "服务专员", kind="reviewer"),
    Shown("cases/<case_id:uuid>", SHANDONG, "pujing", "审核中", case_id=case("card", "pujing")),
    Shown("me", SHANDONG, "dongfang", "注册待审"),
    Shown("console/bindings", SHANDONG, "luda"),
    Shown("console", SHANDONG, "ludaeng", "服务专员"),
    Shown("console/todo", SHANDONG, "ludamed", "服务专员"),
    Shown("console/cases/<id:uuid>", SHANDONG, "ludamed", "专员补充材料", id=case("card", "pujing")),
    Shown("console/cases/<id:uuid>/sections/<section:str>/<number:int>", SHANDONG, "ludamed", section="materials", number="1",
          id=case("card", "pujing")),
    Shown("console/cases/<id:uuid>", SHANDONG, "luda", "绑定专员", id=case("card", "quanbo")),
    Shown("console/cases/<id:uuid>", SHANDONG, "luda", "负责人审核", id=case("card", "zhongli")),
    Shown("console/cases/<id:uuid>", SHANDONG, "luda", "专家变动", id=case("expert_change", "ludaeng", "handling")),
    Shown("console/cases/<id:uuid>", SHANDONG, "province1", "省级审核", id=case("card", "luoyun")),
    Shown("console/cases/<id:uuid>", SHANDONG, "province1", "专家变动，省级审核", id=case("expert_change", "haichenhr")),
    Shown("console/cases/<id:uuid>", SHANDONG, "jinan1", "单位注册", id=case("unit_admission", "jiningmed")),
    Shown("console/apply/<matter:str>", SHANDONG, "ludaeng", "上报专家变动", matter="expert_change",
          query="?about={about}", about=account("linhaitang")),
    Shown("console/rosters", SHANDONG, "luda", readme="desk-rosters"),
    Shown("console/rosters/<id:uuid>", SHANDONG, "luda", "已盖章，待提交", id=first("roster", "made_at DESC", state="stamped")),
    Shown("console/rosters/<id:uuid>", SHANDONG, "luda", "待盖章", id=first("roster", "made_at DESC", state="open")),
    Shown("console/rosters/<id:uuid>", SHANDONG, "luda", "已提交", id=first("roster", "made_at", state="submitted")),
    Shown("console/unit", SHANDONG, "zibotao", "单位被退回"),
    Shown("console/cards", SHANDONG, "admin1"),
    Shown("console/cards/<id:uuid>", SHANDONG, "admin1", "惠才卡", id=card_of("linhaitang")),
    Shown("desk-m", SHANDONG, "luda"),
    Shown("desk-m/cases/<id:uuid>", SHANDONG, "luda", id=case("card", "zhongli")),
]

_OTHERS = [
    Shown("console/people/new", GUILIN, "lijiang"),
    Shown("terms", GUILIN, "19900006002"),
    Shown("console/rosters", BINZHOU, "haiyue"),
    Shown("console/cards", BINZHOU, "city1"),
    Shown("console/cases/<id:uuid>", BINZHOU, "haiyue", "个人注册", id=case("person_registration", "anbang")),
    Shown("console/cases/<id:uuid>", BINZHOU, "cityhead", "颁发", id=case("card", "heyunfei")),
    Shown("console/unit", BINZHOU, "bohai", "单位被退回"),
    Shown("console/cases/<id:uuid>", GUILIN, "centre1", "认定，纸质材料", id=case("recognition", "19900006002")),
    Shown("console/cases/<id:uuid>", GUILIN, "lijiang", "个人注册", id=case("person_registration", "19900006007")),
    Shown("console/cases/<id:uuid>", GUILIN, "qixing1", "单位注册", id=case("unit_admission", "huajiang")),
    Shown("cases/<case_id:uuid>", GUILIN, "19900006006", "不通过", case_id=case("recognition", "19900006006")),
    Shown("me/dossier", GUILIN, "19900006009", "资料未填"),
]

_COMMON = [page for region in REGIONS for page in (*_of_persons(region), *_of_offices(region))]
PAGES: list[Shown] = [*_COMMON, *_WEIHAI, *_DEZHOU, *_SHANDONG, *_OTHERS]
