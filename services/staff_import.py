"""Accounts of staff from a sheet: every row gets its verdict before anything is made, right rows come in, wrong ones go back with remarks.

Somebody may stand on several rows, one for each role. Who has an account already is given the role alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from config.errors import Invalid, NotPermitted
from config.vocabulary import Labelled, OrganisationKind
from models.account import Account, AccountKind, RoleGrant, phone_index
from models.organisation import Organisation
from services import accounts, audit, codes, staff_sheet
from services.accounts import LONGEST, MANAGE, RoleIn
from services.actors import Actor
from services.cases.calendar import calendar_of
from services.files.inspection import beside
from services.login import spelled
from services.regions import Region
from services.staff_sheet import Line
from services.verbs import verb


class Verdict(Labelled):
    """What a row leads to."""

    NEW = "new", "将新建账号"
    ROLE = "role", "已有账号，将授予角色"
    SAME = "same", "已有账号和角色，不用导入"
    WRONG = "wrong", "有错，不会导入"
    MADE = "made", "已新建账号"
    GRANTED = "granted", "已授予角色"


@dataclass(frozen=True)
class Judged:
    """One row with its verdict. ``password``: the one-time password of an account that was just made; it exists in this answer alone."""

    line: Line
    verdict: Verdict
    wrong: tuple[str, ...] = ()
    account_id: UUID | None = None
    role: RoleIn | None = None
    phone: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def words(self) -> str:
        return "；".join(self.wrong) if self.wrong else self.verdict.label


@dataclass(frozen=True)
class _Known:
    """What all rows are compared with."""

    organisations: Mapping[str, UUID]
    roles: Mapping[str, str]
    today: date
    by_name: Mapping[str, Account]
    by_phone: Mapping[bytes, Account]
    granted: frozenset[tuple[UUID, UUID, str]]


async def template(region: Region) -> bytes:
    known = await _known(region, (), date.min)
    return await beside(staff_sheet.template, list(known.organisations), list(known.roles))


async def judge(region: Region, actor: Actor, data: bytes, now: datetime) -> list[Judged]:
    """Each row's verdict; nothing is changed. Raises :class:`NotPermitted`, ``UnreadableSheet``."""
    if not actor.may(MANAGE, region.profile):
        raise NotPermitted
    lines = await beside(staff_sheet.read, data)
    known = await _known(region, lines, calendar_of(region.profile).day_of(now))
    before: dict[str, Line] = {}
    judged = []
    for line in lines:
        judged.append(_judged(line, known, before))
        before.setdefault(spelled(line.typed["login_name"]), line)
    return judged


async def marked(region: Region, actor: Actor, data: bytes, now: datetime) -> bytes:
    """The same sheet, every row with its verdict beside it."""
    remarks = {one.line.number: (one.verdict is not Verdict.WRONG, one.words) for one in await judge(region, actor, data, now)}
    return await beside(staff_sheet.marked, data, remarks)


@verb
async def bring_in(region: Region, actor: Actor, data: bytes, now: datetime) -> list[Judged]:
    """Make the accounts and give the roles of the right rows; each row is a change of its own, which can be taken back.

    Where staff cannot log in by a code to their telephone, each new account has a one-time password.
    """
    passwords = "sms_code" not in region.profile.login.methods_of(AccountKind.STAFF.value)
    made: dict[str, UUID] = {}
    done = [await _brought(region, actor, one, made, passwords, now) for one in await judge(region, actor, data, now)]
    counts = {verdict.value: sum(one.verdict is verdict for one in done) for verdict in (Verdict.MADE, Verdict.GRANTED, Verdict.WRONG)}
    await audit.record(actor, "account.import", "account", None, counts, now)
    return done


async def _brought(region: Region, actor: Actor, one: Judged, made: dict[str, UUID], passwords: bool, now: datetime) -> Judged:
    if one.verdict not in (Verdict.NEW, Verdict.ROLE) or one.role is None:
        return one
    name = spelled(one.line.typed["login_name"])
    try:
        if known := one.account_id or made.get(name):
            await accounts.grant(region, actor, known, one.role, now)
            return replace(one, verdict=Verdict.GRANTED)
        password = accounts.one_time_password() if passwords else None
        fresh = await accounts.create_staff(region, actor, login_name=name, name=one.line.typed["name"], phone=one.phone, roles=[one.role], now=now,
                                            password=password, one_time=passwords)
    except Invalid as refusal:  # somebody took the name or the number since
        return replace(one, verdict=Verdict.WRONG, wrong=tuple(refusal.fields.values()))
    made[name] = fresh.id
    return replace(one, verdict=Verdict.MADE, account_id=fresh.id, password=password or "")


