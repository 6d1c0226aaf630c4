"""Registration 注册: an account that may log in at once and do business when its case was approved.

An ID number and a phone number exist once in the whole region, over units and persons alike; the refusal says which kind of
account holds them, never whose (BZ-02). What must be agreed to is kept by version and moment (BZ-01, DZ-01).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from tortoise.exceptions import IntegrityError

from config.errors import Conflict, Invalid, NotFound
from config.forms import REGISTERED, AskedOfAll, FormField, Registering
from config.vocabulary import FieldType, OrganisationKind
from models.account import Account, AccountKind, RoleGrant, phone_index
from models.database import broken_constraint, execute, new_id, row, rows, transaction
from models.organisation import Organisation
from services import audit, dossiers, limits, passwords, sessions
from services.actors import Actor
from services.cases.forms import check_organisations, clean
from services.codes import Sender
from services.limits import Allowance
from services.login import spelled
from services.regions import Region
from services.verbs import verb

#: So many registrations from one address in an hour: a school's hall of people, not a machine.
AN_HOUR_AN_ADDRESS, HOUR = 60, timedelta(hours=1)


class Taken(Invalid):
    """这项信息已经登记过，请核对后再试。"""

    code = "already_registered"


@dataclass(frozen=True)
class Asked:
    """What the form of one way to register asks for, in its order."""

    kind: str
    way: Registering
    fields: tuple[FormField, ...]


def _field(code: str, kind: FieldType, label: str, **more: Any) -> FormField:
    return FormField(field=code, type=kind, label=label, required=True, **more)


LOGIN_NAME = _field("login_name", FieldType.TEXT, "用户名", min=4, max=30, hint="4 到 30 个字母、数字或下划线，登录时使用。")
PASSWORD = _field("password", FieldType.TEXT, "密码", max=128, hint="至少 10 位，不要与其他网站相同。")
PASSWORD_AGAIN = _field("password_again", FieldType.TEXT, "确认密码", max=128)
ID_NUMBER = _field("id_number", FieldType.PERSON_ID, "身份证号码")
PHONE = _field("phone", FieldType.PHONE, "手机号码", hint="用于登录和接收通知，一个号码只能注册一次。")
PERSON_NAME = _field("name", FieldType.TEXT, "姓名", min=2, max=50)
CONTACT_NAME = _field("name", FieldType.TEXT, "联系人姓名", min=2, max=50)
UNIT_NAME = _field("unit_name", FieldType.TEXT, "单位名称", min=4, max=100, hint="请填写单位全称，与营业执照或法人证书一致。")
UNIT_CODE = _field("unit_code", FieldType.UNIT_CODE, "统一社会信用代码")
UNIT = _field("unit", FieldType.UNIT, "所在单位", hint="只能选择已经审核通过的单位；搜索不到时，请先联系单位完成注册和审核。")


def asked(region: Region, kind: str) -> Asked:
    """Raises :class:`NotFound` where nobody registers this way."""
    way = region.profile.registration.get(kind)  # type: ignore[call-overload]
    if way is None:
        raise NotFound
    chosen = () if way.login_name == "phone" else (LOGIN_NAME,)
    unit = () if kind == "unit" or (kind == "person" and not _under_unit(region)) else (UNIT,)
    return Asked(kind, way, (*_called(way, *NAMES[kind], *unit, *_numbers(way), *chosen, PASSWORD, PASSWORD_AGAIN), *way.asks))


#: Who registers, by name: herself, or the unit with whoever acts for it.
NAMES = {"person": (PERSON_NAME,), "unit": (UNIT_NAME, UNIT_CODE, CONTACT_NAME), "reviewer": (PERSON_NAME,)}


def _numbers(way: Registering) -> tuple[FormField, ...]:
    return (ID_NUMBER, PHONE) if way.id_number else (PHONE,)


def _called(way: Registering, *fields: FormField) -> tuple[FormField, ...]:
    """The product's own fields under the region's names for them (GL-01)."""
    return tuple(field.model_copy(update={"label": way.labels.get(cast(AskedOfAll, field.field), field.label)}) for field in fields)


OWN_LABELS = {field.field: field.label for field in (PERSON_NAME, UNIT_NAME, UNIT_CODE, ID_NUMBER, PHONE, LOGIN_NAME)}


def label_of(region: Region, kind: str, field: AskedOfAll) -> str:
    """What the region calls one of these on its form for such a ``kind`` of registration, also where nobody registers that way."""
    way = region.profile.registration.get(kind)  # type: ignore[call-overload]
    return way.labels.get(field, OWN_LABELS[field]) if way else OWN_LABELS[field]


def _under_unit(region: Region) -> bool:
    """Whether persons belong to a unit from the start: where their registration is the unit's to approve."""
    way = region.profile.registration["person"]
    route = region.matter(way.matter).route if way.matter else ()
    return any(handler.organisation and handler.organisation.unit_of for step in route for handler in step.handler)


