"""Exports 导出 (WH-64): what somebody wants as a file is ordered, written by the worker (``services.export_writing``), and hers alone for a day.

What an order may contain is asked when it is ordered, again when it is written, as the owner stands then, and again at each download (T01, T02, T30).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from config.errors import Invalid, NotFound, NotPermitted, Refusal, TooMany
from config.keys import keys
from models.database import execute, new_id, row, transaction
from models.export import Export, ExportState
from models.file import File
from models.roster import Roster
from services import audit, card_lists, confirming, costs, export_approvers, files, live, own_copy, roster_sheet, standings
from services.actors import Actor
from services.asking import questions as asking
from services.asking import sheets
from services.asking.declared import SUBJECTS
from services.asking.fields import Subject
from services.card_lists import Wanted
from services.regions import Region
from services.verbs import verb
from services.workbooks import Progress, Workbook

#: Of one owner: that wait or are written, and in all.
MOST_OPEN, MOST_A_DAY = 3, 60
#: Characters that say what a guarded file is for.
SHORTEST_PURPOSE, LONGEST_PURPOSE = 5, 200
#: So long a guarded file can still be fetched after it was fetched first (T30): enough to try again, not to come back to.
GUARDED_FETCH = timedelta(minutes=10)
#: What an owner hears of: it is there, or never will be.
DECIDED = (ExportState.DONE, ExportState.DECLINED, ExportState.FAILED)
Q = TypeVar("Q")


class TooManyExports(TooMany):
    """您有几份导出正在生成，或今天导出的次数已经很多。请等前面的完成后再导出；着急请联系管理员。"""

    code = "too_many_exports"


class ExportGone(Refusal):
    """这份文件已过期，已从系统中删除。需要时请重新导出。"""

    status_code = 410
    code = "export_gone"


class ScopeChanged(NotPermitted):
    """您的角色在导出之后有变动，这份文件不能再下载。请按现在的权限重新导出。"""

    code = "scope_changed"


@dataclass(frozen=True)
class Kind(Generic[Q]):
    """What can be exported. ``count`` refuses what the actor may not ask or what is too much; ``act`` and ``subject`` are words of the audit.
    ``guarded``: whether somebody else must approve first; ``words``: what she then reads."""

    label: str
    act: str
    subject: str
    question: TypeAdapter[Q]
    count: Callable[[Region, Actor, Q, datetime], Awaitable[int]]
    write: Callable[[Region, Actor, Q, datetime, Progress], Awaitable[Workbook]]
    told: Callable[[Region, Q], Awaitable[Mapping[str, Any]]]
    guarded: Callable[[Q], bool] = lambda question: False
    words: Callable[[Region, Q], Awaitable[str]] | None = None


def _asked(told: Callable[[Q], Mapping[str, Any]]) -> Callable[[Region, Q], Awaitable[Mapping[str, Any]]]:
    async def detail(region: Region, question: Q) -> Mapping[str, Any]:
        return {"asked": told(question)}

    return detail


def _sheet(form: str, label: str, count: Callable[[Region, Actor, UUID, datetime], Awaitable[int]],
           write: Callable[[Region, Actor, UUID, datetime, Progress], Awaitable[Workbook]]) -> Kind[UUID]:
    async def detail(region: Region, roster_id: UUID) -> Mapping[str, Any]:
        return {"number": (await Roster.find(region.code, roster_id)).number, "form": form}

    return Kind(label, "roster.export", "roster", TypeAdapter(UUID), count, write, detail)


def _asking(subject: Subject) -> Kind[asking.Question]:
    return Kind(f"综合查询：{subject.label}", "cases.export", "cases", TypeAdapter(asking.Question), sheets.rows_of, sheets.excel,
                _asked(asking.told), lambda question: question.guarded, asking.in_words)


async def _nothing(region: Region, question: None) -> Mapping[str, Any]:
    return {}


def _mine(label: str, write: Callable[[Region, Actor, None, datetime, Progress], Awaitable[Workbook]]) -> Kind[None]:
    return Kind(label, "account.copy", "account", TypeAdapter(None), own_copy.count, write, _nothing)


#: A person's copy of her own data; ``services.own_copy``.
OWN: Mapping[str, Kind[None]] = {"mine.pdf": _mine("我的数据（阅读版 PDF）", own_copy.as_paper),
                                 "mine.json": _mine("我的数据（数据文件 JSON）", own_copy.as_data)}
KINDS: dict[str, Kind[Any]] = {
    "cards": Kind("人才卡", "cards.export", "cards", TypeAdapter(Wanted), card_lists.rows_of, card_lists.excel, _asked(card_lists.told)),
    "standings": Kind("人才名单", "standings.export", "standings", TypeAdapter(standings.Wanted), standings.rows_of, standings.excel,
                      _asked(standings.told)),
    "sms.costs": Kind("短信费用", "figures.export", "figures", TypeAdapter(costs.Wanted), costs.rows_of, costs.excel, _asked(costs.told)),
    "roster.xlsx": _sheet("xlsx", "名单（Excel）", roster_sheet.rows_of, roster_sheet.excel),
    "roster.pdf": _sheet("pdf", "名单（PDF）", roster_sheet.rows_of, roster_sheet.pdf),
    **{f"ask.{code}": _asking(subject) for code, subject in SUBJECTS.items()},
    **OWN,
}

_ORDER = """
INSERT INTO export (region, id, owner_id, kind, subject_id, question_sealed, total_rows, made_at, guarded, purpose_sealed, state)
SELECT $1, $2, $3, $4, $5::uuid, $6::bytea, $7::integer, $8::timestamptz, $12::boolean, $13::bytea, CASE WHEN $12 THEN 'asked' ELSE 'waiting' END
WHERE (SELECT count(*) FROM export WHERE region = $1 AND owner_id = $3 AND state IN ('asked', 'waiting', 'working')) < $9
  AND (SELECT count(*) FROM export WHERE region = $1 AND owner_id = $3 AND made_at > $10) < $11
