"""Name and number of a staff account, corrected by who administers accounts; her own ones everybody keeps in the security centre."""

from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from config.errors import Conflict, Invalid, NotPermitted
from models.database import broken_constraint, execute, new_id
from services import accounts, changes, codes, new_numbers, password_reset, sessions
from services.accounts import MANAGE, NameTaken
from services.actors import Actor
from services.changes import Rows
from services.masking import masked_phone
from services.regions import Region
from services.security import LONGEST_NAME
from services.verbs import verb


class OwnDetails(Conflict):
    """自己的手机号请在安全中心修改，姓名请由另一位管理员修改。"""

    code = "own_details"


class ChangedMeanwhile(Conflict):
    """这个账号刚刚有别的改动，请刷新页面后再改。"""

    code = "account_changed"


_CORRECT = """
UPDATE account SET name = $3, phone_sealed = $4, phone_index = $5, version = version + 1 WHERE region = $1 AND id = $2 AND version = $6
"""


@verb
async def correct(region: Region, actor: Actor, account_id: UUID, *, name: str, phone: str, seen: int, now: datetime) -> None:
    """Another name, another number, or both; without ``phone`` it stays. With a new number every session is over, and both numbers are told.

    Raises :class:`Invalid` beside its field, ``NameTaken``, :class:`OwnDetails`, :class:`ChangedMeanwhile`, ``NotFound``, ``NotPermitted``.
    """
    if not actor.may(MANAGE, region.profile):
        raise NotPermitted
    account = await accounts.staff(region, account_id)
    if account.id == actor.account_id:
        raise OwnDetails
    said, before = " ".join(name.split()), account.phone
    if not 2 <= len(said) <= LONGEST_NAME:
        raise Invalid({"name": f"请填写姓名，2 到 {LONGEST_NAME} 个字。"})
    number = codes.mobile(phone) if phone.strip() else before
    if number != before and number is not None:
        account.put_phone(number)
    detail = {"before": account.name, "after": said} | ({"phone": masked_phone(number)} if number != before else {})
    try:
        async with changes.keeping(actor, "correct", "account", account.id, MANAGE, now, Rows("account", {"id": account.id}), detail=detail):
            if not await execute(_CORRECT, region.code, account.id, said, account.phone_sealed, account.phone_index, seen):
                raise ChangedMeanwhile
            if number != before:
                await password_reset.void(region.code, account.id, now)
                await sessions.end_all(region.code, account.id, now)
                await new_numbers.tell(region, account.id, before, number, new_id(), now)
    except IntegrityError as error:
        if broken_constraint(error) != "account_phone":
            raise
        raise NameTaken({"phone": "已经有账号在使用，请核对。"}) from error
