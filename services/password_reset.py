"""A forgotten password (DZ-10): account and registered e-mail, a link by mail, a new password.

The manual wants a pair that does not match to be told so. That is an oracle; it is kept not worth asking: a picture must be read each time, there are
few tries for each name, address and sender, and both answers take the same time (T11). A link carries 256 random bits of which the table knows a hash
(T14); it works once, for an hour, and not after a newer one was asked for.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from config.errors import Invalid, NotPermitted, Refusal
from config.vocabulary import NotificationKind
from models.account import Account, AccountKind, email_index, phone_index
from models.database import execute, row, transaction
from services import audit, captchas, limits, login, mail, passwords, sessions
from services.actors import Actor
from services.captchas import Answer
from services.codes import Sender
from services.limits import Allowance
from services.notifications import tell
from services.regions import Region
from services.sessions import hash_token
from services.verbs import no_sooner, verb

LASTS = timedelta(hours=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: So long every answer takes at least, mail or no mail.
LEAST_SECONDS = 0.12

KNOWN = """
SELECT id FROM account WHERE region = $1 AND (login_name = $2 OR phone_index = $3) AND email_index = $4 AND state = 'active'
 ORDER BY login_name = $2 DESC LIMIT 1 FOR UPDATE
"""


class ResetOff(NotPermitted):
    """本地区没有开通邮件找回密码，请拨打服务电话，由工作人员核实身份后办理。"""

    code = "reset_off"


class NoMatch(Invalid):
    """填写的帐号和邮箱不匹配，请核查后重试"""

    code = "reset_no_match"

    def __init__(self) -> None:
        super().__init__({"email": (type(self).__doc__ or "").strip()})


class LinkOver(Refusal):
    """这个链接已经用过、过期，或被更新的链接取代，请重新申请；需要帮助请拨打服务电话。"""

    status_code = 410
    code = "reset_link_over"


@dataclass(frozen=True)
class Forgotten:
    """What was typed: login name or phone number, and the e-mail address that is registered with it."""

    account: str
    email: str
    captcha: Answer | None = field(default=None, repr=False)


def offered(region: Region) -> bool:
    return region.profile.login.reset_by_mail


@verb
async def request(region: Region, forgotten: Forgotten, sender: Sender, face: Literal["phone", "desk"], now: datetime) -> None:
    """Mail a link that leads to a page of ``face``; it takes the place of an older one.

    Raises :class:`ResetOff`, :class:`captchas.CaptchaWrong`, :class:`limits.UsedUp`, :class:`Invalid` and, for a pair that nobody has,
    :class:`NoMatch`.
    """
    _require(region)
    async with no_sooner(LEAST_SECONDS):
        await captchas.check(region.code, forgotten.captcha, now)
        name, address = login.spelled(forgotten.account), mail.address(forgotten.email)
        await limits.use(region.code, allowances(name, address, sender), now)
        await _mail_link(region, name, address, face, now)


async def _mail_link(region: Region, name: str, address: str, face: str, now: datetime) -> None:
    token = secrets.token_urlsafe(32)
    until = now + LASTS
    async with transaction():  # the account's row, locked, keeps two links of one moment apart
        known = await row(KNOWN, region.code, name, phone_index(name), email_index(address))
        if known is None:
            raise NoMatch
        await void(region.code, known["id"], now)
        await execute("INSERT INTO password_reset (token_hash, region, account_id, made_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
                      hash_token(token), region.code, known["id"], now, until)
        await tell(region, NotificationKind.PASSWORD_RESET, dedupe_key=f"reset:{hash_token(token).hex()}", account_id=known["id"], now=now,
                   expires_at=until, params={"token": token, "face": face, "until": f"{until.astimezone(region.profile.tz):%H:%M}"})


async def is_live(region: Region, token: str, now: datetime) -> bool:
    """Whether a link still opens; looking at it uses nothing up, because mail programs look at links too."""
    return offered(region) and await _account_of(region, token, now) is not None


@verb
async def redeem(region: Region, token: str, password: str, sender: Sender, now: datetime) -> None:
    """Set the new password: the link is used, every session of the account is over. Raises :class:`LinkOver`, or :class:`Invalid` for the password.

    Of two who bring one link at once, one sets the password.
    """
    _require(region)
    if (id := await _account_of(region, token, now)) is None:
        raise LinkOver
    hashed = await passwords.hash_password(password)
    async with transaction():
        account = await _set_password(region, id, hashed)
        if await execute("UPDATE password_reset SET used_at = $3 WHERE token_hash = $1 AND region = $2 AND used_at IS NULL AND expires_at > $3",
                         hash_token(token), region.code, now) != 1:
            raise LinkOver
        await sessions.end_all(region.code, id, now)
        await login.forget_failures(region.code, account.login_name, account.phone)
        who = Actor(region.code, id, account.name, AccountKind(account.kind), address=sender.address)
        await audit.record(who, "reset_by_mail", "account", id, {}, now)


async def _set_password(region: Region, id: UUID, hashed: str) -> Account:
    """The account is locked before its link, as :func:`request` locks them. Raises :class:`LinkOver` for one that was stopped meanwhile."""
    if await execute("UPDATE account SET password_hash = $3, password_once = false, version = version + 1 "
                     "WHERE region = $1 AND id = $2 AND state = 'active'", region.code, id, hashed) != 1:
        raise LinkOver
    return await Account.find(region.code, id)


async def void(region: str, account_id: UUID, now: datetime) -> int:
    """Links that are under way open nothing any more: there is a newer one, or password or address were changed. Call it in the act's transaction."""
    return await execute("UPDATE password_reset SET used_at = $3 WHERE region = $1 AND account_id = $2 AND used_at IS NULL AND expires_at > $3",
                         region, account_id, now)


def allowances(name: str, address: str, sender: Sender) -> list[Allowance]:
    """Every limit that a request must pass, right or wrong, narrow ones first."""
    of_account = [Allowance("reset-account", name, times, per) for times, per in ((3, HOUR), (6, DAY))]
    of_address = [Allowance("reset-email", address, times, per) for times, per in ((3, HOUR), (6, DAY))]
    of_device = [Allowance("reset-device", sender.device, 10, DAY)] if sender.device else []
    of_sender = [Allowance("reset-sender", sender.address, times, per) for times, per in ((20, HOUR), (60, DAY))]
    return [*of_account, *of_address, *of_device, *of_sender, Allowance("reset-all", "", 500, HOUR)]


async def _account_of(region: Region, token: str, now: datetime) -> UUID | None:
    found = await row("SELECT account_id FROM password_reset WHERE token_hash = $1 AND region = $2 AND used_at IS NULL AND expires_at > $3",
                      hash_token(token), region.code, now)
    return found["account_id"] if found else None


def _require(region: Region) -> None:
    if not offered(region):
        raise ResetOff
