# ruff: noqa: S608 - statements are made of the pieces of this file alone
"""The whole story of one person, and of one unit: everything in the order of time that whoever looks may see (WH-33, WH-64, BZ-13).

Cases are those of her scope, as in every list; cards and visits need their own permissions. Who looked is recorded. Numbers stand masked; the whole
ones are shown for one person at a time, with a reason, and so often an hour (T40).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotFound, NotPermitted
from config.vocabulary import CODES, Labelled, NotificationKind, Permission
from models.account import Account, AccountKind
from models.card import CardState
from models.case import CaseState
from models.database import row, rows
from models.notification import Delivery
from models.organisation import Organisation
from models.reason import read_reason
from models.visit import Verdict
from services import audit, limits
from services.actors import Actor
from services.card_lists import ACTS
from services.cases.scope import organisations_to_query
from services.limits import Allowance, UsedUp
from services.masking import masked_id_number, masked_phone
from services.regions import Region
from services.verbs import verb

#: Of each part of a story, newest first.
MOST = 100
#: Whole numbers that one person may look at.
MOST_UNMASKED, AN_HOUR = 20, timedelta(hours=1)


class Part(Labelled):
    REGISTERED = "registered", "注册"
    DOSSIER = "dossier", "人才信息"
    CASE = "case", "办件"
    CARD = "card", "人才卡"
    VISIT = "visit", "现场服务"
    MESSAGE = "message", "消息"


@dataclass(frozen=True)
class Entry:
    """One line. ``state``: a word with a colour, and ``label`` what it is called; ``link``: below the desk, where there is more."""

    at: datetime
    part: Part
    title: str
    text: str = ""
    state: str = ""
    label: str = ""
    link: str = ""


@dataclass(frozen=True)
class PersonStory:
    """``entries``: newest first. ``may_unmask``: whether whoever looks may see her whole numbers."""

    account: Account
    unit: Organisation | None
    standing: str
    phone: str
    id_number: str
    entries: Sequence[Entry]
    may_unmask: bool


@dataclass(frozen=True)
class UnitStory:
    """``people``: how many in all; the first of them stand in ``persons``, as (id, name, state)."""

    unit: Organisation
    people: int
    persons: Sequence[dict[str, Any]]
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Numbers:
    phone: str = field(repr=False)
    id_number: str = field(repr=False)


@dataclass(frozen=True)
class _Sight:
    """What whoever looks may see: everything, or what belongs to these organisations."""

    everywhere: bool
    own: list[UUID]


def _sight(region: Region, actor: Actor) -> _Sight:
    """Raises :class:`NotPermitted` for who may query nothing."""
    everywhere = actor.may(Permission.QUERY_REGION, region.profile)
    if not everywhere and not actor.may(Permission.QUERY_OWN, region.profile):
        raise NotPermitted
    return _Sight(everywhere, organisations_to_query(region, actor))


@verb
async def of_person(region: Region, actor: Actor, id: UUID, now: datetime) -> PersonStory:
    """Raises :class:`NotFound`, also for a person whom nothing brings to the actor's organisations, and :class:`NotPermitted`."""
    account = await _person(region, actor, id)
    sight, entries = _sight(region, actor), [Entry(account.created_at, Part.REGISTERED, "注册账号", "审核中" if account.provisional else "")]
    for part in _PARTS:
        entries += await part(region, actor, sight, account)
    unit = await Organisation.of(region.code, id=account.unit_id).first() if account.unit_id else None
    await audit.record(actor, "person.view", "account", id, {"name": account.name}, now)
    return PersonStory(account, unit, await _standing(region, id), masked_phone(account.phone), masked_id_number(account.id_number),
                       sorted(entries, key=lambda entry: entry.at, reverse=True), actor.may(Permission.SEE_NUMBERS, region.profile))


@verb
async def unmask(region: Region, actor: Actor, id: UUID, reason: str, now: datetime) -> Numbers:
    """Her whole numbers, once, for a reason that stands in the audit (T40). Raises :class:`NotFound`, :class:`NotPermitted`, ``Invalid``, ``UsedUp``;
    the auditor sees that as well."""
    if not actor.may(Permission.SEE_NUMBERS, region.profile):
        raise NotPermitted
    account = await _person(region, actor, id)
    if not 2 <= len(reason.strip()) <= 200:
        raise Invalid({"reason": "请写明查看原因（2 到 200 字），会记入操作日志。"})
    try:
        await limits.use(region.code, [Allowance("unmask", str(actor.account_id), MOST_UNMASKED, AN_HOUR)], now)
    except UsedUp:
        await audit.record(actor, "person.unmask_refused", "account", id, {"reason": reason.strip()}, now)
        raise
    await audit.record(actor, "person.unmask", "account", id, {"name": account.name, "reason": reason.strip()}, now)
    return Numbers(account.phone or "", account.id_number or "")


