"""What is to be handed in on paper 线下提交 (GL-11): listed with the case, and confirmed by each step that asks for it before the case goes on."""

from config.errors import Conflict
from config.routes import Matter, Step
from config.vocabulary import Action
from models.case import Case
from models.database import json_value, row
from services.cases.answers import OFFLINE

#: What brings a case onward; a step that lists 确认收到纸质材料 does none of it before the paper is there.
ONWARD = frozenset({Action.APPROVE, Action.COMPLETE, Action.BIND, Action.SEND_ON})


class PaperOutstanding(Conflict):
    """还有线下提交的纸质材料没有确认收到。请先核对原件，点击“确认收到纸质材料”，再继续办理。"""

    code = "paper_outstanding"


def of_form(matter: Matter, case: Case) -> list[str]:
    """Labels of the matter's own fields that are handed in on paper."""
    return [field.label for field in matter.form if case.data.get(field.field) == OFFLINE]


async def of_case(matter: Matter, case: Case) -> list[str]:
    """Everything that is to be handed in, in the order of the pages."""
    listed = of_form(matter, case)
    if case.dossier_id is None:
        return listed
    found = await row("SELECT facts -> 'paper' AS paper FROM dossier_version WHERE region = $1 AND dossier_id = $2 AND number = $3",
                      case.region, case.dossier_id, case.dossier_number)
    return [*listed, *(json_value(found["paper"]) or [] if found else [])]


_CONFIRMED = """
SELECT 1 FROM case_event e WHERE e.region = $1 AND e.case_id = $2 AND e.action = 'confirm_paper' AND e.from_step = $3
  AND e.seq > (SELECT max(seq) FROM case_event WHERE region = $1 AND case_id = $2 AND action IN ('submit', 'resubmit'))
"""


async def is_confirmed(case: Case) -> bool:
    """Whether the present step has confirmed it, of what was submitted last."""
    return await row(_CONFIRMED, case.region, case.id, case.step) is not None


async def require(matter: Matter, case: Case, step: Step, action: Action) -> None:
    """Raises :class:`PaperOutstanding`, which lists it."""
    if action in ONWARD and step.allows(Action.CONFIRM_PAPER) and (listed := await of_case(matter, case)) and not await is_confirmed(case):
        raise PaperOutstanding(context={"paper": listed})