@dataclass(frozen=True)
class Registered:
    """An account that was just made. ``unit_id``: the unit that was registered, or that the person belongs to."""

    account: Account = field(repr=False)
    unit_id: UUID | None


@verb
async def register(region: Region, kind: str, given: Mapping[str, Any], agreed: str, sender: Sender, now: datetime, *,
                   hashed: str | None = None) -> Registered:
    """Make the account, and for a unit the unit. ``agreed``: the version of the terms that stood on the page and was ticked.

    ``hashed``: the password's hash, from who registers many with one password and has made it once.

    Raises :class:`Invalid` with all wrong fields, :class:`Taken`, ``limits.UsedUp``.
    """
    form = asked(region, kind)
    wanted = _checked(region, form, given, agreed)
    await check_organisations(region.code, form.fields, wanted, {})
    await limits.use(region.code, [Allowance("registration", sender.address, AN_HOUR_AN_ADDRESS, HOUR)], now)
    account = _account(region, kind, form, wanted, now)
    account.password_hash = hashed or await passwords.hash_password(wanted["password"])
    try:
        async with transaction():
            await _refuse_known(region, kind, account)
            unit = await _new_unit(region, wanted, now) if kind == "unit" else await _of_unit(region, wanted)
            account.unit_id = unit
            await account.save(force_create=True)
            if form.way.role is not None and unit is not None:
                await RoleGrant.create(region=region.code, id=new_id(), account_id=account.id, organisation_id=unit, role=form.way.role,
                                       granted_at=now)
            await _begin_dossier(region, account, form, wanted, now)
            actor = Actor(region.code, account.id, account.name, account.kind, address=sender.address)
            await audit.record(actor, "register", "account", account.id, {"kind": kind, "terms": agreed}, now)
    except IntegrityError as error:
        raise _taken(region, kind, error) from None
    return Registered(account, unit)


def enrolling(region: Region) -> tuple[FormField, ...]:
    """What a unit fills in to make the account of one of its people (GL-07): what says who she is; the rest she fills in herself.

    Raises :class:`NotFound` where units make none.
    """
    way = region.profile.registration.get("person")
    if way is None or not way.by_unit:
        raise NotFound
    chosen = () if way.login_name == "phone" else (LOGIN_NAME,)
    return _called(way, PERSON_NAME, *_numbers(way), *chosen)


def correctable(region: Region, kind: str) -> tuple[FormField, ...]:
    """What an applicant may correct of her registration (BZ-07), declared as on its form; names begin with ``account.``."""
    way = region.profile.registration.get(kind)  # type: ignore[call-overload]
    fields = _called(way, *NAMES[kind], *_numbers(way)) if way else ()
    return tuple(field.model_copy(update={"field": f"{REGISTERED}.{field.field}"}) for field in fields)


async def registered(region: Region, kind: str, account: Account) -> dict[str, str]:
    """What stands there now, under the names of :func:`correctable`."""
    unit = await Organisation.find(region.code, account.unit_id) if kind == "unit" and account.unit_id else None
    values = {"name": account.name, "id_number": account.id_number, "phone": account.phone, "unit_name": unit.name if unit else None,
              "unit_code": unit.unit_code if unit else None}
    return {field.field: values[field.field.partition(".")[2]] or "" for field in correctable(region, kind)}


@verb
async def correct(region: Region, actor: Actor, kind: str, account: Account, given: Mapping[str, Any], now: datetime, *,
                  keep: bytes | None = None) -> tuple[str, ...]:
    """Put right what was registered, in the caller's transaction: asked and checked as at registration, each number again nobody else's.

    ``given`` and the answer, what is otherwise now, go by the names of :func:`correctable`; the audit keeps the names and no values. ``keep``: the
    session that stays when the phone number changes. Raises :class:`Invalid`, :class:`Taken`, :class:`Conflict` when the account is approved.
    """
    before, wanted = await registered(region, kind, account), clean(region.profile, correctable(region, kind), given)
    changed = tuple(name for name in before if wanted[name] != before[name])
    if not changed:
        return ()
    old, new = ({name.partition(".")[2]: values[name] for name in before} for values in (before, wanted))
    try:
        async with transaction():
            await _rewrite(region, kind, account, old, new)
            if kind == "unit" and account.unit_id is not None:
                await _rename_unit(region, account.unit_id, new)
            if kind != "reviewer":
                await dossiers.follow(region, _owner(account), old, new, now)
            if f"{REGISTERED}.phone" in changed:
                await sessions.end_all(region.code, account.id, now, keep=keep)
            await audit.record(actor, "correct", "account", account.id, {"changed": list(changed)}, now)
    except Taken as refusal:
        raise _named(refusal) from None
    except IntegrityError as error:
        raise _named(_taken(region, kind, error)) from None
    return changed


