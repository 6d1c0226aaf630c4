"""What people do in the chat, posted to the product as WeChat posts it: encrypted, signed, at most three times, 5 seconds each.

Sealed and opened by wechatpy, so that the product's own codec always speaks to another implementation.
"""

import asyncio
import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from xml.parsers.expat import ExpatError

import aiohttp
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.utils import WeChatSigner

from config.accounts import WechatAccount
from sandbox.faults import Kind
from sandbox.state import Person, Speaker, State, Target

ACCOUNT: Final = "gh_sandbox00001"
TRIES: Final = 3
#: Of a text, as an answer and as a customer-service message.
LONGEST_BYTES: Final = 2048
OUT_OF_ORDER: Final = "该公众号提供的服务出现故障，请稍后再试"
MESSAGE_WINDOW, TAP_WINDOW = (timedelta(hours=48), 5), (timedelta(minutes=1), 3)
EVENT_LABELS: Final = {"CLICK": "点了菜单", "subscribe": "关注了公众号", "unsubscribe": "取消了关注", "SCAN": "扫了公众号的二维码"}
_message_ids = itertools.count(24_857_329_105_839_201)


async def write(state: State, http: aiohttp.ClientSession, person: Person, text: str, region: str, *, tapped: str = "") -> str:
    """A chat message; returns what the account said. ``tapped``: id of the line in a list (msgmenu) that says this text."""
    _say(state, person, region, Speaker.PERSON, text)
    fields = {"MsgType": "text", "Content": text} | ({"bizmsgmenuid": tapped} if tapped else {})
    return await _message(state, http, person, fields, region)


async def send_place(state: State, http: aiohttp.ClientSession, person: Person, latitude: float, longitude: float, label: str, region: str) -> str:
    """A location, GCJ-02."""
    _say(state, person, region, Speaker.PERSON, f"［位置］{label}")
    fields = {"MsgType": "location", "Location_X": f"{latitude:.6f}", "Location_Y": f"{longitude:.6f}", "Scale": "15", "Label": label}
    return await _message(state, http, person, fields, region)


async def send_picture(state: State, http: aiohttp.ClientSession, person: Person, data: bytes, region: str) -> str:
    """A photo."""
    number = state.keep_media(data)
    _say(state, person, region, Speaker.PERSON, "", number)
    return await _message(state, http, person, {"MsgType": "image", "PicUrl": f"http://mmbiz.invalid/{number}", "MediaId": number}, region)


async def _message(state: State, http: aiohttp.ClientSession, person: Person, fields: Mapping[str, str], region: str) -> str:
    state.open_window(_known_as(state, person, region), *MESSAGE_WINDOW)
    return await _answered(state, http, person, {**fields, "MsgId": str(next(_message_ids))}, region)


async def happen(state: State, http: aiohttp.ClientSession, person: Person, event: str, key: str, region: str) -> str:
    """An event: CLICK with a menu's key, subscribe or SCAN with a scene, unsubscribe."""
    openid = _known_as(state, person, region)
    _say(state, person, region, Speaker.SYSTEM, _told(state, event, key, region))
    (state.left.add if event == "unsubscribe" else state.left.discard)(openid)
    state.open_window(openid, *TAP_WINDOW)
    return await _answered(state, http, person, {"MsgType": "event", "Event": event, "EventKey": key}, region)


async def finish(state: State, http: aiohttp.ClientSession, person: Person, app_id: str, number: int) -> None:
    """That a template message of the official account arrived."""
    region = state.options.whose(app_id) or state.account_region
    fields = {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": str(number), "Status": "success"}
    await _deliver(state, http, person, fields, region, state.options.official(region))


async def sent(state: State, http: aiohttp.ClientSession, person: Person, app_id: str, template: str, number: int) -> None:
    """That a subscription message of the mini program arrived."""
    region = state.options.whose(app_id) or state.account_region
    entry = {"TemplateId": template, "MsgID": str(number), "ErrorCode": "0", "ErrorStatus": "success"}
    fields = {"MsgType": "event", "Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": entry}}
    await _deliver(state, http, person, fields, region, state.options.mini(region))


def _say(state: State, person: Person, region: str, speaker: Speaker, text: str, picture: str = "") -> None:
    """In her chat with the region's official account."""
    state.say(person.openid, speaker, text, picture, of=state.options.whose(state.options.official(region).app_id))


def _known_as(state: State, person: Person, region: str) -> str:
    """The openid by which the region's official account knows her."""
    return person.openid_for(state.options.official(region).app_id, state.options)


def _told(state: State, event: str, key: str, region: str) -> str:
    """The event in the words of the chat, a menu's key by the name on its button."""
    buttons = [item for button in state.menus.get(state.options.official(region).app_id, []) for item in (button, *button.get("sub_button", []))]
    name = next((button["name"] for button in buttons if button.get("key") == key), key)
    return f"{EVENT_LABELS.get(event, event)}“{name}”" if key else EVENT_LABELS.get(event, event)


