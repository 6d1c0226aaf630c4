"""Coming in (WH-02, WH-05): by password, by a code on the phone, or by a WeChat that was bound before. Each way ends in a new session.

Nothing here tells whether an account exists: an unknown name or number takes the same steps, the same time and gets the same words (T11). Ten
wrong passwords in a quarter of an hour close the password's way to an account, never the code's (T12).
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from config.errors import Invalid, NotPermitted, Refusal
from config.keys import keys, normalise
from models.account import Account, AccountKind, WechatBinding, openid_index, phone_index
from models.database import execute, new_id, row, transaction
from services import alerts, audit, captchas, codes, confirming, limits, passwords, regions, sessions
from services.actors import Actor
from services.alerts import Alert
from services.captchas import Answer
from services.codes import Given, Purpose, Sender
from services.confirming import Standing, Wechat
from services.limits import Allowance
from services.masking import masked_name
from services.regions import Region
from services.verbs import verb

QUARTER = timedelta(minutes=15)
CHECKS, CHECKS_AN_ADDRESS = 10, 100
LINK_LASTS = timedelta(minutes=10)
NAME = re.compile(r"[a-z0-9][a-z0-9._@]{3,39}", re.ASCII)
ADDRESS_CAPTCHA_FROM = 20
#: Of a login that leaves no doubt who it is.
SURE = Standing(confirmed=True, cools_until=None)


class LoginWrong(Refusal):
    """用户名或密码不正确，请核对后再试；也可以用手机验证码登录。"""

    status_code = 401
    code = "login_wrong"


class AccountStopped(Refusal):
    """您的账号已停用。如有疑问，请拨打服务电话。"""

    status_code = 403
    code = "account_stopped"


class StaffEntrance(NotPermitted):
    """这里是工作人员入口，请在手机上打开人才服务页面登录。"""

    code = "staff_entrance"


class MethodOff(NotPermitted):
    """本地区没有开通这种登录方式，请换一种方式登录。"""

    code = "login_method_off"


class NotBound(Refusal):
    """这个微信还没有绑定账号，请先用手机验证码登录。"""

    status_code = 401
    code = "wechat_not_bound"


class LinkSpent(Refusal):
    """这个链接已经用过了。请回到微信公众号再发送一次「待办」获取新的链接，或者在这里登录。"""

    status_code = 410
    code = "login_link_spent"


class LinkEnded(Refusal):
    """这个链接发出以后，微信和账号的绑定已经解除。请在这里登录；需要时可以重新绑定。"""

    status_code = 410
    code = "login_link_unbound"


class BoundElsewhere(Refusal):
    """这个微信已经绑定了另一个账号，请先在原账号的设置中解除绑定。"""

    status_code = 409
    code = "wechat_bound_elsewhere"


@dataclass(frozen=True)
class Entered:
    """A session that just began; ``token`` goes to the person and nowhere else. ``used_up``: her password was for this once. ``standing``: whether it
    is surely she; else her ``name`` is masked."""

    token: str = field(repr=False)
    account_id: UUID
    name: str
    kind: AccountKind
    used_up: bool = False
    standing: Standing = SURE


@verb
async def by_password(region: Region, login_name: str, password: str, sender: Sender, channel: str, now: datetime,
                      captcha: Answer | None = None) -> Entered:
    """Login name (or phone number) and password. Raises :class:`LoginWrong`, :class:`captchas.CaptchaNeeded`, :class:`limits.UsedUp`, …"""
    _require_method(region, "password")
    name = spelled(login_name)
    await _ask_captcha(region, name, sender, captcha, now)
    await limits.use(region.code, [_of_account(name), _of_address(sender)], now)
    found = await row("SELECT id, name, kind, state, password_hash, password_once FROM account "
                      "WHERE region = $1 AND (login_name = $2 OR phone_index = $3) AND state <> 'closed' ORDER BY login_name = $2 DESC LIMIT 1",
                      region.code, name, phone_index(name))
    right = await passwords.verify(found["password_hash"] if found else None, password)
    if found is None or not right or (found["password_once"] and not await _use_up(region, found)):
        raise LoginWrong
    await limits.forget(region.code, [_of_account(name)])
    return replace(await _enter(region, found, channel, now, "password"), used_up=found["password_once"])


async def _use_up(region: Region, account: dict[str, Any]) -> bool:
    """A one-time password is gone as soon as it was right; of two who give it at once, one enters."""
    return await execute("UPDATE account SET password_hash = NULL, password_once = false WHERE region = $1 AND id = $2 AND password_once "
                         "AND state = 'active'", region.code, account["id"]) == 1


async def captcha_needed(region: Region, login_name: str, sender: Sender, now: datetime) -> bool:
    """Whether the form must show a picture: after some wrong passwords for this name, or many from this address."""
    if region.profile.login.captcha == "always":
        return True
    wrong = await limits.used(region.code, _of_account(spelled(login_name)), now) if login_name else 0
    return wrong >= region.profile.login.captcha_after_failures.value or \
        await limits.used(region.code, _of_address(sender), now) >= ADDRESS_CAPTCHA_FROM


@verb
async def request_code(region: Region, phone: str, sender: Sender, now: datetime, captcha: Answer | None = None) -> UUID:
    """Send a code to log in with; the challenge that must come back with it."""
    _require_method(region, "sms_code")
    return await codes.request(region, Purpose.LOGIN, codes.mobile(phone), sender, now, to_known=True, captcha=captcha)


@verb
async def by_code(region: Region, phone: str, given: Given, channel: str, now: datetime, wechat: Wechat | None = None) -> Entered:
    """Phone number and the code that was sent to it; ``wechat``: from which it was asked, where that is known. Raises :class:`codes.CodeWrong`."""
    _require_method(region, "sms_code")
    number = codes.mobile(phone)
    await codes.use(region.code, Purpose.LOGIN, number, given, now)
    found = await row("SELECT id, name, kind, state FROM account WHERE region = $1 AND phone_index = $2 AND state <> 'closed'",
                      region.code, phone_index(number))
    if found is None:
        raise codes.CodeWrong
    return await _enter(region, found, channel, now, "sms_code", await confirming.standing(region, found["id"], wechat, now))


@verb
async def by_trusted_phone(region: Region, phone: str, channel: str, now: datetime, wechat: Wechat | None = None) -> Entered:
    """The number that WeChat itself vouched for (``Platform.phone_by_code``), and who that WeChat is. Raises :class:`LoginWrong` when nobody here has
    it."""
    found = await row("SELECT id, name, kind, state FROM account WHERE region = $1 AND phone_index = $2 AND state <> 'closed'",
                      region.code, phone_index(codes.mobile(phone)))
    if found is None:
        raise LoginWrong("这个手机号还没有登记，请改用办卡时登记的手机号登录，或联系服务窗口。")
    return await _enter(region, found, channel, now, standing=await confirming.standing(region, found["id"], wechat, now))


@verb
async def by_wechat(region: Region, app_id: str, openid: str, channel: str, now: datetime) -> Entered:
    """A WeChat that is bound. ``openid`` comes from WeChat itself for a code (``wechat.platform``), never from a client (T06)."""
    if (found := await _bound(region, app_id, openid)) is None:
        raise NotBound
    return await _enter(region, found, channel, now)


async def _bound(region: Region, app_id: str, openid: str) -> dict[str, Any] | None:
    """The account that this WeChat opens."""
    return await row("SELECT a.id, a.name, a.kind, a.state FROM wechat_binding b JOIN account a ON a.region = b.region AND a.id = b.account_id "
                     "WHERE b.region = $1 AND b.app_id = $2 AND b.openid_index = $3 AND b.ended_at IS NULL AND a.state <> 'closed'",
                     region.code, app_id, openid_index(app_id, openid))


@dataclass(frozen=True)
class Pass:
    """What a link from the chat vouches for: whose it is, the WeChat it was sent to, and a mark that makes it one of its own."""

    account_id: UUID
    app_id: str
    openid: str = field(repr=False)
    mark: str = field(repr=False)

    @property
    def use(self) -> Allowance:
        """The mark counts, not the link's letters: the same bytes can be written in more than one way."""
        return Allowance("login-link", self.mark, 1, LINK_LASTS)


