"""专家变动 (SD-10..14): what an accepted change of a talent does by itself, by the type that was reported."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from config.errors import Conflict, Invalid
from config.forms import FormField
from config.routes import Matter
from config.vocabulary import Action, FieldType, Labelled, NotificationKind
from models.account import Account, AccountState
from models.case import Case
from models.database import execute, row, rows
from models.organisation import Organisation
from services import audit, cards, live, sessions
from services.actors import Actor
from services.cases import engine
from services.notifications import Message, tell, tell_all
from services.regions import Region

#: The field of the matter's form that says what kind of change it is; its options are values of :class:`Change`.
TYPE_FIELD = "change_type"


class Change(Labelled):
    """What the profile's options may mean. Who lost her standing may get it back, so her card is stopped and not ended."""

    TRANSFER = "transfer", "调动工作单位"
    LEAVING = "leaving", "调离"
    DEATH = "death", "去世"
    LOST_STANDING = "lost_standing", "不再符合条件"


class UnknownChange(Conflict):
    """这种变动类型没有对应的处理办法，不能办结。请联系管理员核对变动类型的设置。"""

    code = "unknown_change"


class UnitNotAdmitted(Conflict):
    """调入单位还没有入库，现在不能办结。请先退回，请申请人核对调入单位的统一社会信用代码；或者等该单位入库后再办理。"""

    code = "unit_not_admitted"


async def change_expert(region: Region, actor: Actor, case: Case, choice: str, now: datetime) -> None:
    """The end of a report of a change: all that follows from it, in the transaction of the last act; where that cannot be, it did not happen.

    Raises :class:`UnitNotAdmitted`, :class:`UnknownChange`.
    """
    try:
        change = Change(case.data.get(TYPE_FIELD, ""))
    except ValueError:
        raise UnknownChange(extra={"type": case.data.get(TYPE_FIELD)}) from None
    talent = await Account.find(region.code, case.about_id or case.applicant_id)
    card = await cards.lock(region, talent.id)
    await CONSEQUENCES[change](region, actor, case, talent, now)
    if card is not None and change in CARD_ACTS:
        act = CARD_ACTS[change]
        if (act, card.state.value) != ("suspend", "suspended"):
            await cards.turn(region, actor, card, act, _label(region, case, change), now, told=change is not Change.DEATH)
    await audit.record(actor, "change_expert", "account", talent.id, {"case": case.number, "change": change.value}, now)
    await live.publish(region.code, f"account:{talent.id}", event="account", data={"change": change.value})


#: What becomes of the card; with a transfer it stays.
CARD_ACTS = {Change.LEAVING: "end", Change.DEATH: "end", Change.LOST_STANDING: "suspend"}


def _label(region: Region, case: Case, change: Change) -> str:
    """The type in the region's own words."""
    field = region.matter(case.matter).field(TYPE_FIELD)
    return f"{field.options.get(change.value, change.label) if field else change.label}（{case.number}）"


async def _move(region: Region, actor: Actor, case: Case, talent: Account, now: datetime) -> None:
    """To the new unit: its people look after her from now on, the binding to a specialist of the old one ends; the card stays."""
    unit, former = await _new_unit(region, case), talent.unit_id
    await execute("UPDATE account SET unit_id = $3, version = version + 1 WHERE region = $1 AND id = $2", region.code, talent.id, unit.id)
    await _unbind(region, talent, now)
    await _take_along(region, case, talent, former, unit, now)
    await tell(region, NotificationKind.UNIT_CHANGED, dedupe_key=f"unit_changed:{case.id}", account_id=talent.id, subject_id=case.id, now=now,
               params={"unit": unit.name, "phone": region.phone})
    people = await rows("SELECT DISTINCT g.account_id FROM role_grant g JOIN account a ON (a.region, a.id) = (g.region, g.account_id) "
                        "WHERE g.region = $1 AND g.organisation_id = $2 AND g.ended_at IS NULL AND a.state = 'active'", region.code, unit.id)
    said = {"name": talent.name, "unit": unit.name}
    await tell_all(region, [Message(NotificationKind.PERSON_JOINED, f"person_joined:{case.id}:{one['account_id']}", said,
                                    account_id=one["account_id"], subject_id=case.id) for one in people], now)


