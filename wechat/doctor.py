"""What ``greenlane doctor`` asks of WeChat: both accounts' secrets, the callback address, the menu, the templates. Reads alone; no message is sent.

Calls of its own, not ``wechat.platform``'s: people hear there that something is wrong; here an operator must hear what.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import aiohttp

from config.accounts import WechatAccount
from config.clock import now
from config.profile import Profile, Sending, WechatText
from config.settings import Settings
from config.vocabulary import NotificationKind
from web.doctor import Check, Trouble
from web.doctor.machine import profiles
from web.doctor.reach import LIMITS, fetch
from wechat.bot import menu
from wechat.codec import Codec, signature
from wechat.platform import Platform

#: errcode → what is wrong, and what to do; ``{id}`` and ``{secret}`` are names of settings.
REFUSED: Final[Mapping[int, tuple[str, str]]] = {
    40013: ("AppID 不存在", "核对 {id}"),
    40125: ("AppSecret 不对", "核对 {secret}；在公众平台重置过的，要把新的写进来"),
    40001: ("AppSecret 不对", "核对 {secret}；在公众平台重置过的，要把新的写进来"),
    41002: ("没有 AppID", "设置 {id}"),
    41004: ("没有 AppSecret", "设置 {secret}"),
    40164: ("本机的出口 IP 不在白名单里", "在公众平台“开发 - 基本配置 - IP 白名单”里加上本机的出口 IP"),
    45009: ("今天的调用次数用完了", "在公众平台清零，并看是不是有别的系统在用同一个账号"),
    48001: ("账号没有这个接口的权限", "账号要完成认证；服务号才有菜单和模板消息"),
    50002: ("账号被限制", "在公众平台看站内信"),
}
_FIELD = re.compile(r"\{\{(\w+)\.DATA\}\}")


class _Account:
    """One account as an operator knows it, and the names of its settings."""

    def __init__(self, config: Settings, label: str, account: WechatAccount) -> None:
        self.label, self.app_id, self._secret = label, account.app_id, account.secret.get_secret_value()
        self._url = config.wechat_url.rstrip("/")
        self._names = {"id": f"{account.setting}_APP_ID", "secret": f"{account.setting}_APP_SECRET"}

    async def token(self) -> str:
        body = {"grant_type": "client_credential", "appid": self.app_id, "secret": self._secret, "force_refresh": False}
        return str(self._well(await self._call("/cgi-bin/stable_token", body))["access_token"])

    async def read(self, path: str) -> dict[str, Any]:
        return self._well(await self._call(f"{path}?access_token={await self.token()}"))

    async def _call(self, path: str, body: Any = None) -> dict[str, Any]:
        try:
            async with aiohttp.ClientSession(timeout=LIMITS) as session, session.request(
                    "GET" if body is None else "POST", self._url + path, json=body, allow_redirects=False) as response:
                return dict(json.loads(await response.read()))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, TypeError) as error:
            raise Trouble(f"连不上微信（{type(error).__name__}）",
                          "本机到 api.weixin.qq.com 的 443 端口要通；改过 GREENLANE_WECHAT_URL 的核对它") from None

    def _well(self, document: dict[str, Any]) -> dict[str, Any]:
        if code := int(document.get("errcode") or 0):
            words, mend = REFUSED.get(code, (f"微信返回错误 {code}", "在微信开放文档查这个错误码；-1 是微信正忙，过几分钟再试"))
            raise Trouble(f"{self.label}：{words}", mend.format(**self._names))
        return document


def _mini(config: Settings, region: str) -> _Account:
    return _Account(config, "小程序", config.accounts(region).mini_program)


def _official(config: Settings, region: str) -> _Account:
    return _Account(config, "公众号", config.accounts(region).official_account)


async def _mini_program(config: Settings) -> str:
    return await _valid(_mini(config, of) for of in config.with_accounts)


async def _official_account(config: Settings) -> str:
    return await _valid(_official(config, of) for of in config.with_accounts)


async def _valid(accounts: Iterable[_Account]) -> str:
    """Each once, however many regions share it."""
    different = {one.app_id: one for one in accounts}
    for account in different.values():
        await account.token()
    return "密钥有效，IP 在白名单里" + (f"（{len(different)} 个账号）" if len(different) > 1 else "")


async def _callback(config: Settings) -> str:
    """As WeChat itself asks when the address is registered: signed by the token, the echo comes back to the letter."""
    for of in config.with_accounts:
        _readable(config.accounts(of).official_account)
    regions = await profiles(config)
    for profile in regions:
        account = config.accounts(profile.code).official_account
        token, timestamp = account.token.get_secret_value(), str(int(now().timestamp()))
        nonce, echo = secrets.token_hex(8), secrets.token_hex(12)
        asked = f"signature={signature(token, timestamp, nonce)}&timestamp={timestamp}&nonce={nonce}&echostr={echo}"
        path = f"/{profile.code}/wechat/callback"
        status, body, _ = await fetch(config, f"{path}?{asked}")
        if status == 403:
            raise Trouble(f"{path} 不认我们的签名：Token 和正在运行的服务不同，或时钟不准",
                          f"让两边的 {account.setting}_TOKEN 一致，重启服务；两边都对时")
        if status != 200 or body.decode(errors="replace") != echo:
            raise Trouble(f"{path} 应答 {status}", "看代理是否把 /地区代码/wechat/ 转给了本系统")
    return "、".join(f"{config.public_url.rstrip('/')}/{one.code}/wechat/callback" for one in regions)


def _readable(account: WechatAccount) -> None:
    token = account.token.get_secret_value()
    if not re.fullmatch(r"[A-Za-z0-9-]{3,32}", token):
        raise Trouble("回调 Token 不是 3 到 32 位的字母和数字", f"改 {account.setting}_TOKEN，并在公众平台填同一个")
    try:
        Codec(token, account.aes_key.get_secret_value(), account.app_id)
    except ValueError:
        raise Trouble("EncodingAESKey 不是 43 位", f"把公众平台“服务器配置”里的 EncodingAESKey 原样写进 {account.setting}_AES_KEY") from None


async def _menu(config: Settings) -> str:
    """An account has one menu: of one of the regions that share it."""
    sharing: dict[str, list[Profile]] = {}
    for profile in await profiles(config):
        sharing.setdefault(config.accounts(profile.code).official_account.app_id, []).append(profile)
    return "；".join([await _menu_of(config, regions) for regions in sharing.values()])


async def _menu_of(config: Settings, regions: Sequence[Profile]) -> str:
    of = regions[0].code
    await _official(config, of).token()  # says in words what is wrong with the account
    async with Platform.of(config.accounts(of).official_account, config.wechat_url, None) as platform:
        found = await platform.menu()
    run = f"运行 greenlane wechat menu {of if len(regions) == 1 else '地区代码'}"
    if not found:
        raise Trouble("公众号还没有菜单", run)
    ours = (menu.buttons(config.public_url, one, config.accounts(one.code).mini_program.app_id) for one in regions)
    if wrong := min((menu.differences(found, one) for one in ours), key=len):
        raise Trouble(f"公众号的菜单不是现在的，这几个按钮不同：{'、'.join(wrong)[:60]}", f"{run}，几分钟后手机上更新")
    return "、".join(_names(found))


def _names(buttons: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of all buttons, those below their parents."""
    return [str(name) for button in buttons for name in (button.get("name", ""), *_names(button.get("sub_button") or []))]


