"""What we ask of WeChat's platform, one method a call (``wechat.calls`` says how each is made). One object an account and process.

``mini``: of the mini program alone; ``official``: of the official account alone. The account that lacks a right is told so by WeChat (48001).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any, Final, Literal, Self
from urllib.parse import urlencode, urlsplit

from redis.asyncio import Redis

from config.accounts import WechatAccount
from config.settings import Settings
from config.template_fields import fit
from wechat.calls import API_HOST, Calls, Upload, member
from wechat.errors import Busy, CodeInvalid, SessionOver, SnapshotAccount, Unaccepted, Unclear
from wechat.session_crypto import jsapi_signature, open_sealed, require_watermark, session_signature
from wechat.shared_value import SharedValue

# People's browsers are sent to other hosts than our calls; a stand-in answers for all.
BROWSER_HOST: Final = "https://open.weixin.qq.com"
VISIBLE: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$&'()*+,/:;=?@-._~")
LONGEST_SCENE, LONGEST_CHECKED = 32, 2500
MONTH_SECONDS: Final = 2_592_000
Release = Literal["release", "trial", "develop"]


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of the content check. ``suggest``: pass, review or risky; ``label``: 100 normal, 10001 ads, 20001 politics … (WeChat's list)."""

    suggest: Literal["pass", "review", "risky"]
    label: int
    trace_id: str = ""