RETURNING *
"""


@verb
async def order(region: Region, actor: Actor, kind: str, question: object, now: datetime, *, subject: UUID | None = None,
                purpose: str = "") -> Export:
    """Ask for a file; ``question``: as the kind's own list is asked. It is written within seconds, and its owner sees how far it is; a guarded one
    is written once somebody else approved it (``services.export_approval``), and needs a ``purpose``.

    Raises ``NotPermitted``, ``Invalid``, ``NotFound``, ``TooManyRows`` at once, :class:`TooManyExports`, and for a copy of one's own data what
    :func:`confirming.require_settled` raises.
    """
    rules, id = KINDS[kind], new_id()
    if kind in OWN:
        await confirming.require_settled(actor, now)
    guarded = rules.guarded(question)
    if guarded and not SHORTEST_PURPOSE <= len(purpose.strip()) <= LONGEST_PURPOSE:
        raise Invalid({"purpose": f"请写明用途（{SHORTEST_PURPOSE} 到 {LONGEST_PURPOSE} 字），批准人会看到。"})
    total = await rules.count(region, actor, question, now)
    sealed = keys().seal(rules.question.dump_json(question).decode(), region.code, "export", "question", str(id))
    async with transaction():
        await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"export|{region.code}|{actor.account_id}")
        made = await row(_ORDER, region.code, id, actor.account_id, kind, subject, sealed, total, now, MOST_OPEN, now - timedelta(days=1), MOST_A_DAY,
                         guarded, _sealed_purpose(region, id, purpose) if guarded else None)
        if made is None:
            raise TooManyExports(retry_after=60)
        told = {"reason": purpose.strip()} if guarded else {}
        await audit.record(actor, "export.ask" if guarded else rules.act, "export" if guarded else rules.subject, id if guarded else subject,
                           {**await rules.told(region, question), "rows": total, **told}, now)
    if guarded:
        await export_approvers.tell(region, made["owner_id"], id)
    return Export.read(made)


def _sealed_purpose(region: Region, id: UUID, purpose: str) -> bytes:
    return keys().seal(purpose.strip(), region.code, "export", "purpose", str(id))


async def find(region: Region, actor: Actor, id: UUID) -> Export:
    """The actor's own. Raises :class:`NotFound`, also for everybody else's (T01)."""
    found = await row("SELECT * FROM export WHERE region = $1 AND id = $2 AND owner_id = $3", region.code, id, actor.account_id)
    if found is None:
        raise NotFound
    return Export.read(found)


async def own_copies(region: Region, actor: Actor, limit: int = 10) -> list[Export]:
    """The copies of her own data that the actor ordered of late, newest first."""
    return await Export.of(region.code, owner_id=actor.account_id, kind__in=list(OWN)).order_by("-made_at", "-id").limit(limit)


async def open_one(region: Region, actor: Actor, id: UUID, now: datetime) -> Export:
    """The same, as its owner opens its page: what was decided on it she has heard."""
    found = await find(region, actor, id)
    if found.guarded and found.heard_at is None and found.state in DECIDED:
        await execute("UPDATE export SET heard_at = $3 WHERE region = $1 AND id = $2", region.code, id, now)
        await live.publish(region.code, f"account:{actor.account_id}", event="export", data={"id": str(id), "state": found.state.value})
    return found


async def unheard(region: Region, actor: Actor) -> list[Export]:
    """The actor's exports that somebody has decided on and that she has not looked at since, newest first."""
    return await Export.of(region.code, owner_id=actor.account_id, guarded=True, heard_at=None, state__in=list(DECIDED)).order_by("-made_at").limit(9)


async def own(region: Region, actor: Actor, limit: int = 50) -> list[Export]:
    """What the actor ordered of late, newest first."""
    return await Export.of(region.code, owner_id=actor.account_id).order_by("-made_at", "-id").limit(limit)


@verb
async def download(region: Region, actor: Actor, id: UUID, now: datetime) -> tuple[File, bytes]:
    """The file, with a line in the audit. Raises :class:`NotFound`, :class:`ExportGone`, :class:`ScopeChanged`, ``ShelfAway``, and what :func:`order`
    raises for one's own data."""
    export = await find(region, actor, id)
    if export.kind in OWN:
        await confirming.require_settled(actor, now)
    if export.state is ExportState.EXPIRED or (export.expires_at is not None and export.expires_at <= now):
        raise ExportGone
    if export.file_id is None:
        raise NotFound
    if not set(export.scope) <= set(scope_of(actor)):
        raise ScopeChanged
    await KINDS[export.kind].count(region, actor, question_of(export), now)
    file = await files.find(region, export.file_id)
    data = await files.content(file)
    if export.guarded:
        await execute("UPDATE export SET expires_at = least(expires_at, $3) WHERE region = $1 AND id = $2", region.code, id, now + GUARDED_FETCH)
    await audit.record(actor, "export.download", "export", export.id, {"for": KINDS[export.kind].label, "rows": export.done_rows}, now)
    return file, data


def scope_of(actor: Actor) -> list[str]:
    return sorted(f"{grant.organisation_id}:{grant.role}" for grant in actor.grants)


def question_of(export: Export) -> Any:
    said = keys().unseal(bytes(export.question_sealed), export.region, "export", "question", str(export.id))
    return KINDS[export.kind].question.validate_json(said)
