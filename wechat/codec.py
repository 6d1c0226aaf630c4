"""What WeChat posts to us and what we answer: signatures, safe-mode encryption, XML and JSON, one small message type.

Written on ``cryptography`` rather than on wechatpy, whose codec compares signatures with ``!=``, draws its filler from
``random`` and does not look at the padding; the vectors in ``tests/unit/test_wechat_vectors.py`` hold both to one behaviour.
Only safe mode is spoken: a request without ``encrypt_type=aes`` is refused, so nobody can talk us down to clear text.
Pages: 消息推送 / 消息加解密说明 in WeChat's developer documentation.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from config.errors import Refusal

MAX_BYTES: Final = 64 * 1024  # before any parsing: 1.6 MB of flat XML would stop the loop for 0.3 s
MAX_DEPTH: Final = 6
MAX_SKEW_SECONDS: Final = 300
BLOCK: Final = 32  # WeChat pads to 32, not to the cipher's 16
FILLER_BYTES, LENGTH_BYTES = 16, 4
NO_REPLY: Final = "success"  # read by WeChat as: received, nothing to say, do not repeat

# XML 1.0 has no place for these, not even escaped; a reply that holds one is shown to people as a service failure.
UNSPEAKABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class CallbackRefused(Refusal):
    """这条消息不是有效的微信消息，没有处理。"""

    status_code = 400
    code = "callback_malformed"


class CallbackForged(CallbackRefused):
    """消息的签名或所属公众号不对，没有处理。"""

    status_code = 403
    code = "callback_forged"


class CallbackStale(CallbackRefused):
    """消息的时间与现在相差太多，没有处理。"""

    status_code = 403
    code = "callback_stale"


class CallbackTooLarge(CallbackRefused):
    """消息太长，没有处理。"""

    status_code = 413
    code = "callback_too_large"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message or event from one person. ``kind`` and ``event`` are lower case (WeChat's case varies)."""

    openid: str = field(repr=False)
    account: str  # ToUserName: our account's gh_ id, the sender of a reply
    kind: str  # text, image, voice, location, link …, or event
    content: str = field(repr=False)
    event: str  # subscribe, unsubscribe, scan, click, view …; empty for messages
    event_key: str  # as sent, with the ``qrscene_`` of a subscription by QR code
    msg_id: str
    create_time: int  # Unix seconds
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def scene(self) -> str:
        """What our parametric QR code carried: a subscription prefixes it, a scan by a follower does not."""
        return self.event_key.removeprefix("qrscene_") if self.event in {"subscribe", "scan"} else ""

    @property
    def consents(self) -> list[Mapping[str, Any]]:
        """The entries of a ``subscribe_msg_*`` event: a top-level list in JSON, nested in XML, and no list at all when it is one."""
        nested = next((value for value in self.raw.values() if isinstance(value, Mapping) and "List" in value), {})
        entries = self.raw.get("List", nested.get("List", []))
        return [entry for entry in (entries if isinstance(entries, list) else [entries]) if isinstance(entry, Mapping)]

    def dedupe_key(self, app_id: str) -> str:
        """By what three deliveries of one message are known as one. MsgId alone was seen equal for two people, and events have none."""
        own = self.msg_id if self.kind != "event" else f"{self.create_time}:{self.event}:{self.event_key or self.msg_id}"
        return f"wx:dup:{app_id}:{self.openid}:{own}"


