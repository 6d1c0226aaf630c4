"""我的数据: a copy of everything that is kept of a person, for herself (个人信息保护法 第四十五条), as data and as a paper to read.

It is ordered like any file to take along (``services.exports``). Her own numbers stand in it whole; of the office's people only their organisation
does. How often somebody looked at her is told by organisation.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from config.errors import NotPermitted
from config.vocabulary import NotificationKind
from models.account import Account, AccountKind
from models.card import CardState
from models.case import Case, CaseState
from models.database import rows
from models.dossier import Content
from models.reason import read_reason
from models.visit import Verdict, read_words
from services import dossiers, notifications, printing, regions, replies
from services.actors import Actor
from services.card_lists import ACTS
from services.cases import answers, progress
from services.files import Subject
from services.printing.paper import Facts, Paper, Table
from services.regions import Region
from services.workbooks import JSON, Progress, Workbook

#: A paper is for reading: of each chapter the newest so many lines; the data has all.
MOST_ON_PAPER = 60
#: What is told of who looked: acts of the audit → words.
LOOKS = {"person.view": "查看个人全部情况", "person.unmask": "查看完整证件号或手机号", "case.view": "查看办件", "case.print": "打印办件",
         "card.view": "查看人才卡", "file.view": "查看附件", "file.download": "下载附件"}
CHANNELS = {"phone": "手机网页", "desk": "电脑", "mini": "小程序", "wechat": "微信", "sms": "短信"}
Line = Mapping[str, str | int]


@dataclass(frozen=True)
class Chapter:
    """One kind of thing that is kept of her. Each line has the same words; no lines: nothing of that kind is kept."""

    code: str
    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class _Person:
    region: Region
    actor: Actor
    account: Account

    @property
    def zone(self) -> ZoneInfo:
        return self.region.profile.tz

    def at(self, moment: datetime | date | None) -> str:
        if isinstance(moment, datetime):
            return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"
        return moment.isoformat() if moment else ""

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """``sql``: of the person $2 in the region $1."""
        return await rows(sql, self.region.code, self.account.id)


async def chapters_of(region: Region, actor: Actor, done: Progress = lambda done, total: None) -> list[Chapter]:
    """Everything, in the order in which it is told. Raises :class:`NotPermitted` for who is no person."""
    if actor.account_id is None:
        raise NotPermitted
    person, told = _Person(region, actor, await Account.find(region.code, actor.account_id)), []
    for number, (code, title, tell) in enumerate(CHAPTERS, start=1):
        told.append(Chapter(code, title, await tell(person)))
        done(number, len(CHAPTERS))
    return told


async def count(region: Region, actor: Actor, asked: None, now: datetime) -> int:
    """Of an export: how many chapters there will be. Raises :class:`NotPermitted`."""
    if actor.account_id is None:
        raise NotPermitted
    return len(CHAPTERS)


async def as_data(region: Region, actor: Actor, asked: None, now: datetime, done: Progress) -> Workbook:
    """For machines: UTF-8 JSON, chapter → lines."""
    told = await chapters_of(region, actor, done)
    document = {"说明": f"{region.scheme}保存的本人个人信息副本", "生成时间": now.astimezone(region.profile.tz).isoformat(timespec="seconds"),
                "内容": {chapter.title: chapter.lines for chapter in told}}
    return Workbook(_name(region, now, "json"), orjson.dumps(document, option=orjson.OPT_INDENT_2), len(told), JSON)


async def as_paper(region: Region, actor: Actor, asked: None, now: datetime, done: Progress) -> Workbook:
    """For reading: a PDF with a table a chapter."""
    told = await chapters_of(region, actor, done)
    paper = Paper("个人信息副本", region.scheme, "", now.astimezone(region.profile.tz), tuple(_set(chapter) for chapter in told))
    return Workbook(_name(region, now, "pdf"), await asyncio.shield(printing.draw(paper)), len(told), printing.CONTENT_TYPE)


def _name(region: Region, now: datetime, suffix: str) -> str:
    return f"我的数据-{now.astimezone(region.profile.tz):%Y%m%d}.{suffix}"


def _set(chapter: Chapter) -> Facts | Table:
    lines = [{label: str(value) for label, value in line.items()} for line in chapter.lines]
    if chapter.code == "account":
        return Facts(chapter.title, tuple(lines[0].items()))
    more = f"（共 {len(lines)} 条，这里是最近的 {MOST_ON_PAPER} 条，全部在数据文件里）" if len(lines) > MOST_ON_PAPER else ""
    columns = tuple(lines[0]) if lines else ("内容",)
    return Table(chapter.title + more, columns, tuple(tuple(line.values()) for line in lines[:MOST_ON_PAPER]))


async def _account(person: _Person) -> list[Line]:
    of = person.account
    unit = await person.rows("SELECT o.name FROM account a JOIN organisation o ON (o.region, o.id) = (a.region, a.unit_id) "
                             "WHERE a.region = $1 AND a.id = $2")
    return [{"姓名": of.name, "用户名": of.login_name, "账号类型": AccountKind(of.kind).label, "状态": of.state.label, "手机号": of.phone or "",
             "身份证号码": of.id_number or "", "电子邮箱": of.email or "", "工作单位": unit[0]["name"] if unit else "",
             "注册时间": person.at(of.created_at), "最近登录": person.at(of.last_login_at)}]


async def _consents(person: _Person) -> list[Line]:
    found = await person.rows("SELECT what, subject, given, channel, at FROM consent WHERE region = $1 AND account_id = $2 "
                              "ORDER BY at DESC, id DESC")
    return [{"时间": person.at(one["at"]), "事项": _consent(one["what"], one["subject"]), "选择": "同意" if one["given"] else "不同意",
             "途径": CHANNELS.get(one["channel"], "")} for one in found]


def _consent(what: str, subject: str) -> str:
    if what == "terms":
        return f"用户须知第 {subject} 版"
    return f"{'公众号消息' if what == 'chat' else '短信通知'}：{NotificationKind(subject).label}"


_VERSIONS = """
SELECT d.id, v.number, v.made_at, d.admitted = v.number AS in_force FROM dossier d
JOIN dossier_version v ON (v.region, v.dossier_id) = (d.region, d.id) WHERE d.region = $1 AND d.account_id = $2 ORDER BY v.number DESC
"""


async def _dossier(person: _Person) -> list[Line]:
    """What she is filling in, then each version that she submitted, field by field."""
    if not person.actor.is_talent:
        return []
    mine = await dossiers.of(person.region, dossiers.owner_of(person.actor), person.account.created_at)
    told = await _content(person, "正在填写", mine.draft)
    for one in await person.rows(_VERSIONS):
        name = f"第 {one['number']} 版，{person.at(one['made_at'])} 提交{'，现行有效' if one['in_force'] else ''}"
        told += await _content(person, name, await dossiers.version(person.region, one["id"], one["number"]))
    return told


async def _content(person: _Person, version: str, content: Content) -> list[Line]:
    parts = await dossiers.in_words(person.region, person.region.profile.person_sections, content)
    return [{"版本": version, "栏目": part.section.name + (f" {one.number}" if part.section.repeats else ""), "项目": answer.label,
             "内容": answer.value} for part in parts for one in part.rows for answer in one.answers if answer.value]


_CASES = """
SELECT c.*, o.name AS office FROM cases c JOIN organisation o ON (o.region, o.id) = (c.region, c.handler_org)
WHERE c.region = $1 AND (c.applicant_id = $2 OR c.about_id = $2) ORDER BY c.created_at DESC
"""


async def _hers(person: _Person) -> list[tuple[Case, str]]:
    """Her cases with who has each, without what the office keeps to itself."""
    internal = {matter.code for matter in person.region.profile.matters.values() if matter.is_internal}
    found = await person.rows(_CASES)
    return [(Case.read({name: value for name, value in one.items() if name != "office"}), one["office"]) for one in found
            if one["matter"] not in internal]


async def _cases(person: _Person) -> list[Line]:
    return [{"编号": case.number, "事项": case.subject, "状态": CaseState(case.state).label, "提交": person.at(case.created_at),
             "结束": person.at(case.closed_at), "办理机构": office} for case, office in await _hers(person)]


async def _forms(person: _Person) -> list[Line]:
    told: list[Line] = []
    for case, _ in await _hers(person):
        kept = await regions.at(person.region.code, case.profile_version)
        said = await answers.in_words(kept, kept.matter(case.matter).form, case.data)
        told += [{"编号": case.number, "项目": one.label, "内容": one.value} for one in said if one.value]
    return told


async def _history(person: _Person) -> list[Line]:
    told: list[Line] = []
    for case, _ in await _hers(person):
        told += [{"编号": case.number, "时间": person.at(event.at), "办理": event.done, "机构": event.organisation, "意见": event.opinion}
                 for event in progress.for_applicant(await progress.history(person.region.code, case.id))]
    return told


async def _cards(person: _Person) -> list[Line]:
    found = await person.rows("SELECT c.number, c.level, c.state, c.valid_until, e.id AS event, e.act, e.reason, e.reason_sealed, e.at FROM card c "
                              "JOIN card_event e ON (e.region, e.card_id) = (c.region, c.id) WHERE c.region = $1 AND c.holder_id = $2 "
                              "ORDER BY e.at DESC")
    levels = {level.code: level.name for level in person.region.profile.card.levels}
    return [{"卡号": one["number"], "等级": levels.get(one["level"], one["level"]), "状态": CardState(one["state"]).label,
             "有效期至": person.at(one["valid_until"]), "时间": person.at(one["at"]), "经过": ACTS[one["act"]],
             "原因": read_reason(one["reason_sealed"], one["reason"], person.region.code, "card_event", one["event"])} for one in found]


async def _visits(person: _Person) -> list[Line]:
    found = await person.rows("SELECT v.at, v.verdict, v.companions, v.undone_at, n.name AS venue FROM visit v "
                              "LEFT JOIN venue n ON (n.region, n.id) = (v.region, v.venue_id) WHERE v.region = $1 AND v.holder_id = $2 "
                              "ORDER BY v.at DESC")
    return [{"时间": person.at(one["at"]), "场所": one["venue"] or "", "结果": "已撤销" if one["undone_at"] else Verdict(one["verdict"]).label,
             "随行人数": one["companions"]} for one in found]


async def _messages(person: _Person) -> list[Line]:
    told = await notifications.inbox(person.region, person.actor, limit=10_000)
    return [{"时间": person.at(one.at), "种类": one.kind.label, "内容": one.text} for one in told]


async def _replies(person: _Person) -> list[Line]:
    found = await replies.of_person(person.region.code, person.account.id)
    return [{"时间": person.at(at), "内容": words} for at, words in found]


async def _ratings(person: _Person) -> list[Line]:
    found = await person.rows("SELECT r.region, r.id, r.stars, r.words, r.words_sealed, r.at, coalesce(c.subject, p.name) AS about FROM rating r "
                              "LEFT JOIN cases c ON (c.region, c.id) = (r.region, r.case_id) "
                              "LEFT JOIN visit v ON (v.region, v.id) = (r.region, r.visit_id) "
                              "LEFT JOIN venue p ON (p.region, p.id) = (v.region, v.venue_id) WHERE r.region = $1 AND r.rater_id = $2 "
                              "ORDER BY r.at DESC")
    return [{"时间": person.at(one["at"]), "对象": one["about"] or "", "评分": one["stars"],
             "内容": read_words(one["region"], one["id"], one["words_sealed"], one["words"])} for one in found]


async def _files(person: _Person) -> list[Line]:
    found = await person.rows("SELECT name, subject, size, made_at FROM file WHERE region = $1 AND owner_id = $2 AND removed_at IS NULL "
                              "AND subject <> 'export' ORDER BY made_at DESC")
    return [{"上传时间": person.at(one["made_at"]), "文件名": one["name"], "属于": Subject(one["subject"]).label, "字节": one["size"]}
            for one in found]


async def _sessions(person: _Person) -> list[Line]:
    found = await person.rows("SELECT channel, begun_at, seen_at FROM session WHERE region = $1 AND account_id = $2 ORDER BY begun_at DESC")
    bound = await person.rows("SELECT bound_at, ended_at FROM wechat_binding WHERE region = $1 AND account_id = $2 ORDER BY bound_at DESC")
    ways = [*((f"登录：{CHANNELS[one['channel']]}", one["begun_at"], one["seen_at"]) for one in found),
            *(("微信绑定", one["bound_at"], one["ended_at"]) for one in bound)]
    return [{"方式": way, "开始": person.at(begun), "最近或结束": person.at(last)} for way, begun, last in ways]


_LOOKED = """
SELECT coalesce(o.name, '其他') AS organisation, a.act, count(*) AS times, max(a.at) AS last FROM audit a
LEFT JOIN LATERAL (
    SELECT g.organisation_id FROM role_grant g WHERE g.region = a.region AND g.account_id = a.actor_id ORDER BY g.granted_at LIMIT 1) g ON true