async def _take_along(region: Region, case: Case, talent: Account, former: UUID | None, unit: Organisation, now: datetime) -> None:
    """Her open applications are the new unit's from now on: what waits at a step of the old one goes to the same step of the new one. What people of
    the old unit still have to decide that they reported of her ends: she is theirs no more. What other offices have stays where it is."""
    await execute("UPDATE cases SET unit_id = $3 WHERE region = $1 AND applicant_id = $2 AND unit_id IS NOT NULL AND closed_at IS NULL",
                  region.code, talent.id, unit.id)
    waiting = await rows(
        "SELECT id, version, applicant_id FROM cases WHERE region = $1 AND (applicant_id = $2 OR about_id = $2) AND handler_org = $3 "
        "AND closed_at IS NULL AND id <> $4 ORDER BY id FOR UPDATE", region.code, talent.id, former, case.id)
    said, system = f"{talent.name}已调入{unit.name}（{case.number}）", Actor.system(region.code)
    for one in waiting:
        action = Action.FOLLOW if one["applicant_id"] == talent.id else Action.CLOSE
        outcome = await engine.apply(region, system, one["id"], engine.Request(action, one["version"], said), now)
        await engine.announce(region, outcome)


async def check_new_unit(region: Region, matter: Matter, form: Mapping[str, Any]) -> None:
    """What is reported is refused at once where it could not be done at the end. Raises :class:`Invalid` beside the field that names the unit."""
    for field, value in _named(matter, form):
        if await row(_BY[field.type], region.code, value) is None:
            raise Invalid({field.field: "这个单位还没有入库，现在不能报送调入。请核对；确实要调入的，请该单位先注册并通过审核。"})


async def _new_unit(region: Region, case: Case) -> Organisation:
    """The unit that the form names: chosen from the list, or by its unified social credit code."""
    for field, value in _named(region.matter(case.matter), case.data):
        found = await row(_BY[field.type], region.code, value)
        if found is not None:
            return Organisation.read(found)
    raise UnitNotAdmitted(context={"case": case.number})


def _named(matter: Matter, form: Mapping[str, Any]) -> Iterator[tuple[FormField, str]]:
    for field in matter.form:
        if field.type in _BY and (value := form.get(field.field)):
            yield field, str(value)


_BY = {
    FieldType.UNIT: "SELECT * FROM organisation WHERE region = $1 AND id::text = $2 AND kind = 'unit' AND state = 'active' AND NOT provisional",
    FieldType.UNIT_CODE: "SELECT * FROM organisation WHERE region = $1 AND unit_code = $2 AND kind = 'unit' AND state = 'active' AND NOT provisional",
}


async def _leave(region: Region, actor: Actor, case: Case, talent: Account, now: datetime) -> None:
    await _unbind(region, talent, now)


async def _bury(region: Region, actor: Actor, case: Case, talent: Account, now: datetime) -> None:
    """The account is closed and everything that she applied for ends. Nobody writes to her telephone any more."""
    await _unbind(region, talent, now)
    await execute("UPDATE account SET state = $3, version = version + 1 WHERE region = $1 AND id = $2",
                  region.code, talent.id, AccountState.CLOSED.value)
    await sessions.end_all(region.code, talent.id, now)
    for one in await Case.of(region.code, applicant_id=talent.id, closed_at=None).order_by("id").select_for_update():
        await engine.apply(region, Actor.system(region.code), one.id, engine.Request(Action.CLOSE, one.version, f"账号已注销（{case.number}）"), now)


async def _stay(region: Region, actor: Actor, case: Case, talent: Account, now: datetime) -> None:
    """Nothing but the card changes."""


async def _unbind(region: Region, talent: Account, now: datetime) -> None:
    await execute("UPDATE binding SET ended_at = $3 WHERE region = $1 AND talent_id = $2 AND ended_at IS NULL", region.code, talent.id, now)


Consequence = Callable[[Region, Actor, Case, Account, datetime], Awaitable[None]]
CONSEQUENCES: dict[Change, Consequence] = {
    Change.TRANSFER: _move, Change.LEAVING: _leave, Change.DEATH: _bury, Change.LOST_STANDING: _stay,
}
