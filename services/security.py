"""The security centre 安全中心 (WH-04): one's own password, phone number and sessions.

A change of phone number goes step by step: a code to the present number (or the password, where there is no number yet) opens the change, a code to
the new number closes it. Password and number changed, every other session is over.
"""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from config.errors import Conflict, Invalid
from models.account import Account, phone_index
from models.database import execute, transaction
from services import audit, codes, limits, passwords, sessions
from services.actors import Actor
from services.captchas import Answer
from services.codes import Given, Purpose, Sender
from services.limits import Allowance
from services.masking import masked_phone
from services.regions import Region
from services.verbs import verb


class PhoneTaken(Conflict):
    """这个手机号已经是另一个账号的登录手机号，请核对；如有疑问请拨打服务电话。"""

    code = "phone_taken"


@verb
async def change_password(actor: Actor, old: str, new: str, now: datetime, *, keep: bytes | None) -> None:
    """A new password; every session but ``keep`` (the hash of this one) is over. Raises :class:`Invalid` beside the field at fault."""
    account = await _own(actor)
    allowance = Allowance("password-change", str(account.id), 10, timedelta(minutes=15))
    await limits.use(actor.region, [allowance], now)
    if account.password_hash is not None and not await passwords.verify(account.password_hash, old):
        raise Invalid({"old": "原密码不正确。"})
    if old == new:
        raise Invalid({"password": "新密码不能与原密码相同。"})
    hashed = await passwords.hash_password(new)
    async with transaction():
        await execute("UPDATE account SET password_hash = $3, password_once = false, version = version + 1 WHERE region = $1 AND id = $2",
                      actor.region, account.id, hashed)
        await sessions.end_all(actor.region, account.id, now, keep=keep)
        await audit.record(actor, "change_password", "account", account.id, {}, now)
    await limits.forget(actor.region, [allowance])


@verb
async def request_old_number_code(region: Region, actor: Actor, sender: Sender, now: datetime, captcha: Answer | None = None) -> UUID:
    """First step: a code to the present number; its challenge."""
    return await codes.request(region, Purpose.CONFIRM_PHONE, await _present_number(actor), sender, now, to_known=False, captcha=captcha)


@verb
async def confirm_old_number(actor: Actor, given: Given, now: datetime) -> None:
    """Second step: for ten minutes a new number may be given."""
    await codes.use(actor.region, Purpose.CONFIRM_PHONE, await _present_number(actor), given, now)
    await limits.forget(actor.region, [_opened(actor)])
    await limits.use(actor.region, [_opened(actor)], now)


@verb
async def request_new_number_code(region: Region, actor: Actor, phone: str, sender: Sender, now: datetime, captcha: Answer | None = None) -> UUID:
    """Third step: a code to the new number; its challenge. Whether somebody else has the number is said only to who holds it, at the last step."""
    await _require_opened(actor, now)
    return await codes.request(region, Purpose.CHANGE_PHONE, codes.mobile(phone), sender, now, to_known=False, captcha=captcha)


@verb
async def change_phone(actor: Actor, phone: str, given: Given, now: datetime, *, keep: bytes | None) -> None:
    """Last step. Raises :class:`codes.CodeWrong`, :class:`PhoneTaken`; every other session is over."""
    await _require_opened(actor, now)
    number = codes.mobile(phone)
    await codes.use(actor.region, Purpose.CHANGE_PHONE, number, given, now)
    account = (await _own(actor)).put_phone(number)
    try:
        async with transaction():
            await execute("UPDATE account SET phone_sealed = $3, phone_index = $4, version = version + 1 WHERE region = $1 AND id = $2",
                          actor.region, account.id, account.phone_sealed, phone_index(number))
            await sessions.end_all(actor.region, account.id, now, keep=keep)
            await audit.record(actor, "change_phone", "account", account.id, {}, now)
    except IntegrityError as error:
        raise PhoneTaken from error
    await limits.forget(actor.region, [_opened(actor)])


async def may_give_new_number(actor: Actor, now: datetime) -> bool:
    """Whether the present number was confirmed a moment ago, or there is none to confirm."""
    return (await _own(actor)).phone_sealed is None or await limits.used(actor.region, _opened(actor), now) > 0


async def has_password(actor: Actor) -> bool:
    """Whether one must give the old password to set a new one; not after a one-time password, nor when there never was one."""
    return (await _own(actor)).password_hash is not None


async def own_number_masked(actor: Actor) -> str:
    """One's present number as one may see it on a screen that others see too; empty without one."""
    return masked_phone((await _own(actor)).phone)


async def _require_opened(actor: Actor, now: datetime) -> None:
    if not await may_give_new_number(actor, now):
        raise Conflict("请先验证原手机号，再填写新手机号。")


async def _own(actor: Actor) -> Account:
    assert actor.account_id is not None, "only a person who is logged in has a security centre"
    return await Account.find(actor.region, actor.account_id)


async def _present_number(actor: Actor) -> str:
    number = (await _own(actor)).phone
    if number is None:
        raise Conflict("您还没有登记手机号，可以直接填写新手机号。")
    return number


def _opened(actor: Actor) -> Allowance:
    return Allowance("phone-change-open", str(actor.account_id), 1, timedelta(minutes=10))
