"""Everything that the official account says. Short lines: people read them on a phone, and a reply holds 2,048 bytes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from config.errors import Invalid, Refusal
from config.vocabulary import Action
from models.case import CaseState
from services import bookings
from services.cases.deadlines import standing
from services.cases.engine import Outcome
from services.cases.own import Line
from services.cases.progress import Event, Stage
from services.cases.sheet import Button, Sheet
from services.masking import masked_name
from services.regions import Region
from services.todo import Counts, Waiting
from web.wording import day

FAILED_LATE = "刚才没有办成，什么都没有改变。请稍后再发一次；着急办理请拨打服务电话。"
NO_LIST = "这个序号已经过期。请先发送「待办」或「我的办件」，再按新的序号回复。"
NO_SUCH = "没有找到这个办件，请核对编号；也可以发送「待办」或「我的办件」查看列表。"
NOTHING_WAITS = "您现在没有待办事项。"
NO_CASES = "您还没有预约过服务。"
BY_NUMBER_ONLY = "（现在不能按序号回复，请写办件编号）"
LISTENS_TO_TEXT = "目前只能看懂文字。"
SIGNS = {Stage.DONE: "✓", Stage.CURRENT: "▶", Stage.TODO: "○"}
LINK_MINUTES = 30
LONGEST_OPINION = 200


def welcome(region: Region) -> str:
    return f"您好，这里是{region.scheme}。"


def abilities(region: Region, *, bound: bool, staff: bool) -> str:
    """What can be written, for who may; to staff in the words of the region's own route."""
    if not bound:
        return "请先发送「绑定」，绑定后可以查询预约进度、办理待办事项。"
    if not staff:
        return "您可以发送：\n「我的办件」查看预约和进度\n「到哪了 1」看一件的全过程"
    orders = dict.fromkeys(order_for(step.name, can.button, can.action, can.choices, "1") for step in region.matter(bookings.MATTER).route
                           for can in step.can if can.action is not Action.TRANSFER)
    return "\n".join(["您可以发送：", "「待办」查看待办事项", *(f"「{order}」" for order in orders), "「到哪了 1」看一件的全过程"])


def order_for(step: str, button: str, action: Action, choices: Mapping[str, str], reference: str) -> str:
    """How a case is ordered on: ``预审 1 意见``; with the first of the results where one must be chosen."""
    if choices:
        return f"{button} {reference} {next(iter(choices.values()))} 意见"
    return f"{step if action is Action.APPROVE else button} {reference} {'原因' if action is Action.RETURN else '意见'}"


def bind_here(link: str) -> str:
    return f"请点开链接，登录后绑定您的账号（{LINK_MINUTES} 分钟内有效，请勿转发给他人）：\n{link}"


def bound_already(name: str) -> str:
    return f"这个微信已经绑定了 {masked_name(name)} 的账号。如需更换，请在网页「我的—设置」中解除绑定。"


def own_cases(region: Region, lines: Sequence[Line], now: datetime, more: int, link: str) -> str:
    told = [f"{number}. {one.subject}（{one.number}）\n{_where(region, one, now)}" for number, one in enumerate(lines, 1)]
    rest = [f"还有 {more} 件，请在网页查看：{link}" if more else f"详情：{link}"]
    return "\n".join([*told, *rest])


def _where(region: Region, line: Line, now: datetime) -> str:
    if line.to_rate:
        return "　已办结，请您评价"
    if not line.is_open:
        return f"　{line.state.label}"
    left = standing(region.profile, line.due_at, now).left
    state = [line.step, line.organisation, left] if line.state is CaseState.HANDLING else [line.state.label, line.organisation]
    return "　" + " · ".join(part for part in state if part)


def to_do(region: Region, found: Sequence[Waiting], counts: Counts, now: datetime, *, numbered: bool, link: str) -> str:
    """Late ones first. No names: what is said in a chat is read over shoulders too."""
    lines = [f"待办 {counts.all} 件" + (f"，其中超时 {counts.late} 件" if counts.late else "") + ("" if numbered else BY_NUMBER_ONLY)]
    for number, one in enumerate(found, 1):
        left = standing(region.profile, one.due_at, now).left
        lines.append(f"{f'{number}. ' if numbered else ''}{one.subject}（{one.number}）\n　{one.step_name} · {left}{_claimed(one)}")
    if counts.all > len(found):
        lines.append(f"还有 {counts.all - len(found)} 件：{link}")
    first = found[0].step_name
    return "\n".join([*lines, f"回复「{first} {'1' if numbered else found[0].number} 意见」办理第一件。"])


def _claimed(one: Waiting) -> str:
    return f" · {one.claimed_name} 已认领" if one.claimed_name else ""


def progress(found: Sheet, now: datetime, link: str) -> str:
    """Each step with who has it; the last opinion; where to read on."""
    lines = [f"{found.case.subject}（{found.case.number}）：{found.case.state.label}"]
    for step in found.route:
        when = day(step.at, now) if step.at and step.stage is Stage.DONE else found.left if step.stage is Stage.CURRENT and not found.closed else ""
        lines.append(" ".join(part for part in (SIGNS[step.stage], step.name, step.organisation, when) if part))
    opinion = next((event for event in reversed(found.history) if event.opinion and event.organisation and not event.undone), None)
    if opinion is not None:
        lines.append(f"{opinion.organisation}：{_short(opinion.opinion)}")
    return "\n".join([*lines, f"详情：{link}"])


def _short(opinion: str) -> str:
    return opinion if len(opinion) <= LONGEST_OPINION else f"{opinion[:LONGEST_OPINION]}…"


def acted(region: Region, outcome: Outcome, done: str, reference: str) -> str:
    """What happened, and what comes next."""
    case = outcome.case
    told = f"{case.subject}（{case.number}）{done}。"
    if case.state is CaseState.HANDLING and outcome.action is Action.APPROVE:
        step = region.profile.step_name(case.matter, case.step)
        return f"{told}\n下一步：{step}，回复「{step} {reference} 意见」。"
    return told


def done_words(button: Button, choice: str) -> str:
    return f"已{button.label.removesuffix('通过')}" + (f"（{button.choices[choice]}）" if choice else "")


def meanwhile(last: Event, now: datetime) -> str:
    who = " ".join(part for part in (last.organisation, last.actor) if part)
    return f"{who} 已于 {day(last.at, now)} 「{last.done}」了这个办件，您看到的不是最新情况。请发送「待办」再看一次。"


def not_now(found: Sheet, reference: str) -> str:
    """What is possible instead."""
    possible = [f"「{order_for(found.step.name, button.label, button.action, button.choices, reference)}」" for button in found.buttons
                if button.as_handler and button.opinion != "none"]
    now_at = f"这件现在是「{found.step.name}」" if not found.closed else f"这件{found.case.state.label}"
    return f"{now_at}，" + (f"可以回复：{'、'.join(possible)}。" if possible else "您现在不能办理它。")


def choose(button: Button, reference: str) -> str:
    return "请写明结果，例如：" + "；".join(f"「{button.label} {reference} {label} 意见」" for label in button.choices.values())


def on_page(button: Button, link: str) -> str:
    return f"{button.label}要选择机构，请点开链接办理：{link}"


def refused(refusal: Refusal) -> str:
    return "；".join(refusal.fields.values()) if isinstance(refusal, Invalid) else refusal.text
