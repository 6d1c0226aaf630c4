"""A person's ID number 身份证号码 is one in the whole system (BZ-02), also where her dossier asks for it and her registration does not (GL-04).

The field that ``identifies`` a person is that of her account from her first submission on; the unique index decides who comes at the same moment.
Once a number was reviewed, another one is hers when it is reviewed too, and not before.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from config.errors import Invalid
from config.forms import FormField, Section
from models.account import Account, AccountKind
from models.database import execute, row, transaction
from services import limits
from services.actors import Actor
from services.limits import Allowance
from services.regions import Region

#: A submission says whether a number is taken: enough for whoever mistypes, too few for whoever tries numbers (T11).
SUBMISSIONS, HOUR = 30, timedelta(hours=1)


class NumberTaken(Invalid):
    """这个证件号码不能使用，请核对。"""

    code = "id_number_taken"


def field_of(region: Region) -> tuple[Section, FormField] | None:
    """The field that identifies a person, with its section."""
    return next(((section, field) for section in region.profile.person_sections for field in section.fields if field.identifies), None)


async def allow(region: Region, actor: Actor, sections: Iterable[str], now: datetime) -> None:
    """Count a submission with these sections, outside of its transaction: what is refused counts too. Raises ``limits.UsedUp``."""
    found = field_of(region)
    if found is not None and found[0].section in sections:
        await limits.use(region.code, [Allowance("identity", str(actor.account_id), SUBMISSIONS, HOUR)], now)


async def claim(region: Region, person: UUID, content: Mapping[str, Any], *, reviewed: bool) -> None:
    """What a version of the dossier says is the number of the person's account, in the transaction that freezes the version.

    ``reviewed``: whether another version is in force, whose number stays hers for now. Raises :class:`NumberTaken`.
    """
    found = _said(region, content)
    if found is None:
        return
    path, field, number = found
    account = await Account.find(region.code, person)
    if account.id_number == number:
        return
    way = region.profile.registration.get("person")
    if account.id_number is not None and way is not None and way.id_number:
        raise NumberTaken({path: f"{field.label}与注册时登记的不一致，请核对；登记有误的，请致电 {region.phone} 更正。"})
    await _refuse_held(region, path, field, account.put_id_number(number))
    if not reviewed:
        await _take(region, path, field, account)


async def settle(region: Region, person: UUID, content: Mapping[str, Any]) -> None:
    """The number of the version that was reviewed is the person's now. Raises :class:`NumberTaken` when somebody else has it meanwhile."""
    if (found := _said(region, content)) is None:
        return
    path, field, number = found
    account = await Account.find(region.code, person)
    if account.id_number != number:
        await _take(region, path, field, account.put_id_number(number))


def _said(region: Region, content: Mapping[str, Any]) -> tuple[str, FormField, str] | None:
    """Where the number stands, its field, and the number, when the content has one."""
    if (declared := field_of(region)) is None:
        return None
    section, field = declared
    rows: list[dict[str, Any]] = content.get(section.section, [])
    number = rows[0].get(field.field) if rows else None
    return (f"{section.section}.{field.field}", field, number) if number else None


async def _take(region: Region, path: str, field: FormField, account: Account) -> None:
    try:
        async with transaction():
            await execute("UPDATE account SET id_number_sealed = $3, id_number_index = $4, version = version + 1 WHERE region = $1 AND id = $2",
                          region.code, account.id, account.id_number_sealed, account.id_number_index)
    except IntegrityError:
        await _refuse_held(region, path, field, account)
        raise


async def _refuse_held(region: Region, path: str, field: FormField, account: Account) -> None:
    """Which kind of account has it, never whose."""
    held = await row("SELECT kind FROM account WHERE region = $1 AND id_number_index = $2 AND id <> $3",
                     region.code, account.id_number_index, account.id)
    if held is not None:
        kind = AccountKind(held["kind"]).label
        raise NumberTaken({path: f"这个{field.label}已经登记在另一个{kind}账号下，一个号码只能登记一次。请核对；确属本人的，请致电 {region.phone}。"})