class Codec:
    """One account's callbacks. ``aes_key`` is the EncodingAESKey: 43 characters, 32 bytes."""

    def __init__(self, token: str, aes_key: str, app_id: str) -> None:
        self._token, self._app_id = token, app_id
        self._key = base64.b64decode(aes_key + "=", validate=True)
        if len(self._key) != 32:
            raise ValueError("EncodingAESKey must be 43 characters of base64")

    def verify_url(self, query: Mapping[str, str], now: datetime) -> str:
        """The check that WeChat makes when the address is registered: what to answer, as plain text, to the letter."""
        self._require_fresh(query, now)
        self._require_signature(query.get("signature", ""), query.get("timestamp", ""), query.get("nonce", ""))
        return query.get("echostr", "")

    def open(self, query: Mapping[str, str], body: bytes, now: datetime) -> Incoming:
        """A callback, verified before it is parsed and decrypted after. ``query``: the URL's parameters.

        Raises :class:`CallbackRefused` and its kinds, whatever the bytes."""
        if len(body) > MAX_BYTES:
            raise CallbackTooLarge
        if query.get("encrypt_type") != "aes":
            raise CallbackForged
        self._require_fresh(query, now)
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        self._require_signature(query.get("signature", ""), timestamp, nonce)  # keeps strangers away from the parser
        sealed = str(read_document(body).get("Encrypt", ""))
        self._require_signature(query.get("msg_signature", ""), timestamp, nonce, sealed)  # and this one vouches for the content
        return incoming(read_document(self.decrypt(sealed)))

    def seal(self, reply: str, now: datetime) -> str:
        """The encrypted envelope around a rendered reply."""
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(8)
        sealed = self.encrypt(reply, secrets.token_bytes(FILLER_BYTES))
        return envelope(sealed, signature(self._token, timestamp, nonce, sealed), timestamp, nonce)

    def encrypt(self, text: str, filler: bytes) -> str:
        """Base64 of the sealed text. ``filler``: 16 fresh random bytes; a parameter for the vectors' sake."""
        content = text.encode()
        plain = filler + struct.pack(">I", len(content)) + content + self._app_id.encode()
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def decrypt(self, sealed: str) -> bytes:
        """What :meth:`encrypt` sealed for this account. Padding, length and account are checked, one by one."""
        try:
            cipher_text = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            raise CallbackRefused from None
        if not cipher_text or len(cipher_text) % 16:
            raise CallbackRefused
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(cipher_text) + decryptor.finalize()
        return self._unpack(_unpad(plain))

    def _unpack(self, plain: bytes) -> bytes:
        if len(plain) < FILLER_BYTES + LENGTH_BYTES:
            raise CallbackRefused
        (length,) = struct.unpack_from(">I", plain, FILLER_BYTES)
        content, account = plain[FILLER_BYTES + LENGTH_BYTES:][:length], plain[FILLER_BYTES + LENGTH_BYTES:][length:]
        if len(content) != length:
            raise CallbackRefused
        if not hmac.compare_digest(account, self._app_id.encode()):
            raise CallbackForged
        return content

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

    def _require_signature(self, given: str, *parts: str) -> None:
        if not hmac.compare_digest(given.encode(errors="replace"), signature(self._token, *parts).encode()):
            raise CallbackForged

    def _require_fresh(self, query: Mapping[str, str], now: datetime) -> None:
        timestamp = query.get("timestamp", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise CallbackRefused
        if abs(int(timestamp) - now.timestamp()) > MAX_SKEW_SECONDS:
            raise CallbackStale


def signature(token: str, *parts: str) -> str:
    """SHA-1 (WeChat's choice) over the sorted parts: token, timestamp, nonce, and in safe mode the sealed text."""
    return hashlib.sha1("".join(sorted((token, *parts))).encode(errors="replace"), usedforsecurity=False).hexdigest()


def envelope(sealed: str, msg_signature: str, timestamp: str, nonce: str) -> str:
    """The XML around an encrypted reply, to the letter as WeChat documents it."""
    return (f"<xml>\n<Encrypt><![CDATA[{sealed}]]></Encrypt>\n<MsgSignature><![CDATA[{msg_signature}]]></MsgSignature>\n"
            f"<TimeStamp>{timestamp}</TimeStamp>\n<Nonce><![CDATA[{nonce}]]></Nonce>\n</xml>")


def text_reply(to: Incoming, text: str, now: datetime) -> str:
    """A passive text reply, not yet sealed: the two names swapped, the text unable to leave its CDATA section."""
    return ("<xml>"
            f"<ToUserName>{cdata(to.openid)}</ToUserName><FromUserName>{cdata(to.account)}</FromUserName>"
            f"<CreateTime>{int(now.timestamp())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content>{cdata(text)}</Content></xml>")


def cdata(text: str) -> str:
    """Any text as one CDATA value that parses back to it, without the characters that XML cannot hold."""
    return "<![CDATA[" + UNSPEAKABLE.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def read_document(body: bytes) -> Mapping[str, Any]:
    """XML or JSON as a mapping; which of the two it is, the first character says. DTDs and deep nesting are refused."""
    text = body.lstrip()
    try:
        document = json.loads(text) if text.startswith(b"{") else _mapping(fromstring(text, forbid_dtd=True))
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):  # LookupError: an encoding nobody knows
        raise CallbackRefused from None
    if not isinstance(document, dict):
        raise CallbackRefused
    return document


def incoming(document: Mapping[str, Any]) -> Incoming:
    """The fields that every handler needs; without a sender and a kind it is no message."""
    openid, kind, created = _text(document, "FromUserName"), _text(document, "MsgType").lower(), _text(document, "CreateTime")
    if not openid or not kind or not (created.isascii() and created.isdigit() and len(created) <= 12):
        raise CallbackRefused
    return Incoming(openid=openid, account=_text(document, "ToUserName"), kind=kind, content=_text(document, "Content"),
                    event=_text(document, "Event").lower(), event_key=_text(document, "EventKey"),
                    msg_id=_text(document, "MsgId") or _text(document, "MsgID"), create_time=int(created), raw=document)


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return str(value) if isinstance(value, (str, int)) else ""


def _unpad(plain: bytes) -> bytes:
    pad = plain[-1]
    if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise CallbackRefused
    return plain[:-pad]


def _mapping(element: Element, depth: int = 0) -> Any:
    """Children by name, a repeated name as a list, a leaf as its text."""
    if depth > MAX_DEPTH:
        raise CallbackRefused
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = _mapping(child, depth + 1)
        if child.tag in found:
            known = found[child.tag]
            found[child.tag] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            found[child.tag] = value
    return found
