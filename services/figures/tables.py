"""The tables and the large numbers that are made of the counts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from config.routes import Matter
from config.vocabulary import Action, Effect
from models.visit import Verdict
from services.asking.fields import Operator
from services.cases.calendar import calendar_of
from services.cases.deadlines import HOUR
from services.figures.counting import FINEST, RATIO
from services.figures.reading import Read
from services.figures.sheets import Column, Drawn, Line, Sheet, Value
from services.follow_ups import matter_of

#: So many organisations have a column of their own; the others share one.
MOST_COLUMNS = 8
#: Ends of a route by which somebody or something is admitted.
ADMITTING = frozenset({Effect.ADMIT_UNIT, Effect.ADMIT_DOSSIER, Effect.RECOGNISE, Effect.ISSUE_CARD})
#: So many stars or more are 满意.
GOOD = 4
NOBODY = "其他"


@dataclass(frozen=True)
class Tile:
    """A large number on top. ``change``: in percent against as many days before; ``worse``: whether more of it is worse; ``sheet``: the key of the
    table that it sums up."""

    label: str
    value: int | float
    unit: str
    change: int | None = None
    worse: bool = False
    told: str = ""
    sheet: str = ""


def tiles(read: Read) -> list[Tile]:
    now, before = _totals(read), read.before
    closed = sum(one["count"] for one in read.bad if one["state"] == "completed")
    bad, late = sum(one["count"] for one in read.bad), sum(one["count"] for one in read.late)
    found = [Tile(f"受理{_begun_word(read)}", now["begun"], "件", _change(now["begun"], before["begun"]), sheet="begun"),
             Tile("办结", now["ended"], "件", _change(now["ended"], before["ended"]), sheet="course")]
    if now["acted"]:
        found.append(Tile("各环节按时办理", _share(now["acted"] - now["over"], now["acted"]), "%", told=f"共 {now['acted']:,} 件次", sheet="steps"))
    if read.region.profile.venue_categories:
        found.append(Tile("现场服务", now["visited"], "次", _change(now["visited"], before["visited"]), sheet="visits"))
    if now["rated"]:
        found.append(Tile("满意", _share(now["good"], now["rated"]), "%", told=f"{now['rated']:,} 人评价", sheet="stars"))
    if _is_rated(read):
        found.append(Tile("差评", bad, "件", worse=True, told=f"已跟进办结 {closed} 件" if bad else "没有差评", sheet="bad"))
    return [*found, Tile("现在超时未办", late, "件", worse=True, told="按现在的情况", sheet="late")]


def _totals(read: Read) -> Counter[str]:
    total: Counter[str] = Counter()
    internal = {matter.code for matter in read.region.profile.matters.values() if matter.is_internal}
    for one in read.counts:
        if one["kind"] in ("begun", "ended") and (one["subject"] in internal or one["part"].startswith("-")):
            continue
        total[one["kind"]] += one["count"]
        total["over"] += one["over"]
        total["good"] += one["count"] if one["kind"] == "rated" and int(one["part"]) >= GOOD else 0
    return total


def _change(now: int, before: int) -> int | None:
    return round((now - before) * 100 / before) if before else None


def _share(part: int, whole: int) -> float:
    return round(part * 100 / whole, 1) if whole else 0.0


def _is_rated(read: Read) -> bool:
    return bool(read.region.profile.venue_categories) or any(matter.rated for matter in read.region.profile.matters.values())


def sheets(read: Read) -> list[Sheet]:
    """In the order of the page; those of which this region has nothing at all are left out."""
    makers: list[Callable[[Read], Sheet]] = [begun, course, steps, late]
    if read.region.profile.venue_categories:
        makers += [visits]
    if _is_rated(read):
        makers += [stars, bad]
    if read.benefits:
        makers += [quotas]
    makers += [admitted]
    return [make(read) for make in makers] + ([cards(read)] if read.cards else [])


def begun(read: Read) -> Sheet:
    """Bookings by service and window; other matters by who had them first."""
    by_line: dict[str, Counter[UUID | None]] = defaultdict(Counter)
    matters = read.region.profile.matters
    for one in read.of("begun"):
        if not (matter := matters.get(one["subject"])) or not matter.is_internal:
            by_line[one["subject"]][one["organisation_id"]] += one["count"]
    offices = [office for office, _ in sum(by_line.values(), Counter()).most_common()]
    own, others = (offices, []) if len(offices) <= MOST_COLUMNS else (offices[:MOST_COLUMNS - 1], offices[MOST_COLUMNS - 1:])
    columns = [Column(read.names.get(office, NOBODY) if office else NOBODY, drawn=True) for office in own]
    lines = [Line(_subject(read, subject), (*(counted[office] for office in own), *([sum(counted[one] for one in others)] if others else []),
                                            counted.total()), _query(read, subject)) for subject, counted in by_line.items()]
    return Sheet("begun", _begun_word(read), "服务项目或事项", [*_unlike(columns), *([Column(NOBODY, drawn=True)] if others else []), Column("合计")],
                 sorted(lines, key=lambda line: -_number(line.values[-1])), Drawn.BARS, "按提交时的承办机构统计，单位：件。", href=_applied_for(read))


def _begun_word(read: Read) -> str:
    return "预约和申请" if read.region.profile.content.catalogue else "申请"


def _unlike(columns: Sequence[Column]) -> list[Column]:
    """Titles are keys in Excel: two of one name are told apart."""
    seen: Counter[str] = Counter()
    found = []
    for column in columns:
        seen[column.title] += 1
        found.append(column if seen[column.title] == 1 else Column(f"{column.title} {seen[column.title]}", column.unit, column.drawn))
    return found


def _number(value: Value) -> float:
    return value if isinstance(value, int | float) else 0


def _subject(read: Read, subject: str) -> str:
    """A service or a venue by its id, a matter by its code."""
    if matter := read.region.profile.matters.get(subject):
        return matter.name
    return read.names.get(UUID(subject), "已删除") if len(subject) == 36 else subject


def _query(read: Read, subject: str) -> str:
    """The cases of a subject that were submitted in the period."""
    kind = "matter" if subject in read.region.profile.matters else "service"
    return f"query?{kind}={subject}&since={read.period.first}&until={read.period.last}"


def _ask(read: Read, subject: str, moment: str, *conditions: tuple[str, Operator, str]) -> str:
    """Everything of the period that meets the conditions, as 组合查询 asks it (``services.asking``)."""
    span = (moment, Operator.FROM, str(read.period.first)), (moment, Operator.UNTIL, str(read.period.last))
    said = {f"{part}{number}": value for number, line in enumerate((*span, *conditions), 1) for part, value in zip("fov", line, strict=True)}
    return f"query/ask/{subject}?{urlencode(said)}"


def _applied_for(read: Read) -> str:
    """What :func:`begun` counts: all but what nobody applies for."""
    internal = [matter.code for matter in read.region.profile.matters.values() if matter.is_internal]
    return _ask(read, "cases", "created", *(("matter", Operator.IS_NOT, code) for code in internal))


def _visits(read: Read, venue: str = "") -> str:
    """The visits of the period to a venue, or to all of them, for who may ask for visits."""
    there = [("venue", Operator.IS, venue)] if venue else []
    return _ask(read, "visits", "at", ("verdict", Operator.IS, Verdict.ADMITTED), ("undone", Operator.IS, "false"), *there) if read.whole else ""


def course(read: Read) -> Sheet:
    """How it went along the period."""
    kinds = {"begun": "受理", "ended": "办结"} | ({"visited": "现场服务"} if read.region.profile.venue_categories else {})
    total: Counter[tuple[str, str]] = Counter()
    for (kind, day), count in read.daily.items():
        total[kind, read.period.point(day)] += count
    lines = [Line(point, tuple(total[kind, point] for kind in kinds)) for point in read.period.points]
    return Sheet("course", "每日走势" if read.period.days <= 45 else "走势", "时间", [Column(word, drawn=True) for word in kinds.values()], lines,
                 Drawn.LINES, "受理、办结单位：件；现场服务单位：次。" if "visited" in kinds else "单位：件。")


def steps(read: Read) -> Sheet:
    """The time that each step takes against its limit."""
    took: dict[str, Counter[int]] = defaultdict(Counter)
    over: Counter[str] = Counter()
    for one in read.of("acted"):
        took[one["subject"]][int(one["part"])] += one["count"]
        over[one["subject"]] += one["over"]
    calendar, lines = calendar_of(read.region.profile), []
    for matter in read.region.profile.matters.values():
        for step in matter.route:
            if counted := took.get(f"{matter.code}.{step.step}"):
                whole, late = counted.total(), over[f"{matter.code}.{step.step}"]
                limit = round(calendar.seconds(step.limit.value) / HOUR, 1)
                values = (whole, percentile(counted, 0.5), percentile(counted, 0.9), limit, _share(whole - late, whole), late)
                lines.append(Line(f"{matter.name} · {step.name}", values, f"query?matter={matter.code}&step={step.step}"))
    columns = [Column("办理", "件次"), Column("一半在此之内", "工作小时", drawn=True), Column("九成在此之内", "工作小时", drawn=True),
               Column("时限", "工作小时", drawn=True), Column("按时", "%"), Column("超时", "件次")]
    note = "从到手到办出，只计工作时间，等申请人修改的时间不计；为分段统计的近似值。"
    return Sheet("steps", "各环节用时", "事项和环节", columns, lines, Drawn.BESIDE, note)


def percentile(counted: Mapping[int, int], share: float) -> float:
    """The working hours within which this share of all was done: the middle of its bucket."""
    buckets = sorted(counted)
    wanted = sum(counted.values()) * share
    bucket = next(number for number, total in zip(buckets, accumulate(counted[one] for one in buckets), strict=True) if total >= wanted)
    hours: float = FINEST * RATIO ** (bucket + 0.5) / HOUR
    return round(hours, 1 if hours >= 0.1 else 2)


def late(read: Read) -> Sheet:
    lines = [Line(read.names.get(one["organisation_id"], NOBODY), (one["count"], f"{one['oldest'].astimezone(read.region.profile.tz):%Y-%m-%d}"),
                  f"overdue?organisation={one['organisation_id']}") for one in sorted(read.late, key=lambda one: -one["count"])]
    return Sheet("late", "超时未办", "承办机构", [Column("超时", "件", drawn=True), Column("最早应办结")], lines, Drawn.BARS,
                 "按现在的情况，与所选时间无关。", live=True, href="overdue")


def visits(read: Read) -> Sheet:
    """Venues against the hours of the day."""
    by_venue: dict[str, Counter[int]] = defaultdict(Counter)
    for one in read.of("visited"):
        by_venue[one["subject"]][int(one["part"])] += one["count"]
    hours = [hour for counted in by_venue.values() for hour in counted]
    shown = range(min(hours), max(hours) + 1) if hours else range(0)
    lines = [Line(_subject(read, venue), (*(counted[hour] for hour in shown), counted.total()), _visits(read, venue))
             for venue, counted in by_venue.items()]
    return Sheet("visits", "现场服务的场所和时段", "服务场所", [*(Column(f"{hour} 时", drawn=True) for hour in shown), Column("合计")],
                 sorted(lines, key=lambda line: -_number(line.values[-1])), Drawn.HEAT, "核验通过的次数，不含已撤销的。",
                 href=_visits(read))


def stars(read: Read) -> Sheet:
    given: dict[str, Counter[int]] = {"case": Counter(), "visit": Counter()}
    for one in read.of("rated"):
        given[one["subject"]][int(one["part"])] += one["count"]
    named = {"case": "预约服务", "visit": "现场服务"} if read.region.profile.venue_categories else {"case": "办件"}
    lines = [Line(name, (*(counted[star] for star in (5, 4, 3, 2, 1)), counted.total(), _mean(counted),
                         _share(counted[5] + counted[4], counted.total()) if counted else None))
             for kind, name in named.items() for counted in [given[kind]]]
    columns = [*(Column(f"{star} 星", drawn=True) for star in (5, 4, 3, 2, 1)), Column("合计", "人"), Column("平均", "星"), Column("满意", "%")]
    return Sheet("stars", "满意度", "评价对象", columns, lines, Drawn.BARS, "4 星和 5 星为满意。")


def _mean(counted: Counter[int]) -> float | None:
    return round(sum(star * count for star, count in counted.items()) / counted.total(), 2) if counted else None


def bad(read: Read) -> Sheet:
    """Bad ratings of the period, and what was done about each."""
    matter = matter_of(read.region)
    results = _results(matter)
    by_office: dict[UUID | None, Counter[str]] = defaultdict(Counter)
    for one in read.bad:
        by_office[one["organisation_id"]][_came_to(one)] += one["count"]
    shown = {"late": "跟进超时", "open": "跟进中", **results, **{key: word for key, word in (("closed", "其他办结"), ("none", "未跟进"))
                                                        if any(counted[key] for counted in by_office.values())}}
    lines = [Line(read.names.get(office, NOBODY) if office else NOBODY, (counted.total(), *(counted[state] for state in shown)))
             for office, counted in by_office.items()]
    return Sheet("bad", "差评和跟进结果", "被评价机构", [Column("差评", "件"), *(Column(word, drawn=True) for word in shown.values())],
                 sorted(lines, key=lambda line: -_number(line.values[0])), Drawn.BARS, "所选时间里收到的差评，跟进结果按现在的情况。",
                 href=_query(read, matter.code) if matter else "")


def _came_to(one: Mapping[str, Any]) -> str:
    """How far a follow-up is: its result, once it has one."""
    if one["state"] in ("completed", "rejected"):
        return one["choice"] or "closed"
    return "late" if one["late"] else "open" if one["state"] else "none"


def _results(matter: Matter | None) -> dict[str, str]:
    """The results that can be chosen at its end: value → label."""
    can = matter.route[-1].allows(Action.COMPLETE) if matter else None
    return dict(can.choices) if can else {}


def quotas(read: Read) -> Sheet:
    """Uses of what a level gives in a category, against all that its cards may use this year."""
    profile = read.region.profile
    holders = Counter({one["level"]: one["count"] for one in read.cards if one["state"] == "active"})
    here = Counter({(one["subject"], one["part"]): 0 for one in read.of("used")})
    for one in read.of("used"):
        here[one["subject"], one["part"]] += one["count"]
    given = {(one["category"], one["level"]): one["yearly"] for one in read.benefits}
    lines = []
    for category in profile.venue_categories:
        for level in profile.card.levels:
            key = (category.code, level.code)
            if key not in given and not read.used[key]:
                continue
            yearly = given.get(key)
            whole = yearly * holders[level.code] if yearly is not None and read.whole else None
            share = _share(read.used[key], whole) if whole else None
            lines.append(Line(f"{category.name} · {level.name}", (here[key], read.used[key], whole, share)))
    columns = [Column("本期使用", "次", drawn=True), Column("今年累计", "次", drawn=True), Column("今年额度", "次"), Column("已使用", "%")]
    return Sheet("quotas", "权益使用", "类别和等级", columns, lines, Drawn.BESIDE, "额度为每人每年次数乘以现有启用的卡数；空白为不限次数。")


def admitted(read: Read) -> Sheet:
    """Who and what was admitted, by class."""
    counted: Counter[tuple[str, str]] = Counter()
    for one in read.of("ended"):
        counted[one["subject"], one["part"]] += one["count"]
    lines = []
    for matter in read.region.profile.matters.values():
        if matter.effect in ADMITTING:
            results = _results(matter) or {"": ""}
            lines += [Line(f"{matter.name}{' · ' if word else ''}{word}", (counted[matter.code, value],)) for value, word in results.items()]
    return Sheet("admitted", "入库、认定和发卡", "事项和类别", [Column("通过", "件", drawn=True)], lines, Drawn.BARS, "按办结时间统计。")


def cards(read: Read) -> Sheet:
    counted = Counter({(one["level"], one["state"]): one["count"] for one in read.cards})
    lines = [Line(level.name, (counted[level.code, "active"], counted[level.code, "suspended"])) for level in read.region.profile.card.levels]
    return Sheet("cards", f"现有{read.region.profile.card.name}", "等级", [Column("启用", "张", drawn=True), Column("停用", "张", drawn=True)], lines,
                 Drawn.BARS, "按现在的情况，与所选时间无关。", live=True)