_HERS = "(c.applicant_id = $2 OR c.about_id = $2)"
_IN_SIGHT = "($3 OR c.organisations && $4::uuid[] OR c.unit_id = ANY ($4::uuid[]))"
_KNOWN = f"SELECT 1 FROM cases c WHERE c.region = $1 AND {_HERS} AND {_IN_SIGHT} LIMIT 1"


async def _person(region: Region, actor: Actor, id: UUID) -> Account:
    sight, account = _sight(region, actor), await Account.find(region.code, id)
    near = sight.everywhere or account.unit_id in sight.own or await row(_KNOWN, region.code, id, sight.everywhere, sight.own) is not None
    if account.kind is not AccountKind.TALENT or not near:
        raise NotFound
    return account


async def _standing(region: Region, id: UUID) -> str:
    found = await row("SELECT standing FROM dossier WHERE region = $1 AND account_id = $2", region.code, id)
    return region.profile.classes.get(found["standing"], "") if found else ""


#: $2: the person or the unit.
_VERSIONS = """
SELECT v.number, v.made_at, d.admitted FROM dossier d JOIN dossier_version v ON (v.region, v.dossier_id) = (d.region, d.id)
WHERE d.region = $1 AND (d.account_id = $2 OR d.organisation_id = $2) ORDER BY v.number DESC LIMIT $3
"""


async def _dossier(region: Region, actor: Actor, sight: _Sight, account: Account) -> list[Entry]:
    return [_version(one) for one in await rows(_VERSIONS, region.code, account.id, MOST)]


def _version(one: dict[str, Any]) -> Entry:
    in_force = one["number"] == one["admitted"]
    return Entry(one["made_at"], Part.DOSSIER, f"提交第 {one['number']} 版资料", "", "done" if in_force else "", "现行有效" if in_force else "")


_CASES = f"""
SELECT c.id, c.number, c.subject, c.state, c.matter, c.step, c.created_at, c.closed_at, o.name AS office FROM cases c
JOIN organisation o ON (o.region, o.id) = (c.region, c.handler_org)
WHERE c.region = $1 AND {_HERS} AND {_IN_SIGHT} ORDER BY c.created_at DESC LIMIT $5
"""
_OF_UNIT = """
SELECT c.id, c.number, c.subject, c.state, c.matter, c.step, c.created_at, c.closed_at, p.name AS office FROM cases c
JOIN account p ON (p.region, p.id) = (c.region, coalesce(c.about_id, c.applicant_id))
WHERE c.region = $1 AND c.unit_id = $2 AND ($3 OR c.organisations && $4::uuid[] OR c.unit_id = ANY ($4::uuid[])) ORDER BY c.created_at DESC LIMIT $5
"""


async def _cases(region: Region, actor: Actor, sight: _Sight, account: Account) -> list[Entry]:
    return [_case(region, one) for one in await rows(_CASES, region.code, account.id, sight.everywhere, sight.own, MOST)]


def _case(region: Region, one: dict[str, Any]) -> Entry:
    state = CaseState(one["state"])
    where = "" if one["closed_at"] else region.profile.step_name(one["matter"], one["step"])
    text = " · ".join(word for word in (one["number"], one["office"], where) if word)
    return Entry(one["created_at"], Part.CASE, one["subject"], text, state.value, state.label, f"cases/{one['id']}/")


_CARDS = """
SELECT e.id AS event, e.act, e.reason, e.reason_sealed, e.at, c.id, c.number, c.state
FROM card c JOIN card_event e ON (e.region, e.card_id) = (c.region, c.id)
WHERE c.region = $1 AND c.holder_id = $2 ORDER BY e.at DESC LIMIT $3
"""


async def _cards(region: Region, actor: Actor, sight: _Sight, account: Account) -> list[Entry]:
    if not actor.may(Permission.QUERY_CARDS, region.profile):
        return []
    return [_card(region, one) for one in await rows(_CARDS, region.code, account.id, MOST)]


def _card(region: Region, one: dict[str, Any]) -> Entry:
    reason = read_reason(one["reason_sealed"], one["reason"], region.code, "card_event", one["event"])
    return Entry(one["at"], Part.CARD, f"{ACTS[one['act']]}{region.profile.card.name}", f"{one['number']}　{reason}".strip(), one["state"],
                 CardState(one["state"]).label, f"cards/{one['id']}")


