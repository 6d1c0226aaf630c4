"""The words that profiles, tables and pages share: each with its value, its Chinese label, and what it is for.

A profile picks from these; it cannot invent one. Display text is never compared: code compares members.
"""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A word with a label for people: ``CLERK = "clerk", "窗口经办"``."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        return member


class Action(Labelled):
    """What can be done to a case. One vocabulary for routes, buttons, history and the bot."""

    SUBMIT = "submit", "提交申请"
    CLAIM = "claim", "认领"
    RELEASE = "release", "放回"
    APPROVE = "approve", "通过"
    RETURN = "return", "退回"
    REJECT = "reject", "不通过"
    TRANSFER = "transfer", "转办"
    COMPLETE = "complete", "办结"
    SUPPLEMENT = "supplement", "补充材料"
    RESUBMIT = "resubmit", "修改后重新提交"
    WITHDRAW = "withdraw", "撤回"
    HOLD = "hold", "暂停办理"
    RESUME = "resume", "恢复办理"
    REMIND = "remind", "督办"
    BIND = "bind", "绑定服务专员"
    CONFIRM_PAPER = "confirm_paper", "确认收到纸质材料"
    SEND_ON = "send_on", "汇总提交"
    CLOSE = "close", "终止办理"
    UNDO = "undo", "撤销操作"
    FOLLOW = "follow", "随人转入新单位"


class OrganisationKind(Labelled):
    CITY_BUREAU = "city_bureau", "市人社局"
    DEPARTMENT = "department", "主管部门"
    DISTRICT_BUREAU = "district_bureau", "区市人社局"
    TALENT_OFFICE = "talent_office", "人才办"
    WINDOW = "window", "服务窗口"
    VENUE_OPERATOR = "venue_operator", "服务场所单位"
    UNIT = "unit", "单位"


class Permission(Labelled):
    """What a role may do. Unset means denied. The region's own scope is always implied."""

    HANDLE_CASES = "handle_cases", "办理本机构办件"
    QUERY_OWN = "query_own", "查询本机构办件"
    QUERY_REGION = "query_region", "查询全市办件"
    SUPERVISE = "supervise", "督办超时办件"
    QUERY_CARDS = "query_cards", "查询人才卡"
    SUSPEND_CARDS = "suspend_cards", "停用和启用人才卡"
    MANAGE_VENUES = "manage_venues", "管理服务场所和引导图"
    MANAGE_CATALOGUE = "manage_catalogue", "管理服务目录"
    MANAGE_WINDOWS = "manage_windows", "管理服务窗口"
    MANAGE_ACCOUNTS = "manage_accounts", "管理账号"
    SEND_MAIL = "send_mail", "用平台邮箱给机构和单位写信"
    PUBLISH_NOTICES = "publish_notices", "以本机构名义发布通报公告"
    MANAGE_INFORMATION = "manage_information", "管理信息栏目"
    SEE_NUMBERS = "see_numbers", "逐人查看完整证件号和手机号"
    APPROVE_EXPORTS = "approve_exports", "批准他人导出完整信息"


class FieldType(Labelled):
    """The types of a form's fields: phone page, desk page, validation, Excel and print are drawn from them."""

    TEXT = "text", "文字"
    LONG_TEXT = "long_text", "长文字"
    NUMBER = "number", "数字"
    DATE = "date", "日期"
    MONTH = "month", "年月"
    CHOICE = "choice", "单选"
    SEVERAL = "several", "多选"
    DISTRICT = "district", "区县"
    ORGANISATION = "organisation", "机构"
    SLOT = "slot", "时段"
    YES_NO = "yes_no", "是否"
    HONOUR = "honour", "荣誉称号"
    UNIT = "unit", "单位"
    PHOTO = "photo", "照片"
    FILES = "files", "附件"
    PERSON_ID = "person_id", "身份证号"
    UNIT_CODE = "unit_code", "统一社会信用代码"
    PHONE = "phone", "手机号"
    EMAIL = "email", "电子邮箱"


class Requirement(Labelled):
    """What an applicant must have before a matter may be started."""

    ACTIVE_CARD = "active_card", "有效的人才卡"
    CARD = "card", "人才卡，停用的也算"
    APPROVED_ACCOUNT = "approved_account", "注册已通过审核"
    ADMITTED_UNIT = "admitted_unit", "所在单位已入库"
    ADMITTED_DOSSIER = "admitted_dossier", "人才信息已入库"


