"""What a mini program's ``session_key`` signs and seals, and the signature of a page in WeChat's browser.

The key stays on the server (T07). The sealed phone number is the fallback of ``Platform.phone_by_code`` alone: a key
that ``wx.login`` has replaced meanwhile opens it to noise, which is why noise is an answer of its own here.
"""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from config.errors import Refusal

WATERMARK_SECONDS: Final = 600


class SealedDataInvalid(Refusal):
    """微信返回的信息无法读取，请重新点击按钮再试一次。"""

    status_code = 400
    code = "sealed_data_invalid"


def open_sealed(encrypted: str, iv: str, session_key: str, app_id: str, now: datetime) -> dict[str, Any]:
    """``encryptedData`` of a button (AES-128-CBC, PKCS#7 by 16), if it was sealed for this app within ten minutes of ``now``."""
    try:
        key, vector, sealed = (base64.b64decode(text, validate=True) for text in (session_key, iv, encrypted))
        decryptor = Cipher(algorithms.AES128(key), modes.CBC(vector)).decryptor()
        unpadder = PKCS7(128).unpadder()
        document = json.loads(unpadder.update(decryptor.update(sealed) + decryptor.finalize()) + unpadder.finalize())
    except (binascii.Error, ValueError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors: what a replaced key gives
        raise SealedDataInvalid from None
    require_watermark(document, app_id, now)
    return dict(document)


def require_watermark(document: object, app_id: str, now: datetime) -> None:
    """The watermark says for which app, and when, WeChat made a document; a foreign or an old one is somebody else's."""
    watermark = document.get("watermark") if isinstance(document, dict) else None
    if not isinstance(watermark, dict) or watermark.get("appid") != app_id:
        raise SealedDataInvalid
    made = watermark.get("timestamp")
    if not isinstance(made, int) or abs(made - now.timestamp()) > WATERMARK_SECONDS:
        raise SealedDataInvalid


def raw_data_signed(raw_data: str, session_key: str, signature: str) -> bool:
    """Whether ``rawData`` of ``wx.getUserInfo`` is what WeChat gave the client."""
    expected = hashlib.sha1((raw_data + session_key).encode(), usedforsecurity=False).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def session_signature(session_key: str) -> str:
    """Proof that we hold a session key, for ``/wxa/checksession``. The key is used as the base64 text that it came as."""
    return hmac.new(session_key.encode(), b"", "sha256").hexdigest()


def jsapi_signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """Signature for ``wx.config``. ``url``: of the page as the browser has it, query included, values as they are, no ``#`` part."""
    page = url.partition("#")[0]
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