async def _answered(state: State, http: aiohttp.ClientSession, person: Person, fields: Mapping[str, str], region: str) -> str:
    """What the official account said to it, as it stands in the chat afterwards."""
    said = await _deliver(state, http, person, fields, region, state.options.official(region))
    if said:
        _say(state, person, region, Speaker.SYSTEM if said == OUT_OF_ORDER else Speaker.ACCOUNT, said)
    return said


async def _deliver(state: State, http: aiohttp.ClientSession, person: Person, fields: Mapping[str, Any], region: str, account: WechatAccount) -> str:
    openid, created = person.openid_for(account.app_id, state.options), str(int(state.now().timestamp()))
    plain = _xml({"ToUserName": ACCOUNT, "FromUserName": openid, "CreateTime": created, **fields})
    for _ in range(TRIES):
        try:
            return await _post(state, http, _Parcel(openid, plain, region, account))
        except (aiohttp.ClientError, TimeoutError) as error:
            state.record(Target.CALLBACK, f"POST {_named(fields)}", fields, "无应答", type(error).__name__)
    return OUT_OF_ORDER


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What goes to one region's address of one account."""

    openid: str
    plain: str
    region: str
    account: WechatAccount


async def _post(state: State, http: aiohttp.ClientSession, parcel: _Parcel) -> str:
    """One try: the reply's text, empty when there is none to show. A fault may send it wrongly, or more than once."""
    fault = state.faults.take(Target.CALLBACK)
    if fault and fault.kind is Kind.DUPLICATE:
        return (await asyncio.gather(*(_post_once(state, http, parcel) for _ in range(TRIES))))[0]
    return await _post_once(state, http, parcel, fault.kind if fault else None)


async def _post_once(state: State, http: aiohttp.ClientSession, parcel: _Parcel, wrong: Kind | None = None) -> str:
    at = state.now() - timedelta(hours=1) if wrong is Kind.STALE else state.now()
    body, query = seal(state, parcel.openid, parcel.plain, at, parcel.account)
    if wrong is Kind.FORGED:
        query |= {"msg_signature": "0" * 40}
    limits = aiohttp.ClientTimeout(total=state.options.reply_seconds)
    async with http.post(f"{_address(state, parcel)}?{urlencode(query)}", data=body.encode(), headers={"Content-Type": "text/xml"},
                         timeout=limits) as response:
        answer, status = await response.text(), response.status
    said = read_reply(state, answer, parcel.account) if status == 200 else None
    fields = xmltodict.parse(parcel.plain)["xml"]
    state.record(Target.CALLBACK, f"POST {_named(fields)}", fields, status, answer[:200] if said is None else said)
    return OUT_OF_ORDER if said is None else said


def _address(state: State, parcel: _Parcel) -> str:
    """A mini program's messages go beside the official account's."""
    url = state.callback_url.replace("{region}", parcel.region)
    return url.replace("/wechat/callback", "/wechat/mini/callback") if parcel.account == state.options.mini(parcel.region) else url


def seal(state: State, openid: str, plain: str, at: datetime | None = None, account: WechatAccount | None = None) -> tuple[str, dict[str, str]]:
    """Body and query of a callback in safe mode. ``at``: when it is said to have been sent; ``account``: by default the installation's official."""
    account = account or state.options.official()
    token, timestamp, nonce = account.token.get_secret_value(), str(int((at or state.now()).timestamp())), str(secrets.randbelow(10**10))
    envelope = xmltodict.parse(_crypto(account).encrypt_message(plain, nonce, timestamp))["xml"]
    signer = WeChatSigner()
    signer.add_data(token, timestamp, nonce)
    query = {"signature": signer.signature, "timestamp": timestamp, "nonce": nonce, "openid": openid, "encrypt_type": "aes",
             "msg_signature": envelope["MsgSignature"]}
    return _xml({"ToUserName": ACCOUNT, "Encrypt": envelope["Encrypt"]}), query


def read_reply(state: State, answer: str, account: WechatAccount | None = None) -> str | None:
    """The text of a sealed reply; empty for ``success``; None for what WeChat cannot read and shows as a failure."""
    if answer in {"", "success"}:
        return ""
    try:
        sealed = xmltodict.parse(answer)["xml"]
        plain = _crypto(account or state.options.official()).decrypt_message(sealed, sealed["MsgSignature"], sealed["TimeStamp"], sealed["Nonce"])
        reply: dict[str, Any] = xmltodict.parse(plain)["xml"]
        said = str(reply.get("Content") or f"［{reply['MsgType']}］")
        return said if len(said.encode()) <= LONGEST_BYTES else None
    except (WeChatException, ValueError, KeyError, TypeError, IndexError, ExpatError):
        return None


def _crypto(account: WechatAccount) -> WeChatCrypto:
    return WeChatCrypto(account.token.get_secret_value(), account.aes_key.get_secret_value(), account.app_id)


def _named(fields: Mapping[str, Any]) -> str:
    return str(fields.get("Event") or fields["MsgType"])


def _xml(fields: Mapping[str, Any]) -> str:
    return f"<xml>{_members(fields)}</xml>"


def _members(fields: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_members(value) if isinstance(value, Mapping) else _cdata(value)}</{name}>" for name, value in fields.items())


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