class Effect(Labelled):
    """What the end of a route does; ``services.cases.effects`` has a function for each."""

    ADMIT_UNIT = "admit_unit", "单位入库"
    OPEN_ACCOUNT = "open_account", "账号开通"
    ADMIT_DOSSIER = "admit_dossier", "人才信息入库"
    ISSUE_CARD = "issue_card", "颁发人才卡"
    RECOGNISE = "recognise", "人才认定"
    CHANGE_EXPERT = "change_expert", "专家变动生效"
    CLOSE_ACCOUNT = "close_account", "账号注销"


class NotificationKind(Labelled):
    """Every turn at which somebody is told; ``params`` are the placeholders that a profile's text may use."""

    params: frozenset[str]

    def __new__(cls, value: str, label: str = "", params: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_, member.label = value, label
        member.params = frozenset(params.split())
        return member

    LOGIN_CODE = "login_code", "登录验证码", "code minutes"
    SECURITY_CODE = "security_code", "安全验证码", "code minutes"
    EMAIL_CODE = "email_code", "邮箱验证码", "code minutes"
    PASSWORD_RESET = "password_reset", "重置密码链接", "token face until"
    CASE_SUBMITTED = "case_submitted", "办件已提交", "subject number organisation phone"
    CASE_ARRIVED = "case_arrived", "有新的办件", "subject number step due"
    CASE_MOVED = "case_moved", "办件有进展", "subject number step organisation opinion"
    CASE_RETURNED = "case_returned", "办件被退回", "subject number organisation opinion phone"
    CASE_REJECTED = "case_rejected", "办件不通过", "subject number organisation opinion phone"
    CASE_TRANSFERRED = "case_transferred", "办件已转办", "subject number organisation phone"
    CASE_COMPLETED = "case_completed", "办件已办结", "subject number organisation opinion"
    CASE_WITHDRAWN = "case_withdrawn", "申请人已撤回", "subject number"
    CARD_SUSPENDED = "card_suspended", "人才卡已停用", "card reason phone"
    CARD_ENABLED = "card_enabled", "人才卡已启用", "card phone"
    CARD_ISSUED = "card_issued", "人才卡已颁发", "card level number until phone"
    CARD_ENDED = "card_ended", "人才卡已终止", "card reason phone"
    UNIT_CHANGED = "unit_changed", "所在单位已变更", "unit phone"
    PERSON_JOINED = "person_joined", "人才转入本单位", "name unit"
    VISIT_UNDONE = "visit_undone", "现场服务已撤销", "venue reason phone"
    DUE_DIGEST = "due_digest", "到期提醒", "due_soon overdue oldest"
    LEADER_DIGEST = "leader_digest", "超时督办", "overdue organisations oldest"
    DAY_DIGEST = "day_digest", "每日摘要", "due_today overdue"
    CASE_REMINDED = "case_reminded", "人工督办", "subject number step organisation words"
    RATING_ANSWERED = "rating_answered", "评价有回复", "organisation opinion phone"
    SMS_STOPPED = "sms_stopped", "已退订短信", "phone"
    PHONE_CHANGED = "phone_changed", "登录手机号已更换", "before after phone"
    ACCOUNT_ALERT = "account_alert", "账号安全提醒", "at what phone"
    ALERT_LETTER = "alert_letter", "账号安全提醒（邮件）", "at what"


#: What goes out by mail. Its words are a template of ours (services/mails), because a letter has a subject and two forms.
MAILED = frozenset({NotificationKind.EMAIL_CODE, NotificationKind.PASSWORD_RESET, NotificationKind.ALERT_LETTER})

#: Codes and links that let somebody in, gone after some minutes, and whatever goes by mail: never sent again by itself, never delayed by quiet hours.
CODES = frozenset({NotificationKind.LOGIN_CODE, NotificationKind.SECURITY_CODE}) | MAILED

#: SMS that a person may switch off (``services.consents``): they tell how far something is. What decides about her or asks her to act is none.
OPTIONAL = frozenset({NotificationKind.CASE_SUBMITTED, NotificationKind.CASE_MOVED, NotificationKind.CASE_TRANSFERRED, NotificationKind.CARD_ENABLED,
                      NotificationKind.RATING_ANSWERED, NotificationKind.CASE_WITHDRAWN, NotificationKind.PERSON_JOINED})

#: What only those hear who handle cases or watch over them.
TO_HANDLERS = frozenset({NotificationKind.CASE_ARRIVED, NotificationKind.CASE_WITHDRAWN, NotificationKind.CASE_REMINDED, NotificationKind.DUE_DIGEST,
                         NotificationKind.LEADER_DIGEST, NotificationKind.DAY_DIGEST, NotificationKind.PERSON_JOINED})

#: What is said in the official account's chat or nowhere.
CHAT_ONLY = frozenset({NotificationKind.DAY_DIGEST})
