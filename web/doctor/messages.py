"""The SMS account, asked over the vendor's API: key, clock, sign and templates, of the first gateway and of the second."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from config.accounts import Accounts, SmsAccount
from config.clock import now
from config.profile import Profile
from config.settings import Settings
from config.vocabulary import NotificationKind
from sms.errors import UNREACHED
from sms.signed import SignedGateway
from sms.vendor import Answer
from web.doctor import Check, Trouble
from web.doctor.machine import MOST_SKEW, profiles

#: ``SignStatus`` is a number, ``TemplateStatus`` text; what each says is the same (GetSmsSign, GetSmsTemplate, which took the place of QuerySms…).
APPROVED: Final = "1"
STATUSES: Final = {"0": "还在审核", "2": "没有通过审核", "10": "已取消审核"}
SIGN_UNKNOWN, TEMPLATE_UNKNOWN = "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_TEMPLATE_ILLEGAL"
#: The vendor's word → what is wrong, and what to do; ``{key}`` is the name of the setting.
REFUSED: Final[Mapping[str, tuple[str, str]]] = {
    "InvalidAccessKeyId.NotFound": ("短信账号的 AccessKey ID 不存在", "核对 {key}_ID"),
    "InvalidAccessKeyId.Inactive": ("短信账号的 AccessKey 已停用", "在阿里云 RAM 控制台启用，或换一对写进 {key}_ID 和 {key}_SECRET"),
    "SignatureDoesNotMatch": ("短信账号的 AccessKey Secret 不对", "核对 {key}_SECRET"),
    "InvalidAccessKeySecret": ("短信账号的 AccessKey Secret 不对", "核对 {key}_SECRET"),
    "isp.RAM_PERMISSION_DENY": ("这个 AccessKey 没有短信权限", "在 RAM 控制台给它授权 AliyunDysmsFullAccess，或只给 SendSms、QuerySendDetails、"
                                "GetSmsSign、GetSmsTemplate"),
    "isv.DENY_IP_RANGE": ("短信账号限制了来源 IP，本机不在里面", "在短信控制台的 IP 白名单里加上本机的出口 IP"),
    "isv.AMOUNT_NOT_ENOUGH": ("短信账号余额不足", "充值或购买短信包"),
    "isv.OUT_OF_SERVICE": ("短信账号已停机", "在阿里云补缴费用"),
    "isv.PRODUCT_UN_SUBSCRIPT": ("账号还没有开通短信服务", "在阿里云开通短信服务"),
    "isv.ACCOUNT_ABNORMAL": ("短信账号异常", "联系阿里云"),
    "InvalidTimeStamp.Expired": ("本机时钟与阿里云相差超过 15 分钟", "用 NTP 对时"),
    UNREACHED: ("连不上短信平台", "本机到 dysmsapi.aliyuncs.com 的 443 端口要通；用了 {key_url} 的核对它"),
}
_VARIABLE = re.compile(r"\$\{(\w+)}")
AT_ONCE: Final = 4


async def _first(config: Settings) -> str:
    sharing = await _sharing(config, lambda accounts: accounts.sms)
    return "；".join([await _examined(account, regions, second=False) for account, regions in sharing.items()])


async def _second(config: Settings) -> str:
    sharing = await _sharing(config, lambda accounts: accounts.sms_second)
    if not sharing:
        return "没有设置：只有一个短信通道（GREENLANE_SMS_SECOND_ACCESS_KEY_ID）"
    return "；".join([await _examined(account, regions, second=True) for account, regions in sharing.items()])


async def _sharing(config: Settings, which: Callable[[Accounts], SmsAccount | None]) -> Mapping[SmsAccount, list[Profile]]:
    """Each account once, with the regions that send through it."""
    found: dict[SmsAccount, list[Profile]] = {}
    for profile in await profiles(config):
        if (account := which(config.accounts(profile.code))) is not None:
            found.setdefault(account, []).append(profile)
    return found


async def _examined(account: SmsAccount, regions: list[Profile], *, second: bool) -> str:
    gateway = SignedGateway.of(account, now)
    try:
        signs = {one.sending.second_sign if second else one.sending.sms_sign: one for one in regions}
        for sign, profile in signs.items():
            if not sign:
                raise Trouble(f"{profile.name}没有写备用通道的签名", "在 region.yaml 的 sending 写 second_sign，各条短信写 second_template")
            await _sign(gateway, sign, profile, account)
        slots = asyncio.Semaphore(AT_ONCE)
        wanted = {(profile.code, kind): (profile, kind) for profile in regions for kind in _sent(profile)}
        looked = await asyncio.gather(*(_template(gateway, slots, profile, kind, account, second=second) for profile, kind in wanted.values()),
                                      return_exceptions=True)  # all of them end before the gateway is closed
        if wrong := next((one for one in looked if one is not None), None):
            raise wrong
    finally:
        await gateway.close()
    return f"{len(signs)} 个签名、{len(wanted)} 个模板都已通过审核，变量相符"


def _sent(profile: Profile) -> list[NotificationKind]:
    return [kind for kind, telling in profile.sending.texts.items() if telling.channel == "sms"]


async def _sign(gateway: SignedGateway, sign: str, profile: Profile, account: SmsAccount) -> None:
    answer = await gateway.ask("GetSmsSign", {"SignName": sign})
    if answer.at is not None and (apart := abs(answer.at - now())) > MOST_SKEW:
        raise Trouble(f"本机时钟与短信平台相差 {apart.total_seconds():.0f} 秒", "用 NTP（chrony）对时；相差 15 分钟起短信全部发不出去")
    if answer.code == SIGN_UNKNOWN:
        raise Trouble(f"短信账号下没有签名“{sign}”", f"在短信控制台申请这个签名，或改{profile.name} region.yaml 的 sending.sms_sign")
    status = _understood(answer, account).get("SignStatus")
    if str(status) != APPROVED:
        raise Trouble(f"短信签名“{sign}”{STATUSES.get(str(status), '不能用')}", "看短信控制台的审核意见；通过以后还要等运营商实名报备")


async def _template(gateway: SignedGateway, slots: asyncio.Semaphore, profile: Profile, kind: NotificationKind, account: SmsAccount, *,
                    second: bool) -> None:
    telling = profile.sending.texts[kind]
    code, where = (telling.second_template, "second_template") if second else (telling.sms_template, "sms_template")
    place = f"{profile.name} sending.texts.{kind.value}"
    if not code:
        if second:  # it never goes that way, and that is allowed
            return
        raise Trouble(f"{place}（{kind.label}）没有模板号", f"在 region.yaml 写 {where}；不想发的写 channel: none")
    async with slots:
        answer = await gateway.ask("GetSmsTemplate", {"TemplateCode": code})
    if answer.code == TEMPLATE_UNKNOWN:
        raise Trouble(f"短信账号下没有模板 {code}（{place}）", f"在短信控制台申请，把批下来的号写进 region.yaml 的 {where}")
    found = _understood(answer, account)
    if str(found.get("TemplateStatus")) != APPROVED:
        raise Trouble(f"短信模板 {code}（{place}）{STATUSES.get(str(found.get('TemplateStatus')), '不能用')}", "看短信控制台的审核意见，改好重新提交")
    content = str(found.get("TemplateContent") or "")
    if content and set(_VARIABLE.findall(content)) != telling.placeholders:
        raise Trouble(f"短信模板 {code}（{place}）的变量和文字里的不同：模板有 {_named(_VARIABLE.findall(content))}，文字有 "
                      f"{_named(telling.placeholders)}",
                      "改 region.yaml 里这条文字，或按它重新申请模板；变量名要一个不差")


def _named(names: Iterable[str]) -> str:
    return "、".join(sorted(set(names))) or "没有"


def _understood(answer: Answer, account: SmsAccount) -> Mapping[str, object]:
    if answer.code == "OK":
        return answer.document or {}
    words, mend = REFUSED.get(answer.code, (f"短信平台没有正常应答（{answer.code}）", "过几分钟再试；一直这样请把这个错误码告诉阿里云"))
    raise Trouble(words, mend.format(key=f"{account.setting}_ACCESS_KEY", key_url=account.url_setting))


CHECKS: Final = (
    Check("sms", "短信账号", _first, "核对 GREENLANE_SMS_… 各项"),
    Check("sms_second", "备用短信通道", _second, "核对 GREENLANE_SMS_SECOND_… 各项"),
)
