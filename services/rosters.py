"""Rosters 上报名单 (WH-33, WH-34, BZ-12, SD-07, SD-12): approved cases wait at a step, are put on a list, stamped on paper, and go on together.

Locks are taken in one order everywhere: cases by their id, then the roster. An act on a member locks its case first too and then voids the list
(``services.cases.effects``), so that of an upload, a submission and a change of members at the same moment each sees what came before it.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from config.errors import Conflict, Invalid, NotFound
from config.keys import keys
from config.vocabulary import Action
from models.case import Case
from models.database import broken_constraint, execute, new_id, plan_anew, row, rows, transaction
from models.roster import Roster, RosterState
from qr import roster_code
from qr.roster_code import RosterCode, RosterCodeInvalid
from services import audit, counters, files, regions
from services.actors import Actor
from services.cases import effects, engine, together, transitions
from services.files import Inspected, Subject
from services.regions import Region
from services.roster_lists import MOST_MEMBERS, code_of, contact_phone, kept_of, own
from services.verbs import verb

#: A telephone as people write it, with area code or extension.
PHONE = re.compile(r"\+?[\d\- ]{7,20}")
#: Scans that may lie with one roster: a good one, and some that lost a race.
MOST_SCANS = 5


class AlreadyListed(Conflict):
    """有申请已经在另一份名单里，一件申请不能同时上报两次。请先提交或作废那份名单。"""

    code = "already_listed"


class RosterChanged(Conflict):
    """这份名单刚刚有变化，请刷新后再操作。"""

    code = "roster_changed"


class ScanOfAnother(Invalid):
    """扫描件不是这份名单的。请上传这份名单盖章后的扫描件。"""

    code = "scan_of_another"


class ScanUnreadable(Invalid):
    """扫描件上没有认出名单的二维码。请把右上角的二维码拍清楚、拍完整再上传；实在认不出时，请填写二维码旁印着的名单编号和校验码。"""

    code = "scan_unreadable"


@verb
async def make(region: Region, actor: Actor, matter: str, step: str, case_ids: Sequence[UUID], now: datetime) -> Roster:
    """Put cases of one organisation on a new list, numbered in the year.

    Raises :class:`Invalid` (none, too many, of several organisations), :class:`AlreadyListed` (who, and on which), ``NotFound``, ``NotPossible``,
    ``NotYours``.
    """
    try:
        async with transaction():
            await plan_anew()
            return await _make(region, actor, matter, step, case_ids, now)
    except IntegrityError as error:
        if broken_constraint(error) != "roster_member_once":
            raise
        raise await _listed_already(region, case_ids) from error


async def _make(region: Region, actor: Actor, matter: str, step: str, case_ids: Sequence[UUID], now: datetime) -> Roster:
    if not 1 <= len(set(case_ids)) <= MOST_MEMBERS:
        raise Invalid({"id": f"请勾选 1 到 {MOST_MEMBERS} 件申请。"})
    members = await _locked(region, case_ids)
    if len(members) < len(set(case_ids)):
        raise NotFound
    for case in members:
        if (case.matter, case.step) != (matter, step):
            raise RosterChanged(f"{case.number} 已经不在这一步，请刷新后重新勾选。")
        transitions.find(await regions.at(region.code, case.profile_version), actor, case, Action.SEND_ON)
    organisation = members[0].handler_org
    if any(case.handler_org != organisation for case in members):
        raise Invalid({"id": "一份名单只能包含同一机构承办的申请，请分开生成。"})
    return await _write(region, actor, matter, step, organisation, sorted(members, key=lambda case: (case.step_at, case.number)), now)


async def _write(region: Region, actor: Actor, matter: str, step: str, organisation: UUID, members: Sequence[Case], now: datetime) -> Roster:
    id, year, prefix = new_id(), now.astimezone(region.profile.tz).year, region.matter(matter).prefix
    serial = await counters.following(region, f"roster:{prefix}:{year}")
    roster = await Roster.create(region=region.code, id=id, number=f"{prefix}{year}-{serial:04d}", matter=matter, step=step, state=RosterState.OPEN,
                                 organisation_id=organisation, digest=digest(id, members), made_by=actor.account_id, made_at=now)
    await execute("INSERT INTO roster_member (region, roster_id, case_id, position, case_version) "
                  "SELECT $1, $2, m.id, m.position, m.version FROM unnest($3::uuid[], $4::integer[]) WITH ORDINALITY AS m (id, version, position)",
                  region.code, id, [case.id for case in members], [case.version for case in members])
    await audit.record(actor, "roster.make", "roster", id, {"number": roster.number, "rows": len(members)}, now)
    return roster


def digest(roster_id: UUID, members: Sequence[Case]) -> bytes:
    """SHA-256 over the roster and its members in their order, each at the version that the list shows."""
    said = b"".join(case.id.bytes + case.version.to_bytes(4, "big") for case in members)
    return hashlib.sha256(roster_id.bytes + said).digest()


async def _locked(region: Region, case_ids: Sequence[UUID]) -> list[Case]:
    found = await rows("SELECT * FROM cases WHERE region = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE", region.code, list(case_ids))
    return [Case.read(one) for one in found]


async def _listed_already(region: Region, case_ids: Sequence[UUID]) -> AlreadyListed:
    found = await rows("SELECT a.name, c.number, r.number AS roster, o.name AS maker, r.made_at FROM roster_member m "
                       "JOIN roster r ON (r.region, r.id) = (m.region, m.roster_id) JOIN cases c ON (c.region, c.id) = (m.region, m.case_id) "
                       "JOIN account a ON (a.region, a.id) = (c.region, coalesce(c.about_id, c.applicant_id)) "
                       "JOIN account o ON (o.region, o.id) = (r.region, r.made_by) "
                       "WHERE m.region = $1 AND m.case_id = ANY ($2::uuid[]) AND m.live ORDER BY c.number LIMIT 4", region.code, list(case_ids))
    if not found:  # it was let go again in between
        return AlreadyListed("有申请刚刚进入过另一份名单，请刷新后重新勾选。")
    named = "、".join(f"{one['name']}（{one['number']}）在名单 {one['roster']} 里" for one in found[:3])
    more = "等" if len(found) > 3 else ""
    return AlreadyListed(f"{named}{more}，由{found[0]['maker']}生成。一件申请不能同时上报两次，请先提交或作废那份名单。",
                         context={"rosters": sorted({one["roster"] for one in found})})


@verb
async def say_contact(region: Region, actor: Actor, roster_id: UUID, seen: int, contact: str, phone: str, now: datetime) -> Roster:
    """Who is asked about this list, as it stands on the sheet (SD-12). Raises :class:`Invalid`, :class:`RosterChanged`."""
    await own(region, actor, roster_id)
    wrong = {"contact": "请填写联系人姓名（2 到 30 字）。"} if not 2 <= len(contact.strip()) <= 30 else {}
    if not PHONE.fullmatch(phone.strip()):
        wrong["contact_phone"] = "请填写联系电话，手机号或带区号的座机。"
    if wrong:
        raise Invalid(wrong)
    sealed = keys().seal(phone.strip(), region.code, "roster", "contact", str(roster_id))
    async with transaction():
        return await _step_on(region, actor, roster_id, seen, "roster.contact", {}, now, ("open",), contact=contact.strip(), sealed=sealed)


@verb
async def upload(region: Region, actor: Actor, roster_id: UUID, seen: int, name: str, data: bytes, now: datetime, *, number: str = "",
                 check: str = "") -> Roster:
    """The scan of the stamped sheet, once (BZ-12). The QR on it must be this roster's with this digest.

    Where no QR can be read, ``number`` and ``check`` are what stands printed beside it: the check letters are made of the same members, so they prove
    the same; that they were typed is kept in the audit and in the file's place (``scan_typed``). A QR of another list is refused whatever was typed.

    Raises :class:`ScanOfAnother`, :class:`ScanUnreadable`, :class:`RosterChanged`, and what ``services.files`` refuses.
    """
    roster = await own(region, actor, roster_id)
    if roster.state is not RosterState.OPEN or roster.version != seen:
        raise _changed(roster)
    async with files.noting(actor, "scan", now):
        inspected, texts = await files.codes("scan", name, data)
    return await keep_scan(region, actor, roster, name, inspected, texts, now, number=number, check=check)


@verb
async def keep_scan(region: Region, actor: Actor, roster: Roster, name: str, inspected: Inspected, texts: Sequence[str], now: datetime, *,
                    number: str = "", check: str = "") -> Roster:
    """:func:`upload` of a scan that was opened already; ``texts``: what its QR symbols say. The actor's roster is as it was seen."""
    roster_id, seen = UUID(str(roster.id)), roster.version
    place = "scan" if await _proven(region, roster, texts) else _typed(roster, number, check)
    file = await files.keep(region, actor, Subject.ROSTER, roster.id, place, name, inspected, now, most=MOST_SCANS)
    return await stamp(region, actor, roster_id, seen, file.id, place, now)