class Platform(Calls):
    """The calls. Raises the refusals of ``wechat.errors`` and nothing else."""

    def __init__(self, app_id: str, secret: str, base_url: str = API_HOST, redis: "Redis | None" = None) -> None:
        super().__init__(app_id, secret, base_url, redis)
        self._ticket = SharedValue(f"wx:{app_id}:ticket", self._fetch_ticket, redis)

    @classmethod
    def of(cls, account: WechatAccount, base_url: str, redis: "Redis | None") -> Self:
        return cls(account.app_id, account.secret.get_secret_value(), base_url, redis)

    @classmethod
    def of_mini_program(cls, settings: Settings, redis: "Redis | None") -> Self:
        """The installation's own; a region's: :class:`wechat.platforms.Platforms`."""
        return cls.of(settings.accounts().mini_program, settings.wechat_url, redis)

    @classmethod
    def of_official_account(cls, settings: Settings, redis: "Redis | None") -> Self:
        """As :meth:`of_mini_program`."""
        return cls.of(settings.accounts().official_account, settings.wechat_url, redis)

    # Who is there

    async def code_to_session(self, js_code: str) -> WechatSession:
        """mini: the person behind a code of ``wx.login`` (single use, 5 minutes). Raises CodeInvalid, LoginBlocked, RateLimited, Busy."""
        document = await self.exchange("/sns/jscode2session", {"js_code": js_code})
        return WechatSession(member(document, "openid"), document.get("unionid"), member(document, "session_key"))

    async def session_holds(self, openid: str, session_key: str) -> bool:
        """mini: whether the key is still the person's newest. Only its proof is sent."""
        query = {"openid": openid, "sig_method": "hmac_sha256", "signature": session_signature(session_key)}
        try:
            await self.call("GET", "/wxa/checksession", query=query)
        except SessionOver:
            return False
        return True

    async def exchange_oauth_code(self, code: str) -> WebIdentity:
        """official: the person behind the code that the authorise page sent back. A preview account is nobody: it must never be bound."""
        document = await self.exchange("/sns/oauth2/access_token", {"code": code})
        if document.get("is_snapshotuser"):
            raise SnapshotAccount
        return WebIdentity(member(document, "openid"), document.get("unionid"))

    def authorize_url(self, redirect_uri: str, state: str, scope: str = "snsapi_base") -> str:
        """Where to send a browser inside WeChat for a code. Order and fragment as WeChat wants them; ``state``: single use, ≤ 128 bytes."""
        query = urlencode({"appid": self.app_id, "redirect_uri": redirect_uri, "response_type": "code", "scope": scope, "state": state})
        return f"{self._host_of(BROWSER_HOST)}/connect/oauth2/authorize?{query}#wechat_redirect"

    async def phone_by_code(self, code: str, now: datetime) -> str:
        """mini: the number behind a code of the phone button, without country code. Only numbers of the mainland are taken."""
        try:
            document = await self.call("POST", "/wxa/business/getuserphonenumber", {"code": code}, safe=False)
        except Unclear as lost:  # the code may be spent, the person taps the button again
            raise Busy(extra=lost.extra) from lost
        return phone_of(document.get("phone_info") or {}, self.app_id, now)

    def phone_of_sealed(self, encrypted: str, iv: str, session: WechatSession, now: datetime) -> str:
        """mini: the number that the phone button sealed for the client, where WeChat gives no code or does not take it; asks nobody.

        Raises SealedDataInvalid, also when ``wx.login`` was called after the button: another tap is needed then."""
        return phone_of(open_sealed(encrypted, iv, session.session_key, self.app_id, now), self.app_id, now)

    # Telling people

    async def send_customer_text(self, openid: str, text: str) -> None:
        """official: an answer in the chat, within 48 hours of the person's last message. Raises Undeliverable when that is over."""
        await self.send_customer(openid, {"msgtype": "text", "text": {"content": text}})

    async def send_customer(self, openid: str, message: Mapping[str, Any]) -> None:
        """official: as :meth:`send_customer_text`, any kind: ``{"msgtype": …, …: {…}}``."""
        await self.call("POST", "/cgi-bin/message/custom/send", {"touser": openid, **message}, safe=False)

    async def send_picture(self, openid: str, png: bytes) -> None:
        """official: a picture in the chat, as :meth:`send_customer`: handed over first, where it lies for three days, and then sent by its number."""
        document = await self.call("POST", "/cgi-bin/media/upload", Upload("picture.png", png, "image/png"), {"type": "image"})
        await self.send_customer(openid, {"msgtype": "image", "image": {"media_id": member(document, "media_id")}})

    async def send_choices(self, openid: str, head: str, choices: Mapping[str, str], tail: str = "") -> None:
        """official: lines to tap (msgmenu), id → words; a tap comes back as a text with these words and the id as ``bizmsgmenuid``."""
        listed = [{"id": id, "content": content} for id, content in choices.items()]
        await self.send_customer(openid, {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": listed, "tail_content": tail}})

    async def received_picture(self, media_id: str) -> bytes:
        """official: a picture that somebody sent in the chat (JPEG or PNG); WeChat keeps it for three days."""
        return await self.image("/cgi-bin/media/get", query={"media_id": media_id})

    async def send_subscription(self, openid: str, template_id: str, data: Mapping[str, str], *, page: str = "",
                                state: str = "formal") -> str:
        """mini: a subscription message; one consent buys one. ``data``: the template's keys, cut to WeChat's limits here. The message's number.

        ``state``: developer, trial or formal. Raises Undeliverable without consent, Unaccepted when keys and template differ."""
        body = {"touser": openid, "template_id": template_id, "data": fit(data), "miniprogram_state": state, "lang": "zh_CN"}
        return _number(await self.call("POST", "/cgi-bin/message/subscribe/send", body | ({"page": page} if page else {}), safe=False))

    async def send_template(self, openid: str, template_id: str, data: Mapping[str, str], *, own_id: str, url: str = "",
                            mini_program: tuple[str, str] | None = None) -> str:
        """official: a template message, of which the number is given back; TEMPLATESENDJOBFINISH says later whether it arrived.

        ``own_id``: ours, by which WeChat drops a repeat that comes soon. ``mini_program``: app id and page, which win over ``url``."""
        body: dict[str, Any] = {"touser": openid, "template_id": template_id, "data": fit(data), "client_msg_id": own_id}
        if url:
            body["url"] = url
        if mini_program:
            body["miniprogram"] = dict(zip(("appid", "pagepath"), mini_program, strict=True))
        return _number(await self.call("POST", "/cgi-bin/message/template/send", body, safe=False))

    # Codes and links

    async def mini_program_code(self, scene: str, page: str, *, version: Release = "release", width: int = 430) -> bytes:
        """mini: a round code (JPEG) that opens ``page`` with ``scene``; there may be any number, they never end. Keep it: it is always the same.

        ``scene``: 1 to 32 visible ASCII characters, no ``%``; prefer ``-`` ``.`` ``_`` to ``=``. Unreleased pages pass in trial and develop."""
        if not 1 <= len(scene) <= LONGEST_SCENE or not set(scene) <= VISIBLE or page.startswith("/") or "?" in page:
            raise Unaccepted(extra={"scene": len(scene)})
        body = {"scene": scene, "page": page, "check_path": version == "release", "env_version": version, "width": width}
        return await self.image("/wxa/getwxacodeunlimit", body)

    async def url_link(self, path: str, query: str = "", *, days: int = 30, version: Release = "release") -> str:
        """mini: an https link that opens the mini program from anywhere, an SMS included; at most 30 days, 500,000 a day."""
        body = {"path": path, "query": query, "env_version": version, "expire_type": 1, "expire_interval": days}
        return member(await self.call("POST", "/wxa/generate_urllink", body), "url_link")

    async def follow_code(self, scene: str, seconds: int = MONTH_SECONDS) -> str:
        """official: the text of a QR code with which somebody follows the account, or scans it again; its event carries ``scene`` (1–64)."""
        body = {"expire_seconds": min(seconds, MONTH_SECONDS), "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        return member(await self.call("POST", "/cgi-bin/qrcode/create", body), "url")

    async def page_signature(self, url: str, own_hosts: Sequence[str], now: datetime) -> dict[str, str | int]:
        """official: what ``wx.config`` wants for the page at ``url`` (as the browser has it). Signs pages of our own hosts alone."""
        if (urlsplit(url).hostname or "") not in own_hosts:
            raise Unaccepted(extra={"foreign": True})
        nonce, timestamp = token_hex(8), int(now.timestamp())
        signature = jsapi_signature(await self._ticket.get(), nonce, timestamp, url)
        return {"appId": self.app_id, "timestamp": timestamp, "nonceStr": nonce, "signature": signature}

    # What the account looks like

    async def create_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """official: replace the account's menu: at most 3 buttons of 5; phones show it after some minutes."""
        await self.call("POST", "/cgi-bin/menu/create", {"button": list(buttons)})

    async def menu(self) -> list[dict[str, Any]]:
        """official: the menu that stands there, in the words of :meth:`create_menu`; empty: none."""
        document = await self.call("GET", "/cgi-bin/get_current_selfmenu_info")
        shown = (document.get("selfmenu_info") or {}).get("button") or [] if document.get("is_menu_open") else []
        return [_button(one) for one in shown]

    async def delete_menu(self) -> None:
        await self.call("GET", "/cgi-bin/menu/delete")

    async def check_credentials(self) -> None:
        """Whether app id, secret and our network address are right: fetches the token, or takes the one that all processes share."""
        await self._token.get()

    # What people write

    async def check_text(self, openid: str, text: str, *, title: str = "", scene: int = 3) -> Verdict:
        """mini: what WeChat thinks of words that everybody will read. The worst verdict over pieces of 2,500 characters.

        ``openid``: of who wrote them and used the mini program within two hours (else Undeliverable).
        ``scene``: 1 profile, 2 comment, 3 forum, 4 log."""
        pieces = [text[at:at + LONGEST_CHECKED] for at in range(0, len(text), LONGEST_CHECKED)] or [""]
        verdicts = [await self._check_piece(openid, piece, title, scene) for piece in pieces]
        return max(verdicts, key=lambda verdict: ("pass", "review", "risky").index(verdict.suggest))

    async def _check_piece(self, openid: str, text: str, title: str, scene: int) -> Verdict:
        body = {"version": 2, "openid": openid, "scene": scene, "content": text or "-"} | ({"title": title} if title else {})
        document = await self.call("POST", "/wxa/msg_sec_check", body)
        result = document.get("result") or {}
        if result.get("suggest") not in {"pass", "review", "risky"}:
            raise Unclear(extra={"missing": "suggest"})
        return Verdict(result["suggest"], int(result.get("label", 0)), str(document.get("trace_id", "")))

    # Below: shared

    async def _fetch_ticket(self) -> tuple[str, int]:
        document = await self.call("GET", "/cgi-bin/ticket/getticket", query={"type": "jsapi"})
        return member(document, "ticket"), int(document.get("expires_in", 0))

    def _host_of(self, real: str) -> str:
        return real if self._base_url == API_HOST else self._base_url


def phone_of(info: Mapping[str, Any], app_id: str, now: datetime) -> str:
    """The number in what WeChat said or sealed (``session_crypto.open_sealed``), if it said so to us and just now."""
    require_watermark(info, app_id, now)
    if str(info.get("countryCode", "")) != "86":  # a number in the sample, text in the table
        raise CodeInvalid("目前只支持中国内地的手机号，请用短信验证码登录。")
    return member(info, "purePhoneNumber")


def _number(document: Mapping[str, Any]) -> str:
    """``msgid`` as text: it exceeds what a browser counts exactly. Empty when WeChat gave none."""
    return str(document.get("msgid") or "")


def _button(shown: Mapping[str, Any]) -> dict[str, Any]:
    """One button as WeChat tells it, where those below are wrapped once more."""
    below = (shown.get("sub_button") or {}).get("list") or []
    return {"name": shown.get("name"), "sub_button": [_button(one) for one in below]} if below else dict(shown)