async def name_on(region: Region, link: Pass, now: datetime) -> str:
    """Whose the link is, while it would let her in. Raises what :func:`by_link` raises, and uses nothing."""
    found = await _of_link(region, link)
    if await limits.used(region.code, link.use, now):
        raise LinkSpent
    return str(found["name"])


@verb
async def by_link(region: Region, link: Pass, channel: str, now: datetime) -> Entered:
    """A link that was sent to a bound WeChat, once; of two who open it at once, one enters.

    Raises :class:`LinkSpent`, :class:`LinkEnded` where the binding has ended since, :class:`AccountStopped`.
    """
    async with transaction():
        found = await _of_link(region, link)
        if not await limits.once(region.code, link.use.what, link.mark, now, LINK_LASTS):
            raise LinkSpent
        return await _enter(region, found, channel, now)


async def _of_link(region: Region, link: Pass) -> dict[str, Any]:
    found = await _bound(region, link.app_id, link.openid)
    if found is None or found["id"] != link.account_id:
        raise LinkEnded
    if found["state"] != "active":
        raise AccountStopped(context={"phone": region.phone})
    return found


@verb
async def bind_wechat(actor: Actor, app_id: str, openid: str, now: datetime) -> None:
    """Bind a WeChat to the actor's account; another one bound before under the same app ends, and the owner hears of it (T39).

    Raises :class:`BoundElsewhere`, and what :func:`confirming.require_settled` raises.
    """
    await confirming.require_settled(actor, now)
    assert actor.account_id is not None, "only a person has a WeChat"
    index, id = openid_index(app_id, openid), new_id()
    async with transaction():
        await row("SELECT pg_advisory_xact_lock(hashtextextended($1, 0)) IS NULL", f"bind|{actor.region}|{index.hex()}")
        known = await WechatBinding.of(actor.region, app_id=app_id, openid_index=index, ended_at=None).first()
        if known is not None and known.account_id != actor.account_id:
            raise BoundElsewhere
        if known is not None:
            return
        of_hers = WechatBinding.of(actor.region, app_id=app_id, account_id=actor.account_id)
        had_another = await of_hers.exclude(openid_index=index).exists()
        await of_hers.filter(ended_at=None).update(ended_at=now)
        await WechatBinding.create(region=actor.region, id=id, account_id=actor.account_id, app_id=app_id, openid_index=index, bound_at=now,
                                   openid_sealed=_seal_openid(actor.region, id, openid))
        await audit.record(actor, "bind_wechat", "account", actor.account_id, {"app": app_id}, now)
        if had_another:
            account = await Account.find(actor.region, actor.account_id)
            await alerts.tell(await regions.current(actor.region), account, Alert.WECHAT_CHANGED, str(id), now)


