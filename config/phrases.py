"""常用意见: the sentences that everybody has to pick from instead of typing, by what is done and by what kind of matter it is done to.

The applicant reads them, so each is a whole sentence, polite, and says what comes next. Where a region says nothing of an act, these stand.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from config.routes import Matter
from config.said import Said
from config.vocabulary import Action

Sentence = Annotated[str, Field(min_length=2, max_length=200)]
Sentences = dict[Action, tuple[Sentence, ...]]

#: Acts with an opinion.
WITH_WORDS = (Action.APPROVE, Action.COMPLETE, Action.RETURN, Action.REJECT, Action.TRANSFER, Action.SUPPLEMENT, Action.REMIND)

SERVING: Mapping[Action, tuple[str, ...]] = {
    Action.APPROVE: ("材料齐全，予以受理。", "已与您电话确认需求，正在安排。", "符合条件，同意办理。"),
    Action.COMPLETE: ("已为您安排妥当，请按约定时间前往。", "事项已办好，欢迎评价。", "经协调暂时无法安排，已向您电话说明。"),
    Action.RETURN: ("请补充具体日期和时间。", "请写明随行人数和联系方式。", "需求与所选服务不符，请改选其他服务后重新提交。"),
    Action.REJECT: ("不符合本项服务的条件，详情请致电窗口。",),
    Action.TRANSFER: ("不属于本窗口职责，转请办理。", "申请人单位在贵辖区，转请办理。", "需贵单位协调资源，转请办理。"),
    Action.REMIND: ("请今天内办理并告知申请人。", "申请人已来电催办，请尽快处理。"),
    Action.SUPPLEMENT: ("已电话联系申请人核实情况。",),
}
REVIEWING: Mapping[Action, tuple[str, ...]] = {
    Action.APPROVE: ("材料齐全，情况属实，同意上报。", "符合条件，同意。"),
    Action.COMPLETE: ("材料齐全，审核通过。", "符合条件，同意。"),
    Action.RETURN: ("请按标出的内容修改后重新提交。", "请补充证明材料。", "证明材料不清晰，请重新上传。"),
    Action.REJECT: ("不符合申报条件。",),
}
FOLLOWING_UP: Mapping[Action, tuple[str, ...]] = {
    Action.COMPLETE: ("已电话致歉并说明情况，评价人表示理解。", "经核实情况属实，已整改。", "多次联系评价人未接通。"),
    Action.SUPPLEMENT: ("给您添麻烦了，我们已改进，感谢您的反馈。",),
}


class Phrases(Said):
    """What a region says instead, act by act; an empty list: nothing to pick from."""

    serving: Sentences = Field({}, description="of who serves what was booked, and wherever nothing else is said")
    reviewing: Sentences = Field({}, description="of who reviews what was applied for")
    following_up: Sentences = Field({}, description="of who follows up a bad rating: nobody outside reads them but the reply")

    def of(self, action: Action, matter: Matter | None = None) -> tuple[str, ...]:
        """``matter``: what is handled, where the act is one of handling."""
        if matter is not None and matter.is_internal and (found := {**FOLLOWING_UP, **self.following_up}.get(action)) is not None:
            return found
        if matter is not None and matter.effect is not None and (found := {**REVIEWING, **self.reviewing}.get(action)) is not None:
            return found
        return {**SERVING, **self.serving}.get(action, ())
