"""核实身份 (T39): who came in by a number that may have changed hands sees and changes nothing of a person's own until she proved who she is.

Numbers are given out anew, and with a number comes whatever is sent to it; a WeChat vouches for the number it was registered with, and no more. So
a login by the number alone is *doubtful* where the account has, or ever had, a WeChat and the login does not come from it, or where it was long
quiet. A password, a bound WeChat, a link in its chat and a registration leave no doubt. Staff of the offices come in at the desk by a code as well
as by a password (WH-02), some have none, and their office keeps their numbers: theirs is doubtful only where it was long quiet.

What proves her is her ID number or her password. An ID number others may know: whoever proves herself by it alone waits a day before she may do what
would hand the account over, and its owner hears of it. That day counts for the account's later logins by number too, so that another one is no way
around it; it does not for those that leave no doubt.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from config.errors import Invalid, NotPermitted
from config.keys import keys
from models.account import Account, openid_index
from models.database import execute, row, transaction
from services import alerts, audit, limits, passwords, regions, sessions
from services.actors import Actor
from services.alerts import Alert
from services.limits import Allowance, UsedUp
from services.regions import Region
from services.verbs import verb

#: A number that was given up rests for at least so long before somebody else has it; whoever came in since still had it.
GIVEN_OUT_ANEW = timedelta(days=90)
COOL_DOWN_HOURS = 24
TRIES, DAY = 5, timedelta(days=1)
#: From this wrong try on the owner hears of it: two are what a slip of the finger takes.
TELL_FROM = 3
LONGEST = 128


class IdentityUnconfirmed(NotPermitted):
    """为保护您的个人信息，请先核实身份，再继续办理。"""

    code = "identity_unconfirmed"


class CoolingDown(NotPermitted):
    """核实身份后的冷静期内，暂时不能办理这一项。"""

    code = "cooling_down"


class TriesUsedUp(UsedUp):
    """今天核实身份的次数已经用完，请 24 小时后再试，或者退出后用密码、微信登录。着急办理请拨打服务电话。"""

    code = "confirm_tries_used_up"


class Wechat(NamedTuple):
    """Who holds the phone, as WeChat said for a code (T06)."""

    app_id: str
    openid: str


class Standing(NamedTuple):
    """How a session begins."""

    confirmed: bool
    cools_until: datetime | None


class By(StrEnum):
    """What somebody proves herself with; the value is the field of the form."""

    ID_NUMBER = "id_number"
    PASSWORD = "password"  # noqa: S105  # a field's name

    @property
    def wrong(self) -> str:
        return {By.ID_NUMBER: "证件号码不正确，请核对。", By.PASSWORD: "密码不正确，请核对。"}[self]


@dataclass(frozen=True)
class Proof:
    by: By
    given: str = field(repr=False)


_STANDING = """
SELECT coalesce(a.last_login_at, a.created_at) <= $3 AS long_quiet,
       a.kind <> 'staff' AND EXISTS (SELECT FROM wechat_binding b WHERE (b.region, b.account_id) = (a.region, a.id)) AS had_wechat,
       EXISTS (SELECT FROM wechat_binding b WHERE (b.region, b.account_id) = (a.region, a.id) AND b.ended_at IS NULL
               AND b.app_id = $4 AND b.openid_index = $5::bytea) AS from_hers,
       (SELECT max(s.cools_until) FROM session s WHERE (s.region, s.account_id) = (a.region, a.id) AND s.cools_until > $6) AS cools_until
