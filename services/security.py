"""The security centre 安全中心 (WH-04, GL-06): one's own password, names, phone number, e-mail address and sessions.

A change of phone number goes step by step: a code to the present number (or the password, where there is no number yet) opens the change, a code to
the new number closes it. An address is confirmed by a code to it. Number or address changed, every other session is over; password or login name
changed, all of them are, and one logs in again. Number, address and a first password wait for the end of a cool-down (T39, ``services.confirming``).
"""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from config.errors import Conflict, Invalid, NotPermitted
from models.account import Account, AccountKind, phone_index
from models.database import execute, transaction
from services import audit, codes, confirming, limits, mail, password_reset, passwords, sessions
from services.actors import Actor
from services.captchas import Answer
from services.codes import Given, Purpose, Sender
from services.limits import Allowance
from services.login import chosen_name
from services.masking import masked_phone
from services.regions import Region
from services.verbs import verb

LONGEST_NAME = 50


class PhoneTaken(Conflict):
    """这个手机号已经是另一个账号的登录手机号，请核对；如有疑问请拨打服务电话。"""

    code = "phone_taken"


class NameGiven(NotPermitted):
    """姓名以审核通过的资料为准，不能在这里修改；确需更正请拨打服务电话。"""

    code = "name_given"


@verb
async def change_password(actor: Actor, old: str, new: str, now: datetime) -> None:
    """A new password; every session is over, this one too. Raises :class:`Invalid` beside the field at fault."""
    account = await _own(actor)
    if not account.password_hash:  # else the old one proves her
        await confirming.require_settled(actor, now)
    await _check_password(account, old, "原密码不正确。", now)
    if old == new:
        raise Invalid({"password": "新密码不能与原密码相同。"})
    hashed = await passwords.hash_password(new)
    async with transaction():
        await execute("UPDATE account SET password_hash = $3, password_once = false, version = version + 1 WHERE region = $1 AND id = $2",
                      actor.region, account.id, hashed)
        await password_reset.void(actor.region, account.id, now)
        await sessions.end_all(actor.region, account.id, now)
        await audit.record(actor, "change_password", "account", account.id, {}, now)


@verb
async def change_login_name(actor: Actor, login_name: str, password: str, now: datetime) -> None:
    """Another name to log in with; every session is over, this one too (GL-06). Raises :class:`Invalid` beside the field at fault."""
    account = await _own(actor)
    name = chosen_name(login_name, account.phone)
    if name == account.login_name:
        raise Invalid({"login_name": "这就是您现在的用户名。"})
    await _check_password(account, password, "密码不正确。", now)
    try:
        async with transaction():
            await execute("UPDATE account SET login_name = $3, version = version + 1 WHERE region = $1 AND id = $2", actor.region, account.id, name)
            await sessions.end_all(actor.region, account.id, now)
            await audit.record(actor, "change_login_name", "account", account.id, {"before": account.login_name, "after": name}, now)
    except IntegrityError as error:
        raise Invalid({"login_name": "这个用户名已经有人使用，请换一个。"}) from error


@verb
async def change_name(actor: Actor, name: str, now: datetime) -> None:
    """The name of who works for a unit (操作人). A talent's is that of her dossier, that of staff the office's: :class:`NameGiven`."""
    if not may_change_name(actor):
        raise NameGiven
    words = " ".join(name.split())
    if not 2 <= len(words) <= LONGEST_NAME:
        raise Invalid({"name": f"请填写姓名，2 到 {LONGEST_NAME} 个字。"})
    account = await _own(actor)
    async with transaction():
        await execute("UPDATE account SET name = $3, version = version + 1 WHERE region = $1 AND id = $2", actor.region, account.id, words)
        await audit.record(actor, "change_name", "account", account.id, {"before": account.name, "after": words}, now)


def may_change_name(actor: Actor) -> bool:
    return actor.kind is AccountKind.UNIT


@verb
async def request_email_code(region: Region, actor: Actor, email: str, sender: Sender, now: datetime, captcha: Answer | None = None) -> UUID:
    """A code to an address that is to be one's own; its challenge."""
    await confirming.require_settled(actor, now)
    return await codes.request(region, Purpose.CHANGE_EMAIL, mail.address(email), sender, now, to_known=False, captcha=captcha)


@verb
async def change_email(actor: Actor, email: str, password: str, given: Given, now: datetime, *, keep: bytes | None) -> None:
    """The address is one's own: its code proves it, and the password that a passer-by at an open screen does not know. Several accounts may have one
    address. Every session but ``keep`` (the hash of this one) is over. Raises :class:`codes.CodeWrong`, :class:`Invalid`."""
    await confirming.require_settled(actor, now)
    address = mail.address(email)
    account = (await _own(actor)).put_email(address)
    await _check_password(account, password, "密码不正确。", now)
    await codes.use(actor.region, Purpose.CHANGE_EMAIL, address, given, now)
    async with transaction():
        await execute("UPDATE account SET email_sealed = $3, email_index = $4, version = version + 1 WHERE region = $1 AND id = $2",
                      actor.region, account.id, account.email_sealed, account.email_index)
        await password_reset.void(actor.region, account.id, now)
        await sessions.end_all(actor.region, account.id, now, keep=keep)
        await audit.record(actor, "change_email", "account", account.id, {}, now)


@verb
async def request_old_number_code(region: Region, actor: Actor, sender: Sender, now: datetime, captcha: Answer | None = None) -> UUID:
    """First step: a code to the present number; its challenge."""
    await confirming.require_settled(actor, now)
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


async def _check_password(account: Account, given: str, wrong: str, now: datetime) -> None:
    """Who has a password must know it; ten wrong ones in a quarter of an hour close the way. The mistake stands beside the field ``old``."""
    allowance = Allowance("password-change", str(account.id), 10, timedelta(minutes=15))
    await limits.use(account.region, [allowance], now)
    if account.password_hash is not None and not await passwords.verify(account.password_hash, given):
        raise Invalid({"old": wrong})
    await limits.forget(account.region, [allowance])


async def _require_opened(actor: Actor, now: datetime) -> None:
    await confirming.require_settled(actor, now)
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
