"""Our calls to WeChat's platform: a thin client of our own, because wechatpy's blocks, has no time limit, and repeats without end.

One object an account (mini program, official account) and process. Nothing is sent twice on its own: reads are repeated
after a failure, a send never is, and :class:`~wechat.errors.Unclear` says that its answer was lost.
"""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self
from urllib.parse import urlencode

import aiohttp
from redis.asyncio import Redis

from config.settings import Settings
from config.template_fields import fit
from wechat.errors import SYSTEM_BUSY, TOKEN_REFUSED, Busy, CodeInvalid, Misconfigured, SnapshotAccount, Unclear, translate
from wechat.session_crypto import require_watermark
from wechat.shared_value import SharedValue

API_HOST: Final = "https://api.weixin.qq.com"
# People's browsers are sent to another host than our calls; a stand-in answers both.
BROWSER_HOST: Final = "https://open.weixin.qq.com"
LIMITS: Final = aiohttp.ClientTimeout(total=5, connect=2)
READ_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class WechatSession:
    """Who logged in to the mini program. ``session_key`` never leaves the server (T07)."""

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)
    session_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """Who opened a page in WeChat's browser. ``unionid`` comes only with the scope ``snsapi_userinfo``."""

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)


class Platform:
    """Raises the refusals of ``wechat.errors`` and nothing else. ``redis``: where all processes keep the token; None: in this one."""

    def __init__(self, app_id: str, secret: str, base_url: str = API_HOST, redis: "Redis | None" = None) -> None:
        self.app_id = app_id
        self._secret, self._base_url = secret, base_url.rstrip("/")
        self._token = SharedValue(f"wx:{app_id}:token", self._fetch_token, redis)
        self._ticket = SharedValue(f"wx:{app_id}:ticket", self._fetch_ticket, redis)
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of_mini_program(cls, settings: Settings, redis: "Redis | None") -> Self:
        return cls(settings.wechat_app_id, settings.wechat_app_secret.get_secret_value(), settings.wechat_url, redis)

    @classmethod
    def of_official_account(cls, settings: Settings, redis: "Redis | None") -> Self:
        return cls(settings.official_app_id, settings.official_app_secret.get_secret_value(), settings.wechat_url, redis)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    # Who is there

    async def code_to_session(self, js_code: str) -> WechatSession:
        """The person behind a code of ``wx.login`` (single use, 5 minutes). Raises CodeInvalid, LoginBlocked, RateLimited, Busy."""
        document = await self._exchange_code("/sns/jscode2session", {"js_code": js_code})
        return WechatSession(_member(document, "openid"), document.get("unionid"), _member(document, "session_key"))

    async def exchange_oauth_code(self, code: str) -> WebIdentity:
        """The person behind the code that the authorise page sent back. A preview account is nobody: it must never be bound."""
        document = await self._exchange_code("/sns/oauth2/access_token", {"code": code})
        if document.get("is_snapshotuser"):
            raise SnapshotAccount
        return WebIdentity(_member(document, "openid"), document.get("unionid"))

    def authorize_url(self, redirect_uri: str, state: str, scope: str = "snsapi_base") -> str:
        """Where to send a browser inside WeChat for a code. Order and fragment as WeChat wants them; ``state``: single use, ≤ 128 bytes."""
        host = BROWSER_HOST if self._base_url == API_HOST else self._base_url
        query = urlencode({"appid": self.app_id, "redirect_uri": redirect_uri, "response_type": "code", "scope": scope, "state": state})
        return f"{host}/connect/oauth2/authorize?{query}#wechat_redirect"

    async def phone_by_code(self, code: str, now: datetime) -> str:
        """The number behind a code of the phone button, without country code. Only numbers of the mainland are taken."""
        try:
            document = await self._call("POST", "/wxa/business/getuserphonenumber", {"code": code}, safe=False)
        except Unclear as lost:  # the code may be spent, the person taps the button again
            raise Busy(extra=lost.extra) from lost
        info = document.get("phone_info") or {}
        require_watermark(info, self.app_id, now)
        if str(info.get("countryCode", "")) != "86":  # a number in the sample, text in the table
            raise CodeInvalid("目前只支持中国内地的手机号，请用短信验证码登录。")
        return _member(info, "purePhoneNumber")

    # Telling people

    async def send_customer_text(self, openid: str, text: str) -> None:
        """An answer in the chat, within 48 hours of the person's last message. Raises Undeliverable when that is over."""
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        await self._call("POST", "/cgi-bin/message/custom/send", body, safe=False)

    async def send_subscription(self, openid: str, template_id: str, data: Mapping[str, str], *, page: str = "",
                                state: str = "formal") -> None:
        """A subscription message; one consent buys one. ``data``: the template's keys, cut to WeChat's limits here.

        ``state``: developer, trial or formal. Raises Undeliverable without consent, Misconfigured when keys and template differ."""
        body = {"touser": openid, "template_id": template_id, "data": fit(data), "miniprogram_state": state, "lang": "zh_CN"}
        await self._call("POST", "/cgi-bin/message/subscribe/send", body | ({"page": page} if page else {}), safe=False)

    # What the account looks like

    async def create_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Replace the account's menu: at most 3 buttons of 5; phones show it after some minutes."""
        await self._call("POST", "/cgi-bin/menu/create", {"button": list(buttons)})

    async def jsapi_ticket(self) -> str:
        """What pages are signed with (``session_crypto.jsapi_signature``), shared like the token."""
        return await self._ticket.get()

    # Below: one call, its token, its errors

    async def _exchange_code(self, path: str, code: dict[str, str]) -> dict[str, Any]:
        """A code is spent by the first call that arrives, so a lost answer is not asked for again: the client brings a fresh code.

        (aiohttp asks a GET again by itself when its connection breaks; WeChat then says 40163, which tells the client the same.)"""
        query = {"appid": self.app_id, "secret": self._secret, **code, "grant_type": "authorization_code"}
        try:
            document = await self._request("GET", path, query)
            if document.get("errcode") == SYSTEM_BUSY:
                await _pause()
                document = await self._request("GET", path, query)
        except Unclear as lost:
            raise Busy(extra=lost.extra) from lost
        return _checked(document, path)

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None, *,
                    safe: bool = True) -> dict[str, Any]:
        """A call with the token. A refused token is replaced once, by whoever is first; ``safe`` calls may be repeated when lost."""
        request = self._request_again if safe else self._request
        token = await self._token.get()
        document = await request(method, path, {"access_token": token, **(query or {})}, body)
        if document.get("errcode") in TOKEN_REFUSED:
            await self._token.forget(token)
            token = await self._token.get()
            document = await request(method, path, {"access_token": token, **(query or {})}, body)
        return _checked(document, path)

    async def _fetch_token(self) -> tuple[str, int]:
        """The stable token: asking again gives the same one, so that processes cannot invalidate each other's."""
        body = {"grant_type": "client_credential", "appid": self.app_id, "secret": self._secret, "force_refresh": False}
        document = _checked(await self._request_again("POST", "/cgi-bin/stable_token", {}, body), "/cgi-bin/stable_token")
        return _member(document, "access_token"), int(document.get("expires_in", 0))

    async def _fetch_ticket(self) -> tuple[str, int]:
        document = await self._call("GET", "/cgi-bin/ticket/getticket", query={"type": "jsapi"})
        return _member(document, "ticket"), int(document.get("expires_in", 0))

    async def _request_again(self, method: str, path: str, query: Mapping[str, str],
                             body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """For reads and what may safely happen twice: up to three tries, and Busy in the end."""
        left = READ_TRIES
        while True:
            left -= 1
            try:
                document = await self._request(method, path, query, body)
            except (Unclear, Busy) as lost:
                if not left:
                    raise Busy(extra=lost.extra) from lost
            else:
                if document.get("errcode") != SYSTEM_BUSY or not left:
                    return document
            await _pause()

    async def _request(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One request, one JSON object. Raises Busy when nothing was sent, Unclear when the answer was lost.

        Their causes are dropped: aiohttp's texts hold the URL, and the URL holds the secret or the token."""
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        extra = {"path": path}
        try:
            async with self._client().request(method, self._base_url + path, params=query, data=content, timeout=LIMITS,
                                              headers={"Content-Type": "application/json"}, allow_redirects=False) as response:
                answer, status = await response.read(), response.status
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise Busy(extra=extra) from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Unclear(extra=extra) from None
        return _document(answer, status, extra)

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession()
        return self._session


def _document(answer: bytes, status: int, extra: dict[str, Any]) -> dict[str, Any]:
    """Errors come with status 200 and as ``text/plain`` at times, so the bytes decide, not the content type."""
    if status >= 500:
        raise Unclear(extra=extra | {"status": status})
    try:
        document = json.loads(answer)
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    raise (Unclear if status == 200 else Misconfigured)(extra=extra | {"status": status})


def _checked(document: dict[str, Any], path: str) -> dict[str, Any]:
    errcode = document.get("errcode") or 0
    if not isinstance(errcode, int):
        raise Unclear(extra={"path": path})
    if errcode:
        raise translate(errcode, str(document.get("errmsg", "")), path)
    return document


def _member(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise Unclear(extra={"missing": name})
    return value


async def _pause() -> None:
    """200 to 500 ms, not in step with the other processes."""
    await asyncio.sleep((200 + secrets.randbelow(300)) / 1000)