async def _known(region: Region, lines: Sequence[Line], today: date) -> _Known:
    offices = await Organisation.of(region.code, state="active").exclude(kind=OrganisationKind.UNIT).order_by("kind", "code")
    names = {spelled(line.typed["login_name"]) for line in lines}
    phones = {phone_index(number) for line in lines if (number := _mobile(line.typed["phone"]))}
    found = await Account.of(region.code, login_name__in=list(names)) + await Account.of(region.code, phone_index__in=list(phones))
    grants = await RoleGrant.of(region.code, account_id__in=[one.id for one in found], ended_at=None)
    return _Known({one.name: one.id for one in offices}, {role.name: code for code, role in region.profile.roles.items()}, today,
                  {one.login_name: one for one in found}, {bytes(one.phone_index): one for one in found if one.phone_index},
                  frozenset((one.account_id, one.organisation_id, one.role) for one in grants))


def _judged(line: Line, known: _Known, before: Mapping[str, Line]) -> Judged:
    typed = line.typed
    name, number = spelled(typed["login_name"]), _mobile(typed["phone"])
    wrong = [*_of_person(typed, name, number), *_of_role(typed, known)]
    role = None
    if not wrong:
        ends_on = date.fromisoformat(typed["ends_on"]) if typed.get("ends_on") else None
        role = RoleIn(known.organisations[typed["organisation"]], known.roles[typed["role"]], ends_on)
    account, twin = known.by_name.get(name), before.get(name)
    owner = known.by_phone.get(phone_index(number)) if number else None
    wrong += _of_others(typed, account, owner, twin, [one for one in before.values() if _mobile(one.typed["phone"]) == number], name)
    if wrong or role is None:
        return Judged(line, Verdict.WRONG, tuple(wrong))
    if account is None:
        return Judged(line, Verdict.ROLE if twin else Verdict.NEW, role=role, phone=number)
    same = (account.id, role.organisation_id, role.role) in known.granted and role.ends_on is None
    return Judged(line, Verdict.SAME if same else Verdict.ROLE, account_id=account.id, role=role, phone=number)


def _of_person(typed: Mapping[str, str], name: str, number: str) -> list[str]:
    return [sentence for sentence, wrong in (
        ("姓名要 2 到 40 个字", not 2 <= len(typed["name"]) <= 40),
        ("用户名要 2 到 40 个字", not 2 <= len(name) <= 40),
        ("手机号要 11 位", not number)) if wrong]


def _of_role(typed: Mapping[str, str], known: _Known) -> list[str]:
    wrong = []
    if typed["organisation"] not in known.organisations:
        wrong.append(f"没有叫“{typed['organisation']}”的机构" if typed["organisation"] else "没有填写机构")
    if typed["role"] not in known.roles:
        wrong.append(f"没有叫“{typed['role']}”的角色" if typed["role"] else "没有填写角色")
    if text := typed.get("ends_on"):
        try:
            right = known.today <= date.fromisoformat(text) <= known.today + LONGEST
        except ValueError:
            right = False
        if not right:
            wrong.append("到期日要写成 2027-06-30 的样子，从今天起五年以内；长期有效请留空")
    return wrong


def _of_others(typed: Mapping[str, str], account: Account | None, owner: Account | None, twin: Line | None, same_number: Sequence[Line],
               name: str) -> list[str]:
    """A user name or a number that is somebody else's, here or further up in the sheet."""
    if account is not None and (account.kind is not AccountKind.STAFF or account.name != typed["name"] or (owner or account).id != account.id):
        return ["这个用户名已有别人在用"]
    if owner is not None and account is None:
        return ["这个手机号已有别的账号在用"]
    if twin is not None and (twin.typed["name"], twin.typed["phone"]) != (typed["name"], typed["phone"]):
        return [f"用户名和第 {twin.number} 行相同，姓名或手机号却不同"]
    if doubled := next((one for one in same_number if spelled(one.typed["login_name"]) != name), None):
        return [f"手机号和第 {doubled.number} 行的相同"]
    return []


def _mobile(text: str) -> str:
    """Empty for what is no number."""
    try:
        return codes.mobile(text)
    except Invalid:
        return ""
