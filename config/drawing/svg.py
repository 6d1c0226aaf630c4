"""A plan as a picture for screen and paper: steps downward in the middle, what comes back on the left, what ends early on the right.

Boxes grow with their text; nothing is ever shortened. Every kind of line differs in its dashes as well as in its colour.
"""

from dataclasses import dataclass
from itertools import accumulate

from config.drawing.canvas import Canvas, Ink, Paragraph, paragraph
from config.drawing.lettering import width
from config.drawing.plan import Branch, Exit, Leads, Plan, Stage

TITLE, NAME, TEXT, SMALL = 22.0, 17.0, 14.5, 12.5
MIDDLE, EDGE, LANE, STUB, GAP, PAD, ROUND = 640.0, 28.0, 22.0, 78.0, 48.0, 18.0, 12.0
INK, MUTED, NAVY, WHITE = "#1f2a36", "#566273", "#1d3557", "#ffffff"
PALE, SKIPPED, DOUBT, DOUBTFUL, PILL, FINE, ENDED = "#f4f7fb", "#6f7b8a", "#7a4b00", "#fff3dc", "#e6edf6", "#e9f5ee", "#fbeeee"
FRAME, THIN, GAPS = Ink("#9fb0c6", width=1.2), Ink("#c9d3e0", width=1), Ink(SKIPPED, "4 3", width=1.2)
NONE = Ink("none")
COLOURS = {Leads.BACK: ("#a3440b", "7 4"), Leads.DENIED: ("#a01c1c", "9 3 2 3"), Leads.DONE: ("#1b6b41", "")}
LEGEND = {Leads.BACK: "退回", Leads.DENIED: "不通过，办件终止", Leads.DONE: "提前办结"}


@dataclass(frozen=True)
class Back:
    """A return to an earlier step, which runs in a lane of its own where it would cross another."""

    stage: int
    to: int
    lane: int


@dataclass(frozen=True)
class Sheet:
    """Where things stand. ``left``, ``right``: edges of the middle column; ``far``: edge of the picture."""

    left: float
    far: float
    backs: tuple[Back, ...]

    @property
    def right(self) -> float:
        return self.left + MIDDLE

    @property
    def axis(self) -> float:
        return self.left + MIDDLE / 2


@dataclass(frozen=True)
class Placed:
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def as_svg(plan: Plan) -> str:
    """A whole SVG document; may as well stand within a page, where its ids begin with ``route-`` and the matter's code."""
    sheet = _sheet(plan)
    canvas = Canvas(f"route-{plan.code}", f"{plan.title}办理流程", "".join(plan.sentences()), sheet.far)
    inks = {leads: Ink(colour, dash, canvas.tip(leads.name.lower(), colour)) for leads, (colour, dash) in COLOURS.items()}
    flow = Ink(NAVY, "", canvas.tip("onward", NAVY))
    paper = canvas.paper()
    start = _applicant(canvas, sheet, plan, _heading(canvas, sheet, plan))
    placed, words = [start], ["提交", *(stage.onward for stage in plan.stages)]
    for stage, word in zip(plan.stages, words, strict=False):
        top = _onward(canvas, sheet, placed[-1].bottom, word, flow)
        placed.append(_stage(canvas, sheet, stage, top))
    ends = _ends(canvas, sheet, plan, _onward(canvas, sheet, placed[-1].bottom, words[-1], flow))
    _returns(canvas, sheet, plan, placed, inks[Leads.BACK])
    _endings(canvas, sheet, plan, placed, ends, inks)
    height = _foot(canvas, sheet, plan, ends.bottom + 30, inks, flow)
    canvas.size(paper, height)
    return canvas.finish(height)


def _sheet(plan: Plan) -> Sheet:
    wanted = [(stage.number, leaving.to) for stage in plan.stages for leaving in stage.exits if leaving.to is not None]
    backs: list[Back] = []
    for stage, to in sorted(wanted, key=lambda one: one[0] - one[1]):  # short ones innermost, so that they cross the fewest
        taken = {back.lane for back in backs if back.to < stage and to < back.stage}
        backs.append(Back(stage, to, next(lane for lane in range(len(wanted)) if lane not in taken)))
    lanes = 1 + max((back.lane for back in backs), default=-1)
    comes_back = any(leaving.leads is Leads.BACK for stage in plan.stages for leaving in stage.exits)
    left = EDGE + (STUB + LANE * lanes if comes_back else 0)
    return Sheet(left, left + MIDDLE + EDGE + (STUB + LANE if _early(plan) else 0), tuple(backs))


def _early(plan: Plan) -> bool:
    return any(leaving.leads is not Leads.BACK for stage in plan.stages for leaving in stage.exits)


def _heading(canvas: Canvas, sheet: Sheet, plan: Plan) -> float:
    bottom = canvas.write(paragraph(f"{plan.title}办理流程", TITLE, NAVY, MIDDLE, bold=True), sheet.left, 22)
    return canvas.write(paragraph(plan.scheme, SMALL + 1, MUTED, MIDDLE), sheet.left, bottom) + 18


