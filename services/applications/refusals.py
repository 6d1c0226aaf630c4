"""Why a matter cannot be applied for, in words that say what to do."""

from config.errors import Conflict, Invalid, NotPermitted
from config.vocabulary import Requirement


class Incomplete(Invalid):
    """还有内容没有填写完整，请按清单补齐后再提交。"""

    code = "incomplete"


class NotYet(NotPermitted):
    """现在还不能办理这个事项。"""

    code = "not_yet"


class NotSynchronised(Conflict):
    """请先点击“数据同步”，核对内容后再提交。"""

    code = "not_synchronised"


#: What an applicant lacks, in words that say what to do.
LACKS = {
    Requirement.APPROVED_ACCOUNT: "您的注册还没有通过审核，审核通过后即可办理。",
    Requirement.ADMITTED_UNIT: "您所在的单位还没有审核入库，暂时不能办理。请联系单位先提交审核。",
    Requirement.ADMITTED_DOSSIER: "您的人才信息还没有入库，入库后才能办理。",
    Requirement.ACTIVE_CARD: "您还没有有效的人才卡，领卡后才能办理。",
    Requirement.CARD: "还没有领卡，或者卡已经终止，不能办理。",
}
