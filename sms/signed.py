"""The vendor's API by our own signature over aiohttp: the second gateway, another account of the same vendor; and what ``greenlane doctor`` asks by.

Why not a gateway of any maker behind a general HTTP form: its codes, its receipts and its way to look a message up would each be invented here,
and nothing could be proven of them. Another account, with another sign, contract and endpoint, fails by itself (key, money, sign, quota, address),
keeps one table of errors and one kind of receipt, and shares no line of the SDK.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, Self
from urllib.parse import quote

import aiohttp

from config.accounts import SmsAccount
from sms.errors import UNREACHED
from sms.vendor import AT_ONCE, CALL_SECONDS, ENDPOINT, VENDOR_REGION, VERSION, Answer, Vendor

CONNECT_SECONDS: Final = 2
LARGEST_ANSWER: Final = 1024 * 1024


def _quoted(value: str) -> str:
    return quote(value, safe="~")


def signature(params: Mapping[str, str], secret: str, method: str = "POST") -> str:
    """RPC signature 1.0: HMAC-SHA1 over the sorted, percent-encoded parameters without ``Signature``."""
    query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(params.items()))
    digest = hmac.new(f"{secret}&".encode(), f"{method}&%2F&{_quoted(query)}".encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


class SignedGateway(Vendor):
    """Parameters travel in the body, not in the address as the SDK's do: no proxy's log sees a number or a code."""

    def __init__(self, access_key_id: str, access_key_secret: str, now: Callable[[], datetime], *, url: str = "",
                 call_seconds: float = CALL_SECONDS) -> None:
        """``url``: scheme and host; empty: the vendor's own, over https."""
        self._key, self._secret, self._now = access_key_id, access_key_secret, now
        self._url = f"{url.rstrip('/') or f'https://{ENDPOINT}'}/"
        self._limits = aiohttp.ClientTimeout(total=call_seconds, connect=CONNECT_SECONDS)
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, account: SmsAccount, now: Callable[[], datetime]) -> Self:
        return cls(account.key_id, account.key_secret.get_secret_value(), now, url=account.url)

    async def ask(self, action: str, params: Mapping[str, str]) -> Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE))
        try:
            async with self._session.post(self._url, data=self._signed(action, params), timeout=self._limits, allow_redirects=False) as response:
                return _read(await response.content.read(LARGEST_ANSWER), response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return Answer(UNREACHED, http_status=504)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Answer("SDK.HttpError", http_status=504)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
            await asyncio.sleep(0)  # the transports close on the loop's next turn

    def _signed(self, action: str, params: Mapping[str, str]) -> dict[str, str]:
        common = {"Action": action, "Version": VERSION, "Format": "JSON", "RegionId": VENDOR_REGION, "AccessKeyId": self._key,
                  "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureNonce": secrets.token_hex(16),
                  "Timestamp": self._now().strftime("%Y-%m-%dT%H:%M:%SZ")}
        asked = {**common, **params}
        return {**asked, "Signature": signature(asked, self._secret)}


def _read(body: bytes, response: aiohttp.ClientResponse) -> Answer:
    try:
        at = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        at = None
    try:
        document = json.loads(body)
        return Answer(str(document["Code"]), str(document.get("Message", "")), response.status, document, at)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Answer("SDK.UnknownServerError", http_status=max(response.status, 500), at=at)
