"""Opinions that handlers write most often, to be picked instead of typed: a case on the phone takes thirty seconds.

The applicant reads them, so each is a whole sentence, polite, and says what comes next.
"""

from config.routes import Matter
from config.vocabulary import Action

PHRASES: dict[Action, tuple[str, ...]] = {
    Action.APPROVE: ("材料齐全，予以受理。", "已与您电话确认需求，正在安排。", "符合条件，同意办理。"),
    Action.COMPLETE: ("已为您安排妥当，请按约定时间前往。", "事项已办好，欢迎评价。", "经协调暂时无法安排，已向您电话说明。"),
    Action.RETURN: ("请补充具体日期和时间。", "请写明随行人数和联系方式。", "需求与所选服务不符，请改选其他服务后重新提交。"),
    Action.REJECT: ("不符合本项服务的条件，详情请致电窗口。",),
    Action.TRANSFER: ("不属于本窗口职责，转请办理。", "申请人单位在贵辖区，转请办理。", "需贵单位协调资源，转请办理。"),
    Action.REMIND: ("请今天内办理并告知申请人。", "申请人已来电催办，请尽快处理。"),
    Action.SUPPLEMENT: ("已电话联系申请人核实情况。",),
}


#: Of who reviews what was applied for; a window, which serves what was booked, writes the ones above.
REVIEWING: dict[Action, tuple[str, ...]] = {
    Action.APPROVE: ("材料齐全，情况属实，同意上报。", "符合条件，同意。"),
    Action.COMPLETE: ("材料齐全，审核通过。", "符合条件，同意。"),
    Action.RETURN: ("请按标出的内容修改后重新提交。", "请补充证明材料。", "证明材料不清晰，请重新上传。"),
    Action.REJECT: ("不符合申报条件。",),
}


#: Of who follows up a bad rating: nobody outside reads what was done, but the reply.
FOLLOWING_UP: dict[Action, tuple[str, ...]] = {
    Action.COMPLETE: ("已电话致歉并说明情况，评价人表示理解。", "经核实情况属实，已整改。", "多次联系评价人未接通。"),
    Action.SUPPLEMENT: ("给您添麻烦了，我们已改进，感谢您的反馈。",),
}


def of(action: Action, matter: Matter | None = None) -> tuple[str, ...]:
    """``matter``: what is handled, where the act is one of handling."""
    if matter is not None and matter.is_internal and action in FOLLOWING_UP:
        return FOLLOWING_UP[action]
    reviewed = matter is not None and matter.effect is not None
    return (REVIEWING.get(action) if reviewed else None) or PHRASES.get(action, ())