_VISITS = """
SELECT v.verdict, v.at, v.companions, v.undone_at, n.name AS venue FROM visit v LEFT JOIN venue n ON (n.region, n.id) = (v.region, v.venue_id)
WHERE v.region = $1 AND v.holder_id = $2 ORDER BY v.at DESC LIMIT $3
"""


async def _visits(region: Region, actor: Actor, sight: _Sight, account: Account) -> list[Entry]:
    return [_visit(one) for one in await rows(_VISITS, region.code, account.id, MOST)] if sight.everywhere else []


def _visit(one: dict[str, Any]) -> Entry:
    verdict = Verdict(one["verdict"])
    state = "undone" if one["undone_at"] else "done" if verdict is Verdict.ADMITTED else "refused"
    label = "已撤销" if one["undone_at"] else verdict.label
    return Entry(one["at"], Part.VISIT, one["venue"] or "不认识的场所", f"随行 {one['companions']} 人" if one["companions"] else "", state, label)


_MESSAGES = f"""
SELECT n.kind, n.state, n.created_at FROM notification n
WHERE n.region = $1 AND n.account_id = $2 AND n.kind <> ALL ($6::text[])
  AND ($3 OR n.subject_id IN (SELECT c.id FROM cases c WHERE c.region = $1 AND {_HERS} AND {_IN_SIGHT}))
ORDER BY n.created_at DESC LIMIT $5
"""
_DELIVERED = {Delivery.DELIVERED: "done", Delivery.ACCEPTED: "done", Delivery.FAILED: "late", Delivery.DROPPED: "closed"}


async def _messages(region: Region, actor: Actor, sight: _Sight, account: Account) -> list[Entry]:
    """That she was told, and whether it arrived; the words were for her."""
    found = await rows(_MESSAGES, region.code, account.id, sight.everywhere, sight.own, MOST, [kind.value for kind in CODES])
    return [Entry(one["created_at"], Part.MESSAGE, NotificationKind(one["kind"]).label, "", _DELIVERED.get(Delivery(one["state"]), "underway"),
                  Delivery(one["state"]).label) for one in found]


_PARTS: tuple[Callable[[Region, Actor, _Sight, Account], Awaitable[list[Entry]]], ...] = (_dossier, _cases, _cards, _visits, _messages)

_PERSONS = """
SELECT a.id, a.name, a.state, a.provisional, count(*) OVER () AS total FROM account a
WHERE a.region = $1 AND a.unit_id = $2 AND a.kind = 'talent' ORDER BY a.name, a.id LIMIT $3
"""


@verb
async def of_unit(region: Region, actor: Actor, id: UUID, now: datetime) -> UnitStory:
    """Its people and its cases. Raises :class:`NotFound`, also for a unit that nothing brings to the actor's organisations, :class:`NotPermitted`."""
    sight, unit = _sight(region, actor), await Organisation.find(region.code, id)
    found = await rows(_OF_UNIT, region.code, id, sight.everywhere, sight.own, MOST)
    if unit.kind != "unit" or not (sight.everywhere or id in sight.own or found):
        raise NotFound
    versions = await rows(_VERSIONS, region.code, id, MOST)
    persons = await rows(_PERSONS, region.code, id, MOST) if sight.everywhere or id in sight.own else await _persons_in_sight(region, sight, id)
    await audit.record(actor, "unit.view", "organisation", id, {"name": unit.name}, now)
    entries = [*(_version(one) for one in versions), *(_case(region, one) for one in found)]
    return UnitStory(unit, persons[0]["total"] if persons else 0, persons, sorted(entries, key=lambda entry: entry.at, reverse=True))


async def _persons_in_sight(region: Region, sight: _Sight, unit: UUID) -> list[dict[str, Any]]:
    """Of another's unit, those of whom the actor's organisations have had a case."""
    return await rows("""
        SELECT a.id, a.name, a.state, a.provisional, count(*) OVER () AS total FROM account a
        WHERE a.region = $1 AND a.unit_id = $2 AND a.kind = 'talent' AND EXISTS (
            SELECT 1 FROM cases c WHERE c.region = $1 AND (c.applicant_id = a.id OR c.about_id = a.id) AND c.organisations && $4::uuid[])
        ORDER BY a.name, a.id LIMIT $3
        """, region.code, unit, MOST, sight.own)