def _applicant(canvas: Canvas, sheet: Sheet, plan: Plan, top: float) -> Placed:
    room = MIDDLE - 4 * PAD
    said = [paragraph(f"{plan.applicant} · {plan.submits}", NAME, NAVY, room, bold=True)]
    said += [paragraph(condition, SMALL, INK, room) for condition in plan.conditions]
    return _centred(canvas, sheet.left, top, MIDDLE, said, PILL, Ink(NAVY))


def _centred(canvas: Canvas, x: float, top: float, wide: float, said: list[Paragraph], fill: str, ink: Ink) -> Placed:
    height = sum(part.height for part in said) + 2 * ROUND
    canvas.box(x, top, wide, height, fill, ink, min(height / 2, 26))
    y = top + ROUND
    for part in said:
        y = canvas.write(part, x + wide / 2, y, "middle")
    return Placed(top, top + height)


def _onward(canvas: Canvas, sheet: Sheet, top: float, word: str, ink: Ink) -> float:
    canvas.line([(sheet.axis, top), (sheet.axis, top + GAP)], ink)
    canvas.write(paragraph(word, SMALL, NAVY, MIDDLE / 2 - 2 * PAD), sheet.axis + 12, top + 6)
    return top + GAP


def _stage(canvas: Canvas, sheet: Sheet, stage: Stage, top: float) -> Placed:
    """The frame is drawn first and gets its height last: by then everything within it is known."""
    frame = canvas.box(sheet.left, top, MIDDLE, 0, WHITE, FRAME, ROUND)
    x, room = sheet.left + PAD, MIDDLE - 2 * PAD
    y = _stage_name(canvas, sheet, stage, top + PAD) + 10
    if stage.is_forked:
        y = _branches(canvas, stage.branches, x, y) + 10
    else:
        (only,) = stage.branches
        y = canvas.write(paragraph(f"{only.organisation} · {only.role}", TEXT, INK, room, bold=True), x, y) + 4
    for note in stage.notes:
        y = canvas.write(paragraph(note, SMALL, INK, room), x, y) + 2
    y = canvas.write(paragraph("可以办理：" + "、".join(stage.acts), SMALL, MUTED, room), x, y)
    canvas.size(frame, y + PAD - 4 - top)
    return Placed(top, y + PAD - 4)


def _stage_name(canvas: Canvas, sheet: Sheet, stage: Stage, top: float) -> float:
    limit = f"时限 {stage.limit}" + ("（暂定）" if stage.assumed else "")
    wide = width(limit, SMALL) + 20
    pill, ink = (DOUBTFUL, DOUBT) if stage.assumed else (PILL, NAVY)
    canvas.box(sheet.right - PAD - wide, top, wide, 26, pill, NONE, 13)
    canvas.write(paragraph(limit, SMALL, ink, wide), sheet.right - PAD - wide / 2, top + 3.5, "middle")
    canvas.disc(sheet.left + PAD + 13, top + 13, 13, NAVY)
    canvas.write(paragraph(str(stage.number), SMALL + 1, WHITE, 26, bold=True), sheet.left + PAD + 13, top + 3, "middle")
    name = paragraph(stage.name, NAME, NAVY, MIDDLE - 2 * PAD - wide - 50, bold=True)
    return max(top + 26, canvas.write(name, sheet.left + PAD + 36, top))


def _branches(canvas: Canvas, branches: tuple[Branch, ...], x: float, top: float) -> float:
    columns = 2 if len(branches) in (2, 4) else min(len(branches), 3)
    wide = (MIDDLE - 2 * PAD - ROUND * (columns - 1)) / columns
    for begin in range(0, len(branches), columns):
        line = [_branch(branch, wide - 2 * ROUND) for branch in branches[begin:begin + columns]]
        height = max(sum(part.height for part in said) for said in line) + 2 * ROUND
        for number, said in enumerate(line):
            place = x + number * (wide + ROUND)
            canvas.box(place, top, wide, height, *((WHITE, GAPS) if branches[begin + number].skips else (PALE, THIN)))
            for part, y in zip(said, accumulate((part.height for part in said), initial=top + ROUND), strict=False):
                canvas.write(part, place + ROUND, y)
        top += height + ROUND
    return top - ROUND


def _branch(branch: Branch, room: float) -> list[Paragraph]:
    condition = paragraph(branch.case, SMALL, NAVY if branch.condition else MUTED, room)
    if branch.skips:
        return [condition, paragraph("跳过本环节", TEXT, SKIPPED, room, bold=True)]
    return [condition, paragraph(branch.organisation, TEXT, INK, room, bold=True), paragraph(branch.role, SMALL + 0.5, INK, room)]


