"""A plan as a Mermaid flow chart, for documents that draw Mermaid by themselves."""

import re
from collections.abc import Iterator

from config.drawing.plan import Exit, Leads, Plan, Stage

_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")
_SPECIAL = re.compile(r"[\"&<>#;`\\\[\]{}|]")


def as_mermaid(plan: Plan) -> str:
    """The whole text of the chart, ending with a line break."""
    return "\n".join(("---", f"title: '{_title(plan)}'", "---", "flowchart TD", *(f"  {line}" for line in _lines(plan)))) + "\n"


def _title(plan: Plan) -> str:
    """In the front matter no character code is read; what could end it is replaced by what looks like it."""
    return _flat(f"{plan.scheme} · {plan.title}").translate(str.maketrans("'<>", "’‹›"))


def _lines(plan: Plan) -> Iterator[str]:
    yield f"applicant([{_text(plan.applicant, plan.submits, *plan.conditions)}])"
    for stage in plan.stages:
        yield from _nodes(stage)
    yield f"done([{_text(plan.end, *plan.effects)}])"
    if any(leaving.leads is Leads.DENIED for stage in plan.stages for leaving in stage.exits):
        yield f"denied([{_text('办件终止')}])"
    yield f"applicant --> {_entry(plan, 1)}"
    for stage in plan.stages:
        yield from _arrows(plan, stage)


def _nodes(stage: Stage) -> Iterator[str]:
    head = (f"{stage.number} {stage.name}", f"时限 {stage.limit}{'（暂定）' if stage.assumed else ''}")
    if stage.is_forked:
        yield f"s{stage.number}{{{{{_text(*head, *stage.notes)}}}}}"
        for number, branch in enumerate(stage.branches):
            if not branch.skips:
                yield f"s{stage.number}b{number}[{_text(branch.organisation, branch.role)}]"
    else:
        (branch,) = stage.branches
        yield f"s{stage.number}[{_text(*head, branch.organisation, branch.role, *stage.notes)}]"


def _entry(plan: Plan, number: int) -> str:
    return f"s{number}" if number <= len(plan.stages) else "done"


def _arrows(plan: Plan, stage: Stage) -> Iterator[str]:
    here, following = f"s{stage.number}", _entry(plan, stage.number + 1)
    if not stage.is_forked:
        yield _onward(stage, here, following)
        yield from _leaving(stage, here)
        return
    for number, branch in enumerate(stage.branches):
        if branch.skips:
            yield f"{here} -->|{_text(branch.case + '，跳过')}| {following}"
        else:
            yield f"{here} -->|{_text(branch.case)}| {here}b{number}"
            yield _onward(stage, f"{here}b{number}", following)
            yield from _leaving(stage, f"{here}b{number}")


def _onward(stage: Stage, node: str, following: str) -> str:
    return f"{node} -->|{_text(stage.onward)}| {following}" if stage.onward else f"{node} --> {following}"


def _leaving(stage: Stage, node: str) -> Iterator[str]:
    return (f"{node} -.->|{_text(leaving.word)}| {_target(leaving)}" for leaving in stage.exits)


def _target(leaving: Exit) -> str:
    if leaving.leads is Leads.BACK:
        return "applicant" if leaving.to is None else f"s{leaving.to}"
    return "denied" if leaving.leads is Leads.DENIED else "done"


def _text(*lines: str) -> str:
    """Quoted, with everything that Mermaid or HTML would read as its own written as a character code."""
    safe = (_SPECIAL.sub(lambda found: f"#{ord(found[0])};", _flat(line)) for line in lines if line)
    return f'"{"<br/>".join(safe)}"'


def _flat(text: str) -> str:
    return _BLANK.sub(" ", text).strip()