@verb
async def unbind_wechat(actor: Actor, now: datetime) -> int:
    """End the actor's bindings; how many there were. Raises what :func:`confirming.require_settled` raises."""
    await confirming.require_settled(actor, now)
    async with transaction():
        ended = await WechatBinding.of(actor.region, account_id=actor.account_id, ended_at=None).update(ended_at=now)
        if ended:
            await audit.record(actor, "unbind_wechat", "account", actor.account_id, {}, now)
    return ended


async def forget_failures(region: str, login_name: str, phone: str | None) -> None:
    """After her password was set anew its wrong ones no longer count, by whichever name they were tried."""
    await limits.forget(region, [_of_account(name) for name in (login_name, phone) if name])


def spelled(login_name: str) -> str:
    """The one spelling of a login name."""
    return normalise(unicodedata.normalize("NFKC", login_name[:200])).casefold()


def chosen_name(typed: str, own_phone: str | None) -> str:
    """A login name that somebody chose for herself, in its one spelling. Raises :class:`Invalid`.

    A mobile number may be the name of its owner alone: else who logs in by number would meet a stranger's account first.
    """
    name = spelled(typed)
    if not NAME.fullmatch(name):
        raise Invalid({"login_name": "用户名为 4 到 40 位，可以用字母、数字和 . _ @，请不要用空格和中文。"})
    if codes.MOBILE.fullmatch(name) and name != own_phone:
        raise Invalid({"login_name": "用户名不能是别人的手机号，可以用您自己登记的手机号。"})
    return name


async def _enter(region: Region, account: dict[str, Any], channel: str, now: datetime, method: str | None = None,
                 standing: Standing = SURE) -> Entered:
    if account["state"] != "active":
        raise AccountStopped(context={"phone": region.phone})
    kind = AccountKind(account["kind"])
    if method is not None:
        _require_method(region, method, kind)
    if channel == "desk" and kind is AccountKind.TALENT:
        raise StaffEntrance
    token = await sessions.begin(region.code, account["id"], channel, now, confirmed=standing.confirmed, cools_until=standing.cools_until)
    if standing.confirmed:  # else a second login by the number would leave no doubt
        await execute("UPDATE account SET last_login_at = $3 WHERE region = $1 AND id = $2", region.code, account["id"], now)
    return Entered(token, account["id"], account["name"] if standing.confirmed else masked_name(account["name"]), kind, standing=standing)


async def _ask_captcha(region: Region, name: str, sender: Sender, captcha: Answer | None, now: datetime) -> None:
    if captcha is not None or await captcha_needed(region, name, sender, now):
        await captchas.check(region.code, captcha, now)


def _of_account(name: str) -> Allowance:
    return Allowance("password-account", name, CHECKS, QUARTER)


def _of_address(sender: Sender) -> Allowance:
    return Allowance("password-address", sender.address, CHECKS_AN_ADDRESS, QUARTER)


def _require_method(region: Region, method: str, kind: AccountKind | None = None) -> None:
    """Whether the region lets such accounts in this way; before the account is known, whether it lets anybody (GL-03, GL-05)."""
    if method not in region.profile.login.methods_of(kind.value if kind else None):
        raise MethodOff


def _seal_openid(region: str, id: UUID, openid: str) -> bytes:
    return keys().seal(openid, region, "wechat_binding", "openid", str(id))
