"""What a scan's verdict says to people: what it is, why, what to do now, and whom to call. One entry for each member of ``Verdict``."""

from dataclasses import dataclass
from enum import Enum, auto

from models.visit import Verdict


class Call(Enum):
    """Who can help: the place itself, or the office that issued the card."""

    VENUE = auto()
    OFFICE = auto()


@dataclass(frozen=True)
class Words:
    """``title`` stands large, ``why`` and ``todo`` are one sentence each."""

    title: str
    why: str
    todo: str
    call: Call = Call.OFFICE


WORDS: dict[Verdict, Words] = {
    Verdict.ADMITTED: Words("核验通过", "您的人才卡有效，可以使用本场所的服务。", "请向现场工作人员出示本页。", Call.VENUE),
    Verdict.BOARD_UNKNOWN: Words("认不出这个服务码", "它不是本地区服务场所的服务码，或者没有扫完整。",
                                 "请对准场所引导图上的二维码再扫一次，也可以手工输入图上的编码。"),
    Verdict.BOARD_REVOKED: Words("这块引导图已停用", "场所已经换上新的引导图，旧图上的服务码不再有效。", "请找到新的引导图扫码，或询问现场工作人员。",
                                 Call.VENUE),
    Verdict.ACCOUNT_SUSPENDED: Words("账号已停用", "您的账号目前不能使用绿色通道服务。", "请致电发卡机关了解原因。"),
    Verdict.NO_CARD: Words("您还没有人才卡", "现场服务面向持有效人才卡的人才。", "请先申领人才卡；如已领卡，请用办卡时登记的手机号登录。"),
    Verdict.CARD_SUSPENDED: Words("人才卡已停用", "停用期间，绿色通道服务全部暂停。", "请致电发卡机关了解停用原因和恢复办法。"),
    Verdict.CARD_EXPIRED: Words("人才卡已过有效期", "您的人才卡超过了有效期，需要续期后再使用。", "请致电发卡机关办理续期。"),
    Verdict.VENUE_CLOSED: Words("该场所暂停服务", "这个场所目前没有开放人才服务。", "请先致电场所了解恢复时间，或改用其他场所。", Call.VENUE),
    Verdict.OUTSIDE_HOURS: Words("现在不在服务时间", "这个场所此刻没有开放人才服务。", "请在服务时间内再来扫码；急用请致电场所。",
                                 Call.VENUE),
    Verdict.LEVEL_NOT_ENTITLED: Words("您的卡等级不含此项服务", "这类场所面向其他等级的持卡人。",
                                      "您可以在「我的人才卡」查看本卡包含的服务。"),
    Verdict.TOO_MANY_COMPANIONS: Words("随行人数超过规定", "您的卡等级能带的随行人员少于填写的人数。",
                                       "请减少随行人数后重新核验，其余人员按场所规定自费。"),
    Verdict.QUOTA_USED_UP: Words("今年的次数已用完", "您今年在这类场所的免费次数已经用完，明年 1 月 1 日重新计算。",
                                 "本次可按场所规定自费使用；对次数有疑问请致电发卡机关。"),
}