@verb
async def stamp(region: Region, actor: Actor, roster_id: UUID, seen: int, file_id: UUID, place: str, now: datetime) -> Roster:
    """The last step of :func:`upload`, where it is decided who was first; the file of who was not is taken away again."""
    try:
        async with transaction():
            return await _step_on(region, actor, roster_id, seen, "roster.upload", {"proof": place}, now, ("open",), state=RosterState.STAMPED,
                                  file_id=file_id)
    except RosterChanged:
        if (await Roster.find(region.code, roster_id)).file_id != file_id:  # two of the same content are one file
            await files.remove(region, actor, Subject.ROSTER, roster_id, file_id, now)
        raise


async def _proven(region: Region, roster: Roster, texts: Sequence[str]) -> bool:
    """Whether a QR on the scan is this list's; raises for one that is another's. QR symbols that are none of ours say nothing."""
    ours = [said for text in texts if (said := _read(region, text)) is not None]
    for said in ours:
        if said.roster_id != UUID(str(roster.id)) or said.digest != bytes(roster.digest)[:roster_code.DIGEST_BYTES]:
            other = await row("SELECT number FROM roster WHERE region = $1 AND id = $2", region.code, said.roster_id)
            which = f"是名单 {other['number']} 的" if other else "是另一份名单的"
            raise ScanOfAnother({"scan": f"扫描件上的二维码{which}，不是这份名单 {roster.number} 的。请上传这份名单盖章后的扫描件。"})
    return bool(ours)