class _Shelf(NamedTuple):
    """Where an account has its templates: what ``path`` answers, under which names."""

    holder: str
    name: str
    wanted: Callable[[Sending, NotificationKind], WechatText | None]
    account: Callable[[Settings, str], _Account]
    path: str
    listed: str
    id: str


SUBSCRIPTIONS: Final = _Shelf("小程序", "订阅消息", Sending.wechat_of, _mini, "/wxaapi/newtmpl/gettemplate", "data", "priTmplId")
TEMPLATES: Final = _Shelf("公众号", "模板消息", Sending.chat_template, _official, "/cgi-bin/template/get_all_private_template", "template_list",
                         "template_id")


async def _templates(config: Settings) -> str:
    wanted = [(profile, kind, text, shelf) for profile in await profiles(config) for kind in profile.sending.texts
              for shelf in (SUBSCRIPTIONS, TEMPLATES) if (text := shelf.wanted(profile.sending, kind)) is not None]
    if not wanted:
        return "没有设置：进展只发短信（region.yaml 的 sending.texts.….wechat）"
    known: dict[str, Mapping[str, set[str]]] = {}
    for profile, kind, text, shelf in wanted:
        account = shelf.account(config, profile.code)
        there = known[account.app_id] = known[account.app_id] if account.app_id in known else await _on(shelf, account)
        place = f"{profile.name} sending.texts.{kind.value}.wechat"
        if text.template not in there:
            raise Trouble(f"{shelf.holder}没有{shelf.name}模板 {text.template}（{place}）",
                          f"在公众平台“{shelf.name}”选用模板，把模板 ID 写进 region.yaml")
        if there[text.template] != set(text.data):
            raise Trouble(f"{shelf.name}模板 {text.template} 的字段是 {'、'.join(sorted(there[text.template]))}，{place} 写的是 "
                          f"{'、'.join(sorted(text.data))}", "改 region.yaml 里这条的 data，字段名要一个不差")
    return f"{len(wanted)} 个模板都在，字段相符"


async def _on(shelf: _Shelf, account: _Account) -> Mapping[str, set[str]]:
    """The account's templates and their fields."""
    found = await account.read(shelf.path)
    return {str(one.get(shelf.id)): set(_FIELD.findall(str(one.get("content", "")))) for one in found.get(shelf.listed) or []}


CHECKS: Final = (
    Check("wechat_mini", "小程序", _mini_program, "核对 GREENLANE_WECHAT_… 各项"),
    Check("wechat_official", "公众号", _official_account, "核对 GREENLANE_OFFICIAL_… 各项"),
    Check("wechat_callback", "公众号回调", _callback, "核对 GREENLANE_OFFICIAL_TOKEN 和 GREENLANE_PUBLIC_URL"),
    Check("wechat_menu", "公众号菜单", _menu, "运行 greenlane wechat menu"),
    Check("wechat_templates", "微信消息模板", _templates, "核对 region.yaml 里的模板 ID"),
)
