"""A matter's route in words: what the pictures show, and what their descriptions read aloud."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from config.forms import FormField
from config.paths import field_at
from config.profile import Profile
from config.routes import Can, Handler, Matter, OrganisationPick, Step
from config.vocabulary import Action, FieldType, OrganisationKind, Requirement

ORGANISATIONS = {
    "code": "{0}",
    "chosen": "申报人选择的「{0}」",
    "same_as": "与「{0}」环节同一机构",
    "district_bureau_of": f"「{{0}}」所属的{OrganisationKind.DISTRICT_BUREAU.label}",
    "talent_office_of": f"「{{0}}」所属的{OrganisationKind.TALENT_OFFICE.label}",
    "at": "「{0}」所指的机构",
    "unit_of": "申报人所在单位",
    "in_charge_of": "「{0}」的主管部门",
}
#: Paths that no form declares.
PATHS = {"unit.name": "单位名称", "unit.code": "统一社会信用代码", "unit.district": "单位所在区县",
         "applicant.name": "申报人姓名", "applicant.bound": "已绑定服务专员"}
REPORT = "上报"
UNTIL_REVIEWED = "开始审核前可以修改后重新提交，也可以撤回"
WITHDRAW = "办结前可以撤回"
CONTENT = {"draft": "随附信息：", "admitted": "同步已入库的信息："}
RESUBMIT = {"same_step": "退回后修改重新提交的，回到退回它的环节继续办理。", "first_step": "退回后修改重新提交的，从第一个环节重新办理。"}
CLOCK = "时限按工作日历计算，等待申报人修改期间不计时。"
ASSUMED = "标“暂定”的时限，地区文件没有写明，启用前请核定。"


class Leads(Enum):
    """Where an act leads when it does not lead onward."""

    BACK = auto()    # to the applicant, or to an earlier step
    DENIED = auto()  # to the end, without what was applied for
    DONE = auto()    # to the end, before the last step


@dataclass(frozen=True)
class Exit:
    """``word``: on the button. ``to``: number of an earlier step; none for the applicant and for the ends."""

    word: str
    leads: Leads
    to: int | None = None


@dataclass(frozen=True)
class Branch:
    """On which condition (empty: otherwise, or always) which organisation and role handle a step; neither when it is skipped."""

    condition: str
    organisation: str = ""
    role: str = ""

    @property
    def skips(self) -> bool:
        return not self.organisation

    @property
    def case(self) -> str:
        return f"若{self.condition}" if self.condition else "其他情况"


@dataclass(frozen=True)
class Stage:
    """One step. ``number`` counts from 1; ``onward``: the word of the act that leads on."""

    number: int
    name: str
    branches: tuple[Branch, ...]
    limit: str
    assumed: bool
    acts: tuple[str, ...]
    notes: tuple[str, ...]
    onward: str
    exits: tuple[Exit, ...]

    @property
    def is_forked(self) -> bool:
        """Whether who handles it depends on the case."""
        return len(self.branches) > 1 or self.branches[0].skips


@dataclass(frozen=True)
class Plan:
    """``code`` is unique in a region and safe in an identifier; all else is for people."""

    code: str
    title: str
    scheme: str
    applicant: str
    submits: str
    conditions: tuple[str, ...]
    stages: tuple[Stage, ...]
    end: str
    effects: tuple[str, ...]
    notes: tuple[str, ...]

    def sentences(self) -> Iterator[str]:
        """The picture read aloud."""
        yield f"{self.applicant}{self.submits}。"
        for stage in self.stages:
            handled = "；".join(f"{branch.case + '，' if stage.is_forked else ''}{_handled(branch)}" for branch in stage.branches)
            yield f"第 {stage.number} 环节，{stage.name}：{handled}；时限 {stage.limit}；可以{'、'.join(stage.acts)}。"
            yield from (f"{leaving.word}：{self.target(leaving)}。" for leaving in stage.exits)
        yield "，".join((self.end, *self.effects)) + "。"

    def target(self, leaving: Exit) -> str:
        if leaving.leads is Leads.BACK:
            return f"回到{self.applicant if leaving.to is None else f'「{self.stages[leaving.to - 1].name}」环节'}"
        return "办件终止" if leaving.leads is Leads.DENIED else self.end


def _handled(branch: Branch) -> str:
    return "跳过本环节" if branch.skips else f"{branch.organisation}，{branch.role}"


def plan_of(profile: Profile, matter: Matter) -> Plan:
    """The route of ``matter`` in words. The profile was checked: every name in it points to something."""
    stages = tuple(_stage(profile, matter, number, step) for number, step in enumerate(matter.route, start=1))
    assumed = any(stage.assumed for stage in stages)
    rated = ("邀请申报人作满意度评价",) if matter.rated else ()
    return Plan(
        code=matter.code, title=matter.name, scheme=profile.scheme, applicant=_applicant(profile, matter), submits=_submits(matter),
        conditions=tuple(_conditions(profile, matter)), stages=stages, end="办结",
        effects=((matter.effect.label,) if matter.effect else ()) + rated,
        notes=(*(() if matter.is_internal else (RESUBMIT[matter.resubmit],)), CLOCK, *((ASSUMED,) if assumed else ())))


def _submits(matter: Matter) -> str:
    return f"提交{matter.name}" if matter.begun_by is None else f"给出 {matter.begun_by.stars.value} 星及以下的评价，自动开始"


def _applicant(profile: Profile, matter: Matter) -> str:
    if matter.is_internal:
        return "评价人"
    if matter.who.role is not None:
        return profile.roles[matter.who.role].name
    if matter.who.kind == "unit":
        return "申报单位"
    return "持卡人" if Requirement.ACTIVE_CARD in matter.who.needs else "申报人"


def _conditions(profile: Profile, matter: Matter) -> Iterator[str]:
    if matter.who.about:
        yield "先选定本单位的一位人才"
    if matter.who.needs:
        yield "须具备：" + "、".join(Requirement(need).label for need in sorted(matter.who.needs))
    if matter.sections:
        names = {section.section: section.name for section in profile.sections_of(matter.who.kind)}
        yield CONTENT[matter.content] + "、".join(names.get(section, section) for section in matter.sections)
    if matter.until_reviewed:
        yield UNTIL_REVIEWED
    elif Action.WITHDRAW in matter.applicant_can:
        yield WITHDRAW
    if Action.SUPPLEMENT in matter.applicant_can:
        yield "办理中可以补充材料"


def _stage(profile: Profile, matter: Matter, number: int, step: Step) -> Stage:
    last = number == len(matter.route)
    onward = (Action.COMPLETE,) if last else (Action.APPROVE, Action.BIND)
    word = REPORT if step.roster else next((can.button for can in step.can if can.action in onward), "")
    acts = ((REPORT,) if step.roster else ()) + tuple(map(_act, step.can))
    return Stage(
        number=number, name=step.name, branches=tuple(_branch(profile, matter, handler) for handler in step.handler),
        limit=step.limit.value.label, assumed=step.limit.assumed, acts=acts, notes=tuple(_notes(step)),
        onward=word, exits=tuple(_exits(matter, step, last=last)))


def _branch(profile: Profile, matter: Matter, handler: Handler) -> Branch:
    condition = "，且".join(_condition(profile, matter, path, wanted) for path, wanted in handler.when.items())
    if handler.organisation is None or handler.role is None:
        return Branch(condition)
    return Branch(condition, _organisation(profile, matter, handler.organisation), profile.roles[handler.role].name)


def _condition(profile: Profile, matter: Matter, path: str, wanted: str | bool | int | tuple[str, ...]) -> str:
    field = field_at(profile, matter, path)
    values = wanted if isinstance(wanted, tuple) else (wanted,)
    return f"「{_label(field, path)}」为{'、'.join(_value(profile, field, value) for value in values)}"


def _value(profile: Profile, field: FormField | None, value: str | bool | int) -> str:
    if isinstance(value, bool):
        return "“是”" if value else "“否”"
    if field is not None and field.type is FieldType.DISTRICT:
        return profile.district_name(str(value))
    return field.options.get(str(value), str(value)) if field else str(value)


def _organisation(profile: Profile, matter: Matter, pick: OrganisationPick) -> str:
    way, value = pick.way
    if way == "code":
        words = next((organisation.name for organisation in profile.content.organisations if organisation.code == value), value)
    elif way == "same_as":
        words = profile.step_name(matter.code, value)
    else:
        path = f"form.{value}" if way == "chosen" else value
        words = _label(field_at(profile, matter, path), path)
    found = ORGANISATIONS[way].format(words)
    if pick.otherwise is None:
        return found
    other = next((organisation.name for organisation in profile.content.organisations if organisation.code == pick.otherwise), pick.otherwise)
    return f"{found}，没有的由{other}办理"


def _label(field: FormField | None, path: str) -> str:
    return field.label if field else PATHS.get(path, path)


def _act(can: Can) -> str:
    asks = ["须写意见"] if can.opinion == "required" else []
    asks += ["选定" + "／".join(can.choices.values())] if can.choices else []
    return f"{can.button}（{'，'.join(asks)}）" if asks else can.button


def _notes(step: Step) -> Iterator[str]:
    if step.bound:
        yield "只由申报人所绑定的服务专员办理"
    if step.roster:
        yield f"导出《{step.roster.title}》，盖章上传后，名单内的办件一并上报"


def _exits(matter: Matter, step: Step, *, last: bool) -> Iterator[Exit]:
    numbers = {known.step: number for number, known in enumerate(matter.route, start=1)}
    for can in step.can:
        if can.action is Action.RETURN:
            yield Exit(can.button, Leads.BACK, numbers[can.to] if can.to else None)
        elif can.action is Action.REJECT:
            yield Exit(can.button, Leads.DENIED)
        elif can.action is Action.COMPLETE and not last:
            yield Exit(can.button, Leads.DONE)