async def _rewrite(region: Region, kind: str, account: Account, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """The account's row; who logs in by her number does so by the new one."""
    if account.login_name == spelled(old["phone"]):
        account.login_name = spelled(new["phone"])
    account.name = new["name"]
    account.put_phone(new["phone"])
    if "id_number" in new:
        account.put_id_number(new["id_number"])
    await _refuse_known(region, kind, account)
    done = await execute("UPDATE account SET name = $3, login_name = $4, phone_sealed = $5, phone_index = $6, id_number_sealed = $7, "
                         "id_number_index = $8, version = version + 1 WHERE region = $1 AND id = $2 AND provisional", region.code, account.id,
                         account.name, account.login_name, account.phone_sealed, account.phone_index, account.id_number_sealed,
                         account.id_number_index)
    if done != 1:
        raise Conflict("账号已经审核通过，注册信息不能再自行更正。")


async def _rename_unit(region: Region, unit: UUID, new: Mapping[str, str]) -> None:
    if await Organisation.of(region.code, name=new["unit_name"], kind=OrganisationKind.UNIT).exclude(id=unit).exists():
        raise Taken({"unit_name": "这个单位已经注册过，请核对单位名称。"})
    await execute("UPDATE organisation SET name = $3, unit_code = $4, code = $5, contact = $6, version = version + 1 "
                  "WHERE region = $1 AND id = $2 AND provisional", region.code, unit, new["unit_name"], new["unit_code"],
                  _code_of(new["unit_code"]), new["name"])


def _code_of(unit_code: str) -> str:
    return f"unit_{unit_code.lower()}"


def _named(refusal: Taken) -> Taken:
    """Under the names of :func:`correctable`."""
    return Taken({f"{REGISTERED}.{name}": sentence for name, sentence in refusal.fields.items()})


@verb
async def enrol(region: Region, actor: Actor, unit: UUID, given: Mapping[str, Any], password: str, now: datetime) -> Account:
    """An account made by the unit: needs no review, and its ``password`` opens it once. Whether the actor may is asked by whoever calls.

    Raises :class:`Invalid` with all wrong fields, :class:`Taken`, :class:`NotFound`.
    """
    fields = enrolling(region)
    form = Asked("person", region.profile.registration["person"], fields)
    wanted = clean(region.profile, fields, given)
    account = _account(region, "person", form, wanted, now)
    account.password_hash, account.password_once = await passwords.hash_password(password), True
    account.provisional, account.unit_id, account.terms_version, account.terms_at = False, unit, "", None
    try:
        async with transaction():
            await _refuse_known(region, "person", account)
            await account.save(force_create=True)
            await _begin_dossier(region, account, form, wanted, now)
            await audit.record(actor, "enrol", "account", account.id, {"login_name": account.login_name}, now)
    except IntegrityError as error:
        raise _taken(region, "person", error) from None
    return account


def _checked(region: Region, form: Asked, given: Mapping[str, Any], agreed: str) -> dict[str, Any]:
    """What was filled in, in kept types. Raises :class:`Invalid` with everything that is wrong, the terms too."""
    wrong: dict[str, str] = {}
    wanted: dict[str, Any] = {}
    try:
        wanted = clean(region.profile, form.fields, given)
    except Invalid as error:
        wrong = dict(error.fields)
    if "password" not in wrong and "password_again" not in wrong:
        if given.get("password") != given.get("password_again"):
            wrong |= {"password_again": "两次输入的密码不一致。"}
        elif complaint := passwords.weakness(str(given.get("password", ""))):
            wrong |= {"password": complaint}
    terms = region.profile.terms
    if terms is not None and agreed != terms.version:
        wrong["agreed"] = f"请阅读并同意《{terms.title}》。"
    if wrong:
        raise Invalid(wrong)
    return wanted


def _account(region: Region, kind: str, form: Asked, wanted: Mapping[str, Any], now: datetime) -> Account:
    terms = region.profile.terms
    login_name = spelled(wanted["phone"] if form.way.login_name == "phone" else wanted["login_name"])
    account = Account(region=region.code, id=new_id(), kind=AccountKind.TALENT if kind == "person" else AccountKind.UNIT, name=wanted["name"],
                      login_name=login_name, provisional=form.way.matter is not None,
                      terms_version=terms.version if terms else "", terms_at=now if terms else None, created_at=now)
    account.put_phone(wanted["phone"])
    if "id_number" in wanted:
        account.put_id_number(wanted["id_number"])
    if wanted.get("email"):
        account.put_email(wanted["email"])
    return account


async def _refuse_known(region: Region, kind: str, account: Account) -> None:
    """Raises :class:`Taken` for every number that another account has; the unique indexes refuse who comes at the same moment."""
    wrong: dict[str, str] = {}
    numbers: tuple[tuple[AskedOfAll, bytes | None], ...] = (("phone", account.phone_index), ("id_number", account.id_number_index))
    for name, index in numbers:
        found = None if index is None else await row(f"SELECT kind FROM account WHERE region = $1 AND {name}_index = $2 AND id <> $3",  # noqa: S608  # ours
                                                     region.code, index, account.id)
        if found is not None:
            whose = AccountKind(found["kind"]).label
            wrong[name] = f"这个{label_of(region, kind, name)}已经注册过{whose}账号，一个号码只能注册一次。可直接登录，或使用其他号码。"
    if wrong:
        raise Taken(wrong)


async def _new_unit(region: Region, wanted: Mapping[str, Any], now: datetime) -> UUID:
    known = await Organisation.of(region.code, name=wanted["unit_name"], kind=OrganisationKind.UNIT).exists()
    if known:
        raise Taken({"unit_name": "这个单位已经注册过，请用单位账号登录，或联系贵单位管理账号的人为您开通账号。"})
    unit = await Organisation.create(region=region.code, id=new_id(), code=_code_of(wanted["unit_code"]), name=wanted["unit_name"],
                                     kind=OrganisationKind.UNIT, contact=wanted["name"], phone="", address="", unit_code=wanted["unit_code"],
                                     provisional=True)
    return unit.id


async def _of_unit(region: Region, wanted: Mapping[str, Any]) -> UUID | None:
    if "unit" not in wanted:
        return None
    unit = await Organisation.of(region.code, id=UUID(wanted["unit"]), kind=OrganisationKind.UNIT, provisional=False, state="active").first()
    if unit is None:
        raise Invalid({"unit": "这个单位还没有审核通过，暂时不能选择。请联系单位先完成注册和审核。"})
    return unit.id


async def _begin_dossier(region: Region, account: Account, form: Asked, wanted: Mapping[str, Any], now: datetime) -> None:
    """What registration asked for stands in the first section already, so that nobody types it twice."""
    owner = _owner(account)
    sections = region.profile.sections_of(owner.kind)
    if not sections or form.kind == "reviewer":
        return
    known = {one.field for one in sections[0].fields}
    values = {name: value for name, value in wanted.items() if name in known}
    if values:
        await dossiers.put_row(region, Actor.system(region.code), owner, sections[0].section, 0 if not sections[0].repeats else None, values, 1, now)


def _owner(account: Account) -> dossiers.Owner:
    """Whose dossier the registration begins."""
    if account.kind is AccountKind.TALENT:
        return dossiers.Owner("talent", account_id=account.id)
    return dossiers.Owner("unit", organisation_id=account.unit_id)


#: The constraint that refused → the field that it is about; any other is the login name's.
REFUSED_BY: dict[str, AskedOfAll] = {"account_phone": "phone", "account_id_number": "id_number", "organisation_unit_code": "unit_code",
                                     "organisation_region_code_key": "unit_code"}


def _taken(region: Region, kind: str, error: IntegrityError) -> Taken:
    name = REFUSED_BY.get(broken_constraint(error), "login_name")
    return Taken({name: f"这个{label_of(region, kind, name)}已经注册过，请核对，或直接登录。"})


@dataclass(frozen=True)
class Found:
    """A unit that may be chosen."""

    id: UUID
    name: str
    district: str


async def units(region: Region, words: str, limit: int = 20) -> list[Found]:
    """Units that are admitted and whose name contains ``words``; one that is not admitted is not found (WH-13, WH-23)."""
    if len(words.strip()) < 2:
        return []
    found = await rows("SELECT id, name, district FROM organisation WHERE region = $1 AND kind = 'unit' AND NOT provisional AND state = 'active' "
                       "AND strpos(name, $2) > 0 ORDER BY length(name), name LIMIT $3", region.code, words.strip(), limit)
    return [Found(one["id"], one["name"], region.profile.district_name(one["district"] or "")) for one in found]


async def holder_of(region: Region, phone: str) -> AccountKind | None:
    """Which kind of account holds a phone number: all that may be said of it."""
    found = await row("SELECT kind FROM account WHERE region = $1 AND phone_index = $2", region.code, phone_index(phone))
    return None if found is None else AccountKind(found["kind"])