FROM account a WHERE a.region = $1 AND a.id = $2
"""


async def standing(region: Region, account: UUID, wechat: Wechat | None, now: datetime) -> Standing:
    """How a login by the number alone begins. ``wechat``: which one it comes from, where that is known."""
    found = await row(_STANDING, region.code, account, now - GIVEN_OUT_ANEW, wechat.app_id if wechat else "",
                      openid_index(*wechat) if wechat else None, now)
    assert found is not None, "whoever logs in has an account"
    if found["from_hers"]:
        return Standing(True, None)
    return Standing(not (found["had_wechat"] or found["long_quiet"]), found["cools_until"])


def require(actor: Actor) -> None:
    """Raises :class:`IdentityUnconfirmed`."""
    if not actor.confirmed:
        raise IdentityUnconfirmed


def cooling(actor: Actor, now: datetime) -> datetime | None:
    """Until when what could hand the account over waits; nothing when it does not wait."""
    return actor.cools_until if actor.cools_until is not None and actor.cools_until > now else None


async def require_settled(actor: Actor, now: datetime) -> None:
    """For what could hand the account over, or takes along all that is kept in it. Raises :class:`IdentityUnconfirmed`, :class:`CoolingDown`."""
    require(actor)
    if (until := cooling(actor, now)) is not None:
        region = await regions.current(actor.region)
        raise CoolingDown(f"您刚凭证件号码核实了身份。为防止他人冒用，{until.astimezone(region.profile.tz):%m月%d日 %H:%M} 以后才能办理这一项；"
                          f"有密码的，用密码登录后马上可以办理。着急请致电 {region.phone}。", context={"until": until.isoformat()})


async def ways(actor: Actor, now: datetime) -> frozenset[By]:
    """What this person can prove herself with now; a password alone ends a cool-down. A password for one login is none: it opens a session itself."""
    account = await _own(actor)
    found = set()
    if account.password_hash is not None and not account.password_once and (not actor.confirmed or cooling(actor, now)):
        found.add(By.PASSWORD)
    if account.id_number_index is not None and not actor.confirmed:
        found.add(By.ID_NUMBER)
    return frozenset(found)


@verb
async def confirm(region: Region, actor: Actor, session: bytes, proof: Proof, now: datetime) -> str:
    """Prove who holds ``session`` (its hash); its new token. Raises :class:`Invalid` beside the field, :class:`TriesUsedUp`."""
    account = await _own(actor)
    if proof.by not in await ways(actor, now):
        raise Invalid({proof.by.value: "不能用这种方式核实，请换一种方式。"})
    tries = Allowance("confirm-identity", str(account.id), TRIES, DAY)
    try:
        await limits.use(region.code, [tries], now)
    except UsedUp as used_up:
        raise TriesUsedUp(retry_after=(used_up.context or {})["retry_after"]) from used_up
    if not await _is_right(account, proof):
        left = await _count_wrong(region, actor, account, proof, tries, now)
        raise Invalid({proof.by.value: f"{proof.by.wrong}今天还可以试 {left} 次。"})
    await limits.forget(region.code, [tries])
    return await _let_on(region, actor, account, session, proof, now)


async def _is_right(account: Account, proof: Proof) -> bool:
    if proof.by is By.PASSWORD:
        return await passwords.verify(account.password_hash, proof.given)
    given = keys().blind_index(proof.given[:LONGEST], "id_number")
    return hmac.compare_digest(bytes(account.id_number_index or b""), given)


async def _count_wrong(region: Region, actor: Actor, account: Account, proof: Proof, tries: Allowance, now: datetime) -> int:
    """A line in the audit, word to the owner; how many tries are left."""
    used = await limits.used(region.code, tries, now)
    async with transaction():
        await audit.record(actor, "confirm_wrong", "account", account.id, {"by": proof.by.value}, now)
        if used >= TELL_FROM:
            await alerts.tell(region, account, Alert.PROOF_FAILED, f"{account.id}:{now.astimezone(region.profile.tz):%Y%m%d}", now)
    return TRIES - used


async def _let_on(region: Region, actor: Actor, account: Account, session: bytes, proof: Proof, now: datetime) -> str:
    cools_until = now + timedelta(hours=COOL_DOWN_HOURS) if proof.by is By.ID_NUMBER else None
    async with transaction():
        token = await sessions.confirm(session, now, cools_until)
        await execute("UPDATE account SET last_login_at = $3 WHERE region = $1 AND id = $2", region.code, account.id, now)
        await audit.record(actor, "confirm_identity", "account", account.id, {"by": proof.by.value}, now)
        if cools_until is not None:
            await alerts.tell(region, account, Alert.NUMBER_PROVED, sessions.hash_token(token).hex(), now)
    return token


async def _own(actor: Actor) -> Account:
    assert actor.account_id is not None, "only a person who is logged in can prove who she is"
    return await Account.find(actor.region, actor.account_id)
