"""Printing 打印 (BZ-14): an application and its review trail as PDF, with a code by which anybody can check the paper later.

What a paper says is ``paper.py``, how it is set ``typeset.py`` and ``paper.typ``, what its code proves ``proof.py``. Who may print what is
asked by whoever reads the case.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from config.errors import Refusal
from config.settings import settings
from config.vocabulary import Action
from models.case import Case
from qr import paper_code
from services.cases.answers import Answer
from services.cases.progress import Event
from services.printing import proof
from services.printing.paper import Facts, Paper, Review, Table
from services.regions import Region
from services.workbooks import Progress

__all__ = ["CONTENT_TYPE", "MOST_ROWS", "Facts", "Paper", "PaperTooLong", "Review", "Table", "build", "draw", "draw_list", "facts_of", "reviews_of"]

CONTENT_TYPE = "application/pdf"
#: Rows of all tables together, about 40 pages and two seconds; ten times as many would take more than a gigabyte of memory.
MOST_ROWS = 1000
#: What handlers decide; the rest of the history (claimed, reminded, put on hold) is nothing for a paper.
DECISIONS = frozenset({Action.APPROVE, Action.RETURN, Action.REJECT, Action.COMPLETE, Action.TRANSFER})
_two_at_a_time = asyncio.Semaphore(2)


class PaperTooLong(Refusal):
    """这份材料超过 1000 行，不能打印成一份。请导出 Excel，或者分批打印；有疑问请拨打服务电话。"""

    code = "paper_too_long"


async def draw(paper: Paper) -> bytes:
    """The paper as PDF; some tens of milliseconds a page, beside the event loop, and never many at once. Raises :class:`PaperTooLong`."""
    if sum(len(section.rows) for section in paper.sections if isinstance(section, Table)) > MOST_ROWS:
        raise PaperTooLong
    from services.printing import typeset  # the typesetter and its fonts are loaded by the first paper, not by every web process

    async with _two_at_a_time:
        return await asyncio.to_thread(typeset.pdf, paper)


async def draw_list(paper: Paper, progress: Progress | None = None) -> bytes:
    """A paper whose last section is a table, of any length: a long one beside this process, part after part (``parts.py``)."""
    from services.printing import parts

    table = paper.sections[-1]
    if not isinstance(table, Table) or len(table.rows) <= parts.ROWS:
        return await draw(paper)
    async with _two_at_a_time:
        return await parts.pdf(paper, progress)


def build(region: Region, case: Case, title: str, sections: Sequence[Facts | Table], now: datetime, *, photo: bytes | None = None,
          reviews: Sequence[Review] = (), statement: str = "", stamps: Sequence[str] = ()) -> Paper:
    """The paper of a case as it is now: number, scheme, time and the code that proves it come by themselves."""
    code = proof.code_of(case, now)
    return Paper(
        title=title, scheme=region.scheme, number=case.number, printed_at=now.astimezone(region.profile.tz), sections=tuple(sections), photo=photo,
        reviews=tuple(reviews), statement=statement, stamps=tuple(stamps), proof=paper_code.url(settings().public_url, region.code, code),
        check=paper_code.check_letters(code))


def facts_of(title: str, answers: Sequence[Answer]) -> Facts:
    """A section from a form as it was filled in."""
    return Facts(title, tuple((answer.label, answer.value) for answer in answers))


def reviews_of(kept: Region, matter: str, history: Sequence[Event]) -> list[Review]:
    """What was decided at which step, oldest first. ``kept``: the region under the profile that the case began with."""
    profile = kept.profile
    return [Review(profile.step_name(matter, event.from_step or ""), event.done, event.opinion, event.organisation, event.actor,
                   event.at.astimezone(profile.tz).date())
            for event in history if event.action in DECISIONS and not event.undone]