LEFT JOIN organisation o ON (o.region, o.id) = (a.region, g.organisation_id)
WHERE a.region = $1 AND a.actor_id <> $2 AND a.act = ANY ($3::text[]) AND a.subject_id IN (
    SELECT $2::uuid UNION ALL SELECT id FROM cases WHERE region = $1 AND (applicant_id = $2 OR about_id = $2)
    UNION ALL SELECT id FROM card WHERE region = $1 AND holder_id = $2 UNION ALL SELECT id FROM file WHERE region = $1 AND owner_id = $2)
GROUP BY o.name, a.act ORDER BY o.name, times DESC
"""


async def looked(region: str, account: UUID, zone: ZoneInfo) -> list[Line]:
    """Who looked at her data: how often, by organisation."""
    found = await rows(_LOOKED, region, account, list(LOOKS))
    return [{"机构": one["organisation"], "方式": LOOKS[one["act"]], "次数": one["times"], "最近": f"{one['last'].astimezone(zone):%Y-%m-%d %H:%M}"}
            for one in found]


async def _looked(person: _Person) -> list[Line]:
    return await looked(person.region.code, person.account.id, person.zone)


CHAPTERS: tuple[tuple[str, str, Callable[[_Person], Awaitable[Sequence[Line]]]], ...] = (
    ("account", "账号", _account), ("consents", "同意和选择", _consents), ("dossier", "人才信息", _dossier), ("cases", "办件", _cases),
    ("forms", "办件里填写的内容", _forms), ("history", "办件经过", _history), ("cards", "人才卡", _cards), ("visits", "现场服务", _visits),
    ("messages", "消息", _messages), ("replies", "短信回复", _replies),
    ("ratings", "评价", _ratings), ("files", "上传的文件", _files), ("sessions", "登录和绑定", _sessions),
    ("looked", "谁查看过", _looked),
)
