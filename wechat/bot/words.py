"""Everything that the official account says. Short lines: people read them on a phone, and a reply holds 2,048 bytes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from config.errors import Invalid, Refusal
from config.vocabulary import Action
from models.case import CaseState
from services import bookings
from services.cases.deadlines import Light, standing
from services.cases.engine import Outcome
from services.cases.own import Line
from services.cases.progress import Event, Stage
from services.cases.sheet import Button, Sheet
from services.login import LINK_LASTS
from services.masking import masked_name
from services.regions import Region
from services.supervision import LateByOrganisation
from services.todo import Counts, Waiting
from services.windows import Window
from web.wording import day
from wechat.bot.spoken import leads

FAILED_LATE = "刚才没有办成，什么都没有改变。请稍后再发一次；着急办理请拨打服务电话。"
NO_LIST = "这个序号已经过期。请先发送「待办」或「我的办件」，再按新的序号回复。"
NO_SUCH = "没有找到这个办件，请核对编号；也可以发送「待办」或「我的办件」查看列表。"
NO_SUCH_SENTENCE = "没有这一条常用意见。请发送「意见」和序号，例如「意见 1」，查看可以选的。"
NO_SENTENCES = "这件现在没有可以选的常用意见。"
NOTHING_WAITS = "您现在没有待办事项。"
NO_CASES = "您还没有预约过服务。"
LISTENS_TO = "目前能看懂文字、位置，和场所引导图的照片。"
CANCELLED = "已取消，什么都没有提交。"
NOTHING_BEGUN = "现在没有进行中的操作。"
ONLY_HOLDERS = "预约服务由持卡人本人办理。您可以发送「待办」查看待办事项。"
NOTHING_TO_RATE = "您现在没有待评价的办件。"
RATE_LATER = "好的，以后可以随时发送「评价」。"
RATE_DIGIT = "请回复 1 到 5：5 非常满意，4 满意，3 一般，2 不满意，1 非常不满意；以后再评请回复「0」。"
RATE_WORDS = "抱歉没有让您满意。请用一句话告诉我们哪里不好，会有专人跟进；不想写请回复「0」。"
NO_PLACE = "没有看懂这个位置，请重新发送，或发送「帮助」。"
NO_CODE = "没有认出照片里的二维码。请对准场所引导图，拍清楚一些再发；也可以用微信「扫一扫」。"
FOREIGN_CODE = "照片里的二维码不是服务场所的引导图。请核对后再拍一张，或联系现场工作人员。"
SURE = frozenset({"确认", "确认解绑", "是"})
NOT_UNBOUND = "没有解除绑定。"
UNBOUND = "已解除绑定，这个微信不再能查询和办理。需要时请再发送「绑定」。"
NOWHERE_TO = "现在没有可以转办的机构。"
NOT_TRANSFERRED = "没有转办。"
NO_DIGESTS = "这里没有每日摘要。发送「督办」可以随时查看到期和超时。"
DIGESTS_ON = "好的，工作日有今天到期或超时的办件时，会在这里告诉您。"
DIGESTS_OFF = "以后不在这里发送每日摘要，督办短信照常。想再收到请回复「发送摘要」。"
DIGEST_FOOT = "发送「待办」逐件办理，发送「督办」看汇总；不想再收到请回复「不再发送摘要」。"
MOST_SHOWN = 6
HOLDERS = """您可以发送：
「预约」一步一步预约服务
「我的办件」查看预约和进度
「到哪了 1」看一件的全过程
「评价」评价已办结的服务
「解绑」解除微信绑定
也可以发送位置，查看附近的服务窗口；发送场所引导图的照片，进入扫码服务。"""
SIGNS = {Stage.DONE: "✓", Stage.CURRENT: "▶", Stage.WAITING: "▶", Stage.PAUSED: "▶", Stage.TODO: "○"}
LINK_MINUTES = 30
PAGE_LASTS = f"{LINK_LASTS.seconds // 60} 分钟内有效，只能用一次，请勿转发"
LONGEST_OPINION = 200


def welcome(region: Region) -> str:
    return f"您好，这里是{region.scheme}。"


def abilities(region: Region, *, bound: bool, staff: bool) -> str:
    """What can be written, for who may; to staff in the words of the region's own route."""
    if not bound:
        return "请先发送「绑定」，绑定后可以预约服务、查询进度、办理待办事项。发送位置可以查看附近的服务窗口。"
    if not staff:
        return HOLDERS
    orders = dict.fromkeys(order_for(step.name, can.button, can.action, can.choices, "1") for step in region.matter(bookings.MATTER).route
                           for can in step.can)
    return "\n".join(["您可以发送：", "「待办」查看待办事项", "「督办」查看到期和超时", *(f"「{order}」" for order in orders),
                      "「意见 1」看常用意见", "「到哪了 1」看一件的全过程",
                      *(["「不再发送摘要」「发送摘要」每日摘要不发、要发"] if region.profile.sending.in_chat else []), "「解绑」解除微信绑定"])


