"""The office at work, for tests: units with their people, dossiers that lack nothing, in whichever region a test names. All data is invented."""

import itertools
from collections.abc import Mapping
from datetime import date
from typing import Any

from stdnum.cn import ric, uscc

from config import clock
from config.forms import FormField, Section
from config.vocabulary import Action, FieldType, OrganisationKind
from models.account import Account, AccountKind, RoleGrant
from models.case import Case
from models.database import new_id
from models.organisation import Organisation
from services import applications, attachments, dossiers, units
from services.cases import engine
from services.dossiers import Owner
from services.regions import Region
from tests import builders
from tests.foreign_files import a_picture

_count = itertools.count(1)
BORN = date(1988, 5, 16)


def an_id_number(number: int | None = None) -> str:
    """A woman's, with a check digit that is right."""
    body = f"110105{BORN:%Y%m%d}{(number or next(_count)) % 500 * 2:03d}"
    return body + ric.calc_check_digit(body + "0")  # the digit in its place is left out


def a_unit_code() -> str:
    body = f"91110105MA{next(_count):07d}"
    return body + uscc.calc_check_digit(body)


async def office(region: Region, **of: Any) -> Organisation:
    """One of the region's own offices: by its code or kind."""
    found = await Organisation.of(region.code, **of).exclude(kind=OrganisationKind.UNIT).order_by("code").first()
    assert found is not None
    return found


async def a_clerk(region: Region, place: Organisation, role: str, name: str = "王经办") -> Account:
    """Somebody who works at ``place``: of a unit, or staff of an office."""
    kind = AccountKind.UNIT if place.kind is OrganisationKind.UNIT else AccountKind.STAFF
    account = await builders.an_account(kind, name=name, region=region.code)
    if kind is AccountKind.UNIT:
        await Account.of(region.code, id=account.id).update(unit_id=place.id)
    await RoleGrant.create(region=region.code, id=new_id(), account_id=account.id, organisation_id=place.id, role=role, granted_at=clock.now())
    return await Account.find(region.code, account.id)


async def a_unit(region: Region, name: str = "青岚新材料有限公司", *, provisional: bool = False) -> Organisation:
    return await Organisation.create(region=region.code, id=new_id(), code=f"unit_{next(_count)}", name=name, kind=OrganisationKind.UNIT,
                                     contact="林岚", phone="", address="", unit_code=a_unit_code(), provisional=provisional)


async def an_operator(region: Region, unit: Organisation, name: str = "林经办") -> Account:
    """Who submits for the unit."""
    matter = units.admission(region)
    assert matter is not None and matter.who.role is not None
    account = await a_clerk(region, unit, matter.who.role, name)
    await Account.of(region.code, id=account.id).update(provisional=unit.provisional)
    return account


async def a_person(region: Region, unit: Organisation | None, name: str = "周岚", *, provisional: bool = False) -> Account:
    account = await builders.an_account(AccountKind.TALENT, name=name, region=region.code)
    account.unit_id, account.provisional = (unit.id if unit else None), provisional
    account.put_id_number(an_id_number())
    await account.save()
    return account


async def fill(region: Region, owner: Owner, who: Account, **known: Mapping[str, Any]) -> None:
    """Everything that the dossier's sections require; ``known``: section → what it says beside that."""
    actor, number = await builders.the_actor(who), who.id_number or an_id_number()
    for section in region.profile.sections_of(owner.kind):
        if section.required or section.section in known:
            values = await a_row(region, who, owner, section, number, **known.get(section.section, {}))
            dossier = await dossiers.of(region, owner, clock.now())
            await dossiers.put_row(region, actor, owner, section.section, None if section.repeats else 0, values, dossier.version, clock.now())


async def a_row(region: Region, who: Account, owner: Owner, section: Section, number: str = "", **known: Any) -> dict[str, Any]:
    """A row that lacks nothing."""
    row: dict[str, Any] = {}
    for field in section.fields:
        if field.field in known:
            row[field.field] = known[field.field]
        elif field.is_asked(row) and (field.required or field.field == section.main):
            row[field.field] = await _value(region, who, owner, section, field, number or an_id_number())
    return row


async def _value(region: Region, who: Account, owner: Owner, section: Section, field: FormField, number: str) -> Any:
    match field.type:
        case FieldType.PHOTO | FieldType.FILES:
            file = await attachments.to_row(region, await builders.the_actor(who), owner, section.section, field.field, "证明.jpg",
                                            a_picture(), clock.now())
            return [str(file.id)]
        case FieldType.CHOICE:
            said = {value: label for value, label in field.options.items() if label == ("男" if int(number[16]) % 2 else "女")}
            return next(iter(said if field.agrees_with else field.options))
        case FieldType.ORGANISATION:
            return str((await office(region, kind__in=list(field.kinds))).id)
        case FieldType.UNIT:
            return str(who.unit_id)
        case _:
            return {
                FieldType.SEVERAL: [next(iter(field.options), "")], FieldType.DATE: BORN.isoformat(), FieldType.MONTH: "2015-07",
                FieldType.NUMBER: field.min or 1, FieldType.DISTRICT: region.profile.districts[0].code, FieldType.YES_NO: "yes",
                FieldType.PERSON_ID: number, FieldType.UNIT_CODE: a_unit_code(), FieldType.PHONE: f"1990001{next(_count):04d}",
                FieldType.EMAIL: "lan@example.com", FieldType.HONOUR: next((one.title for one in region.profile.honours), "市级优秀青年人才"),
            }.get(field.type, "按实际情况填写，内容齐全")


async def submitted(region: Region, who: Account, matter: str, form: Mapping[str, Any] | None = None, **known: Mapping[str, Any]) -> Case:
    """The matter submitted by ``who`` with a dossier that lacks nothing."""
    actor = await builders.the_actor(who)
    owner = dossiers.owner_of(actor)
    await fill(region, owner, who, **known)
    return (await applications.submit(region, actor, matter, form or {}, clock.now())).case


async def act(region: Region, who: Account, case: Case, action: Action, opinion: str = "同意", **more: Any) -> Case:
    """``who`` does it to the case as it stands."""
    seen = (await Case.find(case.region, case.id)).version
    actor = await builders.the_actor(who, "desk")
    return (await engine.act(region, actor, case.id, engine.Request(action, seen, opinion, **more), clock.now())).case