def _read(region: Region, text: str) -> RosterCode | None:
    try:
        return roster_code.decode(keys(), region.code, text)
    except RosterCodeInvalid:
        return None


def _typed(roster: Roster, number: str, check: str) -> str:
    if not number.strip() and not check.strip():
        raise ScanUnreadable({"scan": (ScanUnreadable.__doc__ or "").strip()})
    if number.strip().upper() != roster.number or not roster_code.same_letters(check, code_of(roster)):
        raise ScanOfAnother({"check": f"填写的编号和校验码不是这份名单 {roster.number} 的，请核对扫描件上印的内容。"})
    return "scan_typed"


@verb
async def submit(region: Region, actor: Actor, roster_id: UUID, seen: int, now: datetime) -> list[engine.Outcome]:
    """汇总提交: every member goes on, in one transaction or not at all, and never twice.

    Raises :class:`RosterChanged`, :class:`Invalid` (no contact where the profile asks for one), and what :func:`together.send_on` raises.
    """
    await own(region, actor, roster_id)
    listed = await rows("SELECT case_id FROM roster_member WHERE region = $1 AND roster_id = $2", region.code, roster_id)
    async with transaction():
        await plan_anew()
        cases = {case.id: case for case in await _locked(region, [one["case_id"] for one in listed])}
        roster = await _step_on(region, actor, roster_id, seen, "roster.submit", {"rows": len(cases)}, now, ("stamped",), state=RosterState.SUBMITTED)
        rules = (await kept_of(region, roster)).matter(roster.matter).step(roster.step).roster
        if rules is not None and rules.contact and not (roster.contact and roster.contact_sealed):
            raise Invalid({"contact": "请先填写联系人和联系电话，导出后一起盖章。"})
        order = await _still_there(region, roster)
        outcomes = await together.send_on(region, actor, [cases[id] for id in order], roster_id, roster.number, now)
    await engine.announce(region, *outcomes)
    return outcomes


#: A claim counts as an act of the case and changes nothing that the list says; anything else would have voided it.
_STILL_THERE = """
SELECT m.case_id, c.number, m.live AND c.state = 'handling' AND c.step = $3 AND c.handler_org = $4 AND NOT EXISTS (
    SELECT 1 FROM case_event e WHERE e.region = m.region AND e.case_id = m.case_id AND e.seq > m.case_version AND e.action <> ALL ($5::text[])
) AS still
FROM roster_member m JOIN cases c ON (c.region, c.id) = (m.region, m.case_id) WHERE m.region = $1 AND m.roster_id = $2 ORDER BY m.position
"""


async def _still_there(region: Region, roster: Roster) -> list[UUID]:
    """The members in their order, all of them unchanged; after this they are nobody's any more."""
    found = await rows(_STILL_THERE, region.code, roster.id, roster.step, roster.organisation_id, [action.value for action in effects.UNTOUCHED])
    if moved := [one["number"] for one in found if not one["still"]]:
        raise RosterChanged(f"名单里的 {'、'.join(moved[:3])} 已有变动，这份名单不能再用。请作废它，再重新生成。")
    await execute("UPDATE roster_member SET live = false WHERE region = $1 AND roster_id = $2", region.code, roster.id)
    return [one["case_id"] for one in found]