def _ends(canvas: Canvas, sheet: Sheet, plan: Plan, top: float) -> Placed:
    colour, _ = COLOURS[Leads.DONE]
    said = [paragraph(plan.end, NAME, colour, 280, bold=True), *(paragraph(effect, SMALL + 0.5, INK, 280) for effect in plan.effects)]
    done = _centred(canvas, sheet.axis - 160, top, 320, said, FINE, Ink(colour))
    if any(leaving.leads is Leads.DENIED for stage in plan.stages for leaving in stage.exits):
        colour, _ = COLOURS[Leads.DENIED]
        said, x = [paragraph("办件终止", NAME, colour, 180, bold=True)], sheet.axis + 190
        _centred(canvas, x, top, sheet.far - 12 - x, said, ENDED, Ink(colour))
    return done


def _returns(canvas: Canvas, sheet: Sheet, plan: Plan, placed: list[Placed], ink: Ink) -> None:
    """Lines first, words upon them. What goes back to the applicant shares one line: dashes upon dashes would make it look solid."""
    leaving = [(stage.number, one) for stage in reversed(plan.stages) for one in stage.exits if one.leads is Leads.BACK]
    shared = False
    for number, one in leaving:
        y = placed[number].middle
        if one.to is None:
            up = [(EDGE, placed[0].middle), (sheet.left - 1, placed[0].middle)]
            canvas.line([(sheet.left, y), (EDGE, y), *(() if shared else up)], Ink(ink.stroke, ink.dash) if shared else ink)
            shared = True
        else:
            x, there = sheet.left - STUB + 8 - LANE * _lane(sheet, number, one.to), placed[one.to].bottom - PAD
            canvas.line([(sheet.left, y), (x, y), (x, there), (sheet.left - 1, there)], ink)
    for number, one in leaving:
        _label(canvas, one, sheet.left - 6, placed[number].middle, ink, "end")


def _lane(sheet: Sheet, stage: int, to: int) -> int:
    return next(back.lane for back in sheet.backs if (back.stage, back.to) == (stage, to))


def _label(canvas: Canvas, leaving: Exit, x: float, y: float, ink: Ink, anchor: str) -> None:
    said = paragraph(leaving.word, SMALL, ink.stroke, STUB - 18)
    wide = max(width(line, SMALL) for line in said.lines)
    canvas.box(x - wide if anchor == "end" else x, y - said.height - 2, wide, said.height, WHITE, NONE, 0)
    canvas.write(said, x, y - said.height - 2, anchor)


def _endings(canvas: Canvas, sheet: Sheet, plan: Plan, placed: list[Placed], ends: Placed, inks: dict[Leads, Ink]) -> None:
    """What ends before the end: down along the right side, to the end that it has. Of each kind the first draws the line that all share."""
    early = [(placed[stage.number].middle, one) for stage in plan.stages for one in stage.exits if one.leads is not Leads.BACK]
    above = 26 if len({one.leads for _, one in early}) > 1 else 0
    places = [(y - above if one.leads is Leads.DONE else y, one) for y, one in early]
    drawn: set[Leads] = set()
    for y, one in places:
        denied, ink = one.leads is Leads.DENIED, inks[one.leads]
        x, turn = (sheet.far - EDGE, sheet.far - EDGE) if denied else (sheet.far - EDGE - LANE, sheet.axis + 90)
        down = [(x, ends.top - 15), (turn, ends.top - 15), (turn, ends.top - 1)]
        shared = one.leads in drawn
        canvas.line([(sheet.right, y), (x, y), *(() if shared else down)], Ink(ink.stroke, ink.dash) if shared else ink)
        drawn.add(one.leads)
    for y, one in places:
        _label(canvas, one, sheet.right + 6, y, inks[one.leads], "start")


def _foot(canvas: Canvas, sheet: Sheet, plan: Plan, top: float, inks: dict[Leads, Ink], flow: Ink) -> float:
    """Legend of what the picture has, and what its reader should know. Gives the height of the picture."""
    canvas.line([(sheet.left, top), (sheet.right, top)], THIN)
    used = {leaving.leads for stage in plan.stages for leaving in stage.exits}
    x, y = sheet.left, top + 12
    for ink, word in [(flow, "办理方向"), *((inks[leads], LEGEND[leads]) for leads in Leads if leads in used)]:
        canvas.line([(x, y + 9.5), (x + 34, y + 9.5)], ink)
        canvas.write(paragraph(word, SMALL, INK, MIDDLE), x + 42, y)
        x += 42 + width(word, SMALL) + 26
    if any(branch.skips for stage in plan.stages for branch in stage.branches):
        canvas.box(x, y + 3, 26, 13, WHITE, GAPS, 3)
        canvas.write(paragraph("跳过", SMALL, INK, MIDDLE), x + 34, y)
    y += 28
    for note in plan.notes:
        y = canvas.write(paragraph(note, SMALL, MUTED, MIDDLE), sheet.left, y)
    return y + 20