def order_for(step: str, button: str, action: Action, choices: Mapping[str, str], reference: str) -> str:
    """How a case is ordered on: ``预审 1 意见``; with the first of the results where one must be chosen."""
    if choices:
        return f"{button} {reference} {next(iter(choices.values()))} 意见"
    if action is Action.TRANSFER:
        return f"{button} {reference}"
    return f"{step if action is Action.APPROVE else button} {reference} {'原因' if action is Action.RETURN else '意见'}"


def bind_here(link: str) -> str:
    return f"{leads('登录并绑定您的账号', link)}（{LINK_MINUTES} 分钟内有效，请勿转发给他人）"


def bound_already(name: str) -> str:
    return f"这个微信已经绑定了 {masked_name(name)} 的账号。如需更换，请先发送「解绑」。"


def unbind_sure(name: str) -> str:
    return f"确定解除这个微信和 {masked_name(name)} 的绑定吗？解除后不再收到微信提醒。确定请回复「确认」，其他回复都视为不解除。"


def own_cases(region: Region, lines: Sequence[Line], now: datetime, more: int, link: str) -> str:
    told = [f"{number}. {one.subject}（{one.number}）\n{_where(region, one, now)}" for number, one in enumerate(lines, 1)]
    return "\n".join([*told, f"还有 {more} 件，{leads('在网页查看全部', link)}" if more else leads("在网页查看详情", link)])


def _where(region: Region, line: Line, now: datetime) -> str:
    if line.to_rate:
        return "　已办结，请您评价"
    if not line.is_open:
        return f"　{line.state.label}"
    left = standing(region.profile, line.due_at, now).left
    state = [line.step, line.organisation, left] if line.state is CaseState.HANDLING else [line.state.label, line.organisation]
    return "　" + " · ".join(part for part in state if part)


def to_do(region: Region, found: Sequence[Waiting], counts: Counts, now: datetime, *, link: str) -> str:
    """Late ones first. No names: what is said in a chat is read over shoulders too."""
    lines = [f"待办 {counts.all} 件" + (f"，其中超时 {counts.late} 件" if counts.late else "")]
    for number, one in enumerate(found, 1):
        left = standing(region.profile, one.due_at, now).left
        lines.append(f"{number}. {one.subject}（{one.number}）\n　{one.step_name} · {left}{_claimed(one)}")
    rest = f"还有 {counts.all - len(found)} 件，" if counts.all > len(found) else ""
    return "\n".join([*lines, f"回复「1」看第一件，回复「{found[0].step_name} 1 意见」办理第一件。", f"{rest}{on_page(link)}"])


def on_page(link: str) -> str:
    """A link of staff's own: it opens a session, once."""
    return f"{leads('在网页办理', link)}（{PAGE_LASTS}）"


def agree(refusal: Refusal, link: str) -> str:
    """Terms are read on a page, not in a chat."""
    return f"{refused(refusal)}\n{leads('阅读并同意', link)}"


def _claimed(one: Waiting) -> str:
    return f" · {one.claimed_name} 已认领" if one.claimed_name else ""


def digest(counts: Counts, late: Sequence[LateByOrganisation] | None, now: datetime) -> str:
    """``late``: by organisation, for who watches over the region."""
    lines = [f"您的待办 {counts.all} 件，今天到期 {counts.due_today} 件，超时 {counts.late} 件。"]
    if late is not None:
        lines.append(f"本地区超时 {sum(one.late for one in late)} 件：" if late else "本地区没有超时的办件。")
        lines += [f"{one.name} {one.late} 件，最早的 {day(one.oldest, now)} 到期" for one in late[:MOST_SHOWN]]
    return "\n".join(lines)


def progress(found: Sheet, now: datetime, link: str, orders: Sequence[str] = (), *, once: bool = False) -> str:
    """Each step with who has it; the last opinion; what comes next, for staff what she can answer; where to read on, by a link that works ``once`` or
    ever."""
    lines = [f"{found.case.subject}（{found.case.number}）：{found.case.state.label}"]
    for step in found.route:
        when = day(step.at, now) if step.at and step.stage is Stage.DONE else found.left if step.stage is Stage.CURRENT else ""
        lines.append(" ".join(part for part in (SIGNS[step.stage], step.name, step.organisation, when) if part))
    opinion = next((event for event in reversed(found.history) if event.opinion and event.organisation and not event.undone), None)
    if opinion is not None:
        lines.append(f"{opinion.organisation}：{_short(opinion.opinion)}")
    if not once and (following := _what_next(found)):
        lines.append(f"下一步：{following}")
    if orders:
        lines.append(f"可以回复：{'、'.join(orders)}")
    return "\n".join([*lines, on_page(link) if once else leads("在网页查看详情", link)])