@verb
async def void(region: Region, actor: Actor, roster_id: UUID, seen: int, reason: str, now: datetime) -> None:
    """作废: the members wait for another list. Raises :class:`Invalid` without a reason, :class:`RosterChanged`."""
    await own(region, actor, roster_id)
    if not 2 <= len(reason.strip()) <= 200:
        raise Invalid({"reason": "请写明作废的原因（2 到 200 字）。"})
    async with transaction():
        await _void(region, actor, roster_id, seen, reason.strip(), now)


async def _void(region: Region, actor: Actor, roster_id: UUID, seen: int, reason: str, now: datetime) -> Roster:
    roster = await _step_on(region, actor, roster_id, seen, "roster.void", {"reason": reason}, now, ("open", "stamped"), state=RosterState.VOID,
                            reason=reason)
    await execute("UPDATE roster_member SET live = false WHERE region = $1 AND roster_id = $2", region.code, roster_id)
    return roster


@verb
async def remove(region: Region, actor: Actor, roster_id: UUID, case_id: UUID, seen: int, now: datetime) -> Roster | None:
    """Take one off (SD-12): a printed list cannot change, so this one is void and the others are on a new one; nothing when nobody is left.

    Raises :class:`NotFound` for a case that is not on it, :class:`RosterChanged`.
    """
    await own(region, actor, roster_id)
    listed = await rows("SELECT m.case_id, c.number FROM roster_member m JOIN cases c ON (c.region, c.id) = (m.region, m.case_id) "
                        "WHERE m.region = $1 AND m.roster_id = $2 ORDER BY m.position", region.code, roster_id)
    left = [one["case_id"] for one in listed if one["case_id"] != case_id]
    if len(left) == len(listed):
        raise NotFound
    taken = next(one["number"] for one in listed if one["case_id"] == case_id)
    async with transaction():
        await plan_anew()
        await _locked(region, [one["case_id"] for one in listed])
        old = await _void(region, actor, roster_id, seen, f"移出了 {taken}", now)
        if not left:
            return None
        made = await _make(region, actor, old.matter, old.step, left, now)
        if phone := contact_phone(old):
            sealed = keys().seal(phone, region.code, "roster", "contact", str(made.id))
            made = await _step_on(region, actor, made.id, 1, "roster.contact", {}, now, ("open",), contact=old.contact, sealed=sealed)
        return made


_STEP_ON = """
UPDATE roster SET state = coalesce($4, state), version = version + 1, file_id = coalesce($5, file_id), contact = coalesce($6, contact),
       contact_sealed = coalesce($7, contact_sealed), void_reason = coalesce($8, void_reason),
       stamped_at = CASE WHEN $4 = 'stamped' THEN $9::timestamptz ELSE stamped_at END,
       submitted_at = CASE WHEN $4 = 'submitted' THEN $9::timestamptz ELSE submitted_at END
WHERE region = $1 AND id = $2 AND version = $3 AND state = ANY ($10::text[]) RETURNING *
"""


async def _step_on(region: Region, actor: Actor, roster_id: UUID, seen: int, act: str, detail: Mapping[str, Any], now: datetime,
                   sources: tuple[str, ...], *, state: RosterState | None = None, file_id: UUID | None = None, contact: str | None = None,
                   sealed: bytes | None = None, reason: str | None = None) -> Roster:
    """One conditional update decides between several that act at the same moment; who loses is told how it stands."""
    found = await row(_STEP_ON, region.code, roster_id, seen, state.value if state else None, file_id, contact, sealed, reason, now, list(sources))
    if found is None:
        raise _changed(await Roster.find(region.code, roster_id))
    roster = Roster.read(found)
    await audit.record(actor, act, "roster", roster_id, {"number": roster.number, **detail}, now)
    return roster


def _changed(roster: Roster) -> RosterChanged:
    stands = {"state": roster.state.value, "version": roster.version}
    match roster.state:
        case RosterState.VOID:
            return RosterChanged(f"这份名单已作废（{roster.void_reason}），请重新生成一份。", context=stands)
        case RosterState.SUBMITTED:
            return RosterChanged("这份名单已经汇总提交，不用再提交。", context=stands)
        case RosterState.STAMPED:
            return RosterChanged("这份名单的盖章扫描件已经上传，不能重复上传；传错了请作废名单，再重新生成。", context=stands)
        case _:
            return RosterChanged(context=stands)
