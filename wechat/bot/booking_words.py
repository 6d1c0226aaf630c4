"""What the account says while somebody books."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from config.forms import FormField
from models.case import Case
from services.windows import Window
from web.wording import day
from wechat.bot.spoken import leads

SUBMIT = frozenset({"提交", "确认提交", "确认"})
BACK = "回复「0」返回上一步，回复「取消」结束预约。"
WHICH_SHELF = "请选择服务类别："
WHICH_SERVICE = "请选择服务："
WHICH_DAY = "请选择日期："
WHICH_TIME = "请选择时段："
SUBMIT_OR_BACK = f"确认无误请回复「提交」；{BACK}"
WRITE_OR_BACK = f"请直接回复内容；{BACK}"


def question(text: str, labels: Sequence[str], notes: Sequence[str]) -> str:
    if not labels:
        return f"{text}\n{BACK}"
    lines = [f"{number}. {label}{notes[number - 1] if notes else ''}" for number, label in enumerate(labels, 1)]
    return "\n".join([text, *lines, f"请回复序号；{BACK}"])


def choose_again(options: int) -> str:
    return f"请回复 1 到 {options} 的序号；{BACK}"


def which(asked: FormField) -> str:
    return f"请选择{asked.label}："


def typed(asked: FormField) -> str:
    example = f"\n例如：{asked.examples[0]}" if asked.examples else ""
    return f"请回复{asked.label}。{asked.hint}{example}"


def which_window(asked: FormField, *, elsewhere: bool) -> str:
    return f"请选择{asked.label}：" if not elsewhere else f"这个区县没有窗口办理此项服务，请选择其他{asked.label}："


def window_note(window: Window) -> str:
    return f"（{'营业中' if window.open_now else '现在休息'} {window.organisation.phone}）"


def day_of(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    return day(moment.astimezone(zone).date(), now, zone)


def summary(service: str, answers: Sequence[tuple[str, str]]) -> str:
    return "\n".join(["请核对：", f"服务：{service}", *(f"{label}：{value}" for label, value in answers), "确认无误请回复「提交」。"])


def on_page(service: str, link: str) -> str:
    return f"「{service}」还需要上传材料或填写更多内容，请{leads('在网页预约', link)}。"


def submitted(case: Case, office: str, link: str) -> str:
    to = f"，由{office}办理" if office else ""
    return f"已提交：{case.subject}（{case.number}）{to}。\n发送「到哪了 {case.number}」随时查看进度。\n有附件的，请{leads('在网页补充', link)}。"