def _what_next(found: Sheet) -> str:
    """What the applicant waits for, or what waits for her; nothing where the case has ended."""
    match found.case.state:
        case CaseState.HANDLING if found.light is Light.LATE:
            return "已超过承诺时间，系统已提醒窗口；着急时请致电" + (f" {found.office.phone}。" if found.office.phone else "窗口。")
        case CaseState.HANDLING:
            return f"{found.step.name}完成后进入{found.next_step}，您现在不用做什么。" if found.next_step else "这是最后一步，您现在不用做什么。"
        case CaseState.RETURNED:
            return "请按意见修改后重新提交，在这之前办理时限暂停计算。"
        case CaseState.HELD:
            return "人才卡恢复启用后自动继续，不用重新提交。"
        case _:
            return "请回复「评价」，说说这次服务怎么样。" if found.to_rate else ""


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


def sentences(found: Sequence[tuple[Button, Sequence[str]]], reference: str) -> str:
    """What can be picked for each button of a case, and how."""
    lines = [line for button, ready in found if ready
             for line in (f"{button.label}：", *(f"#{number} {sentence}" for number, sentence in enumerate(ready[:MOST_SHOWN], 1)))]
    if not lines:
        return NO_SENTENCES
    return "\n".join([*lines, f"选一条就写它的序号，例如「{next(button.label for button, ready in found if ready)} {reference} #1」。"])


def meanwhile(last: Event, now: datetime) -> str:
    who = " ".join(part for part in (last.organisation, last.actor) if part)
    return f"{who} 已于 {day(last.at, now)} 「{last.done}」了这个办件，您看到的不是最新情况。请发送「待办」再看一次。"


def orders(found: Sheet, reference: str) -> list[str]:
    """What a handler can write about this case now."""
    return [f"「{order_for(found.step.name, button.label, button.action, button.choices, reference)}」" for button in found.buttons
            if button.as_handler and button.opinion != "none"]


def not_now(found: Sheet, reference: str) -> str:
    """What is possible instead."""
    possible = orders(found, reference)
    now_at = f"这件现在是「{found.step.name}」" if not found.closed else f"这件{found.case.state.label}"
    return f"{now_at}，" + (f"可以回复：{'、'.join(possible)}。" if possible else "您现在不能办理它。")


def choose(button: Button, reference: str) -> str:
    return "请写明结果，例如：" + "；".join(f"「{button.label} {reference} {label} 意见」" for label in button.choices.values())


def where_to(button: Button, found: Sheet, offices: Sequence[str], link: str) -> str:
    listed = [f"{number}. {name}" for number, name in enumerate(offices, 1)]
    asked = f"{button.label}：{found.case.subject}（{found.case.number}）转到哪里？"
    return "\n".join([asked, *listed, transfer_how(len(offices)), on_page(link)])


def transfer_how(offices: int) -> str:
    return f"请回复「序号 转办原因」，序号 1 到 {offices}，例如「1 由该区受理」；不转办请回复「0」。"


def transfer_why(number: int, name: str) -> str:
    return f"请写明转办到{name}的原因，例如「{number} 申请人在该区工作」；不转办请回复「0」。"


def transferred(outcome: Outcome, name: str) -> str:
    return f"{outcome.case.subject}（{outcome.case.number}）已转办到{name}。"


def which_to_rate(lines: Sequence[Line]) -> str:
    listed = [f"{number}. {line.subject}（{line.number}）" for number, line in enumerate(lines, 1)]
    return "\n".join(["待评价的办件：", *listed, "请回复「评价 1」评价第一件。"])


def rate_head(line: Line) -> str:
    return f"{line.subject}（{line.number}）办得怎么样？点一下就可以："


def rate_how(line: Line) -> str:
    return f"请评价：{line.subject}（{line.number}）\n{RATE_DIGIT}"


def rated(stars: int, said: str) -> str:
    return f"已评价 {stars} 星（{said}）。感谢您的反馈！"


def windows_near(nearest: Sequence[tuple[float, Window]], now: datetime, link: str) -> str:
    """Nearest first."""
    if not nearest:
        return f"还没有登记窗口的位置，请看{leads('窗口名录', link)}。"
    lines = ["离您最近的服务窗口（直线距离）："]
    for number, (metres, one) in enumerate(nearest, 1):
        state = "正在办公" if one.open_now else f"{day(one.opens_next, now)} 开始办公" if one.opens_next else "现在休息"
        lines += [f"{number}. {one.organisation.name}　{_far(metres)}", f"　{one.organisation.address}", f"　{one.organisation.phone}　{state}"]
        lines += [f"　{'；'.join(one.hours)}"] if one.hours else []
    return "\n".join([*lines, leads("查看全部窗口", link)])


def _far(metres: float) -> str:
    return f"{round(metres / 10) * 10} 米" if metres < 1000 else f"{metres / 1000:.1f} 公里"


def board_found(link: str) -> str:
    return f"认出来了，这是服务场所的引导图。{leads('登记本次服务', link)}"


def refused(refusal: Refusal) -> str:
    return "；".join(refusal.fields.values()) if isinstance(refusal, Invalid) else refusal.text
