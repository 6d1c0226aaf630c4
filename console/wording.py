"""Words of the desk's lists for people: the audit's acts and subjects, the channels of a case's history. What is missing shows as it is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from models.notification import Delivery
from services.content_check import Judged
from web.wording import day

ACTS = {
    "case.view": "查看办件",
    "cases.export": "导出查询结果",
    "card.view": "查看人才卡",
    "card.issue": "颁发人才卡",
    "card.suspend": "停用人才卡",
    "card.enable": "启用人才卡",
    "card.renew": "续期人才卡",
    "card.replace": "换发人才卡",
    "card.end": "终止人才卡",
    "cards.export": "导出人才卡",
    "standings.export": "导出人才名单",
    "change_expert": "专家变动生效",
    "agree": "同意条款",
    "account.copy": "领取本人数据副本",
    "account.close": "注销账号",
    "figures.export": "导出统计",
    "figures.print": "打印统计",
    "export.download": "下载导出的文件",
    "export.ask": "申请导出完整信息",
    "export.approve": "批准导出",
    "export.decline": "不批准导出",
    "question.share": "共享查询",
    "person.view": "查看个人全部经历",
    "person.unmask": "查看完整号码",
    "person.unmask_refused": "查看完整号码超过次数",
    "unit.view": "查看单位全部情况",
    "roster.make": "生成名单",
    "roster.contact": "填写名单联系人",
    "roster.export": "导出名单",
    "roster.upload": "上传盖章名单",
    "roster.submit": "汇总提交名单",
    "roster.void": "作废名单",
    "board.issue": "制作引导图",
    "board.revoke": "停用引导图",
    "venue.renew_link": "更换场所链接",
    "benefit.edit": "修改权益",
    "visit.undo": "撤销到访",
    "visit.look_up": "按姓名查到访",
    "content.edit": "修改内容",
    "venue.add": "新增服务场所",
    "category.add": "新增服务类别",
    "service.add": "新增服务项目",
    "service.windows": "调整办理窗口",
    "notice.write": "起草公告或信息",
    "notice.edit": "修改公告或信息",
    "notice.publish": "发布公告或信息",
    "notice.schedule": "定时发布公告或信息",
    "notice.withdraw": "撤回公告或信息",
    "mail.send": "发送平台邮件",
    "hours.edit": "修改服务时间",
    "closed_day.add": "登记休息日",
    "closed_day.remove": "取消休息日",
    "file.infected": "拦下带病毒的文件",
    "file.put": "上传文件",
    "file.remove": "删除文件",
    "file.view": "查看文件",
    "file.download": "下载文件",
    "case.print": "打印申请表",
    "bind": "绑定服务专员",
    "deputy.name": "安排代办",
    "deputy.end": "结束代办",
    "phrase.keep": "保存本机构常用意见",
    "phrase.remove": "删除本机构常用意见",
    "enrol": "新增单位人员",
    "register": "注册",
    "admit_unit": "单位入库",
    "open_account": "开通账号",
    "admit_dossier": "人才信息入库",
    "recognise": "人才认定",
    "day.say": "登记工作日历",
    "day.unsay": "取消工作日历登记",
    "day.recount": "重算办理期限",
    "message.by_sms": "把微信提醒改发短信",
    "sms.block": "停发短信号码",
    "sms.unblock": "恢复短信号码",
    "text.edit": "修改通知文字",
    "text.put_back": "恢复通知文字",
    "organisation.add": "新增机构",
    "organisation.close": "撤销机构",
    "organisation.reopen": "恢复机构",
    "take_back": "撤销修改",
    "account.import": "导入账号",
    "create": "新建账号",
    "correct": "修改姓名或手机号",
    "grant": "授予角色",
    "end_grant": "收回角色",
    "suspend": "停用账号",
    "enable": "启用账号",
    "reset_password": "重置密码",
    "change_password": "修改密码",
    "change_phone": "更换手机号",
    "change_email": "更换邮箱",
    "change_login_name": "修改用户名",
    "change_name": "修改姓名",
    "reset_by_mail": "用邮件重置密码",
    "bind_wechat": "绑定微信",
    "confirm_identity": "核实身份",
    "confirm_wrong": "核实身份没有通过",
    "unbind_wechat": "解除微信绑定",
    "forget_wechat": "本人在微信撤回授权，解除绑定",
}

#: Icons of the sprite that categories and services choose from (``web/assets/icons.txt``); a profile may use others.
ICONS = {
    "star": "星", "heart": "心", "trophy": "奖杯", "award": "奖章", "gift": "礼物", "stethoscope": "听诊器", "heart-rate-monitor": "体检",
    "building-hospital": "医院", "school": "学校", "book": "书", "books": "书籍", "certificate": "证书", "home": "房子", "home-heart": "安居",
    "building-community": "社区", "building-bank": "银行", "building-store": "商店", "building": "大楼", "plane": "飞机", "train": "火车",
    "bus": "公交车", "car": "汽车", "map-pin": "地点", "mountain": "景区", "ticket": "票", "run": "运动", "palette": "文化", "horse-toy": "孩子",
    "briefcase": "工作", "coin-yuan": "资金", "wallet": "钱包", "receipt-tax": "税务", "scale": "法律", "gavel": "仲裁", "language": "外语",
    "world": "世界", "id": "证件", "file-text": "文件", "users": "人群", "phone": "电话", "bulb": "创新",
}

CHANNELS = {"desk": "电脑", "phone": "手机", "mini": "小程序", "wechat": "微信", "system": "系统"}

SUBJECTS = {"text": "通知文字", "day": "工作日历", "case": "办件", "cases": "办件", "card": "人才卡", "cards": "人才卡", "standings": "人才名单",
"roster": "名单",
            "board": "引导图", "venue": "服务场所", "benefit": "权益", "visit": "到访",
            "service": "服务项目", "organisation": "机构", "account": "账号", "file": "文件", "notice": "公告或信息",
            "mail": "平台邮件", "sms_block": "停发号码", "export": "导出", "dossier": "人才信息", "figures": "统计分析", "category": "服务类别",
            "notification": "提醒"}

DETAILS = {
    "number": "编号", "reason": "原因", "rows": "条数", "asked": "条件", "before": "改前", "after": "改后", "login_name": "用户名",
    "organisation": "机构", "role": "角色", "venue": "场所", "place": "位置", "day": "日期", "hours": "时间", "windows": "窗口",
    "title": "标题", "checked": "内容检测", "to": "收件单位", "category": "类别", "level": "等级", "app": "应用", "field": "栏目", "for": "所属",
    "kind": "身份", "terms": "条款版本", "case": "办件", "change": "变动", "specialist": "服务专员", "proof": "核对方式", "found": "发现",
    "name": "名称", "from": "开始", "until": "截止", "act": "原操作",
    "made": "新建", "granted": "授予角色", "wrong": "有错",
    "working": "上班", "at": "时间", "parent_id": "上级", "district": "区县", "contact": "联系人", "phone": "电话", "address": "地址",
    "in_charge_of": "主管称号", "operator_id": "管理机构", "category_id": "类别", "used_at": "使用场所",
    "summary": "说明", "for_whom": "服务对象", "guide": "办理指南", "materials": "材料", "takes": "时限", "levels": "卡等级", "icon": "图标",
    "position": "次序", "bookable": "在线预约", "state": "状态", "slot_minutes": "时段分钟", "slot_capacity": "时段人数",
    "slot_days_ahead": "提前天数", "yearly": "每年次数", "companions": "随行人数", "latitude": "纬度", "longitude": "经度",
}

#: Words of the code that stand as values in the audit; what only the code can read is left out by the page.
VALUES = {
    "active": "启用", "closed": "停用", "withdrawn": "下架", "open": "开放",
    "person": "个人", "unit": "单位", "reviewer": "审核人员", "scan": "扫描件上的二维码", "scan_typed": "填写的校验码",
    **{one.value: one.label for one in Judged},
    "transfer": "工作调动", "leaving": "离开", "death": "去世", "lost_standing": "丧失资格",
}

IS_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")
IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def icon_options(standing: str) -> list[tuple[str, str]]:
    """To choose from; one that stands there already and has no word of ours stays."""
    return list(({} if standing in ICONS else {standing: "现在的图标"}).items()) + list(ICONS.items())


def told(value: object, names: Mapping[str, str], now: datetime) -> str:
    """A value of the audit for people, lists and pairs too; ``names``: id or code → what it is called. Other ids are nothing to read."""
    if isinstance(value, Mapping):
        return "，".join(f"{DETAILS.get(name, name)} {told(one, names, now) or '（空）'}" for name, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"{len(value)} 段" if value and not isinstance(value[0], str) else "、".join(told(one, names, now) for one in value)
    text = "" if value is None else ("否", "是")[value] if isinstance(value, bool) else str(value)
    if IS_MOMENT.fullmatch(text):
        return day(datetime.fromisoformat(text), now)
    return names.get(text, "") if IS_ID.fullmatch(text) else ACTS.get(text) or VALUES.get(text) or names.get(text, text)


def ids_in(value: object) -> Iterator[str]:
    """Every id in a line of the audit."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, str):
        yield from (value,) if IS_ID.fullmatch(value) else ()
    elif isinstance(value, Sequence):
        for one in value:
            yield from ids_in(one)


#: State of a delivery → tone of its badge.
TONES = {
    Delivery.PENDING: "pending", Delivery.SENDING: "underway", Delivery.UNKNOWN: "waiting", Delivery.ACCEPTED: "underway",
    Delivery.DELIVERED: "done", Delivery.FAILED: "late", Delivery.DROPPED: "closed",
}
