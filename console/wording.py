"""The audit's words for people: act and subject → label. An act that is missing here shows as it is."""

ACTS = {
    "case.view": "查看办件",
    "cases.export": "导出查询结果",
    "card.view": "查看人才卡",
    "card.issue": "颁发人才卡",
    "card.suspend": "停用人才卡",
    "card.enable": "启用人才卡",
    "board.issue": "制作引导图",
    "board.revoke": "停用引导图",
    "venue.renew_link": "更换场所链接",
    "benefit.edit": "修改权益",
    "visit.undo": "撤销到访",
    "content.edit": "修改内容",
    "service.windows": "调整办理窗口",
    "hours.edit": "修改服务时间",
    "closed_day.add": "登记休息日",
    "closed_day.remove": "取消休息日",
    "create": "新建账号",
    "grant": "授予角色",
    "end_grant": "收回角色",
    "suspend": "停用账号",
    "enable": "启用账号",
    "reset_password": "重置密码",
    "change_password": "修改密码",
    "change_phone": "更换手机号",
    "bind_wechat": "绑定微信",
    "unbind_wechat": "解除微信绑定",
}

SUBJECTS = {"case": "办件", "cases": "办件", "card": "人才卡", "board": "引导图", "venue": "服务场所", "benefit": "权益", "visit": "到访",
            "service": "服务项目", "organisation": "机构", "account": "账号"}
