"""Six digits by SMS or mail: bound to one region, number or address, purpose and challenge; five tries, some minutes, one use (T08–T10).

The number is counted before it is known whether anybody has it, and a code for nobody is made all the same: it is only not sent. So the answer
says nothing about who is here (T11).
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from config.errors import Invalid, Refusal
from config.keys import keys, normalise
from config.vocabulary import NotificationKind
from models.account import email_index, phone_index
from models.database import execute, new_id, row, transaction
from services import captchas, limits
from services.captchas import Answer
from services.limits import Allowance
from services.notifications import tell
from services.regions import Region
from services.verbs import no_sooner, verb

MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
TRIES = 5
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: So long every request for a code takes at least, sent or not.
LEAST_SECONDS = 0.08
#: From this many codes an hour on an address is asked for a captcha first.
CAPTCHA_FROM = 10

TRY = """
UPDATE login_code SET tries = tries + 1, used_at = CASE WHEN code_mac = $6 THEN $5 END
 WHERE region = $1 AND id = $2 AND purpose = $3 AND phone_index = $4 AND used_at IS NULL AND expires_at > $5 AND tries < $7
RETURNING used_at IS NOT NULL AS is_right
"""


class Purpose(StrEnum):
    LOGIN = "login"
    CHANGE_PHONE = "change_phone"
    CONFIRM_PHONE = "confirm_phone"
    CHANGE_EMAIL = "change_email"
    CLOSE_ACCOUNT = "close_account"


KINDS = {Purpose.LOGIN: NotificationKind.LOGIN_CODE, Purpose.CHANGE_EMAIL: NotificationKind.EMAIL_CODE}


class CodeWrong(Refusal):
    """验证码不正确或已经失效，请核对后重新输入，或重新获取。"""

    status_code = 401
    code = "code_wrong"


@dataclass(frozen=True)
class Sender:
    """Where a request comes from. ``device``: a random mark of the browser or the mini program's openid, empty when there is none."""

    address: str
    device: str = ""


@dataclass(frozen=True)
class Given:
    """A code as a person typed it, with the challenge that its request was answered with."""

    challenge: str
    code: str = field(repr=False)


def mobile(text: str) -> str:
    """The mainland mobile number, in its one spelling. Raises :class:`Invalid`."""
    number = normalise(text) if len(text) <= 40 else ""
    if not MOBILE.fullmatch(number):
        raise Invalid({"phone": "请填写 11 位手机号码。"})
    return number


@verb
async def request(region: Region, purpose: Purpose, number: str, sender: Sender, now: datetime, *, to_known: bool,
                  captcha: Answer | None = None) -> UUID:
    """Make a code for ``number`` and give its challenge; it is sent when the number belongs to an active account (``to_known``), or always.

    ``number`` is an e-mail address (:func:`services.mail.address`) where the purpose is :attr:`Purpose.CHANGE_EMAIL`.
    A new code replaces the old one of the same purpose. Raises :class:`limits.UsedUp`, and :class:`captchas.CaptchaNeeded` near the limits.
    """
    async with no_sooner(LEAST_SECONDS):
        await _ask_captcha(region.code, sender, captcha, now)
        return await _make(region, purpose, number, sender, now, to_known)


@verb
async def use(region: str, purpose: Purpose, number: str, given: Given, now: datetime) -> None:
    """Use up the code. Raises :class:`CodeWrong` for anything but the right, live one; each call costs one of its five tries."""
    try:
        challenge = UUID(given.challenge)
    except ValueError:
        raise CodeWrong from None
    mac = _mac(region, purpose, number, challenge, given.code.strip())
    found = await row(TRY, region, challenge, purpose.value, _index(purpose, number), now, mac, TRIES)
    if found is None or not found["is_right"]:
        raise CodeWrong


async def sweep(now: datetime) -> int:
    """Drop the codes that nobody can use any more."""
    return await execute("DELETE FROM login_code WHERE expires_at < $1", now - DAY)


def allowances(number: str, sender: Sender) -> list[Allowance]:
    """Every limit that a code must pass, narrow ones first."""
    of_number = [Allowance("code-number", number, times, per) for times, per in ((1, MINUTE), (5, HOUR), (10, DAY))]
    of_device = [Allowance("code-device", sender.device, times, per) for times, per in ((5, HOUR), (20, DAY))] if sender.device else []
    of_address = [Allowance("code-address", sender.address, times, per) for times, per in ((30, HOUR), (200, DAY))]
    return [*of_number, *of_device, *of_address, Allowance("code-all", "", 2000, HOUR)]


async def captcha_needed(region: str, sender: Sender, now: datetime) -> bool:
    """Whether this address must read a picture before its next code."""
    return await limits.used(region, Allowance("code-address", sender.address, 30, HOUR), now) >= CAPTCHA_FROM


async def _ask_captcha(region: str, sender: Sender, captcha: Answer | None, now: datetime) -> None:
    if captcha is not None or await captcha_needed(region, sender, now):
        await captchas.check(region, captcha, now)


async def _make(region: Region, purpose: Purpose, number: str, sender: Sender, now: datetime, to_known: bool) -> UUID:
    challenge, code = new_id(), f"{secrets.randbelow(1_000_000):06d}"
    minutes = region.profile.login.code_minutes.value
    until = now + timedelta(minutes=minutes)
    index = _index(purpose, number)
    by_mail = purpose is Purpose.CHANGE_EMAIL
    async with transaction():  # the number's own limit, taken first, also keeps two makers of one code apart
        await limits.use(region.code, allowances(number, sender), now)
        await execute("UPDATE login_code SET used_at = $4 WHERE region = $1 AND phone_index = $2 AND purpose = $3 AND used_at IS NULL",
                      region.code, index, purpose.value, now)
        await execute("INSERT INTO login_code (region, id, purpose, phone_index, code_mac, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                      region.code, challenge, purpose.value, index, _mac(region.code, purpose, number, challenge, code), now, until)
        known = await row("SELECT id FROM account WHERE region = $1 AND phone_index = $2 AND state = 'active'", region.code, index)
        if known or not to_known:
            await tell(region, KINDS.get(purpose, NotificationKind.SECURITY_CODE), dedupe_key=f"code:{challenge}",
                       params={"code": code, "minutes": str(minutes)}, phone=None if by_mail else number, email=number if by_mail else None, now=now,
                       expires_at=until)
    return challenge


def _index(purpose: Purpose, number: str) -> bytes:
    return email_index(number) if purpose is Purpose.CHANGE_EMAIL else phone_index(number)


def _mac(region: str, purpose: Purpose, number: str, challenge: UUID, code: str) -> bytes:
    return keys().sign("login-code", f"{region}|{purpose.value}|{number}|{challenge}|{code}".encode())
